//! A patient who was not in the master gets the hospital's number (仮登録の結び付け): one person proposes it, another one joins it,
//! each having compared two identifiers; the record becomes a new version.

use super::{Compared, Correction, PatientChoice, Refused, Review, done, find, seen_on_image};
use crate::db::WriteTx;
use crate::domain::{Act, DocumentId, DocumentState, UserId};
use crate::store::documents::{self, Document};
use crate::store::masters;
use crate::store::newcomers::{self, Newcomer};

impl Review {
    /// Proposes a number for a newcomer, compared with the image.
    pub async fn propose_number(
        &self,
        user: &UserId,
        id: &DocumentId,
        patient_id: &str,
        compared: &Compared,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Confirm).await?;
        standing(&mut tx, id).await?;
        if masters::patient(&mut tx, patient_id).await?.is_none() {
            return Err(Refused::NotAllowed {
                why: "その患者番号は台帳にありません。台帳の取り込みを確認してください。",
            });
        }
        let compared = seen_on_image(&mut tx, &PatientChoice::Linked(patient_id.to_owned()), compared).await?;
        newcomers::propose(&mut tx, id, patient_id, &compared.fields, user, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a proposed number back, one's own or a colleague's.
    pub async fn withdraw_number(&self, user: &UserId, id: &DocumentId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Confirm).await?;
        standing(&mut tx, id).await?;
        newcomers::withdraw(&mut tx, id, user, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Joins the proposed number as the second person: the document is confirmed anew with it and pushed as an update.
    pub async fn join_number(
        &self,
        user: &UserId,
        id: &DocumentId,
        patient_id: &str,
        compared: &Compared,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Confirm).await?;
        let (document, newcomer) = standing(&mut tx, id).await?;
        // What was on the screen must be what is joined.
        let proposed = newcomer.patient_id.filter(|proposed| proposed == patient_id).ok_or(Refused::Stale)?;
        if newcomer.proposed_by.as_ref() == Some(user) {
            return Err(Refused::NotAllowed {
                why: "結び付けを確定できるのは、提案した人とは別の担当者です。"
            });
        }
        let patient = PatientChoice::Linked(proposed);
        let compared = seen_on_image(&mut tx, &patient, compared).await?;
        let correction = Correction { patient: Some(patient.clone()), ..Correction::as_it_stands(&document) };
        let reason = "台帳にない患者に患者番号を結び付け";
        let seen = done(documents::reopen(&mut tx, id, document.version, reason, user, now).await?)?;
        self.settle(&mut tx, id, seen, &correction, (&patient, &compared), user, now).await?;
        newcomers::joined(&mut tx, id, user, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The document and its newcomer, who waits for a number while the record stands in the referral database.
async fn standing(tx: &mut WriteTx, id: &DocumentId) -> Result<(Document, Newcomer), Refused> {
    let document = find(tx, id).await?;
    let newcomer = newcomers::find(tx, id).await?.ok_or(Refused::NotFound)?;
    if newcomer.joined_at.is_some() || document.patient() != Some(PatientChoice::NotInMaster) {
        return Err(Refused::NotAllowed {
            why: "この文書の患者は、すでに結び付けられています。"
        });
    }
    if document.state != DocumentState::Pushed {
        return Err(Refused::NotAllowed {
            why: "データベースへの登録が終わってから（訂正中のときは確定してから）結び付けてください。",
        });
    }
    Ok((document, newcomer))
}
