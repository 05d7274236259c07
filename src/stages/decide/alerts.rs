//! What a person must notice beside the fields, each with the page that raised it.

use super::{DecideInput, patient, sums, verdict};
use crate::domain::{Alert, AlertCode, FieldName, Fields, Found, Kind, Line, PageNo, ReadPage, ValueType, Verdict};
use crate::text::{code, confusable, fold, institution, name, wareki};
use jiff::civil::Date;

/// Marks by which an addressee is known.
const TO: &[&str] = &["御中", "宛", "殿"];

/// Nobody is older: a larger number before 歳 is no age.
const OLDEST: i16 = 120;

/// All alerts of a document, in the order of `AlertCode`.
pub(super) fn of(input: &DecideInput<'_>) -> Vec<Alert> {
    let mut out = Vec::new();
    let mut raise = |code: AlertCode, page: Option<PageNo>| out.push(Alert { code, page });
    if let Some(page) = missing_page(input) {
        raise(AlertCode::MissingPage, page);
    }
    if let Some(page) = other_recipient(input) {
        raise(AlertCode::OtherRecipient, Some(page));
    }
    let field = |name: FieldName| input.fields.get(&name);
    if let Some(f) = field(FieldName::PatientName).filter(|f| name::masked(&f.value) || name::masked(&f.raw)) {
        raise(AlertCode::MaskedName, Some(f.spot.page));
    }
    if similar_patient(input) {
        raise(AlertCode::SimilarPatient, None);
    }
    if let Some(f) = field(FieldName::SenderInstitutionCode).filter(|f| wrong_check_digit(&f.value)) {
        raise(AlertCode::CheckDigit, Some(f.spot.page));
    }
    if let Some(page) = impossible_date(input.fields, input.today) {
        raise(AlertCode::ImpossibleDate, Some(page));
    }
    if let Some(page) = age_mismatch(input) {
        raise(AlertCode::AgeMismatch, Some(page));
    }
    let says = |name: FieldName, value: &str| field(name).is_some_and(|f| f.value == value);
    if says(FieldName::Modality, "MRI") && says(FieldName::Pacemaker, "yes") {
        raise(AlertCode::PacemakerMri, field(FieldName::Pacemaker).map(|f| f.spot.page));
    }
    if input.kind == Kind::ExamRequest && says(FieldName::Contrast, "yes") && !kidney_value(input) {
        raise(AlertCode::ContrastKidney, field(FieldName::Contrast).map(|f| f.spot.page));
    }
    if input.kind == Kind::HomeCareActivityReport {
        for page in input.pages.iter().filter(|p| sums::mismatch(&p.text)) {
            raise(AlertCode::SumMismatch, Some(page.no));
        }
    }
    out
}

/// Whether a kidney value stands on some page: its word, and a figure after it.
fn kidney_value(input: &DecideInput<'_>) -> bool {
    const WORDS: &[&str] = &["egfr", "cre", "クレアチニン", "ccr"];
    input.pages.iter().flat_map(|p| &p.text.lines).any(|line| {
        let text = fold::squeeze(&line.text()).to_lowercase();
        WORDS.iter().any(|word| {
            text.match_indices(word).any(|(at, _)| {
                let after = text[at + word.len()..].chars().take(12);
                after.take_while(|c| !matches!(c, '、' | '。')).any(|c| c.is_ascii_digit())
            })
        })
    })
}

/// The header counts more pages than arrived, or skips one. The counts are of the whole transmission.
fn missing_page(input: &DecideInput<'_>) -> Option<Option<PageNo>> {
    let counts = |zeros: fn(u32, u32) -> u32| {
        input
            .pages
            .iter()
            .zip(input.headers)
            .filter_map(|(p, h)| Some((p.no, h.page?, h.of?)))
            .map(|(no, n, of)| (no, zeros(n, input.file_pages), zeros(of, input.file_pages)))
            .collect::<Vec<(PageNo, u32, u32)>>()
    };
    let possible = |(_, n, of): &(PageNo, u32, u32)| *n >= 1 && n <= of;
    let mut numbered = counts(slashed_tens);
    // Dozens of pages do arrive: only where every page is then one of its transmission are the tens such zeros.
    if !numbered.iter().all(possible) {
        numbered = counts(slashed_zeros);
    }
    numbered.retain(possible);
    // One misread digit should not cry wolf: where several pages are numbered, most must say the same.
    let says = |of: u32| numbered.iter().filter(|(_, _, o)| *o == of).count();
    let missing = numbered.iter().find(|(_, _, of)| *of > input.file_pages && 2 * says(*of) > numbered.len());
    if let Some((page, ..)) = missing {
        return Some(Some(*page));
    }
    let skips = |a: &(PageNo, u32, u32), b: &(PageNo, u32, u32)| {
        a.2 == b.2 && b.1 > a.1 && b.1 - a.1 > b.0.0.saturating_sub(a.0.0)
    };
    numbered.windows(2).find(|w| skips(&w[0], &w[1])).map(|w| Some(w[1].0))
}

/// Fax machines print zeros with a slash, which are read as 9, 6 or 8 (`P.901/903`): hundreds of pages are such zeros.
fn slashed_zeros(count: u32, file_pages: u32) -> u32 {
    if count < 100 || count <= file_pages {
        return count;
    }
    let zero = |d: u32| if matches!(d, 6 | 8 | 9) { 0 } else { d };
    let (hundreds, tens) = (count / 100, count / 10 % 10);
    if hundreds > 9 || zero(hundreds) != 0 { count } else { zero(tens) * 10 + count % 10 }
}

