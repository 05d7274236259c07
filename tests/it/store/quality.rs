//! Quality sampling: drawn once with the confirmation, read again by somebody else, settled by a third, counted without a value.

use super::given::*;
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::quality::ReadAgain;
use uketsuke::review::{Compared, PatientChoice, Refused, Review};
use uketsuke::store::documents::{self, Seeing};
use uketsuke::store::quality::{self, SampleCounts};

const EVERYTHING: &Seeing = &Seeing::Everything;

async fn confirm(review: &Review, user: &UserId, id: &DocumentId) {
    let version = review.hold(user, id).await.unwrap().document.version;
    let said = correction("海野 環", Some(PatientChoice::NotInMaster));
    review.confirm(user, id, version, &said, &Compared::default()).await.unwrap();
}

async fn pushed(db: &Db, id: &DocumentId) {
    let mut tx = db.write().await.unwrap();
    documents::pushed(&mut tx, id, &RecordId::fresh(), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn waits_for(db: &Db, user: &UserId, seeing: &Seeing) -> Vec<DocumentId> {
    let mut tx = db.read().await.unwrap();
    let rows = quality::for_person(&mut tx, user, true, seeing, 10).await.unwrap().0;
    rows.into_iter().map(|row| row.document_id).collect()
}

async fn unsettled_for(db: &Db, user: &UserId) -> Vec<DocumentId> {
    let mut tx = db.read().await.unwrap();
    let rows = quality::for_person(&mut tx, user, true, EVERYTHING, 10).await.unwrap().1;
    rows.into_iter().map(|row| row.document_id).collect()
}

fn again(phone: &str) -> ReadAgain {
    let mut values = BTreeMap::from([(FieldName::PatientName, "海野　環".to_owned())]);
    if !phone.is_empty() {
        values.insert(FieldName::SenderPhone, phone.to_owned());
    }
    ReadAgain { kind: Kind::ReferralLetter, patient: PatientChoice::NotInMaster, values }
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Refused>) -> bool {
    matches!(answer, Err(Refused::NotAllowed { .. }))
}

on_both_databases! {
    async fn a_confirmed_document_comes_back_once_to_somebody_else_and_a_third_settles_it(db: Db) {
        let (first, second, third) = (user(&db, "first").await, user(&db, "second").await, user(&db, "third").await);
        let (review, _) = review_undoing(&db, 60).await;
        let review = review.sampling(Sampling { share: 1.0, kinds: BTreeMap::new() });
        let id = document(&db, "drawn").await;
        confirm(&review, &first, &id).await;
        assert!(waits_for(&db, &second, EVERYTHING).await.is_empty(), "not before the record stands");
        review.undo(&first, &id).await.unwrap();
        confirm(&review, &first, &id).await;
        let mut tx = db.read().await.unwrap();
        let (counts, _) = quality::figures(&mut tx, NOW).await.unwrap();
        drop(tx);
        assert_eq!(counts, SampleCounts { confirmed: 1, chosen: 1, answered: 0, unsettled: 0 }, "drawn for once");
        pushed(&db, &id).await;

        // To whom it comes back.
        assert!(waits_for(&db, &first, EVERYTHING).await.is_empty(), "never one's own");
        assert_eq!(waits_for(&db, &second, EVERYTHING).await, std::slice::from_ref(&id));
        let few = Seeing::As { user: second.clone(), restricted: vec![Kind::ReferralLetter] };
        assert!(waits_for(&db, &second, &few).await.is_empty(), "never what they may not see");
        assert!(refused(review.read_sample(&first, &id, &again("")).await), "not by its address either");
        assert!(unsettled_for(&db, &third).await.is_empty());

        let before = found_document(&db, &id).await;
        assert_eq!(review.read_sample(&second, &id, &again("06-0000-1111")).await.unwrap(), 1);
        assert!(refused(review.read_sample(&third, &id, &again("")).await), "once");
        assert!(waits_for(&db, &third, EVERYTHING).await.is_empty());
        assert!(unsettled_for(&db, &first).await.is_empty() && unsettled_for(&db, &second).await.is_empty());
        let mut tx = db.read().await.unwrap();
        let kept = quality::figures(&mut tx, later(-200 * 24 * HOUR)).await.unwrap();
        assert_eq!((kept.0.unsettled, &kept), (1, &quality::figures(&mut tx, NOW).await.unwrap()));
        drop(tx);
        assert_eq!(unsettled_for(&db, &third).await, std::slice::from_ref(&id));
        let mut tx = db.read().await.unwrap();
        let nothing = quality::for_person(&mut tx, &third, false, EVERYTHING, 10).await.unwrap();
        assert_eq!(nothing, (vec![], vec![]), "only those who settle");
        drop(tx);

        // Who was right.
        let phone = SampleItem::Field(FieldName::SenderPhone);
        let word = [(phone, WhoWasRight::Second)];
        assert!(refused(review.settle_sample(&first, &id, &word).await) && refused(review.settle_sample(&second, &id, &word).await));
        assert!(refused(review.settle_sample(&third, &id, &[]).await), "everything that differs");
        let wrong = [(SampleItem::Field(FieldName::PatientName), WhoWasRight::First)];
        assert!(review.settle_sample(&third, &id, &wrong).await.is_err(), "only what differs");
        assert!(review.settle_sample(&third, &id, &word).await.unwrap(), "the record wants correcting");
        assert!(matches!(review.settle_sample(&third, &id, &word).await, Err(Refused::Stale)));
        assert_eq!(found_document(&db, &id).await, before, "nothing here changes a document");

        let mut tx = db.read().await.unwrap();
        let items = quality::items(&mut tx, &id).await.unwrap();
        let of = |code: &str| items.iter().find(|row| row.item == code).unwrap().clone();
        assert_eq!(items.len(), 4, "kind, patient, name and telephone: where nobody says anything nothing is compared");
        assert_eq!((of("patient_name").agreement, of("patient_name").who_was_right), (Agreement::Same, None));
        assert_eq!((of("sender_phone").agreement, of("sender_phone").who_was_right), (Agreement::Differs, Some(WhoWasRight::Second)));
        assert_eq!((of("sender_phone").first_value.as_str(), of("sender_phone").second_value.as_str()), ("", "06-0000-1111"));
        let (_, said) = quality::figures(&mut tx, NOW).await.unwrap();
        assert_eq!(said.iter().map(|row| row.n).sum::<i64>(), 4);
        // Counted from the rows and as kept: the span of now is counted, the one before asks for what is kept.
        let day = 24 * HOUR;
        let kept = quality::figures(&mut tx, later(-200 * day)).await.unwrap();
        assert_eq!(kept, quality::figures(&mut tx, NOW).await.unwrap());
        assert_eq!(kept.0, SampleCounts { confirmed: 1, chosen: 1, answered: 1, unsettled: 0 });
        assert_eq!(kept.1.iter().filter(|row| row.who_was_right == Some(WhoWasRight::Second)).count(), 1);
        assert!(said.iter().all(|row| row.kind == Kind::ReferralLetter && row.source == "fax"));
        assert!(quality::figures(&mut tx, later(1)).await.unwrap().1.is_empty());
        let read = quality::read_and_confirmed(&mut tx, NOW, 5).await.unwrap();
        assert_eq!((read.len(), &read[0].id), (1, &id));
        assert_eq!(read[0].reading.field(FieldName::PatientName).map(|found| found.value.as_str()), Some("海野 環"));
        assert!(!quality::has_worked_on(&mut tx, &id, &third).await.unwrap());
    }

    async fn who_had_it_open_does_not_read_it_blind_and_agreement_leaves_nothing_to_settle(db: Db) {
        let (first, opened, second) = (user(&db, "first").await, user(&db, "opened").await, user(&db, "second").await);
        let (review, _) = review(&db).await;
        let id = document(&db, "agreed").await;
        review.hold(&opened, &id).await.unwrap();
        review.release(&opened, &id).await.unwrap();
        confirm(&review, &first, &id).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(quality::find(&mut tx, &id).await.unwrap(), None, "no share, no draw");
        assert!(!quality::draw(&mut tx, &id, Draw { random: 1, share: 0 }, NOW).await.unwrap());
        assert!(!quality::draw(&mut tx, &id, Draw { random: 1, share: 1_000_000 }, NOW).await.unwrap(), "never twice");
        assert_eq!(quality::find(&mut tx, &id).await.unwrap(), None);
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert!(quality::draw(&mut tx, &id, Draw { random: 1, share: 1_000_000 }, NOW).await.unwrap());
        tx.commit().await.unwrap();
        pushed(&db, &id).await;
        let mut tx = db.read().await.unwrap();
        assert!(quality::has_worked_on(&mut tx, &id, &opened).await.unwrap());
        drop(tx);
        assert!(waits_for(&db, &opened, EVERYTHING).await.is_empty());
        assert!(refused(review.read_sample(&opened, &id, &again("")).await));

        // Nor does who looked at what was confirmed; the paper alone gives nothing away.
        let looked = user(&db, "looked").await;
        let mut tx = db.read().await.unwrap();
        assert!(!quality::has_worked_on(&mut tx, &id, &looked).await.unwrap());
        drop(tx);
        review.viewed_sample(&looked, &id, None).await.unwrap();
        assert_eq!(waits_for(&db, &looked, EVERYTHING).await, std::slice::from_ref(&id));
        review.viewed(&looked, &id, None).await.unwrap();
        assert!(waits_for(&db, &looked, EVERYTHING).await.is_empty());
        assert!(refused(review.read_sample(&looked, &id, &again("")).await));

        // The table itself refuses one person as both.
        let mut tx = db.write().await.unwrap();
        let approved = documents::approved(&mut tx, &id).await.unwrap().unwrap();
        assert!(quality::answer(&mut tx, &approved, &[], &first, NOW).await.is_err());
        drop(tx);
        let mut tx = db.write().await.unwrap();
        documents::mark_misdirected(&mut tx, &id, true).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(review.read_sample(&second, &id, &again("")).await, Err(Refused::NotFound)), "what they may not see");
        let mut tx = db.write().await.unwrap();
        documents::mark_misdirected(&mut tx, &id, false).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(review.read_sample(&second, &id, &again("")).await.unwrap(), 0);
        let mut tx = db.write().await.unwrap();
        let sample = quality::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((sample.second_user, sample.differing, sample.settled_at), (Some(second), 0, Some(NOW)));
        let word = [(SampleItem::Kind, WhoWasRight::First)];
        assert!(quality::settle(&mut tx, &id, &word, &opened, NOW).await.is_err(), "nothing differs");
    }
}
