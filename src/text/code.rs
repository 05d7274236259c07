//! Numbers that check themselves: 保険医療機関コード (ten digits) and 保険者番号.

/// The check digit that Luhn's rule gives for the digits.
fn luhn(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| {
            let v = u32::from(d) * if i % 2 == 0 { 2 } else { 1 };
            v / 10 + v % 10
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

fn digits(text: &str) -> Option<Vec<u8>> {
    text.bytes().map(|b| b.is_ascii_digit().then(|| b - b'0')).collect()
}

/// Whether ten digits are a 保険医療機関コード whose check digit is right.
pub fn institution_ok(code: &str) -> bool {
    let Some(d) = digits(code).filter(|d| d.len() == 10) else { return false };
    let prefecture = d[0] * 10 + d[1];
    if !(1..=47).contains(&prefecture) || !matches!(d[2], 1 | 3 | 4 | 6) {
        return false;
    }
    // 埼玉, 千葉, 東京 and 神奈川 count only the last six digits.
    let base = if matches!(prefecture, 11..=14) { &d[3..9] } else { &d[..9] };
    luhn(base) == d[9]
}

/// Whether six (国保) or eight digits are a 保険者番号 whose check digit is right.
pub fn insurer_ok(code: &str) -> bool {
    digits(code).filter(|d| matches!(d.len(), 6 | 8)).is_some_and(|d| luhn(&d[..d.len() - 1]) == d[d.len() - 1])
}

/// A printed institution code as ten digits: `01-1047-8` style separators go, seven digits stay as they are seen.
pub fn institution_digits(text: &str) -> Option<String> {
    let only: String = super::number::digits(text);
    matches!(only.len(), 7 | 10).then_some(only)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_and_wrong_check_digits() {
        for ok in [
            "0113613657",
            "0812010064",
            "0812011724",
            "0817310238",
            "0817310246",
            "1414000204",
            "0110113719",
            "1318814790",
        ] {
            assert!(institution_ok(ok), "{ok}");
        }
        for wrong in [
            "1311234567",
            "1319876543",
            "1312345670",
            "0113613658",
            "9913613657",
            "011361365",
            "01136136577",
            "01136x3657",
        ] {
            assert!(!institution_ok(wrong), "{wrong}");
        }
        assert!(insurer_ok("33120015"));
        assert!(!insurer_ok("33120016"));
    }

    #[test]
    fn every_single_misread_digit_outside_the_prefix_is_caught() {
        let code = "0113613657";
        for i in 3..10 {
            for d in b'0'..=b'9' {
                let mut other = code.as_bytes().to_vec();
                if other[i] != d {
                    other[i] = d;
                    assert!(!institution_ok(std::str::from_utf8(&other).unwrap()));
                }
            }
        }
    }
}
