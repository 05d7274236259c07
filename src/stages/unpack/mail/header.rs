//! Header values from their raw bytes: encoded words and parameters whose characters were cut in two, and Japanese that was
//! never encoded at all.

use super::charset;

/// The text of a header such as the subject.
pub fn text(raw: &[u8]) -> String {
    let raw = unfolded(raw);
    let mut out = String::new();
    let mut rest = raw.as_slice();
    // Words of one charset that follow each other are one run of bytes: some senders cut between the bytes of a character.
    let mut open: Option<(String, Vec<u8>)> = None;
    let close = |open: &mut Option<(String, Vec<u8>)>, out: &mut String| {
        if let Some((label, bytes)) = open.take() {
            out.push_str(&charset::decode(Some(&label), &bytes));
        }
    };
    while !rest.is_empty() {
        let start = find(rest, b"=?").unwrap_or(rest.len());
        let (before, from) = rest.split_at(start);
        let Some(word) = word(from) else {
            // Not a word after all: text up to behind its "=?".
            let end = (start + 2).min(rest.len());
            if open.is_none() || !rest[..end].trim_ascii().is_empty() {
                close(&mut open, &mut out);
                out.push_str(&charset::guess(&rest[..end]));
            }
            rest = &rest[end..];
            continue;
        };
        // White space between two words is theirs, not the text's.
        if !(open.is_some() && before.trim_ascii().is_empty()) {
            close(&mut open, &mut out);
            out.push_str(&charset::guess(before));
        }
        match &mut open {
            Some((label, bytes)) if label.eq_ignore_ascii_case(&word.label) => bytes.extend(word.bytes),
            _ => {
                close(&mut open, &mut out);
                open = Some((word.label, word.bytes));
            }
        }
        rest = &from[word.length..];
    }
    close(&mut open, &mut out);
    tidy(&out)
}

/// A parameter of a header such as `filename`, whole and decoded.
pub fn parameter(raw: &[u8], name: &str) -> Option<String> {
    let raw = unfolded(raw);
    let (mut plain, mut pieces): (Option<Vec<u8>>, Vec<Piece>) = (None, Vec::new());
    for (key, value) in parameters(&raw) {
        let key = key.to_ascii_lowercase();
        let Some(rest) = key.strip_prefix(name) else { continue };
        match rest {
            "" => plain = plain.or(Some(value)),
            "*" => pieces.push(Piece { at: 0, coded: true, value }),
            _ => {
                let Some(rest) = rest.strip_prefix('*') else { continue };
                let (number, coded) = rest.strip_suffix('*').map_or((rest, false), |number| (number, true));
                if let Ok(at) = number.parse() {
                    pieces.push(Piece { at, coded, value });
                }
            }
        }
    }
    if !pieces.is_empty() {
        return Some(tidy(&joined(pieces)));
    }
    let plain = plain?;
    Some(if find(&plain, b"=?").is_some() { text(&plain) } else { tidy(&charset::guess(&plain)) })
}

/// One line of text that staff can read: composed, without control characters and without what turns a line round.
pub fn tidy(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let line: String = text.nfc().filter(|c| !c.is_control() && !turns(*c)).take(255).collect();
    line.trim().to_owned()
}

/// A file name without the folders that some senders leave before it; dots alone are none. A wide stroke (／) is a letter of the name,
/// but some systems make a folder of it when it is saved.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if last.trim_matches(['.', ' ']).is_empty() { String::new() } else { last.replace(['／', '＼'], "・") }
}

/// A numbered part of a parameter (RFC 2231).
struct Piece {
    at: u32,
    coded: bool,
    value: Vec<u8>,
}

fn joined(mut pieces: Vec<Piece>) -> String {
    pieces.sort_by_key(|piece| piece.at);
    let mut label: Option<String> = None;
    let mut bytes = Vec::new();
    for (n, piece) in pieces.into_iter().enumerate() {
        let mut value = piece.value.as_slice();
        if piece.coded {
            // Only the first names the charset: charset'language'text.
            if n == 0
                && let Some(end) = value.iter().position(|b| *b == b'\'')
                && let Some(second) = value[end + 1..].iter().position(|b| *b == b'\'')
            {
                label = Some(String::from_utf8_lossy(&value[..end]).into_owned());
                value = &value[end + second + 2..];
            }
            bytes.extend(percent(value));
        } else {
            bytes.extend_from_slice(value);
        }
    }
    charset::decode(label.as_deref().filter(|label| !label.is_empty()), &bytes)
}

fn percent(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) if first == b'%' => {
                out.push(byte);
                rest = &tail[2..];
            }
            _ => out.push(first),
        }
    }
    out
}

