//! Which of the choices printed on a form is marked: a ring round it, a tick in its box, a box that differs from its brothers.
//!
//! A choice without a usable mark is not found; only what is printed alone counts as said.

use super::options::Choice;
use crate::domain::{BBox, MarkKind};
use crate::stages::sheet::regions::Page;
use crate::stages::sheet::{Glyph, Sheet, around};
use crate::text::era::Era;
use crate::text::{confusable, fold};

/// An option found among the glyphs.
pub(super) struct Found {
    pub(super) value: &'static str,
    pub(super) range: std::ops::Range<usize>,
    /// Where its number begins (`2.女`), else where it begins.
    pub(super) lead: usize,
    pub(super) at: BBox,
}

/// White between two words that hold no space, in ems.
const ROOM: f32 = 0.3;

/// Options among some glyphs, longest words first, none overlapping.
pub(super) fn options(glyphs: &[Glyph], choices: &[Choice]) -> Vec<Found> {
    let chars: Vec<char> = glyphs.iter().map(|g| g.ch.to_ascii_uppercase()).collect();
    let mut found: Vec<Found> = Vec::new();
    let mut sorted: Vec<&Choice> = choices.iter().collect();
    sorted.sort_by_key(|c| std::cmp::Reverse(c.0.chars().count()));
    for (word, value) in sorted {
        let key: Vec<char> = word.chars().collect();
        let mut start = 0;
        while start < chars.len() {
            let most = if key.len() >= 4 { 0.8 } else { 0.0 };
            let Some((len, _)) = confusable::prefix(&key, &chars[start..], most) else {
                start += 1;
                continue;
            };
            let range = start..start + len;
            let latin = word.is_ascii();
            // A box or a dot between two words may be lost, the room for it is not.
            let apart = |i: usize| !chars[i].is_ascii_alphabetic();
            let begins = start == 0 || apart(start - 1) || glyphs[start].gap > ROOM;
            let ends = range.end == chars.len() || apart(range.end) || glyphs[range.end].gap > ROOM;
            let whole = !latin || begins && ends;
            if whole && found.iter().all(|f| f.range.end <= range.start || range.end <= f.range.start) {
                let lead = match range.start {
                    i if i >= 2 && chars[i - 1] == '.' && chars[i - 2].is_ascii_digit() => i - 2,
                    i => i,
                };
                found.push(Found { value, at: around(&glyphs[lead..range.end]), lead, range });
                start += len;
            } else {
                start += 1;
            }
        }
    }
    found.sort_by_key(|f| f.range.start);
    found
}

/// A character that stands for an empty box, as printed or as it is misread.
pub(super) fn is_box(c: char) -> bool {
    matches!(c, '□' | '口' | 'ロ' | '☐' | '▢' | '◻' | '品' | 'D' | 'L' | 'O' | '○' | '〇' | '◯' | '[' | ']')
}

/// A character that stands for a ticked box.
pub(super) fn is_tick(c: char) -> bool {
    matches!(
        c,
        '☑' | '■'
            | '●'
            | '◉'
            | '☒'
            | '✓'
            | '✔'
            | 'レ'
            | '以'
            | '図'
            | '凶'
            | '区'
            | '囚'
            | '必'
            | '罰'
            | '画'
            | '回'
            | 'ｖ'
            | 'V'
            | 'v'
            | '急'
            | '同'
            | '四'
            | '国'
            | '日'
            | '公'
            | '男'
    )
}

/// What hardly stands for anything but a ticked box before a choice.
pub(super) fn is_clear_tick(c: char) -> bool {
    matches!(c, '☑' | '■' | '●' | '◉' | '☒' | '✓' | '✔' | 'レ' | '以' | '図' | '凶' | '区' | '囚' | '必')
}

