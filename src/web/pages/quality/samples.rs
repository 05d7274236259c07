//! Documents that come back blind (抜き取り確認): the list says nothing of what they hold, and the page shows the paper alone,
//! neither what was confirmed nor what the program read.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::super::item::candidates::{self, CandidateView};
use super::super::item::fields::{self, Choice, FieldView};
use super::super::item::typed;
use super::super::{framed, go, reading};
use crate::domain::{Act, DocumentId, FieldName, Kind, read_again};
use crate::review::quality::ReadAgain;
use crate::review::{PatientChoice, Refused};
use crate::store::documents::{self, Values};
use crate::store::quality::SampleRow;
use crate::store::{masters, quality};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::words;

/// Samples on the page; the oldest come first.
const MOST: i64 = 100;
/// Patients of the master that a search shows.
const FOUND: i64 = 10;

struct Row {
    href: String,
    received: String,
    since: String,
    source: String,
    channel: &'static str,
    differing: i64,
}

#[derive(Template)]
#[template(path = "samples.html")]
struct ListPage {
    frame: Frame,
    settles: bool,
    waiting: Vec<Row>,
    unsettled: Vec<Row>,
}

/// What was typed so far; a page that was just opened has nothing in it.
#[derive(Default)]
struct Typed {
    kind: Option<Kind>,
    patient: Option<PatientChoice>,
    asked: String,
    values: Vec<(FieldName, String)>,
}

#[derive(Template)]
#[template(path = "sample.html")]
struct OnePage {
    frame: Frame,
    id: String,
    delivery: String,
    pages: Vec<u32>,
    kinds: Vec<Choice>,
    chosen: bool,
    asked: String,
    patient: String,
    found: Vec<CandidateView>,
    fields: Vec<FieldView>,
}

/// `GET /quality/samples`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let now = app.clock.now();
    let notice = Notice::of_code(Form::of_query(query.as_deref()).text("done"));
    let seeing = staff.rights.seeing(&app.recipes);
    let settles = staff.may(Act::Amend);
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "samples", "抜き取り確認", notice).await?;
    let (waiting, unsettled) = quality::for_person(&mut tx, &staff.id, settles, &seeing, MOST).await?;
    let row = |row: &SampleRow, after: &str| Row {
        href: format!("/quality/samples/{}{after}", row.document_id),
        received: words::moment(row.received_at, now),
        since: words::moment(row.since, now),
        source: row.source.clone(),
        channel: words::channel(row.channel),
        differing: row.differing,
    };
    let page = ListPage {
        frame,
        settles,
        waiting: waiting.iter().map(|sample| row(sample, "")).collect(),
        unsettled: unsettled.iter().map(|sample| row(sample, "/settle")).collect(),
    };
    Ok(page_of(&page))
}

/// `GET /quality/samples/{id}`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    page(&app, &staff, &id, &Typed::default(), None, StatusCode::OK).await
}

