//! Tokens of other systems that hand in deliveries: made once, kept as a hash, revoked and never deleted.

use super::audit::{self, Actor};
use super::{Error, Result};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::Timestamp;
use serde_json::json;

/// A system that may hand in deliveries.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Token {
    /// The open part of the token.
    pub id: String,
    /// Which system.
    pub name: String,
    /// Of the secret part.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was last handed in with it.
    pub last_used_at: Option<Timestamp>,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

/// Keeps a new token; false when a system of that name has one.
pub async fn insert(
    tx: &mut WriteTx,
    id: &str,
    name: &str,
    token_hash: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool> {
    audit::lock(tx).await?;
    let made = execute!(
        tx,
        "INSERT INTO api_token (id, name, token_hash, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
        id,
        name,
        token_hash,
        now
    )?;
    if made == 1 {
        audit::append(tx, actor, "token.made", id, &json!({ "name": name }), now).await?;
    }
    Ok(made == 1)
}

/// The token of that open part, revoked or not.
pub async fn find(tx: &mut ReadTx, id: &str) -> Result<Option<Token>> {
    Ok(optional!(
        tx,
        "SELECT id, name, token_hash, created_at, last_used_at, revoked_at FROM api_token WHERE id = $1",
        id
    )?)
}

/// Every token, oldest first.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Token>> {
    Ok(all!(
        tx,
        "SELECT id, name, token_hash, created_at, last_used_at, revoked_at FROM api_token ORDER BY created_at, id"
    )?)
}

/// Notes that something was handed in with it.
pub async fn used(tx: &mut WriteTx, id: &str, now: Timestamp) -> Result<()> {
    execute!(tx, "UPDATE api_token SET last_used_at = $2 WHERE id = $1", id, now)?;
    Ok(())
}

/// Makes the token of a system open nothing from now on.
pub async fn revoke(tx: &mut WriteTx, name: &str, actor: &Actor, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let row: Option<(String,)> =
        optional!(tx, "SELECT id FROM api_token WHERE name = $1 AND revoked_at IS NULL", name)?;
    let Some((id,)) = row else { return Err(Error::NotFound("token")) };
    // The name is free again, and the row stays for those who read the log.
    let gone = format!("{name} ({id})");
    execute!(tx, "UPDATE api_token SET revoked_at = $2, name = $3 WHERE id = $1", &id, now, &gone)?;
    audit::append(tx, actor, "token.revoked", &id, &json!({ "name": name }), now).await
}
