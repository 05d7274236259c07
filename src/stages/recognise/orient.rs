//! Quarter turns of a page: which one brings it upright, and doing it.

use super::engine::{Engine, EngineError, PxBox, confidence};
use super::ink::Blobs;
use super::prepare::letter;
use crate::domain::GreyImage;

/// Strips of a page that are read to compare two turns.
const STRIPS: usize = 3;

/// The turn of `turns` in which the fullest strips of the page read best, with its confidence.
pub(super) fn best(
    engine: &mut Engine,
    image: &GreyImage,
    turns: &[u16],
    blobs_of: &mut dyn FnMut(&GreyImage) -> Blobs,
) -> Result<(u16, f32), EngineError> {
    let mut found = (0, -1.0);
    for turn in turns {
        let page = turned(image, *turn);
        let strips = fullest(&blobs_of(&page), &page);
        engine.show(&page)?;
        let mut words = Vec::new();
        for strip in strips {
            words.extend(engine.strip(strip)?);
        }
        let sure = confidence(&words);
        if sure > found.1 {
            found = (*turn, sure);
        }
    }
    Ok(found)
}

/// Level strips with the most letters. The edges are left out: a fax machine's header stands upright on any page.
fn fullest(blobs: &Blobs, page: &GreyImage) -> Vec<PxBox> {
    let (width, height) = (page.width as i32, page.height as i32);
    let margin = (height.max(width) as f32 * 0.045) as i32;
    let deep = (height as f32 * 0.03).max(50.0) as i32;
    let mut counts = vec![0_u32; (height / deep.max(1) + 1) as usize];
    let inner = |b: &PxBox| b.left > margin && b.top > margin && b.right < width - margin && b.bottom < height - margin;
    for blob in blobs.blobs.iter().filter(|b| letter(b) && inner(&b.bbox)) {
        counts[((blob.bbox.top + blob.bbox.bottom) / 2 / deep) as usize] += 1;
    }
    let mut order: Vec<usize> = (0..counts.len()).filter(|i| counts[*i] > 2).collect();
    order.sort_by_key(|i| std::cmp::Reverse(counts[*i]));
    let strip = |i: usize| {
        let top = (i as i32 * deep - deep / 4).max(margin);
        let bottom = (top + deep * 3 / 2).min(height - margin);
        PxBox { left: margin, top, right: width - margin, bottom }
    };
    order.into_iter().take(STRIPS).map(strip).filter(|s| s.bottom - s.top > 20 && s.right - s.left > 20).collect()
}

/// The picture turned clockwise by 0, 90, 180 or 270 degrees.
pub fn turned(image: &GreyImage, degrees: u16) -> GreyImage {
    let (width, height) = (image.width as usize, image.height as usize);
    match degrees {
        180 => {
            let pixels = image.pixels.iter().rev().copied().collect();
            GreyImage { width: image.width, height: image.height, pixels }
        }
        90 | 270 => {
            let mut pixels = vec![255; width * height];
            for (y, row) in image.pixels.chunks_exact(width.max(1)).enumerate() {
                for (x, p) in row.iter().enumerate() {
                    let (to_x, to_y) = if degrees == 90 { (height - 1 - y, x) } else { (y, width - 1 - x) };
                    pixels[to_y * height + to_x] = *p;
                }
            }
            GreyImage { width: image.height, height: image.width, pixels }
        }
        _ => image.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarters_are_a_whole() {
        let page = GreyImage { width: 3, height: 2, pixels: vec![1, 2, 3, 4, 5, 6] };
        let once = turned(&page, 90);
        assert_eq!((once.width, once.height, &once.pixels[..]), (2, 3, &[4, 1, 5, 2, 6, 3][..]));
        assert!(turned(&once, 270) == page);
        assert!(turned(&once, 90) == turned(&page, 180));
    }
}
