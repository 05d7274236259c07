//! Headings of free text: 今までの病気・家族の病気, ご紹介の理由, 使用中の薬. One stands for the field that it speaks of.

use super::{Part, parsed, right_of};
use crate::domain::FieldName;
use crate::stages::sheet::labels::Occurrence;
use crate::stages::sheet::lexicon::Lexicon;
use crate::stages::sheet::{Segment, Sheet};
use crate::text::fold;

/// The heading that a whole segment is, where no label was found on it and none stands left of it on its row.
pub fn occurrence(sheet: &Sheet, index: usize, found: &[Occurrence], lexicon: &Lexicon) -> Option<Occurrence> {
    let segment = &sheet.segments[index];
    let field = about(&words(segment))?;
    let valued = found.iter().any(|label| label.segment != index && right_of(label, &segment.at));
    if valued {
        return None;
    }
    // 所見 on a report of which all text is a remark.
    let told = matches!(field, FieldName::Course | FieldName::Purpose) && lexicon.has_only_remarks();
    let entry = lexicon.entry_of(field).or_else(|| told.then(|| lexicon.entry_of(FieldName::Remarks)).flatten())?;
    let glyphs = 0..segment.glyphs.len();
    Some(Occurrence { segment: index, glyphs, entry, sure: 0.8, at: segment.at, clear: true })
}

/// Whether letters are words of headings from end to end, of which one says what it is about.
pub fn is_made_of_words(letters: &[char]) -> bool {
    parsed(letters, |w| w.in_heading).is_some_and(|words| words.iter().any(|w| w.in_heading.asks().is_some()))
}

/// The letters of a line without its number, bullet, brackets and colon; nothing for a line that is too long.
fn words(segment: &Segment) -> String {
    let text: String = segment.glyphs.iter().map(|g| g.ch).collect();
    let numbered = |c: char| c.is_ascii_digit() || c.is_ascii_punctuation() || fold::is_ornament(c);
    let bare =
        text.trim_start_matches(numbered).trim_end_matches(|c: char| c.is_ascii_punctuation() || fold::is_ornament(c));
    if (2..=20).contains(&bare.chars().count()) { bare.to_owned() } else { String::new() }
}

/// What a phrase is about, when it is made of such words alone.
fn about(phrase: &str) -> Option<FieldName> {
    let words = parsed(&fold::label_key(phrase), |w| w.in_heading)?;
    let fields: Vec<(FieldName, bool, String)> = words
        .iter()
        .filter_map(|w| match w.in_heading {
            Part::Asks { field, weak } => Some((field, weak, w.letters.iter().collect())),
            _ => None,
        })
        .collect();
    // 病気 alone says nothing of whose and when, and words of every sentence are no heading by themselves.
    let told = fields.iter().any(|(.., word)| word != "病気") || phrase.contains("まで");
    let alone = words.len() == 1 && fields.iter().any(|(_, weak, _)| *weak);
    // 薬剤アレルギー stands before its answer inside a history as often as over one.
    let allergy = |word: &str| word.starts_with("アレルギー");
    let history = fields.iter().any(|(field, _, word)| *field == FieldName::History && !allergy(word));
    // 予防接種・アレルギー・その他: what is left over, whatever stands before it.
    let rest = |word: &str| word == "ソノ他";
    let over = fields.len() > 1 && fields.iter().any(|(.., word)| rest(word));
    if !told || alone || (!history && !over && fields.iter().any(|(.., word)| allergy(word))) {
        return None;
    }
    let course = fields.iter().find(|(field, ..)| *field == FieldName::Course);
    let named = fields.iter().find(|(.., word)| !rest(word) && (history || !allergy(word)));
    course.or(named).or(fields.last()).map(|(field, ..)| *field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_in_other_words_tells_its_field() {
        for (phrase, field) in [
            ("今までの病気・家族の病気", FieldName::History),
            ("これまでの病気", FieldName::History),
            ("症状の経過・検査の結果", FieldName::Course),
            ("現在までの経過および所見", FieldName::Course),
            ("診断・治療経過", FieldName::Course),
            ("ご紹介の理由", FieldName::Purpose),
            ("お願いしたいこと", FieldName::Purpose),
            ("使用中の薬", FieldName::Prescription),
            ("現在のお薬", FieldName::Prescription),
            ("疑われる病名", FieldName::Diagnosis),
            ("お伝えしたいこと", FieldName::Remarks),
            ("経過のご報告", FieldName::Course),
            ("服薬", FieldName::Prescription),
            ("#PH/FH", FieldName::History),
            ("全身疾患・服薬・アレルギー", FieldName::History),
            ("予防接種・アレルギー・その他", FieldName::Remarks),
            ("報告内容・薬剤師からの提案", FieldName::Remarks),
            ("所見等", FieldName::Course),
        ] {
            assert_eq!(about(phrase), Some(field), "{phrase}");
        }
    }

    #[test]
    fn what_holds_another_word_is_no_heading() {
        for phrase in [
            "精査加療目的",
            "経過観察中です",
            "内服治療を継続",
            "病気",
            "胃薬",
            "家族と本人",
            "アレルギーなし",
            "薬剤アレルギー",
        ] {
            assert_eq!(about(phrase), None, "{phrase}");
        }
    }
}
