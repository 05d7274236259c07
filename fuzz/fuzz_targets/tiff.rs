//! TIFF as fax boards and scanners write it.
#![no_main]

use uketsuke::stages::unpack::Format;

libfuzzer_sys::fuzz_target!(|input: &[u8]| uketsuke_fuzz::pages(input, &[Format::Tiff]));
