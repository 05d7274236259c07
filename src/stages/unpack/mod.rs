//! A file as it arrived to the decodable parts inside it. Content decides; names and declared types are never trusted.

mod archive;
mod mail;
mod sniff;

pub use sniff::{Format, sniff};

use crate::domain::Trouble;
use crate::stages::decode::Bounds;
use std::borrow::Cow;

/// A decodable file: the delivery itself, an attachment, or an entry of an archive.
#[derive(Debug)]
pub struct Part<'a> {
    /// Counts the parts of a delivery from 1, in their order.
    pub ordinal: u32,
    /// What the bytes are.
    pub format: Format,
    /// The bytes.
    pub bytes: Cow<'a, [u8]>,
}

/// What a delivery holds.
#[derive(Debug, Default)]
pub struct Unpacked<'a> {
    /// In the order in which they stand in the delivery.
    pub parts: Vec<Part<'a>>,
    /// The first thing that could not be opened.
    pub trouble: Option<Trouble>,
}

impl<'a> Unpacked<'a> {
    fn add(&mut self, format: Format, bytes: Cow<'a, [u8]>) {
        let ordinal = u32::try_from(self.parts.len()).unwrap_or(u32::MAX).saturating_add(1);
        self.parts.push(Part { ordinal, format, bytes });
    }

    fn note(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
    }
}

/// What is left of the allowances while containers are opened.
struct Budget {
    bytes: u64,
    entries: u32,
}

/// Opens mails and archives down to the parts that can be decoded.
pub fn unpack<'a>(bytes: &'a [u8], bounds: &Bounds) -> Unpacked<'a> {
    let mut found = Unpacked::default();
    let mut budget = Budget { bytes: bounds.unpacked_bytes, entries: bounds.entries };
    open(Cow::Borrowed(bytes), bounds.nesting, &mut budget, &mut found);
    found
}

fn open<'a>(bytes: Cow<'a, [u8]>, depth: u32, budget: &mut Budget, found: &mut Unpacked<'a>) {
    if bytes.is_empty() {
        return found.note(Trouble::EmptyFile);
    }
    match sniff(&bytes) {
        Some(Format::Mail | Format::Zip) if depth == 0 => found.note(Trouble::TooLarge),
        Some(Format::Mail) => mail::open(&bytes, depth - 1, budget, found),
        Some(Format::Zip) => archive::open(&bytes, depth - 1, budget, found),
        Some(Format::Office) => found.note(Trouble::UnsupportedFormat),
        Some(format) => found.add(format, bytes),
        None => found.note(Trouble::UnsupportedFormat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_says_so() {
        let bounds = Bounds::default();
        assert_eq!(unpack(b"", &bounds).trouble, Some(Trouble::EmptyFile));
    }

    #[test]
    fn a_web_page_is_no_document() {
        let bounds = Bounds::default();
        let found = unpack(b"<!DOCTYPE html><html><body>%PDF-</body></html>", &bounds);
        assert!(found.parts.is_empty());
        assert_eq!(found.trouble, Some(Trouble::UnsupportedFormat));
    }
}
