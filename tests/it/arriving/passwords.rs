//! Locked files wait for their password, are opened with it, and nobody else learns it (PPAP).

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::review::Refused;
use uketsuke::stages::decode::{self, Bounds, Fonts};
use uketsuke::store::{audit, contents};

const COVER: &str = "お世話になっております。紹介状をお送りいたします。\n添付ファイルはパスワード付きZIPです。パスワードは別途お知らせいたします。\n";
const HELD: (DeliveryState, Option<Trouble>, Option<Remark>, i64, usize) =
    (DeliveryState::Held, Some(Trouble::Encrypted), None, 0, 0);

on_both_databases! {
    async fn a_locked_archive_is_held_and_goes_on_with_the_password_from_the_next_mail(db: Db) {
        let office = Office::open(db).await;
        let letter = pdf(&LETTER);
        let zip = archive(&[("紹介状.pdf", &letter, Some("Ab3xY9k7"))], true);
        let held = office.arrives("1.eml", &mail("info@minato.example.jp", "紹介状の送付", COVER, &[("紹介状.zip", &zip)])).await;
        assert_eq!(office.stands(&held).await, HELD);
        let notice = mail("info@minato.example.jp", "パスワードのご連絡", "先ほどのファイルのパスワードです。\n\nパスワード：Ab3xY9k7\n", &[]);
        let notice = office.arrives("2.eml", &notice).await;
        assert_eq!(office.stands(&notice).await, (DeliveryState::Read, None, Some(Remark::PasswordNotice), 0, 0));
        // Somebody else's password is not offered.
        office.arrives("3.eml", &mail("x@other.example.jp", "連絡", "パスワード：Zz9876", &[])).await;
        let hints = contents::hints(&mut office.db.read().await.unwrap(), &held).await.unwrap();
        assert_eq!(hints.iter().map(|h| (h.candidate.as_str(), &h.delivery_id)).collect::<Vec<_>>(), [("Ab3xY9k7", &notice)]);

        office.review.unlock(&office.staff, &held, "Ab3xY9k8").await.unwrap();
        office.settle().await;
        let wrong = (DeliveryState::Held, Some(Trouble::Encrypted), Some(Remark::WrongPassword), 0, 0);
        assert_eq!(office.stands(&held).await, wrong);
        assert_eq!(contents::entered(&mut office.db.read().await.unwrap(), &held).await.unwrap(), None);

        office.review.unlock(&office.staff, &held, " Ab3xY9k7 ").await.unwrap();
        let busy = office.review.unlock(&office.staff, &held, "again").await;
        assert!(matches!(busy, Err(Refused::NotAllowed { .. })));
        office.settle().await;
        assert_eq!(office.stands(&held).await, (DeliveryState::Read, None, None, 1, 1));
        let document = office.documents(&held).await.remove(0);
        assert_eq!(document.kind, Kind::ReferralLetter);
        assert_eq!(document.values[&FieldName::PatientBirthDate], "1957-04-05");

        // What was entered is in no row that stays.
        let mut tx = office.db.read().await.unwrap();
        assert_eq!(contents::entered(&mut tx, &held).await.unwrap(), None);
        let log = audit::recent(&mut tx, None, 1000).await.unwrap();
        assert!(log.iter().any(|row| row.verb == "delivery.password_entered"));
        assert!(log.iter().all(|row| !row.detail.contains("Ab3xY9k")));
        let found = contents::of(&mut tx, &held).await.unwrap().unwrap();
        assert_eq!(found.enclosures.last().unwrap().name, "紹介状.pdf");
        drop(tx);
        assert!(matches!(office.review.unlock(&office.staff, &held, "x").await, Err(Refused::NotAllowed { .. })));
    }

    async fn the_old_cipher_and_locked_pdfs_open_the_same_way(db: Db) {
        let office = Office::open(db).await;
        let letter = pdf(&LETTER);
        let zip = archive(&[("a.pdf", &letter, Some("kowai-99"))], false);
        let locked = locked_pdf("kowai-99");
        let inside = archive(&[("b.pdf", &locked, None)], false);
        for (name, bytes) in [("a.zip", &zip), ("b.pdf", &locked), ("c.zip", &inside)] {
            let held = office.arrives(name, bytes).await;
            assert_eq!(office.stands(&held).await, HELD, "{name}");
            office.review.unlock(&office.staff, &held, "kowai-98").await.unwrap();
            office.settle().await;
            assert_eq!(office.delivery(&held).await.remark, Some(Remark::WrongPassword), "{name}");
            office.review.unlock(&office.staff, &held, "kowai-99").await.unwrap();
            office.settle().await;
            assert_eq!(office.stands(&held).await, (DeliveryState::Read, None, None, 1, 1), "{name}");
        }
    }

    async fn what_was_confirmed_before_the_password_came_stays_as_it_is(db: Db) {
        let office = Office::open(db).await;
        let (letter, locked) = (pdf(&LETTER), locked_pdf("ato-kara1"));
        let notice = pdf(&["休診のお知らせ", "8月13日から8月16日まで休診いたします。", "みなと内科クリニック"]);
        let zip = archive(&[("0.pdf", &letter, Some("ato-kara1")), ("1.pdf", &notice, None)], true);
        let bytes = mail("a@example.jp", "書類", COVER, &[("a.pdf", &locked), ("b.zip", &zip), ("c.pdf", &letter)]);
        let id = office.arrives("a.eml", &bytes).await;
        assert_eq!(office.stands(&id).await, (DeliveryState::Read, Some(Trouble::Encrypted), None, 2, 2));
        let before = office.documents(&id).await;
        assert!(before.iter().all(|d| d.reading.0.alerts.iter().any(|a| a.code == AlertCode::PartUnread)));
        assert!(before.iter().all(|d| d.reading.0.decision != Decision::Ready));
        // Somebody works on the first one meanwhile.
        let opened = office.review.hold(&office.staff, &before[0].id).await.unwrap().document;
        office.review.unlock(&office.staff, &id, "ato-kara1").await.unwrap();
        office.settle().await;
        assert_eq!(office.stands(&id).await, (DeliveryState::Read, None, None, 4, 4));
        let after = office.documents(&id).await;
        assert_eq!(after[0].id, opened.id);
        assert_eq!((&after[0].pages, after[0].kind, after[0].version), (&opened.pages, opened.kind, opened.version));
        assert_eq!(after[1].id, before[1].id, "a page keeps its number and its document");
        assert!(after[1].reading.0.alerts.iter().all(|a| a.code != AlertCode::PartUnread));
    }
}

