//! Confirmed records that turn out wrong, and documents that belong to others. A record is corrected by a new version with a
//! reason (訂正), never changed in place and never taken out of the referral database.

use super::{Refused, Review, done, find};
use crate::domain::{Act, DocumentId, DocumentState, UserId};
use crate::store::documents::{self, Relation, Seeing};
use crate::store::holds;

/// The longest reason of a correction, in characters.
const LONGEST_REASON: usize = 500;

impl Review {
    /// Opens a document whose record stands in the referral database, to correct it; the record stays until it is confirmed again.
    pub async fn reopen(&self, user: &UserId, id: &DocumentId, version: i64, reason: &str) -> Result<(), Refused> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Refused::NotAllowed {
                why: "訂正の理由を入力してください（500文字まで）。"
            });
        }
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Amend).await?;
        let document = find(&mut tx, id).await?;
        if document.state != DocumentState::Pushed {
            return Err(Refused::Stale);
        }
        done(documents::reopen(&mut tx, id, version, reason, user, now).await?)?;
        if !holds::take(&mut tx, id, user, now.plus_ms(self.settings.hold_ms), now).await? {
            return Err(Refused::Stale);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives a correction up: the document stands again as its record does.
    pub async fn give_up(&self, user: &UserId, id: &DocumentId, version: i64) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::Correct).await?;
        if document.correction_reason.is_none() {
            return Err(Refused::NotAllowed { why: "訂正中の文書ではありません。" });
        }
        done(documents::restore(&mut tx, id, version, user, now).await?)?;
        holds::end(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a document aside as a further page of another one, or as that one sent again.
    pub async fn relate(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        relation: Relation,
        other: &DocumentId,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, Act::SetAside).await?;
        self.permitted(&mut tx, user, other, Act::SetAside).await?;
        not_under_correction(&document)?;
        let other = find(&mut tx, other).await?;
        if other.id == document.id
            || other.related_to.is_some()
            || !documents::related(&mut tx, id, &Seeing::Everything).await?.is_empty()
        {
            return Err(Refused::NotAllowed {
                why: "その文書には付けられません。もとになる文書（ほかの文書の追加ページや再送でないもの）を選んでください。",
            });
        }
        done(documents::relate(&mut tx, id, version, (relation, &other.id), user, now).await?)?;
        holds::end(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// A document whose record stands in the referral database is corrected or left, not put away.
pub(super) fn not_under_correction(document: &documents::Document) -> Result<(), Refused> {
    match document.correction_reason {
        None => Ok(()),
        Some(_) => Err(Refused::NotAllowed {
            why: "データベースに登録済みの文書の訂正中です。除外はできません。確定し直すか、訂正をやめてください。",
        }),
    }
}
