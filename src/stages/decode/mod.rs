//! A part to page images: grey, square pixels, bounded before anything is allocated. Runs only in the sealed child.

mod ccitt;
mod pdf;
mod png;
mod raster;
mod shape;
mod tiff;
mod typeset;

pub use pdf::Fonts;
pub use png::{pack, png, read_png, unpack_bits};
pub use shape::bilevel;
pub use tiff::pages as tiff_pages;

use crate::domain::{Contents, GreyImage, PageNo, PageText, Trouble};
use crate::stages::unpack::{Format, Part, unpack_with};
use serde::{Deserialize, Serialize};

/// How much of a document is opened at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Pages of all parts together.
    pub pages: u32,
    /// Pixels of one page.
    pub page_pixels: u64,
    /// Bytes that come out of mails and archives.
    pub unpacked_bytes: u64,
    /// Attachments and archive entries.
    pub entries: u32,
    /// Containers within containers.
    pub nesting: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        // A4 at 600 dpi is 35 million pixels; A3 at 600 dpi twice that.
        Self { pages: 1000, page_pixels: 80_000_000, unpacked_bytes: 256 << 20, entries: 500, nesting: 4 }
    }
}

/// A page as it came out of a part.
pub struct Picture {
    /// Page of the delivery, over all parts.
    pub no: PageNo,
    /// The part it stands in.
    pub part: u32,
    /// Its pixels.
    pub image: GreyImage,
    /// A sound text layer, when the format brings one.
    pub text: Option<PageText>,
}

/// Where pages go as they are decoded; counts them against the bounds.
pub struct Sheets<'a> {
    bounds: Bounds,
    part: u32,
    count: u32,
    take: &'a mut dyn FnMut(Picture),
}

impl Sheets<'_> {
    /// Hands a page on; `TooLarge` once there are more than allowed.
    fn put(&mut self, image: GreyImage, text: Option<PageText>) -> Result<(), Trouble> {
        if self.count >= self.bounds.pages {
            return Err(Trouble::TooLarge);
        }
        self.count += 1;
        (self.take)(Picture { no: PageNo(self.count), part: self.part, image, text });
        Ok(())
    }

    /// Whether a page of that size is within bounds; asked before its pixels are allocated.
    fn allow(&self, width: u32, height: u32) -> Result<(), Trouble> {
        if width == 0 || height == 0 {
            return Err(Trouble::Damaged);
        }
        // 32,767 is the widest picture the recogniser takes.
        let fits = u64::from(width) * u64::from(height) <= self.bounds.page_pixels && width.max(height) <= 32_767;
        if fits { Ok(()) } else { Err(Trouble::TooLarge) }
    }

    /// Whether a page may be drawn whose largest picture says it has so many pixels; asked before that is opened.
    fn allow_picture(&self, pixels: u64) -> Result<(), Trouble> {
        let fits = pixels <= self.bounds.page_pixels.saturating_mul(PICTURE_SHARE);
        if fits { Ok(()) } else { Err(Trouble::TooLarge) }
    }
}

/// Pixels that a picture on a page may have for each that the page may have: a plan is painted coarser than it was scanned.
const PICTURE_SHARE: u64 = 2;

/// How decoding ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The first trouble met.
    pub trouble: Option<Trouble>,
    /// What staff are told about what was in it.
    pub contents: Contents,
}

/// Decodes everything in `bytes`, with `passwords` for what is locked; each page goes to `take` at once. What a password
/// opened comes after what needed none, so that pages keep their numbers when one is given later.
pub fn decode(
    bytes: &[u8],
    bounds: &Bounds,
    fonts: &Fonts,
    passwords: &[String],
    take: &mut dyn FnMut(Picture),
) -> Outcome {
    let found = unpack_with(bytes, bounds, passwords);
    let (mut trouble, mut contents) = (found.trouble, found.contents);
    let mut sheets = Sheets { bounds: *bounds, part: 1, count: 0, take };
    let mut locked = Vec::new();
    for part in found.parts {
        let (ordinal, format) = (part.ordinal, part.format);
        if format == Format::Pdf && !passwords.is_empty() && pdf::is_locked(&part.bytes) {
            locked.push(part);
            continue;
        }
        if let Err(met) = decode_part(part, fonts, &[], &mut sheets) {
            contents.failed(ordinal, met);
            trouble.get_or_insert(met);
        }
        if sheets.count >= bounds.pages {
            break;
        }
    }
    for part in locked {
        let ordinal = part.ordinal;
        if let Err(met) = decode_part(part, fonts, passwords, &mut sheets) {
            contents.failed(ordinal, met);
            trouble.get_or_insert(met);
        }
    }
    Outcome { trouble, contents }
}

fn decode_part(part: Part<'_>, fonts: &Fonts, passwords: &[String], sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    sheets.part = part.ordinal;
    match part.format {
        Format::Tiff => tiff::decode(&part.bytes, sheets),
        Format::Pdf => pdf::decode(part.bytes.into_owned(), fonts, passwords, sheets),
        Format::Jpeg | Format::Png | Format::Gif | Format::Bmp | Format::WebP => raster::decode(&part.bytes, sheets),
        Format::Text => {
            let drawn = typeset::pdf(&String::from_utf8_lossy(&part.bytes));
            pdf::decode(drawn, fonts, &[], sheets)
        }
        Format::Mail | Format::Zip | Format::Tnef | Format::Office => Err(Trouble::UnsupportedFormat),
    }
}
