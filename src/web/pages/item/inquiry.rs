//! The sheet on which the sender is asked (照会票), as a PDF to fax or to mail. The number on it comes from the ledger only.

use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{id_of, reading, seen};
use crate::domain::{DocumentState, FieldName, Hospital, Timestamp};
use crate::paper::{self, Inquiry};
use crate::store::documents::Document;
use crate::store::masters;
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::Form;
use crate::web::error::WebError;
use crate::web::words;

/// `GET /items/{id}/inquiry.pdf?name=1`: with the patient's name only where asked for
pub async fn sheet(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let named = Form::of_query(query.as_deref()).text("name") == "1";
    let mut tx = reading(&app).await?;
    let document = seen(&mut tx, &app, &staff, &id).await?;
    if document.state != DocumentState::Inquiry {
        return Err(WebError::NotFound);
    }
    let institution = match &document.institution_id {
        Some(id) => masters::institution(&mut tx, id).await?,
        None => None,
    };
    drop(tx);
    let read = document.values.get(&FieldName::SenderInstitutionName).cloned().unwrap_or_default();
    let inquiry = Inquiry {
        to: institution.as_ref().map_or(read, |row| row.name.clone()),
        to_fax: institution.map(|row| row.fax).unwrap_or_default(),
        from: from(&app.hospital),
        day: day(app.clock.now()),
        reference: id.reference(),
        about: about(&document, named),
        question: document.inquiry_note.clone().unwrap_or_default(),
    };
    let missing = || WebError::Broken("no font for the inquiry sheet".to_owned());
    let font = app.jail.as_ref().and_then(|(jail, _)| jail.font()).ok_or_else(missing)?;
    let font = tokio::fs::read(font).await.map_err(|_| missing())?;
    let pdf = tokio::task::spawn_blocking(move || paper::inquiry(&inquiry, font)).await;
    let pdf = pdf.map_err(|_| missing())?.map_err(|error| WebError::Broken(error.to_string()))?;
    app.review.inquiry_printed(&staff.id, &id, named).await?;
    let name = format!("attachment; filename=\"inquiry-{}.pdf\"", id.reference());
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], pdf)
        .into_response())
}

fn day(now: Timestamp) -> String {
    let date = now.japan().date();
    let iso = date.to_string();
    let year = words::era(&iso).unwrap_or_else(|| format!("{}年", date.year()));
    format!("{year}{}月{}日", date.month(), date.day())
}

fn from(hospital: &Hospital) -> Vec<String> {
    let numbers = [("電話", &hospital.phone2), ("FAX", &hospital.fax)];
    let numbers =
        numbers.iter().filter(|(_, number)| !number.is_empty()).map(|(what, number)| format!("{what} {number}"));
    let lines = [hospital.name.clone(), hospital.office.clone()].into_iter().chain(numbers);
    lines.filter(|line| !line.is_empty()).collect()
}

/// What it is about; the patient's name only where a person wants it on the sheet.
fn about(document: &Document, named: bool) -> Vec<String> {
    let received = document.received_at.japan();
    let mut lines = vec![
        format!("文書：{}（{}ページ）", document.kind.label_ja(), document.pages.len()),
        format!(
            "受信：{}年{}月{}日 {:02}:{:02}",
            received.year(),
            received.month(),
            received.day(),
            received.hour(),
            received.minute()
        ),
    ];
    if let Some(date) = document.values.get(&FieldName::DocumentDate) {
        lines.push(format!("文書の日付：{date}"));
    }
    if let Some(name) = document.values.get(&FieldName::PatientName).filter(|_| named) {
        lines.push(format!("患者氏名：{name} 様"));
    }
    lines
}
