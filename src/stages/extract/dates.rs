//! Dates: of the document, of birth, of visits and stays, and those that are asked for.

use super::found::{self, Candidates};
use super::marked::marked_era;
use super::{Context, Labelled, Row};
use crate::domain::{Decided, FieldName};
use crate::stages::sheet::regions::How;
use crate::stages::sheet::{Glyph, Sheet};
use crate::text::era::Era;
use crate::text::number::like;
use crate::text::wareki::{self, Seen, Written};
use jiff::civil::Date;

fn chars(glyphs: &[Glyph]) -> Vec<char> {
    glyphs.iter().map(|g| g.ch).collect()
}

/// The document's own date: by its label, or alone near the head or foot of the first page.
pub fn document(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::DocumentDate) {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            if let Some((date, seen)) = found::dates(glyphs).into_iter().find_map(|s| Some((document_day(&s)?, s))) {
                let score = labelled.score * row.way * seen.sure;
                out.add(
                    FieldName::DocumentDate,
                    date.to_string(),
                    &labelled.leaf.page.sheet,
                    &glyphs[seen.range],
                    score,
                );
                break;
            }
        }
    }
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        for run in &leaf.page.runs {
            if run.owner.is_some() && run.how != How::Continued {
                continue;
            }
            let glyphs = leaf.page.glyphs(run);
            let all = chars(glyphs);
            for seen in found::dates(glyphs) {
                let Some(date) = document_day(&seen) else { continue };
                // A date alone on its line; a sentence or a birth date is none.
                let rest = all.len() - seen.range.len();
                let birth = all.get(seen.range.end).is_some_and(|c| matches!(c, '生' | '~' | '〜' | 'か'));
                if rest > 14 || birth || all.contains(&'。') || all.contains(&'歳') || date.year() < 1990 {
                    continue;
                }
                let depth = run.at.centre().1 / sheet.height;
                let place = if depth < 0.2 {
                    0.85
                } else if depth < 0.35 {
                    0.7
                } else if depth > 0.55 {
                    0.55
                } else {
                    0.4
                };
                let alone = if rest <= 2 { 1.0 } else { 0.8 };
                out.add(
                    FieldName::DocumentDate,
                    date.to_string(),
                    sheet,
                    &glyphs[seen.range.clone()],
                    place * alone * seen.sure * leaf.weight,
                );
            }
        }
    }
}

/// A date as a document's own: an era that is not legible is 令和 when the year is low.
fn document_day(seen: &Seen) -> Option<Date> {
    match seen.written {
        Written::Day(d) => Some(d),
        Written::EraUnsaid(y, m, d) if y <= 15 => Era::Reiwa.day(y, m, d),
        Written::EraUnsaid(y, m, d) if (16..=30).contains(&y) => Date::new(2000 + y, m, d).ok(),
        _ => None,
    }
}

/// The patient's birth date: by its label, or as a date with 生 or an age beside it.
pub fn birth(context: &Context, out: &mut Candidates) {
    let age_elsewhere = printed_age(context);
    for labelled in context.labelled(FieldName::PatientBirthDate) {
        let rows = labelled.rows();
        // The age often stands in brackets on the next line of the same cell.
        let beside = rows.iter().find_map(|r| age_in(&chars(&r.glyphs)).map(|a| a.1));
        for row in &rows {
            if born(context, &labelled, row, beside.or(age_elsewhere), out) {
                break;
            }
        }
    }
    for leaf in &context.leaves {
        for run in &leaf.page.runs {
            let glyphs = leaf.page.glyphs(run);
            let all = chars(glyphs);
            for seen in found::dates(glyphs) {
                let after: String = all[seen.range.end..].iter().take(6).collect();
                let aged = age_in(&all[seen.range.end..]).is_some_and(|(at, _)| at < 4);
                if !(after.starts_with('生') || aged) {
                    continue;
                }
                if let Some((date, sure)) = birth_day(context, &leaf.page.sheet, glyphs, &seen, age_elsewhere) {
                    out.add(
                        FieldName::PatientBirthDate,
                        date.to_string(),
                        &leaf.page.sheet,
                        &glyphs[seen.range.clone()],
                        0.85 * sure * leaf.weight,
                    );
                }
            }
        }
    }
    on_the_line_of_the_name(context, age_elsewhere, out);
    if out.best(FieldName::PatientBirthDate).is_none() {
        over_two_lines(context, age_elsewhere, out);
    }
    out.retain(FieldName::PatientBirthDate, |c| {
        let date: Option<Date> = c.found.value.parse().ok();
        date.is_some_and(|d| context.around.is_none_or(|on| d <= on))
    });
}

