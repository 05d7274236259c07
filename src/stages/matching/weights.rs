//! What each comparison weighs, as log odds in nats (Fellegi-Sunter): ln of how probable it is when the row is the
//! right one, over how probable when it is any other. General figures of the trade, not fitted to any master.

use super::address::Place;
use super::clues::{SeenDay, SeenDigits};
use super::digits::{Apart, Day, DayApart, compare, compare_days};
use crate::domain::Verdict;

/// Share of documents whose patient is not in the master (初診).
pub(super) const NEW_PATIENT: f64 = 0.3;
/// Of new patients: of one household with a patient of the master.
pub(super) const HOUSEHOLD: f64 = 0.1;
/// Of new patients: twin of a patient of the master. Far above the births, since a twin linked wrongly is the worst error.
pub(super) const TWIN: f64 = 0.02;
/// Share of senders that are not in the master.
pub(super) const NEW_SENDER: f64 = 0.12;
/// Of new senders: in one house or under one number with a sender of the master (薬局の別店舗, 併設の事業所).
pub(super) const SAME_HOUSE: f64 = 0.1;
/// Share of signing doctors that are not in the master though their institution is.
pub(super) const NEW_DOCTOR: f64 = 0.15;

/// Log odds and what staff are told.
pub(super) type Weight = (f32, Verdict);

/// Nothing to compare.
pub(super) const UNKNOWN: Weight = (0.0, Verdict::Unknown);

/// A birth date; `anybody` is the share of people born on one day of that year.
pub(super) fn birth(seen: &SeenDay, master: Option<Day>, anybody: f32) -> Weight {
    let Some(master) = master else { return UNKNOWN };
    let over = |share: f32| (share / anybody).ln();
    match compare_days(seen.value, master) {
        DayApart::Nothing => (over(0.93), Verdict::Agree),
        _ if seen.others.contains(&master) => (over(0.05), Verdict::Close),
        DayApart::Era => (over(0.004), Verdict::Close),
        DayApart::LikeDigit => (over(0.002), Verdict::Close),
        // What is in no calendar was surely misread.
        DayApart::LikeDigits if !seen.value.possible() => (over(0.001), Verdict::Close),
        DayApart::LikeDigits => (over(0.0001), Verdict::Differ),
        DayApart::Near if !seen.value.possible() => (over(0.001), Verdict::Close),
        DayApart::Much if !seen.value.possible() => (-1.0, Verdict::Differ),
        DayApart::Near => (over(0.0003), Verdict::Differ),
        // A date of something else may stand where the birth date was looked for; a sure reading is a sure difference.
        DayApart::Much if seen.confidence >= 0.8 => (-5.0, Verdict::Differ),
        DayApart::Much if seen.confidence >= 0.5 => (-4.2, Verdict::Differ),
        DayApart::Much => (-3.0, Verdict::Differ),
    }
}

/// A number that should be the row's own: what equality, one misreading and a difference weigh.
pub(super) fn number(seen: &SeenDigits, master: &[u8], same: f32, near: f32, other: f32) -> Weight {
    if master.is_empty() {
        return UNKNOWN;
    }
    match compare(&seen.value, master) {
        Apart::Nothing => (same, Verdict::Agree),
        _ if seen.others.iter().any(|o| o == master) => (same - 2.5, Verdict::Close),
        Apart::LikeDigit => (near, Verdict::Close),
        Apart::OneDigit => (near - 1.0, Verdict::Close),
        Apart::TwoLikeDigits => (near - 3.0, Verdict::Differ),
        Apart::Much => (other, Verdict::Differ),
    }
}

/// Sex: circled among two printed words, so seldom sure.
pub(super) fn sex(seen: &str, confidence: f32, master: &str) -> Weight {
    if !matches!(seen, "male" | "female") || !matches!(master, "male" | "female") {
        UNKNOWN
    } else if seen == master {
        (0.5, Verdict::Agree)
    } else if confidence >= 0.8 {
        (-3.0, Verdict::Differ)
    } else {
        (-1.2, Verdict::Differ)
    }
}

/// Where somebody lives or works: address and postal code say one thing twice. `postal_share` is how many rows have the code.
pub(super) fn location(place: Place, postal: Weight, postal_share: f32, away: f32) -> f32 {
    let code = match postal.1 {
        Verdict::Agree => (0.9 / postal_share.max(1e-4)).ln().clamp(0.0, 5.0),
        Verdict::Close => 0.7,
        Verdict::Differ => away * 0.6,
        Verdict::Unknown => 0.0,
    };
    match place {
        Place::Same => 8.0,
        Place::Nearly => 6.0,
        Place::Town => code.max(1.5),
        Place::Other if code > 0.0 => 0.4 * code - 1.0,
        Place::Other => away,
        Place::Unknown => code,
    }
}

/// What staff are told about an address.
pub(super) fn place_verdict(place: Place) -> Verdict {
    match place {
        Place::Same => Verdict::Agree,
        Place::Nearly => Verdict::Close,
        Place::Town | Place::Other => Verdict::Differ,
        Place::Unknown => Verdict::Unknown,
    }
}
