//! A file as it arrived to the decodable parts inside it. Content decides; names and declared types are never trusted.

mod archive;
mod kinds;
mod mail;
mod risky;
mod sniff;
mod tnef;

pub use risky::by_name as never_opened;
pub use sniff::{Format, sniff};

use crate::domain::{Contents, Enclosure, Fate, FileType, Trouble};
use crate::stages::decode::Bounds;
use std::borrow::Cow;

/// A decodable file: the delivery itself, an attachment, an entry of an archive, or the text of a mail.
#[derive(Debug)]
pub struct Part<'a> {
    /// Counts the parts of a delivery from 1, in their order.
    pub ordinal: u32,
    /// What the bytes are.
    pub format: Format,
    /// The bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Whether a password was needed to get at it.
    locked: bool,
}

/// What a delivery holds.
#[derive(Debug, Default)]
pub struct Unpacked<'a> {
    /// In the order in which they stand in the delivery; what a password opened comes last, so that pages which were read
    /// without it keep their numbers.
    pub parts: Vec<Part<'a>>,
    /// The first thing that could not be opened.
    pub trouble: Option<Trouble>,
    /// What staff are told about it.
    pub contents: Contents,
}

/// What is left of the allowances while containers are opened.
struct Budget {
    bytes: u64,
    entries: u32,
}

/// Opens mails and archives down to the parts that can be decoded.
pub fn unpack<'a>(bytes: &'a [u8], bounds: &Bounds) -> Unpacked<'a> {
    unpack_with(bytes, bounds, &[])
}

/// Opens mails and archives, and what is locked where one of `passwords` fits.
pub fn unpack_with<'a>(bytes: &'a [u8], bounds: &Bounds, passwords: &[String]) -> Unpacked<'a> {
    let budget = Budget { bytes: bounds.unpacked_bytes, entries: bounds.entries };
    let mut opener = Opener { budget, nesting: bounds.nesting, passwords, found: Unpacked::default() };
    opener.open(String::new(), Cow::Borrowed(bytes), 0, false);
    let mut found = opener.found;
    found.parts.sort_by_key(|part| part.locked);
    for (n, part) in found.parts.iter_mut().enumerate() {
        let ordinal = u32::try_from(n + 1).unwrap_or(u32::MAX);
        // Until here the ordinal is the place in the list of enclosures.
        if let Some(told) = found.contents.enclosures.get_mut(part.ordinal as usize) {
            told.part = Some(ordinal);
        }
        part.ordinal = ordinal;
    }
    found
}

/// Opens containers within one allowance.
struct Opener<'a, 'p> {
    budget: Budget,
    nesting: u32,
    passwords: &'p [String],
    found: Unpacked<'a>,
}

impl<'a> Opener<'a, '_> {
    /// Takes one file, whatever it is, that lies in `depth` containers.
    fn open(&mut self, name: String, bytes: Cow<'a, [u8]>, depth: u32, locked: bool) {
        let what = kinds::file_type(&bytes, &name);
        if bytes.is_empty() {
            return self.tell(&name, &bytes, what, Err(Trouble::EmptyFile), depth);
        }
        if what.is_never_opened() {
            return self.tell(&name, &bytes, what, Err(Trouble::UnsupportedFormat), depth);
        }
        match sniff(&bytes) {
            Some(Format::Mail | Format::Zip | Format::Tnef) if depth >= self.nesting => {
                self.tell(&name, &bytes, what, Err(Trouble::TooLarge), depth);
            }
            // Nothing but the formatted text of a mail: somebody must open it.
            Some(Format::Tnef) if tnef::is_empty(&bytes) => {
                self.tell(&name, &bytes, what, Err(Trouble::UnsupportedFormat), depth);
            }
            Some(container @ (Format::Mail | Format::Zip | Format::Tnef)) => {
                self.tell(&name, &bytes, what, Ok(Fate::Opened), depth);
                match container {
                    Format::Mail => mail::open(&bytes, depth + 1, locked, self),
                    Format::Zip => archive::open(&bytes, depth + 1, locked, self),
                    _ => tnef::open(&bytes, depth + 1, locked, self),
                }
            }
            Some(Format::Office) | None => {
                self.tell(&name, &bytes, what, Err(Trouble::UnsupportedFormat), depth);
            }
            Some(format) => self.add(&name, format, what, bytes, depth, locked),
        }
    }

    fn add(&mut self, name: &str, format: Format, what: FileType, bytes: Cow<'a, [u8]>, depth: u32, locked: bool) {
        let ordinal = u32::try_from(self.found.contents.enclosures.len()).unwrap_or(u32::MAX);
        self.list(name, bytes.len() as u64, what, Ok(Fate::Read), depth);
        self.found.parts.push(Part { ordinal, format, bytes, locked });
    }

    /// Lists something with what became of it, and notes the trouble it makes.
    fn tell(&mut self, name: &str, bytes: &[u8], what: FileType, fate: Result<Fate, Trouble>, depth: u32) {
        self.list(name, bytes.len() as u64, what, fate, depth);
        if let Err(trouble) = fate {
            self.note(trouble);
        }
    }

    fn list(&mut self, name: &str, size: u64, what: FileType, fate: Result<Fate, Trouble>, depth: u32) {
        let enclosures = &mut self.found.contents.enclosures;
        if enclosures.len() < Contents::MOST {
            let name = mail::header::file_name(&mail::header::tidy(name));
            let fate = fate.unwrap_or_else(Fate::Not);
            enclosures.push(Enclosure { name, size, what, fate, depth, part: None });
        }
    }

    fn note(&mut self, trouble: Trouble) {
        self.found.trouble.get_or_insert(trouble);
    }

    /// Counts one more thing within a container.
    fn count(&mut self) -> Result<(), Trouble> {
        self.budget.entries = self.budget.entries.checked_sub(1).ok_or(Trouble::TooLarge)?;
        Ok(())
    }

    /// Bytes that may still come out of containers.
    fn left(&self) -> u64 {
        self.budget.bytes
    }

    fn spend(&mut self, bytes: u64) -> Result<(), Trouble> {
        self.budget.bytes = self.budget.bytes.checked_sub(bytes).ok_or(Trouble::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod never;
#[cfg(test)]
mod tests;
