//! The verbs of the desk in Chromium, on both databases: each by its own button or keys, each ending in what the database says.

mod asked;
mod astray;
mod pages;
mod people;
mod records;
mod related;
mod reread;

use super::browser::Browser;
use super::seed::Desk;
use uketsuke::domain::DocumentId;

pub const CTRL_ENTER: &str = "\u{e009}\u{e007}\u{e000}";
pub const ALT_0: &str = "\u{e00a}0\u{e000}";
pub const ALT_1: &str = "\u{e00a}1\u{e000}";
pub const TAB: &str = "\u{e004}";
pub const F9: &str = "\u{e039}";

/// Opens a document to work on it, by its button.
pub async fn open(browser: &Browser, desk: &Desk, id: &DocumentId) {
    browser.go(&desk.url(&format!("/items/{id}"))).await;
    browser.click("#start").await;
    ready(browser).await;
}

/// Waits until the scripts of a page that is worked on have begun: something in the form has the focus.
pub async fn ready(browser: &Browser) {
    browser.wait("#item[data-editable]").await;
    browser
        .until(
            "document.readyState === 'complete' && document.activeElement?.closest('#item') \
             && document.querySelector('.leaf img')?.naturalWidth > 0",
        )
        .await;
}

/// Clicks what leads to another page, and waits for that page. Some wait for pages that are read again.
pub async fn led(browser: &Browser, css: &str) {
    browser.js("window.before = 1").await;
    browser.click(css).await;
    browser.until_within(90, "!window.before && document.readyState === 'complete'").await;
}

/// Opens the box over the page to which that button leads, and clicks what leads on from there.
pub async fn led_by_box(browser: &Browser, name: &str, css: &str) {
    browser.click(&format!("[popovertarget={name}]")).await;
    browser.wait(&format!("#{name}:popover-open")).await;
    led(browser, &format!("#{name} {css}")).await;
}

/// Whether the page says this on top.
pub async fn says(browser: &Browser, words: &str) {
    browser
        .until(&format!("[...document.querySelectorAll('.notice')].some(e => e.innerText.includes({words:?}))"))
        .await;
}

/// What the browser is answered at an address, with its own session: the status, the kind, and how the content begins.
pub async fn answered(browser: &Browser, path: &str) -> (i64, String, String) {
    let ask = "const [path, done] = arguments; fetch(path).then(async answer => { \
        const start = new Uint8Array(await answer.arrayBuffer()).slice(0, 5); \
        done([answer.status, answer.headers.get('content-type') ?? '', String.fromCharCode(...start)]); })";
    let said = browser.client.execute_async(ask, vec![path.into()]).await.expect("it is answered");
    let text = |at: usize| said[at].as_str().expect("a text").to_owned();
    (said[0].as_i64().expect("a status"), text(1), text(2))
}
