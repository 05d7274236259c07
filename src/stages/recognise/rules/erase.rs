//! Takes rules off a page and leaves the strokes that cross them.

use super::{Rule, Scale};
use crate::stages::recognise::engine::PxBox;
use crate::stages::recognise::ink::Ink;

/// Takes the rules off; strokes that cross one stay whole.
pub(in crate::stages::recognise) fn erase(ink: &mut Ink, rules: &[Rule]) {
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
pub(super) fn streak(rule: &Rule, page_height: usize) -> bool {
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
