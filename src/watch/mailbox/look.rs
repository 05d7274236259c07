//! One look through a folder: what is new is fetched once and received, what is received is acknowledged, what cannot be fetched is held and shown. May be cut short anywhere.

use super::door::{Can, Session};
use super::marks;
use super::settings::{Acknowledge, MailboxSource};
use super::shown::{Shown, held_row};
use super::talk::{Envelope, Selected, Talk};
use super::trouble::Trouble;
use crate::domain::{Channel, FaxMeta, Origin, Timestamp};
use crate::net::Meter;
use crate::pipeline::{Held, ReceiveHandle};
use crate::store::mailboxes::{self, Progress};
use crate::store::mails::{self, MailMarks, MailPlace, Mailed};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Messages whose sizes are asked for with one command.
const ENVELOPES: usize = 100;
/// A message that could not be fetched is tried again after so long.
const RETRY_MS: i64 = 3_600_000;
/// So often a message is tried when the server refuses it, and when the connection ends over it.
const REFUSALS: u32 = 3;
const CUTS: u32 = 5;

/// What is remembered of a folder from one connection to the next; everything that must not be forgotten is in the tables.
#[derive(Default)]
pub(super) struct Memory {
    validity: u32,
    next_uid: u32,
    /// When everything in the folder was last compared with what is known; a connection that was cut need not do it again.
    pub compared: Option<Timestamp>,
    waiting: BTreeSet<u32>,
    /// Up to here messages are fetched one by one: one of them made a batch fail.
    alone_until: u32,
    failures: HashMap<u32, u32>,
    /// Received and not yet acknowledged.
    pub unacknowledged: BTreeSet<u32>,
    pub held: BTreeMap<u32, Held>,
    /// The server does not do what is to be done with received messages.
    pub refused: bool,
    pub shown: Shown,
    /// What has not been written to the tables yet.
    pub tally: Progress,
    /// Something went forward since the connection began.
    pub progressed: bool,
    wire_read: u64,
}

/// A folder, a connection, and what is remembered.
pub(super) struct Look<'a> {
    pub source: &'a MailboxSource,
    pub folder: &'a str,
    pub receive: &'a ReceiveHandle,
    pub talk: Talk<'a>,
    pub can: Can,
    pub memory: &'a mut Memory,
}

impl<'a> Look<'a> {
    pub fn new(
        source: &'a MailboxSource,
        folder: &'a str,
        receive: &'a ReceiveHandle,
        (session, meter, can): (&'a mut Session, &'a Meter, Can),
        memory: &'a mut Memory,
    ) -> Self {
        Look { source, folder, receive, talk: Talk { session, meter }, can, memory }
    }

    /// Opens the folder and compares everything in it with what is known.
    pub async fn whole(&mut self) -> Result<(), Trouble> {
        let selected = self.open().await?;
        self.compare(selected).await
    }

    /// Opens the folder after a connection that ended early, and goes on where that stopped.
    pub async fn again(&mut self) -> Result<(), Trouble> {
        let selected = self.open().await?;
        if self.memory.compared.is_some() { self.further().await } else { self.compare(selected).await }
    }

    async fn open(&mut self) -> Result<Selected, Trouble> {
        let selected = self.talk.select(self.folder, self.source.acknowledge == Acknowledge::Leave).await?;
        if self.memory.validity != selected.validity {
            self.memory.begin(selected.validity);
        }
        let mut tx = self.receive.db.write().await?;
        mailboxes::selected(&mut tx, &self.source.name, self.folder, selected.validity).await?;
        tx.commit().await?;
        self.memory.tally.messages = Some(selected.exists);
        Ok(selected)
    }

