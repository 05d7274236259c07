//! Numbers as printed: digits in any width, and digits that recognition turned into letters.

/// The digits of a text, half-width, everything else dropped.
pub fn digits(text: &str) -> String {
    super::fold::nfkc(text).chars().filter(char::is_ascii_digit).collect()
}

/// The digit that a letter or sign of nearly the same shape stands for inside a number.
pub fn lookalike(c: char) -> Option<char> {
    Some(match c {
        '0'..='9' => c,
        'O' | 'o' | 'Q' | 'D' | '〇' | '○' | '◯' => '0',
        'l' | 'I' | 'i' | '|' | '!' | 'J' | ']' => '1',
        'Z' | 'z' => '2',
        'S' | 's' | '$' => '5',
        'b' | 'G' => '6',
        'B' | '&' => '8',
        'g' | 'q' => '9',
        _ => return None,
    })
}

/// Digits that print and fax make alike.
const LIKE: &[&str] = &["068", "069", "17", "14", "56", "38", "35", "58", "27", "49", "47", "25", "089", "39"];

/// Whether two ASCII digits have a like shape.
pub fn like(a: u8, b: u8) -> bool {
    LIKE.iter().any(|g| g.as_bytes().contains(&a) && g.as_bytes().contains(&b))
}

/// The first whole number in a text: `36名`, `約 1,200`, `十二`.
pub fn first(text: &str) -> Option<u32> {
    let text = super::fold::squeeze(text);
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            ',' if !digits.is_empty() => {}
            _ if !digits.is_empty() => break,
            _ => {}
        }
    }
    digits.parse().ok().or_else(|| kanji(&text))
}

/// A number below one hundred in kanji.
fn kanji(text: &str) -> Option<u32> {
    let value = |c: char| "〇一二三四五六七八九".chars().position(|k| k == c).and_then(|n| u32::try_from(n).ok());
    let run: Vec<char> = text
        .chars()
        .skip_while(|c| value(*c).is_none() && *c != '十')
        .take_while(|c| value(*c).is_some() || *c == '十')
        .collect();
    match run.as_slice() {
        [] => None,
        [c] => value(*c).or((*c == '十').then_some(10)),
        ['十', ones] => value(*ones).map(|n| 10 + n),
        [tens, '十'] => value(*tens).map(|n| n * 10),
        [tens, '十', ones] => Some(value(*tens)? * 10 + value(*ones)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_every_shape() {
        for (text, n) in [
            ("36名", Some(36)),
            ("計 １，２００ 件", Some(1200)),
            ("十二名", Some(12)),
            ("二十名", Some(20)),
            ("三十五", Some(35)),
            ("なし", None),
            ("", None),
        ] {
            assert_eq!(first(text), n, "{text}");
        }
        assert_eq!(digits("０１－１０４７，８"), "0110478");
    }
}