/// …様(昭和35年12 / 月13日生、男性)は: the date of a sentence that its line breaks.
fn over_two_lines(context: &Context, age: Option<i16>, out: &mut Candidates) {
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        for pair in sheet.segments.windows(2).filter(|pair| pair[1].at.left < pair[0].at.right) {
            let glyphs: Vec<Glyph> = pair.iter().flat_map(|segment| segment.glyphs.iter().cloned()).collect();
            let broken = pair[0].glyphs.len();
            for seen in found::dates(&glyphs).into_iter().filter(|s| s.range.start < broken && broken < s.range.end) {
                let born = glyphs.get(seen.range.end).is_some_and(|g| g.ch == '生');
                if let Some((date, sure)) = birth_day(context, sheet, &glyphs, &seen, age).filter(|_| born) {
                    let first = &glyphs[seen.range.start..broken];
                    out.add(FieldName::PatientBirthDate, date.to_string(), sheet, first, 0.7 * sure * leaf.weight);
                }
            }
        }
    }
}

/// 中嶋利夫さん(なかじま としお) S27.9.26: a date on the line of the patient's name that is long before the document.
fn on_the_line_of_the_name(context: &Context, age: Option<i16>, out: &mut Candidates) {
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        let Some(name) = out.best_on(FieldName::PatientName, sheet.no).map(|c| c.found.spot.bbox) else { continue };
        for run in &leaf.page.runs {
            if sheet.spot(&run.at).bbox.vertical_overlap(&name) < 0.5 {
                continue;
            }
            let glyphs = leaf.page.glyphs(run);
            for seen in found::dates(glyphs) {
                let Some((date, sure)) = birth_day(context, sheet, glyphs, &seen, age) else { continue };
                if context.around.is_some_and(|on| i32::from(on.year()) > i32::from(date.year()) + 1) {
                    let seen = &glyphs[seen.range.clone()];
                    out.add(FieldName::PatientBirthDate, date.to_string(), sheet, seen, 0.6 * sure * leaf.weight);
                }
            }
        }
    }
}

fn born(context: &Context, labelled: &Labelled, row: &Row, age: Option<i16>, out: &mut Candidates) -> bool {
    let sheet = &labelled.leaf.page.sheet;
    let glyphs = &row.glyphs[..];
    for seen in found::dates(glyphs) {
        if let Some((date, sure)) = birth_day(context, sheet, glyphs, &seen, age) {
            let all = chars(glyphs);
            let beside = age_in(&all[seen.range.end..]).map(|a| a.1);
            let other =
                beside.zip(context.around).and_then(|(age, on)| by_age(date, &all[seen.range.clone()], age, on));
            let value = other.unwrap_or(date).to_string();
            let score = labelled.score * row.way * sure;
            out.add(FieldName::PatientBirthDate, value, sheet, &glyphs[seen.range.clone()], score);
            if other.is_some() {
                out.decided(FieldName::PatientBirthDate, date.to_string(), Decided::Age);
            }
            return true;
        }
    }
    false
}

/// A written date as a birth date; the era comes from a mark or from the printed age, never from a guess.
fn birth_day(context: &Context, sheet: &Sheet, glyphs: &[Glyph], seen: &Seen, age: Option<i16>) -> Option<(Date, f32)> {
    let all = chars(glyphs);
    let age = age_in(&all[seen.range.end..]).map(|a| a.1).or(age);
    match seen.written {
        Written::Day(d) => {
            // The printed age is a check on what was read.
            let fits = match (age, context.around) {
                (Some(age), Some(on)) => {
                    if (wareki::age(d, on) - age).abs() <= 1 {
                        1.0
                    } else {
                        0.75
                    }
                }
                _ => 0.95,
            };
            Some((d, seen.sure * fits))
        }
        Written::EraUnsaid(y, m, d) => {
            let marked = marked_era(sheet, glyphs, seen.range.start);
            if let Some(date) = marked.and_then(|era| era.day(y, m, d)) {
                return Some((date, 0.9 * seen.sure));
            }
            let on = context.around?;
            if let Some(age) = age {
                return wareki::era_by_age(y, m, d, age, on).map(|(_, date)| (date, 0.9 * seen.sure));
            }
            // Years over 64 of an era there is none of, or years that only one era had in a human life.
            let possible = wareki::possible_eras(y, m, d, Some(on));
            match possible.as_slice() {
                [(_, only)] => Some((*only, 0.75 * seen.sure)),
                _ => None,
            }
        }
        Written::YearUnsaid(..) => None,
    }
}

