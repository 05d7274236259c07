//! Marks by ink: rings round printed choices (丸囲み). Boxes that are ticked or filled are found by `checks`.

use super::engine::PxBox;
use super::ink::{Blob, Blobs, Ink, Run};
use super::{checks, segment, stamp};
use crate::domain::MarkKind;

/// A mark in pixels, and the blob that draws it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub kind: MarkKind,
    pub bbox: PxBox,
    pub blob: usize,
}

/// All marks of a page whose rules have been taken off; `taken` is the ink of the rules, of which a ring may have lost a piece.
pub(super) fn find(blobs: &Blobs, taken: &Ink) -> Vec<Found> {
    let em = segment::em(blobs);
    let by_blob = runs_by_blob(blobs);
    let runs = |i: usize| &by_blob.1[by_blob.0[i]..by_blob.0[i + 1]];
    let ticked = checks::find(blobs, em, &runs);
    let mut found: Vec<Found> = Vec::new();
    for (index, blob) in blobs.blobs.iter().enumerate().filter(|(i, _)| ticked.iter().all(|t| t.blob != *i)) {
        if ring_sized(blob, em) && !one_of_a_row(blobs, blob) {
            let whole = outlines(blob).into_iter().chain(mended(blob, taken));
            let shapes = whole.map(|outline| (outline, Shape::of(&outline, runs(index), taken)));
            let rings = shapes
                .filter(|(outline, shape)| shape.ring() && (shape.core > 0.0 || surrounds(blobs, index, outline)));
            let best = rings.min_by(|(_, a), (_, b)| a.uneven.total_cmp(&b.uneven));
            found.extend(best.map(|(bbox, _)| Found { kind: MarkKind::Circle, bbox, blob: index }));
        }
        if found.last().is_none_or(|last| last.blob != index) && stamp::may_hold(blob, em) {
            let full = |bbox: &PxBox| Shape::of(bbox, runs(index), taken).core > 0.0 || surrounds(blobs, index, bbox);
            let circle = stamp::circle(blob, runs(index), em).filter(full);
            found.extend(circle.map(|bbox| Found { kind: MarkKind::Circle, bbox, blob: index }));
        }
    }
    found.extend(ticked);
    found
}

/// Runs sorted by blob, and where each blob's begin.
fn runs_by_blob(blobs: &Blobs) -> (Vec<usize>, Vec<Run>) {
    let mut starts = vec![0; blobs.blobs.len() + 1];
    blobs.runs.iter().for_each(|r| starts[r.blob as usize + 1] += 1);
    for i in 1..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut next = starts.clone();
    let mut sorted = blobs.runs.clone();
    for run in &blobs.runs {
        let at = &mut next[run.blob as usize];
        sorted[*at] = *run;
        *at += 1;
    }
    (starts, sorted)
}

fn ring_sized(blob: &Blob, em: f32) -> bool {
    let (w, h) = (blob.width() as f32, blob.height() as f32);
    let filled = blob.area as f32 / (w * h);
    h > em * 1.15 && h < em * 6.0 && w > em * 1.0 && w < em * 7.0 && w / h > 0.45 && w / h < 4.5 && filled < 0.5
}

/// Whether letters as tall stand next to it: a large の or 回 of a title; a ring is taller than what it is drawn round.
fn one_of_a_row(blobs: &Blobs, blob: &Blob) -> bool {
    let (b, w, h) = (blob.bbox, blob.width(), blob.height());
    let tall = blobs.blobs.iter().filter(|other| {
        let o = other.bbox;
        let (gap, shared) = ((o.left - b.right).max(b.left - o.right), o.bottom.min(b.bottom) - o.top.max(b.top));
        let as_tall = other.height() * 100 >= h * 85 && other.height() * 10 <= h * 12 && other.width() * 2 >= h;
        // Another ring is mostly paper.
        let letter = other.area as i32 * 100 >= other.width() * other.height() * 22;
        as_tall && letter && shared * 10 >= h * 8 && gap >= 0 && gap <= w * 2
    });
    tall.take(2).count() == 2
}

