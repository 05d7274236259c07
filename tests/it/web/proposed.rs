//! What the page says of each candidate: what agrees, nearly agrees, differs or is unknown, in signs and in words, for all three choosers.

use super::seed::{self, Desk, HOUR};
use super::whole::signed_in;
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;

/// The part of the page in which one candidate stands.
fn candidate<'p>(page: &'p str, name: &str, id: &str) -> &'p str {
    let from = page
        .find(&format!("name=\"{name}\" value=\"id:{id}\""))
        .unwrap_or_else(|| panic!("{name} {id} is not offered"));
    let rest = &page[from..];
    rest.split("</label>").next().unwrap()
}

/// Sign, word for those who hear the page, and label, of everything that is said of a candidate.
fn said(part: &str) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    for piece in part.split("<span aria-hidden=\"true\">").skip(1) {
        let (sign, rest) = piece.split_once("</span>").unwrap();
        let Some(rest) = rest.strip_prefix("<span class=\"sr\">") else { continue };
        let (word, rest) = rest.split_once("：</span>").unwrap();
        let label = rest.split('<').next().unwrap();
        all.push((sign.to_owned(), word.to_owned(), label.to_owned()));
    }
    all.sort();
    all
}

on_both_databases! {
    async fn each_chooser_says_what_agrees_differs_and_is_unknown_and_stores_what_is_picked(db: Db) {
        use FieldName::*;
        use Verdict::*;
        let desk = Desk::open(db).await;
        let mut reading = seed::letter(&BTreeMap::new());
        let one = |id: &str, score: f64, evidence: &[(FieldName, Verdict, &str, &str)]| Candidate {
            id: id.into(),
            score,
            evidence: evidence.iter().map(|(field, verdict, seen, master)| Evidence { field: *field, verdict: *verdict, seen: (*seen).into(), master: (*master).into() }).collect(),
        };
        reading.matches.patient = vec![one("00048213", 0.9, &[
            (PatientName, Agree, "風間 灯", "風間 灯"),
            (PatientKana, Close, "カザマ アカり", "カザマ アカリ"),
            (PatientPhone, Differ, "0154-00-7738", "0154-00-7733"),
            (PatientId, Unknown, "", "00048213"),
        ])];
        reading.matches.institution = vec![one("K0012", 0.9, &[
            (SenderPhone, Agree, "0154-00-1121", "0154-00-1121"),
            (SenderInstitutionName, Close, "緑ヶ岡内科クリニツク", "医療法人 緑ヶ岡内科クリニック"),
            (SenderFax, Differ, "0154-00-1199", "0154-00-1122"),
            (SenderInstitutionCode, Unknown, "", "0110900001"),
        ])];
        reading.matches.doctor = vec![one("D0031", 0.9, &[
            (SenderDoctorName, Close, "羽田野 愁", "羽田野 悠"),
            (SenderDepartment, Differ, "外科", "内科"),
            (SenderInstitutionName, Agree, "緑ヶ岡内科クリニック", "緑ヶ岡内科クリニック"),
        ])];
        let delivery = desk.delivery("signs.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        assert_eq!(client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await.status, 303);
        let page = client.get(&format!("/items/{id}")).await.text();
        let row = |sign: &str, word: &str, label: &str| (sign.to_owned(), word.to_owned(), label.to_owned());
        let sorted = |mut rows: Vec<(String, String, String)>| { rows.sort(); rows };
        for (name, of, expected) in [
            ("patient", "00048213", vec![row("○", "一致", "氏名"), row("△", "ほぼ一致", "フリガナ"), row("×", "相違", "電話"), row("－", "不明", "当院ID")]),
            ("institution", "K0012", vec![row("○", "一致", "電話"), row("△", "ほぼ一致", "名称"), row("×", "相違", "FAX"), row("－", "不明", "医療機関コード")]),
            ("doctor", "D0031", vec![row("○", "一致", "名称"), row("△", "ほぼ一致", "医師名"), row("×", "相違", "診療科")]),
        ] {
            let part = candidate(&page, name, of);
            assert_eq!(said(part), sorted(expected), "{name}: {part}");
        }
        // Both sides of what differs, the differing character marked.
        let phone = candidate(&page, "patient", "00048213");
        assert!(phone.contains("書面 0154-00-773<mark>8</mark>") && phone.contains("台帳 0154-00-773<mark>3</mark>"), "{phone}");
        let doctor = candidate(&page, "doctor", "D0031");
        assert!(doctor.contains("書面 羽田野 <mark>愁</mark>") && doctor.contains("台帳 羽田野 <mark>悠</mark>"), "{doctor}");

        // Another institution is searched for and picked, and nobody as doctor; what is stored are the ids.
        let found = client.post(&format!("/items/{id}/find"), &[("csrf", &csrf), ("which", "institution"), ("text", "0154-00-3535")]).await.text();
        assert!(candidate(&found, "institution", "K0044").contains("緑ヶ丘内科医院"));
        let found = client.post(&format!("/items/{id}/find"), &[("csrf", &csrf), ("which", "doctor"), ("text", "ハタノ")]).await.text();
        assert!(candidate(&found, "doctor", "D0031").contains("羽田野 悠"));
        for (institution, doctor, stored) in [("id:K0044", "none", (Some("K0044"), None)), ("id:K0012", "id:D0031", (Some("K0012"), Some("D0031"))), ("none", "none", (None, None))] {
            let version = desk.document(&id).await.version.to_string();
            let form = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("institution", institution), ("doctor", doctor)];
            assert_eq!(client.post(&format!("/items/{id}/save"), &form).await.status, 303);
            let document = desk.document(&id).await;
            assert_eq!((document.institution_id.as_deref(), document.doctor_id.as_deref()), stored);
        }
    }
}
