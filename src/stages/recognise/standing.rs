//! Whether letters stand in rows or in columns, as in vertical writing: told by the white between them alone.

use super::engine::PxBox;
use super::ink::{self, Blobs};

/// How a letter stands to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nearer by far to what is above or below it.
    Stacked,
    /// Nearer by far to what is left or right of it.
    Rowed,
    /// As near to the one as to the other, or alone.
    Unclear,
}

/// What stands how on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Letters that stand in columns.
    pub stacked: u32,
    /// Letters that stand in rows.
    pub rowed: u32,
}

/// White between parts of one letter, in letter sizes.
const WITHIN: f32 = 0.14;
/// The sides of a letter's square at most.
const LARGEST: f32 = 1.12;
/// White between letters of one line at most.
const CLOSE: f32 = 0.6;
/// How much wider the white to the other side is.
const CLEARLY: f32 = 0.3;
/// White beyond this is no neighbourhood.
const FAR: f32 = 3.0;
/// Letters that a page in vertical writing has at least.
const FEWEST: u32 = 40;
/// Letters in columns for each that stands in a row, on a page in vertical writing.
const MOSTLY: u32 = 4;

impl Count {
    /// Whether a page is one in columns: surely, for a page taken wrongly for one reads as nonsense.
    pub fn columns(&self) -> bool {
        self.stacked >= FEWEST && self.stacked >= self.rowed * MOSTLY
    }

    /// Whether a page is surely one in rows.
    pub fn rows(&self) -> bool {
        self.rowed >= FEWEST && self.rowed >= self.stacked * MOSTLY
    }

    /// Whether a part of a page may be one in columns; a person looks for few letters.
    pub fn columns_of_part(&self) -> bool {
        self.stacked >= 3 && self.stacked >= self.rowed * MOSTLY
    }
}

/// How the letters below the header line stand.
pub(super) fn count(blobs: &Blobs, from: i32) -> Count {
    let mut count = Count::default();
    for (cell, stand) in stands(&cells(blobs)) {
        match stand {
            Stand::Stacked if cell.top >= from => count.stacked += 1,
            Stand::Rowed if cell.top >= from => count.rowed += 1,
            _ => {}
        }
    }
    count
}

/// How the letter stands that each blob is a part of.
pub(super) fn of_blobs(blobs: &Blobs) -> Vec<Stand> {
    let cells = cells(blobs);
    let stands = stands(&cells);
    cells.of_blob.iter().map(|cell| cell.map_or(Stand::Unclear, |cell| stands[cell].1)).collect()
}

/// Blobs joined to letters.
struct Cells {
    cells: Vec<PxBox>,
    of_blob: Vec<Option<usize>>,
    em: f32,
}

/// Joins what lies so close and fits into one square. Which way the lines run is not known here.
fn cells(blobs: &Blobs) -> Cells {
    let em = em(blobs);
    let part = |b: &PxBox| (em * 0.15..=em * 2.2).contains(&(side(b) as f32));
    let mut order: Vec<usize> = (0..blobs.blobs.len()).filter(|i| part(&blobs.blobs[*i].bbox)).collect();
    order.sort_by_key(|i| blobs.blobs[*i].bbox.top);
    let bbox = |i: usize| blobs.blobs[order[i]].bbox;
    let reach = (em * WITHIN) as i32;
    let mut pairs: Vec<(i32, usize, usize)> = Vec::new();
    for a in 0..order.len() {
        let here = bbox(a);
        for b in a + 1..order.len() {
            let there = bbox(b);
            if there.top > here.bottom + reach {
                break;
            }
            let gap = across(&here, &there).max(down(&here, &there));
            if gap <= reach {
                pairs.push((gap, a, b));
            }
        }
    }
    pairs.sort_unstable();
    let mut boxes: Vec<PxBox> = (0..order.len()).map(bbox).collect();
    let mut parents: Vec<u32> = (0..order.len() as u32).collect();
    let root = |parents: &mut [u32], at: usize| ink::root(parents, at as u32) as usize;
    for (_, a, b) in pairs {
        let (a, b) = (root(&mut parents, a), root(&mut parents, b));
        let both = boxes[a].union(&boxes[b]);
        if a != b && side(&both) as f32 <= em * LARGEST {
            parents[a.max(b)] = a.min(b) as u32;
            boxes[a.min(b)] = both;
        }
    }
    let mut numbers = vec![None; order.len()];
    let mut found = Cells { cells: Vec::new(), of_blob: vec![None; blobs.blobs.len()], em };
    for (at, blob) in order.iter().enumerate() {
        let root = root(&mut parents, at);
        let number = *numbers[root].get_or_insert_with(|| {
            found.cells.push(boxes[root]);
            found.cells.len() - 1
        });
        found.of_blob[*blob] = Some(number);
    }
    found
}

