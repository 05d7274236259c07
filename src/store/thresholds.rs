//! Thresholds of confidence that managers set, version by version. Whether one may be set is decided in `review::quality`.

use super::audit::{self, Actor};
use super::{Result, sound};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{Demands, FieldName, Millionths, Timestamp, UserId};
use serde_json::json;

/// One time that a threshold was set or taken back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Code of the field.
    pub field: String,
    /// Counts from 1 for each field.
    pub version: i64,
    /// When.
    pub set_at: Timestamp,
    /// What colleagues call who did it.
    pub set_by: String,
    /// What was demanded before.
    pub from_ppm: Millionths,
    /// What is demanded from then on.
    pub to_ppm: Millionths,
    /// The accuracy that was wanted, in millionths; none where a version was taken back.
    pub wanted_ppm: Option<i64>,
    /// Values at or above it when it was worked out.
    pub documents: Option<i64>,
    /// Those of them that were right.
    pub correct: Option<i64>,
    /// The version that it takes back.
    pub undoes: Option<i64>,
    /// Why, in the words of who did it.
    pub reason: String,
}

/// On what a new version rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// On confirmed documents.
    Measured {
        /// The accuracy that is wanted, in millionths.
        wanted_ppm: i64,
        /// Values at or above the threshold.
        documents: i64,
        /// Those of them that were right.
        correct: i64,
    },
    /// On nothing but that it was so before.
    Undoing {
        /// The version that is taken back.
        version: i64,
    },
}

/// What is demanded now.
pub async fn in_force(tx: &mut ReadTx) -> Result<Demands> {
    let rows: Vec<(String, Millionths)> = all!(
        tx,
        "SELECT t.field, t.to_ppm FROM threshold t \
         WHERE t.version = (SELECT max(l.version) FROM threshold l WHERE l.field = t.field)"
    )?;
    Ok(Demands::new(rows.into_iter().filter_map(|(field, least)| Some((FieldName::from_code(&field)?, least)))))
}

macro_rules! version {
    ($where:literal) => {
        concat!(
            "SELECT t.field, t.version, t.set_at, a.display_name AS set_by, t.from_ppm, t.to_ppm, t.wanted_ppm, t.documents, \
             t.correct, t.undoes, t.reason FROM threshold t JOIN account a ON a.id = t.set_by WHERE ",
            $where
        )
    };
}

/// The newest version of one field.
pub async fn newest_of(tx: &mut ReadTx, field: FieldName) -> Result<Option<Version>> {
    Ok(optional!(tx, version!("t.field = $1 ORDER BY t.version DESC LIMIT 1"), field.code())?)
}

/// The newest `most` versions, newest first, and behind them the version in force of every other field.
pub async fn history(tx: &mut ReadTx, most: i64) -> Result<Vec<Version>> {
    Ok(all!(
        tx,
        version!(
            "t.version = (SELECT max(l.version) FROM threshold l WHERE l.field = t.field) \
         OR EXISTS (SELECT 1 FROM (SELECT field, version FROM threshold ORDER BY set_at DESC, field, version DESC LIMIT $1) AS r \
         WHERE r.field = t.field AND r.version = t.version) ORDER BY t.set_at DESC, t.field, t.version DESC"
        ),
        most
    )?)
}

/// Those of them that are in force: the newest of each field.
pub fn in_force_of(history: &[Version]) -> Vec<&Version> {
    let last = |version: &&Version| !history.iter().any(|v| v.field == version.field && v.version > version.version);
    history.iter().filter(last).collect()
}

/// Sets a threshold as the version after `seen` (0 before the first); false when somebody else has set one since.
pub async fn set(
    tx: &mut WriteTx,
    (field, seen): (FieldName, i64),
    to: Millionths,
    grounds: Grounds,
    reason: &str,
    user: &UserId,
    now: Timestamp,
) -> Result<bool> {
    audit::lock(tx).await?;
    let before = newest_of(tx, field).await?;
    if before.as_ref().map_or(0, |version| version.version) != seen {
        return Ok(false);
    }
    let from = before.map_or(Millionths::FLOOR, |version| version.to_ppm);
    let (wanted_ppm, documents, correct, undoes) = match grounds {
        Grounds::Measured { wanted_ppm, documents, correct } => {
            (Some(wanted_ppm), Some(documents), Some(correct), None)
        }
        Grounds::Undoing { version } => (None, None, None, Some(version)),
    };
    let reason = sound::text(reason);
    execute!(
        tx,
        "INSERT INTO threshold (field, version, set_at, set_by, from_ppm, to_ppm, wanted_ppm, documents, correct, undoes, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        field.code(),
        seen + 1,
        now,
        user,
        from,
        to,
        wanted_ppm,
        documents,
        correct,
        undoes,
        &reason
    )?;
    let verb = if undoes.is_some() { "quality.threshold_undone" } else { "quality.threshold_set" };
    let detail = json!({
        "version": seen + 1, "from_ppm": from.0, "to_ppm": to.0, "wanted_ppm": wanted_ppm, "documents": documents,
        "correct": correct, "undoes": undoes, "reason": reason,
    });
    audit::append(tx, &Actor::Person(user.clone()), verb, field.code(), &detail, now).await?;
    Ok(true)
}
