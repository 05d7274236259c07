//! The patient's sex: printed alone, ringed, ticked, or the one of two that a ring has made illegible.

use super::found::{self, Candidates};
use super::marked::{Found, chosen, is_box, is_tick, options};
use super::options::Choice;
use super::{Context, Leaf};
use crate::domain::{BBox, FieldName, MarkKind};
use crate::stages::sheet::lexicon::Role;
use crate::stages::sheet::regions::{How, Page, Run};
use crate::stages::sheet::{Glyph, Segment};
use crate::text::era::Era;
use crate::text::fold;
use std::borrow::Cow;

const BOTH: [&str; 2] = ["male", "female"];

const WORDS: &[Choice] =
    &[("男性", "male"), ("女性", "female"), ("男児", "male"), ("女児", "female"), ("男", "male"), ("女", "female")];
/// One of them alone may be an era (明治) or an initial.
const LETTERS: &[Choice] = &[("M", "male"), ("F", "female")];

/// What of it is printed: words, or both letters to choose from.
fn printed(glyphs: &[Glyph]) -> Vec<Found> {
    let words = options(glyphs, WORDS);
    if !words.is_empty() {
        return words;
    }
    let letters = options(glyphs, LETTERS);
    if letters.len() == 1 && letter_alone(glyphs, &letters[0]) {
        return letters;
    }
    if letters.len() == 2 && letters[0].value != letters[1].value { letters } else { words }
}

/// 7 / M, 53歳 F: one letter that stands for itself, behind an age.
fn letter_alone(glyphs: &[Glyph], found: &Found) -> bool {
    let (before, after) = (&glyphs[..found.range.start], &glyphs[found.range.end..]);
    let aged = before.iter().any(|g| g.ch.is_ascii_digit())
        && before.iter().all(|g| g.ch.is_ascii_digit() || matches!(g.ch, '歳' | '才' | '/' | '(' | ')' | '・' | '満'));
    let digits = before.iter().filter(|g| g.ch.is_ascii_digit()).count();
    aged && digits <= 3 && after.iter().all(|g| fold::is_ornament(g.ch) || g.ch == ')')
}

/// What is printed, with the other of the two where it stands over or under the only one: 男 over 女 in a narrow column.
fn both<'a>(page: &Page, glyphs: &'a [Glyph]) -> (Cow<'a, [Glyph]>, Vec<Found>) {
    let found = printed(glyphs);
    let letters = glyphs.iter().filter(|g| !fold::is_ornament(g.ch)).count();
    if let [only] = &found[..]
        && letters == only.range.len()
    {
        let stacked = |other: &Found| {
            let apart = (other.at.centre().1 - only.at.centre().1).abs();
            other.value != only.value && (0.8..2.4).contains(&apart) && (other.at.left - only.at.left).abs() < 0.8
        };
        let in_segment = |s: &'_ Segment| {
            let other = printed(&s.glyphs).into_iter().find(stacked)?;
            Some(s.glyphs[other.range].to_vec())
        };
        if let Some(other) = page.sheet.segments.iter().find_map(in_segment) {
            let glyphs = [glyphs, &other].concat();
            let found = printed(&glyphs);
            return (Cow::Owned(glyphs), found);
        }
    }
    (Cow::Borrowed(glyphs), found)
}

/// The patient's sex: printed alone, or ringed.
pub fn sex(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::PatientSex) {
        let page = &labelled.leaf.page;
        for row in labelled.rows() {
            let (glyphs, found) = both(page, &row.glyphs);
            let glyphs = &glyphs[..];
            // A ring beside the only legible letter stands round the other one.
            let choice = chosen(page, glyphs, &found)
                .map(|(i, sure)| (&found[i], found[i].value, sure))
                .or_else(|| {
                    let other = ringed_beside(page, &found).or_else(|| illegible_other(glyphs, &found));
                    other.map(|(other, sure)| (&found[0], BOTH[other], sure))
                })
                .or_else(|| before_date(glyphs, &found).map(|sure| (&found[0], found[0].value, sure)));
            if let Some((seen, value, sure)) = choice {
                let glyphs = &glyphs[seen.range.clone()];
                out.add(FieldName::PatientSex, value, &page.sheet, glyphs, labelled.score * row.way * sure);
            }
            if !found.is_empty() {
                break;
            }
        }
        // Each in a cell of its own.
        let row = labelled.rest_of_row();
        let found = printed(&row);
        if found.len() == 2
            && found[0].value != found[1].value
            && let Some((i, sure)) = chosen(page, &row, &found)
        {
            let seen = &row[found[i].range.clone()];
            out.add(FieldName::PatientSex, found[i].value, &page.sheet, seen, labelled.score * 0.9 * sure);
        }
    }
    for leaf in &context.leaves {
        under_a_heading(context, leaf, out);
    }
    // The patient may be named on each of several pages; the sex is printed beside one of them.
    for leaf in &context.leaves {
        if let Some(name) = out.best_on(FieldName::PatientName, leaf.page.sheet.no).cloned() {
            beside(leaf, &name.found.spot.bbox, Line::AndBelow, out);
            standing_alone(leaf, &name.found.spot.bbox, out);
            two_apart(leaf, &name.found.spot.bbox, out);
        }
    }
}

