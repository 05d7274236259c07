//! Labels that a narrow column breaks into several lines, put together again.

use super::lexicon::{Lexicon, Use};
use super::{Segment, Sheet};
use crate::domain::ValueType;
use crate::text::{confusable, fold};

impl Sheet {
    /// Makes one segment of the lines of a label: 所見及 / び経過, 傷病名(主 / 訴).
    pub(super) fn join_lines(&mut self, lexicon: &Lexicon) {
        for cell in 0..self.cells.len() {
            if let Some(lines) = self.label_lines(cell, lexicon) {
                self.merge(&lines);
            }
        }
        let mut i = 0;
        while i < self.segments.len() {
            match self.bracket_below(i, lexicon) {
                Some(next) => self.merge(&[i, next]),
                None => i += 1,
            }
        }
    }

    /// The lines of a narrow cell, from top to bottom, when together they are a label and the cell beside is wider.
    fn label_lines(&self, cell: usize, lexicon: &Lexicon) -> Option<Vec<usize>> {
        let mut lines: Vec<usize> = (0..self.segments.len()).filter(|&s| self.segments[s].cell == Some(cell)).collect();
        if !(2..=6).contains(&lines.len()) {
            return None;
        }
        lines.sort_by(|&a, &b| self.segments[a].at.top.total_cmp(&self.segments[b].at.top));
        let apart = lines.windows(2).all(|w| self.segments[w[1]].at.top > self.segments[w[0]].at.centre().1 + 0.2);
        let here = &self.cells[cell];
        let beside = self.cells.iter().any(|c| {
            (c.left - here.right).abs() < 1.0
                && c.width() > 1.5 * here.width()
                && (c.top - here.top).abs() < 1.0
                && (c.bottom - here.bottom).abs() < 1.0
        });
        let letters: Vec<char> = lines.iter().flat_map(|&s| keys(&self.segments[s])).collect();
        if !apart || !beside || !(3..=16).contains(&letters.len()) || letters.iter().any(char::is_ascii_digit) {
            return None;
        }
        let most = 0.3 * letters.len() as f32;
        let known = lexicon.entries.iter().any(|e| {
            e.key.len().abs_diff(letters.len()) <= 1
                && e.key.len() >= 3
                && confusable::distance(&e.key, &letters) <= most
        });
        known.then_some(lines)
    }

    /// The line under a label of free text that closes the bracket which the label's line leaves open.
    fn bracket_below(&self, first: usize, lexicon: &Lexicon) -> Option<usize> {
        let top = &self.segments[first];
        let open = top.glyphs.iter().rposition(|g| g.ch == '(')?;
        if top.glyphs.len() - open > 5 || !(2..=10).contains(&open) || top.glyphs[open..].iter().any(|g| g.ch == ')') {
            return None;
        }
        let letters: Vec<char> = top.glyphs[..open].iter().filter_map(|g| fold::label_char(g.ch)).collect();
        let text = lexicon.entries.iter().any(|e| {
            e.key == letters
                && e.uses.iter().any(|u| match u {
                    Use::Field(i) => lexicon.fields[*i].field.value_type() == ValueType::Text,
                    _ => false,
                })
        });
        if !text {
            return None;
        }
        (0..self.segments.len()).find(|&s| {
            let below = &self.segments[s];
            let gap = below.at.top - top.at.bottom;
            below.cell == top.cell
                && (-0.3..1.2).contains(&gap)
                && (below.at.left - top.at.left).abs() < 0.8
                && below.glyphs.len() <= 5
                && below.glyphs.last().is_some_and(|g| g.ch == ')')
        })
    }
}

/// The segment's letters as labels are compared.
fn keys(segment: &Segment) -> Vec<char> {
    segment.glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FieldName, FieldRecipe, Kind, PageNo, Phrases, Place, Recipes};
    use crate::stages::sheet::Glyph;

    fn line(text: &str, left: f32, top: f32, cell: Option<usize>) -> Segment {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(left + i as f32, top, left + i as f32 + 1.0, top + 1.0),
            gap: 0.0,
            confidence: 0.9,
        };
        Segment::new(text.chars().enumerate().map(glyph).collect(), cell)
    }

    fn joined(segments: Vec<Segment>, cells: Vec<BBox>) -> Vec<String> {
        let field = FieldRecipe {
            field: FieldName::Course,
            labels: ["所見及び経過", "傷病名"].map(str::to_owned).to_vec(),
            within: Vec::new(),
            places: vec![Place::Right],
            needed: false,
        };
        let recipes = Recipes { phrases: Phrases::default(), common: vec![field], kinds: Vec::new() };
        let mut sheet = Sheet { no: PageNo(1), segments, cells, marks: Vec::new(), width: 80.0, height: 100.0 };
        sheet.join_lines(&Lexicon::of(&recipes, Kind::Unknown));
        sheet.segments.iter().map(Segment::text).collect()
    }

    #[test]
    fn a_label_broken_by_its_narrow_cell_is_one() {
        let cells = vec![BBox::new(5.0, 10.0, 10.0, 16.0), BBox::new(10.0, 10.0, 60.0, 16.0)];
        let lines = |a: &str, b: &str| vec![line(a, 6.0, 11.0, Some(0)), line(b, 6.0, 12.7, Some(0))];
        assert_eq!(joined(lines("所見及", "び経過"), cells.clone()), ["所見及び経過"]);
        assert_eq!(joined(lines("西沢", "三男様"), cells.clone()), ["西沢", "三男様"]);
        assert_eq!(joined(lines("所見及", "び経過"), cells[..1].to_vec()), ["所見及", "び経過"]);
    }

    #[test]
    fn a_bracket_left_open_by_a_label_closes_on_the_line_below() {
        let below = |text: &str| vec![line("傷病名(主", 6.0, 11.0, None), line(text, 6.0, 12.6, None)];
        assert_eq!(joined(below("訴)"), Vec::new()), ["傷病名(主訴)"]);
        assert_eq!(joined(below("慢性心不全"), Vec::new()), ["傷病名(主", "慢性心不全"]);
    }
}
