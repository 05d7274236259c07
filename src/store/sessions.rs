//! Browsers that are signed in, as people see them: listed, ended, locked while nobody is in front of them.

use super::audit::{self, Actor};
use super::{Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{Timestamp, UserId};
use serde_json::{Value, json};

/// A browser that is signed in. Its name is the beginning of the hash of its cookie: enough to end it, too little to be it.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Browser {
    /// What names it on a page.
    pub name: String,
    /// What it says it is.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When somebody last did something with it.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// Whether it is locked.
    pub locked: bool,
}
debug_without_people!(Browser { created_at, expires_at });

/// What names a session on a page.
pub fn name_of(token_hash: &str) -> &str {
    token_hash.get(..16).unwrap_or(token_hash)
}

/// The browsers of an account, newest first.
pub async fn list(tx: &mut ReadTx, user: &UserId, now: Timestamp) -> Result<Vec<Browser>> {
    Ok(all!(
        tx,
        "SELECT substr(token_hash, 1, 16) AS name, agent, created_at, last_seen_at, expires_at, locked FROM session \
         WHERE user_id = $1 AND expires_at >= $2 ORDER BY created_at DESC, token_hash",
        user,
        now
    )?)
}

/// Ends one browser of an account, or all of them but `keep`; how many that were.
pub async fn end(
    tx: &mut WriteTx,
    user: &UserId,
    name: Option<&str>,
    keep: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<u64> {
    audit::lock(tx).await?;
    let ended = execute!(
        tx,
        "DELETE FROM session WHERE user_id = $1 AND ($2 IS NULL OR substr(token_hash, 1, 16) = $2) AND token_hash <> $3",
        user,
        name,
        keep
    )?;
    if ended > 0 {
        audit::append(tx, actor, "account.sessions_ended", user.as_str(), &json!({ "ended": ended }), now).await?;
    }
    Ok(ended)
}

/// Locks a browser, which shows nothing then until the password is given again.
pub async fn lock(tx: &mut WriteTx, token_hash: &str, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let user: Option<(UserId,)> = optional!(
        tx,
        "UPDATE session SET locked = TRUE WHERE token_hash = $1 AND locked = FALSE RETURNING user_id",
        token_hash
    )?;
    let Some((user,)) = user else { return Ok(()) };
    let actor = Actor::Person(user.clone());
    audit::append(tx, &actor, "account.locked", user.as_str(), &Value::Null, now).await
}

/// Unlocks a browser whose person gave the password again.
pub async fn unlock(tx: &mut WriteTx, token_hash: &str, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let user: Option<(UserId,)> = optional!(
        tx,
        "UPDATE session SET locked = FALSE, last_seen_at = $2 WHERE token_hash = $1 RETURNING user_id",
        token_hash,
        now
    )?;
    let Some((user,)) = user else { return Ok(()) };
    execute!(tx, "UPDATE account SET failures = 0, lock_until = NULL WHERE id = $1", &user)?;
    let actor = Actor::Person(user.clone());
    audit::append(tx, &actor, "account.unlocked", user.as_str(), &Value::Null, now).await
}