/// Every cipher with which programs of the last thirty years lock a PDF.
#[test]
fn pdfs_are_opened_whatever_cipher_locks_them() {
    let fonts = Fonts::new(|| std::fs::read("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").ok());
    for cipher in [
        &["40"][..],
        &["128", "--use-aes=n"],
        &["128", "--use-aes=y"],
        &["128", "--use-aes=y", "--cleartext-metadata"],
        &["256"],
        &["256", "--force-R5"],
    ] {
        let locked = locked_pdf_by("Ab3xY9k7", cipher);
        let open = |passwords: &[&str]| {
            let passwords: Vec<String> = passwords.iter().map(|password| (*password).to_owned()).collect();
            let mut pages = Vec::new();
            let outcome = decode::decode(&locked, &Bounds::default(), &fonts, &passwords, &mut |page| pages.push(page));
            (pages, outcome.trouble)
        };
        for wrong in [&[][..], &["Ab3xY9k8"]] {
            let (pages, trouble) = open(wrong);
            assert_eq!((pages.len(), trouble), (0, Some(Trouble::Encrypted)), "{cipher:?} by {wrong:?}");
        }
        for right in [&["Ab3xY9k7"][..], &["another", "Ab3xY9k7"]] {
            let (pages, trouble) = open(right);
            assert_eq!((pages.len(), trouble), (1, None), "{cipher:?} by {right:?}");
            let read = pages[0].text.as_ref().expect("a sound layer").plain();
            assert!(read.contains("海野") && read.contains("高血圧症"), "{cipher:?}: {read}");
            assert!(pages[0].image.pixels.iter().filter(|shade| **shade < 128).count() > 1_000, "{cipher:?}: no ink");
        }
    }
}
