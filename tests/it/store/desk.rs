//! What a person's desk is made of: whose a document is, the lists they keep, due times that follow a kind, many documents at once.

use super::given::*;
use crate::support::on_both_databases;
use std::slice::from_ref;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::Refused;
use uketsuke::store::documents::{self, QueueFilter, Seeing, Tray};
use uketsuke::store::{assignments, audit, desk, users, views};

async fn ids(db: &Db, filter: &QueueFilter) -> Vec<DocumentId> {
    let mut tx = db.read().await.unwrap();
    let rows = documents::queue(&mut tx, filter, 100, 0).await.unwrap();
    assert_eq!(documents::count(&mut tx, filter).await.unwrap(), rows.len() as i64);
    rows.into_iter().map(|row| row.id).collect()
}

async fn verbs(db: &Db, subject: &str) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    audit::of(&mut tx, subject).await.unwrap().into_iter().map(|entry| entry.verb).collect()
}

on_both_databases! {
    async fn mine_is_what_was_given_to_me_or_is_open_before_me(db: Db) {
        let (a, b, c) = (document(&db, "a").await, document(&db, "b").await, document(&db, "c").await);
        let (me, other) = (user(&db, "me").await, user(&db, "other").await);
        let (review, _) = review(&db).await;
        review.assign(&other, &a, Some(&me)).await.unwrap();
        review.hold(&me, &b).await.unwrap();
        review.hold(&other, &c).await.unwrap();
        let mine = QueueFilter { mine: Some(me.clone()), now: NOW, ..QueueFilter::default() };
        let mut both = ids(&db, &mine).await;
        both.sort();
        assert_eq!(both, [a.clone(), b.clone()]);
        let others = QueueFilter { held_by_others: Some(me.clone()), now: NOW, ..QueueFilter::default() };
        assert_eq!(ids(&db, &others).await, from_ref(&c));
        // A hold whose time is over is nobody's.
        assert_eq!(ids(&db, &QueueFilter { now: later(600_001), ..others }).await, []);
        let mut tx = db.read().await.unwrap();
        let facets = documents::facets(&mut tx, &QueueFilter { now: NOW, ..QueueFilter::default() }, &me, NOW, NOW).await.unwrap();
        let count = |of: fn(&documents::Facet) -> bool| facets.iter().filter(|f| of(f)).map(|f| f.n).sum::<i64>();
        assert_eq!((count(|f| f.mine), count(|f| f.others), count(|_| true)), (2, 1, 3));
        assert_eq!(assignments::of(&mut tx, &a).await.unwrap().unwrap().user_id, me);
        drop(tx);
        review.assign(&me, &a, None).await.unwrap();
        assert_eq!(assignments::of(&mut db.read().await.unwrap(), &a).await.unwrap(), None);
        assert_eq!(verbs(&db, a.as_str()).await.iter().filter(|v| *v == "document.assigned").count(), 2);
    }

    async fn nobody_unknown_or_switched_off_is_given_anything(db: Db) {
        let a = document(&db, "a").await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        let refused = review.assign(&me, &a, Some(&UserId::fresh())).await;
        assert!(matches!(refused, Err(Refused::NotAllowed { .. })));
        assert!(matches!(review.assign(&me, &DocumentId::fresh(), Some(&me)).await, Err(Refused::NotFound)));
        let mut tx = db.write().await.unwrap();
        assignments::give(&mut tx, &a, Some(&me), &me, NOW).await.unwrap();
        tx.commit().await.unwrap();
        // What is read anew and vanishes takes its assignment along.
        let delivery = found_document(&db, &a).await.delivery_id;
        propose(&db, &delivery, &[reading(&[2], Kind::Notice, "")], NOW).await;
        assert_eq!(assignments::of(&mut db.read().await.unwrap(), &a).await.unwrap(), None);
    }

    async fn an_advertisement_is_set_aside_unopened_and_only_as_it_was_seen(db: Db) {
        let (a, b, c) = (document(&db, "a").await, document(&db, "b").await, document(&db, "c").await);
        let (me, other) = (user(&db, "me").await, user(&db, "other").await);
        let (review, clock) = review(&db).await;
        review.dismiss(&me, &a, 1, "広告・営業").await.unwrap();
        assert_eq!(found_document(&db, &a).await.state, DocumentState::SetAside);
        assert_eq!(found_document(&db, &a).await.set_aside_reason.as_deref(), Some("広告・営業"));
        assert!(verbs(&db, a.as_str()).await.contains(&"document.set_aside".to_owned()));
        assert!(matches!(review.dismiss(&me, &a, 1, "x").await, Err(Refused::Stale)), "twice");
        // A colleague has it open.
        let held = review.hold(&other, &b).await.unwrap().document.version;
        assert!(matches!(review.dismiss(&me, &b, held, "x").await, Err(Refused::HeldBy { .. })));
        turn(&clock, 600_001);
        review.dismiss(&me, &b, held, "x").await.unwrap();
        // It changed since the list was shown.
        let delivery = found_document(&db, &c).await.delivery_id;
        propose(&db, &delivery, &[reading(&[1], Kind::ReferralLetter, "空井 澪")], NOW).await;
        assert!(matches!(review.dismiss(&me, &c, 1, "x").await, Err(Refused::Stale)));
        assert_eq!(found_document(&db, &c).await.state, DocumentState::Proposed);
    }

    async fn what_is_printed_is_written_down_and_rights_hold_there_too(db: Db) {
        let (a, b) = (document(&db, "a").await, document(&db, "b").await);
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        review.printed(&me, from_ref(&a)).await.unwrap();
        assert!(verbs(&db, a.as_str()).await.contains(&"document.printed".to_owned()));
        let mut tx = db.read().await.unwrap();
        let all = QueueFilter::default();
        let rows = documents::listed(&mut tx, &all, &[b.clone(), a.clone(), DocumentId::fresh()]).await.unwrap();
        assert_eq!(rows.iter().map(|r| r.id.clone()).collect::<Vec<_>>(), [a.clone(), b]);
        let blind = QueueFilter { seeing: Seeing::As { user: me.clone(), restricted: vec![Kind::ReferralLetter] }, ..all };
        assert_eq!(documents::listed(&mut tx, &blind, &[a]).await.unwrap(), []);
        assert_eq!(documents::queue(&mut tx, &blind, 9, 0).await.unwrap(), []);
        assert_eq!(documents::facets(&mut tx, &blind, &me, NOW, NOW).await.unwrap(), []);
    }

    async fn views_are_kept_by_name_and_by_person(db: Db) {
        let (me, other) = (user(&db, "me").await, user(&db, "other").await);
        let mut tx = db.write().await.unwrap();
        let id = views::keep(&mut tx, &me, "朝", "tray=open&kind=notice", "風間", NOW).await.unwrap().unwrap();
        let again = views::keep(&mut tx, &me, "朝", "tray=inquiry", "", NOW).await.unwrap().unwrap();
        assert_eq!(id, again, "the same name is the same view");
        let two = views::keep(&mut tx, &me, "夕", "tray=open", "", later(1)).await.unwrap().unwrap();
        views::open_with(&mut tx, &me, Some(&two), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let mine = views::of(&mut tx, &me).await.unwrap();
        assert_eq!(mine.iter().map(|v| (v.name.as_str(), v.query.as_str(), v.is_default)).collect::<Vec<_>>(),
            [("朝", "tray=inquiry", false), ("夕", "tray=open", true)]);
        assert_eq!(views::find(&mut tx, &other, &id).await.unwrap(), None, "not another's");
        assert_eq!(desk::around(&mut tx, &me, &Seeing::Everything, &QueueFilter::default()).await.unwrap().views, mine);
        assert_eq!(desk::around(&mut tx, &other, &Seeing::Everything, &QueueFilter::default()).await.unwrap().views, []);
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert!(!views::forget(&mut tx, &other, &id, NOW).await.unwrap());
        assert!(views::forget(&mut tx, &me, &id, NOW).await.unwrap());
        for i in 1..views::MOST_VIEWS {
            assert!(views::keep(&mut tx, &me, &i.to_string(), "", "", NOW).await.unwrap().is_some());
        }
        assert_eq!(views::keep(&mut tx, &me, "one too many", "", "", NOW).await.unwrap(), None);
        tx.commit().await.unwrap();
        assert!(verbs(&db, &id).await.contains(&"view.deleted".to_owned()));
    }

    async fn what_stands_round_the_list_is_what_the_tables_say(db: Db) {
        let a = document(&db, "a").await;
        delivery(&db, "b").await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        let mut tx = db.read().await.unwrap();
        let around = desk::around(&mut tx, &me, &Seeing::Everything, &QueueFilter::default()).await.unwrap();
        assert_eq!(around.counts, documents::counts(&mut tx).await.unwrap());
        assert_eq!(around.counts.open, 1);
        assert_eq!(around.bar.deliveries, [(DeliveryState::Received, 2)]);
        assert_eq!(around.colleagues, [(me.to_string(), "担当 me".to_owned())]);
        // What a person may not see is in no count of theirs.
        let few = Seeing::As { user: me.clone(), restricted: vec![Kind::ReferralLetter] };
        assert_eq!(desk::around(&mut tx, &me, &few, &QueueFilter::default()).await.unwrap().counts.open, 0);
        assert_eq!(desk::bar(&mut tx, &few).await.unwrap().waiting, 0);
        assert_eq!(desk::bar(&mut tx, &Seeing::Everything).await.unwrap().waiting, 1);
        // A look is no change; an act is.
        let before = desk::pulse(&mut tx, 0).await.unwrap();
        drop(tx);
        review.viewed(&me, &a, None).await.unwrap();
        assert_eq!(desk::pulse(&mut db.read().await.unwrap(), before).await.unwrap(), before);
        review.hold(&me, &a).await.unwrap();
        assert!(desk::pulse(&mut db.read().await.unwrap(), before).await.unwrap() > before);
        assert!(users::find(&mut db.read().await.unwrap(), &me).await.unwrap().is_some());
    }

    async fn the_due_time_follows_a_corrected_kind(db: Db) {
        let a = document(&db, "a").await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        let version = review.hold(&me, &a).await.unwrap().document.version;
        let before = found_document(&db, &a).await.due_at;
        let mut notice = correction("海野 環", None);
        let version = review.correct(&me, &a, version, &notice).await.unwrap();
        assert_eq!(found_document(&db, &a).await.due_at, before, "the kind stayed");
        notice.kind = Kind::Notice;
        review.correct(&me, &a, version, &notice).await.unwrap();
        let after = found_document(&db, &a).await;
        assert_eq!(after.due_at, OfficeHours::default().due(&Due::usual(), after.received_at));
        assert_ne!(after.due_at, before);
        assert!(verbs(&db, a.as_str()).await.contains(&"document.rescheduled".to_owned()));
        let mut tx = db.write().await.unwrap();
        documents::reschedule(&mut tx, &a, after.due_at, &me, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let times = verbs(&db, a.as_str()).await.iter().filter(|v| *v == "document.rescheduled").count();
        assert_eq!(times, 1, "the same time again is no change");
    }

    async fn several_conditions_at_once_add_up(db: Db) {
        let mut made = vec![];
        for (i, (kind, decision, alerts)) in [
            (Kind::ReferralLetter, Decision::Review, 1), (Kind::ReplyLetter, Decision::Ready, 0),
            (Kind::Notice, Decision::Ready, 0), (Kind::ReplyLetter, Decision::Review, 2),
        ].into_iter().enumerate() {
            let delivery = delivery(&db, &format!("d{i}")).await;
            let mut read = reading(&[1], kind, "海野 環");
            read.decision = decision;
            read.alerts = vec![Alert { code: AlertCode::MissingPage, page: None }; alerts];
            made.extend(propose(&db, &delivery, &[read], later(i as i64)).await);
        }
        let two = QueueFilter { kinds: vec![Kind::ReferralLetter, Kind::ReplyLetter], ..QueueFilter::default() };
        assert_eq!(ids(&db, &two).await, [made[0].clone(), made[1].clone(), made[3].clone()]);
        let alerted = QueueFilter { alerted: true, ..two.clone() };
        assert_eq!(ids(&db, &alerted).await, [made[0].clone(), made[3].clone()]);
        let narrow = QueueFilter { kinds: vec![Kind::ReplyLetter], ..alerted.clone() };
        assert_eq!(ids(&db, &narrow).await, from_ref(&made[3]));
        let all_decisions = vec![Decision::Ready, Decision::Review, Decision::Unreadable];
        assert_eq!(ids(&db, &QueueFilter { decisions: all_decisions, ..two }).await.len(), 3);
        // A part of a source's name is not the source.
        assert_eq!(ids(&db, &QueueFilter { sources: vec!["fa".into(), "ax".into()], ..QueueFilter::default() }).await, []);
        assert_eq!(ids(&db, &QueueFilter { tray: Tray::Pushed, alerted: true, ..QueueFilter::default() }).await, []);
    }
}
