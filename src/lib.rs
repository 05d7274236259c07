//! Uketsuke (受付): what reaches a regional medical liaison office is received, read, confirmed by a person and pushed on.
//!
//! The flow: watch → receive → decode → recognise → split → classify → extract → match → review → push.
//! Rooms in floor order; a room imports only from lower floors (`tests/it/architecture.rs` enforces it).

// Floor 0: words. No I/O, no clock, no database.
pub mod domain;
pub mod text;

// Floor 1: hands. They know only the words.
pub mod db;
pub mod files;
pub mod net;
pub mod paper;
pub mod stages;

// Floor 2: keepers. I/O with meaning.
pub mod jail;
pub mod referral_db;
pub mod store;

// Floor 3: flow. The story, and the reviewer's verbs.
pub mod pipeline;
pub mod review;

// Floor 4: doors. In and out.
pub mod alarm;
pub mod cli;
pub mod hooks;
pub mod watch;
pub mod web;
