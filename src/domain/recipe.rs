//! What `pipelines/kinds/*.toml` say, as types: how to know a kind and where its fields stand. Data, never control flow.

use super::{Due, FieldName, Kind};
use serde::{Deserialize, Serialize};

/// Words that speak for a kind (or against it, with a negative weight).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Compared after NFKC with all spaces removed.
    pub words: Vec<String>,
    /// Added once when any of the words is found; negative speaks against.
    pub weight: f32,
}

/// Where a value stands relative to its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the same line or in the next cell.
    Right,
    /// Under the label, or in the cell below.
    Below,
    /// In the same cell, after the label.
    Inside,
}

/// How to find one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldRecipe {
    /// Which field.
    pub field: FieldName,
    /// Label variants, compared after NFKC with spaces and punctuation removed.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Headings of the blocks in which the label counts (患者, 紹介元, …); empty for anywhere.
    #[serde(default)]
    pub within: Vec<String>,
    /// Where the value may stand, tried in order.
    #[serde(default = "default_places")]
    pub places: Vec<Place>,
    /// Needed before a document can be `ready`.
    #[serde(default)]
    pub needed: bool,
}

fn default_places() -> Vec<Place> {
    vec![Place::Right, Place::Inside, Place::Below]
}

/// One kind of document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindRecipe {
    /// Which kind.
    pub kind: Kind,
    /// Titles, compared after NFKC with all spaces removed; strongest near the top in large type.
    #[serde(default)]
    pub titles: Vec<String>,
    /// Words for and against.
    #[serde(default)]
    pub cues: Vec<Cue>,
    /// Whether it concerns a patient.
    #[serde(default = "yes")]
    pub patient: bool,
    /// Whether it can be `ready` at all.
    #[serde(default = "yes")]
    pub confirmable: bool,
    /// Whether only few may see it (need to know).
    #[serde(default)]
    pub restricted: bool,
    /// By when it should be confirmed.
    #[serde(default = "Due::usual")]
    pub due: Due,
    /// Fields beyond the common ones (`common.toml`).
    #[serde(default)]
    pub fields: Vec<FieldRecipe>,
}

fn yes() -> bool {
    true
}

/// Words that belong to no kind but say how a page is to be taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    /// Titles of cover sheets (送付状, FAX送信票).
    #[serde(default)]
    pub covers: Vec<String>,
    /// Titles of pages that continue or accompany the one before (別紙, 続紙, 検査データ).
    #[serde(default)]
    pub annexes: Vec<String>,
    /// Labels of things that are not read but end the value before them (職業, 身長).
    #[serde(default)]
    pub stops: Vec<String>,
}

/// All recipes: every kind, and the fields any kind can carry.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recipes {
    /// Words that say how a page is to be taken.
    pub phrases: Phrases,
    /// Fields any kind can carry.
    pub common: Vec<FieldRecipe>,
    /// One of each kind.
    pub kinds: Vec<KindRecipe>,
}

impl Recipes {
    /// The recipe of a kind.
    pub fn of(&self, kind: Kind) -> Option<&KindRecipe> {
        self.kinds.iter().find(|k| k.kind == kind)
    }

    /// By when a kind should be confirmed.
    pub fn due(&self, kind: Kind) -> Due {
        self.of(kind).map_or_else(Due::usual, |recipe| recipe.due)
    }
}
