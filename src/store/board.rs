//! Figures of a day (今日の状況): what arrived, what was confirmed, which pages were announced and did not come. Reads only, each bounded by the day.

use super::{Result, debug_without_people, sound};
use crate::db::{ReadTx, all};
use crate::domain::{
    AlertCode, Channel, DeliveryId, DeliveryState, DocumentId, DocumentReading, FaxMeta, Timestamp, Trouble,
};
use sqlx::types::Json;

/// Deliveries of one day that are looked at; what is above is counted by source only.
const MOST_OF_A_DAY: i64 = 5_000;
/// Documents with alerts of one day that are looked at.
const MOST_ALERTED: i64 = 1_000;

/// What arrived, by source.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// The counts of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// What arrived, by source.
    pub sources: Vec<BySource>,
    /// What waits now.
    pub waiting: Waiting,
    /// How many documents were confirmed in each hour after the beginning, by the hour's number; hours without any are left out.
    pub confirmed: Vec<(i64, i64)>,
}

/// What arrived and was confirmed in a span of time, and what waits now, in one statement.
pub async fn day(tx: &mut ReadTx, from: Timestamp, to: Timestamp, now: Timestamp) -> Result<Day> {
    let lines: Vec<(String, String, String, i64, i64, Option<i64>)> = all!(
        tx,
        "SELECT what, a, b, n, m, at FROM (\
         SELECT 'source' AS what, source AS a, channel AS b, count(*) AS n, CAST(sum(page_count) AS BIGINT) AS m, \
         CAST(NULL AS BIGINT) AS at FROM delivery WHERE received_at >= $1 AND received_at < $2 GROUP BY source, channel \
         UNION ALL SELECT 'waiting', '', '', count(*), \
         CAST(COALESCE(sum(CASE WHEN due_at < $3 THEN 1 ELSE 0 END), 0) AS BIGINT), min(received_at) \
         FROM document WHERE tray = 'open' \
         UNION ALL SELECT 'hour', '', '', hour, count(*), CAST(NULL AS BIGINT) FROM (SELECT (approved_at - $1) / 3600000 AS hour \
         FROM document WHERE approved_at IS NOT NULL AND approved_at >= $1 AND approved_at < $2) AS hours GROUP BY hour) AS lines \
         ORDER BY what, a, b, n",
        from,
        to,
        now
    )?;
    let mut day = Day::default();
    for (what, source, channel, n, m, at) in lines {
        match what.as_str() {
            "source" => day.sources.extend(sound::parsed(&channel).map(|channel| BySource {
                source,
                channel,
                deliveries: n,
                pages: m,
            })),
            "waiting" => day.waiting = Waiting { documents: n, oldest: at.map(Timestamp), late: m },
            _ => day.confirmed.push((n, m)),
        }
    }
    Ok(day)
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
