//! PDF: pages rendered, with their text layer where it is sound. Each page is shielded from the others' damage.

mod cmap;
mod fields;
mod layer;
mod salvage;
mod second;
mod weigh;

use super::{Sheets, raster, shape};
use crate::domain::{GreyImage, Trouble};
use hayro::hayro_interpret::font::{FontData, FontQuery};
use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings, hayro_cmap};
use hayro::hayro_syntax::object::Dict;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use layer::Survey;
use std::cell::LazyCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

type Load = Box<dyn FnOnce() -> Option<FontData>>;

/// Fonts for documents that bring none of their own; read when the first PDF needs them.
pub struct Fonts {
    cjk: LazyCell<Option<FontData>, Load>,
}

impl Fonts {
    /// `read` gives the bytes of a font (or collection) with Japanese glyphs.
    pub fn new(read: impl FnOnce() -> Option<Vec<u8>> + 'static) -> Self {
        let load: Load = Box::new(|| read().map(|bytes| Arc::new(bytes) as FontData));
        Self { cjk: LazyCell::new(load) }
    }
}

/// Resolution at which drawn pages are rendered; that of a fine fax.
const DRAWN_DPI: f32 = 200.0;
/// Scans are rendered at their own resolution within these limits.
const SCAN_DPI: std::ops::RangeInclusive<f32> = 90.0..=600.0;
/// A renderer's coordinates are 16 bits wide.
const WIDEST_PX: f32 = 16_000.0;

/// Whether nothing of it can be seen without a password.
pub(super) fn is_locked(bytes: &[u8]) -> bool {
    bytes.windows(8).any(|w| w == b"/Encrypt") && matches!(load(Arc::new(bytes.to_vec()), ""), Err(Trouble::Encrypted))
}

pub(super) fn decode(
    bytes: Vec<u8>,
    fonts: &Fonts,
    passwords: &[String],
    sheets: &mut Sheets<'_>,
) -> Result<(), Trouble> {
    let ended = bytes[bytes.len().saturating_sub(2048)..].windows(5).any(|w| w == b"%%EOF");
    let bytes = Arc::new(bytes);
    let loaded = match load(Arc::clone(&bytes), "") {
        Err(Trouble::Encrypted) => unlock(&bytes, passwords),
        loaded => loaded,
    };
    match loaded {
        Ok(pdf) if !pdf.pages().is_empty() => {
            pages(&pdf, &bytes, fonts, sheets)?;
            match ended {
                _ if is_drawn_by_its_viewer(&pdf) => Err(Trouble::UnsupportedFormat),
                true => Ok(()),
                false => Err(Trouble::Damaged),
            }
        }
        Ok(_) | Err(Trouble::Damaged) => {
            remains(&bytes, fonts, sheets)?;
            Err(Trouble::Damaged)
        }
        Err(trouble) => Err(trouble),
    }
}

/// Whether the pages only ask to wait for a viewer that lays the form out itself (a dynamic XFA form; `NeedsRendering`,
/// ISO 32000-1 table 28).
fn is_drawn_by_its_viewer(pdf: &Pdf) -> bool {
    let catalogue = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
    catalogue.and_then(|catalogue| catalogue.get::<bool>("NeedsRendering")).unwrap_or(false)
}

/// The file as one of the passwords opens it.
fn unlock(bytes: &Arc<Vec<u8>>, passwords: &[String]) -> Result<Pdf, Trouble> {
    passwords.iter().find_map(|password| load(Arc::clone(bytes), password).ok()).ok_or(Trouble::Encrypted)
}

fn load(bytes: Arc<Vec<u8>>, password: &str) -> Result<Pdf, Trouble> {
    let opened = catch_unwind(AssertUnwindSafe(|| Pdf::new_with_password(bytes, password)));
    let loaded = opened.map_err(|_| Trouble::Damaged)?;
    loaded.map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Trouble::Encrypted,
        LoadPdfError::Decryption(_) => Trouble::UnsupportedFormat,
        LoadPdfError::Invalid => Trouble::Damaged,
    })
}

/// What can still be shown of a file whose page tree is gone.
fn remains(bytes: &[u8], fonts: &Fonts, sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    if let Some(mended) = salvage::with_new_tree(bytes).map(Arc::new)
        && let Ok(pdf) = load(Arc::clone(&mended), "")
        && !pdf.pages().is_empty()
    {
        return pages(&pdf, &mended, fonts, sheets);
    }
    for picture in salvage::pictures(bytes) {
        // A picture that cannot be read any more is what "damaged" says.
        if let Err(Trouble::TooLarge) = raster::decode(picture, sheets) {
            return Err(Trouble::TooLarge);
        }
    }
    Ok(())
}

