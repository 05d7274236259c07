//! 誤送信 in Chromium, two browsers: who may not see it sees nothing any more; the clock runs, and what was done with the paper is noted.

use super::super::browser::{Browser, Driver};
use super::super::queue::sign_in;
use super::super::seed::{Desk, HOUR};
use super::{answered, led, open, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;

const DAY: i64 = 24 * HOUR;

/// The tags and the forms of the steps, as label, tag, colour and whether it can still be noted.
async fn steps(browser: &Browser) -> Vec<(String, String, bool, bool)> {
    let script = "return [...document.querySelectorAll('main section tbody tr')].map(tr => [ \
        tr.querySelector('th').firstChild.textContent.trim(), tr.querySelector('.tag')?.innerText ?? '', \
        !!tr.querySelector('.tag.bad'), !!tr.querySelector('form')])";
    let rows = browser.js(script).await;
    let row = |row: &serde_json::Value| {
        let text = |at: usize| row[at].as_str().unwrap().to_owned();
        (text(0), text(1), row[2] == true, row[3] == true)
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

fn step(label: &str, tag: &str, late: bool, open: bool) -> (String, String, bool, bool) {
    (label.to_owned(), tag.to_owned(), late, open)
}

/// Notes a step, with these words.
async fn note(browser: &Browser, id: &DocumentId, code: &str, words: &str) {
    browser.fill(&format!("#n-{code}-{id}"), words).await;
    led(browser, &format!("form:has(#n-{code}-{id}) button")).await;
    says(browser, "記録しました").await;
}

/// The head of the office, after so long: signed in anew, on the page of incidents.
async fn later(browser: &Browser, desk: &Desk, days: i64) {
    desk.wait(days * DAY);
    browser.client.delete_all_cookies().await.unwrap();
    sign_in(browser, desk, "shitsucho").await;
    browser.go(&desk.url("/incidents")).await;
}

on_both_databases! {
    async fn a_letter_gone_astray_is_taken_out_and_its_clock_runs(db: Db) {
        let driver = Driver::start();
        let (reviewer, head) = tokio::join!(driver.browser(), driver.browser());
        let desk = Desk::open(db).await;
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        let id = desk.letter().await;
        sign_in(&reviewer, &desk, "mihara").await;
        open(&reviewer, &desk, &id).await;
        reviewer.click("[popovertarget=aside]").await;
        reviewer.click("#aside [value=misdirected]").await;
        led(&reviewer, "#aside .danger").await;
        assert_eq!(desk.document(&id).await.state, DocumentState::SetAside);

        // For who set it aside it is gone: from the list, from searches, by its address.
        reviewer.go(&desk.url("/queue?tray=set_aside")).await;
        assert_eq!(reviewer.js("return document.querySelectorAll('.rows tbody tr').length").await, 0);
        let delivery = desk.document(&id).await.delivery_id;
        for path in [format!("/items/{id}"), format!("/items/{id}/paper"), format!("/deliveries/{delivery}/pages/1")] {
            assert_eq!(answered(&reviewer, &path).await.0, 404, "{path}");
        }
        assert_eq!(answered(&reviewer, "/incidents").await.0, 403);
        reviewer.go(&desk.url(&format!("/items/{id}"))).await;
        assert!(!reviewer.text("body").await.contains("風間"), "{}", reviewer.text("body").await);
        assert_eq!(reviewer.js("return document.querySelectorAll('.bar a[href=\"/incidents\"]').length").await, 0);

        // The clock: the first report within five days, the final one within thirty.
        later(&head, &desk, 0).await;
        let whole = |first: (&str, bool), last: (&str, bool)| {
            vec![
                step("送信元への連絡", "", false, true),
                step("返却・廃棄", "", false, true),
                step("速報", first.0, first.1, true),
                step("確報", last.0, last.1, true),
                step("対応完了", "", false, true),
            ]
        };
        assert_eq!(steps(&head).await, whole(("あと5日", false), ("あと30日", false)));
        assert!(head.text("h1").await.contains("対応中 1件"));
        head.picture("verbs-incident").await;
        later(&head, &desk, 4).await;
        assert_eq!(steps(&head).await, whole(("あと24時間", false), ("あと26日", false)));
        later(&head, &desk, 2).await;
        assert_eq!(steps(&head).await, whole(("24時間超過", true), ("あと24日", false)));
        head.picture("verbs-incident-late").await;

        // What becomes of the paper is noted once, with who, when and how.
        note(&head, &id, "sender_told", "電話、事務長").await;
        note(&head, &id, "disposed", "返送（書留）").await;
        let log = head.text("main section tbody").await;
        for words in ["電話、事務長", "返送（書留）", "shitsucho"] {
            assert!(log.contains(words), "{log}");
        }
        assert_eq!(steps(&head).await[..2], [step("送信元への連絡", "", false, false), step("返却・廃棄", "", false, false)]);
        note(&head, &id, "reported_first", "").await;
        assert_eq!(steps(&head).await[2..4], [step("速報", "", false, false), step("確報", "あと24日", false, true)]);
        later(&head, &desk, 25).await;
        assert_eq!(steps(&head).await[3], step("確報", "24時間超過", true, true));
        note(&head, &id, "reported_final", "郵送").await;
        note(&head, &id, "closed", "").await;
        assert!(steps(&head).await.iter().all(|(_, tag, late, open)| tag.is_empty() && !late && !open));
        assert!(head.text("main section .head").await.contains("対応完了"));
        assert!(head.text("h1").await.contains("対応中 0件"));
        head.picture("verbs-incident-closed").await;
        // The head opens it, and it says why it lies there.
        head.click("main section h2 a").await;
        says(&head, "誤送信").await;
        reviewer.close().await;
        head.close().await;
    }
}
