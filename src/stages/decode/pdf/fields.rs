//! What a page says that no viewer's picture of it was kept for: values of form fields, notes and stamps without an appearance
//! of their own. Every viewer draws them, so they are drawn here, too, on a sheet that is laid over the page.

use crate::stages::decode::typeset::{self, Laid};
use hayro::hayro_interpret::TransformExt;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream, String as PdfString};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo;

/// More than this on one page is no form.
const MOST: usize = 2000;
/// A value is at most that long.
const LONGEST: usize = 2000;
/// Fields within fields.
const DEEPEST: usize = 8;
const HIDDEN: u32 = 1 << 1 | 1 << 5;
const MULTILINE: i32 = 1 << 12;
const PASSWORD: i32 = 1 << 13;
const PUSHBUTTON: i32 = 1 << 16;

/// A sheet of the page's size as shown, with everything on it that the page itself leaves out; nothing, where nothing is left out.
pub(super) fn sheet(page: &Page<'_>) -> Option<Vec<u8>> {
    let (width, height) = page.render_dimensions();
    let laid = undrawn(page);
    (!laid.is_empty()).then(|| typeset::sheet(width, height, &laid))
}

fn undrawn(page: &Page<'_>) -> Vec<Laid> {
    let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { return Vec::new() };
    let shown = page.initial_transform(true).to_kurbo();
    let (_, height) = page.render_dimensions();
    let mut laid = Vec::new();
    for annotation in annotations.iter::<Dict<'_>>().take(MOST) {
        if annotation.get::<u32>("F").unwrap_or(0) & HIDDEN != 0 {
            continue;
        }
        let (Some(text), Some(rect)) = (text(&annotation), annotation.get::<Rect>("Rect")) else { continue };
        let rect = shown.transform_rect_bbox(kurbo::Rect::new(rect.x0, rect.y0, rect.x1, rect.y1));
        if [rect.x0, rect.y0, rect.x1, rect.y1].iter().all(|v| v.is_finite()) {
            lay(&text, rect, f64::from(height), &mut laid);
        }
    }
    laid
}

/// A text with its wishes.
struct Text {
    text: String,
    /// In points; nothing for as large as fits.
    size: Option<f32>,
    wraps: bool,
}

/// What should be seen of an annotation and is not drawn by it.
fn text(annotation: &Dict<'_>) -> Option<Text> {
    let drawing = appearance(annotation);
    match &*annotation.get::<Name<'_>>("Subtype")? {
        b"Widget" => {
            let drawn = drawing.is_some_and(|drawing| writes(&drawing));
            if drawn { None } else { value(annotation) }
        }
        b"FreeText" if drawing.is_none() => {
            let text = words(&annotation.get::<PdfString<'_>>("Contents")?);
            Some(Text { text, size: size(annotation), wraps: true })
        }
        b"Stamp" if drawing.is_none() => {
            let name = annotation.get::<Name<'_>>("Name").map(|name| String::from_utf8_lossy(&name).into_owned());
            let contents = annotation.get::<PdfString<'_>>("Contents").map(|contents| words(&contents));
            let text = contents.filter(|text| !text.trim().is_empty()).or(name)?;
            Some(Text { text, size: None, wraps: false })
        }
        _ => None,
    }
    .filter(|text| !text.text.trim().is_empty())
}

/// The value of a form field.
fn value(widget: &Dict<'_>) -> Option<Text> {
    let kind = inherited(widget, "FT")?.into_name()?;
    let flags = inherited(widget, "Ff").and_then(Object::into_i32).unwrap_or(0);
    let text = match &*kind {
        b"Tx" if flags & PASSWORD == 0 => match inherited(widget, "V")? {
            Object::String(value) => words(&value),
            Object::Stream(value) => words(&value.decoded().ok()?),
            _ => return None,
        },
        b"Ch" => {
            let chosen: Vec<String> = match inherited(widget, "V")? {
                Object::String(value) => vec![words(&value)],
                Object::Array(values) => values.iter::<PdfString<'_>>().map(|value| words(&value)).collect(),
                _ => return None,
            };
            let shown: Vec<String> = chosen.into_iter().map(|value| label(widget, value)).collect();
            shown.join("、")
        }
        b"Btn" if flags & PUSHBUTTON == 0 => {
            let state = widget.get::<Name<'_>>("AS")?;
            let blank =
                appearance(widget).is_none_or(|drawing| drawing.decoded().is_ok_and(|ops| ops.trim_ascii().is_empty()));
            if *state == *b"Off" || !blank {
                return None;
            }
            "✓".to_owned()
        }
        _ => return None,
    };
    Some(Text { text, size: size(widget), wraps: flags & MULTILINE != 0 })
}

/// What a list shows for a chosen value.
fn label(widget: &Dict<'_>, value: String) -> String {
    let options = inherited(widget, "Opt").and_then(Object::into_array);
    let named = options.and_then(|options| {
        options.iter::<Object<'_>>().take(MOST).find_map(|option| {
            let mut pair = option.into_array()?.iter::<PdfString<'_>>().map(|text| words(&text)).collect::<Vec<_>>();
            (pair.len() == 2 && pair[0] == value).then(|| pair.remove(1))
        })
    });
    named.unwrap_or(value)
}

