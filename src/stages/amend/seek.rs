//! What no label led to, sought on the page by what the masters know of the candidates: a birth date that stands
//! somewhere on the page is read, whoever's it is of the few that could be meant. Nothing is taken that is not there.

use super::page::{Row, rows};
use crate::domain::{Doctor, FieldName, Fields, Found, Kind, Matches, ReadPage, Verdict};
use crate::stages::matching::Index;
use crate::text::{confusable, fold, kana, name, number, phone, variants, wareki};
use std::ops::Range;

/// Probability from which a candidate is worth looking for.
const WORTH: f64 = 0.01;
/// Probability from which a candidate's values are taken for the document's.
const LIKELY: f64 = 0.9;
/// Share of the sender's name that a seal may hide where its number says who it is.
const SEALED: f32 = 0.3;
/// The header line of a fax stands here; its number is no field of the document.
const HEADER: f32 = 0.04;

/// Seeks what is missing; whether anything was found.
pub fn seek(fields: &mut Fields, matches: &Matches, pages: &[&ReadPage], kind: Kind, index: &Index) -> bool {
    let rows = rows(pages);
    let before = fields.len();
    patient(fields, matches, &rows, index);
    institution(fields, matches, &rows, index);
    let doctor = doctor(fields, matches, &rows, kind, index);
    doctor || fields.len() > before
}

fn put(fields: &mut Fields, field: FieldName, found: Option<Found>) {
    if let Some(found) = found {
        fields.entry(field).or_insert(found);
    }
}

