//! Documents whose kind is known to a model: maximum likelihood, pulled towards the weights there were before.
//! No chance in it: the same documents give the same weights.

use super::model::{HeldOut, Model, softmax};
use super::signs::{SIGNS, Signs, TRAITS, place};
use crate::domain::Kind;
use crate::stages::learned::descent::descend;
use crate::stages::learned::reliability;

/// Parts into which the documents are cut: each is judged by weights learned from the others.
pub const FOLDS: usize = 5;
/// With fewer documents of a kind, the kind keeps its weights.
pub const FEWEST: usize = 5;
/// How strongly weights may be pulled back.
const PULLS: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];
/// A kind's own weight is pulled more than a shared one, because it has fewer documents to go by.
const OWN_PULL: f64 = 2.0;
/// Lower edges of the bins of the reliability table.
const EDGES: [f64; 7] = [0.0, 0.5, 0.7, 0.8, 0.9, 0.97, 0.99];

/// A document whose kind is known.
#[derive(Clone, Debug)]
pub struct Example {
    /// What the documents of one file, which may resemble each other, have in common: they are never parted.
    pub file: String,
    /// What it is.
    pub kind: Kind,
    /// What it shows.
    pub signs: Signs,
    /// It is one page of several: pages are looked at by themselves too, but only whole documents are counted.
    pub alone: bool,
}

/// What training gave.
#[derive(Clone, Debug)]
pub struct Trained {
    /// How many documents it was learned from.
    pub documents: usize,
    /// The new model, learned from all documents.
    pub model: Model,
    /// How the weights before did on the same documents.
    pub before: HeldOut,
    /// How weights learned without them did on held-out documents.
    pub after: HeldOut,
    /// Right kind, guessed kind, how often: of held-out documents.
    pub confusions: Vec<(Kind, Kind, usize)>,
    /// Kinds that keep the weights they had, with the number of their documents.
    pub kept: Vec<(Kind, usize)>,
}

impl Trained {
    /// Whether the new weights did worse on held-out documents than the ones before.
    pub fn worse(&self) -> bool {
        let (before, after) = (&self.before, &self.after);
        after.accuracy < before.accuracy || (after.accuracy == before.accuracy && after.log_loss > before.log_loss)
    }
}

/// Learns from `examples`, starting from and pulled towards `base`.
pub fn train(examples: &[Example], base: &Model) -> Trained {
    let mut sorted: Vec<&Example> = examples.iter().collect();
    sorted.sort_by(|a, b| a.file.cmp(&b.file));
    // Decided once, so that the parts learn as the whole does.
    let frozen: Vec<bool> = Kind::ALL.iter().map(|k| count(&sorted, *k) < FEWEST).collect();
    let (pull, scores) = strongest_pull(&sorted, base, &frozen);
    let temperature = best_temperature(&sorted, &scores);
    let after = judged(&sorted, &scores, temperature);
    let before: Vec<Vec<f64>> = sorted.iter().map(|e| base.scores(&e.signs)).collect();
    let mut model = fit(&sorted, base, pull, &frozen);
    model.temperature = temperature;
    model.held_out = Some(after.clone());
    let kept = Kind::ALL.iter().map(|k| (*k, count(&sorted, *k))).filter(|(_, n)| *n < FEWEST).collect();
    Trained {
        documents: sorted.iter().filter(|e| !e.alone).count(),
        before: judged(&sorted, &before, base.temperature),
        after,
        confusions: confusions(&sorted, &scores),
        kept,
        model,
    }
}

fn count(examples: &[&Example], kind: Kind) -> usize {
    examples.iter().filter(|e| e.kind == kind && !e.alone).count()
}

/// The part of each document: files are dealt out in turn, kind by kind, so that every part has of every kind.
fn folds(examples: &[&Example]) -> Vec<usize> {
    let mut files: Vec<(Kind, &str)> = Vec::new();
    for e in examples {
        if !files.iter().any(|f| f.1 == e.file) {
            files.push((e.kind, &e.file));
        }
    }
    files.sort();
    let part = |e: &&Example| files.iter().position(|f| f.1 == e.file).unwrap_or_default() % FOLDS;
    examples.iter().map(part).collect()
}

