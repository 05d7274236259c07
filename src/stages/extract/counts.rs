//! Numbers and single lines: participants, insurance numbers, counts of an activity report, names of events and rooms.

use super::found::{self, Candidates};
use super::{Context, Labelled};
use crate::domain::{FieldName, Kind};
use crate::stages::sheet::Glyph;
use crate::text::{code, fold, institution, number};

/// All fields of one line or one number.
pub fn all(context: &Context, out: &mut Candidates) {
    use FieldName::*;
    for labelled in context.labelled(Participants) {
        number_after(&labelled, Participants, out);
    }
    for labelled in context.labelled(InsurerNumber) {
        for row in labelled.rows() {
            // 保険者番号 346147 記号 ろ30: the symbol of the card may follow on the line.
            let symbol = row.glyphs.windows(2).position(|w| w[0].ch == '記' && w[1].ch == '号');
            if let Some(at) = symbol {
                let rest = &row.glyphs[at + 2..];
                // 記号   番号 82702: the symbol was left empty.
                let empty = matches!(rest, [n, o, ..] if n.ch == '番' && o.ch == '号');
                let (field, rest) = if empty { (InsuredNumber, &rest[2..]) } else { (InsuredSymbol, rest) };
                let (glyphs, value) = insured(rest);
                let score = labelled.score * row.way * 0.8;
                out.add(field, value, &labelled.leaf.page.sheet, glyphs, score);
            }
            let glyphs = &row.glyphs[..symbol.unwrap_or(row.glyphs.len())];
            let text: String = glyphs.iter().map(|g| number::lookalike(g.ch).unwrap_or(g.ch)).collect();
            let digits = number::digits(&text);
            if matches!(digits.len(), 6 | 8) {
                let sure = if code::insurer_ok(&digits) { 1.0 } else { 0.8 };
                out.add(InsurerNumber, digits, &labelled.leaf.page.sheet, glyphs, labelled.score * row.way * sure);
                break;
            }
        }
    }
    if !symbol_and_number(context, out) {
        for field in [InsuredSymbol, InsuredNumber] {
            for labelled in context.labelled(field) {
                line_after(&labelled, field, out);
            }
        }
    }
    for field in [BodyPart, EventName, Specialty] {
        for labelled in context.labelled(field) {
            line_after(&labelled, field, out);
        }
    }
    if context.kind == Kind::EventEntry {
        event_by_look(context, out);
    }
    for field in [ReferralsOut, EmergencyAdmissions, ReferralsBack, HomePatients] {
        for labelled in context.labelled(field) {
            last_column(context, &labelled, field, out);
        }
    }
}

/// 記号・番号 長国 3898472: one label for both, and both in one place.
fn symbol_and_number(context: &Context, out: &mut Candidates) -> bool {
    let numbers = context.labelled(FieldName::InsuredNumber);
    let mut found = false;
    for symbol in context.labelled(FieldName::InsuredSymbol) {
        let Some(row) = symbol.rows().into_iter().next() else { continue };
        let shared = |other: &&Labelled| {
            let first = other.rows().into_iter().next();
            std::ptr::eq(other.leaf, symbol.leaf) && first.is_some_and(|r| r.glyphs[0].at == row.glyphs[0].at)
        };
        let Some((before, behind)) = numbers.iter().find(shared).and_then(|_| parted(&row.glyphs)) else { continue };
        let score = symbol.score * row.way * 0.9;
        for (field, part) in [(FieldName::InsuredSymbol, before), (FieldName::InsuredNumber, behind)] {
            let (glyphs, value) = insured(part);
            out.add(field, value, &symbol.leaf.page.sheet, glyphs, score);
        }
        found = true;
    }
    found
}

/// The glyphs before and behind the sign or the space that parts two values.
fn parted(glyphs: &[Glyph]) -> Option<(&[Glyph], &[Glyph])> {
    let white = |at: usize| glyphs[at].at.left - glyphs[at - 1].at.right;
    let sign = (1..glyphs.len().saturating_sub(1)).find(|at| matches!(glyphs[*at].ch, '・' | '-' | '/' | '―' | '~'));
    if let Some(at) = sign {
        return Some((&glyphs[..at], &glyphs[at + 1..]));
    }
    let widest = (1..glyphs.len()).max_by(|a, b| white(*a).total_cmp(&white(*b)))?;
    (white(widest) >= APART).then(|| glyphs.split_at(widest))
}

