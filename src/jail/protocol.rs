//! What passes between the service and a sealed child: frames of a tag, a length and a body. Every length is bounded before anything is allocated.

use super::Limits;
use crate::domain::{BBox, Contents, GreyImage, PageNo, PageText, Trouble};
use crate::stages::decode::{self, Bounds};
use crate::stages::recognise::{Choice, Look};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Tag and length before each body.
pub(super) const HEAD_BYTES: usize = 9;
/// A page's words, cells and marks as JSON; a crowded page takes some 300 kB.
const HEADER_BYTES: u64 = 24 << 20;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Tag {
    /// To the child: what to open before sealing, and the bounds.
    Hello = 1,
    /// To the child: a document, or a page picture.
    Work = 2,
    /// From the child: sealed, with these walls; send work.
    Ready = 3,
    /// From the child: a page with its pixels.
    Page = 4,
    /// From the child: this work is over.
    Done = 5,
}

impl Tag {
    fn of(byte: u8) -> Option<Tag> {
        [Tag::Hello, Tag::Work, Tag::Ready, Tag::Page, Tag::Done].into_iter().find(|tag| *tag as u8 == byte)
    }
}

/// The walls as JSON are short.
pub(super) const LONGEST_READY: u64 = 1 << 10;

/// Opens a conversation.
#[derive(Serialize, Deserialize)]
pub(super) struct Hello {
    pub bounds: Bounds,
    /// A font with Japanese glyphs, for PDFs that bring none.
    pub font: Option<PathBuf>,
    /// Which recogniser reads.
    pub recogniser: Choice,
    /// The folder of Tesseract's models.
    pub models: Option<PathBuf>,
    /// Other weights for our own network.
    pub network: Option<PathBuf>,
    /// What may open the document, where it is locked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passwords: Vec<String>,
}

/// Ends a piece of work.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Done {
    pub trouble: Option<Trouble>,
    /// What was in the document; untrusted like everything that a child sends.
    #[serde(default)]
    pub contents: Contents,
}

/// What stands before a page's pixels. `width` and `height` are 0 when there are none.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UntrustedPage {
    pub no: u32,
    pub part: u32,
    pub width: u32,
    pub height: u32,
    /// One bit a pixel in place of one byte.
    pub packed: bool,
    pub text: Option<PageText>,
}

/// A page that was found to keep within the limits.
pub(super) struct CheckedPage {
    pub no: PageNo,
    pub part: u32,
    pub image: Option<GreyImage>,
    pub text: Option<PageText>,
}

/// The child did not keep to the protocol.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Breach {
    #[error("a frame is longer than agreed")]
    TooLong,
    #[error("an unknown or unexpected frame")]
    Unexpected,
    #[error("a frame that cannot be read")]
    Garbled,
    #[error("a page outside the limits")]
    Outside,
}

/// Tag and length of a frame.
pub(super) fn head(tag: Tag, length: usize) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[0] = tag as u8;
    head[1..].copy_from_slice(&(length as u64).to_le_bytes());
    head
}

/// Reads tag and length; `longest` is what the reader is ready to allocate.
pub(super) fn read_head(head: &[u8; HEAD_BYTES], longest: u64) -> Result<(Tag, usize), Breach> {
    let tag = Tag::of(head[0]).ok_or(Breach::Unexpected)?;
    let [_, length @ ..] = *head;
    let length = u64::from_le_bytes(length);
    if length > longest {
        return Err(Breach::TooLong);
    }
    usize::try_from(length).map(|length| (tag, length)).map_err(|_| Breach::TooLong)
}

/// The longest frame a child may send.
pub(super) fn longest_reply(bounds: &Bounds) -> u64 {
    bounds.page_pixels.saturating_add(HEADER_BYTES)
}

/// The body of a recogniser's work: what is to be read, and the picture.
pub(super) fn look_body(look: Look, png: &[u8]) -> Vec<u8> {
    let json = serde_json::to_vec(&look).unwrap_or_default();
    let mut body = Vec::with_capacity(4 + json.len() + png.len());
    body.extend_from_slice(&(json.len() as u32).to_le_bytes());
    body.extend_from_slice(&json);
    body.extend_from_slice(png);
    body
}

/// Takes a recogniser's work apart.
pub(super) fn read_look(body: &[u8]) -> Result<(Look, &[u8]), Breach> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(Breach::Garbled)?;
    let (json, png) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(Breach::TooLong)?;
    Ok((serde_json::from_slice(json).map_err(|_| Breach::Garbled)?, png))
}

/// The body of a page frame.
pub(super) fn page_body(no: PageNo, part: u32, image: Option<&GreyImage>, text: Option<PageText>) -> Vec<u8> {
    let packed = image.is_some_and(decode::bilevel);
    let (width, height) = image.map_or((0, 0), |i| (i.width, i.height));
    let header = UntrustedPage { no: no.0, part, width, height, packed, text };
    let json = serde_json::to_vec(&header).unwrap_or_default();
    let mut body = Vec::with_capacity(4 + json.len() + (width as usize * height as usize) / if packed { 8 } else { 1 });
    body.extend_from_slice(&(json.len() as u32).to_le_bytes());
    body.extend_from_slice(&json);
    match image {
        Some(image) if packed => body.extend_from_slice(&decode::pack(image)),
        Some(image) => body.extend_from_slice(&image.pixels),
        None => {}
    }
    body
}

