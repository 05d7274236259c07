//! Whether the probabilities of matches mean what they say: of those said to be 0.9, nine in ten should be right.

use super::tally::MASTERS;
use serde_json::{Value, json};

/// Lower edges of the bins.
const EDGES: [f64; 9] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999];

/// One bin of probabilities.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    n: usize,
    said: f64,
    right: usize,
}

/// First candidates by their probability, for each master.
#[derive(Clone, Debug, Default)]
pub(super) struct Reliability {
    bins: [[Bin; EDGES.len()]; 3],
}

impl Reliability {
    pub(super) fn add(&mut self, who: usize, score: f64, right: bool) {
        let at = EDGES.iter().rposition(|edge| score >= *edge).unwrap_or(0);
        let bin = &mut self.bins[who][at];
        bin.n += 1;
        bin.said += score;
        bin.right += usize::from(right);
    }

    fn rows(&self, who: usize) -> impl Iterator<Item = (f64, &Bin)> {
        EDGES.iter().copied().zip(&self.bins[who]).filter(|(_, b)| b.n > 0)
    }

    pub(super) fn json(&self) -> Value {
        let of = |who: usize| -> Vec<Value> {
            self.rows(who)
                .map(|(from, b)| {
                    let n = b.n as f64;
                    json!({"from": from, "n": b.n, "said": b.said / n, "right": b.right as f64 / n})
                })
                .collect()
        };
        MASTERS.iter().enumerate().map(|(i, who)| ((*who).to_owned(), Value::Array(of(i)))).collect()
    }

    pub(super) fn table(&self) -> String {
        let mut out = String::from("\nprobability of the first candidate     n     said    right\n");
        for (i, who) in MASTERS.iter().enumerate() {
            for (from, b) in self.rows(i) {
                let n = b.n as f64;
                let (said, right) = (100.0 * b.said / n, 100.0 * b.right as f64 / n);
                out += &format!("  {who:<12} from {from:<5}         {:>10} {said:>7.2}% {right:>7.2}%\n", b.n);
            }
        }
        out
    }
}
