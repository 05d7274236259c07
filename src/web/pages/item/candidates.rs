//! Patients, institutions and doctors of the masters as choices: what agrees, what differs, what is unknown. Nothing is chosen here.

use super::differ::{self, Runs};
use crate::domain::{Candidate, Doctor, Evidence, FieldName, Institution, Patient, Verdict};
use crate::review::compared::{IDENTIFIERS, of_master};
use crate::store::documents::Document;
use crate::store::masters::Likeness;
use crate::web::words;

/// A field that is not the same on both sides.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Which field.
    pub label: &'static str,
    /// As on the document.
    pub seen: Runs,
    /// As in the master.
    pub master: Runs,
}

/// A row of a master as a choice.
#[derive(Clone, Debug, Default)]
pub struct CandidateView {
    /// The master's id.
    pub id: String,
    /// Name.
    pub title: String,
    /// What identifies it best.
    pub sub: String,
    /// The rest.
    pub more: String,
    /// A word about it.
    pub note: String,
    /// Digit that picks it; 0 for none.
    pub key: usize,
    /// Whether it is picked.
    pub on: bool,
    /// Fields that agree.
    pub agree: Vec<&'static str>,
    /// Fields that nearly agree.
    pub close: Vec<Pair>,
    /// Fields that differ.
    pub differ: Vec<Pair>,
    /// Fields that are missing on one side.
    pub unknown: Vec<&'static str>,
    /// Who is easily taken for this one, and why.
    pub warned: Vec<String>,
    /// Identifiers to be compared with the image once it is picked.
    pub ticks: Vec<Tick>,
}

/// A group of choices of which one is picked.
#[derive(Clone, Debug, Default)]
pub struct Chooser {
    /// `patient`, `institution` or `doctor`.
    pub name: &'static str,
    /// Heading.
    pub legend: &'static str,
    /// Whether a person must choose.
    pub needed: bool,
    /// Whether the choice is missing.
    pub wrong: bool,
    /// The choices, best first.
    pub candidates: Vec<CandidateView>,
    /// Whether all but the first choice stand behind a fold.
    pub folded: bool,
    /// Whether "not in the master" is picked.
    pub none: bool,
    /// Words of that choice.
    pub none_words: &'static str,
    /// Label of the search.
    pub find_words: &'static str,
    /// What was searched for.
    pub asked: String,
    /// Said when there are no choices.
    pub empty_words: &'static str,
}

impl Chooser {
    /// What is in sight from the beginning.
    pub fn in_sight(&self) -> &[CandidateView] {
        if self.folded { self.candidates.get(..1).unwrap_or_default() } else { &self.candidates }
    }

    /// What stands behind a fold.
    pub fn behind(&self) -> &[CandidateView] {
        if self.folded { self.candidates.get(1..).unwrap_or_default() } else { &[] }
    }
}

/// An identifier to be compared with the image: the master's value beside the page.
#[derive(Clone, Debug)]
pub struct Tick {
    /// Code of the field, or `ASKED`.
    pub code: &'static str,
    /// What is sent: whose, and which.
    pub value: String,
    /// What staff call it.
    pub label: &'static str,
    /// As in the master.
    pub master: Runs,
    /// As read from the page.
    pub seen: Runs,
    /// Sign beside the reading.
    pub sign: &'static str,
    /// Word beside the sign.
    pub word: &'static str,
    /// Whether the person ticked it before something else was refused.
    pub on: bool,
}

/// Stands in for an identifier that the page does not show: the sender was asked.
pub const ASKED: &str = "asked";

/// What is to be compared with the image before this patient is linked. Nothing is ticked but what the person ticked.
pub fn ticks(row: &Patient, document: &Document, ticked: &[String]) -> Vec<Tick> {
    let tick = |code: &'static str, label| {
        let value = format!("{}:{code}", row.patient_id);
        let on = ticked.contains(&value);
        Tick { code, value, label, master: Runs::new(), seen: Runs::new(), sign: "", word: "", on }
    };
    let kept = IDENTIFIERS.iter().filter(|field| !of_master(row, **field).trim().is_empty());
    let mut all: Vec<Tick> = kept
        .map(|field| {
            let seen = document.values.get(field).map(String::as_str).unwrap_or_default();
            let kept = of_master(row, *field);
            // What was not read differs from nothing.
            let (seen, master) =
                if seen.is_empty() { (Runs::new(), vec![(true, kept.to_owned())]) } else { differ::runs(seen, kept) };
            let (sign, word) = match (seen.is_empty(), seen == master) {
                (true, _) => ("－", "読み取りなし"),
                (false, true) => ("○", "読みは同じ"),
                (false, false) => ("×", "読みが違う"),
            };
            let master = match words::era(kept) {
                Some(era) if *field == FieldName::PatientBirthDate => {
                    master.into_iter().chain([(true, format!("（{era}）"))]).collect()
                }
                _ => master,
            };
            Tick { master, seen, sign, word, ..tick(field.code(), short(*field)) }
        })
        .collect();
    all.push(tick(ASKED, "送信元に電話で確認した（書面に1つしかないとき）"));
    all
}

