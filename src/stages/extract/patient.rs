//! The patient: name, reading, sex and this hospital's number.

use super::found::Candidates;
use super::person::{Person, person};
use super::{Context, Leaf};
use crate::domain::FieldName;
use crate::stages::extract::{roles, sex};
use crate::stages::sheet::lexicon::{Role, Use};
use crate::stages::sheet::regions::{How, Run};
use crate::stages::sheet::{Glyph, around};
use crate::text::{fold, kana, name, number};
use std::ops::Range;

/// All of the patient's own fields but the birth date.
pub fn all(context: &Context, out: &mut Candidates) {
    names(context, out);
    readings(context, out);
    sex::sex(context, out);
    ids(context, out);
}

fn names(context: &Context, out: &mut Candidates) {
    let mut spoken = Vec::new();
    for labelled in context.labelled(FieldName::PatientName) {
        let page = &labelled.leaf.page;
        let mut done = false;
        let rows = labelled.rows();
        for row in &rows {
            let glyphs = &row.glyphs[..];
            let text: String = glyphs.iter().map(|g| g.ch).collect();
            // The reading often stands over the name in the same cell.
            if !done && text.chars().all(|c| kana::is_kana(c) || fold::is_ornament(c)) && rows.len() > 1 {
                if let Some((value, range)) = reading(glyphs) {
                    out.add(FieldName::PatientKana, value, &page.sheet, &glyphs[range], labelled.score * 0.85);
                }
                continue;
            }
            if done {
                continue;
            }
            // ハセガワ ジュンコ/女性/1971年…: the name itself stands elsewhere.
            let head = glyphs.iter().take_while(|g| !matches!(g.ch, '/' | '(') && !g.ch.is_ascii_digit()).count();
            let kana_alone = glyphs[..head].iter().all(|g| kana::is_katakana(g.ch) || fold::is_ornament(g.ch));
            if let Some((value, range)) =
                reading(&glyphs[..head]).filter(|_| kana_alone && (4..glyphs.len()).contains(&head))
            {
                spoken.push((value, &page.sheet, glyphs[range].to_vec(), labelled.score * 0.8));
            }
            let kana_only = !text.chars().any(name::is_kanji);
            // On the label's row stands the reading, and the name under it belongs to nothing.
            if kana_only && let Some((found, under)) = name_under(labelled.leaf, glyphs) {
                let score = labelled.score * row.way * found.sure;
                if let Some((value, range)) = reading(glyphs) {
                    out.add(FieldName::PatientKana, value, &page.sheet, &glyphs[range], labelled.score * 0.85);
                }
                out.add(FieldName::PatientName, found.value, &page.sheet, &under[found.range], score);
                done = true;
                continue;
            }
            if let Some(found) = person(glyphs) {
                beside_name(context, labelled.leaf, glyphs, found.range.end, labelled.score, out);
                // Where another label has the name in kanji, this is its reading.
                let kanji = if kana_only { 0.85 } else { 1.0 };
                out.add(
                    FieldName::PatientName,
                    found.value,
                    &page.sheet,
                    &glyphs[found.range],
                    labelled.score * row.way * found.sure * kanji,
                );
                done = true;
            }
        }
    }
    for leaf in &context.leaves {
        by_heading(context, leaf, out);
        by_title(context, leaf, out);
    }
    // Of somebody whose name is written in kana it is the name.
    if out.best(FieldName::PatientName).is_some_and(|name| name.found.value.chars().any(name::is_kanji)) {
        for (value, sheet, glyphs, score) in spoken {
            out.add(FieldName::PatientKana, value, sheet, &glyphs, score);
        }
    }
}

/// A name in kanji directly under a reading, where no label has it.
fn name_under<'a>(leaf: &'a Leaf, reading: &[Glyph]) -> Option<(Person, &'a [Glyph])> {
    let at = around(reading);
    let under = |run: &&Run| {
        let gap = run.at.top - at.bottom;
        run.owner.is_none() && (-0.5..1.0).contains(&gap) && (run.at.left - at.left).abs() < 1.0
    };
    let glyphs = leaf.page.glyphs(leaf.page.runs.iter().find(under)?);
    let found = person(glyphs).filter(|p| p.range.start == 0 && p.value.chars().any(name::is_kanji))?;
    Some((found, glyphs))
}

