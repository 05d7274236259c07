//! PDFs whose end is missing: the page tree stands there. What pages are left get a new one; failing that, whole scans are taken as pictures.

use std::fmt::Write;

/// A page object is short; its dictionary ends within this many bytes.
const OBJECT_BYTES: usize = 4096;
/// More objects than this are not pages of a document that is worth mending.
const MOST_PAGES: usize = 2000;

/// The file with a page tree of the page objects that are still in it; nothing when there are none.
pub(super) fn with_new_tree(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut kids, mut highest) = (String::new(), 0_u32);
    let mut count = 0;
    for (number, body) in objects(bytes) {
        highest = highest.max(number);
        let end = find(body, b"endobj").unwrap_or(body.len());
        if page(&body[..end]) && count < MOST_PAGES {
            count += 1;
            let _ = write!(kids, "{number} 0 R ");
        }
    }
    if count == 0 {
        return None;
    }
    let (catalog, tree) = (highest.checked_add(1)?, highest.checked_add(2)?);
    let mut mended = bytes.to_vec();
    let tail = format!(
        "\nendstream\nendobj\n{catalog} 0 obj\n<</Type/Catalog/Pages {tree} 0 R>>\nendobj\n\
         {tree} 0 obj\n<</Type/Pages/Count {count}/Kids[{kids}]/MediaBox[0 0 595 842]>>\nendobj\n\
         trailer\n<</Size {}/Root {catalog} 0 R>>\nstartxref\n0\n%%EOF\n",
        u64::from(tree) + 1
    );
    mended.extend_from_slice(tail.as_bytes());
    Some(mended)
}

/// The JPEG pictures in the file, the last perhaps cut.
pub(super) fn pictures(bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = find(&bytes[at..], b"stream").map(|n| at + n + b"stream".len()) {
        at = start;
        let body = bytes[start..].trim_ascii_start();
        if body.starts_with(b"\xFF\xD8\xFF") && found.len() < MOST_PAGES {
            let end = find(body, b"endstream").unwrap_or(body.len());
            found.push(&body[..end]);
            at = bytes.len() - body.len() + end;
        }
    }
    found
}

/// Objects by number, each with the bytes that follow its heading.
fn objects(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let heading = at + find(&bytes[at..], b" 0 obj")?;
            at = heading + b" 0 obj".len();
            let digits = bytes[..heading].iter().rev().take_while(|b| b.is_ascii_digit()).count();
            let number = std::str::from_utf8(&bytes[heading - digits..heading]).ok().and_then(|d| d.parse().ok());
            if let Some(number) = number {
                return Some((number, &bytes[at..bytes.len().min(at + OBJECT_BYTES)]));
            }
        }
    })
}

/// Whether a dictionary says `/Type /Page`.
fn page(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = find(rest, b"/Type") {
        rest = rest[at + b"/Type".len()..].trim_ascii_start();
        if rest.strip_prefix(b"/Page").is_some_and(|after| !after.first().is_some_and(u8::is_ascii_alphanumeric)) {
            return true;
        }
    }
    false
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|w| w == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_found_and_trees_are_not() {
        let cut = b"%PDF-1.4\n1 0 obj\n<</Type/Pages>>\nendobj\n7 0 obj\n<< /Type /Page /Contents 8 0 R >>\nendobj\n8 0 obj\n<<";
        let mended = with_new_tree(cut).expect("a page");
        let text = String::from_utf8_lossy(&mended);
        assert!(text.contains("/Count 1/Kids[7 0 R ]") && text.contains("/Root 9 0 R"), "{text}");
        assert!(with_new_tree(b"%PDF-1.4\n1 0 obj\n<</Type/Pages>>\nendobj").is_none());
    }

    #[test]
    fn a_cut_picture_is_still_one() {
        let bytes = b"3 0 obj <</Subtype/Image>> stream\n\xFF\xD8\xFF\xE0abcdef";
        assert_eq!(pictures(bytes), [&b"\xFF\xD8\xFF\xE0abcdef"[..]]);
    }
}
