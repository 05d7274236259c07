//! The weights by which signs become a kind: a multinomial logistic model, small enough to be read by a person.

use super::signs::{SIGNS, Signs, TRAITS};
use crate::domain::Kind;
use crate::stages::learned::reliability::Bin;

/// What one kind adds to the weights that all kinds share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// How much speaks for the kind before anything is seen.
    pub bias: f64,
    /// Added to the shared weight of each sign.
    pub signs: [f64; SIGNS],
    /// The weight of each trait.
    pub traits: [f64; TRAITS],
    /// Documents of the kind that it was trained on.
    pub documents: usize,
}

/// How well a model did on documents that it was not trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Share of the documents whose kind was right.
    pub accuracy: f64,
    /// Mean of −ln of the confidence in the right kind.
    pub log_loss: f64,
    /// Confidence against truth.
    pub reliability: Vec<Bin>,
}

/// A model of kinds (種類の判定の重み).
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The day on which it was made, as written in its file.
    pub made: String,
    /// What it was made from, for people.
    pub from: String,
    /// How it did on documents it had not seen; `None` for weights set by hand.
    pub held_out: Option<HeldOut>,
    /// What the scores are divided by before they become probabilities.
    pub temperature: f64,
    /// The weight of each sign.
    pub shared: [f64; SIGNS],
    /// By kind, in the order of [`Kind::ALL`].
    pub own: Vec<Own>,
}

impl Model {
    /// A model in which nothing speaks for any kind.
    pub fn blank() -> Model {
        Model {
            made: String::new(),
            from: String::new(),
            held_out: None,
            temperature: 1.0,
            shared: [0.0; SIGNS],
            own: vec![Own::default(); Kind::ALL.len()],
        }
    }

    /// The score of each kind, in the order of [`Kind::ALL`].
    pub fn scores(&self, signs: &Signs) -> Vec<f64> {
        let of = |(own, values): (&Own, &[f32; SIGNS])| {
            let shared = self.shared.iter().zip(&own.signs).zip(values).map(|((s, o), x)| (s + o) * f64::from(*x));
            let traits = own.traits.iter().zip(&signs.of_page).map(|(w, x)| w * f64::from(*x));
            own.bias + shared.sum::<f64>() + traits.sum::<f64>()
        };
        self.own.iter().zip(&signs.of_kind).map(of).collect()
    }

    /// The probability of each kind, in the order of [`Kind::ALL`].
    pub fn probabilities(&self, signs: &Signs) -> Vec<f64> {
        let scores: Vec<f64> = self.scores(signs).iter().map(|s| s / self.temperature).collect();
        softmax(&scores)
    }
}

/// Scores to probabilities.
pub fn softmax(scores: &[f64]) -> Vec<f64> {
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|w| w / total).collect()
}
