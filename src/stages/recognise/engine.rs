//! Tesseract, one engine kept for many pages. The only file that knows it.

use crate::domain::{BBox, GreyImage};
use std::ffi::CString;
use tesseract::plumbing::TessBaseApi;
use tesseract::plumbing::tesseract_sys::{
    TessOcrEngineMode_OEM_LSTM_ONLY, TessPageSegMode, TessPageSegMode_PSM_SINGLE_CHAR, TessPageSegMode_PSM_SINGLE_LINE,
};

/// The engine could not be set up, or refused a picture.
#[derive(Debug, thiserror::Error)]
#[error("the recogniser failed while it tried to {0}")]
pub struct EngineError(&'static str);

impl EngineError {
    /// There was no picture at all.
    pub(super) fn nothing() -> Self {
        Self("find a picture")
    }
}

/// A rectangle in pixels: left, top, right, bottom; right and bottom lie outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PxBox {
    /// First column.
    pub left: i32,
    /// First row.
    pub top: i32,
    /// Column after the last.
    pub right: i32,
    /// Row after the last.
    pub bottom: i32,
}

impl PxBox {
    /// The smallest box that holds both.
    pub fn union(&self, other: &PxBox) -> PxBox {
        PxBox {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The part of it that lies within `outer`; never less than a pixel.
    pub fn within(&self, outer: &PxBox) -> PxBox {
        let left = self.left.clamp(outer.left, outer.right - 1);
        let top = self.top.clamp(outer.top, outer.bottom - 1);
        let right = self.right.clamp(left + 1, outer.right);
        PxBox { left, top, right, bottom: self.bottom.clamp(top + 1, outer.bottom) }
    }

    /// The box as fractions of a page of that size.
    pub fn fraction(&self, width: u32, height: u32) -> BBox {
        let part = |v: i32, of: u32| (v as f32 / of.max(1) as f32).clamp(0.0, 1.0);
        BBox::new(part(self.left, width), part(self.top, height), part(self.right, width), part(self.bottom, height))
    }
}

/// A run of characters as the engine found it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The characters.
    pub text: String,
    /// Where, in pixels.
    pub bbox: PxBox,
    /// 0 to 1.
    pub confidence: f32,
}

/// A loaded engine.
pub struct Engine {
    api: TessBaseApi,
}

impl Engine {
    /// Loads a model (`*.traineddata`) from its bytes, so that no file is opened later.
    pub fn new(model: &[u8], language: &str) -> Result<Self, EngineError> {
        let mut api = TessBaseApi::create();
        let language = CString::new(language).map_err(|_| EngineError("name the language"))?;
        api.init_1(model, Some(&language), TessOcrEngineMode_OEM_LSTM_ONLY)
            .map_err(|_| EngineError("load the model"))?;
        let mut engine = Self { api };
        engine.set("user_defined_dpi", "200")?;
        // Bad lines would be read a second time as white on black; what is white on black is known before reading.
        engine.set("tessedit_do_invert", "0")?;
        engine.set("preserve_interword_spaces", "1")?;
        Ok(engine)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), EngineError> {
        let (Ok(name), Ok(value)) = (CString::new(name), CString::new(value)) else { return Err(EngineError("set")) };
        self.api.set_variable(&name, &value).map_err(|_| EngineError("set a variable"))
    }

    /// Reads a picture of one line.
    pub fn line(&mut self, image: &GreyImage) -> Result<Vec<Seen>, EngineError> {
        self.show(image, TessPageSegMode_PSM_SINGLE_LINE)
    }

    /// Reads a picture of one letter.
    pub fn letter(&mut self, image: &GreyImage) -> Result<Vec<Seen>, EngineError> {
        self.show(image, TessPageSegMode_PSM_SINGLE_CHAR)
    }

    fn show(&mut self, image: &GreyImage, mode: TessPageSegMode) -> Result<Vec<Seen>, EngineError> {
        let (Ok(width), Ok(height)) = (i32::try_from(image.width), i32::try_from(image.height)) else {
            return Err(EngineError("take a picture of that size"));
        };
        self.api.set_page_seg_mode(mode);
        self.api.set_image(&image.pixels, width, height, 1, width).map_err(|_| EngineError("take the picture"))?;
        self.read()
    }

    fn read(&mut self) -> Result<Vec<Seen>, EngineError> {
        self.api.recognize().map_err(|_| EngineError("recognise"))?;
        let tsv = self.api.get_tsv_text(0).map_err(|_| EngineError("list the words"))?;
        Ok(words(&String::from_utf8_lossy(tsv.as_ref().to_bytes())))
    }
}

/// Mean confidence over characters; 0 when there are none.
pub fn confidence(words: &[Seen]) -> f32 {
    let characters = |w: &Seen| w.text.chars().count() as f32;
    let total: f32 = words.iter().map(characters).sum();
    if total == 0.0 { 0.0 } else { words.iter().map(|w| w.confidence * characters(w)).sum::<f32>() / total }
}

/// Words of the engine's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn words(tsv: &str) -> Vec<Seen> {
    let mut found = Vec::new();
    for row in tsv.lines() {
        let mut columns = row.splitn(12, '\t');
        let mut number = || columns.next().and_then(|c| c.parse::<f32>().ok()).unwrap_or(-1.0);
        if number() as i32 != 5 {
            continue;
        }
        let [_, _, _, _, _, left, top, width, height] = [(); 9].map(|()| number() as i32);
        let confidence = number();
        let text = columns.next().unwrap_or("").trim();
        if text.is_empty() || confidence < 0.0 || width <= 0 || height <= 0 {
            continue;
        }
        found.push(Seen {
            text: text.to_owned(),
            bbox: PxBox { left, top, right: left + width, bottom: top + height },
            confidence: (confidence / 100.0).clamp(0.0, 1.0),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        let found = words(
            "1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n5\t1\t1\t1\t1\t1\t10\t20\t30\t40\t96.5\t氏名\n5\t1\t1\t1\t1\t2\t50\t20\t3\t40\t95\t \n",
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].bbox, PxBox { left: 10, top: 20, right: 40, bottom: 60 });
        assert_eq!(found[0].text, "氏名");
        assert!((found[0].confidence - 0.965).abs() < 1e-6);
    }
}
