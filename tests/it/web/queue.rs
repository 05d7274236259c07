//! The queue in Chromium: chips, kept lists, search, several at once, print, and the board of the day.

use super::browser::{Browser, Driver};
use super::seed::{Desk, HOUR, MINUTE, PASSWORD, blank_page, reading_of};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::{assignments, deliveries, pages, views};

pub async fn sign_in(browser: &Browser, desk: &Desk, login: &str) {
    browser.go(&desk.url("/sign-in")).await;
    browser.fill("#login", login).await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
    browser.wait(".queue").await;
}

async fn rows(browser: &Browser) -> i64 {
    browser.js("return document.querySelectorAll('.rows tbody tr').length").await.as_i64().unwrap()
}

/// Clicks the chip of that label, and waits for the page it leads to.
async fn chip(browser: &Browser, label: &str) {
    browser.js("window.before = 1").await;
    let script = format!("[...document.querySelectorAll('a.chip')].find(a => a.innerText.includes({label:?})).click()");
    browser.js(&script).await;
    browser.until("!window.before && document.readyState === 'complete' && document.querySelector('.queue')").await;
}

async fn search(browser: &Browser, text: &str) {
    browser.fill("#search", text).await;
    browser.js("window.before = 1").await;
    browser.click(".search button").await;
    browser.until("!window.before && document.readyState === 'complete' && document.querySelector('#search')").await;
}

