//! The patients' index: rows, keys, and which rows are worth comparing with a document.

use super::address::Address;
use super::clues::{PatientClues, bare};
use super::digits::{self, Day};
use super::keys::{Keys, KeysBuilder, deletions, hash};
use super::person::{DictionaryBuilder, NameIds};
use super::rows::Rows;
use crate::domain::Patient;
use crate::text::{fold, kana, variants};
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// Columns of the rows.
pub(super) mod column {
    pub const ID: usize = 0;
    pub const NAME: usize = 1;
    pub const KANA: usize = 2;
    pub const SEX: usize = 3;
    pub const BIRTH: usize = 4;
    pub const POSTAL: usize = 5;
    pub const ADDRESS: usize = 6;
    pub const PHONE: usize = 7;
}

/// Kinds of key; as bits, they also tell by which keys a row was found.
mod kind {
    pub const ID: u8 = 0;
    pub const PHONE: u8 = 1;
    pub const BIRTH: u8 = 2;
    pub const NAME: u8 = 3;
    pub const NAME_NEAR: u8 = 4;
    pub const KANA: u8 = 5;
    pub const KANA_NEAR: u8 = 6;
    pub const ADDRESS: u8 = 7;
    pub const ID_NEAR: u8 = 8;
    pub const PHONE_NEAR: u8 = 9;
    pub const BIRTH_NEAR: u8 = 10;
    /// Counted, never searched by.
    pub const POSTAL: u8 = 11;
    /// How much a key promises, by its kind.
    pub const PROMISE: [u8; 11] = [16, 12, 10, 12, 6, 8, 4, 8, 7, 6, 4];
}

/// Rows compared with one document at most.
const MOST: usize = 300;

/// Patients ready to be asked for.
pub(super) struct PatientIndex {
    pub rows: Rows<8>,
    pub names: Vec<NameIds>,
    pub births: Vec<u32>,
    keys: Keys,
    births_by_year: HashMap<u16, u32>,
    namesakes: HashMap<NameIds, u32>,
}

/// The sound of a reading under which readings that are taken for one another are equal; for searching only.
fn skeleton(reading: &str) -> Vec<char> {
    const CLASSES: &[&str] =
        &["ソンリ", "シツミ", "クタワケ", "コユロ", "ナオ", "マム", "ウフヌス", "ルレ", "テチ", "メノ", "セヤ"];
    let sound = kana::sound_key(&fold::squeeze(reading));
    let plain = sound.nfd().filter(|c| kana::is_katakana(*c));
    plain.map(|c| CLASSES.iter().find(|g| g.contains(c)).and_then(|g| g.chars().next()).unwrap_or(c)).collect()
}

fn search_form(name: &str) -> Vec<char> {
    variants::search_name(&fold::squeeze(name)).chars().collect()
}

fn letters(digits: &[u8]) -> impl Iterator<Item = char> + '_ {
    digits.iter().map(|d| char::from(*d))
}

