//! What a failure of a step means for its job: try again later, or give the item to a person as it is.

use crate::domain::doubled_ms;
use crate::{db, files, referral_db, store};

/// Why a step did not end well. Only codes leave this room: never a name, never a text.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Another worker owns the job now; what was made is thrown away.
    #[error("the lease was lost")]
    LeaseLost,
    /// Our own database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our own database, before a statement was reached.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// The folder of originals.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// The referral database.
    #[error(transparent)]
    Referral(#[from] referral_db::Error),
    /// A step panicked or was cancelled.
    #[error("the step broke off")]
    BrokeOff,
    /// The row that the job speaks of is not there.
    #[error("the subject of the job is gone")]
    SubjectGone,
}

/// What happens to the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Claimed again after so many milliseconds.
    Retry {
        /// Milliseconds from now.
        after_ms: i64,
    },
    /// Never again by itself; a person sees the item with the reason.
    GiveUp,
    /// Nothing to write: the job belongs to somebody else.
    Forget,
}

/// Attempts after which a failure that may be the document's own fault goes to a person.
const ATTEMPTS: i64 = 8;
const FIRST_WAIT_MS: i64 = 2_000;
const LONGEST_WAIT_MS: i64 = 5 * 60_000;

impl Failure {
    /// The word that the job row keeps and staff see.
    pub fn code(&self) -> &'static str {
        match self {
            Failure::LeaseLost => "lease_lost",
            Failure::Store(_) | Failure::Db(_) => "store",
            Failure::Files(_) => "files",
            Failure::Referral(_) => "referral_db",
            Failure::BrokeOff => "broke_off",
            Failure::SubjectGone => "subject_gone",
        }
    }

    /// Whether waiting can help however often it failed: a database or a disk that is away comes back.
    fn comes_back(&self) -> bool {
        match self {
            Failure::Store(error) => error.is_transient(),
            Failure::Db(_) | Failure::Files(_) => true,
            Failure::Referral(error) => error.is_transient(),
            Failure::LeaseLost | Failure::BrokeOff | Failure::SubjectGone => false,
        }
    }
}

/// The verdict on `failure` at the job's `attempt`-th attempt (counted from 1).
pub fn verdict(failure: &Failure, attempt: i64) -> Verdict {
    match failure {
        Failure::LeaseLost => Verdict::Forget,
        Failure::SubjectGone => Verdict::GiveUp,
        Failure::Referral(error) if !error.is_transient() => Verdict::GiveUp,
        _ if failure.comes_back() || attempt < ATTEMPTS => Verdict::Retry { after_ms: wait_ms(attempt) },
        _ => Verdict::GiveUp,
    }
}

fn wait_ms(attempt: i64) -> i64 {
    doubled_ms(FIRST_WAIT_MS, attempt, LONGEST_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        assert_eq!([1, 2, 3, 9, 99].map(wait_ms), [2_000, 4_000, 8_000, 300_000, 300_000]);
    }

    #[test]
    fn a_step_that_breaks_off_goes_to_a_person_in_the_end() {
        assert_eq!(verdict(&Failure::BrokeOff, 1), Verdict::Retry { after_ms: 2_000 });
        assert_eq!(verdict(&Failure::BrokeOff, ATTEMPTS), Verdict::GiveUp);
        assert_eq!(verdict(&Failure::LeaseLost, 1), Verdict::Forget);
    }
}
