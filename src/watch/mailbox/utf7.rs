//! Folder names as IMAP writes them: modified UTF-7 (RFC 3501, 5.1.3).

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// A name as the server knows it.
pub fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut wide: Vec<u16> = Vec::new();
    let mut units = [0; 2];
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            shifted(&mut out, &mut wide);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            wide.extend_from_slice(c.encode_utf16(&mut units));
        }
    }
    shifted(&mut out, &mut wide);
    out
}

fn shifted(out: &mut String, wide: &mut Vec<u16>) {
    if wide.is_empty() {
        return;
    }
    out.push('&');
    let bytes: Vec<u8> = wide.drain(..).flat_map(u16::to_be_bytes).collect();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            out.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    out.push('-');
}

/// A name as a person reads it; as it stands where it is no modified UTF-7.
pub fn decode(name: &str) -> String {
    parts(name).unwrap_or_else(|| name.to_owned())
}

fn parts(name: &str) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((plain, after)) = rest.split_once('&') {
        out.push_str(plain);
        let (code, after) = after.split_once('-')?;
        if code.is_empty() {
            out.push('&');
        }
        let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
        for digit in code.bytes() {
            let value = DIGITS.iter().position(|d| *d == digit)?;
            bits = bits << 6 | value as u32;
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
            }
        }
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        out.push_str(&String::from_utf16(&units).ok()?);
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for (name, coded) in [
            ("INBOX", "INBOX"),
            ("処理済", "&UeZ0Bm4I-"),
            ("R&D", "R&-D"),
            ("INBOX.受付済", "INBOX.&U9dO2G4I-"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("𠮷野", "&2ELft5HO-"),
        ] {
            assert_eq!(encode(name), coded);
            assert_eq!(decode(coded), name);
        }
        assert_eq!(decode("&broken"), "&broken");
        assert_eq!(decode("100% & more"), "100% & more");
        // Every short name over a mixed alphabet.
        let alphabet: Vec<char> = "a&-,受𠮷é".chars().collect();
        for n in 0..alphabet.len().pow(4) {
            let name: String = (0..4).map(|i| alphabet[n / alphabet.len().pow(i) % alphabet.len()]).collect();
            assert_eq!(decode(&encode(&name)), name);
            assert!(encode(&name).is_ascii());
        }
    }
}
