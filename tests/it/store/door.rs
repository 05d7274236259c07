//! What pages may write besides the verbs: sign-ins, looks, readings to be repeated.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::review::Refused;
use uketsuke::store::{audit, deliveries, jobs, users};

on_both_databases! {
    async fn sign_ins_go_through_the_door(db: Db) {
        let (me, (review, clock)) = (user(&db, "a").await, review(&db).await);
        review.turned_away(&me, Some(later(5))).await.unwrap();
        review.admitted(&me, "token", "csrf", "Chrome", later(1000)).await.unwrap();
        turn(&clock, 10);
        review.seen("token", later(2000)).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let session = users::session_user(&mut tx, "token", later(1500)).await.unwrap().unwrap();
        assert_eq!((session.user.id.clone(), session.last_seen_at, session.user.failures), (me.clone(), later(10), 0));
        drop(tx);
        review.left("token").await.unwrap();
        review.admitted(&me, "other", "csrf", "", later(1000)).await.unwrap();
        review.new_password(&me, "new hash").await.unwrap();
        let mut tx = db.read().await.unwrap();
        for token in ["token", "other"] {
            assert_eq!(users::session_user(&mut tx, token, NOW).await.unwrap(), None);
        }
        let verbs: Vec<_> = audit::of(&mut tx, me.as_str()).await.unwrap().into_iter().map(|e| e.verb).collect();
        assert_eq!(verbs, [
            "account.created",
            "account.sign_in_failed",
            "account.signed_in",
            "account.signed_out",
            "account.signed_in",
            "account.password_set",
        ]);
    }

    async fn looks_are_noted(db: Db) {
        let (me, (review, _), id) = (user(&db, "a").await, review(&db).await, document(&db, "x").await);
        let delivery = found_document(&db, &id).await.delivery_id;
        review.viewed(&me, &id, Some("0042")).await.unwrap();
        review.viewed_delivery(&me, &delivery, &[]).await.unwrap();
        review.downloaded(&me, &delivery, &[]).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let newest: Vec<_> = audit::recent(&mut tx, None, 3).await.unwrap().into_iter().rev().collect();
        let verbs: Vec<_> = newest.iter().map(|e| e.verb.as_str()).collect();
        assert_eq!(verbs, ["document.viewed", "delivery.viewed", "delivery.downloaded"]);
        assert!(newest.iter().all(|e| e.actor == me.as_str()));
    }

    async fn a_reading_is_repeated_only_when_it_stands_still(db: Db) {
        let (me, (review, _), id) = (user(&db, "a").await, review(&db).await, delivery(&db, "x").await);
        assert!(matches!(review.read_again(&me, &id).await, Err(Refused::NotAllowed { .. })), "it is still to be read");
        assert!(matches!(review.read_again(&me, &DeliveryId::fresh()).await, Err(Refused::NotFound)));
        let mut tx = db.write().await.unwrap();
        let job = jobs::claim(&mut tx, "w", Stage::ALL, NOW, 100).await.unwrap().unwrap();
        deliveries::advance(&mut tx, &id, DeliveryState::Reading, None, NOW).await.unwrap();
        deliveries::advance(&mut tx, &id, DeliveryState::Unreadable, Some(Trouble::WorkerCrashed), NOW).await.unwrap();
        jobs::fail(&mut tx, &job, "w", "worker_crashed", None, NOW).await.unwrap();
        tx.commit().await.unwrap();
        review.read_again(&me, &id).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let row = deliveries::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((row.state, row.trouble), (DeliveryState::Reading, None));
        let again = jobs::claim(&mut tx, "w", Stage::ALL, NOW, 100).await.unwrap().unwrap();
        assert_eq!((again.stage, again.attempt), (Stage::Decode, 1));
    }
}
