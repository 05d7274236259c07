//! PDF: pages, text layers, what is left of broken files.
#![no_main]

use uketsuke::stages::unpack::Format;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    uketsuke_fuzz::only_our_panics();
    uketsuke_fuzz::pages(input, &[Format::Pdf]);
});