/// White between a symbol and a number that stand side by side, ems.
const APART: f32 = 0.4;

/// What gatherings are called (第28回 地域連携症例検討会).
const GATHERINGS: &[&str] = &[
    "検討会",
    "研修会",
    "講演会",
    "勉強会",
    "講習会",
    "懇話会",
    "懇談会",
    "研究会",
    "連携会",
    "集談会",
    "セミナー",
    "フォーラム",
    "カンファレンス",
    "シンポジウム",
];

/// The name of the event where a line at the head is nothing but one.
fn event_by_look(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        for segment in sheet.segments.iter().filter(|s| s.at.centre().1 < sheet.height * 0.4) {
            let text = segment.text();
            let named = GATHERINGS.iter().any(|word| text.ends_with(word) && text.len() > word.len());
            if named && text.chars().count() <= 30 && !text.contains(['。', ':', '、']) {
                let value = fold::tidy(&found::text(&segment.glyphs, 0.45));
                out.add(FieldName::EventName, value, sheet, &segment.glyphs, 0.6 * leaf.weight);
            }
        }
    }
}

fn number_after(labelled: &Labelled, field: FieldName, out: &mut Candidates) {
    for row in labelled.rows() {
        let glyphs = &row.glyphs[..];
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let head: String = text.chars().take(6).collect();
        if let Some(n) = number::first(&head).filter(|n| *n < 10_000) {
            out.add(field, n.to_string(), &labelled.leaf.page.sheet, glyphs, labelled.score * row.way * 0.95);
            return;
        }
    }
}

fn line_after(labelled: &Labelled, field: FieldName, out: &mut Candidates) {
    for row in labelled.rows() {
        let glyphs = &row.glyphs[..];
        let (glyphs, value) = match field {
            FieldName::InsuredNumber | FieldName::InsuredSymbol => insured(glyphs),
            FieldName::Specialty => (glyphs, fold::tidy(&found::text(glyphs, 0.6))),
            FieldName::BodyPart => body_part(glyphs),
            _ => (glyphs, fold::tidy(&found::text(glyphs, 0.45))),
        };
        let value = value
            .trim_matches(|c: char| {
                c.is_whitespace() || matches!(c, ':' | '|' | '(' | ')' | '_' | '、' | '。' | '[' | ']')
            })
            .to_owned();
        // MRCP(胆道): the bracket at the end is its own.
        let value = if value.contains('(') && !value.contains(')') { format!("{value})") } else { value };
        if value.is_empty()
            || (field == FieldName::Specialty
                && !value.contains('科')
                && !institution::is_department(&value)
                && value.chars().count() > 12)
        {
            continue;
        }
        out.add(field, value, &labelled.leaf.page.sheet, glyphs, labelled.score * row.way * 0.95);
        return;
    }
}

/// Symbol or number of an insurance card: letters and digits without spaces, up to the next thing on the line.
fn insured(glyphs: &[Glyph]) -> (&[Glyph], String) {
    let end = glyphs.iter().position(|g| matches!(g.ch, '(' | '・' | '/' | '枝')).unwrap_or(glyphs.len());
    let glyphs = &glyphs[..end];
    (glyphs, fold::squeeze(&found::text(glyphs, 9.0)))
}

/// The part of the body, up to the choices that often follow on its line.
fn body_part(glyphs: &[Glyph]) -> (&[Glyph], String) {
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    let cut = ["単純", "造影", "(右", "( 右"]
        .iter()
        .filter_map(|w| text.find(w))
        .min()
        .map_or(glyphs.len(), |b| text[..b].chars().count());
    let glyphs = &glyphs[..cut];
    (glyphs, ticked(glyphs).unwrap_or_else(|| fold::tidy(&found::text(glyphs, 0.6))))
}

