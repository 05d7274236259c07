//! A form that is sent while its draft is still on its way: nothing of it is lost, in Chromium.

use super::browser::{Browser, Driver};
use super::item::opened;
use super::verbs::{ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;

/// Has each draft arrive three seconds late.
async fn slow_drafts(browser: &Browser) {
    browser
        .js("const real = window.fetch; window.fetch = (...asked) => String(asked[0]).endsWith('/save') \
             ? new Promise((done) => setTimeout(done, 3000)).then(() => real(...asked)) : real(...asked)")
        .await;
}

/// Types, waits until the draft is on its way, and chooses in that list.
async fn typed_and_chosen(browser: &Browser, remarks: &str, list: &str, value: &str) {
    slow_drafts(browser).await;
    browser.fill("#f-remarks", remarks).await;
    browser.until("document.querySelector('#saved').innerText.includes('保存しています')").await;
    let choose = format!(
        "const e = document.querySelector('{list}'); e.value = '{value}'; e.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    );
    browser.js(&choose).await;
}

on_both_databases! {
    async fn a_kind_changed_while_a_draft_is_on_its_way_is_sent(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened(&driver, db).await;
        typed_and_chosen(&browser, "折り返し電話", "#kind", "notice").await;
        // The fields are those of the new kind, and what was typed is there.
        browser.until("document.querySelector('#kind')?.value === 'notice' && !document.querySelector('#choose-patient')").await;
        says(&browser, "種類に合わせて項目を読み直しました").await;
        ready(&browser).await;
        assert_eq!(browser.js("return document.querySelector('#f-remarks').value").await, "折り返し電話");
        let document = desk.document(&first).await;
        assert_eq!((document.kind, document.reading.kind), (Kind::Notice, Kind::Notice));
        assert_eq!(document.values[&FieldName::Remarks], "折り返し電話");

        // The same for a field that is added.
        let added = browser.js("return document.querySelectorAll('#add option')[1].value").await.as_str().unwrap().to_owned();
        assert_eq!(browser.js(&format!("return document.querySelectorAll('#f-{added}').length")).await, 0);
        typed_and_chosen(&browser, "折り返し電話、午後", "#add", &added).await;
        browser.wait(&format!("#f-{added}")).await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "折り返し電話、午後");
        browser.close().await;
    }
}
