//! A page picture to text: prepare, find rules and marks, find lines, read them. Runs only in the sealed child.

mod engine;
pub mod lines;
mod orient;

pub use engine::{Engine, EngineError};
pub use orient::turned;

use crate::domain::{BBox, GreyImage, Mark, PageText, Trouble};

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

/// Finds cells and marks of an upright page.
pub fn survey(_image: &GreyImage) -> Drawn {
    Drawn::default()
}

/// Reads a page.
pub fn recognise(engine: &mut Engine, image: &GreyImage) -> Result<Recognised, Trouble> {
    let drawn = survey(image);
    let words = engine.page(image).map_err(|_| Trouble::WorkerCrashed)?;
    let lines = lines::from_words(words, &drawn.cells, image.width, image.height);
    let text = PageText {
        rotation: 0,
        width_px: image.width,
        height_px: image.height,
        blank: lines.is_empty(),
        lines,
        cells: drawn.cells,
        marks: drawn.marks,
    };
    Ok(Recognised { text, upright: None })
}
