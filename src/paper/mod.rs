//! Paper that leaves the office: the sheet on which a sender is asked (照会票), as a PDF with its font in it. Pure; it sends nothing.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 56.0;
/// A fax at 98 lines an inch still shows it.
const SIZE: f32 = 12.0;
const LEADING: f32 = 19.0;
/// Signs that do not begin a line (行頭禁則).
const NOT_FIRST: &str = "、。，．・：；？！）」』】〕》〉々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ)],.:;?!";

/// What is asked, of whom, about what.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Inquiry {
    /// The institution that is asked; empty when it is not known.
    pub to: String,
    /// Its fax number as the ledger has it, never as it was read; empty when the ledger has none.
    pub to_fax: String,
    /// Who asks, a line each.
    pub from: Vec<String>,
    /// The day, as people write it.
    pub day: String,
    /// By what the answer is found again.
    pub reference: String,
    /// What it is about, a line each.
    pub about: Vec<String>,
    /// The question.
    pub question: String,
}

/// Why no sheet was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// The font cannot be used.
    #[error("the font cannot be used")]
    Font,
    /// The PDF could not be written.
    #[error("the PDF could not be written")]
    Pdf,
}

/// The sheet as a PDF; `font` is an OpenType font or collection with Japanese glyphs.
pub fn inquiry(inquiry: &Inquiry, font: Vec<u8>) -> Result<Vec<u8>, PaperError> {
    let font = Font::new(font.into(), 0).ok_or(PaperError::Font)?;
    let mut document = Document::new();
    let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(PaperError::Pdf)?;
    let columns = ((WIDTH - 2.0 * MARGIN) / SIZE * 2.0) as usize;
    let mut lines = head(inquiry);
    lines.push(Line::of("照会の内容", SIZE));
    lines.extend(inquiry.question.lines().flat_map(|line| broken(line, columns)).map(|line| Line::of(line, SIZE)));
    let answer = 9.0 * LEADING;
    let mut pen = Pen { top: MARGIN, font };
    let mut rest = &lines[..];
    loop {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        surface.set_fill(Some(Fill { paint: luma::Color::black().into(), ..Fill::default() }));
        pen.top = MARGIN;
        while let Some((line, more)) = rest.split_first() {
            let last = more.is_empty();
            let room = HEIGHT - MARGIN - if last { answer } else { 0.0 };
            if pen.top + LEADING > room && pen.top > MARGIN {
                break;
            }
            pen.write(&mut surface, line);
            rest = more;
        }
        let done = rest.is_empty();
        if done {
            pen.answer(&mut surface, answer);
        }
        surface.finish();
        page.finish();
        if done {
            break;
        }
    }
    document.finish().map_err(|_| PaperError::Pdf)
}

struct Line {
    text: String,
    size: f32,
}

impl Line {
    fn of(text: impl Into<String>, size: f32) -> Line {
        Line { text: text.into(), size }
    }
}

/// Everything above the question.
fn head(inquiry: &Inquiry) -> Vec<Line> {
    let mut lines = vec![Line::of(&inquiry.day, SIZE)];
    let to = if inquiry.to.is_empty() { "（宛先を記入）" } else { &inquiry.to };
    lines.push(Line::of(format!("{to}　御中"), SIZE + 2.0));
    let fax = if inquiry.to_fax.is_empty() {
        "FAX：台帳に番号がありません。送信前に確認してください。".to_owned()
    } else {
        format!("FAX：{}", inquiry.to_fax)
    };
    lines.push(Line::of(fax, SIZE));
    lines.extend(inquiry.from.iter().map(|line| Line::of(format!("　　　　　　　　　　　　　　　　　{line}"), SIZE)));
    lines.push(Line::of("", SIZE));
    lines.push(Line::of("お送りいただいた文書についての照会", SIZE + 4.0));
    lines.push(Line::of("", SIZE));
    lines.push(Line::of("いつもお世話になっております。次の文書について、ご確認をお願いいたします。", SIZE));
    lines.push(Line::of(format!("受付番号：{}（ご回答の際にお書きください）", inquiry.reference), SIZE));
    lines.extend(inquiry.about.iter().map(|line| Line::of(line, SIZE)));
    lines.push(Line::of("", SIZE));
    lines
}

struct Pen {
    top: f32,
    font: Font,
}

impl Pen {
    fn write(&mut self, surface: &mut Surface<'_>, line: &Line) {
        if !line.text.is_empty() {
            let at = Point::from_xy(MARGIN, self.top + line.size);
            surface.draw_text(at, self.font.clone(), line.size, &line.text, false, TextDirection::LeftToRight);
        }
        self.top += LEADING.max(line.size * 1.5);
    }

    /// The frame for the answer.
    fn answer(&mut self, surface: &mut Surface<'_>, high: f32) {
        self.top += LEADING / 2.0;
        self.write(surface, &Line::of("ご回答", SIZE));
        let frame = Rect::from_xywh(MARGIN, self.top, WIDTH - 2.0 * MARGIN, high - 3.0 * LEADING);
        let path = frame.and_then(|frame| {
            let mut path = PathBuilder::new();
            path.push_rect(frame);
            path.finish()
        });
        if let Some(path) = path {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { paint: luma::Color::black().into(), ..Stroke::default() }));
            surface.draw_path(&path);
            surface.set_stroke(None);
        }
    }
}

/// A line of the question as lines of the page.
fn broken(line: &str, columns: usize) -> Vec<String> {
    let mut out = Vec::new();
    let (mut current, mut width) = (String::new(), 0);
    for c in line.chars().filter(|c| !c.is_control()) {
        let wide = if matches!(c, ' '..='~' | '\u{ff61}'..='\u{ff9f}') { 1 } else { 2 };
        if width + wide > columns && !NOT_FIRST.contains(c) {
            out.push(std::mem::take(&mut current));
            width = 0;
        }
        current.push(c);
        width += wide;
    }
    out.push(current);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_the_page_ends_and_never_before_a_full_stop() {
        assert_eq!(broken("あいうえお", 4), ["あい", "うえ", "お"]);
        assert_eq!(broken("あい。う", 4), ["あい。", "う"]);
        assert_eq!(broken("", 4), [""]);
    }

    #[test]
    fn what_is_no_font_is_said() {
        assert_eq!(inquiry(&Inquiry::default(), vec![1, 2, 3]), Err(PaperError::Font));
    }
}
