//! Whether two readings of a value say the same, as its type asks: digits as digits, names by tier, text without its spaces.

use crate::domain::{Agreement, FieldName, ValueType};
use crate::text::{fold, institution, kana, variants};

/// How two values of a field compare.
pub fn compare(field: FieldName, a: &str, b: &str) -> Agreement {
    let kind = field.value_type();
    if plain(kind, a) == plain(kind, b) {
        return Agreement::Same;
    }
    let named = matches!(field, FieldName::SenderInstitutionName | FieldName::PharmacyName);
    let loose = |text: &str| {
        let name = variants::same_name(&plain(ValueType::Line, text));
        if named { bare(&variants::same_name(&institution::short_name(&fold::nfkc(text)))) } else { name }
    };
    let by_name = named || matches!(kind, ValueType::Name);
    let (a, b) = (loose(a), loose(b));
    if by_name && !a.is_empty() && a == b { Agreement::Alike } else { Agreement::Differs }
}

/// Whether they say the same, or the same but for variants of characters.
pub fn same(field: FieldName, a: &str, b: &str) -> bool {
    compare(field, a, b) != Agreement::Differs
}

fn plain(kind: ValueType, text: &str) -> String {
    match kind {
        ValueType::Phone
        | ValueType::PostalCode
        | ValueType::InstitutionCode
        | ValueType::Digits
        | ValueType::Number => fold::nfkc(text).chars().filter(char::is_ascii_digit).collect(),
        ValueType::Kana => bare(&kana::katakana(&fold::nfkc(text))),
        ValueType::Dates => {
            let mut days: Vec<&str> = text.split(',').map(str::trim).filter(|day| !day.is_empty()).collect();
            days.dedup();
            days.join(",")
        }
        _ => bare(&fold::dashes(&fold::nfkc(text))),
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_the_same_are_the_same() {
        use Agreement::*;
        for (field, a, b, want) in [
            (FieldName::PatientName, "海野 環", "海野　環", Same),
            (FieldName::PatientName, "髙橋 一", "高橋 一", Alike),
            (FieldName::PatientName, "海野 環", "海野 珠", Differs),
            (FieldName::PatientKana, "ウンノ タマキ", "うんのたまき", Same),
            (FieldName::PatientKana, "ウンノ タマキ", "ウンノ タマミ", Differs),
            (FieldName::SenderPhone, "06-0000-1111", "０６（００００）１１１１", Same),
            (FieldName::SenderPhone, "06-0000-1111", "06-0000-1112", Differs),
            (FieldName::PatientBirthDate, "1957-04-05", "1957-04-15", Differs),
            (FieldName::SenderInstitutionName, "医療法人社団みどり会 みどり坂診療所", "みどり坂診療所", Alike),
            (FieldName::SenderInstitutionName, "みどり坂診療所", "あおい坂診療所", Differs),
            (FieldName::PatientSex, "male", "", Differs),
            (FieldName::DesiredDates, "2026-10-01, 2026-10-02", "2026-10-01,2026-10-02", Same),
            (FieldName::DesiredDates, "2026-10-02,2026-10-01", "2026-10-01,2026-10-02", Differs),
        ] {
            assert_eq!(compare(field, a, b), want, "{a} / {b}");
        }
    }
}
