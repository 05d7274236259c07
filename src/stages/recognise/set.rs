//! The letters of a column set side by side, as in horizontal writing, and the way back: where on the column a place of that
//! line is. Knows pictures; neither how letters are found nor how they are read.

use super::engine::PxBox;
use super::ink::INK;
use crate::domain::GreyImage;
use std::ops::Range;

/// White round the line.
const MARGIN: i32 = 6;
/// A mark in a corner of its square is smaller than this, in letter sizes: 、 。 and small kana.
const CORNERED: f32 = 0.75;
/// How much nearer it is to the right than to the left.
const RIGHT: f32 = 0.12;
/// White that is a space, in letter sizes.
const SPACE: f32 = 0.5;
/// A letter's place reaches no further than this, in letter sizes, however far its neighbours are.
const WIDEST: f32 = 1.3;

/// Part of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its rows.
    pub rows: Range<usize>,
    /// It lies on its side, as Latin words and dashes do.
    pub lying: bool,
}

/// The middle of a column and the size of its letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// The column's middle.
    pub x: f32,
    /// The side of a letter's square.
    pub em: f32,
}

/// A line made of a column.
pub(super) struct SetLine {
    pub image: GreyImage,
    slots: Vec<Slot>,
    axis: Axis,
    middle: i32,
}

/// Where a piece stands in the line.
struct Slot {
    piece: Piece,
    /// Around its ink, on the column.
    ink: PxBox,
    /// Its first column in the line, and the one after its last.
    from: i32,
    to: i32,
    /// From a place on the column to one in the line, of an upright piece.
    shift: (i32, i32),
}

/// Sets the pieces of a column side by side.
pub(super) fn set(column: &GreyImage, pieces: &[Piece], axis: Axis) -> SetLine {
    let em = axis.em.ceil() as i32;
    let tall = pieces.iter().filter(|p| !p.lying).map(|p| p.rows.len() as i32).max().unwrap_or(em);
    let height = tall.max(column.width as i32).max(em) * 2 + MARGIN * 2;
    let middle = height / 2;
    let (mut slots, mut x, mut before): (Vec<Slot>, i32, Option<usize>) = (Vec::new(), MARGIN, None);
    for piece in pieces {
        let Some(ink) = inked(column, &piece.rows) else { continue };
        if before.is_some_and(|end| (piece.rows.start as f32 - end as f32) > axis.em * SPACE) {
            x += em;
        }
        before = Some(piece.rows.end);
        let wide = if piece.lying { piece.rows.len() as i32 } else { em.max(ink.right - ink.left + 2) };
        let shift = if piece.lying { (0, 0) } else { shift(&ink, piece, &axis, (x + wide / 2, middle)) };
        slots.push(Slot { piece: piece.clone(), ink, from: x, to: x + wide, shift });
        x += wide;
    }
    let width = x + MARGIN;
    let mut image =
        GreyImage { width: width as u32, height: height as u32, pixels: vec![255; (width * height) as usize] };
    for slot in &slots {
        draw(column, slot, &axis, middle, &mut image);
    }
    SetLine { image, slots, axis, middle }
}

/// From column to line, of a letter that stays upright: its square's middle comes to `centre`. What stands in the upper right
/// corner of its square stands in the lower left one there: as far from the left as from the top, and from the bottom as from the right.
fn shift(ink: &PxBox, piece: &Piece, axis: &Axis, centre: (i32, i32)) -> (i32, i32) {
    let (top, bottom) = (piece.rows.start as f32, piece.rows.end as f32);
    let middle = (top + bottom) / 2.0;
    let half = axis.em / 2.0;
    let (left, right) = (ink.left as f32 - (axis.x - half), axis.x + half - ink.right as f32);
    let (above, below) = (ink.top as f32 - (middle - half), middle + half - ink.bottom as f32);
    let small = ((ink.right - ink.left).max(ink.bottom - ink.top) as f32) < axis.em * CORNERED;
    let cornered = small && left - right > axis.em * RIGHT && above - below < axis.em * RIGHT;
    let (dx, dy) = if cornered { (above.max(0.0) - left, below - right.max(0.0)) } else { (0.0, 0.0) };
    (centre.0 + (dx - axis.x).round() as i32, centre.1 + (dy - middle).round() as i32)
}

fn draw(column: &GreyImage, slot: &Slot, axis: &Axis, middle: i32, line: &mut GreyImage) {
    let width = column.width as usize;
    for y in slot.piece.rows.clone() {
        for (x, shade) in column.pixels[y * width..][..width].iter().enumerate() {
            let (x, y) = (x as i32, y as i32);
            let (to_x, to_y) = if slot.piece.lying {
                (slot.from + y - slot.piece.rows.start as i32, middle + axis.x as i32 - x)
            } else {
                (x + slot.shift.0, y + slot.shift.1)
            };
            if (0..line.width as i32).contains(&to_x) && (0..line.height as i32).contains(&to_y) {
                let at = to_y as usize * line.width as usize + to_x as usize;
                line.pixels[at] = line.pixels[at].min(*shade);
            }
        }
    }
}

impl SetLine {
    /// Where on the column a place of the line is: for whole letters their ink, as high as their pitch.
    pub fn on_column(&self, place: &PxBox) -> Option<PxBox> {
        let shared = |slot: &Slot| place.right.min(slot.to) - place.left.max(slot.from);
        let met = |slot: &&Slot| {
            let shared = shared(slot);
            shared > 0 && shared * 4 >= (slot.to - slot.from).min(place.right - place.left)
        };
        self.slots.iter().filter(met).map(|slot| self.back(slot, place)).reduce(|all, b| all.union(&b))
    }

