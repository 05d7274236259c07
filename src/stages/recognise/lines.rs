//! Glyphs of a text layer to lines, and the order of lines. A line never runs across a ruled border or a wide white gap.

use crate::domain::{BBox, Line, Word};

/// White wider than this many line heights parts two lines that stand side by side.
const WIDE_GAP: f32 = 1.6;

/// Lines of single glyphs in any order, as a text layer gives them. `aspect` is the page's height over its width.
pub fn from_glyphs(mut glyphs: Vec<Word>, cells: &[BBox], aspect: f32) -> Vec<Line> {
    glyphs.sort_by(|a, b| a.bbox.bottom.total_cmp(&b.bbox.bottom));
    let mut rows: Vec<(BBox, Vec<Word>)> = Vec::new();
    for glyph in glyphs {
        // The bottoms rise as we go, so only the latest rows can still take a glyph.
        let fits = rows.iter_mut().rev().take(6).find(|(row, _)| {
            let alike = row.height() < glyph.bbox.height() * 1.6 && glyph.bbox.height() < row.height() * 1.6;
            alike && row.vertical_overlap(&glyph.bbox) > 0.6
        });
        match fits {
            Some((_, words)) => words.push(glyph),
            None => rows.push((glyph.bbox, vec![glyph])),
        }
    }
    let mut lines = Vec::new();
    for (_, mut words) in rows {
        words.sort_by(|a, b| a.bbox.left.total_cmp(&b.bbox.left));
        lines.extend(split(joined(words, aspect), cells, aspect));
    }
    ordered(lines)
}

/// Neighbouring Latin letters and digits become one word; Japanese characters stay apart. Doubled glyphs (fake bold) become one.
fn joined(glyphs: Vec<Word>, aspect: f32) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for glyph in glyphs {
        if let Some(last) = words.last_mut() {
            let gap = glyph.bbox.left - last.bbox.right;
            let em = glyph.bbox.height() * aspect;
            if last.text == glyph.text && (glyph.bbox.left - last.bbox.left).abs() < em * 0.15 {
                continue;
            }
            let narrow = |t: &str| t.chars().all(|c| c.is_ascii_graphic());
            if narrow(&last.text) && narrow(&glyph.text) && gap < em * 0.2 {
                last.text.push_str(&glyph.text);
                last.bbox = last.bbox.union(&glyph.bbox);
                continue;
            }
        }
        words.push(glyph);
    }
    words
}

fn split(words: Vec<Word>, cells: &[BBox], aspect: f32) -> Vec<Line> {
    let mut heights: Vec<f32> = words.iter().map(|w| w.bbox.height()).collect();
    heights.sort_by(f32::total_cmp);
    let em = heights.get(heights.len() / 2).copied().unwrap_or(0.0) * aspect;
    let mut lines: Vec<Line> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if !parted(line, &word, cells, em) => {
                line.bbox = line.bbox.union(&word.bbox);
                line.words.push(word);
            }
            _ => lines.push(Line { bbox: word.bbox, words: vec![word] }),
        }
    }
    lines
}

fn parted(line: &Line, word: &Word, cells: &[BBox], em: f32) -> bool {
    let gap = word.bbox.left - line.bbox.right;
    if gap > em * WIDE_GAP || gap < -em * 3.0 {
        return true;
    }
    let Some(last) = line.words.last() else { return false };
    home(&last.bbox, cells) != home(&word.bbox, cells)
}

/// The smallest cell that holds a word's middle.
fn home(bbox: &BBox, cells: &[BBox]) -> Option<usize> {
    let centre = bbox.centre();
    let holding = cells.iter().enumerate().filter(|(_, cell)| cell.contains(centre));
    holding.min_by(|(_, a), (_, b)| (a.width() * a.height()).total_cmp(&(b.width() * b.height()))).map(|(i, _)| i)
}

/// From top to bottom; lines of one height from left to right.
pub fn ordered(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort_by(|a, b| a.bbox.centre().1.total_cmp(&b.bbox.centre().1));
    let mut start = 0;
    while start < lines.len() {
        let first = lines[start].bbox;
        let same = |l: &Line| first.vertical_overlap(&l.bbox) > 0.5 && l.bbox.centre().1 < first.bottom;
        let end = start + lines[start..].iter().take_while(|l| same(l)).count().max(1);
        lines[start..end].sort_by(|a, b| a.bbox.left.total_cmp(&b.bbox.left));
        start = end;
    }
    lines
}

/// The same of vertical writing: columns from right to left, those of one place from top to bottom. `aspect` is the page's
/// height over its width; level lines, as the header line is one, come first and keep their own order.
pub fn ordered_vertical(lines: Vec<Line>, aspect: f32) -> Vec<Line> {
    let level = |l: &Line| {
        l.words.iter().map(|w| w.text.chars().count()).sum::<usize>() > 1 && l.bbox.width() > l.bbox.height() * aspect
    };
    let (level, mut columns): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(level);
    let turn = |line: &mut Line, degrees: u16| line.bbox = line.bbox.turned(degrees);
    columns.iter_mut().for_each(|line| turn(line, 270));
    let mut columns = ordered(columns);
    columns.iter_mut().for_each(|line| turn(line, 90));
    ordered(level).into_iter().chain(columns).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, left: f32, right: f32) -> Word {
        Word { text: text.into(), bbox: BBox::new(left, 0.10, right, 0.12), confidence: 1.0 }
    }

    #[test]
    fn a_wide_gap_parts_a_line() {
        let words = vec![word("氏名", 0.1, 0.14), word("電話", 0.3, 0.34)];
        assert_eq!(from_glyphs(words, &[], 1.0).len(), 2);
    }

    #[test]
    fn a_border_parts_a_line_even_without_a_gap() {
        let words = vec![word("氏", 0.10, 0.12), word("名", 0.125, 0.145)];
        let cells = [BBox::new(0.0, 0.0, 0.122, 0.5), BBox::new(0.122, 0.0, 0.5, 0.5)];
        assert_eq!(from_glyphs(words.clone(), &[], 1.0).len(), 1);
        assert_eq!(from_glyphs(words, &cells, 1.0).len(), 2);
    }

    #[test]
    fn digits_join_and_fake_bold_does_not_double() {
        let words =
            vec![word("0", 0.1, 0.11), word("3", 0.11, 0.12), word("様", 0.12, 0.14), word("様", 0.1205, 0.1405)];
        let lines = from_glyphs(words, &[], 1.0);
        assert_eq!(lines[0].words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>(), ["03", "様"]);
    }
}
