//! Single pictures: JPEG, PNG, GIF, BMP, WebP.
#![no_main]

use uketsuke::stages::unpack::Format::{Bmp, Gif, Jpeg, Png, WebP};

libfuzzer_sys::fuzz_target!(|input: &[u8]| uketsuke_fuzz::pages(input, &[Jpeg, Png, Gif, Bmp, WebP]));
