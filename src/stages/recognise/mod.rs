//! A page picture to text: prepare, find rules and marks, find lines, read them. Runs only in the sealed child.

mod checks;
mod column;
mod columns;
mod ctc;
mod engine;
mod flood;
mod ink;
mod inverse;
mod letters;
pub mod lines;
mod marks;
mod narrow;
mod network;
mod orient;
mod page;
mod prepare;
mod rules;
mod segment;
mod set;
mod stamp;
mod standing;
mod tesseract;

pub use engine::{Choice, Engine, EngineError};
pub use network::Network;
pub use orient::turned;
pub use tesseract::Tesseract;

use crate::domain::{BBox, GreyImage, Line, Mark, PageText, Trouble};
use crate::stages::decode;
use ink::{Blobs, Ink};
use page::Page;
use serde::{Deserialize, Serialize};

/// What of a page picture is to be read, and how it lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Look {
    /// All of it; which way is up is found out.
    #[default]
    Whole,
    /// All of it, turned clockwise by so many degrees (90, 180 or 270), as a person said.
    Turned(u16),
    /// Only what lies inside the box, on a page that is upright.
    Part(BBox),
}

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
    /// Whether there is ink beside letters, rules and specks.
    pub drawing: bool,
}

/// Lines that are read before the rest, to know which way is up.
const SAMPLE: usize = 6;
/// Below this a page may stand on its head: upside down, kanji still read as kanji (0.66 on three pages of 340), upright as 0.9 and more.
const DOUBTFUL: f32 = 0.85;
/// How much better the other way up must read.
const CLEARLY: f32 = 0.1;
/// A page that reads worse than this, whichever way it is turned, may be vertical writing that lies on its side.
const HOPELESS: f32 = 0.75;
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

/// Reads a page, or a part of it.
pub fn recognise(engine: &mut Engine, image: &GreyImage, look: Look) -> Result<Recognised, Trouble> {
    let read = match look {
        Look::Whole => read(engine, image),
        Look::Turned(degrees) => read_turned(engine, image, degrees),
        Look::Part(bbox) => read_part(engine, image, bbox),
    };
    read.map_err(|_| Trouble::WorkerCrashed)
}

/// Reads a page as a person turned it: nothing else is tried.
fn read_turned(engine: &mut Engine, image: &GreyImage, degrees: u16) -> Result<Recognised, EngineError> {
    let page = Page::of(image, degrees, 0.0);
    let columns = page.standing().columns();
    let mut page = surer(engine, page, columns, || Page::of(image, degrees, 0.0))?;
    let lines = ordered(page.lines(engine)?, &page);
    let drawn = page.drawn();
    let text = PageText {
        rotation: degrees,
        width_px: page.image.width,
        height_px: page.image.height,
        blank: lines.is_empty() && !drawn.drawing,
        drawing: drawn.drawing,
        vertical: page.vertical(),
        lines,
        cells: drawn.cells,
        marks: drawn.marks,
    };
    Ok(Recognised { text, upright: Some(page.image) })
}

/// Reads what lies inside a box; the boxes of the answer refer to the whole page.
fn read_part(engine: &mut Engine, image: &GreyImage, bbox: BBox) -> Result<Recognised, EngineError> {
    let px = |share: f32, whole: u32| ((share.clamp(0.0, 1.0) * whole as f32) as u32).min(whole);
    let (left, right) = (px(bbox.left, image.width), px(bbox.right, image.width));
    let (top, bottom) = (px(bbox.top, image.height), px(bbox.bottom, image.height));
    let mut text = PageText { width_px: image.width, height_px: image.height, ..PageText::default() };
    if right > left && bottom > top {
        let row = |y: u32| &image.pixels[(y * image.width + left) as usize..(y * image.width + right) as usize];
        let pixels = (top..bottom).flat_map(row).copied().collect();
        let part = GreyImage { width: right - left, height: bottom - top, pixels };
        let page = Page::of(&part, 0, 0.0);
        let columns = page.standing().columns_of_part();
        let mut page = surer(engine, page, columns, || Page::of(&part, 0, 0.0))?;
        text.vertical = page.vertical();
        text.lines = ordered(page.lines(engine)?, &page);
        let x = |share: f32| (left as f32 + share * (right - left) as f32) / image.width as f32;
        let y = |share: f32| (top as f32 + share * (bottom - top) as f32) / image.height as f32;
        let place = |b: BBox| BBox::new(x(b.left), y(b.top), x(b.right), y(b.bottom));
        for line in &mut text.lines {
            line.bbox = place(line.bbox);
            line.words.iter_mut().for_each(|word| word.bbox = place(word.bbox));
        }
    }
    Ok(Recognised { text, upright: None })
}

