//! Lessons: what confirmed documents taught, each tied to its document, until a person has it forgotten. Never the values themselves.

use super::audit::{self, Actor};
use super::{Result, sound};
use crate::db::{ReadTx, WriteTx, all, execute, one};
use crate::domain::{DocumentId, JobId, Lesson, Taught, Timestamp, UserId};
use serde_json::json;
use sqlx::types::Json;

/// Keeps what a confirmed document taught, in place of what an earlier version of it had.
pub async fn learn(tx: &mut WriteTx, document: &DocumentId, taught: &[Taught], now: Timestamp) -> Result<()> {
    let before = execute!(
        tx,
        "UPDATE lesson SET forgotten_at = $2 WHERE document_id = $1 AND forgotten_at IS NULL",
        document,
        now
    )?;
    for one in taught {
        execute!(
            tx,
            "INSERT INTO lesson (id, document_id, learned_at, taught) VALUES ($1, $2, $3, $4)",
            // Any identifier that nobody has yet.
            JobId::fresh(),
            document,
            now,
            sound::json(one)?
        )?;
    }
    if before > 0 || !taught.is_empty() {
        changed(tx).await?;
    }
    Ok(())
}

/// Has everything forgotten that a document taught; whether there was anything.
pub async fn forget(tx: &mut WriteTx, document: &DocumentId, user: &UserId, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let count = execute!(
        tx,
        "UPDATE lesson SET forgotten_at = $2 WHERE document_id = $1 AND forgotten_at IS NULL",
        document,
        now
    )?;
    if count > 0 {
        changed(tx).await?;
        let actor = Actor::Person(user.clone());
        audit::append(tx, &actor, "document.forgotten", document.as_str(), &json!({ "lessons": count }), now).await?;
    }
    Ok(count > 0)
}

async fn changed(tx: &mut WriteTx) -> Result<()> {
    execute!(tx, "UPDATE lessons_version SET version = version + 1 WHERE id = 1")?;
    Ok(())
}

/// Every lesson that was not forgotten, oldest first.
pub async fn load_all(tx: &mut ReadTx) -> Result<Vec<Lesson>> {
    let rows: Vec<(DocumentId, Json<Taught>)> =
        all!(tx, "SELECT document_id, taught FROM lesson WHERE forgotten_at IS NULL ORDER BY learned_at, id")?;
    Ok(rows.into_iter().map(|(document, taught)| Lesson { document, taught: taught.0 }).collect())
}

/// Goes up whenever something was learned or forgotten.
pub async fn version(tx: &mut ReadTx) -> Result<i64> {
    let (version,): (i64,) = one!(tx, "SELECT version FROM lessons_version WHERE id = 1")?;
    Ok(version)
}
