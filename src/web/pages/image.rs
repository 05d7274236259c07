//! Page images and originals: given only to staff who are signed in, each view on record, never in a form that a browser would run.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{encoded, reading};
use crate::domain::{BBox, DeliveryId, Line, PageNo, Word};
use crate::store::documents::{self, Need};
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
    let needs = documents::needs_of(&mut tx, &id).await?;
    drop(tx);
    noted(&app, &staff, &id, &needs, PageNo(no)).await?;
    let bytes = app.files.get(&page.image).await?;
    if !bytes.starts_with(PNG) {
        return Err(WebError::Broken("a page image is not a PNG".to_owned()));
    }
    Ok(([(header::CONTENT_TYPE, "image/png")], bytes).into_response())
}

/// A word of a page as the script draws it.
#[derive(serde::Serialize)]
struct WordView<'a> {
    text: &'a str,
    #[serde(rename = "box")]
    bbox: BBox,
    confidence: f32,
}

/// `GET /deliveries/{id}/pages/{no}/words`, by script: what was recognised, in runs of words without a gap
pub async fn words(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path((id, no)): Path<(String, u32)>,
) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    let mut tx = reading(&app).await?;
    let page = pages::find(&mut tx, &id, PageNo(no)).await?.ok_or(WebError::NotFound)?;
    let needs = documents::needs_of(&mut tx, &id).await?;
    drop(tx);
    noted(&app, &staff, &id, &needs, PageNo(no)).await?;
    let text = page.text.map(|text| text.0).unwrap_or_default();
    let lines = text.lines.iter().flat_map(runs);
    let runs: Vec<Vec<WordView<'_>>> = lines
        .map(|run| run.iter().map(|w| WordView { text: &w.text, bbox: w.bbox, confidence: w.confidence }).collect())
        .collect();
    let body = serde_json::to_string(&runs).map_err(|error| WebError::Broken(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// What stands together on a line: a gap wider than half a character, or a colon, ends it.
fn runs(line: &Line) -> Vec<&[Word]> {
    let across = |word: &Word| word.bbox.width() > 0.0 && word.bbox.height() > 0.0;
    let parted = |a: &Word, b: &Word| {
        // Along the writing: in fractions of the page, so that the page's own shape does not matter.
        let wide = |w: &Word| w.bbox.width() / w.text.chars().count().max(1) as f32;
        let gap = (b.bbox.left - a.bbox.right).max(b.bbox.top - a.bbox.bottom);
        !across(a) || !across(b) || gap > wide(a).max(wide(b)) * 0.6 || a.text.ends_with([':', '：'])
    };
    line.words.chunk_by(|a, b| !parted(a, b)).collect()
}

/// Puts the view of a page on record, unless that of its document is; what they may not see is not there.
async fn noted(app: &App, staff: &Staff, id: &DeliveryId, needs: &[Need], no: PageNo) -> Result<(), WebError> {
    if !staff.rights.sees_page(needs, no, &app.recipes) {
        return Err(WebError::NotFound);
    }
    let now = app.clock.now();
    if !app.viewed.covers(staff.id.as_str(), id, no, now) {
        let shown: Vec<Need> = needs.iter().filter(|need| need.pages.contains(&no)).cloned().collect();
        app.review.viewed_delivery(&staff.id, id, &shown).await?;
        // With one look at a document's page the others of that document are on record, too.
        app.viewed.note(
            staff.id.as_str(),
            id,
            shown.iter().flat_map(|need| need.pages.0.iter().copied()).chain([no]),
            now,
        );
    }
    Ok(())
}

/// `GET /deliveries/{id}/original`
pub async fn original(State(app): State<Arc<App>>, staff: Staff, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    let mut tx = reading(&app).await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(WebError::NotFound)?;
    let needs = documents::needs_of(&mut tx, &id).await?;
    drop(tx);
    if !staff.rights.sees_delivery(&needs, &app.recipes) {
        return Err(WebError::NotFound);
    }
    app.review.downloaded(&staff.id, &id, &needs).await?;
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
        file_name.chars().filter(|c| !c.is_control() && !turns(*c) && !"/\\:*?\"<>|".contains(*c)).take(120).collect();
    let name = if clean.trim_matches(['.', ' ']).is_empty() { "original" } else { clean.as_str() };
    format!("attachment; filename=\"original\"; filename*=UTF-8''{}", encoded(name))
}

/// Whether a character turns the reading direction around: `紹介状\u{202e}fdp.exe` is read as a PDF.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_together_is_one_run() {
        let word = |text: &str, left: f32, right: f32| Word {
            text: text.into(),
            bbox: BBox::new(left, 0.1, right, 0.12),
            confidence: 1.0,
        };
        let words =
            vec![word("氏名:", 0.1, 0.16), word("風", 0.16, 0.18), word("間", 0.181, 0.2), word("灯", 0.23, 0.25)];
        let line = Line { bbox: BBox::new(0.1, 0.1, 0.25, 0.12), words };
        let told: Vec<String> = runs(&line).iter().map(|run| run.iter().map(|w| w.text.as_str()).collect()).collect();
        assert_eq!(told, ["氏名:", "風間", "灯"]);
        assert!(runs(&Line { bbox: line.bbox, words: vec![] }).is_empty());
    }

    #[test]
    fn file_names_cannot_break_out() {
        let header = attachment("../紹介\r\nSet-Cookie: a=b\".tif");
        assert!(header.is_ascii() && !header.contains(['\r', '\n', '/']), "{header}");
        assert!(header.ends_with(".tif"));
        assert!(attachment("..").ends_with("original"));
    }
}
