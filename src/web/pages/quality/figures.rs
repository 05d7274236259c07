//! The figures of quality (品質): how often two people agree, how often the program was right and whether it knew, and from which
//! confidence on it is as right as is wanted. Counts only; not a word of any document.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::audit::csv_cell;
use super::super::{framed, reading};
use super::tally::{Chart, Count, chart};
use super::thresholds::{ThresholdView, VersionView, rows, versions};
use crate::domain::{Agreement, Decision, DocumentId, SampleItem, Timestamp, WhoWasRight};
use crate::review::quality::thresholds::{ByField, Held, MOST, held};
use crate::store::quality::{self, Said, SampleCounts};
use crate::store::thresholds;
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};

/// Times that can be chosen, in days.
const TIMES: &[(u32, &str)] = &[(30, "30日"), (90, "90日"), (365, "1年"), (3650, "すべて")];
/// Versions of thresholds that the page shows.
const VERSIONS: usize = 50;
/// Accuracy that is wanted when nothing is said, in percent.
const USUAL: &str = "99.5";
/// Lower edges of the bins of the program's confidence.
const EDGES: [f32; 8] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

#[derive(Template)]
#[template(path = "quality.html")]
struct Page {
    frame: Frame,
    days: u32,
    times: &'static [(u32, &'static str)],
    counts: SampleCounts,
    share: String,
    charts: Vec<Chart>,
    compared: usize,
    more: bool,
    wanted: String,
    ready: usize,
    thresholds: Vec<ThresholdView>,
    history: Vec<VersionView>,
}

/// What is asked for: days, and the accuracy in percent.
pub(super) fn asked(form: &Form) -> (u32, f64) {
    let days = form.text("days").parse().ok().filter(|days| TIMES.iter().any(|(of, _)| of == days)).unwrap_or(90);
    let text = if form.text("wanted").is_empty() { USUAL } else { form.text("wanted") };
    let wanted = text.trim().parse::<f64>().ok().filter(|wanted| (50.0..=99.99).contains(wanted));
    (days, wanted.unwrap_or(99.5))
}

pub(super) fn since(app: &App, days: u32) -> Timestamp {
    Timestamp(app.clock.now().0 - i64::from(days) * 86_400_000)
}

/// `GET /quality?days=…&wanted=…`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    page(&app, &staff, &query, Notice::of_code(query.text("done")), StatusCode::OK).await
}

/// The figures, with what was just done or refused on top.
pub(super) async fn page(
    app: &App,
    staff: &Staff,
    query: &Form,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let (days, wanted) = asked(query);
    let mut tx = reading(app).await?;
    let frame = framed(&mut tx, staff, "samples", "品質", notice).await?;
    let from = since(app, days);
    let (counts, said) = quality::figures(&mut tx, from).await?;
    let documents = quality::read_and_confirmed(&mut tx, from, MOST).await?;
    let values = held(&documents);
    let charts = charts(&said, &values);
    let history = thresholds::history(&mut tx, VERSIONS as i64).await?;
    let newest = thresholds::in_force_of(&history);
    drop(tx);
    let ready: BTreeSet<&DocumentId> =
        documents.iter().filter(|d| d.decision == Decision::Ready).map(|d| &d.id).collect();
    let page = Page {
        frame,
        days,
        times: TIMES,
        counts,
        share: match counts.confirmed {
            0 => "0".to_owned(),
            confirmed => format!("{:.1}", counts.chosen as f64 * 100.0 / confirmed as f64),
        },
        charts,
        compared: documents.len(),
        more: documents.len() as i64 == MOST,
        wanted: wanted.to_string(),
        ready: ready.len(),
        thresholds: rows(&values, wanted / 100.0, &ready, &newest),
        history: versions(&history[..history.len().min(VERSIONS)], &newest, app.clock.now()),
    };
    Ok((status, page_of(&page)).into_response())
}

