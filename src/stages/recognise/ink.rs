//! A page as ink and paper, and the blobs that ink forms.

use super::engine::PxBox;
use crate::domain::GreyImage;

/// Darker than this is ink on paper of two shades.
pub(super) const INK: u8 = 128;

/// One byte a pixel: 1 is ink.
#[derive(Clone)]
pub(super) struct Ink {
    pub width: usize,
    pub height: usize,
    pub bits: Vec<u8>,
}

impl Ink {
    /// Parts ink from paper: at half for black-and-white pages, by Otsu's rule against the local paper for shades.
    pub fn of(image: &GreyImage, bilevel: bool) -> Ink {
        let (width, height) = (image.width as usize, image.height as usize);
        let bits = if bilevel {
            image.pixels.iter().map(|p| u8::from(*p < INK)).collect()
        } else {
            let paper = paper(image);
            let limit = otsu(image);
            let columns = width.div_ceil(TILE);
            let mut bits = Vec::with_capacity(image.pixels.len());
            for (y, row) in image.pixels.chunks_exact(width.max(1)).enumerate() {
                let tiles = &paper[y / TILE * columns..][..columns];
                for (pixels, tile) in row.chunks(TILE).zip(tiles) {
                    // Paper in the shade of a book's fold is darker than ink in the light.
                    let limit = limit.min((u32::from(*tile) * 4 / 5) as u8);
                    bits.extend(pixels.iter().map(|p| u8::from(*p < limit)));
                }
            }
            bits
        };
        Ink { width, height, bits }
    }

    pub fn row(&self, y: usize) -> &[u8] {
        &self.bits[y * self.width..][..self.width]
    }

    pub fn at(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.width + x] == 1
    }
}

const TILE: usize = 64;

/// The shade of the paper in each tile: nearly the lightest of it.
fn paper(image: &GreyImage) -> Vec<u8> {
    let (width, height) = (image.width as usize, image.height as usize);
    let (columns, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let mut shades = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        for column in 0..columns {
            let mut counts = [0_u32; 16];
            let mut total = 0;
            for y in (row * TILE..((row + 1) * TILE).min(height)).step_by(2) {
                let line = &image.pixels[y * width..][..width];
                for p in line[column * TILE..((column + 1) * TILE).min(width)].iter().step_by(2) {
                    counts[usize::from(*p >> 4)] += 1;
                    total += 1;
                }
            }
            let mut above = 0;
            let bin = (0..16).rev().find(|bin| {
                above += counts[*bin];
                above * 4 >= total
            });
            shades.push(bin.map_or(255, |bin| (bin * 16 + 15) as u8));
        }
    }
    shades
}

/// Otsu's threshold, kept within reason for nearly empty pages.
fn otsu(image: &GreyImage) -> u8 {
    let mut counts = [0_f64; 256];
    image.pixels.iter().step_by(3).for_each(|p| counts[usize::from(*p)] += 1.0);
    let total: f64 = counts.iter().sum();
    let sum: f64 = counts.iter().enumerate().map(|(v, n)| v as f64 * n).sum();
    let (mut below, mut sum_below, mut best, mut limit) = (0.0, 0.0, 0.0, 128);
    for (value, count) in counts.iter().enumerate() {
        below += count;
        sum_below += value as f64 * count;
        let above = total - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = sum_below / below - (sum - sum_below) / above;
        let between = below * above * apart * apart;
        if between > best {
            (best, limit) = (between, value);
        }
    }
    (limit as u8).clamp(90, 200)
}

/// Ink pixels of one row that touch each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub y: u32,
    pub from: u32,
    /// Column after the last.
    pub to: u32,
    /// Index of the blob.
    pub blob: u32,
}

/// Connected ink.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob {
    pub bbox: PxBox,
    pub area: u32,
}

impl Blob {
    pub fn width(&self) -> i32 {
        self.bbox.right - self.bbox.left
    }

    pub fn height(&self) -> i32 {
        self.bbox.bottom - self.bbox.top
    }
}

/// All blobs of a page with their runs from top to bottom.
pub(super) struct Blobs {
    pub blobs: Vec<Blob>,
    pub runs: Vec<Run>,
}

