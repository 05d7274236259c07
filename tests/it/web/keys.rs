//! Every key that the item page lists does what is listed; a key that is listed and not tried here fails, and one tried and not listed.

use super::browser::{Browser, Driver};
use super::queue::sign_in;
use super::seed::{self, Desk, HOUR};
use super::verbs::{TAB, open, ready, says};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::masters;

const ENTER: &str = "\u{e007}";
const SHIFT_ENTER: &str = "\u{e008}\u{e007}\u{e000}";
const SHIFT_TAB: &str = "\u{e008}\u{e004}\u{e000}";
const ESC: &str = "\u{e00c}";
const F1: &str = "\u{e031}";
const F2: &str = "\u{e032}";
const F3: &str = "\u{e033}";
const F4: &str = "\u{e034}";
const F8: &str = "\u{e038}";
const F9: &str = "\u{e039}";
const SHIFT_F8: &str = "\u{e008}\u{e038}\u{e000}";
const SHIFT_F9: &str = "\u{e008}\u{e039}\u{e000}";
const SHIFT_F2: &str = "\u{e008}\u{e032}\u{e000}";
const CTRL_F2: &str = "\u{e009}\u{e032}\u{e000}";
const ALT_UP: &str = "\u{e00a}\u{e013}\u{e000}";
const ALT_DOWN: &str = "\u{e00a}\u{e015}\u{e000}";
const ALT_PAGE_UP: &str = "\u{e00a}\u{e00e}\u{e000}";
const ALT_PAGE_DOWN: &str = "\u{e00a}\u{e00f}\u{e000}";
const CTRL_S: &str = "\u{e009}s\u{e000}";
const CTRL_ENTER: &str = "\u{e009}\u{e007}\u{e000}";

/// Where the focus is set before a stroke; empty where it stays.
type From = &'static str;

/// A listed key: its words, and from where which keys must make which condition true.
type Listed = (&'static str, &'static [(From, &'static str, &'static str)]);

/// What is listed, and the strokes of it: from where, which keys, and what must come of it.
const LISTED: &[Listed] = &[
    (
        "Shift+Enter",
        &[
            ("#f-patient_birth_date", SHIFT_ENTER, "at('f-patient_sex')"),
            ("", SHIFT_ENTER, "at('f-patient_kana') && !document.querySelector('.field.seen')"),
        ],
    ),
    ("Tab Shift+Tab", &[("#f-patient_kana", TAB, "at('f-patient_sex')"), ("", SHIFT_TAB, "at('f-patient_kana')")]),
    ("F8 Shift+F8", &[("#f-patient_kana", F8, "at('f-patient_sex')"), ("", SHIFT_F8, "at('f-patient_kana')")]),
    ("Alt+↑ ↓", &[("#f-patient_name", ALT_DOWN, "at('f-patient_birth_date')"), ("", ALT_UP, "at('f-patient_name')")]),
    ("F4", &[("#f-patient_kana", F4, "value('f-patient_kana') === 'カザマ アカリ'")]),
    ("Esc", &[("", ESC, "value('f-patient_kana') === 'カザマ アカり'")]),
    (
        "Enter",
        &[(
            "#f-patient_kana",
            ENTER,
            "at('f-patient_sex') && !!document.querySelector('[data-row=patient_kana].seen')",
        )],
    ),
    (
        "1…9",
        &[
            ("[name=patient]", "2", "chosen('patient') === 'id:00051902'"),
            ("[name=patient]", "0", "chosen('patient') === 'none'"),
            (
                "#f-remarks",
                "\u{e00a}1\u{e000}",
                "chosen('patient') === 'id:00048213' && document.activeElement.name === 'compared'",
            ),
        ],
    ),
    ("Space", &[("", " ", "document.activeElement.name === 'compared' && document.activeElement.checked")]),
    (
        "F3",
        &[
            ("[name=compared]:checked", F3, "at('find-patient')"),
            ("#f-sender_phone", F3, "at('find-institution') && document.activeElement.offsetParent !== null"),
            ("#f-sender_doctor_name", F3, "at('find-doctor') && document.activeElement.offsetParent !== null"),
            ("#f-remarks", F3, "at('find-patient')"),
        ],
    ),
    ("F2", &[("#f-patient_name", F2, "wide() > 1.5 * width"), ("", F2, "Math.abs(wide() - width) < 3")]),
    ("F9", &[("#f-patient_name", F9, "pressed('reread')"), ("", F9, "!pressed('reread')")]),
    (
        "Shift+F2 Ctrl+F2",
        &[
            ("", SHIFT_F2, "document.querySelector('.leaf').dataset.turn === '90'"),
            ("", "\u{e008}\u{e032}\u{e032}\u{e032}\u{e000}", "document.querySelector('.leaf').dataset.turn === '0'"),
            ("", CTRL_F2, "pressed('invert')"),
            ("", CTRL_F2, "!pressed('invert')"),
        ],
    ),
    (
        "Alt+PageDown PageUp",
        &[
            ("", ALT_PAGE_DOWN, "document.querySelector('.pages [aria-current]').dataset.page === '2'"),
            ("", ALT_PAGE_UP, "document.querySelector('.pages [aria-current]').dataset.page === '1'"),
        ],
    ),
    (
        "F1 ?",
        &[
            ("#f-patient_name", F1, "!!document.querySelector('#keys:popover-open')"),
            ("", F1, "!document.querySelector('#keys:popover-open')"),
            ("#confirm", "?", "!!document.querySelector('#keys:popover-open')"),
            ("", "?", "!document.querySelector('#keys:popover-open')"),
        ],
    ),
];
/// Listed and tried apart: by the pointer, or what leads away.
const APART: &[&str] = &["画像の字をクリック", "Shift+F9", "Ctrl+S", "Ctrl+Enter"];