/// The date with one digit of its year read as another of like shape, where the printed age fits just that one and not
/// what was read.
fn by_age(day: Date, written: &[char], age: i16, on: Date) -> Option<Date> {
    let off = |date: Date| (wareki::age(date, on) - age).abs();
    // The year as it is written: 1991, or 46 of an era.
    let digits: Vec<u8> =
        written.iter().skip_while(|c| !c.is_ascii_digit()).map_while(|c| u8::try_from(*c).ok()).collect();
    let digits: Vec<u8> = digits.into_iter().take_while(u8::is_ascii_digit).collect();
    let number = |d: &[u8]| d.iter().fold(0i16, |n, c| n * 10 + i16::from(c - b'0'));
    // The age is read no better than the year: where digits of like shape explain the difference there, neither decides.
    let (aged, printed) = (wareki::age(day, on).to_string(), age.to_string());
    let age_misread =
        aged.len() == printed.len() && aged.bytes().zip(printed.bytes()).all(|(a, b)| a == b || like(a, b));
    if off(day) <= 1 || age_misread || !matches!(digits.len(), 1 | 2 | 4) {
        return None;
    }
    let mut fits: Vec<Date> = Vec::new();
    for i in 0..digits.len() {
        let read = digits[i];
        for other in (b'0'..=b'9').filter(|&d| d != read && like(d, read)) {
            let mut changed = digits.clone();
            changed[i] = other;
            let year = day.year() + number(&changed) - number(&digits);
            let date = Date::new(year, day.month(), day.day()).ok().filter(|d| *d <= on && off(*d) == 0);
            fits.extend(date.filter(|d| !fits.contains(d)));
        }
    }
    match fits[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// The age printed near the beginning of the document (`年齢 69歳`).
fn printed_age(context: &Context) -> Option<i16> {
    for leaf in &context.leaves {
        for label in 0..leaf.page.labels.len() {
            let key: String = context.lexicon.entries[leaf.page.labels[label].entry].key.iter().collect();
            if !matches!(key.as_str(), "年齢" | "年令" | "満年齢") {
                continue;
            }
            for run in leaf.page.owned(label) {
                let all = chars(leaf.page.glyphs(run));
                let digits: String =
                    all.iter().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit()).collect();
                if let Some(age) = digits.parse::<i16>().ok().filter(|a| (0..=115).contains(a)) {
                    return Some(age);
                }
            }
        }
    }
    None
}

/// An age among the characters (`69歳`, `満69才`): where it begins and what it says.
fn age_in(chars: &[char]) -> Option<(usize, i16)> {
    let at = chars.iter().position(|c| matches!(c, '歳' | '才' | '蔵'))?;
    let start = chars[..at].iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |i| i + 1);
    let digits: String = chars[start..at].iter().collect();
    digits.parse::<i16>().ok().filter(|a| (0..=115).contains(a)).map(|a| (start, a))
}

/// Dates that only some kinds carry.
pub fn others(context: &Context, out: &mut Candidates) {
    use FieldName::*;
    for field in [VisitDate, AdmissionDate, DischargeDate, CollectedDate, EventDate] {
        for labelled in context.labelled(field) {
            one(context, field, &labelled, out);
        }
    }
    desired(context, out);
}

