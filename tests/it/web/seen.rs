//! What the item page shows and how its viewer is moved, in Chromium: words in doubt, who is easily taken for the patient, what else came,
//! thumbnails, buttons, keys.

use super::browser::Driver;
use super::item::opened;
use super::queue::sign_in;
use super::seed::{self, Desk, HOUR};
use super::verbs::{ALT_0, ALT_1, led, open, ready, says};
use super::whole::{act, letter, signed_in};
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::domain::*;
use uketsuke::store::masters;

const CTRL_S: &str = "\u{e009}s\u{e000}";
const F8: &str = "\u{e038}";
const SHIFT_F8: &str = "\u{e008}\u{e038}\u{e000}";
const SHIFT_F2: &str = "\u{e008}\u{e032}\u{e000}";
const CTRL_F2: &str = "\u{e009}\u{e032}\u{e000}";
const ALT_PAGE_UP: &str = "\u{e00a}\u{e00e}\u{e000}";
const LINKED: &[(&str, &str)] = &[
    ("patient", "id:00048213"),
    ("compared", "00048213:patient_name"),
    ("compared", "00048213:patient_birth_date"),
    ("blank_ok", "1"),
];

/// How many pixels of the enlarged part are of the colour in which doubt is marked.
const RED: &str = "(() => { const c = document.querySelector('.loupe canvas'); if (!c) return -1; \
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; \
    for (let i = 0; i < d.length; i += 4) if (d[i] > 150 && d[i + 1] < 90 && d[i + 2] < 90) n++; return n; })()";

