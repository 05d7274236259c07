//! The directory chain of a TIFF, from the header to the last page; every offset must lie inside the file.

use super::Proof;
use std::collections::HashSet;

const MAX_PAGES: usize = 10_000;
const MAX_ENTRIES: u64 = 4_096;
/// Strips and tiles over the whole file; beyond it the walk gives up instead of taking time.
const MAX_PIECES: u64 = 4_000_000;

const STRIP_OFFSETS: u16 = 273;
const STRIP_BYTE_COUNTS: u16 = 279;
const PAGE_NUMBER: u16 = 297;
const TILE_OFFSETS: u16 = 324;
const TILE_BYTE_COUNTS: u16 = 325;

/// `None` when this is no TIFF.
pub fn proof(bytes: &[u8]) -> Option<Proof> {
    let (little, big) = match bytes {
        [b'I', b'I', 42, 0, ..] => (true, false),
        [b'M', b'M', 0, 42, ..] => (false, false),
        [b'I', b'I', 43, 0, 8, 0, 0, 0, ..] => (true, true),
        [b'M', b'M', 0, 43, 0, 8, 0, 0, ..] => (false, true),
        _ => return None,
    };
    Some(match (Reader { bytes, little, big }).walk() {
        Some(true) => Proof::Whole,
        Some(false) => Proof::Endless,
        None => Proof::Unfinished,
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    little: bool,
    /// BigTIFF: eight-byte offsets.
    big: bool,
}

/// One entry of a directory: `count` values that start at `at`.
#[derive(Clone, Copy)]
struct Values {
    size: u64,
    count: u64,
    at: u64,
}

impl Reader<'_> {
    /// `Some(true)`: whole; `Some(false)`: too much to walk; `None`: something is missing.
    fn walk(&self) -> Option<bool> {
        let mut next = if self.big { self.number(8, 8)? } else { self.number(4, 4)? };
        let mut seen = HashSet::new();
        let (mut pages, mut announced, mut pieces) = (0usize, 0u64, 0u64);
        while next != 0 {
            // A chain that bites its tail never ends: damaged.
            if !seen.insert(next) {
                return None;
            }
            if seen.len() > MAX_PAGES {
                return Some(false);
            }
            let page = self.directory(next)?;
            pieces = pieces.saturating_add(page.pieces);
            if pieces > MAX_PIECES {
                return Some(false);
            }
            announced = announced.max(page.announced);
            pages += 1;
            next = page.next;
        }
        // No directory yet, or fewer pages than the writer says there will be.
        (pages > 0 && announced <= pages as u64).then_some(true)
    }

    fn directory(&self, at: u64) -> Option<Page> {
        let (count_size, entry_size, offset_size) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.number(at, count_size)?;
        if count == 0 || count > MAX_ENTRIES {
            return None;
        }
        let first = at.checked_add(count_size)?;
        let mut data = [None; 4];
        let mut announced = 0;
        for n in 0..count {
            let entry = first + n * entry_size;
            let tag = self.number(entry, 2)? as u16;
            let Some(values) = self.values(entry)? else { continue };
            match tag {
                STRIP_OFFSETS => data[0] = Some(values),
                STRIP_BYTE_COUNTS => data[1] = Some(values),
                TILE_OFFSETS => data[2] = Some(values),
                TILE_BYTE_COUNTS => data[3] = Some(values),
                PAGE_NUMBER if values.size == 2 && values.count == 2 => announced = self.number(values.at + 2, 2)?,
                _ => {}
            }
        }
        let (offsets, counts) = match data {
            [Some(offsets), counts, None, None] => (offsets, counts),
            [None, None, Some(offsets), counts] => (offsets, counts),
            _ => return None,
        };
        self.pieces_inside(offsets, counts)?;
        let next = self.number(first + count * entry_size, offset_size)?;
        Some(Page { next, announced, pieces: offsets.count })
    }

    /// `Some(None)` for a type that nobody knows: it is passed over.
    fn values(&self, entry: u64) -> Option<Option<Values>> {
        let size = match self.number(entry + 2, 2)? {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16 | 17 | 18 => 8,
            _ => return Some(None),
        };
        let (count, slot, inline) = if self.big {
            (self.number(entry + 4, 8)?, entry + 12, 8)
        } else {
            (self.number(entry + 4, 4)?, entry + 8, 4)
        };
        let length = count.checked_mul(size)?;
        let at = if length <= inline { slot } else { self.number(slot, inline)? };
        self.inside(at, length).then_some(Some(Values { size, count, at }))
    }

    fn pieces_inside(&self, offsets: Values, counts: Option<Values>) -> Option<()> {
        if offsets.count == 0 || counts.is_some_and(|c| c.count != offsets.count) {
            return None;
        }
        for n in 0..offsets.count.min(MAX_PIECES) {
            let offset = self.number(offsets.at + n * offsets.size, offsets.size)?;
            // Some old writers leave the counts away; then at least the beginning must be there.
            let length = match counts {
                Some(c) => self.number(c.at + n * c.size, c.size)?,
                None => 1,
            };
            if offset == 0 || !self.inside(offset, length) {
                return None;
            }
        }
        Some(())
    }

    fn inside(&self, at: u64, length: u64) -> bool {
        at.checked_add(length).is_some_and(|end| end <= self.bytes.len() as u64)
    }

    fn number(&self, at: u64, size: u64) -> Option<u64> {
        let start = usize::try_from(at).ok()?;
        let raw = self.bytes.get(start..start.checked_add(size as usize)?)?;
        let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if self.little { raw.iter().rev().fold(0, fold) } else { raw.iter().fold(0, fold) })
    }
}

