//! One document on the desk (確認): its pages beside its fields, and the reviewer's verbs. Every verb is done by `review`.

pub mod candidates;
mod choosers;
mod differ;
pub(super) mod fields;
pub mod holding;
pub mod inquiry;
mod leaves;
mod order;
pub mod paging;
pub mod paper;
mod reasons;
pub mod related;
pub(super) mod typed;
pub mod verbs;
mod view;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{framed, go, queue, reading};
use crate::db::ReadTx;
use crate::domain::{Act, DocumentId, FieldName, Timestamp};
use crate::review::{Correction, Refused};
use crate::store::documents::{self, Document, Toward};
use crate::web::App;
use crate::web::auth::{Staff, asked_by_script};
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::Notice;
use view::{CandidateList, ItemPage};

/// A search of a master.
#[derive(Clone, Debug)]
pub struct Search {
    /// `patient`, `institution` or `doctor`.
    which: String,
    /// What for.
    text: String,
}

/// What a page shows beyond the document itself.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    notice: Option<Notice>,
    errors: Vec<(String, String)>,
    blank_ask: bool,
    unsaved: Vec<(&'static str, String)>,
    search: Option<Search>,
    added: Option<FieldName>,
    ticked: Vec<String>,
}

fn id_of(text: &str) -> Result<DocumentId, WebError> {
    DocumentId::parse(text).ok_or(WebError::NotFound)
}

/// The document, if they may see it; what they may not see is not there.
async fn found(app: &App, staff: &Staff, id: &DocumentId) -> Result<Document, WebError> {
    let mut tx = reading(app).await?;
    seen(&mut tx, app, staff, id).await
}

pub(super) async fn seen(tx: &mut ReadTx, app: &App, staff: &Staff, id: &DocumentId) -> Result<Document, WebError> {
    let need = documents::need(tx, id).await?.ok_or(WebError::NotFound)?;
    if !staff.rights.sees(&need, &app.recipes) {
        return Err(WebError::NotFound);
    }
    documents::find(tx, id).await?.ok_or(WebError::NotFound)
}

async fn corrected(app: &App, form: &Form, document: &Document) -> Result<Correction, WebError> {
    let mut tx = reading(app).await?;
    verbs::correction(&mut tx, form, document, &app.recipes).await
}

/// The page as it stands now, on record as seen.
async fn page(
    app: &App,
    staff: &Staff,
    id: &DocumentId,
    status: StatusCode,
    extra: Extra,
) -> Result<Response, WebError> {
    let now = app.clock.now();
    let mut tx = reading(app).await?;
    let document = seen(&mut tx, app, staff, id).await?;
    let title = document.kind.label_ja();
    let frame = framed(&mut tx, staff, "queue", title, extra.notice.clone()).await?;
    let page = ItemPage::of(&mut tx, frame, staff, &document, extra, &app.recipes, app.review.undo_ms(), now).await?;
    drop(tx);
    on_record(app, staff, &document, now).await?;
    Ok((status, page_of(&page)).into_response())
}

/// Puts the view of a document on record; the pictures of its pages are covered by that.
async fn on_record(app: &App, staff: &Staff, document: &Document, now: Timestamp) -> Result<(), WebError> {
    app.review.viewed(&staff.id, &document.id, document.patient().as_ref().and_then(|p| p.id())).await?;
    app.viewed.note(staff.id.as_str(), &document.delivery_id, document.pages.iter().copied(), now);
    Ok(())
}

/// A refused verb, told on the page as it stands now, with what would be lost.
async fn refused(
    app: &App,
    posted: &Posted,
    document: &Document,
    correction: &Correction,
    refusal: Refused,
) -> Result<Response, WebError> {
    if asked_by_script(&posted.headers) || matches!(refusal, Refused::NotFound | Refused::Store(_)) {
        return Err(refusal.into());
    }
    let now = found(app, &posted.staff, &document.id).await?;
    let error = WebError::Refused(refusal);
    let extra = Extra {
        notice: Some(Notice::bad(error.message())),
        unsaved: verbs::unsaved(correction, &now),
        ..Extra::default()
    };
    page(app, &posted.staff, &document.id, error.status(), extra).await
}

/// `GET /items/{id}`
pub async fn show(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let before = DocumentId::parse(query.text("after")).map(|id| (format!("/items/{id}"), "前の文書を見る・取り消す"));
    let notice = Notice::of_code(query.text("done")).map(|notice| match before {
        Some((href, words)) => notice.with_link(href, words),
        None => notice,
    });
    let extra = Extra { notice, added: FieldName::from_code(query.text("add")), ..Extra::default() };
    page(&app, &staff, &id_of(&id)?, StatusCode::OK, extra).await
}

