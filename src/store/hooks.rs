//! What other systems are told (Webhook): read from the audit log, which is written with the thing itself; sent with a lease, in order for each document, until taken.

use super::Result;
use super::documents::{Seeing, seeable};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{DocumentId, JobId, Timestamp};

/// Rows of the log that are looked at in one transaction.
const BATCH: i64 = 500;

/// Something of which a system is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum HookEvent {
    /// A person confirmed it, for the first time.
    #[serde(rename = "document.confirmed")]
    Confirmed,
    /// A person confirmed it anew after its record stood in the referral database.
    #[serde(rename = "document.corrected")]
    Corrected,
    /// The confirmation was taken back before it was pushed.
    #[serde(rename = "document.withdrawn")]
    Withdrawn,
    /// The record stands in the referral database, for the first time or in a new version.
    #[serde(rename = "record.pushed")]
    Pushed,
}

impl HookEvent {
    /// Every event.
    pub const ALL: &'static [HookEvent] =
        &[HookEvent::Confirmed, HookEvent::Corrected, HookEvent::Withdrawn, HookEvent::Pushed];

    /// The word in what is sent.
    pub fn code(self) -> &'static str {
        match self {
            HookEvent::Confirmed => "document.confirmed",
            HookEvent::Corrected => "document.corrected",
            HookEvent::Withdrawn => "document.withdrawn",
            HookEvent::Pushed => "record.pushed",
        }
    }

    /// What a row of the log means to others.
    fn of(verb: &str, pushed_before: bool) -> Option<HookEvent> {
        match verb {
            "document.approved" if pushed_before => Some(HookEvent::Corrected),
            "document.approved" => Some(HookEvent::Confirmed),
            "document.confirmation_undone" => Some(HookEvent::Withdrawn),
            "document.pushed" => Some(HookEvent::Pushed),
            _ => None,
        }
    }
}

/// What a system is told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct HookLetter {
    /// The same however often it is sent.
    pub id: String,
    /// Number of the log's row.
    pub seq: i64,
    /// What happened.
    pub event: String,
    /// To which document.
    pub document_id: DocumentId,
    /// The record in the referral database, where there is one.
    pub record_id: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was tried, this time included.
    pub attempt: i64,
}

#[derive(sqlx::FromRow)]
struct LogRow {
    seq: i64,
    at: Timestamp,
    verb: String,
    document_id: DocumentId,
    record_id: Option<String>,
    pushed_before: bool,
}

/// Begins to tell a system of what happens from now on; one that was known goes on where it stood.
pub async fn begin(tx: &mut WriteTx, hook: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO webhook (name, seq) SELECT $1, seq FROM audit_head WHERE id = 1 ON CONFLICT (name) DO NOTHING",
        hook
    )?;
    Ok(())
}

/// Whether a system is being told.
pub async fn is_known(tx: &mut ReadTx, hook: &str) -> Result<bool> {
    Ok(optional!(tx, "SELECT seq FROM webhook WHERE name = $1", hook)?.is_some_and(|(_,): (i64,)| true))
}

