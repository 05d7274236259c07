//! Quality sampling (品質の抜き取り): a second person reads a confirmed document again without seeing what was read, and a third
//! says who was right where they differ. A record is changed by its correction (訂正) alone, never from here.
//! same: whether two readings of a value say the same · thresholds: which confidence is demanded.

mod same;
pub mod thresholds;

pub use same::{compare, same};

use super::{PatientChoice, Refused, Review, find};
use crate::db::{ReadTx, WriteTx};
use crate::domain::{
    Act, Agreement, BothSaid, DocumentId, DocumentState, Draw, Kind, SampleItem, Timestamp, UserId, WhoWasRight,
    read_again,
};
use crate::store::documents::{self, Document, Values};
use crate::store::masters;
use crate::store::quality::{self, Sample};

/// What the second person read.
#[derive(Clone, PartialEq, Eq)]
pub struct ReadAgain {
    /// What the document is.
    pub kind: Kind,
    /// Whom it concerns.
    pub patient: PatientChoice,
    /// What it says in the fields of that kind; a missing one says nothing.
    pub values: Values,
}

impl Review {
    /// Draws for a document that was just confirmed, in the transaction of its approval.
    pub(super) async fn draw(
        &self,
        tx: &mut WriteTx,
        id: &DocumentId,
        kind: Kind,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let share = self.sampling.millionths(kind);
        if share > 0 {
            quality::draw(tx, id, Draw::fresh(share), now).await?;
        }
        Ok(())
    }

    /// A sample that this person may read again now; never one that they confirmed or worked on.
    pub async fn sample(&self, tx: &mut ReadTx, user: &UserId, id: &DocumentId) -> Result<Sample, Refused> {
        self.permitted(tx, user, id, Act::Confirm).await?;
        let sample = quality::find(tx, id).await?.ok_or(Refused::NotFound)?;
        if quality::has_worked_on(tx, id, user).await? {
            return Err(Refused::NotAllowed {
                why: "自分が確定した文書や、開いて確認した文書、確定のあとに内容を見た文書は、抜き取り確認できません。別の担当者が確認します。",
            });
        }
        if sample.second_user.is_some() {
            return Err(Refused::NotAllowed {
                why: "この文書の抜き取り確認は、すでに終わっています。"
            });
        }
        Ok(sample)
    }

    /// Keeps what the second person read, compared with what was confirmed; how many items differ.
    pub async fn read_sample(&self, user: &UserId, id: &DocumentId, read: &ReadAgain) -> Result<usize, Refused> {
        let (mut tx, now) = self.begin().await?;
        self.sample(&mut tx, user, id).await?;
        let document = find(&mut tx, id).await?;
        if let PatientChoice::Linked(patient) = &read.patient
            && masters::patient(&mut tx, patient).await?.is_none()
        {
            return Err(Refused::NotAllowed {
                why: "選んだ患者が台帳にありません。選び直してください。"
            });
        }
        // While it is being corrected, what was confirmed is in doubt already.
        let first = documents::approved(&mut tx, id).await?.filter(|_| document.state == DocumentState::Pushed);
        let Some(first) = first else {
            return Err(Refused::NotAllowed {
                why: "この文書は登録の途中か、訂正中です。終わってから確認してください。",
            });
        };
        let said = both_said(&document, read);
        quality::answer(&mut tx, &first, &said, user, now).await?;
        tx.commit().await?;
        Ok(said.iter().filter(|said| said.agreement == Agreement::Differs).count())
    }

    /// A sample whose differences this person may settle: somebody who is neither of the two.
    pub async fn dispute(&self, tx: &mut ReadTx, user: &UserId, id: &DocumentId) -> Result<Sample, Refused> {
        self.permitted(tx, user, id, Act::Amend).await?;
        let sample = quality::find(tx, id).await?.ok_or(Refused::NotFound)?;
        if sample.second_user.is_none() || sample.settled_at.is_some() {
            return Err(Refused::Stale);
        }
        if sample.first_user.as_ref() == Some(user) || sample.second_user.as_ref() == Some(user) {
            return Err(Refused::NotAllowed {
                why: "どちらが正しいかは、確定した人でも抜き取り確認をした人でもない担当者が決めます。",
            });
        }
        Ok(sample)
    }

    /// Keeps who was right, for everything that differs; whether the record is wrong somewhere and wants correcting.
    pub async fn settle_sample(
        &self,
        user: &UserId,
        id: &DocumentId,
        right: &[(SampleItem, WhoWasRight)],
    ) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        let sample = self.dispute(&mut tx, user, id).await?;
        if usize::try_from(sample.differing) != Ok(right.len()) {
            return Err(Refused::NotAllowed {
                why: "違いのあるすべての項目について、どちらが正しいかを選んでください。",
            });
        }
        quality::settle(&mut tx, id, right, user, now).await?;
        tx.commit().await?;
        Ok(right.iter().any(|(_, who)| *who != WhoWasRight::First))
    }
}

/// A choice of patient as it is compared and shown.
pub fn patient_word(choice: &PatientChoice) -> String {
    match choice {
        PatientChoice::Linked(id) => id.clone(),
        PatientChoice::NotInMaster => "台帳にない患者".to_owned(),
        PatientChoice::NoPatient => "患者なし".to_owned(),
    }
}

/// Both readings side by side; where both say nothing there is nothing to compare.
fn both_said(document: &Document, read: &ReadAgain) -> Vec<BothSaid> {
    let told = |same: bool| if same { Agreement::Same } else { Agreement::Differs };
    let kind = BothSaid {
        item: SampleItem::Kind,
        first: document.kind.code().to_owned(),
        second: read.kind.code().to_owned(),
        agreement: told(document.kind == read.kind),
    };
    let first = document.patient().as_ref().map(patient_word).unwrap_or_default();
    let second = patient_word(&read.patient);
    let patient = BothSaid { item: SampleItem::Patient, agreement: told(first == second), first, second };
    let of = |values: &Values, field| values.get(field).cloned().unwrap_or_default();
    // Where they disagree about the kind, only what both kinds ask for was read by both.
    let asked = read_again(read.kind).iter().filter(|field| read_again(document.kind).contains(field));
    let fields = asked.map(|field| (field, of(&document.values, field), of(&read.values, field)));
    let fields = fields.filter(|(_, first, second)| !first.trim().is_empty() || !second.trim().is_empty());
    let fields = fields.map(|(field, first, second)| BothSaid {
        item: SampleItem::Field(*field),
        agreement: compare(*field, &first, &second),
        first,
        second,
    });
    [kind, patient].into_iter().chain(fields).collect()
}
