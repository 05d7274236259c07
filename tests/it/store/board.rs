//! The figures of a day are what the tables say of it, and of no other day; and the database that is measured is made as it says.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::documents::{self, QueueFilter, Tray};
use uketsuke::store::{alarms, audit, bench, board, deliveries, pages, quality};

async fn counted(db: &Db, object: &str, line: &str, pages_said: Option<u32>, came: u32, at: Timestamp) -> DeliveryId {
    let mut said = origin(object);
    said.fax.pages = pages_said;
    said.fax.line = Some(line.to_owned());
    let print = Fingerprint::of(object.as_bytes());
    let mut tx = db.write().await.unwrap();
    let id = deliveries::receive(&mut tx, &said, &print, 7, at).await.unwrap().id().clone();
    for no in 1..=came {
        pages::put(&mut tx, &id, PageNo(no), 1, &print, 10, 10, None).await.unwrap();
    }
    tx.commit().await.unwrap();
    id
}

on_both_databases! {
    async fn a_day_is_counted_by_source_hour_and_page(db: Db) {
        let (from, to) = (NOW, later(24 * HOUR));
        let a = counted(&db, "a", "1", Some(3), 1, later(HOUR)).await;
        counted(&db, "b", "1", Some(2), 2, later(2 * HOUR)).await;
        counted(&db, "yesterday", "1", None, 4, later(-1)).await;
        counted(&db, "tomorrow", "1", None, 4, to).await;
        let mut tx = db.read().await.unwrap();
        let sources = board::day(&mut tx, from, to, NOW).await.unwrap().sources;
        assert_eq!(sources.iter().map(|s| (s.source.as_str(), s.deliveries, s.pages)).collect::<Vec<_>>(), [("fax", 2, 3)]);
        let announced = board::announced(&mut tx, from, to).await.unwrap();
        assert_eq!(announced.iter().map(|d| (d.fax.pages, d.page_count)).collect::<Vec<_>>(), [(Some(2), 2), (Some(3), 1)]);
        drop(tx);
        // A header line that counts more pages than came, until somebody has dealt with it.
        let mut short = reading(&[1], Kind::ReferralLetter, "海野 環");
        short.alerts = vec![Alert { code: AlertCode::MissingPage, page: None }];
        let id = propose(&db, &a, &[short], later(HOUR)).await.remove(0);
        let mut tx = db.read().await.unwrap();
        let found = board::short(&mut tx, from, to).await.unwrap();
        assert_eq!(found, [board::Short { id: id.clone(), delivery_id: a.clone(), received_at: later(HOUR) }]);
        let waiting = board::day(&mut tx, from, to, later(26 * HOUR)).await.unwrap().waiting;
        assert_eq!((waiting.documents, waiting.oldest, waiting.late), (1, Some(later(HOUR)), 1));
        drop(tx);
        let me = user(&db, "me").await;
        let (review, clock) = review(&db).await;
        turn(&clock, 5 * HOUR);
        let version = review.hold(&me, &id).await.unwrap().document.version;
        review.confirm(&me, &id, version, &correction("海野 環", Some(PatientChoice::NotInMaster)), &compared()).await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(board::day(&mut tx, from, to, NOW).await.unwrap().confirmed, [(5, 1)]);
        assert_eq!(board::day(&mut tx, to, later(48 * HOUR), NOW).await.unwrap().confirmed, []);
        assert_eq!(board::short(&mut tx, from, to).await.unwrap(), []);
        let waiting = board::day(&mut tx, from, to, NOW).await.unwrap().waiting;
        assert_eq!((waiting.documents, waiting.oldest, waiting.late), (0, None, 0));
    }

    async fn a_line_is_silent_when_it_usually_is_not(db: Db) {
        let week = 7 * 24 * HOUR;
        for back in 1..=4 {
            for i in 0..2 {
                counted(&db, &format!("l1-{back}-{i}"), "1", None, 1, later(-back * week - HOUR)).await;
                counted(&db, &format!("l2-{back}-{i}"), "2", None, 1, later(-back * week - HOUR)).await;
            }
        }
        counted(&db, "now", "2", None, 1, later(-HOUR)).await;
        let mut tx = db.read().await.unwrap();
        let silent = alarms::silent(&mut tx, 3 * HOUR, 4, 8, NOW).await.unwrap();
        assert_eq!(silent, [("fax".to_owned(), "1".to_owned())]);
        assert_eq!(alarms::silent(&mut tx, 3 * HOUR, 4, 9, NOW).await.unwrap(), []);
        assert_eq!(alarms::silent(&mut tx, 3 * HOUR, 5, 8, NOW).await.unwrap(), []);
    }

    async fn the_measured_database_holds_what_it_says(db: Db) {
        let (first, second) = (user(&db, "first").await, user(&db, "second").await);
        let mut tx = db.write().await.unwrap();
        assert!(bench::is_empty(&mut tx).await.unwrap());
        bench::prepare(&mut tx).await.unwrap();
        bench::fill(&mut tx, 1, 1000, 2000, NOW).await.unwrap();
        bench::fill(&mut tx, 1001, 2000, 2000, NOW).await.unwrap();
        for (from, to) in [(1, 1000), (1001, 2000)] {
            bench::fill_beside(&mut tx, (from, to, 2000), (&first, &second), NOW).await.unwrap();
        }
        bench::settle(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert!(!bench::is_empty(&mut tx).await.unwrap());
        let counts = documents::counts(&mut tx).await.unwrap();
        assert_eq!((counts.open, counts.inquiry, counts.open + counts.inquiry + counts.set_aside + counts.pushed), (6, 2, 2000));
        let (drawn, _) = quality::figures(&mut tx, Timestamp(0)).await.unwrap();
        assert_eq!((drawn.confirmed, drawn.chosen), (1892, 98));
        assert!(drawn.answered == 0 && drawn.unsettled == 0, "the newest wait, and these are few");
        assert_eq!(quality::read_and_confirmed(&mut tx, Timestamp(0), 9).await.unwrap()[0].reading.fields.len(), 12);
        let viewed = audit::Wanted { verb: Some("document.viewed".into()), ..audit::Wanted::default() };
        assert_eq!(audit::search(&mut tx, &viewed, None, 5000, audit::FURTHEST).await.unwrap().rows.len(), 2000);
        let of_one = audit::Wanted { patient: Some("P7".into()), ..audit::Wanted::default() };
        assert_eq!(audit::search(&mut tx, &of_one, None, 9, audit::FURTHEST).await.unwrap().rows[0].subject, "00000000-0000-7000-8000-000000000007");
        let by = |text: &str, tray| QueueFilter { tray, text: Some(text.into()), ..QueueFilter::default() };
        let one = documents::queue(&mut tx, &by("00001500", Tray::Pushed), 9, 0).await.unwrap();
        assert_eq!(one.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["00000000-0000-7000-8000-000000001500"]);
        assert!(documents::count(&mut tx, &by("高血圧", Tray::Pushed)).await.unwrap() > 200);
    }
}
