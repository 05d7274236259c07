//! Who has a document open (確認中): opened by one person at a time, kept while they work, given back, taken over, and ended when left alone.
//!
//! It never throws away what somebody typed: drafts stay with the document, whoever has it.

use super::{Refused, Review, done, find, leave, step};
use crate::db::WriteTx;
use crate::domain::{Act, DocumentId, DocumentState, Timestamp, UserId};
use crate::store::audit::{self, Actor};
use crate::store::documents::{self, Document};
use crate::store::holds;
use serde_json::json;

/// A document that a reviewer has open.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it stands now; its version is the one to name in what follows.
    pub document: Document,
    /// Until when, unless kept.
    pub until: Timestamp,
}

impl Review {
    /// Opens a document for a reviewer; the same reviewer may open it again, a colleague may not.
    pub async fn hold(&self, user: &UserId, id: &DocumentId) -> Result<Held, Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Hold).await?;
        let document = find(&mut tx, id).await?;
        match document.state {
            DocumentState::Proposed | DocumentState::InReview => {}
            DocumentState::Approved | DocumentState::Pushed => return Err(Refused::AlreadyConfirmed),
            DocumentState::SetAside | DocumentState::Inquiry => {
                return Err(Refused::NotAllowed {
                    why: "除外または照会中の文書です。確認待ちに戻してから開いてください。",
                });
            }
        }
        let before = holds::of(&mut tx, id).await?;
        let until = now.plus_ms(self.settings.hold_ms);
        if !holds::take(&mut tx, id, user, until, now).await? {
            let display_name = before.map(|hold| hold.display_name).unwrap_or_default();
            return Err(Refused::HeldBy { display_name });
        }
        let actor = Actor::Person(user.clone());
        let document = if document.state == DocumentState::Proposed {
            let step = step(DocumentState::InReview, &actor, "document.held", None);
            done(documents::advance(&mut tx, id, document.version, &step, now).await?)?;
            find(&mut tx, id).await?
        } else {
            if let Some(lapsed) = before.filter(|hold| hold.user_id != *user) {
                taken_over(&mut tx, user, id, &lapsed.user_id, now).await?;
            }
            document
        };
        tx.commit().await?;
        Ok(Held { document, until })
    }

    /// Takes a document over from that colleague, whose draft stays as it is; from anybody else who has it by now, never.
    pub async fn take_over(&self, user: &UserId, id: &DocumentId, from: &UserId) -> Result<Held, Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Hold).await?;
        let document = find(&mut tx, id).await?;
        let until = now.plus_ms(self.settings.hold_ms);
        let theirs = document.state == DocumentState::InReview;
        if !theirs || !holds::hand_over(&mut tx, id, from, user, until, now).await? {
            drop(tx);
            return self.hold(user, id).await;
        }
        taken_over(&mut tx, user, id, from, now).await?;
        tx.commit().await?;
        Ok(Held { document, until })
    }

    /// Keeps a document open; until when.
    pub async fn keep(&self, user: &UserId, id: &DocumentId) -> Result<Timestamp, Refused> {
        let (mut tx, now) = self.begin().await?;
        let until = now.plus_ms(self.settings.hold_ms);
        self.held(&mut tx, user, id, Act::Hold).await?;
        holds::extend(&mut tx, id, user, until).await?;
        tx.commit().await?;
        Ok(until)
    }

    /// Closes a document without a verdict; drafts stay, and it waits for anybody again.
    pub async fn release(&self, user: &UserId, id: &DocumentId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Hold).await?;
        let actor = Actor::Person(user.clone());
        let step = step(DocumentState::Proposed, &actor, "document.released", None);
        leave(&mut tx, &document, document.version, &step, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Frees what reviewers left open too long; how many documents that were.
    pub async fn expire(&self) -> Result<usize, Refused> {
        // Asked without the writer's lock first: nearly always there is nothing to do.
        let mut reading = self.db.read().await?;
        if holds::expired(&mut reading, self.clock.now()).await?.is_empty() {
            return Ok(0);
        }
        drop(reading);
        let (mut tx, now) = self.begin().await?;
        let expired = holds::expired(&mut tx, now).await?;
        for hold in &expired {
            let document = find(&mut tx, &hold.document_id).await?;
            let step = step(DocumentState::Proposed, &Actor::Program, "document.hold_expired", None);
            leave(&mut tx, &document, document.version, &step, now).await?;
        }
        tx.commit().await?;
        Ok(expired.len())
    }
}

async fn taken_over(
    tx: &mut WriteTx,
    user: &UserId,
    id: &DocumentId,
    from: &UserId,
    now: Timestamp,
) -> Result<(), Refused> {
    let actor = Actor::Person(user.clone());
    audit::append(tx, &actor, "document.taken_over", id.as_str(), &json!({ "from": from }), now).await?;
    Ok(())
}
