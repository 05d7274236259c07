//! The paper of a document alone (別の画面に出す), for a second screen beside the item's page: seen by the same people, on record in the same way.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::sync::Arc;

use super::leaves::{self, PageView};
use super::{framed, id_of, on_record, reading, seen};
use crate::store::documents;
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::error::{WebError, page_of};
use crate::web::frame::Frame;

#[derive(Template)]
#[template(path = "paper.html")]
struct PaperPage {
    frame: Frame,
    id: String,
    delivery_id: String,
    pages: Vec<PageView>,
}

/// `GET /items/{id}/paper`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let document = seen(&mut tx, &app, &staff, &id).await?;
    let frame = framed(&mut tx, &staff, "queue", format!("{}の画像", document.kind.label_ja()), None).await?;
    let related = documents::related(&mut tx, &id, &staff.rights.seeing(&app.recipes)).await?;
    let pages = leaves::of(&mut tx, &document, &related).await?;
    drop(tx);
    on_record(&app, &staff, &document, now).await?;
    Ok(page_of(&PaperPage { frame, id: id.to_string(), delivery_id: document.delivery_id.to_string(), pages }))
}
