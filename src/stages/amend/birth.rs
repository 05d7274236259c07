//! The one case in which a birth date is set right: what was read is in no calendar. A date that differs is a finding
//! for staff, whether the paper or the master is wrong.

use crate::domain::Found;
use jiff::civil::Date;

/// Whether what was read can be nobody's birth date, and the master's stood among the readings or differs in two digits at most.
pub(super) fn impossible(found: &Found, master: &str) -> bool {
    let no_date = found.value.parse::<Date>().is_err();
    let off = found.value.chars().zip(master.chars()).filter(|(a, b)| a != b).count();
    let near = found.value.len() == master.len() && off <= 2;
    no_date && (near || found.alternatives.iter().any(|a| a == master))
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::found;
    use super::*;

    #[test]
    fn only_what_is_in_no_calendar_is_set_right() {
        assert!(impossible(&found("1950-02-31"), "1950-02-21"));
        assert!(!impossible(&found("1950-02-20"), "1950-02-21"), "a typo on the paper must reach staff");
        assert!(!impossible(&found("1950-02-31"), "1943-11-08"));
    }
}
