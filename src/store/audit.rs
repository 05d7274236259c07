//! The audit log: who did what to which thing, append-only and hash-chained. Never changed, never a place for what is not needed.

use super::{Error, Result};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{Timestamp, UserId};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash before the first row.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Rows that are checked at a time.
const BATCH: i64 = 1000;

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The program by itself.
    Program,
    /// A member of staff.
    Person(UserId),
    /// Another system, as `token:` and the open part of its token.
    Token(String),
}

impl Actor {
    /// Another system with that token.
    pub fn token(id: &str) -> Actor {
        Actor::Token(format!("token:{id}"))
    }

    /// As the log keeps it.
    pub fn code(&self) -> &str {
        match self {
            Actor::Program => "program",
            Actor::Person(user) => user.as_str(),
            Actor::Token(token) => token,
        }
    }
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// Counts from 1 without a gap.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// `program` or a user id.
    pub actor: String,
    /// What was done.
    pub verb: String,
    /// Id of the delivery, document or account.
    pub subject: String,
    /// JSON text, exactly as it was hashed.
    pub detail: String,
    /// Over the hash before and all of the above.
    pub hash: String,
}

impl Entry {
    /// The detail, parsed; null when it is broken.
    pub fn detail(&self) -> Value {
        serde_json::from_str(&self.detail).unwrap_or(Value::Null)
    }
}

/// What a walk over the whole log found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every row stands as it was written.
    Whole {
        /// How many.
        rows: i64,
    },
    /// The first row that was changed, removed or slipped in.
    Broken {
        /// Its number.
        seq: i64,
    },
}

#[derive(sqlx::FromRow)]
struct Head {
    seq: i64,
    hash: String,
}

/// Makes every other writer of the log wait until this transaction ends; taken before a delivery or document is touched.
pub async fn lock(tx: &mut WriteTx) -> Result<()> {
    locked_head(tx).await.map(drop)
}

async fn locked_head(tx: &mut WriteTx) -> Result<Head> {
    let head = optional!(tx, "UPDATE audit_head SET seq = seq WHERE id = 1 RETURNING seq, hash")?;
    head.ok_or(Error::AuditHead)
}

/// Appends one row to the chain.
pub async fn append(
    tx: &mut WriteTx,
    actor: &Actor,
    verb: &str,
    subject: &str,
    detail: &Value,
    now: Timestamp,
) -> Result<()> {
    let head = locked_head(tx).await?;
    let mut entry = Entry {
        seq: head.seq + 1,
        at: now,
        actor: actor.code().to_owned(),
        verb: verb.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_string(),
        hash: String::new(),
    };
    entry.hash = hash(&head.hash, &entry);
    execute!(
        tx,
        "INSERT INTO audit (seq, at, actor, verb, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        entry.seq,
        entry.at,
        &entry.actor,
        &entry.verb,
        &entry.subject,
        &entry.detail,
        &entry.hash
    )?;
    for patient in patients(detail) {
        execute!(
            tx,
            "INSERT INTO audit_patient (patient_id, seq) VALUES ($1, $2) ON CONFLICT (patient_id, seq) DO NOTHING",
            patient,
            entry.seq
        )?;
    }
    execute!(tx, "UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1", entry.seq, &entry.hash)?;
    Ok(())
}

/// The patients of the hospital's list whom a detail names.
fn patients(detail: &Value) -> Vec<&str> {
    let one = detail.get("patient_id").and_then(Value::as_str);
    let many = detail.get("patient_ids").and_then(Value::as_array);
    let changed = detail.get("changes").and_then(|changes| changes.get("patient"));
    let linked = ["old", "new"].into_iter().filter_map(|side| changed?.get(side)?.get(1)?.as_str());
    let mut all: Vec<&str> = one.into_iter().chain(linked).collect();
    all.extend(many.into_iter().flatten().filter_map(Value::as_str));
    all
}

/// Which rows of the log somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Not before that moment.
    pub from: Option<Timestamp>,
    /// Before that moment.
    pub until: Option<Timestamp>,
    /// By that actor (`program` or a user id).
    pub actor: Option<String>,
    /// About that thing: the id of a delivery, a document or an account.
    pub subject: Option<String>,
    /// Naming that patient.
    pub patient: Option<String>,
    /// With verbs that begin so.
    pub verb: Option<String>,
}

/// Rows of the log that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Newest first.
    pub rows: Vec<Entry>,
    /// Before which row to go on; nothing where the log has no older one to look at. It is there with few rows and even with none,
    /// where looking stopped before there were enough.
    pub older: Option<i64>,
}

/// Rows that are looked at for verbs alone, of which there may be few in all the log.
pub const FURTHEST: i64 = 20_000;

/// What is wanted of a row, on `l`, and how many rows; `$9` is for the way that takes the log as it comes.
macro_rules! wanted {
    ($with:literal, $from:literal) => {
        concat!(
            $with,
            "SELECT * FROM (SELECT l.seq, l.at, l.actor, l.verb, l.subject, l.detail, l.hash FROM ",
            $from,
            " AND ($2 IS NULL OR l.at >= $2) AND ($3 IS NULL OR l.at < $3) AND ($4 IS NULL OR l.actor = $4) \
             AND ($5 IS NULL OR l.subject = $5) AND ($6 IS NULL OR substr(l.verb, 1, length($6)) = $6) \
             AND ($7 IS NULL OR EXISTS (SELECT 1 FROM audit_patient n WHERE n.patient_id = $7 AND n.seq = l.seq)) \
             ORDER BY l.seq DESC LIMIT $8) AS rows \
             UNION ALL SELECT e.seq, (SELECT count(*) FROM (SELECT 1 FROM audit o WHERE o.seq < e.seq LIMIT 1) AS older), \
             '', '', '', '', '' FROM (SELECT COALESCE($1, seq + 1) - $9 AS seq FROM audit_head) AS e"
        )
    };
}

