//! The one integration binary.

mod store;
mod support;
mod watch;