fn patient(fields: &mut Fields, matches: &Matches, rows: &[Row<'_>], index: &Index) {
    use FieldName::*;
    let likely: Vec<_> = matches.patient.iter().filter(|c| c.score >= WORTH).collect();
    let people: Vec<_> = likely.iter().filter_map(|c| index.patient(&c.id)).collect();
    if !fields.contains_key(&PatientBirthDate) {
        // Of several who could be meant, the page must name just one day.
        let mut seen: Vec<Found> = Vec::new();
        for person in people.iter().filter(|p| !p.birth_date.is_empty()) {
            let found =
                rows.iter().find_map(|row| Some(row.found(person.birth_date.clone(), day(row, &person.birth_date)?)));
            seen.extend(found.filter(|f| seen.iter().all(|s| s.value != f.value)));
        }
        if let [only] = &seen[..] {
            put(fields, PatientBirthDate, Some(only.clone()));
        }
    }
    let Some(person) = people.first().filter(|_| likely[0].score >= LIKELY) else { return };
    if !fields.contains_key(&PatientPhone) {
        put(fields, PatientPhone, telephone(rows, &person.phone));
    }
    if !fields.contains_key(&PatientName) {
        let found = rows.iter().find_map(|row| {
            let at = written(row, &person.name, 0.5)?;
            Some(row.found(row.chars[at.clone()].iter().collect(), at))
        });
        put(fields, PatientName, found);
    }
    if !fields.contains_key(&PatientKana) {
        put(fields, PatientKana, rows.iter().find_map(|row| reading(row, &person.kana)));
    }
}

fn institution(fields: &mut Fields, matches: &Matches, rows: &[Row<'_>], index: &Index) {
    use FieldName::*;
    let Some(first) = matches.institution.first().filter(|c| c.score >= LIKELY) else { return };
    let Some(sender) = index.institution(&first.id) else { return };
    let body = || rows.iter().filter(|row| row.height() > HEADER);
    let by_number =
        first.evidence.iter().any(|e| matches!(e.field, SenderPhone | SenderFax) && e.verdict == Verdict::Agree);
    if !fields.contains_key(&SenderInstitutionName) && !fields.contains_key(&PharmacyName) {
        let short = fold::squeeze(&crate::text::institution::short_name(&sender.name));
        let sought = |name: &str, most: f32| {
            body().filter(|row| name.chars().count() >= 5 && !addressed(row)).find_map(|row| {
                let at = written(row, name, most)?;
                Some(row.found(row.chars[at.clone()].iter().collect(), at))
            })
        };
        // A square seal (角印) stands over the end of the name.
        let worn = || {
            let names = [fold::squeeze(&sender.name), short.clone()].into_iter().filter(|_| by_number);
            names.filter_map(|name| sought(&name, name.chars().count() as f32 * SEALED)).next()
        };
        put(fields, SenderInstitutionName, sought(&short, 0.5).or_else(worn));
    }
    if !fields.contains_key(&SenderPostalCode) {
        let code = number::digits(&sender.postal_code);
        let found = body().find_map(|row| {
            let seen = phone::postal_codes(&row.chars).into_iter().find(|seen| number::digits(&seen.value) == code)?;
            Some(row.found(seen.value, seen.range))
        });
        put(fields, SenderPostalCode, found.filter(|_| code.len() == 7));
    }
    // What was taken for the sender's address gives way to the sender's own, where the page has that.
    let theirs = |found: &Found| super::address::is(&found.value, &sender.address);
    if fields.get(&SenderAddress).is_none_or(|found| by_number && !theirs(found))
        && let Some(mut found) = body().find_map(|row| address_in(row, &sender.address))
    {
        found.alternatives.extend(fields.remove(&SenderAddress).map(|other| other.value));
        fields.insert(SenderAddress, found);
    }
    if !fields.contains_key(&SenderFax) {
        put(fields, SenderFax, fax_of_header(rows, &sender.fax));
    }
    for (field, number, other) in [(SenderPhone, &sender.phone, SenderFax), (SenderFax, &sender.fax, SenderPhone)] {
        let taken = fields.get(&other).is_some_and(|f| number::digits(&f.value) == number::digits(number));
        if !fields.contains_key(&field) && !taken && sender.phone != sender.fax {
            let found = body().find_map(|row| number_in(row, number));
            put(fields, field, found);
        }
    }
}

/// The doctor, where no field says who of the institution's signed.
fn doctor(fields: &mut Fields, matches: &Matches, rows: &[Row<'_>], kind: Kind, index: &Index) -> bool {
    let Some(sender) = matches.institution.first().filter(|c| c.score >= LIKELY) else { return false };
    if matches.doctor.first().is_some_and(|c| c.score >= LIKELY) {
        return false;
    }
    let field = if kind == Kind::DoctorRegistration { FieldName::DoctorName } else { FieldName::SenderDoctorName };
    let patient = fields.get(&FieldName::PatientName).map(|f| plain(&f.value)).unwrap_or_default();
    let senders: Vec<&Row<'_>> = rows.iter().filter(|row| row.height() > HEADER && !addressed(row)).collect();
    let doctors = index.doctors_of(&sender.id);
    let named = |d: &Doctor| {
        let at =
            |row: &&Row<'_>| written(row, &d.name, 0.5).map(|at| row.found(row.chars[at.clone()].iter().collect(), at));
        senders.iter().find_map(at).filter(|_| plain(&d.name) != patient)
    };
    let mut found: Vec<Found> = doctors.iter().filter_map(named).collect();
    if found.is_empty() {
        found = signed(&doctors, &senders);
    }
    if found.is_empty() {
        found = sealed(&doctors, &senders);
    }
    let [only] = &found[..] else { return false };
    let mut only = only.clone();
    if let Some(old) = fields.get(&field) {
        only.alternatives.push(old.value.clone());
    }
    fields.insert(field, only);
    true
}

/// Whether the line speaks to somebody.
fn addressed(row: &Row<'_>) -> bool {
    let text = row.text();
    ["先生", "殿", "様", "御中", "宛", "侍史", "机下"].iter().any(|mark| text.contains(mark))
}

/// Where the row writes the address, in any of its spellings, but for a few glyphs that a seal has made illegible.
fn address_in(row: &Row<'_>, address: &str) -> Option<Found> {
    let seen: Vec<char> = fold::dashes(&row.text()).chars().collect();
    if seen.len() != row.chars.len() {
        return None;
    }
    let houses = super::address::spellings(address).into_iter().filter_map(|spelling| {
        let sought: Vec<char> = fold::dashes(&fold::squeeze(&spelling)).chars().collect();
        let most = sought.len() as f32 * SEALED;
        let (from, to, cost) = confusable::find(&sought, &seen, most).filter(|_| sought.len() >= 8)?;
        super::address::same_house(&seen[from..to], &sought).then_some((cost / sought.len() as f32, from..to))
    });
    // As much of it as the page prints: with the prefecture where that stands before it.
    let (_, at) = houses.min_by(|a, b| (a.0 - 0.02 * a.1.len() as f32).total_cmp(&(b.0 - 0.02 * b.1.len() as f32)))?;
    Some(row.found(row.chars[at.clone()].iter().collect(), at))
}

/// A name at the end of its line of which all but the last letter is legible: that one stands under the seal.
fn sealed(doctors: &[Doctor], senders: &[&Row<'_>]) -> Vec<Found> {
    let begun = |doctor: &Doctor| {
        let name = plain(&doctor.name);
        let family = doctor.name.split_once([' ', '　']).map_or(0, |(family, _)| family.chars().count());
        // At least one letter of the given name tells whose it is.
        let legible = name.get(..name.len().saturating_sub(1)).filter(|l| l.len() > family && family > 0)?;
        senders.iter().find_map(|row| {
            let chars: Vec<char> = row.chars.iter().map(|c| variants::plain(*c)).collect();
            let from = chars.windows(legible.len()).rposition(|w| w == legible)?;
            let end = (from + name.len()).min(chars.len());
            (chars.len() <= end + 2).then(|| row.found(row.chars[from..end].iter().collect(), from..end))
        })
    };
    doctors.iter().filter_map(begun).collect()
}

/// A signature of which only the family name is legible, beside the doctor's title.
fn signed(doctors: &[Doctor], senders: &[&Row<'_>]) -> Vec<Found> {
    const TITLES: &[&str] = &["医師", "院長", "担当医", "主治医", "所長", "署名", "(印)", "㊞"];
    let mut out: Vec<Found> = Vec::new();
    for doctor in doctors {
        let Some((family, _)) = doctor.name.split_once([' ', '　']) else { continue };
        let family = plain(family);
        let sign = |row: &&&Row<'_>| {
            let text = row.text();
            let title = TITLES.iter().filter_map(|t| text.rfind(t).map(|at| at + t.len())).max()?;
            let after = plain(&text[title..]);
            (family.len() >= 2 && after.starts_with(&family)).then(|| {
                let from = text[..title].chars().count();
                let end = row.chars.len().min(from + family.len() + 3);
                let value: String =
                    row.chars[from..end].iter().take_while(|c| name::is_name_char(**c) && **c != '印').collect();
                row.found(value, from..end)
            })
        };
        if let Some(found) = senders.iter().find_map(|row| sign(&row)) {
            // Two of one family cannot be told apart by it.
            out.push(found);
        }
    }
    out
}

fn plain(text: &str) -> Vec<char> {
    variants::same_name(&fold::squeeze(text)).chars().collect()
}

/// Where the row writes the name, but for a glyph of like shape.
fn written(row: &Row<'_>, name: &str, most: f32) -> Option<Range<usize>> {
    let name = plain(name);
    if name.len() < 3 {
        return None;
    }
    let chars: Vec<char> = row.chars.iter().map(|c| variants::plain(*c)).collect();
    let (from, to, _) = confusable::find(&name, &chars, if name.len() >= 4 { most } else { 0.0 })?;
    Some(from..to)
}

/// The person's reading, in either kana.
fn reading(row: &Row<'_>, reading: &str) -> Option<Found> {
    let sought: Vec<char> = kana::katakana(&fold::squeeze(reading)).chars().collect();
    if sought.len() < 4 {
        return None;
    }
    let chars: Vec<char> = row.chars.iter().map(|c| kana::to_katakana(*c)).collect();
    let (from, to, _) = confusable::find(&sought, &chars, if sought.len() >= 6 { 0.5 } else { 0.0 })?;
    Some(row.found(chars[from..to].iter().collect(), from..to))
}

/// Where the row gives the day, in either calendar.
fn day(row: &Row<'_>, iso: &str) -> Option<Range<usize>> {
    let wanted: jiff::civil::Date = iso.parse().ok()?;
    wareki::dates(&row.chars).into_iter().find_map(|seen| {
        let same = match seen.written {
            wareki::Written::Day(day) => day == wanted,
            wareki::Written::EraUnsaid(year, month, day) => {
                wareki::possible_eras(year, month, day, None).iter().any(|(_, date)| *date == wanted)
            }
            wareki::Written::YearUnsaid(..) => false,
        };
        same.then_some(seen.range)
    })
}

/// The fax number as the header line gives it, where the body begins with the same digits and a seal stands over the rest.
fn fax_of_header(rows: &[Row<'_>], fax: &str) -> Option<Found> {
    const SEEN: usize = 6;
    let wanted = number::digits(fax);
    let begun = |row: &Row<'_>| {
        let text = row.text();
        let after =
            ["FAX", "Fax", "ファックス", "ファクス"].iter().filter_map(|l| text.rfind(l).map(|at| at + l.len())).max();
        let seen = after.map(|at| number::digits(&text[at..])).unwrap_or_default();
        seen.len() >= SEEN && wanted.len() >= 9 && wanted.get(..SEEN) == seen.get(..SEEN)
    };
    let body = rows.iter().any(|row| row.height() > HEADER && begun(row));
    rows.iter().filter(|row| body && row.height() <= HEADER).find_map(|row| number_in(row, fax))
}

fn telephone(rows: &[Row<'_>], number: &str) -> Option<Found> {
    rows.iter().find_map(|row| number_in(row, number))
}

fn number_in(row: &Row<'_>, wanted: &str) -> Option<Found> {
    let digits = number::digits(wanted);
    if digits.len() < 9 {
        return None;
    }
    let seen = phone::phones(&row.chars).into_iter().find(|seen| number::digits(&seen.value) == digits)?;
    Some(row.found(seen.value, seen.range))
}

#[cfg(test)]
mod tests {
    use super::super::page::tests::{found, page};
    use super::*;
    use crate::domain::{Institution, Masters, Patient};
    use crate::stages::matching::Line;

    fn index() -> Index {
        let patient = |id: &str, birth: &str| Patient {
            patient_id: id.into(),
            name: "例田 春子".into(),
            kana: "レイダ ハルコ".into(),
            birth_date: birth.into(),
            phone: "0123-45-6789".into(),
            ..Patient::default()
        };
        let institution = Institution {
            institution_id: "M1".into(),
            name: "医療法人 見本内科クリニック".into(),
            phone: "0123-11-2222".into(),
            fax: "0123-11-3333".into(),
            ..Institution::default()
        };
        let doctor = |id: &str, name: &str| Doctor {
            doctor_id: id.into(),
            institution_id: "M1".into(),
            name: name.into(),
            ..Doctor::default()
        };
        Index::build(Masters {
            patients: vec![patient("1", "1950-04-05"), patient("2", "1962-08-09")],
            institutions: vec![institution],
            doctors: vec![doctor("D1", "見本 一郎"), doctor("D2", "例山 四郎")],
        })
    }

    fn sought(lines: &[&str], read: &[(FieldName, &str)]) -> Fields {
        let index = index();
        let mut fields: Fields = read.iter().map(|(f, v)| (*f, found(v))).collect();
        let page = page(lines);
        let matches = index.candidates(&fields, &Line { number: Some("0123-11-3333"), known_as: None });
        seek(&mut fields, &matches, &[&page], Kind::ReferralLetter, &index);
        fields
    }

    #[test]
    fn of_two_namesakes_the_page_names_the_birth_date_of_one() {
        use FieldName::{PatientBirthDate, PatientName};
        let read = [(PatientName, "例田 春子")];
        let of = |lines: &[&str]| sought(lines, &read).get(&PatientBirthDate).map(|f| f.value.clone());
        assert_eq!(of(&["例田 春子 昭和37年8月9日生"]).as_deref(), Some("1962-08-09"));
        assert_eq!(of(&["例田 春子 昭和38年8月9日生"]), None, "nobody's");
        assert_eq!(of(&["昭和37年8月9日 1950年4月5日"]), None, "both");
    }

    #[test]
    fn numbers_and_signatures_of_the_sender_are_found() {
        use FieldName::*;
        let read = [(SenderInstitutionName, "見本内科クリニック")];
        let fields = sought(&["TEL 0123-11-2222", "医師 例山 四朗 印", "見本内科クリニック"], &read);
        assert_eq!(fields[&SenderPhone].value, "0123-11-2222");
        assert_eq!(fields[&SenderDoctorName].value, "例山四朗");
        assert!(!fields.contains_key(&SenderFax), "it is not on the page");
        let fields = sought(&["担当医 見本き(印"], &read);
        assert!(fields[&SenderDoctorName].value.starts_with("見本"));
        let fields = sought(&["整形外科 例山四郎 先生"], &read);
        assert!(!fields.contains_key(&SenderDoctorName), "whom the letter is to");
    }
}