fn one(context: &Context, field: FieldName, labelled: &Labelled, out: &mut Candidates) {
    let sheet = &labelled.leaf.page.sheet;
    let mut whole = Vec::new();
    let rows = labelled.rows();
    for row in &rows {
        let glyphs = &row.glyphs[..];
        for seen in found::dates(glyphs) {
            if let Some(date) = resolved(context, &seen) {
                whole.push((date, &glyphs[seen.range.clone()], labelled.score * row.way * seen.sure));
            }
        }
    }
    // 入院期間 holds both days: the first is the admission, the last the discharge.
    let span: String = context.lexicon.entries[labelled.leaf.page.labels[labelled.label].entry].key.iter().collect();
    if whole.len() >= 2
        && field == FieldName::AdmissionDate
        && (span.contains("期間") || span.contains("入退院") || span.contains('・') || span == "入院")
        && let Some((date, glyphs, score)) = whole.last()
    {
        out.add(FieldName::DischargeDate, date.to_string(), sheet, glyphs, score * 0.9);
    }
    if let Some((date, glyphs, score)) = whole.first() {
        out.add(field, date.to_string(), sheet, glyphs, *score);
    }
}

/// A written date with its year told by the document's own date where it is not printed.
pub(super) fn resolved(context: &Context, seen: &Seen) -> Option<Date> {
    match seen.written {
        Written::YearUnsaid(m, d, weekday) => {
            let on = context.around?;
            let next = wareki::next_day(m, d, on)?;
            // A printed weekday that goes with another year near by tells the year.
            match weekday {
                Some(w) if next.weekday() != w => [on.year(), on.year() + 1]
                    .into_iter()
                    .filter_map(|y| Date::new(y, m, d).ok())
                    .find(|d| d.weekday() == w)
                    .or(Some(next)),
                _ => Some(next),
            }
        }
        _ => document_day(seen),
    }
}

/// Dates asked for, in the order of preference.
fn desired(context: &Context, out: &mut Candidates) {
    use FieldName::DesiredDates;
    let mut all: Vec<(Labelled, u32)> = Vec::new();
    for labelled in context.labelled(DesiredDates) {
        let key: Vec<char> = context.lexicon.entries[labelled.leaf.page.labels[labelled.label].entry].key.clone();
        let rank = key.iter().find_map(|c| match c {
            '1' | '一' => Some(1),
            '2' | '二' => Some(2),
            '3' | '三' => Some(3),
            _ => None,
        });
        all.push((labelled, rank.unwrap_or(0)));
    }
    all.sort_by_key(|(_, rank)| *rank);
    let mut dates: Vec<Date> = Vec::new();
    let mut first: Option<(&Labelled, Vec<Glyph>)> = None;
    let mut score = 1.0f32;
    for (labelled, _) in &all {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            for seen in found::dates(glyphs) {
                let Some(date) = resolved(context, &seen) else { continue };
                if dates.contains(&date) {
                    continue;
                }
                dates.push(date);
                score = score.min(labelled.score * seen.sure);
                match &mut first {
                    Some((l, seen_glyphs)) if std::ptr::eq(l.leaf, labelled.leaf) => {
                        seen_glyphs.extend_from_slice(&glyphs[seen.range.clone()])
                    }
                    Some(_) => {}
                    None => first = Some((labelled, glyphs[seen.range.clone()].to_vec())),
                }
            }
        }
    }
    if let Some((labelled, glyphs)) = first {
        let value = dates.iter().map(Date::to_string).collect::<Vec<_>>().join(",");
        out.add(DesiredDates, value, &labelled.leaf.page.sheet, &glyphs, score);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_age_decides_between_readings_of_one_digit_of_the_year() {
        let on = Date::constant(2024, 6, 1);
        let of = |year: i16, written: &str, age: i16| {
            by_age(Date::new(year, 3, 18).unwrap(), &written.chars().collect::<Vec<char>>(), age, on).map(|d| d.year())
        };
        assert_eq!(of(1953, "1953/3/18", 66), Some(1958));
        assert_eq!(of(1948, "昭和23年3月18日", 71), Some(1953));
        assert_eq!(of(1911, "1911/03/18", 83), Some(1941));
        assert_eq!(of(1991, "1991/03/18", 33), None, "it fits as it was read");
        assert_eq!(of(1991, "1991/03/18", 83), None, "the age may be misread for 33");
        assert_eq!(of(1953, "昭和28年3月18日", 45), None, "no digit of like shape explains it");
    }
}