/// Words for the conditions.
const WORDS: &str = "const at = (id) => document.activeElement?.id === id, value = (id) => document.getElementById(id).value, \
    chosen = (name) => document.querySelector(`[name=${name}]:checked`)?.value, \
    pressed = (what) => document.querySelector(`[data-${what}]`).getAttribute('aria-pressed') === 'true', \
    wide = () => document.querySelector('.leaf').getBoundingClientRect().width, width = window.widthBefore;";

async fn holds(browser: &Browser, condition: &str) {
    browser.until(&format!("(() => {{ {WORDS} return {condition}; }})()")).await;
}

on_both_databases! {
    async fn every_listed_key_does_what_is_listed(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let (png, boxes) = seed::paper(&browser).await;
        let delivery = desk.delivery("two.tif", Channel::Fax, &png, HOUR).await;
        desk.recognised(&delivery, &boxes).await;
        desk.more_pages(&delivery, 1).await;
        let mut reading = seed::letter(&boxes);
        (reading.pages, reading.rotation) = (vec![PageNo(1), PageNo(2)], vec![0, 0]);
        let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        browser.until("document.querySelectorAll('[data-word]').length >= 8").await;
        browser.until("document.activeElement?.id === 'f-patient_kana'").await;
        browser.js("window.widthBefore = document.querySelector('.leaf').getBoundingClientRect().width").await;
        let listed = browser.js("return [...document.querySelectorAll('#keys dt')].map(e => e.textContent.replace(/\\s+/g, ' ').trim())").await;
        let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        let tried: Vec<&str> = LISTED.iter().map(|(key, _)| *key).chain(APART.iter().copied()).collect();
        let missing: Vec<&&str> = listed.iter().filter(|key| !tried.contains(key)).collect();
        assert!(missing.is_empty() && listed.len() == tried.len(), "listed and not tried: {missing:?}; {listed:?}");
        for (key, strokes) in LISTED {
            for (from, keys, then) in *strokes {
                if !from.is_empty() {
                    browser.js(&format!("document.querySelector('{from}').focus()")).await;
                }
                println!("{key}: {then}");
                browser.keys(keys).await;
                holds(&browser, then).await;
            }
        }
        // A word of the picture: into the field in hand, behind what stands there, to the field of that place.
        let click = |more: &str| format!("const r = document.querySelector('[data-word=\"風間\"]'), b = r.getBoundingClientRect(); r.dispatchEvent(new MouseEvent('click', {{ bubbles: true, clientX: b.left + 3, clientY: b.top + 3{more} }}))");
        browser.js("document.querySelector('.leaf').scrollIntoView()").await;
        browser.fill("#f-remarks", "").await;
        browser.js(&click("")).await;
        holds(&browser, "at('f-remarks') && value('f-remarks').startsWith('風間')").await;
        browser.fill("#f-remarks", "").await;
        browser.js(&click(", shiftKey: true")).await;
        browser.js(&click(", shiftKey: true")).await;
        holds(&browser, "value('f-remarks') === '風間風間'").await;
        browser.js(&click(", ctrlKey: true")).await;
        holds(&browser, "at('f-patient_name')").await;
        // The paper in a window of its own.
        browser.keys(SHIFT_F9).await;
        for _ in 0..50 {
            if browser.client.windows().await.unwrap().len() == 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(browser.client.windows().await.unwrap().len(), 2);
        // Kept; confirmed.
        browser.js("window.before = 1; document.querySelector('#f-remarks').focus()").await;
        browser.keys(CTRL_S).await;
        browser.until("!window.before").await;
        says(&browser, "下書きを保存しました").await;
        assert_eq!(desk.document(&id).await.values[&FieldName::Remarks], "風間風間");
        ready(&browser).await;
        browser.keys("\u{e00a}1\u{e000}").await;
        browser.until("document.activeElement?.name === 'compared'").await;
        browser.keys(&format!(" {TAB} ")).await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{id}')")).await;
        assert_eq!(desk.document(&id).await.state, DocumentState::Approved);
        browser.close().await;
    }

    async fn a_patient_an_institution_and_a_doctor_whom_nobody_proposed_are_found_by_keyboard_alone(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let mut tx = desk.db.write().await.unwrap();
        masters::lock(&mut tx).await.unwrap();
        let institution = Institution {
            institution_id: "K0077".into(), institution_code: "0110900077".into(), name: "標茶町立病院".into(), kind: "病院".into(),
            postal_code: "088-0000".into(), address: "標茶町".into(), phone: "015-400-0001".into(), fax: "015-400-0002".into(), registered: "1".into(),
        };
        let doctor = Doctor {
            doctor_id: "D0099".into(), institution_id: "K0077".into(), name: "芦野 満".into(), kana: "アシノ ミツル".into(),
            department: "外科".into(), registered_on: "2015-04-01".into(),
        };
        masters::put(&mut tx, &institution, desk.now()).await.unwrap();
        masters::put(&mut tx, &doctor, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let id = desk.letter().await;
        sign_in(&browser, &desk, "mihara").await;
        open(&browser, &desk, &id).await;
        // Nothing but keys from here on: to the search, the words, Enter, the digit beside what was found.
        browser.keys(F3).await;
        holds(&browser, "at('find-patient')").await;
        browser.keys("星野").await;
        browser.keys(ENTER).await;
        browser.until("document.activeElement?.name === 'patient' && document.querySelector('[data-list=patient]').innerText.includes('星野 翼')").await;
        let key = "document.querySelector(\"[name=patient][value='id:00060031']\")?.dataset.key";
        assert_eq!(browser.js(&format!("return {key}")).await, "1", "what was searched for stands first");
        browser.picture("keys-found-patient").await;
        browser.keys("1").await;
        holds(&browser, "chosen('patient') === 'id:00060031' && document.activeElement.name === 'compared'").await;
        browser.keys(&format!(" {TAB} ")).await;
        browser.until("document.querySelectorAll('[name=compared]:checked').length === 2").await;
        // On to the sender's part by the arrows of all fields, where a proposal is picked and the others are folded away.
        for (field, arrow, which, words, found, wanted) in [
            ("f-sender_institution_name", ALT_DOWN, "institution", "標茶", "標茶町立病院", "id:K0077"),
            ("f-sender_doctor_name", ALT_UP, "doctor", "芦野", "芦野 満", "id:D0099"),
        ] {
            for _ in 0..30 {
                if browser.js(&format!("return document.activeElement?.id === '{field}'")).await == true {
                    break;
                }
                browser.keys(arrow).await;
            }
            holds(&browser, &format!("at('{field}')")).await;
            browser.keys(F3).await;
            holds(&browser, &format!("at('find-{which}')")).await;
            browser.keys(words).await;
            browser.keys(ENTER).await;
            let there = format!("document.querySelector(\"[name={which}][value='{wanted}']\")");
            browser.until(&format!("document.activeElement?.name === '{which}' && document.querySelector('#choose-{which}').innerText.includes('{found}') && {there}")).await;
            // Each digit stands beside one candidate alone, also where the one that was picked stays in sight.
            let keys = browser.js(&format!("return [...document.querySelectorAll('#choose-{which} .choice input')].filter(e => e.offsetParent).map(e => [e.dataset.key, e.closest('.candidate').querySelector('kbd')?.innerText])")).await;
            let keys: Vec<(String, String)> = keys.as_array().unwrap().iter().map(|pair| (pair[0].as_str().unwrap().into(), pair[1].as_str().unwrap().into())).collect();
            let expected: Vec<(String, String)> = (1..=keys.len()).map(|n| (n.to_string(), n.to_string())).collect();
            assert_eq!(keys, expected, "{which}");
            let key = browser.js(&format!("return {there}.dataset.key")).await;
            browser.keys(key.as_str().unwrap()).await;
            holds(&browser, &format!("chosen('{which}') === '{wanted}'")).await;
        }
        browser.picture("keys-found-sender").await;
        browser.keys(CTRL_ENTER).await;
        browser.until(&format!("!location.pathname.includes('{id}')")).await;
        let document = desk.document(&id).await;
        assert_eq!(document.state, DocumentState::Approved);
        assert_eq!(document.patient(), Some(uketsuke::review::PatientChoice::Linked("00060031".into())));
        assert_eq!((document.institution_id.as_deref(), document.doctor_id.as_deref()), (Some("K0077"), Some("D0099")));
        browser.close().await;
    }
}
