//! Numbers and dates compared: the same, one misreading apart, or another.

use crate::text::number::like;

/// How two strings of digits compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Apart {
    /// Equal.
    Nothing,
    /// One digit of like shape (5/6, 1/7, 3/8 …).
    LikeDigit,
    /// One digit changed, lost, added, or two neighbours swapped.
    OneDigit,
    /// Two digits of like shape.
    TwoLikeDigits,
    /// More.
    Much,
}

/// Compares two strings of ASCII digits.
pub(super) fn compare(a: &[u8], b: &[u8]) -> Apart {
    if a == b {
        return Apart::Nothing;
    }
    if a.len() == b.len() {
        let off: Vec<usize> = (0..a.len()).filter(|&i| a[i] != b[i]).collect();
        let alike = off.iter().all(|&i| like(a[i], b[i]));
        return match off[..] {
            [_] if alike => Apart::LikeDigit,
            [_] => Apart::OneDigit,
            [i, j] if j == i + 1 && a[i] == b[j] && a[j] == b[i] => Apart::OneDigit,
            [_, _] if alike => Apart::TwoLikeDigits,
            _ => Apart::Much,
        };
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if long.len() == short.len() + 1 {
        let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
        if short[same..] == long[same + 1..] {
            return Apart::OneDigit;
        }
    }
    Apart::Much
}

/// The ASCII digits of a text.
pub(super) fn of(text: &str) -> Vec<u8> {
    crate::text::number::digits(text).into_bytes()
}

/// A date as it stands on paper: it need not be in the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '-');
        let mut next = |digits: usize| parts.next().filter(|p| p.len() <= digits && !p.is_empty());
        let (y, m, d) = (next(4)?, next(2)?, next(2)?);
        let day = Self { year: y.parse().ok()?, month: m.parse().ok()?, day: d.parse().ok()? };
        (day.year >= 1000).then_some(day)
    }

    /// As eight digits.
    pub(super) fn number(self) -> u32 {
        u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day)
    }

    /// From eight digits; 0 is no date.
    pub(super) fn from_number(n: u32) -> Option<Self> {
        let day = Self { year: (n / 10_000) as u16, month: (n / 100 % 100) as u8, day: (n % 100) as u8 };
        (n > 0).then_some(day)
    }

    /// Whether it can be in a calendar at all; a misread date often cannot.
    pub(super) fn possible(self) -> bool {
        (1870..2100).contains(&self.year) && (1..=12).contains(&self.month) && (1..=31).contains(&self.day)
    }

    /// The year as the Japanese eras count it (和暦): several where eras meet.
    fn era_years(self) -> impl Iterator<Item = u16> {
        [1867, 1911, 1925, 1988, 2018]
            .into_iter()
            .filter_map(move |base| self.year.checked_sub(base).filter(|n| (1..=64).contains(n)))
    }
}

/// How two dates compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayApart {
    /// Equal.
    Nothing,
    /// The same but for the era (昭和 read as 平成: circles are hard to see).
    Era,
    /// One digit of like shape, as printed in the Western or the Japanese calendar.
    LikeDigit,
    /// One digit, a neighbouring year, month or day, or month and day swapped.
    Near,
    /// Two or three digits of like shape.
    LikeDigits,
    /// Another date.
    Much,
}