    async fn compare(&mut self, selected: Selected) -> Result<(), Trouble> {
        let (name, folder, now) = (&self.source.name, self.folder, self.receive.clock.now());
        let mut tx = self.receive.db.read().await?;
        let known: BTreeSet<u32> =
            mails::known(&mut tx, name, folder, selected.validity).await?.into_iter().filter_map(uid).collect();
        let open = mails::open(&mut tx, name, folder, selected.validity).await?;
        let named = mails::has_earlier(&mut tx, name, folder, selected.validity).await?;
        drop(tx);

        let there = self.talk.uids(self.source, 1, selected.next_uid).await?;
        self.memory.next_uid = there.last().map_or(1, |last| last + 1).max(selected.next_uid.unwrap_or(1));
        self.memory.waiting = there.difference(&known).copied().collect();
        self.memory.held.clear();
        self.memory.unacknowledged.clear();
        let open_uids: Vec<u32> = open.iter().filter_map(|row| uid(row.uid)).collect();
        let still = self.talk.still_there(&open_uids).await?;
        for row in open {
            let Some(uid) = uid(row.uid) else { continue };
            let size = u64::try_from(row.size_bytes).unwrap_or(0);
            let retry = size <= self.source.max_bytes && now.0 - row.at.0 >= RETRY_MS;
            match (row.state.as_str(), still.contains(&uid)) {
                ("held", true) if !retry => {
                    let envelope = Envelope { uid, size, arrived: row.arrived, message_key: String::new() };
                    self.show_held(&envelope);
                }
                ("held", there) => {
                    self.release(uid).await?;
                    if there {
                        self.memory.waiting.insert(uid);
                    }
                }
                (_, true) => {
                    self.memory.unacknowledged.insert(uid);
                }
                (_, false) => self.done(&[uid]).await?,
            }
        }
        // Until the generation before is done with, each connection compares anew.
        self.memory.compared = (!named).then_some(now);
        self.acknowledge().await?;
        self.take_all(named).await?;
        if named {
            let mut tx = self.receive.db.write().await?;
            mails::close_earlier(&mut tx, name, folder, selected.validity).await?;
            tx.commit().await?;
        }
        self.finish().await
    }

    /// Looks for what came since the last look.
    pub async fn further(&mut self) -> Result<(), Trouble> {
        let mut new = self.talk.uids(self.source, self.memory.next_uid, None).await?;
        if let Some(last) = new.last() {
            self.memory.next_uid = last + 1;
        }
        self.memory.waiting.append(&mut new);
        let held: Vec<u32> = self.memory.held.keys().copied().collect();
        let still = self.talk.still_there(&held).await?;
        for uid in held.into_iter().filter(|uid| !still.contains(uid)) {
            self.memory.held.remove(&uid);
            self.release(uid).await?;
        }
        self.acknowledge().await?;
        let mut tx = self.receive.db.read().await?;
        let named = mails::has_earlier(&mut tx, &self.source.name, self.folder, self.memory.validity).await?;
        drop(tx);
        self.take_all(named).await?;
        self.finish().await
    }

    async fn finish(&mut self) -> Result<(), Trouble> {
        self.memory.progressed = true;
        self.write_progress().await?;
        self.memory
            .shown
            .standing(self.source, self.folder, self.receive, &self.memory.held, self.memory.refused)
            .await;
        Ok(())
    }

    /// Receives everything that waits; a message that cannot be fetched is left behind.
    async fn take_all(&mut self, named: bool) -> Result<(), Trouble> {
        while !self.memory.waiting.is_empty() {
            let some: Vec<u32> = self.memory.waiting.iter().take(ENVELOPES).copied().collect();
            let envelopes = self.talk.envelopes(&some, named).await?;
            let missing: Vec<u32> =
                some.iter().filter(|uid| !envelopes.iter().any(|e| e.uid == **uid)).copied().collect();
            self.missing(&missing).await?;
            let mut bodies: Vec<Envelope> = Vec::new();
            for envelope in envelopes {
                if envelope.size > self.source.max_bytes {
                    self.hold(&envelope).await?;
                } else if named && self.renumbered(&envelope).await? {
                    self.memory.waiting.remove(&envelope.uid);
                    self.memory.unacknowledged.insert(envelope.uid);
                    self.memory.tally.again += 1;
                } else {
                    bodies.push(envelope);
                }
            }
            self.acknowledge().await?;
            while !bodies.is_empty() {
                let batch = self.batch(&mut bodies);
                match self.take(&batch).await {
                    Ok(()) => {}
                    // The connection still stands: what is left comes again, one by one.
                    Err(Trouble::Said) => {}
                    Err(trouble) => return Err(trouble),
                }
                self.acknowledge().await?;
                self.write_progress().await?;
            }
        }
        Ok(())
    }

