//! E-mails: attachments in their order, forwarded mails opened, logos and signatures left out. The mail's own text is not a part.

use super::{Budget, Format, Unpacked, open as open_bytes, sniff};
use crate::domain::Trouble;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use std::borrow::Cow;

/// A picture smaller than this on its longer side is a logo or a button, never a page.
const LOGO_SIDE_PX: u32 = 360;
/// A picture that the mail's text shows may be larger and still be an ornament.
const INLINE_SIDE_PX: u32 = 700;

pub(super) fn open(bytes: &[u8], depth: u32, budget: &mut Budget, found: &mut Unpacked<'_>) {
    match MessageParser::default().parse(bytes) {
        Some(message) => message_parts(&message, depth, budget, found),
        None => found.note(Trouble::Damaged),
    }
}

fn message_parts(message: &Message<'_>, depth: u32, budget: &mut Budget, found: &mut Unpacked<'_>) {
    for part in message.attachments() {
        if budget.entries == 0 {
            return found.note(Trouble::TooLarge);
        }
        budget.entries -= 1;
        if let PartType::Message(forwarded) = &part.body {
            match depth.checked_sub(1) {
                Some(depth) => message_parts(forwarded, depth, budget, found),
                None => found.note(Trouble::TooLarge),
            }
            continue;
        }
        let bytes = part.contents();
        let Some(format) = sniff(bytes) else {
            // Texts, calendars, cards and receipts ride along with any mail; only a binary file that nobody can read is news.
            if !bytes.is_empty() && !part.is_text() && looks_binary(bytes) {
                found.note(Trouble::UnsupportedFormat);
            }
            continue;
        };
        let shown_in_text = part.content_id().is_some()
            || part.content_disposition().is_some_and(|d| d.c_type.eq_ignore_ascii_case("inline"));
        if matches!(format, Format::Png | Format::Jpeg) && ornament(bytes, shown_in_text) {
            continue;
        }
        let length = bytes.len() as u64;
        if length > budget.bytes {
            found.note(Trouble::TooLarge);
            continue;
        }
        budget.bytes -= length;
        open_bytes(Cow::Owned(bytes.to_vec()), depth, budget, found);
    }
}

fn ornament(bytes: &[u8], shown_in_text: bool) -> bool {
    let size = image::ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .ok()
        .and_then(|r| r.into_dimensions().ok());
    let Some((width, height)) = size else { return false };
    width.max(height) < if shown_in_text { INLINE_SIDE_PX } else { LOGO_SIDE_PX } || width.min(height) < 48
}

/// Control characters that no text has.
fn looks_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(512).any(|b| *b < 7)
}
