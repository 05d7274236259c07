//! Stages of work; each is a row in the job table with a lease.

use serde::{Deserialize, Serialize};

/// What is to be done with a delivery or a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Stage {
    /// Delivery: original bytes to page images.
    Decode,
    /// Delivery: page images to text, page by page.
    Recognise,
    /// Delivery: text to proposed documents (split, classify, extract, match).
    Understand,
    /// Document: confirmed record to the referral database.
    Push,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: &'static [Stage] = &[Stage::Decode, Stage::Recognise, Stage::Understand, Stage::Push];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Recognise => "recognise",
            Stage::Understand => "understand",
            Stage::Push => "push",
        }
    }
}
