//! Mails that no person wrote to us: automatic answers, failures of delivery, receipts. Told by their headers.

use crate::domain::Remark;
use mail_parser::{Message, MimeHeaders};

/// Subjects with which mail programs answer by themselves; they begin so.
const AUTOMATIC: [&str; 12] = [
    "自動返信",
    "自動応答",
    "【自動返信】",
    "[自動返信]",
    "不在通知",
    "不在:",
    "不在：",
    "automatic reply",
    "auto reply",
    "autoreply",
    "out of office",
    "auto:",
];

/// What the mail is when no person wrote it to us.
pub fn of(message: &Message<'_>, subject: &str) -> Option<Remark> {
    let root = message.root_part();
    let report = root.content_type().filter(|t| t.c_type == "multipart" && t.c_subtype.as_deref() == Some("report"));
    let of_report = report.map(|t| t.attribute("report-type").unwrap_or_default().to_ascii_lowercase());
    let holds = |subtype: &str| {
        let is = |t: &mail_parser::ContentType<'_>| t.c_type == "message" && t.c_subtype.as_deref() == Some(subtype);
        message.parts.iter().any(|part| part.content_type().is_some_and(is))
    };
    if of_report.as_deref() == Some("disposition-notification") || holds("disposition-notification") {
        return Some(Remark::Receipt);
    }
    if of_report.as_deref() == Some("delivery-status") || holds("delivery-status") || from_postmaster(message) {
        return Some(Remark::Bounce);
    }
    let text = |name: &str| {
        let header = root.headers.iter().find(|header| header.name.as_str().eq_ignore_ascii_case(name))?;
        let raw = message.raw_message.get(header.offset_start as usize..header.offset_end as usize)?;
        Some(String::from_utf8_lossy(raw).trim().to_ascii_lowercase())
    };
    // A fax server or a scanner says "auto-generated": that is a document on its way, no answer.
    let answered = text("Auto-Submitted").is_some_and(|v| v.starts_with("auto-replied"))
        || text("X-Autoreply").is_some_and(|v| v != "no")
        || text("X-Autorespond").is_some()
        || text("Precedence").is_some_and(|v| v == "auto_reply");
    let subject = subject.trim_start().to_lowercase();
    (answered || AUTOMATIC.iter().any(|begin| subject.starts_with(begin))).then_some(Remark::AutoReply)
}

/// A server that reports a failure without saying so in the type.
fn from_postmaster(message: &Message<'_>) -> bool {
    let from = message.from().and_then(|from| from.first()).and_then(|a| a.address()).unwrap_or_default();
    let from = from.to_ascii_lowercase();
    from.starts_with("mailer-daemon@") || from == "mailer-daemon"
}