/// Each letter and how it stands; the order is that of `cells`.
fn stands(cells: &Cells) -> Vec<(PxBox, Stand)> {
    let em = cells.em;
    let far = (em * FAR) as i32;
    let mut order: Vec<usize> = (0..cells.cells.len()).collect();
    order.sort_by_key(|i| cells.cells[*i].top);
    // The narrowest white to either side, and above or below.
    let mut white = vec![(far, far); cells.cells.len()];
    for (at, i) in order.iter().enumerate() {
        let here = cells.cells[*i];
        for j in &order[at + 1..] {
            let there = cells.cells[*j];
            if there.top > here.bottom + far {
                break;
            }
            let (across, down) = (across(&here, &there), down(&here, &there));
            // Of boxes that overlap, the shallower overlap tells on which side they touch.
            if across > down && beside(-down, &here, &there, |b| b.bottom - b.top) {
                white[*i].0 = white[*i].0.min(across.max(0));
                white[*j].0 = white[*j].0.min(across.max(0));
            } else if beside(-across, &here, &there, |b| b.right - b.left) {
                white[*i].1 = white[*i].1.min(down.max(0));
                white[*j].1 = white[*j].1.min(down.max(0));
            }
        }
    }
    let stand = |i: usize| {
        let (aside, above) = (white[i].0 as f32 / em, white[i].1 as f32 / em);
        if (side(&cells.cells[i]) as f32) < em * 0.45 {
            Stand::Unclear
        } else if above <= CLOSE && aside >= above + CLEARLY {
            Stand::Stacked
        } else if aside <= CLOSE && above >= aside + CLEARLY {
            Stand::Rowed
        } else {
            Stand::Unclear
        }
    };
    (0..cells.cells.len()).map(|i| (cells.cells[i], stand(i))).collect()
}

/// Whether `shared` is enough of the smaller one's extent for the two to be neighbours.
fn beside(shared: i32, a: &PxBox, b: &PxBox, extent: impl Fn(&PxBox) -> i32) -> bool {
    shared > 0 && shared * 5 >= extent(a).min(extent(b)) * 2
}

/// White between two boxes from left to right; below 0 they overlap by as much.
fn across(a: &PxBox, b: &PxBox) -> i32 {
    a.left.max(b.left) - a.right.min(b.right)
}

/// White between two boxes from top to bottom; below 0 they overlap by as much.
fn down(a: &PxBox, b: &PxBox) -> i32 {
    a.top.max(b.top) - a.bottom.min(b.bottom)
}

fn side(b: &PxBox) -> i32 {
    (b.right - b.left).max(b.bottom - b.top)
}

/// The size of a page's ordinary letters, whichever way they lie.
fn em(blobs: &Blobs) -> f32 {
    let mut sides: Vec<i32> = blobs.blobs.iter().map(|b| side(&b.bbox)).filter(|s| (10..=110).contains(s)).collect();
    sides.sort_unstable();
    sides.get(sides.len() * 3 / 4).map_or(28.0, |s| *s as f32)
}

#[cfg(test)]
mod tests {
    use super::super::ink::Ink;
    use super::*;

    const SIDE: usize = 24;

    /// A page of squares, each of two parts as many letters are, at these places.
    fn page(places: impl Iterator<Item = (usize, usize)>) -> Blobs {
        let (width, height) = (900, 900);
        let mut bits = vec![0; width * height];
        for (left, top) in places {
            for y in (top..top + SIDE).filter(|y| y - top != SIDE / 2) {
                bits[y * width + left..y * width + left + SIDE].fill(1);
            }
        }
        Blobs::of(&Ink { width, height, bits })
    }

    /// Lines of letters: `along` from letter to letter, `apart` from line to line.
    fn lines(along: usize, apart: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..10).flat_map(move |line| (0..20).map(move |n| (60 + n * along, 60 + line * apart)))
    }

    fn turned(places: impl Iterator<Item = (usize, usize)>) -> impl Iterator<Item = (usize, usize)> {
        places.map(|(x, y)| (900 - y - SIDE, x))
    }

    #[test]
    fn columns_are_told_from_rows() {
        let rows = count(&page(lines(27, 44)), 0);
        assert!(rows.rows() && !rows.columns(), "{rows:?}");
        let columns = count(&page(turned(lines(27, 44))), 0);
        assert!(columns.columns() && !columns.rows(), "{columns:?}");
        // As near to the one as to the other, as on squared paper, is neither.
        let squared = count(&page(lines(30, 30)), 0);
        assert!(!squared.columns() && !squared.rows(), "{squared:?}");
    }

    #[test]
    fn tables_of_digits_and_a_few_letters_are_no_columns() {
        // Three digits in each of many narrow columns, the rows close.
        let digits = (0..20).flat_map(|row| {
            (0..6).flat_map(move |column| (0..3).map(move |n| (60 + column * 130 + n * 28, 60 + row * 38)))
        });
        let table = count(&page(digits), 0);
        assert!(!table.columns(), "{table:?}");
        let few = count(&page(turned(lines(27, 44)).take(20)), 0);
        assert!(!few.columns() && few.columns_of_part(), "{few:?}");
    }

    #[test]
    fn a_header_line_stands_in_a_row_on_a_page_in_columns() {
        let header = (0..20).map(|n| (60 + n * 27, 6));
        let blobs = page(turned(lines(27, 44)).chain(header));
        assert!(count(&blobs, 40).rowed == 0 && count(&blobs, 0).rowed >= 10);
        let stands = of_blobs(&blobs);
        let header = blobs.blobs.iter().zip(&stands).filter(|(blob, _)| blob.bbox.top < 40);
        assert!(header.filter(|(_, stand)| **stand == Stand::Rowed).count() >= 30);
    }
}
