//! JPEG and PNG: one page each, upright as the camera says.

use super::{Sheets, shape};
use crate::domain::{GreyImage, Trouble};
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use std::io::Cursor;

pub(super) fn decode(bytes: &[u8], sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    let (image, cut) = grey(bytes, sheets.bounds.page_pixels)?;
    sheets.allow(image.width, image.height)?;
    sheets.put(shape::square(image, 1.0, 1.0), None)?;
    if cut { Err(Trouble::Damaged) } else { Ok(()) }
}

/// The picture in grey over white, and whether its end is missing.
pub(super) fn grey(bytes: &[u8], page_pixels: u64) -> Result<(GreyImage, bool), Trouble> {
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
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(trouble)?;
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let picture = if picture.color().has_alpha() { over_white(&picture) } else { picture.into_luma8() };
    let cut = bytes.starts_with(b"\xFF\xD8")
        && !bytes[bytes.len().saturating_sub(4096)..].windows(2).any(|w| w == b"\xFF\xD9");
    let (width, height) = picture.dimensions();
    Ok((GreyImage { width, height, pixels: picture.into_raw() }, cut))
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
