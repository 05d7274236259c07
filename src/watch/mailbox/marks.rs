//! By what a message is known again: its Message-ID and what follows its header. Lines are cut, nothing is decoded; the bytes stay untrusted.

use crate::domain::Fingerprint;

/// A Message-ID longer than this is none.
const LONGEST_ID: usize = 998;

/// The fingerprint of a header's Message-ID; empty when it has none.
pub fn message_key(message: &[u8]) -> String {
    let mut id: Option<Vec<u8>> = None;
    for line in lines(message) {
        match &mut id {
            // The header ends, or the next field begins.
            _ if line.is_empty() => break,
            Some(id) if line.starts_with(b" ") || line.starts_with(b"\t") => id.extend_from_slice(line),
            Some(_) => break,
            None => {
                let Some(colon) = line.iter().position(|b| *b == b':') else { continue };
                if line[..colon].trim_ascii().eq_ignore_ascii_case(b"message-id") {
                    id = Some(line[colon + 1..].to_vec());
                }
            }
        }
    }
    let id = id.unwrap_or_default();
    let id: Vec<u8> = id.trim_ascii().to_vec();
    if id.is_empty() || id.len() > LONGEST_ID { String::new() } else { Fingerprint::of(&id).as_str().to_owned() }
}

/// The fingerprint of what follows the header, without the lines that only part it and that a mailer draws anew each
/// time; empty when nothing follows.
pub fn body_key(message: &[u8]) -> String {
    let mut body = Vec::with_capacity(message.len());
    let mut inside = false;
    for line in lines(message) {
        if !inside {
            inside = line.is_empty();
        } else if !(line.starts_with(b"--") || mentions_boundary(line)) {
            body.extend_from_slice(line);
            body.push(b'\n');
        }
    }
    if body.trim_ascii().is_empty() { String::new() } else { Fingerprint::of(&body).as_str().to_owned() }
}

fn mentions_boundary(line: &[u8]) -> bool {
    line.windows(9).any(|window| window.eq_ignore_ascii_case(b"boundary="))
}

fn lines(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    message.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_id_is_found_however_it_is_folded() {
        let key = |text: &str| message_key(text.as_bytes());
        let plain = key("From: a\r\nMessage-ID: <1@x>\r\nTo: b\r\n\r\nbody");
        assert_eq!(plain.len(), 64);
        assert_eq!(plain, key("MESSAGE-id :\r\n  <1@x>\r\n\r\n"));
        assert_eq!(plain, key("Message-Id: <1@x>\n\n"));
        assert_ne!(plain, key("Message-ID: <2@x>\r\n\r\n"));
        assert_eq!(key("From: a\r\n\r\nMessage-ID: <1@x>\r\n"), "", "the body is no header");
        assert_eq!(key("Message-ID: \r\n\r\n"), "");
        assert_eq!(key(""), "");
        assert_eq!(message_key(&[0xff; 5_000]), "");
    }

    #[test]
    fn the_same_content_under_another_boundary_is_known() {
        let mail = |id: &str, boundary: &str, words: &str| {
            format!(
                "Message-ID: <{id}>\r\nContent-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n\
                 Content-Type: text/plain\r\n\r\n{words}\r\n--{boundary}--\r\n"
            )
        };
        let key = |text: String| body_key(text.as_bytes());
        assert_eq!(key(mail("1", "aa", "words")), key(mail("2", "bb", "words")));
        assert_ne!(key(mail("1", "aa", "words")), key(mail("1", "aa", "other")));
        assert_eq!(body_key(b"From: a\r\n\r\n\r\n"), "");
        assert_eq!(body_key(b"From: a"), "");
    }
}
