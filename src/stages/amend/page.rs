//! The characters of a page's lines, each knowing its word: what is found among them has a place.

use crate::domain::{BBox, Found, Line, PageNo, ReadPage, Spot};
use crate::text::fold;
use std::ops::Range;

/// A line as characters (NFKC, no spaces).
pub(super) struct Row<'a> {
    page: PageNo,
    line: &'a Line,
    pub chars: Vec<char>,
    owner: Vec<usize>,
}

impl<'a> Row<'a> {
    fn new(page: PageNo, line: &'a Line) -> Self {
        let (mut chars, mut owner) = (Vec::new(), Vec::new());
        for (i, word) in line.words.iter().enumerate() {
            for c in fold::squeeze(&word.text).chars() {
                chars.push(c);
                owner.push(i);
            }
        }
        Self { page, line, chars, owner }
    }

    pub(super) fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// How far down the page the line stands, 0 to 1.
    pub(super) fn height(&self) -> f32 {
        self.line.bbox.centre().1
    }

    /// The first character of a value that stands on the line.
    pub(super) fn at(&self, spot: &Spot) -> Option<usize> {
        let level = spot.page == self.page && self.line.bbox.contains(spot.bbox.centre());
        let word = |i: &usize| self.line.words[*i].bbox.centre().0 >= spot.bbox.left;
        self.owner.iter().position(word).filter(|_| level)
    }

    /// A value seen at these characters; nothing but the value itself led there, so it is a little less sure.
    pub(super) fn found(&self, value: String, at: Range<usize>) -> Found {
        let (from, to) = (self.owner[at.start], self.owner[at.end - 1]);
        let words = &self.line.words[from..=to];
        let bbox = words.iter().skip(1).fold(words[0].bbox, |all: BBox, w| all.union(&w.bbox));
        let sure = words.iter().map(|w| w.confidence).sum::<f32>() / words.len() as f32;
        let raw = words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        let spot = Spot { page: self.page, bbox };
        Found {
            value,
            raw,
            confidence: 0.9 * sure,
            spot,
            alternatives: Vec::new(),
            from_master: false,
            decided_by: None,
            learned_from: None,
        }
    }
}

/// All lines of the pages.
pub(super) fn rows<'a>(pages: &[&'a ReadPage]) -> Vec<Row<'a>> {
    let lines = pages.iter().flat_map(|p| p.text.lines.iter().map(|l| Row::new(p.no, l)));
    lines.filter(|row| !row.chars.is_empty()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::{PageText, Word};

    /// A value as read.
    pub(in super::super) fn found(value: &str) -> Found {
        let spot = Spot { page: PageNo(1), bbox: BBox::new(0.1, 0.1, 0.2, 0.2) };
        Found {
            value: value.to_owned(),
            raw: value.to_owned(),
            confidence: 0.6,
            spot,
            alternatives: Vec::new(),
            from_master: false,
            decided_by: None,
            learned_from: None,
        }
    }

    /// A page of these lines, words apart by spaces.
    pub(in super::super) fn page(lines: &[&str]) -> ReadPage {
        let line = |(i, text): (usize, &&str)| {
            let top = 0.2 + 0.03 * i as f32;
            let word = |(j, w): (usize, &str)| Word {
                text: w.to_owned(),
                bbox: BBox::new(0.1 + 0.1 * j as f32, top, 0.19 + 0.1 * j as f32, top + 0.02),
                confidence: 0.9,
            };
            Line { bbox: BBox::new(0.1, top, 0.9, top + 0.02), words: text.split(' ').enumerate().map(word).collect() }
        };
        let text = PageText { lines: lines.iter().enumerate().map(line).collect(), ..PageText::default() };
        ReadPage { no: PageNo(1), part: 1, text }
    }

    #[test]
    fn what_is_found_has_the_place_of_its_words() {
        let page = page(&["氏名 例田 春子 様"]);
        let rows = rows(&[&page]);
        let found = rows[0].found("例田 春子".into(), 2..6);
        assert_eq!(found.raw, "例田 春子");
        assert!(found.spot.bbox.left > 0.19 && found.spot.bbox.right < 0.4);
    }
}
