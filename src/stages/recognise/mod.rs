//! A page picture to text: prepare, find rules and marks, find lines, read them. Runs only in the sealed child.

mod engine;
mod ink;
pub mod lines;
mod marks;
mod orient;
mod prepare;
mod rules;

pub use engine::{Engine, EngineError};
pub use orient::turned;

use crate::domain::{BBox, GreyImage, Line, Mark, PageText, Trouble};
use crate::stages::decode;
use engine::{PxBox, Seen, confidence};
use ink::{Blobs, Ink};

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

/// Below this a page may stand on its head.
const DOUBTFUL: f32 = 0.6;
/// How much better the other way up must read.
const CLEARLY: f32 = 0.12;
/// Where fax machines print their header line, as a share of the page's height.
const HEADER: f32 = 0.03;

/// A page taken apart: letters without rules, and what the rules and rings were.
struct Scene {
    clean: GreyImage,
    cells: Vec<PxBox>,
    marks: Vec<marks::Found>,
}

impl Scene {
    fn of(image: &GreyImage, full: &Ink, blobs: &Blobs) -> Scene {
        let mut ink = full.clone();
        ink::despeckle(&mut ink, blobs);
        let rules = rules::find(&ink);
        rules::erase(&mut ink, &rules);
        let cells = rules::cells(&rules, full.width, full.height);
        let letters = Blobs::of(&ink);
        let marks = marks::find(&letters);
        letters.erase(&mut ink, |i, _| marks.iter().any(|m| m.blob == i && m.alone));
        Scene { clean: cleaned(image, full, &ink), cells, marks }
    }

    fn drawn(&self) -> Drawn {
        let (w, h) = (self.clean.width, self.clean.height);
        Drawn {
            cells: self.cells.iter().map(|c| c.fraction(w, h)).collect(),
            marks: self.marks.iter().map(|m| Mark { kind: m.kind, bbox: m.bbox.fraction(w, h) }).collect(),
        }
    }
}

/// The picture with paper where ink was taken off, and over the soft edge of that ink.
fn cleaned(image: &GreyImage, before: &Ink, after: &Ink) -> GreyImage {
    let mut clean = image.clone();
    let width = before.width;
    for at in 0..before.bits.len() {
        if before.bits[at] == after.bits[at] {
            continue;
        }
        let around = [Some(at), at.checked_sub(1), at.checked_sub(width), Some(at + 1), Some(at + width)];
        for near in around.into_iter().flatten() {
            if after.bits.get(near) == Some(&0) {
                clean.pixels[near] = 255;
            }
        }
    }
    clean
}

fn inked(image: &GreyImage, bilevel: bool) -> (Ink, Blobs) {
    let ink = Ink::of(image, bilevel);
    let blobs = Blobs::of(&ink);
    (ink, blobs)
}

/// Finds cells and marks of an upright page.
pub fn survey(image: &GreyImage) -> Drawn {
    let (ink, blobs) = inked(image, decode::bilevel(image));
    Scene::of(image, &ink, &blobs).drawn()
}

/// Reads a page.
pub fn recognise(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, Trouble> {
    read(engine, image).map_err(|_| Trouble::WorkerCrashed)
}

fn read(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, EngineError> {
    let bilevel = decode::bilevel(image);
    let (ink, blobs) = inked(image, bilevel);
    if prepare::blank(&blobs, ink.height) {
        let lines = header_line(engine, image, &blobs, 0)?;
        let text =
            PageText { width_px: image.width, height_px: image.height, blank: true, lines, ..PageText::default() };
        return Ok(Recognised { text, upright: None });
    }
    let lie = prepare::lie(&ink, &blobs);
    let mut blobs_of = |page: &GreyImage| inked(page, bilevel).1;
    let mut turn = match lie.sideways {
        s if s > 1.0 => orient::best(engine, image, &[90, 270], &mut blobs_of)?.0,
        _ => 0,
    };
    let mut page = Upright::of(image, turn, lie.skew, bilevel);
    let mut words = page.words(engine)?;
    if confidence(&words) < DOUBTFUL {
        let others: Vec<u16> = [0, 90, 180, 270].into_iter().filter(|t| *t != turn).collect();
        let (_, here) = orient::best(engine, image, &[turn], &mut blobs_of)?;
        let (other, there) = orient::best(engine, image, &others, &mut blobs_of)?;
        if there > here + CLEARLY {
            turn = other;
            page = Upright::of(image, turn, lie.skew, bilevel);
            words = page.words(engine)?;
        }
    }
    let drawn = page.scene.drawn();
    let (width, height) = (page.image.width, page.image.height);
    let mut lines = lines::from_words(words, &drawn.cells, width, height);
    if turn != 0 {
        lines.extend(header_line(engine, image, &blobs, turn)?);
    }
    let text = PageText {
        rotation: turn,
        width_px: width,
        height_px: height,
        blank: false,
        lines,
        cells: drawn.cells,
        marks: drawn.marks,
    };
    let changed = turn != 0 || lie.skew != 0.0;
    Ok(Recognised { text, upright: changed.then(|| page.shown(bilevel)) })
}

/// A page after turning and levelling.
struct Upright {
    image: GreyImage,
    scene: Scene,
}

impl Upright {
    fn of(image: &GreyImage, turn: u16, skew: f32, bilevel: bool) -> Upright {
        let image = turned(image, turn);
        let image = if skew == 0.0 { image } else { prepare::levelled(&image, skew) };
        let (ink, blobs) = inked(&image, bilevel);
        let scene = Scene::of(&image, &ink, &blobs);
        Upright { image, scene }
    }

    fn words(&self, engine: &mut Engine) -> Result<Vec<Seen>, EngineError> {
        engine.show(&self.scene.clean)?;
        engine.page()
    }

    /// The page for people: black and white stays so.
    fn shown(self, bilevel: bool) -> GreyImage {
        let mut image = self.image;
        if bilevel {
            image.pixels.iter_mut().for_each(|p| *p = if *p < 128 { 0 } else { 255 });
        }
        image
    }
}

/// The header line, which stands upright on the page as received; its box is turned with the page.
fn header_line(engine: &mut Engine, image: &GreyImage, blobs: &Blobs, turn: u16) -> Result<Vec<Line>, EngineError> {
    let deep = (image.height as f32 * HEADER) as i32;
    let printed = blobs.blobs.iter().filter(|b| prepare::letter(b) && b.bbox.bottom <= deep).count();
    if printed < 6 {
        return Ok(Vec::new());
    }
    engine.show(image)?;
    let words = engine.strip(PxBox { left: 0, top: 0, right: image.width as i32, bottom: deep })?;
    let mut lines = lines::from_words(words, &[], image.width, image.height);
    for line in &mut lines {
        line.bbox = turned_box(line.bbox, turn);
        line.words.iter_mut().for_each(|w| w.bbox = turned_box(w.bbox, turn));
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
