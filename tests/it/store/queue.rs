//! Lists show what is due first, find what is asked for, and know their neighbours.

use super::given::*;
use crate::support::on_both_databases;
use std::slice::from_ref;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::documents::{self, QueueFilter, Toward, Tray};

/// Four documents: an urgent late one, two ordinary ones, a notice nobody waits for.
async fn desk(db: &Db) -> [DocumentId; 4] {
    let mut ids = vec![];
    let rows = [
        ("d0", 0, Kind::ReferralLetter, "海野 環", Decision::Review),
        ("d1", 1, Kind::ReplyLetter, "空井 澪", Decision::Ready),
        ("d2", 2, Kind::AppointmentRequest, "ヤマナミ ハルカ", Decision::Review),
        ("d3", 3, Kind::Notice, "", Decision::Unreadable),
    ];
    for (object, hours, kind, name, decision) in rows {
        let at = later(hours * HOUR);
        let delivery = delivery_at(db, object, at).await;
        let mut reading = reading(&[1], kind, name);
        reading.decision = decision;
        reading.fields.insert(FieldName::PatientId, found(&format!("00{hours}-42_%"), 1));
        let mut tx = db.write().await.unwrap();
        let due = |kind| match kind {
            Kind::AppointmentRequest => HOUR / 2,
            Kind::Notice => 240 * HOUR,
            _ => 24 * HOUR,
        };
        ids.extend(documents::propose(&mut tx, &delivery, &[reading], at, due, at).await.unwrap());
        tx.commit().await.unwrap();
    }
    ids.try_into().unwrap()
}

async fn listed(db: &Db, filter: &QueueFilter) -> Vec<DocumentId> {
    let mut tx = db.read().await.unwrap();
    let rows = documents::queue(&mut tx, filter, 100, 0).await.unwrap();
    assert_eq!(documents::count(&mut tx, filter).await.unwrap(), rows.len() as i64);
    rows.into_iter().map(|row| row.id).collect()
}

fn open() -> QueueFilter {
    QueueFilter::default()
}

