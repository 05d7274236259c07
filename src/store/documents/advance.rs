//! The only place that writes a document's state, by the one table of moves.

use super::queue::Tray;
use super::search;
use crate::db::{WriteTx, execute, optional};
use crate::domain::{DocumentId, DocumentState, RecordId, Timestamp};
use crate::store::audit::{self, Actor};
use crate::store::{Error, Result, sound};
use serde_json::{Value, json};

/// What became of a change that named the version it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the document has this version now.
    Done(i64),
    /// Somebody changed the document since; nothing was changed.
    Stale,
    /// There is no such document.
    NotFound,
}

/// A move of a document to its next state.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Where to.
    pub to: DocumentState,
    /// Who moves it.
    pub actor: &'a Actor,
    /// What the audit log calls it.
    pub verb: &'a str,
    /// What the audit log keeps beside the states.
    pub detail: Value,
    /// Reason for setting it aside, or what the sender is being asked.
    pub note: Option<&'a str>,
}

/// Moves a document that still has `version` to its next state.
pub async fn advance(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    step: &Step<'_>,
    now: Timestamp,
) -> Result<Outcome> {
    audit::lock(tx).await?;
    let row: Option<(DocumentState, i64, Option<String>)> =
        optional!(tx, "SELECT state, version, record_id FROM document WHERE id = $1", id)?;
    let Some((from, current, record)) = row else { return Ok(Outcome::NotFound) };
    if current != version {
        return Ok(Outcome::Stale);
    }
    let unrecorded = from == DocumentState::InReview && step.to == DocumentState::Pushed && record.is_none();
    if unrecorded || !from.may_become(step.to) {
        return Err(Error::Move { what: "document", from: from.code(), to: step.to.code() });
    }
    let note = step.note.map(sound::text);
    let reason = note.as_deref().filter(|_| step.to == DocumentState::SetAside);
    let inquiry = note.as_deref().filter(|_| step.to == DocumentState::Inquiry);
    // Holding and letting go are no changes by a person; everything else a person does is.
    let holding = matches!(
        (from, step.to),
        (DocumentState::Proposed, DocumentState::InReview) | (DocumentState::InReview, DocumentState::Proposed)
    );
    let touched = (!holding && matches!(step.actor, Actor::Person(_))).then_some(now);
    execute!(
        tx,
        "UPDATE document SET state = $3, tray = $4, version = version + 1, updated_at = $5, set_aside_reason = $6, \
         inquiry_note = coalesce($7, inquiry_note), touched_at = coalesce($8, touched_at), related_to = NULL, relation = NULL WHERE id = $1 AND version = $2",
        id,
        version,
        step.to,
        Tray::of(step.to),
        now,
        reason,
        inquiry,
        touched
    )?;
    let mut detail = json!({ "from": from, "to": step.to, "version": version + 1 });
    if let (Some(all), Value::Object(more)) = (detail.as_object_mut(), &step.detail) {
        all.extend(more.clone());
    }
    audit::append(tx, step.actor, step.verb, id.as_str(), &detail, now).await?;
    if step.to == DocumentState::Inquiry {
        // One that an older version of the program indexed is found by its reference from now on.
        search::index(tx, id).await?;
    }
    Ok(Outcome::Done(version + 1))
}

/// Notes that a confirmed document stands in the referral database; false when it was noted before.
pub async fn pushed(tx: &mut WriteTx, id: &DocumentId, record: &RecordId, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let row: Option<(DocumentState, i64)> = optional!(tx, "SELECT state, version FROM document WHERE id = $1", id)?;
    let Some((state, version)) = row else { return Err(Error::NotFound("document")) };
    if state == DocumentState::Pushed {
        return Ok(false);
    }
    let step = Step {
        to: DocumentState::Pushed,
        actor: &Actor::Program,
        verb: "document.pushed",
        detail: json!({ "record": record }),
        note: None,
    };
    advance(tx, id, version, &step, now).await?;
    execute!(
        tx,
        "UPDATE document SET pushed_at = $2, record_id = $3, push_error = NULL, correction_reason = NULL WHERE id = $1",
        id,
        now,
        record
    )?;
    Ok(true)
}

/// Notes that a confirmed document could not be pushed; `code` is one of the program's own words.
pub async fn push_failed(tx: &mut WriteTx, id: &DocumentId, code: &str, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(
        tx,
        "UPDATE document SET push_error = $2, updated_at = $3 WHERE id = $1 AND state = 'approved'",
        id,
        code,
        now
    )?;
    if changed == 0 {
        return Err(Error::NotFound("approved document"));
    }
    audit::append(tx, &Actor::Program, "document.push_failed", id.as_str(), &json!({ "code": code }), now).await
}
