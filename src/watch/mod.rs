//! The doors where files come in: what is still being written is held, what is whole is received, and only then is the source put away.

mod away;
mod complete;
pub mod folder;
mod look;
pub mod mailbox;
mod names;
mod notes;
mod pass;
mod place;
mod scan;
pub mod settings;
mod shown;
mod sidecar;
mod take;
mod walk;

pub use folder::{Folder, Outcome, pass, run};
pub use look::Hold;
pub use names::NamePattern;
pub use place::{Place, look as look_at};
pub use settings::{Afterwards, FolderSource, Sidecar, Sources};
