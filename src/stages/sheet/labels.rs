//! Labels found on a sheet, through misread glyphs, by how they begin, end and stand apart.

use super::lengthen::lengthen;
use super::lexicon::{Lexicon, Use};
use super::words::{heading, label};
use super::{Segment, Sheet, place};
use crate::domain::BBox;
use crate::text::{confusable, fold, institution, kana, name};
use std::ops::Range;

/// A label on a sheet.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Index of the segment.
    pub segment: usize,
    /// Its glyphs there.
    pub glyphs: Range<usize>,
    /// Index of the entry in the lexicon.
    pub entry: usize,
    /// How surely it is that label, about 0 to 1.
    pub sure: f32,
    /// Place in ems.
    pub at: BBox,
    /// Whether it stands clear of what follows it.
    pub clear: bool,
}

/// Labels that stand behind a name as titles too.
const TITLES: [&str; 6] = ["医師", "院長", "薬剤師", "看護師", "所長", "施設長"];

/// All labels of the sheet, segment by segment from left to right; none overlaps another.
pub fn find(sheet: &Sheet, lexicon: &Lexicon) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for (i, segment) in sheet.segments.iter().enumerate() {
        // A title in large type may hold any word.
        let depth = segment.at.centre().1 / sheet.height;
        let named = names_a_paper(&segment.text());
        let large = segment.size > 1.4 && (depth < 0.22 || named && depth < 0.5);
        let title =
            (large || named && segment.size > 1.2 && depth < 0.12) && !segment.glyphs.iter().any(|g| g.ch == ':');
        if !title {
            let mut here = in_segment(i, segment, lexicon);
            if here.is_empty() {
                here.extend(place::whole_cell(sheet, i, lexicon));
            }
            found.extend(here);
        }
    }
    let by_column = place::in_column(sheet, &found, lexicon);
    found.extend(by_column);
    let worded: Vec<_> =
        (0..sheet.segments.len()).filter_map(|i| label::occurrence(sheet, i, &found, lexicon)).collect();
    found.extend(worded);
    let unlabelled = (0..sheet.segments.len()).filter(|i| found.iter().all(|o| o.segment != *i));
    let phrases: Vec<_> = unlabelled.filter_map(|i| heading::occurrence(sheet, i, &found, lexicon)).collect();
    found.extend(phrases);
    found.sort_by_key(|o| (o.segment, o.glyphs.start));
    found
}

/// 紹介状, 看護サマリー(退院時): whether a line ends with a word for a paper, or only brackets follow it.
fn names_a_paper(line: &str) -> bool {
    let bare = line.split(['(', '[', '【']).find(|part| !part.is_empty()).unwrap_or(line);
    ["書", "状", "票", "届", "表", "紙", "サマリー", "シート"].iter().any(|word| bare.trim_end().ends_with(word))
}

