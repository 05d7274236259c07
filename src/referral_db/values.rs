//! Confirmed values as columns. A value that does not fit its column's type is never forced in and never dropped: it
//! goes to `other_values` as it was confirmed.

use super::tables::{Table, column};
use crate::domain::{FieldName, ValueType};
use std::collections::BTreeMap;

/// What stands in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text, or nothing.
    Text(Option<String>),
    /// A whole number, or nothing.
    Number(Option<i64>),
}

/// Sorts confirmed `values` into the columns of `table`, in their order.
pub fn cells(table: &Table, values: &BTreeMap<FieldName, String>) -> Vec<(&'static str, Cell)> {
    let mut columns = Vec::new();
    let mut fitted: Vec<FieldName> = Vec::new();
    for field in table.fields() {
        let cell = typed(field.value_type(), values.get(&field).map(String::as_str));
        if cell != Cell::Text(None) && cell != Cell::Number(None) {
            fitted.push(field);
        }
        columns.push((column(field), cell));
    }
    if table.has_first_desired_date() {
        let first = values
            .get(&FieldName::DesiredDates)
            .filter(|_| fitted.contains(&FieldName::DesiredDates))
            .and_then(|dates| dates.split(',').next())
            .map(|date| date.trim().to_owned());
        columns.push(("first_desired_date", Cell::Text(first)));
    }
    let other: BTreeMap<&str, &str> = values
        .iter()
        .filter(|(field, value)| !fitted.contains(field) && !value.trim().is_empty())
        .map(|(field, value)| (field.code(), value.as_str()))
        .collect();
    let other = (!other.is_empty()).then(|| serde_json::json!(other).to_string());
    columns.push(("other_values", Cell::Text(other)));
    columns
}

/// The value as its type, or nothing when it is not of that type.
fn typed(of: ValueType, value: Option<&str>) -> Cell {
    let value = value.map(str::trim).filter(|v| !v.is_empty());
    if of == ValueType::Number {
        return Cell::Number(value.and_then(|v| v.parse().ok()).filter(|n| *n >= 0));
    }
    Cell::Text(value.filter(|v| fits(of, v)).map(str::to_owned))
}

/// Whether the text is what the column promises to its readers.
fn fits(of: ValueType, value: &str) -> bool {
    match of {
        ValueType::Date => is_date(value),
        ValueType::Dates => value.split(',').all(|date| is_date(date.trim())),
        ValueType::Sex => matches!(value, "male" | "female" | "other"),
        ValueType::YesNo => matches!(value, "yes" | "no"),
        ValueType::RegistrationAction => matches!(value, "new" | "change" | "withdraw"),
        ValueType::Modality => {
            matches!(value, "CT" | "MRI" | "RI" | "PET" | "US" | "endoscopy" | "DXA" | "other")
        }
        ValueType::CareLevel => {
            value.strip_prefix("要支援").is_some_and(|n| matches!(n, "1" | "2"))
                || value.strip_prefix("要介護").is_some_and(|n| matches!(n, "1" | "2" | "3" | "4" | "5"))
        }
        // A telephone number or a code that reads wrong is still what the document says; these columns promise no more.
        ValueType::Name
        | ValueType::Kana
        | ValueType::Phone
        | ValueType::PostalCode
        | ValueType::InstitutionCode
        | ValueType::Digits
        | ValueType::Line
        | ValueType::Text
        | ValueType::Number => true,
    }
}

/// A day of the calendar, written `YYYY-MM-DD`.
fn is_date(value: &str) -> bool {
    value.len() == 10 && value.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    fn cell<'a>(cells: &'a [(&'static str, Cell)], name: &str) -> &'a Cell {
        &cells.iter().find(|(column, _)| *column == name).unwrap().1
    }

    fn of(kind: Kind, values: &[(FieldName, &str)]) -> Vec<(&'static str, Cell)> {
        cells(Table::of(kind).unwrap(), &values.iter().map(|(f, v)| (*f, (*v).to_owned())).collect())
    }

    fn text(value: &str) -> Cell {
        Cell::Text(Some(value.to_owned()))
    }

    #[test]
    fn values_go_to_their_columns() {
        let got = of(
            Kind::ExamRequest,
            &[
                (FieldName::Modality, "MRI"),
                (FieldName::PatientId, "00012345"),
                (FieldName::DesiredDates, "2026-12-03,2026-12-01"),
            ],
        );
        assert_eq!(cell(&got, "modality"), &text("MRI"));
        assert_eq!(cell(&got, "patient_id_written"), &text("00012345"));
        assert_eq!(cell(&got, "first_desired_date"), &text("2026-12-03"));
        assert_eq!(cell(&got, "other_values"), &Cell::Text(None));
    }

    #[test]
    fn what_does_not_fit_is_kept_beside() {
        let got = of(
            Kind::EventEntry,
            &[
                (FieldName::Participants, "3名"),
                (FieldName::EventDate, "2026-02-30"),
                (FieldName::Remarks, "駐車場を使う"),
                (FieldName::EventName, " "),
            ],
        );
        assert_eq!(cell(&got, "participants"), &Cell::Number(None));
        assert_eq!(cell(&got, "event_date"), &Cell::Text(None));
        let Cell::Text(Some(other)) = cell(&got, "other_values") else { panic!("nothing kept") };
        let other: BTreeMap<String, String> = serde_json::from_str(other).unwrap();
        assert_eq!(other["participants"], "3名");
        assert_eq!(other["event_date"], "2026-02-30");
        assert_eq!(other["remarks"], "駐車場を使う");
        assert_eq!(other.len(), 3);
    }

    #[test]
    fn numbers_are_numbers() {
        let got = of(Kind::HomeCareActivityReport, &[(FieldName::HomePatients, "54"), (FieldName::ReferralsOut, "-1")]);
        assert_eq!(cell(&got, "home_patients"), &Cell::Number(Some(54)));
        assert_eq!(cell(&got, "referrals_out"), &Cell::Number(None));
    }
}
