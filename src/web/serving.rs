//! The connections: each has so long for the head of a request and for each piece of its body, so that nobody holds one for nothing.

use super::{App, router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tower_http::timeout::RequestBodyTimeoutLayer;

/// How long nobody is let in where the system has no descriptor left.
const FULL: Duration = Duration::from_secs(1);

/// Serves until `shutdown` ends; requests that are being answered are finished first.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
    let patience = app.settings.patience();
    // A body that goes on, however long, is waited for piece by piece.
    let service = TowerToHyperService::new(router(app).layer(RequestBodyTimeoutLayer::new(patience)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience);
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let stream = tokio::select! {
            stream = accepted(&listener) => stream,
            () = &mut shutdown => break,
        };
        // A page is many small answers; only speed is lost where the system refuses.
        stream.set_nodelay(true).ok();
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        // What a client does wrong on its connection ends that connection and is no error of ours.
        tokio::spawn(async move { connection.await.ok() });
    }
    drop(listener);
    connections.shutdown().await;
    Ok(())
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if left(error.kind()) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(FULL).await;
            }
        }
    }
}

/// Whether the client had gone before it was let in.
fn left(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}
