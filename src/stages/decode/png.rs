//! The page picture as it is kept: PNG, one bit a pixel where the page is black and white.

use super::bilevel;
use crate::domain::{GreyImage, Trouble};
use ::png::{BitDepth, ColorType, Compression, Encoder, Filter};

/// Encodes a page; black-and-white pages take one bit a pixel.
pub fn png(image: &GreyImage) -> Vec<u8> {
    let packed = bilevel(image).then(|| pack(image));
    // Only a picture whose pixels do not fit its size fails; an empty answer is refused by every reader.
    write(image, packed.as_deref()).unwrap_or_default()
}

fn write(image: &GreyImage, packed: Option<&[u8]>) -> Result<Vec<u8>, ::png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, image.width, image.height);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(if packed.is_some() { BitDepth::One } else { BitDepth::Eight });
    // Prediction helps shades and hurts bits.
    encoder.set_compression(if packed.is_some() { Compression::Balanced } else { Compression::Fast });
    encoder.set_filter(if packed.is_some() { Filter::NoFilter } else { Filter::Up });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(packed.unwrap_or(&image.pixels))?;
    writer.finish()?;
    Ok(out)
}

/// Eight pixels a byte, the leftmost in the highest bit, white as 1, rows begin at a byte.
pub fn pack(image: &GreyImage) -> Vec<u8> {
    let width = image.width as usize;
    let mut packed = Vec::with_capacity(width.div_ceil(8) * image.height as usize);
    for row in image.pixels.chunks_exact(width.max(1)) {
        packed.extend(
            row.chunks(8).map(|eight| {
                eight.iter().enumerate().fold(0_u8, |byte, (i, p)| byte | (u8::from(*p >= 128) << (7 - i)))
            }),
        );
    }
    packed
}

/// The reverse of `pack`.
pub fn unpack_bits(packed: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let stride = (width as usize).div_ceil(8);
    if stride == 0 || packed.len() != stride * height as usize {
        return None;
    }
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for row in packed.chunks_exact(stride) {
        pixels.extend((0..width as usize).map(|x| if row[x / 8] >> (7 - x % 8) & 1 == 1 { 255 } else { 0 }));
    }
    Some(pixels)
}

/// Decodes a page picture that `png` made, of at most `page_pixels` pixels.
pub fn read_png(bytes: &[u8], page_pixels: u64) -> Result<GreyImage, Trouble> {
    super::raster::grey(bytes, page_pixels).map(|(image, _)| image)
}