/// The strongest pull that does as well on held-out documents as the best one, but for one standard error: what arrives
/// later resembles the documents less than these resemble each other. With it, the scores of the held-out documents.
fn strongest_pull(examples: &[&Example], base: &Model, frozen: &[bool]) -> (f64, Vec<Vec<f64>>) {
    let mut tried: Vec<(f64, Vec<Vec<f64>>, Vec<f64>)> = Vec::new();
    let folds = folds(examples);
    for pull in PULLS {
        let scores = held_out_scores(examples, &folds, base, pull, frozen);
        let losses = losses(examples, &scores, best_temperature(examples, &scores));
        tried.push((pull, scores, losses));
    }
    let sum = |losses: &[f64]| losses.iter().sum::<f64>();
    let least = tried.iter().map(|t| &t.2).min_by(|a, b| sum(a).total_cmp(&sum(b))).cloned().unwrap_or_default();
    let as_good = |losses: &[f64]| {
        let n = losses.len().max(1) as f64;
        let worse: Vec<f64> = losses.iter().zip(&least).map(|(a, b)| a - b).collect();
        let mean = worse.iter().sum::<f64>() / n;
        let spread = (worse.iter().map(|w| (w - mean) * (w - mean)).sum::<f64>() / n).sqrt();
        mean <= spread / n.sqrt()
    };
    let (pull, scores, _) = tried.into_iter().rev().find(|t| as_good(&t.2)).unwrap_or_default();
    (pull, scores)
}

fn held_out_scores(examples: &[&Example], folds: &[usize], base: &Model, pull: f64, frozen: &[bool]) -> Vec<Vec<f64>> {
    let mut scores = vec![Vec::new(); examples.len()];
    for fold in 0..FOLDS {
        let rest: Vec<&Example> = examples.iter().zip(folds).filter(|(_, f)| **f != fold).map(|(e, _)| *e).collect();
        let model = fit(&rest, base, pull, frozen);
        for ((example, of), score) in examples.iter().zip(folds).zip(&mut scores) {
            if *of == fold {
                *score = model.scores(&example.signs);
            }
        }
    }
    scores
}

/// The weights as one row of numbers: the shared ones, then for each kind its bias, signs and traits.
const OWN: usize = 1 + SIGNS + TRAITS;

fn row_of(model: &Model) -> Vec<f64> {
    let own = model.own.iter().flat_map(|o| std::iter::once(o.bias).chain(o.signs).chain(o.traits));
    model.shared.into_iter().chain(own).collect()
}

fn score(row: &[f64], signs: &Signs, k: usize) -> f64 {
    let own = &row[SIGNS + k * OWN..SIGNS + (k + 1) * OWN];
    let of_kind = &signs.of_kind[k];
    let shared: f64 = (0..SIGNS).map(|i| (row[i] + own[1 + i]) * f64::from(of_kind[i])).sum();
    let traits: f64 = (0..TRAITS).map(|i| own[1 + SIGNS + i] * f64::from(signs.of_page[i])).sum();
    own[0] + shared + traits
}

/// The weights that make the examples most likely and stray least from `base`, whose temperature they take in.
fn fit(examples: &[&Example], base: &Model, pull: f64, frozen: &[bool]) -> Model {
    let start: Vec<f64> = row_of(base).iter().map(|w| w / base.temperature).collect();
    let kinds = Kind::ALL.len();
    // What a frozen kind says does not depend on anything that is learned.
    let of_kind = |row: &[f64], signs: &Signs, k: usize| score(if frozen[k] { &start } else { row }, signs, k);
    let pulls: Vec<f64> = (0..start.len()).map(|i| if i < SIGNS { pull } else { pull * OWN_PULL }).collect();
    let judge = |row: &[f64], gradient: &mut [f64]| -> f64 {
        let mut value = 0.0;
        for (i, g) in gradient.iter_mut().enumerate() {
            let off = row[i] - start[i];
            value += 0.5 * pulls[i] * off * off;
            *g = pulls[i] * off;
        }
        for e in examples {
            let scores: Vec<f64> = (0..kinds).map(|k| of_kind(row, &e.signs, k)).collect();
            let p = softmax(&scores);
            let right = place(e.kind);
            value -= p[right].max(1e-12).ln();
            for k in (0..kinds).filter(|k| !frozen[*k]) {
                let off = p[k] - f64::from(u8::from(k == right));
                if off.abs() < 1e-9 {
                    continue;
                }
                let at = SIGNS + k * OWN;
                gradient[at] += off;
                for i in 0..SIGNS {
                    let x = off * f64::from(e.signs.of_kind[k][i]);
                    gradient[i] += x;
                    gradient[at + 1 + i] += x;
                }
                for i in 0..TRAITS {
                    gradient[at + 1 + SIGNS + i] += off * f64::from(e.signs.of_page[i]);
                }
            }
        }
        value
    };
    let row = descend(start.clone(), judge);
    let mut model = Model { temperature: 1.0, ..base.clone() };
    model.shared.copy_from_slice(&row[..SIGNS]);
    for (k, own) in model.own.iter_mut().enumerate() {
        let from = if frozen[k] { &start } else { &row };
        let at = SIGNS + k * OWN;
        own.bias = from[at];
        for i in 0..SIGNS {
            // A frozen kind's whole weight stays, so what it adds to the shared one changes.
            own.signs[i] = from[at + 1 + i] + from[i] - row[i];
        }
        own.traits.copy_from_slice(&from[at + 1 + SIGNS..at + OWN]);
        if !frozen[k] {
            own.documents = count(examples, Kind::ALL[k]);
        }
    }
    model
}

