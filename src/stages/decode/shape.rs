//! Square pixels and sane sizes, before anything else looks at a page.

use crate::domain::GreyImage;

/// Above this many pixels on the shorter side a page holds more detail than recognition can use.
const SHORT_SIDE_PX: u32 = 3600;

/// Whether every pixel is black or white.
pub fn bilevel(image: &GreyImage) -> bool {
    image.pixels.iter().all(|p| *p == 0 || *p == 255)
}

/// Makes pixels square, given the horizontal and the vertical resolution, and halves pages of excessive resolution.
pub(super) fn square(image: GreyImage, x_dpi: f64, y_dpi: f64) -> GreyImage {
    let ratio = if x_dpi > 0.0 && y_dpi > 0.0 { x_dpi / y_dpi } else { 1.0 };
    // Fine mode (204 x 196) is square enough; stretching it would only blur a bilevel page.
    let image = if !(0.2..=5.0).contains(&ratio) || (0.93..=1.07).contains(&ratio) {
        image
    } else {
        let height = (f64::from(image.height) * ratio).round() as u32;
        stretch_rows(&image, height.max(1))
    };
    halve_if_excessive(image)
}

/// Changes the number of rows, blending neighbours (or averaging, when rows get fewer).
fn stretch_rows(image: &GreyImage, height: u32) -> GreyImage {
    let width = image.width as usize;
    let mut pixels = Vec::with_capacity(width * height as usize);
    let step = f64::from(image.height) / f64::from(height);
    let last = image.height as usize - 1;
    let row = |y: usize| &image.pixels[y.min(last) * width..][..width];
    for y in 0..height {
        if step > 1.0 {
            let from = (f64::from(y) * step) as usize;
            let to = ((f64::from(y + 1) * step).ceil() as usize).clamp(from + 1, last + 1);
            let count = (to - from) as u32;
            pixels.extend((0..width).map(|x| ((from..to).map(|r| u32::from(row(r)[x])).sum::<u32>() / count) as u8));
        } else {
            let centre = ((f64::from(y) + 0.5) * step - 0.5).max(0.0);
            let upper = centre as usize;
            let weight = ((centre - upper as f64) * 256.0) as u32;
            let (a, b) = (row(upper), row(upper + 1));
            pixels.extend(
                a.iter().zip(b).map(|(a, b)| ((u32::from(*a) * (256 - weight) + u32::from(*b) * weight) >> 8) as u8),
            );
        }
    }
    GreyImage { width: image.width, height, pixels }
}

fn halve_if_excessive(mut image: GreyImage) -> GreyImage {
    while image.width.min(image.height) > SHORT_SIDE_PX {
        let (width, height) = (image.width / 2, image.height / 2);
        let stride = image.width as usize;
        let mut pixels = Vec::with_capacity(width as usize * height as usize);
        for y in 0..height as usize {
            let upper = &image.pixels[2 * y * stride..][..stride];
            let lower = &image.pixels[(2 * y + 1) * stride..][..stride];
            pixels.extend((0..width as usize).map(|x| {
                let sum = u32::from(upper[2 * x])
                    + u32::from(upper[2 * x + 1])
                    + u32::from(lower[2 * x])
                    + u32::from(lower[2 * x + 1]);
                (sum / 4) as u8
            }));
        }
        image = GreyImage { width, height, pixels };
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_mode_gets_twice_the_rows() {
        let page = GreyImage { width: 4, height: 3, pixels: vec![0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0] };
        let tall = square(page, 204.0, 98.0);
        assert_eq!((tall.width, tall.height), (4, 6));
        assert!(tall.pixels[0] == 0 && tall.pixels[2 * 4] > 128 && tall.pixels[5 * 4] == 0);
    }

    #[test]
    fn fine_mode_is_left_alone() {
        let page = GreyImage { width: 2, height: 2, pixels: vec![0, 255, 255, 0] };
        assert!(square(page.clone(), 204.0, 196.0) == page);
    }

    #[test]
    fn super_fine_rows_are_averaged() {
        let page = GreyImage { width: 1, height: 4, pixels: vec![0, 255, 255, 255] };
        assert_eq!(square(page, 204.0, 408.0).pixels, vec![127, 255]);
    }
}
