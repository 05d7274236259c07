//! The places of a known form on a new page: found again by its printed words, read by the type of the field.
//!
//! Only what the labels did not give is taken from a place. Measured on documents of which each was confirmed before the
//! next was read, a place that overrules a label is wrong far more often than it is right: rows move with what is filled in.

use super::learn::FEWEST_WORDS;
use crate::domain::{BBox, DocumentId, FieldName, Fields, Form, FormPage, Found, Kind, ReadPage, Taken};
use crate::stages::classify::titles;
use crate::stages::extract::value_of;
use crate::stages::sheet::{Glyph, Sheet, around};
use crate::text::{address, confusable, fold, institution, name};

/// The share of a form's printed words that must stand where they stood.
const LEAST_ALIKE: f32 = 0.5;
/// How far a page may be shifted as a whole, as a fraction of it.
const SHIFT: f32 = 0.06;
/// How far a word may stand from where it should after that.
const NEAR: (f32, f32) = (0.02, 0.012);
/// Two words with this likeness are one word, misread.
const SAME_WORD: f32 = 0.7;
/// A longer value than last time may go on this far to the right, as a fraction of the page's width.
const LONGER: f32 = 0.15;

/// A word of the page: as labels are compared, where it stands.
struct Word {
    text: Vec<char>,
    at: BBox,
}

/// A page of a form, laid on a page.
struct Laid<'a> {
    page: &'a FormPage,
    document: &'a DocumentId,
    alike: f32,
    shift: (f32, f32),
}

/// Fills what is missing in `fields` of a document of that kind.
pub fn recall(forms: &[(DocumentId, Form)], pages: &[&ReadPage], kind: Kind, fields: &mut Fields) {
    let of_kind: Vec<_> = forms.iter().filter(|(_, form)| form.kind == kind).collect();
    if of_kind.is_empty() {
        return;
    }
    for page in pages {
        let sheet = Sheet::of(&titles::without_header(page));
        let words = words(&sheet);
        // The newest of equally like forms comes last and wins.
        let known = of_kind.iter().flat_map(|(document, form)| form.pages.iter().map(move |page| (document, page)));
        let best = known.filter_map(|(d, p)| lay(d, p, &words)).max_by(|a, b| a.alike.total_cmp(&b.alike));
        if let Some(laid) = best {
            for taken in &laid.page.places {
                if fields.contains_key(&taken.field) {
                    continue;
                }
                let found = read(&sheet, &laid, taken, &words);
                let found = found.filter(|found| fits(taken.field, &found.value, fields));
                fields.extend(found.map(|found| (taken.field, found)));
            }
        }
    }
}

fn words(sheet: &Sheet) -> Vec<Word> {
    let word = |text: String, at: &BBox| Word { text: fold::label_key(&text), at: sheet.spot(at).bbox };
    sheet.segments.iter().map(|s| word(s.text(), &s.at)).collect()
}

/// How well a page of a form lies on a page with these words.
fn lay<'a>(document: &'a DocumentId, page: &'a FormPage, words: &[Word]) -> Option<Laid<'a>> {
    if page.words.len() < FEWEST_WORDS || page.places.is_empty() {
        return None;
    }
    let (mut dx, mut dy) = (Vec::new(), Vec::new());
    for printed in &page.words {
        let text: Vec<char> = printed.text.chars().collect();
        for word in words.iter().filter(|w| w.text == text) {
            let (x, y) = (word.at.left - printed.x, word.at.centre().1 - printed.y);
            if x.abs() < SHIFT && y.abs() < SHIFT {
                dx.push(x);
                dy.push(y);
            }
        }
    }
    let shift = (median(&mut dx)?, median(&mut dy)?);
    let stands = |printed: &&crate::domain::Printed| {
        let text: Vec<char> = printed.text.chars().collect();
        words.iter().any(|w| {
            (w.at.left - printed.x - shift.0).abs() < NEAR.0
                && (w.at.centre().1 - printed.y - shift.1).abs() < NEAR.1
                && confusable::likeness(&text, &w.text) >= SAME_WORD
        })
    };
    let alike = page.words.iter().filter(stands).count() as f32 / page.words.len() as f32;
    (alike >= LEAST_ALIKE).then_some(Laid { page, document, alike, shift })
}

fn median(values: &mut [f32]) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

fn shifted(b: &BBox, (x, y): (f32, f32)) -> BBox {
    BBox::new(b.left + x, b.top + y, b.right + x, b.bottom + y)
}

/// Reads a value at its place.
fn read(sheet: &Sheet, laid: &Laid, taken: &Taken, words: &[Word]) -> Option<Found> {
    let place = shifted(&taken.bbox, laid.shift);
    let on_row = |b: &BBox| b.vertical_overlap(&place) > 0.4;
    // What is printed, or belongs to another field, ends the value.
    let printed = laid.page.words.iter().filter_map(|p| {
        let (x, y) = (p.x + laid.shift.0, p.y + laid.shift.1);
        (x > place.left + NEAR.0 && y > place.top && y < place.bottom).then_some(x)
    });
    let others = laid.page.places.iter().filter(|o| o.field != taken.field).map(|o| shifted(&o.bbox, laid.shift));
    let others = others.filter(|b| on_row(b) && b.left > place.left + NEAR.0).map(|b| b.left);
    let end = printed.chain(others).fold(place.right + LONGER, f32::min) - 0.003;
    let mut glyphs: Vec<Glyph> = Vec::new();
    for (segment, _) in sheet.segments.iter().zip(words).filter(|(_, w)| on_row(&w.at)) {
        let inside = segment.glyphs.iter().filter(|g| {
            let x = sheet.spot(&g.at).bbox.centre().0;
            x > place.left - 0.008 && x < end
        });
        glyphs.extend(inside.cloned());
    }
    glyphs.sort_by(|a, b| a.at.left.total_cmp(&b.at.left));
    for i in 1..glyphs.len() {
        glyphs[i].gap = (glyphs[i].at.left - glyphs[i - 1].at.right).max(0.0);
    }
    let (value, range) = value_of(taken.field.value_type(), &glyphs)?;
    let glyphs = &glyphs[range];
    let seen = glyphs.iter().map(|g| g.confidence).sum::<f32>() / glyphs.len().max(1) as f32;
    let raw: String = glyphs.iter().map(|g| g.raw.as_str()).collect();
    let confidence = (seen.clamp(0.0, 1.0).sqrt() * (0.75 + 0.25 * laid.alike)).clamp(0.01, 0.99);
    let spot = sheet.spot(&around(glyphs));
    Some(Found {
        value,
        raw,
        confidence,
        spot,
        alternatives: Vec::new(),
        from_master: false,
        decided_by: None,
        learned_from: Some(laid.document.clone()),
    })
}

/// Whether a text looks like what the field holds: a neighbour may have moved into the place.
fn fits(field: FieldName, value: &str, fields: &Fields) -> bool {
    use FieldName::*;
    match field {
        // ISO 8601 dates compare as text: nobody is born after the letter about them.
        PatientBirthDate => fields.get(&DocumentDate).is_some_and(|letter| value <= letter.value.as_str()),
        SenderAddress | PatientAddress => {
            address::find(&value.chars().collect::<Vec<_>>()).is_some_and(|range| range.start == 0)
        }
        SenderInstitutionName | PharmacyName => institution::ends_as_institution(value).is_some(),
        SenderDepartment | RecipientDepartment => institution::is_department(value),
        PatientName | SenderDoctorName | RecipientDoctorName | DoctorName | ApplicantName => {
            !value.contains('科') && !value.contains("医師") && name::person(value).is_some()
        }
        _ => true,
    }
}
