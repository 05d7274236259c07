//! How sure a value is: the probability that it is right, from how it was read and what the masters say of it. The signs
//! have names, their weights are a file (`file`) that can be learned (`learn`). Must never change a value.

pub mod file;
pub mod learn;

use crate::domain::{Evidence, FieldName, Fields, Found, Matches, Verdict};
use crate::stages::learned::reliability::Bin;
use std::collections::BTreeMap;

/// Probability from which a candidate's record bears witness.
const CERTAIN: f64 = 0.98;
/// Log odds outside of these say nothing more: what extraction calls its confidence is a mark, not a probability.
const ODDS: (f64, f64) = (-1.0, 4.0);
/// No reading of one page is surer than this.
const SUREST: f64 = 0.999;

macro_rules! signs {
    ($($(#[$doc:meta])* $variant:ident $code:literal $label:literal;)*) => {
        /// What speaks for or against a value.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Sign { $($(#[$doc])* $variant,)* }

        impl Sign {
            /// Every sign, in the order of the weights.
            pub const ALL: &[Sign] = &[$(Sign::$variant,)*];

            /// Its name in the file of weights.
            pub const fn code(self) -> &'static str {
                match self { $(Sign::$variant => $code,)* }
            }

            /// What it is, for who reads the file of weights.
            pub const fn label_ja(self) -> &'static str {
                match self { $(Sign::$variant => $label,)* }
            }
        }
    };
}

signs! {
    /// Always 1.
    Plain "plain" "どの値にもある下地";
    /// Log odds of what extraction makes of label, place and letters.
    Read "read" "項目の見つけ方と文字の確かさ（対数オッズ）";
    /// The record of a certain candidate has the same value.
    Agrees "agrees" "確かな候補の台帳と一致";
    /// The record of a certain candidate has another value.
    Differs "differs" "確かな候補の台帳と不一致";
    /// The master's value stands in place of what was read.
    FromMaster "from_master" "台帳による補正";
    /// Other readings are possible.
    Others "others" "別の読みがある";
    /// Log odds of the kind of the document.
    Kind "kind" "文書の種類の確かさ（対数オッズ）";
    /// Mean log odds of all values of the document.
    Beside "beside" "同じ文書のほかの値の確かさ（対数オッズの平均）";
}

/// How many signs there are.
pub const SIGNS: usize = Sign::ALL.len();

/// The strength of each sign at one value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signs(pub [f64; SIGNS]);

/// What a field has of its own beside the weights that all fields share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Own {
    /// Of how many values it was learned.
    pub values: usize,
    /// Added to the weight of [`Sign::Plain`].
    pub plain: f64,
    /// Added to the weight of [`Sign::Read`].
    pub read: f64,
}

/// The weights of all signs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    /// Day on which they were learned.
    pub made: String,
    /// From what.
    pub from: String,
    /// Of each sign, for all fields.
    pub shared: [f64; SIGNS],
    /// Of single fields.
    pub own: BTreeMap<FieldName, Own>,
    /// How they did on values that they were not learned from.
    pub held_out: Option<HeldOut>,
}

/// How probabilities did on values that they were not learned from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Values looked at.
    pub values: usize,
    /// Mean of −ln of the probability of what came true.
    pub log_loss: f64,
    /// What was said against what came true.
    pub reliability: Vec<Bin>,
}

impl Weights {
    /// The probability that a value with these signs is right.
    pub fn probability(&self, field: FieldName, signs: &Signs) -> f64 {
        let own = self.own.get(&field).copied().unwrap_or_default();
        let shared: f64 = self.shared.iter().zip(signs.0).map(|(weight, sign)| weight * sign).sum();
        let odds = shared + own.plain + own.read * signs.0[Sign::Read as usize];
        (1.0 / (1.0 + (-odds).exp())).min(SUREST)
    }
}

/// Puts the probability of being right in place of what extraction made of its own work.
pub fn weigh(fields: &mut Fields, matches: &Matches, kind_confidence: f32, weights: &Weights) {
    let signs = gather(fields, matches, kind_confidence);
    for (field, found) in fields {
        if let Some(signs) = signs.get(field) {
            found.confidence = weights.probability(*field, signs) as f32;
        }
    }
}

/// The signs of each value of a document, whose confidence is that of extraction.
pub fn gather(fields: &Fields, matches: &Matches, kind_confidence: f32) -> BTreeMap<FieldName, Signs> {
    let beside = fields.values().map(|found| odds(found.confidence)).sum::<f64>() / fields.len().max(1) as f64;
    let yes = |yes: bool| f64::from(u8::from(yes));
    let one = |(field, found): (&FieldName, &Found)| {
        let verdicts: Vec<Verdict> = witnesses(matches).filter(|e| e.field == *field).map(|e| e.verdict).collect();
        let mut signs = Signs::default();
        for sign in Sign::ALL {
            signs.0[*sign as usize] = match sign {
                Sign::Plain => 1.0,
                Sign::Read => odds(found.confidence),
                Sign::Agrees => yes(verdicts.contains(&Verdict::Agree)),
                Sign::Differs => yes(verdicts.contains(&Verdict::Differ)),
                Sign::FromMaster => yes(found.from_master),
                Sign::Others => yes(!found.alternatives.is_empty()),
                Sign::Kind => odds(kind_confidence),
                Sign::Beside => beside,
            };
        }
        (*field, signs)
    };
    fields.iter().map(one).collect()
}

/// How the records of the certain candidates compare with what was read.
fn witnesses(matches: &Matches) -> impl Iterator<Item = &Evidence> {
    let firsts = [&matches.patient, &matches.institution, &matches.doctor].map(|candidates| candidates.first());
    firsts.into_iter().flatten().filter(|first| first.score >= CERTAIN).flat_map(|first| &first.evidence)
}

fn odds(confidence: f32) -> f64 {
    let p = f64::from(confidence).clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln().clamp(ODDS.0, ODDS.1)
}
