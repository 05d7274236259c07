//! Labels before a value in words that no recipe lists: 患者さんのお名前, かかりたい科, 都合のよい日, 依頼病名.
//!
//! A label is one when it is made of such words from end to end; what it asks for is what its last word names, as in
//! any Japanese noun phrase. What a field is not asked for on this kind of document says nothing here.

use super::labels::Occurrence;
use super::lexicon::{Lexicon, Role, Use, role_of};
use super::{Glyph, Segment, Sheet};
use crate::domain::FieldName;
use crate::text::fold;
use std::ops::Range;
use std::sync::OnceLock;

/// What a label asks for, by the word it ends with.
const ASKED: &[(FieldName, &[&str])] = &[
    (
        FieldName::PatientName,
        &["お名前", "名前", "氏名", "姓名", "患者名", "患者さま", "患者様", "受診される方", "利用される方", "ご利用者"],
    ),
    (FieldName::PatientKana, &["ふりがな", "カナ", "よみがな", "よみ", "読み", "読みかた"]),
    (
        FieldName::PatientBirthDate,
        &["生年月日", "お生まれ", "生まれ", "生まれた日", "生年", "誕生日", "SHR", "TSHR", "MTSHR", "TSH", "MTSH"],
    ),
    (FieldName::PatientSex, &["性別", "性"]),
    (FieldName::PatientAddress, &["お住まい", "住まい", "お住い", "現住所", "居所"]),
    (
        FieldName::PatientPhone,
        &["連絡のつく電話", "連絡のとれる電話", "連絡がつく電話", "日中の電話", "ご自宅電話", "ご連絡先", "連絡先電話"],
    ),
    (
        FieldName::DesiredDates,
        &[
            "希望日",
            "希望の日",
            "都合のよい日",
            "都合の良い日",
            "都合がよい日",
            "都合日",
            "候補日",
            "希望",
            "候補",
            "希望日時",
            "予約を希望する日",
        ],
    ),
    (
        FieldName::RecipientDepartment,
        &[
            "かかりたい科",
            "受診したい科",
            "受診科",
            "希望科",
            "希望の科",
            "希望する科",
            "希望診療科",
            "希望の診療科",
            "希望外来",
            "希望する外来",
            "科",
            "紹介先の科",
            "紹介先診療科",
            "予約したい科",
        ],
    ),
    (
        FieldName::VisitedBefore,
        &[
            "以前の受診",
            "過去の受診",
            "これまでの受診",
            "貴院への受診",
            "貴院の受診",
            "貴院での受診",
            "当院への受診",
            "当院の受診",
            "当院での受診",
            "受診歴",
            "受診したこと",
            "受診経験",
            "通院歴",
            "来院歴",
            "かかったこと",
            "診察券",
        ],
    ),
    (
        FieldName::Purpose,
        &[
            "用件",
            "知りたいこと",
            "調べたいこと",
            "目的",
            "趣旨",
            "主旨",
            "理由",
            "依頼事項",
            "依頼内容",
            "相談内容",
            "相談したいこと",
            "お願いしたいこと",
        ],
    ),
    (FieldName::Diagnosis, &["病名", "傷病名", "診断名", "疾患名", "疾患", "診断", "ご病気", "現在の病気", "主な病気"]),
    (
        FieldName::Modality,
        &["検査名", "検査項目", "検査種別", "検査の種類", "検査種類", "検査内容", "検査", "モダリティ", "検査区分"],
    ),
    (FieldName::BodyPart, &["部位", "撮像範囲", "撮影範囲", "検査範囲", "撮影箇所", "検査箇所", "検査したい所"]),
    (FieldName::Contrast, &["造影", "造影剤", "撮像方法", "撮影方法", "単純造影"]),
    (FieldName::Pacemaker, &["ペースメーカー", "ペースメーカ"]),
    (
        FieldName::DocumentDate,
        &[
            "お送りした日",
            "送った日",
            "書いた日",
            "記入日",
            "記載日",
            "作成日",
            "送信日",
            "送付日",
            "発行日",
            "申込日",
            "依頼日",
            "報告日",
            "届出日",
        ],
    ),
    (
        FieldName::SenderInstitutionName,
        &[
            "おかかりの医院",
            "かかりつけ医院",
            "かかりつけ医療機関",
            "かかりつけの医院",
            "紹介元医院",
            "紹介元",
            "医院名",
            "クリニック名",
            "医療機関名",
            "施設名",
            "事業所名",
            "病院名",
            "薬局名",
        ],
    ),
    (
        FieldName::SenderDoctorName,
        &["文責", "医師名", "医師氏名", "依頼医", "紹介医", "担当医", "主治医", "記載医", "報告医"],
    ),
    (
        FieldName::VisitDate,
        &["受診日", "来院日", "初診日", "初診", "受診された日", "来院された日", "診察日", "受診年月日", "初診年月日"],
    ),
    (
        FieldName::CareLevel,
        &[
            "介護度",
            "要介護度",
            "要介護状態",
            "要介護状態区分",
            "介護区分",
            "要介護認定",
            "介護認定",
            "介護保険認定",
            "認定",
            "介護保険",
        ],
    ),
    (FieldName::PatientId, &["診察券番号", "診察券の番号", "診察券No", "貴院ID", "ID貴院", "貴院番号", "貴院患者番号"]),
    (
        FieldName::History,
        &[
            "既往歴",
            "既往症",
            "既往",
            "併存症",
            "併存疾患",
            "家族歴",
            "基礎疾患",
            "合併症",
            "今までの病気",
            "これまでの病気",
            "かかった病気",
        ],
    ),
    (FieldName::Course, &["経過", "病歴", "現病歴", "概要", "経緯", "所見"]),
    (FieldName::Prescription, &["処方", "処方内容", "投薬", "内服薬", "内服", "処方薬", "使用薬", "お薬", "持参薬"]),
    (FieldName::Remarks, &["備考", "連絡事項", "特記事項", "特記", "申し送り", "お知らせしたいこと", "伝えたいこと"]),
    (FieldName::Specialty, &["専門", "専門科", "標榜科", "診療科目", "ご専門"]),
    (FieldName::ApplicantName, &["申込者", "申請者", "請求者", "申出者", "相談者"]),
    (FieldName::Participants, &["参加人数", "参加者数", "出席人数", "出席者数", "人数"]),
    (FieldName::EventDate, &["開催日", "開催日時", "開催日程"]),
    (FieldName::EventName, &["研修会名", "催し名", "行事名", "会の名称", "演題", "テーマ"]),
    (FieldName::Facility, &["利用施設", "利用したい施設", "使用施設", "利用する部屋", "使用したい部屋", "利用場所"]),
    (FieldName::AdmissionDate, &["入院日", "入院年月日", "入院した日"]),
    (FieldName::DischargeDate, &["退院日", "退院年月日", "退院した日", "退院予定日"]),
    (FieldName::CollectedDate, &["採取日", "採血日", "検体採取日", "採取年月日", "検査日"]),
];

