//! A document's sender against the institutions it may be: how each field compares, and what that makes probable.

use super::Line;
use super::address::{Address, Place};
use super::channel::{Channel, Cost};
use super::clues::{EvidenceList, SeenDigits};
use super::digits;
use super::doctor::DoctorIndex;
use super::institution::{InstitutionIndex, Names, SenderClues, column, doctor_field, name_field};
use super::person::{Comparison, Dictionary};
use super::posterior;
use super::weights::{self, NEW_SENDER, SAME_HOUSE, UNKNOWN, Weight};
use crate::domain::{Candidate, Evidence, FieldName, Fields, Verdict};
use crate::text::{code, institution};

/// Share of documents that name their sender in a way the master does not know (略称, 改称, misread beyond likeness).
const OTHER_NAME: f64 = 0.04;
/// The same where what was read ends as no institution does: cut off, or words from beside the name.
const NO_NAME: f64 = 0.3;
/// How probable it is that an unknown institution has just the name that was seen: one edit away from any institution
/// there is, as a rule, another one.
const UNHEARD: f64 = 2e-5;

/// One institution compared.
struct Weighed {
    row: u32,
    own: f64,
    /// For: another institution in this one's house or under its numbers.
    neighbour: f64,
    evidence: Vec<Evidence>,
}

/// Candidates for the sender of a document, best first.
pub(super) fn candidates(
    index: &InstitutionIndex,
    doctors: &DoctorIndex,
    names: &Dictionary,
    fields: &Fields,
    line: &Line,
) -> Vec<Candidate> {
    let clues = SenderClues::read(fields, line.number);
    if clues.is_empty() || index.len() == 0 {
        return Vec::new();
    }
    let mut scale = Scale {
        index,
        doctors,
        fields,
        clues: &clues,
        known_as: line.known_as,
        channel: Channel::default(),
        comparison: Comparison::new(&clues.doctor, names),
    };
    let mut rows = index.promising(&clues, doctors);
    let known = line.known_as.and_then(|id| (0..index.len() as u32).find(|row| index.rows.get(*row, column::ID) == id));
    rows.extend(known.filter(|row| !rows.contains(row)));
    let weighed: Vec<Weighed> = rows.into_iter().map(|row| scale.weigh(row)).collect();
    let n = index.len() as f64;
    let prior = ((1.0 - NEW_SENDER) / n).ln();
    let log_odds: Vec<f64> = weighed.iter().map(|w| prior + w.own).collect();
    let neighbour = posterior::log_sum(weighed.iter().map(|w| w.neighbour)) + (SAME_HOUSE / n).ln();
    let nobody = NEW_SENDER.ln() + posterior::log_sum([neighbour, (1.0 - SAME_HOUSE).ln()].into_iter());
    let scores = posterior::probabilities(&log_odds, nobody);
    let mut out: Vec<(f64, Weighed)> = scores.into_iter().zip(weighed).filter(|(s, _)| *s >= 1e-3).collect();
    out.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.row.cmp(&b.1.row)));
    out.truncate(5);
    let id = |row: u32| index.rows.get(row, column::ID).to_owned();
    out.into_iter().map(|(score, w)| Candidate { id: id(w.row), score, evidence: w.evidence }).collect()
}

/// What one document's sender is weighed with.
struct Scale<'a> {
    index: &'a InstitutionIndex,
    doctors: &'a DoctorIndex,
    fields: &'a Fields,
    clues: &'a SenderClues,
    known_as: Option<&'a str>,
    channel: Channel,
    comparison: Comparison<'a>,
}

