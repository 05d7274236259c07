//! Searches find any word of the recognised text, in every tray, and nothing else.

use super::given::*;
use crate::support::on_both_databases;
use std::slice::from_ref;
use uketsuke::db::{Db, ReadTx};
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::documents::{self, QueueFilter, Seeing, Tray};
use uketsuke::store::{bench, deliveries, desk, pages};

/// A document of pages on which these lines were recognised; a line is a word for each two characters.
async fn written(db: &Db, object: &str, lines: &[&str], name: &str) -> DocumentId {
    let id = delivery(db, object).await;
    let bbox = BBox::new(0.0, 0.0, 1.0, 1.0);
    let lines = lines.iter().map(|line| {
        let chars: Vec<char> = line.chars().collect();
        let words = chars.chunks(2).map(|two| Word { text: two.iter().collect(), bbox, confidence: 0.9 });
        Line { bbox, words: words.collect() }
    });
    let text = PageText { lines: lines.collect(), ..PageText::default() };
    let mut tx = db.write().await.unwrap();
    let image = Fingerprint::of(object.as_bytes());
    pages::put(&mut tx, &id, PageNo(1), 1, &image, 10, 10, Some(&text)).await.unwrap();
    pages::put(&mut tx, &id, PageNo(2), 1, &image, 10, 10, Some(&PageText::default())).await.unwrap();
    tx.commit().await.unwrap();
    propose(db, &id, &[reading(&[1], Kind::ReferralLetter, name)], NOW).await.remove(0)
}

async fn found(db: &Db, tray: Tray, text: &str) -> Vec<DocumentId> {
    let filter = QueueFilter { tray, text: Some(text.to_owned()), ..QueueFilter::default() };
    let mut tx = db.read().await.unwrap();
    let rows = documents::queue(&mut tx, &filter, 100, 0).await.unwrap();
    assert_eq!(documents::count(&mut tx, &filter).await.unwrap(), rows.len() as i64, "{text}");
    let facets = documents::facets(&mut tx, &filter, &UserId::fresh(), NOW, NOW).await.unwrap();
    assert_eq!(facets.iter().map(|f| f.n).sum::<i64>(), rows.len() as i64, "{text}");
    rows.into_iter().map(|row| row.id).collect()
}

/// What each search finds, wherever the documents lie.
async fn finds_in(db: &Db, tray: Tray, a: &DocumentId, b: &DocumentId) {
    let (a, b) = (vec![a.clone()], vec![b.clone()]);
    let table = [
        ("腎臓病", a.clone()),
        ("慢性 腎臓病", a.clone()),
        ("ｅＧＦＲ", a.clone()),
        ("肺炎", b.clone()),
        ("海野", a.clone()),
        ("澪", b.clone()),
        ("海野 内科", a.clone()),
        ("海野 肺炎", vec![]),
        ("糖尿肺炎", vec![]),
        ("臓病e", vec![]),
        ("昭和32年4月5日", a.clone()),
        ("S32.4.5", a.clone()),
        ("1957-04-05", a.clone()),
        ("1957/4/6", vec![]),
        ("50%", b.clone()),
        ("5_%", vec![]),
        ("' OR 1=1", vec![]),
        ("AND OR NOT", vec![]),
        ("\"*", vec![]),
    ];
    for (text, expected) in table {
        assert_eq!(found(db, tray, text).await, expected, "{text} in {tray:?}");
    }
    let day = NOW.japan().date();
    assert_eq!(found(db, tray, &day.to_string()).await.len(), 2, "the day of receipt");
    let blind = Seeing::As { user: UserId::fresh(), restricted: vec![Kind::ReferralLetter] };
    let filter = QueueFilter { tray, text: Some("肺炎".into()), seeing: blind, ..QueueFilter::default() };
    assert_eq!(documents::queue(&mut db.read().await.unwrap(), &filter, 9, 0).await.unwrap(), []);
}

