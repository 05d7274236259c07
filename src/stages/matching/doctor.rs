//! Doctors: who works where, and who of an institution signed.

use super::clues::{EvidenceList, text};
use super::institution::doctor_field;
use super::keys::{Keys, KeysBuilder, hash};
use super::person::{Comparison, Dictionary, DictionaryBuilder, NameIds, SeenName};
use super::posterior;
use super::rows::Rows;
use super::weights::NEW_DOCTOR;
use crate::domain::{Candidate, Doctor, FieldName, Fields};
use crate::text::{fold, variants};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

const ID: usize = 0;
const INSTITUTION: usize = 1;
const NAME: usize = 2;
const KANA: usize = 3;

const BY_INSTITUTION: u8 = 0;
const BY_NAME: u8 = 1;

/// Institutions less probable than this are not looked into for a doctor.
const WORTH: f64 = 0.02;

/// Doctors ready to be asked for.
pub(super) struct DoctorIndex {
    rows: Rows<4>,
    pub names: Vec<NameIds>,
    keys: Keys,
}

impl DoctorIndex {
    pub(super) fn build(doctors: Vec<Doctor>, names: &mut DictionaryBuilder) -> Self {
        let mut keys = KeysBuilder::default();
        let mut rows = Rows::<4>::new();
        let mut ids = Vec::with_capacity(doctors.len());
        for d in once_each(doctors) {
            let row = rows.len() as u32;
            if !rows.push([&d.doctor_id, &d.institution_id, &d.name, &d.kana].map(String::as_str)) {
                break;
            }
            ids.push(names.add(&d.name, &d.kana));
            keys.add(hash(BY_INSTITUTION, d.institution_id.chars()), row);
            keys.add(hash(BY_NAME, variants::search_name(&fold::squeeze(&d.name)).chars()), row);
        }
        Self { rows, names: ids, keys: keys.build() }
    }

    /// Rows of an institution's doctors.
    pub(super) fn of<'a>(&'a self, institution: &'a str) -> impl Iterator<Item = u32> + 'a {
        let rows = self.keys.rows(hash(BY_INSTITUTION, institution.chars()));
        rows.filter(move |row| self.rows.get(*row, INSTITUTION) == institution)
    }

    /// Ids of the institutions where a doctor of the seen name works.
    pub(super) fn institutions_of(&self, seen: &SeenName) -> Vec<&str> {
        let Some(name) = &seen.kanji else { return Vec::new() };
        let form = variants::search_name(&name.iter().collect::<String>());
        self.keys.rows(hash(BY_NAME, form.chars())).take(50).map(|row| self.rows.get(row, INSTITUTION)).collect()
    }

    /// A doctor as in the master, as far as it is kept.
    pub(super) fn row(&self, row: u32) -> Doctor {
        let get = |c: usize| self.rows.get(row, c).to_owned();
        let (doctor_id, institution_id, name, kana) = (get(ID), get(INSTITUTION), get(NAME), get(KANA));
        Doctor { doctor_id, institution_id, name, kana, ..Doctor::default() }
    }

    /// A doctor's name as in the master.
    pub(super) fn name(&self, row: u32) -> &str {
        self.rows.get(row, NAME)
    }
}

/// The doctors without rows that repeat one: the same name, reading and department at the same institution. Of such
/// rows the registered one (登録医) stands; two registered ones are left for staff to tell apart.
fn once_each(doctors: Vec<Doctor>) -> Vec<Doctor> {
    let key = |d: &Doctor| {
        let plain = |text: &str| variants::same_name(&fold::squeeze(text));
        (d.institution_id.clone(), plain(&d.name), plain(&d.kana), plain(&d.department))
    };
    let mut kept: Vec<Doctor> = Vec::with_capacity(doctors.len());
    let mut seen: HashMap<_, usize> = HashMap::new();
    for doctor in doctors {
        match seen.entry(key(&doctor)) {
            Entry::Vacant(first) => {
                first.insert(kept.len());
                kept.push(doctor);
            }
            Entry::Occupied(earlier) => {
                let first = &mut kept[*earlier.get()];
                match (first.registered_on.is_empty(), doctor.registered_on.is_empty()) {
                    (_, true) => {}
                    (true, false) => *first = doctor,
                    (false, false) => kept.push(doctor),
                }
            }
        }
    }
    kept
}

/// The name without the titles and the seal round it; none when nothing else was read.
fn bare(seen: &str) -> Option<&str> {
    const BEFORE: &[&str] = &["医師", "院長", "担当医", "主治医", "先生", "所長", "氏名", ":", " "];
    const AFTER: &[&str] = &["先生", "医師", "印", "㊞", "拝", " "];
    let mut seen = seen.trim();
    while let Some(rest) = BEFORE.iter().find_map(|w| seen.strip_prefix(w)) {
        seen = rest;
    }
    while let Some(rest) = AFTER.iter().find_map(|w| seen.strip_suffix(w)) {
        seen = rest;
    }
    // 御机下, 御侍史: what follows a name, misread.
    (seen.chars().count() >= 2 && !seen.starts_with('御')).then_some(seen)
}

/// Candidates for the doctor who signed (or, on a registration, whom it is about), best first.
pub(super) fn candidates(
    index: &DoctorIndex,
    names: &Dictionary,
    fields: &Fields,
    institutions: &[Candidate],
) -> Vec<Candidate> {
    let field = doctor_field(fields);
    let seen = SeenName::read(text(fields, field).and_then(bare), text(fields, FieldName::DoctorKana));
    if seen.is_empty() {
        return Vec::new();
    }
    let mut comparison = Comparison::new(&seen, names);
    let mut out = Vec::new();
    for institution in institutions.iter().filter(|i| i.score >= WORTH) {
        let rows: Vec<u32> = index.of(&institution.id).collect();
        let prior = ((1.0 - NEW_DOCTOR) / rows.len().max(1) as f64).ln();
        let weights: Vec<_> = rows.iter().map(|row| comparison.weigh(index.names[*row as usize])).collect();
        let log_odds: Vec<f64> = weights.iter().map(|w| prior + f64::from(w.family + w.given)).collect();
        let scores = posterior::probabilities(&log_odds, NEW_DOCTOR.ln());
        for ((row, weight), score) in rows.into_iter().zip(weights).zip(scores) {
            let score = score * institution.score;
            if score >= 1e-3 {
                let mut list = EvidenceList::new(fields);
                list.add(field, weight.kanji_verdict(), index.rows.get(row, NAME));
                list.add(FieldName::DoctorKana, weight.kana_verdict(), index.rows.get(row, KANA));
                out.push(Candidate { id: index.rows.get(row, ID).to_owned(), score, evidence: list.list });
            }
        }
    }
    out.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    out.truncate(5);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_and_seals_are_no_part_of_a_name() {
        assert_eq!(bare("医師 例山 四郎 印"), Some("例山 四郎"));
        assert_eq!(bare("先生 御机ト"), None);
        assert_eq!(bare("名取 四郎"), Some("名取 四郎"));
    }
}
