//! Shared mailboxes on a real Dovecot: every way to connect and sign in, what is new, moved, doubled, held; connections cut and the program killed.

mod cuts;
mod doors;
mod full;
mod killed;
mod numbers;
mod office;
mod older;
pub mod proxy;
mod same;
mod tables;
