//! What staff type into a field, brought into the form that its type asks for. It never guesses: what does not fit is said.

use crate::domain::ValueType;
use crate::text::{fold, kana, wareki};
use crate::web::words;

/// The value in its proper form, or the text as typed when it does not fit.
pub fn tidy(kind: ValueType, typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(String::new());
    }
    let narrow = fold::nfkc(typed);
    let fits = match kind {
        ValueType::Date => date(typed),
        ValueType::Dates => {
            let all: Option<Vec<String>> =
                typed.split([',', '、', '，', '\n']).filter(|d| !d.trim().is_empty()).map(date).collect();
            all.map(|days| days.join(","))
        }
        ValueType::Sex
        | ValueType::YesNo
        | ValueType::CareLevel
        | ValueType::Modality
        | ValueType::RegistrationAction => {
            words::choices(kind).iter().find(|(value, _)| *value == typed).map(|(value, _)| (*value).to_owned())
        }
        ValueType::Phone => phone(&narrow),
        ValueType::PostalCode => postal_code(&narrow),
        ValueType::InstitutionCode => digits(&narrow).filter(|d| matches!(d.len(), 7 | 10)),
        ValueType::Digits => digits(&narrow),
        ValueType::Number => digits(&narrow).and_then(|d| d.parse::<u64>().ok()).map(|n| n.to_string()),
        ValueType::Kana => Some(one_space(&kana::katakana(typed))),
        ValueType::Name => Some(one_space(&narrow)),
        ValueType::Line => Some(one_space(&narrow)),
        ValueType::Text => Some(narrow),
    };
    fits.ok_or_else(|| typed.to_owned())
}

/// An ISO date from an ISO date, eight digits, or a date as an era writes it.
fn date(typed: &str) -> Option<String> {
    let narrow: String = fold::nfkc(typed).chars().filter(|c| !c.is_whitespace()).collect();
    if let Ok(day) = narrow.parse::<jiff::civil::Date>() {
        return Some(day.to_string());
    }
    if narrow.len() == 8 && narrow.bytes().all(|b| b.is_ascii_digit()) {
        let day = format!("{}-{}-{}", &narrow[..4], &narrow[4..6], &narrow[6..]).parse::<jiff::civil::Date>();
        return day.ok().map(|d| d.to_string());
    }
    wareki::first_day(&narrow).map(|d| d.to_string())
}

fn hyphens(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if "‐‑–—―−ー".contains(c) { '-' } else { c }).collect()
}

fn phone(narrow: &str) -> Option<String> {
    let text = hyphens(narrow).replace(['(', ')'], "-");
    let text = text.trim_matches('-');
    let count = text.bytes().filter(u8::is_ascii_digit).count();
    let clean = text.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '+') && (5..=13).contains(&count);
    clean.then(|| text.to_owned())
}

fn postal_code(narrow: &str) -> Option<String> {
    let digits: String = hyphens(narrow).trim_start_matches('〒').chars().filter(|c| *c != '-').collect();
    let fits = digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| format!("{}-{}", &digits[..3], &digits[3..]))
}

fn digits(narrow: &str) -> Option<String> {
    let text: String = hyphens(narrow).chars().filter(|c| *c != '-' && *c != ',').collect();
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn one_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_any_writing_become_iso() {
        for typed in ["1957-04-05", "19570405", "S32.4.5", "昭和32年4月5日", "昭和３２年４月５日", "1957/4/5"]
        {
            assert_eq!(tidy(ValueType::Date, typed).as_deref(), Ok("1957-04-05"), "{typed}");
        }
        assert_eq!(tidy(ValueType::Date, "きのう"), Err("きのう".into()));
        assert_eq!(tidy(ValueType::Date, "1957-02-30"), Err("1957-02-30".into()));
        assert_eq!(tidy(ValueType::Dates, "2024-05-20、R6.5.22").as_deref(), Ok("2024-05-20,2024-05-22"));
    }

    #[test]
    fn numbers_become_narrow() {
        assert_eq!(tidy(ValueType::Phone, "０３（１２３４）５６７８").as_deref(), Ok("03-1234-5678"));
        assert!(tidy(ValueType::Phone, "電話").is_err());
        assert_eq!(tidy(ValueType::PostalCode, "〒０６２－００１８").as_deref(), Ok("062-0018"));
        assert_eq!(tidy(ValueType::InstitutionCode, "01-1234567-8").as_deref(), Ok("0112345678"));
        assert!(tidy(ValueType::InstitutionCode, "12345").is_err());
        assert_eq!(tidy(ValueType::Number, "１，２００").as_deref(), Ok("1200"));
    }

    #[test]
    fn names_keep_their_characters() {
        assert_eq!(tidy(ValueType::Name, " 髙橋　 花子 ").as_deref(), Ok("髙橋 花子"));
        assert_eq!(tidy(ValueType::Kana, "たかはし　ハナコ").as_deref(), Ok("タカハシ ハナコ"));
        assert_eq!(tidy(ValueType::Sex, "男"), Err("男".into()));
        assert_eq!(tidy(ValueType::Sex, "").as_deref(), Ok(""));
    }
}