/// 患者 見本 花子: the word that heads the patient's block stands before the name itself.
fn by_heading(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    let heads = |u: &Use| matches!(u, Use::Heading(i) if context.lexicon.fields[*i].field == FieldName::PatientName);
    let headings = leaf.page.labels.iter().enumerate();
    for (label, _) in headings.filter(|(_, o)| context.lexicon.entries[o.entry].uses.iter().any(heads)) {
        let beside = |run: &&&Run| matches!(run.how, How::After | How::Right);
        let Some(run) = leaf.page.owned(label).iter().find(beside).copied() else { continue };
        let glyphs = leaf.page.glyphs(run);
        // The reading may stand there, over the name.
        let named = |p: &Person| p.range.start == 0 && p.value.chars().any(name::is_kanji);
        let Some(found) = person(glyphs).filter(named) else { continue };
        let score = 0.75 * leaf.weight * found.sure;
        beside_name(context, leaf, glyphs, found.range.end, score, out);
        out.add(FieldName::PatientName, found.value, &leaf.page.sheet, &glyphs[found.range], score);
    }
}

/// A name with 様 or 殿 after it that stands in no addressee's line.
fn by_title(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    for run in &leaf.page.runs {
        let glyphs = leaf.page.glyphs(run);
        let Some(at) = (0..glyphs.len()).find(|i| called(glyphs, *i)) else { continue };
        let text: String = glyphs[..at].iter().map(|g| g.ch).collect();
        if at < 2
            || ["患者", "担当", "室", "科", "病院", "師長", "各位", "長男", "長女", "妻", "夫", "家族", "院長"]
                .iter()
                .any(|w| text.ends_with(w))
        {
            continue;
        }
        // In a sentence (…いただきました若林栄一様(…) the name is what stands between its kana and 様.
        let prose = glyphs.iter().any(|g| matches!(g.ch, '。' | '、')) || glyphs.len() > 25;
        let kana_before = glyphs[..at].iter().rposition(|g| !name::is_kanji(g.ch)).map_or(0, |i| i + 1);
        let start = if prose { kana_before.max(at.saturating_sub(6)) } else { at.saturating_sub(9) };
        if prose && !glyphs.get(at + 1).is_some_and(|g| matches!(g.ch, '(' | 'は' | 'を' | 'の' | 'に')) {
            continue;
        }
        // 桜井 幸子(サクライ サチコ)様: the name stands before the bracket.
        let bracket = (at > 0 && glyphs[at - 1].ch == ')').then(|| glyphs[..at].iter().rposition(|g| g.ch == '('));
        let (start, end) = match bracket.flatten() {
            Some(open) => (open.saturating_sub(9), open),
            None => (start, at + 1),
        };
        let Some(found) = person(&glyphs[start..end]) else { continue };
        let cell = leaf.page.sheet.segments[run.segment].cell;
        // Of nobody who is written to one says how old they are.
        let whole: String = glyphs.iter().map(|g| g.ch).collect();
        let described = ["歳", "才)", "男性", "女性", "生("].iter().any(|w| whole.contains(w));
        let addressed = roles::ours(&fold::label_key(&context.hospital.name), &fold::label_key(&text)).is_some()
            || !described
                && roles::distance_to(&leaf.anchors, Role::Recipient, &run.at, cell, &leaf.page.sheet.cells) < 0.9;
        let score = leaf.weight
            * 0.7
            * found.sure
            * if addressed { 0.3 } else { 1.0 }
            * if glyphs[at].ch == '殿' { 0.6 } else { 1.0 };
        beside_name(context, leaf, glyphs, at + 1, score, out);
        out.add(
            FieldName::PatientName,
            found.value,
            &leaf.page.sheet,
            &glyphs[start + found.range.start..start + found.range.end],
            score,
        );
    }
}

