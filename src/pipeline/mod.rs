//! The story of a delivery: receive → decode → recognise → understand → (a person confirms) → push.

pub mod eval;
pub mod import;
mod receive;

pub use receive::*;
