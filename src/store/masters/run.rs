//! What each import did (取込の記録): counts only, never a row's content.

use crate::db::{ReadTx, WriteTx, all, execute};
use crate::domain::{Fingerprint, Timestamp};
use crate::store::Result;

/// How an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Outcome {
    /// The master now is as the file says.
    Applied,
    /// Nothing was changed.
    Refused,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportRun {
    /// UUIDv7.
    pub id: String,
    /// `patients`, `institutions` or `doctors`.
    pub master: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Code of the reason for a refusal.
    pub reason: Option<String>,
    /// Of the file's bytes.
    pub fingerprint: Fingerprint,
    /// Whether a person told it to go on in spite of the guards.
    pub forced: bool,
    /// New rows.
    pub added: i64,
    /// Rows that said something else, or came back.
    pub changed: i64,
    /// Rows that said the same.
    pub unchanged: i64,
    /// Rows made inactive.
    pub gone: i64,
    /// Lines refused.
    pub refused: i64,
    /// Lines taken with a warning.
    pub warned: i64,
    /// When.
    pub at: Timestamp,
}

/// Notes an import.
pub async fn note_run(tx: &mut WriteTx, run: &ImportRun) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO import_run (id, master, outcome, reason, fingerprint, forced, added, changed, unchanged, gone, \
         refused, warned, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        run.id.as_str(),
        run.master.as_str(),
        run.outcome,
        run.reason.as_deref(),
        &run.fingerprint,
        run.forced,
        run.added,
        run.changed,
        run.unchanged,
        run.gone,
        run.refused,
        run.warned,
        run.at,
    )?;
    Ok(())
}

/// The latest imports, newest first.
pub async fn recent_runs(tx: &mut ReadTx, limit: i64) -> Result<Vec<ImportRun>> {
    Ok(all!(
        tx,
        "SELECT id, master, outcome, reason, fingerprint, forced, added, changed, unchanged, gone, refused, warned, at \
         FROM import_run ORDER BY at DESC, id DESC LIMIT $1",
        limit
    )?)
}