/// Names and values behind the first `;`. Semicolons, quotes and backslashes inside raw Japanese are no signs.
fn parameters(raw: &[u8]) -> Vec<(String, Vec<u8>)> {
    let sjis = std::str::from_utf8(raw).is_err();
    let (mut all, mut field): (Vec<Vec<u8>>, Vec<u8>) = (Vec::new(), Vec::new());
    let (mut quoted, mut kanji, mut spaces) = (false, false, 0_usize);
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        if byte == b' ' || byte == b'\t' {
            // Outside of quotes, white space counts only between letters.
            if quoted || kanji {
                field.push(byte)
            } else {
                spaces += 1
            }
            at += 1;
            continue;
        }
        if !matches!(byte, b';' | b'=' | b'"') && !field.is_empty() && field.last() != Some(&b'=') {
            field.extend(std::iter::repeat_n(b' ', spaces));
        }
        spaces = 0;
        let mut length = 1;
        if byte == 0x1B {
            kanji = raw.get(at + 1) == Some(&b'$') || raw.get(at + 1..at + 3) == Some(b"(I");
            length = if kanji { 3 } else { 1 };
            field.extend_from_slice(raw.get(at..at + length).unwrap_or(&raw[at..]));
        } else if sjis && charset::leads(byte) && !kanji && at + 1 < raw.len() {
            length = 2;
            field.extend_from_slice(&raw[at..at + 2]);
        } else {
            match byte {
                b'"' if !kanji => quoted = !quoted,
                b'\\' if quoted && !kanji && matches!(raw.get(at + 1), Some(b'"' | b'\\')) => {
                    field.push(raw[at + 1]);
                    length = 2;
                }
                b';' if !quoted && !kanji => all.push(std::mem::take(&mut field)),
                other => field.push(other),
            }
        }
        at += length;
    }
    all.push(field);
    let pairs = all.into_iter().skip(1).filter_map(|field| {
        let equals = field.iter().position(|b| *b == b'=')?;
        let name = String::from_utf8_lossy(&field[..equals]).trim().to_owned();
        Some((name, field[equals + 1..].to_vec()))
    });
    pairs.collect()
}

/// Lines joined as the standard says: the line's end goes, the white space after it stays.
fn unfolded(raw: &[u8]) -> Vec<u8> {
    raw.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect::<Vec<u8>>().trim_ascii().to_vec()
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|w| w == what)
}

/// An encoded word (RFC 2047): its charset, its bytes and how long it is.
struct Word {
    label: String,
    bytes: Vec<u8>,
    length: usize,
}

fn word(from: &[u8]) -> Option<Word> {
    let rest = from.strip_prefix(b"=?")?;
    let first = rest.iter().position(|b| *b == b'?')?;
    let label = std::str::from_utf8(&rest[..first]).ok()?;
    // A language may follow the charset (RFC 2231).
    let label = label.split('*').next().unwrap_or_default();
    if label.is_empty() || label.len() > 40 || !label.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let way = rest.get(first + 1)?.to_ascii_lowercase();
    let coded = rest.get(first + 2..)?.strip_prefix(b"?")?;
    let end = find(coded, b"?=")?;
    let bytes = match way {
        b'b' => base64(&coded[..end]),
        b'q' => {
            let spaced: Vec<u8> = coded[..end].iter().map(|b| if *b == b'_' { b' ' } else { *b }).collect();
            percent(&spaced.iter().map(|b| if *b == b'=' { b'%' } else { *b }).collect::<Vec<u8>>())
        }
        _ => return None,
    };
    let length = 2 + first + 3 + end + 2;
    Some(Word { label: label.to_owned(), bytes, length })
}

