//! Holidays of Japan (国民の祝日に関する法律): fixed days, Mondays, equinoxes, 振替休日 and 国民の休日, and the years that moved them.

use jiff::civil::{Date, Weekday};

/// Days that single laws made or moved: 2019 (即位), 2020 and 2021 (オリンピック).
const ONCE: &[(i16, i8, i8)] = &[
    (2019, 5, 1),
    (2019, 10, 22),
    (2020, 7, 23),
    (2020, 7, 24),
    (2020, 8, 10),
    (2021, 7, 22),
    (2021, 7, 23),
    (2021, 8, 8),
];

/// Whether offices are closed by law on that day. From 2007 on, when the law took its present form.
pub fn is_holiday(day: Date) -> bool {
    is_national(day) || is_substitute(day) || is_between(day)
}

/// A day that the law names.
fn is_national(day: Date) -> bool {
    let (year, month, of_month) = (day.year(), day.month(), day.day());
    if ONCE.contains(&(year, month, of_month)) {
        return true;
    }
    // 海の日, 山の日 and スポーツの日 stood elsewhere in these years (see `ONCE`).
    let moved = matches!(year, 2020 | 2021);
    match (month, of_month) {
        (1, 1) | (2, 11) | (4, 29) | (5, 3..=5) | (11, 3) | (11, 23) => true,
        (1, _) => is_monday(day, 2),
        (2, 23) => year >= 2020,
        (12, 23) => year <= 2018,
        (3, of_month) => of_month == spring(year),
        (7, _) => !moved && is_monday(day, 3),
        (8, 11) => year >= 2016 && !moved,
        (9, of_month) => of_month == autumn(year) || is_monday(day, 3),
        (10, _) => !moved && is_monday(day, 2),
        _ => false,
    }
}

/// Whether the day is the Monday of that number in its month.
fn is_monday(day: Date, number: i8) -> bool {
    day.weekday() == Weekday::Monday && (day.day() - 1) / 7 + 1 == number
}

/// 春分の日 in March, by the almanac's formula (right from 1980 to 2099).
fn spring(year: i16) -> i8 {
    equinox(year, 20.8431)
}

/// 秋分の日 in September, by the almanac's formula (right from 1980 to 2099).
fn autumn(year: i16) -> i8 {
    equinox(year, 23.2488)
}

fn equinox(year: i16, base: f64) -> i8 {
    let since = f64::from(year - 1980);
    (base + 0.242194 * since - (since / 4.0).floor()) as i8
}

/// 振替休日: the first day after a Sunday's holiday that is none itself.
fn is_substitute(day: Date) -> bool {
    let mut before = day;
    while let Ok(earlier) = before.yesterday()
        && is_national(earlier)
    {
        if earlier.weekday() == Weekday::Sunday {
            return true;
        }
        before = earlier;
    }
    false
}

/// 国民の休日: a day between two holidays.
fn is_between(day: Date) -> bool {
    let beside = |near: Result<Date, jiff::Error>| near.is_ok_and(is_national);
    day.weekday() != Weekday::Sunday && beside(day.yesterday()) && beside(day.tomorrow())
}

/// Whether the day lies in a span of month and day that may run over the turn of the year.
pub fn in_span(day: Date, from: (i8, i8), to: (i8, i8)) -> bool {
    let at = (day.month(), day.day());
    if from <= to { from <= at && at <= to } else { at >= from || at <= to }
}

/// A month and a day (`12-29`), as they are written; `None` for anything that is in no year.
pub fn month_day(text: &str) -> Option<(i8, i8)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A leap year, so that 02-29 can be written.
    Date::new(2024, month, day).ok().map(|_| (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn of(year: i16) -> Vec<(i8, i8)> {
        let mut days = Vec::new();
        let mut day = date(year, 1, 1);
        while day.year() == year {
            if is_holiday(day) {
                days.push((day.month(), day.day()));
            }
            day = day.tomorrow().unwrap();
        }
        days
    }

    #[test]
    fn years_are_as_the_cabinet_office_published_them() {
        let y2019 = [
            (1, 1),
            (1, 14),
            (2, 11),
            (3, 21),
            (4, 29),
            (4, 30),
            (5, 1),
            (5, 2),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 15),
            (8, 11),
            (8, 12),
            (9, 16),
            (9, 23),
            (10, 14),
            (10, 22),
            (11, 3),
            (11, 4),
            (11, 23),
        ];
        let y2021 = [
            (1, 1),
            (1, 11),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (7, 22),
            (7, 23),
            (8, 8),
            (8, 9),
            (9, 20),
            (9, 23),
            (11, 3),
            (11, 23),
        ];
        let y2024 = [
            (1, 1),
            (1, 8),
            (2, 11),
            (2, 12),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 15),
            (8, 11),
            (8, 12),
            (9, 16),
            (9, 22),
            (9, 23),
            (10, 14),
            (11, 3),
            (11, 4),
            (11, 23),
        ];
        let y2026 = [
            (1, 1),
            (1, 12),
            (2, 11),
            (2, 23),
            (3, 20),
            (4, 29),
            (5, 3),
            (5, 4),
            (5, 5),
            (5, 6),
            (7, 20),
            (8, 11),
            (9, 21),
            (9, 22),
            (9, 23),
            (10, 12),
            (11, 3),
            (11, 23),
        ];
        for (year, days) in [(2019, &y2019[..]), (2021, &y2021), (2024, &y2024), (2026, &y2026)] {
            assert_eq!(of(year), days, "{year}");
        }
    }

    #[test]
    fn spans_run_over_the_turn_of_the_year() {
        let (from, to) = (month_day("12-29").unwrap(), month_day("01-03").unwrap());
        for (day, closed) in [
            (date(2024, 12, 28), false),
            (date(2024, 12, 29), true),
            (date(2025, 1, 3), true),
            (date(2025, 1, 4), false),
        ] {
            assert_eq!(in_span(day, from, to), closed, "{day}");
        }
        assert_eq!(month_day("13-01"), None);
        assert_eq!(month_day("02-30"), None);
        assert_eq!(month_day("0229"), None);
    }
}
