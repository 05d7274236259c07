//! The reviewer's verbs: hold, correct, confirm, undo, set aside, inquire, put back. Each is one transaction that does all or nothing.
//! holding: who has a document open · paging: what is done to the pages · correction: a confirmed record corrected, a document that belongs to another · quality: read again by a second person · compared: two identifiers · door: who comes in.
//!
//! It never calls the pipeline: confirming writes the push job, and they meet in the tables. Only `confirm` writes an approval.

pub mod access;
pub mod compared;
mod correction;
mod door;
mod holding;
mod newcomers;
mod paging;
mod people;
pub mod quality;
mod refused;
mod several;
mod systems;

pub use crate::store::documents::{Compared, Correction, PatientChoice, Relation};
pub use access::Rights;
pub use holding::Held;
pub use paging::Turned;
pub use people::NewAccount;
pub use refused::Refused;
pub use systems::NewSystem;

use crate::db::{Db, WriteTx};
use crate::domain::{
    Act, Clock, DocumentId, DocumentState, FieldName, Kind, OfficeHours, Recipes, Sampling, Stage, Timestamp, UserId,
};
use crate::store::audit::{self, Actor};
use crate::store::documents::{self, Confirmation, Document, Outcome, Step};
use crate::store::{holds, incidents, jobs, lessons, masters};
use serde_json::json;
use std::sync::Arc;

/// How reviewing is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How long a document stays with a reviewer who does nothing, in milliseconds.
    pub hold_ms: i64,
    /// How long a confirmation can be taken back before it is pushed, in seconds; 0 pushes at once.
    pub undo_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hold_ms: 10 * 60 * 1000, undo_seconds: 60 }
    }
}

/// Everything a reviewer can do; cloning shares it.
#[derive(Clone, Debug)]
pub struct Review {
    db: Db,
    clock: Clock,
    recipes: Arc<Recipes>,
    settings: Settings,
    office: Arc<OfficeHours>,
    sampling: Arc<Sampling>,
}

impl Review {
    /// The verbs on that database; the recipes say which kinds concern a patient.
    pub fn new(db: Db, clock: Clock, recipes: Arc<Recipes>, settings: Settings) -> Review {
        Review { db, clock, recipes, settings, office: Arc::default(), sampling: Arc::new(Sampling::none()) }
    }

    /// With the hours of the desks, from which due times follow when a kind is corrected.
    pub fn keeping(self, office: OfficeHours) -> Review {
        Review { office: Arc::new(office), ..self }
    }

    /// With that share of confirmed documents coming back to a second person; without it none does.
    pub fn sampling(self, sampling: Sampling) -> Review {
        Review { sampling: Arc::new(sampling), ..self }
    }

    /// How long a document stays with a reviewer who does nothing, in milliseconds.
    pub fn hold_ms(&self) -> i64 {
        self.settings.hold_ms
    }

    /// How long after a confirmation its reviewer can take it back, in milliseconds.
    pub fn undo_ms(&self) -> i64 {
        i64::from(self.settings.undo_seconds) * 1000
    }

