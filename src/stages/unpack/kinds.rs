//! What a file is for the people who must open it themselves. Content first; the name only where content cannot tell.

use super::risky;
use super::sniff::{Format, sniff};
use crate::domain::FileType;

/// What `bytes` are.
pub fn file_type(bytes: &[u8], name: &str) -> FileType {
    if let Some(risky) = risky::by_name(name).or_else(|| risky::by_content(bytes)) {
        return risky;
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let name = name.to_lowercase();
    let named = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if starts(b"PK\x03\x04")
        && let Some(package) = risky::package(bytes)
    {
        return package;
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
    let markup = {
        // In UTF-16 every other byte is nothing.
        let head: Vec<u8> = bytes.iter().take(1024).filter(|b| **b != 0).map(u8::to_ascii_lowercase).collect();
        let has = |tag: &[u8]| head.windows(tag.len()).any(|w| w == tag);
        [b"<html".as_slice(), b"<!doctype", b"<script", b"<hta:", b"<svg"].into_iter().any(has)
    };
    if brand.starts_with(b"ftyp") {
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

/// The compound files of old Office, Outlook, 一太郎 and DocuWorks name their streams in UTF-16.
fn compound(bytes: &[u8], named: &impl Fn(&[&str]) -> bool) -> FileType {
    // The directory may lie anywhere; its entries begin with their name and stand every 128 bytes.
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        bytes.chunks_exact(128).any(|entry| entry.starts_with(&wide))
    };
    match () {
        () if has("__properties_version1.0") => FileType::Outlook,
        () if named(&[".xdw", ".xbd"]) => FileType::DocuWorks,
        () if has("JSRV_SegmentInformation") || has("DocumentText") || named(&[".jtd"]) => FileType::Ichitaro,
        () if has("EncryptedPackage") => FileType::OldOffice,
        () if risky::compound_macros(bytes, &has) => FileType::Macro,
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
        let compound = |name: &str| {
            let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
            // Far behind: a directory stands where its author put it.
            bytes.resize(3 << 20, 0);
            bytes.extend(name.encode_utf16().flat_map(u16::to_le_bytes));
            bytes.resize((3 << 20) + 128, 0);
            bytes
        };
        let (msg, doc, xls) =
            (compound("__properties_version1.0"), compound("WordDocument"), compound("_VBA_PROJECT_CUR"));
        let told: [(&[u8], &str, FileType); 14] = [
            (&doc, "a.pdf", FileType::Word),
            (&xls, "a.xls", FileType::Macro),
            (b"<\0s\0c\0r\0i\0p\0t\0>\0", "a", FileType::Html),
            (b"%PDF-1.4", "a.js", FileType::Program),
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