/// Whether what somebody is called by begins at the glyph: 様, 殿, さま, さん.
fn called(glyphs: &[Glyph], at: usize) -> bool {
    let kanji_before = at > 0 && (name::is_kanji(glyphs[at - 1].ch) || glyphs[at].gap > 0.3);
    let second = glyphs.get(at + 1).map(|g| g.ch);
    // お子さま, 患者さん: nobody by name.
    let before: String = glyphs[at.saturating_sub(2)..at].iter().map(|g| g.ch).collect();
    let nobody = ["お子", "お客", "皆", "患者", "用者", "家族", "奥", "お母", "お父", "本人"]
        .iter()
        .any(|w| before.ends_with(w));
    match glyphs[at].ch {
        '様' | '樣' | '殿' => true,
        'さ' => kanji_before && !nobody && matches!(second, Some('ま' | 'ん')),
        _ => false,
    }
}

/// What often follows a name on its own line: the reading in brackets, the sex.
fn beside_name(context: &Context, leaf: &Leaf, glyphs: &[Glyph], from: usize, score: f32, out: &mut Candidates) {
    let _ = context;
    let rest = &glyphs[from.min(glyphs.len())..];
    if let Some(open) = rest.iter().position(|g| matches!(g.ch, '(' | '[' | '<' | '〈')).filter(|&i| i < 4) {
        let inside = &rest[open + 1..];
        let close = inside.iter().position(|g| matches!(g.ch, ')' | ']' | '>' | '〉')).unwrap_or(inside.len());
        if let Some((value, range)) = reading(&inside[..close]) {
            out.add(FieldName::PatientKana, value, &leaf.page.sheet, &inside[range], score * 0.95);
        }
    }
}

/// The reading at the beginning of some glyphs: kana, and glyphs that are kana misread.
pub fn reading(glyphs: &[Glyph]) -> Option<(String, Range<usize>)> {
    let start = glyphs.iter().position(|g| kana::is_kana(g.ch))?;
    if start > 3 {
        return None;
    }
    let rest = &glyphs[start..];
    let stop = rest
        .iter()
        .position(|g| !(kana::is_kana(g.ch) || kana::lookalike(g.ch).is_some() || matches!(g.ch, '・')))
        .unwrap_or(rest.len());
    let mut end = stop;
    while end > 0 && !kana::is_kana(rest[end - 1].ch) {
        end -= 1;
    }
    let mut breaks: Vec<usize> = (1..end).filter(|&i| rest[i].gap > 0.5).collect();
    if breaks.len() > 2 {
        let widest = breaks.iter().copied().max_by(|a, b| rest[*a].gap.total_cmp(&rest[*b].gap));
        breaks = widest.into_iter().collect();
    }
    let mut text = String::new();
    for (i, glyph) in rest[..end].iter().enumerate() {
        if breaks.contains(&i) {
            text.push(' ');
        }
        text.push(glyph.ch);
    }
    let value = kana::reading(&text)?;
    (value.chars().filter(|c| !c.is_whitespace()).count() >= 3).then_some((value, start..start + end))
}

/// ふりがな ますだ　　たかし: the family name alone, and the given name that a wide space set apart on its row.
fn with_given_name(leaf: &Leaf, family: &[Glyph]) -> Vec<Glyph> {
    let mut whole = family.to_vec();
    let spaced = family.iter().skip(1).any(|g| g.gap > 0.5);
    let Some(last) = family.last().filter(|_| !spaced && family.iter().all(|g| kana::is_kana(g.ch))) else {
        return whole;
    };
    let at = crate::stages::sheet::around(family);
    let next = leaf.page.runs.iter().filter(|r| {
        let gap = r.at.left - last.at.right;
        r.owner.is_none() && (0.3..7.0).contains(&gap) && r.at.vertical_overlap(&at) > 0.5
    });
    let next = next.min_by(|a, b| a.at.left.total_cmp(&b.at.left)).map(|r| leaf.page.glyphs(r));
    if let Some(given) = next.filter(|g| (1..=6).contains(&g.len()) && g.iter().all(|g| kana::is_kana(g.ch))) {
        whole.extend(given.iter().cloned().enumerate().map(|(i, g)| if i == 0 { Glyph { gap: 1.0, ..g } } else { g }));
    }
    whole
}

