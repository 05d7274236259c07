//! How many documents of a tray fall under each filter, in one query. Reads only.

use super::super::Result;
use super::filter::{Bound, QueueFilter, Way, asked, filtered, newest, open_tray, sought, spoken};
use super::queue::MOST;
use super::seeing::seeable;
use crate::db::{ReadTx, all};
use crate::domain::{Channel, Decision, Kind, Timestamp, UserId};

/// Documents of one tray that are alike in everything that a list can be filtered by.
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
    /// Whether a person must notice something.
    pub alerted: bool,
    /// Whether they were given to or are held by the person who asks.
    pub mine: bool,
    /// Whether somebody else holds them.
    pub others: bool,
    /// How many.
    pub n: i64,
    /// Of these, how many are past their due time.
    pub late: i64,
    /// Of these, how many were received before the first moment asked for.
    pub older: i64,
    /// Of these, how many were received before the second moment asked for.
    pub oldest: i64,
}

macro_rules! grouped {
    ($from:expr) => {
        concat!(
            "SELECT kind, source, channel, decision, alerted, mine, others, count(*) AS n, \
             CAST(sum(CASE WHEN due_at < $10 THEN 1 ELSE 0 END) AS BIGINT) AS late, \
             CAST(sum(CASE WHEN received_at < $20 THEN 1 ELSE 0 END) AS BIGINT) AS older, \
             CAST(sum(CASE WHEN received_at < $21 THEN 1 ELSE 0 END) AS BIGINT) AS oldest \
             FROM (SELECT d.kind, d.source, d.channel, d.decision, d.due_at, d.received_at, d.alert_count > 0 AS alerted, \
             (EXISTS (SELECT 1 FROM assignment g WHERE g.document_id = d.id AND g.user_id = $22) \
             OR EXISTS (SELECT 1 FROM hold h WHERE h.document_id = d.id AND h.user_id = $22 AND h.until >= $10)) AS mine, \
             EXISTS (SELECT 1 FROM hold h WHERE h.document_id = d.id AND h.user_id <> $22 AND h.until >= $10) AS others \
             FROM ",
            $from,
            " LIMIT $23) AS found GROUP BY kind, source, channel, decision, alerted, mine, others \
             ORDER BY kind, source, channel, decision"
        )
    };
}

/// Up to `MOST` documents of a tray (that match the filter's text), grouped; the filter's other conditions are left to the caller.
pub async fn facets(
    tx: &mut ReadTx,
    filter: &QueueFilter,
    user: &UserId,
    older: Timestamp,
    oldest: Timestamp,
) -> Result<Vec<Facet>> {
    let bound = Bound::of(&filter.unconditional());
    let sql: &'static str = match bound.way() {
        Way::Open => grouped!(open_tray!()),
        Way::Newest => grouped!(newest!()),
        Way::Sought => grouped!(sought!()),
    };
    Ok(asked!(all, tx, sql, bound, older, oldest, user, MOST)?)
}
