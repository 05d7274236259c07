//! Bytes to text as Japanese mail needs it: labels under their many names, labels that lie, and no label at all.

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8};

const ESC: u8 = 0x1B;

/// How bytes are to be read.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// ISO-2022-JP with everything that is put into it in practice (JIS, cp50220, cp50221, cp50222).
    Jis,
    Of(&'static Encoding),
    Utf7,
}

/// The text of `bytes` that claim to be of the charset `label`; where the claim is none or cannot be, their look decides.
pub fn decode(label: Option<&str>, bytes: &[u8]) -> String {
    let claimed = label.and_then(known);
    let plain = bytes.iter().all(|b| *b < 0x80 && *b != ESC);
    match claimed {
        Some(Reading::Utf7) => utf7(bytes),
        Some(Reading::Jis) => jis(bytes),
        _ if escapes(bytes) => jis(bytes),
        _ if plain => bytes.iter().map(|b| char::from(*b)).collect(),
        Some(reading) => {
            let text = read(reading, bytes);
            if text.contains('\u{fffd}') { better(text, guess(bytes)) } else { text }
        }
        None => guess(bytes),
    }
}

/// The text of bytes that say nothing about themselves: JIS by its escapes, then UTF-8, then Shift_JIS or EUC by which fits.
pub fn guess(bytes: &[u8]) -> String {
    if escapes(bytes) {
        return jis(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => better(read(Reading::Of(SHIFT_JIS), bytes), read(Reading::Of(EUC_JP), bytes)),
    }
}

/// Whether JIS escapes stand in it; no other charset has them.
fn escapes(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|w| w == b"\x1B$") || bytes.windows(3).any(|w| w == b"\x1B(I")
}

/// The reading that looks more like something a person wrote; the first where they look the same.
fn better(first: String, second: String) -> String {
    // Half-width kana and rare kanji are what the wrong reading of two-byte text produces.
    let cost = |text: &str| -> usize {
        let weigh = |c: char| match c {
            '\u{fffd}' => 20,
            '\u{80}'..='\u{9f}' => 10,
            '\u{ff61}'..='\u{ff9f}' => 2,
            '\u{3040}'..='\u{30ff}' | ' '..='~' => 0,
            _ => 1,
        };
        text.chars().map(weigh).sum()
    };
    if cost(&second) < cost(&first) { second } else { first }
}

fn known(label: &str) -> Option<Reading> {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase().replace('_', "-");
    Some(match label.as_str() {
        "iso-2022-jp" | "iso-2022-jp-1" | "iso-2022-jp-2" | "iso-2022-jp-3" | "iso-2022-jp-2004" | "iso-2022-jp-ms"
        | "csiso2022jp" | "cp50220" | "cp50221" | "cp50222" | "jis" | "x-jis" => Reading::Jis,
        "cp932" | "ms932" | "x-ms-cp932" | "windows-31j" | "cswindows31j" | "shift-jis" | "shiftjis" | "x-sjis"
        | "sjis" | "shift-jis-2004" | "shift-jisx0213" => Reading::Of(SHIFT_JIS),
        "eucjp-ms" | "eucjpms" | "eucjp" | "euc-jp-ms" | "cp51932" | "x-euc-jp" | "euc-jp" | "ujis" => {
            Reading::Of(EUC_JP)
        }
        "utf-7" | "unicode-1-1-utf-7" => Reading::Utf7,
        // What a program writes that knows no other; it says nothing.
        "us-ascii" | "ascii" | "iso-8859-1" | "latin1" | "unknown-8bit" | "x-unknown" | "binary" | "" => return None,
        "utf8" => Reading::Of(UTF_8),
        other => Reading::Of(Encoding::for_label(other.as_bytes())?),
    })
}

fn read(reading: Reading, bytes: &[u8]) -> String {
    match reading {
        Reading::Jis => jis(bytes),
        Reading::Of(encoding) => encoding.decode_with_bom_removal(bytes).0.into_owned(),
        Reading::Utf7 => utf7(bytes),
    }
}

/// The rarely seen UTF-7, by the mail library's own table.
fn utf7(bytes: &[u8]) -> String {
    match mail_parser::decoders::charsets::map::charset_decoder(b"utf-7") {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Which set the bytes of a JIS text stand in.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Ascii,
    Kana,
    Kanji,
    Supplement,
}

/// ISO-2022-JP read as generously as its writers take it: NEC's characters, half-width kana by escape, by shift or by the
/// eighth bit, and lines that end without going back to ASCII.
fn jis(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let (mut set, mut shifted) = (Set::Ascii, false);
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        if first == ESC
            && let Some((next, length)) = escape(tail)
        {
            set = next;
            rest = &tail[length..];
            continue;
        }
        rest = tail;
        match first {
            0x0E => shifted = true,
            0x0F => shifted = false,
            b'\r' | b'\n' => {
                (set, shifted) = (Set::Ascii, false);
                out.push(char::from(first));
            }
            0xA1..=0xDF => out.push(half_width(first)),
            0x21..=0x5F if shifted || set == Set::Kana => out.push(half_width(first | 0x80)),
            0x21..=0x7E if matches!(set, Set::Kanji | Set::Supplement) => {
                let Some((&second @ 0x21..=0x7E, after)) = tail.split_first() else {
                    out.push('\u{fffd}');
                    continue;
                };
                rest = after;
                let pair = [0x8F, first | 0x80, second | 0x80];
                let pair = if set == Set::Supplement { &pair[..] } else { &pair[1..] };
                out.push_str(&EUC_JP.decode_without_bom_handling(pair).0);
            }
            0x80.. => out.push('\u{fffd}'),
            other => out.push(char::from(other)),
        }
    }
    out
}

