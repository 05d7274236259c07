//! Every value of a reading with whether it is right: what the weights of sureness are learned from.

use super::measure::{Pages, field_ok, items, numbers, pair, value};
use super::{Error, lines, text};
use crate::domain::{FieldName, FileReading};
use crate::stages::sureness;
use crate::stages::sureness::learn::Example;
use serde_json::Value;
use std::collections::HashMap;

/// A text is right enough while no more than this share of its characters is wrong: it is read, never compared by a machine.
const WRONG_CHARACTERS: f64 = 0.05;

/// The values of `readings`, whose confidence must be that of extraction. Files that the truth says little about are left out.
pub fn judged(truth_jsonl: &str, readings: &[FileReading]) -> Result<Vec<Example>, Error> {
    let truth = lines(truth_jsonl)?;
    let truth: HashMap<&str, &Value> = truth.iter().filter_map(|t| Some((t["file"].as_str()?, t))).collect();
    let mut all = Vec::new();
    for reading in readings {
        let Some(truth) = truth.get(reading.file.as_str()).filter(|t| t["partial"].as_bool() != Some(true)) else {
            continue;
        };
        let blank: Pages = numbers(&truth["blank_pages"]).into_iter().collect();
        let got = serde_json::to_value(&reading.documents).map_err(|source| Error::Line { line: 0, source })?;
        let known = items(&truth["documents"]);
        for (i, j) in pair(known, items(&got), &blank) {
            let (Some(document), Some(truth)) = (reading.documents.get(j), known.get(i)) else { continue };
            let signs = sureness::gather(&document.fields, &document.matches, document.kind_confidence);
            for (field, found) in &document.fields {
                let (Some(right), Some(signs)) = (right(*field, &found.value, truth), signs.get(field)) else {
                    continue;
                };
                let (file, signs, said) = (reading.file.clone(), *signs, found.confidence);
                all.push(Example { file, field: *field, signs, said, right });
            }
        }
    }
    Ok(all)
}

/// Whether it is what the document says; none where the truth leaves open whether that should be read at all.
fn right(field: FieldName, got: &str, truth: &Value) -> Option<bool> {
    let code = field.code();
    let Some(wanted) = truth["fields"].get(code) else {
        return truth["optional_fields"].get(code).is_none().then_some(false);
    };
    if !text::is_free_text(code) {
        return Some(field_ok(code, wanted, got));
    }
    let (wanted, got) = (text::squeeze(&value(wanted).unwrap_or_default()), text::squeeze(got));
    let most = WRONG_CHARACTERS * wanted.chars().count() as f64;
    Some(text::edit(&wanted, &got) as f64 <= most)
}
