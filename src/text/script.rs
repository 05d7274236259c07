//! Glyphs that look alike in two scripts (一 ー, タ 夕, ヘ へ) take the script of their neighbours, and some of measured values
//! (SpO2, ℃) the only sense they can have. Must never change a glyph that stands alone.

/// Kanji and the katakana that look like them.
const KANJI_KATAKANA: [(char, char); 9] = [
    ('一', 'ー'),
    ('二', 'ニ'),
    ('八', 'ハ'),
    ('力', 'カ'),
    ('口', 'ロ'),
    ('工', 'エ'),
    ('夕', 'タ'),
    ('卜', 'ト'),
    ('千', 'チ'),
];
/// Hiragana and the katakana that look like them.
const HIRAGANA_KATAKANA: [(char, char); 4] = [('へ', 'ヘ'), ('べ', 'ベ'), ('ぺ', 'ペ'), ('り', 'リ')];
/// Strokes that are a long vowel after a kana and something else elsewhere.
const STROKES: [char; 6] = ['-', '—', '―', '－', '‐', '~'];
/// カ counts before these (六カ月), and is no 力.
const COUNTED: [char; 5] = ['月', '所', '国', '年', '条'];
/// What stands before an evening dose (1×夕, 朝・夕, 分2 朝夕, 分1 夕食後), where nobody writes a タ.
const BEFORE_EVENING: [char; 9] = ['×', '・', '、', '/', '／', '朝', '昼', '分', '毎'];
/// Katakana that join kanji in names (二ノ宮, 八ツ橋, 千ヶ崎) and say nothing of what stands before them.
const JOINERS: [char; 5] = ['ノ', 'ツ', 'ヶ', 'ケ', 'ッ'];

/// Kanji that stand before 力 in words that a word in katakana may follow.
const STRENGTHS: &str = "体学視聴握筋能知憶脚電水風火重圧浮暴協努実有入出効精気活速動弾張引咬嚥魅権労戦腕";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Kanji,
    Hiragana,
    Katakana,
    Other,
    /// Kanji or katakana.
    Either,
}

fn script(c: char) -> Script {
    let pair = |pairs: &[(char, char)]| pairs.iter().any(|(a, b)| *a == c || *b == c);
    match c {
        _ if pair(&KANJI_KATAKANA) || pair(&HIRAGANA_KATAKANA) => Script::Either,
        'ァ'..='ヺ' => Script::Katakana,
        'ぁ'..='ゖ' => Script::Hiragana,
        '々' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2ffff}' => Script::Kanji,
        _ => Script::Other,
    }
}

/// The line with such glyphs set right.
pub fn settled(line: &[char]) -> Vec<char> {
    let mut out = line.to_vec();
    for at in 0..line.len() {
        // What stands before is settled already; what comes after is as read, so look past what could be either.
        let before = at.checked_sub(1).map(|i| known(out[i]));
        let after = line[at + 1..].iter().map(|c| script(*c)).find(|s| *s != Script::Either);
        let next = line.get(at + 1).map(|c| script(*c));
        let preceding = line[..at].iter().rev().find(|c| !c.is_whitespace()).copied();
        let following = line.get(at + 1).copied();
        out[at] = if is_evening(line[at], preceding, following) {
            '夕'
        } else if is_gas(&line[..at], line[at], following) {
            'O'
        } else if is_test_result(&line[..at], line[at], following) {
            '-'
        } else if matches!((&line[..at], line[at], following), ([.., 'H', 'b', 'A'], 'l' | 'I', Some('c'))) {
            '1'
        } else if is_nought_of_a_stage(&out[..at], line[at], following) {
            '0'
        } else if matches!((&line[..at], line[at], following), ([.., 'H'], '6', Some('A'))) {
            'b'
        } else if line[at] == 'C' && is_temperature(&line[..at], following) {
            '℃'
        } else {
            of(line[at], (before, preceding), next, after, following)
        };
    }
    out
}

/// 夕 of a dose or a meal, whichever of the two it was read as.
fn is_evening(c: char, preceding: Option<char>, following: Option<char>) -> bool {
    let dosed = preceding.is_some_and(|c| c.is_ascii_digit() || BEFORE_EVENING.contains(&c));
    let alone = following.is_none_or(|c| matches!(script(c), Script::Kanji | Script::Other));
    matches!(c, '夕' | 'タ') && alone && (following == Some('食') || dosed)
}

/// The O of SpO2, SaO2, PaO2, FiO2, read as a nought: no number stands behind two letters, one large and one small.
fn is_gas(before: &[char], c: char, following: Option<char>) -> bool {
    let symbol = matches!(before, [.., 'S' | 'P' | 'F' | 'E', 'p' | 'a' | 'v' | 'i' | 't']);
    c == '0' && symbol && matches!(following, Some('2' | '₂'))
}

/// The noughts of a tumour's stage (T1bN0M0, TNM classification), read as letters.
fn is_nought_of_a_stage(before: &[char], c: char, following: Option<char>) -> bool {
    let node = matches!(before, [.., 'T' | '0'..='4' | 'a'..='d', 'N']) && following == Some('M');
    let far = matches!(before, [.., 'N', '0'..='3', 'M']) && !following.is_some_and(|c| c.is_ascii_alphabetic());
    matches!(c, 'O' | 'o') && (node || far)
}

