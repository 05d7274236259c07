//! Browsers that were sent to the provider to sign in and have not come back: what each must bring. Kept in memory for minutes, good once.

use std::collections::HashMap;
use std::sync::Mutex;

use super::secret;
use crate::domain::Timestamp;

/// How long signing in there may take.
const GOOD_FOR_MS: i64 = 10 * 60_000;
/// More than this are under way at once only when somebody plays; the oldest go.
const MANY: usize = 4096;

/// What was said to the provider, and which browser must come back.
pub struct Underway {
    /// Stands in the token.
    pub nonce: String,
    /// Proves that we began it.
    pub verifier: String,
    /// Where they want to go.
    pub next: String,
    browser: String,
    until: Timestamp,
}

/// Journeys by the fingerprint of their state.
#[derive(Default)]
pub struct Journeys(Mutex<HashMap<String, Underway>>);

impl Journeys {
    /// Notes that the browser with that token left with that state.
    pub fn begin(&self, state: &str, browser: &str, nonce: &str, verifier: &str, next: &str, now: Timestamp) {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        map.retain(|_, underway| underway.until >= now);
        if map.len() >= MANY {
            map.clear();
        }
        let underway = Underway {
            nonce: nonce.to_owned(),
            verifier: verifier.to_owned(),
            next: next.to_owned(),
            browser: secret::token_hash(browser),
            until: now.plus_ms(GOOD_FOR_MS),
        };
        map.insert(secret::token_hash(state), underway);
    }

    /// The journey of that state, if this browser began it and it is not too late; whoever asks, it is over then.
    pub fn end(&self, state: &str, browser: &str, now: Timestamp) -> Option<Underway> {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let underway = map.remove(&secret::token_hash(state))?;
        (underway.until >= now && secret::same(&underway.browser, &secret::token_hash(browser))).then_some(underway)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_ends_once_in_the_browser_that_began_it_and_in_time() {
        let journeys = Journeys::default();
        let now = Timestamp(1_000_000);
        let begin = |state| journeys.begin(state, "browser", "nonce", "verifier", "/queue", now);
        begin("a");
        assert!(journeys.end("a", "browser", now).is_some_and(|underway| underway.nonce == "nonce"));
        assert!(journeys.end("a", "browser", now).is_none(), "once");
        begin("b");
        assert!(journeys.end("b", "another", now).is_none());
        assert!(journeys.end("b", "browser", now).is_none(), "a try by another browser ends it");
        begin("c");
        assert!(journeys.end("", "browser", now).is_none() && journeys.end("x", "browser", now).is_none());
        assert!(journeys.end("c", "browser", now.plus_ms(GOOD_FOR_MS + 1)).is_none());
    }
}
