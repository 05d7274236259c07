//! A page made ready to read: turned, levelled, ruled lines and rings taken off, lines of text found.

use super::columns::Columns;
use super::engine::{Engine, EngineError, PxBox, Seen};
use super::ink::{self, Blobs, Ink};
use super::segment::{self, Strips};
use super::standing::{self, Stand};
use super::{Drawn, inverse, marks, orient, prepare, rules};
use crate::domain::{BBox, GreyImage, Line, Mark, Word};
use crate::stages::decode;

/// More lines than any page has; beyond it, ink is noise.
const MOST_STRIPS: usize = 500;
/// White round a line that is laid before the engine.
const MARGIN_PX: i32 = 8;

/// Letters that a stretch as long as it is high holds at least.
const CROWDED: f32 = 0.6;

/// Letters in a line that tells which way is up.
const FEWEST: u32 = 4;

/// A page taken apart.
pub(super) struct Page {
    /// The page as people see it.
    pub image: GreyImage,
    /// The page without rules and rings.
    clean: GreyImage,
    cells: Vec<PxBox>,
    marks: Vec<marks::Found>,
    blobs: Blobs,
    strips: Strips,
    /// Lines read so far, by strip.
    read: Vec<Option<Vec<Seen>>>,
    /// The columns, when the page is read as vertical writing; what strips there are then are level lines beside them.
    columns: Option<Columns>,
    /// Columns read so far.
    columns_read: Vec<Option<Vec<Seen>>>,
}

/// Letters of a level line on a page in vertical writing, such as the header line.
const LEVEL_LETTERS: u32 = 5;
/// Where such a line mostly stands, as a share of the page's height from either edge.
const LEVEL_EDGE: f32 = 0.05;

impl Page {
    /// Prepares `image`, turned clockwise by `turn` and then levelled by `skew`.
    pub fn of(image: &GreyImage, turn: u16, skew: f32) -> Page {
        let bilevel = decode::bilevel(image);
        let turned = orient::turned(image, turn);
        let image = if skew == 0.0 { turned } else { prepare::levelled(&turned, skew) };
        let mut full = Ink::of(&image, bilevel);
        let mut positive = image.clone();
        let mut blobs = Blobs::of(&full);
        if inverse::righted(&mut positive, &mut full, segment::em(&blobs)) {
            blobs = Blobs::of(&full);
        }
        let mut ink = full.clone();
        ink::despeckle(&mut ink, &blobs);
        let rules = rules::find(&ink, &Blobs::of(&ink));
        let mut taken = ink.clone();
        rules::erase(&mut ink, &rules);
        taken.bits.iter_mut().zip(&ink.bits).for_each(|(before, after)| *before &= 1 - after);
        let cells = rules::cells(&rules, &ink);
        let letters = Blobs::of(&ink);
        let marks = marks::find(&letters, &taken);
        marks::erase_rings(&mut ink, &letters, &marks);
        let clean = cleaned(positive, &full, &ink);
        let blobs = Blobs::of(&ink);
        let em = segment::em(&blobs);
        let mut strips = segment::strips(&blobs, &cells, &marks::seals(&marks, em));
        strips.keep_largest(MOST_STRIPS);
        let read = vec![None; strips.strips.len()];
        // Level pages of two shades stay so for people; only the engine sees the soft edges.
        let image = if skew != 0.0 && bilevel { hardened(image) } else { image };
        Page { image, clean, cells, marks, blobs, strips, read, columns: None, columns_read: Vec::new() }
    }

    /// How the letters of the page stand.
    pub fn standing(&self) -> standing::Count {
        standing::count(&self.blobs, (self.image.height as f32 * super::HEADER) as i32)
    }

    /// The same page, to be read column by column. Lines whose letters stand in rows all the same stay lines.
    pub fn in_columns(mut self) -> Page {
        let stands = standing::of_blobs(&self.blobs);
        let mut counts = vec![(0_u32, 0_u32); self.strips.strips.len()];
        for (blob, stand) in stands.iter().enumerate() {
            match (self.strips.of_blob(blob), stand) {
                (Some(strip), Stand::Rowed) => counts[strip].0 += 1,
                (Some(strip), Stand::Stacked) => counts[strip].1 += 1,
                _ => {}
            }
        }
        let edge = (self.image.height as f32 * LEVEL_EDGE) as i32;
        let level = |strip: usize| {
            let (rowed, stacked) = counts[strip];
            let bbox = self.strips.strips[strip].bbox;
            let margin = bbox.bottom < edge || bbox.top > self.image.height as i32 - edge;
            let clear = rowed >= LEVEL_LETTERS * 3 && rowed > stacked * 6;
            rowed >= LEVEL_LETTERS
                && rowed > stacked * 2
                && (margin || clear)
                && self.strips.stands_apart(strip, &self.blobs)
        };
        let level: Vec<bool> = (0..counts.len()).map(level).collect();
        let level = |strip: usize| level[strip];
        let wanted = |blob: usize| !self.strips.of_blob(blob).is_some_and(level);
        let columns = Columns::of(&self.clean, &self.blobs, wanted, &self.cells, MOST_STRIPS);
        self.columns_read = vec![None; columns.strips.strips.len()];
        self.columns = Some(columns);
        self.strips.keep(level);
        self.read = vec![None; self.strips.strips.len()];
        self
    }

