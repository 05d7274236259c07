//! What stands in the referral database, from Chromium: corrected with a reason, the correction given up; a newcomer's number by two people.

use super::super::browser::{Browser, Driver};
use super::super::queue::sign_in;
use super::super::seed::Desk;
use super::{ALT_0, ALT_1, CTRL_ENTER, TAB, led, open, ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::referral_db;
use uketsuke::review::PatientChoice;
use uketsuke::store::audit;

/// Picks the first patient, ticks what was compared, confirms, and waits for what comes after.
async fn confirmed(browser: &Browser) {
    browser.keys(ALT_1).await;
    browser.until("document.activeElement?.name === 'compared'").await;
    browser.keys(&format!(" {TAB} ")).await;
    browser.until("document.querySelectorAll('[name=compared]:checked').length === 2").await;
    on(browser).await;
}

async fn on(browser: &Browser) {
    browser.js("window.before = 1").await;
    browser.keys(CTRL_ENTER).await;
    browser.until("!window.before && document.readyState === 'complete'").await;
    says(browser, "確定しました").await;
}

/// Begins a correction with that reason.
async fn reopened(browser: &Browser, desk: &Desk, id: &DocumentId, reason: &str) {
    browser.go(&desk.url(&format!("/items/{id}"))).await;
    browser.click("[popovertarget=correct]").await;
    browser.wait("#correct:popover-open").await;
    browser.fill("#reason", reason).await;
    led(browser, "#correct .primary").await;
}

on_both_databases! {
    async fn a_record_is_corrected_with_a_reason_and_a_correction_given_up(place: Place) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        let recorded = async || {
            let mut tx = referral.read().await.unwrap();
            referral_db::find(&mut tx, &id).await.unwrap().expect("a record").values["diagnosis"].clone()
        };
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        browser.fill("#f-diagnosis", "狭心症").await;
        confirmed(&browser).await;
        desk.push_all(referral.clone()).await;
        assert_eq!(recorded().await, "狭心症");

        // Not without a reason.
        reopened(&browser, &desk, &id, " ").await;
        assert_eq!(desk.document(&id).await.state, DocumentState::Pushed);
        reopened(&browser, &desk, &id, "診断名の誤り").await;
        ready(&browser).await;
        says(&browser, "訂正を始めました").await;
        browser.fill("#f-diagnosis", "書きかけ").await;
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        browser.picture("verbs-correcting").await;
        led(&browser, "[formaction$='/give-up']").await;
        says(&browser, "訂正をやめました").await;
        let stands = desk.document(&id).await;
        assert_eq!((stands.state, stands.values[&FieldName::Diagnosis].as_str()), (DocumentState::Pushed, "狭心症"));
        assert_eq!(recorded().await, "狭心症");

        reopened(&browser, &desk, &id, "診断名の誤り").await;
        ready(&browser).await;
        browser.fill("#f-diagnosis", "心房細動").await;
        confirmed(&browser).await;
        assert_eq!(recorded().await, "狭心症", "until it is pushed");
        desk.push_all(referral.clone()).await;
        assert_eq!(recorded().await, "心房細動");
        let corrected = desk.document(&id).await;
        assert_eq!((corrected.state, corrected.record_id), (DocumentState::Pushed, stands.record_id));
        // Both values and the reason are to be seen, with who changed them.
        browser.go(&desk.url(&format!("/items/{id}"))).await;
        browser.click("details:has(.history) > summary").await;
        browser.until("document.querySelector('.history').innerText.includes('狭心症 → 心房細動')").await;
        assert!(browser.text(".history").await.contains("三原 佳奈"));
        browser.picture("verbs-corrected").await;
        let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
        assert_eq!(log.iter().filter(|row| row.verb == "document.reopened" && row.detail.contains("診断名の誤り")).count(), 2);
        browser.close().await;
    }

    async fn a_newcomer_gets_the_number_by_two_people(place: Place) {
        let driver = Driver::start();
        let (mihara, onodera) = tokio::join!(driver.browser(), driver.browser());
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        sign_in(&mihara, &desk, "mihara").await;
        open(&mihara, &desk, &id).await;
        mihara.keys(ALT_0).await;
        mihara.until("document.querySelector('[name=patient]:checked')?.value === 'none'").await;
        on(&mihara).await;
        assert_eq!(desk.document(&id).await.patient(), Some(PatientChoice::NotInMaster));
        desk.push_all(referral.clone()).await;

        mihara.click(".bar a[href='/newcomers']").await;
        mihara.until("document.querySelector('tbody tr')?.innerText.includes('仮00001')").await;
        mihara.click(&format!("a[href='/newcomers/{id}']")).await;
        let offer = "a[href$='patient=00048213']";
        led(&mihara, offer).await;
        // One tick is not enough.
        mihara.click("[name=compared][value='00048213:patient_name']").await;
        led(&mihara, "[name=do][value=propose]").await;
        says(&mihara, "2つ以上").await;
        mihara.go(&desk.url(&format!("/newcomers/{id}?patient=00048213"))).await;
        mihara.click("[name=compared][value='00048213:patient_name']").await;
        mihara.click("[name=compared][value='00048213:patient_birth_date']").await;
        mihara.picture("verbs-newcomer").await;
        led(&mihara, "[name=do][value=propose]").await;
        says(&mihara, "患者番号を提案しました").await;
        // Who proposed it cannot join it, and may take it back.
        mihara.click(&format!("a[href='/newcomers/{id}']")).await;
        mihara.wait("[name=do][value=withdraw]").await;
        assert_eq!(mihara.js("return document.querySelectorAll('[value=join]').length").await, 0);
        led(&mihara, "[name=do][value=withdraw]").await;
        says(&mihara, "提案を取り下げました").await;
        mihara.go(&desk.url(&format!("/newcomers/{id}?patient=00048213"))).await;
        mihara.click("[name=compared][value='00048213:patient_name']").await;
        mihara.click("[name=compared][value='00048213:patient_birth_date']").await;
        led(&mihara, "[name=do][value=propose]").await;

        sign_in(&onodera, &desk, "onodera").await;
        onodera.go(&desk.url("/newcomers")).await;
        onodera.until("document.querySelector('tbody tr')?.innerText.includes('三原 佳奈さんの提案')").await;
        onodera.click(&format!("a[href='/newcomers/{id}']")).await;
        onodera.wait("[name=do][value=join]").await;
        onodera.picture("verbs-newcomer-join").await;
        assert_eq!(onodera.js("return document.querySelectorAll('[name=compared]:checked').length").await, 0, "nothing is ticked beforehand");
        onodera.click("[name=compared][value='00048213:patient_name']").await;
        onodera.click("[name=compared][value='00048213:patient_birth_date']").await;
        led(&onodera, "[name=do][value=join]").await;
        says(&onodera, "患者番号を結び付けました").await;
        desk.push_all(referral.clone()).await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.patient()), (DocumentState::Pushed, Some(PatientChoice::Linked("00048213".into()))));
        let record = referral_db::find(&mut referral.read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!(record.values.get("patient_id").map(String::as_str), Some("00048213"));
        let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
        let by = |verb: &str| log.iter().rfind(|row| row.verb == verb).map(|row| row.actor.clone());
        let (first, second) = (desk.staff("mihara").await, desk.staff("onodera").await);
        assert_eq!((by("newcomer.join_proposed"), by("newcomer.joined")), (Some(first.to_string()), Some(second.to_string())));
        mihara.close().await;
        onodera.close().await;
    }
}
