//! What staff do from the list, to one document after another: set aside what nobody needs to open, give to a colleague, print; and the lists they keep.

use super::{Refused, Review, done, find, step};
use crate::domain::{Act, DocumentId, DocumentState, UserId};
use crate::store::audit::{self, Actor};
use crate::store::{assignments, documents, holds, users, views};
use serde_json::json;

impl Review {
    /// Sets a document aside that this person has not opened, as it stood on the list; what somebody else holds stays.
    pub async fn dismiss(&self, user: &UserId, id: &DocumentId, version: i64, note: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::SetAsideAdvertisement).await?;
        let document = find(&mut tx, id).await?;
        match document.state {
            DocumentState::Proposed | DocumentState::InReview => {}
            DocumentState::Approved | DocumentState::Pushed => return Err(Refused::AlreadyConfirmed),
            DocumentState::SetAside | DocumentState::Inquiry => return Err(Refused::Stale),
        }
        if let Some(hold) = holds::of(&mut tx, id).await?
            && hold.user_id != *user
            && hold.until >= now
        {
            return Err(Refused::HeldBy { display_name: hold.display_name });
        }
        if document.version != version {
            return Err(Refused::Stale);
        }
        let actor = Actor::Person(user.clone());
        let mut version = version;
        if document.state == DocumentState::Proposed {
            let held = step(DocumentState::InReview, &actor, "document.held", None);
            version = done(documents::advance(&mut tx, id, version, &held, now).await?)?;
        }
        let mut aside = step(DocumentState::SetAside, &actor, "document.set_aside", Some(note));
        aside.detail = json!({ "note": note, "from": "list" });
        done(documents::advance(&mut tx, id, version, &aside, now).await?)?;
        holds::end(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a document that waits to a colleague, or to nobody.
    pub async fn assign(&self, user: &UserId, id: &DocumentId, to: Option<&UserId>) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Assign).await?;
        match find(&mut tx, id).await?.state {
            DocumentState::Proposed | DocumentState::InReview | DocumentState::Inquiry => {}
            DocumentState::Approved | DocumentState::Pushed => return Err(Refused::AlreadyConfirmed),
            DocumentState::SetAside => {
                return Err(Refused::NotAllowed { why: "除外した文書は割り当てられません。" });
            }
        }
        if let Some(to) = to {
            let colleague = users::find(&mut tx, to).await?;
            if colleague.is_none_or(|colleague| colleague.disabled) {
                return Err(Refused::NotAllowed {
                    why: "その担当者は登録されていないか、使用停止中です。"
                });
            }
        }
        assignments::give(&mut tx, id, to, user, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a person printed these documents' lines.
    pub async fn printed(&self, user: &UserId, ids: &[DocumentId]) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = Actor::Person(user.clone());
        for id in ids {
            self.permitted(&mut tx, user, id, Act::SeeLists).await?;
            audit::append(&mut tx, &actor, "document.printed", id.as_str(), &json!({ "as": "list" }), now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Keeps a list under a name; false where the person keeps too many.
    pub async fn keep_view(&self, user: &UserId, name: &str, query: &str, search: &str) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        let kept = views::keep(&mut tx, user, name, query, search, now).await?;
        tx.commit().await?;
        Ok(kept.is_some())
    }

    /// Forgets one of a person's lists; whether there was one.
    pub async fn forget_view(&self, user: &UserId, id: &str) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        let gone = views::forget(&mut tx, user, id, now).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Has a person's queue open with one of their lists, or not any more; whether they have such a list.
    pub async fn open_with(&self, user: &UserId, id: &str, on: bool) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        let known = views::find(&mut tx, user, id).await?.is_some();
        if known {
            views::open_with(&mut tx, user, on.then_some(id), now).await?;
        }
        tx.commit().await?;
        Ok(known)
    }
}
