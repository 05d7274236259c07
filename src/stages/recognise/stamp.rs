//! Round seals (丸印) whose edge touches the letters round them: one blob of ink, in which the circle is found by what lies on it.

use super::engine::PxBox;
use super::ink::{Blob, Run};

/// Circles that are tried in one blob.
const TRIALS: usize = 900;
/// Directions in which a circle is looked at.
const RAYS: usize = 72;
/// Share of directions in which the edge must be there.
const CLOSED: f32 = 0.84;
/// The same of a ring round a letter or two.
const WHOLE: f32 = 0.93;
/// Share of directions in which there may be ink just within or just beyond the edge.
const CROWDED: f32 = 0.42;

/// Blobs that may be a seal with letters on it; `em` is the height of ordinary letters, pixels.
pub(super) fn may_hold(blob: &Blob, em: f32) -> bool {
    let (w, h) = (blob.width() as f32, blob.height() as f32);
    let filled = blob.area as f32 / (w * h);
    w > em * 1.25 && h > em * 1.25 && w < em * 9.0 && h < em * 9.0 && filled < 0.4
}

/// The box of the circle in a blob, when there is one.
pub(super) fn circle(blob: &Blob, runs: &[Run], em: f32) -> Option<PxBox> {
    let paper = Paper::of(blob, runs);
    let ends: Vec<(f32, f32)> = runs
        .iter()
        .flat_map(|run| {
            let y = (run.y as i32 - blob.bbox.top) as f32;
            let x = |x: u32| (x as i32 - blob.bbox.left) as f32;
            [(x(run.from), y), (x(run.to - 1), y)]
        })
        .collect();
    if ends.len() < 40 {
        return None;
    }
    let mut seed = 0x2545_f491_u32;
    let mut pick = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ends[(seed >> 8) as usize % ends.len()]
    };
    let mut best: Option<(f32, Circle)> = None;
    for _ in 0..TRIALS {
        let Some(circle) = Circle::through(pick(), pick(), pick()) else { continue };
        // A seal is 9 to 18 mm wide, two to five letters.
        if !(em * 0.62..em * 2.8).contains(&circle.r) || !paper.holds(&circle) {
            continue;
        }
        let score = paper.score(&circle);
        if best.as_ref().is_none_or(|(so_far, _)| score > *so_far) {
            best = Some((score, circle));
        }
    }
    let circle = paper.settled(best?.1);
    // A small ring must be whole: kanji have round corners.
    let closed = if circle.r < em * 0.9 { WHOLE } else { CLOSED };
    paper.is_drawn(&circle, closed).then(|| {
        let edge = |v: f32| v.round() as i32;
        PxBox {
            left: blob.bbox.left + edge(circle.x - circle.r),
            top: blob.bbox.top + edge(circle.y - circle.r),
            right: blob.bbox.left + edge(circle.x + circle.r) + 1,
            bottom: blob.bbox.top + edge(circle.y + circle.r) + 1,
        }
    })
}

#[derive(Clone, Copy)]
struct Circle {
    x: f32,
    y: f32,
    r: f32,
}

impl Circle {
    /// The circle on which three points lie.
    fn through(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> Option<Circle> {
        let d = 2.0 * (a.0 * (b.1 - c.1) + b.0 * (c.1 - a.1) + c.0 * (a.1 - b.1));
        if d.abs() < 1.0 {
            return None;
        }
        let square = |p: (f32, f32)| p.0 * p.0 + p.1 * p.1;
        let x = (square(a) * (b.1 - c.1) + square(b) * (c.1 - a.1) + square(c) * (a.1 - b.1)) / d;
        let y = (square(a) * (c.0 - b.0) + square(b) * (a.0 - c.0) + square(c) * (b.0 - a.0)) / d;
        Some(Circle { x, y, r: (a.0 - x).hypot(a.1 - y) })
    }
}

/// The ink of one blob.
struct Paper {
    width: i32,
    height: i32,
    bits: Vec<bool>,
}

impl Paper {
    fn of(blob: &Blob, runs: &[Run]) -> Paper {
        let (width, height) = (blob.width(), blob.height());
        let mut bits = vec![false; (width * height) as usize];
        for run in runs {
            let row = (run.y as i32 - blob.bbox.top) * width;
            let at = |x: u32| (row + x as i32 - blob.bbox.left) as usize;
            bits[at(run.from)..at(run.to)].fill(true);
        }
        Paper { width, height, bits }
    }

    fn holds(&self, c: &Circle) -> bool {
        let (w, h) = (self.width as f32 + 2.0, self.height as f32 + 2.0);
        c.x - c.r > -3.0 && c.y - c.r > -3.0 && c.x + c.r < w && c.y + c.r < h
    }

