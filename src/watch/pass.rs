//! One pass over a drop folder: look, hold what is not whole, receive what is, put away what is received. May be cut short anywhere.

use super::away;
use super::look::{Hold, Ledger};
use super::names;
use super::notes;
use super::place::{self, Place};
use super::scan::{self, Area, Seen};
use super::settings::{Afterwards, FolderSource};
use super::shown::Shown;
use super::take::NotNow;
use super::walk::Walk;
use crate::domain::{DeliveryId, Timestamp};
use crate::pipeline::ReceiveHandle;
use std::collections::{HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

/// Documents remembered for a note that comes late.
const MAX_RECENT: usize = 1_000;

/// A file that is held: its path, what was seen of it, and why.
pub(super) type Held = (PathBuf, Option<Seen>, Hold);

/// A drop folder and what is remembered of it.
pub struct Folder {
    /// As configured.
    pub source: FolderSource,
    pub(super) ledger: Ledger,
    pub(super) shown: Shown,
    /// Stems of documents received a moment ago without a note.
    pub(super) recent: VecDeque<(PathBuf, DeliveryId, Timestamp)>,
}

/// What one pass did and found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// New deliveries.
    pub received: usize,
    /// Files that were deliveries already.
    pub already: usize,
    /// Files that staff are shown as held.
    pub held: usize,
    /// The folder itself; `None` while it is missing or closed.
    pub place: Option<Place>,
    /// More is ready to be received: look again at once.
    pub more: bool,
    /// Something may be ready after so long.
    pub again_ms: Option<i64>,
}

impl Folder {
    /// A folder that has not been looked at.
    pub fn new(source: FolderSource) -> Self {
        Self { source, ledger: Ledger::default(), shown: Shown::default(), recent: VecDeque::new() }
    }

    pub(super) fn area(&self, shared: bool) -> Area {
        let done = match &self.source.afterwards {
            Afterwards::Move(done) => Some(done.clone()),
            _ => None,
        };
        Area { root: self.source.folder.clone(), subfolders: self.source.subfolders, done, shared }
    }

    /// Whether received files stay where they are.
    pub(super) fn stays(&self) -> bool {
        self.source.afterwards == Afterwards::Leave
    }

    pub(super) fn remember(&mut self, path: &Path, delivery: &DeliveryId, now: Timestamp) {
        self.recent.push_back((notes::stem(path), delivery.clone(), now));
        if self.recent.len() > MAX_RECENT {
            self.recent.pop_front();
        }
    }
}

/// Looks over the folder once; `stop` is asked between two files.
pub async fn pass(folder: &mut Folder, receive: &ReceiveHandle, stop: &(dyn Fn() -> bool + Sync)) -> Outcome {
    let mut outcome = Outcome::default();
    let mut holds: Vec<Held> = Vec::new();
    let root = folder.source.folder.clone();
    let place = match off_thread(move || place::look(&root)).await {
        Ok(place) => place,
        Err(error) => {
            folder.shown.unreachable(&folder.source, receive, &error).await;
            return outcome;
        }
    };
    let area = folder.area(place.shared.is_some());
    settle(folder, &area, receive, &mut holds).await;
    let listed = {
        let area = area.clone();
        off_thread(move || scan::list(&area)).await
    };
    let listing = match listed {
        Ok(listing) => listing,
        Err(error) => {
            folder.shown.unreachable(&folder.source, receive, &error).await;
            return outcome;
        }
    };
    outcome.place = Some(place);
    let mut walk = Walk { folder, receive, area: &area, listing: &listing, outcome: &mut outcome, holds: &mut holds };
    walk.all(stop).await;
    holds.extend(listing.closed.iter().map(|path| (path.clone(), None, Hold::Denied)));
    if listing.clipped {
        holds.push((PathBuf::new(), None, Hold::TooMany));
    }
    folder.ledger.keep_only(&listing.files.iter().map(|seen| seen.path.as_path()).collect::<HashSet<_>>());
    outcome.held = holds.len();
    folder.shown.held(&folder.source, receive, &folder.ledger, &holds).await;
    outcome
}

/// Finishes acknowledgements that were cut short: what is known goes on to where it belongs, anything else goes back.
async fn settle(folder: &mut Folder, area: &Area, receive: &ReceiveHandle, holds: &mut Vec<Held>) {
    let inside = area.clone();
    let Ok(cut_short) = off_thread(move || scan::cut_short(&inside)).await else { return };
    for seen in cut_short {
        let object = seen.identity.object(&names::path_key(&seen.path));
        let Ok(known) = receive.known(&folder.source.name, &object).await else { return };
        let (area, afterwards, path) = (area.clone(), folder.source.afterwards.clone(), seen.path.clone());
        let settled = off_thread(move || match known {
            Some(delivery) => away::finish(&area, &path, &afterwards, delivery.as_str()),
            None => away::put_back(&area, &path),
        });
        if let Err(error) = settled.await {
            tracing::warn!(source = folder.source.name, error = %error.kind(), "a received file cannot be put away");
            holds.push((seen.path.clone(), Some(seen), Hold::NotPutAway));
        }
    }
}

/// Runs disk work where it may block; a share that hangs stops its own folder only.
pub(super) async fn off_thread<T: Interrupted + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| T::interrupted())
}

/// The answer when the work was given up at shutdown.
pub(super) trait Interrupted {
    fn interrupted() -> Self;
}

impl<T> Interrupted for io::Result<T> {
    fn interrupted() -> Self {
        Err(io::ErrorKind::Interrupted.into())
    }
}

impl<T> Interrupted for Result<T, NotNow> {
    fn interrupted() -> Self {
        Err(NotNow::Failed)
    }
}

impl<T> Interrupted for Option<T> {
    fn interrupted() -> Self {
        None
    }
}
