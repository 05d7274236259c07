//! The one integration binary.

mod doctor;
mod store;
mod support;
mod watch;
