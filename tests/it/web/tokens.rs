//! Tokens in Chromium: an administrator makes one, reads it once, and stops it.

use super::browser::Driver;
use super::http::Client;
use super::seed::{Desk, PASSWORD};
use crate::support::on_both_databases;
use uketsuke::domain::Role;

on_both_databases! {
    async fn a_token_is_made_shown_once_and_stopped_in_the_browser(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.person("kanri", &[Role::Administrator], &[]).await;
        browser.go(&desk.url("/sign-in")).await;
        browser.fill("#login", "kanri").await;
        browser.fill("#password", PASSWORD).await;
        browser.click(".primary").await;
        browser.until("location.pathname === '/staff'").await;
        browser.go(&desk.url("/tokens")).await;
        assert!(browser.text("#main").await.contains("トークンはまだありません"));

        browser.fill("#name", "ehr").await;
        browser.fill("#days", "30").await;
        browser.click("[name=scope][value='items:read']").await;
        browser.click("form[action='/tokens'] .primary").await;
        let token = browser.wait("#made").await.text().await.unwrap();
        browser.picture("tokens-made").await;
        let mut peer = Client::new(desk.address);
        assert_eq!(peer.ask("GET", "/api/items", &token, None).await.status, 200, "what is shown opens what was chosen");
        assert_eq!(peer.ask("GET", "/api/records", &token, None).await.status, 403, "and nothing else");

        browser.go(&desk.url("/tokens")).await;
        browser.wait(".framed table").await;
        let secret = token.rsplit('_').next().unwrap();
        let page = browser.js("return document.documentElement.outerHTML").await;
        assert!(!page.as_str().unwrap().contains(secret), "it is shown once");
        assert!(browser.text(".framed table").await.contains("○ 有効"));
        browser.picture("tokens").await;

        browser.click("form[action$='/revoke'] button").await;
        browser.until("document.querySelector('.framed table')?.innerText.includes('！停止')").await;
        assert_eq!(browser.js("return document.querySelectorAll(\"form[action$='/revoke']\").length").await, 0);
        browser.picture("tokens-stopped").await;
        assert_eq!(peer.ask("GET", "/api/items", &token, None).await.status, 401);
        browser.close().await;
    }
}
