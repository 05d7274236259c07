//! The enlarged part of the paper above the field in hand: wholly in sight, whichever way one came, and whatever sticks to the top.

use super::browser::{Browser, Driver};
use super::item::opened;
use super::verbs::CTRL_ENTER;
use crate::support::on_both_databases;

const ALT_UP: &str = "\u{e00a}\u{e013}\u{e000}";
const SHIFT_F8: &str = "\u{e008}\u{e038}\u{e000}";
const SHIFT_TAB: &str = "\u{e008}\u{e004}\u{e000}";

/// The field in hand, and by how much its enlarged part stands inside what can be seen, above, below, left and right; whether it
/// leaves the field itself free, and whether that is in sight.
const STANDS: &str = "const f = document.activeElement, loupe = document.querySelector('.loupe'); \
    if (!f?.dataset?.f) return null; \
    const box = (e) => e.getBoundingClientRect(), body = box(document.getElementById('work-body')), errors = document.getElementById('errors'); \
    const top = Math.max(body.top, errors ? box(errors).bottom : 0); \
    if (!loupe) return { field: f.dataset.f, none: true }; \
    const l = box(loupe), i = box(f); \
    return { field: f.dataset.f, none: false, inside: [l.top - top, body.bottom - l.bottom, l.left - body.left, body.right - l.right], \
      free: l.bottom <= i.top + 4 || l.top >= i.bottom - 4, sight: i.top >= top && i.bottom <= body.bottom, tall: l.height }";

/// How the enlarged part of the field in hand stands, once it is drawn; a busy machine takes longer than a moment.
async fn settled(browser: &Browser) -> serde_json::Value {
    let mut stands = serde_json::Value::Null;
    for _ in 0..8 {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        stands = browser.js(STANDS).await;
        if stands["none"] == false {
            break;
        }
    }
    stands
}

/// Presses a key until the way ends; how many enlarged parts were seen, all of them whole.
async fn walked(browser: &Browser, from: &str, key: &str, most: usize) -> usize {
    browser.js(&format!("document.querySelector('{from}').focus()")).await;
    let (mut seen, mut last) = (0, String::new());
    for _ in 0..most {
        browser.keys(key).await;
        let stands = settled(browser).await;
        let field = stands["field"].as_str().unwrap_or_default().to_owned();
        if field == last && !field.is_empty() {
            break;
        }
        last = field;
        if stands.is_null() || stands["none"] == true {
            continue;
        }
        let edges: Vec<f64> = stands["inside"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
        if edges.iter().any(|edge| *edge < -0.5) || stands["free"] != true || stands["sight"] != true {
            browser.picture("loupe-cut").await;
            panic!("cut off, or over its field: {stands}");
        }
        assert!(stands["tall"].as_f64().unwrap() > 20.0, "{stands}");
        seen += 1;
    }
    seen
}

on_both_databases! {
    async fn the_enlarged_part_is_wholly_in_sight_whichever_way_one_came(db: Db) {
        let driver = Driver::start();
        let (browser, _desk, _) = opened(&driver, db).await;
        browser.until("document.activeElement?.id === 'f-patient_kana'").await;
        // Backwards, each from far below, so that the form has to move.
        assert!(walked(&browser, "#f-remarks", ALT_UP, 40).await >= 14);
        assert_eq!(walked(&browser, "#f-remarks", SHIFT_F8, 12).await, 3, "reading, birth date and sex are doubtful");
        browser.click("#everything").await;
        assert!(walked(&browser, "#f-remarks", SHIFT_TAB, 60).await >= 14);
        // Not confirmed: what is missing sticks to the top, and nothing stands under it.
        browser.keys(CTRL_ENTER).await;
        browser.until("document.querySelector('#errors')?.innerText.includes('患者を選んでください')").await;
        browser.until("document.querySelector('.leaf img')?.naturalWidth > 0 && document.querySelector('#f-patient_name')?.tabIndex === 0").await;
        browser.until("document.activeElement?.closest('#item')").await;
        assert!(walked(&browser, "#f-remarks", ALT_UP, 40).await >= 14);
        browser.picture("loupe-errors").await;
        assert!(walked(&browser, "#f-remarks", SHIFT_TAB, 60).await >= 14);
        browser.click("#everything").await;
        // The reading was tidied on the way (アカり became アカリ) and kept with the refused confirmation: it is nobody's doubt now.
        assert_eq!(walked(&browser, "#f-remarks", SHIFT_F8, 12).await, 2, "birth date and sex are");
        // A field that is clicked at the upper edge stays under the pointer; its enlarged part stands below it then.
        let id = browser.js("const body = document.getElementById('work-body'), errors = document.getElementById('errors'); \
            document.getElementById('confirm').focus(); const f = document.getElementById('f-course'); \
            body.scrollTop += f.getBoundingClientRect().top - Math.max(body.getBoundingClientRect().top, errors.getBoundingClientRect().bottom) - 16; \
            return f.id").await;
        let before = browser.edges("#f-course").await;
        browser.drag((before[0] + 40.0, before[1] + 10.0), (before[0] + 40.0, before[1] + 10.0)).await;
        browser.until("document.activeElement?.id === 'f-course' && document.querySelector('.loupe')").await;
        assert_eq!(browser.edges("#f-course").await, before, "{id} did not move");
        let stands = browser.js(STANDS).await;
        assert!(stands["inside"][0].as_f64().unwrap() >= -0.5 && stands["free"] == true, "{stands}");
        browser.picture("loupe-under").await;
        browser.close().await;
    }
}
