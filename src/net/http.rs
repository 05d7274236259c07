//! One HTTP request, a form for a token endpoint, JSON for a webhook or a document to fetch: HTTPS, or plain within this machine. It follows no redirect and keeps no connection.

use super::{Error, Meter, Trust, connect, encrypt, is_loopback_name};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
/// An answer larger than this is no token.
const MAX_ANSWER: usize = 256 << 10;

/// What is asked.
struct Ask<'a> {
    method: Method,
    content_type: Option<&'static str>,
    headers: &'a [(&'a str, &'a str)],
    body: Bytes,
    /// How much of the answer is of interest; the status alone where it is 0.
    answer: usize,
}

/// Posts the form; the status and the answer's bytes.
pub(super) async fn post_form(url: &str, form: &[(&str, &str)], trust: &Trust) -> Result<(u16, Bytes), Error> {
    let content_type = Some("application/x-www-form-urlencoded");
    let body = Bytes::from(encoded(form));
    in_time(url, Ask { method: Method::POST, content_type, headers: &[], body, answer: MAX_ANSWER }, trust).await
}

/// Fetches a document; the status and the answer's bytes.
pub(super) async fn get(url: &str, trust: &Trust) -> Result<(u16, Bytes), Error> {
    let what = Ask { method: Method::GET, content_type: None, headers: &[], body: Bytes::new(), answer: MAX_ANSWER };
    in_time(url, what, trust).await
}

/// Posts JSON with further headers; the status. What else is answered is not looked at.
pub async fn post_json(url: &str, headers: &[(&str, &str)], body: String, trust: &Trust) -> Result<u16, Error> {
    let content_type = Some("application/json");
    let what = Ask { method: Method::POST, content_type, headers, body: Bytes::from(body), answer: 0 };
    in_time(url, what, trust).await.map(|(status, _)| status)
}

/// Whether something may be posted there at all: HTTPS, or plain within this machine, and without a password in the address.
pub fn may_post_to(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let Some(authority) = uri.authority() else { return false };
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let scheme = uri.scheme_str();
    let safe = scheme == Some("https") || (scheme == Some("http") && is_loopback_name(host));
    safe && !host.is_empty() && !authority.as_str().contains('@')
}

async fn in_time(url: &str, what: Ask<'_>, trust: &Trust) -> Result<(u16, Bytes), Error> {
    tokio::time::timeout(PATIENCE, ask(url, what, trust)).await.map_err(|_| Error::TimedOut)?
}

async fn ask(url: &str, what: Ask<'_>, trust: &Trust) -> Result<(u16, Bytes), Error> {
    let uri: Uri = url.parse().map_err(|_| Error::Endpoint)?;
    let secure = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(Error::Endpoint),
    };
    let authority = uri.authority().ok_or(Error::Endpoint)?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let mut wire = connect(host, port, !secure, Arc::new(Meter::default())).await?;
    if secure {
        wire = encrypt(wire, host, trust).await?;
    }
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(wire)).await.map_err(|_| Error::Lost)?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder()
        .method(what.method)
        .uri(path)
        .header(HOST, authority.as_str())
        .header(ACCEPT, "application/json");
    if let Some(content_type) = what.content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    for (name, value) in what.headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(what.body)).map_err(|_| Error::Endpoint)?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|_| Error::Lost)?;
        let status = response.status().as_u16();
        if what.answer == 0 {
            return Ok((status, Bytes::new()));
        }
        let body = Limited::new(response.into_body(), what.answer).collect().await.map_err(|_| Error::Lost)?;
        Ok((status, body.to_bytes()))
    };
    // The connection has to be driven while the answer is awaited, and is of no use afterwards.
    tokio::pin!(connection, answer);
    let mut ended = false;
    loop {
        tokio::select! {
            answered = &mut answer => return answered,
            _ = &mut connection, if !ended => ended = true,
        }
    }
}

pub(super) fn encoded(form: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = form.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encoded(&[("a", "b c&d="), ("k", "あ")]), "a=b%20c%26d%3D&k=%E3%81%82");
    }

    #[tokio::test]
    async fn only_https_leaves_this_machine() {
        let post = |url| post_form(url, &[], &Trust { roots: None, fingerprint: None });
        assert_eq!(post("http://192.0.2.1/token").await.err(), Some(Error::NotLoopback));
        assert_eq!(post("ftp://127.0.0.1/token").await.err(), Some(Error::Endpoint));
        assert_eq!(post("/token").await.err(), Some(Error::Endpoint));
    }
}
