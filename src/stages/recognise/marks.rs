//! Marks by ink: rings round printed choices (丸囲み), and boxes that are ticked or filled.

use super::engine::PxBox;
use super::ink::{Blob, Blobs, Run};
use super::segment;
use crate::domain::MarkKind;

/// A mark in pixels, and the blob that draws it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub kind: MarkKind,
    pub bbox: PxBox,
    pub blob: usize,
    /// The blob is the mark and nothing else: it can be taken off before reading.
    pub alone: bool,
}

/// All marks of a page whose rules have been taken off.
pub(super) fn find(blobs: &Blobs) -> Vec<Found> {
    let em = segment::em(blobs);
    let by_blob = runs_by_blob(blobs);
    let runs = |i: usize| &by_blob.1[by_blob.0[i]..by_blob.0[i + 1]];
    let mut found: Vec<Found> = Vec::new();
    for (index, blob) in blobs.blobs.iter().enumerate() {
        if ring_sized(blob, em) {
            let shape = Shape::of(blob, runs(index));
            if shape.ring() && (shape.core > 0.0 || surrounds(blobs, index, blob)) {
                found.push(Found { kind: MarkKind::Circle, bbox: blob.bbox, blob: index, alone: shape.core == 0.0 });
            }
        }
    }
    found.extend(checks(blobs, em, &runs));
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
    h > em * 1.15 && h < em * 4.0 && w > em * 1.0 && w < em * 7.0 && w / h > 0.45 && w / h < 4.5 && filled < 0.5
}

