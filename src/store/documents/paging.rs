//! Pages by a person's word: a document read again as another kind, parted, joined, in another order, without some pages.
//! What a person typed stays; what the program read follows the new reading.

use super::propose::Row;
use super::search::{forget, index};
use super::{Document, Outcome, Values, kept, patient_label, sender_label};
use crate::db::{WriteTx, execute, one, optional};
use crate::domain::{DocumentId, DocumentReading, FaxMeta, PageNo, Timestamp, UserId};
use crate::store::audit::{self, Actor};
use crate::store::{Result, sound};
use serde_json::{Value, json};
use sqlx::types::Json;

/// What becomes of a document whose pages a person arranged.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Its pages as one document, read again; in their new order.
    pub reading: &'a DocumentReading,
    /// The pages that are put out of it.
    pub dropped: &'a [PageNo],
    /// When a document of that kind is due.
    pub due_at: Timestamp,
}

/// Gives a document that still has `version` another reading of the same pages.
pub async fn refit(
    tx: &mut WriteTx,
    document: &Document,
    version: i64,
    piece: &Piece<'_>,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let values = carried(&document.values, &document.reading, piece.reading);
    write(tx, document, version, piece, &values, ("document.refitted", json!({})), user, now).await
}

/// Gives a document that still has `version` other pages; `verb` and `detail` are for the audit log.
pub async fn give_pages(
    tx: &mut WriteTx,
    document: &Document,
    version: i64,
    piece: &Piece<'_>,
    (verb, detail): (&str, Value),
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let values = carried(&document.values, &document.reading, piece.reading);
    write(tx, document, version, piece, &values, (verb, detail), user, now).await
}

/// Makes a document of its own of pages that were taken from another one.
pub async fn part(
    tx: &mut WriteTx,
    from: &Document,
    piece: &Piece<'_>,
    user: &UserId,
    now: Timestamp,
) -> Result<DocumentId> {
    let (next,): (i64,) =
        one!(tx, "SELECT CAST(max(ordinal) + 1 AS BIGINT) FROM document WHERE delivery_id = $1", &from.delivery_id)?;
    let fax = fax_of(tx, from).await?;
    let row = Row {
        source: &from.source,
        channel: from.channel,
        number: fax.sender_number.as_deref(),
        reading: piece.reading,
        received_at: from.received_at,
        due_at: piece.due_at,
    };
    let id = row.insert(tx, &from.delivery_id, next, now).await?;
    // A person made it: the program never replaces it.
    execute!(tx, "UPDATE document SET touched_at = $2 WHERE id = $1", &id, now)?;
    let detail = json!({ "from": from.id, "pages": piece.reading.pages });
    audit::append(tx, &Actor::Person(user.clone()), "document.parted", id.as_str(), &detail, now).await?;
    Ok(id)
}

/// Takes another document's pages into this one, which still has `version`; the other one is no more.
pub async fn join(
    tx: &mut WriteTx,
    document: &Document,
    version: i64,
    other: &Document,
    piece: &Piece<'_>,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    // What was typed here wins over what was typed there, and both over what was read.
    let mut values = carried(&other.values, &other.reading, piece.reading);
    for (field, value) in typed(&document.values, &document.reading) {
        match value {
            Some(value) => values.insert(field, value),
            None => values.remove(&field),
        };
    }
    let detail = json!({ "other": other.id, "pages": piece.reading.pages });
    let outcome = write(tx, document, version, piece, &values, ("document.joined", detail), user, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        execute!(tx, "UPDATE document SET related_to = $2 WHERE related_to = $1", &other.id, &document.id)?;
        execute!(tx, "DELETE FROM hold WHERE document_id = $1", &other.id)?;
        execute!(tx, "DELETE FROM assignment WHERE document_id = $1", &other.id)?;
        forget(tx, &other.id).await?;
        execute!(tx, "DELETE FROM document WHERE id = $1", &other.id)?;
        let detail = json!({ "into": document.id });
        let actor = Actor::Person(user.clone());
        audit::append(tx, &actor, "document.joined_into", other.id.as_str(), &detail, now).await?;
    }
    Ok(outcome)
}

/// What the program read anew, with what a person had typed over the reading before.
fn carried(values: &Values, before: &DocumentReading, after: &DocumentReading) -> Values {
    let mut carried: Values = after.fields.iter().map(|(field, found)| (*field, found.value.clone())).collect();
    for (field, value) in typed(values, before) {
        match value {
            Some(value) => carried.insert(field, value),
            None => carried.remove(&field),
        };
    }
    kept(&carried)
}

/// What a person changed: the value, or that there is none.
fn typed(values: &Values, reading: &DocumentReading) -> Vec<(crate::domain::FieldName, Option<String>)> {
    let read = kept(&reading.fields.iter().map(|(field, found)| (*field, found.value.clone())).collect());
    let changed = values.iter().filter(|(field, value)| read.get(field) != Some(value));
    let removed = read.keys().filter(|field| !values.contains_key(field));
    changed.map(|(field, value)| (*field, Some(value.clone()))).chain(removed.map(|field| (*field, None))).collect()
}

#[expect(clippy::too_many_arguments, reason = "one row and its audit row")]
async fn write(
    tx: &mut WriteTx,
    document: &Document,
    version: i64,
    piece: &Piece<'_>,
    values: &Values,
    (verb, mut detail): (&str, Value),
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    audit::lock(tx).await?;
    let row: Option<(i64,)> = optional!(tx, "SELECT version FROM document WHERE id = $1", &document.id)?;
    match row {
        None => return Ok(Outcome::NotFound),
        Some((current,)) if current != version => return Ok(Outcome::Stale),
        Some(_) => {}
    }
    let fax = fax_of(tx, document).await?;
    let number = fax.sender_number.as_deref();
    let reading = piece.reading;
    execute!(
        tx,
        "UPDATE document SET version = version + 1, updated_at = $3, touched_at = $3, kind = $4, kind_confidence = $5, \
         decision = $6, due_at = $7, patient_label = $8, sender_label = $9, alert_count = $10, pages = $11, rotation = $12, \
         dropped = $13, field_values = $14, reading = $15 WHERE id = $1 AND version = $2",
        &document.id,
        version,
        now,
        reading.kind,
        f64::from(reading.kind_confidence),
        reading.decision,
        piece.due_at,
        patient_label(values),
        sender_label(values, number),
        i64::try_from(reading.alerts.len()).unwrap_or(i64::MAX),
        Json(&reading.pages),
        Json(&reading.rotation),
        Json(piece.dropped),
        Json(values),
        sound::json(reading)?
    )?;
    index(tx, &document.id).await?;
    if let Some(all) = detail.as_object_mut() {
        all.insert("version".to_owned(), json!(version + 1));
        all.insert("kind".to_owned(), json!(reading.kind));
        all.insert("pages".to_owned(), json!(reading.pages));
        all.insert("dropped".to_owned(), json!(piece.dropped));
    }
    audit::append(tx, &Actor::Person(user.clone()), verb, document.id.as_str(), &detail, now).await?;
    Ok(Outcome::Done(version + 1))
}

async fn fax_of(tx: &mut WriteTx, document: &Document) -> Result<FaxMeta> {
    let (fax,): (Json<FaxMeta>,) = one!(tx, "SELECT fax FROM delivery WHERE id = $1", &document.delivery_id)?;
    Ok(fax.0)
}
