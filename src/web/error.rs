//! One kind of failure for all pages, as a status and a Japanese page. What a database said never reaches the browser.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::frame::{Frame, Notice};
use crate::review::Refused;
use crate::store;

/// Why a page was not given.
#[derive(Debug)]
pub enum WebError {
    /// Nobody is signed in; afterwards they come back to `next`.
    SignInFirst {
        /// A path of ours.
        next: String,
    },
    /// The session ended while a form or a script was at work.
    SessionOver,
    /// The first password must be changed.
    PasswordFirst,
    /// A second factor must be set.
    SecondFactorFirst,
    /// The person's roles do not open this door.
    NoRight,
    /// The form's token is missing or wrong.
    Forged,
    /// There is no such page, document or delivery.
    NotFound,
    /// The address or the form makes no sense.
    BadRequest,
    /// The form is too large.
    TooLarge,
    /// A reviewer's verb was refused.
    Refused(Refused),
    /// Our own fault.
    Broken(String),
}

impl WebError {
    /// The status.
    pub fn status(&self) -> StatusCode {
        match self {
            WebError::SignInFirst { .. } | WebError::PasswordFirst | WebError::SecondFactorFirst => {
                StatusCode::SEE_OTHER
            }
            WebError::SessionOver => StatusCode::UNAUTHORIZED,
            WebError::Forged | WebError::NoRight | WebError::Refused(Refused::NoRight) => StatusCode::FORBIDDEN,
            WebError::NotFound => StatusCode::NOT_FOUND,
            WebError::BadRequest => StatusCode::BAD_REQUEST,
            WebError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            WebError::Refused(Refused::NotFound) => StatusCode::NOT_FOUND,
            WebError::Refused(Refused::Missing { .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            WebError::Refused(Refused::Store(_)) | WebError::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
            WebError::Refused(_) => StatusCode::CONFLICT,
        }
    }

    /// What the person reads.
    pub fn message(&self) -> String {
        match self {
            WebError::SignInFirst { .. } => "サインインしてください。".to_owned(),
            WebError::SessionOver => {
                "しばらく操作がなかったため、サインアウトしました。保存済みの下書きは残っています。もう一度サインインしてください。".to_owned()
            }
            WebError::PasswordFirst => "先にパスワードを変更してください。".to_owned(),
            WebError::SecondFactorFirst => "先に二要素目を設定してください。".to_owned(),
            WebError::NoRight => Refused::NoRight.message_ja(),
            WebError::Forged => {
                "画面の確認用の値が合わないため、受け付けませんでした。画面を開き直して、もう一度操作してください。".to_owned()
            }
            WebError::NotFound | WebError::Refused(Refused::NotFound) => {
                "お探しのものは見つかりません。一覧から選び直してください。".to_owned()
            }
            WebError::BadRequest => "この操作は受け付けられません。画面を開き直してください。".to_owned(),
            WebError::TooLarge => "入力が長すぎます。".to_owned(),
            WebError::Refused(Refused::Store(_)) | WebError::Broken(_) => {
                "処理できませんでした。少し待ってからもう一度試してください。続くときは管理者に知らせてください。".to_owned()
            }
            WebError::Refused(refused) => refused.message_ja(),
        }
    }
}

impl From<store::Error> for WebError {
    fn from(error: store::Error) -> Self {
        WebError::Broken(error.to_string())
    }
}

impl From<crate::db::Error> for WebError {
    fn from(error: crate::db::Error) -> Self {
        WebError::Broken(error.to_string())
    }
}

impl From<crate::files::Error> for WebError {
    fn from(error: crate::files::Error) -> Self {
        WebError::Broken(error.to_string())
    }
}

impl From<Refused> for WebError {
    fn from(refused: Refused) -> Self {
        WebError::Refused(refused)
    }
}

impl From<getrandom::Error> for WebError {
    fn from(error: getrandom::Error) -> Self {
        WebError::Broken(error.to_string())
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    frame: Frame,
    back: &'static str,
    back_words: &'static str,
}

/// A page that only says something.
pub fn message_page(status: StatusCode, title: &str, notice: Notice) -> Response {
    let (back, back_words) = match status {
        StatusCode::UNAUTHORIZED => ("/sign-in", "サインインする"),
        _ => ("/", "はじめの画面へ戻る"),
    };
    let frame = Frame::outside(title, String::new()).saying(Some(notice));
    let page = Message { frame, back, back_words };
    (status, page_of(&page)).into_response()
}

/// Renders a template; a template that fails is our fault.
pub fn page_of(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The sentence of a failure, kept beside the page for scripts, which show it as text.
#[derive(Clone)]
struct Said(String);

/// Gives scripts the sentence alone in place of the page.
pub fn for_scripts(request: &HeaderMap, response: Response) -> Response {
    match response.extensions().get::<Said>() {
        Some(Said(words)) if super::auth::asked_by_script(request) => {
            (response.status(), words.clone()).into_response()
        }
        _ => response,
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let status = self.status();
        match &self {
            WebError::SignInFirst { next } if next == "/" => {
                return (status, [(header::LOCATION, "/sign-in".to_owned())]).into_response();
            }
            WebError::SignInFirst { next } => {
                return (status, [(header::LOCATION, format!("/sign-in?next={next}"))]).into_response();
            }
            WebError::PasswordFirst => return (status, [(header::LOCATION, "/password")]).into_response(),
            WebError::SecondFactorFirst => {
                return (status, [(header::LOCATION, "/account/second-factor")]).into_response();
            }
            WebError::Broken(error) => tracing::error!(%error, "a page failed"),
            WebError::Refused(Refused::Store(error)) => tracing::error!(%error, "a reviewer's verb failed"),
            _ => {}
        }
        let title = match status {
            StatusCode::UNAUTHORIZED => "サインインが必要です",
            StatusCode::FORBIDDEN => "受け付けませんでした",
            StatusCode::NOT_FOUND => "見つかりません",
            StatusCode::INTERNAL_SERVER_ERROR => "処理できませんでした",
            _ => "この操作はできませんでした",
        };
        let message = self.message();
        let mut response = message_page(status, title, Notice::bad(message.clone()));
        response.extensions_mut().insert(Said(message));
        response
    }
}
