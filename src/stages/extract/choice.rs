//! Printed choices of which one is ringed or ticked: sex, era, yes or no, modality, care level, registration, room.
//!
//! A choice without a usable mark is not found; only what is printed alone counts as said.

use super::found::Candidates;
pub(super) use super::options::Choice;
use super::options::*;
use super::{Context, Labelled};
use crate::domain::{BBox, FieldName, Kind, MarkKind};
use crate::stages::sheet::regions::Page;
use crate::stages::sheet::{Glyph, Sheet, around};
use crate::text::era::Era;
use crate::text::{confusable, fold};

/// All fields that are chosen from printed words.
pub fn all(context: &Context, out: &mut Candidates) {
    for (field, options) in [
        (FieldName::Modality, MODALITY),
        (FieldName::Contrast, CONTRAST),
        (FieldName::Pacemaker, YES_NO),
        (FieldName::VisitedBefore, VISITED),
        (FieldName::RegistrationAction, REGISTRATION),
    ] {
        for labelled in context.labelled(field) {
            one_of(&labelled, field, options, out);
        }
    }
    // MRI検査(造影なし): said in the line of the examination.
    for labelled in context.labelled(FieldName::Modality) {
        one_of(&labelled, FieldName::Contrast, PLAIN_OR_CONTRAST, out);
    }
    contrast_in_words(context, out);
    for labelled in context.labelled(FieldName::Facility) {
        one_of(&labelled, FieldName::Facility, FACILITY, out);
    }
    for (kind, field, options) in [
        (Kind::ExamRequest, FieldName::Modality, MODALITY),
        (Kind::ExamRequest, FieldName::Contrast, PLAIN_OR_CONTRAST),
        (Kind::FacilityUseRequest, FieldName::Facility, FACILITY),
        (Kind::DoctorRegistration, FieldName::RegistrationAction, REGISTRATION),
    ] {
        if context.kind == kind {
            without_label(context, field, options, out);
        }
    }
    registration_by_title(context, out);
    if context.kind == Kind::ExamRequest {
        modality_by_title(context, out);
    }
}

/// CT検査(造影), 造影CT: said in the words of the examination.
fn contrast_in_words(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::Modality) {
        let sheet = &labelled.leaf.page.sheet;
        let label = &labelled.leaf.page.labels[labelled.label];
        let segment = &sheet.segments[label.segment];
        let text: String = segment.glyphs[label.glyphs.end..].iter().map(|g| g.ch).collect();
        let says = |words: &[&str]| words.iter().any(|w| text.contains(w));
        let yes = says(&["(造影)", "造影あり", "造影有", "造影CT", "造影MRI"]);
        let no = says(&["(単純)", "造影なし", "造影無", "非造影", "単純CT", "単純MRI"]);
        if yes != no {
            let seen = &segment.glyphs[label.glyphs.end..];
            out.add(FieldName::Contrast, if yes { "yes" } else { "no" }, sheet, seen, labelled.score * 0.7);
        }
    }
}

/// PET-CT検査申込書: a form for one sort of examination says which in its title.
fn modality_by_title(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        let titles = sheet.segments.iter().filter(|s| s.size > 1.2 && s.at.centre().1 < sheet.height * 0.25);
        for title in titles {
            let found = options(&title.glyphs, MODALITY);
            let Some(first) = found.first().filter(|f| found.iter().all(|o| o.value == f.value)) else { continue };
            let seen = &title.glyphs[first.range.clone()];
            out.add(FieldName::Modality, first.value, sheet, seen, 0.5 * leaf.weight);
        }
    }
}

