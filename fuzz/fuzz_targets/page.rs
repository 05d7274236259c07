//! The geometry of a page: shapes, shades and noise where letters, rules, rings and dark bands may be.
#![no_main]

use uketsuke::domain::GreyImage;
use uketsuke::stages::recognise;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(([width, height, paper, noise], shapes)) = input.split_first_chunk() else { return };
    let (width, height) = (u32::from(*width) * 4 + 1, u32::from(*height) * 4 + 1);
    let mut state = u32::from(*noise) | 1;
    let mut pixels: Vec<u8> = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if (state >> 24) as u8 >= *noise { *paper } else { (state >> 16) as u8 }
        })
        .collect();
    // Left, top, width, height, shade, and every how many pixels one is drawn.
    for shape in shapes.chunks_exact(6).take(400) {
        let (left, top) = (u32::from(shape[0]) * 4, u32::from(shape[1]) * 4);
        let (right, bottom) =
            ((left + u32::from(shape[2]) * 2).min(width), (top + u32::from(shape[3]) * 2).min(height));
        let step = usize::from(shape[5] % 7) + 1;
        for y in top.min(height)..bottom {
            let from = left.min(width) + y * usize::from(shape[5] / 7) as u32 % 5;
            for x in (from..right).step_by(step) {
                pixels[(y * width + x) as usize] = shape[4];
            }
        }
    }
    let opened = recognise::opened(&GreyImage { width, height, pixels });
    assert_eq!((opened.clean.width, opened.clean.height), (width, height));
});
