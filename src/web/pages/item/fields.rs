//! The fields of a document as rows of the form: value, where it was seen, how sure the reading is, what is still missing.

use std::collections::BTreeMap;

use super::differ::{self, Runs};
use super::typed;
use crate::domain::{Decided, FieldName, Found, Kind, Recipes, ValueType};
use crate::store::documents::Document;
use crate::web::words;

/// From this probability of being right on, a value is taken to be sure: the way over doubtful fields does not stop at it.
const SURE: f32 = 0.95;
/// Below this it is doubtful.
const DOUBTFUL: f32 = 0.80;

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is picked.
    pub on: bool,
}

/// One row of the form.
#[derive(Clone, Debug, Default)]
pub struct FieldView {
    /// Code of the field.
    pub code: &'static str,
    /// What staff call it.
    pub label: &'static str,
    /// As it stands now.
    pub value: String,
    /// As first read; Esc brings it back.
    pub first: String,
    /// Other readings, joined for the script.
    pub other: String,
    /// Other readings, for the eye.
    pub others: Vec<Runs>,
    /// Needed before the document can be confirmed.
    pub needed: bool,
    /// `date`, `phone`, … for the script.
    pub kind: &'static str,
    /// On-screen keyboard.
    pub mode: &'static str,
    /// Several lines.
    pub long: bool,
    /// What to type.
    pub example: &'static str,
    /// Picked from a list; empty when typed.
    pub options: Vec<Choice>,
    /// Page of the file it was seen on; empty when it was not.
    pub page: String,
    /// Box it was seen in.
    pub bbox: String,
    /// The date as the era writes it.
    pub hint: String,
    /// Colour class.
    pub tone: &'static str,
    /// Sign beside the colour.
    pub sign: &'static str,
    /// Word beside the sign.
    pub mark: &'static str,
    /// The whole sentence.
    pub mark_title: String,
    /// The confirmed document of the same form from which its place was known; empty when it was found without.
    pub learned: String,
    /// What is wrong with the value.
    pub wrong: Option<&'static str>,
}

/// Where a field was seen, for the overlay; coordinates in thousandths.
#[derive(Clone, Debug)]
pub struct BoxView {
    /// Of which field.
    pub code: &'static str,
    /// What staff call it.
    pub label: &'static str,
    /// Left.
    pub x: String,
    /// Top.
    pub y: String,
    /// Width.
    pub w: String,
    /// Height.
    pub h: String,
}

/// Part of the form in which a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// 患者
    Patient,
    /// 差出元
    Sender,
    /// 内容
    Content,
}

impl Part {
    /// Of a field.
    pub fn of(field: FieldName) -> Part {
        let code = field.code();
        if code.starts_with("patient_") {
            Part::Patient
        } else if code.starts_with("sender_") || field == FieldName::PharmacyName {
            Part::Sender
        } else {
            Part::Content
        }
    }

    /// Heading.
    pub fn title(self) -> &'static str {
        match self {
            Part::Patient => "患者",
            Part::Sender => "差出元",
            Part::Content => "内容",
        }
    }
}

/// Fields that every document of a kind shows even when nothing was read.
fn always(kind: Kind, recipes: &Recipes) -> Vec<FieldName> {
    use FieldName::*;
    let mut fields = vec![DocumentDate, SenderInstitutionName];
    if recipes.of(kind).is_none_or(|recipe| recipe.patient) {
        fields.extend([PatientName, PatientKana, PatientBirthDate, PatientSex, PatientId]);
    }
    fields
}

/// The fields that a kind needs before it can be confirmed.
pub fn needed(kind: Kind, recipes: &Recipes) -> Vec<FieldName> {
    let own = recipes.of(kind).map(|recipe| recipe.fields.as_slice()).unwrap_or_default();
    own.iter().filter(|recipe| recipe.needed).map(|recipe| recipe.field).collect()
}

