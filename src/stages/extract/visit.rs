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
