//! winmail.dat: the envelope in which Outlook packs attachments for itself (TNEF). Only attachments are taken out of it.

use super::Opener;
use super::mail::{charset, header};
use crate::domain::{FileType, Trouble};
use std::borrow::Cow;

/// The first bytes of every envelope.
pub const MAGIC: [u8; 4] = 0x223E_9F78_u32.to_le_bytes();

/// Attributes by the lower half of their ids; the upper half only repeats their type, and some writers leave it out.
const CODE_PAGE: u16 = 0x9007;
const NEW_ATTACHMENT: u16 = 0x9002;
const TITLE: u16 = 0x8010;
const DATA: u16 = 0x800F;
const PROPERTIES: u16 = 0x9005;

const LONG_FILE_NAME: u16 = 0x3707;
const DISPLAY_NAME: u16 = 0x3001;
const OBJECT: u16 = 0x3701;
/// Most properties of one attachment; real ones have some twenty.
const MOST_PROPERTIES: u32 = 2000;

#[derive(Default)]
struct Attachment<'b> {
    title: Option<String>,
    long_name: Option<String>,
    data: &'b [u8],
    /// An object in place of data; an embedded message is an envelope of its own.
    object: &'b [u8],
}

/// Whether it is an envelope with nothing in it but the formatted text of its mail.
pub(super) fn is_empty(bytes: &[u8]) -> bool {
    attachments(bytes).is_some_and(|all| all.iter().all(|attachment| attachment.content().is_empty()))
}

impl<'b> Attachment<'b> {
    fn content(&self) -> &'b [u8] {
        if self.data.is_empty() { self.object } else { self.data }
    }
}

/// Opens an envelope.
pub(super) fn open(bytes: &[u8], depth: u32, locked: bool, opener: &mut Opener<'_, '_>) {
    let Some(attachments) = attachments(bytes) else { return opener.note(Trouble::Damaged) };
    for attachment in attachments {
        let content = attachment.content();
        let name = attachment.long_name.or(attachment.title).unwrap_or_default();
        if content.is_empty() {
            continue;
        }
        if opener.count().and_then(|()| opener.spend(content.len() as u64)).is_err() {
            return opener.tell(&name, content, FileType::Unknown, Err(Trouble::TooLarge), depth);
        }
        opener.open(name, Cow::Owned(content.to_vec()), depth, locked);
    }
}

/// Every attachment of an envelope; what is cut off is left out, and nothing at all is `None`.
fn attachments(bytes: &[u8]) -> Option<Vec<Attachment<'_>>> {
    let mut rest = Cursor(bytes.strip_prefix(&MAGIC)?);
    rest.take(2)?;
    let (mut all, mut japanese): (Vec<Attachment<'_>>, bool) = (Vec::new(), true);
    while let Some((level, id, data)) = attribute(&mut rest) {
        if id == CODE_PAGE {
            japanese = matches!(Cursor(data).u32(), None | Some(932));
        }
        if level != 2 {
            continue;
        }
        if id == NEW_ATTACHMENT || all.is_empty() {
            all.push(Attachment::default());
        }
        let Some(current) = all.last_mut() else { continue };
        match id {
            TITLE => current.title = Some(narrow(data, japanese)),
            DATA => current.data = data,
            PROPERTIES => drop(properties(data, japanese, current)),
            _ => {}
        }
    }
    Some(all)
}

/// Level, id and data of the next attribute.
fn attribute<'b>(rest: &mut Cursor<'b>) -> Option<(u8, u16, &'b [u8])> {
    let level = *rest.take(1)?.first()?;
    let (id, _, length) = (rest.u16()?, rest.u16()?, rest.u32()? as usize);
    // An envelope that was cut off still gives what is there of its last attachment.
    let data = rest.take(length.min(rest.0.len()))?;
    rest.take(2.min(rest.0.len()))?;
    Some((level, id, data))
}

