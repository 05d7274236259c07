//! Messages of shared mailboxes, one row each: which delivery a message is, and by what it is known again. The same message is never two deliveries.

use super::audit::{self, Actor};
use super::deliveries::{self, Received};
use super::{Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{DeliveryId, Fingerprint, Origin, Timestamp};
use serde_json::json;

/// Where a message stands on its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPlace {
    /// Name of the source.
    pub source: String,
    /// The folder, as the configuration names it.
    pub folder: String,
    /// The generation of its UIDs.
    pub uid_validity: u32,
    /// The UID.
    pub uid: u32,
}

/// By what a message is known again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailMarks {
    /// Fingerprint of its Message-ID; empty when it has none.
    pub message_key: String,
    /// Fingerprint of what follows its header; empty when nothing does.
    pub body_key: String,
    /// Its size as the server said it.
    pub size_bytes: u64,
    /// When it reached the server.
    pub arrived: Timestamp,
}

/// A message that was seen.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MailRow {
    /// Its UID.
    pub uid: i64,
    /// `received` (not yet acknowledged to the server), `done` or `held`.
    pub state: String,
    /// Fingerprint of its Message-ID.
    pub message_key: String,
    /// Its size as the server said it.
    pub size_bytes: i64,
    /// When it reached the server.
    pub arrived: Timestamp,
    /// When the row last changed.
    pub at: Timestamp,
}
debug_without_people!(MailRow { uid, state });

/// What became of a message whose bytes are durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// A new delivery.
    New(DeliveryId),
    /// The message was received before, in this place or another.
    Again(DeliveryId),
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT uid, state, message_key, size_bytes, arrived, at FROM mail_message ", $rest)
    };
}

/// Makes a delivery of a message, unless the same message is one already: the same bytes, or the same Message-ID with
/// the same content. The same content under another Message-ID is a delivery of its own that points to the first.
pub async fn receive(
    tx: &mut WriteTx,
    origin: &Origin,
    place: &MailPlace,
    fingerprint: &Fingerprint,
    marks: &MailMarks,
    length: u64,
    now: Timestamp,
) -> Result<Mailed> {
    audit::lock(tx).await?;
    let here: Option<(DeliveryId,)> = optional!(
        tx,
        "SELECT delivery_id FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4 \
         AND delivery_id IS NOT NULL",
        &place.source,
        &place.folder,
        i64::from(place.uid_validity),
        i64::from(place.uid)
    )?;
    if let Some((known,)) = here {
        return Ok(Mailed::Again(known));
    }
    let same: Option<(DeliveryId,)> = optional!(
        tx,
        "SELECT m.delivery_id FROM mail_message m JOIN delivery d ON d.id = m.delivery_id WHERE d.fingerprint = $1 \
         UNION SELECT delivery_id FROM mail_message WHERE message_key = $2 AND message_key <> '' AND body_key = $3 \
         AND delivery_id IS NOT NULL ORDER BY 1 LIMIT 1",
        fingerprint,
        &marks.message_key,
        &marks.body_key
    )?;
    let mailed = match same {
        Some((known,)) => {
            let detail = json!({ "source": place.source, "object": origin.object });
            audit::append(tx, &Actor::Program, "delivery.came_again", known.as_str(), &detail, now).await?;
            Mailed::Again(known)
        }
        None => {
            let twin: Option<(DeliveryId,)> = optional!(
                tx,
                "SELECT delivery_id FROM mail_message WHERE body_key = $1 AND body_key <> '' AND delivery_id IS NOT NULL \
                 ORDER BY delivery_id LIMIT 1",
                &marks.body_key
            )?;
            let twin = twin.map(|(id,)| id);
            match deliveries::receive_beside(tx, origin, fingerprint, length, twin.as_ref(), now).await? {
                Received::New(id) => Mailed::New(id),
                Received::Already(id) => Mailed::Again(id),
            }
        }
    };
    let (Mailed::New(delivery) | Mailed::Again(delivery)) = &mailed;
    execute!(
        tx,
        "INSERT INTO mail_message (source, folder, uid_validity, uid, state, delivery_id, message_key, body_key, size_bytes, \
         arrived, at) VALUES ($1, $2, $3, $4, 'received', $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (source, folder, uid_validity, uid) DO UPDATE SET state = 'received', delivery_id = excluded.delivery_id, \
         message_key = excluded.message_key, body_key = excluded.body_key, at = excluded.at",
        &place.source,
        &place.folder,
        i64::from(place.uid_validity),
        i64::from(place.uid),
        delivery,
        &marks.message_key,
        &marks.body_key,
        i64::try_from(marks.size_bytes).unwrap_or(i64::MAX),
        marks.arrived,
        now
    )?;
    Ok(mailed)
}

