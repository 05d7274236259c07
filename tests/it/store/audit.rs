//! The log is whole, grows only at its end, and names the first row that was tampered with.

use super::given::*;
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::db::Db;
use uketsuke::domain::{Timestamp, UserId};
use uketsuke::store::audit::{self, Actor, Verified};

async fn append(db: &Db, verb: &str, subject: &str) {
    let mut tx = db.write().await.unwrap();
    let detail = json!({ "b": [1, 2.5, "受付"], "a": null, "z": "\u{0}" });
    audit::append(&mut tx, &Actor::Program, verb, subject, &detail, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn verified(db: &Db) -> Verified {
    let mut tx = db.read().await.unwrap();
    audit::verify(&mut tx).await.unwrap()
}

on_both_databases! {
    async fn rows_are_chained_and_found_by_subject(db: Db) {
        assert_eq!(verified(&db).await, Verified::Whole { rows: 0 });
        let person = UserId::fresh();
        append(&db, "one", "x").await;
        append(&db, "two", "y").await;
        let mut tx = db.write().await.unwrap();
        audit::lock(&mut tx).await.unwrap();
        audit::append(&mut tx, &Actor::Person(person.clone()), "three", "x", &json!({}), Timestamp(-5)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        let of: Vec<(i64, String)> = audit::of(&mut tx, "x").await.unwrap().into_iter().map(|e| (e.seq, e.verb)).collect();
        assert_eq!(of, [(1, "one".to_owned()), (3, "three".to_owned())]);
        let newest = audit::recent(&mut tx, None, 2).await.unwrap();
        assert_eq!(newest.iter().map(|e| e.seq).collect::<Vec<_>>(), [3, 2]);
        assert_eq!((newest[0].actor.as_str(), newest[0].at), (person.as_str(), Timestamp(-5)));
        assert_eq!(newest[1].detail()["b"], json!([1, 2.5, "受付"]));
        assert_eq!(audit::recent(&mut tx, Some(2), 9).await.unwrap().len(), 1);
        drop(tx);
        assert_eq!(verified(&db).await, Verified::Whole { rows: 3 });
    }

    async fn what_is_not_committed_is_not_in_the_log(db: Db) {
        append(&db, "kept", "x").await;
        let mut tx = db.write().await.unwrap();
        audit::append(&mut tx, &Actor::Program, "lost", "x", &json!({}), NOW).await.unwrap();
        drop(tx);
        append(&db, "kept", "x").await;
        assert_eq!(verified(&db).await, Verified::Whole { rows: 2 });
    }

    async fn a_long_log_is_walked_to_its_end(db: Db) {
        let mut tx = db.write().await.unwrap();
        for _ in 0..2003 {
            audit::append(&mut tx, &Actor::Program, "many", "x", &json!({}), NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(verified(&db).await, Verified::Whole { rows: 2003 });
    }

    async fn writers_at_once_make_one_chain(db: Db) {
        let writers: Vec<_> = (0..8).map(|w| {
            let db = db.clone();
            tokio::spawn(async move {
                for _ in 0..10 {
                    append(&db, "storm", &format!("{w}")).await;
                }
            })
        }).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(verified(&db).await, Verified::Whole { rows: 80 });
    }

    async fn tampering_is_named_by_its_first_row(place: Place) {
        let attempts: &[(&'static str, i64)] = &[
            ("UPDATE audit SET detail = '{}' WHERE seq = 3", 3),
            ("UPDATE audit SET actor = 'somebody' WHERE seq = 1", 1),
            ("UPDATE audit SET at = at + 1 WHERE seq = 4", 4),
            ("UPDATE audit SET verb = 'tw', subject = 'o2' WHERE seq = 2", 2),
            ("DELETE FROM audit WHERE seq = 2", 2),
            ("DELETE FROM audit WHERE seq = 5", 5),
            ("DELETE FROM audit", 1),
            ("INSERT INTO audit SELECT seq + 5, at, actor, verb, subject, detail, hash || 'x' FROM audit WHERE seq = 1", 6),
            ("UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)", 6),
        ];
        for (sql, broken) in attempts {
            let url = place.url().await;
            let db = uketsuke::store::open(&url).await.unwrap();
            for i in 1..=5 {
                append(&db, "two", &format!("{i}")).await;
            }
            let mut beside = Beside::open(&url).await;
            beside.disarm().await;
            assert!(beside.execute(sql).await.unwrap() > 0, "{sql}");
            assert_eq!(verified(&db).await, Verified::Broken { seq: *broken }, "{sql}");
        }
    }
}
