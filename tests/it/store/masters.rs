//! Masters: compared, applied, looked up, and every import noted; what the doors note beside a delivery.

use super::given::*;
use crate::support::on_both_databases;
use std::collections::HashSet;
use uketsuke::domain::*;
use uketsuke::store::masters::{ImportRun, Outcome};
use uketsuke::store::{deliveries, incoming, masters, pages};

fn institution(id: &str, name: &str) -> Institution {
    Institution { institution_id: id.into(), name: name.into(), ..Institution::default() }
}

fn doctor(id: &str, institution: &str) -> Doctor {
    Doctor {
        doctor_id: id.into(), institution_id: institution.into(), name: "架空 太郎".into(), ..Doctor::default()
    }
}

on_both_databases! {
    async fn a_list_is_compared_and_applied(db: Db) {
        let nobody = HashSet::new();
        let mut tx = db.write().await.unwrap();
        let before = masters::lock(&mut tx).await.unwrap();
        let list = [institution("I1", "みなと医院"), institution("I2", "やまて診療所")];
        let diff = masters::compare(&mut tx, &list, &nobody).await.unwrap();
        assert_eq!((diff.added.len(), diff.changed.len(), diff.gone.len()), (2, 0, 0));
        let version = masters::apply(&mut tx, &diff, NOW).await.unwrap();
        assert_eq!(version, before + 1);
        let doctors = masters::compare(&mut tx, &[doctor("D1", "I1")], &nobody).await.unwrap();
        masters::apply(&mut tx, &doctors, NOW).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.write().await.unwrap();
        let list = [institution("I1", "みなと医院（新館）")];
        let diff = masters::compare(&mut tx, &list, &nobody).await.unwrap();
        assert_eq!((diff.added.len(), diff.changed.len(), diff.gone.len()), (0, 1, 1));
        masters::apply(&mut tx, &diff, NOW).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        assert_eq!(masters::institution(&mut tx, "I1").await.unwrap().unwrap().name, "みなと医院（新館）");
        assert!(masters::institution(&mut tx, "I9").await.unwrap().is_none());
        assert_eq!(masters::doctor(&mut tx, "D1").await.unwrap().unwrap().institution_id, "I1");
        let ids = masters::institution_ids(&mut tx).await.unwrap();
        assert_eq!(ids, HashSet::from(["I1".to_owned(), "I2".to_owned()]), "a row that is gone stays known");
    }

    async fn an_import_is_noted(db: Db) {
        let run = ImportRun {
            id: JobId::fresh().to_string(),
            master: "patients".into(),
            outcome: Outcome::Refused,
            reason: Some("gone".into()),
            fingerprint: Fingerprint::of(b"list"),
            forced: false,
            added: 1,
            changed: 2,
            unchanged: 3,
            gone: 4,
            refused: 5,
            warned: 6,
            at: NOW,
        };
        let mut tx = db.write().await.unwrap();
        masters::note_run(&mut tx, &run).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(masters::recent_runs(&mut db.read().await.unwrap(), 5).await.unwrap(), [run]);
    }

    async fn what_the_fax_server_says_later_is_kept(db: Db) {
        let id = delivery(&db, "a").await;
        let fax = FaxMeta { pages: Some(3), line: Some("2".into()), ..FaxMeta::default() };
        let mut tx = db.write().await.unwrap();
        deliveries::fax_said(&mut tx, &id, &fax, NOW).await.unwrap();
        assert!(deliveries::fax_said(&mut tx, &DeliveryId::fresh(), &fax, NOW).await.is_err());
        tx.commit().await.unwrap();
        let found = deliveries::find(&mut db.read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!(found.fax.0, fax);
    }

    async fn a_file_that_waits_says_why(db: Db) {
        let mut tx = db.write().await.unwrap();
        incoming::seen(&mut tx, "fax", "k", "k.tif", 10, NOW).await.unwrap();
        incoming::explain(&mut tx, "fax", "k", "大きすぎます").await.unwrap();
        tx.commit().await.unwrap();
        let list = incoming::list(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(list.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>(), ["大きすぎます"]);
    }

    async fn a_page_is_found_without_its_text(db: Db) {
        let id = delivery(&db, "a").await;
        let picture = Fingerprint::of(b"page");
        let mut tx = db.write().await.unwrap();
        pages::put(&mut tx, &id, PageNo(1), 1, &picture, 10, 20, None).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let found = pages::image(&mut tx, &id, PageNo(1)).await.unwrap().unwrap();
        assert_eq!((found.image, found.width_px, found.height_px), (picture, 10, 20));
        assert!(pages::image(&mut tx, &id, PageNo(2)).await.unwrap().is_none());
    }
}
