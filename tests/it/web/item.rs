//! The item page in Chromium: fields and image by keyboard, what is compared, and what survives when the program cannot be reached.

use super::browser::{Browser, Driver};
use super::seed::{Desk, HOUR, PASSWORD};
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::audit;

const ENTER: &str = "\u{e007}";
const TAB: &str = "\u{e004}";
const ESC: &str = "\u{e00c}";
const F1: &str = "\u{e031}";
const F2: &str = "\u{e032}";
const ALT_DOWN: &str = "\u{e00a}\u{e015}\u{e000}";
const ALT_UP: &str = "\u{e00a}\u{e013}\u{e000}";
const CTRL_ENTER: &str = "\u{e009}\u{e007}\u{e000}";

async fn sign_in(browser: &Browser) {
    browser.fill("#login", "mihara").await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
}

/// A browser with the first document of a morning open in it.
pub async fn opened(driver: &Driver, db: Db) -> (Browser, Desk, DocumentId) {
    opened_undoing(driver, db, 0).await
}

async fn opened_undoing(driver: &Driver, db: Db, undo_seconds: u32) -> (Browser, Desk, DocumentId) {
    let browser = driver.browser().await;
    let desk = Desk::open_undoing(db, uketsuke::web::Settings::default(), undo_seconds).await;
    let first = desk.morning(&browser).await;
    browser.go(&desk.url("/")).await;
    sign_in(&browser).await;
    browser.wait(".queue").await;
    open(&browser, &desk, &first).await;
    (browser, desk, first)
}

async fn open(browser: &Browser, desk: &Desk, id: &DocumentId) {
    browser.go(&desk.url(&format!("/items/{id}"))).await;
    browser.click("#start").await;
    ready(browser).await;
}

async fn ready(browser: &Browser) {
    browser.wait("#item[data-editable]").await;
    browser.until("document.querySelector('.leaf img')?.naturalWidth > 0 && document.querySelector('#f-patient_name')?.tabIndex === -1").await;
}

async fn focused(browser: &Browser, id: &str) {
    browser.until(&format!("document.activeElement?.id === '{id}'")).await;
}