fn pages(pdf: &Pdf, bytes: &Arc<Vec<u8>>, fonts: &Fonts, sheets: &mut Sheets<'_>) -> Result<(), Trouble> {
    let settings = settings(fonts);
    let (render_cache, text_cache) = (RenderCache::new(), InterpreterCache::new());
    let second = LazyCell::new(|| second::Opinion::of(bytes));
    let mut trouble = None;
    for page in pdf.pages().iter() {
        let shielded = catch_unwind(AssertUnwindSafe(|| {
            let mut survey = layer::survey(page, pdf, &text_cache, &settings);
            sheets.allow_picture(survey.largest)?;
            let mut image = render(page, &survey, &render_cache, &settings, sheets)?;
            let sound = layer::sound(&survey) && layer::seen(&survey, &image);
            let mut text = sound.then(|| layer::page_text(&survey, &image)).filter(|text| second.agrees(text));
            // The second reader knows of no form, so it is asked before.
            if let Some(over) = fields::sheet(page)
                && lay_over(over, &mut survey, &mut image, &settings, sheets)
            {
                text = text.map(|_| layer::page_text(&survey, &image));
            }
            Ok((image, text))
        }));
        match shielded {
            Ok(Ok((image, text))) => sheets.put(image, text)?,
            Ok(Err(found)) => drop(trouble.get_or_insert(found)),
            Err(_) => drop(trouble.get_or_insert(Trouble::Damaged)),
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// Lays a drawn sheet over the page and its text layer.
fn lay_over(
    sheet: Vec<u8>,
    survey: &mut Survey,
    image: &mut GreyImage,
    settings: &InterpreterSettings,
    sheets: &Sheets<'_>,
) -> bool {
    let Ok(pdf) = load(Arc::new(sheet), "") else { return false };
    let Some(page) = pdf.pages().first() else { return false };
    let (render_cache, text_cache) = (RenderCache::new(), InterpreterCache::new());
    let over = layer::survey(page, &pdf, &text_cache, settings);
    match render(page, survey, &render_cache, settings, sheets) {
        Ok(drawn) if (drawn.width, drawn.height) == (image.width, image.height) => {
            image.pixels.iter_mut().zip(drawn.pixels).for_each(|(pixel, ink)| *pixel = (*pixel).min(ink));
            survey.add(over);
            true
        }
        _ => false,
    }
}

fn settings(fonts: &Fonts) -> InterpreterSettings {
    let cjk = (*fonts.cjk).clone();
    InterpreterSettings {
        font_resolver: Arc::new(move |query| match query {
            FontQuery::Standard(standard) => Some(standard.get_font_data()),
            FontQuery::Fallback(fallback) => match &cjk {
                Some(font) if fallback.character_collection.is_some() => Some((Arc::clone(font), 0)),
                _ => Some(fallback.pick_standard_font().get_font_data()),
            },
        }),
        cmap_resolver: Arc::new(|name| match name {
            hayro_cmap::CMapName::AdobeJapan1Ucs2 => cmap::japan1_without_selectors(),
            other => hayro_cmap::load_embedded(other),
        }),
        ..Default::default()
    }
}

/// Paints a page: a scan at its own resolution, anything drawn at `DRAWN_DPI`.
fn render<'a>(
    page: &'a Page<'a>,
    survey: &Survey,
    cache: &RenderCache<'a>,
    settings: &InterpreterSettings,
    sheets: &Sheets<'_>,
) -> Result<GreyImage, Trouble> {
    let (width, height) = page.render_dimensions();
    if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
        return Err(Trouble::Damaged);
    }
    let scan = survey.scan_dpi.filter(|(x, y)| SCAN_DPI.contains(x) && SCAN_DPI.contains(y));
    let (x_dpi, y_dpi) = scan.unwrap_or((DRAWN_DPI, DRAWN_DPI));
    // A poster is painted coarser rather than refused.
    let longest = (width * x_dpi).max(height * y_dpi) / 72.0;
    let fit = (WIDEST_PX / longest).min(1.0);
    let (x_scale, y_scale) = (x_dpi / 72.0 * fit, y_dpi / 72.0 * fit);
    sheets.allow((width * x_scale) as u32, (height * y_scale) as u32)?;
    let pixmap = hayro::render(
        page,
        cache,
        settings,
        &RenderSettings::default(),
        &PixmapSettings { x_scale, y_scale, bg_color: hayro::vello_cpu::color::palette::css::WHITE },
    );
    let pixels = pixmap
        .data()
        .iter()
        .map(|p| ((u32::from(p.r) * 299 + u32::from(p.g) * 587 + u32::from(p.b) * 114) / 1000) as u8)
        .collect();
    let image = GreyImage { width: u32::from(pixmap.width()), height: u32::from(pixmap.height()), pixels };
    Ok(shape::square(image, f64::from(x_scale), f64::from(y_scale)))
}
