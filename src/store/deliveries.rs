//! Deliveries (受信): what arrived, from where, how far it has been read. Never deleted, never received twice.

use super::audit::{self, Actor};
use super::documents::{MOST, Seeing, seeable};
use super::{Error, Result, debug_without_people, jobs, sound};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{
    Channel, DeliveryId, DeliveryState, FaxMeta, Fingerprint, Origin, Remark, Stage, Timestamp, Trouble, UserId,
};
use serde_json::json;
use sqlx::types::Json;

/// A delivery as it stands.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Name of the source.
    pub source: String,
    /// By which way it came.
    pub channel: Channel,
    /// What tells it from every other object of the source.
    pub object: String,
    /// As it arrived; for staff's eyes only.
    pub file_name: String,
    /// What the fax server said.
    pub fax: Json<FaxMeta>,
    /// Of the original bytes; the key into `files`.
    pub fingerprint: Fingerprint,
    /// Of the original.
    pub size_bytes: i64,
    /// How far it has been read.
    pub state: DeliveryState,
    /// What is wrong with it; may stand beside `read` when only a part could be read.
    pub trouble: Option<Trouble>,
    /// What staff should know beside that, such as why there is no document in it.
    pub remark: Option<Remark>,
    /// The first delivery with the same bytes.
    pub duplicate_of: Option<DeliveryId>,
    /// Pages decoded so far.
    pub page_count: i64,
    /// When its row became durable.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When a person has dealt with it otherwise (対応済).
    pub closed_at: Option<Timestamp>,
    /// Who that was.
    pub closed_by: Option<UserId>,
}
debug_without_people!(Delivery { id, state, trouble });

/// What became of a source object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// A new delivery.
    New(DeliveryId),
    /// The same source object had been received before.
    Already(DeliveryId),
}

impl Received {
    /// The delivery, new or not.
    pub fn id(&self) -> &DeliveryId {
        match self {
            Received::New(id) | Received::Already(id) => id,
        }
    }
}

macro_rules! columns {
    () => {
        "SELECT v.id, v.source, v.channel, v.object, v.file_name, v.fax, v.fingerprint, v.size_bytes, v.state, v.trouble, v.remark, \
         v.duplicate_of, v.page_count, v.received_at, v.updated_at, v.closed_at, v.closed_by"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!(columns!(), " FROM delivery v ", $rest)
    };
}

/// Makes a delivery of a source object whose bytes are durable, with its first job; the same object again changes nothing.
pub async fn receive(
    tx: &mut WriteTx,
    origin: &Origin,
    fingerprint: &Fingerprint,
    size_bytes: u64,
    now: Timestamp,
) -> Result<Received> {
    receive_beside(tx, origin, fingerprint, size_bytes, None, now).await
}

/// The same, pointing to an earlier delivery of like content where none has the same bytes.
pub(super) async fn receive_beside(
    tx: &mut WriteTx,
    origin: &Origin,
    fingerprint: &Fingerprint,
    size_bytes: u64,
    like: Option<&DeliveryId>,
    now: Timestamp,
) -> Result<Received> {
    audit::lock(tx).await?;
    let object = sound::text(&origin.object);
    let earlier: Option<(DeliveryId,)> =
        optional!(tx, "SELECT id FROM delivery WHERE source = $1 AND object = $2", &origin.source, object.as_ref())?;
    if let Some((id,)) = earlier {
        return Ok(Received::Already(id));
    }
    let twin: Option<(DeliveryId,)> =
        optional!(tx, "SELECT id FROM delivery WHERE fingerprint = $1 ORDER BY received_at, id LIMIT 1", fingerprint)?;
    let twin = twin.map(|(id,)| id).or_else(|| like.cloned());
    let id = DeliveryId::fresh();
    let fax = sound::json(&origin.fax)?;
    let size = i64::try_from(size_bytes).unwrap_or(i64::MAX);
    execute!(
        tx,
        "INSERT INTO delivery (id, source, channel, object, file_name, fax, fingerprint, size_bytes, state, duplicate_of, \
         received_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'received', $9, $10, $10)",
        &id,
        &origin.source,
        origin.channel,
        object.as_ref(),
        sound::text(&origin.file_name).as_ref(),
        &fax,
        fingerprint,
        size,
        &twin,
        now
    )?;
    let detail = json!({
        "source": origin.source,
        "channel": origin.channel,
        "fingerprint": fingerprint,
        "size_bytes": size,
        "duplicate_of": twin,
    });
    audit::append(tx, &Actor::Program, "delivery.received", id.as_str(), &detail, now).await?;
    jobs::enqueue(tx, id.as_str(), Stage::Decode, now).await?;
    Ok(Received::New(id))
}

/// The delivery of that id.
pub async fn find(tx: &mut ReadTx, id: &DeliveryId) -> Result<Option<Delivery>> {
    Ok(optional!(tx, select!("WHERE id = $1"), id)?)
}

/// The delivery of a source object; asked before bytes are read again.
pub async fn of_object(tx: &mut ReadTx, source: &str, object: &str) -> Result<Option<Delivery>> {
    Ok(optional!(tx, select!("WHERE source = $1 AND object = $2"), source, sound::text(object).as_ref())?)
}

/// Moves a delivery to its next state and says what is wrong with it, if anything; what was closed is open again.
pub async fn advance(
    tx: &mut WriteTx,
    id: &DeliveryId,
    to: DeliveryState,
    trouble: Option<Trouble>,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let from: Option<(DeliveryState,)> = optional!(tx, "SELECT state FROM delivery WHERE id = $1", id)?;
    let Some((from,)) = from else { return Err(Error::NotFound("delivery")) };
    if !from.may_become(to) {
        return Err(Error::Move { what: "delivery", from: from.code(), to: to.code() });
    }
    execute!(
        tx,
        "UPDATE delivery SET state = $2, trouble = $3, updated_at = $4, closed_at = NULL, closed_by = NULL WHERE id = $1",
        id,
        to,
        trouble,
        now
    )?;
    let detail = json!({ "from": from, "to": to, "trouble": trouble });
    audit::append(tx, &Actor::Program, "delivery.advanced", id.as_str(), &detail, now).await
}

