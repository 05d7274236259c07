//! How two values are compared when a corpus is scored: the rules of the published scorer, kept apart from the
//! program's own normalisers so that a fault there cannot hide itself here.

use std::collections::HashMap;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

/// Glyph variants (異体字) that the scorer takes for one another.
const VARIANTS: &[&str] = &[
    "高髙",
    "崎﨑嵜",
    "斎齋斉齊",
    "辺邊邉",
    "浜濱濵",
    "桑桒",
    "島嶋嶌",
    "広廣",
    "沢澤",
    "富冨",
    "桜櫻",
    "関關",
    "国國",
    "滝瀧",
    "黒黑",
    "徳德",
    "瀬瀨",
    "栄榮",
    "真眞",
    "恵惠",
    "竜龍",
    "静靜",
    "寿壽",
    "実實",
    "礼禮",
    "豊豐",
    "清淸",
    "橋槗",
    "柳栁",
    "曽曾",
    "渕淵",
    "館舘",
    "峰峯",
    "条條",
    "薮藪籔",
    "会會",
    "渋澁",
    "昇曻",
    "晃晄",
    "凛凜",
    "桧檜",
    "晧皓",
    "円圓",
    "学學",
    "県縣",
    "将將",
    "亜亞",
    "彦彥",
    "弥彌",
    "万萬",
    "与與",
    "稲稻",
    "満滿",
    "弁辨",
    "為爲",
    "穂穗",
    "郎郞",
    "芦蘆",
    "籠篭",
    "鉄鐵",
    "絵繪",
    "遥遙",
    "吉𠮷",
];

/// What a field's value is compared as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Digits only.
    Digits,
    /// All characters but white space.
    Characters,
}

/// How the field of that code is compared.
pub(super) fn compared(field: &str) -> Compared {
    match field {
        "sender_phone"
        | "sender_fax"
        | "patient_phone"
        | "sender_postal_code"
        | "patient_postal_code"
        | "sender_institution_code"
        | "patient_id"
        | "insurer_number" => Compared::Digits,
        _ => Compared::Characters,
    }
}

/// Whether the field is a name, for which equality but for glyph variants is counted too.
pub(super) fn is_name(field: &str) -> bool {
    matches!(
        field,
        "patient_name"
            | "sender_doctor_name"
            | "recipient_doctor_name"
            | "doctor_name"
            | "applicant_name"
            | "sender_institution_name"
            | "pharmacy_name"
    )
}

/// Whether the field is free text, for which character errors are counted.
pub(super) fn is_free_text(field: &str) -> bool {
    matches!(field, "diagnosis" | "purpose" | "history" | "course" | "prescription" | "remarks")
}

/// NFKC, dashes between letters and digits made `-`, white space taken out.
pub(super) fn squeeze(text: &str) -> String {
    let chars: Vec<char> = text.nfkc().collect();
    let solid = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| c.is_ascii_alphanumeric());
    chars
        .iter()
        .enumerate()
        .map(|(i, &c)| {
            let dash = matches!(c, '‐' | '‑' | '‒' | '–' | '—' | '−' | 'ー' | '-');
            if dash && solid(i.checked_sub(1)) && solid(Some(i + 1)) { '-' } else { c }
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{1c}'..='\u{1f}'))
        .collect()
}

/// The value of `field` as it is compared.
pub(super) fn norm(field: &str, value: &str) -> String {
    let squeezed = squeeze(value);
    match compared(field) {
        Compared::Digits => squeezed.chars().filter(char::is_ascii_digit).collect(),
        Compared::Characters => squeezed,
    }
}

/// The text with every glyph variant brought to one shape.
pub(super) fn fold(text: &str) -> String {
    static TABLE: OnceLock<HashMap<char, char>> = OnceLock::new();
    let table = TABLE
        .get_or_init(|| VARIANTS.iter().flat_map(|g| g.chars().map(|c| (c, g.chars().next().unwrap_or(c)))).collect());
    text.chars().map(|c| *table.get(&c).unwrap_or(&c)).collect()
}

/// Levenshtein distance in characters.
pub(super) fn edit(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() || b.is_empty() {
        return a.len().max(b.len());
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let best = (diagonal + usize::from(ca != cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshtein_distances() {
        assert_eq!(edit("kitten", "sitting"), 3);
        assert_eq!(edit("", "abc"), 3);
        assert_eq!(edit("abc", "abc"), 0);
        assert_eq!(edit("早期胃癌", "早期胃がん"), 2);
    }

    #[test]
    fn dashes_count_between_digits_only() {
        assert_eq!(squeeze("０１２３ー４５ー 6789"), "0123-45ー6789");
        assert_eq!(squeeze("サトー ハナコ"), "サトーハナコ");
        assert_eq!(norm("sender_phone", "(0123) 45−6789"), "0123456789");
        assert_eq!(fold("齋藤 髙一"), "斎藤 高一");
    }
}
