//! Bytes to meaning, one pure function a stage: no I/O, no clock, no database.
//!
//! unpack: a file to its parts · decode: a part to page images · recognise: a page image to text ·
//! split: pages to documents · classify: a document to its kind · extract: to its fields · memory: what earlier
//! confirmations know of it · matching: to its people · amend: by what the masters know of them · sureness: how likely each value
//! is right · decide: to how much attention it needs.

pub mod amend;
pub mod classify;
pub mod decide;
pub mod decode;
pub mod extract;
pub mod header;
pub mod learned;
pub mod matching;
pub mod memory;
pub mod recipes;
pub mod recognise;
pub mod sheet;
pub mod split;
pub mod sureness;
pub mod unpack;
pub mod vertical;
