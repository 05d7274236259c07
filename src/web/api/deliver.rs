//! `POST /api/deliveries`: other systems hand in files with a token. The body is the file, headers say the rest, the answer is JSON.
//! `GET /api/deliveries/{id}`: how far one of their own has been read.
//!
//! 201 received, 200 received before (same `Idempotency-Key`, or the same bytes without one), 4xx refused, 503 not kept: send again.

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

use super::query::Params;
use super::{Named, named, reading};
use crate::domain::{Channel, DeliveryId, FaxMeta, Fingerprint, Origin};
use crate::pipeline::Received;
use crate::store::deliveries;
use crate::web::App;
use crate::web::caller::Caller;
use crate::web::intake::{self, Refusal, unread};

/// Longest key that a caller may choose.
const LONGEST_KEY: usize = 200;

/// `POST /api/deliveries`
pub async fn deliver(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let door = intake::door(&app)?;
    let headers = request.headers().clone();
    let (file_name, channel, fax) = (intake::text(&headers, "x-file-name")?, channel(&headers)?, fax(&headers)?);
    let key = key(&headers)?;
    let bytes = intake::body(&app, request).await?;
    let fingerprint = Fingerprint::of(&bytes);
    let object = key.unwrap_or_else(|| format!("sha256:{}", fingerprint.as_str()));
    let file_name = intake::file_name(file_name);
    let origin = Origin { source: source_of(&caller), channel, object, file_name, fax };
    let received = door.receive(&origin, &bytes).await.map_err(intake::not_received)?;
    let id = received.id();
    let mut tx = app.db.read().await.map_err(intake::broken)?;
    let row = deliveries::find(&mut tx, id).await.map_err(intake::broken)?.ok_or(Refusal::Broken)?;
    let status = match received {
        Received::New(_) => StatusCode::CREATED,
        Received::Already(_) if row.fingerprint != fingerprint => return Err(Refusal::KeyReused),
        Received::Already(_) => StatusCode::OK,
    };
    let body = json!({
        "id": id,
        "state": row.state,
        "received_at": row.received_at.0,
        "duplicate_of": row.duplicate_of,
    });
    Ok(intake::answer(status, &body))
}

/// What its deliveries are said to come from.
fn source_of(caller: &Caller) -> String {
    format!("api-{}", caller.name)
}

/// `GET /api/deliveries/{id}`: what others handed in is not there
pub async fn state(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    id: Named,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let id = DeliveryId::parse(&named(id)?).ok_or(Refusal::NotFound)?;
    let row = deliveries::find(&mut reading(&app).await?, &id).await.map_err(unread)?;
    let row = row.filter(|row| row.source == source_of(&caller)).ok_or(Refusal::NotFound)?;
    let body = json!({
        "id": row.id,
        "state": row.state,
        "trouble": row.trouble,
        "received_at": row.received_at,
        "updated_at": row.updated_at,
        "page_count": row.page_count,
        "duplicate_of": row.duplicate_of,
    });
    Ok(intake::answer(StatusCode::OK, &body))
}

fn channel(headers: &HeaderMap) -> Result<Channel, Refusal> {
    match intake::text(headers, "x-channel")?.as_deref() {
        None | Some("upload") => Ok(Channel::Upload),
        Some("fax") => Ok(Channel::Fax),
        Some("scan") => Ok(Channel::Scan),
        Some("email") => Ok(Channel::Email),
        Some(_) => Err(Refusal::Header("X-Channel")),
    }
}

fn fax(headers: &HeaderMap) -> Result<FaxMeta, Refusal> {
    let pages = intake::text(headers, "x-fax-pages")?;
    let pages = pages.map(|n| n.parse().map_err(|_| Refusal::Header("X-Fax-Pages"))).transpose()?;
    Ok(FaxMeta {
        sender_number: intake::text(headers, "x-fax-sender")?,
        received: intake::text(headers, "x-fax-received")?,
        line: intake::text(headers, "x-fax-line")?,
        pages,
        error: intake::text(headers, "x-fax-error")?,
    })
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().map_err(|_| Refusal::Header("Idempotency-Key"))?.trim();
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Refusal::Header("Idempotency-Key"));
    }
    Ok(Some(format!("key:{key}")))
}
