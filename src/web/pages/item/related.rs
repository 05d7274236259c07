//! The page on which a document is set beside another one (追加ページ・再送): what it may belong to, and where the two differ.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::differ::{self, Runs};
use super::{Extra, found, framed, go, id_of, on, on_record, reading, seen, verbs};
use crate::domain::{DocumentId, DocumentState, FieldName, Timestamp};
use crate::review::{Refused, Relation};
use crate::store::documents::{self, Alike, Document};
use crate::store::holds;
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::words;

/// Another document in a list.
pub struct AlikeView {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: &'static str,
    /// Where it stands.
    pub state: &'static str,
    /// Whom it concerns.
    pub patient: String,
    /// Who sent it.
    pub sender: String,
    /// When it was received.
    pub received: String,
    /// As what it belongs here; empty for nothing.
    pub relation: &'static str,
    /// Whether it is the one that is looked at.
    pub on: bool,
}

impl AlikeView {
    /// A document as a line.
    pub fn of(row: &Alike, now: Timestamp) -> Self {
        Self {
            id: row.id.to_string(),
            kind: row.kind.label_ja(),
            state: row.state.label_ja(),
            patient: row.patient_label.clone().unwrap_or_default(),
            sender: row.sender_label.clone().unwrap_or_default(),
            received: words::moment(row.received_at, now),
            relation: row.relation.map_or("", Relation::reason_ja),
            on: false,
        }
    }
}

/// A field of both documents.
pub struct Compared {
    label: &'static str,
    same: bool,
    mine: Runs,
    theirs: Runs,
}

/// A picture of a document's page.
pub struct Picture {
    delivery: String,
    no: u32,
}

#[derive(Template)]
#[template(path = "related.html")]
struct RelatedPage {
    frame: Frame,
    id: String,
    version: i64,
    mine: Vec<Picture>,
    theirs: Vec<Picture>,
    alike: Vec<AlikeView>,
    other: Option<AlikeView>,
    fields: Vec<Compared>,
    differing: usize,
}

/// `GET /items/{id}/related?with=…`
pub async fn show(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let with = DocumentId::parse(Form::of_query(query.as_deref()).text("with"));
    page(&app, &staff, &id_of(&id)?, with.as_ref(), None).await
}

async fn page(
    app: &App,
    staff: &Staff,
    id: &DocumentId,
    with: Option<&DocumentId>,
    refusal: Option<Refused>,
) -> Result<Response, WebError> {
    let now = app.clock.now();
    let mut tx = reading(app).await?;
    let document = seen(&mut tx, app, staff, id).await?;
    let held = holds::of(&mut tx, id).await?.is_some_and(|hold| hold.user_id == staff.id);
    if !held || document.state != DocumentState::InReview {
        // A refusal is told there; without one, somebody only came by an old address.
        let Some(refusal) = refusal else { return Ok(go(format!("/items/{id}"))) };
        drop(tx);
        let error = WebError::Refused(refusal);
        let extra = Extra { notice: Some(Notice::bad(error.message())), ..Extra::default() };
        return super::page(app, staff, id, error.status(), extra).await;
    }
    let rows = documents::alike(&mut tx, &document, &staff.rights.seeing(&app.recipes)).await?;
    let other = match with {
        Some(with) => Some(seen(&mut tx, app, staff, with).await?),
        None => None,
    };
    let status = refusal.as_ref().map_or(StatusCode::OK, |_| StatusCode::CONFLICT);
    let notice = refusal.map(|refusal| Notice::bad(refusal.message_ja()));
    let frame = framed(&mut tx, staff, "queue", "追加ページ・再送", notice).await?;
    drop(tx);
    on_record(app, staff, &document, now).await?;
    if let Some(other) = &other {
        on_record(app, staff, other, now).await?;
    }
    let mut alike: Vec<AlikeView> = rows.iter().map(|row| AlikeView::of(row, now)).collect();
    for view in &mut alike {
        view.on = other.as_ref().is_some_and(|other| other.id.as_str() == view.id);
    }
    let fields = other.as_ref().map(|other| compared(&document, other)).unwrap_or_default();
    let page = RelatedPage {
        frame,
        id: id.to_string(),
        version: document.version,
        mine: pictures(&document),
        theirs: other.as_ref().map(pictures).unwrap_or_default(),
        differing: fields.iter().filter(|field| !field.same).count(),
        fields,
        other: other.as_ref().map(|other| as_line(other, now)),
        alike,
    };
    Ok((status, page_of(&page)).into_response())
}

/// A whole document as a line.
pub fn as_line(document: &Document, now: Timestamp) -> AlikeView {
    AlikeView {
        id: document.id.to_string(),
        kind: document.kind.label_ja(),
        state: document.state.label_ja(),
        patient: document.patient_label.clone().unwrap_or_default(),
        sender: document.sender_label.clone().unwrap_or_default(),
        received: words::moment(document.received_at, now),
        relation: document.relation.map_or("", Relation::reason_ja),
        on: true,
    }
}

fn pictures(document: &Document) -> Vec<Picture> {
    let picture = |no: &crate::domain::PageNo| Picture { delivery: document.delivery_id.to_string(), no: no.0 };
    document.pages.iter().map(picture).collect()
}

/// Every field that either document has, those that differ first.
fn compared(mine: &Document, theirs: &Document) -> Vec<Compared> {
    let value = |document: &Document, field: &FieldName| document.values.get(field).cloned().unwrap_or_default();
    let fields = FieldName::ALL.iter().filter_map(|field| {
        let (a, b) = (value(mine, field), value(theirs, field));
        if a.is_empty() && b.is_empty() {
            return None;
        }
        let same = a == b;
        let (mine, theirs) = differ::runs(words::shown(*field, &a), words::shown(*field, &b));
        Some(Compared { label: field.label_ja(), same, mine, theirs })
    });
    let mut fields: Vec<Compared> = fields.collect();
    fields.sort_by_key(|field| field.same);
    fields
}

/// `POST /items/{id}/relate`: `to` is the other document, `as` the relation
pub async fn relate(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let other = id_of(posted.form.text("to"))?;
    let relation = Relation::from_code(posted.form.text("as")).ok_or(WebError::BadRequest)?;
    let version = verbs::version(&posted.form)?;
    found(&app, &posted.staff, &other).await?;
    match app.review.relate(&posted.staff.id, &id, version, relation, &other).await {
        Ok(()) => on(&app, &posted, Some(&id), "related").await,
        Err(refusal @ (Refused::Store(_) | Refused::NotFound)) => Err(refusal.into()),
        Err(refusal) => page(&app, &posted.staff, &id, Some(&other), Some(refusal)).await,
    }
}
