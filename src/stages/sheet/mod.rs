//! A recognised page as characters with places, cut into segments that do not cross a ruled border or a wide gap.
//!
//! Every distance is in ems (one em is the height of the page's ordinary type), so that resolution and format do not matter.

mod beside;
mod continued;
mod inside;
pub mod labels;
mod lengthen;
pub mod lexicon;
mod misread;
mod place;
pub mod regions;
mod spread;
mod stacked;
pub mod words;

use crate::domain::{BBox, Line, Mark, MarkKind, PageNo, ReadPage, Spot};
use crate::text::fold;

/// One character (after NFKC) and where it stands.
#[derive(Clone, Debug)]
pub struct Glyph {
    /// The character.
    pub ch: char,
    /// As it was seen; empty for the second and later characters that NFKC made of one.
    pub raw: String,
    /// Place in ems.
    pub at: BBox,
    /// Space before it in ems (0 at the beginning of a segment).
    pub gap: f32,
    /// 0 to 1.
    pub confidence: f32,
}

/// Characters that stand together on one line, within one cell.
#[derive(Clone, Debug)]
pub struct Segment {
    /// In reading order.
    pub glyphs: Vec<Glyph>,
    /// Place in ems.
    pub at: BBox,
    /// Index of the smallest ruled cell around it.
    pub cell: Option<usize>,
    /// Height of its type in ems.
    pub size: f32,
}

/// A page ready to be searched.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Page of the file.
    pub no: PageNo,
    /// From top to bottom, left to right.
    pub segments: Vec<Segment>,
    /// Ruled cells in ems.
    pub cells: Vec<BBox>,
    /// Rings and ticks, in ems.
    pub marks: Vec<Mark>,
    /// Width and height of the page in ems.
    pub width: f32,
    /// Height of the page in ems.
    pub height: f32,
}

/// A gap that separates two things on one line even without a border.
const WIDE_GAP: f32 = 3.0;
/// Pieces of one line that stand nearer than this are one segment.
const NEAR: f32 = 1.5;
/// A letter that was read so surely is that letter.
const SURE_LETTER: f32 = 0.9;

impl Sheet {
    /// The page cut into segments.
    pub fn of(page: &ReadPage) -> Sheet {
        let text = &page.text;
        let (w, h) = (text.width_px.max(1) as f32, text.height_px.max(1) as f32);
        let em = em_px(&text.lines, w, h).max(4.0);
        let to_em = |b: &BBox| BBox::new(b.left * w / em, b.top * h / em, b.right * w / em, b.bottom * h / em);
        let cells: Vec<BBox> = text.cells.iter().map(to_em).collect();
        let lines: Vec<Vec<Glyph>> = text.lines.iter().map(|line| glyphs(line, &to_em)).collect();
        let marks = text.marks.iter().map(|m| Mark { kind: m.kind, bbox: to_em(&m.bbox) });
        let marks = marks.filter(|m| m.kind == MarkKind::Circle || !part_of_a_letter(m, &lines)).collect();
        let mut pieces = Vec::new();
        for line in lines {
            cut(line, &cells, &mut pieces);
        }
        let mut segments = join(pieces);
        segments.retain(|s| !is_rule(s));
        segments.sort_by(|a, b| reading_order(&a.at, &b.at));
        misread::mend(&mut segments);
        Sheet { no: page.no, segments, cells, marks, width: w / em, height: h / em }
    }

    /// The place of a box of this sheet on the page.
    pub fn spot(&self, at: &BBox) -> Spot {
        let x = |v: f32| (v / self.width).clamp(0.0, 1.0);
        let y = |v: f32| (v / self.height).clamp(0.0, 1.0);
        Spot { page: self.no, bbox: BBox::new(x(at.left), y(at.top), x(at.right), y(at.bottom)) }
    }

    /// All characters, one segment a line.
    pub fn plain(&self) -> String {
        self.segments.iter().map(Segment::text).collect::<Vec<_>>().join("\n")
    }
}

impl Segment {
    fn new(glyphs: Vec<Glyph>, cell: Option<usize>) -> Segment {
        let at = around(&glyphs);
        let size = type_size(glyphs.iter().map(|g| (g.ch, g.at.width(), g.at.height()))).unwrap_or(1.0);
        Segment { glyphs, at, cell, size }
    }

