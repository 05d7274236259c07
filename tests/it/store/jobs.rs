//! A job is done by one worker at a time, and who lost the lease changes nothing.

use super::given::*;
use crate::support::on_both_databases;
use std::collections::BTreeSet;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::jobs::{self, Job};

const LEASE: i64 = 100;

async fn enqueue(db: &Db, subject: &str, stage: Stage, at: Timestamp) {
    let mut tx = db.write().await.unwrap();
    jobs::enqueue(&mut tx, subject, stage, at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn claim(db: &Db, owner: &str, now: Timestamp) -> Option<Job> {
    let mut tx = db.write().await.unwrap();
    let job = jobs::claim(&mut tx, owner, Stage::ALL, now, LEASE).await.unwrap();
    tx.commit().await.unwrap();
    job
}

on_both_databases! {
    async fn the_same_work_is_added_once_and_claimed_in_order(db: Db) {
        enqueue(&db, "late", Stage::Decode, later(50)).await;
        enqueue(&db, "early", Stage::Recognise, later(10)).await;
        enqueue(&db, "early", Stage::Recognise, later(0)).await;
        assert_eq!(claim(&db, "w", later(9)).await, None, "nothing is due yet");
        let mut tx = db.write().await.unwrap();
        assert_eq!(jobs::claim(&mut tx, "w", &[Stage::Push, Stage::Understand], later(60), LEASE).await.unwrap(), None);
        assert_eq!(jobs::claim(&mut tx, "w", &[], later(60), LEASE).await.unwrap(), None);
        let only = jobs::claim(&mut tx, "w", &[Stage::Decode], later(60), LEASE).await.unwrap().unwrap();
        assert_eq!((only.subject.as_str(), only.stage, only.attempt), ("late", Stage::Decode, 1));
        tx.commit().await.unwrap();
        let first = claim(&db, "w", later(60)).await.unwrap();
        assert_eq!((first.subject.as_str(), first.run_at), ("early", later(10)));
        assert_eq!(claim(&db, "w", later(60)).await, None);
    }

    async fn an_expired_worker_changes_nothing(db: Db) {
        enqueue(&db, "x", Stage::Decode, NOW).await;
        let a = claim(&db, "A", later(0)).await.unwrap();
        assert_eq!(claim(&db, "B", later(100)).await, None, "leased");
        let mut tx = db.write().await.unwrap();
        assert!(jobs::heartbeat(&mut tx, &a, "A", later(90), LEASE).await.unwrap());
        assert!(!jobs::heartbeat(&mut tx, &a, "B", later(90), LEASE).await.unwrap(), "not B's");
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, "B", later(190)).await, None, "kept by the heartbeat");
        let b = claim(&db, "B", later(191)).await.unwrap();
        assert_eq!((b.attempt, b.id.clone()), (2, a.id.clone()));

        let mut tx = db.write().await.unwrap();
        assert!(!jobs::heartbeat(&mut tx, &a, "A", later(192), LEASE).await.unwrap());
        assert!(!jobs::progress(&mut tx, &a, "A", later(192), LEASE).await.unwrap());
        assert!(!jobs::fail(&mut tx, &a, "A", "late", None, later(192)).await.unwrap());
        assert!(!jobs::finish(&mut tx, &a, "A", later(192)).await.unwrap());
        assert!(jobs::finish(&mut tx, &b, "B", later(193)).await.unwrap());
        assert!(!jobs::finish(&mut tx, &b, "B", later(194)).await.unwrap(), "once");
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, "C", later(9999)).await, None);
        enqueue(&db, "x", Stage::Decode, later(9999)).await;
        assert_eq!(claim(&db, "C", later(99999)).await, None, "done stays done");
    }

    async fn the_same_owner_cannot_finish_an_older_claim(db: Db) {
        enqueue(&db, "x", Stage::Decode, NOW).await;
        let old = claim(&db, "A", later(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(jobs::give_back(&mut tx, "A").await.unwrap(), 1);
        tx.commit().await.unwrap();
        let new = claim(&db, "A", later(1)).await.unwrap();
        assert_eq!((new.attempt, old.attempt), (1, 1), "a try that was given back does not count");
        let mut tx = db.write().await.unwrap();
        assert!(!jobs::finish(&mut tx, &old, "A", later(2)).await.unwrap());
        assert!(jobs::finish(&mut tx, &new, "A", later(2)).await.unwrap());
    }

    async fn failures_are_tried_again_until_given_up(db: Db) {
        enqueue(&db, "x", Stage::Push, NOW).await;
        let first = claim(&db, "A", later(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert!(jobs::fail(&mut tx, &first, "A", "unreachable", Some(later(500)), later(1)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, "A", later(499)).await, None);
        let second = claim(&db, "A", later(500)).await.unwrap();
        assert_eq!((second.attempt, second.last_error.as_deref()), (2, Some("unreachable")));
        let mut tx = db.write().await.unwrap();
        assert!(jobs::progress(&mut tx, &second, "A", later(501), LEASE).await.unwrap());
        assert_eq!(jobs::of(&mut tx, "x").await.unwrap()[0].attempt, 1, "only tries without success count");
        assert!(jobs::fail(&mut tx, &second, "A", "refused", None, later(502)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, "A", later(99999)).await, None);

        let mut tx = db.write().await.unwrap();
        let status = jobs::of(&mut tx, "x").await.unwrap().remove(0);
        assert!(status.gave_up && status.done_at == Some(later(502)) && status.lease_until.is_none());
        let pending = jobs::pending(&mut tx).await.unwrap();
        assert_eq!(pending, [jobs::Pending { stage: Stage::Push, waiting: 0, claimed: 0, gave_up: 1 }]);
        jobs::reopen(&mut tx, "x", Stage::Push, later(600)).await.unwrap();
        tx.commit().await.unwrap();
        let again = claim(&db, "A", later(600)).await.unwrap();
        assert_eq!((again.attempt, again.last_error), (1, None));
        assert!(again.lease_no > second.lease_no);
    }

    async fn reopening_takes_the_work_from_whoever_does_it(db: Db) {
        enqueue(&db, "x", Stage::Understand, NOW).await;
        let old = claim(&db, "A", later(0)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        jobs::reopen(&mut tx, "x", Stage::Understand, later(5)).await.unwrap();
        jobs::reopen(&mut tx, "y", Stage::Understand, later(7)).await.unwrap();
        assert!(!jobs::finish(&mut tx, &old, "A", later(6)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(claim(&db, "A", later(6)).await.unwrap().subject, "x");
        let mut tx = db.read().await.unwrap();
        let pending = jobs::pending(&mut tx).await.unwrap();
        assert_eq!(pending, [jobs::Pending { stage: Stage::Understand, waiting: 1, claimed: 1, gave_up: 0 }]);
    }

    async fn work_that_is_not_committed_is_not_done(db: Db) {
        enqueue(&db, "x", Stage::Decode, NOW).await;
        let job = claim(&db, "A", NOW).await.unwrap();
        let mut tx = db.write().await.unwrap();
        assert!(jobs::finish(&mut tx, &job, "A", later(1)).await.unwrap());
        jobs::enqueue(&mut tx, "x", Stage::Recognise, later(1)).await.unwrap();
        drop(tx);
        // A dropped transaction is undone a moment later, and until then others pass over its row.
        let again = loop {
            match claim(&db, "B", later(101)).await {
                Some(job) => break job,
                None => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            }
        };
        assert_eq!((again.stage, again.attempt), (Stage::Decode, 2));
        assert_eq!(claim(&db, "B", later(101)).await, None);
    }

    async fn every_job_is_claimed_exactly_once_in_a_race(db: Db) {
        let mut tx = db.write().await.unwrap();
        for i in 0..60 {
            jobs::enqueue(&mut tx, &format!("s{i}"), Stage::Decode, NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        let workers: Vec<_> = (0..6).map(|w| {
            let db = db.clone();
            tokio::spawn(async move {
                let (owner, mut mine, mut idle) = (format!("w{w}"), vec![], 0);
                // A claim that loses a race to a row answers nothing; only several in a row mean the end.
                while idle < 5 {
                    match claim(&db, &owner, NOW).await {
                        None => idle += 1,
                        Some(job) => {
                            idle = 0;
                            let mut tx = db.write().await.unwrap();
                            assert!(jobs::finish(&mut tx, &job, &owner, NOW).await.unwrap());
                            tx.commit().await.unwrap();
                            mine.push(job.subject);
                        }
                    }
                }
                mine
            })
        }).collect();
        let mut done = vec![];
        for worker in workers {
            done.extend(worker.await.unwrap());
        }
        assert_eq!(done.len(), 60);
        assert_eq!(done.into_iter().collect::<BTreeSet<_>>().len(), 60);
    }
}
