//! A second reader's opinion on a text layer: another extractor must see about the same characters.

use crate::domain::PageText;
use std::collections::HashMap;
use std::panic::catch_unwind;

/// The second reader is slow on large files; those go without its opinion.
const LARGEST_BYTES: usize = 8 << 20;
/// Share of a page's characters that the second reader must also have seen somewhere in the document.
const AGREEMENT: f32 = 0.7;

/// How often the second reader saw each character; nothing when it could not read the document.
pub(super) struct Opinion(Option<HashMap<char, u32>>);

impl Opinion {
    /// Asks the second reader. It knows fewer font encodings than the first and panics on some; then it has no opinion.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if bytes.len() > LARGEST_BYTES {
            return Self(None);
        }
        let text = catch_unwind(|| pdf_extract::extract_text_from_mem(bytes)).ok().and_then(Result::ok);
        Self(text.map(|text| {
            let mut seen = HashMap::new();
            characters(&text).for_each(|c| *seen.entry(c).or_default() += 1);
            seen
        }))
    }

    /// Whether it speaks for the layer, or has nothing to say.
    pub(super) fn agrees(&self, page: &PageText) -> bool {
        let Some(seen) = self.0.as_ref().filter(|seen| !seen.is_empty()) else { return true };
        let text = page.plain();
        let mut wanted: HashMap<char, u32> = HashMap::new();
        characters(&text).for_each(|c| *wanted.entry(c).or_default() += 1);
        let total: u32 = wanted.values().sum();
        let both: u32 = wanted.iter().map(|(c, n)| (*n).min(seen.get(c).copied().unwrap_or(0))).sum();
        total == 0 || both as f32 >= total as f32 * AGREEMENT
    }
}

/// Characters that carry meaning, in their compatibility form (the two readers name radicals and widths differently).
fn characters(text: &str) -> impl Iterator<Item = char> + '_ {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().filter(|c| c.is_alphanumeric())
}
