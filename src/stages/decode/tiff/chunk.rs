//! A strip or tile: how its bytes are packed, and the shade of each of its pixels.

use super::super::ccitt::{self, Coding};
use super::super::raster;
use crate::domain::Trouble;
use std::borrow::Cow;
use std::io::Read;
use weezl::BitOrder;

/// How the samples of a page are stored.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub compression: u64,
    pub photometric: u64,
    /// Samples of a pixel that stand side by side; 1 where each has a plane of its own.
    pub samples: usize,
    pub bits: usize,
    pub format: Format,
    pub predictor: u64,
    /// Bits of a byte run from the lowest.
    pub reversed: bool,
    pub big_endian: bool,
    /// Second dimension of fax coding.
    pub two_dimensional: bool,
    /// Pixels that share a colour, across and down, where colour is stored apart from light.
    pub subsampling: (usize, usize),
    /// What every JPEG chunk of the page shares.
    pub tables: Vec<u8>,
}

/// What the bits of a sample mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Unsigned,
    Signed,
    Float,
}

/// The samples of a chunk as bytes, a row after the other, and how many rows were there.
pub(super) struct Samples {
    pub bytes: Vec<u8>,
    pub rows: usize,
}

impl Layout {
    fn row_bytes(&self, width: usize) -> usize {
        (width * self.samples * self.bits).div_ceil(8)
    }

    /// Whether light is stored before colour in blocks of pixels.
    fn blocks(&self) -> bool {
        self.photometric == 6 && self.samples == 3 && self.compression != 7
    }

    /// Decodes a chunk of `width` by `rows` pixels to samples of one byte, `samples` a pixel; palette numbers stay as they are.
    pub(super) fn samples(&self, data: &[u8], width: usize, rows: usize) -> Result<Samples, Trouble> {
        match self.compression {
            2..=4 => return Ok(self.fax(data, width, rows)),
            7 | 50001 => return self.picture(data, width, rows),
            _ => {}
        }
        let block = self.subsampling;
        let wanted = if self.blocks() {
            width.div_ceil(block.0) * rows.div_ceil(block.1) * (block.0 * block.1 + 2)
        } else {
            self.row_bytes(width) * rows
        };
        let mut raw = unpacked(self.compression, &self.in_order(data), wanted)?;
        if self.blocks() {
            return Ok(light(&raw, width, rows, block));
        }
        let stride = self.row_bytes(width).max(1);
        self.add_up(&mut raw, stride)?;
        let rows = raw.len() / stride;
        let mut bytes = Vec::with_capacity(rows * width * self.samples);
        for row in raw.chunks_exact(stride) {
            self.row(row, width * self.samples, &mut bytes);
        }
        Ok(Samples { bytes, rows })
    }

