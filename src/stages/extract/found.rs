//! Candidates for fields, and the choice among them.

use crate::domain::{BBox, Decided, FieldName, Fields, Found, PageNo};
use crate::stages::sheet::{Glyph, Sheet, around};
use crate::text::{phone, wareki};
use std::collections::BTreeMap;

/// A value that may be a field's.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The value and where it was seen.
    pub found: Found,
    /// How good it is beside others, about 0 to 1.
    pub score: f32,
}

/// All candidates, by field.
#[derive(Default)]
pub struct Candidates(BTreeMap<FieldName, Vec<Candidate>>);

impl Candidates {
    /// Adds a value seen on `glyphs`.
    pub fn add(&mut self, field: FieldName, value: impl Into<String>, sheet: &Sheet, glyphs: &[Glyph], score: f32) {
        let value = value.into();
        if value.is_empty() || glyphs.is_empty() {
            return;
        }
        let at = around(glyphs);
        let seen = glyphs.iter().map(|g| g.confidence).sum::<f32>() / glyphs.len() as f32;
        self.add_at(field, value, raw(glyphs), sheet, &at, seen, score);
    }

    /// Adds a value with its own raw text and box.
    #[expect(clippy::too_many_arguments, reason = "a value and where it was seen are that many things")]
    pub fn add_at(
        &mut self,
        field: FieldName,
        value: String,
        raw: String,
        sheet: &Sheet,
        at: &BBox,
        seen: f32,
        score: f32,
    ) {
        let confidence = (seen.clamp(0.0, 1.0).sqrt() * score.clamp(0.0, 1.0)).clamp(0.01, 0.99);
        let found = Found {
            value,
            raw,
            confidence,
            spot: sheet.spot(at),
            alternatives: Vec::new(),
            from_master: false,
            decided_by: None,
            learned_from: None,
        };
        self.0.entry(field).or_default().push(Candidate { found, score });
    }

    /// Marks the value added last as another reading than `read`, and by what it was decided.
    pub fn decided(&mut self, field: FieldName, read: String, by: Decided) {
        if let Some(last) = self.0.get_mut(&field).and_then(|all| all.last_mut()) {
            last.found.alternatives.push(read);
            last.found.decided_by = Some(by);
        }
    }

    /// Gives another field the same place with a value of its own.
    pub fn copy(&mut self, field: FieldName, from: &Candidate, value: String) {
        let found = Found { value, ..from.found.clone() };
        self.0.entry(field).or_default().push(Candidate { found, score: from.score });
    }

    /// The best candidate so far.
    pub fn best(&self, field: FieldName) -> Option<&Candidate> {
        self.0.get(&field)?.iter().reduce(|a, b| if b.score > a.score { b } else { a })
    }

    /// The best candidate so far that was seen on a page.
    pub fn best_on(&self, field: FieldName, page: PageNo) -> Option<&Candidate> {
        let there = self.0.get(&field)?.iter().filter(|c| c.found.spot.page == page);
        there.reduce(|a, b| if b.score > a.score { b } else { a })
    }

    /// Drops candidates that do not hold.
    pub fn retain(&mut self, field: FieldName, keep: impl Fn(&Candidate) -> bool) {
        if let Some(all) = self.0.get_mut(&field) {
            all.retain(keep);
        }
    }

    /// Gives the candidates of a field another value where `to` has one.
    pub fn replace(&mut self, field: FieldName, to: impl Fn(&str) -> Option<String>) {
        for candidate in self.0.get_mut(&field).into_iter().flatten() {
            if let Some(value) = to(&candidate.found.value) {
                candidate.found.value = value;
            }
        }
    }

    /// The best of each field, with the next different values as alternatives.
    pub fn choose(self) -> Fields {
        let mut fields = Fields::new();
        for (field, mut all) in self.0 {
            // Stable: of equal scores the first seen stays first.
            all.sort_by(|a, b| b.score.total_cmp(&a.score));
            let mut all = all.into_iter();
            let Some(best) = all.next() else { continue };
            let mut found = best.found;
            for other in all {
                let value = other.found.value;
                if value != found.value && !found.alternatives.contains(&value) && found.alternatives.len() < 3 {
                    found.alternatives.push(value);
                } else if value == found.value {
                    // Seen twice is surer.
                    found.confidence = (found.confidence + 0.1 * other.score).min(0.99);
                }
            }
            fields.insert(field, found);
        }
        fields
    }
}

/// Glyphs as they were seen, a space where one stood.
pub fn raw(glyphs: &[Glyph]) -> String {
    spaced(glyphs, 0.45, |g| g.raw.clone())
}

/// Glyphs after NFKC, a space where one of at least `gap` ems stood.
pub fn text(glyphs: &[Glyph], gap: f32) -> String {
    spaced(glyphs, gap, |g| g.ch.to_string())
}

fn spaced(glyphs: &[Glyph], gap: f32, of: impl Fn(&Glyph) -> String) -> String {
    let mut out = String::new();
    for (i, glyph) in glyphs.iter().enumerate() {
        if i > 0 && glyph.gap >= gap {
            out.push(' ');
        }
        out.push_str(&of(glyph));
    }
    out
}

/// The characters for a parser, and which glyph each is: a space is put between two numbers that stand apart, and in
/// place of a number in a ring, which counts what follows it (①6月3日 ②6月5日).
pub fn parsed(glyphs: &[Glyph]) -> (Vec<char>, Vec<usize>) {
    let (mut chars, mut of) = (Vec::new(), Vec::new());
    for (i, glyph) in glyphs.iter().enumerate() {
        let apart = glyph.gap > APART || (glyph.gap > BEFORE_AGE && is_age(&glyphs[i..]));
        if i > 0 && apart && glyph.ch.is_ascii_digit() && glyphs[i - 1].ch.is_ascii_digit() {
            chars.push(' ');
            of.push(i);
        }
        let ringed = glyph.raw.chars().any(|c| matches!(c, '①'..='⑳' | '❶'..='❿' | '⑴'..='⒛'));
        chars.push(if ringed { ' ' } else { glyph.ch });
        of.push(i);
    }
    (chars, of)
}

/// 87歳, 4才: up to three digits and the word.
fn is_age(glyphs: &[Glyph]) -> bool {
    let digits = glyphs.iter().take_while(|g| g.ch.is_ascii_digit()).count();
    (1..=3).contains(&digits) && glyphs.get(digits).is_some_and(|g| matches!(g.ch, '歳' | '才'))
}

/// The telephone numbers among some glyphs.
pub fn phones(glyphs: &[Glyph]) -> Vec<phone::Seen> {
    let chars: Vec<char> = glyphs.iter().map(|g| g.ch).collect();
    phone::phones_apart(&chars, &|i| glyphs.get(i).is_some_and(|g| g.gap > APART))
}

/// A space in ems between two numbers that are not one.
const APART: f32 = 0.85;
/// The same before an age, which no number runs into.
const BEFORE_AGE: f32 = 0.25;

/// The dates among some glyphs, with the glyphs they take.
pub fn dates(glyphs: &[Glyph]) -> Vec<wareki::Seen> {
    let (chars, of) = parsed(glyphs);
    let glyph = |range: std::ops::Range<usize>| of[range.start]..of[range.end - 1] + 1;
    wareki::dates(&chars).into_iter().map(|s| wareki::Seen { range: glyph(s.range.clone()), ..s }).collect()
}
