//! Words that are labels elsewhere but stand inside a free text: アレルギー:なし among the lines of a 既往歴.

use super::labels::Occurrence;
use super::lexicon::{Lexicon, Use};
use super::{Segment, Sheet};
use crate::domain::{FieldName, ValueType};
use crate::text::{kana, name};

/// Lines of one text stand at most so far apart, in ems.
const LINE_GAP: f32 = 1.1;
/// Lines of one text begin at the same place, within so many ems.
const ALIGNED: f32 = 0.6;

/// The labels without those that are words of a free text.
pub fn without_inner(sheet: &Sheet, labels: Vec<Occurrence>, lexicon: &Lexicon) -> Vec<Occurrence> {
    let mut order: Vec<usize> = (0..sheet.segments.len()).collect();
    order.sort_by(|&a, &b| sheet.segments[a].at.top.total_cmp(&sheet.segments[b].at.top));
    // The label whose text each segment goes on, known from top to bottom.
    let mut text_of: Vec<Option<usize>> = vec![None; sheet.segments.len()];
    let mut gone = vec![false; labels.len()];
    for &s in &order {
        let Some(owner) = flows_from(sheet, s, &labels, &gone, &text_of, lexicon) else { continue };
        let mine: Vec<usize> = (0..labels.len()).filter(|&i| labels[i].segment == s).collect();
        let inner = mine.iter().all(|&i| is_inner(sheet, &labels[i], &labels[owner], lexicon));
        if inner {
            text_of[s] = Some(owner);
            for i in mine {
                gone[i] = true;
            }
        }
    }
    let mut gone = gone.into_iter();
    labels.into_iter().filter(|_| !gone.next().unwrap_or(false)).collect()
}

/// The label of free text that the segment's place makes it part of.
fn flows_from(
    sheet: &Sheet,
    s: usize,
    labels: &[Occurrence],
    gone: &[bool],
    text_of: &[Option<usize>],
    lexicon: &Lexicon,
) -> Option<usize> {
    let here = &sheet.segments[s];
    let first_label = |segment: usize| (0..labels.len()).find(|&i| labels[i].segment == segment && !gone[i]);
    if let Some(above) = line_above(sheet, s) {
        let line = &sheet.segments[above];
        let gap = here.at.top - line.at.bottom;
        let aligned = (here.at.left - line.at.left).abs() < ALIGNED;
        if gap < LINE_GAP
            && aligned
            && let Some(owner) = text_of[above]
        {
            return Some(owner);
        }
        // Directly under a heading that has its line to itself.
        if gap < 2.2
            && let Some(label) = first_label(above)
            && heads(sheet, &labels[label], labels, lexicon)
            && line.cell == here.cell
            && (-ALIGNED..4.0).contains(&(here.at.left - line.at.left))
        {
            return Some(label);
        }
    }
    // Beside such a heading, on its row.
    let left = |i: &usize| {
        let s = &sheet.segments[*i];
        s.cell == here.cell && s.at.right < here.at.left + 0.2 && s.at.vertical_overlap(&here.at) > 0.5
    };
    let before = (0..sheet.segments.len())
        .filter(|i| *i != s && left(i))
        .max_by(|&a, &b| sheet.segments[a].at.right.total_cmp(&sheet.segments[b].at.right));
    if let Some(label) = before.and_then(first_label)
        && heads(sheet, &labels[label], labels, lexicon)
    {
        return Some(label);
    }
    // In the cell beside or under the label's own.
    let cell = sheet.cells.get(here.cell?)?;
    let of_label = |l: &Occurrence| {
        let Some(other) = sheet.segments[l.segment].cell.and_then(|c| sheet.cells.get(c)) else { return false };
        let beside = (other.right - cell.left).abs() < 1.0
            && (other.top - cell.top).abs() < 1.0
            && (other.bottom - cell.bottom).abs() < 1.0
            && cell.width() > other.width();
        let under = (other.bottom - cell.top).abs() < 1.0
            && (other.left - cell.left).abs() < 1.0
            && (other.right - cell.right).abs() < 1.0;
        beside || under && heads(sheet, l, labels, lexicon)
    };
    (0..labels.len()).find(|&i| !gone[i] && is_text(&labels[i], lexicon) && of_label(&labels[i]))
}

/// The nearest segment above in the same cell and about the same column.
fn line_above(sheet: &Sheet, s: usize) -> Option<usize> {
    let here = &sheet.segments[s];
    let over = |other: &Segment| {
        other.cell == here.cell
            && other.at.centre().1 < here.at.top
            && other.at.left < here.at.left + 4.0
            && other.at.right > here.at.left
    };
    let above: Vec<usize> = (0..sheet.segments.len()).filter(|&i| i != s && over(&sheet.segments[i])).collect();
    let lowest = above.iter().map(|&i| sheet.segments[i].at.bottom).fold(f32::NEG_INFINITY, f32::max);
    // Of pieces of one line the one that begins where this line does.
    let off = |i: &usize| (sheet.segments[*i].at.left - here.at.left).abs();
    above.into_iter().filter(|&i| sheet.segments[i].at.bottom > lowest - 0.5).min_by(|a, b| off(a).total_cmp(&off(b)))
}

/// Whether a label of free text stands on a line of its own.
fn heads(sheet: &Sheet, label: &Occurrence, labels: &[Occurrence], lexicon: &Lexicon) -> bool {
    let glyphs = &sheet.segments[label.segment].glyphs;
    // 既往・家族歴: two labels that make one heading.
    let end = labels.iter().filter(|l| l.segment == label.segment).map(|l| l.glyphs.end).max();
    let after =
        glyphs[end.unwrap_or(label.glyphs.end)..].iter().filter(|g| !crate::text::fold::is_ornament(g.ch)).count();
    is_text(label, lexicon) && label.glyphs.start <= 4 && after == 0
}

