//! Ruling lines: found here, turned into cells ([`cells()`]), and taken off the page before it is read ([`erase()`]).

mod cells;
mod erase;

pub(super) use cells::cells;
pub(super) use erase::erase;

use super::engine::PxBox;
use super::ink::{Blob, Blobs, Ink};

/// A printed line, level or upright.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// Around its ink.
    pub bbox: PxBox,
    /// Level, not upright.
    pub level: bool,
}

/// Sizes that follow from the resolution, which a page's width tells well enough.
#[derive(Clone, Copy, Debug)]
struct Scale {
    /// Shortest piece that is looked at.
    piece: usize,
    /// The same of the border of a low row.
    stem: usize,
    /// Shortest line.
    line: i32,
    /// Holes within a piece.
    hole: usize,
    /// Holes between pieces of one line.
    hop: i32,
    /// Thickest line.
    thick: usize,
}

impl Scale {
    fn of(ink: &Ink) -> Scale {
        // 1,700 pixels across A4 are 200 dpi; all sizes below are meant for that.
        let unit = (ink.width.min(ink.height) as f32 / 1650.0).clamp(0.5, 3.0);
        let px = |v: f32| (v * unit).round();
        Scale {
            piece: px(40.0) as usize,
            stem: px(20.0) as usize,
            line: px(70.0) as i32,
            hole: px(3.0) as usize,
            hop: px(34.0) as i32,
            thick: px(9.0) as usize,
        }
    }
}

/// All rules of a page.
pub(super) fn find(ink: &Ink, blobs: &Blobs) -> Vec<Rule> {
    let scale = Scale::of(ink);
    let mut rules = joined(level_pieces(ink, &scale), &scale, true, (scale.line, scale.hop));
    let stems = upright_pieces(ink, &scale);
    let long = |b: &&PxBox| (b.bottom - b.top) as usize >= scale.piece;
    let mut upright = joined(stems.iter().filter(long).copied().collect(), &scale, false, (scale.line, scale.hop));
    // Without hops: the stem of a letter over or under it is none of a border.
    let low = joined(stems, &scale, false, (scale.piece as i32, scale.hole as i32));
    let part_of = |rule: &Rule| upright.iter().any(|other| meet(&other.bbox, &rule.bbox));
    let low: Vec<Rule> = low.into_iter().filter(|r| between(&r.bbox, &rules, &scale) && !part_of(r)).collect();
    rules.append(&mut upright);
    rules.extend(low);
    rules.retain(|rule| !stroke(rule, blobs, &scale));
    rules
}

fn meet(a: &PxBox, b: &PxBox) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

/// Whether an upright piece, shorter than other lines, parts two cells of one row: it meets a level rule at either end, as no
/// stroke of a letter does.
fn between(b: &PxBox, level: &[Rule], scale: &Scale) -> bool {
    let near = scale.hole as i32 * 2;
    let over = |r: &PxBox| r.left <= b.left + near && b.right <= r.right + near;
    let at = |y: i32| level.iter().any(|r| over(&r.bbox) && r.bbox.top - near <= y && y <= r.bbox.bottom + near);
    b.bottom - b.top < scale.line && at(b.top) && at(b.bottom)
}

fn level_pieces(ink: &Ink, scale: &Scale) -> Vec<PxBox> {
    let mut pieces = Vec::new();
    for y in 0..ink.height {
        let row = ink.row(y);
        let mut x = 0;
        while let Some(from) = row[x..].iter().position(|b| *b == 1).map(|n| x + n) {
            let (mut to, mut black, mut hole) = (from, 0, 0);
            for (at, bit) in row.iter().enumerate().skip(from) {
                if *bit == 1 {
                    (to, hole) = (at + 1, 0);
                    black += 1;
                } else {
                    hole += 1;
                    if hole > scale.hole {
                        break;
                    }
                }
            }
            x = to;
            let length = to - from;
            if length >= scale.piece && black * 10 >= length * 8 && thin(ink, scale, (from, to), y, true) {
                pieces.push(PxBox { left: from as i32, top: y as i32, right: to as i32, bottom: y as i32 + 1 });
            }
            if x >= row.len() {
                break;
            }
        }
    }
    pieces
}

/// Columns are walked row by row, with the state of each column kept beside: memory is read in its own order.
fn upright_pieces(ink: &Ink, scale: &Scale) -> Vec<PxBox> {
    #[derive(Clone, Copy, Default)]
    struct Column {
        from: u32,
        to: u32,
        black: u32,
    }
    let mut pieces = Vec::new();
    let mut columns = vec![Column::default(); ink.width];
    let mut close = |x: usize, column: &mut Column| {
        let (from, to) = (column.from as usize, column.to as usize);
        let length = to - from;
        let solid = column.black as usize * 10 >= length * 8;
        if length >= scale.stem && solid && thin(ink, scale, (from, to), x, false) {
            pieces.push(PxBox { left: x as i32, top: from as i32, right: x as i32 + 1, bottom: to as i32 });
        }
        *column = Column::default();
    };
    for y in 0..ink.height {
        for (x, bit) in ink.row(y).iter().enumerate() {
            let column = &mut columns[x];
            if *bit == 1 {
                if column.black == 0 {
                    column.from = y as u32;
                }
                column.black += 1;
                column.to = y as u32 + 1;
            } else if column.black > 0 && y as u32 - column.to >= scale.hole as u32 {
                close(x, column);
            }
        }
    }
    columns.iter_mut().enumerate().filter(|(_, c)| c.black > 0).for_each(|(x, c)| close(x, c));
    pieces
}

