//! The desk in Chromium: what staff do all day, and what must not happen when two do it.

use super::browser::{Browser, Driver};
use super::seed::{Desk, FIRST_PASSWORD, PASSWORD};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::referral_db;
use uketsuke::store::documents::PatientChoice;
use uketsuke::store::{documents, jobs};

async fn sign_in(browser: &Browser, desk: &Desk, login: &str) {
    browser.go(&desk.url("/")).await;
    browser.fill("#login", login).await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
    browser.wait(".queue").await;
}

const CTRL_ENTER: &str = "\u{e009}\u{e007}\u{e000}";
const ALT_1: &str = "\u{e00a}1\u{e000}";

on_both_databases! {
    async fn a_letter_is_confirmed_by_keyboard_and_becomes_a_record(place: Place) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = referral_db::open(&place.url().await).await.unwrap();
        let first = desk.morning(&browser).await;

        // The first password opens nothing but its own change.
        browser.go(&desk.url("/queue")).await;
        browser.picture("1-sign-in").await;
        browser.fill("#login", "shinjin").await;
        browser.fill("#password", FIRST_PASSWORD).await;
        browser.click(".primary").await;
        browser.wait("#fresh").await;
        browser.picture("2-first-password").await;
        browser.fill("#current", FIRST_PASSWORD).await;
        browser.fill("#fresh", "atarashii 7tsu no umi").await;
        browser.fill("#again", "atarashii 7tsu no umi").await;
        browser.click(".primary").await;
        browser.wait(".queue").await;
        browser.picture("3-queue").await;

        // Urgent first; n opens it.
        assert!(browser.text(".rows tbody tr:first-child").await.contains("風間 灯"), "{}", browser.text(".rows").await);
        browser.keys("n").await;
        browser.wait("#item[data-editable]").await;
        assert_eq!(browser.js("return document.querySelectorAll('[name=patient]:checked').length").await, 0);
        assert_eq!(browser.js("return document.querySelectorAll('[name=compared]:checked').length").await, 0);

        // The doubtful field has the focus, its box is lit; it is corrected.
        browser.until("document.activeElement?.dataset?.f === 'patient_kana'").await;
        browser.until("document.querySelector('rect.lit')?.dataset?.f === 'patient_kana'").await;
        browser.until("document.querySelector('.loupe canvas')").await;
        browser.picture("4-item").await;
        browser.fill("#f-patient_kana", "かざま　あかり").await;

        // Not without a patient.
        browser.keys(CTRL_ENTER).await;
        browser.wait("#errors").await;
        assert!(browser.text("#errors").await.contains("患者を選んでください"));
        browser.picture("5-not-yet").await;
        assert_eq!(desk.document(&first).await.state, DocumentState::InReview);

        // Alt+1 picks the first candidate and leads to what is to be compared.
        browser.keys(ALT_1).await;
        browser.until("document.activeElement?.name === 'compared'").await;
        browser.keys(CTRL_ENTER).await;
        browser.until("document.querySelector('#errors')?.innerText.includes('2つ以上')").await;
        browser.until("document.querySelector('[name=patient]:checked')?.value === 'id:00048213'").await;
        browser.click("[name=compared][value='00048213:patient_name']").await;
        browser.click("[name=compared][value='00048213:patient_birth_date']").await;
        browser.picture("6-patient-picked").await;
        browser.keys(CTRL_ENTER).await;

        // The next one opens by itself.
        browser.until(&format!("location.pathname.startsWith('/items/') && !location.pathname.includes('{first}')")).await;
        browser.until("document.body.innerText.includes('確定しました')").await;
        let confirmed = desk.document(&first).await;
        assert_eq!(confirmed.state, DocumentState::Approved);
        assert_eq!(confirmed.patient(), Some(PatientChoice::Linked("00048213".into())));
        assert_eq!(confirmed.institution_id.as_deref(), Some("K0012"));
        assert_eq!(confirmed.doctor_id.as_deref(), Some("D0031"));
        assert_eq!(confirmed.values[&FieldName::PatientKana], "カザマ アカリ");
        let mut tx = desk.db.read().await.unwrap();
        let approved = documents::approved(&mut tx, &first).await.unwrap().expect("an approval");
        assert_eq!(approved.values[&FieldName::PatientKana], "カザマ アカリ");
        let push = jobs::of(&mut tx, first.as_str()).await.unwrap();
        assert_eq!(push.iter().map(|j| j.stage).collect::<Vec<_>>(), [Stage::Push]);
        drop(tx);
        let log = desk.log(first.as_str()).await;
        for verb in ["document.held", "document.viewed", "document.corrected", "document.approved"] {
            assert!(log.iter().any(|v| v == verb), "{verb} is missing in {log:?}");
        }

        browser.go(&desk.url(&format!("/items/{first}"))).await;
        browser.wait("#item:not([data-editable])").await;
        browser.picture("7-confirmed").await;
        for (name, path) in [("8-deliveries", "/deliveries"), ("9-status", "/status")] {
            browser.go(&desk.url(path)).await;
            browser.wait("main").await;
            browser.picture(name).await;
        }
        let delivery = desk.document(&first).await.delivery_id;
        browser.go(&desk.url(&format!("/deliveries/{delivery}"))).await;
        browser.wait("main").await;
        browser.picture("10-delivery").await;

        // What the browser confirmed is the row in the referral database: once, and with what was corrected.
        assert!(referral_db::find(&mut referral.read().await.unwrap(), &first).await.unwrap().is_none());
        desk.push_all(referral.clone()).await;
        assert_eq!(desk.document(&first).await.state, DocumentState::Pushed);
        let record = referral_db::find(&mut referral.read().await.unwrap(), &first).await.unwrap().expect("a record");
        assert_eq!((record.table, record.version), ("referral", approved.version()));
        for (column, value) in [
            ("kind", "referral_letter"),
            ("patient_id", "00048213"),
            ("institution_id", "K0012"),
            ("doctor_id", "D0031"),
            ("received_on", "2024-05-13"),
            ("purpose", &*confirmed.values[&FieldName::Purpose]),
        ] {
            assert_eq!(record.values.get(column).map(String::as_str), Some(value), "{column}");
        }
        browser.go(&desk.url("/queue?tray=pushed")).await;
        browser.wait(".queue").await;
        assert!(browser.text(".rows").await.contains("風間 灯"));
        browser.picture("10b-pushed").await;
        browser.close().await;
    }

    async fn two_people_do_not_hold_the_same_document(db: Db) {
        let driver = Driver::start();
        let (mihara, onodera) = tokio::join!(driver.browser(), driver.browser());
        let desk = Desk::open(db).await;
        let first = desk.morning(&mihara).await;
        sign_in(&mihara, &desk, "mihara").await;
        sign_in(&onodera, &desk, "onodera").await;
        mihara.click("#start").await;
        mihara.wait("#item[data-editable]").await;

        // The colleague's old list still offers it; the answer names the holder, and nothing can be changed.
        onodera.click(&format!("#row-{first} .open")).await;
        onodera.wait("#item:not([data-editable])").await;
        let said = onodera.text(".notice").await;
        assert!(said.contains("三原 佳奈さんが確認中"), "{said}");
        assert_eq!(onodera.js("return document.querySelectorAll('#confirm, #f-patient_name:enabled').length").await, 0);
        onodera.picture("11-held-by-another").await;
        onodera.click("#take").await;
        onodera.wait("#take-over:popover-open").await;
        onodera.picture("11-take-over").await;
        onodera.go(&desk.url("/queue")).await;
        assert!(onodera.text(&format!("#row-{first}")).await.contains("三原 佳奈"));
        onodera.picture("12-queue-with-holder").await;

        // "Next" leads the colleague past it.
        onodera.click("#start").await;
        onodera.wait("#item[data-editable]").await;
        assert!(!onodera.client.current_url().await.unwrap().path().contains(first.as_str()));

        // What was typed is kept as a draft by itself, and leaving gives the document back.
        mihara.fill("#f-remarks", "来院時に再検").await;
        mihara.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "来院時に再検");
        mihara.client.find(fantoccini::Locator::XPath("//button[text()='やめて戻る']")).await.unwrap().click().await.unwrap();
        mihara.wait(".queue").await;
        assert_eq!(desk.document(&first).await.state, DocumentState::Proposed);
        onodera.go(&desk.url(&format!("/items/{first}"))).await;
        onodera.click("#start").await;
        onodera.wait("#item[data-editable]").await;
        assert_eq!(onodera.js("return document.querySelector('#f-remarks').value").await, "来院時に再検");
        mihara.close().await;
        onodera.close().await;
    }

    async fn the_desk_answers_to_keys_and_pointer(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let first = desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;

        // The list: rows by arrow keys, the list of keys, a filter, a search that stays out of the address.
        browser.keys("\u{e015}\u{e015}").await;
        browser.until("document.activeElement?.closest('tr')?.innerText.includes('藤代')").await;
        browser.keys("?").await;
        browser.until("document.querySelector('#keys:popover-open')").await;
        browser.picture("13-keys").await;
        browser.keys("?").await;
        browser.until("!document.querySelector('#keys:popover-open')").await;
        browser.keys("/").await;
        browser.keys("ホシノ\u{e007}").await;
        browser.until("document.querySelector('#search')?.value === 'ホシノ'").await;
        assert!(!browser.client.current_url().await.unwrap().as_str().contains("%E3"));
        // The kana found the same single row, so the rows alone do not say that the next page has come.
        browser.client.execute("window.before = true", Vec::new()).await.unwrap();
        browser.fill("#search", "星野").await;
        browser.keys("\u{e007}").await;
        browser.until("!window.before && document.querySelectorAll('.rows .open').length === 1").await;
        assert!(browser.text(".rows").await.contains("星野 翼"));
        browser.client.find(fantoccini::Locator::LinkText("絞り込みを解除")).await.unwrap().click().await.unwrap();
        browser.until("document.querySelectorAll('.rows .open').length === 14").await;

        // The item: a click on the page leads to the field, Enter to the next one, Esc back to what was read.
        browser.click(&format!("#row-{first} .open")).await;
        browser.wait("#item[data-editable]").await;
        browser.until("document.querySelector('.leaf img')?.naturalWidth > 0").await;
        browser.click("rect[data-f=patient_phone]").await;
        browser.until("document.activeElement?.id === 'f-patient_phone'").await;
        // Where there are words, a plain click would pick one.
        browser.until("document.querySelector('[data-word=風間]')").await;
        browser
            .js("const r = document.querySelector('[data-word=風間]').getBoundingClientRect(); document.querySelector('[data-word=風間]').dispatchEvent(new MouseEvent('click', { bubbles: true, ctrlKey: true, clientX: r.left + 3, clientY: r.top + 3 }))")
            .await;
        browser.until("document.activeElement?.id === 'f-patient_name'").await;
        browser.keys("\u{e007}").await;
        browser.until("document.activeElement?.id === 'f-patient_birth_date'").await;
        browser.keys("\u{e00a}\u{e013}\u{e013}\u{e013}\u{e000}").await;
        browser.until("document.activeElement?.id === 'f-patient_kana'").await;
        browser.keys("\u{e034}").await;
        browser.until("document.activeElement.value === 'カザマ アカリ'").await;
        browser.keys("\u{e00c}").await;
        browser.until("document.activeElement.value === 'カザマ アカり'").await;
        browser.keys("\u{e038}").await;
        browser.until("document.activeElement?.id === 'f-patient_sex'").await;
        browser.fill("#f-patient_birth_date", "S32.4.5").await;
        browser.keys("\u{e007}").await;
        browser.until("document.querySelector('#f-patient_birth_date').value === '1957-04-05'").await;

        // A search of the master adds choices and chooses nothing.
        browser.fill("#find-patient", "明里").await;
        browser.keys("\u{e007}").await;
        browser.until("document.querySelector('[data-list=patient]').innerText.includes('風間 明里')").await;
        assert_eq!(browser.js("return document.querySelectorAll('[name=patient]:checked').length").await, 0);
        browser.picture("14-searched").await;

        // Another kind brings its own fields, and what was typed stays.
        browser.fill("#f-remarks", "折り返し電話").await;
        browser.js("const k = document.querySelector('#kind'); k.value = 'notice'; k.dispatchEvent(new Event('change', { bubbles: true }))").await;
        browser
            .until("document.querySelector('#kind')?.value === 'notice' && !document.querySelector('#choose-patient')")
            .await;
        assert_eq!(browser.js("return document.querySelector('#f-remarks').value").await, "折り返し電話");
        browser.js("const k = document.querySelector('#kind'); k.value = 'referral_letter'; k.dispatchEvent(new Event('change', { bubbles: true }))").await;
        browser.until("document.querySelector('#choose-patient')").await;

        // Read again, the page says no purpose; a person does.
        browser.fill("#f-purpose", "精査").await;

        // Typing and confirming at once: the draft on its way does not make the confirmation stale.
        browser.fill("#f-remarks", "至急").await;
        browser.keys(ALT_1).await;
        browser.until("document.activeElement?.name === 'compared'").await;
        browser.keys(" \u{e004} ").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{first}')")).await;
        let confirmed = desk.document(&first).await;
        assert_eq!(confirmed.state, DocumentState::Approved);
        assert_eq!(confirmed.values[&FieldName::Remarks], "至急");

        // Setting aside asks for the reason in a box over the page.
        browser.click("[popovertarget=aside]").await;
        browser.click("#aside [value=duplicate]").await;
        browser.picture("15-set-aside").await;
        browser.click("#aside .danger").await;
        browser.until("document.body.innerText.includes('除外しました')").await;

        // Several pages: the keys turn them.
        browser.go(&desk.url("/queue?kind=discharge_summary")).await;
        browser.keys("n").await;
        browser.wait("#item[data-editable]").await;
        browser.until("document.querySelector('.pages [aria-current]')?.dataset.page === '1'").await;
        browser.keys("\u{e00a}\u{e00f}\u{e000}").await;
        browser.until("document.querySelector('.pages [aria-current]')?.dataset.page === '2'").await;
        browser.click("[data-zoom=page]").await;
        browser.picture("16-several-pages").await;
        // A filter stays for what comes next: there is no other discharge summary.
        browser
            .client
            .find(fantoccini::Locator::XPath("//button[text()='やめて戻る']"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        browser.wait(".queue").await;
        browser.close().await;
    }
}