    /// The bytes with the bit that comes first as the highest.
    fn in_order<'a>(&self, data: &'a [u8]) -> Cow<'a, [u8]> {
        if self.reversed { data.iter().map(|byte| byte.reverse_bits()).collect() } else { Cow::Borrowed(data) }
    }

    fn fax(&self, data: &[u8], width: usize, rows: usize) -> Samples {
        let coding = match (self.compression, self.two_dimensional) {
            (4, _) => Coding::Mmr,
            (3, true) => Coding::Mr,
            (3, false) => Coding::Mh,
            _ => Coding::Rle,
        };
        let mut bytes = Vec::with_capacity(width * rows);
        let got = ccitt::strip(&self.in_order(data), coding, width as u32, rows as u32, &mut bytes) as usize;
        // The fax decoder gives white as 255; a fax codes white as 0, and what 0 means the page says.
        bytes.iter_mut().for_each(|sample| *sample = 255 - *sample);
        Samples { bytes, rows: got }
    }

    /// A chunk that is a picture of its own.
    fn picture(&self, data: &[u8], width: usize, rows: usize) -> Result<Samples, Trouble> {
        let whole;
        let data = if self.compression == 7 {
            whole = jpeg(&self.tables, data, self.photometric);
            &whole[..]
        } else {
            data
        };
        let room = (width as u64).saturating_mul(rows as u64).saturating_mul(4).max(1 << 20);
        let (image, _) = raster::grey(data, room)?;
        // Its colours are settled: whatever the page makes of the samples must be the same grey again.
        let sample = |grey: u8, index: usize| match (self.photometric, index) {
            (5, 0..3) => 255 - grey,
            (5, _) => 0,
            (_, _) => grey,
        };
        let got = rows.min(image.height as usize);
        let mut bytes = Vec::with_capacity(width * got * self.samples);
        for row in image.pixels.chunks_exact(image.width as usize).take(got) {
            let pixel = |x: usize| row.get(x).copied().unwrap_or(255);
            bytes.extend((0..width).flat_map(|x| (0..self.samples).map(move |i| sample(pixel(x), i))));
        }
        Ok(Samples { bytes, rows: got })
    }

    /// Undoes the predictor: each sample was stored as the difference to the one before.
    fn add_up(&self, raw: &mut [u8], stride: usize) -> Result<(), Trouble> {
        let step = self.samples * self.bits / 8;
        match (self.predictor, self.bits) {
            (0 | 1, _) => {}
            (2, 8) => {
                for row in raw.chunks_exact_mut(stride) {
                    (step..row.len()).for_each(|i| row[i] = row[i].wrapping_add(row[i - step]));
                }
            }
            (2, 16 | 32 | 64) => {
                let size = self.bits / 8;
                for row in raw.chunks_exact_mut(stride) {
                    let mut at = step;
                    while at + size <= row.len() {
                        let sum = self.whole(&row[at - step..][..size]).wrapping_add(self.whole(&row[at..][..size]));
                        let bytes = sum.to_le_bytes();
                        for (i, byte) in row[at..at + size].iter_mut().enumerate() {
                            *byte = bytes[if self.big_endian { size - 1 - i } else { i }];
                        }
                        at += size;
                    }
                }
            }
            (3, 16 | 32 | 64) => {
                let size = self.bits / 8;
                for row in raw.chunks_exact_mut(stride) {
                    (self.samples..row.len()).for_each(|i| row[i] = row[i].wrapping_add(row[i - self.samples]));
                    // The bytes of equal weight stand together, the highest first.
                    let (planes, count) = (row.to_vec(), row.len() / size);
                    for (i, byte) in row.iter_mut().enumerate() {
                        let weight = if self.big_endian { i % size } else { size - 1 - i % size };
                        *byte = planes[weight * count + i / size];
                    }
                }
            }
            _ => return Err(Trouble::UnsupportedFormat),
        }
        Ok(())
    }

    /// A sample of whole bytes in the file's order.
    fn whole(&self, bytes: &[u8]) -> u64 {
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
    }

    fn row(&self, row: &[u8], count: usize, into: &mut Vec<u8>) {
        let palette = self.photometric == 3;
        match self.bits {
            8 if self.format == Format::Unsigned => into.extend_from_slice(&row[..count]),
            bits if bits % 8 == 0 => {
                into.extend(row.chunks_exact(bits / 8).take(count).map(|b| self.byte(self.whole(b), palette)))
            }
            bits => {
                let (mut held, mut have, mut next) = (0_u64, 0, row.iter());
                into.extend((0..count).map(|_| {
                    while have < bits {
                        held = held << 8 | u64::from(next.next().copied().unwrap_or(0));
                        have += 8;
                    }
                    have -= bits;
                    self.byte(held >> have & ((1 << bits) - 1), palette)
                }));
            }
        }
    }

    /// A sample scaled to a byte.
    fn byte(&self, raw: u64, palette: bool) -> u8 {
        let bits = self.bits as u32;
        match self.format {
            _ if palette => raw.min(255) as u8,
            Format::Float => {
                let value = match bits {
                    16 => half(raw as u16),
                    32 => f64::from(f32::from_bits(raw as u32)),
                    _ => f64::from_bits(raw),
                };
                // What is no number becomes 0.
                (value.clamp(0.0, 1.0) * 255.0) as u8
            }
            Format::Signed => self.scaled(raw ^ 1 << (bits - 1)),
            Format::Unsigned => self.scaled(raw),
        }
    }

    fn scaled(&self, raw: u64) -> u8 {
        match self.bits as u32 {
            bits if bits >= 8 => (raw >> (bits - 8)) as u8,
            bits => (raw * 255 / ((1 << bits) - 1)) as u8,
        }
    }
}