/// Adds what the matching found.
pub fn with_evidence(mut view: CandidateView, candidate: &Candidate) -> CandidateView {
    view.note = format!("一致度 {:.0}%", (candidate.score * 100.0).floor().clamp(0.0, 99.0));
    for Evidence { field, verdict, seen, master } in &candidate.evidence {
        let label = short(*field);
        let pair = || {
            let (seen, master) = differ::runs(words::shown(*field, seen), words::shown(*field, master));
            Pair { label, seen, master }
        };
        match verdict {
            Verdict::Agree => view.agree.push(label),
            Verdict::Close => view.close.push(pair()),
            Verdict::Differ => view.differ.push(pair()),
            Verdict::Unknown => view.unknown.push(label),
        }
    }
    view
}

fn short(field: FieldName) -> &'static str {
    match field {
        FieldName::PatientName => "氏名",
        FieldName::PatientPhone | FieldName::SenderPhone => "電話",
        FieldName::PatientAddress | FieldName::SenderAddress => "住所",
        FieldName::PatientPostalCode | FieldName::SenderPostalCode => "郵便番号",
        FieldName::PatientId => "当院ID",
        FieldName::SenderInstitutionName => "名称",
        FieldName::SenderFax => "FAX",
        FieldName::SenderDoctorName => "医師名",
        FieldName::SenderDepartment => "診療科",
        other => other.label_ja(),
    }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("　")
}

/// Who is easily taken for this patient, in words.
pub fn warning(likeness: Likeness, other: &Patient) -> String {
    let Patient { name, birth_date, patient_id, .. } = other;
    match likeness {
        Likeness::Name => format!("同姓同名の患者がほかにいます：{birth_date}生（ID {patient_id}）"),
        Likeness::Reading => format!("同じ読みの患者がほかにいます：{name} {birth_date}生（ID {patient_id}）"),
        Likeness::Twin => format!("生年月日と住所または電話が同じ患者（双子など）がいます：{name}（ID {patient_id}）"),
    }
}

/// A patient as a choice.
pub fn patient(row: &Patient) -> CandidateView {
    let birth = match words::era(&row.birth_date) {
        Some(era) => format!("{}（{era}）生", row.birth_date),
        None => row.birth_date.clone(),
    };
    let sex = words::shown(FieldName::PatientSex, &row.sex);
    CandidateView {
        id: row.patient_id.clone(),
        title: row.name.clone(),
        sub: joined(&[&row.kana, &birth, sex]),
        more: joined(&[&format!("ID {}", row.patient_id), &row.phone, &row.address]),
        ..CandidateView::default()
    }
}

/// An institution as a choice.
pub fn institution(row: &Institution) -> CandidateView {
    let code =
        if row.institution_code.is_empty() { String::new() } else { format!("コード {}", row.institution_code) };
    let fax = if row.fax.is_empty() { String::new() } else { format!("FAX {}", row.fax) };
    let registered = if row.registered == "1" { "登録医あり" } else { "" };
    CandidateView {
        id: row.institution_id.clone(),
        title: row.name.clone(),
        sub: joined(&[&row.kind, registered]),
        more: joined(&[&code, &row.phone, &fax, &row.address]),
        ..CandidateView::default()
    }
}

/// A doctor as a choice.
pub fn doctor(row: &Doctor) -> CandidateView {
    let registered =
        if row.registered_on.is_empty() { String::new() } else { format!("登録医 {}", row.registered_on) };
    CandidateView {
        id: row.doctor_id.clone(),
        title: row.name.clone(),
        sub: joined(&[&row.kana, &row.department, &registered]),
        ..CandidateView::default()
    }
}

/// A master's row that is gone, of which only the id is known.
pub fn gone(id: &str) -> CandidateView {
    CandidateView {
        id: id.to_owned(),
        title: format!("ID {id}"),
        sub: "（台帳から消えています）".to_owned(),
        ..CandidateView::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_sorted_into_words() {
        let evidence = |field, verdict, seen: &str, master: &str| Evidence {
            field,
            verdict,
            seen: seen.into(),
            master: master.into(),
        };
        let candidate = Candidate {
            id: "1".into(),
            score: 0.9999,
            evidence: vec![
                evidence(FieldName::PatientName, Verdict::Agree, "佐藤 花子", "佐藤 花子"),
                evidence(FieldName::PatientSex, Verdict::Differ, "male", "female"),
                evidence(FieldName::PatientPhone, Verdict::Unknown, "", "03"),
            ],
        };
        let view = with_evidence(patient(&Patient::default()), &candidate);
        assert_eq!(view.agree, ["氏名"]);
        assert_eq!(view.unknown, ["電話"]);
        assert_eq!(view.differ[0].seen, [(false, "男".to_owned())]);
        assert_eq!(view.note, "一致度 99%", "no candidate is ever shown as certain");
        assert!(!view.on, "nothing is chosen for staff");
    }
}
