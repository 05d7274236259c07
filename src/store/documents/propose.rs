//! From readings to rows: what no person has touched follows the newest reading, what a person has touched stays.

use super::search::forget;
use super::{Values, index, kept, patient_label, sender_label};
use crate::db::{WriteTx, all, execute, optional};
use crate::domain::{
    Channel, DeliveryId, DocumentId, DocumentReading, DocumentState, FaxMeta, Kind, PageNo, Timestamp,
};
use crate::store::audit::{self, Actor};
use crate::store::{Error, Result, sound};
use serde_json::json;
use sqlx::types::Json;
use std::collections::BTreeSet;

#[derive(sqlx::FromRow)]
struct Delivered {
    source: String,
    channel: Channel,
    fax: Json<FaxMeta>,
}

#[derive(sqlx::FromRow)]
struct Standing {
    id: DocumentId,
    ordinal: i64,
    state: DocumentState,
    touched_at: Option<Timestamp>,
    pages: Json<Vec<PageNo>>,
    dropped: Json<Vec<PageNo>>,
    reading: Json<DocumentReading>,
}

impl Standing {
    /// Whether the program may still replace it.
    fn is_untouched(&self) -> bool {
        self.state == DocumentState::Proposed && self.touched_at.is_none()
    }
}

/// Makes the documents of a delivery as they were read, and answers their ids; doing it again with the same readings changes nothing.
///
/// A document that a person has open or has changed stays as it is, and nothing new is proposed over its pages.
/// One with the same pages keeps its id. `due_ms` says how long after receipt a kind should be confirmed.
pub async fn propose(
    tx: &mut WriteTx,
    delivery: &DeliveryId,
    readings: &[DocumentReading],
    received_at: Timestamp,
    due_ms: impl Fn(Kind) -> i64,
    now: Timestamp,
) -> Result<Vec<DocumentId>> {
    let due: Vec<Timestamp> = readings.iter().map(|reading| received_at.plus_ms(due_ms(reading.kind))).collect();
    drop(due_ms);
    audit::lock(tx).await?;
    let delivered: Option<Delivered> =
        optional!(tx, "SELECT source, channel, fax FROM delivery WHERE id = $1", delivery)?;
    let Some(delivered) = delivered else { return Err(Error::NotFound("delivery")) };
    let standing: Vec<Standing> = all!(
        tx,
        "SELECT id, ordinal, state, touched_at, pages, dropped, reading FROM document WHERE delivery_id = $1 ORDER BY ordinal",
        delivery
    )?;
    let mut next = standing.iter().map(|s| s.ordinal).max().map_or(1, |last| last + 1);
    let (mut free, kept): (Vec<_>, Vec<_>) = standing.into_iter().partition(Standing::is_untouched);
    let taken: BTreeSet<PageNo> = kept.iter().flat_map(|s| s.pages.iter().chain(s.dropped.iter()).copied()).collect();
    let wordless = kept.iter().any(|s| s.pages.is_empty());

    let mut ids = Vec::new();
    for (reading, due_at) in readings.iter().zip(due) {
        let over_kept = reading.pages.iter().any(|page| taken.contains(page)) || wordless && reading.pages.is_empty();
        if over_kept {
            continue;
        }
        let row = Row {
            source: &delivered.source,
            channel: delivered.channel,
            number: delivered.fax.sender_number.as_deref(),
            reading,
            received_at,
            due_at,
        };
        match free.iter().position(|s| s.pages.0 == reading.pages) {
            Some(at) => {
                let same = free.remove(at);
                if same.reading.0 != *reading {
                    row.replace(tx, &same.id, now).await?;
                }
                ids.push(same.id);
            }
            None => {
                ids.push(row.insert(tx, delivery, next, now).await?);
                next += 1;
            }
        }
    }
    for gone in free {
        forget(tx, &gone.id).await?;
        execute!(tx, "DELETE FROM assignment WHERE document_id = $1", &gone.id)?;
        execute!(tx, "DELETE FROM document WHERE id = $1", &gone.id)?;
        let detail = json!({ "delivery": delivery });
        audit::append(tx, &Actor::Program, "document.withdrawn", gone.id.as_str(), &detail, now).await?;
    }
    Ok(ids)
}

/// What a proposed document is made of.
pub(super) struct Row<'a> {
    pub source: &'a str,
    pub channel: Channel,
    /// The sender's number, as the line told it.
    pub number: Option<&'a str>,
    pub reading: &'a DocumentReading,
    pub received_at: Timestamp,
    pub due_at: Timestamp,
}

impl Row<'_> {
    fn values(&self) -> Values {
        kept(&self.reading.fields.iter().map(|(field, found)| (*field, found.value.clone())).collect())
    }

    pub async fn insert(
        &self,
        tx: &mut WriteTx,
        delivery: &DeliveryId,
        ordinal: i64,
        now: Timestamp,
    ) -> Result<DocumentId> {
        let (id, values) = (DocumentId::fresh(), self.values());
        execute!(
            tx,
            "INSERT INTO document (id, delivery_id, ordinal, state, tray, version, kind, kind_confidence, decision, source, \
             channel, received_at, due_at, updated_at, patient_label, sender_label, alert_count, pages, \
             rotation, field_values, reading) \
             VALUES ($1, $2, $3, 'proposed', 'open', 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
            &id,
            delivery,
            ordinal,
            self.reading.kind,
            f64::from(self.reading.kind_confidence),
            self.reading.decision,
            self.source,
            self.channel,
            self.received_at,
            self.due_at,
            now,
            patient_label(&values),
            sender_label(&values, self.number),
            self.alerts(),
            Json(&self.reading.pages),
            Json(&self.reading.rotation),
            Json(&values),
            sound::json(self.reading)?
        )?;
        index(tx, &id).await?;
        self.audited(tx, &id, "document.proposed", now).await?;
        Ok(id)
    }

    async fn replace(&self, tx: &mut WriteTx, id: &DocumentId, now: Timestamp) -> Result<()> {
        let values = self.values();
        execute!(
            tx,
            "UPDATE document SET version = version + 1, kind = $2, kind_confidence = $3, decision = $4, due_at = $5, \
             updated_at = $6, patient_label = $7, sender_label = $8, alert_count = $9, rotation = $10, \
             field_values = $11, reading = $12 WHERE id = $1",
            id,
            self.reading.kind,
            f64::from(self.reading.kind_confidence),
            self.reading.decision,
            self.due_at,
            now,
            patient_label(&values),
            sender_label(&values, self.number),
            self.alerts(),
            Json(&self.reading.rotation),
            Json(&values),
            sound::json(self.reading)?
        )?;
        index(tx, id).await?;
        self.audited(tx, id, "document.reproposed", now).await
    }

    fn alerts(&self) -> i64 {
        i64::try_from(self.reading.alerts.len()).unwrap_or(i64::MAX)
    }

    async fn audited(&self, tx: &mut WriteTx, id: &DocumentId, verb: &str, now: Timestamp) -> Result<()> {
        let detail = json!({
            "pages": self.reading.pages,
            "kind": self.reading.kind,
            "decision": self.reading.decision,
        });
        audit::append(tx, &Actor::Program, verb, id.as_str(), &detail, now).await
    }
}