/// Which of the options is chosen, and how surely.
pub(super) fn chosen(page: &Page, glyphs: &[Glyph], found: &[Found]) -> Option<(usize, f32)> {
    let distinct: std::collections::BTreeSet<&str> = found.iter().map(|f| f.value).collect();
    // A mark decides.
    let mut marked: Vec<(usize, f32)> = Vec::new();
    let mut ringed = false;
    for mark in &page.sheet.marks {
        for (i, option) in found.iter().enumerate() {
            let (x, y) = mark.bbox.centre();
            let o = &option.at;
            let level = y > o.top - 0.6 && y < o.bottom + 0.6;
            let hit = match mark.kind {
                MarkKind::Circle => level && x > o.left - 0.2 && x < o.right + 0.2,
                MarkKind::Check => level && ((x < o.left + 0.3 && o.left - x < 1.8) || (x > o.left && x < o.right)),
            };
            if hit {
                let off = match mark.kind {
                    MarkKind::Circle => (x - o.centre().0).abs() / o.width().max(0.5),
                    MarkKind::Check => (o.left - x).abs() / 2.0,
                };
                marked.push((i, off));
                ringed |= mark.kind == MarkKind::Circle;
            }
        }
    }
    marked.sort_by(|a, b| a.1.total_cmp(&b.1));
    if let Some(only) = read_otherwise(glyphs, found, &marked).filter(|_| !ringed) {
        return Some((only, 0.65));
    }
    if let Some((best, off)) = marked.first() {
        let values: std::collections::BTreeSet<&str> =
            marked.iter().filter(|m| m.1 < off + 0.35).map(|m| found[m.0].value).collect();
        if values.len() == 1 {
            return Some((*best, 0.93));
        }
        return None;
    }
    // Boxes before each option: the one that differs is ticked.
    let before: Vec<Option<char>> = found.iter().map(|f| f.range.start.checked_sub(1).map(|i| glyphs[i].ch)).collect();
    let boxes = before.iter().flatten().filter(|c| is_box(**c)).count();
    let ticks: Vec<usize> = (0..found.len()).filter(|&i| before[i].is_some_and(is_tick)).collect();
    if let [only] = ticks[..]
        && (boxes >= 1 || found.len() == 1)
    {
        return Some((only, if matches!(before[only], Some('☑' | '■' | '●' | '✓' | '✔' | '☒')) { 0.9 } else { 0.7 }));
    }
    // ●胃カメラ ○大腸カメラ: whichever it is, it is the same.
    if found.len() >= 2 && distinct.len() == 1 {
        return Some((0, 0.85));
    }
    // Among empty boxes the one that is none is ticked; a tick is a tick though the box beside the other is misread.
    if found.len() >= 2 && before.iter().all(Option::is_some) && distinct.len() >= 2 {
        let odd: Vec<usize> = (0..found.len()).filter(|&i| !before[i].is_some_and(is_box)).collect();
        let strong: Vec<usize> = (0..found.len()).filter(|&i| before[i].is_some_and(is_clear_tick)).collect();
        let only = match (&odd[..], &strong[..]) {
            ([one], _) => Some(*one),
            (_, [one]) => Some(*one),
            _ => None,
        };
        // What lies between two options may be a separator, not a box.
        let separated = before.iter().flatten().any(|c| matches!(c, '・' | '/' | '(' | ',' | '、' | ':'));
        if let Some(only) = only.filter(|_| !separated) {
            return Some((only, 0.65));
        }
    }
    // One option printed alone is said, unless its row or a mark beside it shows that others could not be read.
    if distinct.len() == 1 && boxes == 0 && !marked_beside(page, found) {
        let used: usize = found.iter().map(|f| f.range.len()).sum();
        let garbage = glyphs.len() - used;
        let choices = glyphs.iter().any(|g| matches!(g.ch, '・' | '/'));
        return (garbage <= 1 && !choices).then_some((0, 0.85));
    }
    None
}

