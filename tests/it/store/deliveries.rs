//! Receiving loses nothing and doubles nothing; states move only by the table.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::deliveries::{self, Received, Which};
use uketsuke::store::documents::Seeing;
use uketsuke::store::{Error, alarms, audit, incoming, jobs};

on_both_databases! {
    async fn the_same_object_is_received_once(db: Db) {
        let print = Fingerprint::of(b"bytes");
        let mut tx = db.write().await.unwrap();
        let first = deliveries::receive(&mut tx, &origin("a"), &print, 5, NOW).await.unwrap();
        assert!(matches!(first, Received::New(_)));
        // In the same transaction and in a later one.
        let again = deliveries::receive(&mut tx, &origin("a"), &print, 5, later(1)).await.unwrap();
        assert_eq!(again, Received::Already(first.id().clone()));
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let other = Fingerprint::of(b"other bytes");
        let again = deliveries::receive(&mut tx, &origin("a"), &other, 9, later(2)).await.unwrap();
        assert_eq!(again, Received::Already(first.id().clone()));
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        let row = deliveries::find(&mut tx, first.id()).await.unwrap().unwrap();
        assert_eq!((row.state, row.received_at, row.size_bytes, row.page_count), (DeliveryState::Received, NOW, 5, 0));
        assert_eq!(row.fax.sender_number.as_deref(), Some("06-0000-1111"));
        assert_eq!((row.fingerprint, row.duplicate_of, row.trouble), (print, None, None));
        assert_eq!(deliveries::of_object(&mut tx, "fax", "a").await.unwrap().unwrap().id, *first.id());
        assert!(deliveries::of_object(&mut tx, "scan", "a").await.unwrap().is_none());
        assert_eq!(deliveries::recent(&mut tx, 10).await.unwrap().len(), 1);
        assert_eq!(jobs::of(&mut tx, first.id().as_str()).await.unwrap().len(), 1);
        assert_eq!(audit::of(&mut tx, first.id().as_str()).await.unwrap().len(), 1);
    }

    async fn a_crash_before_the_commit_leaves_nothing(db: Db) {
        let print = Fingerprint::of(b"bytes");
        let mut tx = db.write().await.unwrap();
        let lost = deliveries::receive(&mut tx, &origin("a"), &print, 5, NOW).await.unwrap();
        drop(tx);
        let id = delivery(&db, "a").await;
        assert_ne!(*lost.id(), id);
        let mut tx = db.read().await.unwrap();
        assert!(deliveries::find(&mut tx, lost.id()).await.unwrap().is_none());
        assert!(jobs::of(&mut tx, lost.id().as_str()).await.unwrap().is_empty());
        assert_eq!(audit::recent(&mut tx, None, 9).await.unwrap().len(), 1);
    }

    async fn the_same_bytes_again_are_kept_and_linked(db: Db) {
        let print = Fingerprint::of(b"bytes");
        let mut ids = vec![];
        for (i, object) in ["a", "b", "c"].iter().enumerate() {
            let mut tx = db.write().await.unwrap();
            let received = deliveries::receive(&mut tx, &origin(object), &print, 5, later(i as i64)).await.unwrap();
            tx.commit().await.unwrap();
            ids.push(received.id().clone());
        }
        let mut tx = db.read().await.unwrap();
        let twins = deliveries::twins(&mut tx, &print).await.unwrap();
        assert_eq!(twins.iter().map(|d| &d.id).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
        let links: Vec<_> = twins.into_iter().map(|d| d.duplicate_of).collect();
        assert_eq!(links, [None, Some(ids[0].clone()), Some(ids[0].clone())]);
    }

    async fn one_object_and_one_document_survive_a_race(db: Db) {
        let racers: Vec<_> = (0..12).map(|i| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                // Six see the same object, six bring the same bytes under their own name.
                let object = if i % 2 == 0 { "same".to_owned() } else { format!("own-{i}") };
                let print = Fingerprint::of(b"bytes");
                let received = deliveries::receive(&mut tx, &origin(&object), &print, 5, NOW).await.unwrap();
                tx.commit().await.unwrap();
                received
            })
        }).collect();
        let mut new = 0;
        for racer in racers {
            new += usize::from(matches!(racer.await.unwrap(), Received::New(_)));
        }
        assert_eq!(new, 7);
        let mut tx = db.read().await.unwrap();
        let all = deliveries::recent(&mut tx, 100).await.unwrap();
        assert_eq!(all.len(), 7);
        assert_eq!(all.iter().filter(|d| d.duplicate_of.is_none()).count(), 1, "all others are linked to the first");
    }

    async fn states_move_by_the_table_and_say_what_is_wrong(db: Db) {
        let (a, b) = (delivery(&db, "a").await, delivery_at(&db, "b", later(5)).await);
        let mut tx = db.write().await.unwrap();
        deliveries::advance(&mut tx, &a, DeliveryState::Reading, None, later(1)).await.unwrap();
        deliveries::advance(&mut tx, &a, DeliveryState::Read, Some(Trouble::Damaged), later(2)).await.unwrap();
        deliveries::advance(&mut tx, &b, DeliveryState::Unreadable, Some(Trouble::Encrypted), later(6)).await.unwrap();
        let wrong = deliveries::advance(&mut tx, &a, DeliveryState::Received, None, later(3)).await;
        assert!(matches!(wrong, Err(Error::Move { from: "read", to: "received", .. })));
        let nobody = deliveries::advance(&mut tx, &DeliveryId::fresh(), DeliveryState::Read, None, NOW).await;
        assert!(matches!(nobody, Err(Error::NotFound(_))));
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        let row = deliveries::find(&mut tx, &a).await.unwrap().unwrap();
        assert_eq!((row.state, row.trouble, row.updated_at), (DeliveryState::Read, Some(Trouble::Damaged), later(2)));
        let troubled = deliveries::troubled(&mut tx, 10).await.unwrap();
        assert_eq!(troubled.iter().map(|d| &d.id).collect::<Vec<_>>(), [&b, &a]);
        let read = deliveries::listed(&mut tx, Which::In(DeliveryState::Read), &Seeing::Everything, 10).await.unwrap();
        assert_eq!(read.iter().map(|d| &d.delivery.id).collect::<Vec<_>>(), [&a]);
        assert_eq!(deliveries::listed(&mut tx, Which::All, &Seeing::Everything, 1).await.unwrap()[0].delivery.id, b);
        let mut counts = deliveries::count_by_state(&mut tx).await.unwrap();
        counts.sort_by_key(|(state, _)| state.code());
        assert_eq!(counts, [(DeliveryState::Read, 1), (DeliveryState::Unreadable, 1)]);
        assert_eq!(audit::of(&mut tx, a.as_str()).await.unwrap().len(), 3);
    }

    async fn what_is_closed_waits_for_nobody_and_is_in_the_lists(db: Db) {
        let (held, odd, read) = (delivery(&db, "a").await, delivery_at(&db, "b", later(5)).await, delivery(&db, "c").await);
        let staff = user(&db, "mihara").await;
        let mut tx = db.write().await.unwrap();
        deliveries::advance(&mut tx, &held, DeliveryState::Held, Some(Trouble::Encrypted), later(6)).await.unwrap();
        deliveries::advance(&mut tx, &odd, DeliveryState::Unreadable, Some(Trouble::Damaged), later(6)).await.unwrap();
        assert_eq!(alarms::waiting(&mut tx, later(5)).await.unwrap(), 1, "the other came only now");
        assert_eq!(alarms::waiting(&mut tx, later(6)).await.unwrap(), 2);
        assert!(!deliveries::close(&mut tx, &read, &staff, later(7)).await.unwrap(), "it waits for no person");
        assert!(!deliveries::close(&mut tx, &DeliveryId::fresh(), &staff, later(7)).await.unwrap());
        assert!(deliveries::close(&mut tx, &held, &staff, later(7)).await.unwrap());
        assert!(!deliveries::close(&mut tx, &held, &staff, later(8)).await.unwrap(), "once");
        let row = deliveries::find(&mut tx, &held).await.unwrap().unwrap();
        assert_eq!((row.state, row.closed_at, row.closed_by), (DeliveryState::Held, Some(later(7)), Some(staff.clone())));
        assert_eq!(alarms::waiting(&mut tx, later(9)).await.unwrap(), 1);
        let mut counts = deliveries::count_by_state(&mut tx).await.unwrap();
        counts.sort_by_key(|(state, _)| state.code());
        assert_eq!(counts, [(DeliveryState::Received, 1), (DeliveryState::Unreadable, 1)]);
        for (which, expected) in [
            (Which::All, vec![&odd, &read, &held]),
            (Which::In(DeliveryState::Held), vec![]),
            (Which::In(DeliveryState::Unreadable), vec![&odd]),
            (Which::Closed, vec![&held]),
        ] {
            let mut rows = deliveries::listed(&mut tx, which, &Seeing::Everything, 10).await.unwrap();
            rows.sort_by_key(|row| [&odd, &read, &held].iter().position(|id| **id == row.delivery.id));
            assert_eq!(rows.iter().map(|row| &row.delivery.id).collect::<Vec<_>>(), expected, "{which:?}");
        }
        assert!(deliveries::reopen(&mut tx, &held, &staff, later(9)).await.unwrap());
        assert!(!deliveries::reopen(&mut tx, &held, &staff, later(9)).await.unwrap());
        assert_eq!(alarms::waiting(&mut tx, later(9)).await.unwrap(), 2);
        let log = audit::of(&mut tx, held.as_str()).await.unwrap();
        let said = |verb: &str| log.iter().filter(|row| row.verb == verb && row.actor.contains(staff.as_str())).count();
        assert_eq!((said("delivery.closed"), said("delivery.reopened")), (1, 1), "who and when");
        // What is read again waits again, if it has to.
        assert!(deliveries::close(&mut tx, &odd, &staff, later(10)).await.unwrap());
        deliveries::advance(&mut tx, &odd, DeliveryState::Reading, None, later(11)).await.unwrap();
        let row = deliveries::find(&mut tx, &odd).await.unwrap().unwrap();
        assert_eq!((row.closed_at, row.closed_by), (None, None));
        tx.commit().await.unwrap();
    }

    async fn names_from_outside_may_hold_anything(db: Db) {
        let mut odd = origin("nul\0object");
        odd.file_name = "紹介状\0'; DROP TABLE delivery;--.tif".into();
        odd.fax.line = Some("\0".into());
        let print = Fingerprint::of(b"odd");
        for _ in 0..2 {
            let mut tx = db.write().await.unwrap();
            deliveries::receive(&mut tx, &odd, &print, 1, NOW).await.unwrap();
            tx.commit().await.unwrap();
        }
        let mut tx = db.read().await.unwrap();
        let row = deliveries::of_object(&mut tx, "fax", "nul\0object").await.unwrap().unwrap();
        assert_eq!(row.file_name, "紹介状\u{fffd}'; DROP TABLE delivery;--.tif");
        assert_eq!(deliveries::recent(&mut tx, 9).await.unwrap().len(), 1);
        assert!(!format!("{row:?}").contains("紹介状"), "a debug line names no file");
    }

    async fn files_being_written_are_shown_until_they_are_gone(db: Db) {
        let mut tx = db.write().await.unwrap();
        incoming::seen(&mut tx, "fax", "k1", "one.tif", 10, NOW).await.unwrap();
        incoming::seen(&mut tx, "fax", "k2", "two.tif", 10, later(1)).await.unwrap();
        incoming::seen(&mut tx, "fax", "k1", "one.tif", 10, later(2)).await.unwrap();
        incoming::seen(&mut tx, "fax", "k2", "two.tif", 20, later(3)).await.unwrap();
        assert!(incoming::alert(&mut tx, "fax", "k1").await.unwrap());
        assert!(!incoming::alert(&mut tx, "fax", "k1").await.unwrap(), "only once");
        assert!(!incoming::alert(&mut tx, "fax", "k9").await.unwrap());
        let list = incoming::list(&mut tx).await.unwrap();
        let times: Vec<_> = list.iter().map(|f| (f.size_bytes, f.first_seen, f.changed_at, f.last_seen, f.alerted)).collect();
        assert_eq!(times, [(10, NOW, NOW, later(2), true), (20, later(1), later(3), later(3), false)]);
        incoming::gone(&mut tx, "fax", "k1").await.unwrap();
        incoming::gone(&mut tx, "fax", "k1").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(incoming::list(&mut tx).await.unwrap().len(), 1);
    }
}
