//! Documents as other systems ask for them: lists in the order in which they were made, and what was pushed in the order of the commits.

use super::super::{Result, debug_without_people};
use super::queue::Tray;
use super::seeing::{Seeing, seeable};
use super::{Document, PatientColumns, Values};
use crate::db::{ReadTx, all, one, optional};
use crate::domain::{Channel, Decision, DeliveryId, DocumentId, DocumentState, Kind, Timestamp, UserId};
use sqlx::types::Json;

/// Which documents are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// For whose eyes.
    pub seeing: Seeing,
    /// Only those that stand there.
    pub state: Option<DocumentState>,
    /// Only of that kind.
    pub kind: Option<Kind>,
    /// Only of that source.
    pub source: Option<String>,
    /// Only those received then or later.
    pub received_since: Option<Timestamp>,
    /// Only those received before.
    pub received_until: Option<Timestamp>,
}

/// A document in a list, without a word of what it says.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct ItemRow {
    /// Which document.
    pub id: DocumentId,
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// Where it stands.
    pub state: DocumentState,
    /// Grows with every change.
    pub version: i64,
    /// What it is.
    pub kind: Kind,
    /// How much attention it needs.
    pub decision: Decision,
    /// Name of the source.
    pub source: String,
    /// By which way it came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it should be confirmed.
    pub due_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How many things a person must notice.
    pub alert_count: i64,
    /// The record in the referral database.
    pub record_id: Option<String>,
}

/// A part of the list of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Items {
    /// Those found, in the order in which they were made.
    pub rows: Vec<ItemRow>,
    /// After which document to go on; nothing at the end. It is there with few rows and even with none, where looking stopped before
    /// there were enough.
    pub next: Option<DocumentId>,
}

/// Documents that one answer looks at, whatever it finds.
pub const FURTHEST: i64 = 20_000;
/// Deliveries of a span of time whose documents are rather sorted than met on the way.
const FEW: i64 = 10_000;
/// Ids are drawn by clocks that differ, each a little after what it names was received.
const CLOCKS_DIFFER_MS: i64 = 86_400_000;

macro_rules! rows {
    ($with:expr, $from:literal) => {
        concat!(
            $with,
            "SELECT d.id, d.delivery_id, d.state, d.version, d.kind, d.decision, d.source, d.channel, d.received_at, d.due_at, \
             d.updated_at, d.alert_count, d.record_id FROM ",
            $from,
            " AND d.id > $1 AND ($2 IS NULL OR d.state = $2) AND ($3 IS NULL OR d.kind = $3) AND ($4 IS NULL OR d.source = $4) \
             AND ($5 IS NULL OR d.received_at >= $5) AND ($6 IS NULL OR d.received_at < $6) AND ",
            seeable!("$7"),
            " ORDER BY d.id LIMIT $8"
        )
    };
}

/// A small choice is made first, whatever a database thinks; it would rather walk over all documents in the order that is asked for.
macro_rules! few {
    ($tray:literal) => {
        rows!(
            concat!(
                "WITH few AS MATERIALIZED (SELECT id FROM document WHERE ",
                $tray,
                " AND received_at >= COALESCE($5, 0) AND received_at < COALESCE($6, 9223372036854775807)) "
            ),
            "few f CROSS JOIN document d WHERE d.id = f.id"
        )
    };
}

