//! What the fuzz targets share: small bounds, so that a run is short, and which panics count.

use std::sync::Once;
use uketsuke::stages::decode::{self, Bounds, Fonts, Outcome, Picture};
use uketsuke::stages::unpack::{Format, sniff, unpack_with};

/// Small enough that a page or an archive at its limit is still quick.
pub const BOUNDS: Bounds =
    Bounds { pages: 4, page_pixels: 1_000_000, unpacked_bytes: 4 << 20, entries: 60, nesting: 4 };

/// Decodes the input where it is of one of `formats`; pages must keep within the bounds.
pub fn pages(input: &[u8], formats: &[Format]) {
    if !sniff(input).is_some_and(|format| formats.contains(&format)) {
        return;
    }
    let fonts = Fonts::new(|| None);
    let mut pages = 0;
    let mut take = |page: Picture| {
        pages += 1;
        assert_eq!(page.no.0, pages);
        let count = u64::from(page.image.width) * u64::from(page.image.height);
        assert_eq!(page.image.pixels.len() as u64, count);
    };
    let Outcome { contents, .. } = decode::decode(input, &BOUNDS, &fonts, &[], &mut take);
    assert!(pages <= BOUNDS.pages && contents.is_bounded());
}

/// Opens the input where it is a container of that format; what is told of it must keep within what was agreed.
pub fn opened(input: &[u8], format: Format) {
    if sniff(input) != Some(format) {
        return;
    }
    let passwords = ["0514".to_owned(), "みなと".to_owned()];
    let found = unpack_with(input, &BOUNDS, &passwords);
    assert!(found.contents.is_bounded());
    let inside: u64 = found.parts.iter().map(|part| part.bytes.len() as u64).sum();
    assert!(inside <= BOUNDS.unpacked_bytes + 2 * input.len() as u64, "{inside}");
}

/// The sealed child catches the panics of the PDF libraries and answers "damaged". Only our own end the run.
pub fn only_our_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            if info.location().is_some_and(|at| !at.file().contains("/registry/") && !at.file().starts_with("/rustc/")) {
                eprintln!("{info}");
                std::process::abort();
            }
        }));
    });
}
