//! Cells of the hospital's lists as the masters write them. Strict where recognition would be lenient: a list is typed,
//! not scanned, and what it says wrongly must be seen rather than guessed.

use crate::text::era::Era;
use crate::text::wareki::{self, Written};
use crate::text::{fold, kana, number, phone};
use jiff::civil::Date;

/// One line of text: NFKC, single spaces, no control characters.
pub(super) fn line(cell: &str) -> String {
    let visible: String = cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if visible.is_ascii() { visible.split_whitespace().collect::<Vec<_>>().join(" ") } else { fold::tidy(&visible) }
}

/// An id: no spaces at all; leading zeros stay.
pub(super) fn id(cell: &str) -> String {
    line(cell).replace(' ', "")
}

/// A reading in full-width katakana.
pub(super) fn reading(cell: &str) -> String {
    kana::katakana(&line(cell))
}

/// The sex; `None` for a word that is none.
pub(super) fn sex(cell: &str) -> Option<&'static str> {
    Some(match id(cell).to_lowercase().as_str() {
        "男" | "男性" | "m" | "male" | "1" => "male",
        "女" | "女性" | "f" | "female" | "2" => "female",
        "その他" | "other" | "o" | "3" => "other",
        "" | "不明" | "未設定" | "unknown" | "u" | "0" | "9" => "",
        _ => return None,
    })
}

/// A day, however it is written; `Some(None)` for an empty cell, `None` for what is no day of the calendar.
pub(super) fn day(cell: &str) -> Option<Option<Date>> {
    let text = line(cell);
    // Spreadsheets add midnight to days.
    let text = text.trim_end_matches(" 00:00:00").trim_end_matches(" 0:00:00").trim_end_matches(" 0:00");
    let text = text.strip_suffix('生').unwrap_or(text).replace(' ', "");
    if text.is_empty() || text.chars().all(|c| matches!(c, '0' | '-' | '/')) || matches!(text.as_str(), "不明" | "なし")
    {
        return Some(None);
    }
    compact(&text).or_else(|| written(&text)).map(Some)
}

/// `19570405`, `S320405`, and `3320405` with the era as a digit (1 明治 to 5 令和).
fn compact(text: &str) -> Option<Date> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let rest = chars.as_str();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok();
    }
    if rest.len() != 6 || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let era = match first.to_digit(10) {
        Some(digit) => *Era::ALL.get(usize::try_from(digit).ok()?.checked_sub(1)?)?,
        None => Era::from_char(first)?,
    };
    era.day(rest[..2].parse().ok()?, rest[2..4].parse().ok()?, rest[4..].parse().ok()?)
}

/// A day with separators or words, when the whole text is one and nothing in it had to be guessed.
fn written(text: &str) -> Option<Date> {
    const SIGNS: &str = "年月日/.-()元明治大正昭和平成令西暦";
    let chars: Vec<char> = text.chars().collect();
    let known =
        |(at, c): (usize, &char)| c.is_ascii_digit() || SIGNS.contains(*c) || (at == 0 && c.is_ascii_alphabetic());
    if !chars.iter().enumerate().all(known) {
        return None;
    }
    let seen = wareki::dates(&chars).into_iter().next()?;
    match seen.written {
        Written::Day(day) if seen.range == (0..chars.len()) => Some(day),
        _ => None,
    }
}

/// A postal code as `NNN-NNNN`; `Some("")` for an empty cell, `None` for what is none.
pub(super) fn postal_code(cell: &str) -> Option<String> {
    let digits = number::digits(cell);
    match digits.len() {
        0 => Some(String::new()),
        7 => Some(format!("{}-{}", &digits[..3], &digits[3..])),
        _ => None,
    }
}

