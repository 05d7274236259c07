//! Tesseract, one engine kept for many pages. The only file that knows it.

use super::engine::{EngineError, PxBox, Seen};
use super::narrow;
use crate::domain::GreyImage;
use std::ffi::CString;
use tesseract::plumbing::TessBaseApi;
use tesseract::plumbing::tesseract_sys::{
    TessOcrEngineMode_OEM_LSTM_ONLY, TessPageSegMode, TessPageSegMode_PSM_SINGLE_CHAR, TessPageSegMode_PSM_SINGLE_LINE,
};

/// Tesseract with its model loaded.
pub struct Tesseract {
    api: TessBaseApi,
}

impl Tesseract {
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

    /// Reads a line of about `letters` letters; `soft` is the same picture with soft edges.
    pub(super) fn line(&mut self, image: &GreyImage, soft: &GreyImage, letters: u32) -> Result<Vec<Seen>, EngineError> {
        let mut seen = self.show(soft, TessPageSegMode_PSM_SINGLE_LINE)?;
        // Alone, a letter is too little of a line for the engine.
        if seen.is_empty() && letters <= 2 {
            seen = self.show(soft, TessPageSegMode_PSM_SINGLE_CHAR)?;
        }
        for stretch in narrow::stretches(image) {
            if narrow::doubtful(&seen, stretch) {
                let again = self.show(&narrow::drawn_out(soft, stretch), TessPageSegMode_PSM_SINGLE_LINE)?;
                seen = narrow::settled(seen, again, stretch);
            }
        }
        Ok(seen)
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