/// 【患者】 男・女: the choice behind the heading of the patient's block.
fn under_a_heading(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    for run in &leaf.page.runs {
        let role = run.owner.and_then(|label| context.lexicon.role(leaf.page.labels[label].entry));
        let glyphs = leaf.page.glyphs(run);
        let found = printed(glyphs);
        if role == Some(Role::Patient)
            && run.how == How::After
            && found.len() == 2
            && glyphs.len() <= 6
            && let Some((i, sure)) = chosen(&leaf.page, glyphs, &found)
        {
            let seen = &glyphs[found[i].range.clone()];
            out.add(FieldName::PatientSex, found[i].value, &leaf.page.sheet, seen, leaf.weight * 0.7 * sure);
        }
    }
}

/// The sex on the line of the birth date, which is often a line of its own: 女性 昭和53年9月26日, 1978/9/26(44歳)/男.
pub fn beside_birth(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        if let Some(birth) = out.best_on(FieldName::PatientBirthDate, leaf.page.sheet.no).cloned() {
            beside(leaf, &birth.found.spot.bbox, Line::Alone, out);
        }
    }
}

/// Where the sex may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// On the line.
    Alone,
    /// On the line or directly under it.
    AndBelow,
}

/// 男 and 女 that the ring on one of them has parted, near the patient's name.
fn two_apart(leaf: &Leaf, name: &BBox, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    let line = name.height().max(0.008);
    let near = |run: &&Run| (sheet.spot(&run.at).bbox.centre().1 - name.centre().1).abs() < 2.5 * line;
    let short: Vec<&Run> = leaf.page.runs.iter().filter(near).filter(|run| run.glyphs.len() <= 3).collect();
    for (first, second) in short.iter().flat_map(|a| short.iter().map(move |b| (a, b))) {
        let gap = second.at.left - first.at.right;
        if first.at.vertical_overlap(&second.at) < 0.5 || !(0.0..5.0).contains(&gap) {
            continue;
        }
        let glyphs: Vec<Glyph> = leaf.page.glyphs(first).iter().chain(leaf.page.glyphs(second)).cloned().collect();
        let found = printed(&glyphs);
        if found.len() == 2
            && found[0].value != found[1].value
            && let Some((i, sure)) = chosen(&leaf.page, &glyphs, &found)
        {
            let seen = &glyphs[found[i].range.clone()];
            out.add(FieldName::PatientSex, found[i].value, sheet, seen, leaf.weight * 0.6 * sure);
        }
    }
}

/// 男性 in a cell or column of its own near the patient's name, level with none of its lines.
fn standing_alone(leaf: &Leaf, name: &BBox, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    for run in &leaf.page.runs {
        let spot = sheet.spot(&run.at).bbox;
        let line = name.height().max(0.008);
        let dy = (spot.centre().1 - name.centre().1).abs();
        let (glyphs, found) = both(&leaf.page, leaf.page.glyphs(run));
        let glyphs = &glyphs[..];
        let [only] = &found[..] else {
            // Two choices with a mark: the mark says which.
            if found.len() == 2
                && dy < if glyphs.len() <= 5 { 3.0 } else { 2.0 } * line
                && glyphs.len() <= 8
                && let Some((i, sure)) = chosen(&leaf.page, glyphs, &found)
            {
                let seen = &glyphs[found[i].range.clone()];
                out.add(FieldName::PatientSex, found[i].value, sheet, seen, leaf.weight * 0.62 * sure);
            }
            continue;
        };
        if dy < 2.0 * line
            && let Some((other, sure)) = illegible_other(glyphs, &found)
        {
            let seen = &glyphs[only.range.clone()];
            out.add(FieldName::PatientSex, BOTH[other], sheet, seen, leaf.weight * 0.6 * sure);
            continue;
        }
        let rest = glyphs.len() - only.range.len();
        if dy < 2.5 * line && rest == 0 && only.range.len() == 2 && ringed_beside(&leaf.page, &found).is_none() {
            out.add(FieldName::PatientSex, only.value, sheet, glyphs, leaf.weight * 0.6);
        }
    }
}

