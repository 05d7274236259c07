//! Pages in Chromium: parted, joined, ordered, put out, taken back, turned. What was typed stays, and what is shown is the new order.

use super::super::browser::{Browser, Driver};
use super::super::paging::{LETTER, MORE, REPLY};
use super::super::queue::sign_in;
use super::super::seed::{self, Desk, HOUR};
use super::{led_by_box, open, ready, says};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use std::io::Cursor;
use uketsuke::domain::*;
use uketsuke::store::documents;

/// The pages of the document, as the database has them and as they are shown.
async fn pages(browser: &Browser, desk: &Desk, id: &DocumentId) -> Vec<u32> {
    let kept: Vec<u32> = desk.document(id).await.pages.iter().map(|no| no.0).collect();
    let shown = browser.js("return [...document.querySelectorAll('.leaf')].map(e => Number(e.dataset.no))").await;
    assert_eq!(shown, serde_json::json!(kept), "what is shown");
    kept
}

on_both_databases! {
    async fn a_document_is_parted_joined_and_put_in_order(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let (delivery, ids) = desk.fax("three.tif", &[LETTER, MORE, REPLY], &[&[1, 2, 3]]).await;
        let id = &ids[0];
        let all = async || documents::of_delivery(&mut desk.db.read().await.unwrap(), &delivery).await.unwrap();
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, id).await;
        // Typed just before, so that the draft is on its way or not yet sent.
        browser.fill("#f-remarks", "電話で確認済み").await;
        browser.click("[popovertarget=paging]").await;
        browser.wait("#paging:popover-open").await;
        browser.picture("verbs-paging").await;
        browser.js("document.querySelector('#paging').hidePopover()").await;
        led_by_box(&browser, "paging", "[value='split:3']").await;
        says(&browser, "後ろのページを別の文書に分けました").await;
        assert_eq!(pages(&browser, &desk, id).await, [1, 2]);
        let parted = all().await;
        assert_eq!(parted.len(), 2);
        let second = parted.iter().find(|document| document.id != *id).unwrap();
        assert_eq!((second.pages.0.clone(), second.kind), (vec![PageNo(3)], Kind::ReplyLetter));
        assert_eq!(desk.document(id).await.values[&FieldName::Remarks], "電話で確認済み");
        assert_eq!(browser.js("return document.querySelector('#f-remarks').value").await, "電話で確認済み");

        ready(&browser).await;
        browser.click("[popovertarget=paging]").await;
        browser.until("document.querySelector('#paging').innerText.includes('星野')").await;
        browser.picture("verbs-paging-joinable").await;
        browser.js("document.querySelector('#paging').hidePopover()").await;
        led_by_box(&browser, "paging", "[value^='join:']").await;
        says(&browser, "一つの文書にまとめました").await;
        assert_eq!((pages(&browser, &desk, id).await, all().await.len()), (vec![1, 2, 3], 1));

        for (button, expected, words) in [
            ("[value='earlier:2']", vec![2, 1, 3], "並べ替えました"),
            ("[value='later:2']", vec![1, 2, 3], "並べ替えました"),
            ("[value='drop:2']", vec![1, 3], "ページを外しました"),
        ] {
            ready(&browser).await;
            led_by_box(&browser, "paging", button).await;
            says(&browser, words).await;
            assert_eq!(pages(&browser, &desk, id).await, expected, "{button}");
        }
        assert_eq!(desk.document(id).await.dropped.0, [PageNo(2)]);
        ready(&browser).await;
        browser.click("[popovertarget=paging]").await;
        browser.until("document.querySelector('#paging .out')?.innerText.includes('2ページ（外したページ）')").await;
        browser.picture("verbs-page-out").await;
        browser.js("document.querySelector('#paging').hidePopover()").await;
        led_by_box(&browser, "paging", "[value='restore:2']").await;
        assert_eq!(pages(&browser, &desk, id).await, [1, 3, 2]);
        assert_eq!(desk.document(id).await.dropped.0, []);
        assert_eq!(desk.document(id).await.values[&FieldName::Remarks], "電話で確認済み", "through all of it");
        let log = desk.log(id.as_str()).await;
        for verb in ["document.split", "document.joined", "document.arranged"] {
            assert!(log.iter().any(|row| row == verb), "{verb}: {log:?}");
        }
        browser.close().await;
    }

    async fn a_page_that_came_upside_down_is_turned_and_read(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let (png, _) = seed::paper(&browser).await;
        let mut turned = Cursor::new(Vec::new());
        image::load_from_memory(&png).unwrap().rotate180().write_to(&mut turned, image::ImageFormat::Png).unwrap();
        let delivery = desk.delivery("upside.tif", Channel::Fax, turned.get_ref(), HOUR).await;
        let mut reading = seed::letter(&BTreeMap::new());
        reading.fields.clear();
        let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        assert_eq!(browser.js("return document.querySelector('#f-patient_name').value").await, "");
        // A pixel of the upper part of the picture, which changes with the turn.
        let above = "(() => { const i = document.querySelector('.leaf img'), c = document.createElement('canvas'); c.width = c.height = 40; \
            const p = c.getContext('2d'); p.drawImage(i, 0, 0, 40, 40); return [...p.getImageData(0, 0, 40, 8).data].reduce((a, b) => a + b); })()";
        let before = browser.js(&format!("return {above}")).await;
        led_by_box(&browser, "paging", "[value='turn:1:180']").await;
        says(&browser, "ページを回して読み直しました").await;
        ready(&browser).await;
        browser.until("document.querySelector('#f-patient_name').value.replace(/\\s/g, '') === '風間灯'").await;
        assert_ne!(browser.js(&format!("return {above}")).await, before, "the page is shown as it was turned");
        browser.picture("verbs-turned").await;
        let document = desk.document(&id).await;
        assert_eq!(document.rotation.0, [180]);
        assert_eq!(document.values[&FieldName::PatientBirthDate], "1957-04-05");
        // A quarter to the right, and the page lies on its side.
        led_by_box(&browser, "paging", "[value='turn:1:90']").await;
        says(&browser, "ページを回して読み直しました").await;
        browser.until("(i => i.naturalWidth > i.naturalHeight)(document.querySelector('.leaf img'))").await;
        assert_eq!(desk.document(&id).await.rotation.0, [270]);
        browser.close().await;
    }
}
