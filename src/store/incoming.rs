//! Files that a sender is still writing (送信中): seen in a watched folder, not yet complete. Only what staff are shown; it decides nothing.

use super::{Result, debug_without_people, sound};
use crate::db::{ReadTx, WriteTx, all, execute};
use crate::domain::Timestamp;

/// A file that is not yet complete.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Incoming {
    /// Name of the source.
    pub source: String,
    /// What tells it from every other file of the source.
    pub path_key: String,
    /// What staff are shown.
    pub display_name: String,
    /// When last looked at.
    pub size_bytes: i64,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
    /// When its size last changed.
    pub changed_at: Timestamp,
    /// Whether staff have been alerted.
    pub alerted: bool,
    /// Why it is not received, in Japanese for staff.
    pub reason: String,
}
debug_without_people!(Incoming { source, size_bytes, first_seen });

/// Notes that the file is there, with its size now.
pub async fn seen(
    tx: &mut WriteTx,
    source: &str,
    path_key: &str,
    display_name: &str,
    size_bytes: u64,
    now: Timestamp,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO incoming (source, path_key, display_name, size_bytes, first_seen, last_seen, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $5, $5) \
         ON CONFLICT (source, path_key) DO UPDATE SET last_seen = excluded.last_seen, size_bytes = excluded.size_bytes, \
         changed_at = CASE WHEN incoming.size_bytes = excluded.size_bytes THEN incoming.changed_at ELSE excluded.changed_at END",
        source,
        sound::text(path_key).as_ref(),
        sound::text(display_name).as_ref(),
        i64::try_from(size_bytes).unwrap_or(i64::MAX),
        now
    )?;
    Ok(())
}

/// Notes why the file is not received.
pub async fn explain(tx: &mut WriteTx, source: &str, path_key: &str, reason_ja: &str) -> Result<()> {
    execute!(
        tx,
        "UPDATE incoming SET reason = $3 WHERE source = $1 AND path_key = $2 AND reason <> $3",
        source,
        sound::text(path_key).as_ref(),
        reason_ja
    )?;
    Ok(())
}

/// Notes that staff have been alerted; whether this was the first time.
pub async fn alert(tx: &mut WriteTx, source: &str, path_key: &str) -> Result<bool> {
    let changed = execute!(
        tx,
        "UPDATE incoming SET alerted = TRUE WHERE source = $1 AND path_key = $2 AND alerted = FALSE",
        source,
        sound::text(path_key).as_ref()
    )?;
    Ok(changed == 1)
}

/// Forgets a file that was received or has vanished.
pub async fn gone(tx: &mut WriteTx, source: &str, path_key: &str) -> Result<()> {
    execute!(tx, "DELETE FROM incoming WHERE source = $1 AND path_key = $2", source, sound::text(path_key).as_ref())?;
    Ok(())
}

/// Every file that is not yet complete, oldest first.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<Incoming>> {
    Ok(all!(
        tx,
        "SELECT source, path_key, display_name, size_bytes, first_seen, last_seen, changed_at, alerted, reason \
         FROM incoming ORDER BY first_seen, source, path_key"
    )?)
}
