//! Signing in with a second factor, in Chromium: it is set up on the account's page and asked for from then on.

use super::browser::Driver;
use super::queue::sign_in;
use super::seed::{Desk, MINUTE, PASSWORD};
use crate::support::on_both_databases;
use uketsuke::web::totp;

on_both_databases! {
    async fn a_second_factor_is_set_up_and_asked_for_in_the_browser(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        sign_in(&browser, &desk, "mihara").await;
        browser.go(&desk.url("/account/second-factor")).await;
        let secret = totp::from_base32(browser.text("#secret").await.trim()).unwrap();
        browser.fill("[name=code]", &totp::shown(&secret, desk.now())).await;
        browser.fill("[name=current]", PASSWORD).await;
        browser.click("main form .primary").await;
        browser.until("document.querySelectorAll('li code').length === 10").await;
        let codes = browser.js("return [...document.querySelectorAll('li code')].map(e => e.innerText)").await;
        // The password, then the code; a wrong one opens nothing, a recovery code does once.
        for (code, opens) in [("000000".to_owned(), false), (totp::shown(&secret, desk.now().plus_ms(MINUTE)), true), (codes[0].as_str().unwrap().to_owned(), true), (codes[0].as_str().unwrap().to_owned(), false)] {
            if opens && code.len() == 6 {
                desk.wait(MINUTE);
            }
            browser.client.delete_all_cookies().await.unwrap();
            browser.go(&desk.url("/sign-in")).await;
            browser.fill("#login", "mihara").await;
            browser.fill("#password", PASSWORD).await;
            browser.click(".primary").await;
            browser.wait("[name=code]").await;
            browser.fill("[name=code]", &code).await;
            browser.js("window.before = 1").await;
            browser.click("main form .primary").await;
            browser.until("!window.before && document.readyState === 'complete'").await;
            assert_eq!(browser.js("return !!document.querySelector('.queue')").await, opens, "{code}: {}", browser.text("main").await);
        }
        let log = desk.log(desk.staff("mihara").await.as_str()).await;
        for verb in ["account.second_factor_set", "account.recovery_used"] {
            assert_eq!(log.iter().filter(|said| *said == verb).count(), 1, "{verb} in {log:?}");
        }
        browser.close().await;
    }
}
