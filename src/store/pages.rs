//! Pages of a delivery: image and recognised text, one row a page, so that a killed reading goes on where it stopped.

use super::{Result, debug_without_people, sound};
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{DeliveryId, Fingerprint, PageNo, PageText};
use sqlx::types::Json;

/// A page as it stands.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Page {
    /// Of which delivery.
    pub delivery_id: DeliveryId,
    /// From 1, over the whole delivery.
    #[sqlx(try_from = "i64")]
    pub no: PageNo,
    /// Decodable part it belongs to, from 1.
    #[sqlx(try_from = "i64")]
    pub part: u32,
    /// The upright image, to which the boxes of `text` refer; the key into `files`.
    pub image: Fingerprint,
    /// Of the upright image.
    #[sqlx(try_from = "i64")]
    pub width_px: u32,
    /// Of the upright image.
    #[sqlx(try_from = "i64")]
    pub height_px: u32,
    /// What was recognised; none while it waits.
    #[sqlx(rename = "page_text")]
    pub text: Option<Json<PageText>>,
}
debug_without_people!(Page { delivery_id, no, image });

/// A page without its text, which is the wide part.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PageImage {
    /// From 1, over the whole delivery.
    #[sqlx(try_from = "i64")]
    pub no: PageNo,
    /// Decodable part it belongs to, from 1.
    #[sqlx(try_from = "i64")]
    pub part: u32,
    /// The key into `files`.
    pub image: Fingerprint,
    /// Of the image.
    #[sqlx(try_from = "i64")]
    pub width_px: u32,
    /// Of the image.
    #[sqlx(try_from = "i64")]
    pub height_px: u32,
}

/// Keeps a decoded page; the same page decoded again changes nothing, so that text recognised meanwhile stays.
#[expect(clippy::too_many_arguments, reason = "one column each; a struct would only repeat `Page`")]
pub async fn put(
    tx: &mut WriteTx,
    delivery: &DeliveryId,
    no: PageNo,
    part: u32,
    image: &Fingerprint,
    width_px: u32,
    height_px: u32,
    text: Option<&PageText>,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO page (delivery_id, no, part, decoded, image, width_px, height_px, page_text) \
         VALUES ($1, $2, $3, $4, $4, $5, $6, $7) \
         ON CONFLICT (delivery_id, no) DO UPDATE SET part = excluded.part, decoded = excluded.decoded, \
         image = excluded.image, width_px = excluded.width_px, height_px = excluded.height_px, page_text = excluded.page_text \
         WHERE page.decoded <> excluded.decoded OR page.part <> excluded.part",
        delivery,
        i64::from(no.0),
        i64::from(part),
        image,
        i64::from(width_px),
        i64::from(height_px),
        text.map(sound::json).transpose()?
    )?;
    execute!(tx, "UPDATE delivery SET page_count = $2 WHERE id = $1 AND page_count < $2", delivery, i64::from(no.0))?;
    Ok(())
}

/// Keeps what was recognised on a page, and the upright image where the page had to be turned.
pub async fn set_text(
    tx: &mut WriteTx,
    delivery: &DeliveryId,
    no: PageNo,
    upright: Option<(&Fingerprint, u32, u32)>,
    text: &PageText,
) -> Result<()> {
    let (image, width, height) = match upright {
        Some((image, width, height)) => (Some(image), Some(i64::from(width)), Some(i64::from(height))),
        None => (None, None, None),
    };
    execute!(
        tx,
        "UPDATE page SET page_text = $3, image = coalesce($4, image), width_px = coalesce($5, width_px), \
         height_px = coalesce($6, height_px) WHERE delivery_id = $1 AND no = $2",
        delivery,
        i64::from(no.0),
        sound::json(text)?,
        image,
        width,
        height
    )?;
    Ok(())
}

/// Every page of a delivery with its text, in order.
pub async fn of(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<Page>> {
    Ok(all!(
        tx,
        "SELECT delivery_id, no, part, image, width_px, height_px, page_text FROM page WHERE delivery_id = $1 ORDER BY no",
        delivery
    )?)
}

/// Every page of a delivery without its text, in order.
pub async fn images(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<PageImage>> {
    Ok(all!(tx, "SELECT no, part, image, width_px, height_px FROM page WHERE delivery_id = $1 ORDER BY no", delivery)?)
}

/// One page's image, without its text.
pub async fn image(tx: &mut ReadTx, delivery: &DeliveryId, no: PageNo) -> Result<Option<PageImage>> {
    Ok(optional!(
        tx,
        "SELECT no, part, image, width_px, height_px FROM page WHERE delivery_id = $1 AND no = $2",
        delivery,
        i64::from(no.0)
    )?)
}

/// One page.
pub async fn find(tx: &mut ReadTx, delivery: &DeliveryId, no: PageNo) -> Result<Option<Page>> {
    Ok(optional!(
        tx,
        "SELECT delivery_id, no, part, image, width_px, height_px, page_text FROM page WHERE delivery_id = $1 AND no = $2",
        delivery,
        i64::from(no.0)
    )?)
}

/// Pages that wait to be recognised, in order.
pub async fn unread(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<PageImage>> {
    Ok(all!(
        tx,
        "SELECT no, part, image, width_px, height_px FROM page WHERE delivery_id = $1 AND page_text IS NULL ORDER BY no",
        delivery
    )?)
}
