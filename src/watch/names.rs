//! What a name in a drop folder means: passed over or not, its key, what staff see, and what a pattern reads from it. Names never reach a log.

use crate::domain::{FaxMeta, Fingerprint};
use regex_lite::Regex;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// Keys longer than this are cut and end in a fingerprint: PostgreSQL indexes rows of up to 2,704 bytes.
const MAX_KEY: usize = 600;

/// Whether a name is never a document: hidden, temporary, or left by a desktop.
pub fn ignored(name: &OsStr) -> bool {
    let name = name.as_bytes().to_ascii_lowercase();
    name.starts_with(b".")
        || name.starts_with(b"~$")
        || name.ends_with(b".tmp")
        || name.ends_with(b".part")
        || name == b"thumbs.db"
        || name == b"desktop.ini"
}

/// A path as text that no other path has, whatever its bytes.
pub fn path_key(path: &Path) -> String {
    let mut key = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => key.push_str("\\\\"),
                c if c.is_control() => key.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => key.push(c),
            }
        }
        for byte in chunk.invalid() {
            key.push_str(&format!("\\x{byte:02x}"));
        }
    }
    if key.len() > MAX_KEY {
        let whole = Fingerprint::of(key.as_bytes());
        let cut = (0..=MAX_KEY).rev().find(|n| key.is_char_boundary(*n)).unwrap_or(0);
        key.truncate(cut);
        key.push('#');
        key.push_str(whole.as_str());
    }
    key
}

/// A file name as staff read it: Shift_JIS understood, decomposed kana joined, nothing that could turn the line round.
pub fn display_name(name: &OsStr) -> String {
    let bytes = name.as_bytes();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => match encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes) {
            (text, false) => text.into_owned(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        },
    };
    let turns = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.nfc().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).take(255).collect()
}

/// A pattern for file names with the named groups `datetime`, `sender`, `seq` and `line`.
#[derive(Clone, Debug)]
pub struct NamePattern(Regex);

impl NamePattern {
    /// Takes a pattern; says in Japanese what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        const GROUPS: [&str; 4] = ["datetime", "sender", "seq", "line"];
        let regex = Regex::new(text).map_err(|e| format!("正規表現として読めません（{e}）"))?;
        let mut named = 0;
        for group in regex.capture_names().flatten() {
            if !GROUPS.contains(&group) {
                return Err(format!("知らないグループ名「{group}」です（使えるのは {}）", GROUPS.join("、")));
            }
            named += 1;
        }
        if named == 0 {
            return Err(format!("名前付きグループがありません（{} のどれかが必要です）", GROUPS.join("、")));
        }
        Ok(Self(regex))
    }

    /// What a name says; nothing where it does not fit.
    pub fn read(&self, name: &str) -> FaxMeta {
        let Some(found) = self.0.captures(name) else { return FaxMeta::default() };
        let group = |key| found.name(key).map(|m| m.as_str().trim().to_owned()).filter(|t| !t.is_empty());
        FaxMeta {
            sender_number: group("sender"),
            received: group("datetime"),
            line: group("line"),
            ..FaxMeta::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_passed_over_and_documents_are_not() {
        for name in [".DS_Store", "~$表.docx", "a.tmp", "A.TMP", "a.tif.part", "Thumbs.db", "THUMBS.DB", "desktop.ini"]
        {
            assert!(ignored(OsStr::new(name)), "{name}");
        }
        for name in ["a.tif", "tmp", "part.pdf", "thumbs.db.tif", "~a.tif"] {
            assert!(!ignored(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn different_bytes_have_different_keys() {
        let paths: [&[u8]; 6] =
            [b"a\xff.tif", b"a\xfe.tif", b"a\\xff.tif", b"a\n.tif", b"a\\u000a.tif", "a\u{fffd}.tif".as_bytes()];
        let keys: std::collections::BTreeSet<_> =
            paths.iter().map(|p| path_key(Path::new(OsStr::from_bytes(p)))).collect();
        assert_eq!(keys.len(), paths.len());
        let long = |end: &str| path_key(Path::new(&format!("{}{end}", "長い".repeat(400))));
        assert_ne!(long("a"), long("b"));
        assert!(long("a").len() < 700);
    }

    #[test]
    fn staff_read_shift_jis_and_decomposed_names() {
        assert_eq!(display_name(OsStr::from_bytes(b"\x8f\xd0\x89\xee\x8f\xf3.tif")), "紹介状.tif");
        assert_eq!(display_name(OsStr::new("フ\u{309a}リント.pdf")), "プリント.pdf");
        assert_eq!(display_name(OsStr::new("a\u{202e}fdp.tif\n")), "a\u{fffd}fdp.tif\u{fffd}");
    }

    #[test]
    fn a_pattern_reads_number_and_time() {
        let pattern =
            NamePattern::parse(r"^(?P<line>L\d)_(?P<datetime>\d{14})_(?P<sender>[\d-]+)_(?P<seq>\d{4})").unwrap();
        let meta = pattern.read("L2_20260401091500_0144-33-0000_5001.tif");
        assert_eq!(meta.sender_number.as_deref(), Some("0144-33-0000"));
        assert_eq!(meta.received.as_deref(), Some("20260401091500"));
        assert_eq!(meta.line.as_deref(), Some("L2"));
        assert_eq!(pattern.read("other.tif"), FaxMeta::default());
        assert!(NamePattern::parse("(?P<number>x)").unwrap_err().contains("number"));
        assert!(NamePattern::parse("(x)").is_err());
        assert!(NamePattern::parse("(").is_err());
    }
}