/// Where a blob's ring may lie: all of it, or the round end of it when a letter hangs on the other side.
fn outlines(blob: &Blob) -> Vec<PxBox> {
    let (b, w, h) = (blob.bbox, blob.width(), blob.height());
    let mut all = vec![b];
    if w > h * 11 / 10 && w < h * 2 {
        all.extend([PxBox { left: b.right - h, ..b }, PxBox { right: b.left + h, ..b }]);
    } else if h > w * 11 / 10 && h < w * 2 {
        all.extend([PxBox { top: b.bottom - w, ..b }, PxBox { bottom: b.top + w, ..b }]);
    }
    all
}

/// Where a blob's ring lies whose upper or lower edge went off the page with a rule that it touched: as far as one is thick.
fn mended(blob: &Blob, taken: &Ink) -> Vec<PxBox> {
    let b = blob.bbox;
    let inked = |y: i32| {
        let row = usize::try_from(y).ok().filter(|y| *y < taken.height).map(|y| taken.row(y));
        row.is_some_and(|row| row[b.left.max(0) as usize..(b.right as usize).min(taken.width)].contains(&1))
    };
    let steps = (1..=CUT_PX / 2).map(|n| n * 2);
    let below = steps.clone().filter(|_| inked(b.bottom) || inked(b.bottom + 1));
    let above = steps.filter(|_| inked(b.top - 1) || inked(b.top - 2));
    let lower = below.map(|n| PxBox { bottom: (b.bottom + n).min(taken.height as i32), ..b });
    lower.chain(above.map(|n| PxBox { top: (b.top - n).max(0), ..b })).collect()
}

/// Most that a rule takes off a ring's height, pixels.
const CUT_PX: i32 = 14;

/// Another blob stands well inside: further from the edge than the line is thick.
pub(super) fn surrounds(blobs: &Blobs, index: usize, ring: &PxBox) -> bool {
    let (dx, dy) = ((ring.right - ring.left) / 12, (ring.bottom - ring.top) / 12);
    blobs.blobs.iter().enumerate().any(|(i, b)| {
        i != index
            && b.area >= 12
            && b.bbox.left > ring.left + dx
            && b.bbox.right < ring.right - dx
            && b.bbox.top > ring.top + dy
            && b.bbox.bottom < ring.bottom - dy
    })
}

const RAYS: usize = 48;

/// How a blob lies within the ellipse that its box would hold.
struct Shape {
    /// Rays on which the outermost ink lies on the ellipse.
    on_ellipse: usize,
    /// Rays on which it lies beyond it, as corners do.
    beyond: usize,
    /// Share of the inner ellipse (six tenths) that is ink.
    core: f32,
    /// Largest gap between rays on the ellipse.
    gap: usize,
    /// How far from the ellipse the outermost ink lies, on the whole.
    uneven: f32,
}

