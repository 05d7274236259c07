//! Between a client and a server: passes bytes on, cuts a connection after so many, falls silent, speaks TLS for the server, or answers a
//! command in its place.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A proxy in front of a port of this machine.
pub struct Proxy {
    pub port: u16,
    /// Connections cut so far.
    pub cuts: Arc<AtomicU64>,
    /// Ends with the proxy.
    #[expect(dead_code, reason = "held for its end")]
    task: Ended,
}

struct Ended(JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Proxy {
    /// Each connection carries at most as many bytes to the client as `allowance` says for it; `None` means all.
    pub async fn cutting(target: u16, mut allowance: impl FnMut() -> Option<u64> + Send + 'static) -> Proxy {
        let cuts = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&cuts);
        let serve = move |client| {
            let (allowed, counted) = (allowance(), Arc::clone(&counted));
            async move {
                let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                if pass_on(client, server, allowed.unwrap_or(u64::MAX)).await {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        Proxy { cuts, ..Proxy::serving(serve).await }
    }

    /// Every connection served so, each by itself.
    async fn serving<F, Fut>(mut serve: F) -> Proxy
    where
        F: FnMut(TcpStream) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(client));
            }
        });
        Proxy { port, cuts: Arc::default(), task: Ended(task) }
    }

    /// Where a line from the client has `word` in it, the server never sees it: the client is told `answer` after the tag.
    pub async fn refusing(target: u16, word: &'static str, answer: &'static str) -> Proxy {
        Proxy::withholding(target, word, answer).await.0
    }

    /// The same; keeps every line of the clients.
    pub async fn withholding(
        target: u16,
        word: &'static str,
        answer: &'static str,
    ) -> (Proxy, Arc<Mutex<Vec<String>>>) {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = Arc::clone(&heard);
        (Proxy::serving(move |client| refuse(client, target, word, answer, Arc::clone(&lines))).await, heard)
    }

    /// The first connection falls silent both ways so long after a line of the client that has `word` in it, and stays open; it is
    /// counted as cut then. The others are whole.
    pub async fn hanging(target: u16, word: &'static str, after: Duration) -> Proxy {
        let cuts = Arc::new(AtomicU64::new(0));
        let (counted, mut first) = (Arc::clone(&cuts), true);
        let serve = move |client| {
            let (hangs, counted) = (std::mem::take(&mut first), Arc::clone(&counted));
            async move {
                if hangs {
                    hang(client, target, word, after, &counted).await;
                } else {
                    drop(whole(client, target).await);
                }
            }
        };
        Proxy { cuts, ..Proxy::serving(serve).await }
    }

    /// TLS towards the client, in the clear towards the server.
    pub async fn with_tls(target: u16, certificate: &Path, key: &Path) -> Proxy {
        let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(key).expect("its key");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
            .expect("a server's configuration");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Proxy::serving(move |client| {
            let acceptor = acceptor.clone();
            async move {
                // A client that does not believe the certificate ends here.
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
            }
        })
        .await
    }

    /// Keeps every line of the clients, and runs `before` with it before the server sees it.
    pub async fn listening<F, Fut>(target: u16, before: F) -> (Proxy, Arc<Mutex<Vec<String>>>)
    where
        F: Fn(String) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Proxy::hearing(target, before, &[]).await
    }

    /// Makes of the server one that does not say that it can do these; keeps every line of the clients.
    pub async fn without(target: u16, words: &'static [&'static str]) -> (Proxy, Arc<Mutex<Vec<String>>>) {
        Proxy::hearing(target, |_| async {}, words).await
    }

    async fn hearing<F, Fut>(
        target: u16,
        before: F,
        hidden: &'static [&'static str],
    ) -> (Proxy, Arc<Mutex<Vec<String>>>)
    where
        F: Fn(String) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = Arc::clone(&heard);
        let serve = move |client| listen(client, target, before.clone(), Arc::clone(&lines), hidden);
        (Proxy::serving(serve).await, heard)
    }
}

