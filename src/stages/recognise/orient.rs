//! Quarter turns of a page.

use crate::domain::GreyImage;

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
