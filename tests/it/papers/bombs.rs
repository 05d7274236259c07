//! Small files that say they are immense, through the real child with little memory: what the head says is weighed before anything is
//! set aside for it. A child that set it aside first would die of its memory limit and be no answer.

use super::pdf::{pdf, stream};
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

/// Two pages: one is a picture of that description and code, the other a black bar.
fn two_pages(described: &str, data: &[u8]) -> Vec<u8> {
    let page = |content: u32| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents {content} 0 R/Resources<</XObject<</I 7 0 R>>>>>>"
        )
        .into_bytes()
    };
    pdf(&[
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>".to_vec(),
        page(5),
        page(6),
        stream("", b"q 200 0 0 100 0 0 cm /I Do Q"),
        stream("", b"0 0 100 100 re f"),
        stream(&format!("/Type/XObject/Subtype/Image/ColorSpace/DeviceGray{described}"), data),
    ])
}

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// A page and a region of those sides, the region a few bytes.
fn jbig2(page: u32, region: u32) -> Vec<u8> {
    let segment =
        |no: u8, kind: u8, body: &[u8]| [&[0, 0, 0, no, kind, 0, 1][..], &numbers(&[body.len() as u32]), body].concat();
    let region = [&numbers(&[region, region, 0, 0])[..], &[0, 1, 0x26, 0xA0]].concat();
    [segment(0, 48, &[&numbers(&[page, page, 0, 0])[..], &[0, 0, 0]].concat()), segment(1, 38, &region)].concat()
}

fn jpeg2000(side: u32) -> Vec<u8> {
    let sizes = [side, side, 0, 0, side, side, 0, 0];
    let head = [&b"\xFF\x4F\xFF\x51\0\x29\0\0"[..], &numbers(&sizes), b"\0\x01\x07\x01\x01"].concat();
    let coding = b"\xFF\x52\0\x0C\0\0\0\x01\0\0\x04\x04\0\x01\xFF\x5C\0\x04\x40\x40";
    [&head[..], coding, b"\xFF\x90\0\x0A\0\0\0\0\0\x0F\0\x01\xFF\x93\0\xFF\xD9"].concat()
}

/// Whether the picture says so itself, or its code beneath a modest description; the page after it is read all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_pdf_whose_picture_is_immense_is_left_out_and_the_others_are_read() {
    let limits = Limits { memory_bytes: 512 << 20, ..Limits::default() };
    let jail = Jail::new(Settings { limits, ..settings() });
    let of = |width: u32, height: u32, bits: u32, filter: &str| {
        format!("/Width {width}/Height {height}/BitsPerComponent {bits}/Filter/{filter}")
    };
    let fax = |columns: u32| format!("CCITTFaxDecode/DecodeParms<</K -1/Columns {columns}>>");
    let huge = 60_000;
    for (what, described, data) in [
        ("JBIG2", of(huge, huge, 1, "JBIG2Decode"), jbig2(huge, huge)),
        ("JBIG2 beneath", of(64, 64, 1, "JBIG2Decode"), jbig2(huge, huge)),
        ("JBIG2 region", of(64, 64, 1, "JBIG2Decode"), jbig2(64, huge)),
        ("CCITT", of(huge, huge, 1, &fax(huge)), vec![0x26, 0xA0, 0xFF]),
        ("CCITT beneath", of(64, huge, 1, &fax(huge)), vec![0x26, 0xA0, 0xFF]),
        ("JPX", of(huge, huge, 8, "JPXDecode"), jpeg2000(huge)),
        ("JPX beneath", of(64, 64, 8, "JPXDecode"), jpeg2000(huge)),
        ("nothing", of(huge, huge, 8, "ASCIIHexDecode"), b"00>".to_vec()),
    ] {
        let (pages, read) = decoded(&jail, two_pages(&described, &data)).await;
        assert_eq!((pages.len(), read.trouble), (1, Some(Trouble::TooLarge)), "{what}");
        let image = &pages[0].image;
        assert!(image.pixels[0] < 60 && image.pixels[image.width as usize - 1] > 195, "{what}: the other page");
    }
    // What says no more than it is comes with both.
    let (pages, read) = decoded(&jail, two_pages(&of(1, 1, 8, "ASCIIHexDecode"), b"00>")).await;
    assert_eq!((pages.len(), read.trouble), (2, None));
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
