//! Forms: every POST carries the session's token, or nothing happens. It decides nothing else.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use std::sync::Arc;

use super::auth::{AnySession, LockedSession, Staff};
use super::error::WebError;
use super::{App, secret};

/// A form's names and values, in order.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// Parses `application/x-www-form-urlencoded`.
    fn parse(body: &[u8]) -> Self {
        Self(form_pairs(body))
    }

    /// The names and values behind the `?` of an address.
    pub fn of_query(query: Option<&str>) -> Self {
        Self::parse(query.unwrap_or_default().as_bytes())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The first value of a name, or nothing.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Every value of a name.
    pub fn all<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every pair whose name begins so, without that beginning.
    pub fn under<'f>(&'f self, prefix: &'f str) -> impl Iterator<Item = (&'f str, &'f str)> {
        self.0.iter().filter_map(move |(n, v)| Some((n.strip_prefix(prefix)?, v.as_str())))
    }
}

/// A form sent by somebody who is signed in, with the right token.
pub struct Posted {
    /// Who.
    pub staff: Staff,
    /// What.
    pub form: Form,
    /// The headers it came with.
    pub headers: HeaderMap,
}

/// A form sent by somebody who is signed in, even if only to change the first password.
pub struct PostedByAny {
    /// Who.
    pub session: AnySession,
    /// What.
    pub form: Form,
}

/// A form sent by a browser that is locked.
pub struct PostedLocked {
    /// Whose.
    pub session: AnySession,
    /// What.
    pub form: Form,
    /// The headers it came with.
    pub headers: HeaderMap,
}

/// A form sent before anybody is signed in: its token must equal a cookie of this browser.
pub struct PostedOutside {
    /// What.
    pub form: Form,
    /// The headers it came with.
    pub headers: HeaderMap,
}

/// The cookie that forms before sign-in are compared with.
pub const OUTSIDE_COOKIE: &str = "uketsuke-form";

/// A browser that says the form was sent from another site is believed.
pub fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    matches!(site, Some("cross-site" | "same-site"))
}

async fn form_of(request: Request, app: &Arc<App>) -> Result<Form, WebError> {
    let body = Bytes::from_request(request, app).await.map_err(|_| WebError::TooLarge)?;
    Ok(Form::parse(&body))
}

impl FromRequest<Arc<App>> for PostedByAny {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let (mut parts, body) = request.into_parts();
        let session = AnySession::from_request_parts(&mut parts, app).await?;
        let elsewhere = from_elsewhere(&parts.headers);
        let form = form_of(Request::from_parts(parts, body), app).await?;
        if elsewhere || !secret::same(form.text("csrf"), &session.staff.csrf) {
            return Err(WebError::Forged);
        }
        Ok(Self { session, form })
    }
}

impl FromRequest<Arc<App>> for PostedLocked {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let (mut parts, body) = request.into_parts();
        let LockedSession(session) = LockedSession::from_request_parts(&mut parts, app).await?;
        let headers = parts.headers.clone();
        let form = form_of(Request::from_parts(parts, body), app).await?;
        if from_elsewhere(&headers) || !secret::same(form.text("csrf"), &session.staff.csrf) {
            return Err(WebError::Forged);
        }
        Ok(Self { session, form, headers })
    }
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let headers = request.headers().clone();
        let posted = PostedByAny::from_request(request, app).await?;
        Ok(Self { staff: posted.session.at_work()?, form: posted.form, headers })
    }
}

impl FromRequest<Arc<App>> for PostedOutside {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, WebError> {
        let headers = request.headers().clone();
        let form = form_of(request, app).await?;
        let mine = super::auth::cookie_of(&headers, OUTSIDE_COOKIE).unwrap_or_default();
        if from_elsewhere(&headers) || !secret::same(form.text("csrf"), mine) {
            return Err(WebError::Forged);
        }
        Ok(Self { form, headers })
    }
}

/// Splits an urlencoded body; bytes that are not UTF-8 become U+FFFD and lone `\r` of line ends vanish.
fn form_pairs(body: &[u8]) -> Vec<(String, String)> {
    let decode = |part: &[u8]| {
        let mut bytes = Vec::with_capacity(part.len());
        let mut rest = part;
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            match first {
                b'+' => bytes.push(b' '),
                b'%' => match tail.get(..2).and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok()) {
                    Some(byte) => {
                        bytes.push(byte);
                        rest = &tail[2..];
                    }
                    None => bytes.push(b'%'),
                },
                other => bytes.push(other),
            }
        }
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\0', "")
    };
    body.split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |b| *b == b'=');
            (decode(halves.next().unwrap_or_default()), decode(halves.next().unwrap_or_default()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded_and_repeat() {
        let form = Form::parse(
            "a=1&f.patient_name=%E4%BD%90%E8%97%A4+%E8%8A%B1%E5%AD%90&c=x&c=y&t=1%0D%0A2&bad=%zz".as_bytes(),
        );
        assert_eq!(form.text("a"), "1");
        assert_eq!(form.under("f.").next(), Some(("patient_name", "佐藤 花子")));
        assert_eq!(form.all("c").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(form.text("t"), "1\n2");
        assert_eq!(form.text("bad"), "%zz");
        assert_eq!(form.get("none"), None);
        assert!(Form::parse(b"=%&&%ff=1").get("\u{fffd}").is_some());
    }
}
