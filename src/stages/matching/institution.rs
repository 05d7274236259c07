//! The institutions' index: rows, keys, and which rows are worth comparing with a document's sender.

use super::address::Address;
use super::clues::{SeenDigits, number, text};
use super::digits;
use super::doctor::DoctorIndex;
use super::keys::{Keys, KeysBuilder, deletions, hash};
use super::person::{SeenName, folded};
use super::rows::Rows;
use crate::domain::{FieldName, Fields, Institution};
use crate::text::{institution, variants};
use std::collections::HashMap;

/// Columns of the rows.
pub(super) mod column {
    pub const ID: usize = 0;
    pub const CODE: usize = 1;
    pub const NAME: usize = 2;
    pub const POSTAL: usize = 3;
    pub const ADDRESS: usize = 4;
    pub const PHONE: usize = 5;
    pub const FAX: usize = 6;
}

mod kind {
    pub const CODE: u8 = 0;
    pub const PHONE: u8 = 1;
    pub const NAME: u8 = 2;
    pub const NAME_NEAR: u8 = 3;
    pub const ADDRESS: u8 = 4;
    pub const POSTAL: u8 = 5;
    pub const PAIR: u8 = 6;
    pub const ID: u8 = 7;
    /// The name exactly as compared (not the search form): for counting namesakes.
    pub const SAME_NAME: u8 = 8;
}

/// Rows compared with one document at most.
const MOST: usize = 200;

/// A name in the two forms in which it is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Names {
    /// With the legal form and the founder (医療法人社団 …会).
    pub full: Vec<char>,
    /// Without.
    pub core: Vec<char>,
}

impl Names {
    pub(super) fn of(name: &str) -> Self {
        let full = folded(name);
        let mut core = folded(&institution::short_name(name));
        // Without a space after it the founder stands between the legal form and the name: 医療法人社団○○会△△医院.
        if institution::has_legal_form(&full.iter().collect::<String>())
            && let Some(at) = core.iter().take(8).position(|c| *c == '会')
            && at >= 1
            && core.len() - at > 3
        {
            core.drain(..=at);
        }
        Self { full, core }
    }
}

/// Institutions ready to be asked for.
pub(super) struct InstitutionIndex {
    pub rows: Rows<7>,
    pub names: Vec<Names>,
    keys: Keys,
}

/// What a document says of its sender.
#[derive(Clone, Debug, Default)]
pub(super) struct SenderClues {
    pub names: Option<Names>,
    pub code: Option<SeenDigits>,
    pub phone: Option<SeenDigits>,
    pub fax: Option<SeenDigits>,
    /// From the fax header or the line.
    pub header: Option<SeenDigits>,
    pub postal: Option<SeenDigits>,
    pub address: Option<Address>,
    pub doctor: SeenName,
}

/// The field that names the sender: a pharmacy's report may only say 薬局名.
pub(super) fn name_field(fields: &Fields) -> FieldName {
    match text(fields, FieldName::SenderInstitutionName) {
        Some(_) => FieldName::SenderInstitutionName,
        None => FieldName::PharmacyName,
    }
}

/// The field that names the doctor: a registration is about a doctor, a letter is signed by one.
pub(super) fn doctor_field(fields: &Fields) -> FieldName {
    match text(fields, FieldName::DoctorName) {
        Some(_) => FieldName::DoctorName,
        None => FieldName::SenderDoctorName,
    }
}

impl SenderClues {
    pub(super) fn read(fields: &Fields, sender_number: Option<&str>) -> Self {
        let header = sender_number.map(digits::of).map(domestic).filter(|d| d.len() >= 9);
        Self {
            names: text(fields, name_field(fields)).map(Names::of).filter(|n| n.core.len() >= 2),
            code: number(fields, FieldName::SenderInstitutionCode, 7),
            phone: number(fields, FieldName::SenderPhone, 9),
            fax: number(fields, FieldName::SenderFax, 9),
            header: header.map(|value| SeenDigits { value, others: Vec::new() }),
            postal: number(fields, FieldName::SenderPostalCode, 7),
            address: text(fields, FieldName::SenderAddress).map(Address::parse),
            doctor: SeenName::read(text(fields, doctor_field(fields)), text(fields, FieldName::DoctorKana)),
        }
    }

