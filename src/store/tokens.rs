//! Tokens of other systems, each with what it opens: made once, kept as a hash, revoked and never deleted.

use super::audit::{self, Actor};
use super::{Error, Result};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{Scopes, Timestamp};
use serde_json::json;

/// What another system may come in with.
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
    /// What it opens.
    #[sqlx(try_from = "String")]
    pub scopes: Scopes,
    /// From when on it opens nothing by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Since when it opens nothing.
    pub revoked_at: Option<Timestamp>,
}

/// A token to be kept.
pub struct NewToken<'a> {
    /// The open part.
    pub id: &'a str,
    /// Which system.
    pub name: &'a str,
    /// Of the secret part.
    pub token_hash: &'a str,
    /// What it opens.
    pub scopes: Scopes,
    /// From when on it opens nothing by itself.
    pub expires_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, token_hash, created_at, scopes, expires_at, last_used_at, revoked_at FROM api_token ",
            $rest
        )
    };
}

/// Keeps a new token; false when a system of that name has one.
pub async fn insert(tx: &mut WriteTx, new: &NewToken<'_>, actor: &Actor, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let made = execute!(
        tx,
        "INSERT INTO api_token (id, name, token_hash, created_at, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (name) DO NOTHING",
        new.id,
        new.name,
        new.token_hash,
        now,
        new.scopes.kept(),
        new.expires_at
    )?;
    if made == 1 {
        let detail = json!({ "name": new.name, "scopes": new.scopes.codes(), "expires_at": new.expires_at });
        audit::append(tx, actor, "token.made", new.id, &detail, now).await?;
    }
    Ok(made == 1)
}

/// The token of that open part, revoked or not.
pub async fn find(tx: &mut ReadTx, id: &str) -> Result<Option<Token>> {
    Ok(optional!(tx, select!("WHERE id = $1"), id)?)
}

/// Every token, oldest first.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Token>> {
    Ok(all!(tx, select!("ORDER BY created_at, id"))?)
}

/// Notes that it was used.
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
