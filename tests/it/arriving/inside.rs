//! Mails whose text is the document, mails that are none, and files that nobody here can read.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::{contents, pages};

const WISH: &str = "地域医療連携室 御中\n\nいつもお世話になっております。みなと内科クリニックです。\n患者氏名　海野 環\n生年月日　昭和32年4月5日\n5月14日の予約を5月21日に変更していただけますでしょうか。\n";

on_both_databases! {
    async fn the_text_of_a_mail_stands_in_the_queue_as_a_page(db: Db) {
        let office = Office::open(db).await;
        let id = office.arrives("a.eml", &mail("a@example.jp", "予約変更のお願い（髙橋①）", WISH, &[])).await;
        assert_eq!(office.stands(&id).await, (DeliveryState::Read, None, None, 1, 1));
        let mut tx = office.db.read().await.unwrap();
        let page = pages::of(&mut tx, &id).await.unwrap().remove(0);
        let text = page.text.expect("a sound layer").0;
        let words = text.plain();
        for expected in ["予約変更のお願い", "髙橋", "5月21日に変更", "a@example.jp"] {
            assert!(words.contains(expected), "{expected} in {words}");
        }
        assert!(text.lines.iter().all(|line| line.bbox.right <= 1.0 && line.bbox.bottom <= 1.0));
        // The words are those of the mail, not what a recogniser makes of their picture; and the picture has them too.
        assert!(text.lines.iter().flat_map(|line| &line.words).all(|word| word.confidence == 1.0));
        let png = office.picture(&page.image).await;
        let picture = image::load_from_memory(&png).unwrap().into_luma8();
        let inked = |line: &Line| {
            let (left, right) = (line.bbox.left * picture.width() as f32, line.bbox.right * picture.width() as f32);
            let (top, bottom) = (line.bbox.top * picture.height() as f32, line.bbox.bottom * picture.height() as f32);
            let dark = (top as u32..bottom as u32)
                .flat_map(|y| (left as u32..right as u32).map(move |x| (x, y)))
                .filter(|(x, y)| picture.get_pixel_checked(*x, *y).is_some_and(|p| p.0[0] < 128))
                .count();
            dark > 30
        };
        assert!(text.lines.iter().all(inked));
        crate::support::keep_picture("14-mail-text", &png);
        drop(tx);
        let document = office.documents(&id).await.remove(0);
        assert_eq!(document.values[&FieldName::PatientName], "海野 環");
        assert_eq!(document.values[&FieldName::PatientBirthDate], "1957-04-05");
    }

    async fn mails_without_a_document_are_set_aside_with_the_reason(db: Db) {
        let office = Office::open(db).await;
        let greeting = mail("a@example.jp", "御礼", "お世話になっております。\nよろしくお願いいたします。\n", &[]);
        let automatic = String::from_utf8(mail("a@example.jp", "Re: x", WISH, &[])).unwrap();
        let automatic = automatic.replacen("MIME-Version", "Auto-Submitted: auto-replied\r\nMIME-Version", 1);
        let calendar = mail("a@example.jp", "会議", "会議のご案内です。", &[("i.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")]);
        for (bytes, remark) in [
            (greeting.as_slice(), Remark::NothingToRead),
            (automatic.as_bytes(), Remark::AutoReply),
            (&calendar, Remark::Calendar),
        ] {
            let id = office.arrives("a.eml", bytes).await;
            assert_eq!(office.stands(&id).await, (DeliveryState::Read, None, Some(remark), 0, 0));
        }
    }

    async fn what_nobody_can_read_is_an_item_and_says_what_it_is(db: Db) {
        let office = Office::open(db).await;
        let docx = archive(&[("[Content_Types].xml", b"<x/>", None), ("word/document.xml", b"<x/>", None)], false);
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        let alone = office.arrives("紹介状.docx", &docx).await;
        let unreadable = (DeliveryState::Unreadable, Some(Trouble::UnsupportedFormat), None, 0, 0);
        assert_eq!(office.stands(&alone).await, unreadable);
        let attached = mail("a@example.jp", "紹介", "紹介状を添付します。", &[("紹介状.docx", &docx), ("写真.heic", &heic)]);
        let attached = office.arrives("a.eml", &attached).await;
        assert_eq!(office.stands(&attached).await, unreadable);
        let mut tx = office.db.read().await.unwrap();
        let of = |found: Contents| found.enclosures.into_iter().map(|e| (e.name, e.what, e.fate)).collect::<Vec<_>>();
        let not = Fate::Not(Trouble::UnsupportedFormat);
        assert_eq!(of(contents::of(&mut tx, &alone).await.unwrap().unwrap()), [("".into(), FileType::Word, not)]);
        let found = of(contents::of(&mut tx, &attached).await.unwrap().unwrap());
        assert_eq!(found[1..], [("紹介状.docx".into(), FileType::Word, not), ("写真.heic".into(), FileType::Heic, not)]);
        drop(tx);

        // Beside a letter that can be read, it is not forgotten.
        let both = mail("a@example.jp", "紹介", "紹介状です。", &[("a.pdf", &pdf(&LETTER)), ("b.docx", &docx)]);
        let both = office.arrives("b.eml", &both).await;
        assert_eq!(office.stands(&both).await, (DeliveryState::Read, Some(Trouble::UnsupportedFormat), None, 1, 1));
        let document = office.documents(&both).await.remove(0);
        assert!(document.reading.0.alerts.iter().any(|alert| alert.code == AlertCode::PartUnread));
    }

    async fn files_of_other_programs_are_named_for_the_person_who_opens_them(db: Db) {
        let office = Office::open(db).await;
        // A compound file whose directory has a stream of that name.
        let compound = |name: &str| {
            let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
            bytes.resize(1024, 0);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes.resize(1024 + 128, 0);
            bytes
        };
        let package = |part: &str| archive(&[("[Content_Types].xml", b"<x/>", None), (part, b"<x/>", None)], false);
        let odt = {
            use std::io::Write;
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            zip.start_file("mimetype", stored).unwrap();
            zip.write_all(b"application/vnd.oasis.opendocument.text").unwrap();
            zip.start_file("content.xml", stored).unwrap();
            zip.write_all(b"<x/>").unwrap();
            zip.finish().unwrap().into_inner()
        };
        for (name, bytes, what) in [
            ("紹介状.doc", compound("WordDocument"), FileType::Word),
            ("一覧.xls", compound("Workbook"), FileType::Excel),
            ("一覧.xlsx", package("xl/workbook.xml"), FileType::Excel),
            ("案内.pptx", package("ppt/presentation.xml"), FileType::PowerPoint),
            ("紹介状.rtf", br"{\rtf1\ansi letter}".to_vec(), FileType::Rtf),
            ("紹介状.odt", odt, FileType::Word),
        ] {
            let id = office.arrives(name, &bytes).await;
            let unreadable = (DeliveryState::Unreadable, Some(Trouble::UnsupportedFormat), None, 0, 0);
            assert_eq!(office.stands(&id).await, unreadable, "{name}");
            let mut tx = office.db.read().await.unwrap();
            let found = contents::of(&mut tx, &id).await.unwrap().unwrap().enclosures;
            let told: Vec<_> = found.iter().map(|thing| (thing.what, thing.fate)).collect();
            assert_eq!(told, [(what, Fate::Not(Trouble::UnsupportedFormat))], "{name}");
        }
    }

    async fn what_may_do_harm_is_shown_as_such_and_stays_closed(db: Db) {
        let office = Office::open(db).await;
        let docm = archive(&[("word/vbaProject.bin", b"x", None), ("[Content_Types].xml", b"<x/>", None)], false);
        let script = b"var a = 1;".to_vec();
        let unreadable = (DeliveryState::Unreadable, Some(Trouble::UnsupportedFormat), None, 0, 0);
        let not = Fate::Not(Trouble::UnsupportedFormat);
        let mail = mail("a@example.jp", "x", "送ります。", &[("紹介状.docm", &docm), ("紹介状.js", &script)]);
        for (name, bytes, told) in [
            // A script has nothing but its name.
            ("紹介状.js", &script, vec![FileType::Program]),
            ("紹介状.docx", &docm, vec![FileType::Macro]),
            ("a.eml", &mail, vec![FileType::Mail, FileType::Macro, FileType::Program]),
        ] {
            let id = office.arrives(name, bytes).await;
            assert_eq!(office.stands(&id).await, unreadable, "{name}");
            let mut tx = office.db.read().await.unwrap();
            let found = contents::of(&mut tx, &id).await.unwrap().unwrap().enclosures;
            assert_eq!(found.iter().map(|thing| thing.what).collect::<Vec<_>>(), told, "{name}");
            assert!(found.iter().all(|thing| thing.what == FileType::Mail || thing.what.is_risky() && thing.fate == not));
        }
    }

    async fn blank_pages_alone_are_shown_to_a_person(db: Db) {
        let office = Office::open(db).await;
        let id = office.arrives("fax2.pdf", &pdf(&[])).await;
        let document = office.documents(&id).await.remove(0);
        assert_eq!(document.reading.0.alerts[0].code, AlertCode::OnlyBlank);
        assert_eq!(document.reading.0.decision, Decision::Unreadable);
        assert_eq!(document.pages.0, [PageNo(1)]);
    }

    async fn a_fax_that_broke_off_is_kept_and_marked(db: Db) {
        let office = Office::open(db).await;
        let fax = FaxMeta { error: Some("Unexpected end of page".into()), pages: Some(1), ..FaxMeta::default() };
        let id = office.arrives_with("fax1.pdf", &pdf(&LETTER), fax).await;
        assert_eq!(office.delivery(&id).await.state, DeliveryState::Read);
        let document = office.documents(&id).await.remove(0);
        assert_eq!(document.reading.0.alerts[0].code, AlertCode::ReceptionCut);
        assert_eq!(document.reading.0.decision, Decision::Review);
    }
}
