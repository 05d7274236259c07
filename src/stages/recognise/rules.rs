//! Ruling lines: found, turned into cells, and taken off the page before it is read.

use super::engine::PxBox;
use super::flood;
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
    let mut rules = joined(level_pieces(ink, &scale), &scale, true);
    rules.extend(joined(upright_pieces(ink, &scale), &scale, false));
    rules.retain(|rule| !stroke(rule, blobs, &scale));
    rules
}

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
        if length >= scale.piece && solid && thin(ink, scale, (from, to), x, false) {
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

/// Pieces that lie side by side or follow each other become one line.
fn joined(mut pieces: Vec<PxBox>, scale: &Scale, level: bool) -> Vec<Rule> {
    // Along: where a line runs; across: where it stands.
    let along = |b: &PxBox| if level { (b.left, b.right) } else { (b.top, b.bottom) };
    let across = |b: &PxBox| if level { (b.top, b.bottom) } else { (b.left, b.right) };
    let meets = |a: &PxBox, b: &PxBox| {
        let near = across(a).0 - across(b).1 <= 2 && across(b).0 - across(a).1 <= 2;
        let thick = across(a).1.max(across(b).1) - across(a).0.min(across(b).0);
        near && along(a).0.max(along(b).0) - along(a).1.min(along(b).1) <= scale.hop && thick <= scale.thick as i32 * 2
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
            length >= scale.line
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
        w.min(h) > scale.thick as i32 * 2 && w.max(h) < scale.line * 9 / 4
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

/// Takes the rules off; strokes that cross one stay whole.
pub(super) fn erase(ink: &mut Ink, rules: &[Rule]) {
    let scale = Scale::of(ink);
    for rule in rules {
        if streak(rule, ink.height) {
            erase_streak(ink, &rule.bbox, scale.thick);
            continue;
        }
        let b = rule.bbox;
        let (along, across) =
            if rule.level { (b.left..b.right, b.top..b.bottom) } else { (b.top..b.bottom, b.left..b.right) };
        for a in along {
            erase_across(ink, a as usize, (across.start as usize, across.end as usize), rule.level, scale.thick);
        }
    }
}

/// A black line that a soiled scanner drew down the whole page: no border of anything, and it runs through letters.
fn streak(rule: &Rule, page_height: usize) -> bool {
    !rule.level && (rule.bbox.bottom - rule.bbox.top) * 10 >= page_height as i32 * 9
}

/// Takes a streak off along its own course and leaves the strokes beside it, which its box holds too when it is not quite upright.
fn erase_streak(ink: &mut Ink, b: &PxBox, thick: usize) {
    let (left, right) = (b.left as usize, b.right as usize);
    let runs = |ink: &Ink, y: usize| -> Vec<(usize, usize)> {
        let row = ink.row(y);
        let starts = (left..right).filter(|x| row[*x] == 1 && (*x == left || row[*x - 1] == 0));
        let whole = |x: usize| {
            let from = (0..x).rev().take_while(|a| row[*a] == 1).last().unwrap_or(x);
            (from, (x..row.len()).take_while(|a| row[*a] == 1).last().unwrap_or(x) + 1)
        };
        starts.map(whole).collect()
    };
    // Its course: a straight line through the narrow runs.
    let (mut n, mut sy, mut sx, mut syy, mut sxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for y in b.top as usize..b.bottom as usize {
        for (from, to) in runs(ink, y).into_iter().filter(|(from, to)| to - from <= thick / 2 + 1) {
            let (x, y) = ((from + to) as f64 / 2.0, y as f64);
            (n, sy, sx, syy, sxy) = (n + 1.0, sy + y, sx + x, syy + y * y, sxy + x * y);
        }
    }
    let spread = n * syy - sy * sy;
    let slope = if spread > 0.0 { (n * sxy - sy * sx) / spread } else { 0.0 };
    let at = |y: f64| if n > 0.0 { (sx - slope * sy) / n + slope * y } else { (left + right) as f64 / 2.0 };
    for y in b.top as usize..b.bottom as usize {
        let x = at(y as f64);
        for (from, to) in runs(ink, y) {
            if from as f64 - 2.5 <= x && x <= to as f64 + 2.5 && to - from <= thick {
                ink.bits[y * ink.width + from..y * ink.width + to].fill(0);
            }
        }
    }
}

fn erase_across(ink: &mut Ink, along: usize, (from, to): (usize, usize), level: bool, thick: usize) {
    let index = |ink: &Ink, across: usize| {
        if level { across * ink.width + along } else { along * ink.width + across }
    };
    let end = if level { ink.height } else { ink.width };
    let mut across = from;
    while across < to {
        if ink.bits[index(ink, across)] == 0 {
            across += 1;
            continue;
        }
        let start = (0..across).rev().take_while(|a| ink.bits[index(ink, *a)] == 1).count();
        let start = across - start;
        let stop = (across..end).find(|a| ink.bits[index(ink, *a)] == 0).unwrap_or(end);
        if stop - start <= thick.max(to - from + 2) {
            for a in start..stop {
                let at = index(ink, a);
                ink.bits[at] = 0;
            }
        }
        across = stop.max(across + 1);
    }
}

/// Pixels of the page that one square of the cell map stands for.
const SQUARE: i32 = 4;

/// Rectangles that rules close in. Corners may be open by a little.
/// `ink` is the page without its rules.
pub(super) fn cells(rules: &[Rule], ink: &Ink) -> Vec<PxBox> {
    let (width, height) = (ink.width, ink.height);
    let (columns, rows) = (width as i32 / SQUARE + 1, height as i32 / SQUARE + 1);
    let mut map = vec![true; (columns * rows) as usize];
    // Lines reach a little further than their ink, so that corners close.
    let reach = 3;
    let borders: Vec<Rule> = rules.iter().filter(|rule| !streak(rule, height)).copied().collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(width: usize, height: usize) -> Ink {
        Ink { width, height, bits: vec![0; width * height] }
    }

    fn found(ink: &Ink) -> Vec<Rule> {
        find(ink, &Blobs::of(ink))
    }

    fn fill(ink: &mut Ink, left: usize, top: usize, right: usize, bottom: usize) {
        for y in top..bottom {
            ink.bits[y * ink.width..][left..right].fill(1);
        }
    }

    fn table() -> Ink {
        let mut ink = blank(1000, 800);
        for y in [100, 200, 300] {
            fill(&mut ink, 100, y, 900, y + 3);
        }
        for x in [100, 400, 897] {
            fill(&mut ink, x, 100, x + 3, 303);
        }
        ink
    }

    #[test]
    fn a_table_has_its_cells() {
        let mut ink = table();
        let rules = found(&ink);
        erase(&mut ink, &rules);
        assert_eq!(rules.iter().filter(|r| r.level).count(), 3);
        assert_eq!(rules.iter().filter(|r| !r.level).count(), 3);
        let cells = cells(&rules, &ink);
        assert_eq!(cells.len(), 4, "{cells:?}");
        assert!(cells.iter().any(|c| (c.left - 102).abs() < 8 && (c.right - 400).abs() < 8));
    }

    #[test]
    fn lines_under_headings_close_no_cell_where_text_runs_past_their_end() {
        let lined = |text: bool| {
            let mut ink = blank(1000, 800);
            for y in [100, 200, 300] {
                fill(&mut ink, 100, y, 260, y + 3);
            }
            if text {
                for y in [140, 240] {
                    (110..600).step_by(30).for_each(|x| fill(&mut ink, x, y, x + 24, y + 24));
                }
            }
            let rules = found(&ink);
            erase(&mut ink, &rules);
            cells(&rules, &ink).len()
        };
        assert_eq!((lined(false), lined(true)), (2, 0));
    }

    #[test]
    fn a_border_with_dropouts_is_still_one_line() {
        let mut ink = blank(1000, 800);
        for start in (100..700).step_by(60) {
            fill(&mut ink, 500, start, 503, start + 45);
        }
        let rules = found(&ink);
        assert_eq!(rules.len(), 1, "{rules:?}");
        assert!(rules[0].bbox.bottom > 650);
    }

    #[test]
    fn the_strokes_of_large_letters_are_no_rules() {
        let mut ink = blank(1600, 900);
        for left in [100, 220, 340, 460] {
            for top in [100, 140, 195] {
                fill(&mut ink, left, top, left + 96, top + 6);
            }
            fill(&mut ink, left + 45, 100, left + 51, 200);
        }
        assert_eq!(found(&ink), []);
        // An underline is one.
        fill(&mut ink, 100, 230, 560, 234);
        assert_eq!(found(&ink).len(), 1);
    }

    #[test]
    fn letters_are_no_rules_and_strokes_through_a_rule_stay() {
        let mut ink = table();
        fill(&mut ink, 600, 188, 604, 214);
        fill(&mut ink, 500, 120, 540, 160);
        let rules = found(&ink);
        assert_eq!(rules.len(), 6);
        erase(&mut ink, &rules);
        assert!(ink.at(601, 190) && ink.at(601, 201) && ink.at(520, 140));
        assert!(!ink.at(300, 101) && !ink.at(401, 150));
    }
}
