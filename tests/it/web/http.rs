//! A browser's cookies and forms without a browser: one request a connection, nothing followed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What came back.
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub cookies: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// An answer for programs.
    pub fn json(&self) -> serde_json::Value {
        assert!(self.header("content-type").starts_with("application/json"), "{}", self.text());
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    /// The value of a hidden input.
    pub fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let start = format!("name=\"{name}\" value=\"");
        let from = text.find(&start).unwrap_or_else(|| panic!("no input {name} in {text}")) + start.len();
        text[from..].split('"').next().unwrap().to_owned()
    }
}

/// Somebody with a browser.
pub struct Client {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    key: Option<String>,
    pub extra: Vec<(&'static str, &'static str)>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new(), key: None, extra: Vec::new() }
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.request("GET", path, None).await
    }

    /// As another system with that token; a body is JSON.
    pub async fn ask(&mut self, method: &str, path: &str, token: &str, body: Option<&str>) -> Reply {
        self.key = Some(format!("Bearer {token}"));
        let reply = self.request(method, path, body.map(|body| ("application/json", body.to_owned()))).await;
        self.key = None;
        reply
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = form.iter().map(|(n, v)| format!("{}={}", escape(n), escape(v))).collect();
        self.request("POST", path, Some(("application/x-www-form-urlencoded", body.join("&")))).await
    }

    /// A request of any method, with a form's body where there is one.
    pub async fn send(&mut self, method: &str, path: &str, body: Option<String>) -> Reply {
        self.request(method, path, body.map(|form| ("application/x-www-form-urlencoded", form))).await
    }

    async fn request(&mut self, method: &str, path: &str, body: Option<(&str, String)>) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let cookies: Vec<String> = self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            head += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        for (name, value) in &self.extra {
            head += &format!("{name}: {value}\r\n");
        }
        if let Some(key) = &self.key {
            head += &format!("Authorization: {key}\r\n");
        }
        if let Some((kind, body)) = &body {
            head += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        let body = body.map(|(_, body)| body).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address).await.expect("the pages are served");
        let sent = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
        let mut all = Vec::new();
        // A request that is refused is answered, and the line closed, before its body was taken.
        let answered = stream.read_to_end(&mut all).await;
        assert!(!all.is_empty(), "an answer comes: {sent:?} {answered:?}");
        self.parse(all)
    }

    fn parse(&mut self, all: Vec<u8>) -> Reply {
        let end = all.windows(4).position(|w| w == b"\r\n\r\n").expect("headers end");
        let head = String::from_utf8_lossy(&all[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
        let mut reply = Reply { status, headers: BTreeMap::new(), cookies: Vec::new(), bytes: all[end + 4..].to_vec() };
        for line in lines {
            let Some((name, value)) = line.split_once(": ") else { continue };
            let name = name.to_lowercase();
            if name == "set-cookie" {
                let pair = value.split(';').next().unwrap_or_default();
                let (n, v) = pair.split_once('=').expect("a cookie has a value");
                if v.is_empty() {
                    self.cookies.remove(n);
                } else {
                    self.cookies.insert(n.to_owned(), v.to_owned());
                }
                reply.cookies.push(value.to_owned());
            }
            reply.headers.insert(name, value.to_owned());
        }
        if reply.header("transfer-encoding") == "chunked" {
            reply.bytes = unchunked(&reply.bytes);
        }
        reply
    }

    /// Signs in as the forms do.
    pub async fn sign_in(&mut self, login: &str, password: &str) -> Reply {
        let csrf = self.get("/sign-in").await.hidden("csrf");
        self.post("/sign-in", &[("csrf", &csrf), ("login", login), ("password", password), ("next", "/queue")]).await
    }

    /// Puts a cookie in, as somebody else at this browser could.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Its cookies as a header.
    pub fn cookie(&self) -> String {
        self.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ")
    }

    /// The token of this session.
    pub async fn csrf(&mut self) -> String {
        self.get("/status").await.hidden("csrf")
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..end]).trim(), 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        out.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
    out
}
