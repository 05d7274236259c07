//! The signature of Standard Webhooks, version 1: HMAC-SHA-256 over id, time and body, in Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

/// A key has at least and at most so many bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The key that a system shares with us.
pub struct Key(hmac::Key);

impl Key {
    /// From `whsec_` and Base64 (the prefix may be left out); `None` where it is no key, or one too short to trust.
    pub fn parse(secret: &str) -> Option<Key> {
        let coded = secret.trim();
        let bytes = STANDARD.decode(coded.strip_prefix("whsec_").unwrap_or(coded)).ok()?;
        KEY_BYTES.contains(&bytes.len()).then(|| Key(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

/// What stands in `webhook-signature`.
pub fn signature(key: &Key, id: &str, seconds: &str, body: &str) -> String {
    let tag = hmac::sign(&key.0, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_standards_own_example() {
        let key = Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn short_keys_and_words_are_no_keys() {
        for odd in ["", "whsec_", "secret", "whsec_c2hvcnQ=", "whsec_!!!!"] {
            assert!(Key::parse(odd).is_none(), "{odd}");
        }
        let long = format!("whsec_{}", STANDARD.encode([1_u8; 65]));
        assert!(Key::parse(&long).is_none());
    }
}
