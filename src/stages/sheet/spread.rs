//! Labels whose letters are set apart, over the width of their column or one under the other, put together again.

use super::lexicon::Lexicon;
use super::{Glyph, Segment, Sheet, reading_order};
use crate::text::{confusable, fold};

impl Sheet {
    /// Letters of a label that are set apart to fill its column (電　　話, F　A　X) become one segment again.
    pub(super) fn join_spread(&mut self, lexicon: &Lexicon) {
        let mut i = 0;
        while i < self.segments.len() {
            match self.spread_from(i, lexicon) {
                Some(chain) => self.merge(&chain),
                None => i += 1,
            }
        }
        let mut i = 0;
        while i < self.segments.len() {
            match self.stacked_from(i, lexicon) {
                Some(chain) => self.merge(&chain),
                None => i += 1,
            }
        }
        self.segments.sort_by(|a, b| reading_order(&a.at, &b.at));
    }

    /// The segments, beginning with `first`, whose single letters one under the other are a label.
    fn stacked_from(&self, first: usize, lexicon: &Lexicon) -> Option<Vec<usize>> {
        let top = &self.segments[first];
        let mut letters = keys(top);
        if letters.len() != 1 || top.glyphs.len() > 2 {
            return None;
        }
        let column = |s: &Segment| {
            s.cell == top.cell
                && (s.at.centre().0 - top.at.centre().0).abs() < 0.7
                && keys(s).len() == 1
                && s.glyphs.len() <= 2
        };
        // Only the topmost of a column begins a word.
        let above = |s: &Segment| column(s) && s.at.bottom < top.at.top + 0.3 && top.at.top - s.at.bottom < 3.5;
        if self.segments.iter().enumerate().any(|(i, s)| i != first && above(s)) {
            return None;
        }
        let mut chain = vec![first];
        loop {
            let last = &self.segments[*chain.last()?];
            let next = self
                .segments
                .iter()
                .enumerate()
                .filter(|(i, s)| !chain.contains(i) && column(s))
                .map(|(i, s)| (i, s.at.top - last.at.bottom))
                .filter(|(_, gap)| (-0.4..3.5).contains(gap))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let Some((next, _)) = next else { break };
            letters.extend(keys(&self.segments[next]));
            chain.push(next);
        }
        if chain.len() < 2 {
            return None;
        }
        // A column of letters is a word by its form alone: one of three may be misread.
        let best = lexicon
            .entries
            .iter()
            .map(|e| (confusable::distance(&e.key, &letters), e))
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        let most = if letters.len() < 3 { 0.3 } else { 0.34 * letters.len() as f32 };
        (best.0 <= most).then_some(chain)
    }

    /// The segments, beginning with `first`, whose letters together are a label.
    fn spread_from(&self, first: usize, lexicon: &Lexicon) -> Option<Vec<usize>> {
        let mut chain = vec![first];
        // ふりがな・氏　名: only the last of several words is set apart.
        let from = &self.segments[first];
        // 6.病　名: a number stands before it.
        let numbered =
            from.glyphs.iter().take_while(|g| g.ch.is_ascii_digit() || matches!(g.ch, '.' | '(' | ')')).count();
        let word = from.glyphs.iter().rposition(|g| g.ch == '・').map_or(0, |at| at + 1).max(numbered);
        let mut letters: Vec<char> = from.glyphs[word..].iter().filter_map(|g| fold::label_char(g.ch)).collect();
        if letters.is_empty() || letters.len() > 2 {
            return None;
        }
        let mut widest = 0.0f32;
        for _ in 0..6 {
            let last = &self.segments[*chain.last()?];
            let (next, gap) = self.next_on_row(last)?;
            // The letters of one word stand about evenly.
            if gap > 9.0 || (widest > 0.0 && gap > 1.8 * widest + 0.5) {
                return None;
            }
            widest = widest.max(gap);
            let more = keys(&self.segments[next]);
            chain.push(next);
            let before = letters.len();
            letters.extend(&more);
            let whole = lexicon.entries.iter().any(|e| {
                e.key.len() > before
                    && e.key.len() <= 8
                    && confusable::prefix(&e.key, &letters, 0.4 * (e.key.len() as f32 - 1.0).min(2.0))
                        .is_some_and(|(len, _)| len > before)
            });
            if whole {
                return Some(chain);
            }
            if more.len() > 2 {
                return None;
            }
        }
        None
    }

