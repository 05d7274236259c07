//! What a sealed child in an intruder's hands may send.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| uketsuke::jail::fuzz_reply(input));
