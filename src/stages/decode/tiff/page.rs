//! A page put together from its strips, tiles and planes, in shades of grey over white.

use super::chunk::{Format, Layout, Samples};
use super::ifd::Directory;
use crate::domain::Trouble;

const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIP_OFFSETS: u16 = 273;
const SAMPLES: u16 = 277;
const ROWS_PER_STRIP: u16 = 278;
const STRIP_LENGTHS: u16 = 279;
const PLANAR: u16 = 284;
const FAX_OPTIONS: u16 = 292;
const PREDICTOR: u16 = 317;
const COLOUR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILE_OFFSETS: u16 = 324;
const TILE_LENGTHS: u16 = 325;
const EXTRA_SAMPLES: u16 = 338;
const SAMPLE_FORMAT: u16 = 339;
const JPEG_TABLES: u16 = 347;
const SUBSAMPLING: u16 = 530;

/// More samples of a pixel than any paper has.
const MOST_SAMPLES: u64 = 16;

/// The page in grey, and whether all of it was there. White fills what is missing.
pub(super) fn grey(
    directory: &Directory<'_>,
    width: usize,
    height: usize,
    page_pixels: u64,
) -> Result<(Vec<u8>, bool), Trouble> {
    let colours = Colours::of(directory)?;
    let layout = layout(directory, &colours)?;
    let grid = Grid::of(directory, width, height, page_pixels)?;
    let fax = matches!(layout.compression, 2..=4);
    let planes = if colours.planar { colours.needed() } else { 1 };
    let samples = if colours.planar { planes } else { colours.samples };
    let sample_bytes = samples.max(planes) as u64 * layout.bits.div_ceil(8) as u64;
    if (grid.width as u64 * grid.height as u64).saturating_mul(sample_bytes) > page_pixels.saturating_mul(4) {
        return Err(Trouble::TooLarge);
    }
    let mut pixels = vec![255; width * height];
    let (mut whole, mut rows_wanted, mut rows_got) = (true, 0, 0);
    for place in grid.places() {
        let mut together: Option<Samples> = None;
        for plane in 0..planes {
            let (data, cut) = grid.data(directory.file.bytes, plane * grid.count() + place.index);
            whole &= !cut;
            let got = if data.is_empty() { nothing() } else { layout.samples(data, grid.width, place.stored)? };
            // Fax strips may end early on purpose; only bytes that are not there make a page damaged.
            whole &= got.rows > 0 && (fax || got.rows >= place.rows);
            together = Some(match together {
                None if planes == 1 => got,
                None => spread(got, planes),
                Some(before) => woven(before, &got, plane, planes),
            });
        }
        let Some(chunk) = together else { continue };
        rows_wanted += place.rows;
        rows_got += chunk.rows.min(place.rows);
        for (y, row) in chunk.bytes.chunks_exact(grid.width * samples).take(chunk.rows.min(place.rows)).enumerate() {
            let into = &mut pixels[(place.top + y) * width + place.left..][..place.columns];
            for (pixel, values) in into.iter_mut().zip(row.chunks_exact(samples)) {
                *pixel = colours.shade(values);
            }
        }
    }
    if rows_got == 0 {
        return Err(Trouble::Damaged);
    }
    // Some senders end a page a few rows early.
    whole &= rows_got * 10 >= rows_wanted * 9;
    Ok((pixels, whole))
}

/// The strips' bytes in their order.
pub(super) fn strips<'a>(directory: &Directory<'a>) -> impl Iterator<Item = &'a [u8]> {
    let bytes = directory.file.bytes;
    let lengths = directory.numbers(STRIP_LENGTHS);
    directory
        .numbers(STRIP_OFFSETS)
        .into_iter()
        .enumerate()
        .map(move |(index, at)| piece(bytes, at, lengths.get(index).copied()).0)
}

fn nothing() -> Samples {
    Samples { bytes: Vec::new(), rows: 0 }
}

/// The first plane, with room for the others.
fn spread(plane: Samples, planes: usize) -> Samples {
    let mut bytes = vec![0; plane.bytes.len() * planes];
    bytes.iter_mut().step_by(planes).zip(plane.bytes).for_each(|(to, from)| *to = from);
    Samples { bytes, rows: plane.rows }
}