/// What stands before and between such words and asks for nothing by itself.
const BESIDE: &[&str] = &[
    "患者さんについて",
    "お子さま",
    "お子様",
    "患者さん",
    "患者さま",
    "患者様",
    "患者",
    "利用者",
    "本人",
    "受診者",
    "被検者",
    "受検者",
    "漢字",
    "全身的",
    "保険適用",
    "適用",
    "保険",
    "疑われる",
    "疑い",
    "疑",
    "確定",
    "依頼",
    "紹介",
    "主な",
    "主たる",
    "主",
    "現在",
    "現",
    "臨床",
    "検査",
    "撮影",
    "撮像",
    "画像",
    "対象",
    "希望する",
    "希望",
    "受診",
    "診察",
    "診療",
    "来院",
    "予約",
    "入院",
    "退院後",
    "退院時",
    "退院",
    "外来",
    "当院",
    "貴院",
    "当科",
    "貴科",
    "当日",
    "第1",
    "第2",
    "第3",
    "第一",
    "第二",
    "第三",
    "1",
    "2",
    "3",
    "一",
    "二",
    "三",
    "したい",
    "する",
    "される",
    "された",
    "いただく",
    "ご",
    "お",
    "御",
    "の",
    "を",
    "が",
    "に",
    "へ",
    "で",
    "と",
    "や",
    "及び",
    "および",
    "または",
    "又は",
    "有無",
    "についての",
    "について",
    "入っている",
    "入れている",
    "ある",
    "いる",
    "心臓",
    "植込み型",
    "植え込み型",
    "体内",
    "装着",
    "使用",
    "連絡",
    "日中",
    "都合",
    "予定",
    "欄",
    "等",
    "など",
    "また",
    "主訴",
    "症状",
    "治療",
    "服用中",
    "内服中",
    "使用中",
    "これまで",
    "今まで",
    "今回",
    "報告",
    "状況",
    "事項",
    "内容",
    "種別",
    "名",
];

/// Words that alone on their line, with nothing that parts them from a value, are as often a value or part of a text.
const WEAK: &[&str] = &[
    "希望",
    "候補",
    "検査",
    "診断",
    "初診",
    "性",
    "目的",
    "理由",
    "読み",
    "よみ",
    "経過",
    "所見",
    "概要",
    "処方",
    "内服",
    "お薬",
    "人数",
    "専門",
    "テーマ",
    "既往",
    "部位",
    "造影",
    "患者様",
    "患者さま",
    "診察券",
    "紹介元",
    "合併症",
    "検査日",
    "科",
    "認定",
    "介護保険",
    "疾患",
    "特記",
    "基礎疾患",
    "ご病気",
];

