//! The line is really cut: the browser has no network, in the middle of typing and at the confirmation. Nothing is lost.

use super::browser::{Browser, Driver};
use super::item::opened;
use super::seed::Desk;
use super::verbs::{CTRL_ENTER, TAB, ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;

/// Presses Ctrl+Enter while the line is cut: nothing comes of it; then the line is mended and the page opened again.
async fn sent_into_nothing(browser: &Browser, desk: &Desk, id: &DocumentId, picture: &str) {
    browser.keys(CTRL_ENTER).await;
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    browser.picture(picture).await;
    assert_eq!(desk.document(id).await.state, DocumentState::InReview);
    browser.network(true).await;
    browser.go(&desk.url(&format!("/items/{id}"))).await;
    ready(browser).await;
}

on_both_databases! {
    async fn with_the_line_cut_nothing_is_lost_and_the_work_goes_on(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened(&driver, db).await;
        browser.fill("#f-remarks", "届く").await;
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        // Cut while somebody types: the page says so; mended, it goes on by itself, without a key.
        browser.network(false).await;
        browser.fill("#f-remarks", "切れている間に").await;
        browser.until("document.querySelector('#saved').innerText.includes('サーバーにつながりません')").await;
        browser.picture("lost-line").await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "届く");
        browser.network(true).await;
        browser.until_within(20, "document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "切れている間に");

        // Cut at the confirmation: nothing is confirmed, and with the line everything is back, also what was never sent.
        browser.keys("\u{e00a}1\u{e000}").await;
        browser.until("document.activeElement?.name === 'compared'").await;
        browser.keys(&format!(" {TAB} ")).await;
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        browser.network(false).await;
        browser.fill("#f-remarks", "確定の直前に").await;
        browser.fill("#f-patient_kana", "カザマ アカリ").await;
        sent_into_nothing(&browser, &desk, &first, "lost-at-confirmation").await;
        browser.until("document.querySelector('#f-remarks').value === '確定の直前に' && document.querySelector('#f-patient_kana').value === 'カザマ アカリ'").await;
        browser.until("document.querySelector('#kept').innerText.includes('戻しました')").await;
        assert_eq!(browser.js("return document.querySelector('[name=patient]:checked')?.value").await, "id:00048213");
        assert_eq!(browser.js("return document.querySelectorAll('[name=compared]:checked').length").await, 0, "what was compared is compared again");
        browser.picture("lost-and-back").await;
        browser.js("document.querySelector('[value=\"00048213:patient_name\"]').focus()").await;
        browser.keys(&format!(" {TAB} ")).await;
        browser.until("document.querySelectorAll('[name=compared]:checked').length === 2").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{first}')")).await;
        let document = desk.document(&first).await;
        assert_eq!((document.state, document.values[&FieldName::Remarks].as_str(), document.values[&FieldName::PatientKana].as_str()), (DocumentState::Approved, "確定の直前に", "カザマ アカリ"));

        // Cut at the question to the sender: the words of the question are back, too.
        let next = DocumentId::parse(browser.js("return location.pathname.split('/').pop()").await.as_str().unwrap()).unwrap();
        ready(&browser).await;
        browser.click("[popovertarget=ask]").await;
        browser.fill("#note", "日付をご確認ください。").await;
        browser.network(false).await;
        sent_into_nothing(&browser, &desk, &next, "lost-at-the-question").await;
        browser.until("document.querySelector('#note').value === '日付をご確認ください。'").await;
        browser.click("[popovertarget=ask]").await;
        browser.wait("#ask:popover-open").await;
        browser.js("window.before = 1; document.querySelector('#note').focus()").await;
        browser.keys(CTRL_ENTER).await;
        browser.until_within(20, "!window.before && document.readyState === 'complete'").await;
        assert_eq!(desk.document(&next).await.inquiry_note.as_deref(), Some("日付をご確認ください。"));
        says(&browser, "照会中にしました").await;
        browser.close().await;
    }
}