/// `POST /items/{id}/save`: the draft, by script or by a person
pub async fn save(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let correction = corrected(&app, &posted.form, &document).await?;
    let version = verbs::version(&posted.form)?;
    let version = match app.review.correct(&posted.staff.id, &id, version, &correction).await {
        Ok(version) => version,
        Err(refusal) => return refused(&app, &posted, &document, &correction, refusal).await,
    };
    if asked_by_script(&posted.headers) {
        let header = [(HeaderName::from_static("x-version"), version.to_string())];
        return Ok((StatusCode::NO_CONTENT, header).into_response());
    }
    if matches!(found(&app, &posted.staff, &id).await, Err(WebError::NotFound)) {
        return Ok(go("/queue?done=handed_up"));
    }
    match posted.form.text("then") {
        "kind" => paging::refit(&app, &posted, &id, version).await,
        "related" => Ok(go(format!("/items/{id}/related"))),
        "add" => match FieldName::from_code(posted.form.text("add")) {
            Some(field) => Ok(go(format!("/items/{id}?add={}#f-{}", field.code(), field.code()))),
            None => Ok(go(format!("/items/{id}"))),
        },
        then => match then.strip_prefix("find_").and_then(|which| search_of(&posted.form, which)) {
            Some(search) => {
                let extra = Extra { search: Some(search), ..Extra::default() };
                page(&app, &posted.staff, &id, StatusCode::OK, extra).await
            }
            None => Ok(go(format!("/items/{id}?done=saved"))),
        },
    }
}

fn search_of(form: &Form, which: &str) -> Option<Search> {
    let text: String = form.text(&format!("find_{which}")).trim().chars().take(80).collect();
    (!text.is_empty()).then(|| Search { which: which.to_owned(), text })
}

/// `POST /items/{id}/find`, by script: a search of a master, as choices
pub async fn find(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let text: String = posted.form.text("text").trim().chars().take(80).collect();
    let search = Search { which: posted.form.text("which").to_owned(), text };
    let mut tx = reading(&app).await?;
    let document = seen(&mut tx, &app, &posted.staff, &id_of(&id)?).await?;
    let list = CandidateList::of(&mut tx, &document, &search, &app.recipes).await?;
    drop(tx);
    app.review.searched(&posted.staff.id, &document.id, &search.which, &list.ids()).await?;
    Ok(page_of(&list))
}

/// `POST /items/{id}/confirm`
pub async fn confirm(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let correction = corrected(&app, &posted.form, &document).await?;
    let version = verbs::version(&posted.form)?;
    let compared = verbs::compared(&posted.form, correction.patient.as_ref());
    let (errors, blank_ask) = verbs::obstacles(&correction, &compared, &posted.form, &app.recipes);
    if !errors.is_empty() {
        // What was typed is kept as a draft, so that mending starts from it.
        if let Err(refusal) = app.review.correct(&posted.staff.id, &id, version, &correction).await {
            return refused(&app, &posted, &document, &correction, refusal).await;
        }
        let ticked = posted.form.all("compared").map(str::to_owned).collect();
        let extra = Extra { errors, blank_ask, ticked, ..Extra::default() };
        return page(&app, &posted.staff, &id, StatusCode::UNPROCESSABLE_ENTITY, extra).await;
    }
    match app.review.confirm(&posted.staff.id, &id, version, &correction, &compared).await {
        Ok(()) => on(&app, &posted, Some(&id), "confirmed").await,
        Err(refusal) => refused(&app, &posted, &document, &correction, refusal).await,
    }
}

/// Keeps the draft, so that nothing typed is lost by a verb; the version it makes. Who may not correct has typed nothing.
async fn draft(
    app: &App,
    posted: &Posted,
    document: &Document,
) -> Result<(Correction, Result<i64, Refused>), WebError> {
    let correction = corrected(app, &posted.form, document).await?;
    let version = verbs::version(&posted.form)?;
    if !posted.staff.may(Act::Correct) {
        return Ok((correction, Ok(version)));
    }
    let kept = app.review.correct(&posted.staff.id, &document.id, version, &correction).await;
    Ok((correction, kept))
}

/// `POST /items/{id}/set-aside`
pub async fn set_aside(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let (correction, kept) = draft(&app, &posted, &document).await?;
    let version = match kept {
        Ok(version) => version,
        Err(refusal) => return refused(&app, &posted, &document, &correction, refusal).await,
    };
    let reason = match verbs::aside_reason(&posted.form) {
        Ok(reason) => reason,
        Err(words) => {
            let extra = Extra { notice: Some(Notice::bad(words)), ..Extra::default() };
            return page(&app, &posted.staff, &id, StatusCode::UNPROCESSABLE_ENTITY, extra).await;
        }
    };
    match app.review.set_aside(&posted.staff.id, &id, version, &reason).await {
        Ok(()) => on(&app, &posted, Some(&id), "set_aside").await,
        Err(refusal) => refused(&app, &posted, &document, &correction, refusal).await,
    }
}

