//! What is inside deliveries (同封物), and the passwords around them. A password stays no longer than it is needed and never
//! leaves this file but to the decoder and to the people who may use it.

use super::audit::{self, Actor};
use super::{Error, Result, sound};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{Contents, DeliveryId, Remark, Timestamp};
use serde_json::Value;
use sqlx::types::Json;

/// What a mail told stays on offer so long.
const HINT_KEPT_MS: i64 = 7 * 24 * 3_600_000;
/// How far apart a locked file and the mail with its password may arrive.
const HINT_WITHIN_MS: i64 = 3 * 24 * 3_600_000;
/// Most candidates that are offered.
const MOST_HINTS: i64 = 12;

/// What may be the password of a locked delivery.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Hint {
    /// The mail that told it.
    pub delivery_id: DeliveryId,
    /// The candidate.
    pub candidate: String,
    /// When that mail came.
    pub received_at: Timestamp,
}

impl std::fmt::Debug for Hint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hint").field("delivery_id", &self.delivery_id).finish_non_exhaustive()
    }
}

/// Keeps what was found in a delivery in place of what was known; its remark goes into the delivery's own row.
pub async fn put(
    tx: &mut WriteTx,
    delivery: &DeliveryId,
    contents: &Contents,
    received_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, "DELETE FROM password_hint WHERE received_at < $1", now.plus_ms(-HINT_KEPT_MS))?;
    execute!(tx, "DELETE FROM password_hint WHERE delivery_id = $1", delivery)?;
    let mut kept = contents.clone();
    let passwords = kept.mail.as_mut().map(|mail| std::mem::take(&mut mail.passwords)).unwrap_or_default();
    if received_at.plus_ms(HINT_KEPT_MS) > now {
        for (ordinal, candidate) in passwords.iter().enumerate() {
            execute!(
                tx,
                "INSERT INTO password_hint (delivery_id, ordinal, candidate, received_at) VALUES ($1, $2, $3, $4)",
                delivery,
                i64::try_from(ordinal).unwrap_or(i64::MAX),
                sound::text(candidate).as_ref(),
                received_at
            )?;
        }
    }
    let sender = kept.mail.as_ref().map(|mail| sound::text(&mail.sender).into_owned()).filter(|s| !s.is_empty());
    execute!(
        tx,
        "INSERT INTO content (delivery_id, sender, received_at, contents) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (delivery_id) DO UPDATE SET sender = excluded.sender, contents = excluded.contents",
        delivery,
        sender,
        received_at,
        sound::json(&kept)?
    )?;
    Ok(())
}

/// What was found in a delivery; nothing where it is only pages.
pub async fn of(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Option<Contents>> {
    let row: Option<(Json<Contents>,)> =
        optional!(tx, "SELECT contents FROM content WHERE delivery_id = $1", delivery)?;
    Ok(row.map(|(contents,)| contents.0))
}

/// Sets or clears what is remarked on a delivery.
pub async fn remark(tx: &mut WriteTx, delivery: &DeliveryId, remark: Option<Remark>) -> Result<()> {
    if execute!(tx, "UPDATE delivery SET remark = $2 WHERE id = $1", delivery, remark)? == 0 {
        return Err(Error::NotFound("delivery"));
    }
    Ok(())
}

/// What mails of the same sender told near in time, the nearest first.
pub async fn hints(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<Hint>> {
    let own: Option<(Option<String>, Timestamp)> =
        optional!(tx, "SELECT sender, received_at FROM content WHERE delivery_id = $1", delivery)?;
    let Some((Some(sender), at)) = own else { return Ok(Vec::new()) };
    Ok(all!(
        tx,
        "SELECT h.delivery_id, h.candidate, h.received_at FROM content c JOIN password_hint h ON h.delivery_id = c.delivery_id \
         WHERE c.sender = $1 AND c.received_at BETWEEN $2 AND $3 \
         ORDER BY abs(h.received_at - $4), h.received_at, h.delivery_id, h.ordinal LIMIT $5",
        sender,
        at.plus_ms(-HINT_WITHIN_MS),
        at.plus_ms(HINT_WITHIN_MS),
        at,
        MOST_HINTS
    )?)
}

/// Keeps a password that a person entered until it has been tried.
pub async fn enter(
    tx: &mut WriteTx,
    delivery: &DeliveryId,
    password: &str,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    execute!(
        tx,
        "INSERT INTO unlock (delivery_id, password, entered_at) VALUES ($1, $2, $3) \
         ON CONFLICT (delivery_id) DO UPDATE SET password = excluded.password, entered_at = excluded.entered_at",
        delivery,
        sound::text(password).as_ref(),
        now
    )?;
    audit::append(tx, actor, "delivery.password_entered", delivery.as_str(), &Value::Null, now).await
}

/// The password that waits to be tried.
pub async fn entered(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Option<String>> {
    let row: Option<(String,)> = optional!(tx, "SELECT password FROM unlock WHERE delivery_id = $1", delivery)?;
    Ok(row.map(|(password,)| password))
}

/// Forgets a password that has been tried.
pub async fn tried(tx: &mut WriteTx, delivery: &DeliveryId) -> Result<()> {
    execute!(tx, "DELETE FROM unlock WHERE delivery_id = $1", delivery)?;
    Ok(())
}
