//! What a file is for the people who must open it themselves. Content first; the name only where content cannot tell.

use super::sniff::{Format, sniff};
use crate::domain::FileType;

/// What `bytes` are.
pub fn file_type(bytes: &[u8], name: &str) -> FileType {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let name = name.to_lowercase();
    let named = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if starts(b"PK\x03\x04")
        && let Some(office) = office(bytes)
    {
        return office;
    }
    if starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return compound(bytes, &named);
    }
    match sniff(bytes) {
        Some(Format::Tiff) => return FileType::Tiff,
        Some(Format::Pdf) => return FileType::Pdf,
        Some(Format::Mail) => return FileType::Mail,
        Some(Format::Zip) => return FileType::Zip,
        Some(Format::Tnef) => return FileType::Winmail,
        Some(Format::Office) => return FileType::OldOffice,
        Some(Format::Text) => return FileType::Text,
        Some(_) => return FileType::Picture,
        None => {}
    }
    let brand = bytes.get(4..12).unwrap_or_default();
    let of_archive = starts(b"7z\xBC\xAF\x27\x1C")
        || starts(b"Rar!\x1A\x07")
        || starts(b"\x1F\x8B")
        || starts(b"BZh")
        || starts(b"\xFD7zXZ\0")
        || bytes.get(2..5) == Some(b"-lh")
        || bytes.get(257..262) == Some(b"ustar");
    let program = starts(b"MZ")
        || starts(b"\x7FELF")
        || starts(b"L\0\0\0\x01\x14\x02\0")
        || starts(b"#!")
        || named(&[
            ".exe", ".js", ".jse", ".vbs", ".vbe", ".lnk", ".bat", ".cmd", ".ps1", ".scr", ".hta", ".wsf", ".jar",
        ]);
    let markup = {
        let head = bytes.get(..512).unwrap_or(bytes).to_ascii_lowercase();
        head.windows(5).any(|w| w == b"<html") || head.windows(9).any(|w| w == b"<!doctype")
    };
    if program {
        FileType::Program
    } else if brand.starts_with(b"ftyp") {
        match brand.get(4..) {
            Some(b"heic" | b"heix" | b"mif1" | b"msf1" | b"heim" | b"heis" | b"avif") => FileType::Heic,
            _ => FileType::Media,
        }
    } else if of_archive {
        FileType::Archive
    } else if starts(b"GIF8") || starts(b"BM") || (starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")) {
        FileType::Picture
    } else if starts(b"{\\rtf") {
        FileType::Rtf
    } else if starts(b"BEGIN:VCALENDAR") {
        FileType::Calendar
    } else if starts(b"BEGIN:VCARD") {
        FileType::Card
    } else if starts(b"RIFF") || starts(b"ID3") || starts(b"OggS") || starts(b"\x1A\x45\xDF\xA3") {
        FileType::Media
    } else if starts(b"-----BEGIN PGP") || named(&[".p7s", ".p7m", ".asc", ".sig"]) {
        FileType::Signature
    } else if markup {
        FileType::Html
    } else if named(&[".jtd", ".jtdc"]) {
        FileType::Ichitaro
    } else if named(&[".xdw", ".xbd", ".xct"]) {
        FileType::DocuWorks
    } else if !bytes.is_empty() && !bytes.iter().take(512).any(|b| *b < 7) {
        FileType::Text
    } else {
        FileType::Unknown
    }
}

/// Office Open XML by the folders that its entries lie in.
fn office(bytes: &[u8]) -> Option<FileType> {
    // The list of entries stands at the end, the first of them at the beginning.
    let (head, tail) = (&bytes[..bytes.len().min(8192)], &bytes[bytes.len().saturating_sub(64 << 10)..]);
    let has = |what: &[u8]| [head, tail].iter().any(|part| part.windows(what.len()).any(|w| w == what));
    if !has(b"[Content_Types].xml") {
        return None;
    }
    Some(match () {
        () if has(b"vbaProject.bin") => FileType::Macro,
        () if has(b"word/") => FileType::Word,
        () if has(b"xl/") => FileType::Excel,
        () if has(b"ppt/") => FileType::PowerPoint,
        () => FileType::OldOffice,
    })
}

/// The compound files of old Office, Outlook, 一太郎 and DocuWorks name their streams in UTF-16.
fn compound(bytes: &[u8], named: &impl Fn(&[&str]) -> bool) -> FileType {
    let head = &bytes[..bytes.len().min(1 << 20)];
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        head.windows(wide.len()).any(|w| w == wide)
    };
    match () {
        () if has("__properties_version1.0") => FileType::Outlook,
        () if named(&[".xdw", ".xbd"]) => FileType::DocuWorks,
        () if has("JSRV_SegmentInformation") || has("DocumentText") || named(&[".jtd"]) => FileType::Ichitaro,
        () if has("EncryptedPackage") => FileType::OldOffice,
        () if has("_VBA_PROJECT") => FileType::Macro,
        () if has("WordDocument") => FileType::Word,
        () if has("Workbook") || has("Book") => FileType::Excel,
        () if has("PowerPoint Document") => FileType::PowerPoint,
        () => FileType::OldOffice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_and_the_name_only_helps() {
        let docx = b"PK\x03\x04..........[Content_Types].xml.....word/document.xml".as_slice();
        let docm = b"PK\x03\x04..........[Content_Types].xml.....word/vbaProject.bin".as_slice();
        let wide: Vec<u8> = "__properties_version1.0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let msg = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 40], &wide].concat();
        let told: [(&[u8], &str, FileType); 12] = [
            (docx, "a.pdf", FileType::Word),
            (docm, "a.docx", FileType::Macro),
            (&msg, "a.msg", FileType::Outlook),
            (b"MZ\x90\0", "紹介状.pdf", FileType::Program),
            (b"alert(1)", "請求書.js", FileType::Program),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "IMG_1.HEIC", FileType::Heic),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "a.mp4", FileType::Media),
            (b"!!-lh5-", "a.lzh", FileType::Archive),
            (b"{\\rtf1", "a.doc", FileType::Rtf),
            (b"BEGIN:VCALENDAR", "invite", FileType::Calendar),
            (b"<!DOCTYPE html><html>", "a.pdf", FileType::Html),
            (b"%PDF-1.4", "a.txt", FileType::Pdf),
        ];
        for (bytes, name, what) in told {
            assert_eq!(file_type(bytes, name), what, "{name}");
        }
        assert_eq!(file_type(&[0, 1, 2, 3], "a"), FileType::Unknown);
        assert_eq!(file_type(b"memo", "a"), FileType::Text);
    }
}
