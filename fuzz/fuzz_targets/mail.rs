//! Mails with everything that hangs on them.
#![no_main]

use uketsuke::stages::unpack::Format;

libfuzzer_sys::fuzz_target!(|input: &[u8]| uketsuke_fuzz::opened(input, Format::Mail));