    /// The next messages to be fetched with one command.
    fn batch(&self, bodies: &mut Vec<Envelope>) -> Vec<Envelope> {
        let mut bytes = 0;
        let mut count = 0;
        for envelope in bodies.iter() {
            let alone = envelope.uid <= self.memory.alone_until;
            let full = count == self.source.batch_messages || bytes + envelope.size > self.source.batch_bytes;
            if count > 0 && (alone || full) {
                break;
            }
            bytes += envelope.size;
            count += 1;
            if alone {
                break;
            }
        }
        bodies.drain(..count).collect()
    }

    /// Fetches a batch and receives each message as it comes.
    async fn take(&mut self, batch: &[Envelope]) -> Result<(), Trouble> {
        let mut wanted: BTreeMap<u32, &Envelope> = batch.iter().map(|envelope| (envelope.uid, envelope)).collect();
        let uids: Vec<u32> = wanted.keys().copied().collect();
        let fetched = self.fetch(&uids, &mut wanted).await;
        let left: Vec<u32> = wanted.keys().copied().collect();
        match fetched {
            Ok(()) => self.missing(&left).await,
            Err(trouble) if trouble.may_be_the_message() => {
                match left.as_slice() {
                    [only] if batch.len() == 1 => self.stumble(*only, batch.first(), trouble).await?,
                    some => self.memory.alone_until = some.last().copied().unwrap_or(0).max(self.memory.alone_until),
                }
                Err(trouble)
            }
            Err(trouble) => Err(trouble),
        }
    }

    async fn fetch(&mut self, uids: &[u32], wanted: &mut BTreeMap<u32, &Envelope>) -> Result<(), Trouble> {
        let asked = self.talk.ask_bodies(uids, wanted.values().map(|envelope| envelope.size).sum()).await?;
        while let Some((uid, bytes)) = self.talk.next_body(&asked).await? {
            self.memory.tally.body_bytes += bytes.len() as u64;
            let Some(envelope) = wanted.get(&uid) else { continue };
            self.received(envelope, &bytes).await?;
            wanted.remove(&uid);
        }
        Ok(())
    }

    async fn received(&mut self, envelope: &Envelope, bytes: &[u8]) -> Result<(), Trouble> {
        let place = self.place(envelope.uid);
        let origin = Origin {
            source: place.source.clone(),
            channel: Channel::Email,
            object: format!("{}/{}/{}", place.folder, place.uid_validity, place.uid),
            file_name: file_name(envelope.arrived, envelope.uid),
            fax: FaxMeta::default(),
        };
        let marks = MailMarks {
            message_key: marks::message_key(bytes),
            body_key: marks::body_key(bytes),
            size_bytes: envelope.size,
            arrived: envelope.arrived,
        };
        match self.receive.receive_mail(&origin, &place, &marks, bytes).await? {
            Mailed::New(_) => self.memory.tally.received += 1,
            Mailed::Again(_) => self.memory.tally.again += 1,
        }
        let memory = &mut *self.memory;
        memory.progressed = true;
        memory.waiting.remove(&envelope.uid);
        memory.failures.remove(&envelope.uid);
        memory.unacknowledged.insert(envelope.uid);
        Ok(())
    }

    /// Messages that a whole answer did not contain: gone, or withheld.
    async fn missing(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        let still = self.talk.still_there(uids).await?;
        for uid in uids {
            if still.contains(uid) {
                self.stumble(*uid, None, Trouble::Said).await?;
            } else {
                self.memory.waiting.remove(uid);
            }
        }
        Ok(())
    }

