//! Why a document is not 照合のみ, each sentence with the place on the page where it is mended.

use crate::domain::FieldName;
use std::cmp::Reverse;

/// A sentence that leads to a field.
pub struct Reason {
    /// What staff read.
    pub text: String,
    /// The id on the page of what is to be mended.
    pub target: String,
}

/// Links a sentence to where it is mended. What names whom a document concerns or who sent it leads to that choice unless
/// it asks for one field; the first label that it names wins, the longest of those there; a sentence about nothing in particular leads to the kind, which comes first.
pub fn reason(text: &str, shown: &[FieldName]) -> Reason {
    let one_of_many =
        ["候補", "該当者", "家族", "同姓同名", "台帳に2人", "ほかにも"].iter().any(|sign| text.contains(sign));
    let word = |f: &FieldName| f.label_ja().split('（').next().unwrap_or_default();
    let named = shown.iter().filter_map(|f| Some((text.find(word(f))?, Reverse(word(f).len()), f)));
    let field = named.min_by_key(|(at, long, _)| (*at, *long)).map(|(_, _, f)| f);
    let choice = |about: &str| format!("choose-{about}");
    let target = if text.contains("医療機関") && (one_of_many || field.is_none()) {
        choice("institution")
    } else if one_of_many && shown.contains(&FieldName::PatientName) {
        choice("patient")
    } else if let Some(field) = field {
        format!("f-{}", field.code())
    } else if text.contains("患者") && !text.contains("種類") {
        choice("patient")
    } else {
        "kind".to_owned()
    };
    Reason { text: text.to_owned(), target }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_leads_somewhere() {
        use FieldName::*;
        let shown = [PatientName, PatientKana, PatientBirthDate, PatientSex, PatientId, SenderInstitutionName, Purpose];
        for (text, target) in [
            ("患者IDが台帳と一致しません。当院の番号か、別の患者の番号でないか確認してください。", "f-patient_id"),
            ("「目的」が読み取れていません。原本を見て入力してください。", "f-purpose"),
            ("患者氏名が読み取れていません。氏名と生年月日を原本で確認してください。", "f-patient_name"),
            ("生年月日が台帳と一致しません。原本の年号と数字を確認してください。", "f-patient_birth_date"),
            ("性別が台帳と異なります。○印の位置を確認してください。", "f-patient_sex"),
            ("フリガナが台帳と異なります。氏名の読みを確認してください。", "f-patient_kana"),
            ("患者の候補が確実ではありません。氏名と生年月日を台帳と照合してください。", "choose-patient"),
            (
                "生年月日が同じ家族（双子など）が台帳にいます。名の漢字・フリガナ・患者IDで確認してください。",
                "choose-patient",
            ),
            ("ほかにも可能性のある患者がいます。候補を見比べてください。", "choose-patient"),
            ("差出医療機関の候補が複数あります。名称と所在地を見比べてください。", "choose-institution"),
            ("差出医療機関の名称が読み取れていません。", "f-sender_institution_name"),
            ("文書の種類を判定できません。表題と内容を見て種類を選んでください。", "kind"),
            ("文字を読み取れませんでした。原本の画像を見て入力するか、送信元に再送を依頼してください。", "kind"),
        ] {
            assert_eq!(reason(text, &shown).target, target, "{text}");
        }
    }
}