fn half(raw: u16) -> f64 {
    let (sign, exponent, rest) = (raw >> 15, i32::from(raw >> 10 & 31), f64::from(raw & 1023));
    let size = match exponent {
        0 => rest / 1024.0 * 2_f64.powi(-14),
        31 => f64::INFINITY,
        _ => (1.0 + rest / 1024.0) * 2_f64.powi(exponent - 15),
    };
    if sign == 1 { -size } else { size }
}

/// At most `wanted` bytes; fewer when the data is cut or damaged.
fn unpacked(compression: u64, data: &[u8], wanted: usize) -> Result<Vec<u8>, Trouble> {
    Ok(match compression {
        1 => data[..wanted.min(data.len())].to_vec(),
        5 => lzw(data, wanted),
        8 | 32946 => {
            let mut out = Vec::new();
            // Damage ends it early; what came before is good.
            let _ = flate2::read::ZlibDecoder::new(data).take(wanted as u64).read_to_end(&mut out);
            out
        }
        32773 => packbits(data, wanted),
        _ => return Err(Trouble::UnsupportedFormat),
    })
}

fn lzw(data: &[u8], wanted: usize) -> Vec<u8> {
    // Very old writers ran the bits the other way and changed the code size one code later.
    let old = matches!(data, [0, second, ..] if second & 1 == 1);
    let mut decoder = if old {
        weezl::decode::Decoder::new(BitOrder::Lsb, 8)
    } else {
        weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
    };
    let mut out = vec![0; wanted];
    let (mut from, mut to) = (0, 0);
    while to < wanted {
        let step = decoder.decode_bytes(&data[from..], &mut out[to..]);
        (from, to) = (from + step.consumed_in, to + step.consumed_out);
        if !matches!(step.status, Ok(weezl::LzwStatus::Ok)) || step.consumed_in + step.consumed_out == 0 {
            break;
        }
    }
    out.truncate(to);
    out
}

fn packbits(mut data: &[u8], wanted: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(wanted);
    while let ([head, rest @ ..], true) = (data, out.len() < wanted) {
        data = rest;
        let room = wanted - out.len();
        match *head {
            128 => {}
            literal @ 0..128 => {
                let count = (usize::from(literal) + 1).min(data.len());
                out.extend_from_slice(&data[..count.min(room)]);
                data = &data[count..];
            }
            repeat => {
                let [byte, rest @ ..] = data else { break };
                out.resize(out.len() + (257 - usize::from(repeat)).min(room), *byte);
                data = rest;
            }
        }
    }
    out
}

/// The light of pixels that were stored in blocks sharing their colour; the colour is not looked at.
fn light(raw: &[u8], width: usize, rows: usize, (across, down): (usize, usize)) -> Samples {
    let unit = across * down + 2;
    let blocks = width.div_ceil(across);
    let mut bytes = vec![255; width * rows * 3];
    for (index, block) in raw.chunks_exact(unit).enumerate() {
        let (left, top) = (index % blocks * across, index / blocks * down);
        for (i, value) in block[..across * down].iter().enumerate() {
            let (x, y) = (left + i % across, top + i / across);
            if x < width && y < rows {
                bytes[(y * width + x) * 3] = *value;
            }
        }
    }
    Samples { bytes, rows: (raw.len() / unit / blocks * down).min(rows) }
}

