//! Programs and macros are listed and never opened: alone, in archives, in mails, in mails in archives, under any name.

use super::tests::{PDF, attached, mixed, part, text_part, told, unpacked, zipped};
use super::{unpack_with, *};
use std::io::Write;
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;

const NOT: Fate = Fate::Not(Trouble::UnsupportedFormat);

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    zipped(|zip| {
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    })
}

/// An office file whose table of contents does not stand among the first entries.
fn office(folder: &str, macros: bool) -> Vec<u8> {
    let (picture, main) = (format!("{folder}/media/image1.png"), format!("{folder}/document.xml"));
    let code = format!("{folder}/vbaProject.bin");
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut entries: Vec<(&str, &[u8])> = vec![(&picture, &noise), (&main, b"<x/>"), ("docs/letter.pdf", PDF)];
    if macros {
        entries.push((&code, b"Attribute VB_Name"));
    }
    entries.push(("[Content_Types].xml", b"<Types/>"));
    entries.push(("docProps/app.xml", &noise));
    archive(&entries)
}

fn disk() -> Vec<u8> {
    let mut bytes = b"%PDF-1.4 what a disk may have at its beginning".to_vec();
    bytes.resize(0x8001, 0);
    bytes.extend(b"CD001\x01");
    bytes
}

/// What must stay closed: content, the name of a file, what it is.
fn dangers() -> Vec<(Vec<u8>, &'static str, FileType)> {
    let jar = archive(&[("META-INF/MANIFEST.MF", b"Main-Class: A"), ("letter.pdf", PDF)]);
    let odt = archive(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", b"<x/>"),
        ("Basic/script-lc.xml", b"<x/>"),
        ("letter.pdf", PDF),
    ]);
    vec![
        (office("word", true), "紹介状.docm", FileType::Macro),
        (office("word", true), "紹介状.docx", FileType::Macro),
        (office("xl", true), "報告.xlsm", FileType::Macro),
        (office("ppt", true), "案内.pptm", FileType::Macro),
        // Whatever it is inside, a desk starts Word with it.
        (archive(&[("letter.pdf", PDF)]), "紹介状.docm", FileType::Macro),
        (odt, "紹介状.odt", FileType::Macro),
        (jar.clone(), "紹介状.jar", FileType::Program),
        (jar, "紹介状.zip", FileType::Program),
        (b"MZ\x90\0".to_vec(), "紹介状.pdf", FileType::Program),
        (PDF.to_vec(), "紹介状.pdf.exe", FileType::Program),
        (PDF.to_vec(), "紹介状.scr", FileType::Program),
        (b"var a = 1;".to_vec(), "紹介状.js", FileType::Program),
        (b"<html><hta:application></html>".to_vec(), "紹介状.hta", FileType::Program),
        (b"L\0\0\0\x01\x14\x02\0\0".to_vec(), "紹介状.lnk", FileType::Program),
        (b"[InternetShortcut]\r\nURL=x".to_vec(), "紹介状.txt", FileType::Program),
        (disk(), "画像.iso", FileType::Disk),
        (disk(), "紹介状.pdf", FileType::Disk),
    ]
}

fn closed(found: &Unpacked<'_>, name: &str, what: FileType) {
    assert!(found.parts.is_empty(), "{name} was opened");
    assert_eq!(found.trouble, Some(Trouble::UnsupportedFormat), "{name}");
    let told = told(found);
    assert_eq!(told.last(), Some(&(name.to_owned(), what, NOT)));
    assert!(what.is_risky());
}

#[test]
fn what_may_do_harm_stays_closed_in_archives_and_mails() {
    for (content, name, what) in dangers() {
        let zip = archive(&[(name, &content)]);
        closed(&unpacked(&zip), name, what);
        let deep = archive(&[("送付.zip", &zip)]);
        closed(&unpacked(&deep), name, what);
        let mail = mixed("Subject: x\r\n", &[text_part("送ります。\r\n"), attached(name, &content)]);
        closed(&unpacked(&mail), name, what);
        let mail_in_zip = archive(&[("a.eml", &mail)]);
        closed(&unpacked(&mail_in_zip), name, what);
        let zip_in_mail = mixed("Subject: x\r\n", &[text_part("送ります。\r\n"), attached("a.zip", &deep)]);
        closed(&unpacked(&zip_in_mail), name, what);
    }
}

#[test]
fn a_mail_cannot_pass_a_program_for_a_picture_of_its_text() {
    for (headers, content) in [
        ("Content-Type: image/png; name=\"logo.exe\"\r\nContent-ID: <logo>", b"MZ\x90\0".as_slice()),
        ("Content-Type: text/plain; name=\"logo.exe\"", b"plain words"),
        ("Content-Type: text/calendar; name=\"logo.exe\"", b"BEGIN:VCALENDAR"),
    ] {
        let mail = mixed("Subject: x\r\n", &[text_part("送ります。\r\n"), part(headers.as_bytes(), content)]);
        closed(&unpacked(&mail), "logo.exe", FileType::Program);
    }
}

#[test]
fn what_arrives_alone_is_told_by_its_content() {
    for (content, _, what) in dangers() {
        let found = unpacked(&content);
        let told = found.contents.enclosures[0].what;
        // Without a name nothing but the content can speak; then it must at least not be taken for something else.
        if told == what {
            assert!(found.parts.is_empty() && found.contents.enclosures.len() == 1);
        } else {
            assert!(!told.is_never_opened());
        }
    }
    for macros in [true, false] {
        let found = unpacked(&office("word", macros));
        assert!(found.parts.is_empty() && found.contents.enclosures.len() == 1, "an office file is no archive");
    }
}

#[test]
fn a_locked_program_asks_nobody_for_its_password() {
    let bytes = zipped(|zip| {
        zip.start_file("紹介状.exe", SimpleFileOptions::default().with_deprecated_encryption(b"0514").unwrap())
            .unwrap();
        zip.write_all(b"MZ").unwrap();
    });
    closed(&unpacked(&bytes), "紹介状.exe", FileType::Program);
    let found = unpack_with(&bytes, &Bounds::default(), &["0514".into()]);
    closed(&found, "紹介状.exe", FileType::Program);
}

#[test]
fn an_office_file_in_an_archive_does_not_close_the_archive() {
    let docx = office("word", false);
    let small = archive(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")]);
    for inner in [docx, small] {
        let outer = zipped(|zip| {
            let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            zip.start_file("紹介状.docx", stored).unwrap();
            zip.write_all(&inner).unwrap();
            zip.start_file("画像.pdf", stored).unwrap();
            zip.write_all(PDF).unwrap();
        });
        let found = unpacked(&outer);
        assert_eq!(found.parts.len(), 1);
        let told = told(&found);
        assert_eq!(told[0].1, FileType::Zip);
        assert_eq!(told[1], ("紹介状.docx".into(), FileType::Word, NOT));
    }
}