/// The temperature at which the scores say best how sure they may be.
fn best_temperature(examples: &[&Example], scores: &[Vec<f64>]) -> f64 {
    // 0.5 to 4 in steps of about 4 %.
    let tried = (0..=52).map(|i| 0.5 * 1.0408f64.powi(i));
    tried.min_by(|a, b| loss(examples, scores, *a).total_cmp(&loss(examples, scores, *b))).unwrap_or(1.0)
}

fn cooled(scores: &[f64], temperature: f64) -> Vec<f64> {
    softmax(&scores.iter().map(|s| s / temperature).collect::<Vec<_>>())
}

/// The whole documents with their scores.
fn whole<'a>(
    examples: &'a [&Example],
    scores: &'a [Vec<f64>],
) -> impl Iterator<Item = (&'a &'a Example, &'a Vec<f64>)> {
    examples.iter().zip(scores).filter(|(e, _)| !e.alone)
}

fn losses(examples: &[&Example], scores: &[Vec<f64>], temperature: f64) -> Vec<f64> {
    whole(examples, scores).map(|(e, s)| -cooled(s, temperature)[place(e.kind)].max(1e-12).ln()).collect()
}

fn loss(examples: &[&Example], scores: &[Vec<f64>], temperature: f64) -> f64 {
    let losses = losses(examples, scores, temperature);
    losses.iter().sum::<f64>() / losses.len().max(1) as f64
}

fn guess(values: &[f64]) -> usize {
    (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b]).then(b.cmp(a))).unwrap_or_default()
}

fn judged(examples: &[&Example], scores: &[Vec<f64>], temperature: f64) -> HeldOut {
    let said = |(e, s): (&&Example, &Vec<f64>)| {
        let p = cooled(s, temperature);
        let best = guess(&p);
        (p[best], best == place(e.kind))
    };
    let said: Vec<(f64, bool)> = whole(examples, scores).map(said).collect();
    let right = said.iter().filter(|(_, right)| *right).count();
    HeldOut {
        accuracy: right as f64 / said.len().max(1) as f64,
        log_loss: loss(examples, scores, temperature),
        reliability: reliability::table(&EDGES, said),
    }
}

fn confusions(examples: &[&Example], scores: &[Vec<f64>]) -> Vec<(Kind, Kind, usize)> {
    let mut out: Vec<(Kind, Kind, usize)> = Vec::new();
    for (e, s) in whole(examples, scores) {
        let guessed = Kind::ALL[guess(s)];
        match out.iter_mut().find(|o| (o.0, o.1) == (e.kind, guessed)) {
            Some(o) => o.2 += 1,
            None => out.push((e.kind, guessed, 1)),
        }
    }
    out.sort();
    out
}

#[cfg(test)]
mod tests {
    use super::super::model_file;
    use super::super::signs::Sign;
    use super::*;

