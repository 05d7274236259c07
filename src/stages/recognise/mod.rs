//! A page picture to text: prepare, find rules and marks, find lines, read them. Runs only in the sealed child.

mod ctc;
mod engine;
mod ink;
pub mod lines;
mod marks;
mod narrow;
mod network;
mod orient;
mod page;
mod prepare;
mod rules;
mod segment;
mod tesseract;

pub use engine::{Choice, Engine, EngineError};
pub use network::Network;
pub use orient::turned;
pub use tesseract::Tesseract;

use crate::domain::{BBox, GreyImage, Line, Mark, PageText, Trouble};
use crate::stages::decode;
use ink::{Blobs, Ink};
use page::Page;

/// What was read, and the page as it must be shown so that the boxes fit.
pub struct Recognised {
    /// The text; its boxes refer to the upright page.
    pub text: PageText,
    /// The upright page, when it is not the picture that came in.
    pub upright: Option<GreyImage>,
}

/// What is drawn on a page beside its text.
#[derive(Default)]
pub struct Drawn {
    /// Cells of ruled tables.
    pub cells: Vec<BBox>,
    /// Rings and ticks.
    pub marks: Vec<Mark>,
}

/// Lines that are read before the rest, to know which way is up.
const SAMPLE: usize = 6;
/// Below this a page may stand on its head: upside down, kanji still read as kanji (0.66 on three pages of 340), upright as 0.9 and more.
const DOUBTFUL: f32 = 0.85;
/// How much better the other way up must read.
const CLEARLY: f32 = 0.1;
/// Where fax machines print their header line, as a share of the page's height.
const HEADER: f32 = 0.03;

/// Finds cells and marks of an upright page.
pub fn survey(image: &GreyImage) -> Drawn {
    Page::of(image, 0, 0.0).drawn()
}

/// What is seen of an upright page before any letter of it is read.
pub struct Opened {
    /// The page without specks, ruled lines and rings: what the recogniser gets to see.
    pub clean: GreyImage,
    /// The lines of text, in the order in which they are read.
    pub strips: Vec<BBox>,
    /// Cells and marks.
    pub drawn: Drawn,
}

/// Takes an upright page apart, for people who want to see each step.
pub fn opened(image: &GreyImage) -> Opened {
    let page = Page::of(image, 0, 0.0);
    Opened { strips: page.strips(), drawn: page.drawn(), clean: page.into_clean() }
}

/// Reads a page.
pub fn recognise(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, Trouble> {
    read(engine, image).map_err(|_| Trouble::WorkerCrashed)
}

fn read(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, EngineError> {
    let ink = Ink::of(image, decode::bilevel(image));
    let blobs = Blobs::of(&ink);
    if prepare::blank(&blobs, ink.height) {
        let lines = header_line(engine, image, &blobs, 0)?;
        let text =
            PageText { width_px: image.width, height_px: image.height, blank: true, lines, ..PageText::default() };
        return Ok(Recognised { text, upright: None });
    }
    let lie = prepare::lie(&ink, &blobs);
    drop(ink);
    let (turn, mut page) = upright(engine, image, &lie)?;
    let mut lines = page.lines(engine)?;
    let drawn = page.drawn();
    if turn != 0 {
        let zone = turned_box(BBox::new(0.0, 0.0, 1.0, HEADER), turn);
        lines.retain(|line| !zone.contains(line.bbox.centre()));
        lines.extend(header_line(engine, image, &blobs, turn)?);
    }
    let text = PageText {
        rotation: turn,
        width_px: page.image.width,
        height_px: page.image.height,
        blank: false,
        lines: lines::ordered(lines),
        cells: drawn.cells,
        marks: drawn.marks,
    };
    let changed = turn != 0 || lie.skew != 0.0;
    Ok(Recognised { text, upright: changed.then_some(page.image) })
}

/// The page turned so that it reads best. Most pages come upright and are read once only.
fn upright(engine: &mut Engine, image: &GreyImage, lie: &prepare::Lie) -> Result<(u16, Page), EngineError> {
    // Columns of numbers on a level page look like lines on a sideways one, so such a page is seen from all sides.
    let level = lie.sideways <= 1.0;
    let turns: [u16; 4] = if level { [0, 180, 90, 270] } else { [0, 90, 270, 180] };
    let mut best: Option<(f32, u16, Page)> = None;
    for (tried, turn) in turns.into_iter().enumerate() {
        let sure_enough = best.as_ref().is_some_and(|(sure, ..)| *sure > DOUBTFUL) || lie.sideways < 0.6;
        if level && tried == 2 && sure_enough {
            break;
        }
        let mut page = Page::of(image, turn, lie.skew);
        let sure = page.sample(engine, SAMPLE)?;
        if best.as_ref().is_none_or(|(so_far, ..)| sure > so_far + CLEARLY) {
            best = Some((sure, turn, page));
        }
        if level && turn == 0 && sure > DOUBTFUL {
            break;
        }
    }
    best.map(|(_, turn, page)| (turn, page)).ok_or(EngineError::nothing())
}

/// The header line, which stands upright on the page as received; its box is turned with the page.
fn header_line(engine: &mut Engine, image: &GreyImage, blobs: &Blobs, turn: u16) -> Result<Vec<Line>, EngineError> {
    let deep = (image.height as f32 * HEADER) as u32;
    let printed = blobs.blobs.iter().filter(|b| prepare::letter(b) && b.bbox.bottom <= deep as i32).count();
    if printed < 6 {
        return Ok(Vec::new());
    }
    let pixels = image.pixels[..(image.width * deep) as usize].to_vec();
    let band = GreyImage { width: image.width, height: deep, pixels };
    let mut lines = Page::of(&band, 0, 0.0).lines(engine)?;
    let place = |b: BBox| turned_box(BBox::new(b.left, b.top * HEADER, b.right, b.bottom * HEADER), turn);
    for line in &mut lines {
        line.bbox = place(line.bbox);
        line.words.iter_mut().for_each(|w| w.bbox = place(w.bbox));
    }
    Ok(lines)
}

/// Where a box lies after the page was turned clockwise.
fn turned_box(b: BBox, degrees: u16) -> BBox {
    match degrees {
        90 => BBox::new(1.0 - b.bottom, b.left, 1.0 - b.top, b.right),
        180 => BBox::new(1.0 - b.right, 1.0 - b.bottom, 1.0 - b.left, 1.0 - b.top),
        270 => BBox::new(b.top, 1.0 - b.right, b.bottom, 1.0 - b.left),
        _ => b,
    }
}
