//! The day of a visit that a reply says in a sentence: 令和7年1月17日に当院を受診されました, 初診:2025.10.23.

use super::Context;
use super::dates::resolved;
use super::found::{self, Candidates};
use crate::domain::{FieldName, Kind};
use crate::stages::sheet::Glyph;

/// Words for a visit that has been.
const VISITED: [&str; 6] = ["受診", "来院", "来科", "初診", "診察", "お越し"];
/// Words that make it one to come, or somebody else's.
const OTHERWISE: [&str; 6] = ["予定", "予約", "再診", "次回", "希望", "紹介元"];
/// Letters behind a date in which a sentence says what was on that day.
const SAID_WITHIN: usize = 16;

/// The first such day, where no label led to one.
pub fn in_sentence(context: &Context, out: &mut Candidates) {
    if context.kind != Kind::ReplyLetter || out.best(FieldName::VisitDate).is_some() {
        return;
    }
    for leaf in &context.leaves {
        // A date may be broken over two lines.
        let glyphs: Vec<Glyph> = leaf.page.sheet.segments.iter().flat_map(|s| s.glyphs.iter().cloned()).collect();
        for seen in found::dates(&glyphs) {
            if !said(&glyphs, &seen.range) {
                continue;
            }
            if let Some(date) = resolved(context, &seen) {
                let score = 0.6 * seen.sure * leaf.weight;
                let first = first_line(&glyphs[seen.range.clone()]);
                out.add(FieldName::VisitDate, date.to_string(), &leaf.page.sheet, first, score);
                return;
            }
        }
    }
}

/// Whether the words about a date tell that it is the day of a visit.
fn said(glyphs: &[Glyph], date: &std::ops::Range<usize>) -> bool {
    let text = |part: &[Glyph]| part.iter().map(|g| g.ch).collect::<String>();
    let before = text(&glyphs[date.start.saturating_sub(5)..date.start]);
    let before = before.trim_end_matches([':', ' ', '(']);
    if ["受診日", "来院日", "初診日", "初診", "受診"].iter().any(|w| before.ends_with(w)) {
        return true;
    }
    let after = text(&glyphs[date.end..glyphs.len().min(date.end + SAID_WITHIN)]);
    let clause = after.split(['。', '\n']).next().unwrap_or_default();
    let visited = VISITED.iter().any(|w| clause.contains(w));
    visited && !OTHERWISE.iter().any(|w| clause.contains(w))
}

/// The part of a broken date that stands on its first line, where it is shown.
fn first_line(glyphs: &[Glyph]) -> &[Glyph] {
    let end = glyphs.windows(2).position(|pair| pair[1].at.left < pair[0].at.left).map_or(glyphs.len(), |i| i + 1);
    &glyphs[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    /// Whether the first date of a text is told as the day of a visit.
    fn told(text: &str) -> bool {
        let at = |i: usize| BBox::new(i as f32, 0.0, i as f32 + 1.0, 1.0);
        let glyph = |(i, ch): (usize, char)| Glyph { ch, raw: ch.to_string(), at: at(i), gap: 0.0, confidence: 0.9 };
        let glyphs: Vec<Glyph> = text.chars().enumerate().map(glyph).collect();
        found::dates(&glyphs).first().is_some_and(|seen| said(&glyphs, &seen.range))
    }

    #[test]
    fn a_sentence_tells_the_day_of_a_visit() {
        assert!(told("ありがとうございました。令和7年1月17日に当院を受診されましたので、ご報告いたします。"));
        assert!(told("途中経過をお知らせします。初診:2025.10.23"));
        assert!(!told("次回は令和7年3月3日に受診の予定です。"), "a visit to come");
        assert!(!told("令和7年1月17日に手術を行いました。その後受診されています。"), "another sentence");
    }
}