    /// Counts a failure over one message; after some of them it is held, so that it stops no other.
    async fn stumble(&mut self, uid: u32, envelope: Option<&Envelope>, trouble: Trouble) -> Result<(), Trouble> {
        let most = if matches!(trouble, Trouble::Lost | Trouble::TimedOut) { CUTS } else { REFUSALS };
        let count = self.memory.failures.entry(uid).or_default();
        *count += 1;
        if *count >= most {
            self.memory.failures.remove(&uid);
            let unknown = Envelope { uid, size: 0, arrived: Timestamp(0), message_key: String::new() };
            self.hold(envelope.unwrap_or(&unknown)).await?;
        }
        Ok(())
    }

    async fn hold(&mut self, envelope: &Envelope) -> Result<(), Trouble> {
        let marks = MailMarks { size_bytes: envelope.size, arrived: envelope.arrived, ..MailMarks::default() };
        let mut tx = self.receive.db.write().await?;
        mails::hold(&mut tx, &self.place(envelope.uid), &marks, self.receive.clock.now()).await?;
        tx.commit().await?;
        tracing::warn!(source = self.source.name, uid = envelope.uid, "a message is held");
        self.memory.waiting.remove(&envelope.uid);
        self.show_held(envelope);
        Ok(())
    }

    fn show_held(&mut self, envelope: &Envelope) {
        let row = held_row(self.folder, self.memory.validity, envelope, self.source.max_bytes);
        self.memory.held.insert(envelope.uid, row);
    }

    async fn release(&mut self, uid: u32) -> Result<(), Trouble> {
        let mut tx = self.receive.db.write().await?;
        mails::release(&mut tx, &self.place(uid)).await?;
        Ok(tx.commit().await?)
    }

    async fn renumbered(&mut self, envelope: &Envelope) -> Result<bool, Trouble> {
        let marks = MailMarks {
            message_key: envelope.message_key.clone(),
            body_key: String::new(),
            size_bytes: envelope.size,
            arrived: envelope.arrived,
        };
        let mut tx = self.receive.db.write().await?;
        let same = mails::renumber(&mut tx, &self.place(envelope.uid), &marks, self.receive.clock.now()).await?;
        tx.commit().await?;
        Ok(same)
    }

    /// Notes that nothing is left to be done on the server for these.
    pub async fn done(&mut self, uids: &[u32]) -> Result<(), Trouble> {
        let mut tx = self.receive.db.write().await?;
        for uid in uids {
            mails::done(&mut tx, &self.place(*uid)).await?;
        }
        tx.commit().await?;
        self.memory.unacknowledged.retain(|uid| !uids.contains(uid));
        Ok(())
    }

    async fn write_progress(&mut self) -> Result<(), Trouble> {
        let mut tally = self.memory.take_tally(self.talk.meter);
        tally.waiting = self.memory.waiting.len();
        let mut tx = self.receive.db.write().await?;
        mailboxes::looked(&mut tx, &self.source.name, self.folder, &tally, self.receive.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    fn place(&self, uid: u32) -> MailPlace {
        MailPlace {
            source: self.source.name.clone(),
            folder: self.folder.to_owned(),
            uid_validity: self.memory.validity,
            uid,
        }
    }
}

impl Memory {
    /// Another generation of UIDs: nothing that was remembered names anything any more.
    fn begin(&mut self, validity: u32) {
        let (shown, tally, wire_read) = (std::mem::take(&mut self.shown), self.tally, self.wire_read);
        *self = Memory { validity, shown, tally, wire_read, ..Memory::default() };
    }

    /// A new connection counts from nothing.
    pub fn connection_begins(&mut self) {
        self.wire_read = 0;
        self.progressed = false;
    }

    /// What was counted since the last time.
    pub fn take_tally(&mut self, meter: &Meter) -> Progress {
        let read = meter.read();
        self.tally.wire_bytes = read.saturating_sub(self.wire_read);
        self.wire_read = read;
        std::mem::take(&mut self.tally)
    }
}

fn uid(kept: i64) -> Option<u32> {
    u32::try_from(kept).ok()
}

/// What staff see as the file's name: when it came, never what it says.
fn file_name(arrived: Timestamp, uid: u32) -> String {
    format!("メール_{}_{uid}.eml", arrived.japan().strftime("%Y-%m-%d_%H%M"))
}
