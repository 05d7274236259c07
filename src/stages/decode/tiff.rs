//! TIFF as fax machines, fax servers and scanners write it; fax strips are read here, the rest by the `tiff` crate.

use super::{Sheets, ccitt, shape};
use crate::domain::{GreyImage, Trouble};
use std::io::Cursor;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

const T4_OPTIONS: Tag = Tag::Unknown(292);
const FILL_ORDER: Tag = Tag::FillOrder;

pub(super) fn decode(bytes: &[u8], sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    let mut limits = Limits::default();
    let room = usize::try_from(sheets.bounds.page_pixels).unwrap_or(usize::MAX);
    limits.decoding_buffer_size = room.saturating_mul(4);
    limits.intermediate_buffer_size = room.saturating_mul(4);
    let mut reader = Decoder::new(Cursor::new(bytes)).map_err(trouble)?.with_limits(limits);
    let mut first = None;
    loop {
        match page(&mut reader, bytes, sheets) {
            Ok(whole) => {
                if !whole {
                    first.get_or_insert(Trouble::Damaged);
                }
            }
            // Over a limit: nothing after it is looked at. Anything else spoils one page only.
            Err(Trouble::TooLarge) => return Err(Trouble::TooLarge),
            Err(found) => {
                first.get_or_insert(found);
            }
        }
        if !reader.more_images() {
            break;
        }
        if reader.next_image().is_err() {
            first.get_or_insert(Trouble::Damaged);
            break;
        }
    }
    first.map_or(Ok(()), Err)
}

/// Decodes the page the reader stands on; `false` when part of it was missing.
fn page(reader: &mut Reader<'_>, bytes: &[u8], sheets: &mut Sheets<'_>) -> Result<bool, Trouble> {
    let (width, height) = reader.dimensions().map_err(trouble)?;
    sheets.allow(width, height)?;
    let (x_dpi, y_dpi) = resolution(reader, width, height);
    let compression = number(reader, Tag::Compression).unwrap_or(1);
    let tiled = reader.find_tag(Tag::TileOffsets).ok().flatten().is_some();
    let one_bit = reader.colortype().is_ok_and(|c| c == ColorType::Gray(1))
        && number(reader, Tag::SamplesPerPixel).unwrap_or(1) == 1;
    let (pixels, whole) = match compression {
        2..=4 if !tiled => fax_strips(reader, bytes, compression, width, height)?,
        1 if !tiled && one_bit && number(reader, FILL_ORDER) == Some(2) => plain_strips(reader, bytes, width, height)?,
        _ => (grey(reader, width, height)?, true),
    };
    let image = orient(GreyImage { width, height, pixels }, number(reader, Tag::Orientation).unwrap_or(1));
    sheets.put(shape::square(image, x_dpi, y_dpi), None)?;
    Ok(whole)
}

fn number(reader: &mut Reader<'_>, tag: Tag) -> Option<u32> {
    reader.find_tag_unsigned::<u32>(tag).ok().flatten()
}

/// Horizontal and vertical dots per inch; fax sizes tell what a missing tag does not.
fn resolution(reader: &mut Reader<'_>, width: u32, height: u32) -> (f64, f64) {
    match (ratio(reader, Tag::XResolution), ratio(reader, Tag::YResolution)) {
        (Some(x), Some(y)) if x != y || x > 1.0 => (x, y),
        // The widths of A4, B4 and A3 on a fax line; a page lower than it is wide was sent in standard mode.
        _ if matches!(width, 1728 | 2048 | 2432) && height < width => (204.0, 98.0),
        _ => (1.0, 1.0),
    }
}

fn ratio(reader: &mut Reader<'_>, tag: Tag) -> Option<f64> {
    use tiff::decoder::ifd::Value;
    let value = match reader.find_tag(tag).ok()?? {
        Value::Rational(n, d) => f64::from(n) / f64::from(d),
        Value::Float(v) => f64::from(v),
        Value::Double(v) => v,
        other => f64::from(other.into_u32().ok()?),
    };
    (value.is_finite() && value > 0.0).then_some(value)
}

/// The strips of a fax page. White fills what is missing.
fn fax_strips(
    reader: &mut Reader<'_>,
    bytes: &[u8],
    compression: u32,
    width: u32,
    height: u32,
) -> Result<(Vec<u8>, bool), Trouble> {
    let coding = match (compression, number(reader, T4_OPTIONS).unwrap_or(0) & 1) {
        (4, _) => ccitt::Coding::Mmr,
        (3, 1) => ccitt::Coding::Mr,
        (3, _) => ccitt::Coding::Mh,
        _ => ccitt::Coding::Rle,
    };
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    let mut whole = true;
    let (mut read, mut any) = (0, 0);
    for (strip, rows) in strips(reader, bytes, height)? {
        let reversed: Vec<u8>;
        let data = match number(reader, FILL_ORDER) {
            Some(2) => {
                reversed = strip.data.iter().map(|b| b.reverse_bits()).collect();
                &reversed[..]
            }
            _ => strip.data,
        };
        let got = ccitt::strip(data, coding, width, rows, &mut pixels);
        // Faxes may end a strip early on purpose; only bytes that are not there make a page damaged.
        whole &= !strip.cut && (got > 0 || rows == 0);
        read += rows;
        any += got;
        pixels.resize(width as usize * read as usize, 255);
    }
    if any == 0 {
        return Err(Trouble::Damaged);
    }
    whole &= u64::from(any) * 10 >= u64::from(height) * 9;
    pixels.resize(width as usize * height as usize, 255);
    if number(reader, Tag::PhotometricInterpretation) == Some(1) {
        pixels.iter_mut().for_each(|p| *p = 255 - *p);
    }
    Ok((pixels, whole))
}