/// Another blob stands well inside.
fn surrounds(blobs: &Blobs, index: usize, ring: &Blob) -> bool {
    let (dx, dy) = (ring.width() / 8, ring.height() / 8);
    blobs.blobs.iter().enumerate().any(|(i, b)| {
        i != index
            && b.area >= 12
            && b.bbox.left > ring.bbox.left + dx
            && b.bbox.right < ring.bbox.right - dx
            && b.bbox.top > ring.bbox.top + dy
            && b.bbox.bottom < ring.bbox.bottom - dy
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
}

impl Shape {
    fn of(blob: &Blob, runs: &[Run]) -> Shape {
        let (w, h) = (blob.width() as usize, blob.height() as usize);
        let mut bits = vec![false; w * h];
        for run in runs {
            let y = run.y as usize - blob.bbox.top as usize;
            let from = run.from as usize - blob.bbox.left as usize;
            bits[y * w + from..][..(run.to - run.from) as usize].fill(true);
        }
        let (a, b) = (w as f32 / 2.0, h as f32 / 2.0);
        let mut hits = [false; RAYS];
        let mut beyond = 0;
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
            beyond += usize::from(outermost > 1.1);
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
        Shape { on_ellipse: hits.iter().filter(|h| **h).count(), beyond, core: inked as f32 / inner.max(1) as f32, gap }
    }

    fn ring(&self) -> bool {
        self.on_ellipse * 100 >= RAYS * 80 && self.beyond * 100 <= RAYS * 12 && self.gap <= RAYS / 6 && self.core < 0.45
    }
}

/// Boxes of one size of which some are empty: the others are ticked. A kanji in a frame (国, 回) has no empty brothers.
fn checks<'a>(blobs: &Blobs, em: f32, runs: &dyn Fn(usize) -> &'a [Run]) -> Vec<Found> {
    let mut frames = Vec::new();
    for (index, blob) in blobs.blobs.iter().enumerate() {
        let (w, h) = (blob.width() as f32, blob.height() as f32);
        let sized = h > em * 0.65 && h < em * 1.5 && w / h > 0.84 && w / h < 1.2;
        if sized && let Some(inside) = frame(blob, runs(index)) {
            frames.push((index, *blob, inside));
        }
    }
    let empty: Vec<Blob> = frames
        .iter()
        .filter(|(index, blob, inside)| *inside < 0.02 && !surrounds(blobs, *index, blob))
        .map(|f| f.1)
        .collect();
    let alike = |a: &Blob, b: &Blob| {
        (a.width() - b.width()).abs() <= 3.max(b.width() / 7)
            && (a.height() - b.height()).abs() <= 3.max(b.height() / 7)
    };
    let ticked = frames.into_iter().filter(|(index, blob, inside)| {
        let marked = *inside > 0.05 || surrounds(blobs, *index, blob);
        // ■ alone is a bullet.
        marked && empty.iter().any(|e| alike(e, blob))
    });
    ticked.map(|(blob, b, _)| Found { kind: MarkKind::Check, bbox: b.bbox, blob, alone: false }).collect()
}

/// When all four sides of a blob's box are drawn: the share of ink within.
fn frame(blob: &Blob, runs: &[Run]) -> Option<f32> {
    let (w, h) = (blob.width() as usize, blob.height() as usize);
    let mut bits = vec![false; w * h];
    for run in runs {
        let y = run.y as usize - blob.bbox.top as usize;
        bits[y * w + run.from as usize - blob.bbox.left as usize..][..(run.to - run.from) as usize].fill(true);
    }
    let (edge_x, edge_y) = ((w / 6).max(2), (h / 6).max(2));
    let side = |along: usize, hit: &dyn Fn(usize) -> bool| (0..along).filter(|a| hit(*a)).count() * 100 >= along * 88;
    let closed = side(w, &|x| (0..edge_y).any(|y| bits[y * w + x]))
        && side(w, &|x| (h - edge_y..h).any(|y| bits[y * w + x]))
        && side(h, &|y| (0..edge_x).any(|x| bits[y * w + x]))
        && side(h, &|y| (w - edge_x..w).any(|x| bits[y * w + x]));
    if !closed {
        return None;
    }
    let (from_x, to_x, from_y, to_y) = (w / 4, w - w / 4, h / 4, h - h / 4);
    let inner = (to_x - from_x) * (to_y - from_y);
    let inked = (from_y..to_y).map(|y| (from_x..to_x).filter(|x| bits[y * w + x]).count()).sum::<usize>();
    (inner > 0).then(|| inked as f32 / inner as f32)
}

#[cfg(test)]
mod tests {
    use super::super::ink::Ink;
    use super::*;

    fn page() -> Ink {
        let mut ink = Ink { width: 900, height: 400, bits: vec![0; 900 * 400] };
        // Thirty letters of 28 pixels.
        for n in 0..30 {
            let (left, top) = (20 + (n % 15) * 40, 20 + n / 15 * 50);
            block(&mut ink, left, top + 8, 24, 3);
            block(&mut ink, left + 10, top, 3, 28);
        }
        ink
    }

    fn block(ink: &mut Ink, left: usize, top: usize, w: usize, h: usize) {
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

    fn square(ink: &mut Ink, left: usize, top: usize, side: usize) {
        for t in 0..2 {
            block(ink, left, top + t * (side - 2), side, 2);
            block(ink, left + t * (side - 2), top, 2, side);
        }
    }

    fn kinds(ink: &Ink) -> Vec<MarkKind> {
        find(&Blobs::of(ink)).into_iter().map(|f| f.kind).collect()
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
    fn a_ring_that_touches_its_character_is_seen() {
        let mut ink = page();
        ellipse(&mut ink, 200.0, 250.0, 30.0, 24.0);
        block(&mut ink, 196, 228, 6, 46);
        assert_eq!(kinds(&ink), [MarkKind::Circle]);
    }

    #[test]
    fn a_framed_character_is_no_ring() {
        let mut ink = page();
        square(&mut ink, 200, 250, 50);
        block(&mut ink, 212, 262, 24, 20);
        assert_eq!(kinds(&ink), []);
    }

    #[test]
    fn a_ticked_box_among_empty_ones_is_seen() {
        let mut ink = page();
        for left in [100, 200, 300] {
            square(&mut ink, left, 250, 24);
        }
        for n in 0..16 {
            block(&mut ink, 204 + n, 254 + n, 3, 2);
        }
        assert_eq!(kinds(&ink), [MarkKind::Check]);
    }
}
