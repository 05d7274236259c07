//! What a submitted form means: a correction, and what still stands in the way of confirming. It changes nothing.

use super::{candidates, fields, typed, view};
use crate::db::ReadTx;
use crate::domain::{FieldName, Kind, Recipes};
use crate::review::compared::{self, IDENTIFIERS};
use crate::review::{Compared, Correction, PatientChoice, Refused};
use crate::store::documents::Document;
use crate::store::masters;
use crate::web::csrf::Form;
use crate::web::error::WebError;
use crate::web::words;

/// Reasons for setting a document aside: code and words.
pub const ASIDE: &[(&str, &str)] = &[
    ("advertisement", "広告・営業"),
    ("misdirected", "誤送信（宛先が当院ではない）"),
    ("duplicate", "同じ文書の再送・重複"),
    ("not_needed", "登録の必要がない（お知らせなど）"),
    ("technical", "通信テスト・白紙・読めない"),
    ("other", "その他（補足に書く）"),
];

/// The version that was on the screen.
pub fn version(form: &Form) -> Result<i64, WebError> {
    form.text("version").parse().map_err(|_| WebError::BadRequest)
}

/// What the form says about a document; what it does not mention stays.
pub async fn correction(
    tx: &mut ReadTx,
    form: &Form,
    document: &Document,
    recipes: &Recipes,
) -> Result<Correction, WebError> {
    let kind = Kind::from_code(form.text("kind")).unwrap_or(document.kind);
    let mut values = document.values.0.clone();
    for (code, text) in form.under("f.") {
        let Some(field) = FieldName::from_code(code) else { continue };
        match typed::tidy(field.value_type(), text).unwrap_or_else(|as_typed| as_typed) {
            value if value.is_empty() => values.remove(&field),
            value => values.insert(field, value),
        };
    }
    let patient = match form.get("patient") {
        _ if !view::concerns_patient(kind, recipes) => Some(PatientChoice::NoPatient),
        Some("none") => Some(PatientChoice::NotInMaster),
        Some(choice) => match choice.strip_prefix("id:") {
            Some(id) => masters::patient(tx, id).await?.map(|row| PatientChoice::Linked(row.patient_id)),
            None => None,
        },
        None => None,
    };
    let institution_id = match form.text("institution").strip_prefix("id:") {
        Some(id) => masters::institution(tx, id).await?.map(|row| row.institution_id),
        None => None,
    };
    let doctor_id = match form.text("doctor").strip_prefix("id:") {
        Some(id) => masters::doctor(tx, id).await?.map(|row| row.doctor_id),
        None => None,
    };
    Ok(Correction { kind, values, patient, institution_id, doctor_id })
}

/// What stands in the way of confirming, each with the place where it is mended; and whether only blanks do.
pub fn obstacles(
    correction: &Correction,
    compared: &Compared,
    form: &Form,
    recipes: &Recipes,
) -> (Vec<(String, String)>, bool) {
    let mut found = Vec::new();
    let mut say = |target: String, words: String| found.push((target, words));
    match correction.kind {
        Kind::Unknown => say("kind".into(), "文書の種類を選んでください。".into()),
        Kind::Advertisement => say("kind".into(), "広告・営業は登録できません。「除外」を使ってください。".into()),
        _ => {}
    }
    for (field, value) in &correction.values {
        if typed::tidy(field.value_type(), value).is_err() {
            let wrong = words::unfit(field.value_type());
            say(format!("f-{}", field.code()), format!("{}：{wrong}", field.label_ja()));
        }
    }
    match &correction.patient {
        None => say(
            "choose-patient".into(),
            "患者を選んでください。台帳にいないときは「台帳にない患者」を選びます。".into(),
        ),
        Some(PatientChoice::Linked(_)) if !compared::enough(compared) => {
            say("compare".into(), Refused::NotCompared.message_ja());
        }
        Some(PatientChoice::NotInMaster) if !correction.values.contains_key(&FieldName::PatientName) => {
            say("f-patient_name".into(), "台帳にない患者は、氏名を入力してください。".into());
        }
        Some(_) => {}
    }
    let firm = !found.is_empty();
    let blanks: Vec<FieldName> = fields::needed(correction.kind, recipes)
        .into_iter()
        .filter(|field| !correction.values.contains_key(field))
        .collect();
    let accepted = form.get("blank_ok").is_some();
    if !accepted {
        for field in &blanks {
            found.push((format!("f-{}", field.code()), format!("{}が空です。", field.label_ja())));
        }
    }
    (found, !blanks.is_empty() && (!firm || accepted))
}

