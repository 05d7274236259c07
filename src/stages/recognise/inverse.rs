//! White letters on black (白抜き見出し): such bands are turned to black on white before lines are looked for. What people see stays as it came.

use super::engine::PxBox;
use super::flood;
use super::ink::{Blobs, Ink};
use crate::domain::GreyImage;

/// Pixels of the page that one square of the map of darkness stands for.
const SQUARE: usize = 4;
/// Share of ink around a square of a band; the boldest black letters on white reach half.
const DARK: f32 = 0.6;
/// A frame is left standing, so that the band goes on being a cell, pixels.
const FRAME: i32 = 2;
/// How far the edge of a band may be off, pixels.
const RAGGED: i32 = 4;

/// Turns bands of white letters to black on white, in the picture and in its ink, of which `em` is the height of ordinary
/// letters, pixels; whether there was one.
pub(super) fn righted(image: &mut GreyImage, ink: &mut Ink, em: f32) -> bool {
    let bands: Vec<PxBox> = whole(candidates(ink, em)).into_iter().filter(|b| holds_letters(ink, b, em)).collect();
    for b in &bands {
        let framed = !reaches_edge(ink, b);
        if !framed {
            for y in (b.top - RAGGED..b.top).chain(b.bottom..b.bottom + RAGGED) {
                if (0..ink.height as i32).contains(&y) {
                    let row = y as usize * ink.width;
                    ink.bits[row + b.left as usize..row + b.right as usize].fill(0);
                    image.pixels[row + b.left as usize..row + b.right as usize].fill(255);
                }
            }
        }
        for x in b.left + FRAME..b.right - FRAME {
            let inside = if framed { b.top + FRAME..b.bottom - FRAME } else { between_edges(ink, b, x) };
            for y in inside {
                let at = y as usize * ink.width + x as usize;
                ink.bits[at] = 1 - ink.bits[at];
                image.pixels[at] = 255 - image.pixels[at];
            }
        }
    }
    !bands.is_empty()
}

/// Pieces of one band, parted by its letters, as the one band that they are: none is turned twice.
fn whole(mut pieces: Vec<PxBox>) -> Vec<PxBox> {
    let meet = |a: &PxBox, b: &PxBox| a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    let mut bands: Vec<PxBox> = Vec::new();
    while let Some(piece) = pieces.pop() {
        match bands.iter().position(|band| meet(band, &piece)) {
            Some(at) => pieces.push(bands.swap_remove(at).union(&piece)),
            None => bands.push(piece),
        }
    }
    bands
}

/// Dark rectangles of the size of a heading or larger.
fn candidates(ink: &Ink, em: f32) -> Vec<PxBox> {
    let (columns, rows) = (ink.width / SQUARE, ink.height / SQUARE);
    if columns == 0 || rows == 0 {
        return Vec::new();
    }
    let mut dark = darkness(ink, columns, rows, em);
    let mut found = Vec::new();
    for start in 0..dark.len() {
        if !dark[start] {
            continue;
        }
        let (region, area) = flood::take(&mut dark, columns as i32, start);
        let (w, h) = (region.right - region.left, region.bottom - region.top);
        if area * 10 < (w * h) as usize * 6 {
            continue;
        }
        let px = |v: i32| v * SQUARE as i32;
        let rough =
            PxBox { left: px(region.left), top: px(region.top), right: px(region.right), bottom: px(region.bottom) };
        let band = fitted(ink, rough);
        let (w, h) = ((band.right - band.left) as f32, (band.bottom - band.top) as f32);
        if w >= em * 1.8 && h >= em * 0.95 {
            found.push(band);
        }
    }
    found
}

/// Which squares lie in the dark: by the ink in a letter's size around them.
fn darkness(ink: &Ink, columns: usize, rows: usize, em: f32) -> Vec<bool> {
    let mut sums = vec![0_u32; (columns + 1) * (rows + 1)];
    for row in 0..rows {
        let mut counts = vec![0_u32; columns];
        for y in row * SQUARE..(row + 1) * SQUARE {
            let squares = ink.row(y).chunks_exact(SQUARE);
            counts.iter_mut().zip(squares).for_each(|(n, bits)| *n += bits.iter().map(|b| u32::from(*b)).sum::<u32>());
        }
        let mut along = 0;
        for (column, count) in counts.into_iter().enumerate() {
            along += count;
            sums[(row + 1) * (columns + 1) + column + 1] = sums[row * (columns + 1) + column + 1] + along;
        }
    }
    let reach = ((em * 0.4) as usize / SQUARE).max(1);
    let mut dark = vec![false; columns * rows];
    for y in 0..rows {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(rows));
        for x in 0..columns {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(columns));
            let sum = |y: usize, x: usize| sums[y * (columns + 1) + x];
            let inked = sum(bottom, right) + sum(top, left) - sum(top, right) - sum(bottom, left);
            let all = (bottom - top) * (right - left) * SQUARE * SQUARE;
            dark[y * columns + x] = inked as f32 >= all as f32 * DARK;
        }
    }
    dark
}

