//! Page images and originals: given only to staff who are signed in, each view on record, never in a form that a browser would run.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{encoded, reading};
use crate::domain::{DeliveryId, PageNo};
use crate::store::{deliveries, pages};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::error::WebError;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// `GET /deliveries/{id}/pages/{no}`
pub async fn page(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path((id, no)): Path<(String, u32)>,
) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    let mut tx = reading(&app).await?;
    let page = pages::image(&mut tx, &id, PageNo(no)).await?.ok_or(WebError::NotFound)?;
    drop(tx);
    let now = app.clock.now();
    if !app.viewed.covers(&staff.id, &id, now) {
        app.review.viewed_delivery(&staff.id, &id).await?;
        app.viewed.note(&staff.id, &id, now);
    }
    let bytes = app.files.get(&page.image).await?;
    if !bytes.starts_with(PNG) {
        return Err(WebError::Broken("a page image is not a PNG".to_owned()));
    }
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}

/// `GET /deliveries/{id}/original`
pub async fn original(State(app): State<Arc<App>>, staff: Staff, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    let mut tx = reading(&app).await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(WebError::NotFound)?;
    drop(tx);
    app.review.downloaded(&staff.id, &id).await?;
    let bytes = app.files.get(&delivery.fingerprint).await?;
    // Whatever the bytes are, they are only saved: a stranger's file never becomes a page of ours.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&delivery.file_name)),
    ];
    Ok((headers, bytes).into_response())
}

/// `Content-Disposition` with the file's own name, without anything that could end the header or climb out of a folder.
fn attachment(file_name: &str) -> String {
    let clean: String =
        file_name.chars().filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c)).take(120).collect();
    let name = if clean.trim_matches(['.', ' ']).is_empty() { "original" } else { clean.as_str() };
    format!("attachment; filename=\"original\"; filename*=UTF-8''{}", encoded(name))
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn file_names_cannot_break_out() {
        let header = attachment("../紹介\r\nSet-Cookie: a=b\".tif");
        assert!(header.is_ascii() && !header.contains(['\r', '\n', '/']), "{header}");
        assert!(header.ends_with(".tif"));
        assert!(attachment("..").ends_with("original"));
    }
}
