//! The text layer of a page: glyphs with their places, whether they can be trusted, and the lines they form.

use super::weigh;
use crate::domain::{BBox, GreyImage, PageText, Word};
use crate::stages::recognise::{self, lines};
use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect};

/// A picture that covers this much of the page makes it a scan.
const SCAN_COVER: f64 = 0.5;
/// Glyphs of an honest layer that may lack a character.
const NAMELESS: f32 = 0.02;
/// Fewer characters than this are read from the picture, which is as cheap and sees everything.
const FEWEST: usize = 12;
/// A letter differs from its paper by at least this much.
const FAINTEST: u8 = 24;

/// What is drawn on a page.
#[derive(Default)]
pub(super) struct Survey {
    glyphs: Vec<Seen>,
    nameless: usize,
    invisible: usize,
    /// Glyphs that do not run from left to right on the page as shown.
    turned: usize,
    pictures: f64,
    width: f64,
    height: f64,
    /// Pixels that the largest picture on it says it has.
    pub(super) largest: u64,
    /// Horizontal and vertical resolution of the picture that is the page.
    pub(super) scan_dpi: Option<(f32, f32)>,
}

struct Seen {
    text: String,
    bbox: BBox,
}

/// Walks through the page's drawing instructions without painting.
pub(super) fn survey<'a>(
    page: &'a Page<'a>,
    pdf: &'a Pdf,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
) -> Survey {
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    let mut context = Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, width, height),
        cache,
        pdf.xref(),
        settings.clone(),
    );
    let mut survey = Survey { width, height, ..Survey::default() };
    interpret_page(page, &mut context, &mut survey);
    survey
}

/// Whether the layer says what the eye sees: visible, upright, named, plausible, in rows, and not beside a scan.
pub(super) fn sound(survey: &Survey) -> bool {
    // Vertical writing is read from the picture, column by column.
    if stacked(&survey.glyphs) {
        return false;
    }
    let count = survey.glyphs.len();
    if count < FEWEST || survey.pictures > SCAN_COVER || survey.invisible * 20 > count || survey.turned * 10 > count {
        return false;
    }
    if survey.nameless as f32 > count as f32 * NAMELESS {
        return false;
    }
    let odd = survey.glyphs.iter().filter(|g| g.text.chars().any(implausible)).count();
    odd as f32 <= count as f32 * NAMELESS
}

/// Whether most glyphs stand below the one drawn before them, as in vertical writing.
fn stacked(glyphs: &[Seen]) -> bool {
    let below = |pair: &&[Seen]| {
        let (a, b) = (&pair[0].bbox, &pair[1].bbox);
        (a.centre().0 - b.centre().0).abs() < a.width() * 0.3 && b.top > a.centre().1 && b.top < a.bottom + a.height()
    };
    glyphs.windows(2).filter(below).count() * 2 > glyphs.len()
}

/// Whether the letters can be seen where the layer has them: white on white, or under something, they cannot.
pub(super) fn seen(survey: &Survey, image: &GreyImage) -> bool {
    let unseen = survey.glyphs.iter().filter(|glyph| contrast(&glyph.bbox, image) < FAINTEST).count();
    unseen * 20 <= survey.glyphs.len()
}

/// How much the shades differ within a box.
fn contrast(b: &BBox, image: &GreyImage) -> u8 {
    let at = |share: f32, size: u32| ((share * size as f32) as usize).min(size as usize);
    let (left, right) = (at(b.left, image.width), at(b.right, image.width).max(at(b.left, image.width) + 1));
    let rows = (at(b.top, image.height)..at(b.bottom, image.height))
        .filter_map(|y| image.pixels.get(y * image.width as usize..)?.get(left..right.min(image.width as usize)));
    let (low, high) = rows.flatten().fold((255_u8, 0_u8), |(low, high), shade| ((*shade).min(low), (*shade).max(high)));
    high.saturating_sub(low)
}

/// Characters that no Japanese form prints: controls, private use, and scripts that broken tables produce.
fn implausible(c: char) -> bool {
    let c = u32::from(c);
    matches!(c, 0..=0x1F | 0x7F..=0x9F | 0x100..=0x36F | 0x400..=0x1FFF | 0xA000..=0xF8FF | 0xFFF0..=0xFFFF | 0xF0000..)
        && !matches!(c, 0x9 | 0xA | 0xD | 0x400..=0x45F)
}

