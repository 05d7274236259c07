//! Whether the patient is certain: two independent identifiers agree, nothing differs that should not, and nobody else
//! could be meant.

use super::{DecideInput, amended, concerns_patient, master, verdict};
use crate::domain::{Candidate, Doubt, FieldName, Verdict};
use crate::text::fold;

/// Probability from which a patient may go unasked.
pub(super) const CERTAIN: f64 = 0.995;
/// Probability above which another patient is a rival.
const RIVAL: f64 = 0.002;
/// The reading contract's threshold of a link.
const LINK: f64 = 0.5;

/// What speaks against taking the patient as certain.
pub(super) fn reasons(input: &DecideInput<'_>, reasons: &mut Vec<Doubt>) {
    let candidates = &input.matches.patient;
    let named = input.fields.contains_key(&FieldName::PatientName) || input.fields.contains_key(&FieldName::PatientId);
    if !concerns_patient(input) {
        if named || candidates.first().is_some_and(|c| c.score >= LINK) {
            reasons.push(Doubt::PatientUnexpected);
        }
        return;
    }
    if !input.fields.contains_key(&FieldName::PatientName) {
        reasons.push(Doubt::PatientNameMissing);
        return;
    }
    let Some(first) = candidates.first().filter(|c| c.score >= LINK) else {
        reasons.push(Doubt::PatientNotInMaster);
        return;
    };
    let before = reasons.len();
    differences(first, amended(input, FieldName::PatientName), reasons);
    identifiers(first, reasons);
    rivals(first, &candidates[1..], reasons);
    if reasons.len() == before && first.score < CERTAIN {
        reasons.push(Doubt::PatientUncertain);
    }
}

fn differences(first: &Candidate, name_amended: bool, reasons: &mut Vec<Doubt>) {
    let of = |field| verdict(&first.evidence, field);
    let differ = |field| of(field) == Verdict::Differ;
    if matches!(of(FieldName::PatientBirthDate), Verdict::Differ | Verdict::Close) {
        reasons.push(Doubt::BirthDateDiffers);
    }
    if matches!(of(FieldName::PatientId), Verdict::Differ | Verdict::Close) {
        reasons.push(Doubt::PatientIdDiffers);
    }
    if differ(FieldName::PatientSex) {
        reasons.push(Doubt::SexDiffers);
    }
    match of(FieldName::PatientName) {
        Verdict::Agree => {}
        Verdict::Close if sure_in_spite_of_name(first) => {}
        // Misread beyond likeness, and no other name: its reading, the birth date and one more are this patient's.
        Verdict::Differ if name_amended && sure_in_spite_of_name(first) => {}
        Verdict::Close => reasons.push(Doubt::NameClose),
        Verdict::Differ => reasons.push(Doubt::NameDiffers),
        Verdict::Unknown => reasons.push(Doubt::NameUnknown),
    }
    if differ(FieldName::PatientKana) && others_agree(first) == 0 {
        reasons.push(Doubt::KanaDiffers);
    }
    if differ(FieldName::PatientPhone) && differ(FieldName::PatientAddress) {
        reasons.push(Doubt::HomeDiffers);
    }
}

/// How many of telephone, address and the hospital's own number agree: evidence beside name and birth date.
fn others_agree(c: &Candidate) -> usize {
    [FieldName::PatientPhone, FieldName::PatientAddress, FieldName::PatientId]
        .into_iter()
        .filter(|f| verdict(&c.evidence, *f) == Verdict::Agree)
        .count()
}

/// A name that reads as the master's but for a glyph of like shape, with reading, birth date and one more that agree.
fn sure_in_spite_of_name(c: &Candidate) -> bool {
    let agree = |f| verdict(&c.evidence, f) == Verdict::Agree;
    agree(FieldName::PatientKana) && agree(FieldName::PatientBirthDate) && others_agree(c) >= 1
}

/// The rule of two identifiers: name and birth date, or name and number.
fn identifiers(first: &Candidate, reasons: &mut Vec<Doubt>) {
    let agree = |f| verdict(&first.evidence, f) == Verdict::Agree;
    if !agree(FieldName::PatientBirthDate) && !agree(FieldName::PatientId) {
        reasons.push(Doubt::TooFewIdentifiers);
    }
}

fn rivals(first: &Candidate, others: &[Candidate], reasons: &mut Vec<Doubt>) {
    let known_by_number = verdict(&first.evidence, FieldName::PatientId) == Verdict::Agree
        && verdict(&first.evidence, FieldName::PatientName) == Verdict::Agree;
    for other in others {
        if twin(first, other) && !known_by_number {
            reasons.push(Doubt::Twin);
        } else if namesake_nearby(other) {
            reasons.push(Doubt::Namesake);
        } else if other.score > RIVAL {
            reasons.push(Doubt::Rival);
        } else {
            continue;
        }
        return;
    }
}

/// Born on the same day into the same family: what siblings share proves nothing between them.
pub(super) fn twin(first: &Candidate, other: &Candidate) -> bool {
    let family = |c: &Candidate| {
        let name = fold::tidy(master(&c.evidence, FieldName::PatientName));
        crate::text::variants::search_name(name.split(' ').next().unwrap_or(""))
    };
    let agree = |f| verdict(&other.evidence, f) == Verdict::Agree;
    let house = agree(FieldName::PatientPhone) || agree(FieldName::PatientAddress);
    agree(FieldName::PatientBirthDate) && (house || family(first) == family(other))
}

/// The same name, and a birth date that a misreading could have made of the other.
fn namesake_nearby(other: &Candidate) -> bool {
    matches!(verdict(&other.evidence, FieldName::PatientName), Verdict::Agree | Verdict::Close)
        && matches!(verdict(&other.evidence, FieldName::PatientBirthDate), Verdict::Agree | Verdict::Close)
}
