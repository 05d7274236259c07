//! Japanese eras (元号): their first and last days, and years of an era as dates.

use jiff::civil::{Date, date};

/// An era since the calendar became Gregorian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Era {
    /// 明治
    Meiji,
    /// 大正
    Taisho,
    /// 昭和
    Showa,
    /// 平成
    Heisei,
    /// 令和
    Reiwa,
}

impl Era {
    /// Every era, oldest first.
    pub const ALL: [Era; 5] = [Era::Meiji, Era::Taisho, Era::Showa, Era::Heisei, Era::Reiwa];

    /// First and last day; the day on which one era followed another belongs to both.
    pub fn span(self) -> (Date, Date) {
        match self {
            // Before 明治6 the calendar was lunisolar: years 1 to 5 are refused.
            Era::Meiji => (date(1873, 1, 1), date(1912, 7, 30)),
            Era::Taisho => (date(1912, 7, 30), date(1926, 12, 25)),
            Era::Showa => (date(1926, 12, 25), date(1989, 1, 7)),
            Era::Heisei => (date(1989, 1, 8), date(2019, 4, 30)),
            Era::Reiwa => (date(2019, 5, 1), date(2099, 12, 31)),
        }
    }

    /// The Gregorian year before year 1 of the era.
    pub fn base(self) -> i16 {
        match self {
            Era::Meiji => 1867,
            Era::Taisho => 1911,
            Era::Showa => 1925,
            Era::Heisei => 1988,
            Era::Reiwa => 2018,
        }
    }

    /// The day as the era counts it; `None` outside of the era or the calendar.
    pub fn day(self, year: i16, month: i8, day: i8) -> Option<Date> {
        let date = self.counted_on(year, month, day)?;
        let (first, last) = self.span();
        (date >= first && date <= last).then_some(date)
    }

    /// The day as if the era had not ended: forms go on printing the old era for years.
    pub fn counted_on(self, year: i16, month: i8, day: i8) -> Option<Date> {
        if !(1..=99).contains(&year) {
            return None;
        }
        Date::new(self.base() + year, month, day).ok()
    }

    /// The era that the character (printed in full, in short or as a letter) begins.
    pub fn from_char(c: char) -> Option<Era> {
        Some(match c {
            '明' | 'M' | 'm' => Era::Meiji,
            '大' | 'T' | 't' => Era::Taisho,
            '昭' | 'S' | 's' => Era::Showa,
            '平' | 'H' | 'h' => Era::Heisei,
            '令' | 'R' | 'r' => Era::Reiwa,
            _ => return None,
        })
    }

    /// The first character of its name.
    pub fn first_char(self) -> char {
        match self {
            Era::Meiji => '明',
            Era::Taisho => '大',
            Era::Showa => '昭',
            Era::Heisei => '平',
            Era::Reiwa => '令',
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_meet_on_their_days() {
        let d = |e: Era, y, m, d| e.day(y, m, d).map(|x| x.to_string());
        assert_eq!(d(Era::Showa, 64, 1, 7).as_deref(), Some("1989-01-07"));
        assert_eq!(d(Era::Showa, 64, 1, 8), None);
        assert_eq!(d(Era::Heisei, 1, 1, 8).as_deref(), Some("1989-01-08"));
        assert_eq!(d(Era::Heisei, 1, 1, 7), None);
        assert_eq!(d(Era::Heisei, 31, 4, 30).as_deref(), Some("2019-04-30"));
        assert_eq!(d(Era::Heisei, 31, 5, 1), None);
        assert_eq!(d(Era::Reiwa, 1, 5, 1).as_deref(), Some("2019-05-01"));
        assert_eq!(d(Era::Reiwa, 1, 4, 30), None);
        assert_eq!(d(Era::Taisho, 15, 12, 25), d(Era::Showa, 1, 12, 25));
        assert_eq!(d(Era::Meiji, 45, 7, 30), d(Era::Taisho, 1, 7, 30));
        assert_eq!(d(Era::Meiji, 5, 12, 31), None);
        assert_eq!(d(Era::Showa, 0, 1, 1), None);
        assert_eq!(d(Era::Heisei, 2, 2, 29), None);
    }

    #[test]
    fn every_day_of_an_era_comes_back() {
        for era in Era::ALL {
            let (first, last) = era.span();
            let mut day = first;
            while day <= last {
                assert_eq!(era.day(day.year() - era.base(), day.month(), day.day()), Some(day));
                day = day.checked_add(jiff::Span::new().days(17)).unwrap();
            }
        }
    }
}
