//! From which confidence on the program is as right as somebody wants: only where enough confirmed documents say so.

use super::wilson::{Z, wilson};

/// The answer for one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// From that confidence on the lower end of the interval reaches what is wanted.
    From {
        /// The confidence.
        confidence: f32,
        /// Values at or above it.
        n: u64,
        /// Those of them that were right.
        right: u64,
    },
    /// No value above any confidence could show it, were all of them right: so many are needed.
    TooFew {
        /// Values that there are.
        n: u64,
        /// Values without a fault that would be enough.
        needed: u64,
    },
    /// There are enough values, and no confidence keeps the wrong ones out.
    Never {
        /// Values that there are.
        n: u64,
    },
}

/// The lowest confidence of which the values at or above it are right as often as `wanted`, by the lower end of their 95 %
/// interval. It never goes beyond what was seen.
pub fn lowest_threshold(values: &[(f32, bool)], wanted: f64) -> Threshold {
    let mut sorted: Vec<(f32, bool)> = values.iter().copied().filter(|(c, _)| c.is_finite()).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total = sorted.len() as u64;
    let wanted = wanted.clamp(0.5, 0.9999);
    // n of n right has the lower end n / (n + z²).
    let needed = (Z * Z * wanted / (1.0 - wanted)).ceil() as u64;
    if total < needed {
        return Threshold::TooFew { n: total, needed };
    }
    let (mut n, mut right, mut lowest) = (0, 0, None);
    // Equal confidences stand or fall together.
    for run in sorted.chunk_by(|a, b| a.0 == b.0) {
        n += run.len() as u64;
        right += run.iter().filter(|(_, right)| *right).count() as u64;
        if wilson(right, n).is_some_and(|interval| interval.low >= wanted) {
            lowest = run.first().map(|(confidence, _)| Threshold::From { confidence: *confidence, n, right });
        }
    }
    lowest.unwrap_or(Threshold::Never { n: total })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thousand values whose every tenth below 0.8 is wrong.
    fn values() -> Vec<(f32, bool)> {
        (0..1000).map(|i| (i as f32 / 1000.0, i >= 800 || i % 10 != 0)).collect()
    }

    #[test]
    fn the_threshold_keeps_the_wrong_ones_out() {
        let Threshold::From { confidence, n, right } = lowest_threshold(&values(), 0.95) else {
            panic!("there is one")
        };
        assert!((0.5..0.8).contains(&confidence), "{confidence}");
        assert!(wilson(right, n).unwrap().low >= 0.95);
    }

    #[test]
    fn more_wanted_is_never_a_lower_threshold() {
        let at = |wanted| match lowest_threshold(&values(), wanted) {
            Threshold::From { confidence, .. } => f64::from(confidence),
            Threshold::Never { .. } | Threshold::TooFew { .. } => 2.0,
        };
        let steps: Vec<f64> = (50..100).map(|percent| at(f64::from(percent) / 100.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[0] <= pair[1]), "{steps:?}");
        assert!(steps.first() < steps.last());
    }

    #[test]
    fn too_few_are_said_to_be_too_few() {
        let right = vec![(0.99f32, true); 764];
        assert_eq!(lowest_threshold(&right[..763], 0.995), Threshold::TooFew { n: 763, needed: 765 });
        assert_eq!(lowest_threshold(&[], 0.9), Threshold::TooFew { n: 0, needed: 35 });
        let wrong = vec![(0.9f32, false); 100];
        assert_eq!(lowest_threshold(&wrong, 0.9), Threshold::Never { n: 100 });
        let enough = vec![(0.9f32, true); 765];
        assert_eq!(lowest_threshold(&enough, 0.995), Threshold::From { confidence: 0.9, n: 765, right: 765 });
    }
}
