//! The columns of a page in vertical writing: where they stand, and each as a picture to read. To find them the page is turned
//! by a quarter, so that columns are rows and what finds lines finds columns.

use super::column;
use super::engine::{Engine, EngineError, PxBox, Seen};
use super::ink::{Blobs, Ink};
use super::orient;
use super::segment::{self, Strips};
use crate::domain::GreyImage;

/// White round a column.
const MARGIN_PX: i32 = 6;

/// The columns of a page.
pub(super) struct Columns {
    /// The page turned counter-clockwise, without rules and rings.
    turned: GreyImage,
    blobs: Blobs,
    /// The columns on the turned page.
    pub strips: Strips,
}

impl Columns {
    /// Finds the columns of a page from the blobs that `wanted` keeps.
    pub fn of(
        clean: &GreyImage,
        blobs: &Blobs,
        wanted: impl Fn(usize) -> bool,
        cells: &[PxBox],
        most: usize,
    ) -> Columns {
        let (width, height) = (clean.height as usize, clean.width as usize);
        let mut ink = Ink { width, height, bits: vec![0; width * height] };
        for run in blobs.runs.iter().filter(|run| wanted(run.blob as usize)) {
            for x in run.from as usize..run.to as usize {
                ink.bits[(height - 1 - x) * width + run.y as usize] = 1;
            }
        }
        let blobs = Blobs::of(&ink);
        let high = height as i32;
        let turn = |b: &PxBox| PxBox { left: b.top, top: high - b.right, right: b.bottom, bottom: high - b.left };
        let cells: Vec<PxBox> = cells.iter().map(turn).collect();
        let mut strips = segment::strips(&blobs, &cells, &[]);
        strips.keep_largest(most);
        Columns { turned: orient::turned(clean, 270), blobs, strips }
    }

    /// Reads a column; the places are places of the page.
    pub fn read(&self, engine: &mut Engine, number: usize) -> Result<Vec<Seen>, EngineError> {
        let cut = self.strips.cut(number, &self.turned, &self.blobs, MARGIN_PX);
        let mut seen = column::read(engine, &orient::turned(&cut.image, 90), self.strips.strips[number].letters)?;
        let origin = cut.on_page(PxBox { left: 0, top: 0, right: 0, bottom: cut.image.height as i32 });
        let (x, y) = (self.turned.height as i32 - origin.bottom, origin.left);
        for s in &mut seen {
            let b = s.bbox;
            s.bbox = PxBox { left: b.left + x, top: b.top + y, right: b.right + x, bottom: b.bottom + y };
        }
        Ok(seen)
    }
}
