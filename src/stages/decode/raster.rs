//! Single pictures (JPEG, PNG, GIF, BMP, WebP): one page each, upright as the camera says, with square pixels.

use super::{Sheets, shape};
use crate::domain::{GreyImage, Trouble};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::Cursor;

pub(super) fn decode(bytes: &[u8], sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    let (picture, orientation) = picture(bytes, sheets.bounds.page_pixels)?;
    sheets.allow(picture.width(), picture.height())?;
    let (mut x_density, mut y_density) = density(bytes).unwrap_or((1.0, 1.0));
    if sideways(orientation) {
        (x_density, y_density) = (y_density, x_density);
    }
    sheets.put(shape::square(on_paper(picture), x_density, y_density), None)?;
    if cut(bytes) { Err(Trouble::Damaged) } else { Ok(()) }
}

/// The picture in grey over white, as it lies in the file's pixels but upright, and whether its end is missing.
pub(super) fn grey(bytes: &[u8], page_pixels: u64) -> Result<(GreyImage, bool), Trouble> {
    picture(bytes, page_pixels).map(|(picture, _)| (on_paper(picture), cut(bytes)))
}

fn picture(bytes: &[u8], page_pixels: u64) -> Result<(DynamicImage, Orientation), Trouble> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| Trouble::Damaged)?;
    let mut limits = Limits::default();
    // Eight bytes a pixel cover 16-bit RGBA; the decoder refuses to allocate more.
    limits.max_alloc = Some(page_pixels.saturating_mul(8));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(trouble)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Trouble::Damaged);
    }
    if u64::from(width) * u64::from(height) > page_pixels {
        return Err(Trouble::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(trouble)?;
    picture.apply_orientation(orientation);
    Ok((picture, orientation))
}

fn on_paper(picture: DynamicImage) -> GreyImage {
    let picture = if picture.color().has_alpha() { over_white(&picture) } else { picture.into_luma8() };
    let (width, height) = picture.dimensions();
    GreyImage { width, height, pixels: picture.into_raw() }
}

/// Whether a JPEG's end is missing: no end stands after its last piece of data.
fn cut(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|w| w == [0xFF, marker]);
    bytes.starts_with(b"\xFF\xD8") && last(0xD9) <= last(0xDA)
}

fn sideways(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Dots across and down for the same length, where the file says so (JFIF, pHYs, a bitmap's header).
fn density(bytes: &[u8]) -> Option<(f64, f64)> {
    let number = |at: usize, size: usize| {
        let bytes = bytes.get(at..at + size)?;
        Some(bytes.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)))
    };
    let (x, y) = if bytes.get(2..4) == Some(b"\xFF\xE0") && bytes.get(6..11) == Some(b"JFIF\0") {
        (number(14, 2)?, number(16, 2)?)
    } else if bytes.starts_with(b"\x89PNG") {
        // It stands before the picture's data, which begins within the first kilobytes or after a large profile.
        let before = &bytes[..bytes.windows(4).position(|w| w == b"IDAT")?];
        let at = before.windows(4).position(|w| w == b"pHYs")? + 4;
        (number(at, 4)?, number(at + 4, 4)?)
    } else if bytes.starts_with(b"BM") {
        (number(38, 4)?.swap_bytes(), number(42, 4)?.swap_bytes())
    } else {
        return None;
    };
    (x > 0 && y > 0).then(|| (f64::from(x), f64::from(y)))
}

fn over_white(picture: &DynamicImage) -> image::GrayImage {
    let with_alpha = picture.to_luma_alpha8();
    image::GrayImage::from_fn(with_alpha.width(), with_alpha.height(), |x, y| {
        let [grey, alpha] = with_alpha.get_pixel(x, y).0;
        let (grey, alpha) = (u32::from(grey), u32::from(alpha));
        image::Luma([((grey * alpha + 255 * (255 - alpha)) / 255) as u8])
    })
}

fn trouble(error: ImageError) -> Trouble {
    match error {
        ImageError::Limits(_) => Trouble::TooLarge,
        ImageError::Unsupported(_) => Trouble::UnsupportedFormat,
        _ => Trouble::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_of_its_pixels_is_found() {
        let jfif = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\x01\0\xCC\0\x62\0\0";
        assert_eq!(density(jfif), Some((204.0, 98.0)));
        assert_eq!(density(b"\x89PNG....pHYs\0\0\x1F\x60\0\0\x0F\x14\x01....IDAT"), Some((8032.0, 3860.0)));
        assert_eq!(density(b"\x89PNG....IDAT....pHYs\0\0\x1F\x60\0\0\x0F\x14\x01"), None);
        assert_eq!(density(b"\xFF\xD8\xFF\xE0\0"), None);
    }

    #[test]
    fn a_jpeg_ends_after_its_data() {
        assert!(!cut(b"\xFF\xD8\xFF\xDA..\xFF\xD9 and what a telephone adds"));
        assert!(cut(b"\xFF\xD8 thumbnail \xFF\xDA..\xFF\xD9 picture \xFF\xDA.."));
        assert!(cut(b"\xFF\xD8"));
    }
}
