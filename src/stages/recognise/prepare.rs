//! How a page lies: its skew, whether it lies sideways, and whether there is anything on it.

use super::ink::{Blob, Blobs, Ink};
use crate::domain::GreyImage;

/// Skew beyond this is a picture of something else.
const MOST_SKEW: f32 = 4.0;
/// Skew that recognition does not mind.
const LEAST_SKEW: f32 = 0.3;

/// A shape that is larger than most letters of a form, in pixels.
const SHAPE_PX: i32 = 40;
/// The part of a page that a drawing inks at least: three letters written by hand as high as a thumb is wide.
const DRAWN_SHARE: f32 = 0.001;

/// The lie of a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lie {
    /// Degrees by which text runs down to the right (clockwise).
    pub skew: f32,
    /// How much more the columns look like lines of text than the rows do; above 1 the page lies sideways.
    pub sideways: f32,
    /// Degrees by which the columns lean, as `skew`: of vertical writing they are the lines.
    pub columns: f32,
}

/// Ink of the size of characters.
pub(super) fn letter(blob: &Blob) -> bool {
    (7..=90).contains(&blob.height()) && (3..=120).contains(&blob.width()) && blob.area >= 12
}

/// Whether hardly a letter stands below the header line that a fax machine printed.
pub(super) fn wordless(blobs: &Blobs, height: usize) -> bool {
    let header = (height as f32 * 0.035) as i32;
    let (top, bottom) = (header, height as i32);
    blobs.blobs.iter().filter(|b| letter(b) && b.bbox.top >= top && b.bbox.bottom < bottom).count() < 10
}

/// Whether shapes that are no letters hold ink, on a page without specks and rules. Dark edges of a copy and what hangs on
/// them do not count, nor do streaks of a soiled scanner.
pub(super) fn drawing(blobs: &Blobs, width: usize, height: usize) -> bool {
    let shape = |b: &Blob| {
        let (short, long) = (b.width().min(b.height()), b.width().max(b.height()));
        short >= SHAPE_PX && short * 20 >= long
    };
    let inner = |size: usize| size as u32 / 10..size as u32 - size as u32 / 10;
    let (across, down) = (inner(width), inner(height));
    let shaped = blobs.runs.iter().filter(|run| down.contains(&run.y) && shape(&blobs.blobs[run.blob as usize]));
    let ink: u64 = shaped.map(|r| u64::from(r.to.min(across.end).saturating_sub(r.from.max(across.start)))).sum();
    ink as f32 >= (width * height) as f32 * DRAWN_SHARE
}

/// Measures the lie by letters alone: rules may run either way.
pub(super) fn lie(ink: &Ink, blobs: &Blobs) -> Lie {
    let points: Vec<(f32, f32)> = blobs
        .runs
        .iter()
        .filter(|run| run.y % 2 == 0 && letter(&blobs.blobs[run.blob as usize]))
        .map(|run| ((run.from + run.to) as f32 / 2.0, run.y as f32))
        .collect();
    if points.len() < 200 {
        return Lie { skew: 0.0, sideways: 0.0, columns: 0.0 };
    }
    let (along, row_score) = best(&points, ink.height);
    let turned: Vec<(f32, f32)> = points.iter().map(|(x, y)| (-*y, *x)).collect();
    let (across, column_score) = best(&turned, ink.width);
    let sideways = column_score / row_score.max(f32::MIN_POSITIVE);
    let skew = if sideways > 1.0 { across } else { along };
    let much = |skew: f32| if skew.abs() < LEAST_SKEW { 0.0 } else { skew };
    Lie { skew: much(skew), sideways, columns: much(across) }
}

/// The angle at which points fall into the sharpest rows, and how sharp these are.
fn best(points: &[(f32, f32)], span: usize) -> (f32, f32) {
    let mut best = (0.0, sharpness(points, 0.0, span));
    let mut look = |centre: f32, reach: i32, step: f32| {
        let mut found = best;
        for n in -reach..=reach {
            let angle = centre + n as f32 * step;
            let score = sharpness(points, angle, span);
            if score > found.1 {
                found = (angle, score);
            }
        }
        best = found;
        found.0
    };
    let coarse = look(0.0, (MOST_SKEW / 0.25) as i32, 0.25);
    look(coarse, 4, 0.05);
    best
}

fn sharpness(points: &[(f32, f32)], degrees: f32, span: usize) -> f32 {
    let slope = degrees.to_radians().tan();
    // Room for points that the slope carries beyond the page.
    let margin = span as f32;
    let mut rows = vec![0_u32; span * 3 / 2 + 2];
    for (x, y) in points {
        let row = (y - x * slope + margin * 0.5) / 2.0;
        if let Some(count) = rows.get_mut(row.max(0.0) as usize) {
            *count += 1;
        }
    }
    let squares: f64 = rows.iter().map(|n| f64::from(*n) * f64::from(*n)).sum();
    let total = points.len() as f64;
    (squares / (total * total) * span as f64) as f32
}

