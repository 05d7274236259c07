//! The list of what arrived (受信の一覧), with what is still being sent and what could not be read.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

use super::{framed, reading};
use crate::domain::{Act, DeliveryState, Timestamp};
use crate::store::deliveries::{self, Delivery};
use crate::store::{documents, incoming};
use crate::web::auth::Staff;
use crate::web::csrf::Form;
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, words};

const MOST: i64 = 200;

struct Facet {
    label: &'static str,
    count: i64,
    href: String,
    on: bool,
}

struct IncomingRow {
    name: String,
    source: String,
    size: String,
    since: String,
    alerted: bool,
    why: String,
}

struct Row {
    id: String,
    hidden: bool,
    received: String,
    state: &'static str,
    tone: &'static str,
    name: String,
    why: &'static str,
    way: String,
    sender_number: String,
    pages: i64,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    frame: Frame,
    facets: Vec<Facet>,
    incoming: Vec<IncomingRow>,
    rows: Vec<Row>,
    cut: bool,
    opens: bool,
}

/// The colour class of a delivery's state.
pub fn tone(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Received => "",
        DeliveryState::Reading => "main",
        DeliveryState::Read => "good",
        DeliveryState::Held | DeliveryState::Unreadable => "bad",
    }
}

/// A row; of what is not for these eyes neither name nor number, because file names name patients.
fn view(d: Delivery, hidden: bool, now: Timestamp) -> Row {
    Row {
        id: d.id.to_string(),
        hidden,
        received: words::moment(d.received_at, now),
        state: words::standing(&d),
        tone: tone(d.state),
        why: words::why(&d),
        name: if hidden { "（閲覧できる人が限られています）".to_owned() } else { d.file_name },
        way: format!("{}（{}）", words::channel(d.channel), d.source),
        sender_number: d.fax.0.sender_number.filter(|_| !hidden).unwrap_or_default(),
        pages: d.page_count,
    }
}

/// `GET /deliveries`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let wanted = DeliveryState::ALL.iter().copied().find(|s| s.code() == query.text("state"));
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "deliveries", "受信の一覧", Notice::of_code(query.text("done"))).await?;
    let counts = deliveries::count_by_state(&mut tx).await?;
    let rows = deliveries::recent_in(&mut tx, wanted, MOST).await?;
    let mut shown = Vec::new();
    for row in rows {
        let needs = documents::needs_of(&mut tx, &row.id).await?;
        let hidden = needs.iter().any(|need| !staff.rights.knows(need, &app.recipes));
        shown.push(view(row, hidden, now));
    }
    let coming = if wanted.is_none() { incoming::list(&mut tx).await? } else { Vec::new() };
    drop(tx);
    let of = |state: DeliveryState| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    let mut facets = vec![Facet {
        label: "すべて",
        count: counts.iter().map(|(_, n)| n).sum(),
        href: "/deliveries".to_owned(),
        on: wanted.is_none(),
    }];
    facets.extend(DeliveryState::ALL.iter().map(|state| Facet {
        label: state.label_ja(),
        count: of(*state),
        href: format!("/deliveries?state={}", state.code()),
        on: wanted == Some(*state),
    }));
    let page = DeliveriesPage {
        frame,
        facets,
        incoming: coming
            .into_iter()
            .map(|file| IncomingRow {
                name: file.display_name,
                source: file.source,
                size: words::size(file.size_bytes),
                since: words::moment(file.first_seen, now),
                alerted: file.alerted,
                why: file.reason,
            })
            .collect(),
        cut: shown.len() as i64 == MOST,
        rows: shown,
        opens: staff.may(Act::SeeDocument),
    };
    Ok(page_of(&page))
}
