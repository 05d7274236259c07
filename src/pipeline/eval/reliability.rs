//! Whether the probabilities of matches mean what they say: of those said to be 0.9, nine in ten should be right.

use super::tally::MASTERS;
use crate::stages::learned::reliability::{self, Bin};
use serde_json::{Value, json};

/// Lower edges of the bins.
const EDGES: [f64; 9] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999];

/// First candidates by their probability and whether they were right, for each master.
#[derive(Clone, Debug, Default)]
pub(super) struct Reliability {
    said: [Vec<(f64, bool)>; 3],
}

impl Reliability {
    pub(super) fn add(&mut self, who: usize, score: f64, right: bool) {
        self.said[who].push((score, right));
    }

    fn rows(&self, who: usize) -> Vec<Bin> {
        reliability::table(&EDGES, self.said[who].iter().copied())
    }

    pub(super) fn json(&self) -> Value {
        let row = |b: &Bin| json!({"from": b.from, "n": b.count, "said": b.said, "right": b.right});
        let of = |who: usize| -> Vec<Value> { self.rows(who).iter().map(row).collect() };
        MASTERS.iter().enumerate().map(|(i, who)| ((*who).to_owned(), Value::Array(of(i)))).collect()
    }

    pub(super) fn table(&self) -> String {
        let mut out = String::from("\nprobability of the first candidate     n     said    right\n");
        for (i, who) in MASTERS.iter().enumerate() {
            for Bin { from, count, said, right } in self.rows(i) {
                let (said, right) = (100.0 * said, 100.0 * right);
                out += &format!("  {who:<12} from {from:<5}         {count:>10} {said:>7.2}% {right:>7.2}%\n");
            }
        }
        out
    }
}
