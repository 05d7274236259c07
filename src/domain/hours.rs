//! Two clocks (連携室の時間と予約受付の時間): when a desk is open, and by when something that came should be done. Pure.

use super::Timestamp;
use super::holidays::{in_span, is_holiday, month_day};
use jiff::civil::{Date, DateTime, Time, time};
use serde::{Deserialize, Serialize};

/// Which desk's hours something follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskClock {
    /// The liaison office (地域医療連携室).
    #[default]
    Office,
    /// The appointment desk (予約受付).
    Appointments,
}

/// By when a kind of document should be confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// Whose hours count.
    #[serde(default)]
    pub clock: DeskClock,
    /// Open hours after receipt.
    #[serde(default)]
    pub hours: u32,
    /// By the close of the day on which it counts as received; `hours` says nothing then.
    #[serde(default)]
    pub same_day: bool,
}

impl Due {
    /// What a kind without a word about it follows: one day of the office.
    pub fn usual() -> Due {
        Due { clock: DeskClock::Office, hours: 8, same_day: false }
    }
}

/// A day of the week on which a desk may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenDay {
    /// 月曜.
    Mon,
    /// 火曜.
    Tue,
    /// 水曜.
    Wed,
    /// 木曜.
    Thu,
    /// 金曜.
    Fri,
    /// 土曜.
    Sat,
    /// 日曜.
    Sun,
}

impl OpenDay {
    fn of(day: Date) -> OpenDay {
        use jiff::civil::Weekday;
        match day.weekday() {
            Weekday::Monday => OpenDay::Mon,
            Weekday::Tuesday => OpenDay::Tue,
            Weekday::Wednesday => OpenDay::Wed,
            Weekday::Thursday => OpenDay::Thu,
            Weekday::Friday => OpenDay::Fri,
            Weekday::Saturday => OpenDay::Sat,
            Weekday::Sunday => OpenDay::Sun,
        }
    }
}

/// When one desk is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    /// From.
    pub opens: Time,
    /// To.
    pub closes: Time,
    /// What comes from then on counts as received when the desk opens next.
    pub cut_off: Time,
    /// On these days of the week.
    pub days: Vec<OpenDay>,
}

impl Default for Hours {
    fn default() -> Self {
        use OpenDay::*;
        let closes = time(17, 15, 0, 0);
        Self { opens: time(8, 45, 0, 0), closes, cut_off: closes, days: vec![Mon, Tue, Wed, Thu, Fri] }
    }
}

/// `[office]` of the configuration: the hours of both desks and the days on which both are closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfficeHours {
    /// Whether holidays of Japan are closed days.
    pub closed_on_holidays: bool,
    /// First and last day of the turn of the year (`["12-29", "01-03"]`); empty where there is none.
    pub year_end: Vec<String>,
    /// Further closed days (開院記念日).
    pub closed_days: Vec<Date>,
    /// The liaison office.
    pub hours: Hours,
    /// The appointment desk.
    pub appointments: Hours,
}

impl Default for OfficeHours {
    fn default() -> Self {
        Self {
            closed_on_holidays: true,
            year_end: vec!["12-29".to_owned(), "01-03".to_owned()],
            closed_days: Vec::new(),
            hours: Hours::default(),
            appointments: Hours {
                opens: time(9, 0, 0, 0),
                closes: time(17, 0, 0, 0),
                cut_off: time(16, 30, 0, 0),
                ..Hours::default()
            },
        }
    }
}

/// No desk stays closed that long; a calendar that says so is answered with plain hours.
const LONGEST_CLOSED_DAYS: usize = 60;
const MS_PER_HOUR: i64 = 3_600_000;

impl OfficeHours {
    /// What is wrong with the settings, in words for whoever wrote them.
    pub fn check(&self) -> Result<(), String> {
        for (name, hours) in [("hours", &self.hours), ("appointments", &self.appointments)] {
            if hours.opens >= hours.closes {
                return Err(format!("[office.{name}] の opens は closes より前にしてください"));
            }
            if hours.cut_off <= hours.opens || hours.cut_off > hours.closes {
                return Err(format!("[office.{name}] の cut_off は opens から closes までの間にしてください"));
            }
            if hours.days.is_empty() {
                return Err(format!("[office.{name}] の days が空です"));
            }
        }
        match self.year_end.as_slice() {
            [] => Ok(()),
            [from, to] if month_day(from).is_some() && month_day(to).is_some() => Ok(()),
            _ => Err("[office] の year_end は [\"12-29\", \"01-03\"] のように書いてください（なければ []）".to_owned()),
        }
    }

    fn desk(&self, clock: DeskClock) -> &Hours {
        match clock {
            DeskClock::Office => &self.hours,
            DeskClock::Appointments => &self.appointments,
        }
    }

    /// Whether a desk opens at all on that day.
    pub fn is_open_on(&self, clock: DeskClock, day: Date) -> bool {
        let year_end = match self.year_end.as_slice() {
            [from, to] => match (month_day(from), month_day(to)) {
                (Some(from), Some(to)) => in_span(day, from, to),
                _ => false,
            },
            _ => false,
        };
        let closed = year_end || self.closed_days.contains(&day) || self.closed_on_holidays && is_holiday(day);
        !closed && self.desk(clock).days.contains(&OpenDay::of(day))
    }

