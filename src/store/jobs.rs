//! Jobs: rows of work with a lease. The rules of claiming stand here; how often to try and how long to wait comes from the caller.
//!
//! A claim carries its owner and its number; whoever has lost the lease changes no row and must throw the work away.

use super::Result;
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{JobId, Stage, Timestamp};

/// A claimed job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Id of the delivery or document.
    pub subject: String,
    /// What is to be done.
    pub stage: Stage,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// Which claim this is; grows with each and never goes back.
    pub lease_no: i64,
    /// When it became due.
    pub run_at: Timestamp,
    /// Code of the last failure.
    pub last_error: Option<String>,
}

/// How a job stands, for those who watch.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct JobStatus {
    /// What is to be done.
    pub stage: Stage,
    /// Tries so far.
    pub attempt: i64,
    /// When it is or was due.
    pub run_at: Timestamp,
    /// Until when somebody works on it.
    pub lease_until: Option<Timestamp>,
    /// When it ended.
    pub done_at: Option<Timestamp>,
    /// Whether it ended without success.
    pub gave_up: bool,
    /// Code of the last failure.
    pub last_error: Option<String>,
}

/// How much of one stage is waiting.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Pending {
    /// Which stage.
    pub stage: Stage,
    /// Not done and claimed by nobody.
    pub waiting: i64,
    /// Claimed.
    pub claimed: i64,
    /// Given up.
    pub gave_up: i64,
}

/// The statement that claims; `$lock` is what PostgreSQL needs to let several workers claim without queueing.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE job SET lease_owner = $1, lease_until = $3, lease_no = lease_no + 1, attempt = attempt + 1 \
             WHERE id = (SELECT id FROM job WHERE done_at IS NULL AND run_at <= $2 \
             AND (lease_until IS NULL OR lease_until < $2) AND stage IN ($4, $5, $6, $7, $8, $9) \
             ORDER BY run_at, id LIMIT 1 ",
            $lock,
            ") AND done_at IS NULL AND (lease_until IS NULL OR lease_until < $2) \
             RETURNING id, subject, stage, attempt, lease_no, run_at, last_error"
        )
    };
}

/// Places for stages in the statement above.
const STAGES: usize = 6;
const _: () = assert!(Stage::ALL.len() <= STAGES, "the claim has too few places for stages");

/// Adds work; the same stage of the same subject is never added twice, not even when it is done.
pub async fn enqueue(tx: &mut WriteTx, subject: &str, stage: Stage, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO job (id, subject, stage, run_at, created_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (subject, stage) DO NOTHING",
        JobId::fresh(),
        subject,
        stage,
        now
    )?;
    Ok(())
}

/// Has the work done (again) from its first try, not before `due`; whoever works on it now has lost the lease.
pub async fn reopen(tx: &mut WriteTx, subject: &str, stage: Stage, due: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO job (id, subject, stage, run_at, created_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (subject, stage) DO UPDATE SET run_at = excluded.run_at, attempt = 0, lease_owner = NULL, \
         lease_until = NULL, done_at = NULL, gave_up = FALSE, last_error = NULL",
        JobId::fresh(),
        subject,
        stage,
        due
    )?;
    Ok(())
}

/// Takes back work that nobody has begun; false when somebody has, or there is none.
pub async fn withdraw(tx: &mut WriteTx, subject: &str, stage: Stage) -> Result<bool> {
    let gone = execute!(
        tx,
        "DELETE FROM job WHERE subject = $1 AND stage = $2 AND done_at IS NULL AND lease_owner IS NULL AND attempt = 0",
        subject,
        stage
    )?;
    Ok(gone == 1)
}

/// Claims the job that has been due longest among `stages`, for `lease_ms`; no two claims get the same one.
pub async fn claim(
    tx: &mut WriteTx,
    owner: &str,
    stages: &[Stage],
    now: Timestamp,
    lease_ms: i64,
) -> Result<Option<Job>> {
    let Some(first) = stages.first() else { return Ok(None) };
    let at = |i: usize| *stages.get(i).unwrap_or(first);
    let sql: &'static str = tx.pick(claim!(""), claim!("FOR UPDATE SKIP LOCKED"));
    Ok(optional!(tx, sql, owner, now, now.plus_ms(lease_ms), at(0), at(1), at(2), at(3), at(4), at(5))?)
}

