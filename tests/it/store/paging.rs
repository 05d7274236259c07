//! Pages arranged, documents related and reopened, patients without a number: what the tables keep, on both databases.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::documents::{self, Compared, Correction, Outcome, Piece, Relation, Seeing};
use uketsuke::store::{masters, newcomers};

fn piece<'a>(reading: &'a DocumentReading, dropped: &'a [PageNo]) -> Piece<'a> {
    Piece { reading, dropped, due_at: NOW }
}

/// A letter that was confirmed about somebody who is not in the master, and stands in the referral database.
async fn pushed(db: &Db, user: &UserId) -> DocumentId {
    let id = document(db, "pushed").await;
    let (review, _) = review(db).await;
    let held = review.hold(user, &id).await.unwrap().document;
    let correction = Correction { patient: Some(PatientChoice::NotInMaster), ..Correction::as_it_stands(&held) };
    review.confirm(user, &id, held.version, &correction, &Compared::default()).await.unwrap();
    let mut tx = db.write().await.unwrap();
    documents::pushed(&mut tx, &id, &RecordId::fresh(), NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

on_both_databases! {
    async fn what_was_typed_stays_and_what_was_read_follows(db: Db) {
        let user = user(&db, "mihara").await;
        let from = delivery(&db, "a.tif").await;
        let ids = propose(&db, &from, &[reading(&[1, 2, 3], Kind::ReferralLetter, "海野 環"), reading(&[4], Kind::Notice, "")], NOW).await;
        let mut tx = db.write().await.unwrap();
        let before = documents::find(&mut tx, &ids[0]).await.unwrap().unwrap();
        let mut typed = Correction::as_it_stands(&before);
        typed.values.insert(FieldName::Remarks, "電話済み".into());
        let Outcome::Done(version) = documents::correct(&mut tx, &ids[0], before.version, &typed, &user, NOW).await.unwrap() else { panic!() };
        let document = documents::find(&mut tx, &ids[0]).await.unwrap().unwrap();
        let anew = reading(&[1, 2, 3], Kind::ReplyLetter, "空井 澪");
        assert_eq!(documents::refit(&mut tx, &document, version - 1, &piece(&anew, &[]), &user, NOW).await.unwrap(), Outcome::Stale);
        let Outcome::Done(version) = documents::refit(&mut tx, &document, version, &piece(&anew, &[]), &user, NOW).await.unwrap() else { panic!() };
        let document = documents::find(&mut tx, &ids[0]).await.unwrap().unwrap();
        assert_eq!((document.kind, &document.values[&FieldName::PatientName][..], &document.values[&FieldName::Remarks][..]), (Kind::ReplyLetter, "空井 澪", "電話済み"));

        let first = reading(&[2, 1], Kind::ReplyLetter, "空井 澪");
        let word = ("document.split", serde_json::json!({}));
        let Outcome::Done(version) = documents::give_pages(&mut tx, &document, version, &piece(&first, &[]), word, &user, NOW).await.unwrap() else { panic!() };
        let rest = reading(&[3], Kind::LabReport, "空井 澪");
        let parted = documents::part(&mut tx, &document, &piece(&rest, &[]), &user, NOW).await.unwrap();
        let of = documents::of_delivery(&mut tx, &from).await.unwrap();
        assert_eq!(of.iter().map(|d| d.pages.0.clone()).collect::<Vec<_>>(), [vec![PageNo(2), PageNo(1)], vec![PageNo(3)], vec![PageNo(4)]]);

        let document = documents::find(&mut tx, &ids[0]).await.unwrap().unwrap();
        let other = documents::find(&mut tx, &parted).await.unwrap().unwrap();
        let whole = reading(&[2, 1, 3], Kind::ReplyLetter, "空井 澪");
        documents::join(&mut tx, &document, version, &other, &piece(&whole, &[]), &user, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(documents::find(&mut tx, &parted).await.unwrap(), None);
        let joined = documents::find(&mut tx, &ids[0]).await.unwrap().unwrap();
        assert_eq!((joined.pages.len(), &joined.values[&FieldName::Remarks][..]), (3, "電話済み"));
        let log = uketsuke::store::audit::of(&mut tx, parted.as_str()).await.unwrap();
        assert!(log.iter().any(|row| row.verb == "document.joined_into"));
    }

    async fn what_belongs_together_is_found_by_whoever_may_see_it(db: Db) {
        let user = user(&db, "mihara").await;
        let (a, b) = (document(&db, "a").await, document(&db, "b").await);
        let (review, _) = review(&db).await;
        let held = review.hold(&user, &b).await.unwrap().document;
        let blind = Seeing::As { user: user.clone(), restricted: vec![held.kind] };
        let mut tx = db.write().await.unwrap();
        let alike = documents::alike(&mut tx, &held, &Seeing::Everything).await.unwrap();
        assert_eq!(alike.iter().map(|row| &row.id).collect::<Vec<_>>(), [&a]);
        assert_eq!(documents::alike(&mut tx, &held, &blind).await.unwrap(), []);
        documents::relate(&mut tx, &b, held.version, (Relation::Resent, &a), &user, NOW).await.unwrap();
        assert_eq!(documents::related(&mut tx, &a, &Seeing::Everything).await.unwrap()[0].relation, Some(Relation::Resent));
        assert_eq!(documents::related(&mut tx, &a, &blind).await.unwrap(), []);
        assert_eq!(documents::of_patient(&mut tx, "1", &a, &Seeing::Everything).await.unwrap(), [], "nobody was linked");
    }

    async fn a_record_is_reopened_and_restored_as_it_was_approved(db: Db) {
        let user = user(&db, "mihara").await;
        let id = pushed(&db, &user).await;
        let mut tx = db.write().await.unwrap();
        let before = documents::find(&mut tx, &id).await.unwrap().unwrap();
        let Outcome::Done(version) = documents::reopen(&mut tx, &id, before.version, "誤り", &user, NOW).await.unwrap() else { panic!() };
        let mut typed = Correction::as_it_stands(&before);
        typed.values.insert(FieldName::PatientName, "別 人".into());
        let Outcome::Done(version) = documents::correct(&mut tx, &id, version, &typed, &user, NOW).await.unwrap() else { panic!() };
        documents::restore(&mut tx, &id, version, &user, NOW).await.unwrap();
        let after = documents::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((after.state, &after.values, &after.patient, &after.approved_by), (DocumentState::Pushed, &before.values, &before.patient, &before.approved_by));
        assert_eq!((after.correction_reason, after.record_id), (None, before.record_id));
    }

    async fn a_newcomer_needs_two_people(db: Db) {
        let (mine, theirs) = (user(&db, "mihara").await, user(&db, "onodera").await);
        let id = pushed(&db, &mine).await;
        let mut tx = db.write().await.unwrap();
        newcomers::make(&mut tx, &id, &mine, NOW).await.unwrap();
        let open = newcomers::open(&mut tx, &Seeing::Everything, 9).await.unwrap();
        assert_eq!((open.len(), &open[0].code[..]), (1, "仮00001"), "one document, one identity");
        newcomers::propose(&mut tx, &id, "00012", &[FieldName::PatientName], &mine, NOW).await.unwrap();
        newcomers::withdraw(&mut tx, &id, &mine, NOW).await.unwrap();
        assert_eq!(newcomers::find(&mut tx, &id).await.unwrap().unwrap().patient_id, None);
        newcomers::propose(&mut tx, &id, "00012", &[FieldName::PatientName], &mine, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert!(newcomers::joined(&mut tx, &id, &mine, NOW).await.is_err(), "the table itself wants another person");
        drop(tx);
        let mut tx = db.write().await.unwrap();
        newcomers::joined(&mut tx, &id, &theirs, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert!(newcomers::open(&mut db.read().await.unwrap(), &Seeing::Everything, 9).await.unwrap().is_empty());
    }

    async fn who_is_easily_taken_for_whom(db: Db) {
        let patient = |id: &str, name: &str, kana: &str, birth: &str, phone: &str| Patient {
            patient_id: id.into(),
            name: name.into(),
            kana: kana.into(),
            birth_date: birth.into(),
            phone: phone.into(),
            ..Patient::default()
        };
        let rows = [
            patient("1", "髙橋 一", "タカハシ ハジメ", "1950-01-01", "03-1"),
            patient("2", "高橋 一", "タカハシ イチ", "1960-02-02", "03-2"),
            patient("3", "高橋 初", "タカハシ ハジメ", "1970-03-03", "03-3"),
            patient("4", "髙橋 二", "タカハシ ツグ", "1950-01-01", "03-1"),
            patient("5", "別 人", "ベツ ジン", "1950-01-01", "03-9"),
        ];
        let mut tx = db.write().await.unwrap();
        masters::lock(&mut tx).await.unwrap();
        let diff = masters::compare(&mut tx, &rows, &Default::default()).await.unwrap();
        masters::apply(&mut tx, &diff, NOW).await.unwrap();
        let alike = masters::mixed_up(&mut tx, &rows[0]).await.unwrap();
        let told: Vec<_> = alike.iter().map(|(likeness, row)| (*likeness, row.patient_id.as_str())).collect();
        use masters::Likeness::*;
        assert_eq!(told, [(Twin, "4"), (Name, "2"), (Reading, "3")]);
    }
}
