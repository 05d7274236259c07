//! A box drawn over the page with a real mouse (F9, 囲んで読む): what stands there goes into the field in hand, and into no other.

use super::super::browser::{Browser, Driver};
use super::super::queue::sign_in;
use super::super::seed::Desk;
use super::{F9, open};
use crate::support::on_both_databases;

/// Draws a box round what stands there, a little larger than it.
async fn boxed(browser: &Browser, css: &str) {
    let [left, top, right, bottom] = browser.edges(css).await;
    browser.drag((left - 6.0, top - 4.0), (right + 6.0, bottom + 4.0)).await;
}

/// Goes into a field, and waits until its place is in sight.
async fn into(browser: &Browser, code: &str) {
    browser.js(&format!("document.querySelector('#f-{code}').focus()")).await;
    browser.until(&format!("document.querySelector('rect.lit')?.dataset.f === '{code}'")).await;
    browser.edges("rect.lit").await;
}

const BOXING: &str = "document.querySelector('[data-reread]').getAttribute('aria-pressed') === 'true'";

on_both_databases! {
    async fn a_box_drawn_over_the_page_is_read_into_the_field_in_hand(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let id = desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        let value = |code: &str| format!("document.querySelector('#f-{code}').value");

        // Into a field of several lines, by F9.
        browser.fill("#f-diagnosis", "書き誤り").await;
        into(&browser, "diagnosis").await;
        browser.keys(F9).await;
        browser.until(BOXING).await;
        boxed(&browser, "rect[data-f=diagnosis]").await;
        browser.until("document.querySelector('#saved').innerText !== ''").await;
        browser.until_within(90, &format!("{}.includes('労作性狭心症')", value("diagnosis"))).await;
        browser.until(&format!("!({BOXING})")).await;
        assert_eq!(browser.js("return document.activeElement.id").await, "f-diagnosis");
        browser.picture("verbs-read-again").await;

        // Into a field of one line, by the button; a name over two lines of paper stays one line.
        browser.fill("#f-patient_name", "x").await;
        into(&browser, "patient_name").await;
        browser.click("[data-reread]").await;
        browser.until(BOXING).await;
        boxed(&browser, "rect[data-f=patient_name]").await;
        browser.until_within(90, &format!("{}.replace(/\\s/g, '') === '風間灯'", value("patient_name"))).await;
        assert_eq!(browser.js(&format!("return {}.includes('\\n')", value("patient_name"))).await, false);
        assert_eq!(browser.js(&format!("return {}", value("purpose"))).await, "精査加療をお願いいたします。", "no other field");

        // Blank paper says so, and the value stays.
        into(&browser, "sender_institution_name").await;
        let [left, top, _, bottom] = browser.edges("rect[data-f=sender_institution_name]").await;
        let edge = browser.edges(".leaf").await[0];
        browser.keys(F9).await;
        browser.until(BOXING).await;
        browser.drag((edge + 20.0, top), (left - 20.0, bottom)).await;
        browser.until_within(90, "document.querySelector('#saved').innerText.includes('文字は見つかりませんでした')").await;
        assert_eq!(browser.js(&format!("return {}", value("sender_institution_name"))).await, "医療法人 緑ヶ岡内科クリニック");

        // Pressed twice it is off again, and a drag moves the page as before.
        browser.keys(F9).await;
        browser.until(BOXING).await;
        browser.keys(F9).await;
        browser.until(&format!("!({BOXING})")).await;
        let at = "document.querySelector('#scroll').scrollTop";
        browser.edges(".leaf").await;
        let before = browser.js(&format!("return {at}")).await.as_f64().unwrap();
        browser.drag((300.0, 400.0), (300.0, 330.0)).await;
        browser.until(&format!("Math.abs({at} - {before} - 70) < 3")).await;

        // On a page that is shown turned nothing is drawn, and the page says why.
        browser.click("[data-turn-view]").await;
        browser.keys(F9).await;
        browser.until(BOXING).await;
        let [left, top, _, _] = browser.edges(".leaf").await;
        browser.drag((left + 60.0, top + 60.0), (left + 200.0, top + 120.0)).await;
        browser.until("document.querySelector('#saved').innerText.includes('回した表示のままでは囲めません')").await;
        let document = desk.document(&id).await;
        assert_eq!(document.state, uketsuke::domain::DocumentState::InReview);
        browser.close().await;
    }
}
