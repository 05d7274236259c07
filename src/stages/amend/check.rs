//! Numbers that check themselves: of the readings that recognition gave the one whose check digit is right is taken,
//! where there is just one. What nobody read is only offered, as one number in ten is right by chance; the number stays
//! as read and is doubted.

use crate::domain::{Decided, FieldName, Fields, Found};
use crate::text::code;
use crate::text::number::like;

/// How sure a number is whose check digit is wrong.
const DOUBTED: f32 = 0.4;
/// How sure a number is that its check digit picked: one wrong number in ten passes by chance.
const PICKED: f32 = 0.75;

/// Decides the codes of a document that carry a check digit.
pub(super) fn decide(fields: &mut Fields) {
    if let Some(found) = fields.get_mut(&FieldName::InsurerNumber) {
        by_check_digit(found, insurer);
    }
    if let Some(found) = fields.get_mut(&FieldName::SenderInstitutionCode)
        && found.value.len() == 10
    {
        by_check_digit(found, code::institution_ok);
    }
}

/// Whether digits can be a 保険者番号: check digit, 法別番号 and 都道府県.
fn insurer(number: &str) -> bool {
    let part = |range| number.get(range).and_then(|d: &str| d.parse::<u8>().ok()).unwrap_or(0);
    let (law, prefecture) = if number.len() == 8 { (part(0..2), part(2..4)) } else { (0, part(0..2)) };
    let known = number.len() == 6 || matches!(law, 1..=4 | 6 | 7 | 31..=34 | 39 | 63 | 67 | 72..=75);
    code::insurer_ok(number) && known && (1..=47).contains(&prefecture)
}

fn by_check_digit(found: &mut Found, ok: impl Fn(&str) -> bool) {
    if found.from_master || ok(&found.value) {
        return;
    }
    let read: Vec<&String> = found.alternatives.iter().filter(|a| ok(a)).collect();
    match &read[..] {
        [only] => {
            let only = (*only).clone();
            let read = std::mem::replace(&mut found.value, only);
            found.alternatives.retain(|a| *a != found.value && *a != read);
            found.alternatives.insert(0, read);
            found.decided_by = Some(Decided::CheckDigit);
            found.confidence = found.confidence.min(PICKED);
        }
        _ => {
            let right = readings(&found.value).into_iter().filter(|r| ok(r) && !found.alternatives.contains(r));
            let right: Vec<String> = right.take(3).collect();
            found.alternatives.extend(right);
            found.confidence = found.confidence.min(DOUBTED);
        }
    }
}

/// A number with one digit read as another of like shape, every way.
fn readings(number: &str) -> Vec<String> {
    let digits = number.as_bytes();
    let mut out = Vec::new();
    for (i, &read) in digits.iter().enumerate() {
        for other in (b'0'..=b'9').filter(|&d| d != read && read.is_ascii_digit() && like(d, read)) {
            let mut changed = digits.to_vec();
            changed[i] = other;
            out.extend(String::from_utf8(changed));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::found;
    use super::*;

    fn of(field: FieldName, read: &Found) -> Found {
        let mut fields = Fields::from([(field, read.clone())]);
        decide(&mut fields);
        fields.remove(&field).unwrap()
    }

    #[test]
    fn a_right_number_stays_as_it_is() {
        let read = found("33120015");
        assert_eq!(of(FieldName::InsurerNumber, &read), read);
    }

    #[test]
    fn another_reading_is_taken_only_when_it_alone_is_right() {
        let mut read = found("33120016");
        read.alternatives = vec!["33120015".into(), "33128816".into()];
        let decided = of(FieldName::InsurerNumber, &read);
        assert_eq!(decided.value, "33120015");
        assert_eq!(decided.decided_by, Some(Decided::CheckDigit));
        assert_eq!(decided.alternatives[0], "33120016", "what was read is kept");
    }

    #[test]
    fn an_undecided_number_stays_as_read_and_is_doubted() {
        for wrong in readings("0113613657").iter().filter(|w| !code::institution_ok(w)) {
            let decided = of(FieldName::SenderInstitutionCode, &found(wrong));
            assert_eq!((&decided.value, decided.decided_by), (wrong, None));
            assert!(decided.confidence <= DOUBTED);
            assert!(decided.alternatives.iter().all(|a| code::institution_ok(a)) && !decided.alternatives.is_empty());
        }
    }
}
