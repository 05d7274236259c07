//! Saved views (保存した一覧): filters that a person keeps under a name. Each sees only their own.

use super::audit::{self, Actor};
use super::{Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{DocumentId, Timestamp, UserId};
use serde_json::json;

/// Nobody keeps more.
pub const MOST_VIEWS: i64 = 30;

/// A list that somebody keeps.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct View {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// The filter, as the address of a list says it.
    pub query: String,
    /// What is searched for; empty for nothing.
    pub search: String,
    /// Whether the list opens with it.
    pub is_default: bool,
}
debug_without_people!(View { id, is_default });

/// What a person keeps, in the order of making.
pub async fn of(tx: &mut ReadTx, user: &UserId) -> Result<Vec<View>> {
    Ok(all!(
        tx,
        "SELECT id, name, query, search, is_default FROM saved_view WHERE user_id = $1 ORDER BY created_at, id",
        user
    )?)
}

/// One of a person's own views.
pub async fn find(tx: &mut ReadTx, user: &UserId, id: &str) -> Result<Option<View>> {
    Ok(optional!(
        tx,
        "SELECT id, name, query, search, is_default FROM saved_view WHERE user_id = $1 AND id = $2",
        user,
        id
    )?)
}

/// Keeps a view; one of the same name is replaced. Its id, or nothing where there are too many.
pub async fn keep(
    tx: &mut WriteTx,
    user: &UserId,
    name: &str,
    query: &str,
    search: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    audit::lock(tx).await?;
    let (others,): (i64,) = one!(tx, "SELECT count(*) FROM saved_view WHERE user_id = $1 AND name <> $2", user, name)?;
    if others >= MOST_VIEWS {
        return Ok(None);
    }
    let fresh = DocumentId::fresh();
    let (id,): (String,) = one!(
        tx,
        "INSERT INTO saved_view (id, user_id, name, query, search, is_default, created_at) \
         VALUES ($1, $2, $3, $4, $5, FALSE, $6) ON CONFLICT (user_id, name) \
         DO UPDATE SET query = excluded.query, search = excluded.search RETURNING id",
        &fresh,
        user,
        name,
        query,
        search,
        now
    )?;
    audit::append(tx, &Actor::Person(user.clone()), "view.saved", &id, &json!({}), now).await?;
    Ok(Some(id))
}

/// Forgets one of a person's own views; whether there was one.
pub async fn forget(tx: &mut WriteTx, user: &UserId, id: &str, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let gone = execute!(tx, "DELETE FROM saved_view WHERE user_id = $1 AND id = $2", user, id)? == 1;
    if gone {
        audit::append(tx, &Actor::Person(user.clone()), "view.deleted", id, &json!({}), now).await?;
    }
    Ok(gone)
}

/// Has a person's list open with one of their own views, or with none.
pub async fn open_with(tx: &mut WriteTx, user: &UserId, id: Option<&str>, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    execute!(tx, "UPDATE saved_view SET is_default = (id = $2) WHERE user_id = $1", user, id.unwrap_or_default())?;
    let subject = id.unwrap_or("none");
    audit::append(tx, &Actor::Person(user.clone()), "view.default", subject, &json!({}), now).await
}
