//! Who a document is about and from: candidates from the masters, each with its reasons.

use super::FieldName;
use serde::{Deserialize, Serialize};

/// How one field of a candidate compares with the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same.
    Agree,
    /// The same but for a glyph variant, a spelling or a likely misreading.
    Close,
    /// Not the same.
    Differ,
    /// Missing on one side.
    Unknown,
}

/// One field's part in a match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The field of the document that was compared.
    pub field: FieldName,
    /// How it compares.
    pub verdict: Verdict,
    /// As on the document.
    pub seen: String,
    /// As in the master.
    pub master: String,
}

/// A row of a master that the document may concern.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The master's id.
    pub id: String,
    /// Probability that this candidate is the right one, 0 to 1.
    pub score: f64,
    /// What agrees, differs, is unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// Candidates, best first, at most 5 of each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matches {
    /// Whom the document concerns.
    pub patient: Vec<Candidate>,
    /// Which institution sent it.
    pub institution: Vec<Candidate>,
    /// Which doctor signed it.
    pub doctor: Vec<Candidate>,
}
