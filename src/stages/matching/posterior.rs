//! From log odds to probabilities that add up: one of the candidates, or nobody in the master.

/// Probabilities of the candidates; what is left is "nobody of these". `log_odds` are natural logarithms that already
/// hold each candidate's prior, `nobody` the logarithm of the weight of everybody outside the master.
pub(super) fn probabilities(log_odds: &[f64], nobody: f64) -> Vec<f64> {
    let top = log_odds.iter().copied().fold(nobody, f64::max);
    let sum: f64 = (nobody - top).exp() + log_odds.iter().map(|l| (l - top).exp()).sum::<f64>();
    log_odds.iter().map(|l| (l - top).exp() / sum).collect()
}

/// ln(e^a + e^b) for any number of terms.
pub(super) fn log_sum(terms: impl Iterator<Item = f64> + Clone) -> f64 {
    let top = terms.clone().fold(f64::NEG_INFINITY, f64::max);
    if top == f64::NEG_INFINITY { top } else { top + terms.map(|t| (t - top).exp()).sum::<f64>().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_share_one_with_nobody() {
        let p = probabilities(&[0.0, 0.0], 0.0);
        assert!((p[0] - 1.0 / 3.0).abs() < 1e-12);
        let p = probabilities(&[700.0, -900.0], 3.0);
        assert!(p[0] > 0.999_999 && p[1] < 1e-12);
        assert!(probabilities(&[], 1.0).is_empty());
        assert!((log_sum([1.0, 1.0].into_iter()) - (1.0 + 2f64.ln())).abs() < 1e-12);
    }
}
