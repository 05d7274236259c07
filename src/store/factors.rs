//! Second factors and recovery codes: a sealed secret and hashes. What a code is, and whether it fits, is decided elsewhere.

use super::audit::{self, Actor};
use super::{Error, Result, debug_without_people};
use crate::db::{ReadTx, WriteTx, execute, one, optional};
use crate::domain::{Timestamp, UserId};
use serde_json::{Value, json};

/// The second factor of an account.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Factor {
    /// Whose.
    pub user_id: UserId,
    /// The secret, sealed.
    pub secret: String,
    /// Since when it counts.
    pub confirmed_at: Timestamp,
    /// The newest time step whose code was taken.
    pub last_step: i64,
}
debug_without_people!(Factor { user_id, confirmed_at });

/// The second factor of that account.
pub async fn of(tx: &mut ReadTx, user: &UserId) -> Result<Option<Factor>> {
    Ok(optional!(tx, "SELECT user_id, secret, confirmed_at, last_step FROM second_factor WHERE user_id = $1", user)?)
}

/// Sets or replaces a second factor whose first code was right, with the hashes of fresh recovery codes.
pub async fn set(
    tx: &mut WriteTx,
    user: &UserId,
    secret: &str,
    step: i64,
    code_hashes: &[String],
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    execute!(
        tx,
        "INSERT INTO second_factor (user_id, secret, confirmed_at, last_step) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, confirmed_at = excluded.confirmed_at, \
         last_step = excluded.last_step",
        user,
        secret,
        now,
        step
    )?;
    replace_codes(tx, user, code_hashes).await?;
    audit::append(tx, &Actor::Person(user.clone()), "account.second_factor_set", user.as_str(), &Value::Null, now).await
}

/// Replaces every recovery code.
pub async fn renew_codes(tx: &mut WriteTx, user: &UserId, code_hashes: &[String], now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    replace_codes(tx, user, code_hashes).await?;
    audit::append(tx, &Actor::Person(user.clone()), "account.recovery_renewed", user.as_str(), &Value::Null, now).await
}

async fn replace_codes(tx: &mut WriteTx, user: &UserId, code_hashes: &[String]) -> Result<()> {
    execute!(tx, "DELETE FROM recovery_code WHERE user_id = $1", user)?;
    for hash in code_hashes {
        execute!(tx, "INSERT INTO recovery_code (user_id, code_hash) VALUES ($1, $2)", user, hash)?;
    }
    Ok(())
}

/// Takes the code of a time step; false when that step, or a later one, was taken before.
pub async fn take_step(tx: &mut WriteTx, user: &UserId, step: i64) -> Result<bool> {
    let changed =
        execute!(tx, "UPDATE second_factor SET last_step = $2 WHERE user_id = $1 AND last_step < $2", user, step)?;
    Ok(changed == 1)
}

/// Takes a recovery code; false when there is no such code or it was taken before.
pub async fn take_code(tx: &mut WriteTx, user: &UserId, code_hash: &str, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let changed = execute!(
        tx,
        "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
        user,
        code_hash,
        now
    )?;
    if changed == 1 {
        let left = codes_left(tx, user).await?;
        let actor = Actor::Person(user.clone());
        audit::append(tx, &actor, "account.recovery_used", user.as_str(), &json!({ "left": left }), now).await?;
    }
    Ok(changed == 1)
}

/// How many recovery codes are left.
pub async fn codes_left(tx: &mut ReadTx, user: &UserId) -> Result<i64> {
    let (left,): (i64,) = one!(tx, "SELECT count(*) FROM recovery_code WHERE user_id = $1 AND used_at IS NULL", user)?;
    Ok(left)
}

/// Takes a second factor away, signs the account out everywhere, and has its password changed at the next sign-in:
/// one that was chosen beside a second factor may be too short without it.
pub async fn remove(tx: &mut WriteTx, user: &UserId, actor: &Actor, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(tx, "UPDATE account SET must_change = TRUE, updated_at = $2 WHERE id = $1", user, now)?;
    if changed == 0 {
        return Err(Error::NotFound("account"));
    }
    execute!(tx, "DELETE FROM recovery_code WHERE user_id = $1", user)?;
    execute!(tx, "DELETE FROM second_factor WHERE user_id = $1", user)?;
    execute!(tx, "DELETE FROM session WHERE user_id = $1", user)?;
    audit::append(tx, actor, "account.second_factor_removed", user.as_str(), &Value::Null, now).await
}
