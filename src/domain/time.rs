//! Time as the program keeps it: milliseconds since the epoch, from one `Clock`.

use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The moment `ms` milliseconds later (earlier when negative).
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Wall-clock date and time in Japan (UTC+9, no daylight saving).
    pub fn japan(self) -> jiff::civil::DateTime {
        let zone = TimeZone::fixed(Offset::constant(9));
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default().to_zoned(zone).datetime()
    }

    /// The moment of a wall clock in Japan.
    pub fn of_japan(at: jiff::civil::DateTime) -> Timestamp {
        let zone = TimeZone::fixed(Offset::constant(9));
        at.to_zoned(zone).map_or(Timestamp::default(), |zoned| Timestamp(zoned.timestamp().as_millisecond()))
    }
}

/// How long to wait after the `failures`-th failure in a row, in milliseconds: twice as long each time, and never longer than `longest_ms`.
pub fn doubled_ms(first_ms: i64, failures: i64, longest_ms: i64) -> i64 {
    first_ms.saturating_mul(1 << (failures.clamp(1, 20) - 1)).min(longest_ms)
}

/// The only source of the present moment.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that tests turn by hand (milliseconds since the epoch).
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The present moment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Timestamp(since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)))
            }
            Clock::Fixed(ms) => Timestamp(ms.load(Ordering::Relaxed)),
        }
    }
}