    fn back(&self, slot: &Slot, place: &PxBox) -> PxBox {
        let (top, bottom) = (slot.piece.rows.start as i32, slot.piece.rows.end as i32);
        if slot.piece.lying {
            let (from, to) = (place.left.max(slot.from) - slot.from, place.right.min(slot.to) - slot.from);
            let x = |y: i32| self.middle + self.axis.x as i32 - y;
            let b = PxBox { left: x(place.bottom) + 1, top: top + from, right: x(place.top) + 1, bottom: top + to };
            return b.within(&slot.ink);
        }
        let spare = ((bottom - top) as f32 - self.axis.em * WIDEST).max(0.0) as i32 / 2;
        let (top, bottom) = ((top + spare).min(slot.ink.top), (bottom - spare).max(slot.ink.bottom));
        let whole = place.left <= slot.ink.left + slot.shift.0 + 2 && place.right + 2 >= slot.ink.right + slot.shift.0;
        let (left, right) = if whole {
            (slot.ink.left, slot.ink.right)
        } else {
            (place.left - slot.shift.0, place.right - slot.shift.0)
        };
        PxBox { left, top, right, bottom }.within(&PxBox { top, bottom, ..slot.ink })
    }
}

/// Around the ink of some rows.
pub(super) fn inked(column: &GreyImage, rows: &Range<usize>) -> Option<PxBox> {
    let width = column.width as usize;
    let mut found: Option<PxBox> = None;
    for y in rows.clone() {
        let row = &column.pixels[y * width..][..width];
        let Some(left) = row.iter().position(|p| *p < INK) else { continue };
        let right = row.iter().rposition(|p| *p < INK).unwrap_or(left) + 1;
        let here = PxBox { left: left as i32, top: y as i32, right: right as i32, bottom: y as i32 + 1 };
        found = Some(found.map_or(here, |b| b.union(&here)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column of 40 by 160 with ink in these boxes: left, top, right, bottom.
    fn column(boxes: &[[usize; 4]]) -> GreyImage {
        let mut pixels = vec![255; 40 * 160];
        for [left, top, right, bottom] in boxes {
            (*top..*bottom).for_each(|y| pixels[y * 40 + left..y * 40 + right].fill(0));
        }
        GreyImage { width: 40, height: 160, pixels }
    }

    fn piece(rows: Range<usize>, lying: bool) -> Piece {
        Piece { rows, lying }
    }

    const AXIS: Axis = Axis { x: 20.0, em: 30.0 };

    /// Around the ink of one slot in the line.
    fn in_line(line: &SetLine, slot: usize) -> PxBox {
        let (from, to) = (line.slots[slot].from as usize, line.slots[slot].to as usize);
        let width = line.image.width as usize;
        let mut part = GreyImage { width: (to - from) as u32, height: line.image.height, pixels: Vec::new() };
        line.image.pixels.chunks(width).for_each(|row| part.pixels.extend(&row[from..to]));
        let b = inked(&part, &(0..part.height as usize)).expect("ink");
        PxBox { left: b.left + from as i32, right: b.right + from as i32, ..b }
    }

    #[test]
    fn letters_stand_side_by_side_and_their_places_map_back() {
        let boxes = [[7, 10, 33, 36], [9, 40, 31, 66]];
        let line = set(&column(&boxes), &[piece(8..38, false), piece(38..68, false)], AXIS);
        for (slot, [left, top, right, bottom]) in boxes.into_iter().enumerate() {
            let seen = in_line(&line, slot);
            assert_eq!(
                (seen.right - seen.left, seen.bottom - seen.top),
                ((right - left) as i32, (bottom - top) as i32)
            );
            let back = line.on_column(&seen).expect("a place");
            assert_eq!((back.left, back.right), (left as i32, right as i32));
            assert!(back.top <= top as i32 && back.bottom >= bottom as i32 && back.bottom - back.top == 30, "{back:?}");
        }
        assert!(in_line(&line, 1).left > in_line(&line, 0).right);
    }

    #[test]
    fn a_stop_goes_from_the_upper_right_to_the_lower_left() {
        let line =
            set(&column(&[[7, 10, 33, 36], [26, 40, 33, 47]]), &[piece(8..38, false), piece(38..68, false)], AXIS);
        let (letter, stop) = (in_line(&line, 0), in_line(&line, 1));
        let slot = &line.slots[1];
        assert!(
            stop.right < (slot.from + slot.to) / 2 && stop.top * 2 > letter.top + letter.bottom,
            "{stop:?} {letter:?}"
        );
        let back = line.on_column(&stop).expect("a place");
        assert_eq!((back.left, back.right), (26, 33));
    }

    #[test]
    fn a_lying_word_is_turned_back_as_one_piece() {
        // An L that lies: its foot is on the left of the column, its stem along the top.
        let line = set(&column(&[[8, 40, 32, 44], [8, 40, 12, 56]]), &[piece(38..68, true)], AXIS);
        let seen = in_line(&line, 0);
        assert_eq!((seen.right - seen.left, seen.bottom - seen.top), (16, 24));
        let dark = |x: i32, y: i32| line.image.pixels[(y * line.image.width as i32 + x) as usize] < INK;
        assert!(dark(seen.left + 1, seen.top + 1) && dark(seen.right - 2, seen.bottom - 2), "stem left, foot below");
        assert!(!dark(seen.right - 2, seen.top + 1));
        assert_eq!(line.on_column(&seen), Some(PxBox { left: 8, top: 40, right: 32, bottom: 56 }));
        assert_eq!(line.on_column(&PxBox { left: 0, top: 0, right: 2, bottom: 9 }), None);
    }
}
