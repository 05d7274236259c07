//! `GET /api/items…`: documents as they are read, corrected and confirmed, and their pages. What the token may not see is not there.

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

use super::query::Params;
use super::{Named, json, named, not_noted, permitted, reading};
use crate::db::ReadTx;
use crate::domain::{
    AlertCode, Channel, Decision, DeliveryId, DeliveryState, DocumentId, DocumentState, FieldName, Found, Kind, PageNo,
    Timestamp, Trouble,
};
use crate::store::documents::{self, Document, FURTHEST, ItemFilter, ItemRow, PatientColumns};
use crate::store::{deliveries, pages};
use crate::web::App;
use crate::web::caller::Caller;
use crate::web::intake::{Refusal, unread};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Serialize)]
struct Items {
    items: Vec<ItemRow>,
    /// The cursor with which to go on; null at the end.
    next: Option<DocumentId>,
}

/// `GET /api/items`
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    const KNOWN: &[&str] = &["state", "kind", "source", "received_since", "received_until", "cursor", "limit"];
    let asked = Params::of(&uri, KNOWN)?;
    let filter = ItemFilter {
        seeing: caller.sees.seeing(&app.recipes),
        state: asked.read("state", |code| DocumentState::ALL.iter().copied().find(|state| state.code() == code))?,
        kind: asked.read("kind", Kind::from_code)?,
        source: asked.text("source")?.map(str::to_owned),
        received_since: asked.moment("received_since")?,
        received_until: asked.moment("received_until")?,
    };
    let (after, limit) = (asked.read("cursor", DocumentId::parse)?, asked.limit()?);
    let mut tx = reading(&app).await?;
    let found = documents::items(&mut tx, &filter, after.as_ref(), limit, FURTHEST).await.map_err(unread)?;
    json(StatusCode::OK, &Items { items: found.rows, next: found.next })
}

/// Whom a document concerns, as a person said.
#[derive(Serialize)]
pub(super) struct PatientView {
    choice: &'static str,
    patient_id: Option<String>,
}

impl PatientView {
    pub(super) fn of(columns: &PatientColumns) -> Option<PatientView> {
        let choice = columns.choice()?;
        Some(PatientView { choice: choice.code(), patient_id: choice.id().map(str::to_owned) })
    }

    pub(super) fn patient_id(&self) -> Option<&str> {
        self.patient_id.as_deref()
    }
}

#[derive(Serialize)]
struct Field<'a> {
    name: FieldName,
    label: &'static str,
    /// As it stands now.
    value: Option<&'a str>,
    /// As it was read; never changed by a person.
    read: Option<&'a Found>,
}

#[derive(Serialize)]
struct AlertView {
    code: AlertCode,
    page: Option<PageNo>,
    message: &'static str,
}

#[derive(Serialize)]
struct DeliveryView {
    id: DeliveryId,
    state: DeliveryState,
    trouble: Option<Trouble>,
    received_at: Timestamp,
    page_count: i64,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a DocumentId,
    state: DocumentState,
    version: i64,
    kind: Kind,
    kind_confidence: f64,
    decision: Decision,
    reasons: &'a [String],
    alerts: Vec<AlertView>,
    source: &'a str,
    channel: Channel,
    received_at: Timestamp,
    due_at: Timestamp,
    updated_at: Timestamp,
    approved_at: Option<Timestamp>,
    pushed_at: Option<Timestamp>,
    record_id: Option<&'a str>,
    patient: Option<PatientView>,
    institution_id: Option<&'a str>,
    doctor_id: Option<&'a str>,
    pages: &'a [PageNo],
    fields: Vec<Field<'a>>,
    delivery: DeliveryView,
}

/// The document of that name, if it is there for this system.
async fn seen(tx: &mut ReadTx, app: &App, caller: &Caller, id: &str) -> Result<Document, Refusal> {
    let id = DocumentId::parse(id).ok_or(Refusal::NotFound)?;
    permitted(tx, app, caller, &id).await?;
    documents::find(tx, &id).await.map_err(unread)?.ok_or(Refusal::NotFound)
}

/// `GET /api/items/{id}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    id: Named,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id = named(id)?;
    let mut tx = reading(&app).await?;
    let document = seen(&mut tx, &app, &caller, &id).await?;
    let delivery = deliveries::find(&mut tx, &document.delivery_id).await.map_err(unread)?.ok_or(Refusal::NotFound)?;
    drop(tx);
    let patient = document.patient();
    let whose = patient.as_ref().and_then(|patient| patient.id());
    app.review.system_viewed(&caller.id, &document.id, whose).await.map_err(not_noted)?;
    let read = &document.reading.0;
    let fields = FieldName::ALL.iter().filter_map(|name| {
        let (value, read) = (document.values.get(name).map(String::as_str), read.fields.get(name));
        (value.is_some() || read.is_some()).then_some(Field { name: *name, label: name.label_ja(), value, read })
    });
    let alerts = read.alerts.iter().map(|alert| AlertView {
        code: alert.code,
        page: alert.page,
        message: alert.code.message_ja(),
    });
    let item = Item {
        id: &document.id,
        state: document.state,
        version: document.version,
        kind: document.kind,
        kind_confidence: document.kind_confidence,
        decision: document.decision,
        reasons: &read.reasons,
        alerts: alerts.collect(),
        source: &document.source,
        channel: document.channel,
        received_at: document.received_at,
        due_at: document.due_at,
        updated_at: document.updated_at,
        approved_at: document.approved_at,
        pushed_at: document.pushed_at,
        record_id: document.record_id.as_deref(),
        patient: PatientView::of(&document.patient),
        institution_id: document.institution_id.as_deref(),
        doctor_id: document.doctor_id.as_deref(),
        pages: &document.pages,
        fields: fields.collect(),
        delivery: DeliveryView {
            id: delivery.id,
            state: delivery.state,
            trouble: delivery.trouble,
            received_at: delivery.received_at,
            page_count: delivery.page_count,
        },
    };
    json(StatusCode::OK, &item)
}

/// `GET /api/items/{id}/pages/{no}`: a page of the document, by its number in `pages`
pub async fn page(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    path: Result<Path<(String, String)>, PathRejection>,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let Path((id, no)) = path.map_err(|_| Refusal::NotFound)?;
    let no = no.parse().ok().filter(|no| *no > 0).map(PageNo).ok_or(Refusal::NotFound)?;
    let mut tx = reading(&app).await?;
    let document = seen(&mut tx, &app, &caller, &id).await?;
    let delivery = &document.delivery_id;
    let needs = documents::needs_of(&mut tx, delivery).await.map_err(unread)?;
    if !document.pages.contains(&no) || !caller.sees.sees_page(&needs, no, &app.recipes) {
        return Err(Refusal::NotFound);
    }
    let page = pages::image(&mut tx, delivery, no).await.map_err(unread)?.ok_or(Refusal::NotFound)?;
    drop(tx);
    let (who, now) = (format!("token:{}", caller.id), app.clock.now());
    if !app.viewed.covers(&who, delivery, no, now) {
        let shown: Vec<_> = needs.into_iter().filter(|need| need.pages.contains(&no)).collect();
        app.review.system_viewed_page(&caller.id, delivery, &shown).await.map_err(not_noted)?;
        app.viewed.note(&who, delivery, shown.iter().flat_map(|need| need.pages.0.iter().copied()), now);
    }
    let bytes = app.files.get(&page.image).await.map_err(unread)?;
    if !bytes.starts_with(PNG) {
        return Err(unread("a page image is not a PNG"));
    }
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}