    /// Whether it is read column by column.
    pub fn vertical(&self) -> bool {
        self.columns.is_some()
    }

    /// Where lines of text were found.
    pub fn strips(&self) -> Vec<BBox> {
        let (w, h) = (self.image.width, self.image.height);
        self.strips.strips.iter().map(|s| s.bbox.fraction(w, h)).collect()
    }

    /// The page without rules and rings.
    pub fn into_clean(self) -> GreyImage {
        self.clean
    }

    /// Reads some of the longest lines; the answer is how sure the engine is of them.
    pub fn sample(&mut self, engine: &mut Engine, count: usize) -> Result<f32, EngineError> {
        let edge = (self.image.height.max(self.image.width) as f32 * 0.045) as i32;
        let (mut right, mut bottom) = (self.image.width as i32 - edge, self.image.height as i32 - edge);
        if self.vertical() {
            (right, bottom) = (bottom, right);
        }
        // A fax machine's header stands upright on any page, so the edges say nothing; nor does a letter alone.
        let inner = |b: &PxBox| b.left > edge && b.top > edge && b.right < right && b.bottom < bottom;
        let strips = self.columns.as_ref().map_or(&self.strips, |columns| &columns.strips).strips.iter().enumerate();
        let telling = strips.filter(|(_, strip)| inner(&strip.bbox) && strip.letters >= FEWEST);
        let mut order: Vec<(u32, usize, PxBox)> = telling.map(|(i, strip)| (strip.letters, i, strip.bbox)).collect();
        order.sort_by_key(|(letters, ..)| std::cmp::Reverse(*letters));
        order.truncate(count);
        let (mut sure, mut letters) = (0.0, 0.0);
        for (_, number, bbox) in order {
            let words = if self.vertical() { self.column(engine, number)? } else { self.strip(engine, number)? };
            let read: f32 = words.iter().map(|w| w.text.chars().count() as f32).sum();
            // Text on its side comes out as a few letters, some of them sure: what was not read counts against it.
            let room = (bbox.right - bbox.left) as f32 / (bbox.bottom - bbox.top).max(1) as f32;
            sure += super::engine::confidence(words) * read;
            letters += read.max(room * CROWDED);
        }
        Ok(if letters > 0.0 { sure / letters } else { 0.0 })
    }

    /// Reads what is not read yet.
    pub fn lines(&mut self, engine: &mut Engine) -> Result<Vec<Line>, EngineError> {
        let (width, height) = (self.image.width, self.image.height);
        let mut lines = Vec::new();
        for number in 0..self.columns_read.len() {
            lines.extend(line(self.column(engine, number)?, width, height));
        }
        for number in 0..self.strips.strips.len() {
            lines.extend(line(self.strip(engine, number)?, width, height));
        }
        Ok(lines)
    }

    fn column(&mut self, engine: &mut Engine, number: usize) -> Result<&[Seen], EngineError> {
        if self.columns_read[number].is_none()
            && let Some(columns) = &self.columns
        {
            self.columns_read[number] = Some(columns.read(engine, number)?);
        }
        Ok(self.columns_read[number].as_deref().unwrap_or_default())
    }

    fn strip(&mut self, engine: &mut Engine, number: usize) -> Result<&[Seen], EngineError> {
        if self.read[number].is_none() {
            let cut = self.strips.cut(number, &self.clean, &self.blobs, MARGIN_PX);
            let mut seen = engine.line(&cut.image, self.strips.strips[number].letters)?;
            let strip = &self.strips.strips[number];
            for s in &mut seen {
                s.bbox = cut.on_page(s.bbox).within(&strip.bbox);
            }
            self.read[number] = Some(seen);
        }
        Ok(self.read[number].as_deref().unwrap_or_default())
    }

    /// Cells and marks.
    pub fn drawn(&self) -> Drawn {
        let (w, h) = (self.image.width, self.image.height);
        let marks = self.marks.iter().map(|m| Mark { kind: m.kind, bbox: m.bbox.fraction(w, h) });
        Drawn {
            cells: self.cells.iter().map(|c| c.fraction(w, h)).collect(),
            marks: marks.collect(),
            drawing: prepare::drawing(&self.blobs, w as usize, h as usize),
        }
    }
}

/// A line of what was seen on it, unless that is nothing.
fn line(seen: &[Seen], width: u32, height: u32) -> Option<Line> {
    let word = |s: &Seen| Word { text: s.text.clone(), bbox: s.bbox.fraction(width, height), confidence: s.confidence };
    let words: Vec<Word> = seen.iter().map(word).collect();
    let first = words.first()?.bbox;
    let bbox = words.iter().fold(first, |all, w| all.union(&w.bbox));
    Some(Line { bbox, words })
}

/// The picture with paper where ink was taken off, and over the soft edge of that ink.
fn cleaned(mut clean: GreyImage, before: &Ink, after: &Ink) -> GreyImage {
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

fn hardened(mut image: GreyImage) -> GreyImage {
    image.pixels.iter_mut().for_each(|p| *p = if *p < 128 { 0 } else { 255 });
    image
}
