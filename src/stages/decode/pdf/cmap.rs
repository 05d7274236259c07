//! The CID-to-Unicode table of Adobe-Japan1 without variation selectors, which make the renderer take the wrong glyph.

use hayro::hayro_interpret::hayro_cmap::{BfString, CMap, CMapName, load_embedded};
use std::fmt::Write;
use std::sync::OnceLock;

/// The CIDs that Adobe-Japan1-7 defines.
const CIDS: u32 = 23_060;

/// The table, made once.
pub(super) fn japan1_without_selectors() -> Option<&'static [u8]> {
    static TABLE: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    TABLE.get_or_init(rewrite).as_deref()
}

fn rewrite() -> Option<Vec<u8>> {
    let original = CMap::parse(load_embedded(CMapName::AdobeJapan1Ucs2)?, load_embedded)?;
    let mut entries = Vec::new();
    for cid in 0..CIDS {
        let text = match original.lookup_bf_string(cid) {
            Some(BfString::Char(c)) => c.to_string(),
            Some(BfString::String(s)) => s,
            None => continue,
        };
        let bare: String = text.chars().filter(|c| !selector(*c)).collect();
        if !bare.is_empty() {
            entries.push((cid, bare));
        }
    }
    let mut out = String::from(
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Adobe-Japan1-UCS2 def\n\
         /CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
    );
    for block in entries.chunks(100) {
        let _ = writeln!(out, "{} beginbfchar", block.len());
        for (cid, text) in block {
            let units: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
            let _ = writeln!(out, "<{cid:04X}> <{units}>");
        }
        out.push_str("endbfchar\n");
    }
    out.push_str("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
    Some(out.into_bytes())
}

fn selector(c: char) -> bool {
    matches!(u32::from(c), 0xFE00..=0xFE0F | 0xE0100..=0xE01EF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_selector_is_left_and_the_kanji_stay() {
        let table = japan1_without_selectors().and_then(|t| CMap::parse(t, load_embedded)).expect("a valid table");
        let mut kanji = 0;
        for cid in 0..CIDS {
            match table.lookup_bf_string(cid) {
                Some(BfString::Char(c)) => kanji += u32::from(('\u{4e00}'..='\u{9fff}').contains(&c)),
                Some(BfString::String(s)) => assert!(!s.chars().any(selector)),
                None => {}
            }
        }
        assert!(kanji > 6000, "{kanji}");
    }
}
