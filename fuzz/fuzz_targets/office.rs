//! What a file is called when it is not opened: office files, programs, anything.
#![no_main]

use uketsuke::stages::unpack::{Format, unpack};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let found = unpack(input, &uketsuke_fuzz::BOUNDS);
    assert!(found.contents.is_bounded());
    for part in found.parts {
        assert!(part.format != Format::Office, "an office file is never opened");
    }
});
