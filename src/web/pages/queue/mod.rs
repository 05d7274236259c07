//! The queue (確認待ち): urgent and oldest first, with what is still arriving above it, so that nothing is hidden.
//!
//! wanted: what an address asks for · chips: conditions with counts · row: a line in words · several: many at once · views: lists that people keep.

mod chips;
mod row;
mod several;
mod views;
mod wanted;

pub use several::several;
pub use views::{forget_view, keep_view, open_view, set_default};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use self::chips::{Active, Group};
use self::row::{Row, view};
use self::wanted::{Wanted, tray_words};
use super::{encoded, go, reading};
use crate::domain::{Act, DeliveryState, Timestamp, UserId};
use crate::store::desk::{self, Around};
use crate::store::documents::{self, QueueFilter, Seeing, Tray};
use crate::store::views::View;
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
/// Characters of a search.
const LONGEST_SEARCH: usize = 80;

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
    cut: bool,
    startable: bool,
    tickable: bool,
    groups: Vec<Group>,
    active: Vec<Active>,
    views: Vec<View>,
    colleagues: Vec<(String, String)>,
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

/// Sends the browser to a list, with what is searched for in a cookie of its own.
fn to_list(app: &App, href: String, search: &str) -> Response {
    let mut response = go(href);
    if let Ok(value) = cookie(&app.settings, SEARCH_COOKIE, &encoded(search)).parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// The list that a form came from, on its first page.
fn came_from(back: &str) -> Wanted {
    let query = back.split_once('?').map(|(_, query)| query);
    Wanted { page: 1, ..Wanted::of(&Form::of_query(query), None) }
}

/// `POST /queue/search`
pub async fn search(State(app): State<Arc<App>>, posted: Posted) -> Response {
    let text: String = posted.form.text("text").trim().chars().take(LONGEST_SEARCH).collect();
    to_list(&app, came_from(posted.form.text("back")).href(), &text)
}

/// The list that this browser looked at last, as far as it holds documents to confirm.
pub fn last_filter(headers: &HeaderMap, user: &UserId, now: Timestamp, seeing: Seeing) -> QueueFilter {
    let query = cookie_of(headers, LIST_COOKIE).map(|v| Form::of_query(Some(&format!("q={v}"))));
    let query = query.as_ref().and_then(|q| q.get("q")).unwrap_or_default().to_owned();
    let wanted = Wanted::of(&Form::of_query(Some(&query)), searched(headers));
    QueueFilter { tray: Tray::Open, ..wanted.filter(user, now, seeing) }
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
    let form = Form::of_query(query.as_deref());
    if form.get("clear").is_some() {
        let tray = Wanted::of(&form, None).tray;
        return Ok(to_list(&app, Wanted { tray, page: 1, ..Wanted::default() }.href(), ""));
    }
    let mut wanted = Wanted::of(&form, searched(&headers));
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let filter = wanted.filter(&staff.id, now, staff.rights.seeing(&app.recipes));
    let mut around = desk::around(&mut tx, &staff.id, &staff.seeing, &filter).await?;
    if query.is_none()
        && let Some(view) = around.views.iter().find(|view| view.is_default)
    {
        return Ok(to_list(&app, format!("/queue?{}", view.query), &view.search));
    }
    let facets = documents::facets(&mut tx, &filter, &staff.id, now.plus_ms(-DAY_MS), now.plus_ms(-3 * DAY_MS)).await?;
    let total = chips::total(&wanted, &facets);
    let per_page = i64::from(app.settings.rows.clamp(10, 500));
    let pages = (total + per_page - 1).div_euclid(per_page).max(1);
    wanted.page = wanted.page.min(pages);
    let rows = documents::queue(&mut tx, &filter, per_page, (wanted.page - 1) * per_page).await?;
    drop(tx);
    let troubled = match wanted.tray {
        Tray::Open if wanted.page == 1 => troubled(&mut around, now),
        _ => Vec::new(),
    };
    let frame = Frame::of(&staff, "queue", tray_words(wanted.tray)).saying(Notice::of_code(form.text("done")));
    let frame = frame.counting(&around.bar);
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
        clear_href: format!("/queue?tray={}&clear=1", wanted.tray.code()),
        total: words::tally(total),
        cut: around.cut,
        startable: wanted.tray == Tray::Open && total > 0 && staff.may(Act::Hold),
        tickable: matches!(wanted.tray, Tray::Open | Tray::Inquiry) && !rows.is_empty() && staff.may(Act::Assign),
        groups: chips::groups(&wanted, &facets, &around.counts),
        active: chips::active(&wanted),
        strip: strip(&around),
        views: around.views,
        colleagues: around.colleagues,
        troubled,
        rows: rows.iter().map(|row| view(row, &staff, wanted.tray, now)).collect(),
        page: wanted.page,
        pages,
        per_page,
        earlier: (wanted.page > 1).then(|| at(wanted.page - 1)),
        later: (wanted.page < pages).then(|| at(wanted.page + 1)),
        frame,
    };
    let mut response = page_of(&page).into_response();
    if wanted.tray == Tray::Open
        && let Ok(value) = cookie(&app.settings, LIST_COOKIE, &encoded(&wanted.query())).parse()
    {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// What has not become a document yet, as counts.
fn strip(around: &Around) -> Vec<StripItem> {
    let of = |state| around.bar.of(state);
    let item = |n: i64, bad: bool, label, href| StripItem {
        tone: if n > 0 && bad { "bad" } else { "" },
        label,
        count: n,
        href,
    };
    vec![
        item(around.incoming, around.stuck > 0, "送信中", "/deliveries"),
        item(of(DeliveryState::Received), false, "読取待ち", "/deliveries?state=received"),
        item(of(DeliveryState::Reading), false, "読取中", "/deliveries?state=reading"),
        item(of(DeliveryState::Unreadable), true, "読取不能", "/deliveries?state=unreadable"),
        item(of(DeliveryState::Held), true, "保留", "/deliveries?state=held"),
    ]
}

/// What arrived and needs a person before it can become a document.
fn troubled(around: &mut Around, now: Timestamp) -> Vec<TroubledRow> {
    let rows = std::mem::take(&mut around.troubled).into_iter().map(|d| TroubledRow {
        state: words::standing(d.state, d.trouble, false),
        why: words::why(d.remark, d.trouble, &d.fax),
        id: d.id,
        name: d.file_name.unwrap_or_else(|| words::FEW_EYES.to_owned()),
        way: words::channel(d.channel),
        received: words::moment(d.received_at, now),
    });
    rows.collect()
}
