//! What a document gives to go by, in the form in which it is compared.

use super::address::Address;
use super::digits::{self, Day};
use super::person::SeenName;
use crate::domain::{Evidence, FieldName, Fields, Found, Verdict};

/// A number as seen, with its other readings.
#[derive(Clone, Debug, Default)]
pub(super) struct SeenDigits {
    pub value: Vec<u8>,
    pub others: Vec<Vec<u8>>,
}

/// A date as seen, with its other readings.
#[derive(Clone, Debug)]
pub(super) struct SeenDay {
    pub value: Day,
    pub others: Vec<Day>,
    pub confidence: f32,
}

/// What a document says of the patient.
#[derive(Clone, Debug, Default)]
pub(super) struct PatientClues {
    pub name: SeenName,
    pub birth: Option<SeenDay>,
    /// `male` or `female`, and how sure.
    pub sex: Option<(String, f32)>,
    /// Without leading zeros.
    pub id: Option<SeenDigits>,
    pub phone: Option<SeenDigits>,
    pub postal: Option<SeenDigits>,
    pub address: Option<Address>,
}

/// The value of a field, if it says anything.
pub(super) fn text(fields: &Fields, name: FieldName) -> Option<&str> {
    fields.get(&name).map(|f| f.value.trim()).filter(|v| !v.is_empty())
}

/// Digits of a field that has at least `least` of them.
pub(super) fn number(fields: &Fields, name: FieldName, least: usize) -> Option<SeenDigits> {
    let found = fields.get(&name)?;
    let value = digits::of(&found.value);
    let others = found.alternatives.iter().map(|a| digits::of(a)).filter(|d| d.len() >= least).collect();
    (value.len() >= least).then_some(SeenDigits { value, others })
}

/// Digits without leading zeros: patient numbers are printed with and without them.
pub(super) fn bare(mut digits: Vec<u8>) -> Vec<u8> {
    let zeros = digits.iter().take_while(|d| **d == b'0').count();
    digits.drain(..zeros);
    digits
}

impl PatientClues {
    pub(super) fn read(fields: &Fields) -> Self {
        let day = |f: &Found| {
            let others = f.alternatives.iter().filter_map(|a| Day::parse(a)).collect();
            Day::parse(&f.value).map(|value| SeenDay { value, others, confidence: f.confidence })
        };
        let id = number(fields, FieldName::PatientId, 1)
            .map(|d| SeenDigits { value: bare(d.value), others: d.others.into_iter().map(bare).collect() });
        Self {
            name: SeenName::read(text(fields, FieldName::PatientName), text(fields, FieldName::PatientKana)),
            birth: fields.get(&FieldName::PatientBirthDate).and_then(day),
            sex: fields.get(&FieldName::PatientSex).map(|f| (f.value.clone(), f.confidence)),
            // Two digits are a bed or a page, not a patient's number.
            id: id.filter(|d| d.value.len() >= 3),
            phone: number(fields, FieldName::PatientPhone, 9),
            postal: number(fields, FieldName::PatientPostalCode, 7),
            address: text(fields, FieldName::PatientAddress).map(Address::parse),
        }
    }

    /// Whether there is anything that could tell one patient from another.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_empty() && self.id.is_none() && self.phone.is_none()
    }
}

/// Collects the evidence of one candidate for staff to see.
pub(super) struct EvidenceList<'a> {
    fields: &'a Fields,
    pub list: Vec<Evidence>,
}

impl<'a> EvidenceList<'a> {
    pub(super) fn new(fields: &'a Fields) -> Self {
        Self { fields, list: Vec::new() }
    }

    /// Adds how `field` compares, if the document gives it; an empty master value is unknown.
    pub(super) fn add(&mut self, field: FieldName, verdict: Verdict, master: &str) {
        if let Some(seen) = text(self.fields, field) {
            let verdict = if master.is_empty() { Verdict::Unknown } else { verdict };
            self.list.push(Evidence { field, verdict, seen: seen.to_owned(), master: master.to_owned() });
        }
    }
}