/// As `slashed_zeros`, and of two digits also (`P.91/91`).
fn slashed_tens(count: u32, file_pages: u32) -> u32 {
    let count = slashed_zeros(count, file_pages);
    if count > file_pages && matches!(count / 10, 6 | 8 | 9) { count % 10 } else { count }
}

/// An addressee that is another hospital, and our own name nowhere on the page.
fn other_recipient(input: &DecideInput<'_>) -> Option<PageNo> {
    let own: Vec<char> = fold::squeeze(&input.hospital.name).chars().collect();
    if own.len() < 3 {
        return None;
    }
    let mut other = None;
    for page in input.pages.iter().take(2) {
        for line in &page.text.lines {
            let text: Vec<char> = fold::squeeze(&line.text()).chars().collect();
            if confusable::find(&own, &text, own.len() as f32 * 0.3).is_some() {
                return None;
            }
            if other.is_none() && addressed_elsewhere(line, &own) {
                other = Some(page.no);
            }
        }
    }
    other
}

fn addressed_elsewhere(line: &Line, own: &[char]) -> bool {
    let text = fold::squeeze(&line.text());
    let Some(to) = TO.iter().find_map(|mark| text.strip_suffix(mark)) else { return false };
    let to = institution::trailing_department(to).map_or(to, |at| &to[..at]);
    let to = to.strip_suffix('長').unwrap_or(to);
    let hospital = to.ends_with("病院") || to.ends_with("医療センター");
    let chars: Vec<char> = to.chars().collect();
    hospital && chars.len() >= 4 && confusable::likeness(&chars, own) < 0.6
}

/// A namesake of the first candidate, or one born the same day into the same family.
fn similar_patient(input: &DecideInput<'_>) -> bool {
    let candidates = &input.matches.patient;
    let Some((first, others)) = candidates.split_first() else { return false };
    let named = |c: &crate::domain::Candidate| verdict(&c.evidence, FieldName::PatientName) == Verdict::Agree;
    others.iter().any(|c| named(c) || patient::twin(first, c))
}

fn wrong_check_digit(value: &str) -> bool {
    code::institution_digits(value).is_some_and(|d| d.len() == 10 && !code::institution_ok(&d))
}

/// A date that is in no calendar, that lies ahead though it must lie back, or that comes before what it follows.
fn impossible_date(fields: &Fields, today: Date) -> Option<PageNo> {
    let page = |name: FieldName| fields.get(&name).map(|f| f.spot.page);
    for (name, found) in fields.iter().filter(|(name, _)| name.value_type() == ValueType::Date) {
        let Some(date) = day(found) else { return page(*name) };
        let past = matches!(
            name,
            FieldName::DocumentDate | FieldName::PatientBirthDate | FieldName::CollectedDate | FieldName::VisitDate
        );
        // A sender's clock may be a day ahead of ours.
        if past && date > today.tomorrow().unwrap_or(today) {
            return page(*name);
        }
    }
    let of = |name: FieldName| fields.get(&name).and_then(day);
    let order = [
        (FieldName::PatientBirthDate, FieldName::DocumentDate),
        (FieldName::AdmissionDate, FieldName::DischargeDate),
        (FieldName::PatientBirthDate, FieldName::AdmissionDate),
    ];
    let wrong = order.into_iter().find(|(a, b)| of(*a).zip(of(*b)).is_some_and(|(a, b)| a > b));
    let too_old = of(FieldName::PatientBirthDate).filter(|b| wareki::age(*b, today) > OLDEST);
    wrong.and_then(|(_, b)| page(b)).or_else(|| too_old.and_then(|_| page(FieldName::PatientBirthDate)))
}

fn day(found: &Found) -> Option<Date> {
    found.value.parse().ok()
}

/// The age printed on the line of the birth date is more than a year off.
fn age_mismatch(input: &DecideInput<'_>) -> Option<PageNo> {
    let birth = input.fields.get(&FieldName::PatientBirthDate)?;
    let on = input.fields.get(&FieldName::DocumentDate).and_then(day)?;
    let age = wareki::age(day(birth)?, on);
    let page = input.pages.iter().find(|p| p.no == birth.spot.page)?;
    let printed = printed_age(page, birth)?;
    // 数え年, and letters written around a birthday.
    ((age - printed).abs() > 1).then_some(page.no)
}

fn printed_age(page: &ReadPage, birth: &Found) -> Option<i16> {
    let beside = page.text.lines.iter().filter(|l| l.bbox.vertical_overlap(&birth.spot.bbox) > 0.4);
    for line in beside {
        let chars = numbers_apart(line);
        for (i, _) in chars.iter().enumerate().filter(|(_, c)| matches!(c, '歳' | '才')) {
            let digits = chars[..i].iter().rev().take_while(|c| c.is_ascii_digit()).count();
            let text: String = chars[i - digits..i].iter().collect();
            if let Some(age) = text.parse().ok().filter(|age| *age <= OLDEST) {
                return Some(age);
            }
        }
    }
    None
}

/// The characters of a line, with a space wherever one number ends and the next begins: the last digit of a date is
/// none of the age after it (`S46/10/2 53歳`), while digits standing alone are read apart (`5 3 歳`).
fn numbers_apart(line: &Line) -> Vec<char> {
    let mut chars: Vec<char> = Vec::new();
    let mut lone = false;
    for word in &line.words {
        let text: Vec<char> = fold::squeeze(&word.text).chars().collect();
        let run = text.iter().take_while(|c| c.is_ascii_digit()).count();
        if run > 0 && chars.last().is_some_and(char::is_ascii_digit) && !(lone && run == 1) {
            chars.push(' ');
        }
        let bare = text.iter().skip_while(|c| matches!(c, '(' | '満'));
        lone = bare.clone().count() == 1 && bare.clone().all(char::is_ascii_digit);
        chars.extend(text);
    }
    chars
}
