//! The cells that rules close in: rectangles, also where a side is left open or a corner is.

use super::erase::streak;
use super::{Rule, Scale};
use crate::stages::recognise::engine::PxBox;
use crate::stages::recognise::flood;
use crate::stages::recognise::ink::Ink;

/// Sides that a table leaves open, or a fax machine lost: where level rules end one below the other, a border is meant.
/// A border that letters run across is none: lines under headings of one width end one below the other, too.
fn meant_sides(rules: &[Rule], ink: &Ink) -> Vec<Rule> {
    let mut level: Vec<PxBox> = rules.iter().filter(|r| r.level).map(|r| r.bbox).collect();
    level.sort_by_key(|b| b.top);
    let mut sides = Vec::new();
    for (index, upper) in level.iter().enumerate() {
        for end in [|b: &PxBox| b.left, |b: &PxBox| b.right] {
            // The next rule below that reaches this far, and whether it ends here too.
            let x = end(upper);
            let below =
                level[index + 1..].iter().find(|b| b.top > upper.bottom + 12 && b.left <= x + 12 && b.right >= x - 12);
            if let Some(lower) = below.filter(|lower| (end(lower) - x).abs() <= 12) {
                let right = x.max(end(lower)) + 1;
                let side = PxBox { left: right - 2, top: upper.top, right, bottom: lower.bottom };
                if !crossed(ink, &side, (upper.bottom + 4, lower.top - 4)) {
                    sides.push(Rule { bbox: side, level: false });
                }
            }
        }
    }
    sides
}

/// Whether letters stand where a side would be, between two rules.
fn crossed(ink: &Ink, side: &PxBox, (top, bottom): (i32, i32)) -> bool {
    let clamp = |v: i32, most: usize| v.clamp(0, most as i32) as usize;
    let (left, right) = (clamp(side.left - 3, ink.width), clamp(side.right + 3, ink.width));
    let rows = clamp(top, ink.height)..clamp(bottom.max(top), ink.height);
    let black: usize = rows.map(|y| ink.row(y)[left..right].iter().filter(|p| **p == 1).count()).sum();
    black > SPECKS
}

/// Pixels of ink that may lie on a side that is meant, as specks.
const SPECKS: usize = 8;

/// A low border with another one close to either side: boxes for single digits, which are one number.
fn tooth(rule: &Rule, rules: &[Rule], scale: &Scale) -> bool {
    let b = rule.bbox;
    let high = b.bottom - b.top;
    if rule.level || high >= scale.line {
        return false;
    }
    let level = |o: &PxBox| (o.top - b.top).abs() <= 6 && (o.bottom - b.bottom).abs() <= 6;
    let near = |gap: i32| gap > 0 && gap * 10 <= high * 14;
    let uprights = || rules.iter().filter(|r| !r.level).map(|r| r.bbox).filter(level);
    uprights().any(|o| near(b.left - o.right)) && uprights().any(|o| near(o.left - b.right))
}

/// Pixels of the page that one square of the cell map stands for.
const SQUARE: i32 = 4;

/// Rectangles that rules close in. Corners may be open by a little.
/// `ink` is the page without its rules.
pub(in crate::stages::recognise) fn cells(rules: &[Rule], ink: &Ink) -> Vec<PxBox> {
    let (width, height) = (ink.width, ink.height);
    let (columns, rows) = (width as i32 / SQUARE + 1, height as i32 / SQUARE + 1);
    let mut map = vec![true; (columns * rows) as usize];
    // Lines reach a little further than their ink, so that corners close.
    let reach = 3;
    let scale = Scale::of(ink);
    let part = |rule: &&Rule| !streak(rule, height) && !tooth(rule, rules, &scale);
    let borders: Vec<Rule> = rules.iter().filter(part).copied().collect();
    for rule in borders.iter().chain(&meant_sides(&borders, ink)) {
        let b = rule.bbox;
        let (mut left, mut right) = (b.left / SQUARE, (b.right - 1) / SQUARE);
        let (mut top, mut bottom) = (b.top / SQUARE, (b.bottom - 1) / SQUARE);
        if rule.level {
            (left, right) = (left - reach, right + reach);
        } else {
            (top, bottom) = (top - reach, bottom + reach);
        }
        for y in top.max(0)..=bottom.min(rows - 1) {
            for x in left.max(0)..=right.min(columns - 1) {
                map[(y * columns + x) as usize] = false;
            }
        }
    }
    let mut cells = Vec::new();
    for start in 0..map.len() {
        if map[start] {
            cells.extend(region(&mut map, columns, rows, start));
        }
    }
    cells
}

/// Floods one white region; the answer is its rectangle, when it is one and not the margin around everything.
fn region(map: &mut [bool], columns: i32, rows: i32, start: usize) -> Option<PxBox> {
    let (b, area) = flood::take(map, columns, start);
    let edge = b.left == 0 || b.top == 0 || b.right == columns || b.bottom == rows;
    let (w, h) = (b.right - b.left, b.bottom - b.top);
    // Smaller than a character is a gap between double lines; ragged is the inside of something else.
    if edge || w < 6 || h < 5 || area as i32 * 100 < w * h * 75 {
        return None;
    }
    Some(PxBox {
        left: (b.left - 1) * SQUARE,
        top: (b.top - 1) * SQUARE,
        right: (b.right + 1) * SQUARE,
        bottom: (b.bottom + 1) * SQUARE,
    })
}
