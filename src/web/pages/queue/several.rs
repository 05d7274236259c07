//! Several at once: each document is done or refused for itself, and the page says which and why.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::came_from;
use super::row::{Row, view};
use crate::domain::{DocumentId, Timestamp, UserId};
use crate::review::Refused;
use crate::store::documents::{self, QueueFilter};
use crate::web::auth::Staff;
use crate::web::csrf::Posted;
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::pages::{framed, go, reading};
use crate::web::{App, words};

/// Documents of one form; a page of a list has no more.
const MOST_AT_ONCE: usize = 500;
/// Why advertisements are set aside, as the item page says it.
const ADVERTISEMENT: &str = "広告・営業";

struct Line {
    id: String,
    label: String,
    done: bool,
    why: String,
}

#[derive(Template)]
#[template(path = "several.html")]
struct SeveralPage {
    frame: Frame,
    done: usize,
    refused: usize,
    lines: Vec<Line>,
    back: String,
}

#[derive(Template)]
#[template(path = "print.html")]
struct PrintPage {
    frame: Frame,
    rows: Vec<Row>,
    at: String,
    by: String,
    back: String,
}

/// `POST /queue/several`
pub async fn several(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let ticked: Vec<(DocumentId, i64)> = posted
        .form
        .all("tick")
        .filter_map(|tick| {
            let (id, version) = tick.split_once(':')?;
            Some((DocumentId::parse(id)?, version.parse().ok()?))
        })
        .take(MOST_AT_ONCE)
        .collect();
    let back = came_from(posted.form.text("back")).href();
    if ticked.is_empty() {
        return Ok(go(format!("{back}&done=none_ticked")));
    }
    if posted.form.text("do") == "print" {
        return print(&app, &posted.staff, &ticked, back).await;
    }
    let to = posted.form.text("colleague");
    let mut lines = Vec::new();
    for (id, version) in &ticked {
        let user = &posted.staff.id;
        let outcome = match posted.form.text("do") {
            "advertisement" => app.review.dismiss(user, id, *version, ADVERTISEMENT).await,
            "assign" if to.is_empty() => app.review.assign(user, id, None).await,
            "assign" => match UserId::parse(to) {
                Some(to) => app.review.assign(user, id, Some(&to)).await,
                None => Err(Refused::NotFound),
            },
            _ => return Err(WebError::NotFound),
        };
        let why = match outcome {
            Ok(()) => String::new(),
            Err(Refused::Store(error)) if !error.is_transient() => return Err(error.into()),
            Err(refused) => refused.message_ja(),
        };
        lines.push(Line {
            id: id.to_string(),
            label: label(&app, &posted.staff, id).await?,
            done: why.is_empty(),
            why,
        });
    }
    let done = lines.iter().filter(|line| line.done).count();
    let refused = lines.len() - done;
    let said = match refused {
        0 => Notice::good(format!("{done}件すべてを処理しました。")),
        _ => Notice::warn(format!("{done}件を処理し、{refused}件は処理しませんでした。理由は下にあります。")),
    };
    let frame = framed(&mut reading(&app).await?, &posted.staff, "queue", "まとめて処理", Some(said)).await?;
    Ok(page_of(&SeveralPage { frame, done, refused, lines, back }).into_response())
}

/// What staff know the document by. What they may not see is not there: an id that was put into the form names nobody.
async fn label(app: &App, staff: &Staff, id: &DocumentId) -> Result<String, WebError> {
    let mut tx = reading(app).await?;
    let need = documents::need(&mut tx, id).await?;
    let known = need.is_some_and(|need| staff.rights.knows(&need, &app.recipes));
    let document = if known { documents::find(&mut tx, id).await? } else { None };
    Ok(document.map_or_else(
        || "（見つからない文書）".to_owned(),
        |document| {
            let who = document.patient_label.or(document.sender_label).unwrap_or_else(|| "（氏名なし）".to_owned());
            format!("{}　{who}", document.kind.label_ja())
        },
    ))
}

/// A page for the printer; that each of these was printed stands in its audit log before the page is sent.
async fn print(app: &App, staff: &Staff, ticked: &[(DocumentId, i64)], back: String) -> Result<Response, WebError> {
    let now: Timestamp = app.clock.now();
    let ids: Vec<DocumentId> = ticked.iter().map(|(id, _)| id.clone()).collect();
    app.review.printed(&staff.id, &ids).await?;
    let mut tx = reading(app).await?;
    let rows = documents::listed(
        &mut tx,
        &QueueFilter { now, seeing: staff.rights.seeing(&app.recipes), ..QueueFilter::default() },
        &ids,
    )
    .await?;
    drop(tx);
    let frame = Frame::of(staff, "queue", "一覧の印刷");
    let rows = rows.iter().map(|row| view(row, staff, crate::store::documents::Tray::of(row.state), now)).collect();
    let page = PrintPage { frame, rows, at: words::moment_in_full(now), by: staff.display_name.clone(), back };
    Ok(page_of(&page).into_response())
}