    /// Keeps a draft; the version it makes.
    pub async fn correct(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        correction: &Correction,
    ) -> Result<i64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, rights) = self.held(&mut tx, user, id, Act::Correct).await?;
        let mut version = done(documents::correct(&mut tx, id, version, correction, user, now).await?)?;
        self.reschedule(&mut tx, &document, correction.kind, user, now).await?;
        let need = documents::need(&mut tx, id).await?.ok_or(Refused::NotFound)?;
        if rights.sees(&need, &self.recipes) {
            holds::extend(&mut tx, id, user, now.plus_ms(self.settings.hold_ms)).await?;
        } else {
            // It turned out to be for fewer eyes than theirs: it waits for those, and is not held where nobody could end it.
            let actor = Actor::Person(user.clone());
            let step = step(DocumentState::Proposed, &actor, "document.handed_up", None);
            version = done(documents::advance(&mut tx, id, version, &step, now).await?)?;
            holds::end(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(version)
    }

    /// Confirms a document as corrected: values, approval, push job and audit rows become durable together, or nothing does.
    ///
    /// A patient of the master is linked only with what was compared with the image; that stands in the approval's audit row.
    pub async fn confirm(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        correction: &Correction,
        compared: &Compared,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, rights) = self.held(&mut tx, user, id, Act::Confirm).await?;
        if document.version != version {
            return Err(Refused::Stale);
        }
        if !rights.confirms(correction.kind, &self.recipes) {
            return Err(Refused::NoRight);
        }
        let patient = self.confirmable(correction)?;
        known(&mut tx, correction).await?;
        let compared = &seen_on_image(&mut tx, patient, compared).await?;
        self.reschedule(&mut tx, &document, correction.kind, user, now).await?;
        let due = now.plus_ms(self.undo_ms());
        self.settle(&mut tx, id, version, correction, (patient, compared), user, due).await?;
        if *patient == PatientChoice::NotInMaster {
            crate::store::newcomers::make(&mut tx, id, user, now).await?;
        }
        holds::end(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes back one's own confirmation before it is pushed: the document is open again as it was confirmed.
    pub async fn undo(&self, user: &UserId, id: &DocumentId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::Confirm).await?;
        let document = find(&mut tx, id).await?;
        let too_late = Refused::NotAllowed {
            why: "もう取り消せません。データベースへの登録が始まっています。"
        };
        match document.state {
            DocumentState::Approved => {}
            DocumentState::Pushed => return Err(too_late),
            _ => return Err(Refused::Stale),
        }
        if document.approved_by.as_ref() != Some(user) {
            return Err(Refused::NotAllowed {
                why: "確定を取り消せるのは、確定した本人だけです。"
            });
        }
        // Whoever works on the push, or has tried to, may have written the record already.
        let in_time = document.approved_at.is_some_and(|at| now < at.plus_ms(self.undo_ms()));
        if !in_time || !jobs::withdraw(&mut tx, id.as_str(), Stage::Push).await? {
            return Err(too_late);
        }
        done(documents::take_back(&mut tx, id, document.version, user, now).await?)?;
        holds::take(&mut tx, id, user, now.plus_ms(self.settings.hold_ms), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a document aside: advertisement, misdirected, duplicate, technical.
    pub async fn set_aside(&self, user: &UserId, id: &DocumentId, version: i64, reason: &str) -> Result<(), Refused> {
        if reason.trim().is_empty() {
            return Err(Refused::NotAllowed { why: "除外する理由を入力してください。" });
        }
        let act =
            if reason.trim().starts_with(access::ADVERTISEMENT) { Act::SetAsideAdvertisement } else { Act::SetAside };
        self.end(user, id, version, (DocumentState::SetAside, act), "document.set_aside", reason.trim()).await
    }

    /// Puts a document by while the sender is being asked.
    pub async fn inquire(&self, user: &UserId, id: &DocumentId, version: i64, note: &str) -> Result<(), Refused> {
        if note.trim().is_empty() {
            return Err(Refused::NotAllowed { why: "照会の内容を入力してください。" });
        }
        self.end(user, id, version, (DocumentState::Inquiry, Act::Inquire), "document.inquired", note.trim()).await
    }

    /// Puts a document that was set aside or inquired about back into the queue; nobody holds it then.
    pub async fn put_back(&self, user: &UserId, id: &DocumentId, version: i64) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        self.permitted(&mut tx, user, id, Act::PutBack).await?;
        let document = find(&mut tx, id).await?;
        match document.state {
            DocumentState::SetAside | DocumentState::Inquiry => {}
            DocumentState::Approved | DocumentState::Pushed => return Err(Refused::AlreadyConfirmed),
            // Somebody else was quicker.
            DocumentState::Proposed | DocumentState::InReview => return Err(Refused::Stale),
        }
        let actor = Actor::Person(user.clone());
        let step = step(DocumentState::Proposed, &actor, "document.put_back", None);
        done(documents::advance(&mut tx, id, version, &step, now).await?)?;
        documents::mark_misdirected(&mut tx, id, false).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Has everything forgotten that a confirmed document taught; whether there was anything.
    pub async fn forget(&self, user: &UserId, confirmed: &DocumentId) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        if !Rights::of(&mut tx, user).await?.may(Act::Forget) {
            return Err(Refused::NoRight);
        }
        let forgotten = lessons::forget(&mut tx, confirmed, user, now).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// A transaction in which no other verb can interfere, and the moment it stands for.
    async fn begin(&self) -> Result<(WriteTx, Timestamp), Refused> {
        let mut tx = self.db.write().await?;
        audit::lock(&mut tx).await?;
        Ok((tx, self.clock.now()))
    }

    /// The document, if this reviewer may do that and has it open. A hold whose time is over counts until somebody else takes it.
    async fn held(
        &self,
        tx: &mut WriteTx,
        user: &UserId,
        id: &DocumentId,
        act: Act,
    ) -> Result<(Document, Rights), Refused> {
        let rights = self.permitted(tx, user, id, act).await?;
        let document = find(tx, id).await?;
        if matches!(document.state, DocumentState::Approved | DocumentState::Pushed) {
            return Err(Refused::AlreadyConfirmed);
        }
        match holds::of(tx, id).await? {
            Some(hold) if hold.user_id == *user && document.state == DocumentState::InReview => Ok((document, rights)),
            Some(hold) if hold.user_id != *user => Err(Refused::HeldBy { display_name: hold.display_name }),
            _ => Err(Refused::NotHeld),
        }
    }

    /// Whom a document that may be confirmed concerns.
    fn confirmable<'a>(&self, correction: &'a Correction) -> Result<&'a PatientChoice, Refused> {
        match correction.kind {
            Kind::Unknown => return Err(Refused::NotAllowed { why: "文書の種類を選んでください。" }),
            Kind::Advertisement => {
                return Err(Refused::NotAllowed {
                    why: "広告・営業は登録できません。除外してください。"
                });
            }
            _ => {}
        }
        let Some(patient) = &correction.patient else { return Err(Refused::PatientUndecided) };
        // A kind without a recipe is taken to concern a patient: the safe side.
        let concerns = self.recipes.of(correction.kind).is_none_or(|recipe| recipe.patient);
        match patient {
            PatientChoice::NoPatient if concerns => Err(Refused::NotAllowed {
                why: "この種類の文書には患者が必要です。台帳の患者か「台帳にない患者」を選んでください。",
            }),
            PatientChoice::NotInMaster => {
                let named = correction.values.get(&FieldName::PatientName).is_some_and(|name| !name.trim().is_empty());
                if named { Ok(patient) } else { Err(Refused::Missing { fields: vec![FieldName::PatientName] }) }
            }
            PatientChoice::NoPatient | PatientChoice::Linked(_) => Ok(patient),
        }
    }

    /// Writes a person's approval of a document as corrected, and the push job that is due then; nothing else does.
    #[expect(clippy::too_many_arguments, reason = "one approval, told apart from what it is made of")]
    async fn settle(
        &self,
        tx: &mut WriteTx,
        id: &DocumentId,
        seen: i64,
        correction: &Correction,
        (patient, compared): (&PatientChoice, &Compared),
        user: &UserId,
        due: Timestamp,
    ) -> Result<(), Refused> {
        let now = self.clock.now();
        let version = done(documents::correct(tx, id, seen, correction, user, now).await?)?;
        let word = Confirmation { seen, version, patient, compared, user };
        done(documents::approve(tx, id, &word, now).await?)?;
        jobs::reopen(tx, id.as_str(), Stage::Push, due).await?;
        self.draw(tx, id, correction.kind, now).await
    }

    /// Has the due time follow a corrected kind.
    async fn reschedule(
        &self,
        tx: &mut WriteTx,
        before: &Document,
        kind: Kind,
        user: &UserId,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if before.kind != kind {
            let due_at = self.office.due(&self.recipes.due(kind), before.received_at);
            documents::reschedule(tx, &before.id, due_at, user, now).await?;
        }
        Ok(())
    }

    /// Ends a review otherwise than by confirming.
    async fn end(
        &self,
        user: &UserId,
        id: &DocumentId,
        version: i64,
        (to, act): (DocumentState, Act),
        verb: &str,
        note: &str,
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let (document, _) = self.held(&mut tx, user, id, act).await?;
        if to == DocumentState::SetAside {
            correction::not_under_correction(&document)?;
        }
        let actor = Actor::Person(user.clone());
        let mut step = step(to, &actor, verb, Some(note));
        step.detail = json!({ "note": note });
        leave(&mut tx, &document, version, &step, now).await?;
        if to == DocumentState::SetAside && note.starts_with(access::MISDIRECTED) {
            documents::mark_misdirected(&mut tx, id, true).await?;
            incidents::begin(&mut tx, id, user, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether everybody a correction points to stands in the masters; somebody who left the lists since still does.
async fn known(tx: &mut WriteTx, correction: &Correction) -> Result<(), Refused> {
    let stranger = |why| Err(Refused::NotAllowed { why });
    if let Some(PatientChoice::Linked(id)) = &correction.patient
        && masters::patient(tx, id).await?.is_none()
    {
        return stranger("選んだ患者が台帳にありません。選び直してください。");
    }
    if let Some(id) = &correction.institution_id
        && masters::institution(tx, id).await?.is_none()
    {
        return stranger("選んだ医療機関が台帳にありません。選び直してください。");
    }
    if let Some(id) = &correction.doctor_id
        && masters::doctor(tx, id).await?.is_none()
    {
        return stranger("選んだ医師が台帳にありません。選び直してください。");
    }
    Ok(())
}

/// What was compared with the image, which must be enough for whom the document is linked to.
async fn seen_on_image(tx: &mut WriteTx, patient: &PatientChoice, compared: &Compared) -> Result<Compared, Refused> {
    let Some(id) = patient.id() else { return Ok(Compared::default()) };
    let row = masters::patient(tx, id).await?.unwrap_or_default();
    let compared = compared::borne_out(compared, &row);
    if compared::enough(&compared) { Ok(compared) } else { Err(Refused::NotCompared) }
}

fn step<'a>(to: DocumentState, actor: &'a Actor, verb: &'a str, note: Option<&'a str>) -> Step<'a> {
    Step { to, actor, verb, detail: json!({}), note }
}

/// Moves a document out of review, which nobody holds then.
async fn leave(
    tx: &mut WriteTx,
    document: &Document,
    version: i64,
    step: &Step<'_>,
    now: Timestamp,
) -> Result<(), Refused> {
    done(documents::advance(tx, &document.id, version, step, now).await?)?;
    holds::end(tx, &document.id).await?;
    Ok(())
}

async fn find(tx: &mut WriteTx, id: &DocumentId) -> Result<Document, Refused> {
    documents::find(tx, id).await?.ok_or(Refused::NotFound)
}

fn done(outcome: Outcome) -> Result<i64, Refused> {
    match outcome {
        Outcome::Done(version) => Ok(version),
        Outcome::Stale => Err(Refused::Stale),
        Outcome::NotFound => Err(Refused::NotFound),
    }
}
