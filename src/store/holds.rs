//! Holds: a reviewer's lease on a document, at most one by the table's key. Only the reviewer's verbs take and give them.

use super::{Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{DocumentId, Timestamp, UserId};

/// Who has a document open.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Hold {
    /// Which document.
    pub document_id: DocumentId,
    /// Who.
    pub user_id: UserId,
    /// What colleagues call them.
    pub display_name: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless kept.
    pub until: Timestamp,
}
debug_without_people!(Hold { document_id, user_id, until });

/// Who has the document open, even if the time is over and nobody has noticed yet.
pub async fn of(tx: &mut ReadTx, document: &DocumentId) -> Result<Option<Hold>> {
    Ok(optional!(
        tx,
        "SELECT h.document_id, h.user_id, a.display_name, h.since, h.until FROM hold h \
         JOIN account a ON a.id = h.user_id WHERE h.document_id = $1",
        document
    )?)
}

/// Takes or keeps the document for `user`; false while somebody else has it and their time is not over.
pub async fn take(
    tx: &mut WriteTx,
    document: &DocumentId,
    user: &UserId,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let changed = execute!(
        tx,
        "INSERT INTO hold (document_id, user_id, since, until) VALUES ($1, $2, $4, $3) \
         ON CONFLICT (document_id) DO UPDATE SET user_id = excluded.user_id, until = excluded.until, \
         since = CASE WHEN hold.user_id = excluded.user_id THEN hold.since ELSE excluded.since END \
         WHERE hold.user_id = excluded.user_id OR hold.until < excluded.since",
        document,
        user,
        until,
        now
    )?;
    Ok(changed == 1)
}

/// Gives the document from one person to another; false when the first does not have it (any more).
pub async fn hand_over(
    tx: &mut WriteTx,
    document: &DocumentId,
    from: &UserId,
    to: &UserId,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE hold SET user_id = $3, since = $5, until = $4 WHERE document_id = $1 AND user_id = $2",
        document,
        from,
        to,
        until,
        now
    )?;
    Ok(changed == 1)
}

/// Keeps the document for `user` until later; false when they do not have it.
pub async fn extend(tx: &mut WriteTx, document: &DocumentId, user: &UserId, until: Timestamp) -> Result<bool> {
    let changed =
        execute!(tx, "UPDATE hold SET until = $3 WHERE document_id = $1 AND user_id = $2", document, user, until)?;
    Ok(changed == 1)
}

/// Gives the document back; whether anybody had it.
pub async fn end(tx: &mut WriteTx, document: &DocumentId) -> Result<bool> {
    Ok(execute!(tx, "DELETE FROM hold WHERE document_id = $1", document)? == 1)
}

/// Holds whose time is over.
pub async fn expired(tx: &mut ReadTx, now: Timestamp) -> Result<Vec<Hold>> {
    Ok(all!(
        tx,
        "SELECT h.document_id, h.user_id, a.display_name, h.since, h.until FROM hold h \
         JOIN account a ON a.id = h.user_id WHERE h.until < $1 ORDER BY h.until, h.document_id",
        now
    )?)
}