/// The box moved to where the band's own edges are: the first and last rows and columns that are mostly ink.
fn fitted(ink: &Ink, rough: PxBox) -> PxBox {
    let (width, height) = (ink.width as i32, ink.height as i32);
    let row = |y: i32| {
        let inked = ink.row(y as usize)[rough.left as usize..rough.right as usize].iter().filter(|b| **b == 1).count();
        inked * 10 >= (rough.right - rough.left) as usize * 7
    };
    let column = |x: i32| {
        let inked = (rough.top..rough.bottom).filter(|y| ink.at(x as usize, *y as usize)).count();
        inked * 10 >= (rough.bottom - rough.top) as usize * 7
    };
    let reach = SQUARE as i32 * 6;
    let edge = |from: i32, step: i32, end: i32, solid: &dyn Fn(i32) -> bool| {
        // Outwards as long as it is black; else inwards to where it begins to be.
        let mut at = from;
        while at != end && (at - from).abs() < reach && solid(at) {
            at += step;
        }
        while !solid(at - step) && (at - from).abs() < reach {
            at -= step;
        }
        at
    };
    // A way inwards through a picture without edges may end at the other side of the page.
    let row = |y: i32| (0..height).contains(&y) && row(y);
    let column = |x: i32| (0..width).contains(&x) && column(x);
    let top = edge(rough.top - 1, -1, -1, &row) + 1;
    let bottom = edge(rough.bottom, 1, height, &row);
    let left = edge(rough.left - 1, -1, -1, &column) + 1;
    let right = edge(rough.right, 1, width, &column);
    // Where letters stand close the band is half white, but black above and below them.
    let margin = |x: i32, y: i32| (y..y + 3).filter(|y| ink.at(x as usize, *y as usize)).count() >= 2;
    let framed = |x: i32| margin(x, top) && margin(x, bottom - 3);
    let grown = |from: i32, step: i32, end: i32| {
        let (mut at, mut last, mut torn) = (from, from - step, 0);
        while at != end && torn < 4 {
            (last, torn) = if framed(at) { (at, 0) } else { (last, torn + 1) };
            at += step;
        }
        last
    };
    if bottom - top < 8 || right - left < 8 {
        return PxBox { left, top, right, bottom };
    }
    PxBox { left: grown(left - 1, -1, -1), top, right: grown(right, 1, width) + 1, bottom }
}

/// The rows of a column between the band's own edges, which are ragged.
fn between_edges(ink: &Ink, b: &PxBox, x: i32) -> std::ops::Range<i32> {
    let white = |ink: &Ink, y: i32| !ink.at(x as usize, y as usize);
    let mut rows = b.top..b.bottom;
    while rows.start < b.top + RAGGED && white(ink, rows.start) {
        rows.start += 1;
    }
    while rows.end > b.bottom - RAGGED && white(ink, rows.end - 1) {
        rows.end -= 1;
    }
    rows
}

/// Whether white runs into the upper or lower edge: a frame there would be one with the letters.
fn reaches_edge(ink: &Ink, b: &PxBox) -> bool {
    let white = |y: i32| {
        let row = &ink.row(y as usize)[(b.left + FRAME) as usize..(b.right - FRAME) as usize];
        row.windows(3).any(|near| near == [0, 0, 0])
    };
    white(b.top + FRAME) || white(b.bottom - FRAME - 1)
}