fn in_segment(index: usize, segment: &Segment, lexicon: &Lexicon) -> Vec<Occurrence> {
    // Ornaments and spaces do not count in a comparison; `keys` maps what does to its glyph.
    let keys = super::keyed(&segment.glyphs);
    let chars: Vec<char> = keys.iter().map(|k| k.0).collect();
    let sentence = segment.glyphs.iter().filter(|g| matches!(g.ch, '。' | '、')).count();
    let mut candidates: Vec<(f32, Occurrence)> = Vec::new();
    // 恵和会 居宅介護支援事業所 たんぽぽ: the word for what it is stands inside its name.
    let named = institution::has_its_kind_inside(&segment.text());
    let worded = label::whole(segment);
    let exact = worded.as_ref().map(|(_, field)| *field);
    for start in 0..chars.len() {
        let start_bound = starts(segment, keys[start].1);
        if start_bound <= 0.0 {
            continue;
        }
        for (entry, e) in lexicon.entries.iter().enumerate() {
            let m = e.key.len();
            let Some((len, cost)) = confusable::prefix(&e.key, &chars[start..], allowed(m)) else { continue };
            let range = politely(segment, keys[start].1)..keys[start + len - 1].1 + 1;
            // 要介護4 is no misread 要介護度: a digit is a value.
            let number = |c: &char| c.is_ascii_digit();
            let seen = &chars[start..(start + len.max(m)).min(chars.len())];
            if cost > 0.0 && !e.key.iter().any(number) && seen.iter().any(number) {
                continue;
            }
            if worded.as_ref().is_some_and(|(whole, _)| label::begins(segment, whole, &range)) {
                continue;
            }
            // 依頼病名 is no misread 依頼医名: its words say another field.
            if cost > 0.0 && start_bound > 0.9 && exact.is_some_and(|field| !lexicon.asks(entry, field)) {
                continue;
            }
            if named && institution::is_kind_word(&e.key) {
                continue;
            }
            // 希望病院 is no misread 希望病床: a name of an institution as it should be is one.
            let read = || segment.glyphs[keys[start].1..range.end].iter().map(|g| g.ch).collect::<String>();
            if cost > 0.0 && institution::is_institution(&read()) {
                continue;
            }
            // A label is not spread over the line: its letters may be spaced, evenly.
            let widest = segment.glyphs[range.clone()].iter().skip(1).map(|g| g.gap).fold(0.0, f32::max);
            let even = segment.glyphs[range.clone()].iter().skip(1).all(|g| g.gap > 0.35 * widest);
            if widest > if m <= 3 { 4.0 } else { 1.6 } && !(even && m <= 8) {
                continue;
            }
            // 経過報告書(第3報): with the word for a paper behind it, it is what the paper is called.
            let paper = |g: &super::Glyph| g.gap < 0.4 && matches!(g.ch, '書' | '票' | '状' | '届' | '簿');
            if segment.glyphs.get(range.end).is_some_and(paper) {
                continue;
            }
            let end_bound = ends(segment, range.end, &e.key);
            let bonus = match m {
                0 | 1 => -0.2,
                2 => 0.1,
                3 => 0.3,
                4 => 0.5,
                5 => 0.6,
                _ => 0.8,
            };
            let loss = cost / m as f32;
            let prose = if sentence > 0 && start > 0 { 0.3 } else { 0.0 };
            let score = start_bound + end_bound + bonus - 1.2 * loss - prose;
            if score < 1.35 || (m == 1 && end_bound < 0.5) {
                continue;
            }
            // What only ends a value must stand clear of it; the same words are part of names and sentences.
            let stop = e.uses.iter().all(|u| *u == Use::Stop);
            if stop
                && (end_bound < 0.6
                    || (start > 0 && (start_bound < 0.9 || cost > 0.0))
                    || (sentence > 0 && !(start_bound > 0.9 && end_bound > 0.9 && start == 0)))
            {
                continue;
            }
            // 渡部亮介 医師: behind a name it is a title.
            let read_key: String = e.key.iter().collect();
            if TITLES.contains(&read_key.as_str()) && start > 0 && range.end == segment.glyphs.len() {
                let before: String = segment.glyphs[..range.start].iter().map(|g| g.ch).collect();
                if name::person(&before).is_some() {
                    continue;
                }
            }
            // A heading stands by itself: 患者支援センター is none.
            let heading = e.uses.iter().all(|u| matches!(u, Use::Heading(_)));
            if heading && (end_bound < 0.5 || (start > 0 && start_bound < 0.8)) {
                continue;
            }
            let at = super::around(&segment.glyphs[range.clone()]);
            let sure = (1.0 - loss) * (score / 2.5).clamp(0.5, 1.0);
            candidates.push((
                score + 0.35 * m as f32 - 1.5 * cost,
                Occurrence { segment: index, glyphs: range, entry, sure, at, clear: end_bound >= 0.8 },
            ));
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<Occurrence> = Vec::new();
    for (_, c) in candidates {
        if chosen.iter().all(|o| o.glyphs.end <= c.glyphs.start || c.glyphs.end <= o.glyphs.start) {
            chosen.push(c);
        }
    }
    chosen.sort_by_key(|o| o.glyphs.start);
    let alone = chosen.len() == 1;
    if let Some(last) = chosen.last_mut() {
        lengthen(segment, last, alone, lexicon);
    }
    chosen
}

/// What a label of that length may cost.
fn allowed(len: usize) -> f32 {
    match len {
        0 | 1 => 0.0,
        2 => 0.4,
        3 => 0.8,
        4 => 1.0,
        5 => 1.3,
        n => 0.28 * n as f32,
    }
}

/// How clearly a space of that width separates.
fn by_gap(gap: f32) -> f32 {
    if gap >= 0.9 {
        1.0
    } else if gap >= 0.4 {
        0.6
    } else {
        0.0
    }
}

/// Where ご施設名, お名前 begin, whose label begins at the glyph.
fn politely(segment: &Segment, at: usize) -> usize {
    let before = at.checked_sub(1).filter(|i| matches!(segment.glyphs[*i].ch, 'ご' | 'お' | '御'));
    before.filter(|_| segment.glyphs[at].gap < 0.4).unwrap_or(at)
}

/// How clearly something new begins at the glyph: 1 at the beginning of a segment, 0 inside a word.
fn starts(segment: &Segment, at: usize) -> f32 {
    if at == 0 {
        return 1.0;
    }
    let before = &segment.glyphs[..at];
    let gap = segment.glyphs[at].gap;
    // Numbering, bullets and their misreadings (`1.`, `(2)`, `①`, `人@`) before the first label.
    if at <= 4 && before.iter().all(|g| g.ch.is_ascii_digit() || fold::is_ornament(g.ch) || g.ch.is_ascii_punctuation())
    {
        return 0.95;
    }
    // 〈検査部位〉: the opening bracket is read as a letter, the closing one tells.
    let angle = segment.glyphs.last().is_some_and(|g| matches!(g.ch, '>' | '》' | '〉')) && segment.glyphs.len() <= 16;
    if at == 1 && before[0].ch == 'く' && angle {
        return 0.95;
    }
    if at <= 2 && gap > 0.25 && before.iter().any(|g| !name::is_kanji(g.ch)) {
        return 0.7;
    }
    let last = before[at - 1].ch;
    // What is said politely is the same label.
    let polite = politely(segment, at);
    if polite < at {
        return 0.95 * starts(segment, polite);
    }
    let by_gap = by_gap(gap);
    let by_char = match last {
        '(' | '[' | '【' | '〔' | '「' | '|' | ':' | '/' | '<' | '■' | '□' | '●' | '◆' | '※' | ']' | '】' => {
            0.8
        }
        ')' | '・' | ',' | '、' | '。' => 0.3,
        c if c.is_ascii_digit() && !segment.glyphs[at].ch.is_ascii_digit() => 0.5,
        _ => 0.0f32,
    };
    by_gap.max(by_char)
}

/// How clearly the label ends before the glyph; negative where a sentence goes on.
fn ends(segment: &Segment, at: usize, key: &[char]) -> f32 {
    let Some(next) = segment.glyphs.get(at) else { return 1.0 };
    let by_gap = by_gap(next.gap);
    let by_char = match next.ch {
        '・' | '/' | ',' | '、' => 0.5,
        c if fold::is_ornament(c) => 1.0,
        '〒' | '口' | '☑' | '□' => 0.6,
        c if c.is_ascii_digit() => 0.5,
        c if c.is_ascii_alphabetic() => 0.4,
        '\u{3041}'..='\u{3096}' => {
            let last_is_kana = key.last().is_some_and(|c| kana::is_kana(*c));
            if last_is_kana { 0.0 } else { -0.8 }
        }
        c if kana::is_katakana(c) => 0.2,
        _ => 0.0,
    };
    if by_char < 0.0 { by_char + by_gap } else { by_gap.max(by_char) }
}
