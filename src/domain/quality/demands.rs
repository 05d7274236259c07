//! Which confidence the office demands of a value: what the program ships with, or more where a manager has set it.

use crate::domain::FieldName;
use std::collections::BTreeMap;

/// A manager demands no less certainty of a value than this.
const VALUE_CERTAIN: f32 = 0.6;

/// A confidence in millionths, as it is set and kept: the same on every database and in every sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Millionths(pub i64);

impl Millionths {
    /// Nothing lower can be demanded.
    pub const FLOOR: Millionths = Millionths(600_000);

    /// Rounded up, so that what is demanded is never less than what was worked out, and never under the floor.
    pub fn of(confidence: f32) -> Millionths {
        // The few steps of `f32` below a round number are that number.
        let up = (f64::from(confidence) * 1e6 - 0.05).ceil();
        Millionths((up as i64).clamp(Millionths::FLOOR.0, 1_000_000))
    }

    /// As a confidence.
    pub fn confidence(self) -> f32 {
        (self.0 as f64 / 1e6) as f32
    }
}

/// What managers have set, by field. A field that nobody has set has the floor of the program, which stands beneath all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demands(BTreeMap<FieldName, Millionths>);

impl Demands {
    /// Of what was set last for each field; what is no more than the floor demands nothing of its own.
    pub fn new(set: impl IntoIterator<Item = (FieldName, Millionths)>) -> Demands {
        Demands(set.into_iter().filter(|(_, least)| *least > Millionths::FLOOR).collect())
    }

    /// The confidence that a manager has set for a field, where it is more than the floor.
    pub fn set(&self, field: FieldName) -> Option<f32> {
        self.0.get(&field).map(|least| least.confidence().max(VALUE_CERTAIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_demanded_under_the_floor_and_nothing_is_rounded_down() {
        assert!((Millionths::FLOOR.confidence() - VALUE_CERTAIN).abs() < f32::EPSILON);
        for confidence in [0.9, 0.91234, 0.999_999, 0.600_001, 1.0, 0.7, 0.95] {
            let kept = Millionths::of(confidence).confidence();
            assert!((f64::from(kept) - f64::from(confidence)).abs() <= 1.1e-6, "{confidence} became {kept}");
        }
        assert_eq!(Millionths::of(0.9), Millionths(900_000), "a value of just that confidence passes");
        assert!(0.9f32 >= Millionths::of(0.9).confidence());
        assert_eq!(Millionths::of(0.1), Millionths::FLOOR);
        assert_eq!(Millionths::of(f32::NAN), Millionths::FLOOR);
        let demands = Demands::new([
            (FieldName::PatientName, Millionths(10)),
            (FieldName::PatientBirthDate, Millionths::FLOOR),
            (FieldName::PatientId, Millionths(950_000)),
        ]);
        assert_eq!(demands.set(FieldName::PatientName), None);
        assert_eq!(demands.set(FieldName::PatientBirthDate), None);
        assert_eq!(demands.set(FieldName::PatientId), Some(0.95));
    }
}
