//! From an approval to the referral database: only with a person's confirmation, and noted once.

use super::given::*;
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::audit::{self, Actor};
use uketsuke::store::documents::{self, Outcome, Step};
use uketsuke::store::{Error, jobs};

on_both_databases! {
    async fn an_approval_is_what_was_confirmed_whatever_happens_later(db: Db) {
        let (staff, id) = (user(&db, "a").await, document(&db, "x").await);
        let mut tx = db.read().await.unwrap();
        assert_eq!(documents::approved(&mut tx, &id).await.unwrap(), None);
        drop(tx);
        let (review, _) = review(&db).await;
        let version = review.hold(&staff, &id).await.unwrap().document.version;
        let mut said = correction("海野 環", Some(PatientChoice::Linked("0042".into())));
        said.institution_id = Some("I1".into());
        said.doctor_id = Some("D1".into());
        said.values.insert(FieldName::Remarks, "   ".into());
        review.confirm(&staff, &id, version, &said, &compared()).await.unwrap();

        let mut tx = db.write().await.unwrap();
        let approved = documents::approved(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((approved.document(), approved.version(), approved.at()), (&id, version, NOW));
        assert_eq!(approved.approver(), &Approver::Person(staff.clone()));
        assert_eq!((approved.kind, approved.patient_id.as_deref()), (Kind::ReferralLetter, Some("0042")));
        assert_eq!((approved.institution_id.as_deref(), approved.doctor_id.as_deref()), (Some("I1"), Some("D1")));
        assert_eq!(approved.values.len(), 1, "a blank value says nothing, and what was not said is not there");

        documents::push_failed(&mut tx, &id, "unreachable", later(1)).await.unwrap();
        assert_eq!(documents::find(&mut tx, &id).await.unwrap().unwrap().push_error.as_deref(), Some("unreachable"));
        let record = RecordId::fresh();
        assert!(documents::pushed(&mut tx, &id, &record, later(2)).await.unwrap());
        assert!(!documents::pushed(&mut tx, &id, &RecordId::fresh(), later(3)).await.unwrap(), "noted once");
        tx.commit().await.unwrap();
        let kinds = documents::confirmed_kinds(&mut db.read().await.unwrap(), 10).await.unwrap();
        let of = kinds.iter().map(|k| (k.kind, k.pages.0.clone())).collect::<Vec<_>>();
        assert_eq!(of, [(Kind::ReferralLetter, vec![PageNo(1)])]);
        assert!(documents::confirmed_kinds(&mut db.read().await.unwrap(), 0).await.unwrap().is_empty());
        let row = found_document(&db, &id).await;
        assert_eq!((row.state, row.record(), row.pushed_at, row.push_error.as_deref()), (DocumentState::Pushed, Some(record), Some(later(2)), None));
        let mut tx = db.write().await.unwrap();
        assert!(matches!(documents::push_failed(&mut tx, &id, "late", later(4)).await, Err(Error::NotFound(_))));
    }

    async fn nothing_is_pushed_that_nobody_approved(db: Db) {
        let id = document(&db, "x").await;
        assert!(documents::confirmed_kinds(&mut db.read().await.unwrap(), 10).await.unwrap().is_empty());
        let mut tx = db.write().await.unwrap();
        let wrong = documents::pushed(&mut tx, &id, &RecordId::fresh(), NOW).await;
        assert!(matches!(wrong, Err(Error::Move { from: "proposed", to: "pushed", .. })));
        drop(tx);
        let mut tx = db.write().await.unwrap();
        let step = Step { to: DocumentState::Approved, actor: &Actor::Program, verb: "x", detail: json!({}), note: None };
        assert!(matches!(documents::advance(&mut tx, &id, 1, &step, NOW).await, Err(Error::Move { .. })));
        assert_eq!(documents::advance(&mut tx, &id, 9, &step, NOW).await.unwrap(), Outcome::Stale);
        assert_eq!(documents::advance(&mut tx, &DocumentId::fresh(), 1, &step, NOW).await.unwrap(), Outcome::NotFound);
        // Even through the states, the table refuses an approval that nobody gave.
        let hold = Step { to: DocumentState::InReview, ..step.clone() };
        assert_eq!(documents::advance(&mut tx, &id, 1, &hold, NOW).await.unwrap(), Outcome::Done(2));
        assert!(documents::advance(&mut tx, &id, 2, &step, NOW).await.is_err());
    }

    async fn drafts_are_kept_with_what_they_changed(db: Db) {
        let (staff, id) = (user(&db, "a").await, document(&db, "x").await);
        let mut tx = db.write().await.unwrap();
        let mut draft = correction("海野 珠", None);
        draft.values.insert(FieldName::SenderInstitutionName, "みどり坂診療所".into());
        assert_eq!(documents::correct(&mut tx, &id, 1, &draft, &staff, NOW).await.unwrap(), Outcome::Done(2));
        assert_eq!(documents::correct(&mut tx, &id, 1, &draft, &staff, NOW).await.unwrap(), Outcome::Stale);
        assert_eq!(documents::correct(&mut tx, &id, 2, &draft, &staff, NOW).await.unwrap(), Outcome::Done(2), "nothing new");
        let nobody = documents::correct(&mut tx, &DocumentId::fresh(), 1, &draft, &staff, NOW).await.unwrap();
        assert_eq!(nobody, Outcome::NotFound);
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let story = audit::of(&mut tx, id.as_str()).await.unwrap();
        assert_eq!(story.len(), 2);
        assert_eq!(story[1].detail()["changes"], json!({ "field.patient_name": { "old": "海野 環", "new": "海野 珠" } }));
        assert_eq!(story[1].actor, staff.as_str());
        let row = documents::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(row.patient_label.as_deref(), Some("海野 珠"));
        assert_eq!(row.reading.field(FieldName::PatientName).unwrap().value, "海野 環", "the proposal stays as it was");
        assert!(jobs::of(&mut tx, id.as_str()).await.unwrap().is_empty());
    }
}