fn woven(mut all: Samples, plane: &Samples, index: usize, planes: usize) -> Samples {
    all.bytes.iter_mut().skip(index).step_by(planes).zip(&plane.bytes).for_each(|(to, from)| *to = *from);
    all.rows = all.rows.min(plane.rows);
    all
}

fn layout(directory: &Directory<'_>, colours: &Colours) -> Result<Layout, Trouble> {
    let bits = directory.numbers(BITS);
    let first = bits.first().copied().unwrap_or(1);
    let float = directory.number(SAMPLE_FORMAT) == Some(3);
    let sound =
        if float { matches!(first, 16 | 32 | 64) } else { (1..=16).contains(&first) || matches!(first, 24 | 32 | 64) };
    let used = bits.len().min(colours.samples);
    let numbered = colours.photometric == 3 && first > 8;
    if !sound || numbered || bits[..used].iter().any(|bits| *bits != first) {
        return Err(Trouble::UnsupportedFormat);
    }
    let subsampling = match directory.numbers(SUBSAMPLING)[..] {
        [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => (across as usize, down as usize),
        _ => (2, 2),
    };
    Ok(Layout {
        compression: directory.number(COMPRESSION).unwrap_or(1),
        photometric: colours.photometric,
        samples: if colours.planar { 1 } else { colours.samples },
        bits: first as usize,
        format: match directory.number(SAMPLE_FORMAT) {
            Some(2) => Format::Signed,
            Some(3) => Format::Float,
            _ => Format::Unsigned,
        },
        predictor: directory.number(PREDICTOR).unwrap_or(1),
        reversed: directory.number(FILL_ORDER) == Some(2),
        big_endian: directory.file.big_endian,
        two_dimensional: directory.number(FAX_OPTIONS).unwrap_or(0) & 1 == 1,
        subsampling,
        tables: directory.bytes(JPEG_TABLES).unwrap_or_default().to_vec(),
    })
}

/// What the samples of a pixel mean.
struct Colours {
    photometric: u64,
    samples: usize,
    planar: bool,
    /// The sample that says how much of the pixel covers the paper, and whether the colours were multiplied by it.
    alpha: Option<(usize, bool)>,
    /// Shades by palette number.
    palette: Vec<u8>,
}

impl Colours {
    fn of(directory: &Directory<'_>) -> Result<Self, Trouble> {
        let samples = directory.number(SAMPLES).unwrap_or(1);
        if !(1..=MOST_SAMPLES).contains(&samples) {
            return Err(if samples == 0 { Trouble::Damaged } else { Trouble::UnsupportedFormat });
        }
        let samples = samples as usize;
        let fax = matches!(directory.number(COMPRESSION), Some(2..=4));
        let assumed = if samples >= 3 { 2 } else { u64::from(!fax) };
        let photometric = directory.number(PHOTOMETRIC).unwrap_or(assumed);
        let colours = match photometric {
            0 | 1 | 3 | 4 => 1,
            2 | 6 | 8 | 9 | 10 => 3,
            5 => 4,
            _ => return Err(Trouble::UnsupportedFormat),
        };
        // A picture in one plane of light alone is common for what is called coloured.
        if samples < colours && !matches!(photometric, 6 | 8 | 9 | 10) {
            return Err(Trouble::Damaged);
        }
        let extra = directory.numbers(EXTRA_SAMPLES);
        let alpha = extra.iter().position(|kind| matches!(kind, 1 | 2)).map(|at| (colours + at, extra[at] == 1));
        Ok(Self {
            photometric,
            samples,
            planar: samples > 1 && directory.number(PLANAR) == Some(2),
            alpha: alpha.filter(|(at, _)| *at < samples),
            palette: if photometric == 3 { palette(&directory.numbers(COLOUR_MAP)) } else { Vec::new() },
        })
    }

    /// The planes that must be read for a shade.
    fn needed(&self) -> usize {
        let colours = match self.photometric {
            2 => 3,
            5 => 4,
            // Light comes first.
            _ => 1,
        };
        self.alpha.map_or(colours, |(at, _)| at + 1)
    }

    /// The shade of a pixel on white paper.
    fn shade(&self, values: &[u8]) -> u8 {
        let shade = match self.photometric {
            0 | 4 => 255 - values[0],
            2 => luma(values[0], values[1], values[2]),
            3 => self.palette.get(usize::from(values[0])).copied().unwrap_or(255),
            5 => {
                let ink = |colour: u8| (u32::from(255 - colour) * u32::from(255 - values[3]) / 255) as u8;
                luma(ink(values[0]), ink(values[1]), ink(values[2]))
            }
            _ => values[0],
        };
        let Some((at, multiplied)) = self.alpha else { return shade };
        let (shade, cover) = (u32::from(shade), u32::from(values[at]));
        let own = if multiplied { shade } else { shade * cover / 255 };
        (own + 255 - cover).min(255) as u8
    }
}

fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114) / 1000) as u8
}

