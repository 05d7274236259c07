//! Labels before a value: 患者さんのお名前, かかりたい科, 都合のよい日, 依頼病名.
//!
//! What a label asks for is what its last word names, as in any Japanese noun phrase. What a field is not asked for on
//! this kind of document says nothing here.

use super::{Part, Word, parsed, right_of};
use crate::domain::{FieldName, FieldRecipe};
use crate::stages::sheet::labels::Occurrence;
use crate::stages::sheet::lexicon::{Lexicon, Role, Use, role_of};
use crate::stages::sheet::{self, Glyph, Segment, Sheet};
use crate::text::fold;
use std::ops::Range;

/// Least space between a label and its value on one line, ems.
const NARROW: f32 = 0.4;
/// Letters of a label at most.
const LONGEST: usize = 18;

/// The field that a label of these letters asks for; `apart` says that something parts it from what follows.
fn asks(letters: &[char], apart: bool) -> Option<FieldName> {
    if !(1..=LONGEST).contains(&letters.len()) {
        return None;
    }
    let words = parsed(letters, |w| w.in_label)?;
    let Part::Asks { field, weak } = words.iter().rev().map(|w| w.in_label).find(|part| part.asks().is_some())? else {
        return None;
    };
    // 検査の予約: behind the last word that asks only what goes with any of them may stand.
    let last = words.last().is_some_and(|w| !matches!(w.in_label, Part::Beside { behind: false }));
    (last && (apart || !weak || words.len() > 1)).then_some(field)
}

/// Whether letters behind a label are nothing but what a label trails off with: の有無, が入っている.
pub fn trails(letters: &[char]) -> bool {
    let trailing = |w: &&Word| matches!(w.in_label, Part::Beside { behind: true });
    letters.len() <= 8 && parsed(letters, |w| w.in_label).is_some_and(|words| words.iter().all(trailing))
}

/// Whether letters are words of labels from end to end.
pub fn is_made_of_words(letters: &[char]) -> bool {
    letters.len() <= LONGEST && parsed(letters, |w| w.in_label).is_some()
}

/// The glyphs of such a label with which a segment begins, and what it asks for.
pub fn whole(segment: &Segment) -> Option<(Range<usize>, FieldName)> {
    let (range, apart) = span(segment)?;
    let field = asks(&keyed(&segment.glyphs[range.clone()]), apart)?;
    Some((range, field))
}

/// 患者さま*お名前*: whether some glyphs are only the beginning of that label, which ask for nothing by themselves.
pub fn begins(segment: &Segment, whole: &Range<usize>, part: &Range<usize>) -> bool {
    let rest = part.end..whole.end;
    let joined = |g: &Glyph| !fold::is_ornament(g.ch);
    part.start <= whole.start
        && part.end > whole.start
        && rest.len() > 1
        && segment.glyphs[rest].iter().all(joined)
        && asks(&keyed(&segment.glyphs[whole.start..part.end]), false).is_none()
}

fn keyed(glyphs: &[Glyph]) -> Vec<char> {
    glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect()
}

/// The labels of that sort of one segment on which none was found where they begin.
pub fn occurrence(sheet: &Sheet, index: usize, found: &[Occurrence], lexicon: &Lexicon) -> Option<Occurrence> {
    let segment = &sheet.segments[index];
    let (range, apart) = span(segment)?;
    // In a ruled cell of its own a word is parted from its value by the rule.
    let alone = |cell: usize| sheet.segments.iter().filter(|s| s.cell == Some(cell)).count() == 1;
    let apart = apart || range.end >= segment.glyphs.len() && segment.cell.is_some_and(alone);
    let here = || found.iter().filter(|o| o.segment == index);
    if here().any(|o| o.glyphs.start < range.end) {
        return None;
    }
    let field = asks(&keyed(&segment.glyphs[range.clone()]), apart)?;
    let at = sheet::around(&segment.glyphs[range.clone()]);
    // What stands right of a label without its value is that value.
    let value_of = |o: &Occurrence| {
        o.segment != index && right_of(o, &at) && o.glyphs.end + 1 >= sheet.segments[o.segment].glyphs.len()
    };
    if !apart && found.iter().any(value_of) {
        return None;
    }
    let entry = entry_of(lexicon, field)?;
    Some(Occurrence { segment: index, glyphs: range, entry, sure: 0.85, at, clear: true })
}

