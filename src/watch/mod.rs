//! The doors where files come in: what is still being written is held, what is whole is received, and only then is the source put away.

pub mod away;
pub mod complete;
pub mod look;
pub mod names;
pub mod place;
pub mod scan;
pub mod settings;
pub mod sidecar;
pub mod take;
