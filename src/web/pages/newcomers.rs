//! Patients who are not in the master yet (台帳にない患者), and the page on which one of them gets the hospital's number.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::item::candidates::{self, CandidateView};
use super::{framed, go, item, reading};
use crate::domain::{DocumentId, FieldName, Patient};
use crate::review::{PatientChoice, Refused};
use crate::store::{masters, newcomers};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::words;

/// Newcomers on the page; there are few, and the oldest come first.
const MOST: i64 = 200;
/// Patients of the master that are shown as possibly the same.
const ALIKE: i64 = 5;

struct Row {
    id: String,
    code: String,
    name: String,
    kana: String,
    birth: String,
    kind: &'static str,
    made: String,
    proposed: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "newcomers.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "newcomer.html")]
struct OnePage {
    frame: Frame,
    id: String,
    code: String,
    delivery: String,
    pages: Vec<u32>,
    facts: Vec<(&'static str, String)>,
    asked: String,
    alike: Vec<CandidateView>,
    patient: Option<CandidateView>,
    proposer: Option<String>,
    mine: bool,
}

/// `GET /newcomers`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let now = app.clock.now();
    let notice = Notice::of_code(Form::of_query(query.as_deref()).text("done"));
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "newcomers", "台帳にない患者", notice).await?;
    let rows = newcomers::open(&mut tx, &staff.rights.seeing(&app.recipes), MOST).await?;
    let rows = rows.iter().map(|row| Row {
        id: row.document_id.to_string(),
        code: row.code.clone(),
        name: row.value(FieldName::PatientName).to_owned(),
        kana: row.value(FieldName::PatientKana).to_owned(),
        birth: row.value(FieldName::PatientBirthDate).to_owned(),
        kind: row.kind.label_ja(),
        made: words::moment(row.made_at, now),
        proposed: row.patient_id.clone().map(|id| (id, row.proposer.clone().unwrap_or_default())),
    });
    let page = ListPage { frame, rows: rows.collect() };
    Ok(page_of(&page))
}

/// `GET /newcomers/{id}?patient=…&find=…`
pub async fn show(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    let notice = Notice::of_code(query.text("done"));
    page(&app, &staff, &id, query.text("patient"), query.text("find"), notice, StatusCode::OK).await
}

async fn page(
    app: &App,
    staff: &Staff,
    id: &DocumentId,
    wanted: &str,
    asked: &str,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let mut tx = reading(app).await?;
    let newcomer = newcomers::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let document = item::seen(&mut tx, app, staff, id).await?;
    if newcomer.joined_at.is_some() {
        return Ok(go(format!("/items/{id}")));
    }
    let chosen = newcomer.patient_id.as_deref().unwrap_or(wanted);
    let as_choice =
        |row: &Patient| CandidateView { ticks: candidates::ticks(row, &document, &[]), ..candidates::patient(row) };
    let patient = masters::patient(&mut tx, chosen).await?.as_ref().map(as_choice);
    let name_and_birth =
        [FieldName::PatientName, FieldName::PatientBirthDate].map(|field| newcomer.value(field)).join(" ");
    let text = if asked.trim().is_empty() { name_and_birth.as_str() } else { asked };
    let alike = masters::search_patients(&mut tx, text, ALIKE).await?;
    let frame = framed(&mut tx, staff, "newcomers", "患者番号の結び付け", notice).await?;
    drop(tx);
    app.review.viewed(&staff.id, id, None).await?;
    app.viewed.note(staff.id.as_str(), &document.delivery_id, document.pages.iter().copied(), app.clock.now());
    let fact = |field: FieldName| (field.label_ja(), words::shown(field, newcomer.value(field)).to_owned());
    let facts = [
        FieldName::PatientName,
        FieldName::PatientKana,
        FieldName::PatientBirthDate,
        FieldName::PatientSex,
        FieldName::PatientAddress,
        FieldName::PatientPhone,
    ];
    let page = OnePage {
        frame,
        id: id.to_string(),
        code: newcomer.code.clone(),
        delivery: document.delivery_id.to_string(),
        pages: document.pages.iter().map(|no| no.0).collect(),
        facts: facts.map(fact).into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        asked: asked.to_owned(),
        alike: alike.iter().map(candidates::patient).collect(),
        patient,
        proposer: newcomer.proposer.clone(),
        mine: newcomer.proposed_by.as_ref() == Some(&staff.id),
    };
    Ok((status, page_of(&page)).into_response())
}

/// `POST /newcomers/{id}`: `do` is propose, withdraw or join
pub async fn decide(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    let patient = posted.form.text("patient").trim().to_owned();
    let choice = PatientChoice::Linked(patient.clone());
    let compared = item::verbs::compared(&posted.form, Some(&choice));
    let user = &posted.staff.id;
    let (outcome, to) = match posted.form.text("do") {
        "propose" => (app.review.propose_number(user, &id, &patient, &compared).await, "/newcomers?done=proposed"),
        "withdraw" => (app.review.withdraw_number(user, &id).await, "/newcomers?done=withdrawn"),
        "join" => (app.review.join_number(user, &id, &patient, &compared).await, "/newcomers?done=number_joined"),
        _ => return Err(WebError::BadRequest),
    };
    match outcome {
        Ok(()) => Ok(go(to)),
        Err(refusal @ (Refused::NotFound | Refused::Store(_))) => Err(refusal.into()),
        Err(refusal) => {
            let error = WebError::Refused(refusal);
            let notice = Some(Notice::bad(error.message()));
            page(&app, &posted.staff, &id, &patient, "", notice, error.status()).await
        }
    }
}
