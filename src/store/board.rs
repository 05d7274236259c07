//! Figures of a day (今日の状況): what arrived, what was confirmed, which pages were announced and did not come. Reads only, each bounded by the day.

use super::{Result, debug_without_people};
use crate::db::{ReadTx, all, one};
use crate::domain::{
    AlertCode, Channel, DeliveryId, DeliveryState, DocumentId, DocumentReading, FaxMeta, Timestamp, Trouble,
};
use sqlx::types::Json;

/// Deliveries of one day that are looked at; what is above is counted by source only.
const MOST_OF_A_DAY: i64 = 5_000;
/// Documents with alerts of one day that are looked at.
const MOST_ALERTED: i64 = 1_000;

/// What arrived, by source.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct BySource {
    /// Name of the source.
    pub source: String,
    /// By which way.
    pub channel: Channel,
    /// How many deliveries.
    pub deliveries: i64,
    /// How many pages came of them.
    pub pages: i64,
}

/// What waits to be confirmed, whenever it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// How many documents.
    pub documents: i64,
    /// When the oldest of them came.
    pub oldest: Option<Timestamp>,
    /// How many are past their due time.
    pub late: i64,
}

/// A delivery whose pages can be counted against what was announced.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Announced {
    /// Which delivery.
    pub id: DeliveryId,
    /// Name of the source.
    pub source: String,
    /// How far it has been read.
    pub state: DeliveryState,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// Pages decoded.
    pub page_count: i64,
    /// What the fax server said.
    pub fax: Json<FaxMeta>,
    /// When it came.
    pub received_at: Timestamp,
}
debug_without_people!(Announced { id, state, page_count });

/// A document that misses pages by the lines its sender's machine printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// Which document.
    pub id: DocumentId,
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// When it came.
    pub received_at: Timestamp,
}

/// What arrived in a span of time, by source.
pub async fn by_source(tx: &mut ReadTx, from: Timestamp, to: Timestamp) -> Result<Vec<BySource>> {
    Ok(all!(
        tx,
        "SELECT source, channel, count(*) AS deliveries, CAST(sum(page_count) AS BIGINT) AS pages FROM delivery \
         WHERE received_at >= $1 AND received_at < $2 GROUP BY source, channel ORDER BY source, channel",
        from,
        to
    )?)
}

/// What waits now.
pub async fn waiting(tx: &mut ReadTx, now: Timestamp) -> Result<Waiting> {
    Ok(one!(
        tx,
        "SELECT count(*) AS documents, min(received_at) AS oldest, \
         CAST(COALESCE(sum(CASE WHEN due_at < $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS late \
         FROM document WHERE tray = 'open'",
        now
    )?)
}

/// How many documents were confirmed in each hour after `from`, by the hour's number; hours without any are left out.
pub async fn confirmed_by_hour(tx: &mut ReadTx, from: Timestamp, to: Timestamp) -> Result<Vec<(i64, i64)>> {
    Ok(all!(
        tx,
        "SELECT (approved_at - $1) / 3600000 AS hour, count(*) FROM document \
         WHERE approved_at IS NOT NULL AND approved_at >= $1 AND approved_at < $2 GROUP BY 1 ORDER BY 1",
        from,
        to
    )?)
}

/// The deliveries of a span of time, newest first, with what was announced of them.
pub async fn announced(tx: &mut ReadTx, from: Timestamp, to: Timestamp) -> Result<Vec<Announced>> {
    Ok(all!(
        tx,
        "SELECT id, source, state, trouble, page_count, fax, received_at FROM delivery \
         WHERE received_at >= $1 AND received_at < $2 ORDER BY received_at DESC, id DESC LIMIT $3",
        from,
        to,
        MOST_OF_A_DAY
    )?)
}

/// Documents of a span of time whose header lines count more pages than came, and that nobody has confirmed or set aside.
pub async fn short(tx: &mut ReadTx, from: Timestamp, to: Timestamp) -> Result<Vec<Short>> {
    let rows: Vec<(DocumentId, DeliveryId, Timestamp, Json<DocumentReading>)> = all!(
        tx,
        "SELECT id, delivery_id, received_at, reading FROM document WHERE tray IN ('open', 'inquiry') \
         AND received_at >= $1 AND received_at < $2 AND alert_count > 0 ORDER BY received_at DESC, id DESC LIMIT $3",
        from,
        to,
        MOST_ALERTED
    )?;
    let missing = rows.into_iter().filter(|row| row.3.alerts.iter().any(|alert| alert.code == AlertCode::MissingPage));
    Ok(missing.map(|(id, delivery_id, received_at, _)| Short { id, delivery_id, received_at }).collect())
}
