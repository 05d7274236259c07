//! A document against the patients it may be about: how each field compares, and what that makes probable.

use super::address::Address;
use super::channel::Channel;
use super::clues::{EvidenceList, PatientClues, bare};
use super::digits::{self, Day};
use super::patient::{PatientIndex, column};
use super::person::{Comparison, Dictionary};
use super::posterior;
use super::weights::{self, HOUSEHOLD, NEW_PATIENT, TWIN, UNKNOWN, Weight};
use crate::domain::{Candidate, Evidence, FieldName, Fields, Verdict};

/// One patient compared.
struct Weighed {
    row: u32,
    /// For: this patient.
    own: f64,
    /// For: somebody of this patient's household who is not in the master.
    household: f64,
    /// For: a twin of this patient who is not in the master.
    twin: f64,
    /// Worth showing even when improbable: a namesake, or one born on the same day into the same family.
    similar: bool,
    evidence: Vec<Evidence>,
}

/// Candidates for the patient of a document, best first.
pub(super) fn candidates(index: &PatientIndex, names: &Dictionary, fields: &Fields) -> Vec<Candidate> {
    let clues = PatientClues::read(fields);
    if clues.is_empty() || index.len() == 0 {
        return Vec::new();
    }
    let mut comparison = Comparison::new(&clues.name, names);
    let mut channel = Channel::default();
    let weighed: Vec<Weighed> = index
        .promising(&clues)
        .into_iter()
        .map(|row| weigh(index, row, &clues, fields, &mut comparison, &mut channel))
        .collect();
    ranked(index, weighed)
}

fn ranked(index: &PatientIndex, weighed: Vec<Weighed>) -> Vec<Candidate> {
    let n = index.len() as f64;
    let prior = ((1.0 - NEW_PATIENT) / n).ln();
    let log_odds: Vec<f64> = weighed.iter().map(|w| prior + w.own).collect();
    // Somebody new shares a household or a birth with a patient of the master more often than chance would have it:
    // what relatives share (family name, house, telephone, a twin's birth date) is no evidence between them.
    let household = posterior::log_sum(weighed.iter().map(|w| w.household)) + (HOUSEHOLD / n).ln();
    let twin = posterior::log_sum(weighed.iter().map(|w| w.twin)) + (TWIN / n).ln();
    let stranger = (1.0 - HOUSEHOLD - TWIN).ln();
    let nobody = NEW_PATIENT.ln() + posterior::log_sum([household, twin, stranger].into_iter());
    let scores = posterior::probabilities(&log_odds, nobody);
    let mut out: Vec<(f64, Weighed)> =
        scores.into_iter().zip(weighed).filter(|(s, w)| *s >= 1e-3 || w.similar).collect();
    out.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.own.total_cmp(&a.1.own)).then(a.1.row.cmp(&b.1.row)));
    out.truncate(5);
    out.into_iter()
        .map(|(score, w)| Candidate { id: index.rows.get(w.row, column::ID).to_owned(), score, evidence: w.evidence })
        .collect()
}

fn weigh(
    index: &PatientIndex,
    row: u32,
    clues: &PatientClues,
    fields: &Fields,
    comparison: &mut Comparison<'_>,
    channel: &mut Channel,
) -> Weighed {
    let get = |c: usize| index.rows.get(row, c);
    let name = comparison.weigh(index.names[row as usize]);
    // A name alone is never two identifiers, and given names go with family names (グエン … ラン): that nobody else in
    // the master has the name says little of those outside.
    let bound = (index.len() as f32 / index.namesakes(row) as f32).ln() + 0.3;
    let whole_name = (name.family + name.given).min(bound);

    let birth_date = Day::from_number(index.births[row as usize]);
    let birth =
        clues.birth.as_ref().map_or(UNKNOWN, |b| weights::birth(b, birth_date, index.born_on_a_day(b.value.year)));
    let sex = clues.sex.as_ref().map_or(UNKNOWN, |(s, sure)| weights::sex(s, *sure, get(column::SEX)));
    let id = patient_id(index, clues, get(column::ID));
    let phone = digits_of(get(column::PHONE));
    let phone = clues.phone.as_ref().map_or(UNKNOWN, |p| weights::number(p, &phone, 9.0, 4.5, -1.4));
    let postal_code = digits_of(get(column::POSTAL));
    let postal = clues.postal.as_ref().map_or(UNKNOWN, |p| weights::number(p, &postal_code, 4.0, 0.7, -1.0));
    let place = clues
        .address
        .as_ref()
        .map_or(super::address::Place::Unknown, |a| a.compare(&Address::parse(get(column::ADDRESS)), channel));
    let location = weights::location(place, postal, index.postal_share(&postal_code), -2.0);

    let mut list = EvidenceList::new(fields);
    let name_verdict = match (name.kanji_verdict(), name.kana_verdict()) {
        // A name written in kana where the master has kanji compares by its reading.
        (Verdict::Unknown, Verdict::Agree)
            if clues.name.kanji.is_some() && !fields.contains_key(&FieldName::PatientKana) =>
        {
            Verdict::Close
        }
        (kanji, _) => kanji,
    };
    list.add(FieldName::PatientName, name_verdict, get(column::NAME));
    list.add(FieldName::PatientKana, name.kana_verdict(), get(column::KANA));
    list.add(FieldName::PatientBirthDate, birth.1, get(column::BIRTH));
    list.add(FieldName::PatientSex, sex.1, get(column::SEX));
    list.add(FieldName::PatientId, id.1, get(column::ID));
    list.add(FieldName::PatientPhone, phone.1, get(column::PHONE));
    list.add(FieldName::PatientPostalCode, postal.1, get(column::POSTAL));
    list.add(FieldName::PatientAddress, weights::place_verdict(place), get(column::ADDRESS));

    let own = whole_name + birth.0 + sex.0 + id.0 + phone.0 + location;
    let household = name.family.max(0.0) + phone.0.max(0.0) + location.max(0.0);
    let same_day = matches!(birth.1, Verdict::Agree | Verdict::Close);
    let similar = name_verdict == Verdict::Agree || (same_day && name.family > 0.0) || id.1 == Verdict::Agree;
    Weighed {
        row,
        own: f64::from(own),
        household: f64::from(household),
        twin: if same_day { f64::from(household + birth.0) } else { f64::NEG_INFINITY },
        similar,
        evidence: list.list,
    }
}

fn digits_of(text: &str) -> Vec<u8> {
    text.bytes().filter(u8::is_ascii_digit).collect()
}

/// 診察券番号: the strongest single field, but what is printed may be the sender's own number.
fn patient_id(index: &PatientIndex, clues: &PatientClues, master: &str) -> Weight {
    let Some(seen) = &clues.id else { return UNKNOWN };
    let master = bare(digits::of(master));
    match weights::number(seen, &master, 11.0, 3.5, -2.0) {
        // One digit off another patient's number is less telling than one digit off nobody's.
        (near, Verdict::Close) if index.has_id(&seen.value) => (near - 2.5, Verdict::Close),
        (_, Verdict::Differ) if index.has_id(&seen.value) => (-3.0, Verdict::Differ),
        other => other,
    }
}
