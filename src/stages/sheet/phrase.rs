//! Headings of free text in words that no recipe lists: 今までの病気・家族の病気, ご紹介の理由, 使用中の薬.
//!
//! A line is one when it is made of such words from end to end and nothing else; it stands for the field that they speak of.

use super::labels::Occurrence;
use super::lexicon::{Lexicon, Use};
use super::{Segment, Sheet};
use crate::domain::FieldName;
use crate::text::fold;

/// What a heading is about. Longer words stand before those they hold.
const ABOUT: &[(FieldName, &[&str])] = &[
    (FieldName::Course, &["現病歴", "経過", "経緯", "所見", "症状", "病状", "病歴", "容態"]),
    (
        FieldName::History,
        &["既往歴", "既往症", "既往", "家族歴", "家族の病気", "アレルギー歴", "アレルギー", "生活歴", "病気"],
    ),
    (FieldName::Purpose, &["目的", "理由", "依頼", "お願い", "御願い", "用件", "相談"]),
    (FieldName::Prescription, &["処方", "投薬", "内服薬", "常用薬", "服用薬", "服薬", "内服", "薬剤", "薬"]),
    (FieldName::Diagnosis, &["診断名", "診断", "傷病名", "傷病", "疾患名", "疾患", "病名"]),
    (FieldName::Remarks, &["備考", "連絡", "伝言", "伝え", "特記", "留意", "注意", "申し送り", "補足"]),
];

/// Words that are no heading when they stand alone.
const COMMON: &[&str] =
    &["病気", "薬", "薬剤", "理由", "依頼", "お願い", "御願い", "相談", "連絡", "伝え", "注意", "留意", "アレルギー"];

/// What stands between and about such words, and says nothing by itself.
const BESIDE: &[&str] = &[
    "について",
    "に関する",
    "における",
    "及び",
    "および",
    "並びに",
    "ならびに",
    "これまで",
    "いままで",
    "今まで",
    "現在",
    "最近",
    "使用中",
    "内服中",
    "服用中",
    "服薬中",
    "治療中",
    "投与中",
    "したい",
    "すべき",
    "いただきたい",
    "頂きたい",
    "こと",
    "事項",
    "内容",
    "状況",
    "結果",
    "成績",
    "概要",
    "要旨",
    "要約",
    "当院",
    "当科",
    "今回",
    "主要",
    "主な",
    "主たる",
    "患者様",
    "患者",
    "本人",
    "家族",
    "ご紹介",
    "紹介",
    "検査",
    "治療",
    "診療",
    "診察",
    "入院",
    "外来",
    "来院",
    "受診",
    "臨床",
    "画像",
    "身体",
    "自覚",
    "他覚",
    "疑われる",
    "考えられる",
    "その他",
    "など",
    "まで",
    "から",
    "情報",
    "報告",
    "お知らせ",
    "の",
    "と",
    "や",
    "を",
    "に",
    "中",
    "等",
    "ご",
    "お",
    "御",
    "主",
    "現",
    "欄",
    "点",
    "歴",
    "名",
];

/// The heading that a whole segment is, where no label was found on it and none stands left of it on its row.
pub(super) fn heading(sheet: &Sheet, index: usize, found: &[Occurrence], lexicon: &Lexicon) -> Option<Occurrence> {
    let segment = &sheet.segments[index];
    let field = about(&words(segment))?;
    let valued = found.iter().any(|label| {
        let gap = segment.at.left - label.at.right;
        label.segment != index && (-0.5..VALUE_WITHIN).contains(&gap) && label.at.vertical_overlap(&segment.at) > 0.4
    });
    if valued {
        return None;
    }
    let of = |u: &Use| matches!(u, Use::Field(i) if lexicon.fields[*i].field == field);
    let entry = lexicon.entries.iter().position(|e| e.uses.iter().any(of))?;
    let glyphs = 0..segment.glyphs.len();
    Some(Occurrence { segment: index, glyphs, entry, sure: 0.8, at: segment.at, clear: true })
}

/// A line this close behind a label is its value, ems.
const VALUE_WITHIN: f32 = 14.0;

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
    let mut rest = phrase;
    let mut fields: Vec<(FieldName, &str)> = Vec::new();
    let mut others = 0;
    while let Some(first) = rest.chars().next() {
        if matches!(first, '・' | '、' | '/' | ',' | '･' | '(' | ')') {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let told = ABOUT.iter().flat_map(|(field, words)| words.iter().map(move |w| (Some(*field), *w)));
        let words = told.chain(BESIDE.iter().map(|w| (None, *w))).filter(|(_, w)| rest.starts_with(w));
        let (field, word) = words.max_by_key(|(field, w)| (w.len(), field.is_some()))?;
        match field {
            Some(field) => fields.push((field, word)),
            None => others += 1,
        }
        rest = &rest[word.len()..];
    }
    // 病気 alone says nothing of whose and when, and words of every sentence are no heading by themselves.
    let told = fields.iter().any(|(_, w)| *w != "病気") || phrase.contains("まで");
    let alone = fields.len() + others == 1;
    let whole = told && !(alone && fields.iter().any(|(_, w)| COMMON.contains(w)));
    // 薬剤アレルギー stands before its answer inside a history as often as over one.
    let allergy = fields.iter().any(|(_, w)| w.starts_with("アレルギー"));
    let history = |(field, word): &(FieldName, &str)| *field == FieldName::History && !word.starts_with("アレルギー");
    if allergy && !fields.iter().any(history) {
        return None;
    }
    let course = fields.iter().find(|(field, _)| *field == FieldName::Course);
    course.or(fields.first()).filter(|_| whole).map(|(field, _)| *field)
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
