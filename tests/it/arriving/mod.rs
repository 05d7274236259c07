//! What is inside mails, archives and locked files, from the door to the queue, with the real sealed child.

mod due;
pub mod given;
mod handed_over;
mod hylafax;
mod inside;
mod passwords;
