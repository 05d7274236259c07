//! The reviewer's verbs: who may, when, and that a refusal changes nothing.

use super::given::*;
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::{Compared, Correction, PatientChoice, Refused};
use uketsuke::store::audit::{self, Verified};
use uketsuke::store::{documents, holds, jobs};

/// Everything that a refused verb must leave alone.
async fn standing(db: &Db, id: &DocumentId) -> (documents::Document, Option<holds::Hold>, usize, usize) {
    let mut tx = db.read().await.unwrap();
    (
        documents::find(&mut tx, id).await.unwrap().unwrap(),
        holds::of(&mut tx, id).await.unwrap(),
        audit::recent(&mut tx, None, 1000).await.unwrap().len(),
        jobs::of(&mut tx, id.as_str()).await.unwrap().len(),
    )
}

fn linked() -> Option<PatientChoice> {
    Some(PatientChoice::Linked("0042".into()))
}

on_both_databases! {
    async fn two_people_cannot_hold_the_same_document(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let (review, clock) = review(&db).await;
        let first = review.hold(&a, &id).await.unwrap();
        assert_eq!((first.document.state, first.document.version), (DocumentState::InReview, 2));
        assert_eq!(first.until, later(600_000));
        let before = standing(&db, &id).await;
        let refused = review.hold(&b, &id).await.unwrap_err();
        assert!(matches!(&refused, Refused::HeldBy { display_name } if display_name == "担当 a"), "{refused}");
        assert!(refused.message_ja().contains("担当 a") && !refused.to_string().contains("担当"));
        for refused in [
            review.keep(&b, &id).await.unwrap_err(),
            review.release(&b, &id).await.unwrap_err(),
            review.correct(&b, &id, 2, &correction("他人", None)).await.unwrap_err(),
            review.confirm(&b, &id, 2, &correction("他人", linked()), &compared()).await.unwrap_err(),
            review.set_aside(&b, &id, 2, "x").await.unwrap_err(),
            review.inquire(&b, &id, 2, "x").await.unwrap_err(),
        ] {
            assert!(matches!(refused, Refused::HeldBy { .. }), "{refused}");
        }
        assert!(before == standing(&db, &id).await);

        turn(&clock, 60_000);
        assert_eq!(review.hold(&a, &id).await.unwrap().document.version, 2, "the same person comes in again");
        assert_eq!(review.keep(&a, &id).await.unwrap(), later(660_000));
        review.release(&a, &id).await.unwrap();
        assert!(matches!(review.release(&a, &id).await, Err(Refused::NotHeld)));
        assert!(matches!(review.keep(&a, &id).await, Err(Refused::NotHeld)));
        assert_eq!(review.hold(&b, &id).await.unwrap().document.state, DocumentState::InReview);
        assert!(matches!(review.hold(&b, &DocumentId::fresh()).await, Err(Refused::NotFound)));
    }

    async fn a_hold_that_lapsed_is_free_again(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let (review, clock) = review(&db).await;
        let version = review.hold(&a, &id).await.unwrap().document.version;
        assert_eq!(review.expire().await.unwrap(), 0);
        turn(&clock, 600_001);
        // Nobody else wanted it: what A typed is not lost.
        let version = review.correct(&a, &id, version, &correction("海野 珠", None)).await.unwrap();
        assert_eq!(review.expire().await.unwrap(), 0, "and A has it again");
        turn(&clock, 600_001);
        let taken = review.hold(&b, &id).await.unwrap();
        assert_eq!(taken.document.version, version);
        assert!(matches!(review.confirm(&a, &id, version, &correction("海野 珠", linked()), &compared()).await, Err(Refused::HeldBy { .. })));
        turn(&clock, 600_001);
        assert_eq!(review.expire().await.unwrap(), 1);
        let row = found_document(&db, &id).await;
        assert_eq!((row.state, row.patient_label.as_deref()), (DocumentState::Proposed, Some("海野 珠")));
        assert!(matches!(review.confirm(&b, &id, version, &correction("海野 珠", linked()), &compared()).await, Err(Refused::NotHeld)));
    }

    async fn confirming_twice_or_stale_changes_nothing_and_says_so(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let seen = review.hold(&a, &id).await.unwrap().document.version;
        let newer = review.correct(&a, &id, seen, &correction("海野 珠", None)).await.unwrap();
        let before = standing(&db, &id).await;
        // A second tab still shows the older version.
        for refused in [
            review.confirm(&a, &id, seen, &correction("海野 環", linked()), &compared()).await.unwrap_err(),
            review.correct(&a, &id, seen, &correction("海野 環", None)).await.unwrap_err(),
            review.set_aside(&a, &id, seen, "x").await.unwrap_err(),
            review.inquire(&a, &id, seen, "x").await.unwrap_err(),
        ] {
            assert!(matches!(refused, Refused::Stale), "{refused}");
        }
        assert!(before == standing(&db, &id).await);

        review.confirm(&a, &id, newer, &correction("海野 珠", linked()), &compared()).await.unwrap();
        let confirmed = standing(&db, &id).await;
        assert_eq!(confirmed.0.state, DocumentState::Approved);
        assert_eq!((confirmed.0.approved_by.clone(), confirmed.0.approved_at), (Some(a.clone()), Some(NOW)));
        assert_eq!(confirmed.0.patient(), linked());
        assert_eq!((confirmed.1.clone(), confirmed.3), (None, 1), "nobody holds it, one push job");
        for refused in [
            review.confirm(&a, &id, newer, &correction("海野 珠", linked()), &compared()).await.unwrap_err(),
            review.confirm(&b, &id, confirmed.0.version, &correction("別人", linked()), &compared()).await.unwrap_err(),
            review.hold(&b, &id).await.map(drop).unwrap_err(),
            review.correct(&a, &id, confirmed.0.version, &correction("別人", None)).await.map(drop).unwrap_err(),
            review.set_aside(&a, &id, confirmed.0.version, "x").await.unwrap_err(),
            review.put_back(&a, &id, confirmed.0.version).await.unwrap_err(),
        ] {
            assert!(matches!(refused, Refused::AlreadyConfirmed), "{refused}");
            assert!(refused.message_ja().contains("何も変更していません"));
        }
        assert!(confirmed == standing(&db, &id).await);
        let mut tx = db.read().await.unwrap();
        let story: Vec<_> = audit::of(&mut tx, id.as_str()).await.unwrap().into_iter().map(|e| (e.verb, e.actor)).collect();
        let verbs: Vec<_> = story.iter().map(|(verb, _)| verb.as_str()).collect();
        assert_eq!(verbs, ["document.proposed", "document.held", "document.corrected", "document.corrected", "document.approved"]);
        assert!(story[1..].iter().all(|(_, actor)| actor == a.as_str()));
        assert!(matches!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { .. }));
    }

    async fn nothing_is_confirmed_without_a_word_on_the_patient(db: Db) {
        let (a, id) = (user(&db, "a").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let version = review.hold(&a, &id).await.unwrap().document.version;
        let before = standing(&db, &id).await;
        let refused = review.confirm(&a, &id, version, &correction("海野 環", None), &compared()).await.unwrap_err();
        assert!(matches!(refused, Refused::PatientUndecided), "{refused}");
        let refused = review.confirm(&a, &id, version, &correction("海野 環", Some(PatientChoice::NoPatient)), &compared()).await.unwrap_err();
        assert!(matches!(refused, Refused::NotAllowed { .. }), "a referral concerns a patient: {refused}");
        let refused = review.confirm(&a, &id, version, &correction(" ", Some(PatientChoice::NotInMaster)), &compared()).await.unwrap_err();
        assert!(matches!(&refused, Refused::Missing { fields } if fields[..] == [FieldName::PatientName]), "{refused}");
        // Nobody can be linked whom the masters do not know.
        let stranger = || Some("9999".to_owned());
        for point in [
            |said: &mut Correction, id: Option<String>| said.patient = id.map(PatientChoice::Linked),
            |said: &mut Correction, id: Option<String>| said.institution_id = id,
            |said: &mut Correction, id: Option<String>| said.doctor_id = id,
        ] {
            let mut said = correction("海野 環", linked());
            point(&mut said, stranger());
            let refused = review.confirm(&a, &id, version, &said, &compared()).await.unwrap_err();
            assert!(matches!(refused, Refused::NotAllowed { .. }), "{refused}");
        }
        for kind in [Kind::Unknown, Kind::Advertisement] {
            let mut said = correction("海野 環", linked());
            said.kind = kind;
            assert!(matches!(review.confirm(&a, &id, version, &said, &compared()).await, Err(Refused::NotAllowed { .. })));
        }
        assert!(before == standing(&db, &id).await);

        // A kind whose recipe says that it concerns nobody still needs the word.
        let mut notice = correction("", None);
        notice.kind = Kind::Notice;
        assert!(matches!(review.confirm(&a, &id, version, &notice, &compared()).await, Err(Refused::PatientUndecided)));
        notice.patient = Some(PatientChoice::NoPatient);
        review.confirm(&a, &id, version, &notice, &compared()).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let approved = documents::approved(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((approved.kind, approved.patient_id), (Kind::Notice, None));
    }

    async fn a_patient_is_linked_only_when_two_identifiers_were_compared(db: Db) {
        let (a, id) = (user(&db, "a").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let version = review.hold(&a, &id).await.unwrap().document.version;
        let before = standing(&db, &id).await;
        use FieldName::*;
        // The master keeps no phone of this patient: what stands nowhere cannot have been compared.
        for (fields, sender_asked) in [
            (vec![], false),
            (vec![], true),
            (vec![PatientName], false),
            (vec![PatientName, PatientKana], false),
            (vec![PatientName, PatientPhone], false),
            (vec![PatientName, Purpose], false),
        ] {
            let compared = Compared { fields, sender_asked };
            let refused = review.confirm(&a, &id, version, &correction("海野 環", linked()), &compared).await.unwrap_err();
            assert!(matches!(refused, Refused::NotCompared), "{compared:?}: {refused}");
        }
        assert!(before == standing(&db, &id).await);
        review.confirm(&a, &id, version, &correction("海野 環", linked()), &compared()).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let story = audit::of(&mut tx, id.as_str()).await.unwrap();
        let word = story.iter().find(|e| e.verb == "document.approved").unwrap().detail();
        assert_eq!(word["compared"], json!(["patient_name", "patient_birth_date"]));
        assert_eq!(word["sender_asked"], json!(false));
    }

    async fn a_confirmation_is_taken_back_until_it_is_pushed(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let (review, clock) = review_undoing(&db, 60).await;
        let version = review.hold(&a, &id).await.unwrap().document.version;
        assert!(matches!(review.undo(&a, &id).await, Err(Refused::Stale)));
        review.confirm(&a, &id, version, &correction("海野 環", linked()), &compared()).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert!(jobs::claim(&mut tx, "w", &[Stage::Push], later(59_999), 100).await.unwrap().is_none(), "it waits");
        drop(tx);
        assert!(matches!(review.undo(&b, &id).await, Err(Refused::NotAllowed { .. })), "only by who confirmed");
        turn(&clock, 59_000);
        review.undo(&a, &id).await.unwrap();
        let (document, hold, _, pushes) = standing(&db, &id).await;
        assert_eq!((document.state, document.approved_by.clone(), pushes), (DocumentState::InReview, None, 0));
        assert_eq!(hold.map(|hold| hold.user_id), Some(a.clone()));
        assert_eq!(document.patient(), linked(), "as it was confirmed");
        let mut tx = db.read().await.unwrap();
        assert_eq!(documents::approved(&mut tx, &id).await.unwrap(), None, "what was taken back proves nothing");
        drop(tx);
        assert!(matches!(review.undo(&a, &id).await, Err(Refused::Stale)));

        // Confirmed again, it is another approval; once the time is over or the push has begun, it stands.
        review.confirm(&a, &id, document.version, &correction("海野 珠", linked()), &compared()).await.unwrap();
        let before = standing(&db, &id).await;
        turn(&clock, 60_001);
        assert!(matches!(review.undo(&a, &id).await, Err(Refused::NotAllowed { .. })), "too late");
        assert!(before == standing(&db, &id).await);
        let mut tx = db.write().await.unwrap();
        let job = jobs::claim(&mut tx, "w", &[Stage::Push], later(120_000), 100).await.unwrap().unwrap();
        assert!(!jobs::withdraw(&mut tx, id.as_str(), Stage::Push).await.unwrap(), "somebody works on it");
        jobs::fail(&mut tx, &job, "w", "x", Some(NOW), NOW).await.unwrap();
        assert!(!jobs::withdraw(&mut tx, id.as_str(), Stage::Push).await.unwrap(), "and has tried");
        let approved = documents::approved(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(approved.values[&FieldName::PatientName], "海野 珠");
        // The store's own move says so when it was made for another version.
        assert_eq!(documents::take_back(&mut tx, &id, 1, &a, NOW).await.unwrap(), documents::Outcome::Stale);
        drop(tx);
        let mut tx = db.read().await.unwrap();
        let verbs: Vec<_> = audit::of(&mut tx, id.as_str()).await.unwrap().into_iter().map(|e| e.verb).collect();
        let told: Vec<_> = verbs.iter().filter(|v| v.contains("approved") || v.contains("undone")).collect();
        assert_eq!(told, ["document.approved", "document.confirmation_undone", "document.approved"]);
        assert!(matches!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { .. }));
    }

    async fn set_aside_and_inquired_documents_come_back(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let version = review.hold(&a, &id).await.unwrap().document.version;
        assert!(matches!(review.set_aside(&a, &id, version, "  ").await, Err(Refused::NotAllowed { .. })));
        assert!(matches!(review.inquire(&a, &id, version, "").await, Err(Refused::NotAllowed { .. })));
        review.inquire(&a, &id, version, "2枚目を再送").await.unwrap();
        let row = found_document(&db, &id).await;
        assert_eq!((row.state, row.inquiry_note.as_deref()), (DocumentState::Inquiry, Some("2枚目を再送")));
        assert!(matches!(review.hold(&b, &id).await, Err(Refused::NotAllowed { .. })));
        assert!(matches!(review.put_back(&b, &id, version).await, Err(Refused::Stale)));
        review.put_back(&b, &id, row.version).await.unwrap();
        assert!(matches!(review.put_back(&b, &id, row.version).await, Err(Refused::Stale)));

        let version = review.hold(&b, &id).await.unwrap().document.version;
        review.set_aside(&b, &id, version, "同じ文書の再送").await.unwrap();
        let row = found_document(&db, &id).await;
        assert_eq!((row.state, row.set_aside_reason.as_deref()), (DocumentState::SetAside, Some("同じ文書の再送")));
        review.put_back(&a, &id, row.version).await.unwrap();
        let row = found_document(&db, &id).await;
        assert_eq!((row.state, row.set_aside_reason, row.inquiry_note.as_deref()), (DocumentState::Proposed, None, Some("2枚目を再送")));
        let mut tx = db.read().await.unwrap();
        let story = audit::of(&mut tx, id.as_str()).await.unwrap();
        let aside = story.iter().find(|e| e.verb == "document.set_aside").unwrap().detail();
        assert_eq!((&aside["note"], &aside["from"], &aside["to"]), (&json!("同じ文書の再送"), &json!("in_review"), &json!("set_aside")));
    }
}