on_both_databases! {
    async fn doubtful_fields_are_walked_by_keys(db: Db) {
        let driver = Driver::start();
        let (browser, _desk, _) = opened(&driver, db).await;
        // Tab and Enter stop at what is doubtful, its box lit and enlarged above it.
        focused(&browser, "f-patient_kana").await;
        browser.until("document.querySelector('.loupe canvas')?.width > 40").await;
        browser.keys(TAB).await;
        focused(&browser, "f-patient_sex").await;
        browser.until("document.querySelector('rect.lit')?.dataset.f === 'patient_sex'").await;
        browser.keys("\u{e008}\u{e004}\u{e000}").await;
        focused(&browser, "f-patient_kana").await;
        browser.keys(ENTER).await;
        focused(&browser, "f-patient_sex").await;
        let row = "document.querySelector('[data-row=patient_kana]')";
        browser.until(&format!("{row}.classList.contains('seen') && {row}.innerText.includes('見ました')")).await;
        // What was looked at is no longer on the way; the arrows reach everything, as it stands on the paper.
        browser.keys(ALT_UP).await;
        focused(&browser, "f-patient_kana").await;
        browser.keys(ALT_UP).await;
        focused(&browser, "f-sender_doctor_name").await;
        browser.keys(TAB).await;
        focused(&browser, "f-patient_sex").await;
        browser.keys(ALT_DOWN).await;
        focused(&browser, "f-patient_name").await;
        browser.keys(ALT_DOWN).await;
        focused(&browser, "f-patient_birth_date").await;
        browser.keys(ENTER).await;
        // Then whom it concerns: nothing is picked, a digit picks, and what is to be compared follows.
        browser.until("document.activeElement?.name === 'patient' && !document.activeElement.checked").await;
        browser.keys("1").await;
        browser.until("document.activeElement?.value === '00048213:patient_name' && !document.activeElement.checked").await;
        browser.keys(" ").await;
        browser.keys(TAB).await;
        browser.keys(" ").await;
        // Back to what was passed over, then to the end.
        browser.keys(ENTER).await;
        focused(&browser, "f-patient_sex").await;
        browser.keys(ENTER).await;
        focused(&browser, "confirm").await;
        // The switch opens every field to Tab.
        browser.click("#everything").await;
        browser.until("document.querySelector('#f-patient_name').tabIndex === 0").await;
        browser.click("#everything").await;
        browser.until("document.querySelector('#f-patient_name').tabIndex === -1").await;
        // Every key is listed.
        browser.js("document.querySelector('#f-remarks').focus()").await;
        browser.keys(F1).await;
        browser.until("document.querySelector('#keys:popover-open')?.innerText.includes('別の読み')").await;
        browser.picture("20-item-keys").await;
        browser.keys(F1).await;
        browser.until("!document.querySelector('#keys:popover-open')").await;
        browser.close().await;
    }

    async fn the_image_answers_and_words_go_into_fields(db: Db) {
        let driver = Driver::start();
        let (browser, _desk, _) = opened(&driver, db).await;
        focused(&browser, "f-patient_kana").await;
        browser.until("document.querySelectorAll('[data-word]').length >= 8").await;
        // A click puts what stands together into the field in hand, which keeps the focus; another click goes on behind it.
        let word = |text: &str| format!("[data-word='{text}']");
        browser.js("document.querySelector('.leaf').scrollIntoView()").await;
        browser.click(&word("カザ")).await;
        browser.until("document.activeElement.value.startsWith('カザマ')").await;
        focused(&browser, "f-patient_kana").await;
        browser.keys(ESC).await;
        browser.until("document.activeElement.value === 'カザマ アカり'").await;
        browser.js("document.querySelector('#f-patient_birth_date').focus()").await;
        browser.until("document.querySelector('rect.lit')?.dataset.f === 'patient_birth_date'").await;
        browser.click(&word("昭和")).await;
        browser.until("document.activeElement.value === '昭和32年4月5日'").await;
        browser.picture("21-word-picked").await;
        browser.keys(TAB).await;
        browser.until("document.querySelector('#f-patient_birth_date').value === '1957-04-05'").await;
        // F2 brings the field near, and the whole width back.
        browser.js("document.querySelector('#f-patient_birth_date').focus()").await;
        let wide = "document.querySelector('.leaf').getBoundingClientRect().width";
        let before = browser.js(&format!("return {wide}")).await.as_f64().unwrap();
        browser.keys(F2).await;
        browser.until(&format!("{wide} > {before} * 1.8")).await;
        browser.until("(r => r.left > 0 && r.right < 740 && r.top > 80 && r.bottom < 800)(document.querySelector('rect.lit').getBoundingClientRect())").await;
        browser.picture("22-near").await;
        // Dragging moves the page and leaves the field alone.
        let at = "document.querySelector('#scroll').scrollLeft";
        let left = browser.js(&format!("return {at}")).await.as_f64().unwrap();
        let drag = "const s = document.querySelector('#scroll img'); const b = document.querySelector('#scroll').getBoundingClientRect(); \
                    const go = (kind, x) => (kind === 'pointerdown' ? s : document.body).dispatchEvent(new PointerEvent(kind, { bubbles: true, button: 0, clientX: b.left + x, clientY: b.top + 300 })); \
                    go('pointerdown', 300); go('pointermove', 200); go('pointerup', 200);";
        browser.js(drag).await;
        browser.until(&format!("{at} === {left} + 100")).await;
        focused(&browser, "f-patient_birth_date").await;
        browser.keys(F2).await;
        browser.until(&format!("Math.abs({wide} - {before}) < 2")).await;
        // Turned, the boxes turn with the page; inverted; and back.
        browser.click("[data-turn-view]").await;
        browser.until("(r => r.width > r.height)(document.querySelector('.leaf').getBoundingClientRect())").await;
        browser
            .until(
                "(r => r.height > r.width)(document.querySelector('rect[data-f=patient_address]').getBoundingClientRect())",
            )
            .await;
        browser.click("[data-invert]").await;
        browser.until("getComputedStyle(document.querySelector('.leaf img')).filter === 'invert(1)'").await;
        browser.picture("23-turned-inverted").await;
        for _ in 0..3 {
            browser.click("[data-turn-view]").await;
        }
        browser.click("[data-zoom=page]").await;
        browser.until("document.querySelector('.leaf').getBoundingClientRect().height <= document.querySelector('#scroll').clientHeight").await;
        // Why it is not ready, each reason with its place.
        let reasons =
            browser.js("return [...document.querySelectorAll('#why + ul a')].map(a => [a.innerText, a.hash])").await;
        assert_eq!(
            reasons,
            json!([
                ["フリガナの読みが確かではありません。", "#f-patient_kana"],
                ["同じ読みの患者が台帳に2人います。", "#choose-patient"]
            ])
        );
        browser.click("#why + ul a").await;
        focused(&browser, "f-patient_kana").await;
        browser.close().await;
    }

    async fn the_master_and_the_page_stand_side_by_side(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened(&driver, db).await;
        browser.keys("\u{e00a}2\u{e000}").await;
        let ticks = "[...document.querySelectorAll('[name=compared]')].filter(e => e.offsetParent)";
        browser
            .until(&format!("{ticks}.length > 3 && {ticks}.every(e => e.value.startsWith('00051902:') && !e.checked)"))
            .await;
        browser.until("document.querySelectorAll('.tick canvas').length >= 4").await;
        browser.picture("24-compare-another").await;
        let told = browser.js("return [...document.querySelectorAll('.tick')].find(e => e.offsetParent).innerText").await;
        assert!(told.as_str().unwrap().contains("風間 朱里") && told.as_str().unwrap().contains("読みが違う"), "{told}");
        browser.keys(" ").await;
        browser.keys(TAB).await;
        browser.keys(" ").await;
        // What was ticked for one patient is nothing for another.
        browser.keys("1").await;
        browser.until(&format!("{ticks}.every(e => e.value.startsWith('00048213:') && !e.checked)")).await;
        browser.keys(CTRL_ENTER).await;
        browser.until("document.querySelector('#errors')?.innerText.includes('2つ以上')").await;
        assert_eq!(desk.document(&first).await.state, DocumentState::InReview);
        ready(&browser).await;
        browser.until("document.activeElement?.value === '00048213:patient_name'").await;
        browser.until("document.querySelectorAll('.tick canvas').length >= 4").await;
        browser.keys(" ").await;
        browser.keys(TAB).await;
        browser.keys(" ").await;
        browser.picture("25-compared").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{first}')")).await;
        assert_eq!(desk.document(&first).await.state, DocumentState::Approved);
        let mut tx = desk.db.read().await.unwrap();
        let log = audit::of(&mut tx, first.as_str()).await.unwrap();
        let word = log.iter().find(|entry| entry.verb == "document.approved").unwrap().detail();
        assert_eq!(word["compared"], json!(["patient_name", "patient_birth_date"]));
        drop(tx);
        browser.close().await;
    }

    async fn nothing_typed_is_lost_with_the_connection_or_the_session(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened(&driver, db).await;
        let copies = "Object.keys(localStorage).filter(k => k.startsWith('uketsuke.draft.')).length";
        // What arrives is not kept in the browser.
        browser.fill("#f-remarks", "届く").await;
        browser.until(&format!("{copies} === 1")).await;
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        browser.until(&format!("{copies} === 0")).await;
        // The line is cut: the page says so and keeps what is typed, also over a reload.
        browser.js("window.fetch = () => Promise.reject(new TypeError('cut'))").await;
        browser.fill("#f-remarks", "線が切れた").await;
        browser.until("document.querySelector('#saved').innerText.includes('サーバーにつながりません')").await;
        browser.picture("26-cut-off").await;
        browser.go(&desk.url(&format!("/items/{first}"))).await;
        ready(&browser).await;
        browser.until("document.querySelector('#f-remarks').value === '線が切れた'").await;
        browser.until("document.querySelector('#kept').innerText.includes('戻しました')").await;
        browser.picture("27-brought-back").await;
        browser.until(&format!("{copies} === 0")).await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "線が切れた");
        // The session ends while somebody types; after signing in it is all there, even after the hold is over too.
        desk.wait(HOUR);
        browser.fill("#f-remarks", "時間切れのあと").await;
        browser.until("document.querySelector('#lost').innerText.includes('控えてあり')").await;
        browser.picture("28-session-over").await;
        browser.click("#lost a").await;
        sign_in(&browser).await;
        browser.until(&format!("location.pathname === '/items/{first}'")).await;
        if browser.js("return !!document.querySelector('#start')").await == true {
            browser.click("#start").await;
        }
        ready(&browser).await;
        browser.until("document.querySelector('#f-remarks').value === '時間切れのあと'").await;
        browser.until(&format!("{copies} === 0")).await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "時間切れのあと");
        // Changed elsewhere meanwhile, it is shown, and comes back only when asked.
        browser.js("window.fetch = () => Promise.reject(new TypeError('cut'))").await;
        browser.fill("#f-remarks", "こちらの版").await;
        browser.until(&format!("{copies} === 1")).await;
        let document = desk.document(&first).await;
        let staff = desk.staff("mihara").await;
        let mut values = document.values.0.clone();
        values.insert(FieldName::Remarks, "別の窓の版".into());
        let other = uketsuke::review::Correction {
            kind: document.kind,
            values,
            patient: None,
            institution_id: None,
            doctor_id: None,
        };
        desk.review.correct(&staff, &first, document.version, &other).await.unwrap();
        browser.go(&desk.url(&format!("/items/{first}"))).await;
        ready(&browser).await;
        browser.until("document.querySelector('#kept').innerText.includes('こちらの版')").await;
        assert_eq!(browser.js("return document.querySelector('#f-remarks').value").await, "別の窓の版");
        let told = browser.js("return [...document.querySelectorAll('#kept li')].map(e => e.innerText)").await;
        assert_eq!(told, json!(["備考：こちらの版"]), "only what was typed");
        browser.picture("29-kept-beside").await;
        browser.click("#kept button").await;
        browser.until("document.querySelector('#f-remarks').value === 'こちらの版'").await;
        browser.until(&format!("{copies} === 0")).await;
        // Signing out takes every copy along.
        browser.js("window.fetch = () => Promise.reject(new TypeError('cut'))").await;
        browser.fill("#f-remarks", "帰る前").await;
        browser.until(&format!("{copies} === 1")).await;
        browser.click("form[action='/sign-out'] button").await;
        browser.wait("#login").await;
        browser.until(&format!("{copies} === 0")).await;
        browser.close().await;
    }

    async fn a_confirmation_is_taken_back_within_its_time(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened_undoing(&driver, db, 60).await;
        browser.keys("\u{e00a}1\u{e000}").await;
        browser.until("document.activeElement?.name === 'compared'").await;
        browser.keys(" ").await;
        browser.keys(TAB).await;
        browser.keys(" ").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("location.pathname.startsWith('/items/') && !location.pathname.includes('{first}')")).await;
        assert_eq!(desk.document(&first).await.state, DocumentState::Approved);
        browser
            .client
            .find(fantoccini::Locator::LinkText("前の文書を見る・取り消す"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        browser.until("document.body.innerText.includes('あと60秒で')").await;
        browser.picture("30-undo").await;
        browser.click("[formaction$='/undo']").await;
        ready(&browser).await;
        browser.until("document.body.innerText.includes('確定を取り消しました')").await;
        let document = desk.document(&first).await;
        assert_eq!(document.state, DocumentState::InReview);
        assert_eq!(browser.js("return document.querySelectorAll('[name=compared]:checked').length").await, 0);
        // Confirmed again and left alone, there is nothing to take back.
        browser.js("document.querySelector('[value=\"00048213:patient_name\"]').focus()").await;
        browser.keys(" ").await;
        browser.keys(TAB).await;
        browser.keys(" ").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{first}')")).await;
        desk.wait(60_000);
        browser.go(&desk.url(&format!("/items/{first}"))).await;
        browser.wait("#item:not([data-editable])").await;
        assert_eq!(browser.js("return document.querySelectorAll('[formaction$=\"/undo\"]').length").await, 0);
        browser.close().await;
    }
}