/// Whether the ink across a piece is thin at most places; through text it is not.
fn thin(ink: &Ink, scale: &Scale, (from, to): (usize, usize), across: usize, level: bool) -> bool {
    let ink_at = |along: usize, across: usize| if level { ink.at(along, across) } else { ink.at(across, along) };
    let end = if level { ink.height } else { ink.width };
    let (mut thin, mut seen) = (0, 0);
    for along in (from..to).step_by(3) {
        if !ink_at(along, across) {
            continue;
        }
        seen += 1;
        let before = (0..across).rev().take(scale.thick + 1).take_while(|a| ink_at(along, *a)).count();
        let after = (across + 1..end).take(scale.thick + 1).take_while(|a| ink_at(along, *a)).count();
        thin += usize::from(before + after < scale.thick);
    }
    seen > 0 && thin * 10 >= seen * 7
}

/// A line that grows from pieces.
struct Grown {
    bbox: PxBox,
    /// Where along the line there is ink.
    inked: Vec<(i32, i32)>,
}

/// Pieces that lie side by side or follow each other become one line; `shortest` and `hop` are the least length of one and the
/// widest hole in it.
fn joined(mut pieces: Vec<PxBox>, scale: &Scale, level: bool, (shortest, hop): (i32, i32)) -> Vec<Rule> {
    // Along: where a line runs; across: where it stands.
    let along = |b: &PxBox| if level { (b.left, b.right) } else { (b.top, b.bottom) };
    let across = |b: &PxBox| if level { (b.top, b.bottom) } else { (b.left, b.right) };
    let meets = |a: &PxBox, b: &PxBox| {
        let near = across(a).0 - across(b).1 <= 2 && across(b).0 - across(a).1 <= 2;
        let thick = across(a).1.max(across(b).1) - across(a).0.min(across(b).0);
        near && along(a).0.max(along(b).0) - along(a).1.min(along(b).1) <= hop && thick <= scale.thick as i32 * 2
    };
    pieces.sort_by_key(|b| across(b).0);
    let mut lines: Vec<Grown> = pieces.into_iter().map(|bbox| Grown { bbox, inked: vec![along(&bbox)] }).collect();
    // Lines that grow come to touch each other, so it is done until nothing changes.
    loop {
        let before = lines.len();
        let mut merged: Vec<Grown> = Vec::with_capacity(before);
        for line in lines {
            match merged.iter_mut().rev().take(60).find(|other| meets(&other.bbox, &line.bbox)) {
                Some(other) => {
                    other.bbox = other.bbox.union(&line.bbox);
                    other.inked.extend(line.inked);
                }
                None => merged.push(line),
            }
        }
        lines = merged;
        if lines.len() == before {
            break;
        }
    }
    lines
        .into_iter()
        .filter(|line| {
            let (from, to) = along(&line.bbox);
            let (length, inked) = (to - from, covered(&line.inked));
            // Strokes of letters in a row leave gaps; a long border may have lost much of its ink.
            length >= shortest
                && (inked * 100 >= length * 78 || (length >= scale.line * 5 && inked * 100 >= length * 35))
        })
        .map(|line| Rule { bbox: line.bbox, level })
        .collect()
}

/// Length of the union of some stretches.
fn covered(stretches: &[(i32, i32)]) -> i32 {
    let mut sorted = stretches.to_vec();
    sorted.sort_unstable();
    let (mut total, mut reached) = (0, i32::MIN);
    for (from, to) in sorted {
        total += (to - from.max(reached)).max(0);
        reached = reached.max(to);
    }
    total
}

/// Whether a rule is made of the strokes of letters: most of its ink belongs to blobs no larger than one.
fn stroke(rule: &Rule, blobs: &Blobs, scale: &Scale) -> bool {
    let b = rule.bbox;
    let letter = |blob: &Blob| {
        let (w, h) = (blob.width(), blob.height());
        // Digits of a fax in standard mode are narrow.
        w.min(h) > scale.thick as i32 && w.max(h) > scale.thick as i32 * 2 && w.max(h) < scale.line * 9 / 4
    };
    let length = if rule.level { b.right - b.left } else { b.bottom - b.top };
    // The flat top of a ring drawn round a word: the ring goes on well beyond it.
    let bent = |blob: &Blob| {
        let (along, across) = if rule.level { (blob.width(), blob.height()) } else { (blob.height(), blob.width()) };
        along < scale.line * 4 && length * 10 < along * 8 && across > scale.thick as i32 * 2
    };
    let first = blobs.runs.partition_point(|r| (r.y as i32) < b.top);
    let (mut all, mut of_letters) = (0, 0);
    for run in blobs.runs[first..].iter().take_while(|r| (r.y as i32) < b.bottom) {
        let shared = (run.to as i32).min(b.right) - (run.from as i32).max(b.left);
        if shared > 0 {
            all += shared;
            let blob = &blobs.blobs[run.blob as usize];
            of_letters += if letter(blob) || bent(blob) { shared } else { 0 };
        }
    }
    of_letters * 10 >= all * 4
}

#[cfg(test)]
mod tests;
