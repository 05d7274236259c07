//! Quality (品質): samples read again without seeing what was read, what is settled where two people differ, and the figures.

pub mod figures;
pub mod samples;
pub mod settle;
mod tally;
pub mod thresholds;
