//! One pass over a drop folder: look, hold what is not whole, receive what is, put away what is received. May be cut short anywhere.

use super::away::{self, PutAway};
use super::complete::{self, Proof};
use super::look::{Hold, Ledger, Next};
use super::notes::{self, Role};
use super::place::{self, Place};
use super::scan::{self, Area, Listing, Seen};
use super::settings::{Afterwards, FolderSource};
use super::shown::Shown;
use super::take::{self, NotNow};
use super::{names, sidecar};
use crate::domain::{DeliveryId, FaxMeta, Origin, Timestamp};
use crate::pipeline::{ReceiveHandle, Received};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::path::{Path, PathBuf};

/// Files received in one pass before the folder is looked over again, so that what staff are shown stays fresh during a backlog.
const BATCH: usize = 200;
/// Failures in a row after which a pass gives up: the disk or the database is away, not the file.
const MAX_FAILURES: usize = 3;
/// Documents remembered for a note that comes late, and for how long: a server that uses a name again must not give one fax the note of the next.
const MAX_RECENT: usize = 1_000;
const LATE_MS: i64 = 120_000;

/// A drop folder and what is remembered of it.
pub struct Folder {
    /// As configured.
    pub source: FolderSource,
    pub(super) ledger: Ledger,
    pub(super) shown: Shown,
    /// Stems of documents received a moment ago without a note.
    recent: VecDeque<(PathBuf, DeliveryId, Timestamp)>,
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

    /// A folder for received files elsewhere is none of this folder's concern; a file left in place is put away already.
    fn stays(&self) -> bool {
        self.source.afterwards == Afterwards::Leave
    }

    fn remember(&mut self, path: &Path, delivery: &DeliveryId, now: Timestamp) {
        self.recent.push_back((notes::stem(path), delivery.clone(), now));
        if self.recent.len() > MAX_RECENT {
            self.recent.pop_front();
        }
    }
}

/// Looks over the folder once; `stop` is asked between two files.
pub async fn pass(folder: &mut Folder, receive: &ReceiveHandle, stop: &(dyn Fn() -> bool + Sync)) -> Outcome {
    let mut outcome = Outcome::default();
    let mut holds: Vec<(PathBuf, Option<Seen>, Hold)> = Vec::new();
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
    if listing.files.len() < scan::MAX_FILES {
        folder.ledger.keep_only(&listing.files.iter().map(|seen| seen.path.as_path()).collect::<HashSet<_>>());
    }
    outcome.held = holds.len();
    folder.shown.held(&folder.source, receive, &folder.ledger, &holds).await;
    outcome
}

/// Finishes acknowledgements that were cut short: what is known goes on to where it belongs, anything else goes back.
async fn settle(
    folder: &mut Folder,
    area: &Area,
    receive: &ReceiveHandle,
    holds: &mut Vec<(PathBuf, Option<Seen>, Hold)>,
) {
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

/// The files of one listing, one after another.
struct Walk<'a> {
    folder: &'a mut Folder,
    receive: &'a ReceiveHandle,
    area: &'a Area,
    listing: &'a Listing,
    outcome: &'a mut Outcome,
    holds: &'a mut Vec<(PathBuf, Option<Seen>, Hold)>,
}

/// What came of trying to take a file.
enum Taken {
    New(DeliveryId),
    Already(DeliveryId),
    Held(Hold),
    /// It changed while it was read.
    Stirred,
}

