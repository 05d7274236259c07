//! How much care a person needs (要介護度): said in words, or one of the printed levels that is ringed or ticked.

use super::found::Candidates;
use super::marked::{is_box, is_tick};
use super::{Context, Labelled};
use crate::domain::{FieldName, MarkKind};
use crate::stages::sheet::regions::Page;
use crate::stages::sheet::{Glyph, around};

/// Every level that is said: by its label, and under none where both words say what they are.
pub fn all(context: &Context, out: &mut Candidates) {
    if !context.lexicon.fields.iter().any(|f| f.field == FieldName::CareLevel) {
        return;
    }
    for labelled in context.labelled(FieldName::CareLevel) {
        care_level(&labelled, out);
    }
    care_level_without_label(context, out);
}

/// 要介護3, or the ringed digit of 要支援(1・2) 要介護(1・2・3・4・5), or the ticked one of seven boxes.
fn care_level(labelled: &Labelled, out: &mut Candidates) {
    let page = &labelled.leaf.page;
    let glyphs: Vec<Glyph> = labelled.runs.iter().flat_map(|r| page.glyphs(r).iter().cloned()).collect();
    care_level_of(page, &glyphs, labelled.score, out);
}

/// The same under no label: both words say what they are.
fn care_level_without_label(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        for segment in &leaf.page.sheet.segments {
            let sentence = segment.glyphs.iter().any(|g| matches!(g.ch, '。' | '、'));
            if !sentence {
                care_level_of(&leaf.page, &segment.glyphs, 0.6 * leaf.weight, out);
            }
        }
    }
}

fn care_level_of(page: &Page, glyphs: &[Glyph], score: f32, out: &mut Candidates) {
    let levels = levels(glyphs);
    let add = |out: &mut Candidates, i: usize, sure: f32| {
        let (value, range) = &levels[i];
        out.add(FieldName::CareLevel, value.clone(), &page.sheet, &glyphs[range.clone()], score * sure);
    };
    if levels.is_empty() {
        return;
    }
    let mut hits: Vec<(usize, f32)> = Vec::new();
    for mark in &page.sheet.marks {
        let (x, y) = mark.bbox.centre();
        for (i, (_, range)) in levels.iter().enumerate() {
            let at = around(&glyphs[range.clone()]);
            let level = y > at.top - 0.5 && y < at.bottom + 0.5;
            let digit = glyphs[range.end - 1].at;
            let hit = match mark.kind {
                MarkKind::Circle => {
                    level && x > digit.left - 0.25 && x < digit.right + 0.25
                        || (level && range.len() > 1 && x > at.left && x < at.right)
                }
                MarkKind::Check => level && range.len() > 1 && x < at.left + 0.3 && at.left - x < 1.6,
            };
            if hit {
                hits.push((i, (x - digit.centre().0).abs()));
            }
        }
    }
    hits.sort_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((i, _)) = hits.first() {
        add(out, *i, 0.92);
        return;
    }
    let ticked: Vec<usize> = (0..levels.len())
        .filter(|&i| levels[i].1.start > 0 && levels[i].1.len() > 1 && is_tick(glyphs[levels[i].1.start - 1].ch))
        .collect();
    if let [only] = ticked[..]
        && levels.len() > 1
    {
        add(out, only, 0.7);
        return;
    }
    // Among empty boxes the one that is none is ticked.
    let whole: Vec<usize> = (0..levels.len()).filter(|&i| levels[i].1.len() > 1 && levels[i].1.start > 0).collect();
    let (empty, odd): (Vec<usize>, Vec<usize>) =
        whole.into_iter().partition(|&i| is_box(glyphs[levels[i].1.start - 1].ch));
    if let [only] = odd[..]
        && empty.len() >= 3
    {
        add(out, only, 0.65);
        return;
    }
    if levels.len() == 1 && !glyphs.iter().any(|g| matches!(g.ch, '・')) {
        add(out, 0, 0.95);
    }
}

/// Care levels among the glyphs: 要介護3 whole, and each digit of 要介護(1・2・3).
fn levels(glyphs: &[Glyph]) -> Vec<(String, std::ops::Range<usize>)> {
    let chars: Vec<char> = glyphs.iter().map(|g| g.ch).collect();
    let mut found = Vec::new();
    let mut kind: Option<(&str, usize, char)> = None;
    let mut i = 0;
    while i < chars.len() {
        let rest: String = chars[i..].iter().take(3).collect();
        if rest == "要介護" || rest == "要支援" {
            kind = Some((if rest == "要介護" { "要介護" } else { "要支援" }, i, ' '));
            i += 3;
            while i < chars.len() && matches!(chars[i], '(' | ':' | '度' | '〔' | '[') {
                i += 1;
            }
            continue;
        }
        if let (Some((word, start, _)), Some(d)) = (kind, chars[i].to_digit(10)) {
            let most = if word == "要介護" { 5 } else { 2 };
            // Of (1・2・34・5) a dot is lost; what counts on is no number of two digits.
            let next = chars.get(i + 1).and_then(|c| c.to_digit(10));
            let before = i.checked_sub(1).and_then(|at| chars[at].to_digit(10));
            let counted = next.is_none_or(|n| n == d + 1) && before.is_none_or(|b| b + 1 == d);
            if (1..=most).contains(&d) && counted {
                // The first digit directly after the word belongs with it.
                let whole =
                    found.iter().all(|(_, r): &(String, std::ops::Range<usize>)| r.start < start) && i - start <= 4;
                found.push((format!("{word}{d}"), if whole { start..i + 1 } else { i..i + 1 }));
            }
        }
        i += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    fn said(text: &str) -> Vec<String> {
        let glyph = |(i, ch): (usize, char)| Glyph {
            ch,
            raw: ch.to_string(),
            at: BBox::new(i as f32, 0.0, i as f32 + 1.0, 1.0),
            gap: 0.0,
            confidence: 1.0,
        };
        levels(&text.chars().enumerate().map(glyph).collect::<Vec<_>>()).into_iter().map(|l| l.0).collect()
    }

    #[test]
    fn levels_are_found_though_a_dot_between_two_is_lost() {
        assert_eq!(said("要介護3"), ["要介護3"]);
        assert_eq!(
            said("要支援(1・2)要介護(1・2・34・5)"),
            ["要支援1", "要支援2", "要介護1", "要介護2", "要介護3", "要介護4", "要介護5"]
        );
        assert_eq!(said("要介護認定 令和6年11月"), Vec::<String>::new());
    }
}