/// The one option that was read as ticked where a mark lies on another one that was read as empty: thick print fills small boxes.
fn read_otherwise(glyphs: &[Glyph], found: &[Found], marked: &[(usize, f32)]) -> Option<usize> {
    let before = |i: usize| found[i].range.start.checked_sub(1).map(|at| glyphs[at].ch);
    let ticked = |i: &usize| matches!(before(*i), Some('☑' | '■' | '☒' | '✓' | '✔'));
    let plain = (0..found.len()).all(|i| ticked(&i) || before(i) == Some('□'));
    let mut all = (0..found.len()).filter(ticked);
    let only = all.next().filter(|_| plain && all.next().is_none())?;
    marked.iter().any(|(i, _)| found[*i].value != found[only].value).then_some(only)
}

/// Whether a mark stands beside the options, with nothing read between: it is on one that could not be read.
pub(super) fn marked_beside(page: &Page, found: &[Found]) -> bool {
    let Some(row) = found.iter().map(|f| f.at).reduce(|a, b| a.union(&b)) else { return false };
    page.sheet.marks.iter().any(|mark| {
        let (x, y) = mark.bbox.centre();
        let level = y > row.top - 0.6 && y < row.bottom + 0.6;
        let (from, to) = if x > row.right {
            (row.right, mark.bbox.left.max(row.right))
        } else if x < row.left && mark.kind == MarkKind::Circle {
            (mark.bbox.right.min(row.left), row.left)
        } else {
            return false;
        };
        let between = page.sheet.segments.iter().flat_map(|s| &s.glyphs).filter(|g| {
            let (gx, gy) = g.at.centre();
            gx > from && gx < to && gy > row.top && gy < row.bottom
        });
        let read = between.filter(|g| !fold::is_ornament(g.ch) && !is_box(g.ch)).count();
        level && (x - row.centre().0).abs() < row.width() / 2.0 + BESIDE && read == 0
    })
}

/// How far from an option a mark on its neighbour may stand, ems.
const BESIDE: f32 = 5.0;

/// The era that is ringed among those printed before a year that begins at glyph `before` of the run.
pub(super) fn marked_era(sheet: &Sheet, glyphs: &[Glyph], before: usize) -> Option<Era> {
    let letters: Vec<(Era, BBox)> =
        glyphs[..before.min(glyphs.len())].iter().filter_map(|g| Era::from_char(g.ch).map(|era| (era, g.at))).collect();
    let year = glyphs.get(before)?.at;
    let mut hits: Vec<Era> = Vec::new();
    for mark in &sheet.marks {
        let (x, y) = mark.bbox.centre();
        let level = y > year.top - 0.7 && y < year.bottom + 0.7;
        if !level || x > year.left || year.left - x > 16.0 {
            continue;
        }
        if mark.kind == MarkKind::Check {
            // A ticked box stands before its era.
            let next = letters.iter().filter(|(_, b)| b.centre().0 > x).min_by(|a, b| a.1.left.total_cmp(&b.1.left));
            hits.extend(next.filter(|(_, b)| b.left - x < 1.8).map(|(era, _)| *era));
            continue;
        }
        let mut near: Vec<(f32, Era)> = letters.iter().map(|(era, b)| ((b.centre().0 - x).abs(), *era)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        let era = match near[..] {
            [(d, era)] if d < 0.75 => Some(era),
            [(d, era), (next, _), ..] if d < 0.75 && next - d > 0.35 => Some(era),
            [(d, _), ..] if d < 0.5 => None,
            // On a letter that was not read: the one that is missing between its neighbours.
            _ => missing_between(&letters, x),
        };
        hits.extend(era);
    }
    hits.dedup();
    match hits[..] {
        [only] => Some(only),
        _ => None,
    }
}

fn missing_between(letters: &[(Era, BBox)], x: f32) -> Option<Era> {
    let left = letters.iter().filter(|(_, b)| b.right < x + 0.3).map(|(e, _)| *e).max();
    let right = letters.iter().filter(|(_, b)| b.left > x - 0.3).map(|(e, _)| *e).min();
    let order = |e: Era| Era::ALL.iter().position(|o| *o == e).unwrap_or(0);
    match (left, right) {
        (Some(l), Some(r)) if order(r) == order(l) + 2 => Era::ALL.get(order(l) + 1).copied(),
        _ => None,
    }
}
