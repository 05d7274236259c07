//! `/api/masters/…`: rows of the hospital's lists, looked for as staff do, and single rows that the hospital's own system puts.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::query::{Params, cut};
use super::{Named, json, named, not_noted, reading};
use crate::domain::{Doctor, Institution, Patient};
use crate::pipeline::import::{Listed, NotPlaced};
use crate::store::audit::Actor;
use crate::store::masters::{self, Change};
use crate::web::App;
use crate::web::caller::Caller;
use crate::web::intake::{self, Refusal, unread};

/// No id of a master is longer.
const LONGEST_ID: usize = 40;

#[derive(Serialize)]
struct Rows<T> {
    rows: Vec<T>,
    /// Whether more rows fit than were asked for.
    more: bool,
}

/// What is looked for, and how many rows are wanted.
fn asked(uri: &Uri) -> Result<(String, i64), Refusal> {
    let asked = Params::of(uri, &["q", "limit"])?;
    let q = asked.text("q")?.ok_or_else(|| Refusal::Parameter("q".to_owned()))?;
    Ok((q.to_owned(), asked.limit()?))
}

async fn found<T: Listed + Serialize>(
    app: &App,
    caller: &Caller,
    mut rows: Vec<T>,
    limit: i64,
) -> Result<Response, Refusal> {
    let more = cut(&mut rows, limit);
    let ids: Vec<&str> = rows.iter().map(|row| row.id()).collect();
    app.review.system_searched(&caller.id, T::WHAT.code(), &ids).await.map_err(not_noted)?;
    json(StatusCode::OK, &Rows { rows, more })
}

/// `GET /api/masters/patients`
pub async fn patients(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (q, limit) = asked(&uri)?;
    let rows = masters::search_patients(&mut reading(&app).await?, &q, limit + 1).await.map_err(unread)?;
    found::<Patient>(&app, &caller, rows, limit).await
}

/// `GET /api/masters/institutions`
pub async fn institutions(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (q, limit) = asked(&uri)?;
    let rows = masters::search_institutions(&mut reading(&app).await?, &q, limit + 1).await.map_err(unread)?;
    found::<Institution>(&app, &caller, rows, limit).await
}

/// `GET /api/masters/doctors`
pub async fn doctors(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let (q, limit) = asked(&uri)?;
    let rows = masters::search_doctors(&mut reading(&app).await?, &q, limit + 1).await.map_err(unread)?;
    found::<Doctor>(&app, &caller, rows, limit).await
}

/// An id as it may stand in an address: of ASCII letters and digits, points, lines and hyphens.
fn id_of(path: Named) -> Result<String, Refusal> {
    let id = named(path)?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let starts = id.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if starts && id.len() <= LONGEST_ID && id.bytes().all(fits) { Ok(id) } else { Err(Refusal::NotFound) }
}

#[derive(Serialize)]
struct One<T> {
    row: T,
    /// Whether it is on the list now.
    active: bool,
}

/// `GET /api/masters/{which}/{id}`
pub async fn one<T: Listed + Serialize>(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    id: Named,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id = id_of(id)?;
    let standing = masters::standing::<T>(&mut reading(&app).await?, &id).await.map_err(unread)?;
    let (row, active) = standing.ok_or(Refusal::NotFound)?;
    app.review.system_searched(&caller.id, T::WHAT.code(), &[row.id()]).await.map_err(not_noted)?;
    json(StatusCode::OK, &One { row, active })
}

#[derive(Serialize)]
struct PutView<T> {
    row: T,
    active: bool,
    /// `added`, `changed` or `unchanged`.
    change: &'static str,
    /// What is doubtful in it.
    doubts: Vec<&'static str>,
}

/// `PUT /api/masters/{which}/{id}`: the whole row; what is left out is empty afterwards
pub async fn put<T: Listed + Serialize>(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    id: Named,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let door = intake::door(&app)?;
    let id = id_of(id)?;
    let said = headers.get(header::CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
    if !said.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
        return Err(Refusal::NotJson);
    }
    let bytes = body.map_err(|_| Refusal::Body)?;
    let mut cells: BTreeMap<String, String> = serde_json::from_slice(&bytes).map_err(|_| Refusal::Body)?;
    let (key, columns) = T::COLUMNS.split_first().ok_or(Refusal::Body)?;
    if cells.keys().any(|name| !columns.contains(&name.as_str())) {
        return Err(Refusal::Body);
    }
    cells.insert((*key).to_owned(), id.clone());
    let placed = door.put_row::<T>(&id, &cells, &Actor::token(&caller.id)).await.map_err(|error| match error {
        NotPlaced::Refused(why) => Refusal::Row(why),
        NotPlaced::Store(error) => intake::broken(error),
    })?;
    let (status, change) = match placed.change {
        Change::Added => (StatusCode::CREATED, "added"),
        Change::Changed => (StatusCode::OK, "changed"),
        Change::Unchanged => (StatusCode::OK, "unchanged"),
    };
    json(status, &PutView { row: placed.row, active: true, change, doubts: placed.doubts })
}
