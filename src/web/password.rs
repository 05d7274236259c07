//! Passwords: hashed with argon2id, checked for strength, generated for first sign-ins. Never logged, never compared in clear.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};

/// Fewest characters of a password, as the guideline on medical information systems asks without a second factor.
const LEAST_ALONE: usize = 13;
/// And with one.
const LEAST_WITH_FACTOR: usize = 8;
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

/// Fewest characters of a password, with or without a second factor.
pub fn least(second_factor: bool) -> usize {
    if second_factor { LEAST_WITH_FACTOR } else { LEAST_ALONE }
}

/// Words of which the passwords are made that are tried first everywhere, here and in hospitals.
const COMMON: &[&str] = &[
    "password",
    "passwd",
    "pass",
    "passcode",
    "qwerty",
    "qwertyuiop",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "zxcvbn",
    "zxcvbnm",
    "qazwsx",
    "qazwsxedc",
    "abc",
    "abcd",
    "abcde",
    "abcdef",
    "abcdefg",
    "abcdefgh",
    "welcome",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "test",
    "login",
    "letmein",
    "iloveyou",
    "monkey",
    "dragon",
    "master",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "secret",
    "changeme",
    "default",
    "system",
    "server",
    "hospital",
    "byouin",
    "byoin",
    "renkei",
    "renkeishitsu",
    "chiiki",
    "uketsuke",
    "iryou",
    "iryo",
    "kangoshi",
    "nurse",
    "doctor",
    "sakura",
    "nippon",
    "nihon",
    "japan",
    "tokyo",
    "osaka",
    "arigatou",
    "konnichiwa",
    "doraemon",
    "pikachu",
    "naruto",
    "spring",
    "summer",
    "autumn",
    "winter",
    "haru",
    "natsu",
    "aki",
    "fuyu",
];

/// Whether nothing but common words is left of a password when its digits, signs and disguises are taken off.
fn is_common(password: &str) -> bool {
    let undisguised = |c: char| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '$' | '5' => 's',
        other => other,
    };
    let lower = password.to_lowercase();
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    // Disguise inside a word, or digits and signs around it: both are looked through.
    let plain = letters(&lower);
    let inner = lower.trim_matches(|c: char| !c.is_alphabetic() && c != '@' && c != '$');
    let disguised = letters(&inner.chars().map(undisguised).collect::<String>());
    [plain, disguised].iter().any(|word| !word.is_empty() && only_common(word))
}

/// Whether a word is one common word after another.
fn only_common(word: &str) -> bool {
    word.is_empty() || COMMON.iter().any(|common| word.strip_prefix(common).is_some_and(only_common))
}

/// Whether `password` is strong enough for `login`, beside a second factor or alone; the error is what the person reads.
pub fn check(login: &str, password: &str, second_factor: bool) -> Result<(), &'static str> {
    let letters = password.chars().any(char::is_alphabetic);
    let digits = password.chars().any(|c| c.is_ascii_digit());
    let others = password.chars().any(|c| !c.is_alphanumeric());
    let distinct = password.chars().collect::<std::collections::HashSet<_>>().len();
    if password.chars().count() < least(second_factor) {
        Err(if second_factor {
            "パスワードは8文字以上にしてください。"
        } else {
            "パスワードは13文字以上にしてください（二要素目を設定すると8文字以上）。"
        })
    } else if password.len() > MOST_BYTES {
        Err("パスワードが長すぎます。")
    } else if !(letters && digits && others) {
        Err("英字・数字・記号（空白も可）をそれぞれ1文字以上入れてください。")
    } else if distinct < 6 {
        Err("同じ文字の繰り返しが多すぎます。")
    } else if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        Err("ログイン名を含むパスワードは使えません。")
    } else if is_common(password) {
        Err("よく使われるパスワードは使えません。関係のない言葉をいくつかつなげると覚えやすくなります。")
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
        if check("", &word, false).is_ok() {
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
        assert!(check("suzuki", "short-1a", false).is_err());
        assert!(check("suzuki", "onlyletterslong", false).is_err());
        assert!(check("suzuki", "aaaaaaaaaaaa1-", false).is_err());
        assert!(check("suzuki", "Suzuki-2024-abcd", false).is_err());
        assert!(check("suzuki", &"a1-bcdefghij".repeat(100), false).is_err());
        assert!(check("suzuki", "tonari no 4 hiki", false).is_ok());
    }

    #[test]
    fn beside_a_second_factor_shorter_ones_do_but_no_common_ones() {
        assert!(check("suzuki", "umi2-yama", true).is_ok() && check("suzuki", "umi2-yama", false).is_err());
        assert!(check("suzuki", "umi2-ya", true).is_err());
        for common in [
            "P@ssw0rd",
            "password-123",
            "Qwerty-1234567",
            "Welcome2024!",
            "hospital#2026",
            "Admin_Admin_123",
            "p4$$word-1",
            "uketsuke-2026!!",
        ] {
            assert!(check("suzuki", common, true).is_err(), "{common}");
        }
        assert!(check("suzuki", "sakura ga saku 7", true).is_ok(), "a sentence is no common word");
    }

    #[test]
    fn generated_passwords_are_strong_and_differ() {
        let (a, b) = (generate().unwrap(), generate().unwrap());
        assert!(check("admin", &a, false).is_ok());
        assert_ne!(a, b);
        assert_eq!(a.len(), 19);
    }
}