fn readings(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::PatientKana) {
        for row in labelled.rows() {
            let whole = with_given_name(labelled.leaf, &row.glyphs);
            let glyphs = &whole[..];
            if let Some((value, range)) = reading(glyphs) {
                out.add(
                    FieldName::PatientKana,
                    value,
                    &labelled.leaf.page.sheet,
                    &glyphs[range],
                    labelled.score * row.way,
                );
                break;
            }
        }
    }
    // A line of kana just over the name, without a label.
    let Some(best) = out.best(FieldName::PatientName).cloned() else { return };
    for leaf in context.leaves.iter().filter(|l| l.page.sheet.no == best.found.spot.page) {
        let sheet = &leaf.page.sheet;
        for run in &leaf.page.runs {
            let spot = sheet.spot(&run.at).bbox;
            let over = best.found.spot.bbox.top - spot.bottom;
            let line = best.found.spot.bbox.height().max(0.008);
            let aligned = spot.left < best.found.spot.bbox.right && spot.right > best.found.spot.bbox.left;
            if !(over > -0.6 * line
                && over < 1.2 * line
                && spot.centre().1 < best.found.spot.bbox.centre().1 - 0.4 * line
                && aligned)
            {
                continue;
            }
            let glyphs = leaf.page.glyphs(run);
            let kana_only = glyphs
                .iter()
                .all(|g| kana::is_kana(g.ch) || kana::lookalike(g.ch).is_some() || fold::is_ornament(g.ch));
            if kana_only && let Some((value, range)) = reading(glyphs) {
                out.add(FieldName::PatientKana, value, sheet, &glyphs[range], leaf.weight * 0.7);
            }
        }
    }
}

/// This hospital's own number: digits, by a label that says 貴院, 診察券 or ID.
fn ids(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::PatientId) {
        let key: String = context.lexicon.entries[labelled.leaf.page.labels[labelled.label].entry].key.iter().collect();
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            let text: String = glyphs.iter().map(|g| g.ch).collect();
            let digits = number::digits(&text);
            let clean = text.chars().filter(|c| !c.is_ascii_digit() && !fold::is_ornament(*c)).count() <= 2;
            if (4..=12).contains(&digits.len()) && clean {
                // 患者番号 alone may be the sender's own number: 貴院 and 診察券 say ours.
                let weak = matches!(key.as_str(), "id" | "カルテ番号" | "カルテno" | "登録番号" | "id番号");
                out.add(
                    FieldName::PatientId,
                    digits,
                    &labelled.leaf.page.sheet,
                    glyphs,
                    labelled.score * row.way * if weak { 0.7 } else { 1.0 },
                );
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    #[test]
    fn somebody_by_name_is_called_and_nobody_else() {
        let is_called = |text: &str| {
            let at = |i: usize| BBox::new(i as f32, 0.0, i as f32 + 1.0, 1.0);
            let glyph =
                |(i, ch): (usize, char)| Glyph { ch, raw: ch.to_string(), at: at(i), gap: 0.0, confidence: 0.9 };
            let glyphs: Vec<Glyph> = text.chars().enumerate().map(glyph).collect();
            (0..glyphs.len()).any(|i| called(&glyphs, i))
        };
        for name in ["増田隆さま", "中嶋利夫さん", "宮下茂様", "富田愛殿"] {
            assert!(is_called(name), "{name}");
        }
        for other in ["お子さまのお名前", "患者さんについて", "ささみ", "小さな"] {
            assert!(!is_called(other), "{other}");
        }
    }
}
