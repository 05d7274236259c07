//! The story of a delivery: receive → decode → recognise → understand → (a person confirms) → push.
//!
//! Steps meet the reviewer only in the tables. No step keeps a transaction open over work.

pub mod eval;
pub mod import;
mod read;
mod receive;
mod reread;
mod retry;
mod steps;
pub mod train;
mod understand;
mod work;
pub mod worker;

pub use read::{Pictured, RecognisedFile, picture_file, read_file, recognise_file, understand_file};
pub use receive::*;
pub use reread::{Reread, RereadError, TurnedPage};
pub use retry::{Failure, Verdict, verdict};
pub use understand::{Knowledge, understand};
pub use work::{Handles, Work};

use crate::domain::Stage;
use crate::store::jobs::Job;

/// Runs one job: the whole pipeline, in reading order.
pub async fn run(work: &Work, job: &Job) -> Result<(), Failure> {
    match job.stage {
        Stage::Decode => steps::decode(work, job).await,
        Stage::Recognise => steps::recognise(work, job).await,
        Stage::Understand => steps::understand_delivery(work, job).await,
        Stage::Push => steps::push(work, job).await,
    }
}
