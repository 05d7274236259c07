//! Text and JSON as both databases take them: PostgreSQL refuses U+0000, so it becomes U+FFFD; and the folded text that searches compare.

use super::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Json;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// What a code of a column means; nothing for an unknown one.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(code.to_owned())).ok()
}

/// The text without U+0000.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// A value without U+0000 in any of its texts.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Sound<'a, T> {
    /// As it is; keeps short floats short, which `Value` would not.
    Whole(&'a T),
    /// Mended.
    Mended(Value),
}

/// Prepares a value for a JSONB column.
pub(super) fn json<T: Serialize>(value: &T) -> Result<Json<Sound<'_, T>>> {
    let written = serde_json::to_string(value).map_err(|_| Error::Json)?;
    if !written.contains("\\u0000") {
        return Ok(Json(Sound::Whole(value)));
    }
    let mut mended: Value = serde_json::from_str(&written).map_err(|_| Error::Json)?;
    mend(&mut mended);
    Ok(Json(Sound::Mended(mended)))
}

fn mend(value: &mut Value) {
    match value {
        Value::String(s) => *s = text(s).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(mend),
        Value::Object(entries) => entries.values_mut().for_each(mend),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What searches compare: NFKC, lower case, no white space, no hyphens of any kind.
pub(super) fn folded(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace() && !c.is_control() && !is_hyphen(*c))
        .collect()
}

/// A department's name as it is compared: folded, without what paper puts behind it; `None` when nothing is left.
/// What LIKE or the bars of `departments` could take for more than letters is left out.
pub(super) fn department(name: &str) -> Option<String> {
    let mut name: String = folded(name).chars().filter(|c| !matches!(c, '%' | '_' | '!' | '|')).collect();
    while let Some(shorter) =
        ["御中", "宛", "外来", "担当医", "先生", "様"].iter().find_map(|end| name.strip_suffix(end))
    {
        name = shorter.to_owned();
    }
    Some(name).filter(|name| !name.is_empty())
}

/// Characters of a list of departments that are kept, as an index holds it.
const MOST_NAMED: usize = 500;

/// The departments that a value names, each between bars; `None` when it names none. A list that is too long is cut, which shows the
/// document to fewer people and never to more.
pub(super) fn departments(value: &str) -> Option<String> {
    let plain: String = value.nfkc().collect();
    let named: Vec<String> = plain.split(['、', ',', '・', '/', '\n', '。']).filter_map(department).collect();
    let all = format!("|{}|", named.join("|"));
    let kept = match all.char_indices().nth(MOST_NAMED) {
        // No department ends so: what is left of the name that was cut is nobody's.
        Some((end, _)) => format!("{}…|", &all[..end]),
        None => all,
    };
    (!named.is_empty()).then_some(kept)
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A LIKE pattern (escape `!`) that finds `text` anywhere; `None` when nothing is left to search for.
pub(super) fn pattern(text: &str) -> Option<String> {
    let mut escaped = String::from("%");
    for c in folded(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            escaped.push('!');
        }
        escaped.push(c);
    }
    escaped.push('%');
    (escaped.len() > 2).then_some(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_compared_as_people_mean_them() {
        assert_eq!(departments("循環器内科　外来 御中").as_deref(), Some("|循環器内科|"));
        assert_eq!(departments("内科・外科／皮フ科").as_deref(), Some("|内科|外科|皮フ科|"));
        let many = departments(&"内科、".repeat(400)).unwrap();
        assert!(many.starts_with("|内科|") && many.ends_with("…|") && many.chars().count() == MOST_NAMED + 2);
        assert!(departments(&"長".repeat(9_000)).is_some_and(|one| one.chars().count() == MOST_NAMED + 2));
        assert!(!department("内科…").unwrap().contains('…'), "nobody is limited to what was cut");
        assert_eq!((departments(" 御中 "), department("％|_")), (None, None));
        assert_eq!(department("Ｘ線科").as_deref(), Some("x線科"));
    }

    #[test]
    fn nul_is_mended_wherever_it_hides() {
        let value = serde_json::json!({"a": ["x\u{0}y", {"b": "\u{0}"}], "c": "\\u0000 as text"});
        let Json(Sound::Mended(mended)) = json(&value).unwrap() else { panic!("not mended") };
        assert_eq!(mended, serde_json::json!({"a": ["x\u{fffd}y", {"b": "\u{fffd}"}], "c": "\\u0000 as text"}));
        assert!(matches!(json(&"plain"), Ok(Json(Sound::Whole(_)))));
        assert_eq!(text("a\0b"), "a\u{fffd}b");
    }

    #[test]
    fn searches_fold_width_case_and_hyphens_and_take_no_wildcards() {
        assert_eq!(folded("ﾀﾅｶ　Ｔａｒｏ ０３－１２３４"), "タナカtaro031234");
        assert_eq!(pattern("50% _!").unwrap(), "%50!%!_!!%");
        assert_eq!(pattern(" \u{3000}"), None);
    }
}
