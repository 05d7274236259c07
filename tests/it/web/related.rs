//! What belongs to what, and records that are corrected: nothing is taken out of the referral database, every step is on record.

use super::http::Client;
use super::seed::{self, Desk, PASSWORD};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::review::Relation;
use uketsuke::store::audit;

async fn signed_in(desk: &Desk) -> (Client, String) {
    let mut client = Client::new(desk.address);
    client.sign_in("mihara", PASSWORD).await;
    let csrf = client.csrf().await;
    (client, csrf)
}

const CHOSEN: &[(&str, &str)] = &[
    ("patient", "id:00048213"),
    ("institution", "id:K0012"),
    ("compared", "00048213:patient_name"),
    ("compared", "00048213:patient_birth_date"),
    ("blank_ok", "1"),
];

on_both_databases! {
    async fn what_was_sent_again_is_compared_and_set_beside_the_first(db: Db) {
        let desk = Desk::open(db).await;
        let first = desk.letter().await;
        let delivery = desk.delivery("again.tif", Channel::Fax, &seed::blank_page(), 0).await;
        let mut reading = seed::letter(&BTreeMap::new());
        seed::put(&mut reading, FieldName::Diagnosis, "労作性狭心症の疑い、糖尿病", 0.9);
        let again = desk.propose(&delivery, &reading, 0, 60_000).await;
        let (mut client, csrf) = signed_in(&desk).await;
        client.post(&format!("/items/{again}/hold"), &[("csrf", &csrf)]).await;
        let page = client.get(&format!("/items/{again}/related?with={first}")).await.text();
        assert!(page.contains("違う項目 1") && page.contains("<mark>"), "{page}");
        assert!(page.contains(&format!("/items/{again}/related?with={first}")), "the first one is among those to choose from");

        let version = desk.document(&again).await.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("to", first.as_str()), ("as", "resent")];
        let to_itself = [("csrf", csrf.as_str()), ("version", &version), ("to", again.as_str()), ("as", "resent")];
        assert_eq!(client.post(&format!("/items/{again}/relate"), &to_itself).await.status, 409);
        assert_eq!(client.post(&format!("/items/{again}/relate"), &form).await.status, 303);
        let document = desk.document(&again).await;
        assert_eq!((document.state, document.relation, document.related_to.as_ref()), (DocumentState::SetAside, Some(Relation::Resent), Some(&first)));
        assert_eq!(document.set_aside_reason.as_deref(), Some("同じ文書の再送"));
        assert!(client.get(&format!("/items/{first}")).await.text().contains(&format!("/items/{again}")), "the first one names it");
        // Nothing is attached to what is attached itself.
        client.post(&format!("/items/{first}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&first).await.version.to_string();
        let circle = [("csrf", csrf.as_str()), ("version", &version), ("to", again.as_str()), ("as", "attached")];
        assert_eq!(client.post(&format!("/items/{first}/relate"), &circle).await.status, 409);

        let version = desk.document(&again).await.version.to_string();
        client.post(&format!("/items/{again}/put-back"), &[("csrf", &csrf), ("version", &version)]).await;
        let document = desk.document(&again).await;
        assert_eq!((document.state, document.relation, document.related_to), (DocumentState::Proposed, None, None));
    }

    async fn pages_that_came_apart_are_shown_behind_the_document(db: Db) {
        let desk = Desk::open(db).await;
        let first = desk.letter().await;
        let delivery = desk.delivery("rest.tif", Channel::Fax, &seed::blank_page(), 0).await;
        let rest = desk.propose(&delivery, &seed::letter(&BTreeMap::new()), 0, 60_000).await;
        let (mut client, csrf) = signed_in(&desk).await;
        client.post(&format!("/items/{rest}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&rest).await.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("to", first.as_str()), ("as", "attached")];
        assert_eq!(client.post(&format!("/items/{rest}/relate"), &form).await.status, 303);
        let page = client.get(&format!("/items/{first}")).await.text();
        assert!(page.contains("id=\"page-a1\"") && page.contains(&format!("/deliveries/{delivery}/pages/1")));
        assert!(page.contains("ほかの文書の追加ページ"));
    }

    async fn the_sender_is_asked_on_a_sheet(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let (mut client, csrf) = signed_in(&desk).await;
        assert_eq!(client.get(&format!("/items/{id}/inquiry.pdf")).await.status, 404, "nobody is being asked");
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&id).await.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("institution", "id:K0012"), ("note", "処方の2剤目の用量をご確認ください。")];
        assert_eq!(client.post(&format!("/items/{id}/inquire"), &form).await.status, 303);
        for (address, named) in [(format!("/items/{id}/inquiry.pdf"), false), (format!("/items/{id}/inquiry.pdf?name=1"), true)] {
            let sheet = client.get(&address).await;
            assert_eq!((sheet.status, sheet.header("content-type")), (200, "application/pdf"));
            let folder = tempfile::tempdir().unwrap();
            let (pdf, txt) = (folder.path().join("sheet.pdf"), folder.path().join("sheet.txt"));
            std::fs::write(&pdf, &sheet.bytes).unwrap();
            assert!(std::process::Command::new("pdftotext").args([&pdf, &txt]).status().unwrap().success());
            let text = std::fs::read_to_string(&txt).unwrap();
            for words in ["緑ヶ岡内科クリニック", "FAX：0154-00-1122", "処方の2剤目の用量をご確認ください。", "汐見総合病院", "令和6年5月13日"] {
                assert!(text.contains(words), "{words}: {text}");
            }
            assert_eq!(text.contains("風間 灯"), named, "the name is there only where it is wanted");
            let fonts = std::process::Command::new("pdffonts").arg(&pdf).output().unwrap();
            let fonts = String::from_utf8_lossy(&fonts.stdout).into_owned();
            assert!(fonts.lines().skip(2).all(|line| line.contains(" yes yes yes ")), "the font is in it: {fonts}");
            assert!(sheet.bytes.len() < 200_000, "and only the part that is used: {}", sheet.bytes.len());
        }
        assert_eq!(desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.inquiry_printed").count(), 2);
    }

    async fn a_record_is_corrected_by_a_new_version_with_a_reason(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        let (mut client, csrf) = signed_in(&desk).await;
        let path = |verb: &str| format!("/items/{id}/{verb}");
        client.post(&path("hold"), &[("csrf", &csrf)]).await;
        let confirm = async |client: &mut Client, diagnosis: &str| {
            let version = desk.document(&id).await.version.to_string();
            let form = [&[("csrf", csrf.as_str()), ("version", version.as_str()), ("kind", "referral_letter"), ("f.diagnosis", diagnosis)], CHOSEN].concat();
            assert_eq!(client.post(&path("confirm"), &form).await.status, 303);
        };
        confirm(&mut client, "狭心症").await;
        desk.push_all(referral.clone()).await;
        let pushed = desk.document(&id).await;
        assert_eq!(pushed.state, DocumentState::Pushed);
        let recorded = async || {
            let mut tx = referral.read().await.unwrap();
            uketsuke::referral_db::find(&mut tx, &id).await.unwrap().unwrap()
        };
        let before = recorded().await;
        assert_eq!(before.values.get("diagnosis").map(String::as_str), Some("狭心症"));

        let version = pushed.version.to_string();
        let without = client.post(&path("reopen"), &[("csrf", &csrf), ("version", &version), ("reason", " ")]).await;
        assert_eq!(without.status, 409, "a correction needs its reason");
        let form = [("csrf", csrf.as_str()), ("version", &version), ("reason", "診断名の誤り")];
        assert_eq!(client.post(&path("reopen"), &form).await.status, 303);
        let opened = desk.document(&id).await;
        assert_eq!((opened.state, opened.correction_reason.as_deref()), (DocumentState::InReview, Some("診断名の誤り")));
        assert_eq!(recorded().await, before, "the record stands until it is confirmed again");
        let version = opened.version.to_string();
        let aside = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("aside", "advertisement")];
        assert_eq!(client.post(&path("set-aside"), &aside).await.status, 409, "what has a record is not set aside");

        // Given up, it says again what the record says.
        let version = desk.document(&id).await.version.to_string();
        let draft = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("f.diagnosis", "書きかけ"), ("patient", "id:00048213")];
        client.post(&path("save"), &draft).await;
        let version = desk.document(&id).await.version.to_string();
        assert_eq!(client.post(&path("give-up"), &[("csrf", &csrf), ("version", &version)]).await.status, 303);
        let stands = desk.document(&id).await;
        assert_eq!((stands.state, &stands.values[&FieldName::Diagnosis][..]), (DocumentState::Pushed, "狭心症"));
        assert_eq!((stands.record_id.as_ref(), stands.approved_by.as_ref()), (pushed.record_id.as_ref(), pushed.approved_by.as_ref()));

        let version = stands.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("reason", "診断名の誤り")];
        assert_eq!(client.post(&path("reopen"), &form).await.status, 303);
        confirm(&mut client, "労作性狭心症").await;
        desk.push_all(referral.clone()).await;
        let corrected = desk.document(&id).await;
        assert_eq!((corrected.state, corrected.correction_reason.as_ref()), (DocumentState::Pushed, None));
        assert_eq!(corrected.record_id, pushed.record_id, "the same record, in a new version");
        assert_eq!(recorded().await.values.get("diagnosis").map(String::as_str), Some("労作性狭心症"));
        let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
        assert!(log.iter().any(|row| row.verb == "document.reopened" && row.detail.contains("診断名の誤り")));
    }
}