impl Shape {
    fn of(outline: &PxBox, runs: &[Run], taken: &Ink) -> Shape {
        let (w, h) = ((outline.right - outline.left) as usize, (outline.bottom - outline.top) as usize);
        let mut bits = vec![false; w * h];
        for run in runs.iter().filter(|run| (outline.top..outline.bottom).contains(&(run.y as i32))) {
            let y = (run.y as i32 - outline.top) as usize;
            let at = |x: u32| (x as i32 - outline.left).clamp(0, w as i32) as usize;
            bits[y * w..][at(run.from)..at(run.to)].fill(true);
        }
        let (a, b) = (w as f32 / 2.0, h as f32 / 2.0);
        let mut hits = [false; RAYS];
        let (mut beyond, mut lent, mut uneven) = (0, 0, 0.0);
        for (ray, hit) in hits.iter_mut().enumerate() {
            let (sin, cos) = (ray as f32 / RAYS as f32 * std::f32::consts::TAU).sin_cos();
            let outermost = (0..)
                .map(|step| 1.42 - step as f32 * 0.02)
                .take_while(|reach| *reach > 0.5)
                .find(|reach| {
                    let (x, y) = (a + cos * a * reach, b + sin * b * reach);
                    x >= 0.0 && y >= 0.0 && (x as usize) < w && (y as usize) < h && bits[y as usize * w + x as usize]
                })
                .unwrap_or(0.0);
            *hit = (0.78..=1.1).contains(&outermost);
            if !*hit && outermost < 1.0 && lent < RAYS / 3 {
                let rule = |reach: &f32| {
                    let (x, y) = (a + cos * a * reach, b + sin * b * reach);
                    // A ring that the edge of the page cuts off reaches beyond it.
                    let on_page = |at: f32, from: i32| usize::try_from(at as i32 + from).ok();
                    let at = on_page(x, outline.left).zip(on_page(y, outline.top));
                    at.is_some_and(|(x, y)| x < taken.width && y < taken.height && taken.at(x, y))
                };
                *hit = [1.0, 0.97, 0.94, 1.03].iter().any(rule);
                lent += usize::from(*hit);
            }
            beyond += usize::from(outermost > 1.1);
            uneven += if *hit && outermost < 0.78 { 0.05 } else { (outermost - 1.0).abs() };
        }
        let gap =
            (0..RAYS).map(|start| (0..RAYS).take_while(|n| !hits[(start + n) % RAYS]).count()).max().unwrap_or(RAYS);
        let (mut inner, mut inked) = (0_u32, 0_u32);
        for y in 0..h {
            for x in 0..w {
                let (u, v) = ((x as f32 + 0.5 - a) / a, (y as f32 + 0.5 - b) / b);
                if u * u + v * v < 0.36 {
                    inner += 1;
                    inked += u32::from(bits[y * w + x]);
                }
            }
        }
        Shape {
            on_ellipse: hits.iter().filter(|h| **h).count(),
            beyond,
            core: inked as f32 / inner.max(1) as f32,
            gap,
            uneven,
        }
    }

    fn ring(&self) -> bool {
        self.on_ellipse * 100 >= RAYS * 80 && self.beyond * 100 <= RAYS * 12 && self.gap <= RAYS / 6 && self.core < 0.45
    }
}

/// Where the letters of seals (印影) stand: well inside the ring, so that a name or a line that runs into its edge is outside.
pub(super) fn seals(marks: &[Found], em: f32) -> Vec<Seal> {
    let sealed = marks.iter().filter(|m| {
        let (w, h) = ((m.bbox.right - m.bbox.left) as f32, (m.bbox.bottom - m.bbox.top) as f32);
        m.kind == MarkKind::Circle && h > em * 1.9 && w / h > 0.8 && w / h < 1.25
    });
    sealed.map(|m| Seal(Ellipse::of(&m.bbox))).collect()
}

/// The inside of a round seal.
pub(super) struct Seal(Ellipse);

/// How far out a letter of a seal may have its middle, and how much nearer when it stands to the left, where names end.
const INSIDE: f32 = 0.68;
const INSIDE_LEFT: f32 = 0.5;

impl Seal {
    /// Whether ink with that middle is of the seal.
    pub fn holds(&self, (x, y): (i32, i32)) -> bool {
        let (x, y) = (x as f32, y as f32);
        let left = x < self.0.x - self.0.a * 0.3;
        self.0.reach(x, y) < if left { INSIDE_LEFT } else { INSIDE }
    }
}

/// Takes rings off the page, and nothing but the rings: a seal's edge often runs through the last letter of a name.
pub(super) fn erase_rings(ink: &mut Ink, blobs: &Blobs, marks: &[Found]) {
    let em = segment::em(blobs);
    let rings: Vec<&Found> = marks.iter().filter(|m| m.kind == MarkKind::Circle).collect();
    let by_blob = runs_by_blob(blobs);
    for ring in &rings {
        erase_ring(ink, ring, &by_blob.1[by_blob.0[ring.blob]..by_blob.0[ring.blob + 1]]);
    }
    if rings.is_empty() {
        return;
    }
    // What is left of the line itself where it was drawn unevenly.
    let crumb = |b: &Blob| (b.width().max(b.height()) as f32) < em * 0.36;
    let on = |b: &Blob, ring: &Found| {
        let (x, y) = ((b.bbox.left + b.bbox.right) as f32 / 2.0, (b.bbox.top + b.bbox.bottom) as f32 / 2.0);
        (0.88..=1.12).contains(&Ellipse::of(&ring.bbox).reach(x, y))
    };
    Blobs::of(ink).erase(ink, |_, b| crumb(b) && rings.iter().any(|ring| on(b, ring)));
}

