//! Links of accounts to a provider of the hospital (OpenID Connect): made and ended by an administrator.

use super::audit::{self, Actor};
use super::{Result, sound};
use crate::db::{ReadTx, WriteTx, execute, optional};
use crate::domain::{Timestamp, UserId};
use serde_json::json;

/// The account that somebody signs in as whom the provider names so.
pub async fn account_of(tx: &mut ReadTx, issuer: &str, value: &str) -> Result<Option<UserId>> {
    let row: Option<(UserId,)> = optional!(
        tx,
        "SELECT user_id FROM openid_link WHERE issuer = $1 AND value = $2",
        issuer,
        sound::text(value).as_ref()
    )?;
    Ok(row.map(|(id,)| id))
}

/// What an account is linked by at that provider.
pub async fn value_of(tx: &mut ReadTx, issuer: &str, id: &UserId) -> Result<Option<String>> {
    let row: Option<(String,)> =
        optional!(tx, "SELECT value FROM openid_link WHERE issuer = $1 AND user_id = $2", issuer, id)?;
    Ok(row.map(|(value,)| value))
}

/// Links an account in place of what it was linked by before, or ends the link; its browsers are signed out. False when another
/// account is linked so. The log says that, never by what.
pub async fn link(
    tx: &mut WriteTx,
    id: &UserId,
    issuer: &str,
    value: Option<&str>,
    actor: &Actor,
    now: Timestamp,
) -> Result<bool> {
    audit::lock(tx).await?;
    execute!(tx, "DELETE FROM openid_link WHERE user_id = $1", id)?;
    if let Some(value) = value {
        let made = execute!(
            tx,
            "INSERT INTO openid_link (user_id, issuer, value, linked_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (issuer, value) DO NOTHING",
            id,
            issuer,
            sound::text(value).as_ref(),
            now
        )?;
        if made == 0 {
            return Ok(false);
        }
    }
    execute!(tx, "DELETE FROM session WHERE user_id = $1", id)?;
    let verb = if value.is_some() { "account.openid_linked" } else { "account.openid_unlinked" };
    audit::append(tx, actor, verb, id.as_str(), &json!({}), now).await?;
    Ok(true)
}

/// Notes that a browser was signed in by the provider, and whether a second factor was shown there that counts.
pub async fn signed_in(
    tx: &mut WriteTx,
    id: &UserId,
    token_hash: &str,
    second_factor: bool,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    execute!(tx, "UPDATE session SET factor_elsewhere = $2 WHERE token_hash = $1", token_hash, second_factor)?;
    let detail = json!({ "second_factor": second_factor });
    audit::append(tx, &Actor::Person(id.clone()), "account.openid_signed_in", id.as_str(), &detail, now).await
}
