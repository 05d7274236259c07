//! Assignments (担当): whom a document was given to, at most one by the table's key. A hold is another thing: who has it open now.

use super::audit::{self, Actor};
use super::{Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, execute, optional};
use crate::domain::{DocumentId, Timestamp, UserId};
use serde_json::json;

/// Whom a document was given to.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Assignment {
    /// Which document.
    pub document_id: DocumentId,
    /// To whom.
    pub user_id: UserId,
    /// What colleagues call them.
    pub display_name: String,
    /// By whom.
    pub given_by: UserId,
    /// When.
    pub given_at: Timestamp,
}
debug_without_people!(Assignment { document_id, user_id, given_at });

/// Whom the document was given to.
pub async fn of(tx: &mut ReadTx, document: &DocumentId) -> Result<Option<Assignment>> {
    Ok(optional!(
        tx,
        "SELECT g.document_id, g.user_id, a.display_name, g.given_by, g.given_at FROM assignment g \
         JOIN account a ON a.id = g.user_id WHERE g.document_id = $1",
        document
    )?)
}

/// Gives the document to somebody, or to nobody.
pub async fn give(
    tx: &mut WriteTx,
    document: &DocumentId,
    to: Option<&UserId>,
    by: &UserId,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    match to {
        Some(to) => execute!(
            tx,
            "INSERT INTO assignment (document_id, user_id, given_by, given_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (document_id) DO UPDATE SET user_id = excluded.user_id, given_by = excluded.given_by, \
             given_at = excluded.given_at",
            document,
            to,
            by,
            now
        )?,
        None => execute!(tx, "DELETE FROM assignment WHERE document_id = $1", document)?,
    };
    let detail = json!({ "to": to });
    audit::append(tx, &Actor::Person(by.clone()), "document.assigned", document.as_str(), &detail, now).await
}
