//! Temporary identities of patients who are not in the master (台帳にない患者), each of one confirmed document; joined with the
//! hospital's number by two people, which the table itself demands.

use super::audit::{self, Actor};
use super::documents::{Seeing, Values, seeable};
use super::{Error, Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{DocumentId, FieldName, Kind, Timestamp, UserId};
use serde_json::json;
use sqlx::types::Json;

/// A temporary identity as it stands.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Newcomer {
    /// Of which document.
    pub document_id: DocumentId,
    /// What staff call it until there is a number (`仮00012`).
    pub code: String,
    /// When the document was confirmed.
    pub made_at: Timestamp,
    /// The number that somebody proposes.
    pub patient_id: Option<String>,
    /// Who proposes it.
    pub proposed_by: Option<UserId>,
    /// What colleagues call them.
    pub proposer: Option<String>,
    /// When it was joined.
    pub joined_at: Option<Timestamp>,
    /// What the document is.
    pub kind: Kind,
    /// What the document says.
    #[sqlx(rename = "field_values")]
    pub values: Json<Values>,
}
debug_without_people!(Newcomer { document_id, code });

impl Newcomer {
    /// What the document says in a field; empty for nothing.
    pub fn value(&self, field: FieldName) -> &str {
        self.values.get(&field).map(String::as_str).unwrap_or_default()
    }
}

/// SQLite takes the sides of a CROSS JOIN in the order in which they are written; else it walks over every document.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT n.document_id, n.code, n.made_at, n.patient_id, n.proposed_by, a.display_name AS proposer, n.joined_at, \
             d.kind, d.field_values FROM newcomer n CROSS JOIN document d \
             LEFT JOIN account a ON a.id = n.proposed_by WHERE d.id = n.document_id AND ",
            $rest
        )
    };
}

/// Gives the patient of a confirmed document a temporary identity; the same document keeps the one it has.
pub async fn make(tx: &mut WriteTx, id: &DocumentId, user: &UserId, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let (before,): (i64,) = one!(tx, "SELECT count(*) FROM newcomer")?;
    let code = format!("仮{:05}", before + 1);
    let made = execute!(
        tx,
        "INSERT INTO newcomer (document_id, code, made_by, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (document_id) DO NOTHING",
        id,
        &code,
        user,
        now
    )?;
    if made == 1 {
        let actor = Actor::Person(user.clone());
        audit::append(tx, &actor, "newcomer.made", id.as_str(), &json!({ "code": code }), now).await?;
    }
    Ok(())
}

/// The temporary identity of a document.
pub async fn find(tx: &mut ReadTx, id: &DocumentId) -> Result<Option<Newcomer>> {
    Ok(optional!(tx, select!("n.document_id = $1"), id)?)
}

/// Those without a number, oldest first.
pub async fn open(tx: &mut ReadTx, seeing: &Seeing, limit: i64) -> Result<Vec<Newcomer>> {
    Ok(all!(
        tx,
        concat!(
            select!("n.joined_at IS NULL AND d.patient_choice = 'not_in_master' AND "),
            seeable!("$2"),
            " ORDER BY n.made_at, n.document_id LIMIT $1"
        ),
        limit,
        seeing.bound()
    )?)
}

/// Keeps the number that a person proposes, in place of one proposed before.
pub async fn propose(
    tx: &mut WriteTx,
    id: &DocumentId,
    patient_id: &str,
    compared: &[FieldName],
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(
        tx,
        "UPDATE newcomer SET patient_id = $2, proposed_by = $3, proposed_at = $4 WHERE document_id = $1 AND joined_at IS NULL",
        id,
        patient_id,
        user,
        now
    )?;
    if changed == 0 {
        return Err(Error::NotFound("newcomer"));
    }
    let detail = json!({ "patient_id": patient_id, "compared": compared });
    audit::append(tx, &Actor::Person(user.clone()), "newcomer.join_proposed", id.as_str(), &detail, now).await
}

/// Forgets a proposed number.
pub async fn withdraw(tx: &mut WriteTx, id: &DocumentId, user: &UserId, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    execute!(
        tx,
        "UPDATE newcomer SET patient_id = NULL, proposed_by = NULL, proposed_at = NULL \
         WHERE document_id = $1 AND joined_at IS NULL",
        id
    )?;
    audit::append(tx, &Actor::Person(user.clone()), "newcomer.join_withdrawn", id.as_str(), &json!({}), now).await
}

/// Notes that the second person has joined the proposed number.
pub async fn joined(tx: &mut WriteTx, id: &DocumentId, user: &UserId, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let row: Option<(String, UserId)> = optional!(
        tx,
        "UPDATE newcomer SET joined_by = $2, joined_at = $3 WHERE document_id = $1 AND joined_at IS NULL \
         AND patient_id IS NOT NULL RETURNING patient_id, proposed_by",
        id,
        user,
        now
    )?;
    let Some((patient_id, proposed_by)) = row else { return Err(Error::NotFound("newcomer")) };
    let detail = json!({ "patient_id": patient_id, "proposed_by": proposed_by });
    audit::append(tx, &Actor::Person(user.clone()), "newcomer.joined", id.as_str(), &detail, now).await
}
