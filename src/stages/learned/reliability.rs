//! What was said against what came true, as a table.

/// What was said with a probability between two edges.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Lower edge of the probability.
    pub from: f64,
    /// How much was said so.
    pub count: usize,
    /// Mean of the probability.
    pub said: f64,
    /// Share that was right.
    pub right: f64,
}

/// The table of what was said with which probability and whether it was right; `edges` are the lower ones, the first is 0.
/// Bins that nothing fell into are left out.
pub fn table(edges: &[f64], all: impl IntoIterator<Item = (f64, bool)>) -> Vec<Bin> {
    let mut bins: Vec<Bin> = edges.iter().map(|from| Bin { from: *from, ..Bin::default() }).collect();
    for (said, right) in all {
        let bin = &mut bins[edges.iter().rposition(|edge| said >= *edge).unwrap_or_default()];
        bin.count += 1;
        bin.said += said;
        bin.right += f64::from(u8::from(right));
    }
    bins.retain(|bin| bin.count > 0);
    for bin in &mut bins {
        bin.said /= bin.count as f64;
        bin.right /= bin.count as f64;
    }
    bins
}
