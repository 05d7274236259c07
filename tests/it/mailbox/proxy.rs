//! Between a client and a server: passes bytes on, cuts a connection after so many, or answers a command in the server's place.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

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
        Proxy::serving(move |client| refuse(client, target, word, answer)).await
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

async fn refuse(client: TcpStream, target: u16, word: &str, answer: &str) {
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
            if line.contains(word) {
                let tag = line.split(' ').next().unwrap_or("*");
                let said = if answer.is_empty() { return } else { format!("{tag} {answer}\r\n") };
                let _ = to_client.lock().await.write_all(said.as_bytes()).await;
            } else if to_server.write_all(format!("{line}\r\n").as_bytes()).await.is_err() {
                return;
            }
        }
    };
    // Whichever side ends, the other one's connection ends too.
    tokio::select! { () = up => {}, () = down => {} }
}
