//! Tells a format by its content; never by its name.

use super::risky;

/// A format that is opened or decoded here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// TIFF and BigTIFF.
    Tiff,
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// GIF; of an animation the first picture.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP; of an animation the first picture.
    WebP,
    /// An e-mail with its headers.
    Mail,
    /// A ZIP archive.
    Zip,
    /// Outlook's envelope for attachments (winmail.dat).
    Tnef,
    /// The text of a mail; only ever made here, never found.
    Text,
    /// A word processor's or spreadsheet's file: known, not read.
    Office,
}

/// How far into a file a PDF's header may stand; fax servers put a banner before it.
const PDF_HEADER_WITHIN: usize = 1024;

/// The format of `bytes`; `None` when it is none of ours.
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") {
        return Some(Format::Tiff);
    }
    if starts(b"\xFF\xD8\xFF") {
        return Some(Format::Jpeg);
    }
    if starts(b"\x89PNG\r\n\x1A\n") {
        return Some(Format::Png);
    }
    if starts(b"GIF87a") || starts(b"GIF89a") {
        return Some(Format::Gif);
    }
    if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Format::WebP);
    }
    if bitmap(bytes) {
        return Some(Format::Bmp);
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return Some(if risky::package(bytes).is_some() { Format::Office } else { Format::Zip });
    }
    if starts(&super::tnef::MAGIC) {
        return Some(Format::Tnef);
    }
    // The compound file of old Word, Excel and Outlook.
    if starts(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        return Some(Format::Office);
    }
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    if mail(head) {
        return Some(Format::Mail);
    }
    let markup = head.trim_ascii_start().first() == Some(&b'<');
    (!markup && head.windows(5).any(|w| w == b"%PDF-")).then_some(Format::Pdf)
}

/// Two letters would take many a text for a picture; the header's own length must be one that exists, too.
fn bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM") && matches!(bytes.get(14..18), Some([12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// A mail begins with header lines; one of them is of those every mail has.
fn mail(head: &[u8]) -> bool {
    const KNOWN: [&[u8]; 12] = [
        b"from",
        b"to",
        b"subject",
        b"date",
        b"received",
        b"return-path",
        b"message-id",
        b"mime-version",
        b"delivered-to",
        b"content-type",
        b"x-mailer",
        b"reply-to",
    ];
    let mut known = 0;
    // An mbox writes a "From " line before the headers.
    for line in head.split(|b| *b == b'\n').skip(usize::from(head.starts_with(b"From "))) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line[0] == b' ' || line[0] == b'\t' {
            continue;
        }
        let Some(colon) = line.iter().position(|b| *b == b':') else { return known >= 2 };
        let name = &line[..colon];
        if name.is_empty() || !name.iter().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        known += usize::from(KNOWN.iter().any(|k| name.eq_ignore_ascii_case(k)));
    }
    known >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        assert_eq!(sniff(b"II*\0\x08\0\0\0"), Some(Format::Tiff));
        assert_eq!(sniff(b"banner\n%PDF-1.4\n"), Some(Format::Pdf));
        assert_eq!(sniff(b"<html>%PDF-1.4"), None);
        assert_eq!(sniff(b"From: a@b\r\nSubject: x\r\n\r\n%PDF-1.4"), Some(Format::Mail));
        assert_eq!(sniff(b"note: this is text\nother: more\n"), None);
        assert_eq!(sniff(b"GIF89a......"), Some(Format::Gif));
        assert_eq!(sniff(b"RIFF....WEBPVP8 "), Some(Format::WebP));
        assert_eq!(sniff(b"RIFF....WAVEfmt "), None);
        assert_eq!(sniff(b"BM............\x28\0\0\0...."), Some(Format::Bmp));
        assert_eq!(sniff(b"BMW is a car, and this is a text"), None);
        assert_eq!(sniff(b"PK\x03\x04"), Some(Format::Zip));
    }
}
