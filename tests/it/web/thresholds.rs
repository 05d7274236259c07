//! A threshold raised on the page, in Chromium: what the program would have called ready before is not ready after.

use super::browser::Driver;
use super::http::Client;
use super::seed::{Desk, HOUR, PASSWORD, blank_page, letter};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::review::{Compared, Correction, PatientChoice};

const CERTAIN: &[&str] = &[
    "診療情報提供書",
    "令和6年5月13日",
    "汐見総合病院 循環器内科 先生 御侍史",
    "紹介元医療機関の名称 医療法人 緑ヶ岡内科クリニック",
    "所在地 釧路市緑ヶ岡町7丁目14-3",
    "電話番号 0154-00-1121",
    "FAX 0154-00-1122",
    "医師氏名 羽田野 悠",
    "患者氏名 星野 翼 様",
    "フリガナ ホシノ ツバサ",
    "性別 男",
    "生年月日 昭和47年1月30日 52歳",
    "患者住所 釧路郡釧路町木場2-2",
    "患者電話番号 0154-00-9012",
    "患者ID 00060031",
    "傷病名：高血圧症",
    "紹介目的 精査加療をお願いいたします。",
];

/// Confirms a letter whose birth date was read with that confidence, rightly or not.
async fn confirmed(desk: &Desk, by: &UserId, no: usize, confidence: f32, right: bool) {
    let delivery = desk.delivery(&format!("earlier-{no}.tif"), Channel::Fax, &blank_page(), HOUR).await;
    let mut reading = letter(&BTreeMap::new());
    let found = reading.fields.get_mut(&FieldName::PatientBirthDate).unwrap();
    found.confidence = confidence;
    found.value = if right { "1957-04-05" } else { "1957-04-06" }.to_owned();
    let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;
    let held = desk.review.hold(by, &id).await.unwrap().document;
    let values = [
        (FieldName::PatientName, "風間 灯"),
        (FieldName::PatientBirthDate, "1957-04-05"),
        (FieldName::Purpose, "精査"),
    ];
    let said = Correction {
        kind: Kind::ReferralLetter,
        values: values.into_iter().map(|(field, value)| (field, value.to_owned())).collect(),
        patient: Some(PatientChoice::NotInMaster),
        institution_id: None,
        doctor_id: None,
    };
    desk.review.confirm(by, &id, held.version, &said, &Compared::default()).await.unwrap();
}

async fn decided(desk: &Desk, name: &str) -> (DocumentId, Decision, Vec<String>) {
    let (_, ids) = desk.fax(name, &[CERTAIN], &[&[1]]).await;
    let document = desk.document(&ids[0]).await;
    (ids[0].clone(), document.decision, document.reading.reasons.clone())
}

on_both_databases! {
    async fn what_was_ready_before_is_not_ready_after_the_threshold_rose(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        let by = desk.staff("mihara").await;
        let (before, decision, reasons) = decided(&desk, "before.tif").await;
        assert_eq!((decision, reasons), (Decision::Ready, vec![]));
        for no in 0..40 {
            confirmed(&desk, &by, no, 1.0, true).await;
        }
        for no in 40..50 {
            confirmed(&desk, &by, no, 0.98, false).await;
        }
        let driver = Driver::start();
        let browser = driver.browser().await;
        browser.go(&desk.url("/queue")).await;
        browser.fill("#login", "shitsucho").await;
        browser.fill("#password", PASSWORD).await;
        browser.click(".primary").await;
        browser.wait(".queue").await;
        browser.go(&desk.url("/quality?days=90&wanted=99.5")).await;
        browser.wait("#proposals").await;
        assert!(browser.text("#threshold-patient_birth_date").await.contains("件数が足りないため設定できません"));
        assert_eq!(browser.js("return document.querySelectorAll('#proposals form').length").await, 0);
        browser.go(&desk.url("/quality?days=90&wanted=90")).await;
        browser.wait("#threshold-patient_birth_date form").await;
        let row = browser.text("#threshold-patient_birth_date").await;
        assert!(row.contains("組み込み") && row.contains("1.000以上（40件中40件が正しい）"), "{row}");
        browser.fill("#threshold-patient_birth_date [name=reason]", "生年月日の誤りが続いたため").await;
        browser.click("#threshold-patient_birth_date button").await;
        browser.until("document.querySelector('.notice')?.innerText.includes('基準を設定しました')").await;
        let history = browser.text("#versions").await;
        assert!(history.contains("0.600 → 1.000") && history.contains("40件中40件") && history.contains("shitsucho"), "{history}");
        assert_eq!(browser.js("return document.documentElement.scrollWidth <= window.innerWidth").await, true);
        browser.js("document.querySelector('#thresholds').scrollIntoView()").await;
        browser.picture("70-thresholds").await;

        // The same fax again.
        let (after, decision, reasons) = decided(&desk, "after.tif").await;
        assert_eq!(decision, Decision::Review);
        assert_eq!(reasons, ["「生年月日」の確信度が、設定した基準（1.000）に届きません。原本の画像と見比べてください。"]);
        assert_eq!(desk.document(&before).await.decision, Decision::Ready, "what waits keeps its decision");
        browser.go(&desk.url(&format!("/items/{after}"))).await;
        browser.until("document.body.innerText.includes('設定した基準（1.000）')").await;
        browser.picture("71-threshold-holds-back").await;

        // Somebody else's stale page changes nothing; one click takes it back.
        let mut client = Client::new(desk.address);
        client.sign_in("shitsucho", PASSWORD).await;
        let csrf = client.csrf().await;
        let stale = [
            ("csrf", csrf.as_str()), ("days", "90"), ("wanted", "90"), ("field", "patient_birth_date"), ("seen", "0"),
            ("proposed", "999000"), ("reason", "x"),
        ];
        assert_eq!(client.post("/quality/thresholds", &stale).await.status, 409);
        let mut mihara = Client::new(desk.address);
        mihara.sign_in("mihara", PASSWORD).await;
        let theirs = mihara.csrf().await;
        let not_theirs = [("csrf", theirs.as_str()), ("field", "patient_birth_date"), ("version", "1")];
        assert_eq!(mihara.post("/quality/thresholds/undo", &not_theirs).await.status, 403);
        browser.go(&desk.url("/quality?days=90&wanted=90")).await;
        browser.wait("#versions form").await;
        browser.click("#versions form button").await;
        browser.until("document.querySelector('.notice')?.innerText.includes('一つ前の値に戻しました')").await;
        let (_, decision, _) = decided(&desk, "undone.tif").await;
        assert_eq!(decision, Decision::Ready);
        browser.close().await;
    }
}
