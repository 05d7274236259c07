//! A sample from the confirmation to the figures, in Chromium: blind, compared, settled, counted.

use super::browser::Driver;
use super::http::Client;
use super::seed::{Desk, PASSWORD};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::quality;

async fn signed_in(desk: &Desk, login: &str) -> (Client, String) {
    let mut client = Client::new(desk.address);
    client.sign_in(login, PASSWORD).await;
    let csrf = client.csrf().await;
    (client, csrf)
}

on_both_databases! {
    async fn a_sample_goes_from_the_confirmation_to_the_figures(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        let driver = Driver::start();
        let browser = driver.browser().await;
        let id = desk.morning(&browser).await;
        let (mut mihara, csrf) = signed_in(&desk, "mihara").await;
        mihara.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&id).await.version.to_string();
        let form = [
            ("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("patient", "id:00048213"),
            ("compared", "00048213:patient_name"), ("compared", "00048213:patient_birth_date"),
            ("institution", "id:K0012"), ("blank_ok", "1"),
        ];
        assert_eq!(mihara.post(&format!("/items/{id}/confirm"), &form).await.status, 303);
        desk.push_all(referral).await;
        let mut tx = desk.db.write().await.unwrap();
        assert!(quality::draw(&mut tx, &id, Draw { random: 1, share: 1_000_000 }, desk.now()).await.unwrap());
        tx.commit().await.unwrap();

        // Never one's own, by no address.
        let path = format!("/quality/samples/{id}");
        assert!(!mihara.get("/quality/samples").await.text().contains(&path));
        let own = mihara.get(&path).await;
        assert_eq!(own.status, 409);
        assert!(own.text().contains("自分が確定した文書"), "{}", own.text());
        let own = [("csrf", csrf.as_str()), ("kind", "referral_letter"), ("patient", "none"), ("do", "done")];
        assert_eq!(mihara.post(&path, &own).await.status, 409);
        assert_eq!(mihara.get("/quality").await.status, 403, "the figures are the manager's");

        // Blind: neither what was confirmed nor what was read, before and after the kind is chosen.
        let document = desk.document(&id).await;
        let (mut onodera, theirs) = signed_in(&desk, "onodera").await;
        let bare = onodera.get(&path).await.text();
        let with_fields = onodera.post(&path, &[("csrf", &theirs), ("kind", "referral_letter"), ("do", "kind")]).await.text();
        assert!(with_fields.contains("name=\"f.patient_birth_date\""), "{with_fields}");
        assert!(!bare.contains(" selected"), "the kind is not given away");
        for html in [&bare, &with_fields] {
            let read = document.reading.fields.iter().map(|(field, found)| (field, &found.value));
            for (field, value) in document.values.iter().chain(read) {
                assert!(*field == FieldName::PatientSex || !html.contains(value.as_str()), "{field:?} stands on the page");
            }
            assert!(!html.contains("00048213") && !html.contains("緑ヶ岡"));
        }

        // The second person reads the paper.
        browser.go(&desk.url("/queue")).await;
        browser.fill("#login", "onodera").await;
        browser.fill("#password", PASSWORD).await;
        browser.click(".primary").await;
        browser.wait(".queue").await;
        browser.go(&desk.url("/quality/samples")).await;
        browser.picture("60-samples").await;
        browser.click(&format!("a[href='{path}']")).await;
        browser.wait("#read-again").await;
        browser.js("document.querySelector('#kind').value = 'referral_letter'").await;
        browser.click("[value=kind]").await;
        browser.fill("#find", "カザマ").await;
        browser.click("[value=find]").await;
        browser.click("[name=patient][value='id:00048213']").await;
        browser.picture("61-sample-blind").await;
        let filled = [
            ("patient_name", "風間 灯"), ("patient_kana", "カザマ アカリ"), ("patient_birth_date", "S32.4.15"),
            ("patient_phone", "0154-00-7733"), ("document_date", "2024-05-13"),
            ("sender_institution_name", "緑ヶ岡内科クリニック"), ("sender_doctor_name", "羽田野 悠"),
            ("sender_phone", "0154001121"), ("recipient_department", "循環器内科"),
        ];
        for (field, value) in filled {
            browser.fill(&format!("#f-{field}"), value).await;
        }
        browser.js("document.querySelector('#f-patient_sex').value = 'female'").await;
        browser.click("[value=done]").await;
        browser.until("document.querySelector('.notice')?.innerText.includes('違う項目')").await;
        assert!(onodera.get(&path).await.text().contains("すでに終わっています"));
        assert_eq!(onodera.get(&format!("{path}/settle")).await.status, 409, "not by one of the two");

        // The third says who was right; the record stays, and the way leads to its correction.
        browser.client.delete_all_cookies().await.unwrap();
        browser.go(&desk.url("/queue")).await;
        browser.fill("#login", "shitsucho").await;
        browser.fill("#password", PASSWORD).await;
        browser.click(".primary").await;
        browser.wait(".queue").await;
        browser.go(&desk.url(&format!("{path}/settle"))).await;
        browser.wait("#settle").await;
        let both = browser.text("#settle").await;
        assert!(both.contains("1957-04-05") && both.contains("1957-04-15"), "{both}");
        assert_eq!(browser.js("return document.querySelectorAll('#settle fieldset').length").await, 1, "{both}");
        browser.picture("62-sample-settle").await;
        browser.click("[name='right.patient_birth_date'][value=second]").await;
        browser.click("#settle .primary").await;
        browser.until("document.querySelector('.notice')?.innerText.includes('訂正')").await;
        assert_eq!(desk.document(&id).await.values, document.values, "the record is corrected by its own verb only");
        browser.picture("63-sample-wrong").await;

        // The figures say the same in picture, table and file.
        browser.go(&desk.url("/quality?days=30&wanted=90")).await;
        browser.wait("#chart-items table").await;
        let row = browser.js("return [...document.querySelectorAll('#chart-items tbody tr')].find(tr => tr.innerText.includes('生年月日')).innerText").await;
        assert_eq!(row.as_str().unwrap().split_whitespace().collect::<Vec<_>>(), ["生年月日", "1", "0.0%", "0.0～79.3%", "0", "1", "0", "0"]);
        assert!(browser.text("#proposals").await.contains("件数が足りない"), "nothing is guessed from one document");
        // By kind and by source: all items of the one document, of which one differs; the interval is Wilson's.
        let n = browser.js("return [...document.querySelectorAll('#chart-items tbody tr')].reduce((sum, tr) => sum + Number(tr.cells[1].innerText), 0)").await.as_f64().unwrap();
        assert!(n > 5.0, "{n} items were compared");
        let (z, share) = (1.959_963_985, (n - 1.0) / n);
        let (whole, middle) = (1.0 + z * z / n, share + z * z / (2.0 * n));
        let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        let percent = |of: f64| format!("{:.1}", of * 100.0);
        let (low, high) = (percent((middle - half) / whole), percent((middle + half) / whole));
        let kind = Kind::ReferralLetter.label_ja();
        for (chart, label) in [("kinds", kind), ("sources", "fax")] {
            let rows = browser.js(&format!("return [...document.querySelectorAll('#chart-{chart} tbody tr')].map(tr => [...tr.cells].map(c => c.innerText))")).await;
            let expected = [label, &n.to_string(), &format!("{}%", percent(share)), &format!("{low}～{high}%"), "0", "1", "0", "0"];
            assert_eq!(rows, serde_json::json!([expected]), "{chart}");
        }
        let drawn = browser.js("return document.querySelectorAll('#chart-items svg rect:not(.whole)').length === document.querySelectorAll('#chart-items tbody tr').length").await;
        assert_eq!(drawn, true);
        assert_eq!(browser.js("return document.documentElement.scrollWidth <= window.innerWidth").await, true);
        browser.picture("64-quality").await;
        let (mut manager, word) = signed_in(&desk, "shitsucho").await;
        let file = manager.post("/quality/export", &[("csrf", &word), ("days", "30")]).await.text();
        assert!(file.contains("\"2人の一致（項目ごと）\",\"生年月日\",\"1\",\"0\",\"0.0\",\"0.0\",\"79.3\",\"\",\"0\",\"1\",\"0\",\"0\""), "{file}");
        let right = (n - 1.0).to_string();
        for (chart, label) in [("文書の種類", kind), ("受信元", "fax")] {
            let line = format!("\"2人の一致（{chart}ごと）\",\"{label}\",\"{n}\",\"{right}\",\"{}\",\"{low}\",\"{high}\",\"\",\"0\",\"1\",\"0\",\"0\"", percent(share));
            assert!(file.contains(&line), "{line}\n{file}");
        }
        assert!(!file.contains("風間") && !file.contains("1957"), "not a word of a document");
        let log = desk.log(id.as_str()).await;
        for verb in ["quality.drawn", "quality.read_again", "quality.settled"] {
            assert_eq!(log.iter().filter(|row| *row == verb).count(), 1, "{verb}");
        }
        browser.close().await;
    }
}
