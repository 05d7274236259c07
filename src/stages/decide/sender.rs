//! Whether the sending institution is certain: its name and something that is not its name agree, and nothing differs
//! that should not. Names alone are weak: one in five institutions shares its name with another.

use super::{DecideInput, amended, verdict};
use crate::domain::{Candidate, FieldName, Verdict};

/// Probability from which a sender may go unasked.
pub(super) const CERTAIN: f64 = 0.99;
/// Probability above which another institution is a rival.
const RIVAL: f64 = 0.005;
/// The reading contract's threshold of a link.
const LINK: f64 = 0.5;

/// What speaks against taking the sender as certain.
pub(super) fn reasons(input: &DecideInput<'_>, reasons: &mut Vec<String>) {
    let candidates = &input.matches.institution;
    let Some(first) = candidates.first().filter(|c| c.score >= LINK) else {
        reasons.push("差出医療機関を台帳で確認できません。名称・電話・医療機関コードを確認してください。".to_owned());
        return;
    };
    let before = reasons.len();
    let of = |field| verdict(&first.evidence, field);
    if of(FieldName::SenderInstitutionCode) == Verdict::Differ {
        reasons.push(
            "医療機関コードが候補の医療機関のものと異なります。別の医療機関でないか確認してください。".to_owned(),
        );
    }
    if numbers(first).iter().all(|v| *v == Verdict::Differ) {
        reasons.push("差出元の電話・FAXが台帳と異なります。同名の別の医療機関でないか確認してください。".to_owned());
    }
    let name = name(first);
    let name_amended = amended(input, FieldName::SenderInstitutionName) || amended(input, FieldName::PharmacyName);
    let beside = beside_name(first);
    match name {
        Verdict::Agree | Verdict::Close if beside >= 1 => {}
        Verdict::Agree | Verdict::Close => reasons.push(
            "差出医療機関は名称だけで照合されています。電話・住所・コードのいずれかを確認してください。".to_owned(),
        ),
        // Misread beyond likeness, but everything else is this institution's.
        Verdict::Differ | Verdict::Unknown if beside >= 3 => {}
        // So misread that it was set right: no other institution's name, nor the ending of another sort of house.
        Verdict::Differ if beside >= 1 && name_amended => {}
        Verdict::Differ => reasons
            .push("差出医療機関の名称が台帳と異なります。支店・併設施設・改称でないか確認してください。".to_owned()),
        Verdict::Unknown => reasons.push("差出医療機関の名称が読み取れていません。".to_owned()),
    }
    if candidates[1..].iter().any(|c| c.score > RIVAL) {
        reasons.push("差出医療機関の候補が複数あります。名称と所在地を見比べてください。".to_owned());
    } else if reasons.len() == before && first.score < CERTAIN {
        reasons.push("差出医療機関の候補が確実ではありません。電話番号と所在地を確認してください。".to_owned());
    }
}

fn name(c: &Candidate) -> Verdict {
    match verdict(&c.evidence, FieldName::SenderInstitutionName) {
        Verdict::Unknown => verdict(&c.evidence, FieldName::PharmacyName),
        known => known,
    }
}

/// How telephone and fax compare; none when the document gives neither.
fn numbers(c: &Candidate) -> Vec<Verdict> {
    let both = [FieldName::SenderPhone, FieldName::SenderFax].map(|f| verdict(&c.evidence, f));
    let known: Vec<Verdict> = both.into_iter().filter(|v| *v != Verdict::Unknown).collect();
    if known.is_empty() { vec![Verdict::Unknown] } else { known }
}

/// Independent things beside the name that agree: a number, the code, the address, a doctor who works there.
fn beside_name(c: &Candidate) -> usize {
    let agree = |f| verdict(&c.evidence, f) == Verdict::Agree;
    usize::from(numbers(c).contains(&Verdict::Agree))
        + usize::from(agree(FieldName::SenderInstitutionCode))
        + usize::from(agree(FieldName::SenderAddress))
        + usize::from(agree(FieldName::SenderDoctorName) || agree(FieldName::DoctorName))
}
