//! A column of vertical writing cut into letters, from top to bottom. Each stands in a body about as high as the next, and
//! the cuts go through white where there is any: so 二 and 三 stay whole, and letters that a fax joined come apart.

use std::ops::Range;

/// What a cut through a whole row of ink costs.
const CUT: f32 = 1.5;
/// What it costs to place one letter.
const BODY: f32 = 0.06;
/// What a stretch of white between two bodies costs.
const WHITE: f32 = 0.04;
/// What a body costs that is twice as high as usual, or has no height at all.
const UNEVEN: f32 = 8.0;
/// What a body costs whose ink touches one of its ends and stays a whole body away from the other.
const OFF_CENTRE: f32 = 0.3;
/// What ink in one body costs that is higher than wide by the width of the column.
const TALL: f32 = 4.0;
/// A letter's ink may be higher than wide by this share without that.
const AS_TALL: f32 = 1.06;
/// What half a body costs: of brackets and stops that follow each other some printers leave out the white half.
const HALF: f32 = 0.12;
/// Ink in half a body is no higher than this, in pitches.
const HALF_INK: f32 = 0.45;
/// How far a body's height may be from the usual one, as a share of it.
const MOST_UNEVEN: f32 = 0.25;
/// From letter to letter, in widths of the column's ink.
const PITCHES: Range<f32> = 0.85..1.55;

/// A column seen row by row.
pub(super) struct Rows {
    /// Inked pixels of each row.
    pub ink: Vec<u32>,
    /// The width of the column's ordinary letters.
    pub width: f32,
}

/// The bodies of the letters between rows that are taken already, and the usual distance from one to the next.
/// No body holds anything of `taken`, whose stretches follow each other.
pub(super) fn cut(rows: &Rows, taken: &[Range<usize>]) -> (Vec<Range<usize>>, f32) {
    let mut free: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    for range in taken {
        free.push(from..range.start.max(from));
        from = range.end;
    }
    free.push(from..rows.ink.len().max(from));
    free.retain(|range| rows.ink[range.clone()].iter().any(|ink| *ink > 0));
    let steps = ((PITCHES.end - PITCHES.start) * rows.width).ceil() as usize;
    let pitches = (0..=steps).map(|n| PITCHES.start * rows.width + n as f32);
    let mut best: Option<(f32, Vec<Range<usize>>, f32)> = None;
    for pitch in pitches {
        let (mut cost, mut bodies) = (0.0, Vec::new());
        for range in &free {
            let (more, found) = stretch(&rows.ink[range.clone()], rows.width, pitch);
            cost += more;
            bodies.extend(found.into_iter().map(|body| body.start + range.start..body.end + range.start));
        }
        if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
            best = Some((cost, bodies, pitch));
        }
    }
    best.map_or((Vec::new(), rows.width), |(_, bodies, pitch)| (bodies, pitch))
}