/// Keeps the lease; false when it is lost and the work must be thrown away.
pub async fn heartbeat(tx: &mut WriteTx, job: &Job, owner: &str, now: Timestamp, lease_ms: i64) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE job SET lease_until = $4 WHERE id = $1 AND lease_owner = $2 AND lease_no = $3 AND done_at IS NULL",
        &job.id,
        owner,
        job.lease_no,
        now.plus_ms(lease_ms)
    )?;
    Ok(changed == 1)
}

/// Notes that something was achieved (a page recognised), so that only tries without any success count; keeps the lease too.
pub async fn progress(tx: &mut WriteTx, job: &Job, owner: &str, now: Timestamp, lease_ms: i64) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE job SET lease_until = $4, attempt = 1 \
         WHERE id = $1 AND lease_owner = $2 AND lease_no = $3 AND done_at IS NULL",
        &job.id,
        owner,
        job.lease_no,
        now.plus_ms(lease_ms)
    )?;
    Ok(changed == 1)
}

/// Ends the job with success; false when the lease is lost, and then nothing of this transaction may be committed.
pub async fn finish(tx: &mut WriteTx, job: &Job, owner: &str, now: Timestamp) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE job SET done_at = $4, lease_owner = NULL, lease_until = NULL, last_error = NULL \
         WHERE id = $1 AND lease_owner = $2 AND lease_no = $3 AND done_at IS NULL",
        &job.id,
        owner,
        job.lease_no,
        now
    )?;
    Ok(changed == 1)
}

/// Ends this try without success: again at `retry_at`, or never when none; false when the lease is lost.
pub async fn fail(
    tx: &mut WriteTx,
    job: &Job,
    owner: &str,
    error_code: &str,
    retry_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    let done_at = if retry_at.is_some() { None } else { Some(now) };
    let changed = execute!(
        tx,
        "UPDATE job SET last_error = $4, run_at = coalesce($5, run_at), done_at = $6, gave_up = $7, lease_owner = NULL, \
         lease_until = NULL WHERE id = $1 AND lease_owner = $2 AND lease_no = $3 AND done_at IS NULL",
        &job.id,
        owner,
        job.lease_no,
        error_code,
        retry_at,
        done_at,
        retry_at.is_none()
    )?;
    Ok(changed == 1)
}

/// Gives back everything an owner holds, at a clean stop; the broken-off try does not count. How many jobs that were.
pub async fn give_back(tx: &mut WriteTx, owner: &str) -> Result<u64> {
    Ok(execute!(
        tx,
        "UPDATE job SET lease_owner = NULL, lease_until = NULL, attempt = CASE WHEN attempt > 0 THEN attempt - 1 ELSE 0 END \
         WHERE lease_owner = $1 AND done_at IS NULL",
        owner
    )?)
}

/// How much of each stage is waiting; stages with nothing are left out.
pub async fn pending(tx: &mut ReadTx) -> Result<Vec<Pending>> {
    Ok(all!(
        tx,
        "SELECT stage, \
         CAST(sum(CASE WHEN done_at IS NULL AND lease_owner IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS waiting, \
         CAST(sum(CASE WHEN done_at IS NULL AND lease_owner IS NOT NULL THEN 1 ELSE 0 END) AS BIGINT) AS claimed, \
         CAST(sum(CASE WHEN gave_up THEN 1 ELSE 0 END) AS BIGINT) AS gave_up \
         FROM (SELECT stage, lease_owner, done_at, gave_up FROM job WHERE done_at IS NULL \
         UNION ALL SELECT stage, lease_owner, done_at, gave_up FROM job WHERE gave_up) AS open GROUP BY stage ORDER BY stage"
    )?)
}

/// How the jobs of one delivery or document stand.
pub async fn of(tx: &mut ReadTx, subject: &str) -> Result<Vec<JobStatus>> {
    Ok(all!(
        tx,
        "SELECT stage, attempt, run_at, lease_until, done_at, gave_up, last_error FROM job WHERE subject = $1 \
         ORDER BY created_at, id",
        subject
    )?)
}
