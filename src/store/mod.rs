//! To come.

pub mod masters;
