//! Small files that say they are immense, through the real child with little memory: what the head says is weighed before anything is
//! set aside for it. A child that set it aside first would die of its memory limit and be no answer.

use crate::jail::{decoded, settings};
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use std::io::Cursor;
use uketsuke::domain::Trouble;
use uketsuke::jail::{Jail, Limits, Settings};

/// A sound little picture.
fn written(format: ImageFormat) -> Vec<u8> {
    let picture = DynamicImage::ImageLuma8(GrayImage::from_pixel(8, 8, Luma([40])));
    let picture = if format == ImageFormat::Png { picture } else { DynamicImage::ImageRgb8(picture.into_rgb8()) };
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("a picture");
    out.into_inner()
}

/// The check that ends a piece of a PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
        crc
    })
}

fn png(side: u32) -> Vec<u8> {
    let mut bytes = written(ImageFormat::Png);
    bytes[16..20].copy_from_slice(&side.to_be_bytes());
    bytes[20..24].copy_from_slice(&side.to_be_bytes());
    let check = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&check.to_be_bytes());
    bytes
}

fn jpeg(side: u16) -> Vec<u8> {
    let mut bytes = written(ImageFormat::Jpeg);
    let frame = bytes.windows(2).position(|w| w == [0xFF, 0xC0]).expect("a frame");
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
    bytes
}

fn gif(side: u16) -> Vec<u8> {
    let mut bytes = written(ImageFormat::Gif);
    bytes[6..8].copy_from_slice(&side.to_le_bytes());
    bytes[8..10].copy_from_slice(&side.to_le_bytes());
    let frame = bytes.windows(9).position(|w| w == [0x2C, 0, 0, 0, 0, 8, 0, 8, 0]).expect("a picture");
    bytes[frame + 5..frame + 7].copy_from_slice(&side.to_le_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&side.to_le_bytes());
    bytes
}

fn bmp(side: u32) -> Vec<u8> {
    let mut bytes = written(ImageFormat::Bmp);
    bytes[18..22].copy_from_slice(&side.to_le_bytes());
    bytes[22..26].copy_from_slice(&side.to_le_bytes());
    bytes
}

/// 16,384 is the most that the format can say.
fn webp() -> Vec<u8> {
    let mut bytes = written(ImageFormat::WebP);
    let head = bytes.windows(4).position(|w| w == b"VP8L").expect("a lossless picture") + 9;
    bytes[head..head + 3].copy_from_slice(&[0xFF; 3]);
    bytes[head + 3] |= 0x0F;
    bytes
}

/// A TIFF with these entries (tag, value), its data a few bytes.
fn tiff(entries: &[(u16, u32)]) -> Vec<u8> {
    let mut out = b"II*\0".to_vec();
    out.extend(24_u32.to_le_bytes());
    out.extend([0x55; 16]);
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    out.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        out.extend(tag.to_le_bytes());
        out.extend(4_u16.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out
}

/// One page of grey, 8 bits, in strips or tiles of the size that it says.
fn page(width: u32, height: u32, samples: u32, tile: Option<u32>) -> Vec<u8> {
    let mut entries = vec![(256, width), (257, height), (258, 8), (259, 1), (262, 1), (277, samples)];
    match tile {
        Some(side) => entries.extend([(322, side), (323, side), (324, 8), (325, 16)]),
        None => entries.extend([(273, 8), (278, height), (279, 16)]),
    }
    tiff(&entries)
}

/// A BigTIFF whose directory says that it has 2^60 entries, or an entry that has 2^60 values.
fn big(entries: u64, values: u64) -> Vec<u8> {
    let mut out = b"II+\0\x08\0\0\0".to_vec();
    out.extend(16_u64.to_le_bytes());
    out.extend(entries.to_le_bytes());
    out.extend(256_u16.to_le_bytes());
    out.extend(16_u16.to_le_bytes());
    out.extend(values.to_le_bytes());
    out.extend(64_u64.to_le_bytes());
    out.extend([0; 64]);
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn what_says_it_is_immense_is_refused_before_anything_is_set_aside() {
    let limits = Limits { memory_bytes: 512 << 20, ..Limits::default() };
    let jail = Jail::new(Settings { limits, ..settings() });
    // The children can do their work with so little.
    assert_eq!(decoded(&jail, written(ImageFormat::Png)).await.1.trouble, None);
    for (what, bytes) in [("PNG", png(60_000)), ("GIF", gif(65_535)), ("BMP", bmp(40_000))] {
        assert_eq!(decoded(&jail, bytes).await.1.trouble, Some(Trouble::TooLarge), "{what}");
    }
    for (what, bytes) in [
        ("JPEG", jpeg(65_500)),
        ("WebP", webp()),
        ("TIFF strips", page(60_000, 60_000, 1, None)),
        ("TIFF tile", page(8, 8, 1, Some(60_000))),
        ("TIFF samples", page(8, 8, 65_535, None)),
        ("BigTIFF entries", big(1 << 60, 1)),
        ("BigTIFF values", big(1, 1 << 60)),
    ] {
        let trouble = decoded(&jail, bytes).await.1.trouble;
        assert!(!matches!(trouble, Some(Trouble::WorkerCrashed | Trouble::TimedOut)), "{what}: {trouble:?}");
    }
}