/// Takes a page frame apart and checks every number in it.
pub(super) fn read_page(body: &[u8], limits: &Limits) -> Result<CheckedPage, Breach> {
    let (length, rest) = body.split_first_chunk::<4>().ok_or(Breach::Garbled)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length as u64 > HEADER_BYTES || length > rest.len() {
        return Err(Breach::TooLong);
    }
    let (json, pixels) = rest.split_at(length);
    let page: UntrustedPage = serde_json::from_slice(json).map_err(|_| Breach::Garbled)?;
    page.check(pixels, limits)
}

impl UntrustedPage {
    fn check(self, pixels: &[u8], limits: &Limits) -> Result<CheckedPage, Breach> {
        let count = u64::from(self.width) * u64::from(self.height);
        if count > limits.bounds.page_pixels || self.no == 0 || self.no > limits.bounds.pages || self.part == 0 {
            return Err(Breach::Outside);
        }
        let image = if count == 0 {
            if !pixels.is_empty() {
                return Err(Breach::Garbled);
            }
            None
        } else {
            let pixels = if self.packed {
                decode::unpack_bits(pixels, self.width, self.height).ok_or(Breach::Garbled)?
            } else if pixels.len() as u64 == count {
                pixels.to_vec()
            } else {
                return Err(Breach::Garbled);
            };
            Some(GreyImage { width: self.width, height: self.height, pixels })
        };
        let text = self.text.map(|text| check_text(text, limits)).transpose()?;
        Ok(CheckedPage { no: PageNo(self.no), part: self.part, image, text })
    }
}

/// Most lines, cells or marks of a page.
const MOST_THINGS: usize = 20_000;
/// Most words of a page.
const MOST_WORDS: usize = 60_000;
/// Most bytes of a word.
const LONGEST_WORD: usize = 1024;

fn check_text(text: PageText, limits: &Limits) -> Result<PageText, Breach> {
    let words = text.lines.iter().map(|l| l.words.len()).sum::<usize>();
    let few = words <= MOST_WORDS
        && [text.lines.len(), text.cells.len(), text.marks.len()].into_iter().all(|n| n <= MOST_THINGS);
    let sized = u64::from(text.width_px) * u64::from(text.height_px) <= limits.bounds.page_pixels;
    let turned = matches!(text.rotation, 0 | 90 | 180 | 270);
    let boxes = text.lines.iter().flat_map(|l| l.words.iter().map(|w| &w.bbox).chain([&l.bbox]));
    let placed = boxes.chain(&text.cells).chain(text.marks.iter().map(|m| &m.bbox)).all(inside);
    let worded = text.lines.iter().flat_map(|l| &l.words).all(|w| {
        w.text.len() <= LONGEST_WORD && !w.text.chars().any(char::is_control) && (0.0..=1.0).contains(&w.confidence)
    });
    if few && sized && turned && placed && worded { Ok(text) } else { Err(Breach::Outside) }
}

fn inside(b: &BBox) -> bool {
    let range = 0.0..=1.0;
    [b.left, b.top, b.right, b.bottom].iter().all(|v| range.contains(v)) && b.left <= b.right && b.top <= b.bottom
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Line, Word};

    fn limits() -> Limits {
        Limits::default()
    }

    #[test]
    fn a_page_crosses_and_comes_back_the_same() {
        for pixels in [vec![0, 255, 255, 0, 255, 0], vec![0, 100, 255, 0, 255, 0]] {
            let image = GreyImage { width: 3, height: 2, pixels };
            let body = page_body(PageNo(2), 1, Some(&image), None);
            let page = read_page(&body, &limits()).expect("within limits");
            assert!(page.image == Some(image) && page.no == PageNo(2));
        }
    }

    #[test]
    fn what_is_to_be_read_crosses_too() {
        for look in [Look::Whole, Look::Turned(90), Look::Part(BBox::new(0.1, 0.2, 0.3, 0.4))] {
            let body = look_body(look, b"png");
            assert_eq!(read_look(&body), Ok((look, &b"png"[..])));
        }
        assert_eq!(read_look(&[200, 0, 0, 0, 1]), Err(Breach::TooLong));
    }

    #[test]
    fn lying_sizes_are_refused() {
        let image = GreyImage { width: 3, height: 2, pixels: vec![9; 6] };
        let mut body = page_body(PageNo(1), 1, Some(&image), None);
        body.pop();
        assert_eq!(read_page(&body, &limits()).err(), Some(Breach::Garbled));
        assert_eq!(read_page(&[255, 255, 255, 255, 0], &limits()).err(), Some(Breach::TooLong));
        assert_eq!(read_head(&head(Tag::Page, 11), 10), Err(Breach::TooLong));
        assert_eq!(read_head(&[77; HEAD_BYTES], u64::MAX), Err(Breach::Unexpected));
    }

    #[test]
    fn boxes_off_the_page_and_odd_confidences_are_refused() {
        let with = |bbox: BBox, confidence: f32| {
            let word = Word { text: "あ".into(), bbox, confidence };
            let line = Line { bbox: BBox::new(0.0, 0.0, 1.0, 1.0), words: vec![word] };
            let text = PageText { lines: vec![line], ..PageText::default() };
            read_page(&page_body(PageNo(1), 1, None, Some(text)), &limits()).is_ok()
        };
        assert!(with(BBox::new(0.1, 0.1, 0.2, 0.2), 0.5));
        assert!(!with(BBox::new(0.1, 0.1, 1.2, 0.2), 0.5));
        assert!(!with(BBox::new(0.3, 0.1, 0.2, 0.2), 0.5));
        assert!(!with(BBox::new(0.1, 0.1, 0.2, 0.2), 1.5));
    }
}
