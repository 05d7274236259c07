//! Whether the patient is certain: two independent identifiers agree, nothing differs that should not, and nobody else
//! could be meant.

use super::{DecideInput, amended, concerns_patient, master, verdict};
use crate::domain::{Candidate, FieldName, Verdict};
use crate::text::fold;

/// Probability from which a patient may go unasked.
pub(super) const CERTAIN: f64 = 0.995;
/// Probability above which another patient is a rival.
const RIVAL: f64 = 0.002;
/// The reading contract's threshold of a link.
const LINK: f64 = 0.5;

/// What speaks against taking the patient as certain.
pub(super) fn reasons(input: &DecideInput<'_>, reasons: &mut Vec<String>) {
    let candidates = &input.matches.patient;
    let named = input.fields.contains_key(&FieldName::PatientName) || input.fields.contains_key(&FieldName::PatientId);
    if !concerns_patient(input) {
        if named || candidates.first().is_some_and(|c| c.score >= LINK) {
            reasons.push(
                "患者に関わらない種類の文書ですが、患者の記載があるようです。種類を確認してください。".to_owned(),
            );
        }
        return;
    }
    if !input.fields.contains_key(&FieldName::PatientName) {
        reasons.push("患者氏名が読み取れていません。氏名と生年月日を原本で確認してください。".to_owned());
        return;
    }
    let Some(first) = candidates.first().filter(|c| c.score >= LINK) else {
        reasons.push(
            "患者台帳に該当者が見つかりません。新患か、氏名・生年月日・患者IDの読み取りを確認してください。".to_owned(),
        );
        return;
    };
    let before = reasons.len();
    differences(first, amended(input, FieldName::PatientName), reasons);
    identifiers(first, reasons);
    rivals(first, &candidates[1..], reasons);
    if reasons.len() == before && first.score < CERTAIN {
        reasons.push("患者の候補が確実ではありません。氏名と生年月日を台帳と照合してください。".to_owned());
    }
}

fn differences(first: &Candidate, name_amended: bool, reasons: &mut Vec<String>) {
    let of = |field| verdict(&first.evidence, field);
    let differ = |field| of(field) == Verdict::Differ;
    if matches!(of(FieldName::PatientBirthDate), Verdict::Differ | Verdict::Close) {
        reasons.push("生年月日が台帳と一致しません。原本の年号と数字を確認してください。".to_owned());
    }
    if matches!(of(FieldName::PatientId), Verdict::Differ | Verdict::Close) {
        reasons.push("患者IDが台帳と一致しません。当院の番号か、別の患者の番号でないか確認してください。".to_owned());
    }
    if differ(FieldName::PatientSex) {
        reasons.push("性別が台帳と異なります。○印の位置を確認してください。".to_owned());
    }
    match of(FieldName::PatientName) {
        Verdict::Agree => {}
        Verdict::Close if sure_in_spite_of_name(first) => {}
        // Misread beyond likeness, and no other name: its reading, the birth date and one more are this patient's.
        Verdict::Differ if name_amended && sure_in_spite_of_name(first) => {}
        Verdict::Close => reasons.push(
            "患者氏名が台帳と完全には一致しません（似た字・異なる字体）。別人でないか確認してください。".to_owned(),
        ),
        Verdict::Differ => {
            reasons.push("患者氏名が台帳と異なります。読み取り・改姓・別人のいずれか確認してください。".to_owned())
        }
        Verdict::Unknown => {
            reasons.push("患者氏名を台帳の表記と比べられません。フリガナと生年月日で確認してください。".to_owned())
        }
    }
    if differ(FieldName::PatientKana) && others_agree(first) == 0 {
        reasons.push("フリガナが台帳と異なります。氏名の読みを確認してください。".to_owned());
    }
    if differ(FieldName::PatientPhone) && differ(FieldName::PatientAddress) {
        reasons.push("住所と電話がともに台帳と異なります。同姓同名の別人か、転居かを確認してください。".to_owned());
    }
}

/// How many of telephone, address and the hospital's own number agree: evidence beside name and birth date.
fn others_agree(c: &Candidate) -> usize {
    [FieldName::PatientPhone, FieldName::PatientAddress, FieldName::PatientId]
        .into_iter()
        .filter(|f| verdict(&c.evidence, *f) == Verdict::Agree)
        .count()
}

/// A name that reads as the master's but for a glyph of like shape, with reading, birth date and one more that agree.
fn sure_in_spite_of_name(c: &Candidate) -> bool {
    let agree = |f| verdict(&c.evidence, f) == Verdict::Agree;
    agree(FieldName::PatientKana) && agree(FieldName::PatientBirthDate) && others_agree(c) >= 1
}

/// The rule of two identifiers: name and birth date, or name and number.
fn identifiers(first: &Candidate, reasons: &mut Vec<String>) {
    let agree = |f| verdict(&first.evidence, f) == Verdict::Agree;
    if !agree(FieldName::PatientBirthDate) && !agree(FieldName::PatientId) {
        reasons.push("生年月日も患者IDも一致を確認できません。2項目以上で本人を確認してください。".to_owned());
    }
}

fn rivals(first: &Candidate, others: &[Candidate], reasons: &mut Vec<String>) {
    let known_by_number = verdict(&first.evidence, FieldName::PatientId) == Verdict::Agree
        && verdict(&first.evidence, FieldName::PatientName) == Verdict::Agree;
    for other in others {
        if twin(first, other) && !known_by_number {
            reasons.push(
                "生年月日が同じ家族（双子など）が台帳にいます。名の漢字・フリガナ・患者IDで確認してください。"
                    .to_owned(),
            );
        } else if namesake_nearby(other) {
            reasons.push("同姓同名で生年月日の近い患者がいます。生年月日を一字ずつ確認してください。".to_owned());
        } else if other.score > RIVAL {
            reasons.push("ほかにも可能性のある患者がいます。候補を見比べてください。".to_owned());
        } else {
            continue;
        }
        return;
    }
}

/// Born on the same day into the same family: what siblings share proves nothing between them.
pub(super) fn twin(first: &Candidate, other: &Candidate) -> bool {
    let family = |c: &Candidate| {
        let name = fold::tidy(master(&c.evidence, FieldName::PatientName));
        crate::text::variants::search_name(name.split(' ').next().unwrap_or(""))
    };
    let agree = |f| verdict(&other.evidence, f) == Verdict::Agree;
    let house = agree(FieldName::PatientPhone) || agree(FieldName::PatientAddress);
    agree(FieldName::PatientBirthDate) && (house || family(first) == family(other))
}

/// The same name, and a birth date that a misreading could have made of the other.
fn namesake_nearby(other: &Candidate) -> bool {
    matches!(verdict(&other.evidence, FieldName::PatientName), Verdict::Agree | Verdict::Close)
        && matches!(verdict(&other.evidence, FieldName::PatientBirthDate), Verdict::Agree | Verdict::Close)
}