impl Scale<'_> {
    fn weigh(&mut self, row: u32) -> Weighed {
        let (index, clues) = (self.index, self.clues);
        let get = |c: usize| index.rows.get(row, c);
        let name = clues.names.as_ref().map_or(UNKNOWN, |seen| self.name(seen, &index.names[row as usize]));
        let code = clues.code.as_ref().map_or(UNKNOWN, |c| institution_code(index, c, &digits::of(get(column::CODE))));
        let own_numbers = [digits::of(get(column::PHONE)), digits::of(get(column::FAX))];
        let phone = either(clues.phone.as_ref(), &own_numbers[0], &own_numbers[1], [9.0, 4.5, -2.0]);
        let fax = either(clues.fax.as_ref(), &own_numbers[1], &own_numbers[0], [9.0, 4.5, -1.6]);
        let header = match self.known_as {
            // What a person confirmed of this number weighs as much as the master's own number.
            Some(id) if id == get(column::ID) => (6.0, Verdict::Agree),
            _ => either(clues.header.as_ref(), &own_numbers[1], &own_numbers[0], [6.0, 3.0, -0.7]),
        };
        let postal_code = digits::of(get(column::POSTAL));
        let postal = clues.postal.as_ref().map_or(UNKNOWN, |p| weights::number(p, &postal_code, 4.0, 0.7, -1.0));
        let place = clues
            .address
            .as_ref()
            .map_or(Place::Unknown, |a| a.compare(&Address::parse(get(column::ADDRESS)), &mut self.channel));
        let location = weights::location(place, postal, index.postal_share(&postal_code), -3.0);
        let (doctor, _) = self.doctor(get(column::ID));

        let mut list = EvidenceList::new(self.fields);
        list.add(name_field(self.fields), name.1, get(column::NAME));
        list.add(FieldName::SenderInstitutionCode, code.1, get(column::CODE));
        list.add(FieldName::SenderPhone, phone.1, get(column::PHONE));
        list.add(FieldName::SenderFax, fax.1, get(column::FAX));
        if let (Some(seen), false) = (&clues.header, self.fields.contains_key(&FieldName::SenderFax)) {
            let seen = String::from_utf8_lossy(&seen.value).into_owned();
            let master = get(column::FAX).to_owned();
            list.list.push(Evidence { field: FieldName::SenderFax, verdict: header.1, seen, master });
        }
        list.add(FieldName::SenderPostalCode, postal.1, get(column::POSTAL));
        list.add(FieldName::SenderAddress, weights::place_verdict(place), get(column::ADDRESS));
        let (doctor_verdict, doctor_name) = self.doctor(get(column::ID)).1;
        list.add(doctor_field(self.fields), doctor_verdict, &doctor_name);

        let numbers = numbers([phone.0, fax.0, header.0]);
        Weighed {
            row,
            own: f64::from(name.0 + code.0 + numbers + location + doctor),
            neighbour: f64::from(numbers.max(0.0) + location.max(0.0)),
            evidence: list.list,
        }
    }

    /// The name: with and without legal form and founder, whichever reads better.
    fn name(&mut self, seen: &Names, master: &Names) -> Weight {
        let garbled = if ends_as_institution(seen) { OTHER_NAME } else { NO_NAME };
        let full = self.channel.cost(&seen.full, &master.full);
        let core = self.channel.cost(&seen.core, &master.core);
        let cost = if core.nats <= full.nats { core } else { full };
        let n = self.index.len() as f64;
        let share = |namesakes: usize| (namesakes as f64 / n).max(1e-4);
        let mut anybody = share(self.index.namesakes(&master.core)) * cost.probability() + UNHEARD;
        let others = self.index.namesakes(&seen.core);
        if others > 0 && seen.core != master.core {
            anybody += share(others);
        }
        let weight = ((1.0 - garbled) * cost.probability() / anybody + garbled).ln() as f32;
        (weight, name_verdict(cost))
    }

    /// The signing doctor among the institution's: weight, and what staff are told.
    fn doctor(&mut self, institution: &str) -> (f32, (Verdict, String)) {
        let none = (0.0, (Verdict::Unknown, String::new()));
        if self.clues.doctor.is_empty() {
            return none;
        }
        let rows: Vec<u32> = self.doctors.of(institution).collect();
        let mut sum = 0.0f64;
        let mut best = (f32::MIN, (Verdict::Unknown, String::new()));
        for row in &rows {
            let name = self.comparison.weigh(self.doctors.names[*row as usize]);
            let weight = name.family + name.given;
            sum += f64::from(weight.min(12.0)).exp();
            if weight > best.0 {
                best = (weight, (name.kanji_verdict(), self.doctors.name(*row).to_owned()));
            }
        }
        if rows.is_empty() {
            return none;
        }
        let weight = (0.75 * sum / rows.len() as f64 + 0.25).ln() as f32;
        // A doctor whom the master does not know yet is no difference.
        let told = if best.1.0 == Verdict::Differ { (Verdict::Unknown, String::new()) } else { best.1 };
        (weight, told)
    }
}

