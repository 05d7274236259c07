//! 照会 and 除外 in Chromium: the sender is asked on a sheet that the browser fetches, and what was laid aside is put back.

use super::super::browser::Driver;
use super::super::queue::sign_in;
use super::super::seed::Desk;
use super::super::whole::letter;
use super::{ALT_1, CTRL_ENTER, TAB, answered, led, led_by_box, open, ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;

on_both_databases! {
    async fn the_sender_is_asked_on_a_sheet_and_the_answer_leads_back(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        browser.fill("#f-remarks", "2枚目がない").await;
        browser.click("[popovertarget=ask]").await;
        browser.wait("#ask:popover-open").await;
        browser.fill("#note", "処方の2剤目の用量をご確認ください。").await;
        browser.picture("verbs-ask").await;
        led(&browser, "#ask .primary").await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.inquiry_note.as_deref()), (DocumentState::Inquiry, Some("処方の2剤目の用量をご確認ください。")));
        assert_eq!(document.values[&FieldName::Remarks], "2枚目がない", "the draft goes with it");

        browser.go(&desk.url("/queue?tray=inquiry")).await;
        browser.click(&format!("#row-{id} .open")).await;
        says(&browser, "照会中です。内容：処方の2剤目の用量をご確認ください。").await;
        browser.picture("verbs-asked").await;
        let sheets = browser.js("return [...document.querySelectorAll('.work-foot a[href*=\"inquiry.pdf\"]')].map(a => [a.innerText, a.getAttribute('href')])").await;
        assert_eq!(sheets, serde_json::json!([
            ["照会票（PDF）", format!("/items/{id}/inquiry.pdf")],
            ["照会票（患者氏名入り）", format!("/items/{id}/inquiry.pdf?name=1")],
        ]));
        for sheet in sheets.as_array().unwrap() {
            let said = answered(&browser, sheet[1].as_str().unwrap()).await;
            assert_eq!(said, (200, "application/pdf".to_owned(), "%PDF-".to_owned()));
        }
        let printed = desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.inquiry_printed").count();
        assert_eq!(printed, 2);

        led(&browser, "[formaction$='/put-back']").await;
        says(&browser, "確認待ちに戻しました").await;
        assert_eq!(desk.document(&id).await.state, DocumentState::Proposed);
        assert_eq!(answered(&browser, &format!("/items/{id}/inquiry.pdf")).await.0, 404, "nobody is being asked any more");
        browser.close().await;
    }

    async fn a_document_is_set_aside_with_its_reason_and_put_back(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        // Without a reason nothing happens.
        led_by_box(&browser, "aside", ".danger").await;
        says(&browser, "除外する理由を選んでください").await;
        assert_eq!(desk.document(&id).await.state, DocumentState::InReview);
        ready(&browser).await;
        browser.click("[popovertarget=aside]").await;
        browser.click("#aside [value=other]").await;
        browser.fill("#aside-note", "控えとして先に届いていた").await;
        led(&browser, "#aside .danger").await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.set_aside_reason.as_deref()), (DocumentState::SetAside, Some("控えとして先に届いていた")));

        browser.go(&desk.url("/queue?tray=set_aside")).await;
        browser.click(&format!("#row-{id} .open")).await;
        says(&browser, "除外した文書です。理由：控えとして先に届いていた").await;
        led(&browser, "[formaction$='/put-back']").await;
        assert_eq!(desk.document(&id).await.state, DocumentState::Proposed);
        browser.go(&desk.url("/queue?tray=open")).await;
        browser.wait(&format!("#row-{id}")).await;
        browser.close().await;
    }

    async fn in_an_open_box_the_keys_of_the_form_mean_the_box(db: Db) {
        const CTRL_S: &str = "\u{e009}s\u{e000}";
        const ESC: &str = "\u{e00c}";
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let (id, other) = (desk.letter().await, letter(&desk, "other.tif", Kind::ReferralLetter, "").await);
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        // Everything is chosen: without a box over it the document would be confirmed.
        let compared = async || {
            browser.keys(ALT_1).await;
            browser.until("document.activeElement?.name === 'compared'").await;
            browser.keys(&format!(" {TAB} ")).await;
            browser.until("document.querySelectorAll('[name=compared]:checked').length === 2").await;
        };
        compared().await;
        browser.js("window.before = 1").await;
        // 除外, ページの整理 and the list of keys have no button that a habit may press; what was written there stays.
        for (leads, name, note) in [("[popovertarget=aside]", "aside", "#aside-note"), ("[popovertarget=paging]", "paging", ""), ("[popovertarget=keys]", "keys", "")] {
            browser.click(leads).await;
            browser.wait(&format!("#{name}:popover-open")).await;
            if !note.is_empty() {
                browser.fill(note, "書きかけ").await;
            }
            browser.keys(CTRL_ENTER).await;
            browser.keys(CTRL_S).await;
            tokio::time::sleep(std::time::Duration::from_millis(700)).await;
            let stands = format!("return window.before === 1 && !!document.querySelector('#{name}:popover-open')");
            assert_eq!(browser.js(&stands).await, true, "{name}: the page is still there, and the box over it");
            assert_eq!(desk.document(&id).await.state, DocumentState::InReview, "{name}");
            if !note.is_empty() {
                assert_eq!(browser.js(&format!("return document.querySelector('{note}').value")).await, "書きかけ");
            }
            browser.keys(ESC).await;
            browser.until("!document.querySelector(':popover-open')").await;
        }
        // 照会 has one: Ctrl+S drops nothing, Ctrl+Enter asks the sender, and confirms nothing.
        browser.click("[popovertarget=ask]").await;
        browser.wait("#ask:popover-open").await;
        browser.fill("#note", "用量をご確認ください。").await;
        browser.keys(CTRL_S).await;
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(browser.js("return window.before === 1 && document.querySelector('#note').value").await, "用量をご確認ください。");
        browser.keys(CTRL_ENTER).await;
        browser.until_within(30, "!window.before && document.readyState === 'complete'").await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.inquiry_note.as_deref()), (DocumentState::Inquiry, Some("用量をご確認ください。")));
        assert!(!desk.log(id.as_str()).await.contains(&"document.approved".to_owned()));
        // The same strokes without a box confirm.
        browser.go(&desk.url(&format!("/items/{other}"))).await;
        if browser.js("return !!document.querySelector('#start')").await == true {
            browser.click("#start").await;
        }
        ready(&browser).await;
        compared().await;
        browser.js("window.before = 1").await;
        browser.keys(CTRL_ENTER).await;
        browser.until_within(30, "!window.before && document.readyState === 'complete'").await;
        assert_eq!(desk.document(&other).await.state, DocumentState::Approved);
        browser.close().await;
    }
}
