//! Who comes in, who leaves, who looked at what: what the pages may write besides the verbs. No password is seen here, only hashes.

use super::{Refused, Review};
use crate::domain::{Act, DeliveryId, DeliveryState, DocumentId, Stage, Timestamp, Trouble, UserId};
use crate::store::audit::{self, Actor};
use crate::store::documents::Need;
use crate::store::incidents::{self, IncidentStep};
use crate::store::{contents, deliveries, jobs, openid, pages, tokens, users};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Longer than any password that people send each other.
const LONGEST_PASSWORD: usize = 255;

impl Review {
    /// Signs a browser in whose password was right.
    pub async fn admitted(
        &self,
        user: &UserId,
        token_hash: &str,
        csrf: &str,
        agent: &str,
        expires_at: Timestamp,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        users::open_session(&mut tx, user, token_hash, csrf, agent, expires_at, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a browser that was just signed in was so by the provider, and whether a second factor was shown there that counts.
    pub async fn admitted_by_provider(
        &self,
        user: &UserId,
        token_hash: &str,
        second_factor: bool,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        openid::signed_in(&mut tx, user, token_hash, second_factor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts a wrong password and locks the account until then, where given.
    pub async fn turned_away(&self, user: &UserId, lock_until: Option<Timestamp>) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        users::sign_in_failed(&mut tx, user, lock_until, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a browser is still in use.
    pub async fn seen(&self, token_hash: &str, expires_at: Timestamp) -> Result<(), Refused> {
        let mut tx = self.db.write().await?;
        users::touch(&mut tx, token_hash, expires_at, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Signs a browser out.
    pub async fn left(&self, token_hash: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        users::close_session(&mut tx, token_hash, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets the password that a person chose for themselves; every browser of theirs is signed out.
    pub async fn new_password(&self, user: &UserId, password_hash: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = Actor::Person(user.clone());
        users::set_password(&mut tx, user, password_hash, false, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a person looked at a document and its pages.
    pub async fn viewed(&self, user: &UserId, id: &DocumentId, patient_id: Option<&str>) -> Result<(), Refused> {
        self.note(user, "document.viewed", id.as_str(), &json!({ "patient_id": patient_id })).await
    }

    /// Notes that a person looked at the paper of a sample, without what was read of it.
    pub async fn viewed_sample(&self, user: &UserId, id: &DocumentId, patient_id: Option<&str>) -> Result<(), Refused> {
        self.note(user, "quality.sample_viewed", id.as_str(), &json!({ "patient_id": patient_id })).await
    }

    /// Notes that a person looked at a delivery and its pages.
    pub async fn viewed_delivery(&self, user: &UserId, id: &DeliveryId, shown: &[Need]) -> Result<(), Refused> {
        self.note(user, "delivery.viewed", id.as_str(), &whose(shown)).await
    }

    /// Notes that a person took a copy of an original.
    pub async fn downloaded(&self, user: &UserId, id: &DeliveryId, shown: &[Need]) -> Result<(), Refused> {
        self.note(user, "delivery.downloaded", id.as_str(), &whose(shown)).await
    }

    /// Notes that a person took the sheet on which the sender is asked, with or without the patient's name on it.
    pub async fn inquiry_printed(&self, user: &UserId, id: &DocumentId, named: bool) -> Result<(), Refused> {
        self.note(user, "document.inquiry_printed", id.as_str(), &json!({ "patient_name": named })).await
    }

    /// Notes which rows of a master a search showed to a person.
    pub async fn searched(&self, user: &UserId, id: &DocumentId, which: &str, shown: &[&str]) -> Result<(), Refused> {
        self.note(user, "document.searched", id.as_str(), &json!({ "master": which, "ids": shown })).await
    }

    /// Has a delivery read again, from the pages it has or from its bytes; documents that a person touched stay.
    pub async fn read_again(&self, user: &UserId, id: &DeliveryId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted_delivery(&mut tx, user, id, Act::TakeIn).await?;
        let delivery = deliveries::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
        let stuck = jobs::of(&mut tx, id.as_str()).await?.iter().any(|job| job.gave_up);
        match delivery.state {
            DeliveryState::Held | DeliveryState::Unreadable | DeliveryState::Read => {
                deliveries::advance(&mut tx, id, DeliveryState::Reading, None, now).await?;
            }
            DeliveryState::Received | DeliveryState::Reading if stuck => {}
            DeliveryState::Received | DeliveryState::Reading => {
                return Err(Refused::NotAllowed { why: "まだ読み取りの途中です。" });
            }
        }
        let stage = if delivery.page_count == 0 || delivery.trouble.is_some() {
            Stage::Decode
        } else if pages::unread(&mut tx, id).await?.is_empty() {
            Stage::Understand
        } else {
            Stage::Recognise
        };
        jobs::reopen(&mut tx, id.as_str(), stage, now).await?;
        let actor = Actor::Person(user.clone());
        audit::append(&mut tx, &actor, "delivery.retried", id.as_str(), &json!({ "stage": stage }), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a password for what is locked in a delivery and has it read again; documents that a person touched stay.
    pub async fn unlock(&self, user: &UserId, id: &DeliveryId, password: &str) -> Result<(), Refused> {
        let password = password.trim();
        if password.is_empty() || password.chars().count() > LONGEST_PASSWORD || password.chars().any(char::is_control)
        {
            return Err(Refused::NotAllowed {
                why: "パスワードを入力してください（255文字まで）。"
            });
        }
        let (mut tx, now) = self.begin().await?;
        self.permitted_delivery(&mut tx, user, id, Act::TakeIn).await?;
        let delivery = deliveries::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
        if matches!(delivery.state, DeliveryState::Received | DeliveryState::Reading) {
            return Err(Refused::NotAllowed { why: "まだ読み取りの途中です。" });
        }
        if delivery.trouble != Some(Trouble::Encrypted) {
            return Err(Refused::NotAllowed { why: "パスワードを待っている受信ではありません。" });
        }
        contents::enter(&mut tx, id, password, &Actor::Person(user.clone()), now).await?;
        contents::remark(&mut tx, id, None).await?;
        deliveries::advance(&mut tx, id, DeliveryState::Reading, None, now).await?;
        jobs::reopen(&mut tx, id.as_str(), Stage::Decode, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that a person has dealt with a delivery of which no document came: it waits for nobody any more (対応済).
    pub async fn close_delivery(&self, user: &UserId, id: &DeliveryId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted_delivery(&mut tx, user, id, Act::TakeIn).await?;
        deliveries::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
        if !deliveries::close(&mut tx, id, user, now).await? {
            return Err(Refused::NotAllowed { why: "対応を待っている受信ではありません。" });
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes that back: the delivery waits for somebody again.
    pub async fn reopen_delivery(&self, user: &UserId, id: &DeliveryId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted_delivery(&mut tx, user, id, Act::TakeIn).await?;
        deliveries::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
        if !deliveries::reopen(&mut tx, id, user, now).await? {
            return Err(Refused::NotAllowed { why: "対応済の受信ではありません。" });
        }
        tx.commit().await?;
        Ok(())
    }

    /// Notes what was done about a misdirected document; the same step once.
    pub async fn incident_step(
        &self,
        user: &UserId,
        id: &DocumentId,
        step: IncidentStep,
        how: &str,
    ) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::SeeRestricted).await?;
        let noted = incidents::note(&mut tx, id, step, how, user, now).await?;
        tx.commit().await?;
        Ok(noted)
    }

    /// Notes that a person took the figures of quality out as a file.
    pub async fn exported_quality(&self, user: &UserId, days: u32, rows: usize) -> Result<(), Refused> {
        self.note(user, "quality.exported", "quality", &json!({ "days": days, "rows": rows })).await
    }

    /// Notes that a person handed in a delivery with the browser.
    pub async fn uploaded(&self, user: &UserId, id: &DeliveryId) -> Result<(), Refused> {
        self.note(user, "delivery.uploaded", id.as_str(), &Value::Null).await
    }

    /// Notes that something was handed in with a token.
    pub async fn token_used(&self, id: &str) -> Result<(), Refused> {
        let mut tx = self.db.write().await?;
        tokens::used(&mut tx, id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that another system was given a document.
    pub async fn system_viewed(&self, token: &str, id: &DocumentId, patient_id: Option<&str>) -> Result<(), Refused> {
        self.write_down(&Actor::token(token), "document.viewed", id.as_str(), &json!({ "patient_id": patient_id }))
            .await
    }

    /// Notes that another system was given a page.
    pub async fn system_viewed_page(&self, token: &str, id: &DeliveryId, shown: &[Need]) -> Result<(), Refused> {
        self.write_down(&Actor::token(token), "delivery.viewed", id.as_str(), &whose(shown)).await
    }

    /// Notes which rows of a master another system was given.
    pub async fn system_searched(&self, token: &str, which: &str, shown: &[&str]) -> Result<(), Refused> {
        let mut detail = json!({ "master": which, "ids": shown });
        if let ("patients", Some(all)) = (which, detail.as_object_mut()) {
            all.insert("patient_ids".to_owned(), json!(shown));
        }
        self.write_down(&Actor::token(token), "masters.viewed", which, &detail).await
    }

    pub(super) async fn note(&self, user: &UserId, verb: &str, subject: &str, detail: &Value) -> Result<(), Refused> {
        self.write_down(&Actor::Person(user.clone()), verb, subject, detail).await
    }

    async fn write_down(&self, actor: &Actor, verb: &str, subject: &str, detail: &Value) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        audit::append(&mut tx, actor, verb, subject, detail, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Which documents of which patients somebody was shown.
fn whose(shown: &[Need]) -> Value {
    let documents: Vec<&DocumentId> = shown.iter().map(|need| &need.id).collect();
    let patients: BTreeSet<&str> = shown.iter().filter_map(|need| need.patient_id.as_deref()).collect();
    json!({ "documents": documents, "patient_ids": patients })
}