impl PatientIndex {
    pub(super) fn build(patients: Vec<Patient>, names: &mut DictionaryBuilder) -> Self {
        let mut keys = KeysBuilder::default();
        let mut out = Self {
            rows: Rows::new(),
            names: Vec::with_capacity(patients.len()),
            births: Vec::with_capacity(patients.len()),
            keys: KeysBuilder::default().build(),
            births_by_year: HashMap::new(),
            namesakes: HashMap::new(),
        };
        for p in patients {
            let row = out.rows.len() as u32;
            let kept = [&p.patient_id, &p.name, &p.kana, &p.sex, &p.birth_date, &p.postal_code, &p.address, &p.phone];
            if !out.rows.push(kept.map(String::as_str)) {
                break;
            }
            let name = names.add(&p.name, &p.kana);
            out.names.push(name);
            *out.namesakes.entry(name).or_default() += 1;
            let birth = Day::parse(&p.birth_date);
            out.births.push(birth.map_or(0, Day::number));
            if let Some(day) = birth {
                *out.births_by_year.entry(day.year).or_default() += 1;
                keys.add(birth_key(day), row);
            }
            keys.add(hash(kind::ID, letters(&bare(digits::of(&p.patient_id)))), row);
            let phone = digits::of(&p.phone);
            if phone.len() >= 9 {
                keys.add(hash(kind::PHONE, letters(&phone)), row);
            }
            let postal = digits::of(&p.postal_code);
            if postal.len() == 7 {
                keys.add(hash(kind::POSTAL, letters(&postal)), row);
            }
            if let Some(key) = Address::parse(&p.address).key() {
                keys.add(hash(kind::ADDRESS, key), row);
            }
            for (exact, near, form) in
                [(kind::NAME, kind::NAME_NEAR, search_form(&p.name)), (kind::KANA, kind::KANA_NEAR, skeleton(&p.kana))]
            {
                each_near(exact, near, &form, |_, h| keys.add(h, row));
            }
        }
        out.keys = keys.build();
        out
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The patient of that number, as in the master.
    pub(super) fn find(&self, id: &str) -> Option<Patient> {
        let mut rows = self.keys.rows(hash(kind::ID, letters(&bare(digits::of(id)))));
        let row = rows.find(|row| self.rows.get(*row, column::ID) == id)?;
        let get = |c: usize| self.rows.get(row, c).to_owned();
        Some(Patient {
            patient_id: get(column::ID),
            name: get(column::NAME),
            kana: get(column::KANA),
            sex: get(column::SEX),
            birth_date: get(column::BIRTH),
            postal_code: get(column::POSTAL),
            address: get(column::ADDRESS),
            phone: get(column::PHONE),
        })
    }

    /// The share of patients born on any one day of the year.
    pub(super) fn born_on_a_day(&self, year: u16) -> f32 {
        let around = (year.saturating_sub(3)..=year + 3).filter_map(|y| self.births_by_year.get(&y)).sum::<u32>();
        (around as f32 / 7.0 / 365.25 / self.len().max(1) as f32).clamp(8e-6, 1e-4)
    }

    /// The share of patients with the postal code of this row.
    pub(super) fn postal_share(&self, postal: &[u8]) -> f32 {
        self.keys.rows(hash(kind::POSTAL, letters(postal))).len() as f32 / self.len().max(1) as f32
    }

    /// How many patients have the very name of this row, kanji and kana.
    pub(super) fn namesakes(&self, row: u32) -> u32 {
        self.namesakes.get(&self.names[row as usize]).copied().unwrap_or(1)
    }

    /// Whether some patient has this number.
    pub(super) fn has_id(&self, id: &[u8]) -> bool {
        self.keys.rows(hash(kind::ID, letters(id))).len() > 0
    }

    /// Rows worth comparing, most promising first.
    pub(super) fn promising(&self, clues: &PatientClues) -> Vec<u32> {
        let mut found: Vec<(u32, u16)> = Vec::new();
        let mut look = |bit: u8, h: u32| found.extend(self.keys.rows(h).map(|row| (row, 1u16 << bit)));
        for (exact, near, seen) in [(kind::ID, kind::ID_NEAR, &clues.id), (kind::PHONE, kind::PHONE_NEAR, &clues.phone)]
        {
            for digits in seen.iter().flat_map(|s| std::iter::once(&s.value).chain(&s.others)) {
                look(exact, hash(exact, letters(digits)));
                each_misreading(digits, |other| look(near, hash(exact, letters(other))));
            }
        }
        if let Some(birth) = &clues.birth {
            for day in std::iter::once(&birth.value).chain(&birth.others) {
                look(kind::BIRTH, birth_key(*day));
            }
            each_near_day(birth.value, |day| look(kind::BIRTH_NEAR, birth_key(day)));
        }
        if let Some(key) = clues.address.as_ref().and_then(Address::key) {
            look(kind::ADDRESS, hash(kind::ADDRESS, key));
        }
        if let Some(name) = &clues.name.kanji {
            let form: Vec<char> = variants::search_name(&name.iter().collect::<String>()).chars().collect();
            each_near(kind::NAME, kind::NAME_NEAR, &form, &mut look);
        }
        if let Some(reading) = &clues.name.kana {
            each_near(kind::KANA, kind::KANA_NEAR, &skeleton(&reading.iter().collect::<String>()), &mut look);
        }
        best(found)
    }
}

fn birth_key(day: Day) -> u32 {
    hash(
        kind::BIRTH,
        [char::from_u32(day.number() % 0xd000).unwrap_or(' '), char::from_u32(day.number() / 0xd000).unwrap_or(' ')],
    )
}

/// The exact key of a name, and the keys it shares with names one character away.
fn each_near(exact: u8, near: u8, form: &[char], mut give: impl FnMut(u8, u32)) {
    if form.len() < 2 {
        return;
    }
    give(exact, hash(exact, form.iter().copied()));
    give(near, hash(near, form.iter().copied()));
    if form.len() >= 3 {
        for shorter in deletions(form) {
            give(near, hash(near, shorter));
        }
    }
}

/// Every number that differs in one digit.
fn each_misreading(digits: &[u8], mut give: impl FnMut(&[u8])) {
    let mut other = digits.to_vec();
    for i in 0..digits.len() {
        for d in b'0'..=b'9' {
            if d != digits[i] {
                other[i] = d;
                give(&other);
            }
        }
        other[i] = digits[i];
    }
}

/// Days that a misreading could have come from; not all are in the calendar, which does no harm.
fn each_near_day(day: Day, mut give: impl FnMut(Day)) {
    for by in (1..=10).chain([14, 20, 30, 44, 50, 63, 93]) {
        give(Day { year: day.year + by, ..day });
        give(Day { year: day.year.saturating_sub(by), ..day });
    }
    for d in 1..=31 {
        if d != day.day {
            give(Day { day: d, ..day });
        }
        if d <= 12 && d != day.month {
            give(Day { month: d, ..day });
        }
    }
    if day.month != day.day {
        give(Day { month: day.day, day: day.month, ..day });
    }
}

/// The rows with the most promising keys.
fn best(mut found: Vec<(u32, u16)>) -> Vec<u32> {
    found.sort_unstable();
    let mut rows: Vec<(u8, u32)> = Vec::new();
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let bits = group.iter().fold(0u16, |all, (_, bit)| all | bit);
        let promise = kind::PROMISE.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, p)| *p).sum();
        rows.push((promise, group[0].0));
    }
    if rows.len() > MOST {
        rows.select_nth_unstable_by(MOST, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        rows.truncate(MOST);
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_taken_for_one_another_are_found_together() {
        assert_eq!(skeleton("ソノダ シンジ"), skeleton("ンノタ シンシ"));
        assert_eq!(skeleton("オオノ"), skeleton("オーノ"));
        assert_ne!(skeleton("サトウ"), skeleton("イトウ"));
    }

    #[test]
    fn rows_found_by_more_keys_come_first() {
        let found = vec![(7, 1 << kind::BIRTH_NEAR), (3, 1 << kind::BIRTH), (3, 1 << kind::NAME), (3, 1 << kind::NAME)];
        assert_eq!(best(found).len(), 2);
        let many: Vec<(u32, u16)> =
            (0..1000).map(|r| (r, if r == 900 { 1 << kind::ID } else { 1 << kind::BIRTH_NEAR })).collect();
        let best = best(many);
        assert!(best.len() == MOST && best.contains(&900));
    }
}