/// The cheapest way to place letters of about that pitch on one stretch, and what it costs.
fn stretch(inked: &[u32], width: f32, pitch: f32) -> (f32, Vec<Range<usize>>) {
    // The first and the last letter reach with their bodies beyond the ink.
    let pad = (pitch / 2.0) as usize;
    let row = |y: usize| y.checked_sub(pad).and_then(|y| inked.get(y)).copied().unwrap_or(0);
    let end = inked.len() + pad * 2;
    let cut = |y: usize| if y == 0 { 0.0 } else { CUT * row(y - 1).min(row(y)) as f32 / width };
    // The next inked row at or after each, and the last one before it.
    let mut next = vec![end; end + 1];
    (0..end).rev().for_each(|y| next[y] = if row(y) > 0 { y } else { next[y + 1] });
    let mut last = vec![0; end + 1];
    (0..end).for_each(|y| last[y + 1] = if row(y) > 0 { y + 1 } else { last[y] });
    let least = ((pitch * (1.0 - MOST_UNEVEN)) as usize).max(2);
    let most = (pitch * (1.0 + MOST_UNEVEN)) as usize;
    let half = ((pitch / 2.0) as usize).saturating_sub(1).max(2);
    let mut white = vec![f32::INFINITY; end + 1];
    let mut body: Vec<(f32, usize)> = vec![(f32::INFINITY, 0); end + 1];
    white[0] = 0.0;
    for y in 1..=end {
        if row(y - 1) == 0 {
            white[y] = white[y - 1].min(body[y - 1].0 + WHITE);
        }
        for size in (half..=half + 2).chain(least..=most) {
            let Some(from) = y.checked_sub(size) else { break };
            let before = white[from].min(body[from].0);
            let high = last[y] as f32 - next[from] as f32;
            let halved = size < least;
            if before.is_infinite() || next[from] >= y || halved && high > pitch * HALF_INK {
                continue;
            }
            let uneven = if halved { 0.0 } else { (size as f32 - pitch) / pitch };
            let (above, below) = (next[from] - from, y - last[y]);
            let off = (above as f32 - below as f32).abs() / pitch;
            let flat = high * 2.0 < pitch;
            let cost = before
                + BODY * pitch / width
                + UNEVEN * uneven * uneven
                + TALL * (high / width - AS_TALL).max(0.0)
                + if halved { HALF } else { 0.0 }
                + (cut(from) + cut(y)) / 2.0
                + if flat { OFF_CENTRE / 4.0 * off } else { OFF_CENTRE * off };
            if cost < body[y].0 {
                body[y] = (cost, from);
            }
        }
    }
    let cost = white[end].min(body[end].0);
    let (mut bodies, mut y, mut in_body) = (Vec::new(), end, body[end].0 < white[end]);
    while y > 0 && cost.is_finite() {
        if in_body {
            let from = body[y].1;
            bodies.push(from.saturating_sub(pad)..(y.saturating_sub(pad)).min(inked.len()));
            y = from;
            in_body = body[y].0 < white[y];
        } else {
            y -= 1;
            in_body = body[y].0 + WHITE < white[y];
        }
    }
    bodies.reverse();
    // Where nothing fits, the stretch is one letter.
    if cost.is_finite() { (cost, bodies) } else { (CUT * 4.0, std::iter::once(0..inked.len()).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column, 24 wide, of inked stretches.
    fn column(height: usize, inked: &[Range<usize>]) -> Rows {
        let mut ink = vec![0; height];
        inked.iter().for_each(|range| ink[range.clone()].fill(20));
        Rows { ink, width: 24.0 }
    }

    fn holds(bodies: &[Range<usize>], ink: &Range<usize>) -> usize {
        bodies.iter().filter(|body| body.start <= ink.start && ink.end <= body.end).count()
    }

    #[test]
    fn a_letter_of_several_strokes_stays_whole() {
        // 田, 二, 三, 田, 一, 田 at a pitch of 26.
        let at = |n: usize, from: usize, to: usize| 10 + n * 26 + from..10 + n * 26 + to;
        let letters =
            [vec![at(0, 1, 25)], vec![at(1, 5, 8), at(1, 20, 23)], vec![at(2, 3, 6), at(2, 12, 15), at(2, 21, 24)]];
        let letters = [&letters[..], &[vec![at(3, 1, 25)], vec![at(4, 12, 15)], vec![at(5, 1, 25)]]].concat();
        let (bodies, pitch) = cut(&column(190, &letters.concat()), &[]);
        assert_eq!(bodies.len(), 6, "{bodies:?}");
        assert!((pitch - 26.0).abs() < 2.5, "{pitch}");
        for (body, ink) in bodies.iter().zip(&letters) {
            assert!(ink.iter().all(|ink| body.start <= ink.start && ink.end <= body.end), "{body:?} {ink:?}");
        }
    }

    #[test]
    fn letters_that_touch_come_apart_and_spaced_ones_stay_single() {
        let mut rows = column(10 + 26 * 6, std::slice::from_ref(&(10..10 + 26 * 6)));
        // Where two letters touch there is little ink.
        (1..6).for_each(|n| rows.ink[10 + 26 * n - 1..10 + 26 * n + 1].fill(2));
        let (bodies, _) = cut(&rows, &[]);
        assert_eq!(bodies.len(), 6, "{bodies:?}");
        assert!(bodies.windows(2).enumerate().all(|(n, b)| b[0].end.abs_diff(10 + 26 * (n + 1)) <= 1), "{bodies:?}");
        let spaced: Vec<_> = (0..5).map(|n| 10 + n * 60..34 + n * 60).collect();
        let (bodies, _) = cut(&column(300, &spaced), &[]);
        assert_eq!(bodies.len(), 5);
        assert!(spaced.iter().all(|ink| holds(&bodies, ink) == 1), "{bodies:?}");
    }

    #[test]
    fn what_is_taken_is_left_out() {
        let letters: Vec<_> = (0..3).chain(5..8).map(|n| 10 + n * 26..34 + n * 26).collect();
        let run = 88..138;
        let rows = column(240, &[&letters[..], std::slice::from_ref(&run)].concat());
        let (bodies, _) = cut(&rows, std::slice::from_ref(&(86..140)));
        assert_eq!(bodies.len(), 6, "{bodies:?}");
        assert!(bodies.iter().all(|b| b.end <= 86 || b.start >= 140) && letters.iter().all(|l| holds(&bodies, l) == 1));
        assert!(cut(&column(50, &[]), &[]).0.is_empty());
    }
}