on_both_databases! {
    async fn any_word_of_the_text_finds_the_document_in_every_tray(db: Db) {
        let a = written(&db, "a", &["病名　慢性腎臓病", "eGFR 32、糖尿病", "生年月日 昭和32年4月5日", "内科 御中"], "海野 環").await;
        let b = written(&db, "b", &["誤嚥性肺炎のため", "酸素 50% 投与"], "空井 澪").await;
        finds_in(&db, Tray::Open, &a, &b).await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        // In a tray that only grows the index of pairs answers, with the same words.
        for id in [&a, &b] {
            review.dismiss(&me, id, 1, "重複").await.unwrap();
        }
        finds_in(&db, Tray::SetAside, &a, &b).await;
        assert_eq!(found(&db, Tray::Open, "肺炎").await, []);
    }

    async fn a_correction_is_found_and_what_was_withdrawn_is_not(db: Db) {
        let a = written(&db, "a", &["慢性腎臓病"], "海野 環").await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        let version = review.hold(&me, &a).await.unwrap().document.version;
        let corrected = correction("陸田 渚", Some(PatientChoice::NotInMaster));
        review.correct(&me, &a, version, &corrected).await.unwrap();
        assert_eq!(found(&db, Tray::Open, "陸田").await, from_ref(&a));
        assert_eq!(found(&db, Tray::Open, "腎臓").await, [a], "the pages stay");
        assert_eq!(found(&db, Tray::Open, "海野").await, []);
        // Read again as another page: the words of the first are nobody's now.
        let b = written(&db, "b", &["誤嚥性肺炎"], "空井 澪").await;
        let delivery = found_document(&db, &b).await.delivery_id;
        propose(&db, &delivery, &[reading(&[2], Kind::Notice, "")], NOW).await;
        assert_eq!(found(&db, Tray::Open, "肺炎").await, []);
        assert_eq!(deliveries::find(&mut db.read().await.unwrap(), &delivery).await.unwrap().unwrap().page_count, 2);
    }
}

on_both_databases! {
    async fn what_the_sender_was_asked_about_is_found_by_the_number_of_the_inquiry(db: Db) {
        let a = written(&db, "a", &["慢性腎臓病"], "海野 環").await;
        let b = written(&db, "b", &["慢性腎臓病"], "空井 澪").await;
        let me = user(&db, "me").await;
        let (review, _) = review(&db).await;
        for id in [&a, &b] {
            let version = review.hold(&me, id).await.unwrap().document.version;
            review.inquire(&me, id, version, "2枚目がない").await.unwrap();
        }
        assert_eq!(a.reference().len(), 8);
        assert_eq!(found(&db, Tray::Inquiry, &a.reference()).await, from_ref(&a));
        assert_eq!(found(&db, Tray::Inquiry, &b.reference().to_lowercase()).await, [b]);
    }

    async fn an_older_database_is_brought_up_to_date_when_it_opens(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        let a = written(&db, "a", &["慢性腎臓病"], "海野 環").await;
        let me = user(&db, "me").await;
        review(&db).await.0.dismiss(&me, &a, 1, "重複").await.unwrap();
        // As the version before left it: no number, and nothing but the values.
        let mut beside = Beside::open(&url).await;
        beside.execute("DELETE FROM document_gram WHERE rowid > 0").await.unwrap();
        beside.execute("UPDATE document_search SET no = NULL, folded = '海野環'").await.unwrap();
        drop(beside);
        assert_eq!(found(&db, Tray::SetAside, "腎臓").await, []);
        db.close().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        assert_eq!(found(&db, Tray::SetAside, "腎臓").await, [a]);
    }
    async fn a_search_that_looks_at_the_newest_thousand_alone_says_so(db: Db) {
        let me = user(&db, "me").await;
        let mut tx = db.write().await.unwrap();
        bench::prepare(&mut tx).await.unwrap();
        bench::fill(&mut tx, 1, 4000, 4000, NOW).await.unwrap();
        bench::settle(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let by = |text: &str, tray| QueueFilter { tray, text: Some(text.into()), ..QueueFilter::default() };
        let cut = async |tx: &mut ReadTx, filter: &QueueFilter| desk::around(tx, &me, &Seeing::Everything, filter).await.unwrap().cut;
        // More than a thousand documents say it; those in the tray are fewer, and older ones are not among them.
        for tray in [Tray::Pushed, Tray::SetAside] {
            assert!(cut(&mut tx, &by("高血圧", tray)).await, "{tray:?}");
        }
        let common = by("高血圧", Tray::Pushed);
        let listed = documents::count(&mut tx, &common).await.unwrap();
        assert!((900..=1000).contains(&listed), "{listed}");
        let oldest = documents::queue(&mut tx, &common, 1, listed - 1).await.unwrap().remove(0);
        assert!(oldest.id.as_str() > "00000000-0000-7000-8000-000000000500", "{}", oldest.id);
        // With a number, an old one is found, and nothing was cut; nor where every document was looked at, or nothing is sought.
        let old = (1..400).find(|i| i % 20 == 8).map(|i| format!("{i:08}")).unwrap();
        assert_eq!(documents::queue(&mut tx, &by(&old, Tray::Pushed), 9, 0).await.unwrap().len(), 1);
        assert_eq!(documents::queue(&mut tx, &by(&format!("00000501 {old}"), Tray::Pushed), 9, 0).await.unwrap(), []);
        for filter in [by(&old, Tray::Pushed), by("ない言葉", Tray::SetAside), by("高血圧", Tray::Open), by("高血圧", Tray::Inquiry)] {
            assert!(!cut(&mut tx, &filter).await, "{filter:?}");
        }
        assert!(!cut(&mut tx, &QueueFilter { tray: Tray::Pushed, ..QueueFilter::default() }).await);
    }
}