/// The page read in rows or, where its letters stand in `columns`, as what reads surer.
fn surer(engine: &mut Engine, page: Page, columns: bool, again: impl FnOnce() -> Page) -> Result<Page, EngineError> {
    if !columns {
        return Ok(page);
    }
    let (mut vertical, mut level) = (page.in_columns(), again());
    let better = vertical.sample(engine, SAMPLE)? >= level.sample(engine, SAMPLE)?;
    Ok(if better { vertical } else { level })
}

/// Lines in the order in which they are read.
fn ordered(lines: Vec<Line>, page: &Page) -> Vec<Line> {
    let aspect = page.image.height as f32 / page.image.width.max(1) as f32;
    if page.vertical() { lines::ordered_vertical(lines, aspect) } else { lines::ordered(lines) }
}

fn read(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, EngineError> {
    let ink = Ink::of(image, decode::bilevel(image));
    let blobs = Blobs::of(&ink);
    if prepare::wordless(&blobs, ink.height) && !survey(image).drawing {
        let lines = header_line(engine, image, &blobs, 0)?;
        let text =
            PageText { width_px: image.width, height_px: image.height, blank: true, lines, ..PageText::default() };
        return Ok(Recognised { text, upright: None });
    }
    let lie = prepare::lie(&ink, &blobs);
    drop(ink);
    let standing = standing::count(&blobs, (image.height as f32 * HEADER) as i32);
    let (turn, mut page) = upright(engine, image, &lie, &standing)?;
    let mut lines = page.lines(engine)?;
    let drawn = page.drawn();
    if turn != 0 {
        let zone = BBox::new(0.0, 0.0, 1.0, HEADER).turned(turn);
        lines.retain(|line| !zone.contains(line.bbox.centre()));
        lines.extend(header_line(engine, image, &blobs, turn)?);
    }
    let text = PageText {
        rotation: turn,
        width_px: page.image.width,
        height_px: page.image.height,
        blank: false,
        drawing: drawn.drawing,
        vertical: page.vertical(),
        lines: ordered(lines, &page),
        cells: drawn.cells,
        marks: drawn.marks,
    };
    let skew = if page.vertical() && turn % 180 == 0 { lie.columns } else { lie.skew };
    let changed = turn != 0 || skew != 0.0;
    Ok(Recognised { text, upright: changed.then_some(page.image) })
}

/// The page turned so that it reads best, in rows or in columns. Most pages come upright and are read once only.
fn upright(
    engine: &mut Engine,
    image: &GreyImage,
    lie: &prepare::Lie,
    standing: &standing::Count,
) -> Result<(u16, Page), EngineError> {
    let mut best: Option<(f32, u16, Page)> = None;
    // Lines of a page that lies sideways are columns, too: how sure the engine is of their letters tells.
    if standing.columns() {
        for turn in [0, 180] {
            vertical(engine, image, turn, lie.columns, &mut best)?;
            if let Some(found) = best.take_if(|(sure, ..)| *sure > DOUBTFUL) {
                return Ok((found.1, found.2));
            }
        }
    }
    // Columns of numbers on a level page look like lines on a sideways one, so such a page is seen from all sides.
    let level = lie.sideways <= 1.0;
    let turns: [u16; 4] = if level { [0, 180, 90, 270] } else { [0, 90, 270, 180] };
    for (tried, turn) in turns.into_iter().enumerate() {
        let sure_enough = best.as_ref().is_some_and(|(sure, ..)| *sure > DOUBTFUL) || lie.sideways < 0.6;
        if level && tried == 2 && sure_enough {
            break;
        }
        let mut page = Page::of(image, turn, lie.skew);
        let sure = page.sample(engine, SAMPLE)?;
        // Rows need no more than to read as well as columns: nearly all pages are written in rows.
        let more = if turn == 0 && tried == 0 { 0.0 } else { CLEARLY };
        if best.as_ref().is_none_or(|(so_far, ..)| sure > so_far + more) {
            best = Some((sure, turn, page));
        }
        if level && turn == 0 && sure > DOUBTFUL {
            break;
        }
    }
    if best.as_ref().is_some_and(|(sure, ..)| *sure < HOPELESS) && standing.rows() {
        for turn in [90, 270] {
            vertical(engine, image, turn, lie.skew, &mut best)?;
        }
    }
    best.map(|(_, turn, page)| (turn, page)).ok_or(EngineError::nothing())
}

/// Takes the page read in columns when it reads clearly better than what is best so far.
fn vertical(
    engine: &mut Engine,
    image: &GreyImage,
    turn: u16,
    skew: f32,
    best: &mut Option<(f32, u16, Page)>,
) -> Result<(), EngineError> {
    let mut page = Page::of(image, turn, skew).in_columns();
    let sure = page.sample(engine, SAMPLE)?;
    if best.as_ref().is_none_or(|(so_far, ..)| sure > so_far + CLEARLY) {
        *best = Some((sure, turn, page));
    }
    Ok(())
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
    let place = |b: BBox| BBox::new(b.left, b.top * HEADER, b.right, b.bottom * HEADER).turned(turn);
    for line in &mut lines {
        line.bbox = place(line.bbox);
        line.words.iter_mut().for_each(|w| w.bbox = place(w.bbox));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Drawn by a browser; the same words on both.
    const VERTICAL: &[u8] = include_bytes!("testdata/vertical.png");
    const LEVEL: &[u8] = include_bytes!("testdata/level.png");

    fn engine() -> Engine {
        let network = Network::shipped().expect("the model comes with the program");
        Engine::new(Some(network), None).expect("an engine")
    }

    fn picture(png: &[u8]) -> GreyImage {
        let image = image::load_from_memory(png).expect("a picture").to_luma8();
        GreyImage { width: image.width(), height: image.height(), pixels: image.into_raw() }
    }

    #[test]
    fn vertical_writing_is_read_upright_and_on_its_head_and_its_boxes_fit() {
        let page = picture(VERTICAL);
        for turn in [0, 180] {
            let read = recognise(&mut engine(), &orient::turned(&page, turn), Look::Whole).expect("read").text;
            assert!(read.vertical && read.rotation == turn, "{turn}");
            let text = read.plain();
            for part in ["左記の患者様をご紹介申し上げます。", "(12日予約)", "「胃の痛み」が続き、", "Takepron"]
            {
                assert!(text.contains(part), "{part}: {text}");
            }
            let name = read.lines.iter().find(|line| line.text() == "患者氏名例田春子").expect("a column");
            // The fifth column from the right; its letters follow each other downwards, all on one axis.
            assert!((0.48..0.6).contains(&name.bbox.centre().0) && name.bbox.width() < 0.06, "{:?}", name.bbox);
            let ink = Ink::of(&page, true);
            for pair in name.words.windows(2) {
                assert!(pair[0].bbox.centre().1 < pair[1].bbox.centre().1);
            }
            for word in &name.words {
                let b = word.bbox;
                let px = |share: f32, size: usize| (share * size as f32) as usize;
                let rows = px(b.top, ink.height)..px(b.bottom, ink.height);
                let columns = px(b.left, ink.width)..px(b.right, ink.width);
                let inked = rows.flat_map(|y| &ink.row(y)[columns.clone()]).filter(|bit| **bit == 1).count();
                assert!(inked > 30, "{} has no ink in its box", word.text);
            }
        }
    }

    #[test]
    fn a_page_in_rows_is_never_vertical_however_it_lies() {
        let page = picture(LEVEL);
        for turn in [0, 90] {
            let read = recognise(&mut engine(), &orient::turned(&page, turn), Look::Whole).expect("read").text;
            assert!(!read.vertical && read.rotation == (360 - turn) % 360, "{turn}");
            assert!(read.plain().contains("患者氏名"));
        }
    }

    #[test]
    fn a_part_of_a_vertical_page_is_read_downwards() {
        let part = Look::Part(BBox::new(0.545, 0.0, 0.605, 1.0));
        let read = recognise(&mut engine(), &picture(VERTICAL), part).expect("read").text;
        assert_eq!(read.plain(), "患者氏名例田春子");
    }
}
