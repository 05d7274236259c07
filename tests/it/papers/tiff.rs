//! TIFF in its many dresses; each picture is dark on the left and light on the right.

use super::{half_dark, page, pages, shade};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use uketsuke::domain::Trouble;

const WIDTH: usize = 32;
const HEIGHT: usize = 16;

/// A directory of one page, to be written in either byte order, in the old or in the big form.
struct Tiff {
    big_endian: bool,
    big: bool,
    tags: Vec<(u16, u16, Vec<u64>)>,
    chunks: Vec<Vec<u8>>,
    /// Strips or tiles.
    tiled: bool,
}

impl Tiff {
    fn new(bits: &[u64], compression: u64, photometric: u64, chunks: Vec<Vec<u8>>) -> Self {
        let tags = vec![
            (256, 4, vec![WIDTH as u64]),
            (257, 4, vec![HEIGHT as u64]),
            (258, 3, bits.to_vec()),
            (259, 3, vec![compression]),
            (262, 3, vec![photometric]),
            (277, 3, vec![bits.len() as u64]),
            (278, 4, vec![HEIGHT as u64]),
        ];
        Self { big_endian: false, big: false, tags, chunks, tiled: false }
    }

    fn with(mut self, tag: u16, kind: u16, values: &[u64]) -> Self {
        self.tags.retain(|(other, ..)| *other != tag);
        self.tags.push((tag, kind, values.to_vec()));
        self
    }

    fn number(&self, value: u64, size: usize) -> Vec<u8> {
        let bytes = value.to_le_bytes()[..size].to_vec();
        if self.big_endian { bytes.into_iter().rev().collect() } else { bytes }
    }

    fn bytes(mut self) -> Vec<u8> {
        let wide = if self.big { 8 } else { 4 };
        let mut out = if self.big_endian { b"MM".to_vec() } else { b"II".to_vec() };
        out.extend(self.number(if self.big { 43 } else { 42 }, 2));
        if self.big {
            out.extend([self.number(8, 2), self.number(0, 2)].concat());
        }
        let link = out.len();
        out.extend(vec![0; wide]);
        let mut offsets = Vec::new();
        for chunk in &self.chunks {
            offsets.push(out.len() as u64);
            out.extend(chunk);
            out.extend(vec![0; out.len() % 2]);
        }
        let lengths: Vec<u64> = self.chunks.iter().map(|chunk| chunk.len() as u64).collect();
        let (place, size) = if self.tiled { (324, 325) } else { (273, 279) };
        self.tags.push((place, if self.big { 16 } else { 4 }, offsets));
        self.tags.push((size, 4, lengths));
        self.tags.sort();
        let mut table = self.number(self.tags.len() as u64, if self.big { 8 } else { 2 });
        for (tag, kind, values) in &self.tags {
            let unit = match kind {
                1 | 7 => 1,
                3 => 2,
                16 => 8,
                _ => 4,
            };
            let mut packed: Vec<u8> = values.iter().flat_map(|value| self.number(*value, unit)).collect();
            if packed.len() > wide {
                let here = out.len() as u64;
                out.extend(&packed);
                out.extend(vec![0; out.len() % 2]);
                packed = self.number(here, wide);
            }
            packed.resize(wide, 0);
            table.extend([self.number(u64::from(*tag), 2), self.number(u64::from(*kind), 2)].concat());
            table.extend(self.number(values.len() as u64, wide));
            table.extend(packed);
        }
        let here = self.number(out.len() as u64, wide);
        out[link..link + wide].copy_from_slice(&here);
        out.extend(table);
        out.extend(vec![0; wide]);
        out
    }
}

/// The picture row by row: `dark` for a pixel of the left half, `light` for one of the right.
fn halves(width: usize, dark: &[u8], light: &[u8]) -> Vec<u8> {
    let row = [dark.repeat(width / 2), light.repeat(width / 2)].concat();
    row.repeat(HEIGHT)
}

fn differences(mut pixels: Vec<u8>, samples: usize) -> Vec<u8> {
    for row in pixels.chunks_exact_mut(WIDTH * samples) {
        (samples..row.len()).rev().for_each(|at| row[at] = row[at].wrapping_sub(row[at - samples]));
    }
    pixels
}

fn lzw(pixels: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(pixels).expect("bytes can be coded")
}

fn jpeg(pixels: &[u8], colour: ExtendedColorType) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
    encoder.encode(pixels, WIDTH as u32, HEIGHT as u32, colour).expect("a JPEG");
    out
}

#[test]
fn samples_of_sixteen_bits_in_both_byte_orders() {
    for big_endian in [false, true] {
        // 0x20FF is dark and 0xF0FF light; read the wrong way round both were white.
        let sample = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let pixels = halves(WIDTH, &sample(0x20FF), &sample(0xF0FF));
        half_dark(&page(&Tiff { big_endian, ..Tiff::new(&[16], 1, 1, vec![pixels]) }.bytes()).image);
    }
    let deep = [[0x20, 0x10].repeat(3), [0xF0, 0xF0].repeat(3)];
    let pixels = halves(WIDTH, &deep[0], &deep[1]);
    half_dark(&page(&Tiff { big_endian: true, ..Tiff::new(&[16; 3], 1, 2, vec![pixels]) }.bytes()).image);
}

#[test]
fn printing_inks() {
    let black = halves(WIDTH, &[0, 0, 0, 255], &[0; 4]);
    half_dark(&page(&Tiff::new(&[8; 4], 1, 5, vec![black]).bytes()).image);
    let colours = halves(WIDTH, &[255, 255, 255, 0], &[0, 0, 40, 0]);
    half_dark(&page(&Tiff::new(&[8; 4], 5, 5, vec![lzw(&colours)]).bytes()).image);
}

