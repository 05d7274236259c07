//! Passwords that a mail tells (PPAP): what may be the password of another file of the same sender. Only ever offered to a person.

use unicode_normalization::UnicodeNormalization;

/// Words beside which a password stands; compared after folding.
const WORDS: [&str; 9] =
    ["パスワード", "password", "passwd", "パスコード", "passcode", "暗証番号", "解凍キー", "解凍用キー", "pw"];
/// Most that one mail is asked for.
const MOST: usize = 8;
/// Lines after the word's own in which it may stand alone.
const LINES_AFTER: usize = 3;

/// What may be a password, the likeliest first.
pub fn candidates(subject: &str, text: &str) -> Vec<String> {
    let lines: Vec<String> = [subject].into_iter().chain(text.lines()).map(|line| line.nfkc().collect()).collect();
    let mut found: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(after) = after_word(line) else { continue };
        let here = tokens(after);
        let add = |tokens: Vec<String>, found: &mut Vec<String>| {
            for token in tokens {
                if !found.contains(&token) {
                    found.push(token);
                }
            }
        };
        if !here.is_empty() {
            add(here, &mut found);
            continue;
        }
        if !announces(after) {
            continue;
        }
        // "パスワードは以下のとおりです。" and then the password alone on a line.
        let next = lines[at + 1..].iter().filter(|line| !line.trim().is_empty()).take(LINES_AFTER);
        for line in next {
            let alone = tokens(line);
            let letters = line.chars().filter(|c| !c.is_whitespace() && !c.is_ascii()).count();
            if !alone.is_empty() && letters <= 6 && !is_contact(line) {
                add(alone, &mut found);
                break;
            }
        }
    }
    found.truncate(MOST);
    found
}

/// The text without the lines that speak of passwords or are one.
pub fn without(text: &str, candidates: &[String]) -> String {
    let speaks = |line: &str| {
        let line: String = line.nfkc().collect();
        after_word(&line).is_some() || candidates.iter().any(|candidate| line.contains(candidate.as_str()))
    };
    text.lines().filter(|line| !speaks(line)).collect::<Vec<_>>().join("\n")
}

/// Whether what stands after the word leads to the password on a line of its own.
fn announces(after: &str) -> bool {
    let after = after.trim();
    after.is_empty()
        || after.starts_with(['は', ':', '】', '」', '>', '=', '→', ']'])
        || ["以下", "下記", "次の", "こちら", "お知らせ"].iter().any(|word| after.contains(word))
}

/// A line of a signature.
fn is_contact(line: &str) -> bool {
    let line = line.to_lowercase();
    ["tel", "fax", "〒", "http", "電話", "mail", "@"].iter().any(|mark| line.contains(mark))
}

/// What stands after the last word for a password on the line.
fn after_word(line: &str) -> Option<&str> {
    let lower = line.to_lowercase();
    // Lower case may be longer or shorter than what it was made of; then the line is taken whole.
    let line = if lower.len() == line.len() { line } else { return None };
    let ends = WORDS.iter().filter_map(|word| {
        let start = lower.rfind(word)?;
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        // "pw" within another word is none.
        let whole = !word.is_ascii()
            || !letter(lower[..start].chars().next_back()) && !letter(lower[start + word.len()..].chars().next());
        whole.then_some(start + word.len())
    });
    ends.max().map(|end| &line[end..])
}

/// Runs of letters, digits and signs that could be typed as a password.
fn tokens(text: &str) -> Vec<String> {
    let edges = ['"', '\'', '(', ')', '[', ']', '<', '>', '{', '}', ',', '.', ':', ';', '='];
    let run = |c: char| c.is_ascii_graphic();
    let mut all = Vec::new();
    for piece in text.split(|c: char| !run(c)) {
        // An edge belongs to the password only if it would leave nothing without it.
        let token = piece.trim_start_matches([':', '=', '"', '\'', '<', '[', '(', '{']).trim_end_matches(edges);
        if plausible(token) {
            all.push(token.to_owned());
        }
    }
    all
}

fn plausible(token: &str) -> bool {
    let lower = token.to_ascii_lowercase();
    let kinds = |test: fn(&char) -> bool| token.chars().filter(test).count();
    let (letters, digits) = (kinds(char::is_ascii_alphabetic), kinds(char::is_ascii_digit));
    (4..=64).contains(&token.len())
        && letters + digits >= 3
        // A telephone number.
        && !(letters == 0 && digits >= 9 && token.contains('-'))
        && !token.contains("://")
        && !is_address(token)
        && ![".zip", ".pdf", ".docx", ".xlsx", ".lzh", ".eml"].iter().any(|end| lower.ends_with(end))
        && !["http", "https", "mail", "zip", "file", "password", "subject", "from"].contains(&lower.as_str())
}

/// A mail address: a domain stands behind the sign.
fn is_address(token: &str) -> bool {
    let Some((_, domain)) = token.split_once('@') else { return false };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && last.len() >= 2
        && last.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_where_people_write_them() {
        let told: [(&str, &[&str]); 10] = [
            ("パスワード：Ab3#xY9k", &["Ab3#xY9k"]),
            ("解凍パスワードは「renkei2024」です。", &["renkei2024"]),
            ("ﾊﾟｽﾜｰﾄﾞ = 0158-kawa", &["0158-kawa"]),
            (
                "先ほどのファイルのパスワードは下記のとおりです。\n\n　　k3Jd8fLq\n\nよろしくお願いいたします。",
                &["k3Jd8fLq"],
            ),
            ("Password: p@ss.W0rd!", &["p@ss.W0rd!"]),
            ("パスワード　８８４４ａｂ", &["8844ab"]),
            ("PW:tanaka77\nTEL 03-0000-0000", &["tanaka77"]),
            ("パスワードは別途お送りします。", &[]),
            ("添付ファイルはパスワード付きZIPです。\nTEL 03-0000-1111 / FAX 03-0000-2222", &[]),
            ("パスワード付きファイル report.zip の件", &[]),
        ];
        for (text, expected) in told {
            assert_eq!(candidates("資料について", text), expected, "{text}");
        }
        assert_eq!(candidates("【パスワード】 Qw12er", "資料"), ["Qw12er"]);
    }

    #[test]
    fn other_words_are_no_passwords() {
        for text in
            ["予約をお願いします。", "pwc2024 社", "パスワード https://example.jp/x", "パスワード a@b.example.jp"]
        {
            assert!(candidates("", text).is_empty(), "{text}");
        }
    }
}
