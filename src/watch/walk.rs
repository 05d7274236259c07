//! The files of one listing, one after another, oldest first: what is whole is received, then put away; what is not is held.

use super::away::{self, PutAway};
use super::complete::{self, Proof};
use super::look::{Hold, Next};
use super::notes::{self, Role};
use super::pass::{Folder, Held, Outcome, off_thread};
use super::scan::{self, Area, Listing, Seen};
use super::take::{self, NotNow};
use super::{names, sidecar};
use crate::domain::{DeliveryId, FaxMeta, Origin, Timestamp};
use crate::pipeline::{ReceiveHandle, Received};
use std::path::PathBuf;

/// Files received in one pass before the folder is looked over again, so that what staff are shown stays fresh during a backlog.
const BATCH: usize = 200;
/// Failures in a row after which a pass takes no more: the disk or the database is away, not the file.
const MAX_FAILURES: usize = 3;
/// How long a document is remembered for a note that comes late: a server that uses a name again must not give one fax the note of the next.
const LATE_MS: i64 = 120_000;

/// The files of one listing, one after another.
pub(super) struct Walk<'a> {
    pub folder: &'a mut Folder,
    pub receive: &'a ReceiveHandle,
    pub area: &'a Area,
    pub listing: &'a Listing,
    pub outcome: &'a mut Outcome,
    pub holds: &'a mut Vec<Held>,
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
    /// Looks at every file; `stop` is asked between two of them.
    pub async fn all(&mut self, stop: &(dyn Fn() -> bool + Sync)) {
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
                        let hold = if error.is_full() { Hold::DiskFull } else { Hold::NotStored };
                        self.folder.ledger.refused(&seen.path, hold, now);
                        self.hold(seen, hold);
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
