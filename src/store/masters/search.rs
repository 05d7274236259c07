//! Finds rows of the masters by what a person types: id, name, reading, telephone, birth date, in any order and shape.

use super::rows::name_key;
use crate::db::{ReadTx, all};
use crate::domain::{Doctor, Institution, Patient};
use crate::store::Result;
use crate::text::wareki::{self, Written};
use crate::text::{fold, kana, number};

/// What was typed, sorted out: every part that is there must fit.
#[derive(Debug, Default, PartialEq, Eq)]
struct Terms {
    /// Part of the name, as a pattern.
    name: Option<String>,
    /// Part of the reading, as a pattern; an alternative to the name.
    kana: Option<String>,
    /// A birth date.
    date: Option<String>,
    /// Part of an id or a number, as a pattern.
    id: Option<String>,
    /// The same digits as a birth date (`19570405`).
    compact: Option<String>,
    /// The id as typed, which comes first when it is exactly one.
    exact: String,
}

impl Terms {
    fn of(text: &str) -> Option<Terms> {
        let mut terms = Terms::default();
        let (mut words, mut id) = (String::new(), String::new());
        for part in fold::tidy(text).split(' ').filter(|p| !p.is_empty()) {
            if let Some(date) = whole_date(part) {
                terms.date = Some(date);
            } else if part.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | '+' | '.')) {
                id.push_str(&number::digits(part));
            } else if part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                && part.chars().any(|c| c.is_ascii_digit())
            {
                id.push_str(part);
            } else {
                words.push_str(part);
            }
        }
        if !words.is_empty() {
            terms.name = Some(pattern(&name_key(&words)));
            let sound = kana::sound_key(&words);
            let spoken = words.chars().all(|c| kana::is_kana(c) || c == '・');
            terms.kana = Some(sound).filter(|s| spoken && !s.is_empty()).map(|s| pattern(&s));
        }
        if !id.is_empty() {
            terms.compact = (id.len() == 8)
                .then(|| format!("{}-{}-{}", &id[..4], &id[4..6], &id[6..]))
                .filter(|date| date.parse::<jiff::civil::Date>().is_ok());
            terms.id = Some(pattern(&id));
        }
        terms.exact = id;
        let nothing = terms.name.is_none() && terms.date.is_none() && terms.id.is_none();
        (!nothing).then_some(terms)
    }
}

/// The text as a date, when all of it is one.
fn whole_date(text: &str) -> Option<String> {
    let chars: Vec<char> = text.trim_end_matches('生').chars().collect();
    let seen = wareki::dates(&chars).into_iter().next()?;
    match seen.written {
        Written::Day(day) if seen.range == (0..chars.len()) => Some(day.to_string()),
        _ => None,
    }
}

/// A LIKE pattern for "contains"; `!` escapes.
fn pattern(part: &str) -> String {
    let mut out = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out.push('%');
    out
}

/// Active patients that fit everything typed; an exact id comes first.
pub async fn search_patients(tx: &mut ReadTx, text: &str, limit: i64) -> Result<Vec<Patient>> {
    let Some(terms) = Terms::of(text) else { return Ok(Vec::new()) };
    Ok(all!(
        tx,
        "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient WHERE active \
         AND ($1 IS NULL OR search_name LIKE $1 ESCAPE '!' OR search_kana LIKE $2 ESCAPE '!') \
         AND ($3 IS NULL OR birth_date = $3) \
         AND ($4 IS NULL OR patient_id LIKE $4 ESCAPE '!' OR search_digits LIKE $4 ESCAPE '!' OR birth_date = $5) \
         ORDER BY CASE WHEN patient_id = $6 THEN 0 ELSE 1 END, search_kana, patient_id LIMIT $7",
        terms.name.as_deref(),
        terms.kana.as_deref(),
        terms.date.as_deref(),
        terms.id.as_deref(),
        terms.compact.as_deref(),
        terms.exact.as_str(),
        limit,
    )?)
}

/// Active institutions that fit everything typed; an exact id or code comes first.
pub async fn search_institutions(tx: &mut ReadTx, text: &str, limit: i64) -> Result<Vec<Institution>> {
    let Some(terms) = Terms::of(text) else { return Ok(Vec::new()) };
    Ok(all!(
        tx,
        "SELECT institution_id, institution_code, name, kind, postal_code, address, phone, fax, registered \
         FROM institution WHERE active \
         AND ($1 IS NULL OR search_name LIKE $1 ESCAPE '!' OR search_kana LIKE $2 ESCAPE '!') \
         AND ($3 IS NULL OR institution_id LIKE $3 ESCAPE '!' OR search_digits LIKE $3 ESCAPE '!') \
         ORDER BY CASE WHEN institution_id = $4 OR institution_code = $4 THEN 0 ELSE 1 END, search_name, \
         institution_id LIMIT $5",
        terms.name.as_deref(),
        terms.kana.as_deref(),
        terms.id.as_deref(),
        terms.exact.as_str(),
        limit,
    )?)
}

/// Active doctors that fit everything typed, by their own name or their institution's.
pub async fn search_doctors(tx: &mut ReadTx, text: &str, limit: i64) -> Result<Vec<Doctor>> {
    let Some(terms) = Terms::of(text) else { return Ok(Vec::new()) };
    Ok(all!(
        tx,
        "SELECT d.doctor_id, d.institution_id, d.name, d.kana, d.department, d.registered_on FROM doctor d \
         JOIN institution i ON i.institution_id = d.institution_id WHERE d.active \
         AND ($1 IS NULL OR d.search_name LIKE $1 ESCAPE '!' OR d.search_kana LIKE $2 ESCAPE '!' \
         OR i.search_name LIKE $1 ESCAPE '!') \
         AND ($3 IS NULL OR d.doctor_id LIKE $3 ESCAPE '!' OR d.institution_id LIKE $3 ESCAPE '!') \
         ORDER BY CASE WHEN d.doctor_id = $4 THEN 0 ELSE 1 END, d.search_kana, d.doctor_id LIMIT $5",
        terms.name.as_deref(),
        terms.kana.as_deref(),
        terms.id.as_deref(),
        terms.exact.as_str(),
        limit,
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_sorted_out() {
        let terms = Terms::of("　髙橋　花子 S32.4.5 ").unwrap();
        assert_eq!(terms.name.as_deref(), Some("%高橋花子%"));
        assert_eq!(terms.date.as_deref(), Some("1957-04-05"));
        assert_eq!((terms.kana, terms.id), (None, None));
        let terms = Terms::of("０１４４－３３－４６７８").unwrap();
        assert_eq!(terms.id.as_deref(), Some("%0144334678%"));
        let terms = Terms::of("19570405").unwrap();
        assert_eq!((terms.id.as_deref(), terms.compact.as_deref()), (Some("%19570405%"), Some("1957-04-05")));
        assert_eq!(Terms::of("さとう").unwrap().kana, Terms::of("サトウ").unwrap().kana);
        assert!(Terms::of("さとう").unwrap().kana.is_some());
        assert_eq!(Terms::of("  "), None);
    }

    #[test]
    fn signs_of_patterns_are_only_signs() {
        assert_eq!(pattern("a_b%c!"), "%a!_b!%c!!%");
    }
}
