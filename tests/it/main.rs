//! The one integration binary.

mod architecture;
mod import;
mod jail;
mod kill;
mod referral_db;
mod store;
mod support;
mod watch;
