//! Why a document is not 照合のみ, each sentence with the place on the page where it is mended.

use crate::domain::{Doubt, FieldName, Mend};
use std::cmp::Reverse;

/// The button that opens ページの整理.
const PAGES: &str = "arrange";
/// The link to what arrived.
const DELIVERY: &str = "arrival";

/// A sentence that leads to a field.
pub struct Reason {
    /// What staff read.
    pub text: String,
    /// The id on the page of what is to be mended; empty where it is not to be mended on this page.
    pub target: String,
}

/// Links a sentence to where it is mended, as far as that stands in the form. Who only looks arranges no pages.
pub fn reason(text: &str, shown: &[FieldName], editable: bool) -> Reason {
    let target = match Doubt::told(text).map(Doubt::mend) {
        Some(Mend::Field(field)) if shown.contains(&field) => format!("f-{}", field.code()),
        Some(Mend::Patient) if shown.contains(&FieldName::PatientName) => "choose-patient".to_owned(),
        Some(Mend::Institution) => "choose-institution".to_owned(),
        Some(Mend::Pages) if editable => PAGES.to_owned(),
        Some(Mend::Pages) => String::new(),
        Some(Mend::Delivery) => DELIVERY.to_owned(),
        Some(Mend::Kind | Mend::Field(_) | Mend::Patient) => "kind".to_owned(),
        None => by_words(text, shown),
    };
    Reason { text: text.to_owned(), target }
}

/// A sentence of an earlier version. What names whom a document concerns or who sent it leads to that choice unless
/// it asks for one field; the first label that it names wins, the longest of those there; a sentence about nothing in particular leads to the kind, which comes first.
fn by_words(text: &str, shown: &[FieldName]) -> String {
    let one_of_many =
        ["候補", "該当者", "家族", "同姓同名", "台帳に2人", "ほかにも"].iter().any(|sign| text.contains(sign));
    let word = |f: &FieldName| f.label_ja().split('（').next().unwrap_or_default();
    let named = shown.iter().filter_map(|f| Some((text.find(word(f))?, Reverse(word(f).len()), f)));
    let field = named.min_by_key(|(at, long, _)| (*at, *long)).map(|(_, _, f)| f);
    let choice = |about: &str| format!("choose-{about}");
    if text.contains("医療機関") && (one_of_many || field.is_none()) {
        choice("institution")
    } else if one_of_many && shown.contains(&FieldName::PatientName) {
        choice("patient")
    } else if let Some(field) = field {
        format!("f-{}", field.code())
    } else if text.contains("患者") && !text.contains("種類") {
        choice("patient")
    } else {
        "kind".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AlertCode, Kind};

    #[test]
    fn every_reason_leads_to_where_it_is_mended() {
        for doubt in Doubt::all() {
            let words = doubt.words();
            let target = reason(&words, FieldName::ALL, true).target;
            let expected = match doubt.mend() {
                Mend::Kind => "kind".to_owned(),
                Mend::Field(field) => format!("f-{}", field.code()),
                Mend::Patient => "choose-patient".to_owned(),
                Mend::Institution => "choose-institution".to_owned(),
                Mend::Pages => "arrange".to_owned(),
                Mend::Delivery => "arrival".to_owned(),
            };
            assert_eq!(target, expected, "{words}");
            // What is named between the marks is what it leads to.
            if let Doubt::FieldMissing(field) | Doubt::FieldUncertain(field) | Doubt::BelowDemand(field, _) = doubt {
                assert!(words.contains(field.label_ja()) && target.ends_with(field.code()), "{words}");
            }
            // A form without that field has no place for it but its kind.
            let bare = reason(&words, &[], true).target;
            assert!(["kind", "choose-institution", "arrange", "arrival"].contains(&&*bare), "{words}: {bare}");
        }
        for (doubt, target) in [
            (Doubt::OtherKindAmong, "arrange"),
            (Doubt::Parted, "arrange"),
            (Doubt::Alert(AlertCode::MissingPage), "arrange"),
            (Doubt::Alert(AlertCode::PartUnread), "arrival"),
            (Doubt::KindUncertain(Kind::ReplyLetter), "kind"),
            (Doubt::Twin, "choose-patient"),
            (Doubt::SenderRival, "choose-institution"),
            (Doubt::SexDiffers, "f-patient_sex"),
        ] {
            assert_eq!(reason(&doubt.words(), FieldName::ALL, true).target, target, "{doubt:?}");
        }
    }

    #[test]
    fn a_sentence_of_an_earlier_version_leads_by_what_it_names() {
        use FieldName::*;
        let shown = [PatientName, PatientKana, PatientBirthDate, PatientSex, PatientId, SenderInstitutionName, Purpose];
        for (text, target) in [
            ("フリガナの読みが確かではありません。", "f-patient_kana"),
            ("「目的」が読めません。", "f-purpose"),
            ("同じ読みの患者が台帳に2人います。", "choose-patient"),
            ("差出医療機関の候補が三つあります。", "choose-institution"),
            ("種類が確かではありません。", "kind"),
        ] {
            assert_eq!(reason(text, &shown, true).target, target, "{text}");
        }
    }
}
