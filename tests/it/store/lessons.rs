//! What confirmations taught: kept once, replaced by a newer version, forgotten by a person and on record.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::{audit, lessons};

fn number(institution: &str) -> Taught {
    Taught::SenderNumber { number: "0600001111".into(), institution_id: institution.into() }
}

fn form() -> Taught {
    let places = vec![Taken { field: FieldName::PatientName, bbox: BBox::new(0.25, 0.5, 0.5, 0.53125) }];
    let words = vec![Printed { text: "ゴシメイ".into(), x: 0.125, y: 0.5 }];
    Taught::Form(Form { kind: Kind::ReferralLetter, pages: vec![FormPage { words, places }] })
}

on_both_databases! {
    async fn lessons_are_kept_replaced_and_forgotten(db: Db) {
        let (staff, first, second) = (user(&db, "a").await, document(&db, "x").await, document(&db, "y").await);
        let mut tx = db.write().await.unwrap();
        let start = lessons::version(&mut tx).await.unwrap();
        lessons::learn(&mut tx, &first, &[number("I1"), form()], NOW).await.unwrap();
        lessons::learn(&mut tx, &second, &[number("I2")], later(1)).await.unwrap();
        lessons::learn(&mut tx, &second, &[], later(1)).await.unwrap();
        lessons::learn(&mut tx, &second, &[number("I3")], later(2)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        let all = lessons::load_all(&mut tx).await.unwrap();
        let expected = [(&first, number("I1")), (&first, form()), (&second, number("I3"))];
        let mut expected: Vec<Lesson> = expected.into_iter().map(|(d, taught)| Lesson { document: d.clone(), taught }).collect();
        // Two of one moment have no order of their own.
        if all.first().is_some_and(|lesson| lesson.taught == form()) {
            expected.swap(0, 1);
        }
        assert_eq!(all, expected);
        let learned = lessons::version(&mut tx).await.unwrap();
        assert!(learned > start);
        drop(tx);

        // A transaction that comes to nothing forgets nothing.
        let mut tx = db.write().await.unwrap();
        assert!(lessons::forget(&mut tx, &first, &staff, later(3)).await.unwrap());
        drop(tx);
        let (review, _) = review(&db).await;
        assert!(review.forget(&staff, &first).await.unwrap());
        assert!(!review.forget(&staff, &first).await.unwrap(), "there is nothing left to forget");
        let mut tx = db.read().await.unwrap();
        let left = lessons::load_all(&mut tx).await.unwrap();
        assert_eq!(left, [Lesson { document: second, taught: number("I3") }]);
        assert_eq!(lessons::version(&mut tx).await.unwrap(), learned + 1);
        let log = audit::of(&mut tx, first.as_str()).await.unwrap();
        let forgotten = log.iter().filter(|entry| entry.verb == "document.forgotten").count();
        assert_eq!(forgotten, 1, "once, and by whom");
        assert!(log.iter().any(|e| e.verb == "document.forgotten" && e.actor == staff.as_str()));
    }
}
