//! Files of every kind that a scanner, a fax server or an office sends, made here byte by byte and taken apart by the real
//! decoders: what a person would see must be in the picture, and what stands in the layer must be what a person would see.

mod bombs;
mod codes;
mod fonts;
mod pdf;
mod pdf_forms;
mod pictures;
mod tiff;

use uketsuke::domain::{GreyImage, Trouble};
use uketsuke::stages::decode::{self, Bounds, Fonts, Picture};

/// Where Debian puts the font that the sealed child opens.
const FONT: &str = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc";

/// Every page of a file, and the trouble with it.
fn pages(bytes: &[u8]) -> (Vec<Picture>, Option<Trouble>) {
    let fonts = Fonts::new(|| std::fs::read(FONT).ok());
    let mut pages = Vec::new();
    let outcome = decode::decode(bytes, &Bounds::default(), &fonts, &[], &mut |page| pages.push(page));
    (pages, outcome.trouble)
}

/// The only page of a sound file.
fn page(bytes: &[u8]) -> Picture {
    let (mut pages, trouble) = pages(bytes);
    assert_eq!((pages.len(), trouble), (1, None));
    pages.remove(0)
}

/// The mean shade of a part of the page, in shares of its width and height.
fn shade(image: &GreyImage, left: f64, top: f64, right: f64, bottom: f64) -> f64 {
    let at = |share: f64, size: u32| (share * f64::from(size)).round() as usize;
    let (x0, x1) = (at(left, image.width), at(right, image.width));
    let (y0, y1) = (at(top, image.height), at(bottom, image.height));
    let values = (y0..y1).flat_map(|y| image.pixels[y * image.width as usize..][x0..x1].iter());
    values.map(|value| f64::from(*value)).sum::<f64>() / ((x1 - x0) * (y1 - y0)) as f64
}

/// Whether the left half is dark and the right one light, as in most of the pictures here.
fn half_dark(image: &GreyImage) {
    let (dark, light) = (shade(image, 0.0, 0.0, 0.45, 1.0), shade(image, 0.55, 0.0, 1.0, 1.0));
    assert!(dark < 60.0 && light > 195.0, "{dark} and {light} on {}×{}", image.width, image.height);
}