/// The documents made after that one, in the order in which they were made; no more than `furthest` are looked at on the way.
///
/// Ids grow with time and are drawn under the lock of the audit log, so that what arrives meanwhile comes behind what is there.
pub async fn items(
    tx: &mut ReadTx,
    filter: &ItemFilter,
    after: Option<&DocumentId>,
    limit: i64,
    furthest: i64,
) -> Result<Items> {
    let mut after = after.map_or(String::new(), DocumentId::to_string);
    let tray = filter.state.map(Tray::of);
    // People empty these; what stands there is never much.
    let mut few = tray.is_some_and(|tray| !matches!(tray, Tray::SetAside | Tray::Pushed));
    if !few && (filter.received_since.is_some() || filter.received_until.is_some()) {
        let (came, before): (i64, String) = one!(
            tx,
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM delivery WHERE received_at >= $1 AND received_at < $2 \
             ORDER BY received_at LIMIT $3) AS came), COALESCE((SELECT id FROM delivery WHERE received_at < $1 - $4 \
             ORDER BY received_at DESC, id DESC LIMIT 1), '')",
            filter.received_since.unwrap_or(Timestamp(0)),
            filter.received_until.unwrap_or(Timestamp(i64::MAX)),
            FEW + 1,
            CLOCKS_DIFFER_MS
        )?;
        few = came <= FEW;
        // No document is older than what it arrived in.
        after = after.max(before);
    }
    let (sql, which, stopped): (&'static str, Option<String>, Option<DocumentId>) = match (few, tray) {
        (true, Some(tray)) => (few!("tray = $9"), Some(tray.code().to_owned()), None),
        (true, None) => {
            (few!("tray IN ('open', 'inquiry', 'set_aside', 'confirmed', 'pushed') AND $9 IS NULL"), None, None)
        }
        (false, _) => {
            let (last, n): (Option<DocumentId>, i64) = one!(
                tx,
                "SELECT max(id), count(*) FROM (SELECT id FROM document WHERE id > $1 ORDER BY id LIMIT $2) AS near",
                &after,
                furthest
            )?;
            let Some(last) = last else { return Ok(Items::default()) };
            (rows!("", "document d WHERE d.id <= $9"), Some(last.to_string()), Some(last).filter(|_| n == furthest))
        }
    };
    let mut rows: Vec<ItemRow> = all!(
        tx,
        sql,
        &after,
        filter.state.map(|state| state.code()),
        filter.kind.map(|kind| kind.code()),
        filter.source.as_deref(),
        filter.received_since,
        filter.received_until,
        filter.seeing.bound(),
        limit + 1,
        which
    )?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let next = match rows.len() > wanted {
        true => {
            rows.truncate(wanted);
            rows.last().map(|row| row.id.clone())
        }
        false => stopped,
    };
    Ok(Items { rows, next })
}

/// A push: the document reached the referral database, for the first time or again.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize)]
pub struct PushedRow {
    /// Grows with every push.
    pub seq: i64,
    /// When.
    pub pushed_at: Timestamp,
    /// The record in the referral database.
    pub record_id: String,
    /// Which document.
    pub document_id: DocumentId,
    /// Where it stands now; no longer `pushed` while it is being corrected.
    pub state: DocumentState,
    /// What it is.
    pub kind: Kind,
}

/// Every push after that number, in the order of the commits; nothing is ever put in before what was answered.
pub async fn pushed_since(tx: &mut ReadTx, seeing: &Seeing, after: i64, limit: i64) -> Result<Vec<PushedRow>> {
    Ok(all!(
        tx,
        concat!(
            "SELECT l.seq, l.at AS pushed_at, d.record_id, d.id AS document_id, d.state, d.kind FROM audit l \
             JOIN document d ON d.id = l.subject WHERE l.verb = 'document.pushed' AND l.seq > $1 \
             AND d.record_id IS NOT NULL AND ",
            seeable!("$2"),
            " ORDER BY l.seq LIMIT $3"
        ),
        after,
        seeing.bound(),
        limit
    )?)
}

/// What a person confirmed, once.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Version {
    /// Of the document, when it was confirmed.
    pub version: i64,
    /// Who confirmed it.
    pub approver: UserId,
    /// When.
    pub approved_at: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// Whom it concerns.
    #[sqlx(flatten)]
    pub patient: PatientColumns,
    /// The sending institution.
    pub institution_id: Option<String>,
    /// The sending doctor.
    pub doctor_id: Option<String>,
    /// What it says.
    #[sqlx(rename = "field_values")]
    pub values: Json<Values>,
}
debug_without_people!(Version { version, approved_at, kind });

/// Every confirmation of a document, oldest first; also those that were taken back.
pub async fn versions(tx: &mut ReadTx, id: &DocumentId) -> Result<Vec<Version>> {
    Ok(all!(
        tx,
        "SELECT version, approver, approved_at, kind, patient_choice, patient_id, institution_id, doctor_id, field_values \
         FROM approval WHERE document_id = $1 ORDER BY version",
        id
    )?)
}

/// The document that is that record.
pub async fn by_record(tx: &mut ReadTx, record: &str) -> Result<Option<Document>> {
    let id: Option<(DocumentId,)> = optional!(tx, "SELECT id FROM document WHERE record_id = $1", record)?;
    match id {
        Some((id,)) => super::find(tx, &id).await,
        None => Ok(None),
    }
}
