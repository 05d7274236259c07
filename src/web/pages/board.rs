//! The board of a day (今日の状況): what came, what waits, what was confirmed, and pages that were announced and did not come.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::civil::{Date, Time};
use std::sync::Arc;

use super::{framed, reading};
use crate::domain::{DeliveryState, Timestamp};
use crate::store::alarms;
use crate::store::board::{self, Announced, Day};
use crate::web::auth::Staff;
use crate::web::csrf::Form;
use crate::web::error::{WebError, page_of};
use crate::web::frame::Frame;
use crate::web::{App, words};

const DAY_MS: i64 = 86_400_000;
/// Weeks that say what is usual of a line, and how many arrivals in them say anything; as the alarms take them.
const USUAL: (i64, i64) = (4, 8);
/// The chart, in its own units.
const CHART: (i64, i64) = (960, 150);
/// Deliveries named below the figures.
const NAMED: usize = 50;

/// One hour of the chart.
struct Bar {
    hour: i64,
    count: i64,
    x: i64,
    y: i64,
    height: i64,
    middle: i64,
}

/// A delivery or document whose pages do not add up.
struct Unmatched {
    href: String,
    when: String,
    source: String,
    why: String,
}

struct SourceRow {
    source: String,
    way: &'static str,
    deliveries: i64,
    pages: i64,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    frame: Frame,
    day: String,
    before: String,
    after: Option<String>,
    today: bool,
    received: i64,
    waiting: i64,
    late: i64,
    oldest: String,
    confirmed: i64,
    bars: Vec<Bar>,
    sources: Vec<SourceRow>,
    announced: i64,
    came: i64,
    unmatched_count: usize,
    unmatched: Vec<Unmatched>,
    silent: Vec<String>,
    silence_hours: u32,
}

/// What is wrong with the pages of a delivery; nothing where they add up or are still coming.
fn mismatch(delivery: &Announced) -> Option<String> {
    if matches!(delivery.state, DeliveryState::Received | DeliveryState::Reading) {
        return None;
    }
    if delivery.fax.error.as_ref().is_some_and(|error| !error.trim().is_empty()) {
        return Some("受信が途中で切れました".to_owned());
    }
    let announced = i64::from(delivery.fax.pages?);
    (announced != delivery.page_count)
        .then(|| format!("FAXサーバは{announced}枚、受け取ったのは{}枚", delivery.page_count))
}

/// The hours of a day as bars; the highest fills the chart.
fn bars(by_hour: &[(i64, i64)]) -> Vec<Bar> {
    let most = by_hour.iter().map(|(_, n)| *n).max().unwrap_or(0).max(1);
    let width = CHART.0 / 24;
    (0..24)
        .map(|hour| {
            let count = by_hour.iter().find(|(h, _)| *h == hour).map_or(0, |(_, n)| *n);
            // Room above for the number, and at least a line, so that the axis is seen.
            let height = ((CHART.1 - 20) * count / most).max(1);
            Bar { hour, count, x: hour * width + 4, y: CHART.1 - height, height, middle: hour * width + width / 2 }
        })
        .collect()
}

/// `GET /board?day=YYYY-MM-DD`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let now = app.clock.now();
    let today = now.japan().date();
    let asked: Option<Date> = Form::of_query(query.as_deref()).get("day").and_then(|day| day.parse().ok());
    let day = asked.filter(|day| *day <= today).unwrap_or(today);
    let from = Timestamp::of_japan(day.to_datetime(Time::midnight()));
    let to = from.plus_ms(DAY_MS);
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "board", "今日の状況", None).await?;
    let Day { sources, waiting, confirmed: by_hour } = board::day(&mut tx, from, to, now).await?;
    let deliveries = board::announced(&mut tx, from, to).await?;
    let short = board::short(&mut tx, from, to).await?;
    let silent = match app.silence_hours {
        hours if hours > 0 && day == today => {
            alarms::silent(&mut tx, i64::from(hours) * 3_600_000, USUAL.0, USUAL.1, now).await?
        }
        _ => Vec::new(),
    };
    drop(tx);
    let mut unmatched: Vec<Unmatched> = deliveries
        .iter()
        .filter_map(|delivery| {
            Some(Unmatched {
                why: mismatch(delivery)?,
                href: format!("/deliveries/{}", delivery.id),
                when: words::moment(delivery.received_at, now),
                source: delivery.source.clone(),
            })
        })
        .collect();
    unmatched.extend(short.iter().map(|document| Unmatched {
        href: format!("/items/{}", document.id),
        when: words::moment(document.received_at, now),
        source: deliveries.iter().find(|d| d.id == document.delivery_id).map(|d| d.source.clone()).unwrap_or_default(),
        why: "発信元記録のページ数より少ない".to_owned(),
    }));
    let counted = deliveries.iter().filter(|d| !matches!(d.state, DeliveryState::Received | DeliveryState::Reading));
    let announced: Vec<(i64, i64)> = counted.filter_map(|d| Some((i64::from(d.fax.pages?), d.page_count))).collect();
    let page = BoardPage {
        day: day.to_string(),
        before: day.yesterday().map(|day| day.to_string()).unwrap_or_default(),
        after: day.tomorrow().ok().filter(|day| *day <= today).map(|day| day.to_string()),
        today: day == today,
        received: sources.iter().map(|source| source.deliveries).sum(),
        waiting: waiting.documents,
        late: waiting.late,
        oldest: waiting.oldest.map_or_else(|| "なし".to_owned(), |at| words::moment(at, now)),
        confirmed: by_hour.iter().map(|(_, n)| n).sum(),
        bars: bars(&by_hour),
        sources: sources
            .into_iter()
            .map(|row| SourceRow {
                way: words::channel(row.channel),
                source: row.source,
                deliveries: row.deliveries,
                pages: row.pages,
            })
            .collect(),
        announced: announced.iter().map(|(announced, _)| announced).sum(),
        came: announced.iter().map(|(_, came)| came).sum(),
        unmatched_count: unmatched.len(),
        unmatched: unmatched.into_iter().take(NAMED).collect(),
        silent: silent
            .into_iter()
            .map(|(source, line)| if line.is_empty() { source } else { format!("{source} / {line}") })
            .collect(),
        silence_hours: app.silence_hours,
        frame,
    };
    Ok(page_of(&page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_hour_fills_the_chart_and_no_hour_leaves_it() {
        let all = bars(&[(9, 4), (10, 2)]);
        assert_eq!(all.len(), 24);
        assert_eq!((all[9].height, all[10].height, all[11].height), (130, 65, 1));
        assert!(all.iter().all(|bar| bar.y + bar.height == CHART.1 && bar.x + 32 <= CHART.0));
        assert_eq!(bars(&[])[0].count, 0);
    }
}