    /// Documents whose label sign tells the kind, and whose titles say nothing.
    fn toy(kinds: &[Kind], each: usize) -> Vec<Example> {
        let mut all = Vec::new();
        for (k, kind) in kinds.iter().enumerate() {
            for n in 0..each {
                let mut signs = Signs { of_kind: vec![[0.0; SIGNS]; Kind::ALL.len()], of_page: [0.0; TRAITS] };
                for other in kinds {
                    signs.of_kind[place(*other)][Sign::Title as usize] = 0.5;
                    signs.of_kind[place(*other)][Sign::Labels as usize] = 0.1 * (n % 3) as f32;
                }
                signs.of_kind[place(*kind)][Sign::Labels as usize] = 0.8;
                signs.of_page[k] = 0.2;
                all.push(Example { file: format!("{n:02}-{k}"), kind: *kind, signs, alone: false });
            }
        }
        all
    }

    const TOY: [Kind; 3] = [Kind::Notice, Kind::LabReport, Kind::ReplyLetter];

    fn by_title() -> Model {
        let mut base = Model::blank();
        base.shared[Sign::Title as usize] = 4.0;
        base
    }

    #[test]
    fn what_tells_the_kinds_apart_is_learned() {
        let trained = train(&toy(&TOY, 10), &by_title());
        assert!(trained.before.accuracy < 0.4, "{:?}", trained.before);
        assert!(trained.after.accuracy > 0.99, "{:?}", trained.after);
        assert!(!trained.worse());
        assert!(trained.model.shared[Sign::Labels as usize] > 0.5);
        assert_eq!(trained.model.own[place(Kind::Notice)].documents, 10);
        assert_eq!(trained.confusions.iter().map(|c| c.2).sum::<usize>(), 30);
    }

    #[test]
    fn the_same_documents_in_any_order_give_the_same_file() {
        let examples = toy(&TOY, 7);
        let turned: Vec<Example> = examples.iter().rev().cloned().collect();
        let write = |e: &[Example]| model_file::write(&train(e, &by_title()).model);
        assert_eq!(write(&examples), write(&examples));
        assert_eq!(write(&examples), write(&turned));
    }

    #[test]
    fn a_kind_with_too_few_documents_keeps_its_weights() {
        let mut base = by_title();
        base.own[place(Kind::EventEntry)].bias = 0.7;
        base.own[place(Kind::EventEntry)].signs[Sign::Labels as usize] = 0.3;
        let mut examples = toy(&TOY, 10);
        examples.extend(toy(&[Kind::EventEntry], FEWEST - 1));
        let trained = train(&examples, &base);
        assert!(trained.kept.contains(&(Kind::EventEntry, FEWEST - 1)));
        let (old, new) = (&base.own[place(Kind::EventEntry)], &trained.model.own[place(Kind::EventEntry)]);
        assert_eq!(old.bias, new.bias);
        for i in 0..SIGNS {
            let (before, after) = (base.shared[i] + old.signs[i], trained.model.shared[i] + new.signs[i]);
            assert!((before - after).abs() < 1e-9, "{i}: {before} {after}");
        }
    }

    #[test]
    fn single_pages_teach_but_are_not_counted() {
        let mut examples = toy(&TOY, 10);
        let alone: Vec<Example> = examples.iter().map(|e| Example { alone: true, ..e.clone() }).collect();
        examples.extend(alone);
        let trained = train(&examples, &by_title());
        assert_eq!(trained.documents, 30);
        assert_eq!(trained.after.reliability.iter().map(|b| b.count).sum::<usize>(), 30);
    }

    #[test]
    fn pages_of_one_file_are_never_parted() {
        let mut examples = toy(&TOY, 10);
        for example in &mut examples {
            example.file = example.file[..2].to_owned();
        }
        let sorted: Vec<&Example> = examples.iter().collect();
        let folds = folds(&sorted);
        for (a, x) in sorted.iter().zip(&folds) {
            assert!(sorted.iter().zip(&folds).all(|(b, y)| a.file != b.file || x == y));
        }
    }

    #[test]
    fn fewer_right_or_less_sure_is_worse() {
        let mut trained = train(&toy(&TOY, 10), &by_title());
        trained.before = HeldOut { log_loss: trained.after.log_loss, ..trained.after.clone() };
        assert!(!trained.worse(), "as good is not worse");
        trained.after.log_loss += 0.1;
        assert!(trained.worse());
        trained.before.accuracy = 0.9;
        trained.after.accuracy = 0.95;
        assert!(!trained.worse());
        trained.after.accuracy = 0.8;
        assert!(trained.worse());
    }
}