/// The names and the object among an attachment's properties.
fn properties<'b>(data: &'b [u8], japanese: bool, into: &mut Attachment<'b>) -> Option<()> {
    let mut rest = Cursor(data);
    for _ in 0..rest.u32()?.min(MOST_PROPERTIES) {
        let (kind, id) = (rest.u16()?, rest.u16()?);
        if id >= 0x8000 {
            rest.take(16)?;
            // A name by number, or by letters.
            match rest.u32()? {
                0 => drop(rest.take(4)?),
                _ => drop(rest.padded()?),
            }
        }
        let many = kind & 0x1000 != 0;
        let kind = kind & 0x0FFF;
        let counted = many || matches!(kind, 0x0D | 0x1E | 0x1F | 0x102);
        let count = if counted { rest.u32()? } else { 1 };
        // Every value takes a byte or more, but for those that are nothing: four thousand million of these take long.
        if many && (kind == 0x01 || count as usize > rest.0.len()) {
            return None;
        }
        for _ in 0..count {
            let value = match kind {
                0x02 | 0x03 | 0x04 | 0x0A | 0x0B => rest.take(4)?,
                0x05 | 0x06 | 0x07 | 0x14 | 0x40 => rest.take(8)?,
                0x48 => rest.take(16)?,
                0x01 => rest.take(0)?,
                0x0D | 0x1E | 0x1F | 0x102 => rest.padded()?,
                _ => return None,
            };
            match (id, kind) {
                (LONG_FILE_NAME, 0x1E) => into.long_name = Some(narrow(value, japanese)),
                (LONG_FILE_NAME, 0x1F) => into.long_name = Some(wide(value)),
                (DISPLAY_NAME, 0x1F) if into.long_name.is_none() => into.long_name = Some(wide(value)),
                // Sixteen bytes that say who made it stand before an object.
                (OBJECT, 0x0D) => into.object = value.get(16..).unwrap_or_default(),
                (OBJECT, 0x102) => into.object = value,
                _ => {}
            }
        }
    }
    Some(())
}

fn narrow(bytes: &[u8], japanese: bool) -> String {
    let bytes = bytes.split(|b| *b == 0).next().unwrap_or_default();
    header::tidy(&charset::decode(japanese.then_some("cp932"), bytes))
}

fn wide(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16_lossy(&units);
    header::tidy(text.trim_end_matches('\0'))
}

