//! The list of what arrived (受信の一覧), with what is still being sent and what could not be read.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

use super::{reading, with_bar};
use crate::domain::{Act, DeliveryState, Timestamp};
use crate::store::deliveries::{self, Delivery, Listed, Which};
use crate::store::incoming;
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

/// The colour class of how a delivery stands.
pub fn tone(delivery: &Delivery) -> &'static str {
    match delivery.state {
        _ if delivery.closed_at.is_some() => "",
        DeliveryState::Received => "",
        DeliveryState::Reading => "main",
        DeliveryState::Read => "good",
        DeliveryState::Held | DeliveryState::Unreadable => "bad",
    }
}

/// A row; of what is not for these eyes neither name nor number, because file names name patients.
fn view(row: Listed, now: Timestamp) -> Row {
    let Listed { delivery: d, hidden } = row;
    Row {
        id: d.id.to_string(),
        hidden,
        received: words::moment(d.received_at, now),
        state: words::standing(d.state, d.trouble, d.closed_at.is_some()),
        tone: tone(&d),
        why: words::why(d.remark, d.trouble, &d.fax),
        name: if hidden { words::FEW_EYES.to_owned() } else { d.file_name },
        way: format!("{}（{}）", words::channel(d.channel), d.source),
        sender_number: d.fax.0.sender_number.filter(|_| !hidden).unwrap_or_default(),
        pages: d.page_count,
    }
}

/// `GET /deliveries`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let wanted = match query.text("state") {
        "closed" => Which::Closed,
        code => DeliveryState::ALL.iter().copied().find(|s| s.code() == code).map_or(Which::All, Which::In),
    };
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let notice = Notice::of_code(query.text("done"));
    let (frame, bar) = with_bar(&mut tx, &staff, "deliveries", "受信の一覧", notice).await?;
    let rows = deliveries::listed(&mut tx, wanted, &staff.seeing, MOST).await?;
    let shown: Vec<Row> = rows.into_iter().map(|row| view(row, now)).collect();
    let coming = if wanted == Which::All { incoming::list(&mut tx).await? } else { Vec::new() };
    drop(tx);
    let mut facets = vec![Facet {
        label: "すべて",
        count: bar.closed + bar.deliveries.iter().map(|(_, n)| n).sum::<i64>(),
        href: "/deliveries".to_owned(),
        on: wanted == Which::All,
    }];
    facets.extend(DeliveryState::ALL.iter().map(|state| Facet {
        label: state.label_ja(),
        count: bar.of(*state),
        href: format!("/deliveries?state={}", state.code()),
        on: wanted == Which::In(*state),
    }));
    facets.push(Facet {
        label: words::CLOSED,
        count: bar.closed,
        href: "/deliveries?state=closed".to_owned(),
        on: wanted == Which::Closed,
    });
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
