//! What the three masters have in common: a table, its columns, an id, and the keys under which a row is searched.

use crate::domain::{Doctor, Institution, Patient};
use crate::text::{fold, kana, number, variants};
use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// A row of a master.
pub trait Master:
    Clone + PartialEq + Send + Sync + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>
{
    /// Its table.
    const TABLE: &'static str;
    /// The columns that an import brings, the id first.
    const COLUMNS: &'static [&'static str];
    /// The content of those columns, in the same order.
    fn values(&self) -> Vec<&str>;
    /// What a person may type to find it.
    fn keys(&self) -> Keys;

    /// Its id.
    fn id(&self) -> &str {
        self.values().first().copied().unwrap_or_default()
    }
}

/// Search keys of a row.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Its name as `name_key`.
    pub name: String,
    /// Its reading as sound, or empty.
    pub kana: String,
    /// Its numbers (telephone, fax, code) without hyphens, one space between.
    pub digits: String,
}

/// A name as it is searched: no spaces, one shape for every variant and for names that are often confused.
pub(super) fn name_key(text: &str) -> String {
    variants::search_name(&kana::katakana(&fold::squeeze(text))).to_lowercase()
}

fn digits_of(texts: &[&str]) -> String {
    let numbers = texts.iter().map(|text| number::digits(text)).filter(|digits| !digits.is_empty());
    numbers.collect::<Vec<_>>().join(" ")
}

impl Master for Patient {
    const TABLE: &'static str = "patient";
    const COLUMNS: &'static [&'static str] =
        &["patient_id", "name", "kana", "sex", "birth_date", "postal_code", "address", "phone"];

    fn values(&self) -> Vec<&str> {
        let Patient { patient_id, name, kana, sex, birth_date, postal_code, address, phone } = self;
        vec![patient_id, name, kana, sex, birth_date, postal_code, address, phone]
    }

    fn keys(&self) -> Keys {
        Keys { name: name_key(&self.name), kana: kana::sound_key(&self.kana), digits: digits_of(&[&self.phone]) }
    }
}

impl Master for Institution {
    const TABLE: &'static str = "institution";
    const COLUMNS: &'static [&'static str] =
        &["institution_id", "institution_code", "name", "kind", "postal_code", "address", "phone", "fax", "registered"];

    fn values(&self) -> Vec<&str> {
        let Institution { institution_id, institution_code, name, kind, postal_code, address, phone, fax, registered } =
            self;
        vec![institution_id, institution_code, name, kind, postal_code, address, phone, fax, registered]
    }

    fn keys(&self) -> Keys {
        // The list has no reading; names in kana are found by sound all the same.
        Keys {
            name: name_key(&self.name),
            kana: kana::sound_key(&self.name),
            digits: digits_of(&[&self.institution_code, &self.phone, &self.fax]),
        }
    }
}

impl Master for Doctor {
    const TABLE: &'static str = "doctor";
    const COLUMNS: &'static [&'static str] =
        &["doctor_id", "institution_id", "name", "kana", "department", "registered_on"];

    fn values(&self) -> Vec<&str> {
        let Doctor { doctor_id, institution_id, name, kana, department, registered_on } = self;
        vec![doctor_id, institution_id, name, kana, department, registered_on]
    }

    fn keys(&self) -> Keys {
        Keys { name: name_key(&self.name), kana: kana::sound_key(&self.kana), digits: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_first_column() {
        let patient = Patient { patient_id: "7".into(), name: "山本 渚".into(), ..Patient::default() };
        assert_eq!(patient.id(), "7");
        assert_eq!(patient.values().len(), Patient::COLUMNS.len());
        assert_eq!(Institution::default().values().len(), Institution::COLUMNS.len());
        assert_eq!(Doctor::default().values().len(), Doctor::COLUMNS.len());
    }

    #[test]
    fn keys_ignore_spaces_shapes_and_hyphens() {
        let row = Patient {
            name: "髙﨑　花子".into(),
            kana: "タカサキ ハナコ".into(),
            phone: "０１４４-11-2233".into(),
            ..Patient::default()
        };
        let keys = row.keys();
        assert_eq!(keys.name, name_key("高崎花子"));
        assert_eq!(keys.kana, kana::sound_key("たかさきはなこ"));
        assert_eq!(keys.digits, "0144112233");
    }
}
