//! Japanese text as pure functions: what NFKC misses, kana, glyph variants, dates, names, numbers. No I/O, no clock.
//!
//! Nothing here knows a document, a page or a master; nothing here guesses: a value that does not parse is `None`.

pub mod address;
pub mod code;
pub mod confusable;
pub mod era;
pub mod fold;
pub mod institution;
pub mod kana;
pub mod name;
pub mod number;
pub mod phone;
#[cfg(test)]
mod properties;
pub mod script;
pub mod variants;
pub mod wareki;
