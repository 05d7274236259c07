//! What reads a line: our own network, Tesseract, or both. Knows pictures of lines; never where on a page they stand.

use super::network::Network;
use super::tesseract::Tesseract;
use crate::domain::{BBox, GreyImage};
use serde::{Deserialize, Serialize};

/// Which recogniser reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// Tesseract alone.
    Tesseract,
    /// Our own network alone.
    Uketsuke,
    /// Our own; Tesseract is asked where ours is in doubt.
    #[default]
    Both,
}

/// The engine could not be set up, or refused a picture.
#[derive(Debug, thiserror::Error)]
#[error("the recogniser failed while it tried to {0}")]
pub struct EngineError(pub(super) &'static str);

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

/// A recogniser, loaded and kept for many pages.
pub struct Engine {
    network: Option<Network>,
    tesseract: Option<Tesseract>,
}

/// Below this the network's reading of a line is laid before Tesseract too.
const DOUBTED: f32 = 0.5;
/// Tesseract is believed instead when it is surer than the network by this.
const SURER: f32 = 0.15;

impl Engine {
    /// An engine of what is given; at least one of the two.
    pub fn new(network: Option<Network>, tesseract: Option<Tesseract>) -> Result<Self, EngineError> {
        if network.is_none() && tesseract.is_none() {
            return Err(EngineError("find a model"));
        }
        Ok(Self { network, tesseract })
    }

    /// Reads the picture of one line of about `letters` letters.
    pub(super) fn line(&mut self, image: &GreyImage, letters: u32) -> Result<Vec<Seen>, EngineError> {
        let soft = softened(image);
        match (&mut self.network, &mut self.tesseract) {
            (Some(network), None) => network.line(image, &soft),
            (Some(network), Some(tesseract)) => {
                let seen = network.line(image, &soft)?;
                if confidence(&seen) >= DOUBTED {
                    return Ok(seen);
                }
                let other = tesseract.line(image, &soft, letters)?;
                Ok(if confidence(&other) > confidence(&seen) + SURER { other } else { seen })
            }
            (None, Some(tesseract)) => tesseract.line(image, &soft, letters),
            (None, None) => Err(EngineError::nothing()),
        }
    }

    /// Reads the picture of a line once, for a comparison: nobody else is asked where the reading is in doubt.
    pub(super) fn glance(&mut self, image: &GreyImage, letters: u32) -> Result<Vec<Seen>, EngineError> {
        match &mut self.network {
            Some(network) => network.line(image, &softened(image)),
            None => self.line(image, letters),
        }
    }
}

/// Mean confidence over characters; 0 when there are none.
pub fn confidence(words: &[Seen]) -> f32 {
    let characters = |w: &Seen| w.text.chars().count() as f32;
    let total: f32 = words.iter().map(characters).sum();
    if total == 0.0 { 0.0 } else { words.iter().map(|w| w.confidence * characters(w)).sum::<f32>() / total }
}

/// The picture with its hard edges blurred by a pixel: ragged edges of a fax are no features of a letter.
fn softened(image: &GreyImage) -> GreyImage {
    let width = image.width as usize;
    let blend =
        |before: u8, here: u8, after: u8| ((u32::from(before) + 2 * u32::from(here) + u32::from(after)) / 4) as u8;
    let mut across = image.pixels.clone();
    for (row, into) in image.pixels.chunks_exact(width.max(1)).zip(across.chunks_exact_mut(width.max(1))) {
        for (near, p) in row.windows(3).zip(&mut into[1..]) {
            *p = blend(near[0], near[1], near[2]);
        }
    }
    let mut pixels = across.clone();
    for at in width..across.len().saturating_sub(width) {
        pixels[at] = blend(across[at - width], across[at], across[at + width]);
    }
    GreyImage { width: image.width, height: image.height, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softening_spreads_a_dot_and_keeps_its_weight() {
        let mut pixels = vec![255; 7 * 5];
        pixels[2 * 7 + 3] = 0;
        let soft = softened(&GreyImage { width: 7, height: 5, pixels });
        assert_eq!(soft.pixels[2 * 7 + 2..2 * 7 + 5], [223, 191, 223]);
        assert_eq!(soft.pixels[7 + 3], 223);
        assert!(soft.pixels.iter().all(|p| *p > 180) && soft.pixels[0] == 255);
        for (width, height) in [(1, 1), (2, 1), (1, 3), (0, 0)] {
            let flat = GreyImage { width, height, pixels: vec![9; (width * height) as usize] };
            assert!(softened(&flat).pixels == flat.pixels);
        }
    }
}