/// The ellipse that a box holds.
struct Ellipse {
    x: f32,
    y: f32,
    a: f32,
    b: f32,
}

impl Ellipse {
    fn of(outline: &PxBox) -> Ellipse {
        let (a, b) = ((outline.right - outline.left) as f32 / 2.0, (outline.bottom - outline.top) as f32 / 2.0);
        Ellipse { x: outline.left as f32 + a, y: outline.top as f32 + b, a, b }
    }

    /// How far out a point lies: 1 is on the ellipse.
    fn reach(&self, x: f32, y: f32) -> f32 {
        ((x - self.x) / self.a).hypot((y - self.y) / self.b)
    }

    fn sector(&self, x: f32, y: f32) -> usize {
        let turn = ((y - self.y) / self.b).atan2((x - self.x) / self.a) / std::f32::consts::TAU;
        ((turn.rem_euclid(1.0) * SECTORS as f32) as usize).min(SECTORS - 1)
    }
}

const SECTORS: usize = 96;

fn erase_ring(ink: &mut Ink, ring: &Found, runs: &[Run]) {
    let ellipse = Ellipse::of(&ring.bbox);
    let points = || runs.iter().flat_map(|run| (run.from..run.to).map(|x| (x, run.y)));
    let place = |(x, y): (u32, u32)| {
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        (ellipse.reach(x, y), ellipse.sector(x, y))
    };
    let mut outer = [0.0_f32; SECTORS];
    for (reach, sector) in points().map(place) {
        if (0.78..=1.1).contains(&reach) {
            outer[sector] = outer[sector].max(reach);
        }
    }
    // A letter that crosses the ring shows in a few sectors only.
    let outer: [f32; SECTORS] = std::array::from_fn(|s| {
        let mut near: Vec<f32> = (0..11).map(|n| outer[(s + SECTORS + n - 5) % SECTORS]).filter(|r| *r > 0.0).collect();
        near.sort_unstable_by(f32::total_cmp);
        near.get(near.len() / 2).copied().unwrap_or(1.0)
    });
    let pixel = 1.0 / ellipse.a.min(ellipse.b).max(1.0);
    // How deep the line is drawn: half of the sectors have less ink than that.
    let mut depths = [0_u32; SECTORS];
    for (reach, sector) in points().map(place) {
        depths[sector] += u32::from(reach <= outer[sector] + pixel && reach > outer[sector] - 0.22);
    }
    let along = std::f32::consts::TAU * (ellipse.a + ellipse.b) / 2.0 / SECTORS as f32;
    depths.sort_unstable();
    let thick = (depths[SECTORS / 2] as f32 / along.max(1.0)).clamp(1.0, 9.0);
    for (x, y) in points() {
        let (reach, sector) = place((x, y));
        if (outer[sector] - (thick + 1.0) * pixel..=outer[sector] + 1.5 * pixel).contains(&reach) {
            ink.bits[y as usize * ink.width + x as usize] = 0;
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn page() -> Ink {
        let mut ink = Ink { width: 900, height: 400, bits: vec![0; 900 * 400] };
        // Thirty letters of 28 pixels.
        for n in 0..30 {
            let (left, top) = (20 + (n % 15) * 40, 20 + n / 15 * 50);
            block(&mut ink, left, top + 8, 24, 3);
            block(&mut ink, left + 10, top, 3, 28);
        }
        ink
    }

    pub fn block(ink: &mut Ink, left: usize, top: usize, w: usize, h: usize) {
        for y in top..top + h {
            ink.bits[y * ink.width + left..][..w].fill(1);
        }
    }

    fn ellipse(ink: &mut Ink, cx: f32, cy: f32, a: f32, b: f32) {
        for step in 0..4000 {
            let (sin, cos) = (step as f32 / 4000.0 * std::f32::consts::TAU).sin_cos();
            for t in 0..3 {
                let x = (cx + cos * (a - t as f32)) as usize;
                let y = (cy + sin * (b - t as f32)) as usize;
                ink.bits[y * ink.width + x] = 1;
            }
        }
    }

    pub fn square(ink: &mut Ink, left: usize, top: usize, side: usize) {
        for t in 0..2 {
            block(ink, left, top + t * (side - 2), side, 2);
            block(ink, left + t * (side - 2), top, 2, side);
        }
    }

    pub fn nothing() -> Ink {
        Ink { width: 900, height: 400, bits: vec![0; 900 * 400] }
    }

    fn kinds(ink: &Ink) -> Vec<MarkKind> {
        find(&Blobs::of(ink), &nothing()).into_iter().map(|f| f.kind).collect()
    }

    #[test]
    fn a_ring_round_a_character_is_seen_and_an_empty_one_is_not() {
        let mut ink = page();
        ellipse(&mut ink, 200.0, 250.0, 28.0, 26.0);
        block(&mut ink, 188, 240, 24, 20);
        ellipse(&mut ink, 400.0, 250.0, 28.0, 26.0);
        assert_eq!(kinds(&ink), [MarkKind::Circle]);
    }

    #[test]
    fn a_ring_beyond_the_edge_of_the_page_ends_nothing() {
        // A fuzzer found it: the outline that a ring would have reaches left of and over the page.
        let outline = PxBox { left: -6, top: -4, right: 40, bottom: 40 };
        assert!(!Shape::of(&outline, &[], &nothing()).ring());
        let outline = PxBox { left: 880, top: 380, right: 930, bottom: 430 };
        assert!(!Shape::of(&outline, &[], &nothing()).ring());
    }

    #[test]
    fn a_ring_that_touches_its_character_is_seen() {
        let mut ink = page();
        ellipse(&mut ink, 200.0, 250.0, 30.0, 24.0);
        block(&mut ink, 196, 228, 6, 46);
        assert_eq!(kinds(&ink), [MarkKind::Circle]);
    }

    #[test]
    fn a_seal_is_taken_off_the_letter_that_it_touches() {
        let mut ink = page();
        ellipse(&mut ink, 300.0, 250.0, 45.0, 45.0);
        for top in [220, 255] {
            block(&mut ink, 288, top, 24, 24);
        }
        // A letter that ends within the ring.
        block(&mut ink, 230, 248, 34, 3);
        block(&mut ink, 240, 238, 3, 24);
        let blobs = Blobs::of(&ink);
        let found = find(&blobs, &nothing());
        assert_eq!(found.len(), 1);
        erase_rings(&mut ink, &blobs, &found);
        assert!(ink.at(235, 249) && ink.at(241, 240) && ink.at(262, 249), "the letter stays");
        assert!(!ink.at(300, 206) && !ink.at(343, 250), "the ring does not");
    }

    #[test]
    fn a_ring_that_stood_on_a_rule_is_seen_though_the_rule_took_its_edge() {
        let mut ink = page();
        ellipse(&mut ink, 200.0, 250.0, 28.0, 26.0);
        block(&mut ink, 188, 240, 24, 20);
        let mut taken = nothing();
        block(&mut taken, 100, 270, 300, 6);
        for y in 270..276 {
            for x in 100..400 {
                ink.bits[y * ink.width + x] = 0;
            }
        }
        assert_eq!(kinds(&ink), [], "an open ring is none");
        let found = find(&Blobs::of(&ink), &taken);
        assert_eq!(found.len(), 1);
        assert!((274..=280).contains(&found[0].bbox.bottom), "{:?}", found[0]);
    }

    #[test]
    fn a_framed_character_is_no_ring() {
        let mut ink = page();
        square(&mut ink, 200, 250, 50);
        block(&mut ink, 212, 262, 24, 20);
        assert_eq!(kinds(&ink), []);
    }
}
