//! Two browsers at one document: what a colleague holds is taken over by name, and a page that is out of date changes nothing.

use super::super::browser::{Browser, Driver};
use super::super::queue::sign_in;
use super::super::seed::Desk;
use super::{ALT_1, CTRL_ENTER, TAB, led, open, ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::audit;

/// Picks the first patient and ticks what was compared.
async fn compared(browser: &Browser) {
    browser.keys(ALT_1).await;
    browser.until("document.activeElement?.name === 'compared'").await;
    browser.keys(&format!(" {TAB} ")).await;
    browser.until("document.querySelectorAll('[name=compared]:checked').length === 2").await;
}

async fn confirm(browser: &Browser) {
    browser.js("window.before = 1").await;
    browser.keys(CTRL_ENTER).await;
    browser.until("!window.before && document.readyState === 'complete'").await;
}

on_both_databases! {
    async fn what_a_colleague_has_open_is_taken_over_by_name(db: Db) {
        let driver = Driver::start();
        let (mihara, onodera) = tokio::join!(driver.browser(), driver.browser());
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        sign_in(&mihara, &desk, "mihara").await;
        sign_in(&onodera, &desk, "onodera").await;
        open(&mihara, &desk, &id).await;
        mihara.fill("#f-remarks", "途中まで確認").await;
        mihara.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;

        onodera.go(&desk.url(&format!("/items/{id}"))).await;
        onodera.click("#take").await;
        onodera.wait("#take-over:popover-open").await;
        led(&onodera, "#take-over .primary").await;
        ready(&onodera).await;
        assert_eq!(onodera.js("return document.querySelector('#f-remarks').value").await, "途中まで確認", "the draft is there");

        // The first one's page is told as soon as something is typed, and what is typed is kept in that browser.
        mihara.fill("#f-remarks", "途中まで確認、続き").await;
        mihara.until("document.querySelector('#lost').innerText.includes('小野寺 剛さんが確認中')").await;
        mihara.until("document.querySelector('#lost').innerText.includes('控えてあり')").await;
        mihara.picture("verbs-taken-over").await;
        assert_eq!(mihara.js("return document.querySelector('#f-remarks').value").await, "途中まで確認、続き");
        let copies = "return Object.entries(localStorage).filter(([k, v]) => k.startsWith('uketsuke.draft.') && v.includes('続き')).length";
        assert_eq!(mihara.js(copies).await, 1);
        assert_eq!(desk.document(&id).await.values[&FieldName::Remarks], "途中まで確認");
        let (from, to) = (desk.staff("mihara").await, desk.staff("onodera").await);
        let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
        let row = log.iter().find(|row| row.verb == "document.taken_over").expect("it is on record");
        assert_eq!((row.actor.as_str(), row.detail().get("from").and_then(|v| v.as_str())), (to.as_str(), Some(from.as_str())));

        // The second goes on and confirms; the first reads that it is done.
        compared(&onodera).await;
        confirm(&onodera).await;
        assert_eq!(desk.document(&id).await.state, DocumentState::Approved);
        mihara.go(&desk.url(&format!("/items/{id}"))).await;
        says(&mihara, "確定済みです").await;
        mihara.close().await;
        onodera.close().await;
    }

    async fn a_stale_page_in_a_second_browser_changes_nothing(db: Db) {
        let driver = Driver::start();
        let (here, there) = tokio::join!(driver.browser(), driver.browser());
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        // One person at two desks, the same document open at both.
        sign_in(&here, &desk, "mihara").await;
        sign_in(&there, &desk, "mihara").await;
        open(&here, &desk, &id).await;
        there.go(&desk.url(&format!("/items/{id}"))).await;
        ready(&there).await;
        here.fill("#f-remarks", "こちらで直した").await;
        here.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;

        compared(&there).await;
        there.fill("#f-remarks", "古い画面で直した").await;
        confirm(&there).await;
        says(&there, "表示したあとに内容が変わりました").await;
        says(&there, "古い画面で直した").await;
        there.picture("verbs-stale").await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.values[&FieldName::Remarks].as_str()), (DocumentState::InReview, "こちらで直した"));

        // Opened again it can be confirmed; the page at the other desk is then out of date, and confirms nothing a second time.
        there.go(&desk.url(&format!("/items/{id}"))).await;
        ready(&there).await;
        compared(&there).await;
        confirm(&there).await;
        says(&there, "確定しました").await;
        let done = desk.document(&id).await;
        assert_eq!(done.state, DocumentState::Approved);
        compared(&here).await;
        confirm(&here).await;
        says(&here, "すでに確定しています").await;
        here.picture("verbs-confirmed-already").await;
        assert_eq!(desk.document(&id).await, done);
        let approved = desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.approved").count();
        assert_eq!(approved, 1);
        here.close().await;
        there.close().await;
    }
}