/// `POST /quality/export`: the lines of all charts as CSV
pub async fn export(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let (days, _) = asked(&posted.form);
    let mut tx = reading(&app).await?;
    let from = since(&app, days);
    let documents = quality::read_and_confirmed(&mut tx, from, MOST).await?;
    let (_, said) = quality::figures(&mut tx, from).await?;
    let charts = charts(&said, &held(&documents));
    drop(tx);
    // Excel takes a file for UTF-8 only with this in front.
    let mut out = String::from(
        "\u{feff}表,区分,件数,一致・正解,割合(%),下限(%),上限(%),読み取りの確信度(%),確定が正しい,読み直しが正しい,どちらも違う,未判定\r\n",
    );
    let mut rows = 0;
    for chart in &charts {
        for line in &chart.lines {
            let Count { n, right, first, second, neither, open } = line.count;
            let counts = [n, right].map(|n| n.to_string());
            let judged = [first, second, neither, open].map(|n| n.to_string());
            let shares = [&line.share, &line.low, &line.high, &line.said];
            let cells = [chart.title, &line.label].into_iter().chain(counts.iter().map(String::as_str));
            let cells = cells.chain(shares.map(String::as_str)).chain(judged.iter().map(String::as_str));
            let cells: Vec<String> = cells.map(csv_cell).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
            rows += 1;
        }
    }
    app.review.exported_quality(&posted.staff.id, days, rows).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"quality.csv\""),
    ];
    Ok((headers, out).into_response())
}

/// Every chart: agreement by item, by kind, by source; then the program by field and by confidence.
fn charts(said: &[Said], values: &ByField) -> Vec<Chart> {
    let people = |code, title, of, key: &dyn Fn(&Said) -> String| {
        let mut lines: BTreeMap<String, Count> = BTreeMap::new();
        for said in said {
            add(lines.entry(key(said)).or_default(), said);
        }
        let lines = lines.into_iter().map(|(label, count)| (label, count, None));
        Chart { differences: true, ..chart(code, title, (of, "一致率"), lines) }
    };
    let item = |said: &Said| SampleItem::from_code(&said.item).map_or(said.item.clone(), |i| i.label_ja().to_owned());
    let right_of = |all: &mut dyn Iterator<Item = &Held>| {
        let mut count = Count::default();
        for value in all {
            count.n += 1;
            count.right += u64::from(value.right);
        }
        count
    };
    let by_field = values.iter().map(|(field, all)| {
        let said: f64 = all.iter().map(|value| f64::from(value.confidence)).sum::<f64>() / all.len().max(1) as f64;
        (field.label_ja().to_owned(), right_of(&mut all.iter()), Some(said))
    });
    let every: Vec<&Held> = values.values().flatten().collect();
    let bin = |value: &Held| EDGES.iter().rposition(|edge| value.confidence >= *edge).unwrap_or(0);
    let by_confidence = EDGES.iter().enumerate().map(|(at, edge)| {
        let inside: Vec<&Held> = every.iter().copied().filter(|value| bin(value) == at).collect();
        let said: f64 =
            inside.iter().map(|value| f64::from(value.confidence)).sum::<f64>() / inside.len().max(1) as f64;
        let label = match EDGES.get(at + 1) {
            Some(next) => format!("{edge:.2}以上{next:.2}未満"),
            None => format!("{edge:.2}以上"),
        };
        (label, right_of(&mut inside.iter().copied()), Some(said))
    });
    vec![
        people("items", "2人の一致（項目ごと）", "項目", &item),
        people("kinds", "2人の一致（文書の種類ごと）", "種類", &|said| said.kind.label_ja().to_owned()),
        people("sources", "2人の一致（受信元ごと）", "受信元", &|said| said.source.clone()),
        chart("fields", "読み取りの正しさ（項目ごと）", ("項目", "正解率"), by_field),
        chart("confidence", "読み取りの正しさ（確信度ごと）", ("確信度", "正解率"), by_confidence),
    ]
}

/// Adds what two people said to a line. Variants of characters are an agreement.
fn add(count: &mut Count, said: &Said) {
    let n = u64::try_from(said.n).unwrap_or_default();
    count.n += n;
    match (said.agreement, said.who_was_right) {
        (Agreement::Same | Agreement::Alike, _) => count.right += n,
        (Agreement::Differs, Some(WhoWasRight::First)) => count.first += n,
        (Agreement::Differs, Some(WhoWasRight::Second)) => count.second += n,
        (Agreement::Differs, Some(WhoWasRight::Neither)) => count.neither += n,
        (Agreement::Differs, None) => count.open += n,
    }
}