/// Shades of a colour map: all reds, all greens, all blues. Some writers use the lower byte only.
fn palette(map: &[u64]) -> Vec<u8> {
    let size = map.len() / 3;
    let shift = if map.iter().any(|value| *value > 255) { 8 } else { 0 };
    let part = |at: usize| (map[at] >> shift).min(255) as u8;
    (0..size.min(256)).map(|i| luma(part(i), part(size + i), part(2 * size + i))).collect()
}

/// Where the chunks of a page stand, on the page and in the file.
struct Grid {
    width: usize,
    height: usize,
    across: usize,
    tiled: bool,
    page: (usize, usize),
    offsets: Vec<u64>,
    lengths: Vec<u64>,
}

struct Place {
    index: usize,
    left: usize,
    top: usize,
    columns: usize,
    rows: usize,
    /// Rows in the file; a tile has all of them even where the page ends.
    stored: usize,
}

impl Grid {
    fn of(directory: &Directory<'_>, width: usize, height: usize, page_pixels: u64) -> Result<Self, Trouble> {
        let tiled = directory.has(TILE_OFFSETS);
        let side = |tag, most: usize| {
            let side = directory.number(tag).and_then(|side| usize::try_from(side).ok());
            side.filter(|side| *side > 0).map_or(most, |side| if tiled { side } else { side.min(most) })
        };
        let grid = Self {
            width: if tiled { side(TILE_WIDTH, width) } else { width },
            height: side(if tiled { TILE_HEIGHT } else { ROWS_PER_STRIP }, height),
            across: 0,
            tiled,
            page: (width, height),
            offsets: directory.numbers(if tiled { TILE_OFFSETS } else { STRIP_OFFSETS }),
            lengths: directory.numbers(if tiled { TILE_LENGTHS } else { STRIP_LENGTHS }),
        };
        // A tile may be larger than the page, but not than any page.
        if (grid.width as u64).saturating_mul(grid.height as u64) > page_pixels.max(1 << 20) {
            return Err(Trouble::TooLarge);
        }
        if grid.offsets.is_empty() {
            return Err(Trouble::Damaged);
        }
        Ok(Self { across: width.div_ceil(grid.width), ..grid })
    }

    /// Chunks of a plane.
    fn count(&self) -> usize {
        self.across * self.page.1.div_ceil(self.height)
    }

    fn places(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.count()).map(move |index| {
            let (left, top) = (index % self.across * self.width, index / self.across * self.height);
            let (columns, rows) = (self.width.min(self.page.0 - left), self.height.min(self.page.1 - top));
            Place { index, left, top, columns, rows, stored: if self.tiled { self.height } else { rows } }
        })
    }

    /// The bytes of a chunk, and whether some of them lie beyond the end of the file.
    fn data<'a>(&self, bytes: &'a [u8], index: usize) -> (&'a [u8], bool) {
        let Some(at) = self.offsets.get(index) else { return (&[], true) };
        piece(bytes, *at, self.lengths.get(index).copied())
    }
}

fn piece(bytes: &[u8], at: u64, length: Option<u64>) -> (&[u8], bool) {
    let start = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let Some(length) = length else { return (&bytes[start..], false) };
    let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
    (&bytes[start..end.min(bytes.len())], end > bytes.len())
}