/// The set that the bytes after an escape call for, and how many they are.
fn escape(after: &[u8]) -> Option<(Set, usize)> {
    Some(match after {
        [b'$', b'(', b'D', ..] => (Set::Supplement, 3),
        [b'$', b'(', b'O' | b'P' | b'Q' | b'@' | b'B', ..] => (Set::Kanji, 3),
        [b'$', b'@' | b'B', ..] => (Set::Kanji, 2),
        [b'(', b'I', ..] => (Set::Kana, 2),
        [b'(', b'B' | b'J' | b'H', ..] => (Set::Ascii, 2),
        [b'&', b'@', ..] => (Set::Ascii, 2),
        _ => return None,
    })
}

fn half_width(byte: u8) -> char {
    char::from_u32(0xFF61 + u32::from(byte) - 0xA1).unwrap_or('\u{fffd}')
}

/// Whether the byte begins a two-byte character of Shift_JIS; its second byte may look like a backslash.
pub fn leads(byte: u8) -> bool {
    matches!(byte, 0x81..=0x9F | 0xE0..=0xFC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jis_in_all_its_shapes() {
        let (proper, _, _) = encoding_rs::ISO_2022_JP.encode("診療情報提供書");
        for label in
            [None, Some("iso-2022-jp"), Some("CP50220"), Some("iso-2022-jp-ms"), Some("us-ascii"), Some("utf-8")]
        {
            assert_eq!(decode(label, &proper), "診療情報提供書", "{label:?}");
        }
        // ① ㈱ 髙 stand in NEC's rows.
        assert_eq!(decode(Some("iso-2022-jp"), b"\x1B$B-!-j|b\x1B(B"), "①㈱髙");
        let kana = "ｶﾅ";
        assert_eq!(decode(Some("cp50221"), b"\x1B(I6E\x1B(B"), kana);
        assert_eq!(decode(Some("cp50222"), b"\x0E6E\x0F"), kana);
        assert_eq!(decode(Some("iso-2022-jp"), b"\x1B$B4A\x1B(B \xB6\xC5"), format!("漢 {kana}"));
        // No way back to ASCII at the end of a line, and half a character at the end of all.
        assert_eq!(decode(None, b"\x1B$B4A\nABC"), "漢\nABC");
        assert_eq!(decode(None, b"\x1B$B4A4"), "漢\u{fffd}");
    }

    #[test]
    fn names_of_shift_jis_and_euc() {
        let (sjis, _, _) = SHIFT_JIS.encode("紹介状～①髙ソ表");
        for label in ["cp932", "Windows-31J", "MS932", "x-sjis", "SHIFT_JIS"] {
            assert_eq!(decode(Some(label), &sjis), "紹介状～①髙ソ表", "{label}");
        }
        let (euc, _, _) = EUC_JP.encode("診療情報の件");
        for label in [Some("eucJP-ms"), Some("cp51932"), Some("euc-jp"), None, Some("nonsense")] {
            assert_eq!(decode(label, &euc), "診療情報の件", "{label:?}");
        }
    }

    #[test]
    fn labels_that_lie_are_not_believed() {
        let text = "お世話になっております。ﾀﾅｶです。";
        let (sjis, _, _) = SHIFT_JIS.encode(text);
        for label in [None, Some("iso-8859-1"), Some("utf-8"), Some("us-ascii")] {
            assert_eq!(decode(label, &sjis), text, "{label:?}");
        }
        assert!(!decode(Some("shift_jis"), "髙橋".as_bytes()).contains('\u{fffd}'));
        assert_eq!(decode(Some("us-ascii"), text.as_bytes()), text);
        assert_eq!(decode(Some("utf-7"), b"+ZeVnLIqe-"), "日本語");
    }

    #[test]
    fn any_bytes_give_some_text() {
        let mut state = 7_u32;
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..24)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    [ESC, b'$', b'B', b'(', b'I', 0x0E, (state >> 16) as u8, (state >> 8) as u8][(state >> 29) as usize]
                })
                .collect();
            for label in [None, Some("iso-2022-jp"), Some("cp932"), Some("utf-7")] {
                decode(label, &bytes);
            }
        }
    }
}