/// What is left to be read.
struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A length and so many bytes, filled up to a multiple of four.
    fn padded(&mut self) -> Option<&'b [u8]> {
        let length = self.u32()? as usize;
        let value = self.take(length)?;
        let fill = length.next_multiple_of(4) - length;
        self.take(fill.min(self.0.len()))?;
        Some(value)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::Fate;
    use crate::stages::decode::Bounds;
    use crate::stages::unpack::unpack;

    fn attribute_bytes(level: u8, id: u16, data: &[u8]) -> Vec<u8> {
        let sum = data.iter().fold(0_u16, |sum, b| sum.wrapping_add(u16::from(*b)));
        let length = (data.len() as u32).to_le_bytes();
        [&[level][..], &id.to_le_bytes(), &[6, 0], &length, data, &sum.to_le_bytes()].concat()
    }

    fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
        let fill = vec![0; value.len().next_multiple_of(4) - value.len()];
        let (one, length) = (1_u32.to_le_bytes(), (value.len() as u32).to_le_bytes());
        [&kind.to_le_bytes()[..], &id.to_le_bytes(), &one, &length, value, &fill].concat()
    }

    /// An envelope as Outlook makes them, with files of these names.
    pub fn envelope(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = [&MAGIC[..], &[1, 0]].concat();
        out.extend(attribute_bytes(1, CODE_PAGE, &[0xA4, 3, 0, 0, 0, 0, 0, 0]));
        for (name, content) in files {
            out.extend(attribute_bytes(2, NEW_ATTACHMENT, &[0; 14]));
            let short = encoding_rs::SHIFT_JIS.encode(name).0.into_owned();
            out.extend(attribute_bytes(2, TITLE, &[&short[..], &[0]].concat()));
            out.extend(attribute_bytes(2, DATA, content));
            let long: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
            let properties =
                [&2_u32.to_le_bytes()[..], &property(0x1E, 0x370A, b"x\0"), &property(0x1F, LONG_FILE_NAME, &long)];
            out.extend(attribute_bytes(2, PROPERTIES, &properties.concat()));
        }
        out
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1A\nrest of a picture";

    #[test]
    fn attachments_come_out_with_their_names() {
        let bytes = envelope(&[("診療情報提供書（表）.png", PNG), ("b.pdf", b"%PDF-1.4 x")]);
        let found = unpack(&bytes, &Bounds::default());
        assert_eq!(found.parts.len(), 2);
        assert_eq!(found.parts[0].bytes, PNG);
        let told: Vec<_> =
            found.contents.enclosures.iter().map(|e| (e.name.as_str(), e.what, e.fate, e.depth)).collect();
        assert_eq!(
            told,
            [
                ("", FileType::Winmail, Fate::Opened, 0),
                ("診療情報提供書（表）.png", FileType::Picture, Fate::Read, 1),
                ("b.pdf", FileType::Pdf, Fate::Read, 1)
            ]
        );
    }

    #[test]
    fn an_envelope_in_an_envelope_is_opened() {
        let inner = envelope(&[("a.pdf", b"%PDF-1.4 x")]);
        let object = [&[7_u8; 16][..], &inner].concat();
        let mut outer = [&MAGIC[..], &[1, 0]].concat();
        outer.extend(attribute_bytes(2, NEW_ATTACHMENT, &[0; 14]));
        let properties = [&1_u32.to_le_bytes()[..], &property(0x0D, OBJECT, &object)].concat();
        outer.extend(attribute_bytes(2, PROPERTIES, &properties));
        assert_eq!(unpack(&outer, &Bounds::default()).parts.len(), 1);
    }

    #[test]
    fn content_among_the_properties_is_found_and_no_content_needs_a_person() {
        let with = |kind: u16, value: &[u8]| {
            let mut out = [&MAGIC[..], &[1, 0]].concat();
            out.extend(attribute_bytes(2, NEW_ATTACHMENT, &[0; 14]));
            let properties = [&1_u32.to_le_bytes()[..], &property(kind, OBJECT, value)].concat();
            out.extend(attribute_bytes(2, PROPERTIES, &properties));
            out
        };
        assert_eq!(unpack(&with(0x102, b"%PDF-1.4 x"), &Bounds::default()).parts.len(), 1);
        assert!(!is_empty(&with(0x102, b"%PDF-1.4 x")) && is_empty(&with(0x102, b"")));
        let bytes = envelope(&[]);
        let found = unpack(&bytes, &Bounds::default());
        assert_eq!(found.trouble, Some(Trouble::UnsupportedFormat));
        assert_eq!(found.contents.enclosures[0].fate, Fate::Not(Trouble::UnsupportedFormat));
    }

    #[test]
    fn nothing_many_times_over_is_soon_done() {
        let nothings = [&0x1001_u16.to_le_bytes()[..], &0_u16.to_le_bytes(), &u32::MAX.to_le_bytes()].concat();
        let mut bytes = [&MAGIC[..], &[1, 0]].concat();
        let properties = [&1000_u32.to_le_bytes()[..], &nothings.repeat(1000)].concat();
        bytes.extend(attribute_bytes(2, PROPERTIES, &properties));
        let (done, waits) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(unpack(&bytes, &Bounds::default()).trouble));
        let trouble = waits.recv_timeout(std::time::Duration::from_secs(30));
        assert_eq!(trouble, Ok(Some(Trouble::UnsupportedFormat)));
    }

    #[test]
    fn cut_and_garbled_envelopes_are_answered() {
        let whole = envelope(&[("紹介.png", PNG), ("c.png", PNG)]);
        for length in 0..whole.len() {
            unpack(&whole[..length], &Bounds::default());
        }
        let mut state = 5_u32;
        for _ in 0..2000 {
            let mut bytes = whole.clone();
            for _ in 0..4 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = 4 + (state >> 8) as usize % (bytes.len() - 4);
                bytes[at] = (state >> 24) as u8;
            }
            unpack(&bytes, &Bounds::default());
        }
    }
}