/// Writes what a system is to be told of the log's next rows; whether there may be more.
///
/// The rows as far as the head are all committed, so that nothing is ever put in before what was looked at.
pub async fn spread(
    tx: &mut WriteTx,
    hook: &str,
    events: &[HookEvent],
    seeing: &Seeing,
    now: Timestamp,
) -> Result<bool> {
    // Whoever else spreads waits here, and then finds it done.
    let from: Option<(i64,)> = optional!(tx, "UPDATE webhook SET seq = seq WHERE name = $1 RETURNING seq", hook)?;
    let Some((from,)) = from else { return Ok(false) };
    let (head,): (i64,) = one!(tx, "SELECT seq FROM audit_head WHERE id = 1")?;
    let until = head.min(from.saturating_add(BATCH));
    if until <= from {
        return Ok(false);
    }
    let rows: Vec<LogRow> = all!(
        tx,
        concat!(
            "SELECT l.seq, l.at, l.verb, d.id AS document_id, d.record_id, EXISTS (SELECT 1 FROM audit b WHERE b.subject = l.subject \
             AND b.seq < l.seq AND b.verb = 'document.pushed') AS pushed_before FROM audit l JOIN document d ON d.id = l.subject \
             WHERE l.seq > $1 AND l.seq <= $2 \
             AND l.verb IN ('document.approved', 'document.confirmation_undone', 'document.pushed') AND ",
            seeable!("$3"),
            " ORDER BY l.seq"
        ),
        from,
        until,
        seeing.bound()
    )?;
    for row in rows {
        let Some(event) = HookEvent::of(&row.verb, row.pushed_before).filter(|event| events.contains(event)) else {
            continue;
        };
        execute!(
            tx,
            "INSERT INTO webhook_letter (id, hook, seq, event, document_id, record_id, at, state, run_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8)",
            // Any identifier that nobody has yet.
            JobId::fresh(),
            hook,
            row.seq,
            event.code(),
            &row.document_id,
            row.record_id.as_deref(),
            row.at,
            now
        )?;
    }
    execute!(tx, "UPDATE webhook SET seq = $2 WHERE name = $1", hook, until)?;
    Ok(until < head)
}

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE webhook_letter SET attempt = attempt + 1, lease_until = $3 WHERE id = (SELECT l.id FROM webhook_letter l \
             WHERE l.hook = $1 AND l.state = 'waiting' AND l.run_at <= $2 AND (l.lease_until IS NULL OR l.lease_until < $2) \
             AND NOT EXISTS (SELECT 1 FROM webhook_letter b WHERE b.hook = l.hook AND b.document_id = l.document_id \
             AND b.state = 'waiting' AND b.seq < l.seq) ORDER BY l.seq LIMIT 1 ",
            $lock,
            ") RETURNING id, seq, event, document_id, record_id, at, attempt"
        )
    };
}

/// Claims the first letter for a system that is due; never one of a document of which an earlier one still waits.
pub async fn claim(tx: &mut WriteTx, hook: &str, now: Timestamp, lease_ms: i64) -> Result<Option<HookLetter>> {
    let sql: &'static str = tx.pick(claim!(""), claim!("FOR UPDATE OF l SKIP LOCKED"));
    Ok(optional!(tx, sql, hook, now, now.plus_ms(lease_ms))?)
}

/// Notes that the system has taken it.
pub async fn sent(tx: &mut WriteTx, id: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE webhook_letter SET state = 'sent', ended_at = $2, lease_until = NULL, last_error = '' \
         WHERE id = $1 AND state = 'waiting'",
        id,
        now
    )?;
    Ok(())
}

/// Notes that it was not taken, and when to try again; never, where `again` is `None`.
pub async fn failed(tx: &mut WriteTx, id: &str, error: &str, again: Option<Timestamp>, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE webhook_letter SET state = CASE WHEN $3 >= 0 THEN 'waiting' ELSE 'gave_up' END, lease_until = NULL, \
         last_error = $2, run_at = CASE WHEN $3 >= 0 THEN $3 ELSE run_at END, \
         ended_at = CASE WHEN $3 >= 0 THEN NULL ELSE $4 END WHERE id = $1 AND state = 'waiting'",
        id,
        error,
        again.map_or(-1, |at| at.0),
        now
    )?;
    Ok(())
}

/// How many letters were given up since then, by system.
pub async fn given_up(tx: &mut ReadTx, since: Timestamp) -> Result<Vec<(String, i64)>> {
    Ok(all!(
        tx,
        "SELECT hook, count(*) FROM webhook_letter WHERE state = 'gave_up' AND ended_at >= $1 GROUP BY hook ORDER BY hook",
        since
    )?)
}

/// How many letters wait for a system, and how many it took.
pub async fn count(tx: &mut ReadTx, hook: &str) -> Result<(i64, i64)> {
    Ok(one!(
        tx,
        "SELECT count(CASE WHEN state = 'waiting' THEN 1 END), count(CASE WHEN state = 'sent' THEN 1 END) \
         FROM webhook_letter WHERE hook = $1",
        hook
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_they_are_sent() {
        for event in HookEvent::ALL {
            assert_eq!(serde_json::to_value(event).expect("a word"), event.code());
        }
        assert_eq!(HookEvent::of("document.approved", true), Some(HookEvent::Corrected));
        assert_eq!(HookEvent::of("document.corrected", true), None, "a draft is nobody else's business");
    }
}