/// Base64 as far as it goes: what does not belong is passed over, what is cut off is left out.
pub fn base64(coded: &[u8]) -> Vec<u8> {
    let value = |b: u8| match b {
        b'A'..=b'Z' => Some(b - b'A'),
        b'a'..=b'z' => Some(b - b'a' + 26),
        b'0'..=b'9' => Some(b - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let (mut out, mut bits, mut held) = (Vec::with_capacity(coded.len() * 3 / 4), 0_u32, 0_u32);
    for digit in coded.iter().take_while(|b| **b != b'=').filter_map(|b| value(*b)) {
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

/// Base64 of a whole body: each run of padding ends one piece, and another may follow.
pub fn base64_lines(coded: &[u8]) -> Vec<u8> {
    coded.split(|b| *b == b'=').flat_map(base64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{ISO_2022_JP, SHIFT_JIS};

    /// For making words; the reverse of `base64`.
    fn coded(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().fold(0_u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
            (0..4).for_each(|i| {
                let shown = i <= chunk.len();
                out.push(if shown { char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' });
            });
        }
        out
    }

    #[test]
    fn words_cut_inside_a_character_are_joined() {
        let name = "診療情報提供書のご送付について（髙橋①）";
        let bytes = name.as_bytes();
        for cut in 1..bytes.len() {
            let (a, b) = bytes.split_at(cut);
            let raw = format!(" =?UTF-8?B?{}?=\r\n =?utf-8?B?{}?=\r\n", coded(a), coded(b));
            assert_eq!(text(raw.as_bytes()), name, "cut at {cut}");
        }
    }

    #[test]
    fn words_of_every_kind_and_text_between_them() {
        let (jis, _, _) = ISO_2022_JP.encode("紹介状");
        assert_eq!(text(format!("Re: =?ISO-2022-JP?B?{}?= (1/2)", coded(&jis)).as_bytes()), "Re: 紹介状 (1/2)");
        assert_eq!(text(b"=?UTF-8?Q?=E7=B4=B9=E4=BB=8B_a?= =?utf-8*ja?q?b?="), "紹介 ab");
        assert_eq!(text(b"=?cp932?B?j9CJ7o/z?="), "紹介状");
        assert_eq!(text(b"a =? b =?x?y?z?= c"), "a =? b =?x?y?z?= c");
        let (sjis, _, _) = SHIFT_JIS.encode("【至急】予約表");
        assert_eq!(text(&sjis), "【至急】予約表");
        let (jis, _, _) = ISO_2022_JP.encode("返書の件");
        assert_eq!(text(&jis), "返書の件");
        assert_eq!(text("紹介のお願い".as_bytes()), "紹介のお願い");
    }

    #[test]
    fn raw_file_names_with_every_trap() {
        // The second byte of 表, ソ and 能 is a backslash; those of JIS may be a quote or a semicolon.
        for name in ["予定表.pdf", "ソフト一覧能力.pdf", "診療情報提供書；別紙.pdf", "ア”イ.tif"]
        {
            let (sjis, _, _) = SHIFT_JIS.encode(name);
            let raw = [b" attachment; filename=\"".as_slice(), &sjis, b"\"; size=3"].concat();
            assert_eq!(parameter(&raw, "filename").as_deref(), Some(name));
            let (jis, _, _) = ISO_2022_JP.encode(name);
            let raw = [b" attachment; filename=\"".as_slice(), &jis, b"\"; size=3"].concat();
            assert_eq!(parameter(&raw, "filename").as_deref(), Some(name));
            assert_eq!(parameter(&raw, "size").as_deref(), Some("3"));
        }
        assert_eq!(parameter(b" a/b; name=\"x\\\"y;z.pdf\"", "name").as_deref(), Some("x\"y;z.pdf"));
        assert_eq!(parameter("a; name=フ\u{309a}リント.pdf".as_bytes(), "name").as_deref(), Some("プリント.pdf"));
        assert_eq!(parameter(b"attachment", "filename"), None);
    }

    #[test]
    fn continuations_cut_inside_a_character_are_joined() {
        let name = "診療情報提供書.pdf";
        for (label, bytes) in [("UTF-8", name.as_bytes().to_vec()), ("cp932", SHIFT_JIS.encode(name).0.to_vec())] {
            let hex: Vec<String> = bytes.iter().map(|b| format!("%{b:02X}")).collect();
            for cut in 1..bytes.len() {
                let raw = format!(
                    "attachment;\r\n filename*1*={};\r\n filename*0*={label}''{}",
                    hex[cut..].concat(),
                    hex[..cut].concat()
                );
                assert_eq!(parameter(raw.as_bytes(), "filename").as_deref(), Some(name), "{label} {cut}");
            }
        }
        let raw = b"a; filename*0=\"long \"; filename*1=name.pdf; filename*2*=%21";
        assert_eq!(parameter(raw, "filename").as_deref(), Some("long name.pdf!"));
        assert_eq!(parameter(b"a; filename*=UTF-8'ja'%E8%A1%A8; filename=x", "filename").as_deref(), Some("表"));
    }

    #[test]
    fn any_bytes_are_answered() {
        let mut state = 99_u32;
        for _ in 0..3000 {
            let bytes: Vec<u8> = (0..30)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let pick = [b'=', b'?', b'"', b'\\', b';', 0x1B, b'$', b'*', b'%', b'\'', b'B', b'0'];
                    pick.get((state >> 27) as usize).copied().unwrap_or((state >> 16) as u8)
                })
                .collect();
            text(&bytes);
            parameter(&bytes, "name");
            parameter(&[b"a;name".as_slice(), &bytes].concat(), "name");
        }
    }
}