/// Every field that the form of `document` shows: what every document has, then as its recipe lists them, then whatever else there
/// is. `order` says where each of them stands.
pub fn shown(document: &Document, recipes: &Recipes, added: Option<FieldName>) -> Vec<FieldName> {
    let own = recipes.of(document.kind).map(|recipe| recipe.fields.as_slice()).unwrap_or_default();
    let mut fields = always(document.kind, recipes);
    let there = FieldName::ALL.iter().copied().filter(|field| {
        document.values.contains_key(field) || document.reading.fields.contains_key(field) || added == Some(*field)
    });
    for field in own.iter().map(|recipe| recipe.field).chain(there) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

/// The mark of a value that is another reading of look-alike characters.
fn decided(by: Decided) -> (&'static str, &'static str, &'static str, String) {
    let (mark, why) = match by {
        Decided::CheckDigit => ("検査数字から", "検査数字が合う読み"),
        Decided::Age => ("年齢から", "印字の年齢に合う読み"),
        Decided::Medicine => ("薬品名から", "濁点や小さい字を薬の名前に合わせた読み"),
    };
    ("warn", "似", mark, format!("似た字のうち{why}を採りました。画像と見比べてください。"))
}

/// The row of one field.
pub fn view(field: FieldName, value: &str, found: Option<&Found>, needed: bool) -> FieldView {
    let kind = field.value_type();
    let first = found.map(|f| f.value.clone()).unwrap_or_default();
    let wrong = typed::tidy(kind, value).is_err().then(|| words::unfit(kind));
    let (tone, sign, mark, mark_title) = match found {
        _ if value.is_empty() && needed => ("bad", "！", "未入力", "確定に必要な項目です。".to_owned()),
        _ if wrong.is_some() => ("bad", "！", "要修正", "値の形が合いません。".to_owned()),
        _ if value.is_empty() => ("", "－", "なし", "書面から読み取れませんでした。".to_owned()),
        Some(found) if found.value == value && found.from_master => (
            "warn",
            "台",
            "台帳から",
            format!("読み取りは「{}」でした。台帳の値に直しています。画像と見比べてください。", found.raw),
        ),
        Some(Found { value: seen, decided_by: Some(by), .. }) if seen == value => decided(*by),
        Some(found) if found.value == value => sureness(found),
        _ => ("", "✎", "入力済", "担当者が入力した値です。".to_owned()),
    };
    let others: Vec<Runs> = found
        .map(|f| f.alternatives.iter().filter(|a| **a != value).take(3).map(|a| differ::runs(value, a).1).collect())
        .unwrap_or_default();
    let hint = match kind {
        ValueType::Date => words::era(value).unwrap_or_default(),
        _ => String::new(),
    };
    FieldView {
        code: field.code(),
        label: field.label_ja(),
        value: value.to_owned(),
        other: found.map(|f| f.alternatives.join("\u{1f}")).unwrap_or_default(),
        first,
        others,
        needed,
        kind: script_kind(kind),
        mode: input_mode(kind),
        long: kind == ValueType::Text,
        example: words::example(kind),
        options: options(kind, value),
        page: found.map(|f| f.spot.page.0.to_string()).unwrap_or_default(),
        bbox: found
            .map(|f| format!("{},{},{},{}", f.spot.bbox.left, f.spot.bbox.top, f.spot.bbox.right, f.spot.bbox.bottom))
            .unwrap_or_default(),
        hint,
        tone,
        sign,
        mark,
        mark_title,
        learned: found.and_then(|f| f.learned_from.as_ref()).map(ToString::to_string).unwrap_or_default(),
        wrong,
    }
}

fn sureness(found: &Found) -> (&'static str, &'static str, &'static str, String) {
    let percent = (found.confidence * 100.0).round();
    let told = format!("読み取りの確かさ {percent}%。書面の字：{}", found.raw);
    match found.confidence {
        c if c >= SURE => ("good", "○", "確か", told),
        c if c >= DOUBTFUL => ("warn", "△", "要注意", told),
        _ => ("bad", "？", "不確か", told),
    }
}

fn options(kind: ValueType, value: &str) -> Vec<Choice> {
    let choices = words::choices(kind);
    if choices.is_empty() {
        return Vec::new();
    }
    let choice = |v: &str, label: &str| Choice { value: v.to_owned(), label: label.to_owned(), on: v == value };
    let mut all = vec![choice("", "－")];
    all.extend(choices.iter().map(|(v, label)| choice(v, label)));
    if !all.iter().any(|c| c.on) {
        all.push(choice(value, &format!("{value}（読み取り）")));
    }
    all
}

fn script_kind(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Date => "date",
        ValueType::Phone => "phone",
        ValueType::PostalCode => "postal",
        ValueType::InstitutionCode | ValueType::Digits | ValueType::Number => "digits",
        _ => "",
    }
}

fn input_mode(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Phone => "tel",
        ValueType::PostalCode | ValueType::InstitutionCode | ValueType::Digits | ValueType::Number => "numeric",
        _ => "",
    }
}

/// The boxes of each page.
pub fn boxes(document: &Document) -> BTreeMap<u32, Vec<BoxView>> {
    let mut pages: BTreeMap<u32, Vec<BoxView>> = BTreeMap::new();
    for (field, found) in &document.reading.fields {
        let bbox = found.spot.bbox;
        let whole = [bbox.left, bbox.top, bbox.right, bbox.bottom];
        if !whole.iter().all(|edge| edge.is_finite()) || bbox.width() <= 0.0 || bbox.height() <= 0.0 {
            continue;
        }
        let thousandth = |v: f32| format!("{:.1}", v.clamp(0.0, 1.0) * 1000.0);
        pages.entry(found.spot.page.0).or_default().push(BoxView {
            code: field.code(),
            label: field.label_ja(),
            x: thousandth(bbox.left),
            y: thousandth(bbox.top),
            w: thousandth(bbox.width()),
            h: thousandth(bbox.height()),
        });
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, PageNo, Spot};

    fn found(value: &str, confidence: f32) -> Found {
        Found {
            value: value.into(),
            raw: value.into(),
            confidence,
            spot: Spot { page: PageNo(1), bbox: BBox::new(0.1, 0.1, 0.4, 0.2) },
            alternatives: vec!["佐籐 花子".into()],
            learned_from: None,
            from_master: false,
            decided_by: None,
        }
    }

    #[test]
    fn every_row_says_in_words_how_sure_it_is() {
        let name = FieldName::PatientName;
        assert_eq!(view(name, "佐藤 花子", Some(&found("佐藤 花子", 0.97)), true).mark, "確か");
        assert_eq!(view(name, "佐藤 花子", Some(&found("佐藤 花子", 0.9)), true).tone, "warn");
        assert_eq!(view(name, "佐藤 花子", Some(&found("佐藤 花子", 0.3)), true).sign, "？");
        assert_eq!(view(name, "佐藤 はな", Some(&found("佐藤 花子", 0.3)), true).mark, "入力済");
        assert_eq!(view(name, "", None, true).mark, "未入力");
        assert_eq!(view(name, "", None, false).tone, "");
        let birth = view(FieldName::PatientBirthDate, "1957-13-05", None, false);
        assert_eq!((birth.mark, birth.wrong.is_some()), ("要修正", true));
        assert_eq!(view(FieldName::PatientBirthDate, "1957-04-05", None, false).hint, "昭和32年");
    }

    #[test]
    fn a_value_outside_the_list_stays_visible() {
        let sex = view(FieldName::PatientSex, "おとこ", None, false);
        assert!(sex.options.iter().any(|o| o.on && o.label.contains("おとこ")));
    }
}
