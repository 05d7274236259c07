//! Our own line recogniser: a small network whose weights are `models/line-ja.onnx`. It reads one line of grey pixels and says
//! each character, where it stands and how sure it is. Must never open a file or start a process.

use super::ctc;
use super::engine::{EngineError, PxBox, Seen};
use super::ink::INK;
use crate::domain::GreyImage;
use crate::text::script;
use image::imageops::{self, FilterType};
use image::{GrayImage, ImageBuffer};
use rten::{Dimension, Model, ModelOptions};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

/// The weights that come with the program.
const SHIPPED: &[u8] = include_bytes!("../../../models/line-ja.onnx");
/// Heights that a network's input may have, pixels; its file says which.
const HEIGHTS: std::ops::RangeInclusive<usize> = 16..=96;
/// White left round the ink, pixels of the page: what the network was trained with.
const MARGIN: u32 = 4;
/// Widest input, pixels; a line that is longer is drawn narrower.
const WIDEST: u32 = 3200;

/// The network with its alphabet.
pub struct Network {
    model: Model,
    /// Height of its input, pixels.
    height: u32,
    /// What each output says but for the first, which is the blank.
    alphabet: Vec<char>,
}

impl Network {
    /// Loads the weights that come with the program.
    pub fn shipped() -> Result<Self, EngineError> {
        Self::of(options().load_static_slice(SHIPPED))
    }

    /// Loads other weights of the same make (see `training/README.md`).
    pub fn load(bytes: Vec<u8>) -> Result<Self, EngineError> {
        Self::of(options().load(bytes))
    }

    fn of(model: Result<Model, rten::LoadError>) -> Result<Self, EngineError> {
        // Its thread is started now: in a sealed child none can be started later.
        rten::thread_pool();
        let model = model.map_err(|_| EngineError("load its own model"))?;
        let characters = model.metadata().get("character").ok_or(EngineError("find its own model's alphabet"))?;
        let alphabet = characters.split('\n').chain([" "]).map(|c| c.parse::<char>());
        let alphabet =
            alphabet.collect::<Result<_, _>>().map_err(|_| EngineError("understand its own model's alphabet"))?;
        let shape = model.input_shape(0).unwrap_or_default();
        let height = match shape.get(2) {
            Some(Dimension::Fixed(height)) if HEIGHTS.contains(height) => *height as u32,
            _ => return Err(EngineError("find the height of its own model's input")),
        };
        Ok(Self { model, height, alphabet })
    }

    /// Reads the picture of one line: where its ink stands is seen on `hard`, what it says on the same with its edges softened.
    pub(super) fn line(&self, hard: &GreyImage, line: &GreyImage) -> Result<Vec<Seen>, EngineError> {
        let Some(ink) = inked(hard) else { return Ok(Vec::new()) };
        let input = fitted(line, &ink, self.height);
        let (width, height) = input.dimensions();
        let plane = |p: &u8| f32::from(*p) / 127.5 - 1.0;
        let pixels: Vec<f32> = (0..3).flat_map(|_| input.as_raw().iter().map(plane)).collect();
        let tensor = NdTensor::from_data([1, 3, height as usize, width as usize], pixels);
        let output = self.model.run_one(tensor.view().into(), None).map_err(|_| EngineError("run its own model"))?;
        let output: NdTensor<f32, 3> = output.try_into().map_err(|_| EngineError("understand its own model"))?;
        let [_, steps, classes] = output.shape();
        if steps == 0 || classes != self.alphabet.len() + 1 {
            return Err(EngineError("fit its own model's alphabet"));
        }
        let flat = output.to_vec();
        let peaks = ctc::peaks(flat.chunks_exact(classes));
        let across = (ink.right - ink.left) as f32 / steps as f32;
        let read: Vec<char> = peaks.iter().map(|p| self.alphabet[p.class - 1]).collect();
        let letters = peaks.iter().zip(script::settled(&read)).map(|(peak, text)| ctc::Letter {
            text,
            centre: ink.left as f32 + (peak.step + 0.5) * across,
            confidence: peak.confidence,
        });
        Ok(ctc::placed(line, &ink, &letters.collect::<Vec<_>>()))
    }
}

/// Weights are laid out once for the many lines that a child reads.
fn options() -> ModelOptions {
    let mut options = ModelOptions::with_all_ops();
    options.prepack_weights(true);
    options
}

/// Where ink stands, and a little white round it. Thin strokes of a scan (the 。 at the end of a line) are grey: half-way
/// between the darkest and the lightest is ink too.
fn inked(line: &GreyImage) -> Option<PxBox> {
    let width = line.width as usize;
    let (darkest, lightest) = line.pixels.iter().fold((255, 0), |(low, high), p| (low.min(*p), high.max(*p)));
    if darkest >= INK {
        return None;
    }
    let least = INK.max(darkest.midpoint(lightest));
    let mut found: Option<PxBox> = None;
    for (y, row) in line.pixels.chunks_exact(width.max(1)).enumerate() {
        let Some(first) = row.iter().position(|p| *p < least) else { continue };
        let last = row.iter().rposition(|p| *p < least).unwrap_or(first);
        let here = PxBox { left: first as i32, top: y as i32, right: last as i32 + 1, bottom: y as i32 + 1 };
        found = Some(found.map_or(here, |b| b.union(&here)));
    }
    let (b, margin) = (found?, MARGIN as i32);
    Some(PxBox {
        left: (b.left - margin).max(0),
        top: (b.top - margin).max(0),
        right: (b.right + margin).min(line.width as i32),
        bottom: (b.bottom + margin).min(line.height as i32),
    })
}

/// The inked part in the height that the network takes.
fn fitted(line: &GreyImage, ink: &PxBox, to: u32) -> GrayImage {
    let (width, height) = ((ink.right - ink.left) as u32, (ink.bottom - ink.top) as u32);
    let rows = line.pixels.chunks_exact(line.width as usize).skip(ink.top as usize).take(height as usize);
    let pixels: Vec<u8> = rows.flat_map(|row| &row[ink.left as usize..ink.right as usize]).copied().collect();
    let part: GrayImage = ImageBuffer::from_raw(width, height, pixels).unwrap_or_default();
    let wide = (width as f32 * to as f32 / height.max(1) as f32).round() as u32;
    imageops::resize(&part, wide.clamp(16, WIDEST), to, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_paper_says_nothing() {
        let network = Network::shipped().expect("the model comes with the program");
        let blank = GreyImage { width: 60, height: 30, pixels: vec![255; 60 * 30] };
        assert!(network.line(&blank, &blank).expect("read").is_empty());
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        assert!(Network::load(b"nothing of the kind".to_vec()).is_err());
    }
}