/// □頭部 ☑腹部 ☑骨盤: what is ticked of several choices, each behind its box.
fn ticked(glyphs: &[Glyph]) -> Option<String> {
    let boxed = |g: &Glyph| matches!(g.ch, '□' | '☑' | '■');
    if glyphs.iter().filter(|g| boxed(g)).count() < 2 {
        return None;
    }
    let choices = glyphs.chunk_by(|_, next| !boxed(next)).filter(|choice| matches!(choice[0].ch, '☑' | '■'));
    let words = choices.map(|choice| fold::tidy(&found::text(&choice[1..], 0.6)));
    Some(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("、"))
}

/// The number under 実績 (or (B)) on the row of the label: of several columns the one whose head says so, else the last before a difference.
fn last_column(context: &Context, labelled: &Labelled, field: FieldName, out: &mut Candidates) {
    let page = &labelled.leaf.page;
    let row = page.labels[labelled.label].at;
    // All numbers of the row, whatever run they came in.
    let mut numbers: Vec<(u32, Vec<Glyph>, f32)> = Vec::new();
    for segment in &page.sheet.segments {
        if segment.at.vertical_overlap(&row) < 0.5 || segment.at.right < row.right {
            continue;
        }
        let mut current: Vec<Glyph> = Vec::new();
        let flush = |current: &mut Vec<Glyph>, numbers: &mut Vec<(u32, Vec<Glyph>, f32)>| {
            let text: String = current.iter().map(|g| g.ch).collect();
            if let Ok(n) = text.parse::<u32>() {
                // Heads stand left in their column and numbers right: where there are cells, these tell.
                let cell = segment.cell.map(|c| page.sheet.cells[c]).filter(|c| c.width() < page.sheet.width * 0.4);
                let x = cell.unwrap_or_else(|| crate::stages::sheet::around(current)).centre().0;
                numbers.push((n, std::mem::take(current), x));
            }
            current.clear();
        };
        for glyph in &segment.glyphs {
            if glyph.at.left < row.right - 0.3 {
                continue;
            }
            let joins = current.last().is_none_or(|_| glyph.gap < 0.8);
            if glyph.ch.is_ascii_digit() && joins {
                current.push(glyph.clone());
            } else {
                flush(&mut current, &mut numbers);
                if glyph.ch.is_ascii_digit() {
                    current.push(glyph.clone());
                }
            }
        }
        flush(&mut current, &mut numbers);
    }
    numbers.sort_by(|a, b| a.2.total_cmp(&b.2));
    if numbers.is_empty() {
        return;
    }
    let head = column_head(context, labelled);
    let picked = match head {
        Some(x) => {
            numbers.iter().min_by(|a, b| (a.2 - x).abs().total_cmp(&(b.2 - x).abs())).filter(|n| (n.2 - x).abs() < 5.0)
        }
        None => numbers.last(),
    };
    if let Some((n, glyphs, _)) = picked {
        let sure = if head.is_some() { 0.95 } else { 0.7 };
        out.add(field, n.to_string(), &page.sheet, glyphs, labelled.score * sure);
    }
}

/// The middle of the nearest 実績 above the row.
fn column_head(context: &Context, labelled: &Labelled) -> Option<f32> {
    let page = &labelled.leaf.page;
    let row = page.labels[labelled.label].at;
    let _ = context;
    let mut best: Option<(f32, f32)> = None;
    for segment in &page.sheet.segments {
        let dy = row.centre().1 - segment.at.centre().1;
        if !(0.5..=24.0).contains(&dy) {
            continue;
        }
        let chars = segment.chars();
        for i in 0..chars.len().saturating_sub(1) {
            if chars[i] == '実' && chars[i + 1] == '績' && chars.len() < 40 {
                let cell = segment.cell.map(|c| page.sheet.cells[c]).filter(|c| c.width() < page.sheet.width * 0.4);
                let letters = (segment.glyphs[i].at.left + segment.glyphs[i + 1].at.right) / 2.0;
                let x = cell.map_or(letters, |c| c.centre().0);
                let title = segment.size > 1.3;
                if !title && best.is_none_or(|b| dy < b.0) {
                    best = Some((dy, x));
                }
            }
        }
    }
    best.map(|b| b.1)
}
