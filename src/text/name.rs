//! Names of people: what stands round them on paper goes, and what cannot be a name is refused.

use super::{fold, kana};

/// What follows a name and is not part of it.
const AFTER: &[&str] = &[
    "御机下",
    "御侍史",
    "玉机下",
    "机下",
    "侍史",
    "先生",
    "医師",
    "殿",
    "様",
    "樣",
    "さま",
    "さん",
    "くん",
    "ちゃん",
    "氏",
    "御中",
    "(印)",
    "㊞",
    "印",
    "行",
    "宛",
];

/// Words that stand where a name could stand.
const NOT_NAMES: &[&str] = &[
    "担当",
    "担当医",
    "ご担当",
    "御担当",
    "ご担当医",
    "御担当医",
    "担当者",
    "ご担当者",
    "外来担当医",
    "主治医",
    "医師",
    "院長",
    "病院長",
    "なし",
    "無し",
    "有",
    "無",
    "本人",
    "同上",
    "男性",
    "女性",
    "男",
    "女",
    "様",
    "先生",
    "氏名",
    "未定",
    "不明",
    "希望なし",
    "指定なし",
    "特になし",
    "特に無し",
    "おまかせ",
    "お任せ",
    "初診担当医",
    "師長",
    "病棟師長",
    "看護師",
    "薬剤師",
    "看護師長",
    "地域連携",
    "各位",
    "処方医",
    "代表",
    "管理者",
    "担当先生",
    "担当医師",
    "ご担当先生",
];

/// The name that a text begins with, cut at the first 様, 殿, 先生, 印 …; NFKC, one space between its parts.
pub fn before_title(text: &str) -> String {
    let text = fold::tidy(text);
    let cut = AFTER
        .iter()
        .filter_map(|word| {
            let at = text.find(word).filter(|&at| at > 0)?;
            let before = &text[..at];
            let title = match *word {
                "行" => addresses(before),
                // 氏 begins family names (氏家): only after at least two characters.
                _ => word.chars().count() > 1 || before.chars().count() > 1,
            };
            title.then_some(at)
        })
        .min()
        .unwrap_or(text.len());
    text[..cut].trim_matches(|c: char| c.is_whitespace() || fold::is_ornament(c)).to_owned()
}

/// Whether 行 behind this is the word of an address (宛) and no end of a given name (信行, 孝行): it stands apart, or what
/// is before it is a whole name already.
fn addresses(before: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or(before).chars().count();
    last == 0 || last >= if before.contains(' ') { 3 } else { 5 }
}

/// A person's name, `None` when the text cannot be one.
pub fn person(text: &str) -> Option<String> {
    let name = before_title(text);
    let bare: String = name.chars().filter(|c| !c.is_whitespace()).collect();
    let letters = bare.chars().count();
    let latin = bare.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '\''));
    let most = if latin {
        40
    } else if bare.chars().all(kana::is_kana) {
        24
    } else {
        12
    };
    if !(2..=most).contains(&letters)
        || NOT_NAMES.contains(&bare.as_str())
        || NOT_NAMES.iter().any(|w| w.chars().count() >= 3 && bare.ends_with(w))
    {
        return None;
    }
    // A Latin name has two parts or is long; two or three letters are scribble.
    if latin
        && (letters < 5 || !name.contains(' ') && letters < 7 || !name.starts_with(|c: char| c.is_ascii_uppercase()))
    {
        return None;
    }
    let mixed = bare.chars().any(|c| c.is_ascii_alphabetic()) && !latin;
    let fits = !mixed && bare.chars().all(|c| is_name_char(c) || (latin && matches!(c, '.' | '-' | '\'')));
    fits.then_some(name)
}

/// Whether the name is masked (●京●郎): it stands for somebody but cannot be matched.
pub fn masked(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '●' | '○' | '〇' | '◯' | '■' | '*' | '＊' | '×')) && text.chars().any(is_name_char)
}

/// Whether a person's name may hold the character.
pub fn is_name_char(c: char) -> bool {
    is_kanji(c) || kana::is_kana(c) || c.is_ascii_alphabetic() || matches!(c, '々' | '〆' | 'ヶ' | 'ヵ' | '・')
}

/// Whether the character is a kanji.
pub fn is_kanji(c: char) -> bool {
    matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}' | '々')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_seals_go() {
        for (text, want) in [
            ("佐藤　花子　様", "佐藤 花子"),
            ("北川一郎 先生 御机下", "北川一郎"),
            ("髙田 翔 印", "髙田 翔"),
            ("氏家 真一 殿", "氏家 真一"),
            (": 野々村 ミツ さん", "野々村 ミツ"),
            ("NGUYEN VAN AN 様", "NGUYEN VAN AN"),
            ("グエン ティ ラン 様", "グエン ティ ラン"),
            ("大塚 信行 様", "大塚 信行"),
            ("長谷川孝行", "長谷川孝行"),
            ("佐々木 博行", "佐々木 博行"),
            ("佐藤 花子 行", "佐藤 花子"),
            ("佐々木一郎行", "佐々木一郎"),
        ] {
            assert_eq!(person(text).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in
            ["ご担当医 先生", "担当 先生", "なし 先生", "様", "1234", "山", "2024年5月", "", "循環器内科 担当医"]
        {
            assert_eq!(person(text), None, "{text}");
        }
    }

    #[test]
    fn masked_names_are_known() {
        assert!(masked("●京●郎"));
        assert!(!masked("佐藤花子"));
    }
}
