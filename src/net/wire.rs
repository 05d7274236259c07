//! A connection in the clear or under TLS, with a meter on what comes in. In the clear it never leaves this machine.

use super::tls;
use super::{Error, Trust};
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

/// How long a machine may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// Counts what comes in, and stops a server that sends more than was asked for.
#[derive(Debug)]
pub struct Meter {
    read: AtomicU64,
    limit: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self { read: AtomicU64::new(0), limit: AtomicU64::new(u64::MAX) }
    }
}

impl Meter {
    /// Bytes that came in so far.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// From now on at most so many bytes may come in.
    pub fn allow(&self, bytes: u64) {
        self.limit.store(self.read().saturating_add(bytes), Ordering::Relaxed);
    }
}

/// A connection.
pub struct Wire {
    stream: Stream,
    meter: Arc<Meter>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if matches!(self.stream, Stream::Plain(_)) { "plain" } else { "tls" };
        f.debug_struct("Wire").field("kind", &kind).finish_non_exhaustive()
    }
}

/// Whether a configured name can only mean this machine.
pub fn is_loopback_name(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reaches `host`; where it is to stay in the clear, only by an address of this machine.
pub async fn connect(host: &str, port: u16, stays_plain: bool, meter: Arc<Meter>) -> Result<Wire, Error> {
    let addresses = timeout(PATIENCE, lookup_host((host, port))).await.map_err(|_| Error::TimedOut)?;
    let mut addresses: Vec<_> = addresses.map_err(|_| Error::NoAddress)?.collect();
    if stays_plain {
        addresses.retain(|address| address.ip().is_loopback());
        if addresses.is_empty() {
            return Err(Error::NotLoopback);
        }
    }
    let mut failed = Error::NoAddress;
    for address in addresses {
        match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).ok();
                return Ok(Wire { stream: Stream::Plain(stream), meter });
            }
            Ok(Err(_)) => failed = Error::Refused,
            Err(_) => failed = Error::TimedOut,
        }
    }
    Err(failed)
}

/// Puts TLS over a connection that is in the clear until now.
pub async fn encrypt(wire: Wire, host: &str, trust: &Trust) -> Result<Wire, Error> {
    let Stream::Plain(stream) = wire.stream else { return Err(Error::Tls) };
    let connector = trust.connector()?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::NoAddress)?;
    let stream = timeout(PATIENCE, connector.connect(name, stream)).await.map_err(|_| Error::TimedOut)?;
    let stream = stream.map_err(|error| tls::reason(&error))?;
    Ok(Wire { stream: Stream::Tls(Box::new(stream)), meter: wire.meter })
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.meter.read() > self.meter.limit.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let before = buf.filled().len();
        let polled = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        };
        let came = (buf.filled().len() - before) as u64;
        self.meter.read.fetch_add(came, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn in_the_clear_it_stays_on_this_machine() {
        let meter = Arc::new(Meter::default());
        assert_eq!(connect("192.0.2.1", 143, true, meter.clone()).await.err(), Some(Error::NotLoopback));
        assert!(is_loopback_name("localhost") && is_loopback_name("127.0.0.9") && is_loopback_name("::1"));
        assert!(!is_loopback_name("mail.example.jp") && !is_loopback_name("192.0.2.1"));
    }

    #[tokio::test]
    async fn what_comes_in_is_counted_and_more_than_allowed_is_refused() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(&[7; 100_000]).await.ok();
        });
        let meter = Arc::new(Meter::default());
        let mut wire = connect("127.0.0.1", port, true, meter.clone()).await.unwrap();
        let mut first = [0; 1_000];
        wire.read_exact(&mut first).await.unwrap();
        assert_eq!(meter.read(), 1_000);
        meter.allow(500);
        let mut rest = Vec::new();
        assert_eq!(wire.read_to_end(&mut rest).await.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(meter.read() < 100_000);
    }
}
