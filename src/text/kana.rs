//! Kana: one written form (full-width katakana), and a key under which spellings of one sound are equal.

use super::fold;

/// NFKC with hiragana turned into katakana.
pub fn katakana(text: &str) -> String {
    fold::nfkc(text).chars().map(to_katakana).collect()
}

/// A hiragana letter as katakana; anything else as it is.
pub fn to_katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    }
}

/// Whether the character is katakana, hiragana or the long vowel mark.
pub fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | 'ー' | 'ゝ' | 'ゞ' | 'ヽ' | 'ヾ')
}

/// Whether the character is katakana or the long vowel mark.
pub fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30A1}'..='\u{30FA}' | 'ー' | 'ヽ' | 'ヾ')
}

/// The kana that a kanji or a symbol of nearly the same shape stands for inside kana; recognition mixes them up.
pub fn lookalike(c: char) -> Option<char> {
    Some(match c {
        '一' | '-' | '−' | '―' | '—' | '‐' => 'ー',
        '二' => 'ニ',
        '三' => 'ミ',
        '八' => 'ハ',
        '力' => 'カ',
        '口' => 'ロ',
        '工' => 'エ',
        '夕' => 'タ',
        '卜' => 'ト',
        '千' => 'チ',
        '才' => 'オ',
        '匕' => 'ヒ',
        '乃' => 'ノ',
        '七' => 'セ',
        '又' => 'ヌ',
        'り' => 'リ',
        'へ' => 'ヘ',
        'べ' => 'ベ',
        'ぺ' => 'ペ',
        _ => return None,
    })
}

/// A reading of a name: full-width katakana with one space between its parts; `None` when it is not kana.
pub fn reading(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in fold::nfkc(text).replace(['・', ',', '、'], " ").split_whitespace() {
        let mut out = String::new();
        for c in part.chars() {
            let c = if is_kana(c) { to_katakana(c) } else { lookalike(c)? };
            out.push(c);
        }
        parts.push(out);
    }
    let letters: usize = parts.iter().map(|p| p.chars().count()).sum();
    (2..=30).contains(&letters).then(|| parts.join(" "))
}

/// A key under which spellings of one sound are equal: ヅ/ズ, ヂ/ジ, ヲ/オ, ヴ/ブ, small letters, long vowels; without spaces.
pub fn sound_key(text: &str) -> String {
    let mut out: Vec<char> = Vec::new();
    for c in katakana(text).chars() {
        let c = match c {
            'ァ' => 'ア',
            'ィ' => 'イ',
            'ゥ' => 'ウ',
            'ェ' => 'エ',
            'ォ' => 'オ',
            'ッ' => 'ツ',
            'ャ' => 'ヤ',
            'ュ' => 'ユ',
            'ョ' => 'ヨ',
            'ヮ' => 'ワ',
            'ヂ' => 'ジ',
            'ヅ' => 'ズ',
            'ヲ' => 'オ',
            'ヴ' => 'ブ',
            'ヵ' => 'カ',
            'ヶ' => 'ケ',
            'ヰ' => 'イ',
            'ヱ' => 'エ',
            c if is_katakana(c) => c,
            _ => continue,
        };
        let before = out.last().copied().and_then(vowel);
        let lengthens = match c {
            'ー' => true,
            'ウ' => matches!(before, Some('オ' | 'ウ')),
            'オ' => before == Some('オ'),
            'イ' => before == Some('エ'),
            'エ' => before == Some('エ'),
            _ => false,
        };
        if !lengthens {
            out.push(c);
        }
    }
    out.into_iter().collect()
}

/// The vowel in which a katakana letter ends.
fn vowel(c: char) -> Option<char> {
    Some(match c {
        'ア' | 'カ' | 'サ' | 'タ' | 'ナ' | 'ハ' | 'マ' | 'ヤ' | 'ラ' | 'ワ' | 'ガ' | 'ザ' | 'ダ' | 'バ' | 'パ' => {
            'ア'
        }
        'イ' | 'キ' | 'シ' | 'チ' | 'ニ' | 'ヒ' | 'ミ' | 'リ' | 'ギ' | 'ジ' | 'ビ' | 'ピ' => 'イ',
        'ウ' | 'ク' | 'ス' | 'ツ' | 'ヌ' | 'フ' | 'ム' | 'ユ' | 'ル' | 'グ' | 'ズ' | 'ブ' | 'プ' => 'ウ',
        'エ' | 'ケ' | 'セ' | 'テ' | 'ネ' | 'ヘ' | 'メ' | 'レ' | 'ゲ' | 'ゼ' | 'デ' | 'ベ' | 'ペ' => 'エ',
        'オ' | 'コ' | 'ソ' | 'ト' | 'ノ' | 'ホ' | 'モ' | 'ヨ' | 'ロ' | 'ゴ' | 'ゾ' | 'ド' | 'ボ' | 'ポ' => {
            'オ'
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_become_full_width_katakana() {
        assert_eq!(reading("ｻﾄｳ ﾊﾅｺ").as_deref(), Some("サトウ ハナコ"));
        assert_eq!(reading("さとう　はなこ").as_deref(), Some("サトウ ハナコ"));
        assert_eq!(reading("二シ 力ズ三").as_deref(), Some("ニシ カズミ"));
        assert_eq!(reading("佐藤"), None);
        assert_eq!(reading("ア"), None);
    }

    #[test]
    fn one_sound_one_key() {
        for (a, b) in [
            ("オオノ", "オーノ"),
            ("コウイチ", "コーイチ"),
            ("ミヅキ", "ミズキ"),
            ("ケイコ", "ケーコ"),
            ("シュウヘイ", "シユウヘイ"),
        ] {
            assert_eq!(sound_key(a), sound_key(b), "{a} {b}");
        }
        assert_ne!(sound_key("サトウ"), sound_key("サイトウ"));
        assert_ne!(sound_key("オノ"), sound_key("オン"));
    }
}
