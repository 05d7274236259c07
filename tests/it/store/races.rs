//! Many people and workers at once: one wins, nobody waits for ever, nothing is half done.

use super::given::*;
use crate::support::on_both_databases;
use std::time::Duration;
use uketsuke::domain::*;
use uketsuke::review::{PatientChoice, Refused};
use uketsuke::store::audit::{self, Verified};
use uketsuke::store::{deliveries, documents, jobs};

fn linked() -> Option<PatientChoice> {
    Some(PatientChoice::Linked("0042".into()))
}

on_both_databases! {
    async fn one_of_many_gets_the_document(db: Db) {
        let id = document(&db, "x").await;
        let (review, _) = review(&db).await;
        let mut racers = vec![];
        for i in 0..8 {
            let (review, id, me) = (review.clone(), id.clone(), user(&db, &format!("u{i}")).await);
            racers.push(tokio::spawn(async move { review.hold(&me, &id).await }));
        }
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(_) => won += 1,
                Err(refused) => assert!(matches!(refused, Refused::HeldBy { .. }), "{refused}"),
            }
        }
        assert_eq!(won, 1);
    }

    async fn one_of_many_clicks_confirms(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        let (me, id) = (user(&db, "a").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let version = review.hold(&me, &id).await.unwrap().document.version;
        let racers: Vec<_> = (0..8).map(|i| {
            let (review, id, me) = (review.clone(), id.clone(), me.clone());
            tokio::spawn(async move {
                if i == 7 {
                    review.set_aside(&me, &id, version, "重複").await
                } else {
                    review.confirm(&me, &id, version, &correction("海野 環", linked()), &compared()).await
                }
            })
        }).collect();
        let mut won = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(()) => won += 1,
                Err(refused) => assert!(matches!(refused, Refused::AlreadyConfirmed | Refused::NotHeld), "{refused}"),
            }
        }
        assert_eq!(won, 1);
        let mut beside = Beside::open(&url).await;
        let approvals = beside.number("SELECT count(*) FROM approval").await;
        let pushes = beside.number("SELECT count(*) FROM job WHERE stage = 'push'").await;
        let state = found_document(&db, &id).await.state;
        assert_eq!((approvals, pushes), if state == DocumentState::Approved { (1, 1) } else { (0, 0) }, "{state:?}");
    }

    async fn an_approval_is_whole_or_absent_when_the_caller_is_cut_off(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        let (me, (review, _)) = (user(&db, "a").await, review(&db).await);
        let mut ids = vec![];
        for i in 0..12 {
            let id = document(&db, &format!("x{i}")).await;
            let version = review.hold(&me, &id).await.unwrap().document.version;
            let said = correction("海野 環", linked());
            // The browser goes away at some instant: the verb is dropped wherever it stands.
            let cut = Duration::from_micros(200 * i);
            let _ = tokio::time::timeout(cut, review.confirm(&me, &id, version, &said, &compared())).await;
            ids.push(id);
        }
        // What had been told to commit when its caller went away is done before anything is counted.
        let mut tx = db.write().await.unwrap();
        audit::lock(&mut tx).await.unwrap();
        drop(tx);
        let mut beside = Beside::open(&url).await;
        let approved = beside.number("SELECT count(*) FROM document WHERE state = 'approved'").await;
        assert_eq!(beside.number("SELECT count(*) FROM approval").await, approved);
        assert_eq!(beside.number("SELECT count(*) FROM job WHERE stage = 'push'").await, approved);
        assert_eq!(beside.number("SELECT count(*) FROM audit WHERE verb = 'document.approved'").await, approved);
        assert_eq!(beside.number("SELECT count(*) FROM hold").await, 12 - approved);
        // Whatever was cut off can be done now.
        for id in ids {
            let row = found_document(&db, &id).await;
            if row.state == DocumentState::InReview {
                review.confirm(&me, &id, row.version, &correction("海野 環", linked()), &compared()).await.unwrap();
            }
        }
        assert_eq!(beside.number("SELECT count(*) FROM approval").await, 12);
    }

    async fn workers_and_reviewers_at_once_never_wait_for_each_other(db: Db) {
        let (review, _) = review(&db).await;
        let mut ids = vec![];
        for i in 0..6 {
            ids.push(document(&db, &format!("x{i}")).await);
        }
        let mut racers = vec![];
        for w in 0..6_usize {
            let (db, review, mut ids) = (db.clone(), review.clone(), ids.clone());
            let me = user(&db, &format!("u{w}")).await;
            // Everybody goes through the same documents in another order.
            ids.rotate_left(w);
            racers.push(tokio::spawn(async move {
                for (i, id) in ids.iter().enumerate() {
                    if let Ok(held) = review.hold(&me, id).await {
                        review.confirm(&me, id, held.document.version, &correction("海野 環", linked()), &compared()).await.unwrap();
                    }
                    let mut tx = db.write().await.unwrap();
                    let origin = origin(&format!("w{w}-{i}"));
                    let print = Fingerprint::of(b"same bytes");
                    deliveries::receive(&mut tx, &origin, &print, 1, NOW).await.unwrap();
                    tx.commit().await.unwrap();
                    let owner = format!("w{w}");
                    let mut tx = db.write().await.unwrap();
                    let job = jobs::claim(&mut tx, &owner, &[Stage::Push], NOW, 10_000).await.unwrap();
                    tx.commit().await.unwrap();
                    if let Some(job) = job {
                        let subject = DocumentId::parse(&job.subject).unwrap();
                        let mut tx = db.write().await.unwrap();
                        assert!(documents::pushed(&mut tx, &subject, &RecordId::fresh(), NOW).await.unwrap());
                        assert!(jobs::finish(&mut tx, &job, &owner, NOW).await.unwrap());
                        tx.commit().await.unwrap();
                    }
                }
            }));
        }
        for racer in racers {
            tokio::time::timeout(Duration::from_secs(60), racer).await.expect("nobody waits for ever").unwrap();
        }
        let mut tx = db.read().await.unwrap();
        let counts = documents::counts(&mut tx).await.unwrap();
        assert_eq!(counts.pushed + counts.confirmed, 6);
        assert_eq!(deliveries::recent(&mut tx, 100).await.unwrap().len(), 42);
        assert!(matches!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { .. }));
    }
}
