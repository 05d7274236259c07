//! The queue (確認待ち): urgent and oldest first, with what is still arriving above it, so that nothing is hidden.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{encoded, framed, go, reading};
use crate::db::ReadTx;
use crate::domain::{Act, Decision, DeliveryState, DocumentState, Kind, Timestamp};
use crate::store::deliveries as received;
use crate::store::documents::{self, Counts, Facet, QueueFilter, QueueRow, Seeing, Tray};
use crate::store::incoming;
use crate::web::auth::{Staff, cookie, cookie_of};
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, words};

const DAY_MS: i64 = 86_400_000;
/// Holds what was searched for, because names must not stand in addresses; it ends with the browser.
const SEARCH_COOKIE: &str = "uketsuke-search";
/// Holds which list was looked at last, so that "next" stays within it.
const LIST_COOKIE: &str = "uketsuke-list";
/// Deliveries of each kind of trouble shown above the queue; the rest is one click away.
const TROUBLED: i64 = 3;

/// What the person wants to see: the address without its page number, and the search.
#[derive(Clone, Debug, Default, PartialEq)]
struct Wanted {
    tray: Tray,
    kind: Option<Kind>,
    source: Option<String>,
    decision: Option<Decision>,
    days: Option<i64>,
    page: i64,
    text: Option<String>,
}

fn tray_code(tray: Tray) -> &'static str {
    match tray {
        Tray::Open => "open",
        Tray::Inquiry => "inquiry",
        Tray::SetAside => "set_aside",
        Tray::Confirmed => "confirmed",
        Tray::Pushed => "pushed",
    }
}

fn tray_words(tray: Tray) -> &'static str {
    match tray {
        Tray::Open => "確認待ち",
        Tray::Inquiry => "照会中",
        Tray::SetAside => "除外",
        Tray::Confirmed => "確定（登録待ち）",
        Tray::Pushed => "登録済",
    }
}

fn decision_code(decision: Decision) -> &'static str {
    match decision {
        Decision::Ready => "ready",
        Decision::Review => "review",
        Decision::Unreadable => "unreadable",
    }
}

const DECISIONS: &[Decision] = &[Decision::Ready, Decision::Review, Decision::Unreadable];

impl Wanted {
    fn of(query: &Form, text: Option<String>) -> Self {
        let text_of = |name: &str| query.get(name).filter(|v| !v.is_empty());
        Self {
            tray: text_of("tray")
                .and_then(|c| Tray::ALL.iter().find(|t| tray_code(**t) == c))
                .copied()
                .unwrap_or_default(),
            kind: text_of("kind").and_then(Kind::from_code),
            source: text_of("source").map(str::to_owned),
            decision: text_of("decision").and_then(|c| DECISIONS.iter().find(|d| decision_code(**d) == c)).copied(),
            days: text_of("days").and_then(|d| d.parse().ok()).filter(|d| (1..=365).contains(d)),
            page: text_of("page").and_then(|p| p.parse().ok()).filter(|p| (1..=100_000).contains(p)).unwrap_or(1),
            text,
        }
    }

    fn href(&self) -> String {
        let mut parts = Vec::new();
        if self.tray != Tray::Open {
            parts.push(format!("tray={}", tray_code(self.tray)));
        }
        if let Some(kind) = self.kind {
            parts.push(format!("kind={}", kind.code()));
        }
        if let Some(source) = &self.source {
            parts.push(format!("source={}", encoded(source)));
        }
        if let Some(decision) = self.decision {
            parts.push(format!("decision={}", decision_code(decision)));
        }
        if let Some(days) = self.days {
            parts.push(format!("days={days}"));
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        if parts.is_empty() { "/queue".to_owned() } else { format!("/queue?{}", parts.join("&")) }
    }

    fn filter(&self, now: Timestamp, seeing: Seeing) -> QueueFilter {
        QueueFilter {
            tray: self.tray,
            kind: self.kind,
            source: self.source.clone(),
            channel: None,
            decision: self.decision,
            received_before: self.days.map(|days| now.plus_ms(-days * DAY_MS)),
            text: self.text.clone(),
            seeing,
        }
    }

    fn is_filtered(&self) -> bool {
        self.kind.is_some()
            || self.source.is_some()
            || self.decision.is_some()
            || self.days.is_some()
            || self.text.is_some()
    }

    /// Whether documents grouped so belong to the list, one condition left out.
    fn holds(&self, facet: &Facet, leaving_out: Facets) -> bool {
        (leaving_out == Facets::Kind || self.kind.is_none_or(|k| k == facet.kind))
            && (leaving_out == Facets::Source || self.source.as_ref().is_none_or(|s| *s == facet.source))
            && (leaving_out == Facets::Decision || self.decision.is_none_or(|d| d == facet.decision))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Facets {
    Kind,
    Source,
    Decision,
    None,
}

struct FacetView {
    label: String,
    count: Tally,
    href: String,
    on: bool,
}

/// A count that knows how it is told.
struct Tally(i64);

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words::tally(self.0))
    }
}

