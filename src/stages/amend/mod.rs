//! What the masters make of a reading (台帳による補正): where somebody is certain by other evidence, what was misread of
//! them is set right, and what no label led to is sought on the page. The paper stays the truth: nothing is filled in
//! that the page does not show, another value than the master's is left for staff to see, and what was read is kept.

mod address;
mod birth;
mod check;
mod institution;
mod medicines;
mod name;
mod number;
mod page;
mod seek;

pub use seek::seek;

use super::matching::Index;
use crate::domain::{Candidate, Evidence, FieldName, Fields, Found, Matches, Verdict};

/// Probability from which a candidate may set right what was read.
const CERTAIN: f64 = 0.98;
/// A doctor is one of a few, once the institution is known.
const CERTAIN_DOCTOR: f64 = 0.9;
/// What the runner-up may have.
const RIVAL: f64 = 0.01;
/// What another doctor may have.
const RIVAL_DOCTOR: f64 = 0.03;
/// How sure a value is that page and master agree on.
const CONFIRMED: f32 = 0.95;

/// Sets right what was misread of the certain patient, institution and doctor.
pub fn amend(fields: &mut Fields, matches: &Matches, index: &Index) {
    if let Some(patient) = certain(&matches.patient, CERTAIN, RIVAL) {
        of_patient(fields, &Known::new(patient), index);
    }
    if let Some(institution) = certain(&matches.institution, CERTAIN, RIVAL) {
        institution::amend(fields, &Known::new(institution), index);
    }
    if let Some(doctor) = certain(&matches.doctor, CERTAIN_DOCTOR, RIVAL_DOCTOR) {
        of_doctor(fields, &Known::new(doctor), index);
    }
    check::decide(fields);
    medicines::amend(fields);
}

fn certain(candidates: &[Candidate], least: f64, rival: f64) -> Option<&Candidate> {
    let first = candidates.first().filter(|c| c.score >= least)?;
    candidates.get(1).is_none_or(|second| second.score <= rival).then_some(first)
}

/// A certain candidate's evidence.
struct Known<'a>(&'a [Evidence]);

impl<'a> Known<'a> {
    fn new(candidate: &'a Candidate) -> Self {
        Self(&candidate.evidence)
    }

    fn of(&self, field: FieldName) -> Option<&'a Evidence> {
        self.0.iter().find(|e| e.field == field && !e.master.is_empty())
    }

    fn verdict(&self, field: FieldName) -> Verdict {
        self.of(field).map_or(Verdict::Unknown, |e| e.verdict)
    }

    fn agrees(&self, field: FieldName) -> bool {
        self.verdict(field) == Verdict::Agree
    }

    /// How many of the fields agree.
    fn agreeing(&self, fields: &[FieldName]) -> usize {
        fields.iter().filter(|f| self.agrees(**f)).count()
    }
}

/// Puts the master's value in place of what was read, which stays among the other readings.
fn set(found: &mut Found, value: String) {
    if found.value != value {
        let read = std::mem::replace(&mut found.value, value);
        found.alternatives.retain(|a| *a != found.value && *a != read);
        found.alternatives.insert(0, read);
        found.from_master = true;
    }
    found.confidence = found.confidence.max(CONFIRMED);
}

fn of_patient(fields: &mut Fields, known: &Known<'_>, index: &Index) {
    use FieldName::*;
    let place = [PatientPhone, PatientAddress];
    let kana = known.agrees(PatientKana);
    let of_their_own = known.agreeing(&[PatientPhone, PatientAddress, PatientId]) > 0;
    // 楢村 (ナラムラ) is no misread 木村 (キムラ): kanji and reading that both differ are those of somebody else, born on
    // the same day, unless something of their own agrees.
    let differ = |field| known.verdict(field) == Verdict::Differ;
    let another = differ(PatientName) && differ(PatientKana) && !of_their_own;
    let identified =
        known.agrees(PatientBirthDate) || known.agrees(PatientId) || known.agreeing(&place) + usize::from(kana) >= 2;
    let unique = identified && !another;
    let name = matches!(known.verdict(PatientName), Verdict::Agree | Verdict::Close);

    // Name and reading vouch for one another; without either it takes more than a birth date, which twins share.
    if let (Some(evidence), Some(found)) = (known.of(PatientName), fields.get_mut(&PatientName))
        && unique
    {
        let vouched = kana || known.agrees(PatientId);
        if let Some(value) = name::kanji(found, &evidence.master, vouched, index) {
            set(found, value);
        }
    }
    if let (Some(evidence), Some(found)) = (known.of(PatientKana), fields.get_mut(&PatientKana))
        && unique
        && let Some(value) = name::kana(found, &evidence.master, known.agrees(PatientName), index)
    {
        set(found, value);
    }
    let person = unique && (name || kana);
    for field in [PatientPhone, PatientPostalCode, PatientId] {
        let sure = if field == PatientPostalCode { person || known.agreeing(&place) > 0 } else { person };
        if let (Some(evidence), Some(found)) = (known.of(field), fields.get_mut(&field))
            && sure
            && let Some(value) = number::amended(found, evidence)
        {
            set(found, value);
        }
    }
    if let (Some(evidence), Some(found)) = (known.of(PatientAddress), fields.get_mut(&PatientAddress))
        && (person || known.agrees(PatientPhone))
        && let Some(value) = address::amended(&found.value, &evidence.master)
    {
        set(found, value);
    }
    let everything = known.agrees(PatientName) && kana && of_their_own;
    if let (Some(evidence), Some(found)) = (known.of(PatientBirthDate), fields.get_mut(&PatientBirthDate))
        && everything
        && birth::impossible(found, &evidence.master)
    {
        set(found, evidence.master.clone());
    }
}

fn of_doctor(fields: &mut Fields, known: &Known<'_>, index: &Index) {
    use FieldName::*;
    for field in [SenderDoctorName, DoctorName] {
        if let (Some(evidence), Some(found)) = (known.of(field), fields.get_mut(&field))
            && let Some(value) = name::kanji(found, &evidence.master, true, index)
        {
            set(found, value);
        }
    }
    let named = known.agrees(DoctorName) || known.agrees(SenderDoctorName);
    if let (Some(evidence), Some(found)) = (known.of(DoctorKana), fields.get_mut(&DoctorKana))
        && let Some(value) = name::kana(found, &evidence.master, named, index)
    {
        set(found, value);
    }
}