/// Whether white shapes of the size of letters stand in the black, apart from its edges.
fn holds_letters(ink: &Ink, b: &PxBox, em: f32) -> bool {
    let (w, h) = (b.right - b.left - 2 * FRAME, b.bottom - b.top - 2 * FRAME);
    if w < em as i32 || h < (em * 0.7) as i32 {
        return false;
    }
    let mut white = Ink { width: w as usize, height: h as usize, bits: Vec::with_capacity((w * h) as usize) };
    for y in b.top + FRAME..b.bottom - FRAME {
        let row = &ink.row(y as usize)[(b.left + FRAME) as usize..(b.right - FRAME) as usize];
        white.bits.extend(row.iter().map(|bit| 1 - bit));
    }
    let share = white.bits.iter().map(|b| usize::from(*b)).sum::<usize>() as f32 / white.bits.len() as f32;
    let letter = |b: &&super::ink::Blob| {
        // Letters of a low band reach its upper or lower edge; what reaches both is a gap in it.
        let inner = b.bbox.left > 0 && b.bbox.right < w && (b.bbox.top > 0 || b.bbox.bottom < h);
        let side = b.width().max(b.height()) as f32;
        inner && side >= em * 0.35 && side <= (h as f32).max(em) && b.width() as f32 <= em * 4.0
    };
    (0.003..0.5).contains(&share) && Blobs::of(&white).blobs.iter().filter(letter).take(2).count() == 2
}

#[cfg(test)]
mod tests {
    use super::super::segment;
    use super::*;

    fn page() -> Ink {
        let mut ink = Ink { width: 1000, height: 600, bits: vec![0; 1000 * 600] };
        for n in 0..40 {
            letter(&mut ink, 40 + (n % 20) * 44, 400 + n / 20 * 60, 1);
        }
        ink
    }

    /// A letter of 28 pixels.
    fn letter(ink: &mut Ink, left: usize, top: usize, bit: u8) {
        block(ink, (left, top), (28, 5), bit);
        block(ink, (left + 11, top), (5, 28), bit);
        block(ink, (left, top + 23), (28, 5), bit);
    }

    fn block(ink: &mut Ink, (left, top): (usize, usize), (w, h): (usize, usize), bit: u8) {
        for y in top..top + h {
            ink.bits[y * ink.width + left..][..w].fill(bit);
        }
    }

    fn righted(ink: &Ink) -> (bool, Ink) {
        let pixels = ink.bits.iter().map(|b| if *b == 1 { 0 } else { 255 }).collect();
        let mut image = GreyImage { width: ink.width as u32, height: ink.height as u32, pixels };
        let mut after = ink.clone();
        let found = super::righted(&mut image, &mut after, segment::em(&Blobs::of(ink)));
        assert!(image.pixels.iter().zip(&after.bits).all(|(p, b)| (*p == 0) == (*b == 1)));
        (found, after)
    }

    #[test]
    fn white_letters_on_black_become_black_on_white() {
        let mut ink = page();
        block(&mut ink, (100, 100), (400, 48), 1);
        for n in 0..6 {
            letter(&mut ink, 130 + n * 50, 110, 0);
        }
        // The band hangs on the rules of a table.
        block(&mut ink, (100, 100), (3, 240), 1);
        block(&mut ink, (100, 337), (800, 3), 1);
        let (found, after) = righted(&ink);
        assert!(found);
        assert!(after.at(141, 120) && !after.at(120, 120) && !after.at(450, 140), "letters are ink now");
        assert!(after.at(300, 100) && after.at(101, 120) && after.at(101, 300), "the frame and the table stay");
        assert!(after.at(40, 400), "so does the text");
    }

    #[test]
    fn a_shade_without_edges_ends_at_the_page() {
        // Dots that are dark from afar and no solid row or column anywhere: photographs look like this.
        for (width, height) in [(512, 512), (40, 512), (512, 40), (24, 24), (513, 257)] {
            let dots = |at: usize| u8::from(!(at % width + at / width).is_multiple_of(5));
            let mut ink = Ink { width, height, bits: (0..width * height).map(dots).collect() };
            block(&mut ink, (0, 0), (width, height / 3), 0);
            righted(&ink);
            block(&mut ink, (0, 0), (width / 3, height), 0);
            righted(&ink);
        }
    }

    #[test]
    fn a_black_bar_and_bold_letters_stay() {
        let mut ink = page();
        block(&mut ink, (100, 100), (400, 48), 1);
        block(&mut ink, (100, 200), (500, 9), 1);
        assert!(!righted(&ink).0, "a bar says nothing");
        let mut bold = page();
        for n in 0..6 {
            block(&mut bold, (100 + n * 64, 100), (56, 20), 1);
            block(&mut bold, (118 + n * 64, 100), (20, 56), 1);
            block(&mut bold, (100 + n * 64, 142), (56, 14), 1);
        }
        assert!(!righted(&bold).0);
        let empty = Ink { width: 3, height: 2, bits: vec![1; 6] };
        assert!(!righted(&empty).0);
    }
}
