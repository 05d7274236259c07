//! Receiving (受信): the bytes are durable first, then the row with its first job; only then may a source be put away.

use crate::db::Db;
use crate::domain::{Clock, DeliveryId, FaxMeta, Fingerprint, Origin};
use crate::files::{self, Files};
use crate::store::mails::{self, MailMarks, MailPlace, Mailed};
use crate::store::{self, deliveries, incoming};
use std::sync::Arc;
use tokio::sync::Notify;

pub use crate::store::deliveries::Received;

/// Why something could not be made durable; the source stays where it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes could not be written.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// The row could not be written.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// Whether the disk has no room left, ours or the database's.
    pub fn is_full(&self) -> bool {
        match self {
            Error::Files(error) => error.is_full(),
            Error::Store(error) => error.is_full(),
        }
    }
}

impl From<crate::db::Error> for Error {
    fn from(error: crate::db::Error) -> Self {
        Error::Store(error.into())
    }
}

/// Makes `bytes` a delivery; the same source object again is the delivery it was.
pub async fn receive(files: &Files, db: &Db, clock: &Clock, origin: &Origin, bytes: &[u8]) -> Result<Received, Error> {
    let fingerprint: Fingerprint = files.put(bytes).await?;
    let mut tx = db.write().await?;
    let received = deliveries::receive(&mut tx, origin, &fingerprint, bytes.len() as u64, clock.now()).await?;
    tx.commit().await?;
    Ok(received)
}

/// What a door needs to hand in what it picked up.
#[derive(Clone)]
pub struct ReceiveHandle {
    /// Where originals are kept.
    pub files: Files,
    /// Our own tables.
    pub db: Db,
    /// The time of receipt.
    pub clock: Clock,
    /// Told after each new delivery, so that the worker need not wait for its next look.
    pub wake: Arc<Notify>,
}

/// A file that a door sees and does not receive yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Held {
    /// What tells it from every other file of the source.
    pub path_key: String,
    /// What staff are shown.
    pub display_name: String,
    /// Its size now.
    pub size_bytes: u64,
    /// Why, in Japanese for staff.
    pub reason_ja: &'static str,
    /// Whether staff are to be alerted.
    pub alert: bool,
}

impl ReceiveHandle {
    /// Makes `bytes` a delivery and wakes the worker.
    pub async fn receive(&self, origin: &Origin, bytes: &[u8]) -> Result<Received, Error> {
        let received = receive(&self.files, &self.db, &self.clock, origin, bytes).await?;
        if matches!(received, Received::New(_)) {
            self.wake.notify_one();
        }
        Ok(received)
    }

    /// Makes a message a delivery and wakes the worker; the same message again, from wherever, is the delivery it was.
    pub async fn receive_mail(
        &self,
        origin: &Origin,
        place: &MailPlace,
        marks: &MailMarks,
        bytes: &[u8],
    ) -> Result<Mailed, Error> {
        let fingerprint: Fingerprint = self.files.put(bytes).await?;
        let mut tx = self.db.write().await?;
        let length = bytes.len() as u64;
        let mailed = mails::receive(&mut tx, origin, place, &fingerprint, marks, length, self.clock.now()).await?;
        tx.commit().await?;
        if matches!(mailed, Mailed::New(_)) {
            self.wake.notify_one();
        }
        Ok(mailed)
    }

    /// The delivery of a source object, if it was received before: then its bytes need not be read again.
    pub async fn known(&self, source: &str, object: &str) -> Result<Option<DeliveryId>, Error> {
        let mut tx = self.db.read().await?;
        Ok(deliveries::of_object(&mut tx, source, object).await?.map(|delivery| delivery.id))
    }

    /// Adds what the fax server said after the document itself had come.
    pub async fn fax_said(&self, delivery: &DeliveryId, fax: FaxMeta) -> Result<(), Error> {
        let mut tx = self.db.write().await?;
        if let Some(known) = deliveries::find(&mut tx, delivery).await? {
            let joined = fax.or(known.fax.0.clone());
            if joined != known.fax.0 {
                deliveries::fax_said(&mut tx, delivery, &joined, self.clock.now()).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Shows staff what is held now and no longer shows what is not.
    pub async fn show(&self, source: &str, held: &[Held], gone: &[String]) -> Result<(), Error> {
        if held.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        for file in held {
            incoming::seen(&mut tx, source, &file.path_key, &file.display_name, file.size_bytes, now).await?;
            incoming::explain(&mut tx, source, &file.path_key, file.reason_ja).await?;
            if file.alert {
                incoming::alert(&mut tx, source, &file.path_key).await?;
            }
        }
        for path_key in gone {
            incoming::gone(&mut tx, source, path_key).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Keys of the files of `source` that staff are shown, perhaps from before the last start.
    pub async fn shown(&self, source: &str) -> Result<Vec<String>, Error> {
        let mut tx = self.db.read().await?;
        let all = incoming::list(&mut tx).await?;
        Ok(all.into_iter().filter(|row| row.source == source).map(|row| row.path_key).collect())
    }
}