    /// Its characters.
    pub fn text(&self) -> String {
        self.glyphs.iter().map(|g| g.ch).collect()
    }

    /// Its characters as a slice can be searched.
    pub fn chars(&self) -> Vec<char> {
        self.glyphs.iter().map(|g| g.ch).collect()
    }
}

/// The characters under which glyphs are compared with labels, each with the index of its glyph.
pub fn keyed(glyphs: &[Glyph]) -> Vec<(char, usize)> {
    glyphs.iter().enumerate().filter_map(|(i, g)| fold::label_char(g.ch).map(|c| (c, i))).collect()
}

/// The box around some glyphs.
pub fn around(glyphs: &[Glyph]) -> BBox {
    glyphs.iter().map(|g| g.at).reduce(|a, b| a.union(&b)).unwrap_or_default()
}

/// From top to bottom; what overlaps by half of its height counts as one line and goes from left to right.
pub fn reading_order(a: &BBox, b: &BBox) -> std::cmp::Ordering {
    // Rounded centres keep the order total, which an overlap test would not.
    let row = |x: &BBox| (x.centre().1 * 1.25).round();
    row(a).total_cmp(&row(b)).then(a.left.total_cmp(&b.left))
}

/// Height of the ordinary type in pixels.
fn em_px(lines: &[Line], page_width: f32, page_height: f32) -> f32 {
    let glyphs = lines.iter().flat_map(|l| {
        let to_px = |b: &BBox| {
            BBox::new(b.left * page_width, b.top * page_height, b.right * page_width, b.bottom * page_height)
        };
        glyphs(l, &to_px).into_iter().map(|g| (g.ch, g.at.width(), g.at.height()))
    });
    type_size(glyphs.filter(|g| g.2 > 4.0)).unwrap_or(page_height / 60.0)
}

/// The size of type: of full-width letters the median of the lesser of height and width, as boxes are often too tall.
fn type_size(glyphs: impl Iterator<Item = (char, f32, f32)>) -> Option<f32> {
    let (mut full, mut other) = (Vec::new(), Vec::new());
    for (ch, width, height) in glyphs {
        if crate::text::name::is_kanji(ch) || crate::text::kana::is_kana(ch) {
            full.push(height.min(width * 1.1));
        } else {
            other.push(height);
        }
    }
    let mut sizes = if full.is_empty() { other } else { full };
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied()
}

/// The line's words as single characters; a word's width is shared out evenly.
fn glyphs(line: &Line, to_em: &impl Fn(&BBox) -> BBox) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::new();
    for (i, word) in line.words.iter().enumerate() {
        let mut at = to_em(&word.bbox);
        // Some engines give the first word the box of the whole line; no word reaches into the next.
        if let Some(next) = line.words.get(i + 1).map(|n| to_em(&n.bbox)).filter(|n| n.left > at.left) {
            at.right = at.right.min(next.left);
        }
        let chars: Vec<char> = word.text.chars().filter(|c| !c.is_whitespace()).collect();
        let step = at.width() / chars.len().max(1) as f32;
        for (i, c) in chars.iter().enumerate() {
            let left = at.left + step * i as f32;
            let place = BBox::new(left, at.top, left + step, at.bottom);
            for (n, ch) in fold::nfkc(&c.to_string()).chars().filter(|c| !c.is_whitespace()).enumerate() {
                // A combining mark joins the letter before it.
                if matches!(ch, '\u{3099}' | '\u{309A}') {
                    if let Some(last) = out.last_mut() {
                        let both: String = [last.ch, ch].iter().collect();
                        if let [one] = fold::nfkc(&both).chars().collect::<Vec<_>>()[..] {
                            last.ch = one;
                        }
                    }
                    continue;
                }
                let raw = if n == 0 { c.to_string() } else { String::new() };
                out.push(Glyph { ch, raw, at: place, gap: 0.0, confidence: word.confidence });
            }
        }
    }
    out
}

