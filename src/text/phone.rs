//! Telephone and fax numbers and postal codes as printed, found among the characters of a line.

use super::{fold, number};
use std::ops::Range;

/// A telephone or fax number.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Half-width digits with hyphens.
    pub value: String,
    /// The characters it takes.
    pub range: Range<usize>,
    /// 0 to 1.
    pub sure: f32,
}

/// All telephone numbers among the characters (NFKC, no spaces), in order.
pub fn phones(chars: &[char]) -> Vec<Seen> {
    phones_apart(chars, &|_| false)
}

/// The same where the spaces are known: `apart` says whether a wide one stood before a character, so that a number may
/// follow another (`新町2-20  0144-30-3554`).
pub fn phones_apart(chars: &[char], apart: &dyn Fn(usize) -> bool) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        match at(chars, i, apart) {
            Some(seen) => {
                i = seen.range.end;
                found.push(seen);
            }
            None => i += 1,
        }
    }
    found
}

fn opens(c: char) -> bool {
    matches!(c, '(' | '[' | '<' | '〈')
}

fn closes(c: char) -> bool {
    matches!(c, ')' | ']' | '>' | '〉')
}

fn at(chars: &[char], i: usize, apart: &dyn Fn(usize) -> bool) -> Option<Seen> {
    let boundary = i == 0
        || apart(i)
        || !(chars[i - 1].is_ascii_digit() || (chars[i - 1] == '-' && i > 1 && chars[i - 2].is_ascii_digit()));
    if !boundary {
        return None;
    }
    let mut i = i;
    let start = i;
    let mut prefix = false;
    if chars[i] == '+' {
        // +81 144 33 4678
        if chars.get(i + 1..i + 3)? != ['8', '1'] {
            return None;
        }
        i += 3;
        prefix = true;
    } else if opens(chars[i]) {
        i += 1;
    }
    // O968-01-9279: the nought with which every number begins.
    let nought = matches!(chars.get(i), Some('O' | 'o' | 'Q' | '〇'))
        && chars.get(i + 1).is_some_and(char::is_ascii_digit)
        && !(i > 0 && chars[i - 1].is_ascii_alphanumeric());
    let mut groups: Vec<String> = vec![if prefix { "0".into() } else { String::new() }];
    let mut odd = 0usize;
    let mut j = i;
    let mut end = i;
    let mut total = usize::from(prefix);
    while let Some(&c) = chars.get(j) {
        let last_is_digit = groups.last().is_some_and(|g| !g.is_empty());
        if total >= 10 && apart(j) {
            break;
        }
        if c.is_ascii_digit() {
            groups.last_mut()?.push(c);
            total += 1;
            end = j + 1;
        } else if let Some(d) = number::lookalike(c).filter(|_| letter_inside(chars, j) || nought && j == i) {
            groups.last_mut()?.push(d);
            total += 1;
            odd += 1;
            end = j + 1;
        } else if last_is_digit && is_stroke(chars, j) {
            groups.push(String::new());
            odd += 1;
        } else if last_is_digit && (is_joint(c) || opens(c) || closes(c)) {
            // Two marks in a row (`)-`) join as one; three do not.
            if chars.get(j + 1).is_some_and(|n| n.is_ascii_digit() || is_joint(*n) || opens(*n))
                || letter_inside(chars, j + 1)
            {
                groups.push(String::new());
            } else {
                break;
            }
        } else if !last_is_digit && groups.len() > 1 && (is_joint(c) || opens(c)) {
            // the second of two marks
        } else {
            break;
        }
        j += 1;
        if total > 11 {
            break;
        }
    }
    groups.retain(|g| !g.is_empty());
    let mut digits: String = groups.concat();
    let n = digits.len();
    // Every number begins with 0; where noughts are dotted or struck through they are read as 9.
    if digits.starts_with('9')
        && groups.len() == 3
        && matches!(groups[0].len(), 2..=4)
        && groups[2].len() == 4
        && n == 10
    {
        groups[0].replace_range(..1, "0");
        digits.replace_range(..1, "0");
        odd += 1;
    }
    if nought && odd > 1 {
        return None;
    }
    if !digits.starts_with('0')
        || !matches!(n, 10 | 11)
        || chars.get(end).is_some_and(|c| c.is_ascii_digit() && !apart(end))
    {
        return None;
    }
    let mobile = matches!(&digits[..3], "070" | "080" | "090" | "050" | "020");
    let free = digits.starts_with("0800");
    if (n == 11) != (mobile || free) {
        return None;
    }
    if chars.get(end).is_some_and(|&c| closes(c)) && opens(chars[start]) {
        end += 1;
    }
    let value = match groups.len() {
        3 => groups.join("-"),
        2 => groups.join("-"),
        _ => hyphenate(&digits),
    };
    let shaped = groups.len() == 3;
    let sure = if odd == 0 { if shaped { 1.0 } else { 0.85 } } else { 0.6 };
    Some(Seen { value, range: start..end, sure })
}

