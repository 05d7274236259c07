//! What the doors for whole files share: how large a file may be, what it is called, and answers that programs read.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

use super::App;
use crate::domain::{DeliveryId, Fingerprint, Scope};
use crate::pipeline::{self, ReceiveHandle};
use crate::store::deliveries::{self, Delivery};
use unicode_normalization::UnicodeNormalization;

/// Why a file is not taken.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is taken here.
    Closed,
    /// Nobody who may, or nobody at all.
    Stranger,
    /// The token does not open this; what it lacks.
    Scope(Scope),
    /// Wrong tokens, one after the other; how long to wait.
    TooOften {
        /// Until the next is looked at.
        seconds: i64,
    },
    /// There is no such thing, or not for this caller.
    NotFound,
    /// The address is not asked in this way; what is.
    Method(String),
    /// A parameter of the address that is unknown, doubled or makes no sense; which.
    Parameter(String),
    /// The body is no JSON object of that shape.
    Body,
    /// The body is not said to be JSON.
    NotJson,
    /// A row that a master cannot have; why.
    Row(&'static str),
    /// Our own fault; nothing could be read.
    Unread,
    /// The form's token is missing or wrong.
    Forged,
    /// No bytes.
    Empty,
    /// More bytes than are taken.
    TooLarge {
        /// What is taken, in MiB.
        mebibytes: u32,
    },
    /// A header that makes no sense; which.
    Header(&'static str),
    /// The key stands for another file.
    KeyReused,
    /// The same file has been received.
    Twice {
        /// As what.
        id: DeliveryId,
        /// When, as staff read it.
        when: String,
    },
    /// The session ended.
    SessionOver,
    /// The person's roles do not allow it.
    NoRight,
    /// The disk has no room; the file was not kept.
    Full,
    /// Our own fault; the file was not kept.
    Broken,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Refusal::Closed | Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::Parameter(_) | Refusal::Body => StatusCode::BAD_REQUEST,
            Refusal::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Row(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::Unread => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Stranger | Refusal::SessionOver => StatusCode::UNAUTHORIZED,
            Refusal::Forged | Refusal::NoRight | Refusal::Scope(_) => StatusCode::FORBIDDEN,
            Refusal::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Empty | Refusal::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::Header(_) => StatusCode::BAD_REQUEST,
            Refusal::Twice { .. } => StatusCode::CONFLICT,
            Refusal::Full => StatusCode::INSUFFICIENT_STORAGE,
            Refusal::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word for programs.
    fn code(&self) -> &'static str {
        match self {
            Refusal::Closed => "closed",
            Refusal::NotFound => "not_found",
            Refusal::Method(_) => "wrong_method",
            Refusal::Parameter(_) => "bad_parameter",
            Refusal::Body => "bad_body",
            Refusal::NotJson => "not_json",
            Refusal::Row(_) => "refused_row",
            Refusal::Unread => "not_read",
            Refusal::Stranger => "unauthorized",
            Refusal::SessionOver => "session_over",
            Refusal::NoRight => "no_right",
            Refusal::Scope(_) => "missing_scope",
            Refusal::TooOften { .. } => "too_many_attempts",
            Refusal::Forged => "forged",
            Refusal::Empty => "empty_file",
            Refusal::TooLarge { .. } => "too_large",
            Refusal::Header(_) => "bad_header",
            Refusal::KeyReused => "idempotency_key_reused",
            Refusal::Twice { .. } => "duplicate",
            Refusal::Full => "disk_full",
            Refusal::Broken => "not_kept",
        }
    }

    /// The sentence for people.
    fn message_ja(&self) -> String {
        match self {
            Refusal::Closed => "ここでは受け付けていません。".to_owned(),
            Refusal::NotFound => "見つかりません。".to_owned(),
            Refusal::Method(_) => "このアドレスでは使えないメソッドです。".to_owned(),
            Refusal::Parameter(name) => format!("パラメータ {name} を使えないか、値が正しくありません。"),
            Refusal::Body => "本文が、決められた項目の JSON オブジェクトではありません。".to_owned(),
            Refusal::NotJson => "Content-Type は application/json にしてください。".to_owned(),
            Refusal::Row(why) => (*why).to_owned(),
            Refusal::Unread => {
                "読み出せませんでした。少し待ってからやり直してください。続くときは管理者に知らせてください。"
                    .to_owned()
            }
            Refusal::Stranger => "トークンがないか、正しくありません。".to_owned(),
            Refusal::SessionOver => "サインアウトしています。もう一度サインインしてください。".to_owned(),
            Refusal::NoRight => "ファイルを受け入れる権限がありません。".to_owned(),
            Refusal::Scope(scope) => format!("このトークンには {} の範囲がありません。", scope.code()),
            Refusal::TooOften { seconds } => {
                format!("正しくないトークンが続いています。{seconds}秒待ってからやり直してください。")
            }
            Refusal::Forged => "画面の確認用の値が合いません。画面を開き直してください。".to_owned(),
            Refusal::Empty => "ファイルが空（0バイト）です。中身のあるファイルを選んでください。".to_owned(),
            Refusal::TooLarge { mebibytes } => {
                format!("ファイルが大きすぎます（{mebibytes} MBまで）。分けるか、画質を下げてください。")
            }
            Refusal::Header(name) => format!("ヘッダ {name} の値が正しくありません。"),
            Refusal::KeyReused => "同じ Idempotency-Key で別の内容が送られました。".to_owned(),
            Refusal::Twice { when, .. } => format!("同じ内容のファイルを {when} に受信しています。"),
            Refusal::Full => {
                "受付のディスクの空きがないため保存できませんでした。ファイルは手元に残し、管理者に知らせてください。"
                    .to_owned()
            }
            Refusal::Broken => {
                "保存できませんでした。少し待ってからもう一度送ってください。続くときは管理者に知らせてください。"
                    .to_owned()
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let id = match &self {
            Refusal::Twice { id, .. } => Some(id.to_string()),
            _ => None,
        };
        let body = json!({ "error": self.code(), "message": self.message_ja(), "id": id });
        let mut response = answer(self.status(), &body);
        if let Refusal::TooOften { seconds } = self {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
        }
        if let Refusal::Method(allowed) = &self
            && let Ok(allowed) = header::HeaderValue::from_str(allowed)
        {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        if self == Refusal::Stranger {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An answer that a program reads.
pub fn answer(status: StatusCode, body: &Value) -> Response {
    json_text(status, body.to_string())
}

/// The same of JSON that is written already.
pub fn json_text(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// What a failure of the store or of the disk comes to; the reason goes to the log, without a name.
pub fn broken(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a file could not be taken in");
    Refusal::Broken
}

/// What a failure of the store comes to where something was only asked for.
pub fn unread(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "another system could not be answered");
    Refusal::Unread
}

/// What comes of a file that could not be received.
pub fn not_received(error: pipeline::Error) -> Refusal {
    let full = error.is_full();
    let refusal = broken(error);
    if full { Refusal::Full } else { refusal }
}

/// The door into the pipeline, where one is open.
pub fn door(app: &App) -> Result<&ReceiveHandle, Refusal> {
    app.intake.as_ref().ok_or(Refusal::Closed)
}

/// The whole body, refused before it is read where it says that it is too large.
pub async fn body(app: &Arc<App>, request: Request) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::TooLarge { mebibytes: app.settings.upload_mebibytes };
    let said = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if said.is_some_and(|said| said > app.settings.upload_bytes()) {
        return Err(too_large());
    }
    let bytes = Bytes::from_request(request, app).await.map_err(|_| too_large())?;
    if bytes.is_empty() { Err(Refusal::Empty) } else { Ok(bytes) }
}

/// The first delivery with the same bytes, if there is one.
pub async fn twin(app: &App, bytes: &[u8]) -> Result<Option<Delivery>, Refusal> {
    let mut tx = app.db.read().await.map_err(broken)?;
    let twins = deliveries::twins(&mut tx, &Fingerprint::of(bytes)).await.map_err(broken)?;
    Ok(twins.into_iter().next())
}

/// A header's text, which may be percent-encoded UTF-8 because headers hold no Japanese.
pub fn text(headers: &HeaderMap, name: &'static str) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok());
        match hex {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| Refusal::Header(name))?;
    let text: String = text.nfc().filter(|c| !c.is_control()).take(255).collect();
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// A file name without folders.
pub fn file_name(name: Option<String>) -> String {
    let name = name.unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.chars().all(|c| c == '.' || c.is_whitespace()) { "（名前なし）".to_owned() } else { last.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_japanese_by_percents() {
        let mut headers = HeaderMap::new();
        headers.insert("x-file-name", "%E7%B4%B9%E4%BB%8B%E7%8A%B6%0A.pdf".parse().unwrap());
        assert_eq!(text(&headers, "x-file-name").unwrap().as_deref(), Some("紹介状.pdf"));
        headers.insert("x-file-name", "100%.pdf".parse().unwrap());
        assert_eq!(text(&headers, "x-file-name").unwrap().as_deref(), Some("100%.pdf"));
        headers.insert("x-file-name", "%FF".parse().unwrap());
        assert_eq!(text(&headers, "x-file-name"), Err(Refusal::Header("x-file-name")));
        assert_eq!(text(&headers, "x-other").unwrap(), None);
        assert_eq!(file_name(Some("C:\\fax\\a.tif".into())), "a.tif");
        assert!(["../", "..", " . . "].iter().all(|name| file_name(Some((*name).into())) == "（名前なし）"));
    }
}
