//! The lowest point of a convex function, for what is learned from examples.

const STEPS: usize = 400;

/// Accelerated descent of a convex function; the step halves until it fits, and the momentum restarts when it overshoots.
pub fn descend(start: Vec<f64>, judge: impl Fn(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let n = start.len();
    let (mut at, mut ahead, mut gradient, mut spare) = (start.clone(), start, vec![0.0; n], vec![0.0; n]);
    let (mut step, mut momentum) = (0.05f64, 1.0f64);
    let mut value = judge(&at, &mut spare);
    for _ in 0..STEPS {
        let here = judge(&ahead, &mut gradient);
        let square: f64 = gradient.iter().map(|g| g * g).sum();
        if square < 1e-10 {
            break;
        }
        let (next, reached) = loop {
            let next: Vec<f64> = ahead.iter().zip(&gradient).map(|(w, g)| w - step * g).collect();
            let reached = judge(&next, &mut spare);
            if reached <= here - 0.5 * step * square || step < 1e-9 {
                break (next, reached);
            }
            step /= 2.0;
        };
        if reached > value {
            momentum = 1.0;
            ahead.copy_from_slice(&at);
            continue;
        }
        let later = (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt()) / 2.0;
        ahead = next.iter().zip(&at).map(|(n, o)| n + (momentum - 1.0) / later * (n - o)).collect();
        let done = (value - reached).abs() < 1e-9;
        (at, value, momentum) = (next, reached, later);
        if done {
            break;
        }
        step *= 1.1;
    }
    at
}
