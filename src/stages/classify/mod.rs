//! What a document is: titles, words for and against, whom it addresses, which labels it carries, how it looks; never
//! the title alone. The signs have names (`signs`), their weights are a file (`model_file`) that can be learned (`learn`).

mod composed;
pub mod learn;
pub mod model;
pub mod model_file;
pub mod signs;
pub mod titles;

use crate::domain::{Hospital, Kind, ReadPage, Recipes};
use model::Model;

/// The kind and what else it could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// The best kind; `Unknown` when nothing speaks for any.
    pub kind: Kind,
    /// 0 to 1.
    pub confidence: f32,
    /// The next best, with their confidence.
    pub runners_up: Vec<(Kind, f32)>,
}

/// Classifies the pages of one document.
pub fn classify(pages: &[&ReadPage], recipes: &Recipes, hospital: &Hospital, model: &Model) -> Classified {
    let signs = signs::gather(pages, recipes, hospital);
    let probabilities = model.probabilities(&signs);
    let mut ranked: Vec<(Kind, f32)> = Kind::ALL.iter().copied().zip(probabilities.iter().map(|p| *p as f32)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (kind, confidence) = ranked.first().copied().unwrap_or((Kind::Unknown, 0.0));
    Classified { kind, confidence, runners_up: ranked.into_iter().skip(1).take(3).collect() }
}
