//! Boxes that are ticked or filled, told from their empty brothers: the tick may stick out of its box, as a pen's does.

use super::engine::PxBox;
use super::ink::{Blob, Blobs, Run};
use super::marks::{Found, surrounds};
use crate::domain::MarkKind;

/// Least share of ink within a box that is ticked.
const TICKED: f32 = 0.05;
/// Sizes of empty boxes that are looked for under ticks that stick out; a form has one or two.
const SIZES: usize = 4;

/// Boxes of one size of which some are empty: the others are ticked. A kanji in a frame (国, 回) has no empty brothers.
pub(super) fn find<'a>(blobs: &Blobs, em: f32, runs: &dyn Fn(usize) -> &'a [Run]) -> Vec<Found> {
    let mut frames = Vec::new();
    for (index, blob) in blobs.blobs.iter().enumerate() {
        let (w, h) = (blob.width() as f32, blob.height() as f32);
        let sized = h > em * 0.65 && h < em * 1.5 && w / h > 0.84 && w / h < 1.2;
        if sized && let Some(inside) = Bits::of(blob, runs(index)).frame() {
            frames.push((index, *blob, inside));
        }
    }
    let empty: Vec<(usize, Blob)> = frames
        .iter()
        .filter(|(index, blob, inside)| *inside < 0.02 && !surrounds(blobs, *index, &blob.bbox))
        .map(|(index, blob, _)| (*index, *blob))
        .collect();
    let alike = |a: &Blob, b: &Blob| {
        (a.width() - b.width()).abs() <= 3.max(b.width() / 7)
            && (a.height() - b.height()).abs() <= 3.max(b.height() / 7)
    };
    let ticked = frames.iter().filter(|(index, blob, inside)| {
        let marked = *inside > TICKED || surrounds(blobs, *index, &blob.bbox);
        // ■ alone is a bullet.
        marked && empty.iter().any(|(_, e)| alike(e, blob))
    });
    let mut found: Vec<Found> =
        ticked.map(|(blob, b, _)| Found { kind: MarkKind::Check, bbox: b.bbox, blob: *blob }).collect();
    let mut sizes: Vec<(i32, i32)> = Vec::new();
    for (index, blob) in &empty {
        let size = (blob.width(), blob.height());
        // The sides of 口 stand out below its foot.
        if sizes.len() < SIZES && !sizes.contains(&size) && Bits::of(blob, runs(*index)).sharp() {
            sizes.push(size);
        }
    }
    for (index, blob) in blobs.blobs.iter().enumerate().filter(|(i, _)| frames.iter().all(|f| f.0 != *i)) {
        let under = sizes.iter().find_map(|size| beneath(blob, runs(index), *size));
        found.extend(under.map(|bbox| Found { kind: MarkKind::Check, bbox, blob: index }));
    }
    found
}

/// The box of that size on which a tick was drawn that sticks out of it: both are one blob.
fn beneath(blob: &Blob, runs: &[Run], (w, h): (i32, i32)) -> Option<PxBox> {
    let (out_x, out_y) = (blob.width() - w, blob.height() - h);
    let sticks_out = out_x >= 0 && out_y >= 0 && (out_x > 2 || out_y > 2) && out_x <= w * 3 && out_y * 2 <= h * 3;
    if !sticks_out {
        return None;
    }
    let bits = Bits::of(blob, runs);
    for top in 0..=out_y {
        for left in 0..=out_x {
            if let Some(inside) = bits.part(left as usize, top as usize, w as usize, h as usize).filter(|b| b.sharp()) {
                let beyond = bits.inked() - inside.inked();
                let slight = beyond * 10 <= (w * h) as usize * 3;
                let within = slight && inside.aslant() && inside.frame().is_some_and(|share| share > TICKED);
                let (left, top) = (blob.bbox.left + left, blob.bbox.top + top);
                return within.then_some(PxBox { left, top, right: left + w, bottom: top + h });
            }
        }
    }
    None
}

/// The ink of a blob within its box.
struct Bits {
    w: usize,
    h: usize,
    bits: Vec<bool>,
}

impl Bits {
    fn of(blob: &Blob, runs: &[Run]) -> Self {
        let (w, h) = (blob.width() as usize, blob.height() as usize);
        let mut bits = vec![false; w * h];
        for run in runs {
            let y = run.y as usize - blob.bbox.top as usize;
            bits[y * w + run.from as usize - blob.bbox.left as usize..][..(run.to - run.from) as usize].fill(true);
        }
        Self { w, h, bits }
    }

    /// A part, where the corners that a box has are inked.
    fn part(&self, left: usize, top: usize, w: usize, h: usize) -> Option<Self> {
        let at = |x: usize, y: usize| self.bits[(top + y) * self.w + left + x];
        let corner = |x: usize, y: usize| at(x, y) || at(x.clamp(1, w - 2), y) || at(x, y.clamp(1, h - 2));
        let cornered = corner(0, 0) && corner(w - 1, 0) && corner(0, h - 1) && corner(w - 1, h - 1);
        let rows = || (top..top + h).flat_map(|y| &self.bits[y * self.w + left..][..w]).copied().collect();
        cornered.then(|| Self { w, h, bits: rows() })
    }