async fn listen<F, Fut>(
    client: TcpStream,
    target: u16,
    before: F,
    heard: Arc<Mutex<Vec<String>>>,
    hidden: &'static [&'static str],
) where
    F: Fn(String) -> Fut,
    Fut: Future<Output = ()>,
{
    let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let down = async {
        let mut from_server = tokio::io::BufReader::new(from_server);
        let mut line = Vec::new();
        while let Ok(1..) = from_server.read_until(b'\n', &mut line).await {
            if !hidden.is_empty() && line.windows(10).any(|w| w == b"CAPABILITY") {
                let told = String::from_utf8_lossy(&line).into_owned();
                let told =
                    hidden.iter().fold(told, |told, word| told.replace(&format!(" {word}"), &format!(" X-{word}")));
                line = told.into_bytes();
            }
            if to_client.write_all(&line).await.is_err() {
                return;
            }
            line.clear();
        }
    };
    let up = async {
        let mut lines = tokio::io::BufReader::new(from_client).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            heard.lock().unwrap().push(line.clone());
            before(line.clone()).await;
            if to_server.write_all(format!("{line}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = up => {}, () = down => {} }
}

/// Whether it was cut short.
async fn pass_on(mut client: TcpStream, mut server: TcpStream, mut allowed: u64) -> bool {
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        false
    };
    let down = async {
        let mut buffer = [0; 4096];
        loop {
            let Ok(count) = from_server.read(&mut buffer).await else { return false };
            if count == 0 {
                return false;
            }
            let passed = count.min(usize::try_from(allowed).unwrap_or(usize::MAX));
            if to_client.write_all(&buffer[..passed]).await.is_err() {
                return false;
            }
            allowed -= passed as u64;
            if passed < count || allowed == 0 {
                return true;
            }
        }
    };
    tokio::select! { cut = up => cut, cut = down => cut }
}

/// Passes everything on.
async fn whole(mut client: TcpStream, target: u16) -> std::io::Result<(u64, u64)> {
    let mut server = TcpStream::connect(("127.0.0.1", target)).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await
}

/// Passes everything on until a while after the word, then nothing, and hangs up on nobody.
async fn hang(client: TcpStream, target: u16, word: &str, after: Duration, silenced: &AtomicU64) {
    let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let (from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let up = async {
        let mut lines = tokio::io::BufReader::new(from_client).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if to_server.write_all(format!("{line}\r\n").as_bytes()).await.is_err() {
                return None;
            }
            if line.contains(word) {
                tokio::time::sleep(after).await;
                return Some(lines);
            }
        }
        None
    };
    let down = tokio::io::copy(&mut from_server, &mut to_client);
    let silent = tokio::select! { lines = up => lines, _ = down => None };
    if silent.is_some() {
        silenced.fetch_add(1, Ordering::Relaxed);
        // Both ends are held open, longer than any test takes.
        tokio::time::sleep(Duration::from_secs(3_600)).await;
    }
}

async fn refuse(client: TcpStream, target: u16, word: &str, answer: &str, heard: Arc<Mutex<Vec<String>>>) {
    let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
    let (from_client, to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let to_client = tokio::sync::Mutex::new(to_client);
    let down = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            if to_client.lock().await.write_all(&buffer[..count]).await.is_err() {
                break;
            }
        }
    };
    let up = async {
        let mut lines = tokio::io::BufReader::new(from_client).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            heard.lock().unwrap().push(line.clone());
            if line.contains(word) {
                let tag = line.split(' ').next().unwrap_or("*");
                // What is said to an SMTP server has no tag.
                let said = match answer {
                    "" => return,
                    answer if tag == word => format!("{answer}\r\n"),
                    answer => format!("{tag} {answer}\r\n"),
                };
                let _ = to_client.lock().await.write_all(said.as_bytes()).await;
            } else if to_server.write_all(format!("{line}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    };
    // Whichever side ends, the other one's connection ends too.
    tokio::select! { () = up => {}, () = down => {} }
}
