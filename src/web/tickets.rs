//! Between the password and the second factor: who has given the right password and still owes a code. Kept in memory for minutes.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::{Timestamp, UserId};

/// How long the code may take.
const GOOD_FOR_MS: i64 = 5 * 60_000;
/// Wrong codes after which the password is asked for again.
const TRIES: u32 = 5;
/// More than this wait at once only when somebody plays; the oldest go.
const MANY: usize = 4096;

/// Somebody whose password was right.
#[derive(Clone)]
pub struct Ticket {
    /// Who.
    pub user: UserId,
    /// What they typed to sign in.
    pub login: String,
    /// Where they want to go.
    pub next: String,
    until: Timestamp,
    tries: u32,
}

/// Tickets by the fingerprint of what the browser holds.
#[derive(Default)]
pub struct Tickets(Mutex<HashMap<String, Ticket>>);

impl Tickets {
    /// Notes that the password was right.
    pub fn issue(&self, hash: String, user: UserId, login: &str, next: &str, now: Timestamp) {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        map.retain(|_, ticket| ticket.until >= now);
        if map.len() >= MANY {
            map.clear();
        }
        let until = now.plus_ms(GOOD_FOR_MS);
        map.insert(hash, Ticket { user, login: login.to_owned(), next: next.to_owned(), until, tries: 0 });
    }

    /// The ticket for one more try; none when there is no such, its time is over or it was tried too often.
    pub fn try_once(&self, hash: &str, now: Timestamp) -> Option<Ticket> {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let ticket = map.get_mut(hash).filter(|ticket| ticket.until >= now && ticket.tries < TRIES)?;
        ticket.tries += 1;
        Some(ticket.clone())
    }

    /// The code was right: the ticket is no good any more; false when somebody was quicker.
    pub fn spend(&self, hash: &str) -> bool {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).remove(hash).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_some_tries_some_minutes_and_one_entry() {
        let tickets = Tickets::default();
        let now = Timestamp(1_000_000);
        tickets.issue("a".into(), UserId::fresh(), "mihara", "/queue", now);
        assert!(tickets.try_once("b", now).is_none());
        assert!(tickets.try_once("a", now.plus_ms(GOOD_FOR_MS + 1)).is_none());
        for _ in 0..TRIES {
            assert_eq!(tickets.try_once("a", now).expect("a try").login, "mihara");
        }
        assert!(tickets.try_once("a", now).is_none());
        tickets.issue("a".into(), UserId::fresh(), "mihara", "/queue", now);
        assert!(tickets.spend("a") && !tickets.spend("a") && tickets.try_once("a", now).is_none());
    }
}
