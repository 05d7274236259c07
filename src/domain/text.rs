//! What was recognised on one upright page.

use super::BBox;
use serde::{Deserialize, Serialize};

/// A run of characters as the engine (or the PDF's text layer) gave it, usually 1 to 3 characters of Japanese.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The characters as seen, not normalised.
    pub text: String,
    /// Where they stand.
    #[serde(rename = "box")]
    pub bbox: BBox,
    /// 0 to 1; 1 for a sound text layer.
    pub confidence: f32,
}

/// Words that stand on one line, in reading order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Around all its words.
    #[serde(rename = "box")]
    pub bbox: BBox,
    /// In reading order.
    pub words: Vec<Word>,
}

impl Line {
    /// The words joined without spaces.
    pub fn text(&self) -> String {
        self.words.iter().map(|w| w.text.as_str()).collect()
    }
}

/// A mark drawn by hand or by print round or beside printed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// A ring round one of several printed choices (丸囲み).
    Circle,
    /// A filled or ticked box (☑ ■ レ).
    Check,
}

/// A mark and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// What was drawn.
    pub kind: MarkKind,
    /// Around the ink of the mark.
    #[serde(rename = "box")]
    pub bbox: BBox,
}

/// Everything recognised on one page: the output of `stages::recognise`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageText {
    /// Clockwise degrees (0, 90, 180, 270) by which the page was turned to be upright.
    pub rotation: u16,
    /// Width of the upright page in pixels.
    pub width_px: u32,
    /// Height of the upright page in pixels.
    pub height_px: u32,
    /// No ink worth reading.
    pub blank: bool,
    /// Ink that is no letter and no rule: a picture, a drawing, handwriting. Such a page is not blank, however few its words.
    #[serde(default)]
    pub drawing: bool,
    /// Written vertically (縦書き): lines run from top to bottom, and follow each other from right to left.
    #[serde(default)]
    pub vertical: bool,
    /// In reading order: lines from top to bottom, left to right, or of vertical writing from right to left.
    pub lines: Vec<Line>,
    /// Cells of ruled tables.
    pub cells: Vec<BBox>,
    /// Rings and ticks found by ink.
    pub marks: Vec<Mark>,
}

impl PageText {
    /// What stands for a page that could not be recognised: no text, but not blank either, so that it stays in its document.
    pub fn unread() -> Self {
        Self { drawing: true, ..Self::default() }
    }

    /// All lines, one under another.
    pub fn plain(&self) -> String {
        self.lines.iter().map(Line::text).collect::<Vec<_>>().join("\n")
    }
}

/// A recognised page in its place within the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadPage {
    /// Page of the file as received.
    pub no: super::PageNo,
    /// Decodable part of the file it belongs to (an attachment of a mail), from 1.
    pub part: u32,
    /// What was recognised.
    pub text: PageText,
}
