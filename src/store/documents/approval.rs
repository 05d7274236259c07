//! What a person says about a document: drafts while it is open, and the approval, written once. Nothing else builds `Approved`.

use super::queue::Tray;
use super::{Outcome, Step, Values, advance, index, kept, patient_label, sender_label};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{
    Approved, Approver, DeliveryId, DocumentId, DocumentState, FaxMeta, FieldName, Kind, PageNo, Timestamp, UserId,
};
use crate::store::audit::{self, Actor};
use crate::store::{Error, Result, sound};
use serde_json::{Value, json};
use sqlx::types::Json;

/// Whom a document concerns, as a person said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatientChoice {
    /// The patient of that number in the master.
    Linked(String),
    /// A patient who is not in the master (新患, or not to be found).
    NotInMaster,
    /// No patient at all (お知らせ, 登録医申請).
    NoPatient,
}

impl PatientChoice {
    /// The word in the database.
    pub fn code(&self) -> &'static str {
        match self {
            PatientChoice::Linked(_) => "linked",
            PatientChoice::NotInMaster => "not_in_master",
            PatientChoice::NoPatient => "no_patient",
        }
    }

    /// The patient's number, when linked.
    pub fn id(&self) -> Option<&str> {
        match self {
            PatientChoice::Linked(id) => Some(id),
            PatientChoice::NotInMaster | PatientChoice::NoPatient => None,
        }
    }
}

/// A patient choice as its two columns hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct PatientColumns {
    patient_choice: Option<String>,
    patient_id: Option<String>,
}

impl PatientColumns {
    /// The choice; `None` until a person has made it.
    pub fn choice(&self) -> Option<PatientChoice> {
        match (self.patient_choice.as_deref(), &self.patient_id) {
            (Some("linked"), Some(id)) => Some(PatientChoice::Linked(id.clone())),
            (Some("not_in_master"), None) => Some(PatientChoice::NotInMaster),
            (Some("no_patient"), None) => Some(PatientChoice::NoPatient),
            _ => None,
        }
    }
}

impl From<Option<PatientChoice>> for PatientColumns {
    fn from(choice: Option<PatientChoice>) -> Self {
        Self {
            patient_choice: choice.as_ref().map(|choice| choice.code().to_owned()),
            patient_id: choice.as_ref().and_then(PatientChoice::id).map(str::to_owned),
        }
    }
}

/// Everything a person may say about a document; it replaces what was said before as a whole.
#[derive(Clone, PartialEq, Eq)]
pub struct Correction {
    /// What it is.
    pub kind: Kind,
    /// What it says; a missing or blank field says nothing.
    pub values: Values,
    /// Whom it concerns; `None` while undecided, and then it cannot be confirmed.
    pub patient: Option<PatientChoice>,
    /// The sending institution in the master.
    pub institution_id: Option<String>,
    /// The sending doctor in the master.
    pub doctor_id: Option<String>,
}

impl Correction {
    /// A document as it stands, as if a person had said just that.
    pub fn as_it_stands(document: &super::Document) -> Correction {
        Correction {
            kind: document.kind,
            values: document.values.0.clone(),
            patient: document.patient(),
            institution_id: document.institution_id.clone(),
            doctor_id: document.doctor_id.clone(),
        }
    }
}

/// What a person compared with the image before linking a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// The identifiers that the person ticked, each with the master's value beside the page.
    pub fields: Vec<FieldName>,
    /// Whether the sender was asked on the telephone (送信元に確認した).
    pub sender_asked: bool,
}

/// A person's word that a document is right as it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Confirmation<'a> {
    /// The version that was on the screen.
    pub seen: i64,
    /// The version after the draft was kept.
    pub version: i64,
    /// Whom it concerns.
    pub patient: &'a PatientChoice,
    /// What was compared with the image.
    pub compared: &'a Compared,
    /// Who says so.
    pub user: &'a UserId,
}

#[derive(sqlx::FromRow)]
struct Before {
    version: i64,
    kind: Kind,
    #[sqlx(flatten)]
    patient: PatientColumns,
    institution_id: Option<String>,
    doctor_id: Option<String>,
    field_values: Json<Values>,
    fax: Json<FaxMeta>,
}

