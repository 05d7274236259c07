//! A value of a type, read from glyphs wherever they stand: for places that are known without a label.

use super::{found, patient, person};
use crate::domain::ValueType;
use crate::stages::sheet::Glyph;
use crate::text::wareki::Written;
use crate::text::{code, fold, number, phone};
use std::ops::Range;

/// The first value of that type among `glyphs`, and the glyphs it takes. Choices and free text are not read so.
pub fn value_of(kind: ValueType, glyphs: &[Glyph]) -> Option<(String, Range<usize>)> {
    let chars: Vec<char> = glyphs.iter().map(|g| g.ch).collect();
    let whole = 0..glyphs.len();
    match kind {
        ValueType::Name => person::person(glyphs).map(|p| (p.value, p.range)),
        ValueType::Kana => patient::reading(glyphs),
        ValueType::Date => found::dates(glyphs).into_iter().find_map(|seen| match seen.written {
            Written::Day(date) => Some((date.to_string(), seen.range)),
            _ => None,
        }),
        ValueType::Phone => phone::phones(&chars).into_iter().next().map(|seen| (seen.value, seen.range)),
        ValueType::PostalCode => phone::postal_codes(&chars).into_iter().next().map(|seen| (seen.value, seen.range)),
        ValueType::InstitutionCode => code::institution_digits(&chars.iter().collect::<String>()).map(|v| (v, whole)),
        ValueType::Digits => {
            let digits = number::digits(&chars.iter().collect::<String>());
            (digits.len() >= 3).then_some((digits, whole))
        }
        ValueType::Number => number::first(&chars.iter().collect::<String>()).map(|n| (n.to_string(), whole)),
        ValueType::Line => {
            let text = fold::tidy(&found::text(glyphs, 0.6));
            let text = text.trim_matches(|c: char| c.is_whitespace() || fold::is_ornament(c)).to_owned();
            (text.chars().count() >= 2).then_some((text, whole))
        }
        _ => None,
    }
}