    /// The next segment to the right on the same line in the same cell, and how far it is.
    fn next_on_row(&self, from: &Segment) -> Option<(usize, f32)> {
        self.segments
            .iter()
            .enumerate()
            .filter(|(_, s)| {
                s.cell == from.cell && s.at.left > from.at.right - 0.2 && s.at.vertical_overlap(&from.at) > 0.5
            })
            .map(|(i, s)| (i, s.at.left - from.at.right))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Makes one segment of several, in the place of the first.
    pub(super) fn merge(&mut self, chain: &[usize]) {
        let mut glyphs: Vec<Glyph> = Vec::new();
        for &i in chain {
            let em = self.segments[i].size.max(0.5);
            for (n, glyph) in self.segments[i].glyphs.iter().enumerate() {
                let gap = match glyphs.last() {
                    Some(last) if n == 0 => ((glyph.at.left - last.at.right) / em).max(0.0),
                    _ => glyph.gap,
                };
                glyphs.push(Glyph { gap, ..glyph.clone() });
            }
        }
        let cell = self.segments[chain[0]].cell;
        self.segments[chain[0]] = Segment::new(glyphs, cell);
        let mut gone = chain[1..].to_vec();
        gone.sort_unstable_by(|a, b| b.cmp(a));
        for i in gone {
            self.segments.remove(i);
        }
    }
}

/// The segment's letters as labels are compared.
fn keys(segment: &Segment) -> Vec<char> {
    segment.glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, FieldName, FieldRecipe, Kind, PageNo, Phrases, Recipes};

    fn segment(text: &str, left: f32, top: f32) -> Segment {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(left + i as f32, top, left + i as f32 + 1.0, top + 1.0),
            gap: 0.0,
            confidence: 0.9,
        };
        Segment::new(text.chars().enumerate().map(glyph).collect(), None)
    }

    fn joined(segments: Vec<Segment>) -> Vec<String> {
        let field = FieldRecipe {
            field: FieldName::Remarks,
            labels: ["電話", "性別", "既往歴", "備考"].map(str::to_owned).to_vec(),
            within: Vec::new(),
            places: Vec::new(),
            needed: false,
        };
        let recipes = Recipes { phrases: Phrases::default(), common: vec![field], kinds: Vec::new() };
        let mut sheet =
            Sheet { no: PageNo(1), segments, cells: Vec::new(), marks: Vec::new(), width: 80.0, height: 100.0 };
        sheet.join_spread(&Lexicon::of(&recipes, Kind::Unknown));
        sheet.segments.iter().map(Segment::text).collect()
    }

    #[test]
    fn letters_over_the_width_of_a_column_are_one_label() {
        assert_eq!(joined(vec![segment("電", 2.0, 5.0), segment("話", 6.0, 5.0)]), ["電話"]);
        assert_eq!(joined(vec![segment("性", 2.0, 5.0), segment("別:男", 6.0, 5.0)]), ["性別:男"]);
    }

    #[test]
    fn letters_one_under_the_other_are_one_label() {
        let column = |word: &str| {
            word.chars().zip(0u8..).map(|(c, i)| segment(&c.to_string(), 2.0, 5.0 + 2.0 * f32::from(i))).collect()
        };
        assert_eq!(joined(column("既往歴")), ["既往歴"]);
        assert_eq!(joined(column("既住歴")), ["既住歴"]);
        assert_eq!(joined(column("山川")), ["山", "川"]);
    }

    #[test]
    fn a_number_stands_before_letters_set_apart() {
        assert_eq!(joined(vec![segment("9.備", 2.0, 5.0), segment("考", 8.0, 5.0)]), ["9.備考"]);
        assert_eq!(joined(vec![segment("9.山", 2.0, 5.0), segment("考", 8.0, 5.0)]), ["9.山", "考"]);
    }

    #[test]
    fn letters_of_no_label_stay_apart() {
        assert_eq!(joined(vec![segment("山", 2.0, 5.0), segment("川", 6.0, 5.0)]), ["山", "川"]);
        assert_eq!(joined(vec![segment("電", 2.0, 5.0), segment("話", 16.0, 5.0)]), ["電", "話"]);
    }
}
