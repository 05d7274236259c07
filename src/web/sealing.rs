//! Seals secrets that must be had back (those of second factors), so that a copy of the database alone opens nothing.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The key, which lies in a file beside the database and never in it.
pub struct Sealing(LessSafeKey);

impl Sealing {
    /// Length of a key.
    pub const KEY_BYTES: usize = 32;

    /// With that key.
    pub fn new(key: &[u8; Self::KEY_BYTES]) -> Option<Sealing> {
        UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(|key| Sealing(LessSafeKey::new(key)))
    }

    /// Seals `secret` for `owner`: for anybody else it does not open.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Option<String> {
        let mut nonce = [0_u8; NONCE_LEN];
        getrandom::fill(&mut nonce).ok()?;
        let mut sealed = secret.to_vec();
        let given = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(given, Aad::from(owner.as_bytes()), &mut sealed).ok()?;
        Some(nonce.iter().chain(&sealed).map(|byte| format!("{byte:02x}")).collect())
    }

    /// Opens what was sealed for `owner` with this key.
    pub fn open(&self, owner: &str, sealed: &str) -> Option<Vec<u8>> {
        if !sealed.is_ascii() || sealed.len() % 2 == 1 {
            return None;
        }
        let pairs = (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).ok());
        let bytes: Vec<u8> = pairs.collect::<Option<_>>()?;
        let (nonce, rest) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut rest = rest.to_vec();
        self.0.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut rest).ok().map(|secret| secret.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_owner_with_its_key_only() {
        let (key, other) = (Sealing::new(&[7; 32]).unwrap(), Sealing::new(&[8; 32]).unwrap());
        let sealed = key.seal("a", b"secret").unwrap();
        assert_ne!(sealed, key.seal("a", b"secret").unwrap(), "never the same twice");
        assert_eq!(key.open("a", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_eq!((key.open("b", &sealed), other.open("a", &sealed)), (None, None));
        let mut changed = sealed.clone();
        changed.replace_range(30..31, if &sealed[30..31] == "0" { "1" } else { "0" });
        for odd in [changed.as_str(), "", "0", "zz", "00", "ééé"] {
            assert_eq!(key.open("a", odd), None, "{odd}");
        }
    }
}
