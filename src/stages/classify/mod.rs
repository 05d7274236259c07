//! What a document is: titles, words for and against, whom it addresses, which labels it carries; never the title alone.

pub mod titles;

use crate::domain::{Hospital, Kind, ReadPage, Recipes};
use crate::stages::sheet::Sheet;
use crate::text::{confusable, fold};
use titles::PageKind;

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

/// What a title is worth beside the cues.
const TITLE_WEIGHT: f32 = 4.0;
/// Below this nothing speaks.
const SPEAKS: f32 = 1.6;

/// Classifies the pages of one document.
pub fn classify(pages: &[&ReadPage], recipes: &Recipes, hospital: &Hospital) -> Classified {
    let mut scores: Vec<(Kind, f32)> =
        recipes.kinds.iter().filter(|k| k.kind != Kind::Unknown).map(|k| (k.kind, 0.0)).collect();
    let mut text: Vec<char> = Vec::new();
    let mut cover: Vec<char> = Vec::new();
    for page in pages {
        let look = titles::look(page, recipes, hospital);
        let weight = match look.kind {
            // A cover sheet names what follows; its own words are no cues.
            PageKind::Cover if pages.len() > 1 => 0.0,
            PageKind::Annex => 0.3,
            _ => 1.0,
        };
        for (kind, strength) in &look.titles {
            if let Some(score) = scores.iter_mut().find(|s| s.0 == *kind) {
                score.1 = score.1.max(TITLE_WEIGHT * strength * weight);
            }
        }
        let plain = fold::label_key(&Sheet::of(&titles::without_header(page)).plain());
        if weight > 0.0 {
            text.extend(plain);
            text.push('\n');
        } else {
            cover.extend(plain);
        }
    }
    for recipe in &recipes.kinds {
        let Some(score) = scores.iter_mut().find(|s| s.0 == recipe.kind) else { continue };
        for cue in &recipe.cues {
            let seen = cue.words.iter().map(|w| word_seen(&fold::label_key(w), &text)).fold(0.0, f32::max);
            score.1 += cue.weight * seen;
        }
        // 件名: 診療情報提供書
        let named = recipe
            .titles
            .iter()
            .map(|t| fold::label_key(t))
            .filter(|k| k.len() >= 4)
            .map(|k| word_seen(&k, &cover))
            .fold(0.0, f32::max);
        score.1 += 0.8 * named;
    }
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = scores.first().copied().unwrap_or((Kind::Unknown, 0.0));
    let weights: Vec<f32> = scores.iter().map(|s| (1.3 * (s.1 - best.1)).exp()).collect();
    let total: f32 = weights.iter().sum::<f32>() + (1.3 * (SPEAKS - best.1)).exp();
    let share = |i: usize| weights[i] / total.max(1e-6);
    let ranked: Vec<(Kind, f32)> = scores.iter().enumerate().map(|(i, s)| (s.0, share(i))).collect();
    if best.1 < SPEAKS {
        return Classified {
            kind: Kind::Unknown,
            confidence: 1.0 - (best.1 / SPEAKS).clamp(0.0, 1.0) * 0.5,
            runners_up: ranked.into_iter().take(3).collect(),
        };
    }
    Classified { kind: best.0, confidence: ranked[0].1, runners_up: ranked.into_iter().skip(1).take(3).collect() }
}

/// 1 when the word stands in the text, less when it stands there misread, 0 when it does not.
fn word_seen(key: &[char], text: &[char]) -> f32 {
    if key.is_empty() || text.len() < key.len() {
        return 0.0;
    }
    if text.windows(key.len()).any(|w| w == key) {
        return 1.0;
    }
    let most = match key.len() {
        0..=3 => 0.0,
        4 => 0.8,
        n => 0.22 * n as f32,
    };
    if most <= 0.0 {
        return 0.0;
    }
    confusable::find(key, text, most).map_or(0.0, |(_, _, cost)| 1.0 - cost / key.len() as f32)
}