/// What was ticked as compared with the image, for the chosen patient; ticks made for somebody else do not count.
pub fn compared(form: &Form, patient: Option<&PatientChoice>) -> Compared {
    let Some(id) = patient.and_then(PatientChoice::id) else { return Compared::default() };
    let mut compared = Compared::default();
    for (_, code) in form.all("compared").filter_map(|tick| tick.rsplit_once(':')).filter(|(whose, _)| *whose == id) {
        match FieldName::from_code(code).filter(|field| IDENTIFIERS.contains(field)) {
            Some(field) if !compared.fields.contains(&field) => compared.fields.push(field),
            Some(_) => {}
            None => compared.sender_asked |= code == candidates::ASKED,
        }
    }
    compared
}

/// The reason for setting aside, in words, or what is missing.
pub fn aside_reason(form: &Form) -> Result<String, &'static str> {
    let Some((code, words)) = ASIDE.iter().find(|(code, _)| *code == form.text("aside")) else {
        return Err("除外する理由を選んでください。");
    };
    let note = form.text("aside_note").trim();
    match (*code, note.is_empty()) {
        ("other", true) => Err("「その他」のときは、補足に理由を書いてください。"),
        ("other", false) => Ok(note.to_owned()),
        (_, true) => Ok((*words).to_owned()),
        (_, false) => Ok(format!("{words}：{note}")),
    }
}

/// Values of the form that the document does not have: what would be lost.
pub fn unsaved(correction: &Correction, document: &Document) -> Vec<(&'static str, String)> {
    let differs = |(field, value): &(&FieldName, &String)| document.values.get(field) != Some(value);
    let lost = correction.values.iter().filter(differs);
    lost.map(|(field, value)| (field.label_ja(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn form(text: &str) -> Form {
        Form::of_query(Some(text))
    }

    fn linked(kind: Kind) -> Correction {
        Correction {
            kind,
            values: BTreeMap::new(),
            patient: Some(PatientChoice::Linked("1".into())),
            institution_id: None,
            doctor_id: None,
        }
    }

    #[test]
    fn a_patient_needs_two_compared_identifiers() {
        let recipes = Recipes::default();
        let correction = linked(Kind::ReplyLetter);
        let targets = |text: &str| -> Vec<String> {
            let form = form(text);
            let compared = compared(&form, correction.patient.as_ref());
            obstacles(&correction, &compared, &form, &recipes).0.into_iter().map(|(target, _)| target).collect()
        };
        assert_eq!(targets(""), ["compare"]);
        assert_eq!(targets("compared=1:patient_name&compared=1:patient_name"), ["compare"], "the same twice is one");
        assert_eq!(targets("compared=1:patient_name&compared=1:purpose"), ["compare"], "only identifiers count");
        assert_eq!(targets("compared=2:patient_name&compared=2:patient_birth_date"), ["compare"], "of somebody else");
        assert_eq!(targets("compared=patient_name&compared=patient_birth_date"), ["compare"], "of nobody");
        assert_eq!(targets("compared=1:asked"), ["compare"], "a word on the telephone alone is not enough");
        assert!(targets("compared=1:patient_name&compared=1:patient_birth_date").is_empty());
        assert!(targets("compared=1:patient_name&compared=1:asked").is_empty());
    }

    #[test]
    fn undecided_wrong_or_unknown_stands_in_the_way() {
        let recipes = Recipes::default();
        let mut correction = linked(Kind::Unknown);
        correction.patient = None;
        correction.values.insert(FieldName::PatientBirthDate, "2024-13-40".into());
        let (found, _) = obstacles(&correction, &Compared::default(), &form(""), &recipes);
        let targets: Vec<&str> = found.iter().map(|(t, _)| t.as_str()).collect();
        assert_eq!(targets, ["kind", "f-patient_birth_date", "choose-patient"]);
    }

    #[test]
    fn the_words_of_reasons_are_those_that_rights_depend_on() {
        use crate::review::access;
        let words = |code: &str| ASIDE.iter().find(|(c, _)| *c == code).map(|(_, words)| *words).unwrap();
        assert!(words("misdirected").starts_with(access::MISDIRECTED));
        assert!(words("advertisement").starts_with(access::ADVERTISEMENT));
        let others = ASIDE.iter().filter(|(code, _)| !["misdirected", "advertisement"].contains(code));
        assert!(
            others
                .into_iter()
                .all(|(_, w)| !w.starts_with(access::MISDIRECTED) && !w.starts_with(access::ADVERTISEMENT))
        );
    }

    #[test]
    fn setting_aside_needs_a_reason() {
        assert!(aside_reason(&form("")).is_err());
        assert!(aside_reason(&form("aside=other&aside_note=+")).is_err());
        assert_eq!(aside_reason(&form("aside=advertisement")).unwrap(), "広告・営業");
        assert_eq!(aside_reason(&form("aside=other&aside_note=x")).unwrap(), "x");
    }
}