/// A telephone number in half-width digits with hyphens, and whether it looks like a whole one.
pub(super) fn telephone(cell: &str) -> (String, bool) {
    let text = line(cell).replace(' ', "");
    let text = fold::dashes(&text).replace(['(', ')', '.'], "-");
    // 内線, 代表 and the like follow the number.
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+'))).unwrap_or(text.len());
    let text = text[..end].split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let text = match text.strip_prefix("+81") {
        Some(rest) => format!("0{}", rest.trim_start_matches('-')),
        None => text,
    };
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return (
            String::new(),
            id(cell).chars().all(fold::is_dash) || matches!(id(cell).as_str(), "なし" | "不明" | "無"),
        );
    }
    let whole = text.starts_with('0') && matches!(digits, 10 | 11);
    if whole && !text.contains('-') {
        let chars: Vec<char> = text.chars().collect();
        if let Some(seen) = phone::phones(&chars).into_iter().next()
            && seen.range == (0..chars.len())
        {
            return (seen.value, true);
        }
    }
    (text, whole)
}

/// Yes or no as `1` or `0`; `None` for a word that is neither.
pub(super) fn flag(cell: &str) -> Option<&'static str> {
    Some(match id(cell).to_lowercase().as_str() {
        "1" | "有" | "あり" | "○" | "〇" | "◯" | "●" | "済" | "登録" | "登録済" | "yes" | "y" | "true" => {
            "1"
        }
        "" | "0" | "無" | "なし" | "×" | "未" | "未登録" | "-" | "no" | "n" | "false" => "0",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_day_in_every_shape() {
        for text in [
            "1957-04-05",
            "1957/4/5",
            "１９５７／４／５",
            "1957/04/05 0:00:00",
            "1957年4月5日",
            "昭和32年4月5日",
            "S32.4.5",
            "s32/04/05",
            "昭32.4.5",
            "昭和３２年　４月　５日生",
            "19570405",
            "S320405",
            "3320405",
        ] {
            assert_eq!(day(text), Some(Some(jiff::civil::date(1957, 4, 5))), "{text}");
        }
        for text in ["", " ", "0000-00-00", "00000000", "不明"] {
            assert_eq!(day(text), Some(None), "{text}");
        }
        for text in [
            "1957-02-30",
            "19571301",
            "昭和70年1月1日",
            "S32.4",
            "32.4.5",
            "4/5",
            "19S7/4/5",
            "1957-04-05x",
            "来週",
            "45000",
            "9320405",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn sexes_and_flags() {
        assert_eq!(
            [sex("男"), sex("Ｆ"), sex("1"), sex("9"), sex("")],
            [Some("male"), Some("female"), Some("male"), Some(""), Some("")]
        );
        assert_eq!(sex("x"), None);
        assert_eq!([flag("○"), flag(""), flag("１"), flag("多分")], [Some("1"), Some("0"), Some("1"), None]);
    }

    #[test]
    fn telephones_and_postal_codes() {
        for (cell, value) in [
            ("0144-33-4678", "0144-33-4678"),
            ("０１４４（３３）４６７８", "0144-33-4678"),
            ("(0144)33-4678", "0144-33-4678"),
            ("0144-33-4678（内線12）", "0144-33-4678"),
            ("+81-144-33-4678", "0144-33-4678"),
            ("090 1234 5678", "090-1234-5678"),
            ("０９０ー１２３４ー５６７８", "090-1234-5678"),
        ] {
            assert_eq!(telephone(cell), (value.to_owned(), true), "{cell}");
        }
        assert_eq!(telephone(""), (String::new(), true));
        assert_eq!(telephone("なし"), (String::new(), true));
        assert!(!telephone("144-33-4678").1);
        assert!(!telephone("自宅").1);
        assert_eq!(postal_code("〒０６２ー００１８").as_deref(), Some("062-0018"));
        assert_eq!(postal_code("0620018").as_deref(), Some("062-0018"));
        assert_eq!((postal_code(""), postal_code("62-0018")), (Some(String::new()), None));
    }

    #[test]
    fn names_keep_their_characters() {
        assert_eq!(line(" 髙﨑　 ﾊﾅｺ\t"), "髙﨑 ハナコ");
        assert_eq!(reading("ﾀｶｻｷ　はなこ"), "タカサキ ハナコ");
        assert_eq!(id(" ０００１２ ３"), "000123");
    }
}