fn ends_as_institution(seen: &Names) -> bool {
    institution::ends_as_institution(&seen.full.iter().collect::<String>()).is_some()
}

fn name_verdict(cost: Cost) -> Verdict {
    match (cost.dear, cost.cheap) {
        (0, 0) => Verdict::Agree,
        (0, 1..=2) => Verdict::Close,
        _ => Verdict::Differ,
    }
}

/// A number against the one it should be, or the other one: 電話 and FAX are often one, or taken for one another.
fn either(seen: Option<&SeenDigits>, own: &[u8], other: &[u8], [same, near, differ]: [f32; 3]) -> Weight {
    let Some(seen) = seen else { return UNKNOWN };
    let first = weights::number(seen, own, same, near, differ);
    let second = weights::number(seen, other, same - 0.5, near - 0.5, differ);
    match (first.1, second.1) {
        (Verdict::Unknown, _) => second,
        (_, Verdict::Unknown) => first,
        _ if second.0 > first.0 => second,
        _ => first,
    }
}

/// Telephone, fax and header say one thing three times: the best counts whole, the others a third; differences count
/// half beside an agreement.
fn numbers(weights: [f32; 3]) -> f32 {
    let best = weights.iter().copied().fold(0.0, f32::max);
    let positive: f32 = weights.iter().filter(|w| **w > 0.0).sum();
    let negative: f32 = weights.iter().filter(|w| **w < 0.0).sum();
    best + 0.33 * (positive - best) + if best > 0.0 { 0.5 * negative } else { negative }
}

/// 医療機関コード: a right check digit makes equality all but proof, and a difference nearly as telling.
fn institution_code(index: &InstitutionIndex, seen: &SeenDigits, master: &[u8]) -> Weight {
    if master.is_empty() {
        return UNKNOWN;
    }
    let whole = String::from_utf8_lossy(&seen.value);
    if seen.value.len() == 7 && master.len() == 10 {
        // Printed without prefecture and 点数表.
        let (same, near) = if master[3..] == seen.value { (9.0, 9.0) } else { (9.0, 3.0) };
        return weights::number(seen, &master[3..], same, near, -2.0);
    }
    let sound = code::institution_ok(&whole);
    match weights::number(seen, master, if sound { 12.0 } else { 8.0 }, if sound { 1.0 } else { 5.0 }, -2.0) {
        (_, Verdict::Differ) if sound && index.has_code(&seen.value) => (-8.0, Verdict::Differ),
        (_, Verdict::Differ) if sound => (-5.0, Verdict::Differ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_say_one_thing_count_once() {
        assert_eq!(numbers([9.0, 0.0, 0.0]), 9.0);
        assert!(numbers([9.0, 9.0, 6.0]) < 15.0);
        assert!(numbers([9.0, -1.6, 0.0]) > 8.0);
        assert!((numbers([-2.0, -1.6, -0.7]) + 4.3).abs() < 1e-5);
    }

    #[test]
    fn telephone_and_fax_may_be_exchanged() {
        let seen = SeenDigits { value: b"0123456789".to_vec(), others: vec![] };
        assert_eq!(either(Some(&seen), b"0123456780", b"0123456789", [9.0, 4.5, -2.0]), (8.5, Verdict::Agree));
        assert_eq!(either(Some(&seen), b"", b"0999999999", [9.0, 4.5, -2.0]).1, Verdict::Differ);
        assert_eq!(either(None, b"", b"", [9.0, 4.5, -2.0]), UNKNOWN);
    }
}