on_both_databases! {
    async fn urgent_first_then_oldest_in_pages(db: Db) {
        let [a, b, c, d] = desk(&db).await;
        assert_eq!(listed(&db, &open()).await, [c.clone(), a.clone(), b.clone(), d.clone()]);
        let mut tx = db.read().await.unwrap();
        let second = documents::queue(&mut tx, &open(), 2, 2).await.unwrap();
        assert_eq!(second.iter().map(|r| &r.id).collect::<Vec<_>>(), [&b, &d]);
        let counts = documents::counts(&mut tx).await.unwrap();
        assert_eq!((counts.open, counts.ready, counts.unreadable, counts.pushed), (4, 1, 1, 0));
    }

    async fn filters_find_what_is_asked_for(db: Db) {
        let [a, b, c, d] = desk(&db).await;
        let by = |change: fn(&mut QueueFilter)| { let mut f = open(); change(&mut f); f };
        assert_eq!(listed(&db, &by(|f| f.kinds = vec![Kind::Notice])).await, from_ref(&d));
        assert_eq!(listed(&db, &by(|f| f.decisions = vec![Decision::Ready])).await, from_ref(&b));
        assert_eq!(listed(&db, &by(|f| f.channel = Some(Channel::Email))).await, []);
        assert_eq!(listed(&db, &by(|f| f.sources = vec!["fax".into()])).await.len(), 4);
        assert_eq!(listed(&db, &by(|f| f.received_before = Some(later(HOUR)))).await, from_ref(&a));
        // Width, case, spaces and hyphens do not matter; wildcards are characters like any other.
        assert_eq!(listed(&db, &by(|f| f.text = Some("海　野".into()))).await, from_ref(&a));
        assert_eq!(listed(&db, &by(|f| f.text = Some("ﾔﾏﾅﾐ".into()))).await, from_ref(&c));
        assert_eq!(listed(&db, &by(|f| f.text = Some("００１－４２".into()))).await, from_ref(&b));
        assert_eq!(listed(&db, &by(|f| f.text = Some("42_%".into()))).await.len(), 4);
        assert_eq!(listed(&db, &by(|f| f.text = Some("4%".into()))).await, []);
        assert_eq!(listed(&db, &by(|f| f.text = Some("環空".into()))).await, [], "never over the border of two values");
        assert_eq!(listed(&db, &by(|f| f.text = Some("' OR 1=1 --".into()))).await, []);
        assert_eq!(listed(&db, &by(|f| f.text = Some("  ".into()))).await.len(), 4);
        assert_eq!(listed(&db, &by(|f| { f.text = Some("澪".into()); f.kinds = vec![Kind::Notice] })).await, []);
    }

    async fn facets_count_what_each_filter_would_show(db: Db) {
        let [a, ..] = desk(&db).await;
        let asking = user(&db, "asking").await;
        let mut tx = db.read().await.unwrap();
        let all = QueueFilter { now: later(30 * HOUR), ..open() };
        let facets = documents::facets(&mut tx, &all, &asking, later(HOUR), later(3 * HOUR)).await.unwrap();
        assert_eq!(facets.iter().map(|f| f.n).sum::<i64>(), 4);
        let of = |kind| facets.iter().find(|f| f.kind == kind).map(|f| (f.n, f.late, f.older, f.oldest));
        assert_eq!(of(Kind::ReferralLetter), Some((1, 1, 1, 1)));
        assert_eq!(of(Kind::AppointmentRequest), Some((1, 1, 0, 1)));
        assert_eq!(of(Kind::Notice), Some((1, 0, 0, 0)));
        let named = QueueFilter { text: Some("海野".into()), ..open() };
        let facets = documents::facets(&mut tx, &named, &asking, NOW, NOW).await.unwrap();
        assert_eq!(facets.iter().map(|f| (f.kind, f.n)).collect::<Vec<_>>(), [(Kind::ReferralLetter, 1)]);
        drop(tx);
        // A correction is found by what it says now, and no longer by what it said.
        let staff = user(&db, "a").await;
        let mut tx = db.write().await.unwrap();
        documents::correct(&mut tx, &a, 1, &correction("陸田 渚", None), &staff, NOW).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(listed(&db, &named).await, []);
        assert_eq!(listed(&db, &QueueFilter { text: Some("陸田渚".into()), ..open() }).await, from_ref(&a));
    }

    async fn trays_follow_the_states_and_rows_name_their_holder(db: Db) {
        let [a, b, c, d] = desk(&db).await;
        let (staff, (review, clock)) = (user(&db, "aoki").await, review(&db).await);
        let held = review.hold(&staff, &a).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let row = documents::queue(&mut tx, &open(), 9, 0).await.unwrap().into_iter().find(|r| r.id == a).unwrap();
        assert_eq!((row.state, row.holder.as_deref(), row.held_until), (DocumentState::InReview, Some("担当 aoki"), Some(held.until)));
        assert!(!format!("{row:?}").contains("海野"), "a debug line names no patient");
        drop(tx);
        for (id, verb) in [(&b, "aside"), (&c, "ask"), (&d, "aside")] {
            turn(&clock, 1000);
            let version = review.hold(&staff, id).await.unwrap().document.version;
            match verb {
                "aside" => review.set_aside(&staff, id, version, "広告").await.unwrap(),
                _ => review.inquire(&staff, id, version, "2枚目がない").await.unwrap(),
            }
        }
        let tray = |tray| QueueFilter { tray, ..open() };
        assert_eq!(listed(&db, &tray(Tray::SetAside)).await, [d, b], "newest first");
        assert_eq!(listed(&db, &tray(Tray::Inquiry)).await, [c]);
        assert_eq!(listed(&db, &open()).await, [a]);
        let mut tx = db.read().await.unwrap();
        let counts = documents::counts(&mut tx).await.unwrap();
        assert_eq!((counts.open, counts.set_aside, counts.inquiry, counts.ready), (1, 2, 1, 0));
    }

    async fn neighbours_skip_what_colleagues_hold(db: Db) {
        let [a, b, c, d] = desk(&db).await; // In order: c a b d.
        let (me, other) = (user(&db, "me").await, user(&db, "other").await);
        let (review, _) = review(&db).await;
        let beside = async |from: Option<&DocumentId>, toward, now| {
            let mut tx = db.read().await.unwrap();
            documents::neighbour(&mut tx, &open(), from, toward, &me, now).await.unwrap()
        };
        assert_eq!(beside(None, Toward::Next, NOW).await.as_ref(), Some(&c));
        assert_eq!(beside(Some(&c), Toward::Next, NOW).await.as_ref(), Some(&a));
        assert_eq!(beside(Some(&a), Toward::Previous, NOW).await.as_ref(), Some(&c));
        assert_eq!(beside(Some(&c), Toward::Previous, NOW).await, None);
        assert_eq!(beside(Some(&d), Toward::Next, NOW).await.as_ref(), Some(&c), "round again");
        review.hold(&other, &a).await.unwrap();
        review.hold(&me, &b).await.unwrap();
        assert_eq!(beside(Some(&c), Toward::Next, NOW).await.as_ref(), Some(&b), "mine, not the colleague's");
        assert_eq!(beside(Some(&c), Toward::Next, later(600_001)).await.as_ref(), Some(&a), "their time is over");
        // The one I came from has left the list.
        let version = found_document(&db, &b).await.version;
        review.set_aside(&me, &b, version, "重複").await.unwrap();
        assert_eq!(beside(Some(&b), Toward::Next, NOW).await.as_ref(), Some(&d));
        let kinds = QueueFilter { kinds: vec![Kind::Notice], ..open() };
        let mut tx = db.read().await.unwrap();
        let alone = documents::neighbour(&mut tx, &kinds, Some(&d), Toward::Next, &me, NOW).await.unwrap();
        assert_eq!(alone, None, "never itself");
    }
}
