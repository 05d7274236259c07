//! E-mails: attachments in their order, forwarded mails opened, logos and signatures left out; the mail's own text is a part
//! where it carries a document and nothing else does.

mod body;
pub mod charset;
pub mod header;
mod nature;
mod password;

use super::{Format, Opener, kinds, sniff, tnef};
use crate::domain::{Contents, Fate, FileType, MailFacts, Remark, Trouble};
use mail_parser::{HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use std::borrow::Cow;

/// A picture smaller than this on its longer side is a logo or a button, never a page.
const LOGO_SIDE_PX: u32 = 360;
/// A picture that the mail's text shows may be larger and still be an ornament.
const INLINE_SIDE_PX: u32 = 700;
pub(super) fn open(bytes: &[u8], depth: u32, locked: bool, opener: &mut Opener<'_, '_>) {
    // An mbox writes a "From " line before the headers, and some servers leave blank lines there.
    let bytes = bytes.trim_ascii_start();
    let bytes = match bytes.strip_prefix(b"From ").and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
        Some(end) => &bytes[5 + end + 1..],
        None => bytes,
    };
    match MessageParser::default().parse(bytes) {
        Some(message) => message_parts(&message, depth, locked, opener),
        None => opener.note(Trouble::Damaged),
    }
}

fn message_parts(message: &Message<'_>, depth: u32, locked: bool, opener: &mut Opener<'_, '_>) {
    let outermost = opener.found.contents.mail.is_none();
    let subject = subject(message);
    if outermost {
        let sender = sender(message);
        opener.found.contents.mail = Some(MailFacts { sender, subject: subject.clone(), ..MailFacts::default() });
    }
    let nature = nature::of(message, &subject);
    let text = body::text(message);
    let before = (opener.found.parts.len(), opener.found.contents.enclosures.len());
    if matches!(nature, Some(Remark::Bounce | Remark::Receipt)) {
        // What lies in it is ours, sent back; it is listed and not opened.
        message.attachments().for_each(|part| aside(message, part, depth, opener));
    } else {
        for part in message.attachments() {
            if opener.count().is_err() {
                return opener.note(Trouble::TooLarge);
            }
            attachment(message, part, !text.trim().is_empty(), depth, locked, opener);
        }
    }
    let carried = opener.found.parts.len() > before.0
        || opener.found.contents.enclosures[before.1.min(opener.found.contents.enclosures.len())..]
            .iter()
            .any(|thing| matches!(thing.fate, Fate::Not(_)));
    let passwords = password::candidates(&subject, &text);
    let remark = match nature {
        _ if carried => None,
        Some(nature) => Some(nature),
        None if !passwords.is_empty() && !body::carries_something(&password::without(&text, &passwords)) => {
            Some(Remark::PasswordNotice)
        }
        None if message.parts.iter().any(is_invitation) => Some(Remark::Calendar),
        None if body::carries_something(&text) => {
            own_text(message, &subject, &text, depth, locked, opener);
            None
        }
        None => Some(Remark::NothingToRead),
    };
    let facts = opener.found.contents.mail.as_mut().filter(|_| outermost);
    if let Some(facts) = facts {
        facts.remark = remark;
        facts.passwords = passwords.into_iter().take(Contents::MOST_PASSWORDS).collect();
    }
}

fn attachment(
    message: &Message<'_>,
    part: &MessagePart<'_>,
    has_text: bool,
    depth: u32,
    locked: bool,
    opener: &mut Opener<'_, '_>,
) {
    let name = name(message, part);
    if let PartType::Message(forwarded) = &part.body {
        let size = u64::from(part.raw_len());
        let name = if name.is_empty() { self::subject(forwarded) } else { name };
        if depth >= opener.nesting {
            opener.list(&name, size, FileType::Mail, Err(Trouble::TooLarge), depth);
            return opener.note(Trouble::TooLarge);
        }
        opener.list(&name, size, FileType::Mail, Ok(Fate::Opened), depth);
        return message_parts(forwarded, depth + 1, locked, opener);
    }
    let bytes = part.contents();
    let what = kinds::file_type(bytes, &name);
    let shown_in_text = part.content_id().is_some()
        || part.content_disposition().is_some_and(|d| d.c_type.eq_ignore_ascii_case("inline"));
    let picture = matches!(what, FileType::Picture | FileType::Heic);
    let rides_along = !what.is_never_opened()
        && (bytes.is_empty() && name.is_empty()
        || matches!(what, FileType::Calendar | FileType::Card)
        || what == FileType::Signature && !is_sealed(bytes, &name)
        || (part.is_text() || what == FileType::Text) && !is_data(part, &name)
        || picture && ornament(bytes, shown_in_text)
        // Outlook's formatted copy of the text that stands beside it.
        || what == FileType::Winmail && has_text && tnef::is_empty(bytes)
        // A picture of a format that is not read, shown by the text, is a logo.
        || shown_in_text && sniff(bytes).is_none() && part.content_type().is_some_and(|t| t.c_type == "image"));
    if rides_along {
        let text = note_of_its_own(message, part, &name);
        if let Some(text) = text.filter(|text| body::carries_something(text)) {
            return opener.add(&name, Format::Text, FileType::Text, Cow::Owned(text.into_bytes()), depth, locked);
        }
        if bytes.is_empty() && name.is_empty() {
            return;
        }
        return opener.tell(&name, bytes, what, Ok(Fate::Beside), depth);
    }
    if opener.spend(bytes.len() as u64).is_err() {
        return opener.tell(&name, bytes, what, Err(Trouble::TooLarge), depth);
    }
    opener.open(name, Cow::Owned(bytes.to_vec()), depth, locked);
}

