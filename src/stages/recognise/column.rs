//! A column of vertical writing to words: cut into letters, set side by side, read as a line. What lies on its side in
//! vertical setting (Latin words, brackets, dashes) is told by reading the column as it lies, too, and keeping the surer.

use super::engine::{self, Engine, EngineError, PxBox, Seen};
use super::ink::INK;
use super::letters::{self, Rows};
use super::orient;
use super::set::{self, Axis, Piece, SetLine};
use crate::domain::GreyImage;
use std::ops::Range;

/// Side of a letter's square, in widths of ordinary ink.
const SQUARE: f32 = 1.06;
/// How much surer a single lying character must be than what stands upright in its place.
const SURER: f32 = 0.1;
/// The same of strokes: 1 that lies and 一 that stands are one picture.
const SURER_STROKE: f32 = 0.25;
/// A reading with turned words may be less sure than the one without by this.
const AS_SURE: f32 = 0.02;
/// Brackets and dashes, which lie in vertical setting.
const LYING: &str = "（）「」『』【】〔〕［］｛｝〈〉《》()[]<>ー－―—–‐-−〜～~＝=…‥：；→←";
/// Of these, strokes.
const DASHES: &str = "ー－―—–‐-−〜～~一";
/// Latin letters that another one shows when it is turned by a quarter.
const TURNING: &str = "IliNZzHhuUnCcOoXx";
/// So sure of a Latin word or a number that lies is no reading of anything that stands upright.
const CERTAIN: f32 = 0.95;
/// Other strokes and dots, which say little alone.
const STROKES: &str = "1Il|i!/\\.,:;'`·・^_\"";

/// Reads the picture of a column of about `letters` letters; the places are places of the picture.
pub(super) fn read(engine: &mut Engine, column: &GreyImage, letters: u32) -> Result<Vec<Seen>, EngineError> {
    let Some((rows, axis)) = measured(column) else { return Ok(Vec::new()) };
    let upright = pieces(&rows, &[]);
    let standing = line(engine, &set::set(column, &upright, axis), letters)?;
    let lying = engine.glance(&orient::turned(column, 270), letters)?;
    let taken = taken(column, &rows, &axis, &lying, &standing);
    if taken.is_empty() {
        return Ok(standing);
    }
    let both = line(engine, &set::set(column, &pieces(&rows, &taken), axis), letters)?;
    Ok(if engine::confidence(&both) + AS_SURE >= engine::confidence(&standing) { both } else { standing })
}

/// Reads a set line; the places are places of the column.
fn line(engine: &mut Engine, line: &SetLine, letters: u32) -> Result<Vec<Seen>, EngineError> {
    let seen = engine.line(&line.image, letters)?;
    let placed = seen.into_iter().filter_map(|s| Some(Seen { bbox: line.on_column(&s.bbox)?, ..s }));
    Ok(placed.collect())
}

/// The letters between the stretches that lie, and these, from top to bottom.
fn pieces(rows: &Rows, taken: &[Range<usize>]) -> Vec<Piece> {
    let (bodies, _) = letters::cut(rows, taken);
    let mut pieces: Vec<Piece> = bodies.into_iter().map(|rows| Piece { rows, lying: false }).collect();
    pieces.extend(taken.iter().map(|rows| Piece { rows: rows.clone(), lying: true }));
    pieces.sort_by_key(|piece| piece.rows.start);
    pieces
}

/// The rows of a column, its middle and the size of its letters.
fn measured(column: &GreyImage) -> Option<(Rows, Axis)> {
    let (width, height) = (column.width as usize, column.height as usize);
    let inked = |row: &[u8]| row.iter().filter(|p| **p < INK).count() as u32;
    let ink: Vec<u32> = column.pixels.chunks_exact(width.max(1)).map(inked).collect();
    let whole = set::inked(column, &(0..height))?;
    // Stretches between white rows: letters, parts of letters, and letters that touch. High ones count more.
    let mut stretches: Vec<(i32, f32, usize)> = Vec::new();
    let mut y = 0;
    while y < height {
        let end = (y..height).find(|y| ink[*y] == 0).unwrap_or(height);
        if end > y {
            let b = set::inked(column, &(y..end)).unwrap_or(whole);
            stretches.push((b.right - b.left, (b.left + b.right) as f32 / 2.0, end - y));
        }
        y = end + 1;
    }
    let wide = at_share(stretches.iter().map(|(wide, _, high)| (*wide as f32, *high)), 0.75)?;
    let ordinary = stretches.iter().filter(|(w, ..)| *w as f32 >= wide * 0.85);
    let x = at_share(ordinary.map(|(_, x, high)| (*x, *high)), 0.5)?;
    Some((Rows { ink, width: wide }, Axis { x, em: wide * SQUARE }))
}

/// The value below which a share of the weight lies.
fn at_share(values: impl Iterator<Item = (f32, usize)>, share: f32) -> Option<f32> {
    let mut values: Vec<(f32, usize)> = values.collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: usize = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0;
    let found = values.iter().find(|(_, weight)| {
        below += weight;
        below as f32 >= all as f32 * share
    });
    found.or(values.last()).map(|(value, _)| *value)
}