/// A complete JPEG of a chunk: the page's tables, a word on its colours, the chunk's own data.
fn jpeg(tables: &[u8], data: &[u8], photometric: u64) -> Vec<u8> {
    const START: &[u8] = b"\xFF\xD8";
    let mut whole = START.to_vec();
    // Without it three colours would be taken for light and colour, which these are not.
    if matches!(photometric, 2 | 5) {
        whole.extend_from_slice(b"\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00");
    }
    let inner = tables.strip_prefix(START).unwrap_or(tables);
    whole.extend_from_slice(inner.strip_suffix(b"\xFF\xD9").unwrap_or(inner));
    whole.extend_from_slice(data.strip_prefix(START).unwrap_or(data));
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bits: usize, samples: usize) -> Layout {
        Layout {
            compression: 1,
            photometric: 1,
            samples,
            bits,
            format: Format::Unsigned,
            predictor: 1,
            reversed: false,
            big_endian: false,
            two_dimensional: false,
            subsampling: (2, 2),
            tables: Vec::new(),
        }
    }

    fn row(layout: &Layout, data: &[u8], width: usize) -> Vec<u8> {
        layout.samples(data, width, 1).expect("samples").bytes
    }

    #[test]
    fn samples_of_any_size_become_bytes() {
        assert_eq!(row(&plain(4, 1), &[0x0F, 0x80], 3), [0, 255, 136]);
        assert_eq!(row(&plain(12, 1), &[0xFF, 0xF0, 0x00], 2), [255, 0]);
        assert_eq!(row(&plain(16, 1), &[0x34, 0x12, 0xFF, 0xFF], 2), [0x12, 0xFF]);
        assert_eq!(row(&Layout { big_endian: true, ..plain(24, 1) }, &[1, 2, 3], 1), [1]);
        assert_eq!(row(&Layout { format: Format::Signed, ..plain(8, 1) }, &[0x80, 0x7F], 2), [0, 255]);
        let floats = [1.0_f32, 0.5, f32::NAN].map(f32::to_le_bytes).concat();
        assert_eq!(row(&Layout { format: Format::Float, ..plain(32, 1) }, &floats, 3), [255, 127, 0]);
        assert_eq!(row(&Layout { format: Format::Float, ..plain(16, 1) }, &[0x00, 0x3C], 1), [255]);
    }

    #[test]
    fn differences_are_added_up() {
        let two = Layout { predictor: 2, ..plain(8, 2) };
        assert_eq!(row(&two, &[10, 20, 1, 2, 1, 254], 3), [10, 20, 11, 22, 12, 20]);
        let sixteen = Layout { predictor: 2, ..plain(16, 1) };
        assert_eq!(row(&sixteen, &[0xFF, 0x00, 0x01, 0x01], 2), [0x00, 0x02]);
        assert_eq!(
            Layout { predictor: 2, ..plain(12, 1) }.samples(&[0; 9], 6, 1).err(),
            Some(Trouble::UnsupportedFormat)
        );
    }

    #[test]
    fn packed_runs_never_exceed_what_is_wanted() {
        assert_eq!(packbits(&[2, 1, 2, 3, 0xFE, 9], 9), [1, 2, 3, 9, 9, 9]);
        assert_eq!(packbits(&[0x81, 7], 5), [7; 5]);
        assert_eq!(packbits(&[5, 1], 5), [1]);
        let bits = Layout { reversed: true, compression: 32773, ..plain(1, 1) };
        assert_eq!(row(&bits, &[0_u8.reverse_bits(), 0b1000_0000_u8.reverse_bits()], 2), [255, 0]);
    }

    #[test]
    fn light_is_taken_from_blocks() {
        let layout = Layout { photometric: 6, ..plain(8, 3) };
        let got = layout.samples(&[1, 2, 3, 4, 128, 128], 2, 2).expect("a block");
        assert_eq!(got.bytes.chunks(3).map(|p| p[0]).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}