/// Options that say by themselves what they are about, one of them marked, under whatever label they stand.
fn without_label(context: &Context, field: FieldName, choices: &[Choice], out: &mut Candidates) {
    for leaf in &context.leaves {
        for segment in &leaf.page.sheet.segments {
            let glyphs = &segment.glyphs[..];
            let found = options(glyphs, choices);
            let distinct = found.iter().any(|f| f.value != found[0].value);
            if let Some((i, sure)) = chosen(&leaf.page, glyphs, &found).filter(|_| distinct) {
                let score = 0.7 * sure * leaf.weight;
                out.add(field, found[i].value, &leaf.page.sheet, &glyphs[found[i].range.clone()], score);
            }
        }
    }
}

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
fn is_clear_tick(c: char) -> bool {
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
fn marked_beside(page: &Page, found: &[Found]) -> bool {
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

/// Of two answers one was read and the mark is beside it: the other is given.
fn other_answer(page: &Page, found: &[Found], choices: &[Choice]) -> Option<&'static str> {
    let answers: std::collections::BTreeSet<&'static str> =
        choices.iter().map(|c| c.1).filter(|v| !v.is_empty()).collect();
    let read: std::collections::BTreeSet<&str> = found.iter().map(|f| f.value).collect();
    let other: Vec<&'static str> = answers.into_iter().filter(|v| !read.contains(v)).collect();
    match other[..] {
        [only] if read.len() == 1 && marked_beside(page, found) => Some(only),
        _ => None,
    }
}

fn one_of(labelled: &Labelled, field: FieldName, choices: &[Choice], out: &mut Candidates) {
    let page = &labelled.leaf.page;
    for row in labelled.rows() {
        let glyphs = &row.glyphs[..];
        let found = options(glyphs, choices);
        if found.is_empty() {
            continue;
        }
        if let Some((i, sure)) = chosen(page, glyphs, &found)
            && !found[i].value.is_empty()
        {
            out.add(
                field,
                found[i].value,
                &page.sheet,
                &glyphs[found[i].range.clone()],
                labelled.score * row.way * sure,
            );
            return;
        }
    }
    // MRI検査(造影なし): one option in a line of its own words, where nothing is left to choose.
    if matches!(field, FieldName::Modality | FieldName::Contrast)
        && let Some(row) = labelled.rows().first()
        && let [only] = &options(&row.glyphs, choices)[..]
        && !only.value.is_empty()
        && !row.glyphs.iter().any(|g| matches!(g.ch, '・' | '/') || is_box(g.ch) || is_clear_tick(g.ch))
        && !marked_beside(page, std::slice::from_ref(only))
    {
        let seen = &row.glyphs[only.range.clone()];
        out.add(field, only.value, &page.sheet, seen, labelled.score * row.way * 0.75);
        return;
    }
    // Options spread over several runs (each in its own cell, or split at wide gaps).
    let joined: Vec<Glyph> = labelled.runs.iter().flat_map(|r| page.glyphs(r).iter().cloned()).collect();
    let found = options(&joined, choices);
    if labelled.runs.len() > 1
        && let Some((i, sure)) = chosen(page, &joined, &found)
        && !found[i].value.is_empty()
    {
        out.add(field, found[i].value, &page.sheet, &joined[found[i].range.clone()], labelled.score * 0.9 * sure);
    } else if let Some(other) = other_answer(page, &found, choices) {
        out.add(field, other, &page.sheet, &joined[found[0].range.clone()], labelled.score * 0.6);
    }
}

/// The era that is ringed among those printed before a year that begins at glyph `before` of the run.
pub fn marked_era(sheet: &Sheet, glyphs: &[Glyph], before: usize) -> Option<Era> {
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

/// A title that names the act (登録医辞退届) says what is not ticked.
fn registration_by_title(context: &Context, out: &mut Candidates) {
    if context.kind != Kind::DoctorRegistration {
        return;
    }
    for leaf in &context.leaves {
        for segment in
            leaf.page.sheet.segments.iter().filter(|s| s.at.centre().1 < leaf.page.sheet.height * 0.3 && s.size > 1.15)
        {
            let text = fold::squeeze(&segment.text());
            let says: Vec<&str> = [
                ("辞退届", "withdraw"),
                ("退会届", "withdraw"),
                ("変更届", "change"),
                ("新規申請", "new"),
                ("登録申請", "new"),
                ("申込書", "new"),
                ("登録医申請書", "new"),
            ]
            .iter()
            .filter(|(w, _)| text.contains(w))
            .map(|(_, v)| *v)
            .collect();
            if let [only] = says[..] {
                out.add(FieldName::RegistrationAction, only, &leaf.page.sheet, &segment.glyphs, 0.55 * leaf.weight);
            }
        }
    }
}