    /// Share of directions with ink at one of the distances from the edge.
    fn share(&self, c: &Circle, off: &[f32]) -> f32 {
        let inked = |ray: &usize| {
            let (sin, cos) = (*ray as f32 / RAYS as f32 * std::f32::consts::TAU).sin_cos();
            off.iter().any(|off| {
                let (x, y) = ((c.x + cos * (c.r + off)).round() as i32, (c.y + sin * (c.r + off)).round() as i32);
                (0..self.width).contains(&x)
                    && (0..self.height).contains(&y)
                    && self.bits[(y * self.width + x) as usize]
            })
        };
        (0..RAYS).filter(inked).count() as f32 / RAYS as f32
    }

    fn score(&self, c: &Circle) -> f32 {
        self.share(c, &[0.0, -1.0]) - 0.3 * (self.share(c, &[-5.0]) + self.share(c, &[5.0]))
    }

    fn is_drawn(&self, c: &Circle, closed: f32) -> bool {
        self.share(c, &[0.0, -1.0, 1.0, -2.0]) >= closed
            && self.share(c, &[-6.0]) <= CROWDED
            && self.share(c, &[6.0]) <= CROWDED
    }

    /// The circle moved by a pixel or two to where it lies best.
    fn settled(&self, start: Circle) -> Circle {
        let steps = [-2.0, -1.0, 0.0, 1.0, 2.0];
        let near = steps.iter().flat_map(|x| steps.iter().flat_map(move |y| steps.map(|r| (*x, *y, r))));
        let moved = near.map(|(x, y, r)| Circle { x: start.x + x, y: start.y + y, r: start.r + r });
        moved.max_by(|a, b| self.score(a).total_cmp(&self.score(b))).unwrap_or(start)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ink::{Blobs, Ink};
    use super::*;

    fn ring(ink: &mut Ink, cx: f32, cy: f32, r: f32) {
        for step in 0..4000 {
            let (sin, cos) = (step as f32 / 4000.0 * std::f32::consts::TAU).sin_cos();
            for t in 0..3 {
                let (x, y) = ((cx + cos * (r - t as f32)) as usize, (cy + sin * (r - t as f32)) as usize);
                ink.bits[y * ink.width + x] = 1;
            }
        }
    }

    fn bar(ink: &mut Ink, left: usize, top: usize, w: usize, h: usize) {
        for y in top..top + h {
            ink.bits[y * ink.width + left..][..w].fill(1);
        }
    }

    fn largest(ink: &Ink) -> Option<PxBox> {
        let blobs = Blobs::of(ink);
        let (index, blob) = blobs.blobs.iter().enumerate().max_by_key(|(_, b)| b.area)?;
        let runs: Vec<Run> = blobs.runs.iter().filter(|r| r.blob as usize == index).copied().collect();
        may_hold(blob, 28.0).then(|| circle(blob, &runs, 28.0))?
    }

    #[test]
    fn a_seal_is_found_though_letters_hang_on_it() {
        let mut ink = Ink { width: 300, height: 200, bits: vec![0; 300 * 200] };
        ring(&mut ink, 150.0, 100.0, 38.0);
        // A letter above, one on the left and one below, each over the edge.
        bar(&mut ink, 120, 52, 34, 4);
        bar(&mut ink, 135, 46, 4, 26);
        bar(&mut ink, 92, 98, 30, 4);
        bar(&mut ink, 100, 84, 4, 30);
        bar(&mut ink, 160, 134, 30, 4);
        bar(&mut ink, 172, 126, 4, 26);
        let found = largest(&ink).expect("a seal");
        let near = |a: i32, b: i32| (a - b).abs() <= 3;
        assert!(near(found.left, 112) && near(found.right, 189), "{found:?}");
        assert!(near(found.top, 62) && near(found.bottom, 139), "{found:?}");
    }

    #[test]
    fn a_box_and_a_large_letter_are_no_seals() {
        let mut ink = Ink { width: 300, height: 200, bits: vec![0; 300 * 200] };
        for (left, top, w, h) in [(100, 60, 90, 3), (100, 137, 90, 3), (100, 60, 3, 80), (187, 60, 3, 80)] {
            bar(&mut ink, left, top, w, h);
        }
        assert_eq!(largest(&ink), None);
        let mut ink = Ink { width: 300, height: 200, bits: vec![0; 300 * 200] };
        for (left, top, w, h) in [(100, 60, 80, 7), (100, 95, 80, 7), (100, 130, 80, 7), (136, 60, 7, 77)] {
            bar(&mut ink, left, top, w, h);
        }
        assert_eq!(largest(&ink), None);
    }
}