#[test]
fn tiles_stand_beside_and_below_each_other() {
    let (dark, light) = (vec![10; 256], vec![240; 256]);
    let tiled = |chunks: Vec<Vec<u8>>| Tiff {
        tiled: true,
        ..Tiff::new(&[8], 1, 1, chunks).with(322, 3, &[16]).with(323, 3, &[16])
    };
    half_dark(&page(&tiled(vec![dark.clone(), light.clone()]).bytes()).image);
    // A page that ends within a tile.
    let four = vec![dark.clone(), light.clone(), light, dark];
    let image = page(&tiled(four).with(256, 4, &[24]).with(257, 4, &[20]).bytes()).image;
    assert_eq!((image.width, image.height), (24, 20));
    assert!(shade(&image, 0.0, 0.0, 0.66, 0.8) < 20.0 && shade(&image, 0.0, 0.8, 0.66, 1.0) > 230.0);
    assert!(shade(&image, 0.67, 0.0, 1.0, 0.8) > 230.0 && shade(&image, 0.67, 0.8, 1.0, 1.0) < 20.0);
}

#[test]
fn big_tiff_in_both_byte_orders() {
    for big_endian in [false, true] {
        let pixels = halves(WIDTH, &[0], &[255]);
        half_dark(&page(&Tiff { big: true, big_endian, ..Tiff::new(&[8], 1, 1, vec![pixels]) }.bytes()).image);
    }
}

#[test]
fn codes_with_a_predictor() {
    let grey = halves(WIDTH, &[9], &[250]);
    let rgb = halves(WIDTH, &[9, 8, 7], &[250, 251, 252]);
    for (bits, photometric, pixels) in [(vec![8], 1, grey), (vec![8; 3], 2, rgb)] {
        let stored = differences(pixels.clone(), bits.len());
        half_dark(&page(&Tiff::new(&bits, 5, photometric, vec![lzw(&stored)]).with(317, 3, &[2]).bytes()).image);
        half_dark(&page(&Tiff::new(&bits, 5, photometric, vec![lzw(&pixels)]).bytes()).image);
        let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut deflated, &stored).expect("bytes");
        let deflated = deflated.finish().expect("bytes");
        half_dark(&page(&Tiff::new(&bits, 8, photometric, vec![deflated]).with(317, 3, &[2]).bytes()).image);
    }
}

#[test]
fn jpeg_within_tiff_whole_and_with_its_tables_apart() {
    let grey = jpeg(&halves(WIDTH, &[10], &[245]), ExtendedColorType::L8);
    half_dark(&page(&Tiff::new(&[8], 7, 1, vec![grey.clone()]).bytes()).image);
    let colour = jpeg(&halves(WIDTH, &[90, 0, 0], &[230, 255, 255]), ExtendedColorType::Rgb8);
    half_dark(&page(&Tiff::new(&[8; 3], 7, 6, vec![colour]).bytes()).image);
    // Quantisation and Huffman tables stand in a tag of the page.
    let (mut tables, mut rest, mut at) = (b"\xFF\xD8".to_vec(), b"\xFF\xD8".to_vec(), 2);
    while grey[at + 1] != 0xDA {
        let end = at + 2 + usize::from(u16::from_be_bytes([grey[at + 2], grey[at + 3]]));
        let into = if matches!(grey[at + 1], 0xDB | 0xC4) { &mut tables } else { &mut rest };
        into.extend(&grey[at..end]);
        at = end;
    }
    rest.extend(&grey[at..]);
    tables.extend(b"\xFF\xD9");
    let tables: Vec<u64> = tables.into_iter().map(u64::from).collect();
    half_dark(&page(&Tiff::new(&[8], 7, 1, vec![rest]).with(347, 7, &tables).bytes()).image);
}

#[test]
fn planes_palettes_and_light_apart_from_colour() {
    let plane = halves(WIDTH, &[5], &[250]);
    half_dark(
        &page(&Tiff::new(&[8; 3], 1, 2, vec![plane.clone(), plane.clone(), plane]).with(284, 3, &[2]).bytes()).image,
    );
    let map: Vec<u64> = [0_u64, 65_535].into_iter().chain([0; 14]).collect::<Vec<_>>().repeat(3);
    let four_bits = [vec![0x00; 8], vec![0x11; 8]].concat().repeat(HEIGHT);
    half_dark(&page(&Tiff::new(&[4], 1, 3, vec![four_bits]).with(320, 3, &map).bytes()).image);
    let blocks = [[0, 0, 0, 0, 128, 128].repeat(8), [250, 250, 250, 250, 128, 128].repeat(8)].concat().repeat(8);
    half_dark(&page(&Tiff::new(&[8; 3], 1, 6, vec![blocks]).with(530, 3, &[2, 2]).bytes()).image);
}

#[test]
fn strips_that_are_missing_leave_the_rest() {
    let row = halves(WIDTH, &[0], &[255]);
    let strips: Vec<Vec<u8>> = row.chunks(WIDTH * 4).map(<[u8]>::to_vec).collect();
    let whole = Tiff::new(&[8], 1, 1, strips.clone()).with(278, 4, &[4]).bytes();
    half_dark(&page(&whole).image);
    let mut broken = strips;
    broken[2] = Vec::new();
    let (pages, trouble) = pages(&Tiff::new(&[8], 1, 1, broken).with(278, 4, &[4]).bytes());
    assert_eq!((pages.len(), trouble), (1, Some(Trouble::Damaged)));
    assert!(shade(&pages[0].image, 0.0, 0.0, 0.5, 0.5) < 5.0 && shade(&pages[0].image, 0.0, 0.5, 0.5, 0.75) > 250.0);
}