/// Uncompressed bits in the order of old fax boards, which the `tiff` crate would misread without a word.
fn plain_strips(reader: &mut Reader<'_>, bytes: &[u8], width: u32, height: u32) -> Result<(Vec<u8>, bool), Trouble> {
    let white = u8::from(number(reader, Tag::PhotometricInterpretation) == Some(1));
    let stride = (width as usize).div_ceil(8);
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for (strip, rows) in strips(reader, bytes, height)? {
        for row in strip.data.chunks_exact(stride).take(rows as usize) {
            pixels.extend((0..width as usize).map(|x| if row[x / 8] >> (x % 8) & 1 == white { 255 } else { 0 }));
        }
    }
    let whole = pixels.len() == width as usize * height as usize;
    pixels.resize(width as usize * height as usize, 255);
    Ok((pixels, whole))
}

struct Strip<'a> {
    data: &'a [u8],
    cut: bool,
}

/// The strips' bytes with the rows each should hold; never more rows than the page has.
fn strips<'a>(reader: &mut Reader<'_>, bytes: &'a [u8], height: u32) -> Result<Vec<(Strip<'a>, u32)>, Trouble> {
    let offsets = reader.get_tag_u64_vec(Tag::StripOffsets).map_err(trouble)?;
    let lengths = reader.get_tag_u64_vec(Tag::StripByteCounts).unwrap_or_default();
    let rows_each = number(reader, Tag::RowsPerStrip).unwrap_or(height).clamp(1, height);
    let mut left = height;
    let mut found = Vec::new();
    for (index, offset) in offsets.into_iter().enumerate() {
        if left == 0 {
            break;
        }
        let rows = rows_each.min(left);
        left -= rows;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let wanted = lengths.get(index).map_or(usize::MAX, |l| usize::try_from(*l).unwrap_or(usize::MAX));
        let end = start.saturating_add(wanted).min(bytes.len());
        let cut = wanted != usize::MAX && start.saturating_add(wanted) > bytes.len();
        found.push((Strip { data: &bytes[start..end], cut }, rows));
    }
    Ok(found)
}

/// Every other compression and colour.
fn grey(reader: &mut Reader<'_>, width: u32, height: u32) -> Result<Vec<u8>, Trouble> {
    let color = reader.colortype().map_err(trouble)?;
    let palette = match color {
        ColorType::Palette(_) => reader.get_tag_u16_vec(Tag::ColorMap).map_err(trouble)?,
        _ => Vec::new(),
    };
    let samples: Vec<u8> = match reader.read_image().map_err(trouble)? {
        DecodingResult::U8(v) => v,
        DecodingResult::U16(v) => v.into_iter().map(|s| (s >> 8) as u8).collect(),
        _ => return Err(Trouble::UnsupportedFormat),
    };
    let count = width as usize * height as usize;
    let luma = |r: u8, g: u8, b: u8| ((u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000) as u8;
    let each = |n: usize, f: &dyn Fn(&[u8]) -> u8| samples.chunks_exact(n).map(f).collect::<Vec<u8>>();
    let pixels = match color {
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let unit = 255 / ((1_u16 << bits) - 1) as u8;
            packed(&samples, width, bits).map(|v| v * unit).collect()
        }
        ColorType::Gray(_) => samples,
        ColorType::GrayA(_) => each(2, &|s| s[0]),
        ColorType::RGB(_) | ColorType::YCbCr(_) => each(3, &|s| luma(s[0], s[1], s[2])),
        ColorType::RGBA(_) => each(4, &|s| luma(s[0], s[1], s[2])),
        ColorType::CMYK(_) => each(4, &|s| {
            let ink = |c: u8| (u32::from(255 - c) * u32::from(255 - s[3]) / 255) as u8;
            luma(ink(s[0]), ink(s[1]), ink(s[2]))
        }),
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let size = 1_usize << bits;
            let shade = |i: usize| {
                let part = |n: usize| palette.get(n * size + i).map_or(0, |c| (c >> 8) as u8);
                luma(part(0), part(1), part(2))
            };
            packed(&samples, width, bits).map(|v| shade(usize::from(v))).collect()
        }
        _ => return Err(Trouble::UnsupportedFormat),
    };
    if pixels.len() == count { Ok(pixels) } else { Err(Trouble::Damaged) }
}

/// Samples of 1, 2, 4 or 8 bits, rows beginning at a byte.
fn packed(bytes: &[u8], width: u32, bits: u8) -> impl Iterator<Item = u8> + '_ {
    let (width, bits) = (width as usize, usize::from(bits));
    let mask = (0xFF_u16 >> (8 - bits)) as u8;
    bytes
        .chunks_exact((width * bits).div_ceil(8).max(1))
        .flat_map(move |row| (0..width).map(move |x| row[x * bits / 8] >> (8 - bits - x * bits % 8) & mask))
}

/// Turns a page as its orientation tag says (1: as it is, 3: upside down, 6 and 8: sideways; mirrored ones do not occur on paper).
fn orient(image: GreyImage, tag: u32) -> GreyImage {
    match tag {
        3 => crate::stages::recognise::turned(&image, 180),
        6 => crate::stages::recognise::turned(&image, 90),
        8 => crate::stages::recognise::turned(&image, 270),
        _ => image,
    }
}

fn trouble(error: TiffError) -> Trouble {
    match error {
        TiffError::LimitsExceeded => Trouble::TooLarge,
        TiffError::UnsupportedError(_) => Trouble::UnsupportedFormat,
        _ => Trouble::Damaged,
    }
}