fn is_joint(c: char) -> bool {
    (fold::is_dash(c) && !matches!(c, '~' | '〜')) || matches!(c, '.' | '・' | '_' | '=')
}

/// Whether a kanji or kana of strokes at `j` stands for a hyphen: digits on both sides.
fn is_stroke(chars: &[char], j: usize) -> bool {
    let digit = |k: Option<usize>| k.and_then(|k| chars.get(k)).is_some_and(char::is_ascii_digit);
    chars.get(j).is_some_and(|c| matches!(c, '二' | 'ニ' | '三' | 'ミ'))
        && digit(j.checked_sub(1))
        && digit(Some(j + 1))
}

/// Whether a letter at `j` stands where a digit of a number must be: digits or joints on both sides.
fn letter_inside(chars: &[char], j: usize) -> bool {
    let Some(&c) = chars.get(j) else { return false };
    if number::lookalike(c).is_none() || matches!(c, '|' | '!' | ']') {
        return false;
    }
    let digitish = |k: Option<usize>| k.and_then(|k| chars.get(k)).is_some_and(|c| c.is_ascii_digit() || is_joint(*c));
    digitish(j.checked_sub(1)) && digitish(Some(j + 1))
}

/// Hyphens for a number printed without any; only what the leading digits settle.
fn hyphenate(digits: &str) -> String {
    let (a, b) = match digits.len() {
        11 => (3, 7),
        _ if digits.starts_with("03") || digits.starts_with("06") => (2, 6),
        _ if digits.starts_with("0120") || digits.starts_with("0570") => (4, 7),
        _ if matches!(
            &digits[..3],
            "011"
                | "022"
                | "023"
                | "024"
                | "025"
                | "026"
                | "027"
                | "028"
                | "029"
                | "042"
                | "043"
                | "044"
                | "045"
                | "046"
                | "047"
                | "048"
                | "049"
                | "052"
                | "053"
                | "054"
                | "055"
                | "058"
                | "059"
                | "072"
                | "073"
                | "075"
                | "076"
                | "077"
                | "078"
                | "079"
                | "082"
                | "083"
                | "084"
                | "086"
                | "087"
                | "088"
                | "089"
                | "092"
                | "093"
                | "095"
                | "096"
                | "097"
                | "098"
                | "099"
        ) =>
        {
            (3, 6)
        }
        _ => (4, 6),
    };
    format!("{}-{}-{}", &digits[..a], &digits[a..b], &digits[b..])
}

/// All postal codes (`〒062-0018`, `〒250ー0045`, `〒001--0067`) among the characters: value and range.
pub fn postal_codes(chars: &[char]) -> Vec<Seen> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        if let Some(seen) = postal_at(chars, i) {
            i = seen.range.end;
            found.push(seen);
        } else {
            i += 1;
        }
    }
    found
}