on_both_databases! {
    async fn words_read_with_doubt_are_marked_and_no_others(db: Db) {
        let driver = Driver::start();
        let (browser, _desk, _) = opened(&driver, db).await;
        browser.until("document.querySelectorAll('[data-word]').length >= 8").await;
        // The birth date alone was read with doubt.
        let doubtful = browser.js("return [...document.querySelectorAll('rect.doubtful')].map(e => e.dataset.word).join('')").await;
        assert_eq!(doubtful, "昭和32年4月5日");
        let sure = browser.js("return [...document.querySelectorAll('[data-word]:not(.doubtful)')].map(e => e.dataset.word).join('')").await;
        assert!(sure.as_str().unwrap().contains("風間灯") && !sure.as_str().unwrap().contains("昭和"), "{sure}");
        // A dashed line while words can be picked, nothing else.
        let dashes = |of: &str| format!("return getComputedStyle(document.querySelector(\"{of}\")).strokeDasharray");
        browser.js("document.querySelector('#f-patient_birth_date').focus()").await;
        browser.until("document.querySelector('#scroll.picking')").await;
        assert_eq!(browser.js(&dashes("rect.doubtful")).await, "3px, 3px");
        assert_eq!(browser.js(&dashes("[data-word='風間']")).await, "none");
        // Enlarged above its field, a red line stands below what is in doubt.
        browser.until(&format!("document.querySelector('rect.lit')?.dataset.f === 'patient_birth_date' && {RED} > 10")).await;
        browser.picture("seen-doubtful").await;
        browser.js("document.querySelector('#f-patient_name').focus()").await;
        browser.until(&format!("document.querySelector('rect.lit')?.dataset.f === 'patient_name' && {RED} === 0")).await;
        browser.js("document.querySelector('#confirm').focus()").await;
        browser.until("!document.querySelector('#scroll.picking')").await;
        assert_eq!(browser.js(&dashes("rect.doubtful")).await, "none");
        // In the row, the other reading marks the character in which it differs.
        assert_eq!(browser.js("return [...document.querySelectorAll('[data-row=patient_kana] .others mark')].map(e => e.innerText)").await, json!(["リ"]));
        browser.close().await;
    }

    async fn who_is_easily_taken_for_the_patient_and_what_else_came_is_said(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        let mut tx = desk.db.write().await.unwrap();
        masters::lock(&mut tx).await.unwrap();
        let like = |id: &str, name: &str, birth: &str, phone: &str| Patient {
            patient_id: id.into(), name: name.into(), kana: "カザマ ヒカリ".into(), sex: "female".into(), birth_date: birth.into(),
            postal_code: "085-0000".into(), address: "釧路市どこか1-1".into(), phone: phone.into(),
        };
        for row in [like("00090001", "風間 灯", "1980-02-03", "0154-00-1000"), like("00090002", "風間 光", "1957-04-05", "0154-00-7733")] {
            masters::put(&mut tx, &row, desk.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut mihara = signed_in(&desk, "mihara").await;
        let mut head = signed_in(&desk, "shitsucho").await;
        let earlier = letter(&desk, "earlier.tif", Kind::ReferralLetter, "").await;
        act(&desk, &mut mihara, &earlier, "confirm", LINKED).await;
        let few = letter(&desk, "few.tif", Kind::DisclosureRequest, "").await;
        // `act` says of what it confirms that it is a letter; this one stays what it is.
        let (client, csrf) = &mut head;
        assert_eq!(client.post(&format!("/items/{few}/hold"), &[("csrf", csrf)]).await.status, 303);
        let version = desk.document(&few).await.version.to_string();
        let form = [&[("csrf", csrf.as_str()), ("version", &version), ("kind", "disclosure_request")], LINKED].concat();
        assert_eq!(client.post(&format!("/items/{few}/confirm"), &form).await.status, 303);
        let id = letter(&desk, "now.tif", Kind::ReferralLetter, "").await;

        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        let warned = |of: &str| format!("return [...document.querySelector(\"[name=patient][value='id:{of}']\").closest('.choice').querySelectorAll('.warned')].map(e => e.innerText)");
        assert_eq!(browser.js(&warned("00048213")).await, json!([
            "！生年月日と住所または電話が同じ患者（双子など）がいます：風間 光（ID 00090002）",
            "！同姓同名の患者がほかにいます：1980-02-03生（ID 00090001）",
            "！同じ読みの患者がほかにいます：風間 明里 1957-04-15生（ID 00032277）",
            "！同じ読みの患者がほかにいます：風間 朱里 1987-11-20生（ID 00051902）",
        ]));
        assert_eq!(browser.js("return document.querySelectorAll('a[href*=\"/items/\"]').length").await, 0, "nobody is chosen: no other document is named");
        // Once the patient is chosen, what else came of theirs is named, as far as it may be.
        browser.keys(ALT_1).await;
        browser.until("document.querySelector('[name=patient]:checked')").await;
        browser.keys(CTRL_S).await;
        says(&browser, "下書きを保存しました").await;
        ready(&browser).await;
        let summary = "[...document.querySelectorAll('details > summary')].find(e => e.innerText.startsWith('この患者のほかの文書'))";
        assert_eq!(browser.js(&format!("return {summary}?.innerText")).await, "この患者のほかの文書（1）");
        browser.js(&format!("{summary}.click()")).await;
        browser.picture("seen-earlier").await;
        assert_eq!(browser.js(&format!("return [...{summary}.parentElement.querySelectorAll('a')].map(a => a.getAttribute('href'))")).await, json!([format!("/items/{earlier}")]));
        let whole = head.0.get(&format!("/items/{id}")).await.text();
        assert!(whole.contains("この患者のほかの文書（2）") && whole.contains(few.as_str()), "who may see the other sees it named");
        browser.close().await;
    }

    async fn pages_are_leafed_through_by_thumbnails_buttons_and_keys(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let lines: &[&str] = &["診療情報提供書", "患者氏名 風間 灯 様"];
        let (_, ids) = desk.fax("three.tif", &[lines, &["二枚目"], &["三枚目"]], &[&[1, 2, 3]]).await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &ids[0]).await;
        browser.until("document.querySelectorAll('.pages a canvas').length === 3").await;
        browser.until("[...document.querySelectorAll('.pages a canvas')].every(c => c.width > 20 && c.getBoundingClientRect().height > 30)").await;
        let page = |no: u32| format!("document.querySelector('.pages [aria-current]')?.dataset.page === '{no}'");
        let shut = |by: i32| format!("document.querySelector('[data-leaf=\"{by}\"]').disabled");
        browser.until(&format!("{} && {} && !{}", page(1), shut(-1), shut(1))).await;
        browser.click(".pages a[data-page='3'] canvas").await;
        browser.until(&format!("{} && {}", page(3), shut(1))).await;
        browser.picture("seen-thumbnails").await;
        browser.click("[data-leaf='-1']").await;
        browser.until(&format!("{} && !{}", page(2), shut(1))).await;
        browser.keys(ALT_PAGE_UP).await;
        browser.until(&page(1)).await;
        browser.click("[data-leaf='1']").await;
        browser.until(&page(2)).await;
        // Larger and smaller by a quarter each time.
        let wide = "document.querySelector('.leaf').getBoundingClientRect().width";
        let width = browser.js(&format!("return {wide}")).await.as_f64().unwrap();
        browser.click("[data-zoom=in]").await;
        browser.until(&format!("Math.abs({wide} - {width} * 1.25) < 12")).await;
        browser.click("[data-zoom=out]").await;
        browser.until(&format!("Math.abs({wide} - {width}) < 3")).await;
        browser.click("[data-zoom=out]").await;
        browser.until(&format!("{wide} < {width} * 0.85")).await;
        browser.click("[data-zoom=width]").await;
        browser.until(&format!("Math.abs({wide} - {width}) < 3")).await;
        browser.close().await;
    }

    async fn keys_of_the_way_and_of_the_image_do_what_is_listed(db: Db) {
        let driver = Driver::start();
        let (browser, desk, first) = opened(&driver, db).await;
        let at = |id: &str| format!("document.activeElement?.id === '{id}'");
        browser.until(&at("f-patient_kana")).await;
        browser.keys(F8).await;
        browser.until(&at("f-patient_sex")).await;
        browser.keys(SHIFT_F8).await;
        browser.until(&at("f-patient_kana")).await;
        // Turned by a quarter each time, and inverted until pressed again.
        browser.keys(SHIFT_F2).await;
        browser.until("(r => r.width > r.height)(document.querySelector('.leaf').getBoundingClientRect())").await;
        for _ in 0..3 {
            browser.keys(SHIFT_F2).await;
        }
        browser.until("(r => r.width < r.height)(document.querySelector('.leaf').getBoundingClientRect())").await;
        browser.keys(CTRL_F2).await;
        browser.until("getComputedStyle(document.querySelector('.leaf img')).filter === 'invert(1)'").await;
        browser.keys(CTRL_F2).await;
        browser.until("getComputedStyle(document.querySelector('.leaf img')).filter === 'none'").await;
        // The draft is kept at once, and the page says so.
        browser.fill("#f-remarks", "すぐ保存").await;
        browser.keys(CTRL_S).await;
        says(&browser, "下書きを保存しました").await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "すぐ保存");
        ready(&browser).await;
        // With Shift one word is added behind what stands there.
        browser.fill("#f-remarks", "").await;
        browser.until("document.querySelector('[data-word=\"風間\"]')").await;
        browser.js("const r = document.querySelector('[data-word=\"風間\"]'); for (let i = 0; i < 2; i++) r.dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }))").await;
        browser.until("document.querySelector('#f-remarks').value === '風間風間'").await;
        // 0 is that the master does not know the patient.
        browser.keys(ALT_0).await;
        browser.until("document.querySelector('[name=patient]:checked')?.value === 'none'").await;
        led(&browser, "#save").await;
        assert_eq!(desk.document(&first).await.patient(), Some(uketsuke::review::PatientChoice::NotInMaster));
        browser.close().await;
    }

    async fn the_list_is_walked_by_letters_and_found_again_from_anywhere(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        for i in 0..3 {
            let delivery = desk.delivery(&format!("{i}.tif"), Channel::Fax, &seed::blank_page(), HOUR).await;
            desk.propose(&delivery, &seed::reading_of(Kind::Notice, Decision::Review), HOUR, HOUR * (i + 1)).await;
        }
        sign_in(&browser, &desk, "mihara").await;
        let row = |at: usize| format!("[...document.querySelectorAll('.rows tbody tr')].indexOf(document.activeElement?.closest('tr')) === {at}");
        for (key, at) in [("j", 0), ("j", 1), ("k", 0), ("k", 0), ("\u{e015}", 1), ("\u{e013}", 0)] {
            browser.keys(key).await;
            browser.until(&row(at)).await;
        }
        // From another page, g and then q; a q alone, or much later, or one that is typed, leads nowhere.
        browser.go(&desk.url("/board")).await;
        browser.wait("#day").await;
        assert!(browser.js("return [...document.querySelectorAll('#keys [data-go] kbd')].map(e => e.innerText).join(' ')").await.as_str().unwrap().starts_with("g q"));
        browser.keys("q").await;
        browser.keys("g").await;
        tokio::time::sleep(std::time::Duration::from_millis(1700)).await;
        browser.keys("q").await;
        browser.keys("gx").await;
        browser.keys("q").await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(browser.js("return location.pathname").await, "/board");
        browser.keys("gq").await;
        browser.until("location.pathname === '/queue' && document.querySelector('.queue')").await;
        // Where something is typed, they are letters.
        browser.go(&desk.url("/deliveries")).await;
        browser.keys("gq").await;
        browser.until("location.pathname === '/queue' && document.querySelector('.queue')").await;
        browser.go(&desk.url("/account")).await;
        browser.wait("#main").await;
        let typed = browser.js("const e = document.createElement('input'); document.querySelector('main').append(e); e.focus(); return true").await;
        assert_eq!(typed, true);
        browser.keys("gq").await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(browser.js("return [location.pathname, document.activeElement.value]").await, json!(["/account", "gq"]));
        browser.close().await;
    }
}
