//! What a reviewer does to the pages of a document that is open: read as another kind, part, join, order, put out, turn.
//!
//! Each verb is given the new reading; it checks that no page is lost, doubled or taken from anybody else.

use super::{Refused, Review, done, find};
use crate::db::WriteTx;
use crate::domain::{
    Act, DocumentId, DocumentReading, DocumentState, Fingerprint, PageNo, PageText, Timestamp, UserId,
};
use crate::store::documents::{self, Document, Piece};
use crate::store::{holds, pages};
use serde_json::json;

/// A page that was turned and read again.
#[derive(Clone, Copy, Debug)]
pub struct Turned<'a> {
    /// Which.
    pub no: PageNo,
    /// The turned picture.
    pub image: &'a Fingerprint,
    /// Its width and height in pixels.
    pub size: (u32, u32),
    /// What stands on it.
    pub text: &'a PageText,
}

impl Review {
    /// Takes another reading of the same pages, as another kind; the version it makes.
    pub async fn refit(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        reading: &DocumentReading,
    ) -> Result<i64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        same_pages(&[reading], &[&document.pages])?;
        let dropped = document.dropped.0.clone();
        let piece = self.piece(&document, reading, &dropped);
        let version = done(documents::refit(&mut tx, &document, version, &piece, user, now).await?)?;
        self.keep_open(tx, user, id, now).await?;
        Ok(version)
    }

    /// Makes two documents of one: the first stays open, the second waits; its id.
    pub async fn split(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        [first, second]: [&DocumentReading; 2],
    ) -> Result<DocumentId, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        same_pages(&[first, second], &[&document.pages])?;
        let dropped = document.dropped.0.clone();
        let piece = self.piece(&document, first, &dropped);
        let word = ("document.split", json!({ "given_away": second.pages }));
        done(documents::give_pages(&mut tx, &document, version, &piece, word, user, now).await?)?;
        let rest = self.piece(&document, second, &[]);
        let other = documents::part(&mut tx, &document, &rest, user, now).await?;
        self.keep_open(tx, user, id, now).await?;
        Ok(other)
    }

    /// Takes the pages of another document of the same delivery into this one; the other one is no more.
    pub async fn join(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        other: (&DocumentId, i64),
        whole: &DocumentReading,
    ) -> Result<i64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        self.permitted(&mut tx, user, other.0, Act::Correct).await?;
        let taken = free(&mut tx, user, other.0).await?;
        if taken.version != other.1 {
            return Err(Refused::Stale);
        }
        if taken.delivery_id != document.delivery_id || taken.id == document.id {
            return Err(Refused::NotAllowed {
                why: "一つにまとめられるのは、同じ受信の文書だけです。別の受信のときは「追加ページ・再送」を使ってください。",
            });
        }
        same_pages(&[whole], &[&document.pages, &taken.pages])?;
        let dropped: Vec<PageNo> = document.dropped.iter().chain(taken.dropped.iter()).copied().collect();
        let piece = self.piece(&document, whole, &dropped);
        let version = done(documents::join(&mut tx, &document, version, &taken, &piece, user, now).await?)?;
        self.keep_open(tx, user, id, now).await?;
        Ok(version)
    }

    /// Orders the pages anew, puts some out, takes some back: what is in the reading stays, what is in `dropped` is out.
    pub async fn arrange(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        reading: &DocumentReading,
        dropped: &[PageNo],
    ) -> Result<i64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        if reading.pages.is_empty() {
            return Err(Refused::NotAllowed {
                why: "最後の1ページは外せません。文書ごと外すときは「除外」を使ってください。",
            });
        }
        let mut after: Vec<PageNo> = reading.pages.iter().chain(dropped).copied().collect();
        let mut before: Vec<PageNo> = document.pages.iter().chain(document.dropped.iter()).copied().collect();
        after.sort();
        before.sort();
        if after != before {
            return Err(Refused::Stale);
        }
        let piece = self.piece(&document, reading, dropped);
        let word = ("document.arranged", json!({}));
        let version = done(documents::give_pages(&mut tx, &document, version, &piece, word, user, now).await?)?;
        self.keep_open(tx, user, id, now).await?;
        Ok(version)
    }

    /// Turns a page for good, which was read again as it stands now.
    pub async fn turn(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        turned: &Turned<'_>,
        reading: &DocumentReading,
    ) -> Result<i64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        same_pages(&[reading], &[&document.pages])?;
        if !document.pages.contains(&turned.no) {
            return Err(Refused::Stale);
        }
        let dropped = document.dropped.0.clone();
        let piece = self.piece(&document, reading, &dropped);
        let word = ("document.page_turned", json!({ "page": turned.no, "rotation": turned.text.rotation }));
        let version = done(documents::give_pages(&mut tx, &document, version, &piece, word, user, now).await?)?;
        let upright = Some((turned.image, turned.size.0, turned.size.1));
        pages::set_text(&mut tx, &document.delivery_id, turned.no, upright, turned.text).await?;
        self.keep_open(tx, user, id, now).await?;
        Ok(version)
    }

    fn piece<'a>(&self, document: &Document, reading: &'a DocumentReading, dropped: &'a [PageNo]) -> Piece<'a> {
        let due_at = if reading.kind == document.kind {
            document.due_at
        } else {
            self.office.due(&self.recipes.due(reading.kind), document.received_at)
        };
        Piece { reading, dropped, due_at }
    }

    /// Ends a verb after which the document stays open.
    async fn keep_open(&self, mut tx: WriteTx, user: &UserId, id: &DocumentId, now: Timestamp) -> Result<(), Refused> {
        holds::extend(&mut tx, id, user, now.plus_ms(self.settings.hold_ms)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Whether the readings, one after the other, hold just the pages that there were.
fn same_pages(readings: &[&DocumentReading], there: &[&Vec<PageNo>]) -> Result<(), Refused> {
    if readings.iter().any(|reading| reading.pages.is_empty()) {
        return Err(Refused::NotAllowed { why: "ページのない文書はつくれません。" });
    }
    let mut after: Vec<PageNo> = readings.iter().flat_map(|reading| reading.pages.iter().copied()).collect();
    let mut before: Vec<PageNo> = there.iter().flat_map(|pages| pages.iter().copied()).collect();
    after.sort();
    before.sort();
    if after == before { Ok(()) } else { Err(Refused::Stale) }
}

/// Another document that this reviewer may take into theirs: still open, and nobody else has it.
async fn free(tx: &mut WriteTx, user: &UserId, id: &DocumentId) -> Result<Document, Refused> {
    let document = find(tx, id).await?;
    match document.state {
        DocumentState::Proposed | DocumentState::InReview => {}
        DocumentState::Approved | DocumentState::Pushed => return Err(Refused::AlreadyConfirmed),
        DocumentState::SetAside | DocumentState::Inquiry => {
            return Err(Refused::NotAllowed {
                why: "除外または照会中の文書とは、まとめられません。確認待ちに戻してからにしてください。",
            });
        }
    }
    if document.correction_reason.is_some() {
        return Err(Refused::AlreadyConfirmed);
    }
    match holds::of(tx, id).await? {
        Some(hold) if hold.user_id != *user => Err(Refused::HeldBy { display_name: hold.display_name }),
        _ => Ok(document),
    }
}
