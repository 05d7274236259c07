//! The interval of Wilson's score (1927) for a share: also honest for few cases and for shares near 0 and 1.

/// The 97.5th percentile of the normal distribution: 95 % lie within it on both sides.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The share itself.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The share of `right` among `n`; nothing can be said of none.
pub fn wilson(right: u64, n: u64) -> Option<Interval> {
    if n == 0 || right > n {
        return None;
    }
    let (count, share) = (n as f64, right as f64 / n as f64);
    let z2 = Z * Z;
    let middle = (share + z2 / (2.0 * count)) / (1.0 + z2 / count);
    let half = Z / (1.0 + z2 / count) * (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt();
    // At the ends the interval touches them exactly; what is left is rounding.
    let low = if right == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if right == n { 1.0 } else { (middle + half).min(1.0) };
    Some(Interval { share, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_intervals_are_those_in_print() {
        // Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score without continuity correction).
        for (right, n, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = wilson(right, n).unwrap();
            assert!((interval.low - low).abs() < 0.000_06, "{right}/{n}: {interval:?}");
            assert!((interval.high - high).abs() < 0.000_06, "{right}/{n}: {interval:?}");
        }
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(5, 5).map(|i| i.high), Some(1.0));
    }
}