/// The glyphs of a segment that may be a label: up to its colon, its first wide space or its closing bracket, or all of it.
fn span(segment: &Segment) -> Option<(Range<usize>, bool)> {
    let glyphs = &segment.glyphs;
    let start = glyphs.iter().position(|g| !fold::is_ornament(g.ch) && !bullet(g.ch))?;
    let numbered = glyphs[start..].iter().take_while(|g| g.ch.is_ascii_digit()).count();
    // `3.住所`, `2 希望する外来`: a number before a label is none of its letters.
    let start = match glyphs.get(start + numbered) {
        Some(g) if (1..=2).contains(&numbered) && (fold::is_ornament(g.ch) || g.gap > 0.4) => {
            let rest = &glyphs[start + numbered..];
            start + numbered + rest.iter().position(|g| !fold::is_ornament(g.ch))?
        }
        _ => start,
    };
    let within = &glyphs[start..];
    let end = within.iter().enumerate().skip(1).take(LONGEST + 6).find_map(|(i, g)| match g.ch {
        ':' | '】' | ']' | '》' | '〉' | '>' | '…' => Some(i),
        _ if g.gap >= 0.9 && !spaced(&within[..i]) => Some(i),
        _ => None,
    });
    // 依頼病名 胃粘膜下腫瘍: a narrow space parts a long label from its value, where no wider one does.
    let narrow = || {
        within
            .iter()
            .enumerate()
            .skip(if start > 0 { 2 } else { 3 })
            .take(LONGEST)
            .find(|(_, g)| g.gap >= NARROW)
            .map(|(i, _)| i)
    };
    let (end, apart) = match end.or_else(narrow) {
        Some(end) => (end, true),
        None => (within.len(), false),
    };
    // 病名(疑い含む): what is in brackets tells how to fill it in.
    let open = within[..end].iter().position(|g| matches!(g.ch, '(' | '[')).filter(|at| *at >= 2);
    let hint = open.filter(|_| matches!(within.get(end.wrapping_sub(1)).map(|g| g.ch), Some(')' | ']')));
    let letters = hint.unwrap_or(end);
    let letters = start..start + letters;
    (letters.len() <= LONGEST).then_some((letters, apart || hint.is_some()))
}

/// 住　所: letters set apart by even spaces are one word.
fn spaced(before: &[Glyph]) -> bool {
    before.len() == 1
}

fn bullet(c: char) -> bool {
    matches!(c, '■' | '□' | '●' | '○' | '◆' | '◇' | '▼' | '▲' | '※' | '【' | '[' | '<' | '《' | '〈' | '(')
        || ('①'..='⑳').contains(&c)
}

/// A label of the recipes that stands for the field and nothing else, wherever it stands; else any of the field's.
fn entry_of(lexicon: &Lexicon, field: FieldName) -> Option<usize> {
    let free = |f: &FieldRecipe| f.field == field && f.within.is_empty();
    let alone = |u: &Use| matches!(u, Use::Field(i) if free(&lexicon.fields[*i]));
    let alone = lexicon.entries.iter().position(|e| e.uses.iter().all(alone));
    alone.or_else(|| (role_of(field) == Role::Other).then(|| lexicon.entry_of(field)).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(label: &str) -> Option<FieldName> {
        asks(&fold::label_key(label), false)
    }

    #[test]
    fn a_label_in_other_words_asks_for_its_field() {
        for (label, field) in [
            ("患者さんのお名前", FieldName::PatientName),
            ("漢字氏名", FieldName::PatientName),
            ("お生まれ", FieldName::PatientBirthDate),
            ("S・H・R", FieldName::PatientBirthDate),
            ("連絡のつく電話", FieldName::PatientPhone),
            ("かかりたい科", FieldName::RecipientDepartment),
            ("ご都合のよい日", FieldName::DesiredDates),
            ("希望1", FieldName::DesiredDates),
            ("以前の受診", FieldName::VisitedBefore),
            ("貴院への受診の有無", FieldName::VisitedBefore),
            ("依頼病名", FieldName::Diagnosis),
            ("保険適用の病名", FieldName::Diagnosis),
            ("検査を依頼する理由", FieldName::Purpose),
            ("紹介の趣旨", FieldName::Purpose),
            ("依頼する検査", FieldName::Modality),
            ("撮像範囲", FieldName::BodyPart),
            ("心臓ペースメーカーが入っている", FieldName::Pacemaker),
            ("貴院での受診日", FieldName::VisitDate),
            ("全身的既往", FieldName::History),
            ("退院後処方", FieldName::Prescription),
        ] {
            assert_eq!(asked(label), Some(field), "{label}");
        }
    }

    #[test]
    fn a_question_is_a_label_to_its_end() {
        assert!(trails(&fold::label_key("が入っている")) && trails(&fold::label_key("の有無")));
        assert!(!trails(&fold::label_key("なし")) && !trails(&fold::label_key("が入っていたため中止")));
    }

    #[test]
    fn what_holds_another_word_or_says_too_little_asks_for_nothing() {
        for text in [
            "医師の氏名と印鑑",
            "検査",
            "希望",
            "治療効果の判定",
            "高血圧症の疑い",
            "受診の予約",
            "患者支援センター",
            "3月の検査結果",
        ] {
            assert_eq!(asked(text), None, "{text}");
        }
    }
}