/// Keeps a person's draft of a document that still has `version`; says nothing about its state.
pub async fn correct(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    correction: &Correction,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    audit::lock(tx).await?;
    let before: Option<Before> = optional!(
        tx,
        "SELECT d.version, d.kind, d.patient_choice, d.patient_id, d.institution_id, d.doctor_id, d.field_values, v.fax \
         FROM document d JOIN delivery v ON v.id = d.delivery_id WHERE d.id = $1",
        id
    )?;
    let Some(before) = before else { return Ok(Outcome::NotFound) };
    if before.version != version {
        return Ok(Outcome::Stale);
    }
    let values = kept(&correction.values);
    let number = before.fax.sender_number.as_deref();
    let changes = changes(&before, correction, &values);
    if changes.is_empty() {
        return Ok(Outcome::Done(version));
    }
    execute!(
        tx,
        "UPDATE document SET version = version + 1, updated_at = $3, touched_at = $3, kind = $4, patient_choice = $5, \
         patient_id = $6, institution_id = $7, doctor_id = $8, patient_label = $9, sender_label = $10, field_values = $11 WHERE id = $1 AND version = $2",
        id,
        version,
        now,
        correction.kind,
        correction.patient.as_ref().map(PatientChoice::code),
        correction.patient.as_ref().and_then(PatientChoice::id),
        &correction.institution_id,
        &correction.doctor_id,
        patient_label(&values),
        sender_label(&values, number),
        Json(&values)
    )?;
    index(tx, id).await?;
    let detail = json!({ "version": version + 1, "changes": changes });
    audit::append(tx, &Actor::Person(user.clone()), "document.corrected", id.as_str(), &detail, now).await?;
    Ok(Outcome::Done(version + 1))
}

/// Sets when a document should be confirmed; its version stays, for nothing that it says has changed.
pub async fn reschedule(
    tx: &mut WriteTx,
    id: &DocumentId,
    due_at: Timestamp,
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    if execute!(tx, "UPDATE document SET due_at = $2 WHERE id = $1 AND due_at <> $2", id, due_at)? == 1 {
        let detail = json!({ "due_at": due_at });
        audit::append(tx, &Actor::Person(user.clone()), "document.rescheduled", id.as_str(), &detail, now).await?;
    }
    Ok(())
}

/// What differs, each with its old and new value: the record of who changed what that medical records need.
fn changes(before: &Before, after: &Correction, values: &Values) -> serde_json::Map<String, Value> {
    let mut changes = serde_json::Map::new();
    let mut note = |name: &str, old: Value, new: Value| {
        if old != new {
            changes.insert(name.to_owned(), json!({ "old": old, "new": new }));
        }
    };
    let choice = |c: &Option<PatientChoice>| c.as_ref().map_or(Value::Null, |c| json!([c.code(), c.id()]));
    note("kind", json!(before.kind), json!(after.kind));
    note("patient", choice(&before.patient.choice()), choice(&after.patient));
    note("institution", json!(before.institution_id), json!(after.institution_id));
    note("doctor", json!(before.doctor_id), json!(after.doctor_id));
    for field in FieldName::ALL {
        let of = |values: &Values| values.get(field).map_or(Value::Null, |v| json!(v));
        note(&format!("field.{}", field.code()), of(&before.field_values), of(values));
    }
    changes
}

/// Writes a person's approval of a document, whose draft has been kept, and moves it to `approved`; only the reviewer's `confirm` calls this.
/// What was compared goes into the same audit row.
pub(crate) async fn approve(
    tx: &mut WriteTx,
    id: &DocumentId,
    word: &Confirmation<'_>,
    now: Timestamp,
) -> Result<Outcome> {
    let Confirmation { seen, version, patient, compared, user } = *word;
    let actor = Actor::Person(user.clone());
    // The columns are set first: a row must never stand as approved without saying by whom.
    execute!(tx, "UPDATE document SET approved_by = $2, approved_at = $3 WHERE id = $1", id, user, now)?;
    let step = Step {
        to: DocumentState::Approved,
        actor: &actor,
        verb: "document.approved",
        detail: json!({
            "seen": seen,
            "patient": patient.code(),
            "compared": compared.fields,
            "sender_asked": compared.sender_asked,
        }),
        note: None,
    };
    let outcome = advance(tx, id, version, &step, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        execute!(
            tx,
            "INSERT INTO approval (document_id, version, approver, approved_at, kind, patient_choice, patient_id, \
             institution_id, doctor_id, field_values) \
             SELECT id, $2, $3, $4, kind, patient_choice, patient_id, institution_id, doctor_id, field_values \
             FROM document WHERE id = $1 AND tray = $5",
            id,
            seen,
            user,
            now,
            Tray::Confirmed
        )?;
    }
    Ok(outcome)
}

/// Takes a confirmation back, which has not been pushed; the document is in review again and its approval stays on record,
/// but is no proof any more.
pub async fn take_back(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let step = Step {
        to: DocumentState::InReview,
        actor: &Actor::Person(user.clone()),
        verb: "document.confirmation_undone",
        detail: json!({}),
        note: None,
    };
    let outcome = advance(tx, id, version, &step, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        execute!(
            tx,
            "UPDATE document SET approved_by = NULL, approved_at = NULL, push_error = NULL WHERE id = $1",
            id
        )?;
    }
    Ok(outcome)
}