async fn page(
    app: &App,
    staff: &Staff,
    id: &DocumentId,
    typed: &Typed,
    notice: Option<Notice>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let mut tx = reading(app).await?;
    app.review.sample(&mut tx, &staff.id, id).await?;
    let document = documents::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let mut found = Vec::new();
    if !typed.asked.trim().is_empty() {
        found = masters::search_patients(&mut tx, &typed.asked, FOUND).await?;
    }
    let patient = match &typed.patient {
        Some(PatientChoice::Linked(id)) => {
            let known = found.iter().any(|row| row.patient_id == *id);
            if !known && let Some(row) = masters::patient(&mut tx, id).await? {
                found.insert(0, row);
            }
            format!("id:{id}")
        }
        Some(PatientChoice::NotInMaster) => "none".to_owned(),
        Some(PatientChoice::NoPatient) => "no".to_owned(),
        None => String::new(),
    };
    let frame = framed(&mut tx, staff, "samples", "抜き取り確認", notice).await?;
    drop(tx);
    // The audit log names the patient; the page does not.
    let linked = document.patient();
    app.review.viewed_sample(&staff.id, id, linked.as_ref().and_then(|linked| linked.id())).await?;
    app.viewed.note(staff.id.as_str(), &document.delivery_id, document.pages.iter().copied(), app.clock.now());
    if !found.is_empty() {
        let shown: Vec<&str> = found.iter().map(|row| row.patient_id.as_str()).collect();
        app.review.searched(&staff.id, id, "patient", &shown).await?;
    }
    let value = |field: FieldName| typed.values.iter().find(|(of, _)| *of == field).map(|(_, v)| v.as_str());
    let asked_for = typed.kind.map(read_again).unwrap_or_default();
    let kinds = Kind::ALL.iter().filter(|kind| !matches!(kind, Kind::Advertisement | Kind::Unknown));
    let on = |row: &CandidateView| patient.strip_prefix("id:") == Some(row.id.as_str());
    let found = found.iter().map(candidates::patient).map(|row| CandidateView { on: on(&row), ..row });
    let page = OnePage {
        frame,
        id: id.to_string(),
        delivery: document.delivery_id.to_string(),
        pages: document.pages.iter().map(|no| no.0).collect(),
        kinds: kinds
            .map(|kind| Choice {
                value: kind.code().to_owned(),
                label: kind.label_ja().to_owned(),
                on: typed.kind == Some(*kind),
            })
            .collect(),
        chosen: typed.kind.is_some(),
        asked: typed.asked.clone(),
        found: found.collect(),
        patient,
        fields: asked_for
            .iter()
            .map(|field| fields::view(*field, value(*field).unwrap_or_default(), None, false))
            .collect(),
    };
    Ok((status, page_of(&page)).into_response())
}

/// `POST /quality/samples/{id}`: `do` is kind, find or done
pub async fn read(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DocumentId::parse(&id).ok_or(WebError::NotFound)?;
    let form = &posted.form;
    let typed = typed_in(form);
    let again = async |words: &str, status| {
        let notice = if words.is_empty() { None } else { Some(Notice::bad(words)) };
        page(&app, &posted.staff, &id, &typed, notice, status).await
    };
    if matches!(form.text("do"), "kind" | "find") {
        return again("", StatusCode::OK).await;
    }
    if form.text("do") != "done" {
        return Err(WebError::BadRequest);
    }
    let (Some(kind), Some(patient)) = (typed.kind, typed.patient.clone()) else {
        let words = "文書の種類と患者を選んでください。まだ何も保存していません。";
        return again(words, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let asked_for = read_again(kind);
    let unfit = typed.values.iter().any(|(field, text)| typed::tidy(field.value_type(), text).is_err());
    if unfit {
        let words = "形の合わない値があります。印の付いた項目を直してください。まだ何も保存していません。";
        return again(words, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let values: Values = typed.values.iter().filter(|(field, _)| asked_for.contains(field)).cloned().collect();
    match app.review.read_sample(&posted.staff.id, &id, &ReadAgain { kind, patient, values }).await {
        Ok(0) => Ok(go("/quality/samples?done=sample_same")),
        Ok(_) => Ok(go("/quality/samples?done=sample_differs")),
        Err(refusal @ (Refused::NotFound | Refused::Store(_))) => Err(refusal.into()),
        Err(refusal) => Err(WebError::Refused(refusal)),
    }
}

/// What the form holds, each value in its proper form where it fits.
fn typed_in(form: &Form) -> Typed {
    let patient = match form.text("patient") {
        "none" => Some(PatientChoice::NotInMaster),
        "no" => Some(PatientChoice::NoPatient),
        choice => choice.strip_prefix("id:").map(|id| PatientChoice::Linked(id.to_owned())),
    };
    let values = form.under("f.").filter_map(|(code, text)| Some((FieldName::from_code(code)?, text)));
    let values =
        values.map(|(field, text)| (field, typed::tidy(field.value_type(), text).unwrap_or_else(|as_typed| as_typed)));
    Typed {
        kind: Kind::from_code(form.text("kind")).filter(|kind| !matches!(kind, Kind::Advertisement | Kind::Unknown)),
        patient,
        asked: form.text("find").to_owned(),
        values: values.collect(),
    }
}