/// Compares a seen date with a master's.
pub(super) fn compare_days(seen: Day, master: Day) -> DayApart {
    if seen == master {
        return DayApart::Nothing;
    }
    let (same_year, same_month, same_day) =
        (seen.year == master.year, seen.month == master.month, seen.day == master.day);
    if same_month && same_day {
        let eras = [63u16, 14, 44, 30, 93];
        if eras.contains(&seen.year.abs_diff(master.year)) {
            return DayApart::Era;
        }
        // What was misread may have been the year of an era.
        let like_year = seen.era_years().any(|a| {
            master
                .era_years()
                .any(|b| one_like_digit(u32::from(a), u32::from(b)) && a.abs_diff(b) == seen.year.abs_diff(master.year))
        });
        if like_year || one_like_digit(seen.year.into(), master.year.into()) {
            return DayApart::LikeDigit;
        }
        let one = compare(&digits_of(seen.year.into()), &digits_of(master.year.into())) == Apart::OneDigit;
        return if one || seen.year.abs_diff(master.year) == 1 { DayApart::Near } else { DayApart::Much };
    }
    let part = |a: u8, b: u8| {
        if one_like_digit(a.into(), b.into()) {
            DayApart::LikeDigit
        } else if a.abs_diff(b) == 1 || a / 10 == b / 10 || a % 10 == b % 10 {
            DayApart::Near
        } else {
            DayApart::Much
        }
    };
    let off = (0..8).map(|i| 10u32.pow(i)).filter(|p| seen.number() / p % 10 != master.number() / p % 10);
    let like_digit = |p: &u32| like(b'0' + (seen.number() / p % 10) as u8, b'0' + (master.number() / p % 10) as u8);
    if off.clone().count() <= 3 && off.clone().count() >= 2 && off.clone().all(|p| like_digit(&p)) {
        return DayApart::LikeDigits;
    }
    match (same_year, same_month, same_day) {
        (true, true, false) => part(seen.day, master.day),
        (true, false, true) => part(seen.month, master.month),
        (true, false, false) if seen.month == master.day && seen.day == master.month => DayApart::Near,
        _ => DayApart::Much,
    }
}

fn digits_of(n: u32) -> Vec<u8> {
    n.to_string().into_bytes()
}

fn one_like_digit(a: u32, b: u32) -> bool {
    compare(&digits_of(a), &digits_of(b)) == Apart::LikeDigit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_one_misreading_apart() {
        assert_eq!(compare(b"0123456789", b"0123456789"), Apart::Nothing);
        assert_eq!(compare(b"0123456789", b"0123556789"), Apart::OneDigit);
        assert_eq!(compare(b"0123456789", b"0123466789"), Apart::LikeDigit);
        assert_eq!(compare(b"0123456789", b"012346789"), Apart::OneDigit);
        assert_eq!(compare(b"0123456789", b"0123465789"), Apart::OneDigit);
        assert_eq!(compare(b"0123456789", b"0123466781"), Apart::Much);
        assert_eq!(compare(b"0123456789", b"0127466789"), Apart::Much);
        assert_eq!(compare(b"0153456789", b"0158466789"), Apart::TwoLikeDigits);
        assert_eq!(compare(b"", b"1"), Apart::OneDigit);
    }

    #[test]
    fn dates_one_misreading_apart() {
        let of = |a: &str, b: &str| compare_days(Day::parse(a).unwrap(), Day::parse(b).unwrap());
        assert_eq!(of("1955-04-23", "1955-04-23"), DayApart::Nothing);
        assert_eq!(of("1991-04-23", "1928-04-23"), DayApart::Era, "平成3年 and 昭和3年");
        assert_eq!(of("1955-04-23", "1956-04-23"), DayApart::LikeDigit);
        assert_eq!(of("1940-04-23", "1941-04-23"), DayApart::LikeDigit, "昭和15年 and 昭和16年");
        assert_eq!(of("1942-04-23", "1943-04-23"), DayApart::Near);
        assert_eq!(of("1955-04-23", "1955-04-28"), DayApart::LikeDigit);
        assert_eq!(of("1955-04-12", "1955-12-04"), DayApart::Near);
        assert_eq!(of("1955-04-23", "1955-11-30"), DayApart::Much);
        assert_eq!(of("1955-04-23", "1972-04-23"), DayApart::Much);
        assert!(Day::parse("1955-04").is_none() && Day::parse("").is_none() && Day::parse("昭和30年").is_none());
    }
}
