//! Who has lately opened what, so that the images of a page that was audited are not each audited again.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::{DeliveryId, PageNo, Timestamp};

/// How long an audited view covers the images that belong to it.
const COVERS_MS: i64 = 10 * 60_000;
/// Above this, views that no longer cover anything are dropped.
const MANY: usize = 16_384;

/// Views that have been written to the audit log, by whom as the log names them.
#[derive(Default)]
pub struct Viewed(Mutex<HashMap<(String, DeliveryId, PageNo), Timestamp>>);

impl Viewed {
    /// Notes a view of some pages that has just been audited.
    pub fn note(&self, who: &str, delivery: &DeliveryId, pages: impl IntoIterator<Item = PageNo>, now: Timestamp) {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if map.len() > MANY {
            map.retain(|_, at| now.0 - at.0 < COVERS_MS);
        }
        map.extend(pages.into_iter().map(|no| ((who.to_owned(), delivery.clone(), no), now)));
    }

    /// Whether an audited view still covers this page for them.
    pub fn covers(&self, who: &str, delivery: &DeliveryId, no: PageNo, now: Timestamp) -> bool {
        let map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        map.get(&(who.to_owned(), delivery.clone(), no)).is_some_and(|at| now.0 - at.0 < COVERS_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_covers_its_own_pages_for_a_while() {
        let viewed = Viewed::default();
        let (user, delivery) = ("somebody", DeliveryId::fresh());
        let now = Timestamp(1_000_000);
        assert!(!viewed.covers(user, &delivery, PageNo(1), now));
        viewed.note(user, &delivery, [PageNo(1), PageNo(2)], now);
        assert!(viewed.covers(user, &delivery, PageNo(2), now.plus_ms(1)));
        assert!(!viewed.covers(user, &delivery, PageNo(3), now.plus_ms(1)), "another document's page");
        assert!(!viewed.covers("token:somebody", &delivery, PageNo(1), now));
        assert!(!viewed.covers(user, &delivery, PageNo(1), now.plus_ms(COVERS_MS)));
    }
}
