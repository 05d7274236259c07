//! Stored markup: everything that a sender, a colleague or a master list can write, shown on every page there is, in plain and in Chromium.

use super::Tally;
use crate::support::{Place, on_both_databases};
use crate::web::browser::Driver;
use crate::web::http::{Client, Reply};
use crate::web::seed::{HOUR, MINUTE, PASSWORD};
use crate::web::whole::{EVERYTHING, Whole, signed_in};
use std::collections::HashSet;
use uketsuke::domain::*;
use uketsuke::store::{contents, masters};

/// Opens a tag from text, from a title, from an attribute in either quotes, and from a text area.
const EVIL: &str = "</title></textarea>\"'><xss7 xss7=\"1\">&amp;javascript:xss7";

/// The desk with it in every field, in the masters, in what a mail said, and in what colleagues typed.
async fn poisoned(place: &Place, browser: Option<&crate::web::browser::Browser>) -> Whole {
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
    let whole = Whole::open(db, referral, browser, EVIL).await;
    let desk = &whole.desk;
    let mail = MailFacts {
        sender: format!("a{EVIL}@example.jp"),
        subject: format!("紹介の件{EVIL}"),
        remark: None,
        passwords: vec![format!("Ab3{EVIL}")],
    };
    let thing = Enclosure {
        name: format!("中身{EVIL}.pdf"),
        size: 2048,
        what: FileType::Pdf,
        fate: Fate::Not(Trouble::Encrypted),
        depth: 1,
        part: None,
    };
    let hint = desk.delivery(&format!("hint.eml{EVIL}"), Channel::Email, &crate::web::seed::blank_page(), HOUR).await;
    let of = |passwords: bool| {
        let mail = MailFacts { passwords: if passwords { mail.passwords.clone() } else { Vec::new() }, ..mail.clone() };
        Contents { mail: Some(mail), enclosures: vec![thing.clone()] }
    };
    let mut tx = desk.db.write().await.unwrap();
    contents::put(&mut tx, &whole.locked, &of(false), desk.now().plus_ms(-HOUR), desk.now()).await.unwrap();
    contents::put(&mut tx, &hint, &of(true), desk.now().plus_ms(-30 * MINUTE), desk.now()).await.unwrap();
    masters::lock(&mut tx).await.unwrap();
    let patient = |id: &str| Patient {
        patient_id: id.into(),
        name: format!("風間 灯{EVIL}"),
        kana: format!("カザマ アカリ{EVIL}"),
        sex: "female".into(),
        birth_date: "1957-04-05".into(),
        postal_code: "085-0000".into(),
        address: format!("釧路市{EVIL}"),
        phone: "0154-00-7733".into(),
    };
    let patients = vec![patient("00048213"), patient("00051902")];
    let institutions = vec![Institution {
        institution_id: "K0012".into(),
        institution_code: "0110900001".into(),
        name: format!("緑ヶ岡内科{EVIL}"),
        kind: format!("診療所{EVIL}"),
        postal_code: "085-0000".into(),
        address: format!("釧路市{EVIL}"),
        phone: "0154-00-1121".into(),
        fax: "0154-00-1122".into(),
        registered: "1".into(),
    }];
    let doctors = vec![Doctor {
        doctor_id: "D0031".into(),
        institution_id: "K0012".into(),
        name: format!("羽田野 悠{EVIL}"),
        kana: format!("ハタノ ユウ{EVIL}"),
        department: format!("内科{EVIL}"),
        registered_on: "2011-06-01".into(),
    }];
    let nobody = HashSet::new();
    let diff = masters::compare(&mut tx, &patients, &nobody).await.unwrap();
    masters::apply(&mut tx, &diff, desk.now()).await.unwrap();
    let diff = masters::compare(&mut tx, &institutions, &nobody).await.unwrap();
    masters::apply(&mut tx, &diff, desk.now()).await.unwrap();
    let diff = masters::compare(&mut tx, &doctors, &nobody).await.unwrap();
    masters::apply(&mut tx, &diff, desk.now()).await.unwrap();
    tx.commit().await.unwrap();

    // What colleagues type: a kept list, an account, a step of an incident, a reason.
    let (mut all, csrf) = signed_in(desk, EVERYTHING).await;
    let c = csrf.as_str();
    all.post("/queue/views", &[("csrf", c), ("name", &EVIL[..40]), ("back", "/queue?tray=open")]).await;
    let account =
        [("csrf", c), ("login", "xss\"'><xss7>"), ("display_name", EVIL), ("role", "reviewer"), ("departments", EVIL)];
    all.post("/staff", &account).await;
    let step = [("csrf", c), ("document", whole.misdirected.as_str()), ("step", "sender_told"), ("note", EVIL)];
    all.post("/incidents", &step).await;
    whole
}

