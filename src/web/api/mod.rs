//! What other systems ask and say, in JSON behind a token (`/api/…`): one file a subject, and `openapi.json`, which describes them all.
//!
//! deliver: files handed in · items: documents as they are read and confirmed · records: what was pushed · masters: rows of the
//! hospital's lists · query: parameters, of which an unknown one is an error · openapi: the description.

pub mod deliver;
pub mod items;
pub mod masters;
pub mod openapi;
mod query;
pub mod records;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::App;
use super::caller::Caller;
use super::intake::{self, Refusal};
use crate::db::ReadTx;
use crate::domain::DocumentId;
use crate::review::Refused;
use crate::store::documents;

/// A part of the path; one that is no text is nobody's name.
type Named = Result<Path<String>, PathRejection>;

fn named(path: Named) -> Result<String, Refusal> {
    path.map(|Path(name)| name).map_err(|_| Refusal::NotFound)
}

async fn reading(app: &App) -> Result<ReadTx, Refusal> {
    app.db.read().await.map_err(intake::unread)
}

/// Refuses a document that is not there for this system.
async fn permitted(tx: &mut ReadTx, app: &App, caller: &Caller, id: &DocumentId) -> Result<(), Refusal> {
    let need = documents::need(tx, id).await.map_err(intake::unread)?;
    let seen = need.is_some_and(|need| caller.sees.sees(&need, &app.recipes));
    if seen { Ok(()) } else { Err(Refusal::NotFound) }
}

/// Written straight from the rows, so that a confidence has the digits that it was kept with.
fn json(status: StatusCode, body: &impl Serialize) -> Result<Response, Refusal> {
    Ok(intake::json_text(status, serde_json::to_string(body).map_err(intake::unread)?))
}

/// What is not on record is not given.
fn not_noted(refused: Refused) -> Refusal {
    intake::unread(refused.message_ja())
}
