//! 追加ページ・再送 in Chromium: compared page beside page, then set aside as sent again or attached behind the first.

use super::super::browser::Driver;
use super::super::queue::sign_in;
use super::super::seed::{self, Desk};
use super::{led, led_by_box, open, ready, says};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::review::Relation;

on_both_databases! {
    async fn what_was_sent_again_is_set_aside_and_what_goes_on_is_attached(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let first = desk.letter().await;
        let delivery = desk.delivery("again.tif", Channel::Fax, &seed::blank_page(), 0).await;
        let mut reading = seed::letter(&BTreeMap::new());
        seed::put(&mut reading, FieldName::Diagnosis, "労作性狭心症の疑い、糖尿病", 0.9);
        let again = desk.propose(&delivery, &reading, 0, 60_000).await;
        let delivery = desk.delivery("rest.tif", Channel::Fax, &seed::blank_page(), 0).await;
        let rest = desk.propose(&delivery, &seed::letter(&BTreeMap::new()), 0, 120_000).await;
        sign_in(&browser, &desk, "mihara").await;

        open(&browser, &desk, &again).await;
        browser.fill("#f-remarks", "送り直し").await;
        led_by_box(&browser, "paging", "[value=related]").await;
        led(&browser, &format!("a[href$='with={first}']")).await;
        browser.until("[...document.querySelectorAll('.beside img')].length === 2 && [...document.querySelectorAll('.beside img')].every(i => i.naturalWidth > 0)").await;
        let row = "[...document.querySelectorAll('tbody tr')].find(tr => tr.querySelector('.tag.warn') && tr.innerText.includes('傷病名'))";
        browser.until(&format!("!!{row}")).await;
        assert!(browser.text("main").await.contains("性別\t同じ\t女\t女"), "in words");
        let marked = format!("return [...{row}.querySelectorAll('mark')].map(e => e.innerText).join('')");
        assert!(browser.js(&marked).await.as_str().is_some_and(|words| words.contains("糖尿")));
        browser.picture("verbs-beside").await;
        led(&browser, "[name=as][value=resent]").await;
        says(&browser, "もとの文書に付けて除外しました").await;
        let document = desk.document(&again).await;
        assert_eq!((document.state, document.relation, document.related_to.as_ref()), (DocumentState::SetAside, Some(Relation::Resent), Some(&first)));
        assert_eq!(document.values[&FieldName::Remarks], "送り直し", "what was typed is kept with it");

        browser.go(&desk.url(&format!("/items/{rest}"))).await;
        if browser.js("return !!document.querySelector('#start')").await == true {
            browser.click("#start").await;
        }
        ready(&browser).await;
        led_by_box(&browser, "paging", "[value=related]").await;
        led(&browser, &format!("a[href$='with={first}']")).await;
        led(&browser, "[name=as][value=attached]").await;
        assert_eq!(desk.document(&rest).await.relation, Some(Relation::Attached));
        // The first one has its page behind its own, and names both.
        browser.go(&desk.url(&format!("/items/{first}"))).await;
        browser.until("document.querySelectorAll('.leaf').length === 2").await;
        assert_eq!(browser.js("return [...document.querySelectorAll('.leaf')].map(e => e.dataset.no)").await, serde_json::json!(["1", "a1"]));
        browser.js("document.querySelector('#page-a1').scrollIntoView()").await;
        browser.until("document.querySelector('#page-a1 img').naturalWidth > 0").await;
        for (id, words) in [(&again, "同じ文書の再送"), (&rest, "ほかの文書の追加ページ")] {
            assert_eq!(browser.js(&format!("return document.querySelector(\".notice a[href='/items/{id}']\").closest('li').innerText.includes('{words}')")).await, true);
        }
        browser.picture("verbs-attached").await;
        // What was sent again by mistake of the eye is put back.
        browser.go(&desk.url(&format!("/items/{again}"))).await;
        led(&browser, "[formaction$='/put-back']").await;
        let document = desk.document(&again).await;
        assert_eq!((document.state, document.relation), (DocumentState::Proposed, None));
        browser.close().await;
    }
}