/// Notes that a person has dealt with a delivery of which no document came; whether it was one that waited for people.
pub async fn close(tx: &mut WriteTx, id: &DeliveryId, by: &UserId, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let closed = execute!(
        tx,
        "UPDATE delivery SET closed_at = $3, closed_by = $2 \
         WHERE id = $1 AND state IN ('held', 'unreadable') AND closed_at IS NULL",
        id,
        by,
        now
    )?;
    if closed == 1 {
        audit::append(tx, &Actor::Person(by.clone()), "delivery.closed", id.as_str(), &json!({}), now).await?;
    }
    Ok(closed == 1)
}

/// Takes that back: the delivery waits for people again; whether it was closed.
pub async fn reopen(tx: &mut WriteTx, id: &DeliveryId, by: &UserId, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let opened = execute!(
        tx,
        "UPDATE delivery SET closed_at = NULL, closed_by = NULL WHERE id = $1 AND closed_at IS NOT NULL",
        id
    )?;
    if opened == 1 {
        audit::append(tx, &Actor::Person(by.clone()), "delivery.reopened", id.as_str(), &json!({}), now).await?;
    }
    Ok(opened == 1)
}

/// Keeps what the fax server said after the document itself had come.
pub async fn fax_said(tx: &mut WriteTx, id: &DeliveryId, fax: &FaxMeta, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let fax = sound::json(fax)?;
    if execute!(tx, "UPDATE delivery SET fax = $2, updated_at = $3 WHERE id = $1", id, &fax, now)? == 0 {
        return Err(Error::NotFound("delivery"));
    }
    audit::append(tx, &Actor::Program, "delivery.fax_said", id.as_str(), &json!({}), now).await
}

/// Each state and how many deliveries stand in it and are not closed; `read`, which only grows, up to the placeholder.
macro_rules! by_state {
    ($most:literal) => {
        concat!(
            "SELECT state, count(*) FROM delivery WHERE state IN ('received', 'reading', 'held', 'unreadable') \
             AND closed_at IS NULL GROUP BY state \
             UNION ALL SELECT 'read', count(*) FROM (SELECT 1 FROM delivery WHERE state = 'read' AND closed_at IS NULL LIMIT ",
            $most,
            ") AS a"
        )
    };
}
pub(super) use by_state;

/// How many deliveries stand in each state and are not closed; states without any are left out, and `read`, which only grows, is counted up to `documents::MOST`.
pub async fn count_by_state(tx: &mut ReadTx) -> Result<Vec<(DeliveryState, i64)>> {
    let mut counts: Vec<(DeliveryState, i64)> = all!(tx, by_state!("$1"), MOST)?;
    counts.retain(|(_, n)| *n > 0);
    Ok(counts)
}

/// A delivery in a list.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Listed {
    /// As it stands.
    #[sqlx(flatten)]
    pub delivery: Delivery,
    /// Whether it holds a document that is not for these eyes.
    pub hidden: bool,
}
debug_without_people!(Listed { delivery, hidden });

/// Whether the delivery `v` holds a document that is not for somebody's eyes.
macro_rules! hidden {
    ($seeing:literal) => {
        concat!("EXISTS (SELECT 1 FROM document d WHERE d.delivery_id = v.id AND NOT ", seeable!($seeing), ")")
    };
}
pub(super) use hidden;

macro_rules! listed {
    ($where:literal) => {
        concat!(
            columns!(),
            ", ",
            hidden!("$2"),
            " AS hidden FROM delivery v WHERE ",
            $where,
            " ORDER BY v.received_at DESC, v.id DESC LIMIT $1"
        )
    };
}

/// Which deliveries a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those of one state that nobody has closed.
    In(DeliveryState),
    /// Those that somebody has closed (対応済).
    Closed,
}

/// The newest of these deliveries, newest first, each with whether somebody may know what it is called.
pub async fn listed(tx: &mut ReadTx, which: Which, seeing: &Seeing, limit: i64) -> Result<Vec<Listed>> {
    Ok(match which {
        Which::All => all!(tx, listed!("TRUE"), limit, seeing.bound())?,
        Which::In(state) => all!(tx, listed!("v.state = $3 AND v.closed_at IS NULL"), limit, seeing.bound(), state)?,
        Which::Closed => all!(tx, listed!("v.closed_at IS NOT NULL"), limit, seeing.bound())?,
    })
}

/// The newest deliveries, newest first.
pub async fn recent(tx: &mut ReadTx, limit: i64) -> Result<Vec<Delivery>> {
    Ok(all!(tx, select!("ORDER BY received_at DESC, id DESC LIMIT $1"), limit)?)
}

/// Deliveries with something wrong, newest first.
pub async fn troubled(tx: &mut ReadTx, limit: i64) -> Result<Vec<Delivery>> {
    Ok(all!(tx, select!("WHERE trouble IS NOT NULL ORDER BY received_at DESC, id DESC LIMIT $1"), limit)?)
}

/// Every delivery with the same bytes as this one, oldest first, itself included.
pub async fn twins(tx: &mut ReadTx, fingerprint: &Fingerprint) -> Result<Vec<Delivery>> {
    Ok(all!(tx, select!("WHERE fingerprint = $1 ORDER BY received_at, id"), fingerprint)?)
}