/// Rows of the log that are wanted, newest first, older than row `before` where given; by the narrowest of the indexes that what is
/// wanted has. Verbs have none, as every row written would pay for it: for them, `furthest` rows are looked at.
pub async fn search(tx: &mut ReadTx, wanted: &Wanted, before: Option<i64>, limit: i64, furthest: i64) -> Result<Found> {
    let (sql, stops): (&'static str, bool) = match wanted {
        Wanted { patient: Some(_), .. } => (
            wanted!(
                "",
                "audit_patient p CROSS JOIN audit l WHERE p.patient_id = $7 AND l.seq = p.seq AND ($1 IS NULL OR p.seq < $1)"
            ),
            false,
        ),
        Wanted { subject: Some(_), .. } => {
            (wanted!("", "audit l WHERE l.subject = $5 AND ($1 IS NULL OR l.seq < $1)"), false)
        }
        // The rows of a day are few beside the log, and taken out first: in its order, all newer ones would be looked at.
        Wanted { from: Some(_), until: Some(_), .. } => (
            wanted!(
                "WITH day AS MATERIALIZED (SELECT seq, at, actor, verb, subject, detail, hash FROM audit WHERE at >= $2 AND at < $3) ",
                "day l WHERE ($1 IS NULL OR l.seq < $1)"
            ),
            false,
        ),
        Wanted { actor: Some(_), .. } => {
            (wanted!("", "audit l WHERE l.actor = $4 AND l.seq < COALESCE($1, 9223372036854775807)"), false)
        }
        _ => (
            wanted!(
                "",
                "audit l WHERE l.seq < COALESCE($1, 9223372036854775807) \
                 AND l.seq >= (SELECT COALESCE($1, seq + 1) - $9 FROM audit_head)"
            ),
            true,
        ),
    };
    let mut rows: Vec<Entry> = all!(
        tx,
        sql,
        before,
        wanted.from,
        wanted.until,
        &wanted.actor,
        &wanted.subject,
        &wanted.verb,
        &wanted.patient,
        limit + 1,
        furthest
    )?;
    // Not a row of the log, whose verbs are never empty: where looking stopped, and whether there are older rows.
    let end = rows.iter().position(|row| row.verb.is_empty()).map(|at| rows.remove(at));
    rows.sort_by_key(|row| std::cmp::Reverse(row.seq));
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let older = match rows.len() > shown {
        true => {
            rows.truncate(shown);
            rows.last().map(|row| row.seq)
        }
        false => end.filter(|end| stops && end.at.0 > 0).map(|end| end.seq),
    };
    Ok(Found { rows, older })
}

/// Walks the whole chain and names the first row that is not as it was written.
pub async fn verify(tx: &mut ReadTx) -> Result<Verified> {
    let (mut seq, mut last) = (0_i64, GENESIS.to_owned());
    loop {
        let rows: Vec<Entry> = all!(
            tx,
            "SELECT seq, at, actor, verb, subject, detail, hash FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2",
            seq,
            BATCH
        )?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 || row.hash != hash(&last, &row) {
                return Ok(Verified::Broken { seq: seq + 1 });
            }
            seq = row.seq;
            last = row.hash;
        }
    }
    let head: Option<Head> = optional!(tx, "SELECT seq, hash FROM audit_head WHERE id = 1")?;
    match head {
        Some(head) if head.seq == seq && head.hash == last => Ok(Verified::Whole { rows: seq }),
        // The newest rows were cut off, or the head was turned back.
        _ => Ok(Verified::Broken { seq: seq + 1 }),
    }
}

/// Everything done to one thing, oldest first.
pub async fn of(tx: &mut ReadTx, subject: &str) -> Result<Vec<Entry>> {
    Ok(all!(
        tx,
        "SELECT seq, at, actor, verb, subject, detail, hash FROM audit WHERE subject = $1 ORDER BY seq",
        subject
    )?)
}

/// The newest rows of the log, newest first, older than row `before` where given.
pub async fn recent(tx: &mut ReadTx, before: Option<i64>, limit: i64) -> Result<Vec<Entry>> {
    Ok(all!(
        tx,
        "SELECT seq, at, actor, verb, subject, detail, hash FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
        before.unwrap_or(i64::MAX),
        limit
    )?)
}

/// SHA-256 over the hash before and every value, each with its length in front so that nothing can move from one to the next.
fn hash(previous: &str, entry: &Entry) -> String {
    let mut sum = Sha256::new();
    let (seq, at) = (entry.seq.to_string(), entry.at.0.to_string());
    for part in [previous, &seq, &at, &entry.actor, &entry.verb, &entry.subject, &entry.detail] {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part.as_bytes());
    }
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_covers_every_value_and_where_it_stands() {
        let base = Entry {
            seq: 1,
            at: Timestamp(5),
            actor: "program".into(),
            verb: "ab".into(),
            subject: "c".into(),
            detail: "{}".into(),
            hash: String::new(),
        };
        let moved = Entry { verb: "a".into(), subject: "bc".into(), ..base.clone() };
        let later = Entry { at: Timestamp(6), ..base.clone() };
        let other = Entry { detail: "{\"a\":1}".into(), ..base.clone() };
        let sums: Vec<String> = [&base, &moved, &later, &other].map(|e| hash(GENESIS, e)).into();
        assert!((1..sums.len()).all(|i| !sums[..i].contains(&sums[i])), "{sums:?}");
        assert_ne!(hash(GENESIS, &base), hash(&sums[0], &base));
    }
}