    fn inked(&self) -> usize {
        self.bits.iter().filter(|b| **b).count()
    }

    /// Whether what stands inside is drawn aslant, as a tick is: 日 and 申 have bars from side to side.
    fn aslant(&self) -> bool {
        let (w, h) = (self.w, self.h);
        // From side to side within the frame: a steep tick runs along a column for half of that.
        let (xs, ys) = (w / 8..w - w / 8, h / 8..h - h / 8);
        let bar = |inked: usize, of: usize| inked * 100 >= of * 95;
        let level = ys.clone().any(|y| bar(xs.clone().filter(|x| self.bits[y * w + x]).count(), xs.len()));
        let upright = xs.clone().any(|x| bar(ys.clone().filter(|y| self.bits[y * w + x]).count(), ys.len()));
        !level && !upright
    }

    /// Whether lines run along the very edges, as a box's do and a letter's strokes hardly.
    fn sharp(&self) -> bool {
        self.closed(2.min(self.w), 2.min(self.h), 92)
    }

    fn closed(&self, edge_x: usize, edge_y: usize, percent: usize) -> bool {
        let Self { w, h, bits } = self;
        let side =
            |along: usize, hit: &dyn Fn(usize) -> bool| (0..along).filter(|a| hit(*a)).count() * 100 >= along * percent;
        side(*w, &|x| (0..edge_y).any(|y| bits[y * w + x]))
            && side(*w, &|x| (h - edge_y..*h).any(|y| bits[y * w + x]))
            && side(*h, &|y| (0..edge_x).any(|x| bits[y * w + x]))
            && side(*h, &|y| (w - edge_x..*w).any(|x| bits[y * w + x]))
    }

    /// When all four sides of the box are drawn: the share of ink within.
    fn frame(&self) -> Option<f32> {
        let (w, h) = (self.w, self.h);
        if !self.closed((w / 6).max(2), (h / 6).max(2), 88) {
            return None;
        }
        let (from_x, to_x, from_y, to_y) = (w / 4, w - w / 4, h / 4, h - h / 4);
        let inner = (to_x - from_x) * (to_y - from_y);
        let inked = (from_y..to_y).map(|y| (from_x..to_x).filter(|x| self.bits[y * w + x]).count()).sum::<usize>();
        (inner > 0).then(|| inked as f32 / inner as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::recognise::ink::Ink;
    use crate::stages::recognise::marks::{
        self,
        tests::{block, nothing, page, square},
    };

    /// A page of letters with three boxes of 24 pixels, at 100, 200 and 300.
    fn form() -> Ink {
        let mut ink = page();
        for left in [100, 200, 300] {
            square(&mut ink, left, 250, 24);
        }
        ink
    }

    fn stroke(ink: &mut Ink, from: (i32, i32), to: (i32, i32)) {
        for step in 0..=200 {
            let at = |a: i32, b: i32| (a + (b - a) * step / 200) as usize;
            block(ink, at(from.0, to.0), at(from.1, to.1), 3, 3);
        }
    }

    fn seen(ink: &Ink) -> Vec<(MarkKind, i32)> {
        marks::find(&Blobs::of(ink), &nothing()).into_iter().map(|f| (f.kind, f.bbox.left)).collect()
    }

    #[test]
    fn a_ticked_box_among_empty_ones_is_seen() {
        let mut ink = form();
        stroke(&mut ink, (104, 254), (120, 268));
        assert_eq!(seen(&ink), [(MarkKind::Check, 100)]);
    }

    #[test]
    fn a_tick_that_sticks_out_of_its_box_is_of_that_box() {
        for (from, low, to) in [
            ((205, 262), (211, 268), (228, 236)),
            ((192, 254), (204, 268), (214, 240)),
            ((196, 276), (210, 260), (226, 246)),
        ] {
            let mut ink = form();
            stroke(&mut ink, from, low);
            stroke(&mut ink, low, to);
            assert_eq!(seen(&ink), [(MarkKind::Check, 200)], "{from:?}");
        }
    }

    #[test]
    fn the_letters_that_hold_a_box_are_no_ticks() {
        // 申: a box with bars, and a stroke through it.
        let mut ink = form();
        for top in [250, 261, 272] {
            block(&mut ink, 400, top, 24, 2);
        }
        for (left, top, long) in [(400, 250, 24), (422, 250, 24), (411, 240, 46)] {
            block(&mut ink, left, top, 2, long);
        }
        assert_eq!(seen(&ink), []);
    }

    #[test]
    fn a_stroke_that_only_touches_a_box_ticks_nothing() {
        let mut ink = form();
        stroke(&mut ink, (180, 248), (202, 249));
        assert_eq!(seen(&ink), []);
    }
}
