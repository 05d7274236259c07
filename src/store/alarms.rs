//! What is wrong now and whom it concerns: raised once, told, ended. And the figures from which that is seen. Never a name, a number or a word of a document.

use super::Result;
use crate::db::{ReadTx, WriteTx, all, execute, one};
use crate::domain::Timestamp;
use std::collections::BTreeMap;

/// Something that needs people.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Alarm {
    /// What kind of thing.
    pub kind: String,
    /// Which source, where it is one's.
    pub subject: String,
    /// How many, or how much.
    pub amount: i64,
    /// Since when.
    pub raised_at: Timestamp,
    /// When people were last told.
    pub told_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What was found to be wrong by one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What kind of thing.
    pub kind: &'static str,
    /// Which source, where it is one's.
    pub subject: String,
    /// How many, or how much.
    pub amount: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT kind, subject, amount, raised_at, told_at, ended_at FROM alarm ", $rest)
    };
}

/// Raises what is new, keeps what lasts, and ends what was not found any more; what ended before anybody was told of it is forgotten.
pub async fn observe(tx: &mut WriteTx, found: &[Seen], now: Timestamp) -> Result<()> {
    for seen in found {
        execute!(
            tx,
            "INSERT INTO alarm (kind, subject, amount, raised_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, subject) DO UPDATE SET amount = excluded.amount, ended_at = NULL",
            seen.kind,
            &seen.subject,
            seen.amount,
            now
        )?;
    }
    let standing: Vec<Alarm> = all!(tx, select!("WHERE ended_at IS NULL"))?;
    for alarm in standing {
        if !found.iter().any(|seen| seen.kind == alarm.kind && seen.subject == alarm.subject) {
            execute!(
                tx,
                "UPDATE alarm SET ended_at = $3 WHERE kind = $1 AND subject = $2",
                &alarm.kind,
                &alarm.subject,
                now
            )?;
        }
    }
    execute!(tx, "DELETE FROM alarm WHERE ended_at IS NOT NULL AND told_at IS NULL")?;
    Ok(())
}

/// What people are to be told: what is new, what ended, and what they were last told of before `repeat_before`. Oldest first.
pub async fn due(tx: &mut ReadTx, repeat_before: Timestamp) -> Result<Vec<Alarm>> {
    Ok(all!(
        tx,
        select!("WHERE told_at IS NULL OR ended_at IS NOT NULL OR told_at <= $1 ORDER BY raised_at, kind, subject"),
        repeat_before
    )?)
}

/// Notes that people are told of these as they stand; what ended is forgotten.
pub async fn told(tx: &mut WriteTx, alarms: &[Alarm], now: Timestamp) -> Result<()> {
    for alarm in alarms {
        if alarm.ended_at.is_some() {
            execute!(tx, "DELETE FROM alarm WHERE kind = $1 AND subject = $2", &alarm.kind, &alarm.subject)?;
        } else {
            execute!(
                tx,
                "UPDATE alarm SET told_at = $3 WHERE kind = $1 AND subject = $2",
                &alarm.kind,
                &alarm.subject,
                now
            )?;
        }
    }
    Ok(())
}

/// Documents that wait for a person although their time was up before `before`.
pub async fn overdue(tx: &mut ReadTx, before: Timestamp) -> Result<i64> {
    let (count,): (i64,) = one!(tx, "SELECT count(*) FROM document WHERE tray = 'open' AND due_at < $1", before)?;
    Ok(count)
}

/// Deliveries that came before `before` and wait for a person: no document came of them, and nobody has closed them.
pub async fn waiting(tx: &mut ReadTx, before: Timestamp) -> Result<i64> {
    let (count,): (i64,) = one!(
        tx,
        "SELECT count(*) FROM delivery WHERE state IN ('held', 'unreadable') AND closed_at IS NULL AND received_at < $1",
        before
    )?;
    Ok(count)
}

/// How many deliveries came from each line of each source in the `span_ms` before `now` (week 0) and in the same span of each of the
/// `weeks` weeks before, one row for each week that had any.
pub async fn arrivals(
    tx: &mut ReadTx,
    span_ms: i64,
    weeks: i64,
    now: Timestamp,
) -> Result<Vec<(i64, String, String, i64)>> {
    let sql = "WITH RECURSIVE w(n) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM w WHERE n < $3) \
               SELECT w.n, v.source, COALESCE(v.fax->>'line', ''), count(*) FROM w JOIN delivery v \
               ON v.received_at >= $1 - w.n * $4 - $2 AND v.received_at < $1 - w.n * $4 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";
    // What came in this very millisecond has come.
    Ok(all!(tx, sql, now.plus_ms(1), span_ms + 1, weeks, WEEK_MS)?)
}

const WEEK_MS: i64 = 7 * 24 * 3_600_000;

/// Lines of sources from which, in each of the `weeks` weeks before, something came in the same `span_ms` up to now (`enough` in all
/// of them), and now nothing did.
pub async fn silent(
    tx: &mut ReadTx,
    span_ms: i64,
    weeks: i64,
    enough: i64,
    now: Timestamp,
) -> Result<Vec<(String, String)>> {
    // Weeks in which it was heard, in how many of them before now, and how much came in those.
    let mut lines: BTreeMap<(String, String), (bool, i64, i64)> = BTreeMap::new();
    for (week, source, line, count) in arrivals(tx, span_ms, weeks, now).await? {
        let (heard_now, heard_in, total) = lines.entry((source, line)).or_default();
        match week {
            0 => *heard_now = true,
            _ => {
                *heard_in += 1;
                *total += count;
            }
        }
    }
    let fell_silent = lines
        .into_iter()
        .filter(|(_, (heard_now, heard_in, total))| !heard_now && *heard_in == weeks && *total >= enough);
    Ok(fell_silent.map(|(line, _)| line).collect())
}
