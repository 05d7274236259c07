//! Badly read labels known by their place: alone in a ruled cell, or in a column of labels beside a column of values.

use super::labels::Occurrence;
use super::lexicon::Lexicon;
use super::{Segment, Sheet};
use crate::text::{confusable, fold};

/// A badly read label that has a ruled cell to itself, left of a wider one: by its place it may cost more.
pub fn whole_cell(sheet: &Sheet, index: usize, lexicon: &Lexicon) -> Option<Occurrence> {
    let segment = &sheet.segments[index];
    let chars: Vec<char> = segment.glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect();
    let cell = segment.cell?;
    let here = sheet.cells[cell];
    let alone = sheet.segments.iter().filter(|s| s.cell == Some(cell)).count() == 1;
    let value = sheet.cells.iter().enumerate().any(|(c, other)| {
        c != cell
            && (other.left - here.right).abs() < 1.0
            && (other.top - here.top).abs() < 1.0
            && (other.bottom - here.bottom).abs() < 1.0
            && other.width() > 1.2 * here.width()
            && sheet.segments.iter().any(|s| s.cell == Some(c))
    });
    if !alone || !value || !(3..=12).contains(&chars.len()) || chars.iter().any(char::is_ascii_digit) {
        return None;
    }
    let (entry, loss) = nearest(&chars, lexicon)?;
    Some(by_place(index, segment, entry, loss))
}

/// Segments that no label was found on, in a column of labels with their values in a column beside it.
pub fn in_column(sheet: &Sheet, found: &[Occurrence], lexicon: &Lexicon) -> Vec<Occurrence> {
    let level = |a: &Segment, b: &Segment| b.at.left > a.at.right + 0.5 && a.at.vertical_overlap(&b.at) > 0.5;
    let value_of = |label: usize| {
        let here = &sheet.segments[label];
        sheet
            .segments
            .iter()
            .filter(|s| s.cell == here.cell && level(here, s))
            .map(|s| s.at.left)
            .min_by(f32::total_cmp)
    };
    // Labels that fill their segment and have their value beside them: left edge, left edge of the value.
    let columns: Vec<(f32, f32)> = found
        .iter()
        .filter(|o| o.glyphs == (0..sheet.segments[o.segment].glyphs.len()))
        .filter_map(|o| Some((o.at.left, value_of(o.segment)?)))
        .collect();
    let mut out = Vec::new();
    for (i, segment) in sheet.segments.iter().enumerate() {
        let chars: Vec<char> = segment.glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect();
        let worded = (3..=12).contains(&chars.len()) && !chars.iter().any(char::is_ascii_digit);
        if !worded || found.iter().any(|o| o.segment == i) {
            continue;
        }
        let Some(value) = value_of(i) else { continue };
        let same = |(label, beside): &&(f32, f32)| {
            (label - segment.at.left).abs() < 0.6 && (beside - value).abs() < 0.6 && *beside > segment.at.right + 0.4
        };
        if columns.iter().filter(same).count() < 3 {
            continue;
        }
        // Less than in a cell of its own: a column also holds labels that are not known.
        if let Some((entry, loss)) = nearest(&chars, lexicon).filter(|n| n.1 <= 0.34) {
            out.push(by_place(i, segment, entry, loss));
        }
    }
    out
}

/// The label that letters are nearest to, when no other meaning is nearly as near, and what they lose against it.
fn nearest(chars: &[char], lexicon: &Lexicon) -> Option<(usize, f32)> {
    let mut near: Vec<(f32, usize)> = lexicon
        .entries
        .iter()
        .enumerate()
        .filter(|(_, e)| e.key.len().abs_diff(chars.len()) <= 1 && e.key.len() >= 3)
        .map(|(i, e)| (confusable::distance(&e.key, chars) / e.key.len().max(chars.len()) as f32, i))
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (loss, entry) = *near.first().filter(|n| n.0 <= 0.42)?;
    let uses = &lexicon.entries[entry].uses;
    let doubtful = near.iter().skip(1).any(|(other, e)| *other < loss + 0.08 && lexicon.entries[*e].uses != *uses);
    (!doubtful).then_some((entry, loss))
}

fn by_place(index: usize, segment: &Segment, entry: usize, loss: f32) -> Occurrence {
    Occurrence { segment: index, glyphs: 0..segment.glyphs.len(), entry, sure: 0.9 - loss, at: segment.at, clear: true }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FieldName, FieldRecipe, Kind, PageNo, Phrases, Place, Recipes};
    use crate::stages::sheet::{Glyph, labels};

    fn segment(text: &str, left: f32, top: f32) -> Segment {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(left + i as f32, top, left + i as f32 + 1.0, top + 1.0),
            gap: 0.0,
            confidence: 0.9,
        };
        Segment::new(text.chars().enumerate().map(glyph).collect(), None)
    }

    fn keys(rows: &[(&str, &str)]) -> Vec<String> {
        let words = ["傷病名", "所在地", "紹介目的", "電話番号", "開設者氏名"];
        let field = |w: &str| FieldRecipe {
            field: FieldName::Remarks,
            labels: vec![w.to_owned()],
            within: Vec::new(),
            places: vec![Place::Right],
            needed: false,
        };
        let common = words.map(field).to_vec();
        let recipes = Recipes { phrases: Phrases::default(), common, kinds: Vec::new() };
        let lexicon = Lexicon::of(&recipes, Kind::Unknown);
        let row = |(i, (label, value)): (usize, &(&str, &str))| {
            let top = 30.0 + 2.5 * i as f32;
            [segment(label, 5.0, top), segment(value, 20.0, top)]
        };
        let segments = rows.iter().enumerate().flat_map(row).collect();
        let sheet = Sheet { no: PageNo(1), segments, cells: Vec::new(), marks: Vec::new(), width: 80.0, height: 100.0 };
        let found = labels::find(&sheet, &lexicon);
        found.iter().map(|o| lexicon.entries[o.entry].key.iter().collect()).collect()
    }

    #[test]
    fn a_column_of_labels_tells_one_that_is_badly_read() {
        let known = [("所在地", "朝霧市"), ("電話番号", "一二三"), ("紹介目的", "精査")];
        let with = |label| keys(&[&known[..], &[(label, "高血圧症")]].concat());
        assert_eq!(with("偏病名").last().map(String::as_str), Some("傷病名"));
        // Too far from any label, or nothing that its place could tell.
        assert_eq!(with("申請者氏名").len(), 3);
        assert_eq!(keys(&[("偏病名", "高血圧症")]).len(), 0);
    }
}
