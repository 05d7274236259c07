//! Mails and archives as they come: of our own making, with every trap that is known of them.

use super::*;
use crate::domain::{MailFacts, Remark};
use encoding_rs::{ISO_2022_JP, SHIFT_JIS};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

pub(super) const PDF: &[u8] = b"%PDF-1.4 a letter";

pub(super) fn unpacked(bytes: &[u8]) -> Unpacked<'static> {
    within(bytes, &Bounds::default())
}

fn within(bytes: &[u8], bounds: &Bounds) -> Unpacked<'static> {
    let Unpacked { parts, trouble, contents } = unpack(bytes, bounds);
    let owned = |part: Part<'_>| {
        let Part { ordinal, format, locked, bytes } = part;
        Part { ordinal, format, locked, bytes: Cow::Owned(bytes.into_owned()) }
    };
    let parts = parts.into_iter().map(owned);
    Unpacked { parts: parts.collect(), trouble, contents }
}

fn mail_of(found: &Unpacked<'_>) -> MailFacts {
    found.contents.mail.clone().expect("a mail")
}

/// A picture of that size, white.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image::GrayImage::from_pixel(width, height, image::Luma([255]))
        .write_to(&mut out, image::ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let bits = chunk.iter().fold(0_u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let shown = i <= chunk.len();
            out.push(if shown { char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' });
        }
    }
    out
}

/// A part of a mail: its headers and its coded content.
pub(super) fn part(headers: &[u8], content: &[u8]) -> Vec<u8> {
    [headers, b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", base64(content).as_bytes(), b"\r\n"].concat()
}

pub(super) fn text_part(text: &str) -> Vec<u8> {
    part(b"Content-Type: text/plain; charset=UTF-8", text.as_bytes())
}

pub(super) fn attached(name: &str, content: &[u8]) -> Vec<u8> {
    let headers = format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\""
    );
    part(headers.as_bytes(), content)
}

pub(super) fn mixed(head: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut out = format!(
        "From: \"=?UTF-8?B?{}?=\" <Renkei@Minato.Example.jp>\r\nTo: b@example.jp\r\nDate: Tue, 14 May 2024 09:12:00 +0900\r\n{head}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n",
        base64("みなと内科".as_bytes())
    )
    .into_bytes();
    for part in parts {
        out.extend(b"--=_b\r\n");
        out.extend(part);
    }
    out.extend(b"--=_b--\r\n");
    out
}

fn plain(head: &str, charset: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("From: a@example.jp\r\nTo: b@example.jp\r\n{head}Content-Type: text/plain{charset}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub(super) fn told(found: &Unpacked<'_>) -> Vec<(String, FileType, Fate)> {
    found.contents.enclosures.iter().map(|thing| (thing.name.clone(), thing.what, thing.fate)).collect()
}

const COVER: &str = "お世話になっております。\r\n紹介状を添付いたしますのでご査収ください。\r\n";
const WISH: &str =
    "地域医療連携室 御中\n\n患者 山田太郎様の5月14日の予約を、5月21日に変更していただけますでしょうか。\n";

#[test]
fn an_empty_file_says_so() {
    assert_eq!(unpacked(b"").trouble, Some(Trouble::EmptyFile));
}

#[test]
fn a_web_page_is_no_document() {
    let found = unpacked(b"<!DOCTYPE html><html><body>%PDF-</body></html>");
    assert!(found.parts.is_empty());
    assert_eq!(found.trouble, Some(Trouble::UnsupportedFormat));
    assert_eq!(told(&found), [("".into(), FileType::Html, Fate::Not(Trouble::UnsupportedFormat))]);
}

#[test]
fn attachments_are_told_by_content_and_ornaments_are_left_out() {
    let inline = |id: &str, content: &[u8]| {
        part(format!("Content-Type: image/png; name=logo.png\r\nContent-ID: <{id}>").as_bytes(), content)
    };
    let bytes = mixed(
        "Subject: x\r\n",
        &[
            text_part(COVER),
            attached("scan.txt", PDF),
            inline("logo", &png(300, 120)),
            inline("page", &png(1240, 1754)),
            attached("smime.p7s", b"0\x82\x01\x01\x01"),
        ],
    );
    let found = unpacked(&bytes);
    assert_eq!(found.parts.iter().map(|p| p.format).collect::<Vec<_>>(), [Format::Pdf, Format::Png]);
    assert_eq!(found.trouble, None);
    assert_eq!(
        found.contents.enclosures.iter().map(|e| e.part).collect::<Vec<_>>(),
        [None, Some(1), None, Some(2), None]
    );
    let mail = mail_of(&found);
    assert_eq!((mail.sender.as_str(), mail.remark), ("renkei@minato.example.jp", None));
}

#[test]
fn forwarded_mails_are_opened_coded_or_not() {
    let inner = mixed("Subject: =?UTF-8?B?57S55LuL?=\r\n", &[text_part(COVER), attached("a.pdf", PDF)]);
    let bare = [b"Content-Type: message/rfc822\r\n\r\n".as_slice(), &inner, b"\r\n"].concat();
    let bare = String::from_utf8(bare).unwrap().replace("=_b", "=_inner").into_bytes();
    let coded = part(b"Content-Type: message/rfc822", &inner);
    let hidden = attached("mail.dat", &inner);
    let bytes = mixed("Subject: Fwd\r\n", &[text_part("転送します。\n"), bare, coded, hidden]);
    let found = unpacked(&bytes);
    assert_eq!(found.parts.len(), 3);
    assert_eq!(mail_of(&found).subject, "Fwd");
    assert_eq!(told(&found).iter().filter(|t| t.1 == FileType::Mail && t.0 == "紹介").count(), 2);
}

#[test]
fn mails_within_mails_end_somewhere() {
    let mut bytes = mixed("Subject: 0\r\n", &[attached("a.pdf", PDF)]);
    for _ in 0..8 {
        bytes = mixed("Subject: n\r\n", &[attached("m.eml", &bytes)]);
    }
    let found = unpacked(&bytes);
    assert_eq!((found.parts.len(), found.trouble), (0, Some(Trouble::TooLarge)));
}

#[test]
fn the_text_is_a_document_where_it_carries_one() {
    for bytes in [
        plain("Subject: x\r\n", "; charset=UTF-8", WISH.as_bytes()),
        mixed("Subject: x\r\n", &[text_part(WISH), part(b"Content-Type: image/png\r\nContent-ID: <a>", &png(200, 60))]),
        plain("Subject: x\r\n", "", &ISO_2022_JP.encode(WISH).0),
        plain("Subject: x\r\n", "; charset=cp932", &SHIFT_JIS.encode(WISH).0),
        plain("Subject: x\r\n", "; charset=cp50221", &ISO_2022_JP.encode(WISH).0),
        plain("Subject: x\r\n", "; charset=iso-8859-1", &SHIFT_JIS.encode(WISH).0),
    ] {
        let found = unpacked(&bytes);
        assert_eq!(found.parts.iter().map(|p| p.format).collect::<Vec<_>>(), [Format::Text]);
        let text = String::from_utf8(found.parts[0].bytes.to_vec()).unwrap();
        assert!(text.contains("5月21日に変更"), "{text}");
        assert_eq!(mail_of(&found).remark, None);
    }
    let html = plain("Subject: x\r\n", "", b"");
    let html = String::from_utf8(html).unwrap().replace("text/plain", "text/html; charset=utf-8");
    let html = format!(
        "{html}<html><style>p {{}}</style><body><p>患者 山田太郎様の</p><p>予約を変更してください</p></body></html>"
    );
    let found = unpacked(html.as_bytes());
    let text = String::from_utf8(found.parts[0].bytes.to_vec()).unwrap();
    assert!(text.contains("予約を変更してください") && !text.contains('<'), "{text}");
}

#[test]
fn the_text_is_none_beside_an_attachment_or_when_it_greets() {
    let found = unpacked(&mixed("Subject: x\r\n", &[text_part(WISH), attached("a.pdf", PDF)]));
    assert_eq!(found.parts.iter().map(|p| p.format).collect::<Vec<_>>(), [Format::Pdf]);
    let found = unpacked(&plain("Subject: x\r\n", "; charset=UTF-8", COVER.as_bytes()));
    assert_eq!((found.parts.len(), found.trouble, mail_of(&found).remark), (0, None, Some(Remark::NothingToRead)));
    // What nobody can read is still an attachment.
    let found = unpacked(&mixed("Subject: x\r\n", &[text_part(WISH), attached("紹介状.docx", &docx())]));
    assert_eq!((found.parts.len(), found.trouble), (0, Some(Trouble::UnsupportedFormat)));
    assert!(told(&found).contains(&("紹介状.docx".into(), FileType::Word, Fate::Not(Trouble::UnsupportedFormat))));
}

#[test]
fn what_no_person_wrote_is_set_aside() {
    let report = |kind: &str, part_type: &str| {
        let inner = mixed("Subject: ours\r\n", &[text_part(WISH), attached("a.pdf", PDF)]);
        let parts = [
            text_part("Your message could not be delivered."),
            part(format!("Content-Type: message/{part_type}").as_bytes(), b"Status: 5.1.1"),
            part(b"Content-Type: message/rfc822", &inner),
        ];
        String::from_utf8(mixed("Subject: x\r\n", &parts))
            .unwrap()
            .replacen("multipart/mixed", &format!("multipart/report; report-type={kind}"), 1)
            .into_bytes()
    };
    let invitation = part(b"Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR");
    for (bytes, remark) in [
        (report("delivery-status", "delivery-status"), Remark::Bounce),
        (report("disposition-notification", "disposition-notification"), Remark::Receipt),
        (
            plain("Subject: x\r\nAuto-Submitted: auto-replied\r\n", "; charset=UTF-8", WISH.as_bytes()),
            Remark::AutoReply,
        ),
        (plain("Subject: =?UTF-8?B?6Ieq5YuV6L+U5L+h?=: x\r\n", "; charset=UTF-8", WISH.as_bytes()), Remark::AutoReply),
        (mixed("Subject: x\r\n", &[text_part("合同会議のご案内"), invitation.clone()]), Remark::Calendar),
        (plain("Subject: x\r\n", "; charset=UTF-8", "パスワード： 032167Rk\n".as_bytes()), Remark::PasswordNotice),
    ] {
        let found = unpacked(&bytes);
        assert_eq!((found.parts.len(), found.trouble, mail_of(&found).remark), (0, None, Some(remark)));
    }
    // A document is a document, whoever sent it and whatever rides along.
    for head in ["Subject: x\r\nAuto-Submitted: auto-generated\r\n", "Subject: x\r\nAuto-Submitted: auto-replied\r\n"] {
        let found = unpacked(&mixed(head, &[attached("a.pdf", PDF), invitation.clone()]));
        assert_eq!((found.parts.len(), mail_of(&found).remark), (1, None));
    }
    let found =
        unpacked(&plain("Subject: x\r\nAuto-Submitted: auto-generated\r\n", "; charset=UTF-8", WISH.as_bytes()));
    assert_eq!(found.parts.len(), 1);
}

#[test]
fn files_of_text_and_sealed_mails_need_a_person() {
    let html = b"<!DOCTYPE html><html><body>secure mail</body></html>".as_slice();
    let of_type = |kind: &str, name: &str, content: &[u8]| {
        let headers = format!("Content-Type: {kind}\r\nContent-Disposition: attachment; filename=\"{name}\"");
        part(headers.as_bytes(), content)
    };
    for (part, needs_a_person) in [
        (of_type("text/html", "secure.html", html), true),
        (of_type("text/csv", "list.csv", b"a,b\r\n1,2\r\n"), true),
        (of_type("application/pkcs7-mime", "smime.p7m", b"0\x82\x01\x01\x01"), true),
        (of_type("application/octet-stream", "encrypted.asc", b"-----BEGIN PGP MESSAGE-----"), true),
        (of_type("text/html", "ATT00001.htm", html), false),
        (of_type("text/plain", "memo.txt", b"memo"), false),
        (of_type("application/pkcs7-signature", "smime.p7s", b"0\x82\x01\x01\x01"), false),
    ] {
        let found = unpacked(&mixed("Subject: x\r\n", &[text_part(COVER), part]));
        let expected = needs_a_person.then_some(Trouble::UnsupportedFormat);
        assert_eq!((found.parts.len(), found.trouble), (0, expected), "{:?}", told(&found));
    }
    // A text file with something to say is a document.
    let found =
        unpacked(&mixed("Subject: x\r\n", &[text_part(COVER), of_type("text/plain", "wish.txt", WISH.as_bytes())]));
    assert_eq!(found.parts.iter().map(|p| p.format).collect::<Vec<_>>(), [Format::Text]);
}

#[test]
fn raw_japanese_in_headers_is_recovered() {
    let name = "診療情報提供書（予定表）.pdf";
    for encoding in [SHIFT_JIS, ISO_2022_JP] {
        let (raw, _, _) = encoding.encode(name);
        let (subject, _, _) = encoding.encode("【ご紹介】表の件");
        let headers =
            [b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"".as_slice(), &raw, b"\""];
        let whole = mixed("Subject: @@\r\n", &[text_part(COVER), part(&headers.concat(), PDF)]);
        let at = whole.windows(2).position(|w| w == b"@@").unwrap();
        let whole = [&whole[..at], &subject, &whole[at + 2..]].concat();
        let found = unpacked(&whole);
        assert_eq!(mail_of(&found).subject, "【ご紹介】表の件");
        assert_eq!(told(&found)[1], (name.into(), FileType::Pdf, Fate::Read));
    }
}

#[test]
fn winmail_is_opened_within_a_mail() {
    let envelope = super::tnef::tests::envelope(&[("紹介状.pdf", PDF)]);
    let found = unpacked(&mixed("Subject: x\r\n", &[text_part(COVER), attached("winmail.dat", &envelope)]));
    assert_eq!(found.parts.len(), 1);
    assert!(told(&found).contains(&("紹介状.pdf".into(), FileType::Pdf, Fate::Read)));
}

fn docx() -> Vec<u8> {
    zipped(|zip| {
        for name in ["[Content_Types].xml", "word/document.xml"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(b"<x/>").unwrap();
        }
    })
}

pub(super) fn zipped(fill: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut zip);
    zip.finish().unwrap().into_inner()
}

/// An archive with an open letter between two locked ones.
fn locked(aes: bool) -> Vec<u8> {
    zipped(|zip| {
        for (name, open) in [("locked1.pdf", false), ("open.pdf", true), ("locked2.pdf", false)] {
            let options = SimpleFileOptions::default();
            let options = match (open, aes) {
                (true, _) => options,
                (false, true) => options.with_aes_encryption(AesMode::Aes256, "ひみつ8"),
                (false, false) => {
                    use zip::unstable::write::FileOptionsExt;
                    options.with_deprecated_encryption("ひみつ8".as_bytes()).unwrap()
                }
            };
            zip.start_file(name, options).unwrap();
            zip.write_all(format!("%PDF-1.4 {name}").as_bytes()).unwrap();
        }
    })
}

#[test]
fn locked_entries_open_with_the_password_and_come_last() {
    for aes in [true, false] {
        let bytes = locked(aes);
        let found = unpacked(&bytes);
        assert_eq!((found.parts.len(), found.trouble), (1, Some(Trouble::Encrypted)));
        assert_eq!(told(&found)[1], ("locked1.pdf".into(), FileType::Pdf, Fate::Not(Trouble::Encrypted)));
        let wrong = unpack_with(&bytes, &Bounds::default(), &["ひみつ9".into()]);
        assert_eq!((wrong.parts.len(), wrong.trouble), (1, Some(Trouble::Encrypted)));
        let passwords = ["x".to_owned(), "ひみつ8".to_owned()];
        let right = unpack_with(&bytes, &Bounds::default(), &passwords);
        assert_eq!(right.trouble, None);
        let order: Vec<String> =
            right.parts.iter().map(|p| String::from_utf8_lossy(&p.bytes[9..]).into_owned()).collect();
        assert_eq!(order, ["open.pdf", "locked1.pdf", "locked2.pdf"], "numbers given before stay");
        let parts: Vec<_> = right.contents.enclosures.iter().map(|e| (e.name.as_str(), e.part)).collect();
        assert_eq!(parts, [("", None), ("locked1.pdf", Some(2)), ("open.pdf", Some(1)), ("locked2.pdf", Some(3))]);
    }
}

#[test]
fn a_wrong_password_never_passes_for_the_right_one() {
    let bytes = locked(false);
    for n in 0..600 {
        let found = unpack_with(&bytes, &Bounds::default(), &[format!("wrong{n}")]);
        assert_eq!((found.parts.len(), found.trouble), (1, Some(Trouble::Encrypted)), "{n}");
    }
}

#[test]
fn a_locked_archive_in_a_mail_is_no_text_document() {
    let found_in = |text: &str| {
        let bytes = mixed("Subject: x\r\n", &[text_part(text), attached("a.zip", &locked(true))]);
        let found = unpacked(&bytes);
        (found.parts.len(), found.trouble, mail_of(&found).passwords)
    };
    assert_eq!(found_in(WISH), (1, Some(Trouble::Encrypted), vec![]));
    assert_eq!(found_in("解凍パスワード：ab12cd").2, ["ab12cd"]);
}

#[test]
fn names_in_the_code_page_of_the_packer_are_read() {
    let name = "診療情報提供書（表）.pdf";
    let bytes = zipped(|zip| {
        zip.start_file("X".repeat(SHIFT_JIS.encode(name).0.len()), SimpleFileOptions::default()).unwrap();
        zip.write_all(PDF).unwrap();
    });
    let (raw, _, _) = SHIFT_JIS.encode(name);
    let blank = "X".repeat(raw.len()).into_bytes();
    let mut renamed = bytes.clone();
    for at in 0..bytes.len() - blank.len() {
        if bytes[at..].starts_with(&blank) {
            renamed[at..at + blank.len()].copy_from_slice(&raw);
        }
    }
    assert_eq!(told(&unpacked(&renamed))[1].0, name);
}

#[test]
fn bombs_do_not_go_off() {
    let zeros = |count: usize, size: usize| {
        zipped(|zip| {
            for n in 0..count {
                zip.start_file(format!("{n}.pdf"), SimpleFileOptions::default()).unwrap();
                zip.write_all(&vec![0; size]).unwrap();
            }
        })
    };
    // One entry that grows a thousandfold.
    let found = unpacked(&zeros(1, 80 << 20)).trouble;
    assert_eq!(found, Some(Trouble::TooLarge));
    // Many small ones; many entries; archives within archives.
    let bounds = Bounds { unpacked_bytes: 1 << 20, ..Bounds::default() };
    let spent = within(&zeros(30, 50_000), &bounds);
    assert!(spent.contents.enclosures.iter().any(|e| e.fate == Fate::Not(Trouble::TooLarge)));
    assert!(unpacked(&zeros(600, 10)).contents.enclosures.len() <= 501);
    let mut nested = zeros(1, 10);
    for _ in 0..10 {
        nested = zipped(|zip| {
            zip.start_file("n.zip", SimpleFileOptions::default()).unwrap();
            zip.write_all(&nested).unwrap();
        });
    }
    assert_eq!(unpacked(&nested).trouble, Some(Trouble::TooLarge));
}

#[test]
fn bombs_behind_a_password_do_not_go_off() {
    let right = "ひみつ8";
    for aes in [true, false] {
        let locked_zeros = |count: usize, size: usize| {
            zipped(|zip| {
                for n in 0..count {
                    let options = SimpleFileOptions::default();
                    let options = if aes {
                        options.with_aes_encryption(AesMode::Aes256, right)
                    } else {
                        use zip::unstable::write::FileOptionsExt;
                        options.with_deprecated_encryption(right.as_bytes()).unwrap()
                    };
                    zip.start_file(format!("{n}.pdf"), options).unwrap();
                    zip.write_all(&vec![0; size]).unwrap();
                }
            })
        };
        let large = locked_zeros(1, 80 << 20);
        assert!(large.len() < 1 << 20, "it is a bomb");
        let opened = unpack_with(&large, &Bounds::default(), &[right.to_owned()]);
        assert_eq!((opened.parts.len(), opened.trouble), (0, Some(Trouble::TooLarge)));
        let wrong: Vec<String> = (0..20).map(|n| format!("wrong{n}")).collect();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let shut = unpack_with(&large, &Bounds::default(), &wrong);
            let _ = sender.send((shut.parts.len(), shut.trouble.is_some()));
        });
        let answer = receiver.recv_timeout(std::time::Duration::from_secs(60));
        assert_eq!(answer, Ok((0, true)), "wrong passwords cost no more than right ones");
        let bounds = Bounds { unpacked_bytes: 1 << 20, ..Bounds::default() };
        let many = locked_zeros(30, 50_000);
        let spent = unpack_with(&many, &bounds, &[right.to_owned()]);
        assert!(spent.contents.enclosures.iter().any(|e| e.fate == Fate::Not(Trouble::TooLarge)));
        assert!(spent.parts.iter().map(|part| part.bytes.len()).sum::<usize>() <= 1 << 20);
    }
}

#[test]
fn garbled_mails_and_archives_are_answered() {
    let mail = mixed(
        "Subject: =?UTF-8?B?57S55LuL?=\r\n",
        &[text_part(WISH), attached("a.zip", &locked(true)), attached("b.pdf", PDF)],
    );
    let archive = locked(false);
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 8
    };
    for whole in [&mail, &archive] {
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..1 + next() % 6 {
                let at = next() as usize % bytes.len();
                bytes[at] = next() as u8;
            }
            bytes.truncate(bytes.len() - next() as usize % 40);
            let found = unpack_with(&bytes, &Bounds::default(), &["ひみつ8".into()]);
            assert!(found.contents.is_bounded());
        }
    }
}