fn postal_at(chars: &[char], i: usize) -> Option<Seen> {
    let marked = matches!(chars[i], '〒' | '干' | '丁' | '〠' | 'テ' | '下' | '了' | '千' | 'T');
    let mut j = i + usize::from(marked);
    while marked && chars.get(j).is_some_and(|c| matches!(c, '.' | ':' | ' ')) {
        j += 1;
    }
    if !marked && i > 0 && (chars[i - 1].is_ascii_digit() || is_joint(chars[i - 1]) || opens(chars[i - 1])) {
        return None;
    }
    let mut odd = 0usize;
    let mut take = |j: &mut usize, n: usize| -> Option<String> {
        let mut out = String::new();
        for _ in 0..n {
            let c = *chars.get(*j)?;
            let d = number::lookalike(c).filter(|_| c.is_ascii_digit() || marked)?;
            odd += usize::from(!c.is_ascii_digit());
            out.push(d);
            *j += 1;
        }
        Some(out)
    };
    let head = take(&mut j, 3)?;
    let joint = j;
    while j < joint + 3 && chars.get(j).is_some_and(|&c| is_joint(c) || c == ' ') {
        j += 1;
    }
    let joined = j > joint;
    let tail = take(&mut j, 4)?;
    if chars.get(j).is_some_and(|c| c.is_ascii_digit() || *c == '-')
        || (!joined && chars[i] != '〒')
        || (!marked && !joined)
    {
        return None;
    }
    let sure = match (chars[i] == '〒', odd) {
        (true, 0) => 1.0,
        (_, 0) => 0.85,
        _ => 0.6,
    };
    Some(Seen { value: format!("{head}-{tail}"), range: i..j, sure })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let chars: Vec<char> = fold::squeeze(text).chars().collect();
        phones(&chars).into_iter().map(|s| s.value).collect()
    }

    fn posts(text: &str) -> Vec<String> {
        let chars: Vec<char> = fold::squeeze(text).chars().collect();
        postal_codes(&chars).into_iter().map(|s| s.value).collect()
    }

    #[test]
    fn numbers_as_forms_print_them() {
        for (text, want) in [
            ("TEL 0144-98-2158", "0144-98-2158"),
            ("０１４４－９８－２１５８", "0144-98-2158"),
            ("0144(98)2158", "0144-98-2158"),
            ("(0144)98-2158", "0144-98-2158"),
            ("011 (444) 9597", "011-444-9597"),
            ("0144ー98一2158", "0144-98-2158"),
            ("03-1234-5678", "03-1234-5678"),
            ("090-1234-5678", "090-1234-5678"),
            ("09012345678", "090-1234-5678"),
            ("0144982158", "0144-98-2158"),
            ("+81-144-98-2158", "0144-98-2158"),
            ("O144-98-21S8", ""),
            ("TEL:O968-ー01ー9279", "0968-01-9279"),
            ("電話0968二09一0419", "0968-09-0419"),
            ("第二09", ""),
            ("9144(98)2158", "0144-98-2158"),
        ] {
            let got = all(text);
            assert_eq!(got.first().map_or("", String::as_str), want, "{text}");
        }
        assert_eq!(all("TEL 0144-98-2158 / FAX 0144-98-2199"), ["0144-98-2158", "0144-98-2199"]);
        assert_eq!(all("053-0027 北海道"), Vec::<String>::new());
        assert_eq!(all("2024-05-14"), Vec::<String>::new());
        assert_eq!(all("患者番号 0012345678901"), Vec::<String>::new());
    }

    #[test]
    fn postal_codes_with_and_without_their_sign() {
        assert_eq!(posts("〒062-0018 札幌市"), ["062-0018"]);
        assert_eq!(posts("〒250一0045"), ["250-0045"]);
        assert_eq!(posts("〒001--0067"), ["001-0067"]);
        assert_eq!(posts("〒0620018"), ["062-0018"]);
        assert_eq!(posts("062-0018 札幌市"), ["062-0018"]);
        assert_eq!(posts("0144-98-2158"), Vec::<String>::new());
        assert_eq!(posts("090-1234-5678"), Vec::<String>::new());
    }
}
