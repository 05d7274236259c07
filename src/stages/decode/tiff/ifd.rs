//! The directories of a TIFF file: one a page, found by offsets that may say anything.

use std::collections::HashSet;

/// More values than this in one entry are no page of paper.
const MOST_VALUES: u64 = 1 << 20;

/// A file whose first bytes are those of a TIFF.
#[derive(Clone, Copy)]
pub(super) struct File<'a> {
    pub bytes: &'a [u8],
    /// Most significant byte first.
    pub big_endian: bool,
    /// BigTIFF: offsets of eight bytes.
    wide: bool,
}

/// What is said about one page.
pub(super) struct Directory<'a> {
    pub file: File<'a>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Where the values stand.
    at: u64,
}

/// The directories of a file, in their order; the last item says whether the chain ended as it should.
pub(super) fn directories(bytes: &[u8]) -> (Vec<Directory<'_>>, bool) {
    let Some((file, first)) = File::open(bytes) else { return (Vec::new(), false) };
    let (mut found, mut seen, mut at) = (Vec::new(), HashSet::new(), first);
    while at != 0 {
        // A chain that comes back to where it was would never end.
        if !seen.insert(at) {
            return (found, false);
        }
        let Some((directory, next)) = file.directory(at) else { return (found, false) };
        found.push(directory);
        at = next;
    }
    (found, true)
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8]) -> Option<(Self, u64)> {
        let big_endian = bytes.starts_with(b"MM");
        let mut file = Self { bytes, big_endian, wide: false };
        file.wide = file.number(2, 2)? == 43;
        let first = if file.wide { file.number(8, 8)? } else { file.number(4, 4)? };
        Some((file, first))
    }

    /// An unsigned number of `size` bytes.
    fn number(&self, at: u64, size: usize) -> Option<u64> {
        let at = usize::try_from(at).ok()?;
        let bytes = self.bytes.get(at..at.checked_add(size)?)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    }

    fn directory(self, at: u64) -> Option<(Directory<'a>, u64)> {
        let (head, long, size) = if self.wide { (8, 8, 20) } else { (2, 4, 12) };
        let count = self.number(at, head)?;
        let first = at.checked_add(head as u64)?;
        let end = first.checked_add(count.checked_mul(size)?)?;
        if end > self.bytes.len() as u64 {
            return None;
        }
        let entry = |index: u64| {
            let at = first + index * size;
            let count = self.number(at + 4, long)?;
            let kind = self.number(at + 2, 2)? as u16;
            let value = at + 4 + long as u64;
            let inside = count.checked_mul(width(kind) as u64)? <= long as u64;
            let at_values = if inside { value } else { self.number(value, long)? };
            Some(Entry { tag: self.number(at, 2)? as u16, kind, count, at: at_values })
        };
        let entries = (0..count).filter_map(entry).collect();
        Some((Directory { file: self, entries }, self.number(end, long).unwrap_or(0)))
    }
}

/// Bytes of one value of a kind.
fn width(kind: u16) -> usize {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}

impl<'a> Directory<'a> {
    fn entry(&self, tag: u16) -> Option<Entry> {
        self.entries.iter().find(|entry| entry.tag == tag).copied()
    }

    /// Whether anything is said under that tag.
    pub(super) fn has(&self, tag: u16) -> bool {
        self.entry(tag).is_some()
    }

    /// All values under a tag as unsigned numbers; those that stand outside the file are left out.
    pub(super) fn numbers(&self, tag: u16) -> Vec<u64> {
        let Some(entry) = self.entry(tag) else { return Vec::new() };
        let size = width(entry.kind);
        let value = |index: u64| self.file.number(entry.at.checked_add(index * size as u64)?, size);
        (0..entry.count.min(MOST_VALUES)).map_while(value).collect()
    }

    /// The first value under a tag.
    pub(super) fn number(&self, tag: u16) -> Option<u64> {
        let entry = self.entry(tag).filter(|entry| entry.count > 0)?;
        self.file.number(entry.at, width(entry.kind))
    }

    /// The bytes under a tag.
    pub(super) fn bytes(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.entry(tag)?;
        let (at, count) = (usize::try_from(entry.at).ok()?, usize::try_from(entry.count).ok()?);
        self.file.bytes.get(at..at.checked_add(count)?)
    }

    /// A positive number that may be a fraction.
    pub(super) fn ratio(&self, tag: u16) -> Option<f64> {
        let entry = self.entry(tag)?;
        let value = match entry.kind {
            5 => self.file.number(entry.at, 4)? as f64 / self.file.number(entry.at.checked_add(4)?, 4)? as f64,
            11 => f64::from(f32::from_bits(self.number(tag)? as u32)),
            12 => f64::from_bits(self.number(tag)?),
            _ => self.number(tag)? as f64,
        };
        (value.is_finite() && value > 0.0).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_that_bites_its_tail_ends() {
        // One entry (ImageWidth 7), and the next directory is this one.
        let bytes = b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x07\0\0\0\x08\0\0\0";
        let (found, whole) = directories(bytes);
        assert_eq!((found.len(), whole), (1, false));
        assert_eq!(found[0].number(256), Some(7));
    }

    #[test]
    fn counts_and_offsets_may_lie() {
        let bytes = b"II*\0\x08\0\0\0\x01\0\x11\x01\x04\0\xFF\xFF\xFF\xFF\xF0\xFF\xFF\xFF\0\0\0\0";
        let (found, whole) = directories(bytes);
        assert!(whole && found[0].numbers(273).is_empty() && found[0].bytes(273).is_none());
        assert!(directories(b"II*\0\x08\0\0\0\xFF\xFF").0.is_empty());
        assert!(directories(b"MM\0").0.is_empty());
    }
}
