//! One task for each drop folder: events only wake it, a slow look always follows, and a share is asked again and again.

use super::names;
use super::place::Place;
use super::scan::AWAY;
use super::settings::FolderSource;
use crate::pipeline::ReceiveHandle;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

pub use super::pass::{Folder, Outcome, pass};

/// Events come in bursts; one look serves them all.
const GATHER: Duration = Duration::from_millis(500);
/// A pass that takes longer without an answer from the disk is reported.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a pass may go on after the stop; it can be cut short anywhere.
const GRACE: Duration = Duration::from_secs(5);

/// Watches one folder until `stop` becomes true (or its sender is gone).
pub async fn run(source: FolderSource, receive: ReceiveHandle, mut stop: watch::Receiver<bool>) {
    let wake = Arc::new(Notify::new());
    let mut folder = Folder::new(source.clone());
    let mut events: Option<Events> = None;
    let mut deaf = false;
    while !*stop.borrow() {
        let Some(outcome) = patiently(&mut folder, &receive, &mut stop).await else { return };
        // The word to stop may have come during the pass and is not said again.
        if *stop.borrow() {
            return;
        }
        let local = outcome.place.filter(|place| place.shared.is_none());
        let stands = matches!((&events, local), (Some(events), Some(place)) if events.place == place);
        if !stands {
            events = match local {
                Some(place) => Events::open(&source, place, Arc::clone(&wake)).await,
                None => None,
            };
            if local.is_some() && events.is_none() && !deaf {
                tracing::warn!(source = source.name, "no events for this folder; it is looked at by time alone");
            }
            deaf = local.is_some() && events.is_none();
        }
        // What came between the look and the new watch has no event: look again at once.
        let pause = if outcome.more || (!stands && events.is_some()) {
            Duration::ZERO
        } else {
            let again = outcome.again_ms.unwrap_or(i64::MAX).min(source.poll_ms).max(100);
            Duration::from_millis(u64::try_from(again).unwrap_or(1_000))
        };
        tokio::select! {
            changed = stop.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(pause) => {}
            () = wake.notified() => tokio::select! {
                changed = stop.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(GATHER) => {}
            },
        }
    }
}

/// One pass; `None` when the stop came and the pass did not end. A share that hangs is reported while it hangs.
async fn patiently(folder: &mut Folder, receive: &ReceiveHandle, stop: &mut watch::Receiver<bool>) -> Option<Outcome> {
    let source = folder.source.clone();
    let asked = stop.clone();
    let stopped = move || *asked.borrow();
    let silent = Arc::clone(&folder.shown.silent);
    let mut pass = std::pin::pin!(pass(folder, receive, &stopped));
    let mut waited = Duration::ZERO;
    loop {
        tokio::select! {
            outcome = &mut pass => return Some(outcome),
            () = tokio::time::sleep(SILENCE) => {
                waited += SILENCE;
                tracing::warn!(source = source.name, seconds = waited.as_secs(), "the folder does not answer");
                super::shown::show_silence(&silent, &source, receive).await;
            }
            _ = stop.changed() => return tokio::time::timeout(GRACE, pass).await.ok(),
        }
    }
}

/// A watch on one folder as it stands; a folder deleted and made anew needs another.
struct Events {
    place: Place,
    _watcher: RecommendedWatcher,
}

impl Events {
    /// `None` where the system has no more watches to give: then the slow look alone serves.
    async fn open(source: &FolderSource, place: Place, wake: Arc<Notify>) -> Option<Self> {
        let (folder, subfolders) = (source.folder.clone(), source.subfolders);
        let opened = tokio::task::spawn_blocking(move || watcher(&folder, subfolders, wake)).await;
        Some(Self { place, _watcher: opened.ok()?.ok()? })
    }
}

fn watcher(folder: &Path, subfolders: bool, wake: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let mode = if subfolders { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // An error or an overflow is a reason to look, too.
        if event.as_ref().map_or(true, tells) {
            wake.notify_one();
        }
    })?;
    watcher.watch(folder, mode)?;
    Ok(watcher)
}

/// Whether an event can mean a new or changed document; our own reading and putting away must not wake us.
fn tells(event: &Event) -> bool {
    let kind = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => false,
        _ => true,
    };
    let ours = |path: &PathBuf| {
        path.components().any(|part| part.as_os_str() == AWAY)
            || names::ignored(path.file_name().unwrap_or(OsStr::new("")))
    };
    event.need_rescan() || (kind && (event.paths.is_empty() || !event.paths.iter().all(ours)))
}
