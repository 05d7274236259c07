//! Mails to people (知らせのメール): written once, sent with a lease, tried again until they are taken. Never two mails for one row: its id is the Message-ID.

use super::Result;
use crate::db::{ReadTx, WriteTx, execute, one, optional};
use crate::domain::{JobId, Timestamp};

/// A mail to one person.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Letter {
    /// Its id, from which the Message-ID is made.
    pub id: String,
    /// To whom.
    pub recipient: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// How often it was tried, this time included.
    pub attempt: i64,
    /// When it was written; the date it bears.
    pub created_at: Timestamp,
}

/// How many mails there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Count {
    /// To be sent.
    pub waiting: i64,
    /// Taken by the mail server.
    pub sent: i64,
    /// Never taken.
    pub gave_up: i64,
}

/// Takes the right to write to people, unless somebody wrote to them after `quiet_since`; whether it was given.
pub async fn may_write(tx: &mut WriteTx, quiet_since: Timestamp, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE outbox_pause SET last_at = $2 WHERE id = 1 AND last_at <= $1";
    Ok(execute!(tx, sql, quiet_since, now)? == 1)
}

/// Writes a mail to each of the recipients.
pub async fn post(tx: &mut WriteTx, recipients: &[String], subject: &str, body: &str, now: Timestamp) -> Result<()> {
    for recipient in recipients {
        execute!(
            tx,
            "INSERT INTO outbox (id, recipient, subject, body, state, run_at, created_at) \
             VALUES ($1, $2, $3, $4, 'waiting', $5, $5)",
            // Any identifier that nobody has yet.
            JobId::fresh(),
            recipient,
            subject,
            body,
            now
        )?;
    }
    Ok(())
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE outbox SET attempt = attempt + 1, lease_until = $2 WHERE id = (SELECT id FROM outbox WHERE state = 'waiting' \
             AND run_at <= $1 AND (lease_until IS NULL OR lease_until < $1) ORDER BY run_at, id LIMIT 1 ",
            $lock,
            ") RETURNING id, recipient, subject, body, attempt, created_at"
        )
    };
}

/// Claims the mail that has waited longest; no two claims get the same one.
pub async fn claim(tx: &mut WriteTx, now: Timestamp, lease_ms: i64) -> Result<Option<Letter>> {
    let sql: &'static str = tx.pick(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
    Ok(optional!(tx, sql, now, now.plus_ms(lease_ms))?)
}

/// Notes that the mail server has taken it.
pub async fn sent(tx: &mut WriteTx, id: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE outbox SET state = 'sent', sent_at = $2, lease_until = NULL, last_error = '' WHERE id = $1 AND state = 'waiting'",
        id,
        now
    )?;
    Ok(())
}

/// Notes that it was not taken, and when to try again; never, where `again` is `None`.
pub async fn failed(tx: &mut WriteTx, id: &str, error: &str, again: Option<Timestamp>) -> Result<()> {
    execute!(
        tx,
        "UPDATE outbox SET state = CASE WHEN $3 >= 0 THEN 'waiting' ELSE 'gave_up' END, lease_until = NULL, last_error = $2, \
         run_at = CASE WHEN $3 >= 0 THEN $3 ELSE run_at END WHERE id = $1 AND state = 'waiting'",
        id,
        error,
        again.map_or(-1, |at| at.0)
    )?;
    Ok(())
}

/// How many mails stand in each state.
pub async fn count(tx: &mut ReadTx) -> Result<Count> {
    let of = "SELECT count(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, count(CASE WHEN state = 'sent' THEN 1 END) AS sent, \
              count(CASE WHEN state = 'gave_up' THEN 1 END) AS gave_up FROM outbox";
    Ok(one!(tx, of)?)
}
