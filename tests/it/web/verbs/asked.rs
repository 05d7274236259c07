//! 照会 and 除外 in Chromium: the sender is asked on a sheet that the browser fetches, and what was laid aside is put back.

use super::super::browser::Driver;
use super::super::queue::sign_in;
use super::super::seed::Desk;
use super::{answered, led, led_by_box, open, ready, says};
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
}
