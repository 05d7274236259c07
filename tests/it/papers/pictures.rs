//! Single pictures, as telephones and screens make them.

use super::{half_dark, page, shade};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use std::io::Cursor;

/// Dark on the left, and a white corner at its top.
fn picture() -> GrayImage {
    GrayImage::from_fn(64, 48, |x, y| Luma([if x < 32 && (x > 12 || y > 12) { 10 } else { 245 }]))
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).expect("a picture");
    out.into_inner()
}

/// A JPEG with what a telephone says of how it was held.
fn held(orientation: u8, big_endian: bool) -> Vec<u8> {
    let jpeg = written(&picture().into(), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0".to_vec();
    if big_endian {
        exif.extend(b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0");
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    } else {
        exif.extend(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0");
        exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    }
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], b"\xFF\xE1", &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn a_photograph_stands_as_the_camera_was_held() {
    for big_endian in [false, true] {
        // Where the dark half lies, and the size.
        for (orientation, dark, size) in [
            (1, (0.0, 0.3, 0.5, 1.0), (64, 48)),
            (2, (0.5, 0.3, 1.0, 1.0), (64, 48)),
            (3, (0.5, 0.0, 1.0, 0.7), (64, 48)),
            (4, (0.0, 0.0, 0.5, 0.7), (64, 48)),
            (5, (0.3, 0.0, 1.0, 0.5), (48, 64)),
            (6, (0.0, 0.0, 0.7, 0.5), (48, 64)),
            (7, (0.0, 0.5, 0.7, 1.0), (48, 64)),
            (8, (0.3, 0.5, 1.0, 1.0), (48, 64)),
        ] {
            let image = page(&held(orientation, big_endian)).image;
            assert_eq!((image.width, image.height), size, "{orientation}");
            let (left, top, right, bottom) = dark;
            assert!(shade(&image, left, top, right, bottom) < 30.0, "{orientation}");
            assert!(shade(&image, 0.0, 0.0, 1.0, 1.0) > 110.0, "{orientation}");
        }
    }
}

#[test]
fn every_kind_of_picture_is_a_page() {
    let grey = DynamicImage::from(GrayImage::from_fn(64, 48, |x, _| Luma([if x < 32 { 10 } else { 245 }])));
    for (format, picture) in [
        (ImageFormat::Jpeg, DynamicImage::from(grey.to_rgb8())),
        (ImageFormat::Png, DynamicImage::from(grey.to_luma16())),
        (ImageFormat::Png, DynamicImage::from(grey.to_rgb16())),
        (ImageFormat::Gif, DynamicImage::from(grey.to_rgba8())),
        (ImageFormat::Bmp, DynamicImage::from(grey.to_rgb8())),
        (ImageFormat::WebP, DynamicImage::from(grey.to_rgb8())),
        (ImageFormat::WebP, DynamicImage::from(grey.to_rgba8())),
    ] {
        half_dark(&page(&written(&picture, format)).image);
    }
}

#[test]
fn what_is_see_through_lies_on_white_paper() {
    // Black ink on nothing: on black it would be gone.
    let ink = RgbaImage::from_fn(64, 48, |x, _| Rgba(if x < 32 { [0, 0, 0, 255] } else { [0, 0, 0, 0] }));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        half_dark(&page(&written(&ink.clone().into(), format)).image);
    }
}

#[test]
fn an_animation_is_its_first_picture() {
    let frame = |shade: u8| {
        image::Frame::new(RgbaImage::from_fn(64, 48, |x, _| {
            Rgba(if x < 32 { [shade; 4] } else { [250, 250, 250, 255] })
        }))
    };
    let mut out = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut out);
    let first = image::Frame::new(RgbaImage::from_fn(64, 48, |x, _| {
        Rgba(if x < 32 { [0, 0, 0, 255] } else { [255, 255, 255, 255] })
    }));
    encoder.encode_frames([first, frame(255)]).expect("frames");
    drop(encoder);
    half_dark(&page(&out).image);
}
