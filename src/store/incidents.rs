//! Misdirected documents (誤送信) as incidents: when it was noticed, and each step with who, when and how. Steps are added, never changed.

use super::audit::{self, Actor};
use super::{Error, Result, sound};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{DocumentId, Kind, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is done about a misdirected document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum IncidentStep {
    /// The sender knows, and what becomes of the paper is agreed (送信元へ連絡).
    SenderTold,
    /// The paper is returned or destroyed (返却・廃棄).
    Disposed,
    /// The first report is out (速報).
    ReportedFirst,
    /// The final report is out (確報).
    ReportedFinal,
    /// Nothing more is to be done (対応完了).
    Closed,
}

impl IncidentStep {
    /// Every step, in the order of the work.
    pub const ALL: &'static [IncidentStep] =
        &[Self::SenderTold, Self::Disposed, Self::ReportedFirst, Self::ReportedFinal, Self::Closed];

    /// The word in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::SenderTold => "sender_told",
            Self::Disposed => "disposed",
            Self::ReportedFirst => "reported_first",
            Self::ReportedFinal => "reported_final",
            Self::Closed => "closed",
        }
    }

    /// The step of that word.
    pub fn from_code(code: &str) -> Option<IncidentStep> {
        Self::ALL.iter().copied().find(|step| step.code() == code)
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Self::SenderTold => "送信元への連絡",
            Self::Disposed => "返却・廃棄",
            Self::ReportedFirst => "速報",
            Self::ReportedFinal => "確報",
            Self::Closed => "対応完了",
        }
    }
}

/// An incident as it stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Incident {
    /// Which document.
    pub document_id: DocumentId,
    /// What it is.
    pub kind: Kind,
    /// When it arrived.
    pub received_at: Timestamp,
    /// When somebody noticed; the clock of the reports runs from here.
    pub noticed_at: Timestamp,
    /// Who noticed, as colleagues call them.
    pub noticed_by: String,
    /// When nothing more was to be done.
    pub closed_at: Option<Timestamp>,
}

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct StepDone {
    /// Of which incident.
    pub document_id: DocumentId,
    /// What.
    pub step: IncidentStep,
    /// By whom, as colleagues call them.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How.
    pub note: String,
}

/// Begins the clock of a document; one that was begun before goes on from its beginning.
pub async fn begin(tx: &mut WriteTx, id: &DocumentId, user: &UserId, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO incident (document_id, noticed_by, noticed_at) VALUES ($1, $2, $3) ON CONFLICT (document_id) DO NOTHING",
        id,
        user,
        now
    )?;
    Ok(())
}

/// Notes a step, once; false when it was noted before.
pub async fn note(
    tx: &mut WriteTx,
    id: &DocumentId,
    step: IncidentStep,
    how: &str,
    user: &UserId,
    now: Timestamp,
) -> Result<bool> {
    audit::lock(tx).await?;
    let known: Option<(DocumentId,)> = optional!(tx, "SELECT document_id FROM incident WHERE document_id = $1", id)?;
    if known.is_none() {
        return Err(Error::NotFound("incident"));
    }
    let noted = execute!(
        tx,
        "INSERT INTO incident_step (document_id, step, user_id, at, note) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (document_id, step) DO NOTHING",
        id,
        step,
        user,
        now,
        sound::text(how)
    )?;
    if noted == 0 {
        return Ok(false);
    }
    if step == IncidentStep::Closed {
        execute!(tx, "UPDATE incident SET closed_at = $2 WHERE document_id = $1", id, now)?;
    }
    let detail = json!({ "step": step, "note": how });
    audit::append(tx, &Actor::Person(user.clone()), "incident.step", id.as_str(), &detail, now).await?;
    Ok(true)
}

/// Every incident, those that are open first, then the newest.
pub async fn list(tx: &mut ReadTx, limit: i64) -> Result<Vec<Incident>> {
    Ok(all!(
        tx,
        "SELECT i.document_id, d.kind, d.received_at, i.noticed_at, a.display_name AS noticed_by, i.closed_at FROM incident i \
         JOIN document d ON d.id = i.document_id JOIN account a ON a.id = i.noticed_by \
         ORDER BY CASE WHEN i.closed_at IS NULL THEN 0 ELSE 1 END, i.noticed_at DESC, i.document_id LIMIT $1",
        limit
    )?)
}

/// What was done in each of them, in order.
pub async fn steps(tx: &mut ReadTx, limit: i64) -> Result<Vec<StepDone>> {
    Ok(all!(
        tx,
        "SELECT s.document_id, s.step, a.display_name AS by, s.at, s.note FROM incident_step s \
         JOIN account a ON a.id = s.user_id ORDER BY s.at DESC, s.document_id, s.step LIMIT $1",
        limit
    )?)
}
