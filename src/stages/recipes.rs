//! Recipe files (`pipelines/kinds/*.toml`) to [`Recipes`]; what is not known does not load and the error says where.

use crate::domain::{Cue, FieldRecipe, Kind, KindRecipe, Phrases, Recipes};
use crate::text::fold;
use serde::Deserialize;

/// Why recipes do not load.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is not TOML, or names an unknown key, field, kind or place.
    #[error("{file}: {message}")]
    File {
        /// Name of the file.
        file: String,
        /// What is wrong and where, from the parser.
        message: String,
    },
    /// Two files describe one kind.
    #[error("{file}: {kind} is described by another file too")]
    Twice {
        /// Name of the second file.
        file: String,
        /// The kind.
        kind: &'static str,
    },
    /// A kind has no file.
    #[error("no recipe describes {0}")]
    Missing(&'static str),
}

/// `common.toml`: what any kind can carry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Common {
    #[serde(default)]
    phrases: Phrases,
    #[serde(default)]
    fields: Vec<FieldRecipe>,
}

/// Reads recipe files (name, text); the file called `common.toml` holds what any kind can carry.
pub fn parse<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> Result<Recipes, Error> {
    let mut recipes = Recipes::default();
    for (name, text) in files.iter().map(|(n, t)| (n.as_ref(), t.as_ref())) {
        let wrong = |message: String| Error::File { file: name.to_owned(), message };
        if name.rsplit(['/', '\\']).next() == Some("common.toml") {
            let common: Common = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
            check_fields(&common.fields).map_err(wrong)?;
            recipes.phrases = common.phrases;
            recipes.common = common.fields;
            continue;
        }
        let kind: KindRecipe = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        check_fields(&kind.fields).map_err(wrong)?;
        check_cues(&kind.cues).map_err(wrong)?;
        if recipes.of(kind.kind).is_some() {
            return Err(Error::Twice { file: name.to_owned(), kind: kind.kind.code() });
        }
        recipes.kinds.push(kind);
    }
    for kind in Kind::ALL.iter().filter(|k| **k != Kind::Unknown) {
        if recipes.of(*kind).is_none() {
            return Err(Error::Missing(kind.code()));
        }
    }
    recipes.kinds.sort_by_key(|k| k.kind);
    Ok(recipes)
}

fn check_fields(fields: &[FieldRecipe]) -> Result<(), String> {
    for field in fields {
        let words = field.labels.iter().chain(&field.within);
        if let Some(word) = words.into_iter().find(|w| fold::label_key(w).is_empty()) {
            return Err(format!("{}: 「{word}」 has no letter to look for", field.field.code()));
        }
        if field.places.is_empty() {
            return Err(format!("{}: places is empty", field.field.code()));
        }
    }
    Ok(())
}

fn check_cues(cues: &[Cue]) -> Result<(), String> {
    for cue in cues {
        if cue.words.is_empty() || !cue.weight.is_finite() || cue.weight == 0.0 {
            return Err(format!("a cue needs words and a weight other than 0 ({:?})", cue.words));
        }
    }
    Ok(())
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../pipelines/kinds/", $name)))),*]
    };
}

/// The recipes as shipped, each with its file name.
pub const SHIPPED: &[(&str, &str)] = shipped![
    "common.toml",
    "referral_letter.toml",
    "appointment_request.toml",
    "exam_request.toml",
    "reply_letter.toml",
    "discharge_summary.toml",
    "discharge_care_record.toml",
    "admission_care_info.toml",
    "home_nursing_report.toml",
    "medication_report.toml",
    "lab_report.toml",
    "transfer_request.toml",
    "second_opinion_request.toml",
    "disclosure_request.toml",
    "doctor_registration.toml",
    "facility_use_request.toml",
    "event_entry.toml",
    "home_care_activity_report.toml",
    "notice.toml",
    "advertisement.toml",
    "unknown.toml",
];

/// The recipes as shipped.
pub fn embedded() -> Recipes {
    match parse(SHIPPED) {
        Ok(recipes) => recipes,
        // A test reads them; a build whose own recipes do not load never leaves the workshop.
        Err(error) => unreachable!("shipped recipes: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, text: &str) -> Result<Recipes, Error> {
        let mut files: Vec<(&str, &str)> = SHIPPED.iter().filter(|(n, _)| *n != name).copied().collect();
        files.push((name, text));
        parse(&files)
    }

    #[test]
    fn every_kind_has_a_recipe() {
        let recipes = embedded();
        for kind in Kind::ALL {
            assert!(recipes.of(*kind).is_some(), "{}", kind.code());
        }
        assert!(!recipes.common.is_empty() && !recipes.phrases.covers.is_empty());
    }

    #[test]
    fn a_file_with_an_unknown_word_names_the_file_and_the_place() {
        for (text, says) in [
            ("kind = 'notice'\ntitels = ['お知らせ']", "titels"),
            ("kind = 'notic'", "notic"),
            ("kind = 'notice'\n[[fields]]\nfield = 'patient_nam'\nlabels = ['氏名']", "patient_nam"),
            ("kind = 'notice'\n[[fields]]\nfield = 'patient_name'\nlabels = ['氏名']\nplaces = ['left']", "left"),
            ("kind = 'notice'\n[[fields]]\nfield = 'patient_name'\nlabels = ['：']", "patient_name"),
            ("kind = 'notice'\n[[cues]]\nwords = []\nweight = 1.0", "cue"),
        ] {
            let error = with("notice.toml", text).expect_err(text).to_string();
            assert!(error.contains("notice.toml") && error.contains(says), "{error}");
        }
        assert!(with("copy.toml", "kind = 'unknown'").expect_err("twice").to_string().contains("unknown"));
        assert!(parse::<&str, &str>(&[]).is_err());
    }
}
