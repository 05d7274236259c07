//! Who a document is about and from: candidates from the masters, with probabilities and reasons (照合).
//!
//! Blocking keys bring rows worth comparing; each field then weighs for or against (Fellegi-Sunter, with how often a
//! name occurs and how recognition misreads); the weights and "nobody in the master" share one probability. What
//! relatives share is not evidence between them. Nothing here decides: `stages::decide` does, and a person confirms.

mod address;
mod channel;
mod clues;
mod digits;
mod doctor;
mod institution;
mod institution_score;
mod keys;
mod parts;
mod patient;
mod patient_score;
mod person;
mod posterior;
mod rows;
mod weights;

#[cfg(test)]
mod tests;

use crate::domain::{Doctor, Fields, Institution, Masters, Matches, Patient};
use doctor::DoctorIndex;
use institution::InstitutionIndex;
use patient::PatientIndex;
use person::{Dictionary, DictionaryBuilder};

/// The line by which a fax came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line<'a> {
    /// The sender's number, from the line or the header line.
    pub number: Option<&'a str>,
    /// Id of the institution that a person confirmed as the sender of an earlier fax from that number.
    pub known_as: Option<&'a str>,
}

/// Family or given name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamePart {
    /// 姓
    Family,
    /// 名
    Given,
}

/// The masters, ready to be asked.
pub struct Index {
    names: Dictionary,
    patients: PatientIndex,
    institutions: InstitutionIndex,
    doctors: DoctorIndex,
}

impl Index {
    /// Sorts the masters into keys; about a second for a hundred thousand patients.
    pub fn build(masters: Masters) -> Self {
        let mut names = DictionaryBuilder::default();
        let patients = PatientIndex::build(masters.patients, &mut names);
        let doctors = DoctorIndex::build(masters.doctors, &mut names);
        let institutions = InstitutionIndex::build(masters.institutions);
        Self { names: names.build(), patients, institutions, doctors }
    }

    /// Candidates for the patient, the sending institution and the signing doctor. The line is evidence for the
    /// institution, never proof.
    pub fn candidates(&self, fields: &Fields, line: &Line) -> Matches {
        let patient = patient_score::candidates(&self.patients, &self.names, fields);
        let institution = institution_score::candidates(&self.institutions, &self.doctors, &self.names, fields, line);
        let doctor = doctor::candidates(&self.doctors, &self.names, fields, &institution);
        Matches { patient, institution, doctor }
    }

    /// The patient of that number.
    pub fn patient(&self, id: &str) -> Option<Patient> {
        self.patients.find(id)
    }

    /// The institution of that id.
    pub fn institution(&self, id: &str) -> Option<Institution> {
        self.institutions.find(id)
    }

    /// The doctors of an institution.
    pub fn doctors_of(&self, institution: &str) -> Vec<Doctor> {
        self.doctors.of(institution).map(|row| self.doctors.row(row)).collect()
    }

    /// Whether an institution of the master is called so, with or without its legal form.
    pub fn is_institution(&self, name: &str) -> bool {
        self.institutions.is_name(name)
    }

    /// Whether somebody in the masters bears the name (kanji, 異体字 folded).
    pub fn is_name(&self, part: NamePart, kanji: &str) -> bool {
        self.names.of(part).has_kanji(kanji)
    }

    /// Whether somebody's name in the masters is read so (katakana).
    pub fn is_reading(&self, part: NamePart, kana: &str) -> bool {
        self.names.of(part).has_kana(kana)
    }
}