struct FacetGroup {
    title: &'static str,
    facets: Vec<FacetView>,
}

struct StripItem {
    tone: &'static str,
    label: &'static str,
    count: i64,
    href: &'static str,
}

struct TroubledRow {
    id: String,
    state: &'static str,
    name: String,
    why: &'static str,
    way: &'static str,
    received: String,
}

struct Row {
    id: String,
    holdable: bool,
    openable: bool,
    due: String,
    due_tone: &'static str,
    due_title: String,
    kind: &'static str,
    kind_doubtful: bool,
    patient: String,
    patient_unknown: bool,
    sender: String,
    sender_unknown: bool,
    way: &'static str,
    received: String,
    received_title: String,
    say: &'static str,
    say_tone: &'static str,
    alerts: i64,
    alerts_title: String,
    holder: Option<String>,
    mine: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    heading: &'static str,
    empty_words: &'static str,
    here: String,
    search: String,
    filtered: bool,
    clear_href: String,
    total: String,
    startable: bool,
    facets: Vec<FacetGroup>,
    strip: Vec<StripItem>,
    troubled: Vec<TroubledRow>,
    rows: Vec<Row>,
    page: i64,
    pages: i64,
    per_page: i64,
    earlier: Option<String>,
    later: Option<String>,
}

/// `GET /`
pub async fn home(staff: Staff) -> Response {
    go(staff.home())
}