/// The minus of HBs抗原(-), 尿糖(-), read as a 一. A (一) that numbers something stands behind no letter.
fn is_test_result(before: &[char], c: char, following: Option<char>) -> bool {
    let tested = match before {
        [.., tested, '(' | '（'] => matches!(script(*tested), Script::Kanji) || tested.is_ascii_alphanumeric(),
        _ => false,
    };
    tested && matches!(c, '一' | 'ー' | '―' | '—') && matches!(following, Some(')' | '）'))
}

/// A body's temperature (34.0 to 43.9), whose ring before the C was not seen.
fn is_temperature(before: &[char], following: Option<char>) -> bool {
    let [.., tens, ones, '.', tenths] = before else { return false };
    let range = matches!((tens, ones), ('3', '4'..='9') | ('4', '0'..='3'));
    range && tenths.is_ascii_digit() && !following.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// The script of a glyph that is settled.
fn known(c: char) -> Script {
    match script(c) {
        Script::Either if ('ァ'..='ー').contains(&c) => Script::Katakana,
        Script::Either if ('ぁ'..='ゖ').contains(&c) => Script::Hiragana,
        Script::Either => Script::Kanji,
        other => other,
    }
}

fn of(
    c: char,
    (before, preceding): (Option<Script>, Option<char>),
    next: Option<Script>,
    after: Option<Script>,
    following: Option<char>,
) -> char {
    use Script::{Either, Hiragana, Kanji, Katakana};
    let joined = following.is_some_and(|c| JOINERS.contains(&c));
    let (kana_before, kana_after) = (before == Some(Katakana), after == Some(Katakana) && !joined);
    if STROKES.contains(&c) {
        return if kana_before && matches!(next, Some(Katakana | Either)) { 'ー' } else { c };
    }
    if let Some((hiragana, katakana)) = HIRAGANA_KATAKANA.iter().find(|(a, b)| *a == c || *b == c) {
        return match (before, next) {
            (Some(Katakana), Some(Katakana | Either)) => *katakana,
            (None | Some(Script::Other), Some(Katakana)) => *katakana,
            (Some(Kanji | Hiragana), Some(Kanji | Hiragana | Script::Other) | None) => *hiragana,
            _ => c,
        };
    }
    let Some((kanji, katakana)) = KANJI_KATAKANA.iter().find(|(a, b)| *a == c || *b == c) else { return c };
    // A long vowel follows a kana and never begins a word.
    if *katakana == 'ー' {
        return match before {
            Some(Katakana) if next != Some(Kanji) || c == 'ー' => 'ー',
            Some(Kanji | Script::Other) | None if after == Some(Kanji) && next.is_some() => *kanji,
            _ => c,
        };
    }
    let kanji_near = before == Some(Kanji) || next == Some(Kanji);
    // 心臓カテーテル: a word in katakana begins with it, unless it ends one of the few in 力 (体力テスト).
    if *kanji == '力' && next == Some(Katakana) && !preceding.is_some_and(|c| STRENGTHS.contains(c)) {
        return *katakana;
    }
    if (kana_before || kana_after && next != Some(Kanji)) && !kanji_near {
        return *katakana;
    }
    let between = before == Some(Kanji) && matches!(next, Some(Kanji) | None);
    if c == *katakana && between && !following.is_some_and(|c| COUNTED.contains(&c)) { *kanji } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        settled(&text.chars().collect::<Vec<_>>()).into_iter().collect()
    }

    #[test]
    fn kana_words_are_kana_throughout() {
        for (read, printed) in [
            ("大腸ポリ一プ切除", "大腸ポリープ切除"),
            ("検査デ一夕", "検査データ"),
            ("コ-ポ7-406", "コーポ7-406"),
            ("クリ二ック", "クリニック"),
            ("卜ラムセット", "トラムセット"),
            ("工コ一", "エコー"),
            ("リハビリへルパー", "リハビリヘルパー"),
            ("心臓力テーテル", "心臓カテーテル"),
            ("握力テスト", "握力テスト"),
            ("すべリ症", "すべり症"),
        ] {
            assert_eq!(line(read), printed);
        }
    }

    #[test]
    fn words_in_kanji_stay_kanji() {
        for (read, printed) in [("入ロ部", "入口部"), ("筋カ低下", "筋力低下"), ("ー般名", "一般名")]
        {
            assert_eq!(line(read), printed);
        }
        for (read, printed) in
            [("分1タ食後", "分1夕食後"), ("1T 1×タ", "1T 1×夕"), ("朝・タ", "朝・夕"), ("分2 朝タ", "分2 朝夕")]
        {
            assert_eq!(line(read), printed);
        }
        for (read, printed) in [
            ("Sp0298%(室内気)", "SpO298%(室内気)"),
            ("体温36.1C、", "体温36.1℃、"),
            ("37.5C", "37.5℃"),
            ("HCV抗体(一)", "HCV抗体(-)"),
            ("HbAlcは", "HbA1cは"),
            ("(H6A1c7.1%)", "(HbA1c7.1%)"),
            ("cT1bNOMO)", "cT1bN0M0)"),
            ("T2N1MO", "T2N1M0"),
        ] {
            assert_eq!(line(read), printed);
        }
        for right in [
            "(一)適応",
            "B02",
            "体温36.1°C",
            "Sp 02",
            "型番36.1Ca",
            "116.1C",
            "2タイプ",
            "朝タオル",
            "六カ月",
            "3カ月",
            "一般名",
            "二ノ宮 一郎",
            "八木 タカ",
            "口頭",
            "千葉市",
            "病院へ紹介",
            "03-1234-5678",
            "テスト一回",
            "タ",
            "一",
            "佐藤 一",
            "八千代工業",
            "",
        ] {
            assert_eq!(line(right), right);
        }
    }
}
