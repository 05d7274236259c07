//! The one integration binary.

mod alarm;
mod architecture;
mod arriving;
mod attacks;
mod doctor;
mod guideline;
mod hooks;
mod hostile;
mod import;
mod jail;
mod kill;
mod mailbox;
mod manual;
mod papers;
mod referral_db;
mod seal;
mod store;
mod support;
mod train;
mod watch;
mod web;
