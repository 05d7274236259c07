//! TIFF as fax machines, fax servers and scanners write it, page by page; damage spoils one page only.

mod chunk;
mod ifd;
mod page;

use super::{Sheets, raster, shape};
use crate::domain::{GreyImage, Trouble};
use crate::stages::recognise::turned;
use ifd::Directory;

const SUBFILE_KIND: u16 = 254;
const WIDTH: u16 = 256;
const HEIGHT: u16 = 257;
const COMPRESSION: u16 = 259;
const ORIENTATION: u16 = 274;
const X_RESOLUTION: u16 = 282;
const Y_RESOLUTION: u16 = 283;
const OLD_JPEG: u64 = 6;

pub(super) fn decode(bytes: &[u8], sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    let (directories, ended) = ifd::directories(bytes);
    let mut first = (!ended || directories.is_empty()).then_some(Trouble::Damaged);
    for (index, directory) in directories.iter().enumerate() {
        // A smaller copy or a mask of the page before it.
        if index > 0 && directory.number(SUBFILE_KIND).unwrap_or(0) & 0b101 != 0 {
            continue;
        }
        match page(directory, sheets) {
            Ok(true) => {}
            Ok(false) => drop(first.get_or_insert(Trouble::Damaged)),
            // Over a limit: nothing after it is looked at. Anything else spoils one page only.
            Err(Trouble::TooLarge) => return Err(Trouble::TooLarge),
            Err(found) => drop(first.get_or_insert(found)),
        }
    }
    first.map_or(Ok(()), Err)
}

/// Pages of a sound TIFF; nothing for a broken one.
pub fn pages(bytes: &[u8]) -> Option<usize> {
    let (directories, ended) = ifd::directories(bytes);
    (ended && !directories.is_empty()).then_some(directories.len())
}

/// Decodes a page; `false` when part of it was missing.
fn page(directory: &Directory<'_>, sheets: &mut Sheets<'_>) -> Result<bool, Trouble> {
    let side = |tag| directory.number(tag).and_then(|side| u32::try_from(side).ok()).ok_or(Trouble::Damaged);
    let (width, height) = (side(WIDTH)?, side(HEIGHT)?);
    sheets.allow(width, height)?;
    let (pixels, whole) = if directory.number(COMPRESSION) == Some(OLD_JPEG) {
        (old_jpeg(directory, width, height, sheets.bounds.page_pixels)?, true)
    } else {
        page::grey(directory, width as usize, height as usize, sheets.bounds.page_pixels)?
    };
    let (x_dpi, y_dpi) = resolution(directory, width, height);
    let image = shape::square(GreyImage { width, height, pixels }, x_dpi, y_dpi);
    sheets.put(upright(image, directory.number(ORIENTATION).unwrap_or(1)), None)?;
    Ok(whole)
}

/// Horizontal and vertical dots per inch; fax sizes tell what a missing tag does not.
fn resolution(directory: &Directory<'_>, width: u32, height: u32) -> (f64, f64) {
    match (directory.ratio(X_RESOLUTION), directory.ratio(Y_RESOLUTION)) {
        (Some(x), Some(y)) if x != y || x > 1.0 => (x, y),
        // The widths of A4, B4 and A3 on a fax line; a page lower than it is wide was sent in standard mode.
        _ if matches!(width, 1728 | 2048 | 2432) && height < width => (204.0, 98.0),
        _ => (1.0, 1.0),
    }
}

/// The JPEG of TIFF 6.0's first attempt: a stream of its own, or a head whose data is in the strips.
fn old_jpeg(directory: &Directory<'_>, width: u32, height: u32, page_pixels: u64) -> Result<Vec<u8>, Trouble> {
    const STREAM: u16 = 513;
    const STREAM_LENGTH: u16 = 514;
    let bytes = directory.file.bytes;
    let start = directory.number(STREAM).and_then(|at| usize::try_from(at).ok()).ok_or(Trouble::UnsupportedFormat)?;
    let rest = bytes.get(start..).ok_or(Trouble::Damaged)?;
    let length = directory.number(STREAM_LENGTH).and_then(|n| usize::try_from(n).ok()).unwrap_or(rest.len());
    let head = &rest[..length.min(rest.len())];
    let mut joined = head.strip_suffix(b"\xFF\xD9").unwrap_or(head).to_vec();
    page::strips(directory).for_each(|strip| joined.extend_from_slice(strip));
    joined.extend_from_slice(b"\xFF\xD9");
    let fits = |stream: &[u8]| match raster::grey(stream, page_pixels) {
        Ok((image, _)) if (image.width, image.height) == (width, height) => Some(image.pixels),
        _ => None,
    };
    fits(rest).or_else(|| fits(&joined)).ok_or(Trouble::UnsupportedFormat)
}

/// Turns and mirrors a page as its orientation tag says.
fn upright(image: GreyImage, orientation: u64) -> GreyImage {
    match orientation {
        2 => mirrored(image),
        3 => turned(&image, 180),
        4 => mirrored(turned(&image, 180)),
        5 => mirrored(turned(&image, 90)),
        6 => turned(&image, 90),
        7 => mirrored(turned(&image, 270)),
        8 => turned(&image, 270),
        _ => image,
    }
}

fn mirrored(mut image: GreyImage) -> GreyImage {
    image.pixels.chunks_exact_mut(image.width as usize).for_each(<[u8]>::reverse);
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_shows_the_page_as_it_was_meant() {
        // Two pixels side by side, the left one black.
        let page = GreyImage { width: 2, height: 1, pixels: vec![0, 255] };
        let shown = |tag| {
            let image = upright(page.clone(), tag);
            (image.width, image.height, image.pixels[0])
        };
        assert_eq!(shown(1), (2, 1, 0));
        assert_eq!([shown(2), shown(3)], [(2, 1, 255); 2]);
        assert_eq!(shown(4), (2, 1, 0));
        assert_eq!([shown(5), shown(6)], [(1, 2, 0); 2]);
        assert_eq!([shown(7), shown(8)], [(1, 2, 255); 2]);
    }
}
