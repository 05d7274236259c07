//! Readings become documents once, follow newer readings, and never overwrite a person.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::{Error, audit, documents};

on_both_databases! {
    async fn proposing_again_changes_nothing(db: Db) {
        let delivery = delivery(&db, "a").await;
        let readings = [
            reading(&[2, 3], Kind::ReplyLetter, "空井 澪"),
            reading(&[1], Kind::ReferralLetter, "海野 環"),
        ];
        let first = propose(&db, &delivery, &readings, NOW).await;
        let mut tx = db.read().await.unwrap();
        let log = audit::recent(&mut tx, None, 99).await.unwrap().len();
        drop(tx);
        let second = propose(&db, &delivery, &readings, later(9)).await;
        assert_eq!(first, second);
        let mut tx = db.read().await.unwrap();
        let rows = documents::of_delivery(&mut tx, &delivery).await.unwrap();
        assert_eq!(rows.iter().map(|d| d.pages.0[0].0).collect::<Vec<_>>(), [1, 2], "in order of pages");
        let row = &rows[0];
        assert_eq!((row.state, row.version, row.kind), (DocumentState::Proposed, 1, Kind::ReferralLetter));
        assert_eq!((row.received_at, row.due_at), (NOW, later(24 * HOUR)));
        assert_eq!(row.reading.0, readings[1]);
        assert_eq!(row.values.get(&FieldName::PatientName).map(String::as_str), Some("海野 環"));
        assert_eq!(row.patient_label.as_deref(), Some("海野 環"));
        assert_eq!(row.sender_label.as_deref(), Some("みどり坂診療所"));
        assert_eq!((row.patient(), row.institution_id.as_deref()), (None, None), "nobody is linked until a person says so");
        assert_eq!((row.kind_confidence, row.channel, row.source.as_str()), (0.875, Channel::Fax, "fax"));
        assert_eq!(audit::recent(&mut tx, None, 99).await.unwrap().len(), log, "and nothing is logged");
    }

    async fn a_newer_reading_replaces_what_nobody_touched(db: Db) {
        let delivery = delivery(&db, "a").await;
        let first = propose(&db, &delivery, &[
            reading(&[1], Kind::Unknown, ""),
            reading(&[2], Kind::Unknown, ""),
            reading(&[3], Kind::Unknown, ""),
        ], NOW).await;
        let second = propose(&db, &delivery, &[
            reading(&[1], Kind::ReferralLetter, "海野 環"),
            reading(&[2, 3], Kind::LabReport, "海野 環"),
        ], later(1)).await;
        assert_eq!(second[0], first[0], "the same pages keep their id");
        assert!(!first.contains(&second[1]));
        let row = found_document(&db, &first[0]).await;
        assert_eq!((row.kind, row.version, row.patient_label.as_deref()), (Kind::ReferralLetter, 2, Some("海野 環")));
        let mut tx = db.read().await.unwrap();
        assert_eq!(documents::of_delivery(&mut tx, &delivery).await.unwrap().len(), 2);
        assert!(documents::find(&mut tx, &first[1]).await.unwrap().is_none());
        let story: Vec<_> = audit::of(&mut tx, first[1].as_str()).await.unwrap().into_iter().map(|e| e.verb).collect();
        assert_eq!(story, ["document.proposed", "document.withdrawn"]);
    }

    async fn what_a_person_has_open_or_changed_stays(db: Db) {
        let (staff, delivery) = (user(&db, "a").await, delivery(&db, "a").await);
        let (review, _) = review(&db).await;
        let old = [
            reading(&[1], Kind::Unknown, ""),
            reading(&[2], Kind::Unknown, ""),
            reading(&[3], Kind::Unknown, ""),
        ];
        let ids = propose(&db, &delivery, &old, NOW).await;
        // 1 is open, 2 was corrected and let go, 3 was only looked at.
        review.hold(&staff, &ids[0]).await.unwrap();
        let held = review.hold(&staff, &ids[1]).await.unwrap();
        let draft = correction("空井 澪", Some(PatientChoice::NotInMaster));
        review.correct(&staff, &ids[1], held.document.version, &draft).await.unwrap();
        review.release(&staff, &ids[1]).await.unwrap();
        review.hold(&staff, &ids[2]).await.unwrap();
        review.release(&staff, &ids[2]).await.unwrap();

        let new = [reading(&[1, 2], Kind::LabReport, "別の 人"), reading(&[3], Kind::Notice, "")];
        for _ in 0..2 {
            assert_eq!(propose(&db, &delivery, &new, later(1)).await, [ids[2].clone()]);
        }
        assert_eq!(found_document(&db, &ids[0]).await.kind, Kind::Unknown);
        let kept = found_document(&db, &ids[1]).await;
        assert_eq!((kept.kind, kept.patient()), (Kind::ReferralLetter, Some(PatientChoice::NotInMaster)));
        assert_eq!(found_document(&db, &ids[2]).await.kind, Kind::Notice);
        let mut tx = db.read().await.unwrap();
        assert_eq!(documents::of_delivery(&mut tx, &delivery).await.unwrap().len(), 3);
    }

    async fn a_file_without_pages_still_gives_one_item(db: Db) {
        let delivery = delivery(&db, "broken").await;
        let mut nothing = reading(&[], Kind::Unknown, "");
        nothing.fields.clear();
        nothing.decision = Decision::Unreadable;
        let first = propose(&db, &delivery, &[nothing.clone()], NOW).await;
        assert_eq!(propose(&db, &delivery, &[nothing], later(1)).await, first);
        let row = found_document(&db, &first[0]).await;
        assert_eq!((row.decision, row.sender_label.as_deref()), (Decision::Unreadable, Some("06-0000-1111")));
    }

    async fn a_crash_while_proposing_leaves_nothing(db: Db) {
        let delivery = delivery(&db, "a").await;
        let readings = [reading(&[1], Kind::Notice, ""), reading(&[2], Kind::Notice, "")];
        let mut tx = db.write().await.unwrap();
        documents::propose(&mut tx, &delivery, &readings, NOW, |_| HOUR, NOW).await.unwrap();
        drop(tx);
        let mut tx = db.read().await.unwrap();
        assert!(documents::of_delivery(&mut tx, &delivery).await.unwrap().is_empty());
        drop(tx);
        assert_eq!(propose(&db, &delivery, &readings, NOW).await.len(), 2);
        let mut tx = db.write().await.unwrap();
        let nowhere = documents::propose(&mut tx, &DeliveryId::fresh(), &readings, NOW, |_| HOUR, NOW).await;
        assert!(matches!(nowhere, Err(Error::NotFound(_))));
    }

    async fn readings_may_hold_nul(db: Db) {
        let delivery = delivery(&db, "a").await;
        let ids = propose(&db, &delivery, &[reading(&[1], Kind::Notice, "海\0野")], NOW).await;
        let row = found_document(&db, &ids[0]).await;
        assert_eq!(row.patient_label.as_deref(), Some("海\u{fffd}野"));
        assert_eq!(row.reading.field(FieldName::PatientName).unwrap().value, "海\u{fffd}野");
    }
}
