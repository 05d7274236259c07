//! Reading goes on at the page where it was killed.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::{deliveries, pages};

fn text(words: &str) -> PageText {
    let bbox = BBox::new(0.1, 0.25, 0.333_333_34, 0.9);
    let word = Word { text: words.into(), bbox, confidence: 0.1 };
    PageText { width_px: 10, height_px: 20, lines: vec![Line { bbox, words: vec![word] }], ..PageText::default() }
}

async fn put(db: &Db, delivery: &DeliveryId, no: u32, image: &str, text: Option<&PageText>) {
    let mut tx = db.write().await.unwrap();
    let image = Fingerprint::of(image.as_bytes());
    pages::put(&mut tx, delivery, PageNo(no), 1, &image, 10, 20, text).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn decoding_again_keeps_what_was_recognised(db: Db) {
        let id = delivery(&db, "a").await;
        for no in 1..=3 {
            put(&db, &id, no, &format!("decoded {no}"), None).await;
        }
        let mut tx = db.write().await.unwrap();
        let upright = Fingerprint::of(b"upright 2");
        pages::set_text(&mut tx, &id, PageNo(1), None, &text("一")).await.unwrap();
        pages::set_text(&mut tx, &id, PageNo(2), Some((&upright, 20, 10)), &text("二")).await.unwrap();
        tx.commit().await.unwrap();

        // The program was killed and decodes the same file again; page 3 comes out otherwise (a newer decoder).
        put(&db, &id, 1, "decoded 1", None).await;
        put(&db, &id, 2, "decoded 2", None).await;
        put(&db, &id, 3, "decoded 3 better", None).await;

        let mut tx = db.read().await.unwrap();
        let all = pages::of(&mut tx, &id).await.unwrap();
        let seen: Vec<_> = all.iter().map(|p| (p.no.0, p.text.as_ref().map(|t| t.plain()), p.width_px)).collect();
        assert_eq!(seen, [(1, Some("一".into()), 10), (2, Some("二".into()), 20), (3, None, 10)]);
        assert_eq!(all[1].image, upright);
        let unread = pages::unread(&mut tx, &id).await.unwrap();
        assert_eq!(unread.iter().map(|p| p.no.0).collect::<Vec<_>>(), [3]);
        assert_eq!(unread[0].image, Fingerprint::of(b"decoded 3 better"));
        assert_eq!(pages::images(&mut tx, &id).await.unwrap().len(), 3);
        let one = pages::find(&mut tx, &id, PageNo(1)).await.unwrap().unwrap();
        assert_eq!(one.text.unwrap().0, text("一"), "floats and boxes come back as they went");
        assert!(pages::find(&mut tx, &id, PageNo(4)).await.unwrap().is_none());
        assert_eq!(deliveries::find(&mut tx, &id).await.unwrap().unwrap().page_count, 3);
    }

    async fn a_page_that_changed_loses_its_old_text(db: Db) {
        let id = delivery(&db, "a").await;
        put(&db, &id, 1, "first", Some(&text("古い"))).await;
        put(&db, &id, 1, "second", None).await;
        let mut tx = db.read().await.unwrap();
        assert_eq!(pages::find(&mut tx, &id, PageNo(1)).await.unwrap().unwrap().text, None);
        drop(tx);
        put(&db, &id, 1, "third", Some(&text("新しい"))).await;
        let mut tx = db.read().await.unwrap();
        let page = pages::find(&mut tx, &id, PageNo(1)).await.unwrap().unwrap();
        assert_eq!(page.text.unwrap().plain(), "新しい");
    }

    async fn text_layers_may_hold_nul(db: Db) {
        let id = delivery(&db, "a").await;
        put(&db, &id, 1, "x", Some(&text("山\0田"))).await;
        let mut tx = db.write().await.unwrap();
        pages::put(&mut tx, &id, PageNo(2), 1, &Fingerprint::of(b"y"), 1, 1, None).await.unwrap();
        pages::set_text(&mut tx, &id, PageNo(2), None, &text("\0")).await.unwrap();
        let texts: Vec<_> = pages::of(&mut tx, &id).await.unwrap().into_iter().map(|p| p.text.unwrap().plain()).collect();
        assert_eq!(texts, ["山\u{fffd}田", "\u{fffd}"]);
    }
}
