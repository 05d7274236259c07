//! Numbers set right: one misread digit is, another number is not.

use crate::domain::{Evidence, Found, Verdict};
use crate::text::number::{digits, like};

/// From here on a reading of a digit is not doubted.
const SURE: f32 = 0.9;

/// The master's number where the read one is a misreading of it, written as the document writes such numbers.
pub(super) fn amended(found: &Found, evidence: &Evidence) -> Option<String> {
    let (read, master) = (digits(&found.value), digits(&evidence.master));
    if read == master || !(evidence.verdict == Verdict::Close || worn(&read, &master)) {
        return None;
    }
    let seen = found.alternatives.iter().any(|a| digits(a) == master);
    // Patient numbers are printed with and without leading zeros.
    let bare = master.trim_start_matches('0');
    let printed = if !read.starts_with('0') && read.len() == bare.len() { bare } else { master.as_str() };
    // A number of another length is no number at all; one digit of the same length may be another extension.
    let off = read.chars().zip(printed.chars()).filter(|(a, b)| a != b).count();
    let misread = read.len() != printed.len() || off >= 1 && found.confidence < SURE;
    let value = if printed.len() == master.len() { &evidence.master } else { printed };
    (read != printed && (misread || seen)).then(|| value.to_owned())
}

/// Whether every digit that differs is of like shape, and of one kind: noughts with a stroke are read as nines throughout.
fn worn(read: &str, master: &str) -> bool {
    if read.len() != master.len() || read.len() < 7 {
        return false;
    }
    let mut off: Vec<(u8, u8)> = read.bytes().zip(master.bytes()).filter(|(a, b)| a != b).collect();
    let few = off.len() <= 4;
    off.sort_unstable();
    off.dedup();
    few && matches!(off[..], [(a, b)] if like(a, b))
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::found;
    use super::*;
    use crate::domain::FieldName;

    fn of(read: &str, confidence: f32, verdict: Verdict, master: &str) -> Option<String> {
        let evidence = Evidence { field: FieldName::PatientPhone, verdict, seen: read.into(), master: master.into() };
        amended(&Found { confidence, ..found(read) }, &evidence)
    }

    #[test]
    fn a_misread_digit_is_set_right_and_another_number_is_not() {
        let right = "0123-45-6789";
        assert_eq!(of("0123-45-6189", 0.6, Verdict::Close, right).as_deref(), Some(right));
        assert_eq!(of("0123-45-678", 0.95, Verdict::Close, right).as_deref(), Some(right));
        assert_eq!(of("0123-45-6780", 0.97, Verdict::Close, right), None, "the next extension, read surely");
        assert_eq!(of("0123-99-6789", 0.3, Verdict::Differ, right), None);
        assert_eq!(of("0123456789", 0.3, Verdict::Agree, right), None);
        assert_eq!(of("953-9039", 0.7, Verdict::Differ, "053-0039").as_deref(), Some("053-0039"));
        assert_eq!(
            of("953-8039", 0.7, Verdict::Differ, "053-0039"),
            None,
            "two kinds of misreading are another number"
        );
    }

    #[test]
    fn leading_zeros_stay_as_printed() {
        assert_eq!(of("507750", 0.6, Verdict::Close, "00507756"), Some("507756".into()));
        assert_eq!(of("00507150", 0.6, Verdict::Close, "00507750"), Some("00507750".into()));
    }
}
