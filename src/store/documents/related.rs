//! What belongs to what: further pages that came apart (追加ページ), the same document sent again (再送), other documents of a patient.

use super::seeing::{Seeing, seeable};
use super::{Document, Outcome, Step, advance};
use crate::db::{ReadTx, WriteTx, all, execute};
use crate::domain::{DocumentId, DocumentState, Kind, Timestamp, UserId};
use crate::store::audit::Actor;
use crate::store::{Result, debug_without_people};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// As what a document belongs to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Relation {
    /// Its pages belong behind those of the other (追加ページ).
    Attached,
    /// It is the other, sent once more (再送).
    Resent,
}

impl Relation {
    /// Every relation.
    pub const ALL: &'static [Relation] = &[Relation::Attached, Relation::Resent];

    /// The word in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Relation::Attached => "attached",
            Relation::Resent => "resent",
        }
    }

    /// The relation of that word.
    pub fn from_code(code: &str) -> Option<Relation> {
        Relation::ALL.iter().copied().find(|relation| relation.code() == code)
    }

    /// Why a document with it is set aside, as staff read it.
    pub fn reason_ja(self) -> &'static str {
        match self {
            Relation::Attached => "ほかの文書の追加ページ",
            Relation::Resent => "同じ文書の再送",
        }
    }
}

/// Another document, as lists of few show it.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Alike {
    /// Which.
    pub id: DocumentId,
    /// Where it stands.
    pub state: DocumentState,
    /// What it is.
    pub kind: Kind,
    /// When it was received.
    pub received_at: Timestamp,
    /// The patient, as read or corrected.
    pub patient_label: Option<String>,
    /// The sender, as read or corrected.
    pub sender_label: Option<String>,
    /// As what it belongs to the document in question, if it does.
    pub relation: Option<Relation>,
}
debug_without_people!(Alike { id, state, kind });

/// Documents shown beside another one.
const MOST_SHOWN: i64 = 12;
/// How far apart two sendings of one document may be: a month.
const FAR_MS: i64 = 31 * 24 * 3_600_000;

macro_rules! alike {
    ($seeing:literal, $rest:literal) => {
        concat!(
            "SELECT id, state, kind, received_at, patient_label, sender_label, relation FROM document d WHERE ",
            seeable!($seeing),
            " AND ",
            $rest
        )
    };
}

/// Documents that this one may belong to: about the same patient, from the same sender, or in the same delivery, received
/// within a month of it; those that belong to another themselves are left out. The nearest in time come first.
pub async fn alike(tx: &mut ReadTx, document: &Document, seeing: &Seeing) -> Result<Vec<Alike>> {
    Ok(all!(
        tx,
        alike!(
            "$10",
            "id <> $1 AND relation IS NULL AND received_at BETWEEN $2 AND $3 \
             AND (delivery_id = $4 OR patient_label = $5 OR sender_label = $6 OR patient_id = $7) \
             ORDER BY CASE WHEN delivery_id = $4 THEN 0 WHEN patient_id = $7 OR patient_label = $5 THEN 1 ELSE 2 END, \
             CASE WHEN received_at > $8 THEN received_at - $8 ELSE $8 - received_at END, id LIMIT $9"
        ),
        &document.id,
        document.received_at.plus_ms(-FAR_MS),
        document.received_at.plus_ms(FAR_MS),
        &document.delivery_id,
        &document.patient_label,
        &document.sender_label,
        document.patient().and_then(|patient| patient.id().map(str::to_owned)),
        document.received_at,
        MOST_SHOWN,
        seeing.bound()
    )?)
}

/// The other documents that a person linked to that patient, newest first.
pub async fn of_patient(tx: &mut ReadTx, patient_id: &str, but: &DocumentId, seeing: &Seeing) -> Result<Vec<Alike>> {
    Ok(all!(
        tx,
        alike!("$4", "patient_id = $1 AND id <> $2 ORDER BY received_at DESC, id DESC LIMIT $3"),
        patient_id,
        but,
        MOST_SHOWN,
        seeing.bound()
    )?)
}

/// What belongs to a document, oldest first.
pub async fn related(tx: &mut ReadTx, to: &DocumentId, seeing: &Seeing) -> Result<Vec<Alike>> {
    Ok(all!(tx, alike!("$3", "related_to = $1 ORDER BY received_at, id LIMIT $2"), to, MOST_SHOWN, seeing.bound())?)
}

/// Sets a document that still has `version` aside as belonging to `other`.
pub async fn relate(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    (relation, other): (Relation, &DocumentId),
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let step = Step {
        to: DocumentState::SetAside,
        actor: &Actor::Person(user.clone()),
        verb: "document.related",
        detail: json!({ "relation": relation, "other": other }),
        note: Some(relation.reason_ja()),
    };
    let outcome = advance(tx, id, version, &step, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        execute!(tx, "UPDATE document SET related_to = $2, relation = $3 WHERE id = $1", id, other, relation)?;
        // The program never replaces what another document points to.
        execute!(tx, "UPDATE document SET touched_at = coalesce(touched_at, $2) WHERE id = $1", other, now)?;
    }
    Ok(outcome)
}
