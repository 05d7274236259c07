//! Every chip of the queue in Chromium: the number that it says is the number of rows that stand there after the click.

use super::browser::Driver;
use super::queue::sign_in;
use super::whole::Whole;
use crate::support::on_both_databases;
use std::collections::BTreeSet;

const CHIPS: &str = "[...document.querySelectorAll('a.chip')]";
const ROWS: &str = "return document.querySelectorAll('.rows tbody tr').length";

on_both_databases! {
    async fn every_chip_shows_as_many_rows_as_it_said(place: Place) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let whole = Whole::open(db, referral, Some(&browser), "").await;
        sign_in(&browser, &whole.desk, "mihara").await;
        let (mut seen, mut clicked) = (BTreeSet::new(), 0);
        // From the whole tray, and with one condition set already: of its own sort the next one adds its rows, of another it takes some away.
        for (start, sort) in [
            ("/queue?tray=open&clear=1", ""),
            ("/queue?tray=open&kind=referral_letter", "種類"),
            ("/queue?tray=open&decision=review", "確認の程度"),
            ("/queue?tray=open&alert=1", ""),
            ("/queue?tray=set_aside", ""),
        ] {
            browser.go(&whole.desk.url(start)).await;
            browser.wait(".queue").await;
            let count = browser.js(&format!("return {CHIPS}.length")).await.as_u64().unwrap();
            assert!(count > 10, "{start}: {count} chips");
            for at in 0..count {
                browser.go(&whole.desk.url(start)).await;
                browser.wait(".queue").await;
                let before = browser.js(ROWS).await.as_i64().unwrap();
                let chip = browser.js(&format!("const c = {CHIPS}[{at}], of = c.closest('ul').previousElementSibling; window.before = 1; const said = [of.innerText.trim(), c.firstElementChild.innerText, c.querySelector('.num').innerText, c.matches('[aria-current]')]; c.click(); return said")).await;
                let word = |at: usize| chip[at].as_str().unwrap().to_owned();
                let (group, label, said) = (word(0), word(1), word(2).parse::<i64>().unwrap());
                browser.until("!window.before && document.readyState === 'complete' && document.querySelector('.queue')").await;
                let after = browser.js(ROWS).await.as_i64().unwrap();
                clicked += 1;
                if chip[3] == true && group != "状態" {
                    // Set already: it says what is shown, and a click takes the condition away.
                    assert!(said == before && after >= before, "{start}, {label}: said {said}, {before}, then {after}");
                    continue;
                }
                let adds = group == sort && label != "注意あり";
                assert_eq!(after, if adds { before + said } else { said }, "{start}, {group} {label} said {said}");
                if said > 0 {
                    seen.insert(format!("{group} {label}"));
                }
            }
        }
        println!("chips: {clicked} clicked, {} of them with rows: {seen:?}", seen.len());
        for sort in ["状態", "担当 ほかの人が確認中", "確認の程度 注意あり", "確認の程度 照合のみ", "受信から 1日以上前", "種類", "経路 FAX", "経路 スキャン"] {
            assert!(seen.iter().any(|chip| chip.starts_with(sort)), "no chip of {sort}: {seen:?}");
        }
        browser.close().await;
    }
}