/// Lines, cells and marks of a page whose layer is sound.
pub(super) fn page_text(survey: &Survey, image: &GreyImage) -> PageText {
    let drawn = recognise::survey(image);
    let words = survey.glyphs.iter().map(|g| Word { text: g.text.clone(), bbox: g.bbox, confidence: 1.0 }).collect();
    let aspect = (survey.height / survey.width) as f32;
    PageText {
        rotation: 0,
        width_px: image.width,
        height_px: image.height,
        blank: false,
        drawing: drawn.drawing,
        vertical: false,
        lines: lines::from_glyphs(words, &drawn.cells, aspect),
        cells: drawn.cells,
        marks: drawn.marks,
    }
}

impl Survey {
    /// What stands on a sheet that is laid over the page.
    pub(super) fn add(&mut self, over: Survey) {
        self.glyphs.extend(over.glyphs);
    }

    fn place(&self, corners: [Point; 4]) -> BBox {
        let xs = corners.map(|p| p.x / self.width);
        let ys = corners.map(|p| p.y / self.height);
        let low = |v: [f64; 4]| v.into_iter().fold(f64::INFINITY, f64::min).clamp(0.0, 1.0) as f32;
        let high = |v: [f64; 4]| v.into_iter().fold(f64::NEG_INFINITY, f64::max).clamp(0.0, 1.0) as f32;
        BBox::new(low(xs), low(ys), high(xs), high(ys))
    }
}

impl<'a> Device<'a> for Survey {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        for glyph in run.glyphs() {
            let transform: Affine = props.transform * glyph.transform();
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(type3) => type3.advance_width(),
            };
            let advance = f64::from(advance.unwrap_or(1000.0));
            let origin = transform * Point::ZERO;
            if ![origin.x, origin.y].iter().all(|v| v.is_finite()) {
                continue;
            }
            // Off the page: crop marks and what was pushed out of sight.
            if origin.x < -1.0 || origin.y < -1.0 || origin.x > self.width + 1.0 || origin.y > self.height + 1.0 {
                continue;
            }
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(s)) => s,
                None => {
                    self.nameless += 1;
                    continue;
                }
            };
            if text.trim().is_empty() {
                continue;
            }
            self.invisible += usize::from(matches!(mode, DrawMode::Invisible));
            let end = transform * Point::new(advance, 0.0);
            let (dx, dy) = (end.x - origin.x, end.y - origin.y);
            self.turned += usize::from(dx <= 0.0 || dy.abs() > dx.abs() * 0.05);
            // Ascent and descent of the em box; a glyph's own outline would make the boxes of ー and 一 flat.
            let corner = |x: f64, y: f64| transform * Point::new(x, y);
            let bbox =
                self.place([corner(0.0, -120.0), corner(advance, -120.0), corner(0.0, 880.0), corner(advance, 880.0)]);
            self.glyphs.push(Seen { text, bbox });
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let claimed = match &image {
            Image::Raster(raster) => weigh::pixels(raster.stream()),
            Image::Stencil(stencil) => weigh::pixels(stencil.stream()),
        };
        self.largest = self.largest.max(claimed);
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let placed = props.transform.transform_rect_bbox(Rect::new(0.0, 0.0, width, height));
        let shown = placed.intersect(Rect::new(0.0, 0.0, self.width, self.height));
        let cover = (shown.area() / (self.width * self.height)).max(0.0);
        self.pictures += cover;
        if cover > SCAN_COVER && placed.width() > 0.0 && placed.height() > 0.0 {
            let [a, b, ..] = props.transform.as_coeffs();
            // A picture laid sideways has its rows along the page's height.
            let (across, down) = if a.abs() >= b.abs() { (width, height) } else { (height, width) };
            self.scan_dpi = Some(((across / placed.width() * 72.0) as f32, (down / placed.height() * 72.0) as f32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_in_columns_is_told_from_one_in_rows() {
        let glyphs = |vertical: bool| -> Vec<Seen> {
            let place = |n: usize| {
                let (along, line) = (0.1 + (n % 20) as f32 * 0.02, 0.1 + (n / 20) as f32 * 0.04);
                let (x, y) = if vertical { (1.0 - line, along) } else { (along, line) };
                Seen { text: "例".to_owned(), bbox: BBox::new(x, y, x + 0.02, y + 0.02) }
            };
            (0..60).map(place).collect()
        };
        assert!(stacked(&glyphs(true)) && !stacked(&glyphs(false)) && !stacked(&[]));
    }
}
