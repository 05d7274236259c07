//! Where two people differ (違いの判定): both readings beside the paper, and a third person says which is right. The record stays as it
//! is; where it is wrong, the way leads to its correction.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::super::{framed, go, reading};
use crate::domain::{Agreement, DocumentId, Kind, SampleItem, WhoWasRight};
use crate::review::Refused;
use crate::store::quality::ItemRow;
use crate::store::{documents, quality};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::Posted;
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::words;

struct ItemView {
    code: String,
    label: &'static str,
    first: String,
    second: String,
    differs: bool,
    word: &'static str,
}

#[derive(Template)]
#[template(path = "sample_settle.html")]
struct Page {
    frame: Frame,
    id: String,
    delivery: String,
    pages: Vec<u32>,
    items: Vec<ItemView>,
}

fn view(row: &ItemRow) -> Option<ItemView> {
    let item = SampleItem::from_code(&row.item)?;
    let shown = |value: &str| match (item, Kind::from_code(value)) {
        (SampleItem::Kind, Some(kind)) => kind.label_ja().to_owned(),
        _ if value.is_empty() => "（記載なし）".to_owned(),
        (SampleItem::Field(field), _) => words::shown(field, value).to_owned(),
        _ => value.to_owned(),
    };
    Some(ItemView {
        code: row.item.clone(),
        label: item.label_ja(),
        first: shown(&row.first_value),
        second: shown(&row.second_value),
        differs: row.agreement == Agreement::Differs,
        word: match row.agreement {
            Agreement::Same => "一致",
            Agreement::Alike => "字体などの違いだけ",
            Agreement::Differs => "違う",
        },
    })
}

/// `GET /quality/samples/{id}/settle`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    page(&app, &staff, &id, None, StatusCode::OK).await
}

async fn page(
    app: &App,
    staff: &Staff,
    id: &DocumentId,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let mut tx = reading(app).await?;
    app.review.dispute(&mut tx, &staff.id, id).await?;
    let document = documents::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let rows = quality::items(&mut tx, id).await?;
    let frame = framed(&mut tx, staff, "samples", "抜き取り確認の判定", notice).await?;
    drop(tx);
    let patient = document.patient();
    app.review.viewed(&staff.id, id, patient.as_ref().and_then(|patient| patient.id())).await?;
    app.viewed.note(staff.id.as_str(), &document.delivery_id, document.pages.iter().copied(), app.clock.now());
    let mut items: Vec<ItemView> = rows.iter().filter_map(view).collect();
    items.sort_by_key(|item| !item.differs);
    let page = Page {
        frame,
        id: id.to_string(),
        delivery: document.delivery_id.to_string(),
        pages: document.pages.iter().map(|no| no.0).collect(),
        items,
    };
    Ok((status, page_of(&page)).into_response())
}

/// `POST /quality/samples/{id}/settle`
pub async fn decide(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    let mut right = Vec::new();
    for (code, who) in posted.form.under("right.") {
        let item = SampleItem::from_code(code).ok_or(WebError::BadRequest)?;
        right.push((item, WhoWasRight::from_code(who).ok_or(WebError::BadRequest)?));
    }
    match app.review.settle_sample(&posted.staff.id, &id, &right).await {
        Ok(false) => Ok(go("/quality/samples?done=sample_settled")),
        Ok(true) => Ok(go(format!("/items/{id}?done=sample_wrong"))),
        Err(refusal @ Refused::NotAllowed { .. }) => {
            let error = WebError::Refused(refusal);
            let notice = Some(Notice::bad(error.message()));
            page(&app, &posted.staff, &id, notice, error.status()).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}