struct Page {
    next: u64,
    announced: u64,
    pieces: u64,
}

/// Two pages, little-endian, the second page's strip after its directory.
#[cfg(test)]
pub fn sample() -> Vec<u8> {
    fn entry(out: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: u32) {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    let mut out = b"II\x2a\0".to_vec();
    out.extend(16u32.to_le_bytes());
    out.extend([0xAA; 8]);
    out.extend(2u16.to_le_bytes());
    entry(&mut out, STRIP_OFFSETS, 4, 1, 8);
    entry(&mut out, STRIP_BYTE_COUNTS, 3, 1, 8);
    out.extend(46u32.to_le_bytes());
    out.extend(2u16.to_le_bytes());
    entry(&mut out, STRIP_OFFSETS, 4, 1, 76);
    entry(&mut out, STRIP_BYTE_COUNTS, 4, 1, 20);
    out.extend(0u32.to_le_bytes());
    out.extend([0xBB; 20]);
    out
}

#[cfg(test)]
mod tests {
    use super::super::proof;
    use super::*;

    #[test]
    fn every_beginning_of_a_two_page_fax_is_unfinished() {
        let bytes = sample();
        assert_eq!(proof(&bytes), Proof::Whole);
        for n in 0..bytes.len() {
            assert_eq!(proof(&bytes[..n]), Proof::Unfinished, "after {n} bytes");
        }
    }

    #[test]
    fn a_header_without_a_directory_yet_is_unfinished() {
        assert_eq!(proof(b"II\x2a\0\0\0\0\0 strips are being written"), Proof::Unfinished);
    }

    #[test]
    fn a_chain_that_bites_its_tail_is_unfinished() {
        let mut bytes = sample();
        bytes[72..76].copy_from_slice(&16u32.to_le_bytes());
        assert_eq!(proof(&bytes), Proof::Unfinished);
    }

    #[test]
    fn fewer_pages_than_the_writer_announced_are_unfinished() {
        // One page that says "page 1 of 2".
        let mut out = b"MM\0\x2a\0\0\0\x08".to_vec();
        let end = 8 + 2 + 3 * 12 + 4;
        out.extend([0, 3]);
        for (tag, kind, count, value) in [(273u16, 4u16, 1u32, end as u32), (279, 4, 1, 4), (297, 3, 2, 2)] {
            out.extend(tag.to_be_bytes());
            out.extend(kind.to_be_bytes());
            out.extend(count.to_be_bytes());
            out.extend(value.to_be_bytes());
        }
        out.extend([0; 4]);
        out.extend([1, 2, 3, 4]);
        assert_eq!(proof(&out), Proof::Unfinished);
        out[8 + 2 + 2 * 12 + 11] = 1;
        assert_eq!(proof(&out), Proof::Whole);
    }
}