/// 様 (男) · 様 女 · 生 男性: the sex on the patient's line without a label.
fn beside(leaf: &Leaf, name: &BBox, line: Line, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    for run in &leaf.page.runs {
        let spot = sheet.spot(&run.at).bbox;
        let level = spot.vertical_overlap(name) > 0.4;
        let below = spot.top - name.bottom;
        let above = name.top - spot.bottom;
        let close = |off: f32| off > -0.005 && off < 0.012;
        // The line above is that of the reading.
        let near = level
            || line == Line::AndBelow
                && (close(below) && spot.left < name.right + 0.1 || close(above) && spot.left > name.left);
        if !near {
            continue;
        }
        let (glyphs, printed) = both(&leaf.page, leaf.page.glyphs(run));
        let glyphs = &glyphs[..];
        // Only what stands apart: after a bracket, a space or 様, before the end, a bracket or a space.
        let dated = |c: char| c.is_ascii_digit() || Era::from_char(c).is_some();
        let both = printed
            .windows(2)
            .position(|w| w[0].value != w[1].value && w[1].range.start - w[0].range.end <= 4)
            .map_or(0..0, |i| printed[i].range.start..printed[i + 1].range.end);
        let found: Vec<Found> = printed
            .into_iter()
            .filter(|f| {
                // Two choices side by side stand or fall together.
                if both.contains(&f.range.start) {
                    return true;
                }
                let boxed = |c: char| is_box(c) || is_tick(c);
                let open = f.range.start == 0
                    || boxed(glyphs[f.range.start - 1].ch)
                    || glyphs[f.range.start].gap > 0.3
                    || matches!(
                        glyphs[f.range.start - 1].ch,
                        '(' | '様' | '殿' | ')' | ',' | '、' | '・' | '/' | '歳' | '生'
                    );
                let close = f.range.end == glyphs.len()
                    || boxed(glyphs[f.range.end].ch)
                    || dated(glyphs[f.range.end].ch)
                    || glyphs[f.range.end].gap > 0.3
                    || matches!(glyphs[f.range.end].ch, ')' | ',' | '、' | '・' | '/' | '性' | '(');
                open && close
            })
            .collect();
        let values: std::collections::BTreeSet<&str> = found.iter().map(|f| f.value).collect();
        if values.len() == 1 && found.len() == 1 {
            let f = &found[0];
            // A ring eats one of two printed letters and leaves a bracket or a stray sign beside the other.
            let left = f.range.start.checked_sub(1).map(|i| glyphs[i].ch);
            let right = glyphs.get(f.range.end).map(|g| g.ch);
            let clean = |c: Option<char>| match c {
                None => true,
                Some('/') => line == Line::Alone || f.range.len() == 2,
                Some('・') => f.range.start >= 2 && matches!(glyphs[f.range.start - 2].ch, '歳' | '才'),
                Some(c) => {
                    !matches!(c, '・' | '/' | '《' | '》' | '@' | '⑳' | '圏')
                        && (!c.is_ascii_punctuation() || matches!(c, '(' | ')' | ',' | ':'))
                }
            };
            let bracketed = matches!((left, right), (Some('('), Some(')')));
            // (男・昭和29年9月22日生): what follows is a day and no other choice.
            let behind = f.range.end..f.range.end + 3;
            let before_a_day = || found::dates(glyphs).iter().any(|day| behind.contains(&day.range.start));
            // `(X) 女`: a bracket with one unreadable sign is a ring, `(ヤマダ) 女` is not.
            let ring = f.range.start >= 2
                && glyphs[f.range.start.saturating_sub(4)..f.range.start - 1].iter().any(|g| g.ch == '(');
            let half = (left == Some(')') && ring) || right == Some('(');
            let rest = glyphs[f.range.end..]
                .iter()
                .take(3)
                .filter(|g| fold::is_ornament(g.ch) || g.ch.is_ascii_punctuation())
                .count();
            if let Some((other, sure)) = ringed_beside(&leaf.page, &found) {
                out.add(FieldName::PatientSex, BOTH[other], sheet, &glyphs[f.range.clone()], leaf.weight * 0.65 * sure);
            } else if clean(left)
                && (clean(right) || before_a_day())
                && (bracketed || !half)
                && (bracketed || rest <= 1)
            {
                out.add(FieldName::PatientSex, f.value, sheet, &glyphs[f.range.clone()], leaf.weight * 0.65);
            }
        } else if found.len() == 2
            && let Some((i, sure)) = chosen(&leaf.page, glyphs, &found)
        {
            out.add(
                FieldName::PatientSex,
                found[i].value,
                sheet,
                &glyphs[found[i].range.clone()],
                leaf.weight * 0.7 * sure,
            );
        }
    }
}