/// Whether a word can be part of another label's text: it names no field of its own, or a sentence runs on behind it.
fn is_inner(sheet: &Sheet, label: &Occurrence, owner: &Occurrence, lexicon: &Lexicon) -> bool {
    let glyphs = &sheet.segments[label.segment].glyphs;
    let alone = label.glyphs.end >= glyphs.len();
    let runs_on = glyphs.get(label.glyphs.end).is_some_and(|g| name::is_kanji(g.ch) || kana::is_kana(g.ch));
    let fields = |l: &Occurrence| -> Vec<FieldName> {
        let uses = lexicon.entries[l.entry].uses.iter();
        uses.filter_map(|u| if let Use::Field(i) = u { Some(lexicon.fields[*i].field) } else { None }).collect()
    };
    let mine = fields(label);
    let theirs = fields(owner);
    let nothing = lexicon.entries[label.entry].uses.iter().all(|u| *u == Use::Stop);
    let same = !mine.is_empty() && mine.iter().all(|f| theirs.contains(f));
    // A word with its line to itself is a heading.
    let colon = glyphs.get(label.glyphs.end).is_some_and(|g| g.ch == ':');
    !alone && (nothing || same && !colon || runs_on && !label.clear)
}

fn is_text(label: &Occurrence, lexicon: &Lexicon) -> bool {
    lexicon.entries[label.entry].uses.iter().any(|u| match u {
        Use::Field(i) => lexicon.fields[*i].field.value_type() == ValueType::Text,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::{FieldName, FieldRecipe, Kind, PageNo, Phrases, Place, Recipes};
    use crate::domain::{Line, PageText, ReadPage, Word};
    use crate::stages::sheet::Sheet;
    use crate::stages::sheet::lexicon::Lexicon;
    use crate::stages::sheet::regions::Page;

    /// What a page of lines (left, top in ems, text) says under its labels.
    fn read(lines: &[(f32, f32, &str)]) -> Vec<(String, String)> {
        let (width, height) = (60.0, 80.0);
        let line = |(left, top, text): &(f32, f32, &str)| {
            let letters = text.chars().filter(|c| !c.is_whitespace()).count() as f32;
            let bbox =
                crate::domain::BBox::new(left / width, top / height, (left + letters) / width, (top + 1.0) / height);
            Line { bbox, words: vec![Word { text: (*text).to_owned(), bbox, confidence: 0.9 }] }
        };
        let text = PageText {
            width_px: 1200,
            height_px: 1600,
            lines: lines.iter().map(line).collect(),
            ..PageText::default()
        };
        let field = |field, labels: &[&str]| FieldRecipe {
            field,
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            within: Vec::new(),
            places: vec![Place::Inside, Place::Right, Place::Below],
            needed: false,
        };
        let common = vec![
            field(FieldName::History, &["既往歴"]),
            field(FieldName::Prescription, &["内服", "処方"]),
            field(FieldName::Diagnosis, &["傷病名"]),
        ];
        let stops = vec!["アレルギー".to_owned(), "認知機能".to_owned()];
        let recipes = Recipes { phrases: Phrases { stops, ..Phrases::default() }, common, kinds: Vec::new() };
        let lexicon = Lexicon::of(&recipes, Kind::Unknown);
        let page = Page::of(Sheet::of(&ReadPage { no: PageNo(1), part: 1, text }), &lexicon);
        let said = |label: usize| {
            let runs = page.owned(label).into_iter();
            runs.map(|r| page.glyphs(r).iter().map(|g| g.ch).collect()).collect::<Vec<String>>().join("/")
        };
        let key = |label: usize| lexicon.entries[page.labels[label].entry].key.iter().collect();
        (0..page.labels.len()).map(|l| (key(l), said(l))).collect()
    }

    fn pair(label: &str, text: &str) -> (String, String) {
        (label.to_owned(), text.to_owned())
    }

    #[test]
    fn a_word_with_its_value_among_the_lines_of_a_text_is_of_the_text() {
        let form = [(5.0, 10.0, "既往歴"), (6.0, 11.8, "緑内障、骨粗鬆症"), (6.0, 13.4, "アレルギー:なし")];
        assert_eq!(read(&form), [pair("既往歴", "緑内障、骨粗鬆症/アレルギー:なし")]);
    }

    #[test]
    fn a_word_with_its_line_to_itself_is_a_heading() {
        let form =
            [(5.0, 10.0, "既往歴"), (5.2, 11.8, "緑内障、骨粗鬆症"), (5.2, 13.4, "アレルギー"), (5.2, 15.0, "なし")];
        assert_eq!(read(&form), [pair("既往歴", "緑内障、骨粗鬆症"), pair("アレルギー", "なし")]);
    }

    #[test]
    fn a_word_with_which_a_value_begins_is_no_label() {
        let form = [(5.0, 10.0, "傷病名"), (14.0, 10.0, "認知機能低下の精査")];
        assert_eq!(read(&form), [pair("傷病名", "認知機能低下の精査")]);
    }

    #[test]
    fn a_field_of_its_own_ends_the_text_before_it() {
        let form = [(5.0, 10.0, "既往歴"), (5.2, 11.8, "緑内障、骨粗鬆症"), (5.2, 13.4, "処方:カロナール錠")];
        assert_eq!(read(&form), [pair("既往歴", "緑内障、骨粗鬆症"), pair("処方", "カロナール錠")]);
    }
}