/// Opens a document whose record stands in the referral database, to correct it; its approvals stay on record.
pub async fn reopen(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    reason: &str,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    let step = Step {
        to: DocumentState::InReview,
        actor: &Actor::Person(user.clone()),
        verb: "document.reopened",
        detail: json!({ "reason": reason }),
        note: None,
    };
    let outcome = advance(tx, id, version, &step, now).await?;
    if matches!(outcome, Outcome::Done(_)) {
        execute!(
            tx,
            "UPDATE document SET approved_by = NULL, approved_at = NULL, correction_reason = $2 WHERE id = $1",
            id,
            sound::text(reason)
        )?;
    }
    Ok(outcome)
}

/// Sets a document that is being corrected back to what its newest approval, and so its record, says.
pub async fn restore(
    tx: &mut WriteTx,
    id: &DocumentId,
    version: i64,
    user: &UserId,
    now: Timestamp,
) -> Result<Outcome> {
    audit::lock(tx).await?;
    let row: Option<(Json<Values>,)> =
        optional!(tx, "SELECT field_values FROM approval WHERE document_id = $1 ORDER BY version DESC LIMIT 1", id)?;
    let Some((values,)) = row else { return Err(Error::NotFound("approval")) };
    let number: Option<(Json<FaxMeta>,)> =
        optional!(tx, "SELECT v.fax FROM document d JOIN delivery v ON v.id = d.delivery_id WHERE d.id = $1", id)?;
    let number = number.and_then(|(fax,)| fax.0.sender_number);
    // Set before the move: a row must never stand as pushed without saying by whom it was confirmed.
    execute!(
        tx,
        "UPDATE document SET kind = a.kind, patient_choice = a.patient_choice, patient_id = a.patient_id, \
         institution_id = a.institution_id, doctor_id = a.doctor_id, field_values = a.field_values, \
         approved_by = a.approver, approved_at = a.approved_at, correction_reason = NULL, patient_label = $2, \
         sender_label = $3 FROM (SELECT * FROM approval WHERE document_id = $1 ORDER BY version DESC LIMIT 1) AS a \
         WHERE document.id = $1 AND document.version = $4",
        id,
        patient_label(&values),
        sender_label(&values, number.as_deref()),
        version
    )?;
    index(tx, id).await?;
    let step = Step {
        to: DocumentState::Pushed,
        actor: &Actor::Person(user.clone()),
        verb: "document.correction_given_up",
        detail: json!({}),
        note: None,
    };
    // Stale answers `Stale` and the caller's transaction ends without a commit.
    advance(tx, id, version, &step, now).await
}

#[derive(sqlx::FromRow)]
struct ApprovalRow {
    version: i64,
    approver: UserId,
    approved_at: Timestamp,
    kind: Kind,
    patient_id: Option<String>,
    institution_id: Option<String>,
    doctor_id: Option<String>,
    field_values: Json<Values>,
}

/// The kind and the pages of a confirmed document, as training needs them.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ConfirmedKind {
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// What a person said that it is.
    pub kind: Kind,
    /// Its pages.
    pub pages: Json<Vec<PageNo>>,
}

/// The newest `most` confirmed documents, pushed or not, newest first.
pub async fn confirmed_kinds(tx: &mut ReadTx, most: i64) -> Result<Vec<ConfirmedKind>> {
    Ok(all!(
        tx,
        "SELECT delivery_id, kind, pages FROM document WHERE tray IN ($1, $2) ORDER BY approved_at DESC, id LIMIT $3",
        Tray::Confirmed,
        Tray::Pushed,
        most
    )?)
}

/// The proof that a person confirmed the document, from its newest approval row and from nothing else; none while the
/// document does not stand as confirmed, such as after the confirmation was taken back.
pub async fn approved(tx: &mut ReadTx, id: &DocumentId) -> Result<Option<Approved>> {
    let row: Option<ApprovalRow> = optional!(
        tx,
        "SELECT version, approver, approved_at, kind, patient_id, institution_id, doctor_id, field_values \
         FROM approval WHERE document_id = $1 \
         AND EXISTS (SELECT 1 FROM document d WHERE d.id = $1 AND d.tray IN ($2, $3)) ORDER BY version DESC LIMIT 1",
        id,
        Tray::Confirmed,
        Tray::Pushed
    )?;
    Ok(row.map(|row| {
        let approver = Approver::Person(row.approver);
        let mut approved = Approved::by(approver, id.clone(), row.version, row.approved_at, row.kind);
        approved.values = row.field_values.0;
        approved.patient_id = row.patient_id;
        approved.institution_id = row.institution_id;
        approved.doctor_id = row.doctor_id;
        approved
    }))
}
