//! What keeps open lists fresh: `GET /live` tells browsers that something changed, as server-sent events. It says that, never what.
//!
//! A stream is short and is asked for again by the browser, so that a session that ended ends its stream within a minute. It counts as
//! nobody at the keyboard, there are only so many, and none outlives the program's order to stop.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::App;
use super::auth::Staff;
use crate::store::desk;

/// Streams at once, over all browsers.
const MOST_STREAMS: usize = 256;
/// How often the tables are asked, once for all streams.
const LOOK: Duration = Duration::from_millis(1000);
/// Looks after which the browser must ask again, and is asked again who it is.
const LIFE: u32 = 55;

/// The streams of one program.
pub struct Live {
    free: Arc<Semaphore>,
    seen: tokio::sync::Mutex<Seen>,
    stop: Option<watch::Receiver<bool>>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    seq: i64,
    at: Option<tokio::time::Instant>,
}

impl Default for Live {
    fn default() -> Self {
        Self { free: Arc::new(Semaphore::new(MOST_STREAMS)), seen: tokio::sync::Mutex::default(), stop: None }
    }
}

impl Live {
    /// Streams that end when the program is told to stop.
    pub fn ending_with(stop: watch::Receiver<bool>) -> Self {
        Self { stop: Some(stop), ..Self::default() }
    }

    /// The newest change; the tables are asked once a second, however many streams want to know.
    async fn newest(&self, app: &App) -> Option<i64> {
        let mut seen = self.seen.lock().await;
        if seen.at.is_none_or(|at| at.elapsed() >= LOOK / 2) {
            let mut tx = app.db.read().await.ok()?;
            seen.seq = desk::pulse(&mut tx, seen.seq).await.ok()?;
            seen.at = Some(tokio::time::Instant::now());
        }
        Some(seen.seq)
    }
}

struct Watching {
    app: Arc<App>,
    looks: u32,
    told: Option<i64>,
    stop: Option<watch::Receiver<bool>>,
    _place: OwnedSemaphorePermit,
}

impl Watching {
    /// Waits for the next change; nothing more when the stream's life or the program is over.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Self)> {
        loop {
            if self.looks >= LIFE || self.stop.as_ref().is_some_and(|stop| *stop.borrow()) {
                return None;
            }
            // A database that does not answer is asked again; the browser polls meanwhile.
            if let Some(newest) = self.app.live.newest(&self.app).await
                && self.told != Some(newest)
            {
                let first = self.told.is_none();
                self.told = Some(newest);
                // The list may be older than the stream: the first event says so too.
                let event = Event::default().event(if first { "start" } else { "change" }).id(newest.to_string());
                return Some((Ok(event.retry(Duration::from_secs(1)).data(newest.to_string())), self));
            }
            self.looks += 1;
            match &mut self.stop {
                Some(stop) => tokio::select! {
                    () = tokio::time::sleep(LOOK) => {}
                    ended = stop.wait_for(|stop| *stop) => {
                        drop(ended);
                        return None;
                    }
                },
                None => tokio::time::sleep(LOOK).await,
            }
        }
    }
}

/// `GET /live`
pub async fn live(State(app): State<Arc<App>>, _staff: Staff, headers: HeaderMap) -> Response {
    let Ok(place) = app.live.free.clone().try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // A browser that comes back says what it was told last, and misses nothing in between.
    let told = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let watching = Watching { looks: 0, told, stop: app.live.stop.clone(), app, _place: place };
    Sse::new(stream::unfold(watching, Watching::next)).keep_alive(KeepAlive::default()).into_response()
}