/// What the field, or one that it is part of, says.
fn inherited<'a>(field: &Dict<'a>, key: &str) -> Option<Object<'a>> {
    let mut field = field.clone();
    for _ in 0..DEEPEST {
        if let Some(found) = field.get::<Object<'_>>(key) {
            return Some(found);
        }
        field = field.get::<Dict<'_>>("Parent")?;
    }
    None
}

fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'_>>("AP")?.get::<Object<'_>>("N")? {
        Object::Stream(drawing) => Some(drawing),
        Object::Dict(states) => states.get::<Stream<'_>>(annotation.get::<Name<'_>>("AS")?),
        _ => None,
    }
}

/// Whether a drawing shows any text or picture; an empty frame is what some programs leave of a filled field.
fn writes(drawing: &Stream<'_>) -> bool {
    let Ok(operations) = drawing.decoded() else { return true };
    let shows = |word: &[u8]| {
        matches!(word, b"Tj" | b"TJ" | b"'" | b"\"" | b"Do" | b"BI")
            || word.ends_with(b")Tj")
            || word.ends_with(b"]TJ")
            || word.ends_with(b">Tj")
    };
    operations.split(u8::is_ascii_whitespace).any(shows)
}

/// The size of letters that the field asks for.
fn size(annotation: &Dict<'_>) -> Option<f32> {
    let wish = inherited(annotation, "DA")?.into_string()?;
    let words: Vec<&[u8]> = wish.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
    let at = words.iter().rposition(|word| *word == b"Tf")?;
    let size: f32 = std::str::from_utf8(words.get(at.checked_sub(1)?)?).ok()?.parse().ok()?;
    (size > 0.0 && size < 200.0).then_some(size)
}

/// A text string of a PDF; programs of this country also write theirs in their own code.
fn words(bytes: &[u8]) -> String {
    let wide = |order: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        _ => match encoding_rs::UTF_8
            .decode_without_bom_handling_and_without_replacement(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes))
        {
            Some(text) => text.into_owned(),
            None => encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(),
        },
    };
    text.chars().take(LONGEST).collect()
}

/// Puts a text into its box, as large as wished or as fits.
fn lay(text: &Text, place: kurbo::Rect, height: f64, into: &mut Vec<Laid>) {
    let (wide, high) = (place.width() as f32, place.height() as f32);
    let wraps = text.wraps || text.text.trim_end().contains(['\n', '\r']);
    let usual = if wraps { 10.0 } else { (high * 0.7).clamp(5.0, 14.0) };
    let mut size = text.size.unwrap_or(usual).min(high.max(5.0));
    let lines = loop {
        let columns = if wraps { ((wide - 4.0) / size * 2.0).max(2.0) as usize } else { LONGEST * 2 };
        let lines = typeset::lines(&text.text, columns);
        let longest = lines.iter().map(|line| typeset::columns(line)).max().unwrap_or(0);
        let fits = longest as f32 * size / 2.0 <= wide && lines.len() as f32 * size * 1.15 <= high.max(size * 1.15);
        // Rather over the edge than too small to be read.
        if fits || size <= 5.0 {
            break lines;
        }
        size = (size * 0.9).max(5.0);
    };
    let block = lines.len() as f32 * size * 1.15;
    let top = if wraps { 1.0 } else { ((high - block) / 2.0).max(0.0) };
    for (n, line) in lines.into_iter().enumerate() {
        let down = place.y0 as f32 + top + size * (0.95 + 1.15 * n as f32);
        into.push(Laid { left: place.x0 as f32 + 2.0, base: height as f32 - down, size, text: line });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_every_code_become_words() {
        assert_eq!(words(b"\xFE\xFF\x6D\x77\x91\xCE"), "海野");
        assert_eq!(words(b"\xEF\xBB\xBF\xE6\xB5\xB7"), "海");
        assert_eq!(words(&encoding_rs::SHIFT_JIS.encode("海野 環").0), "海野 環");
        assert_eq!(words(b"Minato"), "Minato");
    }

    #[test]
    fn a_text_fits_its_box() {
        let mut laid = Vec::new();
        let text = |text: &str, wraps| Text { text: text.into(), size: Some(12.0), wraps };
        let place = kurbo::Rect::new(100.0, 50.0, 200.0, 70.0);
        lay(&text("海野 環", false), place, 842.0, &mut laid);
        assert!(laid.len() == 1 && laid[0].size == 12.0 && laid[0].base < 842.0 - 50.0 && laid[0].base > 842.0 - 70.0);
        laid.clear();
        lay(&text("外来予約のお願いを申し上げます", false), place, 842.0, &mut laid);
        assert!(laid.len() == 1 && laid[0].size * 15.0 <= 100.0, "one line, smaller");
        laid.clear();
        lay(&text("外来予約のお願いを申し上げます", true), place, 842.0, &mut laid);
        assert!(laid.len() > 1, "several lines");
    }
}
