//! Whether the sending institution is certain: its name and something that is not its name agree, and nothing differs
//! that should not. Names alone are weak: one in five institutions shares its name with another.

use super::{DecideInput, amended, verdict};
use crate::domain::{Candidate, Doubt, FieldName, Verdict};

/// Probability from which a sender may go unasked.
pub(super) const CERTAIN: f64 = 0.99;
/// Probability above which another institution is a rival.
const RIVAL: f64 = 0.005;
/// The reading contract's threshold of a link.
const LINK: f64 = 0.5;

/// What speaks against taking the sender as certain.
pub(super) fn reasons(input: &DecideInput<'_>, reasons: &mut Vec<Doubt>) {
    let candidates = &input.matches.institution;
    let Some(first) = candidates.first().filter(|c| c.score >= LINK) else {
        reasons.push(Doubt::SenderNotInMaster);
        return;
    };
    let before = reasons.len();
    let of = |field| verdict(&first.evidence, field);
    if of(FieldName::SenderInstitutionCode) == Verdict::Differ {
        reasons.push(Doubt::SenderCodeDiffers);
    }
    if numbers(first).iter().all(|v| *v == Verdict::Differ) {
        reasons.push(Doubt::SenderNumbersDiffer);
    }
    let name = name(first);
    let name_amended = amended(input, FieldName::SenderInstitutionName) || amended(input, FieldName::PharmacyName);
    let beside = beside_name(first);
    match name {
        Verdict::Agree | Verdict::Close if beside >= 1 => {}
        Verdict::Agree | Verdict::Close => reasons.push(Doubt::SenderByNameAlone),
        // Misread beyond likeness, but everything else is this institution's.
        Verdict::Differ | Verdict::Unknown if beside >= 3 => {}
        // So misread that it was set right: no other institution's name, nor the ending of another sort of house.
        Verdict::Differ if beside >= 1 && name_amended => {}
        Verdict::Differ => reasons.push(Doubt::SenderNameDiffers),
        Verdict::Unknown => reasons.push(Doubt::SenderNameMissing),
    }
    if candidates[1..].iter().any(|c| c.score > RIVAL) {
        reasons.push(Doubt::SenderRival);
    } else if reasons.len() == before && first.score < CERTAIN {
        reasons.push(Doubt::SenderUncertain);
    }
}

fn name(c: &Candidate) -> Verdict {
    match verdict(&c.evidence, FieldName::SenderInstitutionName) {
        Verdict::Unknown => verdict(&c.evidence, FieldName::PharmacyName),
        known => known,
    }
}

/// How telephone and fax compare; none when the document gives neither.
fn numbers(c: &Candidate) -> Vec<Verdict> {
    let both = [FieldName::SenderPhone, FieldName::SenderFax].map(|f| verdict(&c.evidence, f));
    let known: Vec<Verdict> = both.into_iter().filter(|v| *v != Verdict::Unknown).collect();
    if known.is_empty() { vec![Verdict::Unknown] } else { known }
}

/// Independent things beside the name that agree: a number, the code, the address, a doctor who works there.
fn beside_name(c: &Candidate) -> usize {
    let agree = |f| verdict(&c.evidence, f) == Verdict::Agree;
    usize::from(numbers(c).contains(&Verdict::Agree))
        + usize::from(agree(FieldName::SenderInstitutionCode))
        + usize::from(agree(FieldName::SenderAddress))
        + usize::from(agree(FieldName::SenderDoctorName) || agree(FieldName::DoctorName))
}