impl Blobs {
    /// Finds what touches, corners included.
    pub fn of(ink: &Ink) -> Blobs {
        let mut runs: Vec<Run> = Vec::new();
        let mut parents: Vec<u32> = Vec::new();
        let mut above = 0..0;
        for y in 0..ink.height {
            let start = runs.len();
            let mut candidate = above.start;
            for (from, to) in row_runs(ink.row(y)) {
                let index = runs.len() as u32;
                parents.push(index);
                runs.push(Run { y: y as u32, from, to, blob: index });
                while candidate < above.end && runs[candidate].to < from {
                    candidate += 1;
                }
                let mut touching = candidate;
                while touching < above.end && runs[touching].from <= to {
                    let (a, b) = (root(&mut parents, touching as u32), root(&mut parents, index));
                    parents[a.max(b) as usize] = a.min(b);
                    touching += 1;
                }
            }
            above = start..runs.len();
        }
        let mut names = vec![u32::MAX; runs.len()];
        let mut blobs: Vec<Blob> = Vec::new();
        for (index, run) in runs.iter_mut().enumerate() {
            let root = root(&mut parents, index as u32) as usize;
            let bbox =
                PxBox { left: run.from as i32, top: run.y as i32, right: run.to as i32, bottom: run.y as i32 + 1 };
            if names[root] == u32::MAX {
                names[root] = blobs.len() as u32;
                blobs.push(Blob { bbox, area: 0 });
            }
            run.blob = names[root];
            let blob = &mut blobs[run.blob as usize];
            blob.area += run.to - run.from;
            blob.bbox = blob.bbox.union(&bbox);
        }
        Blobs { blobs, runs }
    }

    /// Takes blobs off the page.
    pub fn erase(&self, ink: &mut Ink, unwanted: impl Fn(usize, &Blob) -> bool) {
        let gone: Vec<bool> = self.blobs.iter().enumerate().map(|(i, b)| unwanted(i, b)).collect();
        for run in self.runs.iter().filter(|run| gone[run.blob as usize]) {
            ink.bits[run.y as usize * ink.width..][run.from as usize..run.to as usize].fill(0);
        }
    }
}

fn row_runs(row: &[u8]) -> impl Iterator<Item = (u32, u32)> + '_ {
    let mut x = 0;
    std::iter::from_fn(move || {
        let from = x + row[x..].iter().position(|b| *b == 1)?;
        let to = row[from..].iter().position(|b| *b == 0).map_or(row.len(), |n| from + n);
        x = to;
        Some((from as u32, to as u32))
    })
}

/// The first of those that were joined with one; the way to it is shortened.
pub(super) fn root(parents: &mut [u32], mut index: u32) -> u32 {
    while parents[index as usize] != index {
        let up = parents[parents[index as usize] as usize];
        parents[index as usize] = up;
        index = up;
    }
    index
}

/// Pixels of the page that one square of the map of letters stands for.
const NEAR_SQUARE: usize = 8;
/// How many times denser specks lie beside letters than elsewhere when they are parts of letters.
const OF_LETTERS: f32 = 4.0;

/// Takes specks off a page that is full of them. In small type 濁点 and 。 are no larger than specks: where these lie
/// beside letters far more often than chance would have it, they stay.
pub(super) fn despeckle(ink: &mut Ink, blobs: &Blobs) {
    let speck = |b: &Blob| b.area <= 5 && b.width() <= 3 && b.height() <= 3;
    let specks = blobs.blobs.iter().filter(|b| speck(b)).count();
    if specks <= 30 {
        return;
    }
    let (beside, columns) = beside_letters(ink, blobs);
    let at = |b: &Blob| beside[b.bbox.top as usize / NEAR_SQUARE * columns + b.bbox.left as usize / NEAR_SQUARE];
    let near = blobs.blobs.iter().filter(|b| speck(b) && at(b)).count();
    let room = beside.iter().filter(|b| **b).count();
    let dense = |specks: usize, squares: usize| specks as f32 / squares.max(1) as f32;
    let keep = dense(near, room) > OF_LETTERS * dense(specks - near + 1, beside.len() - room);
    blobs.erase(ink, |_, b| speck(b) && !(keep && at(b)));
}