/// Notes that a message is not fetched; a person has to look.
pub async fn hold(tx: &mut WriteTx, place: &MailPlace, marks: &MailMarks, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO mail_message (source, folder, uid_validity, uid, state, message_key, body_key, size_bytes, arrived, at) \
         VALUES ($1, $2, $3, $4, 'held', '', '', $5, $6, $7) \
         ON CONFLICT (source, folder, uid_validity, uid) DO UPDATE SET at = excluded.at",
        &place.source,
        &place.folder,
        i64::from(place.uid_validity),
        i64::from(place.uid),
        i64::try_from(marks.size_bytes).unwrap_or(i64::MAX),
        marks.arrived,
        now
    )?;
    Ok(())
}

/// Notes that the server has been told (moved, flagged), or that there is nothing left to tell it.
pub async fn done(tx: &mut WriteTx, place: &MailPlace) -> Result<()> {
    execute!(
        tx,
        "UPDATE mail_message SET state = 'done' WHERE source = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4 \
         AND state = 'received'",
        &place.source,
        &place.folder,
        i64::from(place.uid_validity),
        i64::from(place.uid)
    )?;
    Ok(())
}

/// Forgets a held message: it is gone, or to be tried again.
pub async fn release(tx: &mut WriteTx, place: &MailPlace) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4 AND state = 'held'",
        &place.source,
        &place.folder,
        i64::from(place.uid_validity),
        i64::from(place.uid)
    )?;
    Ok(())
}

/// Every message of one generation that is known.
pub async fn known(tx: &mut ReadTx, source: &str, folder: &str, uid_validity: u32) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = all!(
        tx,
        "SELECT uid FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity = $3 ORDER BY uid",
        source,
        folder,
        i64::from(uid_validity)
    )?;
    Ok(rows.into_iter().map(|(uid,)| uid).collect())
}

/// Messages of one generation that are received and not acknowledged, or held.
pub async fn open(tx: &mut ReadTx, source: &str, folder: &str, uid_validity: u32) -> Result<Vec<MailRow>> {
    Ok(all!(
        tx,
        select!("WHERE source = $1 AND folder = $2 AND uid_validity = $3 AND state <> 'done' ORDER BY uid"),
        source,
        folder,
        i64::from(uid_validity)
    )?)
}

/// Moves a message of an earlier generation to its new UID, where exactly what is known of both is the same; whether
/// there was one. It is to be acknowledged again.
pub async fn renumber(tx: &mut WriteTx, to: &MailPlace, marks: &MailMarks, now: Timestamp) -> Result<bool> {
    if marks.message_key.is_empty() {
        return Ok(false);
    }
    let earlier: Option<(i64, i64)> = optional!(
        tx,
        "SELECT uid_validity, uid FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity <> $3 \
         AND message_key = $4 AND size_bytes = $5 AND arrived = $6 AND delivery_id IS NOT NULL \
         ORDER BY uid_validity DESC, uid LIMIT 1",
        &to.source,
        &to.folder,
        i64::from(to.uid_validity),
        &marks.message_key,
        i64::try_from(marks.size_bytes).unwrap_or(i64::MAX),
        marks.arrived
    )?;
    let Some((validity, uid)) = earlier else { return Ok(false) };
    let changed = execute!(
        tx,
        "UPDATE mail_message SET uid_validity = $5, uid = $6, state = 'received', at = $7 \
         WHERE source = $1 AND folder = $2 AND uid_validity = $3 AND uid = $4",
        &to.source,
        &to.folder,
        validity,
        uid,
        i64::from(to.uid_validity),
        i64::from(to.uid),
        now
    )?;
    Ok(changed == 1)
}

/// Whether deliveries of an earlier generation are known.
pub async fn has_earlier(tx: &mut ReadTx, source: &str, folder: &str, uid_validity: u32) -> Result<bool> {
    let row: Option<(i64,)> = optional!(
        tx,
        "SELECT uid FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity <> $3 AND delivery_id IS NOT NULL LIMIT 1",
        source,
        folder,
        i64::from(uid_validity)
    )?;
    Ok(row.is_some())
}

/// Ends what is open of earlier generations: their UIDs name nothing any more.
pub async fn close_earlier(tx: &mut WriteTx, source: &str, folder: &str, uid_validity: u32) -> Result<()> {
    execute!(
        tx,
        "DELETE FROM mail_message WHERE source = $1 AND folder = $2 AND uid_validity <> $3 AND state = 'held'",
        source,
        folder,
        i64::from(uid_validity)
    )?;
    execute!(
        tx,
        "UPDATE mail_message SET state = 'done' WHERE source = $1 AND folder = $2 AND uid_validity <> $3 AND state = 'received'",
        source,
        folder,
        i64::from(uid_validity)
    )?;
    Ok(())
}

/// In how many places the message of a delivery was found.
pub async fn places(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<i64> {
    let (count,): (i64,) = one!(tx, "SELECT count(*) FROM mail_message WHERE delivery_id = $1", delivery)?;
    Ok(count)
}
