//! Handing in files with the browser (アップロード): one request a file, so that each has its own progress and its own answer.

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

use super::{framed, reading};
use crate::domain::{Channel, FaxMeta, Origin};
use crate::pipeline::Received;
use crate::web::auth::Staff;
use crate::web::csrf::from_elsewhere;
use crate::web::error::{WebError, page_of};
use crate::web::frame::Frame;
use crate::web::intake::{self, Refusal};
use crate::web::{App, secret, words};

#[derive(Template)]
#[template(path = "upload.html")]
struct UploadPage {
    frame: Frame,
    mebibytes: u32,
    bytes: u64,
    once: String,
}

/// `GET /upload`
pub async fn form(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, WebError> {
    if app.intake.is_none() {
        return Err(WebError::NotFound);
    }
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "upload", "アップロード", None).await?;
    let (mebibytes, bytes) = (app.settings.upload_mebibytes, app.settings.upload_bytes());
    Ok(page_of(&UploadPage { frame, mebibytes, bytes, once: secret::token()? }))
}

/// `POST /upload`: the body is one file.
pub async fn take(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refusal> {
    let door = intake::door(&app)?;
    let (mut parts, body) = request.into_parts();
    let staff = Staff::from_request_parts(&mut parts, &app).await.map_err(|_| Refusal::SessionOver)?;
    let headers = parts.headers.clone();
    let said = headers.get("x-csrf").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if from_elsewhere(&headers) || !secret::same(said, &staff.csrf) {
        return Err(Refusal::Forged);
    }
    let file_name = intake::file_name(intake::text(&headers, "x-file-name")?);
    let once = intake::text(&headers, "x-once")?.ok_or(Refusal::Header("X-Once"))?;
    let bytes = intake::body(&app, Request::from_parts(parts, body)).await?;
    let origin = Origin {
        source: "upload".to_owned(),
        channel: Channel::Upload,
        object: format!("{}/{once}", staff.id),
        file_name,
        fax: FaxMeta::default(),
    };
    // Sent again because the answer was lost is not twice the same.
    let known = door.known(&origin.source, &origin.object).await.map_err(intake::broken)?;
    if known.is_none()
        && !headers.contains_key("x-again")
        && let Some(twin) = intake::twin(&app, &bytes).await?
    {
        let when = words::moment(twin.received_at, app.clock.now());
        return Err(Refusal::Twice { id: twin.id, when });
    }
    let received = door.receive(&origin, &bytes).await.map_err(intake::not_received)?;
    if let Received::New(id) = &received {
        app.review.uploaded(&staff.id, id).await.map_err(|error| intake::broken(error.message_ja()))?;
    }
    let status = if matches!(received, Received::New(_)) { StatusCode::CREATED } else { StatusCode::OK };
    Ok(intake::answer(status, &json!({ "id": received.id() })))
}