/// Which squares of the page lie on a letter or within a third of its height of one, and how many there are in a row.
fn beside_letters(ink: &Ink, blobs: &Blobs) -> (Vec<bool>, usize) {
    let (columns, rows) = (ink.width.div_ceil(NEAR_SQUARE), ink.height.div_ceil(NEAR_SQUARE));
    let mut map = vec![false; columns * rows];
    for b in blobs.blobs.iter().filter(|b| super::prepare::letter(b)) {
        let reach = b.height().max(b.width()).min(48) / 3;
        let square = |v: i32, most: usize| (v.max(0) as usize / NEAR_SQUARE).min(most - 1);
        let (left, right) = (square(b.bbox.left - reach, columns), square(b.bbox.right + reach, columns));
        for y in square(b.bbox.top - reach, rows)..=square(b.bbox.bottom + reach, rows) {
            map[y * columns + left..=y * columns + right].fill(true);
        }
    }
    (map, columns)
}

#[cfg(test)]
pub(super) fn drawn(rows: &[&str]) -> Ink {
    let bits = rows.iter().flat_map(|row| row.bytes().map(|b| u8::from(b == b'#'))).collect();
    Ink { width: rows[0].len(), height: rows.len(), bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_ink_is_one_blob() {
        let ink = drawn(&["##..#", "..#.#", "#...#", "#.###"]);
        let found = Blobs::of(&ink);
        let mut areas: Vec<u32> = found.blobs.iter().map(|b| b.area).collect();
        areas.sort_unstable();
        assert_eq!(areas, [2, 3, 6]);
    }

    #[test]
    fn a_u_is_one_blob_though_its_arms_meet_late() {
        let found = Blobs::of(&drawn(&["#.#", "#.#", "###"]));
        assert_eq!(found.blobs.len(), 1);
        assert_eq!(found.blobs[0].bbox, PxBox { left: 0, top: 0, right: 3, bottom: 3 });
    }

    /// Forty letters of 12 by 12 pixels.
    fn small_type() -> Ink {
        let mut ink = Ink { width: 800, height: 400, bits: vec![0; 800 * 400] };
        for n in 0..40 {
            let (left, top) = (20 + n % 20 * 36, 40 + n / 20 * 60);
            for y in top..top + 12 {
                ink.bits[y * 800 + left..][..12].fill(1);
            }
        }
        ink
    }

    fn speck(ink: &mut Ink, x: usize, y: usize) {
        ink.bits[y * ink.width + x..][..2].fill(1);
    }

    #[test]
    fn voiced_marks_of_small_type_stay_and_dirt_goes() {
        let mut ink = small_type();
        for n in 0..40 {
            speck(&mut ink, 33 + n % 20 * 36, 40 + n / 20 * 60);
        }
        for n in 0..12 {
            speck(&mut ink, 30 + n * 60, 300);
        }
        let blobs = Blobs::of(&ink);
        despeckle(&mut ink, &blobs);
        assert!((0..40).all(|n| ink.at(33 + n % 20 * 36, 40 + n / 20 * 60)), "marks beside letters");
        assert!((0..12).all(|n| !ink.at(30 + n * 60, 300)), "specks in the white");
    }

    #[test]
    fn a_soiled_page_loses_all_its_specks() {
        let mut ink = small_type();
        for n in 0..900 {
            let (x, y) = (5 + n % 45 * 17, 5 + n / 45 * 19);
            let free = (x - 2..x + 5).all(|x| (y - 2..y + 3).all(|y| !ink.at(x, y)));
            if free {
                speck(&mut ink, x, y);
            }
        }
        let blobs = Blobs::of(&ink);
        despeckle(&mut ink, &blobs);
        assert_eq!(Blobs::of(&ink).blobs.len(), 40);
    }

    #[test]
    fn erased_blobs_leave_paper() {
        let mut ink = drawn(&["#.##", "#.##"]);
        let blobs = Blobs::of(&ink);
        blobs.erase(&mut ink, |_, b| b.width() == 1);
        assert_eq!(ink.bits, [0, 0, 1, 1, 0, 0, 1, 1]);
    }
}