    /// Whether there is anything that could tell one institution from another.
    pub(super) fn is_empty(&self) -> bool {
        self.names.is_none()
            && self.code.is_none()
            && self.phone.is_none()
            && self.fax.is_none()
            && self.header.is_none()
    }
}

/// +81 12 345 6789 as 012 345 6789, and the slashed zero that fax machines print first read as what it is.
fn domestic(mut digits: Vec<u8>) -> Vec<u8> {
    if digits.len() >= 11 && digits.starts_with(b"81") {
        digits.splice(..2, *b"0");
    }
    if matches!(digits.len(), 10 | 11) && matches!(digits[0], b'6' | b'8' | b'9') && digits[1] != b'0' {
        digits[0] = b'0';
    }

    digits
}

fn letters(digits: &[u8]) -> impl Iterator<Item = char> + '_ {
    digits.iter().map(|d| char::from(*d))
}

fn search_form(core: &[char]) -> Vec<char> {
    variants::search_name(&core.iter().collect::<String>()).chars().collect()
}

impl InstitutionIndex {
    pub(super) fn build(institutions: Vec<Institution>) -> Self {
        let mut keys = KeysBuilder::default();
        let mut rows = Rows::<7>::new();
        let mut names = Vec::with_capacity(institutions.len());
        for i in institutions {
            let row = rows.len() as u32;
            let kept = [&i.institution_id, &i.institution_code, &i.name, &i.postal_code, &i.address, &i.phone, &i.fax];
            if !rows.push(kept.map(String::as_str)) {
                break;
            }
            let code = digits::of(&i.institution_code);
            if code.len() >= 7 {
                // Forms often print the last seven digits only.
                keys.add(hash(kind::CODE, letters(&code)), row);
                keys.add(hash(kind::CODE, letters(&code[code.len() - 7..])), row);
            }
            for number in [&i.phone, &i.fax].map(|n| digits::of(n)) {
                if number.len() >= 9 {
                    keys.add(hash(kind::PHONE, letters(&number)), row);
                }
            }
            let postal = digits::of(&i.postal_code);
            if postal.len() == 7 {
                keys.add(hash(kind::POSTAL, letters(&postal)), row);
            }
            if let Some(key) = Address::parse(&i.address).key() {
                keys.add(hash(kind::ADDRESS, key), row);
            }
            keys.add(hash(kind::ID, i.institution_id.chars()), row);
            let name = Names::of(&i.name);
            keys.add(hash(kind::SAME_NAME, name.core.iter().copied()), row);
            each_name_key(&search_form(&name.core), |h| keys.add(h, row));
            names.push(name);
        }
        Self { rows, names, keys: keys.build() }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row of an institution's id.
    pub(super) fn row_of(&self, id: &str) -> Option<u32> {
        self.keys.rows(hash(kind::ID, id.chars())).find(|row| self.rows.get(*row, column::ID) == id)
    }

    /// The institution of that id, as far as it is kept.
    pub(super) fn find(&self, id: &str) -> Option<Institution> {
        let row = self.row_of(id)?;
        let get = |c: usize| self.rows.get(row, c).to_owned();
        Some(Institution {
            institution_id: get(column::ID),
            institution_code: get(column::CODE),
            name: get(column::NAME),
            postal_code: get(column::POSTAL),
            address: get(column::ADDRESS),
            phone: get(column::PHONE),
            fax: get(column::FAX),
            ..Institution::default()
        })
    }

    /// Whether some institution is called so, with or without legal form and founder.
    pub(super) fn is_name(&self, name: &str) -> bool {
        let core = Names::of(name).core;
        let mut rows = self.keys.rows(hash(kind::SAME_NAME, core.iter().copied()));
        rows.any(|row| self.names[row as usize].core == core)
    }

    /// How many institutions have this name but for legal form and founder.
    pub(super) fn namesakes(&self, core: &[char]) -> usize {
        self.keys.rows(hash(kind::SAME_NAME, core.iter().copied())).len()
    }

    /// The share of institutions with this postal code.
    pub(super) fn postal_share(&self, postal: &[u8]) -> f32 {
        self.keys.rows(hash(kind::POSTAL, letters(postal))).len() as f32 / self.len().max(1) as f32
    }

    /// Whether some other institution carries this code.
    pub(super) fn has_code(&self, code: &[u8]) -> bool {
        self.keys.rows(hash(kind::CODE, letters(code))).len() > 0
    }

    /// Rows worth comparing, most promising first.
    pub(super) fn promising(&self, clues: &SenderClues, doctors: &DoctorIndex) -> Vec<u32> {
        let mut promise: HashMap<u32, u32> = HashMap::new();
        let mut look = |h: u32, weight: u32, most: usize| {
            let rows = self.keys.rows(h);
            if rows.len() <= most {
                for row in rows {
                    *promise.entry(row).or_default() += weight;
                }
            }
        };
        for digits in clues.code.iter().flat_map(|s| std::iter::once(&s.value).chain(&s.others)) {
            look(hash(kind::CODE, letters(digits)), 40, usize::MAX);
            each_misreading(digits, |d| look(hash(kind::CODE, letters(d)), 10, 50));
        }
        for seen in [&clues.phone, &clues.fax, &clues.header].into_iter().flatten() {
            for digits in std::iter::once(&seen.value).chain(&seen.others) {
                look(hash(kind::PHONE, letters(digits)), 30, usize::MAX);
            }
            each_misreading(&seen.value, |d| look(hash(kind::PHONE, letters(d)), 10, 50));
        }
        if let Some(key) = clues.address.as_ref().and_then(Address::key) {
            look(hash(kind::ADDRESS, key), 20, 1000);
        }
        if let Some(postal) = &clues.postal {
            look(hash(kind::POSTAL, letters(&postal.value)), 4, 2000);
        }
        if let Some(names) = &clues.names {
            let form = search_form(&names.core);
            // Pairs of characters that every fifth name holds (クリ, 内科) find nobody.
            let most = 50 + self.len() / 20;
            each_name_key_of(&form, |h, weight| look(h, weight, if weight > 2 { usize::MAX } else { most }));
        }
        for id in doctors.institutions_of(&clues.doctor) {
            if let Some(row) = self.row_of(id) {
                *promise.entry(row).or_default() += 8;
            }
        }
        let mut rows: Vec<(u32, u32)> = promise.into_iter().collect();
        rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        rows.truncate(MOST);
        rows.into_iter().map(|(row, _)| row).collect()
    }
}

/// Keys of a name with what each promises: the name, the name less one character, each pair of neighbours.
fn each_name_key_of(form: &[char], mut give: impl FnMut(u32, u32)) {
    give(hash(kind::NAME, form.iter().copied()), 20);
    give(hash(kind::NAME_NEAR, form.iter().copied()), 10);
    if form.len() >= 3 {
        for shorter in deletions(form) {
            give(hash(kind::NAME_NEAR, shorter), 10);
        }
    }
    for pair in form.windows(2) {
        give(hash(kind::PAIR, pair.iter().copied()), 2);
    }
}

fn each_name_key(form: &[char], mut give: impl FnMut(u32)) {
    each_name_key_of(form, |h, _| give(h));
}

fn each_misreading(digits: &[u8], mut give: impl FnMut(&[u8])) {
    let mut other = digits.to_vec();
    for i in 0..digits.len() {
        for d in (b'0'..=b'9').filter(|d| crate::text::number::like(*d, digits[i])) {
            other[i] = d;
            give(&other);
        }
        other[i] = digits[i];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn founders_and_legal_forms_are_set_apart() {
        let core = |s: &str| Names::of(s).core.iter().collect::<String>();
        assert_eq!(core("医療法人社団 例示会 見本医院"), "見本医院");
        assert_eq!(core("医療法人社団例示会見本医院"), "見本医院");
        assert_eq!(core("(医)例示会 見本内科"), "見本内科");
        assert_eq!(core("見本医院"), "見本医院");
        assert_eq!(core("協会病院"), "協会病院");
    }

    #[test]
    fn international_numbers_become_domestic() {
        assert_eq!(domestic(b"81123456789".to_vec()), b"0123456789");
        assert_eq!(domestic(b"0123456789".to_vec()), b"0123456789");
        assert_eq!(domestic(b"9123456789".to_vec()), b"0123456789", "no number begins with 9");
    }
}