/// `POST /queue/search`
pub async fn search(State(app): State<Arc<App>>, posted: Posted) -> Response {
    let text: String = posted.form.text("text").trim().chars().take(80).collect();
    let query = posted.form.text("back").split_once('?').map(|(_, query)| query);
    let wanted = Wanted { page: 1, ..Wanted::of(&Form::of_query(query), None) };
    let mut response = go(wanted.href());
    if let Ok(value) = cookie(&app.settings, SEARCH_COOKIE, &encoded(&text)).parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The list that this browser looked at last, as far as it holds documents to confirm.
pub fn last_filter(headers: &HeaderMap, now: Timestamp, seeing: Seeing) -> QueueFilter {
    let query = cookie_of(headers, LIST_COOKIE).map(|v| Form::of_query(Some(&format!("q={v}"))));
    let query = query.as_ref().and_then(|q| q.get("q")).unwrap_or_default().to_owned();
    let wanted = Wanted::of(&Form::of_query(Some(&query)), searched(headers));
    QueueFilter { tray: Tray::Open, ..wanted.filter(now, seeing) }
}

fn searched(headers: &HeaderMap) -> Option<String> {
    let value = cookie_of(headers, SEARCH_COOKIE)?;
    Form::of_query(Some(&format!("t={value}"))).get("t").map(str::to_owned).filter(|t| !t.is_empty())
}

/// `GET /queue`
pub async fn list(
    State(app): State<Arc<App>>,
    staff: Staff,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    if query.get("clear").is_some() {
        let tray = Wanted::of(&query, None).tray;
        let mut response = go(Wanted { tray, page: 1, ..Wanted::default() }.href());
        if let Ok(value) = cookie(&app.settings, SEARCH_COOKIE, "").parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        return Ok(response);
    }
    let mut wanted = Wanted::of(&query, searched(&headers));
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "queue", tray_words(wanted.tray), Notice::of_code(query.text("done"))).await?;
    let filter = wanted.filter(now, staff.rights.seeing(&app.recipes));
    let groups = documents::facets(&mut tx, &filter, now, now.plus_ms(-DAY_MS), now.plus_ms(-3 * DAY_MS)).await?;
    let counts = documents::counts(&mut tx).await?;
    let total = documents::count(&mut tx, &filter).await?;
    let per_page = i64::from(app.settings.rows.clamp(10, 500));
    let pages = (total + per_page - 1).div_euclid(per_page).max(1);
    wanted.page = wanted.page.min(pages);
    let rows = documents::queue(&mut tx, &filter, per_page, (wanted.page - 1) * per_page).await?;
    let (strip, troubled) = arriving(&mut tx, now).await?;
    drop(tx);
    let at = |page: i64| Wanted { page, ..wanted.clone() }.href();
    let page = QueuePage {
        heading: tray_words(wanted.tray),
        empty_words: if wanted.tray == Tray::Open {
            "確認待ちはありません"
        } else {
            "文書はありません"
        },
        here: at(1),
        search: wanted.text.clone().unwrap_or_default(),
        filtered: wanted.is_filtered(),
        clear_href: format!("/queue?tray={}&clear=1", tray_code(wanted.tray)),
        total: words::tally(total),
        startable: wanted.tray == Tray::Open && total > 0 && staff.may(Act::Hold),
        facets: facet_groups(&wanted, &groups, &counts),
        strip,
        troubled: if wanted.tray == Tray::Open && wanted.page == 1 { troubled } else { Vec::new() },
        rows: rows.iter().map(|row| view(row, &staff, wanted.tray, now)).collect(),
        page: wanted.page,
        pages,
        per_page,
        earlier: (wanted.page > 1).then(|| at(wanted.page - 1)),
        later: (wanted.page < pages).then(|| at(wanted.page + 1)),
        frame,
    };
    let mut response = page_of(&page).into_response();
    if wanted.tray == Tray::Open {
        let list = wanted.href();
        let query = list.split_once('?').map_or("", |(_, query)| query);
        if let Ok(value) = cookie(&app.settings, LIST_COOKIE, &encoded(query)).parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

fn facet_groups(wanted: &Wanted, groups: &[Facet], counts: &Counts) -> Vec<FacetGroup> {
    let sum = |leaving_out: Facets, only: &dyn Fn(&Facet) -> bool| -> i64 {
        groups.iter().filter(|f| wanted.holds(f, leaving_out) && only(f)).map(|f| f.n).sum()
    };
    let first = Wanted { page: 1, ..wanted.clone() };
    let trays = Tray::ALL.iter().map(|tray| FacetView {
        label: tray_words(*tray).to_owned(),
        count: Tally(match tray {
            Tray::Open => counts.open,
            Tray::Inquiry => counts.inquiry,
            Tray::SetAside => counts.set_aside,
            Tray::Confirmed => counts.confirmed,
            Tray::Pushed => counts.pushed,
        }),
        href: Wanted { tray: *tray, page: 1, text: wanted.text.clone(), ..Wanted::default() }.href(),
        on: wanted.tray == *tray,
    });
    let decisions = DECISIONS.iter().map(|decision| FacetView {
        label: words::decision(*decision).to_owned(),
        count: Tally(sum(Facets::Decision, &|f| f.decision == *decision)),
        on: wanted.decision == Some(*decision),
        href: Wanted { decision: (wanted.decision != Some(*decision)).then_some(*decision), ..first.clone() }.href(),
    });
    let ages = [(1, "1日以上前"), (3, "3日以上前")].map(|(days, label)| {
        let old = |f: &Facet| if days == 1 { f.older } else { f.oldest };
        FacetView {
            label: label.to_owned(),
            count: Tally(groups.iter().filter(|f| wanted.holds(f, Facets::None)).map(old).sum()),
            on: wanted.days == Some(days),
            href: Wanted { days: (wanted.days != Some(days)).then_some(days), ..first.clone() }.href(),
        }
    });
    let kinds = Kind::ALL.iter().filter_map(|kind| {
        let count = sum(Facets::Kind, &|f| f.kind == *kind);
        let on = wanted.kind == Some(*kind);
        (count > 0 || on).then(|| FacetView {
            label: kind.label_ja().to_owned(),
            count: Tally(count),
            on,
            href: Wanted { kind: (!on).then_some(*kind), ..first.clone() }.href(),
        })
    });
    let mut names: Vec<_> = groups.iter().map(|f| (f.source.clone(), f.channel)).collect();
    names.sort();
    names.dedup_by(|a, b| a.0 == b.0);
    let sources = names.into_iter().map(|(source, channel)| {
        let on = wanted.source.as_ref() == Some(&source);
        FacetView {
            label: format!("{}（{source}）", words::channel(channel)),
            count: Tally(sum(Facets::Source, &|f| f.source == source)),
            on,
            href: Wanted { source: (!on).then(|| source.clone()), ..first.clone() }.href(),
        }
    });
    [
        ("状態", trays.collect::<Vec<_>>()),
        ("確認の程度", decisions.collect()),
        ("受信から", ages.into()),
        ("種類", kinds.collect()),
        ("経路", sources.collect()),
    ]
    .into_iter()
    .filter(|(_, facets)| !facets.is_empty())
    .map(|(title, facets)| FacetGroup { title, facets })
    .collect()
}

/// What has not become a document yet: counts for the strip, and what needs a person.
async fn arriving(tx: &mut ReadTx, now: Timestamp) -> Result<(Vec<StripItem>, Vec<TroubledRow>), WebError> {
    let by_state = received::count_by_state(tx).await?;
    let of = |state| by_state.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let coming = incoming::list(tx).await?;
    let stuck = coming.iter().any(|file| file.alerted);
    let item = |n: i64, bad: bool, label, href| StripItem {
        tone: if n > 0 && bad { "bad" } else { "" },
        label,
        count: n,
        href,
    };
    let strip = vec![
        item(coming.len() as i64, stuck, "送信中", "/deliveries"),
        item(of(DeliveryState::Received), false, "読取待ち", "/deliveries?state=received"),
        item(of(DeliveryState::Reading), false, "読取中", "/deliveries?state=reading"),
        item(of(DeliveryState::Unreadable), true, "読取不能", "/deliveries?state=unreadable"),
        item(of(DeliveryState::Held), true, "保留", "/deliveries?state=held"),
    ];
    let mut troubled = received::recent_in(tx, Some(DeliveryState::Unreadable), TROUBLED).await?;
    troubled.extend(received::recent_in(tx, Some(DeliveryState::Held), TROUBLED).await?);
    let rows = troubled.into_iter().map(|d| TroubledRow {
        id: d.id.to_string(),
        state: words::standing(&d),
        why: words::why(&d),
        name: d.file_name,
        way: words::channel(d.channel),
        received: words::moment(d.received_at, now),
    });
    Ok((strip, rows.collect()))
}

fn view(row: &QueueRow, staff: &Staff, tray: Tray, now: Timestamp) -> Row {
    let mine = row.held_by.as_ref() == Some(&staff.id);
    let held = row.held_by.is_some() && row.held_until.is_some_and(|until| until >= now);
    let (due, due_tone) = match tray {
        Tray::Open | Tray::Inquiry => words::due(row.due_at, now),
        _ => (words::moment(row.updated_at, now), ""),
    };
    let (say, say_tone) = match row.state {
        DocumentState::Proposed | DocumentState::InReview => {
            (words::decision(row.decision), words::decision_tone(row.decision))
        }
        DocumentState::Approved if row.push_error.is_some() => ("登録できない", "bad"),
        state => (state.label_ja(), words::state_tone(state)),
    };
    let patient = row.patient_label.clone();
    Row {
        id: row.id.to_string(),
        openable: staff.may(Act::SeeDocument),
        holdable: tray == Tray::Open && (!held || mine) && staff.may(Act::Hold),
        due,
        due_tone,
        due_title: format!("期限 {}", words::moment_in_full(row.due_at)),
        kind: row.kind.label_ja(),
        kind_doubtful: row.kind == Kind::Unknown,
        patient_unknown: patient.is_none(),
        patient: patient.unwrap_or_else(|| "（氏名なし）".to_owned()),
        sender_unknown: row.sender_label.is_none(),
        sender: row.sender_label.clone().unwrap_or_else(|| "（不明）".to_owned()),
        way: words::channel(row.channel),
        received: words::moment(row.received_at, now),
        received_title: words::moment_in_full(row.received_at),
        say,
        say_tone,
        alerts: row.alert_count,
        alerts_title: format!("注意 {}件", row.alert_count),
        holder: if held { row.holder.clone() } else { None },
        mine,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_wanted_and_back() {
        let wanted = Wanted {
            tray: Tray::Inquiry,
            kind: Some(Kind::ReplyLetter),
            source: Some("紹介 fax&1".into()),
            decision: Some(Decision::Review),
            days: Some(3),
            page: 2,
            text: None,
        };
        let href = wanted.href();
        assert!(href.is_ascii());
        assert_eq!(Wanted::of(&Form::of_query(href.strip_prefix("/queue?")), None), wanted);
        let nonsense = Form::of_query(Some("tray=x&kind=y&days=-1&page=0&decision="));
        assert_eq!(Wanted::of(&nonsense, None).href(), "/queue");
    }
}