/// The stretches of rows that read surer as they lie than upright. A place along the lying line is a row of the column.
fn taken(column: &GreyImage, rows: &Rows, axis: &Axis, lying: &[Seen], standing: &[Seen]) -> Vec<Range<usize>> {
    let close = (axis.em * 0.5) as i32;
    let mut runs: Vec<(PxBox, bool)> = Vec::new();
    for seen in &lying.iter().flat_map(singles).collect::<Vec<_>>() {
        let Some(sound) = sound(column, axis, seen, standing) else { continue };
        match runs.last_mut().filter(|(run, _)| seen.bbox.left - run.right <= close) {
            Some((run, any)) => {
                *run = run.union(&seen.bbox);
                *any |= sound;
            }
            None => runs.push((seen.bbox, sound)),
        }
    }
    let mut taken: Vec<Range<usize>> = Vec::new();
    for (run, _) in runs.iter().filter(|(_, any)| *any) {
        let from = edge(rows, run.left, taken.last().map_or(0, |range| range.end));
        let to = edge(rows, run.right, from);
        if to > from {
            taken.push(from..to);
        }
    }
    taken
}

/// A character of the lying column.
struct Single {
    ch: char,
    bbox: PxBox,
    confidence: f32,
    /// Beside others of one word.
    joined: bool,
    /// Of a word that is Latin for certain.
    certain: bool,
}

/// The characters of a word, which share its width.
fn singles(seen: &Seen) -> Vec<Single> {
    let chars: Vec<char> = seen.text.chars().collect();
    let (count, wide) = (chars.len() as i32, seen.bbox.right - seen.bbox.left);
    let latin = |c: &char| c.is_ascii_alphanumeric() && !TURNING.contains(*c) && !STROKES.contains(*c) && *c != '0';
    let certain =
        count > 1 && seen.confidence >= CERTAIN && chars.iter().all(char::is_ascii) && chars.iter().any(latin);
    let single = |(at, ch): (usize, &char)| {
        let at = at as i32;
        let (left, right) = (seen.bbox.left + wide * at / count, seen.bbox.left + wide * (at + 1) / count);
        let bbox = PxBox { left, right, ..seen.bbox };
        Single { ch: *ch, bbox, confidence: seen.confidence, joined: count > 1, certain }
    };
    chars.iter().enumerate().map(single).collect()
}

/// Whether a character of the lying column is one that lies; `None` is surely none, `false` is one beside another only.
fn sound(column: &GreyImage, axis: &Axis, seen: &Single, standing: &[Seen]) -> Option<bool> {
    let (from, to) = (seen.bbox.left, seen.bbox.right);
    let upright = upright(standing, from, to);
    if seen.certain {
        return Some(true);
    }
    if DASHES.contains(seen.ch) {
        let rows = from.max(0) as usize..(to.max(0) as usize).min(column.height as usize);
        let ink = set::inked(column, &rows)?;
        let stroke = ((ink.right - ink.left) as f32) < axis.em * 0.45 && (ink.bottom - ink.top) as f32 > axis.em * 0.55;
        let after_kana = before(standing, from).is_some_and(crate::text::kana::is_kana);
        let margin = if after_kana && !figure(standing, from, to) { -SURER_STROKE } else { SURER };
        return (stroke && seen.confidence > upright + margin).then_some(true);
    }
    if LYING.contains(seen.ch) {
        return (seen.confidence > upright - SURER).then_some(true);
    }
    if !seen.ch.is_ascii_graphic() {
        return None;
    }
    if STROKES.contains(seen.ch) || TURNING.contains(seen.ch) && !seen.joined {
        return Some(seen.confidence > upright + SURER_STROKE && seen.ch.is_ascii_digit());
    }
    let margin = if seen.joined { 0.0 } else { SURER };
    (seen.confidence > upright + margin).then_some(true)
}

/// Whether the upright letter in some rows is a digit beside another one.
fn figure(standing: &[Seen], from: i32, to: i32) -> bool {
    let here = standing.iter().filter(|s| s.bbox.top < to && s.bbox.bottom > from);
    here.into_iter().any(|s| s.text.len() > 1 && s.text.chars().all(|c| c.is_ascii_digit()))
}

/// How sure the reading of upright letters is of some rows; rows where it saw nothing count as 0.
fn upright(standing: &[Seen], from: i32, to: i32) -> f32 {
    let shared = |b: &PxBox| (b.bottom.min(to) - b.top.max(from)).max(0) as f32;
    let sure: f32 = standing.iter().map(|s| s.confidence * shared(&s.bbox)).sum();
    (sure / (to - from).max(1) as f32).min(1.0)
}

/// The character that was read upright above a row.
fn before(standing: &[Seen], row: i32) -> Option<char> {
    let mut above = standing.iter().filter(|s| (s.bbox.top + s.bbox.bottom) / 2 < row);
    above.next_back().and_then(|s| s.text.chars().next_back())
}

/// The row of least ink near an edge that reading gave, at or after `least`.
fn edge(rows: &Rows, near: i32, least: usize) -> usize {
    let end = rows.ink.len();
    let reach = (rows.width * 0.2) as i32;
    let cost = |y: &usize| {
        let ink = rows.ink.get(*y).copied().unwrap_or(0).min(rows.ink.get(y.wrapping_sub(1)).copied().unwrap_or(0));
        (ink as i32 * 2, (*y as i32 - near).abs())
    };
    let (from, to) = ((near - reach).max(0) as usize, (near + reach).max(0) as usize);
    (from.max(least)..=to.min(end)).min_by_key(|y| cost(y)).unwrap_or(least.min(end))
}