/// Least space between a label and its value on one line, ems.
const NARROW: f32 = 0.4;
/// Letters of a label at most.
const LONGEST: usize = 18;

type Vocabulary = Vec<(Vec<char>, Option<FieldName>)>;

fn vocabulary() -> &'static Vocabulary {
    static WORDS: OnceLock<Vocabulary> = OnceLock::new();
    WORDS.get_or_init(|| {
        let asked = ASKED.iter().flat_map(|(field, words)| words.iter().map(|w| (fold::label_key(w), Some(*field))));
        let mut all: Vocabulary = asked.chain(BESIDE.iter().map(|w| (fold::label_key(w), None))).collect();
        all.sort_by_key(|(word, field)| std::cmp::Reverse((word.len(), field.is_some())));
        all
    })
}

/// The field that a label of these letters asks for; `apart` says that something parts it from what follows.
pub fn asks(letters: &[char], apart: bool) -> Option<FieldName> {
    if !(1..=LONGEST).contains(&letters.len()) {
        return None;
    }
    let words = parsed(letters)?;
    let (word, field) = words.iter().rev().find_map(|(w, f)| Some((w, (*f)?)))?;
    // 検査の予約: behind the last word that asks only what goes with any of them may stand.
    let last = words.last().is_some_and(|(w, f)| f.is_some() || trailing(w));
    let weak = words.len() == 1 && !apart && WEAK.iter().any(|w| fold::label_key(w) == *word);
    (last && !weak).then_some(field)
}

/// Whether letters behind a label are nothing but what a label trails off with.
pub(super) fn trails(letters: &[char]) -> bool {
    letters.len() <= 8
        && parsed(letters).is_some_and(|words| words.iter().all(|(w, field)| field.is_none() && trailing(w)))
}

/// 有無, 欄, 等, 1: what a label trails off with.
fn trailing(word: &[char]) -> bool {
    const TRAILING: &[&str] = &[
        "有無",
        "の",
        "欄",
        "等",
        "など",
        "1",
        "2",
        "3",
        "一",
        "二",
        "三",
        "が",
        "ある",
        "いる",
        "入っている",
        "入れている",
        "について",
        "名",
        "使用",
        "装着",
        "は",
        "内容",
    ];
    TRAILING.iter().any(|t| fold::label_key(t) == word)
}

/// The letters as known words from end to end, in as few as there can be.
fn parsed(letters: &[char]) -> Option<Vec<(&'static [char], Option<FieldName>)>> {
    type Words = Vec<(&'static [char], Option<FieldName>)>;
    let mut best: Vec<Option<Words>> = vec![None; letters.len() + 1];
    best[0] = Some(Vec::new());
    for at in 0..letters.len() {
        let Some(so_far) = best[at].clone() else { continue };
        for (word, field) in vocabulary() {
            if !letters[at..].starts_with(word) {
                continue;
            }
            let mut words = so_far.clone();
            words.push((word.as_slice(), *field));
            let end = at + word.len();
            if best[end].as_ref().is_none_or(|b| words.len() < b.len()) {
                best[end] = Some(words);
            }
        }
    }
    best.pop().flatten()
}

/// What a segment that begins with such a label asks for.
pub fn of(segment: &Segment) -> Option<FieldName> {
    let (range, apart) = span(segment)?;
    asks(&keyed(&segment.glyphs[range]), apart)
}

fn keyed(glyphs: &[Glyph]) -> Vec<char> {
    glyphs.iter().filter_map(|g| fold::label_char(g.ch)).collect()
}

/// The labels of that sort of one segment on which none was found where they begin.
pub(super) fn label(sheet: &Sheet, index: usize, found: &[Occurrence], lexicon: &Lexicon) -> Option<Occurrence> {
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
    let at = super::around(&segment.glyphs[range.clone()]);
    // What stands right of a label without its value is that value.
    let value_of = |o: &Occurrence| {
        let gap = at.left - o.at.right;
        let label = &sheet.segments[o.segment];
        o.segment != index
            && (-0.5..14.0).contains(&gap)
            && o.at.vertical_overlap(&at) > 0.4
            && o.glyphs.end + 1 >= label.glyphs.len()
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
    let of = |u: &Use| matches!(u, Use::Field(i) if lexicon.fields[*i].field == field);
    let free = |u: &Use| matches!(u, Use::Field(i) if lexicon.fields[*i].within.is_empty());
    let alone = lexicon.entries.iter().position(|e| e.uses.iter().all(|u| of(u) && free(u)));
    alone.or_else(|| {
        let role = role_of(field);
        (role == Role::Other).then(|| lexicon.entries.iter().position(|e| e.uses.iter().any(of))).flatten()
    })
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
