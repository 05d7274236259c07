//! Passwords: hashed with argon2id, checked for strength, generated for first sign-ins. Never logged, never compared in clear.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

/// Fewest characters of a password (13, as the guideline on medical information systems asks without a second factor).
pub const LEAST_CHARACTERS: usize = 13;
/// More than this is refused before any hashing, so that a long text costs nothing.
pub const MOST_BYTES: usize = 512;

/// What can go wrong with hashing; never says anything about the password.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct Error;

/// The argon2id hash of `password` with a fresh salt, as a PHC string for `store::users`.
pub fn hash(password: &str) -> Result<String, Error> {
    let hashed: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Error)?;
    Ok(hashed.to_string())
}

/// Whether `password` is the one behind `phc`; a hash that cannot be parsed is never matched.
pub fn verify(password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// Spends the time of one verification, so that an unknown login answers as slowly as a wrong password.
pub fn verify_nobody(password: &str) {
    static NOBODY: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| hash("no one ever signs in with this").unwrap_or_default());
    verify(password, &NOBODY);
}

/// Whether `password` is strong enough for `login`; the error is what the person reads.
pub fn check(login: &str, password: &str) -> Result<(), &'static str> {
    let letters = password.chars().any(char::is_alphabetic);
    let digits = password.chars().any(|c| c.is_ascii_digit());
    let others = password.chars().any(|c| !c.is_alphanumeric());
    let distinct = password.chars().collect::<std::collections::HashSet<_>>().len();
    if password.chars().count() < LEAST_CHARACTERS {
        Err("パスワードは13文字以上にしてください。")
    } else if password.len() > MOST_BYTES {
        Err("パスワードが長すぎます。")
    } else if !(letters && digits && others) {
        Err("英字・数字・記号（空白も可）をそれぞれ1文字以上入れてください。")
    } else if distinct < 6 {
        Err("同じ文字の繰り返しが多すぎます。")
    } else if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        Err("ログイン名を含むパスワードは使えません。")
    } else {
        Ok(())
    }
}

/// A random first password that passes [`check`] and can be read out on the telephone (no l, 1, o, 0).
pub fn generate() -> Result<String, Error> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 16];
    loop {
        getrandom::fill(&mut bytes).map_err(|_| Error)?;
        let picked: Vec<char> = bytes.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
        let word: String = picked.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-");
        if check("", &word).is_ok() {
            return Ok(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_only_its_own_password() {
        let phc = hash("correct horse 7 battery").unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(verify("correct horse 7 battery", &phc));
        assert!(!verify("correct horse 8 battery", &phc));
        assert!(!verify("correct horse 7 battery", "not a hash"));
        assert_ne!(phc, hash("correct horse 7 battery").unwrap(), "salts differ");
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert!(check("suzuki", "short-1a").is_err());
        assert!(check("suzuki", "onlyletterslong").is_err());
        assert!(check("suzuki", "aaaaaaaaaaaa1-").is_err());
        assert!(check("suzuki", "Suzuki-2024-abcd").is_err());
        assert!(check("suzuki", &"a1-bcdefghij".repeat(100)).is_err());
        assert!(check("suzuki", "tonari no 4 hiki").is_ok());
    }

    #[test]
    fn generated_passwords_are_strong_and_differ() {
        let (a, b) = (generate().unwrap(), generate().unwrap());
        assert!(check("admin", &a).is_ok());
        assert_ne!(a, b);
        assert_eq!(a.len(), 19);
    }
}
