//! Shared mailboxes: UID lists are compared, each message is fetched once and received, and only then moved or flagged. Nothing here reads what a message says.
//!
//! task: one connection for each folder, IDLE and a slow poll · look: what is new, received, held, gone · talk: the
//! commands · door: connecting and signing in · marks: by what a message is known again · shown: what staff see.

mod acknowledge;
mod door;
mod look;
mod marks;
mod probe;
pub mod settings;
mod shown;
mod talk;
mod task;
mod trouble;
mod utf7;

pub use probe::{Finding, probe};
pub use settings::{Acknowledge, MailboxSource, SignIn};
pub use task::run;
pub use trouble::Trouble;
