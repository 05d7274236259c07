//! Values of which it is known whether they were right to weights: maximum likelihood, a field's own weights pulled towards
//! none, so that a field with few values does as all fields do. No chance in it: the same values give the same weights.

use super::{HeldOut, Own, SIGNS, Sign, Signs, Weights};
use crate::domain::FieldName;
use crate::stages::learned::descent::descend;
use crate::stages::learned::reliability;

/// Parts into which the files are cut: the values of each are judged by weights learned from the others.
pub const FOLDS: usize = 5;
/// How strongly each shared weight is pulled towards 0.
const SHARED_PULL: f64 = 0.1;
/// How strongly a field's own [`Own::plain`] is.
const PLAIN_PULL: f64 = 1.0;
/// How strongly a field's own [`Own::read`] is.
const READ_PULL: f64 = 3.0;
/// Lower edges of the bins of the reliability table.
const EDGES: [f64; 8] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99];

/// A value that was read, and whether it was right.
#[derive(Clone, Debug)]
pub struct Example {
    /// The values of one file are never parted.
    pub file: String,
    /// Which field.
    pub field: FieldName,
    /// What spoke for it.
    pub signs: Signs,
    /// What extraction called its confidence.
    pub said: f32,
    /// Whether it was right.
    pub right: bool,
}

/// What training gave.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Learned from all values.
    pub weights: Weights,
    /// How the weights in use did on the same values, or extraction's own word where there are none.
    pub before: HeldOut,
    /// How weights learned without them did on held-out values.
    pub after: HeldOut,
}

impl Trained {
    /// Whether the new weights did worse on held-out values than what there was before.
    pub fn worse(&self) -> bool {
        self.after.log_loss > self.before.log_loss
    }
}

/// Learns from `examples`; `base` is what is in use.
pub fn train(examples: &[Example], base: Option<&Weights>) -> Trained {
    let mut files: Vec<&str> = examples.iter().map(|e| e.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    let part = |e: &Example| files.binary_search(&e.file.as_str()).unwrap_or_default() % FOLDS;
    let mut held_out = Vec::new();
    for fold in 0..FOLDS {
        let (mine, rest): (Vec<&Example>, Vec<&Example>) = examples.iter().partition(|e| part(e) == fold);
        let weights = fit(&rest);
        held_out.extend(mine.iter().map(|e| (weights.probability(e.field, &e.signs), e.right)));
    }
    let after = judged(held_out);
    let now = |e: &Example| base.map_or(f64::from(e.said), |weights| weights.probability(e.field, &e.signs));
    let before = judged(examples.iter().map(|e| (now(e), e.right)));
    let mut weights = fit(&examples.iter().collect::<Vec<_>>());
    weights.held_out = Some(after.clone());
    Trained { weights, before, after }
}

fn fit(examples: &[&Example]) -> Weights {
    let fields = FieldName::ALL.len();
    let place = |field: FieldName| FieldName::ALL.iter().position(|f| *f == field).unwrap_or_default();
    let read = Sign::Read as usize;
    // One row: the shared weights, then for each field its own two.
    let places: Vec<usize> = examples.iter().map(|e| SIGNS + 2 * place(e.field)).collect();
    let pull = |i: usize| match i {
        i if i < SIGNS => SHARED_PULL,
        i if (i - SIGNS).is_multiple_of(2) => PLAIN_PULL,
        _ => READ_PULL,
    };
    let judge = |row: &[f64], gradient: &mut [f64]| -> f64 {
        let mut value = 0.0;
        for (i, (g, w)) in gradient.iter_mut().zip(row).enumerate() {
            value += 0.5 * pull(i) * w * w;
            *g = pull(i) * w;
        }
        for (e, at) in examples.iter().zip(&places) {
            let signs = &e.signs.0;
            let odds = row.iter().zip(signs).map(|(w, s)| w * s).sum::<f64>() + row[*at] + row[at + 1] * signs[read];
            let p = 1.0 / (1.0 + (-odds).exp());
            let truth = f64::from(u8::from(e.right));
            value -= (if e.right { p } else { 1.0 - p }).max(1e-12).ln();
            for (g, sign) in gradient.iter_mut().zip(signs) {
                *g += (p - truth) * sign;
            }
            gradient[*at] += p - truth;
            gradient[at + 1] += (p - truth) * signs[read];
        }
        value
    };
    let row = descend(vec![0.0; SIGNS + 2 * fields], judge);
    let mut weights = Weights::default();
    weights.shared.copy_from_slice(&row[..SIGNS]);
    for (i, field) in FieldName::ALL.iter().enumerate() {
        let values = examples.iter().filter(|e| e.field == *field).count();
        let at = SIGNS + 2 * i;
        if values > 0 {
            weights.own.insert(*field, Own { values, plain: row[at], read: row[at + 1] });
        }
    }
    weights
}

/// What was said against what came true; no single value costs more than a chance of one in a thousand does.
fn judged(said: impl IntoIterator<Item = (f64, bool)>) -> HeldOut {
    let said: Vec<(f64, bool)> = said.into_iter().map(|(p, right)| (p.clamp(1e-3, 1.0 - 1e-3), right)).collect();
    let loss: f64 = said.iter().map(|(p, right)| -(if *right { *p } else { 1.0 - p }).ln()).sum();
    HeldOut {
        values: said.len(),
        log_loss: loss / said.len().max(1) as f64,
        reliability: reliability::table(&EDGES, said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crowd of values of two fields: birth dates are right whatever extraction says, telephone numbers half of the time.
    fn crowd() -> Vec<Example> {
        let example = |i: usize, field, said: f32, right| {
            let mut signs = Signs::default();
            signs.0[Sign::Plain as usize] = 1.0;
            signs.0[Sign::Read as usize] = f64::from(said / (1.0 - said)).ln();
            Example { file: format!("{}", i / 4), field, signs, said, right }
        };
        let dates = (0..200).map(|i| example(i, FieldName::PatientBirthDate, 0.6, i % 100 != 0));
        let numbers = (0..200).map(|i| example(i, FieldName::SenderPhone, 0.95, i % 2 == 0));
        dates.chain(numbers).collect()
    }

    #[test]
    fn what_is_said_afterwards_is_what_comes_true() {
        let trained = train(&crowd(), None);
        let said = |field, confidence: f64| {
            let mut signs = Signs::default();
            signs.0[Sign::Plain as usize] = 1.0;
            signs.0[Sign::Read as usize] = (confidence / (1.0 - confidence)).ln();
            trained.weights.probability(field, &signs)
        };
        assert!((said(FieldName::PatientBirthDate, 0.6) - 0.99).abs() < 0.02);
        assert!((said(FieldName::SenderPhone, 0.95) - 0.5).abs() < 0.05);
        assert!(!trained.worse() && trained.after.log_loss < 0.7 * trained.before.log_loss);
        assert_eq!(trained.after.values, 400);
        let again = train(&crowd(), Some(&trained.weights));
        assert_eq!(again.weights, trained.weights, "the same values give the same weights");
        assert!(again.before.log_loss < trained.before.log_loss, "compared with the weights in use");
    }

    #[test]
    fn a_field_that_nobody_has_seen_does_as_all_do() {
        let trained = train(&crowd(), None);
        assert!(!trained.weights.own.contains_key(&FieldName::Facility));
        let mut signs = Signs::default();
        signs.0[Sign::Plain as usize] = 1.0;
        let p = trained.weights.probability(FieldName::Facility, &signs);
        assert!((0.0..=0.999).contains(&p));
    }
}
