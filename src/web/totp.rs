//! Codes of an authenticator app (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits). Time and secret come in as arguments.

use ring::hmac;

use crate::domain::Timestamp;

/// Length of a time step.
const STEP_MS: i64 = 30_000;
/// Steps before and after this one whose code is taken, for clocks that differ.
const DRIFT: i64 = 1;
/// Length of a secret, as long as the hash.
pub const SECRET_BYTES: usize = 20;
const DIGITS: u32 = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The code of a secret at a time step.
fn code(secret: &[u8], step: i64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let sum = tag.as_ref();
    let at = usize::from(sum[sum.len() - 1] & 0x0f);
    let four = [sum[at] & 0x7f, sum[at + 1], sum[at + 2], sum[at + 3]];
    u32::from_be_bytes(four) % 10_u32.pow(digits)
}

/// The time step whose code was typed, if it is newer than `last_step`, so that each code is good for once.
pub fn step_of(secret: &[u8], typed: &str, last_step: i64, now: Timestamp) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    if typed.len() != DIGITS as usize || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = typed.parse().ok()?;
    let current = now.0.div_euclid(STEP_MS);
    (current - DRIFT..=current + DRIFT).find(|step| *step > last_step && code(secret, *step, DIGITS) == typed)
}

/// The six digits of this moment, as an app shows them; for tests.
pub fn shown(secret: &[u8], now: Timestamp) -> String {
    format!("{:06}", code(secret, now.0.div_euclid(STEP_MS), DIGITS))
}

/// The secret as people type it into an app that has no camera.
pub fn base32(secret: &[u8]) -> String {
    let mut out = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in secret {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
    }
    if bits > 0 {
        out.push(char::from(BASE32[(held << (5 - bits) & 31) as usize]));
    }
    out
}

/// A secret that was typed, or read from a page; for tests.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0_u32, 0_u32, Vec::new());
    for letter in text.bytes().filter(|b| !b.is_ascii_whitespace()) {
        let at = BASE32.iter().position(|b| *b == letter.to_ascii_uppercase())?;
        held = held << 5 | u32::try_from(at).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits & 255) as u8);
        }
    }
    Some(out)
}

/// What the picture says to the app.
pub fn address(issuer: &str, login: &str, secret: &[u8]) -> String {
    let (issuer, login) = (super::pages::encoded(issuer), super::pages::encoded(login));
    let secret = base32(secret);
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

/// A picture of a text for a camera: its width in modules with the quiet border, and the dark ones as one SVG path.
pub fn picture(text: &str) -> Option<(usize, String)> {
    const BORDER: usize = 4;
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (i, module) in code.to_colors().into_iter().enumerate() {
        if module == qrcode::Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", i % width + BORDER, i / width + BORDER));
        }
    }
    Some((width + 2 * BORDER, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238() {
        for (seconds, digits) in [
            (59_i64, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(SECRET, seconds / 30, 8), digits, "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_moment() {
        let now = Timestamp(1_111_111_109_000);
        let typed = shown(SECRET, now);
        assert_eq!(typed, "081804");
        let step = step_of(SECRET, &typed, 0, now).expect("it fits");
        assert_eq!(step_of(SECRET, " 081 804 ", 0, now), Some(step), "spaces do not matter");
        assert_eq!(step_of(SECRET, &typed, step, now), None, "not twice");
        assert_eq!(step_of(SECRET, &typed, 0, now.plus_ms(30_000)), Some(step), "a slow clock");
        assert_eq!(step_of(SECRET, &typed, 0, now.plus_ms(60_000)), None);
        for odd in ["", "81804", "0081804", "08180a", "-81804", "０８１８０４"] {
            assert_eq!(step_of(SECRET, odd, 0, now), None, "{odd}");
        }
    }

    #[test]
    fn secrets_are_written_as_apps_read_them() {
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"f"), "MY");
        assert_eq!(from_base32("gezd gnbv gy3t qojq gezdgnbvgy3tqojq").as_deref(), Some(SECRET));
        assert_eq!(from_base32("1"), None);
        let address = address("受付", "a:b", SECRET);
        assert!(address.is_ascii() && address.contains("%3Ab?secret=GEZD"), "{address}");
        let (width, path) = picture(&address).expect("it fits into a picture");
        assert!(width > 30 && path.starts_with("M4 4h1v1h-1z"), "{width}");
    }
}
