//! Who has lately opened what, so that the images of a page that was audited are not each audited again.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::domain::{DeliveryId, Timestamp, UserId};

/// How long an audited view covers the images that belong to it.
const COVERS_MS: i64 = 10 * 60_000;
/// Above this, views that no longer cover anything are dropped.
const MANY: usize = 2048;

/// Views that have been written to the audit log.
#[derive(Default)]
pub struct Viewed(Mutex<HashMap<(UserId, DeliveryId), Timestamp>>);

impl Viewed {
    /// Notes a view that has just been audited.
    pub fn note(&self, user: &UserId, delivery: &DeliveryId, now: Timestamp) {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if map.len() > MANY {
            map.retain(|_, at| now.0 - at.0 < COVERS_MS);
        }
        map.insert((user.clone(), delivery.clone()), now);
    }

    /// Whether an audited view still covers this delivery for this person.
    pub fn covers(&self, user: &UserId, delivery: &DeliveryId, now: Timestamp) -> bool {
        let map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        map.get(&(user.clone(), delivery.clone())).is_some_and(|at| now.0 - at.0 < COVERS_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_covers_its_own_delivery_for_a_while() {
        let viewed = Viewed::default();
        let (user, delivery) = (UserId::fresh(), DeliveryId::fresh());
        let now = Timestamp(1_000_000);
        assert!(!viewed.covers(&user, &delivery, now));
        viewed.note(&user, &delivery, now);
        assert!(viewed.covers(&user, &delivery, now.plus_ms(1)));
        assert!(!viewed.covers(&UserId::fresh(), &delivery, now));
        assert!(!viewed.covers(&user, &delivery, now.plus_ms(COVERS_MS)));
    }
}