/// Whether a tick is a stroke of a letter: a ticked box reads as one or as nothing sure, never as another letter for sure.
fn part_of_a_letter(mark: &Mark, lines: &[Vec<Glyph>]) -> bool {
    let boxed = |c: char| matches!(c, '□' | '■' | '☑' | '☒' | '☐' | '✓' | '✔' | '▣' | '◻' | '●');
    let centre = mark.bbox.centre();
    let here = lines.iter().flatten().filter(|g| g.at.contains(centre));
    here.into_iter().any(|g| g.confidence > SURE_LETTER && !boxed(g.ch))
}

/// Cuts a line's glyphs where a border or a wide gap lies between them.
fn cut(glyphs: Vec<Glyph>, cells: &[BBox], pieces: &mut Vec<Segment>) {
    let cell_of = |g: &Glyph| smallest_cell(cells, g.at.centre());
    let size = type_size(glyphs.iter().map(|g| (g.ch, g.at.width(), g.at.height()))).unwrap_or(1.0);
    let mut run: Vec<Glyph> = Vec::new();
    let mut cell = None;
    for mut glyph in glyphs {
        let here = cell_of(&glyph);
        if let Some(last) = run.last() {
            let em = size.max(0.5);
            let gap = glyph.at.left - last.at.right;
            if gap > WIDE_GAP * em.max(0.8) || here != cell || gap < -4.0 * em {
                pieces.push(Segment::new(std::mem::take(&mut run), cell));
            } else {
                glyph.gap = (gap / em).max(0.0);
            }
        }
        cell = here;
        run.push(glyph);
    }
    if !run.is_empty() {
        pieces.push(Segment::new(run, cell));
    }
}

/// Whether a segment is what remains of a ruled line: flat, and hardly anything but strokes.
fn is_rule(segment: &Segment) -> bool {
    let stroke = |c: char| fold::is_dash(c) || matches!(c, 'ー' | '一' | '_' | '=' | '~' | '〜' | '.' | '…');
    let strokes = segment.glyphs.iter().filter(|g| stroke(g.ch)).count();
    segment.glyphs.len() >= 4 && strokes * 4 >= segment.glyphs.len() * 3 && segment.at.height() < 0.7
}

/// The smallest cell that holds the point.
fn smallest_cell(cells: &[BBox], point: (f32, f32)) -> Option<usize> {
    let size = |c: &BBox| c.width() * c.height();
    (0..cells.len()).filter(|&i| cells[i].contains(point)).min_by(|&a, &b| size(&cells[a]).total_cmp(&size(&cells[b])))
}

/// Joins pieces of one line that stand near one another in the same cell.
fn join(mut pieces: Vec<Segment>) -> Vec<Segment> {
    pieces.sort_by(|a, b| a.at.left.total_cmp(&b.at.left));
    let mut out: Vec<Segment> = Vec::new();
    for piece in pieces {
        let fits = |s: &Segment| {
            let em = s.size.max(piece.size).max(0.5);
            let gap = piece.at.left - s.at.right;
            s.cell == piece.cell
                && s.at.vertical_overlap(&piece.at) > 0.6
                && (-0.3 * em..NEAR * em).contains(&gap)
                && s.size.max(piece.size) < 1.8 * s.size.min(piece.size)
        };
        match out.iter().position(fits) {
            Some(i) => {
                let mut glyphs = std::mem::take(&mut out[i].glyphs);
                let em = out[i].size.max(piece.size).max(0.5);
                let gap = (piece.at.left - out[i].at.right).max(0.0) / em;
                glyphs.extend(
                    piece.glyphs.into_iter().enumerate().map(|(n, g)| if n == 0 { Glyph { gap, ..g } } else { g }),
                );
                out[i] = Segment::new(glyphs, piece.cell);
            }
            None => out.push(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str, height: f32) -> Segment {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(i as f32, 0.0, i as f32 + 0.6, height),
            gap: 0.0,
            confidence: 0.9,
        };
        Segment::new(text.chars().enumerate().map(glyph).collect(), None)
    }

    #[test]
    fn remains_of_a_rule_are_no_text() {
        assert!(is_rule(&flat("ーーーーーーー", 0.2)));
        assert!(is_rule(&flat("ーーーナーーてーーーー", 0.3)));
        assert!(!is_rule(&flat("ーーーー", 1.0)));
        assert!(!is_rule(&flat("一一", 0.2)));
        assert!(!is_rule(&flat("コーヒー", 0.6)));
    }
}
