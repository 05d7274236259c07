//! Reading again what a person asks for while a document is open: these pages as one document, a page turned, a part of a page.
//!
//! It answers and stores nothing but pictures; what becomes of the answer is the reviewer's word.

use super::retry::Failure;
use super::steps::read_pages;
use super::understand::one;
use super::work::Work;
use crate::domain::{BBox, DeliveryId, DocumentReading, Fingerprint, Kind, PageNo, PageText, ReadPage, Trouble};
use crate::jail::Recognised;
use crate::stages::decode;
use crate::stages::recognise::Look;
use crate::store::{deliveries, pages};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads again; cloning shares it.
#[derive(Clone)]
pub struct Reread(Arc<Work>);

/// A page as a person turned it, read again; nothing of it stands in the tables yet.
#[derive(Clone, PartialEq)]
pub struct TurnedPage {
    /// Which.
    pub no: PageNo,
    /// The turned picture, in `files`.
    pub image: Fingerprint,
    /// Of the turned picture.
    pub width_px: u32,
    /// Of the turned picture.
    pub height_px: u32,
    /// What stands on it.
    pub text: PageText,
}

/// Why it could not be read again.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    /// The page could not be read.
    #[error("the page could not be read: {}", .0.code())]
    Page(Trouble),
    /// A database, a disk or the program failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Reread {
    /// With what the steps work with.
    pub fn new(work: Arc<Work>) -> Self {
        Self(work)
    }

    /// Each run of pages as one document, of the kind that a person named or of the one that they look like.
    pub async fn documents(
        &self,
        delivery: &DeliveryId,
        runs: Vec<(Vec<PageNo>, Option<Kind>)>,
        turned: Option<&TurnedPage>,
    ) -> Result<Vec<DocumentReading>, Failure> {
        let knowledge = self.0.knowledge().await?;
        let mut tx = self.0.db.read().await?;
        let row = deliveries::find(&mut tx, delivery).await?.ok_or(Failure::SubjectGone)?;
        let rows = pages::of(&mut tx, delivery).await?;
        drop(tx);
        let turned = turned.cloned();
        let today = row.received_at.japan().date();
        let caller = row.fax.0.sender_number.clone();
        tokio::task::spawn_blocking(move || {
            let mut read: BTreeMap<PageNo, ReadPage> =
                read_pages(rows).into_iter().map(|page| (page.no, page)).collect();
            if let Some(turned) = turned
                && let Some(page) = read.get_mut(&turned.no)
            {
                page.text = turned.text;
            }
            let file_pages = u32::try_from(read.len()).unwrap_or(u32::MAX);
            let document = |(pages, kind): &(Vec<PageNo>, Option<Kind>)| {
                let members: Vec<&ReadPage> = pages.iter().filter_map(|no| read.get(no)).collect();
                one(&members, *kind, caller.as_deref(), file_pages, &knowledge, today)
            };
            runs.iter().map(document).collect()
        })
        .await
        .map_err(|_| Failure::BrokeOff)
    }

    /// A page turned clockwise by 90, 180 or 270 degrees and read again in a sealed child.
    pub async fn turned(&self, delivery: &DeliveryId, no: PageNo, degrees: u16) -> Result<TurnedPage, RereadError> {
        let page = self.page(delivery, no).await?;
        let before = page.text.map_or(0, |text| text.rotation);
        let read = self.look(&page.image, Look::Turned(degrees)).await?;
        let Some(image) = read.upright else { return Err(RereadError::Page(Trouble::WorkerCrashed)) };
        let (width_px, height_px) = (image.width, image.height);
        let png = tokio::task::spawn_blocking(move || decode::png(&image)).await.map_err(|_| Failure::BrokeOff)?;
        let image = self.0.files.put(&png).await.map_err(Failure::from)?;
        let text = PageText { rotation: (before + degrees) % 360, ..read.text };
        Ok(TurnedPage { no, image, width_px, height_px, text })
    }

    /// What stands inside a box of an upright page, read again in a sealed child.
    pub async fn part(&self, delivery: &DeliveryId, no: PageNo, bbox: BBox) -> Result<PageText, RereadError> {
        let page = self.page(delivery, no).await?;
        Ok(self.look(&page.image, Look::Part(bbox)).await?.text)
    }

    async fn page(&self, delivery: &DeliveryId, no: PageNo) -> Result<pages::Page, Failure> {
        let mut tx = self.0.db.read().await?;
        pages::find(&mut tx, delivery, no).await?.ok_or(Failure::SubjectGone)
    }

    async fn look(&self, image: &Fingerprint, look: Look) -> Result<Recognised, RereadError> {
        let png = self.0.files.get(image).await.map_err(Failure::from)?;
        self.0.jail.look(png, look).await.map_err(RereadError::Page)
    }
}