/// `POST /items/{id}/inquire`
pub async fn inquire(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let (correction, kept) = draft(&app, &posted, &document).await?;
    let version = match kept {
        Ok(version) => version,
        Err(refusal) => return refused(&app, &posted, &document, &correction, refusal).await,
    };
    match app.review.inquire(&posted.staff.id, &id, version, posted.form.text("note")).await {
        Ok(()) => on(&app, &posted, Some(&id), "inquiry").await,
        Err(refusal) => refused(&app, &posted, &document, &correction, refusal).await,
    }
}

/// `POST /items/{id}/put-back`
pub async fn put_back(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let version = verbs::version(&posted.form)?;
    let outcome = app.review.put_back(&posted.staff.id, &id, version).await;
    verdict(&app, &posted, &id, outcome, "put_back").await
}

/// `POST /items/{id}/undo`: one's own confirmation is taken back before it is pushed
pub async fn undo(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let outcome = app.review.undo(&posted.staff.id, &id).await;
    verdict(&app, &posted, &id, outcome, "undone").await
}

/// `POST /items/{id}/reopen`: a record that stands in the referral database is corrected, with a reason
pub async fn reopen(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let version = verbs::version(&posted.form)?;
    let outcome = app.review.reopen(&posted.staff.id, &id, version, posted.form.text("reason")).await;
    verdict(&app, &posted, &id, outcome, "reopened").await
}

/// `POST /items/{id}/give-up`: a correction is given up, the record stands as it did
pub async fn give_up(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let version = verbs::version(&posted.form)?;
    let outcome = app.review.give_up(&posted.staff.id, &id, version).await;
    verdict(&app, &posted, &id, outcome, "given_up").await
}

/// The page again, saying what was done or why not.
async fn verdict(
    app: &App,
    posted: &Posted,
    id: &DocumentId,
    outcome: Result<(), Refused>,
    done: &str,
) -> Result<Response, WebError> {
    match outcome {
        Ok(()) => Ok(go(format!("/items/{id}?done={done}"))),
        Err(refusal @ (Refused::NotFound | Refused::Store(_))) => Err(refusal.into()),
        Err(refusal) => {
            let error = WebError::Refused(refusal);
            let extra = Extra { notice: Some(Notice::bad(error.message())), ..Extra::default() };
            page(app, &posted.staff, id, error.status(), extra).await
        }
    }
}

/// `POST /items/{id}/forget`: what the named document taught is used no more; this document stays as it was read
pub async fn forget(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let document = found(&app, &posted.staff, &id).await?;
    let (correction, kept) = draft(&app, &posted, &document).await?;
    if let Err(refusal) = kept {
        return refused(&app, &posted, &document, &correction, refusal).await;
    }
    app.review.forget(&posted.staff.id, &id_of(posted.form.text("lesson"))?).await?;
    Ok(go(format!("/items/{id}?done=forgotten")))
}

/// `POST /next`: opens the most urgent document of the list that was looked at last
pub async fn next(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    on(&app, &posted, None, "").await
}

/// Opens the next document of the list after `from`, saying what was done with that.
async fn on(app: &App, posted: &Posted, from: Option<&DocumentId>, done: &str) -> Result<Response, WebError> {
    let seeing = posted.staff.rights.seeing(&app.recipes);
    let filter = queue::last_filter(&posted.headers, &posted.staff.id, app.clock.now(), seeing);
    let after = from.map(|id| format!("&after={id}")).unwrap_or_default();
    let mut from = from.cloned();
    // A colleague may take the neighbour in between; then the one after it is tried.
    for _ in 0..5 {
        let neighbour = {
            let mut tx = reading(app).await?;
            let now = app.clock.now();
            documents::neighbour(&mut tx, &filter, from.as_ref(), Toward::Next, &posted.staff.id, now).await?
        };
        let Some(id) = neighbour else { break };
        match app.review.hold(&posted.staff.id, &id).await {
            Ok(_) if done.is_empty() => return Ok(go(format!("/items/{id}"))),
            Ok(_) => return Ok(go(format!("/items/{id}?done={done}{after}"))),
            Err(Refused::Store(error)) => return Err(error.into()),
            Err(_) => from = Some(id),
        }
    }
    Ok(go(match done {
        "" => "/queue?done=nothing".to_owned(),
        "confirmed" => "/queue?done=confirmed_last".to_owned(),
        done => format!("/queue?done={done}"),
    }))
}
