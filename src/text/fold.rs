//! Unicode normalisation (NFKC) and what it leaves undone: dashes between digits, spaces, 濁点 apart, variation selectors.

use unicode_normalization::UnicodeNormalization;

/// NFKC, with spaced 濁点 joined to their kana and variation selectors taken out.
pub fn nfkc(text: &str) -> String {
    if text.chars().all(is_settled) {
        return text.to_owned();
    }
    text.chars()
        .filter(|c| !matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' | '\u{200B}'..='\u{200D}' | '\u{FEFF}'))
        // NFKC turns the spacing marks into a space and a combining mark; the combining mark alone is wanted.
        .map(|c| match c {
            '\u{309B}' => '\u{3099}',
            '\u{309C}' => '\u{309A}',
            // Text layers write a page number (2∕2) with either of them.
            '\u{2044}' | '\u{2215}' => '/',
            other => other,
        })
        .nfkc()
        .collect()
}

/// Characters that NFKC leaves as they are; nearly all that is read here, and much quicker to see than to normalise.
fn is_settled(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{7E}' | '\n' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}' | '\u{4E00}'..='\u{9FFF}' | '、' | '。' | '「' | '」' | '々')
}

/// NFKC without any white space.
pub fn squeeze(text: &str) -> String {
    nfkc(text).chars().filter(|c| !c.is_whitespace()).collect()
}

/// NFKC with runs of white space made one space and none at either end.
pub fn tidy(text: &str) -> String {
    nfkc(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the character is one of the many dashes that stand between digits.
pub fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | 'ー' | '－' | 'ｰ' | '─' | '一' | '~' | '〜')
}

/// Dashes that stand between two digits or letters become `-`; `ー` inside kana stays a long vowel.
pub fn dashes(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let near = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| c.is_ascii_alphanumeric());
    (0..chars.len())
        .map(|i| {
            let c = chars[i];
            // `~` spans numbers ("3~4"), it does not join them.
            if is_dash(c) && !matches!(c, '~' | '〜') && near(i.checked_sub(1)) && near(Some(i + 1)) { '-' } else { c }
        })
        .collect()
}

/// The character under which labels are compared: katakana for hiragana, lower case, and nothing for spaces and punctuation.
pub fn label_char(c: char) -> Option<char> {
    if c.is_whitespace() || is_ornament(c) {
        return None;
    }
    Some(match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => c,
    })
}

/// A label as it is compared: NFKC, then [`label_char`].
pub fn label_key(text: &str) -> Vec<char> {
    nfkc(text).chars().filter_map(label_char).collect()
}

/// Whether the character only decorates or separates (brackets, bullets, rules, colons).
pub fn is_ornament(c: char) -> bool {
    matches!(
        c,
        ':' | ';'
            | '.'
            | ','
            | '、'
            | '。'
            | '・'
            | '･'
            | '_'
            | '|'
            | '¦'
            | '!'
            | '\''
            | '"'
            | '`'
            | '^'
            | '*'
            | '#'
            | '='
            | '~'
            | '〜'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '<'
            | '>'
            | '「'
            | '」'
            | '『'
            | '』'
            | '【'
            | '】'
            | '〔'
            | '〕'
            | '《'
            | '》'
            | '〈'
            | '〉'
            | '■'
            | '□'
            | '◆'
            | '◇'
            | '●'
            | '○'
            | '◎'
            | '▼'
            | '▲'
            | '▽'
            | '△'
            | '★'
            | '☆'
            | '※'
            | '→'
            | '⇒'
            | '/'
            | '\\'
            | '-'
            | '‐'
            | '–'
            | '—'
            | '―'
            | '−'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nfkc_folds_width_and_joins_dakuten() {
        assert_eq!(nfkc("ﾌﾘｶﾞﾅ　ＡＢ１２㈱"), "フリガナ AB12(株)");
        assert_eq!(nfkc("か゛"), "が");
        assert_eq!(nfkc("葛\u{E0100}城"), "葛城");
        assert_eq!(nfkc("髙﨑𠮷"), "髙﨑𠮷");
    }

    #[test]
    fn dashes_between_digits_only() {
        assert_eq!(dashes("03ー1234−5678"), "03-1234-5678");
        assert_eq!(dashes("センター"), "センター");
        assert_eq!(dashes("3~4回"), "3~4回");
    }

    #[test]
    fn label_keys_ignore_spaces_case_and_kana_shape() {
        assert_eq!(label_key("ふり　がな："), label_key("フリガナ"));
        assert_eq!(label_key("【Ｔｅｌ】"), label_key("TEL"));
    }
}