/// Turns the page by a small angle so that text running down by `degrees` runs level; paper fills the corners.
pub(super) fn levelled(image: &GreyImage, degrees: f32) -> GreyImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (image.width as usize, image.height as usize);
    let (mid_x, mid_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut pixels = vec![255; width * height];
    // Sources of a row lie on a straight line; fixed point keeps the walk along it cheap.
    let fixed = |v: f32| (f64::from(v) * 65_536.0) as i64;
    let (step_x, step_y) = (fixed(cos), fixed(sin));
    for (y, row) in pixels.chunks_exact_mut(width.max(1)).enumerate() {
        let dy = y as f32 - mid_y;
        let mut from_x = fixed(mid_x - mid_x * cos - dy * sin);
        let mut from_y = fixed(mid_y - mid_x * sin + dy * cos);
        for p in row {
            let (x, y) = (from_x >> 16, from_y >> 16);
            if x >= 0 && y >= 0 && (x as usize) < width - 1 && (y as usize) < height - 1 {
                let at = y as usize * width + x as usize;
                let (fx, fy) = ((from_x >> 8 & 255) as u32, (from_y >> 8 & 255) as u32);
                let upper = u32::from(image.pixels[at]) * (256 - fx) + u32::from(image.pixels[at + 1]) * fx;
                let lower =
                    u32::from(image.pixels[at + width]) * (256 - fx) + u32::from(image.pixels[at + width + 1]) * fx;
                *p = ((upper * (256 - fy) + lower * fy) >> 16) as u8;
            }
            from_x += step_x;
            from_y += step_y;
        }
    }
    GreyImage { width: image.width, height: image.height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of small blocks, as text looks from afar.
    fn page(slope: f32) -> GreyImage {
        let (width, height) = (800_u32, 1000_u32);
        let mut pixels = vec![255; 800 * 1000];
        for line in 0..18 {
            for letter in 0..30 {
                // Letters begin at odd places, lines at the same ones.
                let left = 40 + letter * 24 + (letter * 7 + line * line * 5) % 23;
                for dy in 0..14 {
                    for dx in 0..9 {
                        let x = left + dx;
                        let y = 60.0 + line as f32 * 48.0 + dy as f32 + x as f32 * slope.to_radians().tan();
                        if (0.0..1000.0).contains(&y) {
                            pixels[y as usize * 800 + x] = 0;
                        }
                    }
                }
            }
        }
        GreyImage { width, height, pixels }
    }

    fn measure(image: &GreyImage) -> Lie {
        let ink = Ink::of(image, true);
        lie(&ink, &Blobs::of(&ink))
    }

    #[test]
    fn skew_is_measured_and_taken_out() {
        for skew in [-2.0, 1.5] {
            let tilted = page(skew);
            let found = measure(&tilted);
            assert!((found.skew - skew).abs() < 0.15, "{found:?}");
            let level = levelled(&tilted, found.skew);
            let level =
                GreyImage { pixels: level.pixels.iter().map(|p| if *p < 128 { 0 } else { 255 }).collect(), ..level };
            assert_eq!(measure(&level).skew, 0.0);
        }
    }

    #[test]
    fn a_drawing_is_told_from_dark_edges_streaks_and_letters() {
        let (w, h) = (800, 1000);
        let drawn = |boxes: &[[usize; 4]]| {
            let mut ink = Ink { width: w, height: h, bits: vec![0; w * h] };
            for [left, top, right, bottom] in boxes {
                (*top..*bottom).for_each(|y| ink.bits[y * w..][*left..*right].fill(1));
            }
            drawing(&Blobs::of(&ink), w, h)
        };
        assert!(drawn(&[[300, 400, 360, 470]]), "a picture");
        assert!(drawn(&[[300, 400, 308, 480], [300, 440, 360, 448]]), "two strokes of a pen");
        assert!(!drawn(&[]));
        assert!(!drawn(&[[0, 0, 60, 1000], [0, 0, 800, 70]]), "dark edges of a copy");
        assert!(!drawn(&[[400, 0, 440, 1000]]), "a streak");
        let letters: Vec<[usize; 4]> =
            (0..60).map(|n| [100 + n % 20 * 30, 300 + n / 20 * 50, 124 + n % 20 * 30, 324 + n / 20 * 50]).collect();
        assert!(!drawn(&letters));
    }

    #[test]
    fn a_sideways_page_is_noticed() {
        assert!(measure(&page(0.0)).sideways < 0.8);
        assert!(measure(&super::super::orient::turned(&page(0.0), 90)).sideways > 1.2);
    }
}