on_both_databases! {
    async fn chips_add_up_and_say_what_they_would_show(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;
        let all = rows(&browser).await;
        assert_eq!(all, 14);
        chip(&browser, "FAX診療予約申込書").await;
        assert_eq!(rows(&browser).await, 2);
        // The count beside another kind says how many it would add.
        let said = browser.js("return [...document.querySelectorAll('a.chip')].find(a => a.innerText.includes('返書')).querySelector('.num').innerText").await;
        assert_eq!(said, "1");
        chip(&browser, "返書・報告書").await;
        assert_eq!(rows(&browser).await, 3);
        assert_eq!(browser.js("return document.querySelectorAll('.active li').length").await, 2);
        browser.picture("queue-chips").await;
        chip(&browser, "注意あり").await;
        let alerted = rows(&browser).await;
        assert!(alerted < 3 && browser.text("h1").await.contains(&format!("{alerted}件")));
        // Each set condition can be taken away by itself.
        browser.js("window.before = 1").await;
        browser.click(".active li:first-child a").await;
        browser.until("!window.before && document.querySelectorAll('.active li').length === 2").await;
        // Somebody else's and mine.
        let first = desk.letter().await;
        let other = desk.staff("onodera").await;
        desk.review.hold(&other, &first).await.unwrap();
        browser.go(&desk.url("/queue?tray=open")).await;
        chip(&browser, "ほかの人が確認中").await;
        assert_eq!(rows(&browser).await, 1);
        assert!(browser.text(".rows tbody").await.contains("小野寺 剛"));
        // Every input and link has a name.
        let nameless = "return [...document.querySelectorAll('input:not([type=hidden]), select, button, a')]\
            .filter(e => !(e.innerText?.trim() || e.labels?.length || e.getAttribute('aria-label'))).map(e => e.outerHTML)";
        assert_eq!(browser.js(nameless).await, serde_json::json!([]));
        browser.close().await;
    }

    async fn a_kept_list_opens_again_and_can_be_the_first(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;
        chip(&browser, "FAX診療予約申込書").await;
        search(&browser, "星野").await;
        assert_eq!(rows(&browser).await, 1);
        browser.fill("#view-name", "予約の星野さん").await;
        browser.click(".keep button").await;
        browser.until("document.body.innerText.includes('この一覧を保存しました')").await;
        browser.picture("queue-views").await;
        // A name that is searched for stands in no address.
        assert!(!browser.js("return location.href").await.as_str().unwrap().contains('%'));
        browser.go(&desk.url("/queue?tray=open&clear=1")).await;
        browser.until("document.querySelectorAll('.rows tbody tr').length === 14").await;
        browser.click(".views li > a").await;
        browser.until("document.querySelectorAll('.rows tbody tr').length === 1").await;
        browser.click(".views summary").await;
        browser.click(".views details form:first-of-type button").await;
        browser.until("document.body.innerText.includes('最初に開く一覧を変えました')").await;
        browser.go(&desk.url("/queue?tray=open&clear=1")).await;
        browser.go(&desk.url("/queue")).await;
        browser.until("document.querySelectorAll('.rows tbody tr').length === 1").await;
        // Not a colleague's.
        let mut tx = desk.db.read().await.unwrap();
        let mine = views::of(&mut tx, &desk.staff("mihara").await).await.unwrap();
        assert_eq!((mine.len(), mine[0].search.as_str(), mine[0].is_default), (1, "星野", true));
        assert_eq!(views::of(&mut tx, &desk.staff("onodera").await).await.unwrap(), []);
        drop(tx);
        browser.click(".views summary").await;
        browser.click(".views details form:last-of-type button").await;
        browser.until("!document.querySelector('.views li')").await;
        browser.close().await;
    }

    async fn a_search_finds_a_word_that_stands_only_on_the_page(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.morning(&browser).await;
        sign_in(&browser, &desk, "mihara").await;
        for (text, expected) in [("昭和32年4月5日", 1), ("S32.4.5", 1), ("カザマ", 1), ("標茶町立病院", 1), ("浜風 藤代", 1), ("ないことば", 0)] {
            search(&browser, text).await;
            assert_eq!(rows(&browser).await, expected, "{text}");
            assert_eq!(browser.js("return document.querySelector('#search').value").await, text);
        }
        browser.picture("queue-search-none").await;
        browser.close().await;
    }

    async fn a_search_that_was_cut_says_so_above_what_it_found(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let mut tx = desk.db.write().await.unwrap();
        uketsuke::store::bench::prepare(&mut tx).await.unwrap();
        uketsuke::store::bench::fill(&mut tx, 1, 4000, 4000, desk.now()).await.unwrap();
        uketsuke::store::bench::settle(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        sign_in(&browser, &desk, "mihara").await;
        let words = "新しい1,000件までを探しました";
        for tray in ["pushed", "set_aside"] {
            browser.go(&desk.url(&format!("/queue?tray={tray}&clear=1"))).await;
            browser.wait("#search").await;
            assert!(!browser.text("#main").await.contains(words), "{tray}");
            search(&browser, "高血圧").await;
            assert!(rows(&browser).await > 40, "{tray}");
            assert!(browser.text("#main").await.contains(words), "{tray}: {}", browser.text("#main").await);
        }
        browser.picture("queue-search-cut").await;
        let over = "return [...document.querySelectorAll('.rows td.nowrap')].filter(td => td.scrollWidth > td.clientWidth).map(td => td.innerText)";
        assert_eq!(browser.js(over).await, serde_json::json!([]), "no date of another year runs into the next column");
        // A number finds its one document among all of them.
        search(&browser, "00000028").await;
        assert_eq!((rows(&browser).await, browser.text("#main").await.contains(words)), (0, false), "it lies in the other tray");
        browser.go(&desk.url("/queue?tray=pushed")).await;
        browser.until("document.querySelectorAll('.rows tbody tr').length === 1").await;
        browser.go(&desk.url("/queue?tray=open&clear=1")).await;
        browser.wait("#search").await;
        search(&browser, "高血圧").await;
        assert!(!browser.text("#main").await.contains(words), "an open tray is looked through whole");
        browser.close().await;
    }

    async fn several_are_done_at_once_and_each_refusal_says_why(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let mut made = vec![];
        for i in 0..4 {
            let delivery = desk.delivery(&format!("ad-{i}.tif"), Channel::Fax, &blank_page(), HOUR).await;
            made.push(desk.propose(&delivery, &reading_of(Kind::Advertisement, Decision::Review), HOUR, 2 * HOUR + i * MINUTE).await);
        }
        sign_in(&browser, &desk, "mihara").await;
        // By keyboard: j to the row, x ticks it.
        browser.keys("j").await;
        browser.keys("x").await;
        browser.keys("j").await;
        browser.keys("x").await;
        browser.until("document.getElementById('ticked').innerText === '2件を選択'").await;
        // Given to a colleague.
        let onodera = desk.staff("onodera").await;
        browser.js(&format!("document.getElementById('colleague').value = '{onodera}'")).await;
        browser.click("[name=do][value=assign]").await;
        browser.until("document.body.innerText.includes('2件すべてを処理しました')").await;
        let given = assignments::of(&mut desk.db.read().await.unwrap(), &made[1]).await.unwrap().unwrap();
        assert_eq!(given.user_id, onodera);
        browser.click("main .actions a").await;
        browser.wait("#tick-all").await;
        assert!(browser.text(".rows").await.contains("小野寺 剛"));
        // A colleague opens one of them after the list was shown.
        browser.click("#tick-all").await;
        browser.picture("queue-ticked").await;
        desk.review.hold(&onodera, &made[2]).await.unwrap();
        browser.js("document.querySelectorAll('[name=tick]').forEach(t => t.checked = true)").await;
        browser.click("[name=do][value=advertisement]").await;
        browser.until("document.querySelector('#refused')").await;
        assert!(browser.text("#refused").await.contains("小野寺 剛さんが確認中"), "{}", browser.text("#refused").await);
        assert_eq!(browser.js("return document.querySelectorAll('#done tbody tr').length").await, 3);
        browser.picture("several").await;
        for (id, state) in made.iter().zip([DocumentState::SetAside, DocumentState::SetAside, DocumentState::InReview, DocumentState::SetAside]) {
            assert_eq!(desk.document(id).await.state, state);
        }
        // Nothing ticked says so, and prints nothing.
        browser.click("main .actions a").await;
        browser.wait("#several").await;
        browser.click("[name=do][value=print]").await;
        browser.until("document.body.innerText.includes('文書が選ばれていません')").await;
        browser.click("[name=tick]").await;
        browser.click("[name=do][value=print]").await;
        browser.wait(".paper").await;
        assert_eq!(browser.js("return document.querySelectorAll('.paper tbody tr').length").await, 1);
        assert!(browser.text(".sheet").await.contains("三原 佳奈"));
        browser.picture("print").await;
        let sheets = "return [...document.styleSheets].some(s => [...s.cssRules].some(r => r.media?.mediaText === 'print'))";
        assert_eq!(browser.js(sheets).await, true);
        assert!(desk.log(made[2].as_str()).await.contains(&"document.printed".to_owned()));
        browser.close().await;
    }

    async fn the_board_counts_the_day_and_names_what_did_not_come(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.morning(&browser).await;
        // A fax of which the server counted three pages, and one came.
        let origin = Origin {
            source: "hylafax".into(), channel: Channel::Fax, object: "cut".into(), file_name: "cut.tif".into(),
            fax: FaxMeta { pages: Some(3), ..FaxMeta::default() },
        };
        let mut tx = desk.db.write().await.unwrap();
        let print = Fingerprint::of(b"cut");
        let cut = uketsuke::store::deliveries::receive(&mut tx, &origin, &print, 9, desk.now()).await.unwrap().id().clone();
        uketsuke::store::pages::put(&mut tx, &cut, PageNo(1), 1, &print, 10, 10, None).await.unwrap();
        tx.commit().await.unwrap();
        desk.advance(&cut, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        sign_in(&browser, &desk, "mihara").await;
        browser.go(&desk.url("/board")).await;
        browser.wait("svg.bars rect").await;
        assert_eq!(browser.text("#unmatched").await.split_whitespace().collect::<Vec<_>>(), ["3", "！未照合"]);
        assert!(browser.text("#unmatched-list").await.contains("未照合 3"));
        assert!(!browser.text("main").await.contains("届いたと告げられたページはすべてあります"));
        browser.picture("board").await;
        let mismatches = browser.text("#mismatches").await;
        assert!(mismatches.contains("FAXサーバは3枚、受け取ったのは1枚"), "{mismatches}");
        assert!(mismatches.contains("発信元記録のページ数より少ない"), "{mismatches}");
        assert_eq!(browser.js("return document.querySelectorAll('svg.bars rect').length").await, 24);
        assert_eq!(browser.text("#waiting b").await, "14");
        assert!(browser.text("#oldest b").await.contains("9:40"), "{}", browser.text("#oldest b").await);
        assert!(browser.text("#sources").await.contains("hylafax"));
        browser.click("#mismatches a").await;
        browser.until("location.pathname.startsWith('/deliveries/') || location.pathname.startsWith('/items/')").await;
        // A day on which nothing happened, and one that is none.
        browser.go(&desk.url("/board?day=2024-01-02")).await;
        assert_eq!(browser.text("#received b").await, "0");
        assert!(browser.text("#sources").await.contains("この日の受信はありません"));
        browser.go(&desk.url("/board?day=never")).await;
        assert!(browser.text("h1").await.contains("今日の状況"));
        browser.close().await;
    }

    async fn a_day_on_which_every_page_came_says_so_and_a_silent_line_is_named(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let week = 7 * 24 * HOUR;
        let mut lines: Vec<(String, &str, i64)> = vec![("now".to_owned(), "2", HOUR)];
        for back in 1..=4 {
            for i in 0..2 {
                lines.push((format!("1-{back}-{i}"), "1", back * week + HOUR));
                lines.push((format!("2-{back}-{i}"), "2", back * week + HOUR));
            }
        }
        for (object, line, ago) in &lines {
            let fax = FaxMeta { pages: Some(1), line: Some((*line).to_owned()), ..FaxMeta::default() };
            let origin = Origin {
                source: "fax".into(), channel: Channel::Fax, object: object.clone(), file_name: format!("{object}.tif"), fax,
            };
            let print = Fingerprint::of(object.as_bytes());
            let mut tx = desk.db.write().await.unwrap();
            let id = deliveries::receive(&mut tx, &origin, &print, 9, desk.now().plus_ms(-ago)).await.unwrap().id().clone();
            pages::put(&mut tx, &id, PageNo(1), 1, &print, 10, 10, None).await.unwrap();
            tx.commit().await.unwrap();
            desk.advance(&id, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        }
        sign_in(&browser, &desk, "mihara").await;
        browser.go(&desk.url("/board")).await;
        browser.wait("#unmatched").await;
        assert_eq!(browser.text("#unmatched").await.split_whitespace().collect::<Vec<_>>(), ["0", "未照合"]);
        assert!(browser.text("#unmatched-list").await.contains("未照合 0"));
        assert!(browser.text("main").await.contains("1 枚に対し、受け取ったのは 1 枚です。届いたと告げられたページはすべてあります。"));
        assert_eq!(browser.js("return document.querySelectorAll('#unmatched.bad, #mismatches').length").await, 0);
        // Line 1 is heard every week at this hour, and not today.
        let silent = browser.js("return [...document.querySelectorAll('main > .notice.warn')].map(e => e.innerText)").await;
        let silent = silent.as_array().unwrap();
        assert_eq!(silent.len(), 1, "{silent:?}");
        assert!(silent[0].as_str().unwrap().contains("fax / 1 から3時間、何も届いていません"), "{silent:?}");
        browser.picture("board-silent").await;
        browser.close().await;
    }
}