/// Of two printed choices one was read and the ring lies beside it: it lies on the other.
fn ringed_beside(page: &Page, found: &[Found]) -> Option<(usize, f32)> {
    let [only] = found else { return None };
    let other = BOTH.iter().position(|v| *v != only.value)?;
    let rings = page.sheet.marks.iter().filter(|m| m.kind == MarkKind::Circle).filter(|m| {
        let (x, y) = m.bbox.centre();
        let level = y > only.at.top - 0.6 && y < only.at.bottom + 0.6;
        let away = (x - only.at.centre().0).abs();
        level && away > 0.8 && away < 4.0
    });
    (rings.count() == 1).then_some((other, 0.75))
}

/// 男・1960/11/02: the only one printed, with the other value of a label for two (性別・生年月日) behind it.
fn before_date(glyphs: &[Glyph], found: &[Found]) -> Option<f32> {
    let [only] = found else { return None };
    let mut rest = glyphs[only.range.end..].iter().skip_while(|g| fold::is_ornament(g.ch) || g.ch == '/');
    let next = rest.next()?.ch;
    let dated = next.is_ascii_digit() || Era::from_char(next).is_some();
    (only.range.start <= 1 && dated).then_some(0.8)
}

/// `18)・女`: of two printed choices with a dot between them the one that a ring has made illegible is chosen.
fn illegible_other(glyphs: &[Glyph], found: &[Found]) -> Option<(usize, f32)> {
    let [only] = found else { return None };
    let other = BOTH.iter().position(|v| *v != only.value)?;
    let dot = |i: usize| glyphs.get(i).is_some_and(|g| matches!(g.ch, '・' | '/'));
    let scribble = |g: &Glyph| !matches!(g.ch, '(' | '〔' | '[' | '様' | '殿');
    let (start, end) = (only.lead, only.range.end);
    let after = dot(end) && (1..=4).contains(&glyphs[end + 1..].len()) && glyphs[end + 1..].iter().any(scribble);
    let before = (2..=5).contains(&start) && dot(start - 1) && glyphs[..start - 1].iter().any(scribble);
    // 男 comes first where both are printed.
    let fits = if only.value == "female" { before && !after } else { after && !before };
    (fits && glyphs.len() <= 9).then_some((other, 0.65))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(text: &str) -> Option<&'static str> {
        let glyphs: Vec<Glyph> = text
            .chars()
            .zip(0u8..)
            .map(|(ch, i)| Glyph {
                ch,
                raw: ch.to_string(),
                at: BBox::new(f32::from(i), 0.0, f32::from(i) + 1.0, 1.0),
                gap: 0.0,
                confidence: 0.9,
            })
            .collect();
        let found = printed(&glyphs);
        illegible_other(&glyphs, &found).map(|(i, _)| BOTH[i])
    }

    #[test]
    fn the_choice_that_a_ring_made_illegible_is_chosen() {
        assert_eq!(other("18)・女"), Some("male"));
        assert_eq!(other("時)・2.女"), Some("male"));
        assert_eq!(other("男・@"), Some("female"));
    }

    #[test]
    fn a_choice_that_says_nothing_of_another_is_left_alone() {
        for text in ["男・女", "女", "男性", "様女", "女・", "・男"] {
            assert_eq!(other(text), None, "{text}");
        }
    }
}