/// A mail encrypted or signed as a whole: its content is in there.
fn is_sealed(bytes: &[u8], name: &str) -> bool {
    name.to_lowercase().ends_with(".p7m") || bytes.starts_with(b"-----BEGIN PGP MESSAGE")
}

/// A text that somebody attached as a file of its own; mail servers add some too, under a name of theirs.
fn is_data(part: &MessagePart<'_>, name: &str) -> bool {
    let lower = name.to_lowercase();
    is_attached(part)
        && !lower.starts_with("att0")
        && [".csv", ".tsv", ".html", ".htm", ".xml", ".json", ".rtf"].iter().any(|end| lower.ends_with(end))
}

fn is_attached(part: &MessagePart<'_>) -> bool {
    part.content_disposition().is_some_and(|d| d.c_type.eq_ignore_ascii_case("attachment"))
}

/// The text of a text file that somebody attached by name; what follows a mail without a name is its tail.
fn note_of_its_own(message: &Message<'_>, part: &MessagePart<'_>, name: &str) -> Option<String> {
    let attached = !name.is_empty() && is_attached(part);
    (attached && matches!(part.body, PartType::Text(_)) && name.to_lowercase().ends_with(".txt"))
        .then(|| body::part_text(message, part))
}

fn aside(message: &Message<'_>, part: &MessagePart<'_>, depth: u32, opener: &mut Opener<'_, '_>) {
    let (name, bytes) = (name(message, part), part.contents());
    let what = if part.is_message() { FileType::Mail } else { kinds::file_type(bytes, &name) };
    opener.tell(&name, bytes, what, Ok(Fate::Beside), depth);
}

fn is_invitation(part: &MessagePart<'_>) -> bool {
    part.content_type().is_some_and(|t| t.c_type == "text" && t.c_subtype.as_deref() == Some("calendar"))
        || part.contents().starts_with(b"BEGIN:VCALENDAR")
}

/// Makes a part of the mail's own text, with what its head says.
fn own_text(message: &Message<'_>, subject: &str, text: &str, depth: u32, locked: bool, opener: &mut Opener<'_, '_>) {
    let from = header_of(message, message.root_part(), &HeaderName::From).map(header::text).unwrap_or_default();
    let date = message.date().map(|d| format!("{}年{}月{}日 {:02}:{:02}", d.year, d.month, d.day, d.hour, d.minute));
    let whole =
        format!("件名：{subject}\n差出人：{from}\n送信日時：{}\n\n{}", date.unwrap_or_default(), text.trim_end());
    opener.add("（メール本文）", Format::Text, FileType::Text, Cow::Owned(whole.into_bytes()), depth, locked);
}

fn subject(message: &Message<'_>) -> String {
    header_of(message, message.root_part(), &HeaderName::Subject).map(header::text).unwrap_or_default()
}

/// The address that the mail says it is from.
fn sender(message: &Message<'_>) -> String {
    let first = message.from().and_then(|from| from.first()).and_then(|a| a.address());
    let address = first.map(str::to_lowercase).unwrap_or_default();
    header::tidy(&address).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The file name of a part, from the raw bytes of its headers.
fn name(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let of = |header: &HeaderName<'_>, parameter| {
        header_of(message, part, header).and_then(|raw| header::parameter(raw, parameter))
    };
    let name = of(&HeaderName::ContentDisposition, "filename").or_else(|| of(&HeaderName::ContentType, "name"));
    header::file_name(&name.unwrap_or_default())
}

/// The raw bytes of a header's value.
fn header_of<'m>(message: &'m Message<'_>, part: &MessagePart<'_>, name: &HeaderName<'_>) -> Option<&'m [u8]> {
    let header = part.headers.iter().find(|header| header.name == *name)?;
    message.raw_message.get(header.offset_start as usize..header.offset_end as usize)
}

fn ornament(bytes: &[u8], shown_in_text: bool) -> bool {
    let Some((width, height)) = dimensions(bytes) else { return false };
    width.max(height) < if shown_in_text { INLINE_SIDE_PX } else { LOGO_SIDE_PX } || width.min(height) < 48
}

fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"GIF8") {
        let side = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        return side(6).zip(side(8));
    }
    image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
}
