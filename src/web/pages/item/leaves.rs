//! The pages of a document as the viewer shows them: its own with their boxes, then those of documents that are attached to it. Reads only.

use super::fields::{self, BoxView};
use crate::db::ReadTx;
use crate::store::documents::{self, Alike, Document, Relation};
use crate::store::pages::{self, PageImage};
use crate::web::error::WebError;

/// A page of the document with its boxes.
pub struct PageView {
    /// In the page's own address of places: the number, with a letter before it where it came with another delivery.
    pub mark: String,
    /// The delivery that it came with.
    pub delivery: String,
    /// Its number there.
    pub no: u32,
    /// Width of its picture in pixels.
    pub width: u32,
    /// Height of its picture in pixels.
    pub height: u32,
    /// Where fields were seen on it.
    pub boxes: Vec<BoxView>,
}

/// Every page of the document in its order, and those of what is attached to it.
pub async fn of(tx: &mut ReadTx, document: &Document, related: &[Alike]) -> Result<Vec<PageView>, WebError> {
    let mut boxes = fields::boxes(document);
    let images = pages::images(tx, &document.delivery_id).await?;
    let in_order = document.pages.iter().filter_map(|no| images.iter().find(|image| image.no == *no));
    let mut views: Vec<PageView> =
        in_order.map(|p| view(p, document, String::new(), boxes.remove(&p.no.0).unwrap_or_default())).collect();
    for (letter, row) in ('a'..='z').zip(related.iter().filter(|row| row.relation == Some(Relation::Attached))) {
        let Some(attached) = documents::find(tx, &row.id).await? else { continue };
        let images = pages::images(tx, &attached.delivery_id).await?;
        let theirs = attached.pages.iter().filter_map(|no| images.iter().find(|image| image.no == *no));
        views.extend(theirs.map(|p| view(p, &attached, letter.to_string(), Vec::new())));
    }
    Ok(views)
}

fn view(page: &PageImage, document: &Document, letter: String, boxes: Vec<BoxView>) -> PageView {
    PageView {
        mark: format!("{letter}{}", page.no.0),
        delivery: document.delivery_id.to_string(),
        no: page.no.0,
        width: page.width_px,
        height: page.height_px,
        boxes,
    }
}
