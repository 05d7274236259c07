//! A confirmed document to what it teaches. Values themselves are never part of a lesson, only where they stood.

use crate::domain::{BBox, FieldName, Fields, Form, FormPage, Kind, Printed, ReadPage, Taken, ValueType};
use crate::stages::classify::titles;
use crate::stages::extract::value_of;
use crate::stages::sheet::{Segment, Sheet, around};
use crate::stages::vertical;
use crate::text::{confusable, fold, number};
use std::collections::BTreeMap;

/// A page with fewer printed words than this looks like any other.
pub(super) const FEWEST_WORDS: usize = 6;
const MOST_WORDS: usize = 60;
/// A longer text is no label.
const LONGEST_WORD: usize = 20;
/// How alike a confirmed value and what stands on the page must be for that to be its place.
const ALIKE: f32 = 0.8;

/// The form of a document whose `values` a person confirmed; `read` is what the program had proposed.
/// `None` when no page has enough printed words to be known again.
pub fn learn(pages: &[&ReadPage], kind: Kind, values: &BTreeMap<FieldName, String>, read: &Fields) -> Option<Form> {
    let read = &vertical::laid_fields(read, pages);
    let laid = |page: &&ReadPage| Sheet::of(&titles::without_header(&vertical::laid(page)));
    let sheets: Vec<Sheet> = pages.iter().map(laid).collect();
    let mut form = Form {
        kind,
        pages: sheets.iter().map(|sheet| FormPage { words: words(sheet, values), places: Vec::new() }).collect(),
    };
    for (field, value) in values.iter().filter(|(field, _)| has_place(**field)) {
        if let Some((page, bbox)) = place(&sheets, *field, value, read) {
            form.pages[page].places.push(Taken { field: *field, bbox });
        }
    }
    let known = |page: &FormPage| page.words.len() >= FEWEST_WORDS && !page.places.is_empty();
    form.pages.iter().any(known).then_some(form)
}

/// Whether a field's value is written at a place of its own; choices are marked, and free text has no fixed extent.
fn has_place(field: FieldName) -> bool {
    use ValueType::*;
    match field.value_type() {
        Name | Kana | Date | Phone | PostalCode | InstitutionCode | Digits | Number | Line => true,
        Sex | YesNo | CareLevel | Modality | RegistrationAction | Dates | Text => false,
    }
}

/// The words that a form prints: short, no numbers, and nothing of what was filled in.
fn words(sheet: &Sheet, values: &BTreeMap<FieldName, String>) -> Vec<Printed> {
    let filled: Vec<String> = values.values().map(|value| fold::label_key(value).into_iter().collect()).collect();
    let mut words = Vec::new();
    for segment in &sheet.segments {
        let text: String = fold::label_key(&segment.text()).into_iter().collect();
        let letters = text.chars().count();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let value = filled.iter().any(|v| v.chars().count() >= 2 && (text.contains(v.as_str()) || v.contains(&text)));
        if (2..=LONGEST_WORD).contains(&letters) && digits * 3 < letters && !value && !segment.text().contains('。') {
            let at = sheet.spot(&segment.at).bbox;
            words.push(Printed { text, x: at.left, y: at.centre().1 });
        }
    }
    words.truncate(MOST_WORDS);
    words
}

/// Where the value stands: where it was read, or the one place where something like it is written.
fn place(sheets: &[Sheet], field: FieldName, value: &str, read: &Fields) -> Option<(usize, BBox)> {
    if let Some(found) = read.get(&field).filter(|found| found.value == value && found.learned_from.is_none()) {
        let page = sheets.iter().position(|sheet| sheet.no == found.spot.page)?;
        return Some((page, found.spot.bbox));
    }
    let mut hits = Vec::new();
    for (page, sheet) in sheets.iter().enumerate() {
        for segment in &sheet.segments {
            if let Some(at) = hit(segment, field.value_type(), value) {
                hits.push((page, sheet.spot(&at).bbox));
            }
        }
    }
    match hits[..] {
        [only] => Some(only),
        _ => None,
    }
}

fn hit(segment: &Segment, kind: ValueType, value: &str) -> Option<BBox> {
    let starts = (0..segment.glyphs.len())
        .filter(|&i| i == 0 || segment.glyphs[i].gap > 0.3 || fold::is_ornament(segment.glyphs[i - 1].ch));
    starts.take(12).find_map(|start| {
        let (seen, range) = value_of(kind, &segment.glyphs[start..])?;
        same(kind, &seen, value).then(|| around(&segment.glyphs[start + range.start..start + range.end]))
    })
}

fn same(kind: ValueType, seen: &str, value: &str) -> bool {
    match kind {
        ValueType::Phone | ValueType::PostalCode | ValueType::InstitutionCode | ValueType::Digits => {
            number::digits(seen) == number::digits(value)
        }
        ValueType::Date | ValueType::Number => seen == value,
        _ => {
            let bare = |text: &str| fold::squeeze(text).chars().collect::<Vec<_>>();
            confusable::likeness(&bare(seen), &bare(value)) >= ALIKE
        }
    }
}
