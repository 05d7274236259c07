//! What learned weights have in common: how they are found (`descent`), how far what they say comes true (`reliability`), how their
//! files are read and refused (`file`). Must know nothing of what is weighed.

pub mod descent;
pub mod file;
pub mod reliability;
