//! The paper on a second screen, in a window of its own: it follows the field in hand, gives its words, and ends with the item.

use super::browser::{Browser, Driver};
use super::http::Client;
use super::queue::sign_in;
use super::seed::{Desk, PASSWORD};
use super::verbs::{led, open, ready};
use super::whole::letter;
use crate::support::on_both_databases;
use fantoccini::wd::WindowHandle;
use uketsuke::domain::*;

/// Waits for the second window, and gives it.
async fn second(browser: &Browser, first: &WindowHandle) -> WindowHandle {
    for _ in 0..100 {
        let windows = browser.client.windows().await.unwrap();
        if let Some(other) = windows.into_iter().find(|window| window != first) {
            return other;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no second window opened");
}

async fn at(browser: &Browser, window: &WindowHandle) {
    browser.client.switch_to_window(window.clone()).await.unwrap();
}

const LIT: &str = "document.querySelector('rect.lit')?.dataset.f";

on_both_databases! {
    async fn the_paper_on_a_second_screen_follows_the_field_in_hand(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let id = desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        let viewed = async || desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.viewed").count();
        let before = viewed().await;
        let form = browser.client.window().await.unwrap();
        browser.click("[data-second]").await;
        let paper = second(&browser, &form).await;
        at(&browser, &paper).await;
        browser.until(&format!("location.pathname === '/items/{id}/paper'")).await;
        browser.until("document.querySelector('.leaf img')?.naturalWidth > 0").await;
        assert_eq!(viewed().await, before + 1, "its view is on record as that of the item is");
        // What is lit at the form is lit here, from the start and from then on.
        browser.until(&format!("{LIT} === 'patient_kana'")).await;
        assert_eq!(browser.js("return document.querySelectorAll('form#item, [data-f]:not(rect)').length").await, 0, "only the paper");
        at(&browser, &form).await;
        browser.click("#f-patient_birth_date").await;
        at(&browser, &paper).await;
        browser.until(&format!("{LIT} === 'patient_birth_date'")).await;
        // A word clicked here stands in the field there.
        browser.until("document.querySelector('#scroll.picking [data-word=\"昭和\"]')").await;
        browser.picture("second-screen").await;
        browser.click("[data-word='昭和']").await;
        at(&browser, &form).await;
        browser.until("document.querySelector('#f-patient_birth_date').value === '昭和32年4月5日'").await;
        assert_eq!(browser.js("return document.activeElement.id").await, "f-patient_birth_date", "the field stays in hand");
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        // A box clicked here leads to its field there.
        at(&browser, &paper).await;
        browser.click("rect[data-f=patient_phone]").await;
        browser.until(&format!("{LIT} === 'patient_phone'")).await;
        at(&browser, &form).await;
        browser.until("document.activeElement?.id === 'f-patient_phone'").await;
        // The viewer answers to its keys here, too.
        at(&browser, &paper).await;
        let wide = "document.querySelector('.leaf').getBoundingClientRect().width";
        let width = browser.js(&format!("return {wide}")).await.as_f64().unwrap();
        browser.keys("\u{e032}").await;
        browser.until(&format!("{wide} > {width} * 1.3")).await;
        browser.keys("\u{e009}\u{e032}\u{e000}").await;
        browser.until("document.querySelector('#scroll.inverted')").await;
        browser.keys("?").await;
        browser.until("document.querySelector('#keys:popover-open')").await;
        browser.keys("\u{e031}").await;
        browser.until("!document.querySelector('#keys:popover-open')").await;

        // Asked for again it is the same window.
        at(&browser, &form).await;
        browser.keys("\u{e008}\u{e039}\u{e000}").await;
        at(&browser, &paper).await;
        browser.until("document.querySelector('.leaf img')?.naturalWidth > 0 && !document.querySelector('#scroll.inverted')").await;
        assert_eq!(browser.client.windows().await.unwrap().len(), 2);

        // Sent and shown again by its own form, the item is not left.
        at(&browser, &form).await;
        led(&browser, "#save").await;
        ready(&browser).await;
        at(&browser, &paper).await;
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        assert_eq!(browser.js("return document.querySelector('#over').hidden").await, true);

        // Left, it says so and shows nothing of the patient.
        at(&browser, &form).await;
        led(&browser, "[formaction$='/release']").await;
        at(&browser, &paper).await;
        browser.until("!document.querySelector('#over').hidden").await;
        assert!(browser.text("main").await.contains("この文書の画面は閉じられました"));
        assert_eq!(browser.js("return [...document.querySelectorAll('.leaf img')].filter(i => i.offsetParent).length").await, 0);
        browser.picture("second-screen-over").await;
        // The next document that is opened comes here by itself.
        at(&browser, &form).await;
        browser.go(&desk.url("/queue?kind=discharge_summary")).await;
        browser.keys("n").await;
        browser.wait("#item[data-editable]").await;
        let next = browser.client.current_url().await.unwrap().path().to_owned();
        assert!(!next.contains(id.as_str()));
        at(&browser, &paper).await;
        browser.until(&format!("location.pathname === '{next}/paper' && document.querySelectorAll('.leaf').length === 3")).await;
        browser.picture("second-screen-next").await;
        // It closes by its button.
        browser.click("#close").await;
        at(&browser, &form).await;
        for _ in 0..50 {
            if browser.client.windows().await.unwrap().len() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(browser.client.windows().await.unwrap().len(), 1);
        browser.close().await;
    }

    async fn the_paper_alone_is_for_those_who_may_see_the_document(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        desk.person("kansa", &[Role::Auditor], &[]).await;
        let id = letter(&desk, "restricted.tif", Kind::DisclosureRequest, "").await;
        let path = format!("/items/{id}/paper");
        for (login, status) in [("mihara", 404), ("kansa", 403), ("shitsucho", 200)] {
            let mut client = Client::new(desk.address);
            assert_eq!(client.sign_in(login, PASSWORD).await.status, 303);
            let reply = client.get(&path).await;
            assert_eq!(reply.status, status, "{login}");
            assert_eq!(reply.text().contains("data-paper"), status == 200, "{login}");
        }
        assert_eq!(Client::new(desk.address).get(&path).await.status, 303, "nobody who is not signed in");
        let viewed = desk.log(id.as_str()).await.into_iter().filter(|verb| verb == "document.viewed").count();
        assert_eq!(viewed, 1);
    }
}