    /// The next day from `day` on (itself included) on which the desk opens.
    fn open_from(&self, clock: DeskClock, day: Date) -> Option<Date> {
        let mut day = day;
        for _ in 0..LONGEST_CLOSED_DAYS {
            if self.is_open_on(clock, day) {
                return Some(day);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The moment from which something counts as received: at once before the cut-off of an open day, else when the desk opens next.
    fn counts_from(&self, clock: DeskClock, at: DateTime) -> Option<DateTime> {
        let hours = self.desk(clock);
        if at.time() < hours.cut_off && self.is_open_on(clock, at.date()) {
            return Some(at.date().to_datetime(at.time().max(hours.opens)));
        }
        let from = if at.time() < hours.cut_off { at.date() } else { at.date().tomorrow().ok()? };
        Some(self.open_from(clock, from)?.to_datetime(hours.opens))
    }

    /// By when something received then should be confirmed; never before it came, and always while the desk is open.
    pub fn due(&self, due: &Due, received: Timestamp) -> Timestamp {
        self.due_at(due, received).unwrap_or_else(|| received.plus_ms(i64::from(due.hours.max(1)) * MS_PER_HOUR))
    }

    fn due_at(&self, due: &Due, received: Timestamp) -> Option<Timestamp> {
        let hours = self.desk(due.clock);
        let from = self.counts_from(due.clock, received.japan())?;
        if due.same_day {
            return Some(Timestamp::of_japan(from.date().to_datetime(hours.closes)));
        }
        let mut left = i64::from(due.hours) * MS_PER_HOUR;
        let mut at = from;
        loop {
            let close = Timestamp::of_japan(at.date().to_datetime(hours.closes));
            let now = Timestamp::of_japan(at);
            let open_ms = close.0 - now.0;
            if open_ms <= 0 && left > 0 || left > open_ms {
                left -= open_ms.max(0);
                at = self.open_from(due.clock, at.date().tomorrow().ok()?)?.to_datetime(hours.opens);
            } else {
                return Some(now.plus_ms(left));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{DateTime, date};

    fn at(text: &str) -> Timestamp {
        Timestamp::of_japan(text.parse::<DateTime>().unwrap())
    }

    const SAME_DAY: Due = Due { clock: DeskClock::Appointments, hours: 0, same_day: true };
    const TWO: Due = Due { clock: DeskClock::Appointments, hours: 2, same_day: false };
    const EIGHT: Due = Due { clock: DeskClock::Office, hours: 8, same_day: false };

    #[test]
    fn due_times_as_the_office_promises_them() {
        let office = OfficeHours::default();
        // What, received, due. 2024-05-10 is a Friday; 05-03 to 05-06 are holidays.
        let table = [
            (SAME_DAY, "2024-05-10T06:00", "2024-05-10T17:00"),
            (SAME_DAY, "2024-05-10T16:29", "2024-05-10T17:00"),
            (SAME_DAY, "2024-05-10T16:30", "2024-05-13T17:00"),
            (SAME_DAY, "2024-05-11T09:00", "2024-05-13T17:00"),
            (SAME_DAY, "2024-05-02T16:31", "2024-05-07T17:00"),
            (SAME_DAY, "2024-12-28T10:00", "2025-01-06T17:00"),
            (SAME_DAY, "2024-12-27T18:00", "2025-01-06T17:00"),
            (TWO, "2024-05-13T10:00", "2024-05-13T12:00"),
            (TWO, "2024-05-13T16:00", "2024-05-14T10:00"),
            (TWO, "2024-05-13T16:45", "2024-05-14T11:00"),
            (EIGHT, "2024-05-13T08:45", "2024-05-13T16:45"),
            (EIGHT, "2024-05-13T10:00", "2024-05-14T09:30"),
            (EIGHT, "2024-05-10T17:14", "2024-05-13T16:44"),
            (EIGHT, "2024-05-10T17:15", "2024-05-13T16:45"),
        ];
        for (due, received, expected) in table {
            assert_eq!(office.due(&due, at(received)).japan(), at(expected).japan(), "{due:?} {received}");
        }
    }

    #[test]
    fn whatever_comes_is_due_later_while_the_desk_is_open_and_never_before_what_came_earlier() {
        let mut office = OfficeHours { closed_days: vec![date(2024, 5, 14)], ..OfficeHours::default() };
        office.appointments.days = vec![OpenDay::Mon, OpenDay::Wed, OpenDay::Sat];
        office.check().unwrap();
        for due in [SAME_DAY, TWO, EIGHT, Due { hours: 40, ..EIGHT }, Due { hours: 0, ..EIGHT }] {
            let mut before = Timestamp(i64::MIN);
            let mut received = at("2024-04-20T00:03");
            while received < at("2025-01-20T00:00") {
                let then = office.due(&due, received);
                let (day, clock) = (then.japan().date(), then.japan().time());
                assert!(then >= received && then >= before, "{due:?} {}", received.japan());
                assert!(office.is_open_on(due.clock, day), "{due:?} {}", received.japan());
                let hours = office.desk(due.clock);
                assert!(hours.opens <= clock && clock <= hours.closes, "{due:?} {}", received.japan());
                before = then;
                received = received.plus_ms(37 * 60_000);
            }
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_named() {
        let wrong = |change: fn(&mut OfficeHours)| {
            let mut office = OfficeHours::default();
            change(&mut office);
            office.check().unwrap_err()
        };
        assert!(wrong(|o| o.hours.opens = o.hours.closes).contains("[office.hours]"));
        assert!(wrong(|o| o.appointments.cut_off = time(23, 0, 0, 0)).contains("cut_off"));
        assert!(wrong(|o| o.appointments.days.clear()).contains("days"));
        assert!(wrong(|o| o.year_end = vec!["12-29".into()]).contains("year_end"));
        // A desk that never opens still answers.
        let never = OfficeHours { hours: Hours { days: Vec::new(), ..Hours::default() }, ..OfficeHours::default() };
        assert_eq!(never.due(&EIGHT, at("2024-05-13T10:00")).japan(), at("2024-05-13T18:00").japan());
    }
}