impl Walk<'_> {
    async fn all(&mut self, stop: &(dyn Fn() -> bool + Sync)) {
        let roles = notes::roles(&self.listing.files, self.folder.source.sidecar.as_ref());
        let mut failures = 0;
        for (n, seen) in self.listing.files.iter().enumerate() {
            if stop() {
                return;
            }
            let now = self.receive.clock.now();
            let still_ms = self.patience(seen, roles[n]);
            let stays = self.folder.stays();
            let next = self.folder.ledger.look(seen, &self.folder.source, stays, still_ms, now);
            match (next, roles[n]) {
                // A note goes where its document goes.
                (Next::Hold(hold), Role::Note) => self.hold(seen, hold),
                (_, Role::Note) | (Next::Leave, _) => {}
                (Next::Wait, role) => self.wait(seen, role, still_ms, now),
                (Next::Hold(hold), _) => {
                    self.again(seen, still_ms, now);
                    self.hold(seen, hold);
                }
                // The rest is looked at all the same, so that staff see it.
                (Next::Take | Next::PutAway, _) if failures >= MAX_FAILURES => {}
                (Next::Take | Next::PutAway, _) if self.outcome.received + self.outcome.already >= BATCH => {
                    self.outcome.more = true;
                }
                (Next::Take, Role::Document(Some(note))) if !self.note_is_still(note, now) => {
                    self.outcome.again_ms = Some(self.folder.source.stable_ms.min(self.folder.source.poll_ms));
                }
                (Next::Take, role) => match self.take(seen, role, now).await {
                    Ok(taken) => {
                        failures = 0;
                        self.taken(seen, role, taken, &roles, now).await;
                    }
                    Err(error) => {
                        failures += 1;
                        tracing::error!(source = self.folder.source.name, %error, "a file cannot be made durable");
                        self.folder.ledger.refused(&seen.path, Hold::NotStored, now);
                        self.hold(seen, Hold::NotStored);
                    }
                },
                (Next::PutAway, role) => self.put_away(seen, role, &roles, now).await,
            }
        }
    }

    /// How long a file must stand still: a document waits a little for its note, a note without a document waits long.
    fn patience(&self, seen: &Seen, role: Role) -> i64 {
        let source = &self.folder.source;
        match (role, &source.sidecar) {
            (Role::Document(None), Some(notes)) => source.stable_ms.saturating_add(notes.wait_ms),
            (Role::Lonely, _) if self.late(seen).is_none() => source.stable_ms.max(source.unproven_after_ms),
            _ => source.stable_ms,
        }
    }

    /// The delivery whose note came late.
    fn late(&self, seen: &Seen) -> Option<DeliveryId> {
        let (stem, now) = (notes::stem(&seen.path), self.receive.clock.now());
        let fits = |(known, _, at): &&(PathBuf, _, Timestamp)| *known == stem && now.0 - at.0 <= LATE_MS;
        self.folder.recent.iter().rev().find(fits).map(|(_, delivery, _)| delivery.clone())
    }

    fn wait(&mut self, seen: &Seen, role: Role, still_ms: i64, now: Timestamp) {
        self.again(seen, still_ms, now);
        let first = self.folder.ledger.of(&seen.path).map_or(now, |look| look.first);
        if role == Role::Lonely && now.0 - first.0 >= self.folder.source.stable_ms {
            self.hold(seen, Hold::Alone);
        }
    }

    fn again(&mut self, seen: &Seen, still_ms: i64, now: Timestamp) {
        let due = self.folder.ledger.of(&seen.path).map_or(still_ms, |look| look.since.0 + still_ms - now.0);
        if due > 0 {
            self.outcome.again_ms = Some(self.outcome.again_ms.unwrap_or(i64::MAX).min(due));
        }
    }

    fn hold(&mut self, seen: &Seen, hold: Hold) {
        self.holds.push((seen.path.clone(), Some(seen.clone()), hold));
    }

    fn note_is_still(&mut self, note: usize, now: Timestamp) -> bool {
        let (seen, source) = (&self.listing.files[note], &self.folder.source);
        // Looking twice at one moment changes nothing.
        let next = self.folder.ledger.look(seen, source, false, source.stable_ms, now);
        !matches!(next, Next::Wait | Next::Hold(Hold::Growing))
    }

    async fn take(&mut self, seen: &Seen, role: Role, now: Timestamp) -> Result<Taken, crate::pipeline::Error> {
        let source = &self.folder.source;
        let object = seen.identity.object(&names::path_key(&seen.path));
        // After a stop between commit and putting away, the bytes need not be read again.
        if let Some(delivery) = self.receive.known(&source.name, &object).await? {
            return Ok(Taken::Already(delivery));
        }
        let (area, file) = (self.area.clone(), seen.clone());
        let read = off_thread(move || {
            let bytes = take::read(&area, &file)?;
            let proof = complete::proof(&bytes);
            Ok::<_, NotNow>((bytes, proof))
        });
        let (bytes, proof): (Vec<u8>, Proof) = match read.await {
            Ok(read) => read,
            Err(NotNow::Changed) => return Ok(Taken::Stirred),
            Err(NotNow::InUse) => return Ok(Taken::Held(Hold::InUse)),
            Err(NotNow::Denied) => return Ok(Taken::Held(Hold::Denied)),
            Err(NotNow::Failed) => return Ok(Taken::Held(Hold::Failed)),
        };
        if role == Role::Lonely
            && let Some(delivery) = self.late(seen)
        {
            let fax = scan::extension(&seen.path).map(|extension| sidecar::read(&extension, &bytes));
            self.receive.fax_said(&delivery, fax.unwrap_or_default()).await?;
            return Ok(Taken::Already(delivery));
        }
        if !self.folder.ledger.proved(&seen.path, proof, &self.folder.source, now) {
            return Ok(Taken::Held(Hold::EndMissing));
        }
        let source = &self.folder.source;
        let file_name = names::display_name(seen.path.file_name().unwrap_or_default());
        let named = source.pattern.as_ref().map_or_else(FaxMeta::default, |pattern| pattern.read(&file_name));
        let fax = self.note(role).await.or(named);
        let origin = Origin { source: source.name.clone(), channel: source.channel, object, file_name, fax };
        Ok(match self.receive.receive(&origin, &bytes).await? {
            Received::New(delivery) => Taken::New(delivery),
            Received::Already(delivery) => Taken::Already(delivery),
        })
    }

    /// What the note beside a document says; a note that cannot be read holds nothing up.
    async fn note(&self, role: Role) -> FaxMeta {
        let Role::Document(Some(note)) = role else { return FaxMeta::default() };
        let (area, seen) = (self.area.clone(), self.listing.files[note].clone());
        let read = off_thread(move || {
            let bytes = take::read(&area, &seen).ok()?;
            Some(sidecar::read(&scan::extension(&seen.path)?, &bytes))
        });
        read.await.unwrap_or_default()
    }

    async fn taken(&mut self, seen: &Seen, role: Role, taken: Taken, roles: &[Role], now: Timestamp) {
        let delivery = match taken {
            Taken::New(delivery) => {
                self.outcome.received += 1;
                tracing::info!(source = self.folder.source.name, delivery.id = %delivery, "received");
                delivery
            }
            Taken::Already(delivery) => {
                self.outcome.already += 1;
                delivery
            }
            Taken::Held(hold) => {
                if hold != Hold::EndMissing {
                    self.folder.ledger.refused(&seen.path, hold, now);
                }
                return self.hold(seen, hold);
            }
            Taken::Stirred => {
                self.folder.ledger.stirred(&seen.path, now);
                return self.again(seen, self.folder.source.stable_ms, now);
            }
        };
        self.folder.ledger.received(&seen.path, &delivery);
        if role == Role::Document(None) && self.folder.source.sidecar.is_some() {
            self.folder.remember(&seen.path, &delivery, now);
        }
        if !self.folder.stays() {
            self.put_away(seen, role, roles, now).await;
        }
    }

    /// Puts a received document away, its note first: a note left alone would look like something to receive.
    async fn put_away(&mut self, seen: &Seen, role: Role, roles: &[Role], now: Timestamp) {
        let delivery = self.folder.ledger.of(&seen.path).and_then(|look| look.delivery.clone());
        let Some(delivery) = delivery else { return };
        let mut group = Vec::new();
        if let Role::Document(Some(note)) = role {
            let shared = roles.iter().zip(&self.listing.files).any(|(other, file)| {
                *other == role && file.path != seen.path && self.folder.ledger.of(&file.path).is_some()
            });
            if !shared {
                group.push(self.listing.files[note].clone());
            }
        }
        group.push(seen.clone());
        for file in group {
            let (area, afterwards, tag) = (self.area.clone(), self.folder.source.afterwards.clone(), delivery.clone());
            let path = file.path.clone();
            match off_thread(move || away::put_away(&area, &file, &afterwards, tag.as_str())).await {
                Ok(PutAway::Done | PutAway::Changed) => self.folder.ledger.forget(&path),
                Err(error) => {
                    tracing::warn!(source = self.folder.source.name, delivery.id = %delivery, error = %error.kind(), "a received file cannot be put away");
                    self.folder.ledger.refused(&seen.path, Hold::NotPutAway, now);
                    return self.hold(seen, Hold::NotPutAway);
                }
            }
        }
    }
}

/// Runs disk work where it may block; a share that hangs stops its own folder only.
async fn off_thread<T: Interrupted + Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| T::interrupted())
}

/// The answer when the work was given up at shutdown.
trait Interrupted {
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