/// Whether a page holds the word as text alone. In a page no quote and no angle of it may stand as they are.
fn text_alone(reply: &Reply) -> bool {
    let text = reply.text();
    let page =
        !text.contains("<xss7") && !text.contains("\"xss7") && !text.contains("'><") && !text.contains("\" xss7=");
    let led = ["href=\"javascript:", "src=\"javascript:", "action=\"javascript:"];
    page && !led.iter().any(|bad| text.contains(bad)) && !text.contains("</textarea></title>")
}

on_both_databases! {
    async fn no_word_becomes_markup_on_any_page(place: Place) {
        let whole = poisoned(&place, None).await;
        let desk = &whole.desk;
        let mut tally = Tally::of("stored markup, each page and each answer");
        let mut shown = 0;
        let mut look = |tally: &mut Tally, what: String, reply: Reply| {
            shown += usize::from(reply.text().contains("xss7"));
            tally.attack(text_alone(&reply), || format!("{what}: {}", reply.text()));
        };
        let mut stranger = Client::new(desk.address);
        let csrf = stranger.get("/sign-in").await.hidden("csrf");
        let refused = stranger.post("/sign-in", &[("csrf", &csrf), ("login", EVIL), ("password", EVIL), ("next", EVIL)]).await;
        look(&mut tally, "a refused sign-in".into(), refused);
        look(&mut tally, "sign-in, next".into(), stranger.get("/sign-in?next=%22%3E%3Cxss7%3E&done=%3Cxss7%3E").await);
        let (mut all, csrf) = signed_in(desk, EVERYTHING).await;
        for (_, address) in whole.pages().await {
            look(&mut tally, address.clone(), all.get(&address).await);
        }
        look(&mut tally, "no such page".into(), all.get("/%3Cxss7%3E").await);
        // What is said back: searches, refusals, things done to several, prints, the log, accounts.
        let c = csrf.as_str();
        all.post("/queue/search", &[("csrf", c), ("text", EVIL)]).await;
        look(&mut tally, "a search".into(), all.get("/queue").await);
        all.post("/queue/search", &[("csrf", c), ("text", "")]).await;
        let tick = format!("{}:{}", whole.waiting, desk.document(&whole.waiting).await.version);
        let gone = format!("{}:1", whole.recorded);
        for wish in ["print", "assign", "advertisement"] {
            let form = [("csrf", c), ("tick", &tick), ("tick", &gone), ("do", wish), ("back", EVIL), ("colleague", EVIL)];
            look(&mut tally, format!("several, {wish}"), all.post("/queue/several", &form).await);
        }
        let item = format!("/items/{}", whole.mine);
        for which in ["patient", "institution", "doctor"] {
            for text in ["xss7", "風間", "緑ヶ岡", "羽田野"] {
                let form = [("csrf", c), ("which", which), ("text", text)];
                look(&mut tally, format!("find {which}"), all.post(&format!("{item}/find"), &form).await);
            }
        }
        for verb in ["confirm", "set-aside", "inquire", "pages", "relate", "reopen", "forget", "undo", "put-back"] {
            let version = desk.document(&whole.mine).await.version.to_string();
            let form = [
                ("csrf", c), ("version", version.as_str()), ("kind", EVIL), ("f.patient_birth_date", EVIL), ("f.remarks", EVIL),
                ("aside", "other"), ("do", EVIL), ("to", EVIL), ("reason", EVIL), ("lesson", EVIL), ("patient", EVIL),
            ];
            look(&mut tally, format!("refused {verb}"), all.post(&format!("{item}/{verb}"), &form).await);
        }
        for path in ["/staff", "/password", "/account/second-factor", "/audit", "/newcomers", "/quality"] {
            let form = [("csrf", c), ("login", EVIL), ("display_name", EVIL), ("current", EVIL), ("fresh", EVIL), ("again", EVIL),
                ("subject", EVIL), ("day", EVIL), ("person", EVIL), ("patient", EVIL), ("departments", EVIL)];
            look(&mut tally, format!("post {path}"), all.post(path, &form).await);
        }
        look(&mut tally, "a wrong password".into(), all.post(&format!("/deliveries/{}/unlock", whole.locked), &[("csrf", c), ("password", EVIL)]).await);
        assert!(shown > 25, "the word stands on {shown} pages only: it was not put everywhere");
        // JSON and files are not pages: their type says so, and no browser guesses another.
        let words = all.get(&format!("/deliveries/{}/pages/1/words", whole.delivery)).await;
        assert!(words.text().contains("xss7"));
        for (what, reply, kind) in [
            ("words", words, "application/json"),
            ("original", all.get(&format!("/deliveries/{}/original", whole.delivery)).await, "application/octet-stream"),
            ("sheet", all.get(&format!("/items/{}/inquiry.pdf?name=1", whole.asked)).await, "application/pdf"),
            ("log", all.post("/audit/export", &[("csrf", c)]).await, "text/csv"),
            ("figures", all.post("/quality/export", &[("csrf", c), ("days", "30")]).await, "text/csv"),
        ] {
            assert_eq!(reply.status, 200, "{what}: {}", reply.text());
            let sealed = reply.header("content-type").starts_with(kind) && reply.header("x-content-type-options") == "nosniff";
            tally.attack(sealed, || format!("{what}: {:?}", reply.headers));
        }
        tally.close(80);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_becomes_an_element_in_the_browser() {
    let place = Place::sqlite();
    let driver = Driver::start();
    let browser = driver.browser().await;
    let whole = poisoned(&place, Some(&browser)).await;
    let desk = &whole.desk;
    let mut tally = Tally::of("stored markup, in Chromium");
    browser.go(&desk.url("/sign-in")).await;
    browser.fill("#login", EVERYTHING).await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
    browser.wait(".queue").await;
    let clean = "return document.querySelectorAll('xss7, [xss7]').length === 0 && ![...document.querySelectorAll('*')]\
        .some(e => ['href', 'src', 'action', 'formaction'].some(a => (e.getAttribute(a) || '').trim().toLowerCase().startsWith('javascript:')))";
    for (_, address) in whole.pages().await {
        browser.go(&desk.url(&address)).await;
        browser.until("document.readyState === 'complete' && document.querySelector('main')").await;
        tally.attack(browser.js(clean).await == true, || address.clone());
    }
    // What scripts put into the page: words over the image, choices of a search, a draft brought back, a list that renews itself.
    browser.go(&desk.url(&format!("/items/{}", whole.mine))).await;
    browser.wait("#item[data-editable]").await;
    browser.until("document.querySelector('[data-word]')").await;
    tally.attack(browser.js(clean).await == true, || "words over the image".into());
    browser.js("const w = document.querySelector('[data-word]'); document.querySelector('#f-patient_name').focus(); w.dispatchEvent(new MouseEvent('click', { bubbles: true }))").await;
    tally.attack(browser.js(clean).await == true, || "a word picked".into());
    browser.fill("#find-patient", "xss7").await;
    browser.keys("\u{e007}").await;
    browser.until("document.querySelector('[data-list=patient]').innerText.includes('xss7')").await;
    tally.attack(browser.js(clean).await == true, || "a search of the master".into());
    browser.fill("#f-remarks", EVIL).await;
    browser.js("window.fetch = () => Promise.reject(new TypeError('cut'))").await;
    browser.fill("#f-remarks", &format!("{EVIL} 2")).await;
    browser.until("Object.keys(localStorage).some(k => k.startsWith('uketsuke.draft.'))").await;
    browser.go(&desk.url(&format!("/items/{}", whole.mine))).await;
    browser.until("document.querySelector('#f-remarks')?.value.includes('xss7')").await;
    tally.attack(browser.js(clean).await == true, || "a draft brought back".into());
    browser.go(&desk.url("/queue?tray=open&clear=1")).await;
    browser.until("document.querySelector('.rows')").await;
    let before = browser.js("return document.querySelectorAll('.rows tbody tr').length").await;
    crate::web::whole::letter(desk, "live.tif", Kind::ReferralLetter, EVIL).await;
    browser.until(&format!("document.querySelectorAll('.rows tbody tr').length !== {before}")).await;
    tally.attack(browser.js(clean).await == true, || "a list that renewed itself".into());
    browser.close().await;
    tally.close(40);
}
