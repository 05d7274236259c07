//! The one integration binary.

mod import;
mod referral_db;
mod store;
mod support;
mod web;
