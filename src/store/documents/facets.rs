//! How many documents of a tray fall under each filter, in one query. Reads only.

use super::super::{Result, sound};
use super::queue::{MOST, QueueFilter, Tray};
use super::seeing::seeable;
use crate::db::{ReadTx, all};
use crate::domain::{Channel, Decision, Kind, Timestamp};

/// Documents of one tray that share kind, source, channel and decision.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Facet {
    /// What they are.
    pub kind: Kind,
    /// Name of the source.
    pub source: String,
    /// By which way they came.
    pub channel: Channel,
    /// How much attention they need.
    pub decision: Decision,
    /// How many.
    pub n: i64,
    /// Of these, how many are past their due time.
    pub late: i64,
    /// Of these, how many were received before the first moment asked for.
    pub older: i64,
    /// Of these, how many were received before the second moment asked for.
    pub oldest: i64,
}

/// The newest `MOST` documents of a tray (that match the filter's text and that its person may see), grouped; the filter's other conditions are left to the caller.
pub async fn facets(
    tx: &mut ReadTx,
    filter: &QueueFilter,
    now: Timestamp,
    older: Timestamp,
    oldest: Timestamp,
) -> Result<Vec<Facet>> {
    let tray: Tray = filter.tray;
    Ok(all!(
        tx,
        concat!(
            "SELECT kind, source, channel, decision, count(*) AS n, \
         CAST(sum(CASE WHEN due_at < $3 THEN 1 ELSE 0 END) AS BIGINT) AS late, \
         CAST(sum(CASE WHEN received_at < $4 THEN 1 ELSE 0 END) AS BIGINT) AS older, \
         CAST(sum(CASE WHEN received_at < $5 THEN 1 ELSE 0 END) AS BIGINT) AS oldest \
         FROM (SELECT kind, source, channel, decision, due_at, received_at FROM document d WHERE d.tray = $1 \
         AND ($2 IS NULL OR d.id IN (SELECT document_id FROM document_search WHERE folded LIKE $2 ESCAPE '!'))",
            seeable!("$7", "$8", "$9"),
            " ORDER BY d.updated_at DESC LIMIT $6) AS newest \
         GROUP BY kind, source, channel, decision ORDER BY kind, source, channel, decision"
        ),
        tray,
        filter.text.as_deref().and_then(sound::pattern),
        now,
        older,
        oldest,
        MOST,
        filter.seeing.everything(),
        filter.seeing.user(),
        filter.seeing.restricted()
    )?)
}
