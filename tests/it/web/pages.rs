//! The pages by plain requests: who gets in, what is refused, what every answer carries.

use super::http::{Client, Reply};
use super::seed::{self, Desk, FIRST_PASSWORD, HOUR, MINUTE, PASSWORD};
use crate::support::on_both_databases;
use serde_json::json;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::review::{Correction, PatientChoice};
use uketsuke::store::{audit, contents, jobs, lessons, outbox, users};
use uketsuke::web::Settings;

async fn signed_in(desk: &Desk, login: &str) -> Client {
    let mut client = Client::new(desk.address);
    let reply = client.sign_in(login, PASSWORD).await;
    assert_eq!((reply.status, reply.header("location")), (303, "/queue"));
    client
}

fn form<'a>(csrf: &'a str, version: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![("csrf", csrf), ("version", version), ("kind", "referral_letter")];
    form.extend_from_slice(more);
    form
}

const CHOSEN: &[(&str, &str)] = &[
    ("patient", "id:00048213"),
    ("institution", "id:K0012"),
    ("compared", "00048213:patient_name"),
    ("compared", "00048213:patient_birth_date"),
];

fn secure(reply: &Reply, what: &str) {
    let policy = reply.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{what}: {policy}");
    assert!(!policy.contains("unsafe"), "{what}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(reply.header("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(reply.header("x-frame-options"), "DENY", "{what}");
    let kept = reply.header("cache-control");
    if what.starts_with("/static/") {
        assert!(kept.contains("immutable"), "{what}");
    } else {
        assert_eq!(kept, "no-store", "{what}");
    }
    for cookie in &reply.cookies {
        assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{what}: {cookie}");
    }
}

on_both_databases! {
    async fn what_cannot_be_read_says_so_and_can_be_downloaded(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.delivery("shokaijo.docx", Channel::Email, &seed::blank_page(), HOUR).await;
        let unread = [DeliveryState::Reading, DeliveryState::Unreadable];
        desk.advance(&id, &unread, Some(Trouble::UnsupportedFormat)).await;
        let enclosure = Enclosure {
            name: "furoku.xlsx".into(),
            size: 4711,
            what: FileType::Excel,
            fate: Fate::Not(Trouble::UnsupportedFormat),
            depth: 1,
            part: None,
        };
        let found = Contents { mail: None, enclosures: vec![enclosure] };
        let mut tx = desk.db.write().await.unwrap();
        contents::put(&mut tx, &id, &found, desk.now(), desk.now()).await.unwrap();
        tx.commit().await.unwrap();

        let mut client = signed_in(&desk, "mihara").await;
        let list = client.get("/deliveries").await.text();
        assert!(list.contains("shokaijo.docx") && list.contains("この形式は読めません"), "{list}");
        let page = client.get(&format!("/deliveries/{id}")).await.text();
        assert!(page.contains(Trouble::UnsupportedFormat.message_ja()), "the whole sentence: {page}");
        let row = page.split("<tr>").find(|row| row.contains("furoku.xlsx")).expect("the row of what was in it");
        assert!(row.contains("この形式は読めません") && row.contains(FileType::Excel.label_ja()), "{row}");
        let link = format!("/deliveries/{id}/original");
        assert!(page.contains(&format!("href=\"{link}\" download>原本をダウンロード")), "{page}");
        let original = client.get(&link).await;
        assert_eq!(original.bytes, b"original of shokaijo.docx");
        let disposition = original.header("content-disposition");
        assert!(disposition.starts_with("attachment") && disposition.contains("shokaijo.docx"), "{disposition}");
    }

    async fn a_mail_that_could_not_be_sent_is_counted_where_people_look(db: Db) {
        let desk = Desk::open(db).await;
        let mut client = signed_in(&desk, "mihara").await;
        let shown = |page: &str| {
            let (before, _) = page.split_once("</b><span>送れなかった</span>")?;
            before.rsplit_once("<div").map(|(_, card)| card.to_owned())
        };
        let before = shown(&client.get("/status").await.text()).expect("the figure");
        let mut tx = desk.db.write().await.unwrap();
        outbox::post(&mut tx, &["a@example.jp".into()], "s", "b", desk.now()).await.unwrap();
        let letter = outbox::claim(&mut tx, desk.now(), HOUR).await.unwrap().unwrap();
        outbox::failed(&mut tx, &letter.id, "never", None).await.unwrap();
        tx.commit().await.unwrap();
        let after = shown(&client.get("/status").await.text()).expect("the figure");
        assert!(before.ends_with("<b>0") && after.ends_with("<b>1") && after.contains("bad"), "{before}\n{after}");
    }

    async fn a_stale_or_second_confirmation_changes_nothing(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        let path = |verb: &str| format!("/items/{id}/{verb}");
        assert_eq!(client.post(&path("hold"), &[("csrf", &csrf)]).await.status, 303);
        let seen = client.get(&format!("/items/{id}")).await.hidden("version");

        // In another tab a draft is saved; the first tab is stale from then on.
        let saved = client.post(&path("save"), &form(&csrf, &seen, &[("f.remarks", "別のタブ")])).await;
        assert_eq!(saved.status, 303);
        let now = desk.document(&id).await;
        let stale = client.post(&path("confirm"), &form(&csrf, &seen, &[CHOSEN, &[("f.remarks", "古いタブ")]].concat())).await;
        assert_eq!(stale.status, 409);
        assert!(stale.text().contains("表示したあとに内容が変わりました"));
        assert!(stale.text().contains("古いタブ"), "what was typed is shown, so that it is not lost");
        assert_eq!(desk.document(&id).await, now);

        let version = now.version.to_string();
        let confirmed = client.post(&path("confirm"), &form(&csrf, &version, CHOSEN)).await;
        assert_eq!((confirmed.status, confirmed.header("location")), (303, "/queue?done=confirmed_last"));
        let done = desk.document(&id).await;
        assert_eq!(done.state, DocumentState::Approved);
        let log = desk.log(id.as_str()).await;

        let twice = client.post(&path("confirm"), &form(&csrf, &version, CHOSEN)).await;
        assert_eq!(twice.status, 409);
        assert!(twice.text().contains("すでに確定しています"));
        assert_eq!(desk.document(&id).await, done);
        let approvals = |log: &[String]| log.iter().filter(|v| *v == "document.approved").count();
        assert_eq!((approvals(&log), approvals(&desk.log(id.as_str()).await)), (1, 1));
        let mut tx = desk.db.read().await.unwrap();
        assert_eq!(jobs::of(&mut tx, id.as_str()).await.unwrap().len(), 1);
    }

    async fn what_a_colleague_holds_is_only_read(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut mihara = signed_in(&desk, "mihara").await;
        let mut onodera = signed_in(&desk, "onodera").await;
        let (mine, theirs) = (mihara.csrf().await, onodera.csrf().await);
        mihara.post(&format!("/items/{id}/hold"), &[("csrf", &mine)]).await;
        let before = desk.document(&id).await;
        let version = before.version.to_string();
        for verb in ["hold", "save", "confirm", "set-aside", "inquire", "release", "keep"] {
            let more: &[(&str, &str)] = &[("aside", "duplicate"), ("note", "問い合わせ")];
            let reply = onodera.post(&format!("/items/{id}/{verb}"), &form(&theirs, &version, &[CHOSEN, more].concat())).await;
            assert_eq!(reply.status, 409, "{verb}");
            assert!(reply.text().contains("三原 佳奈さんが確認中"), "{verb}");
        }
        assert_eq!(desk.document(&id).await, before);
        let page = onodera.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("三原 佳奈さんが確認中") && !page.contains("id=\"confirm\""));
        // A token of one session is nothing in another.
        let forged = onodera.post(&format!("/items/{id}/hold"), &[("csrf", &mine)]).await;
        assert_eq!(forged.status, 403);
    }

    async fn what_a_colleague_holds_is_taken_over_by_name(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut mihara = signed_in(&desk, "mihara").await;
        let mut onodera = signed_in(&desk, "onodera").await;
        let (mine, theirs) = (mihara.csrf().await, onodera.csrf().await);
        mihara.post(&format!("/items/{id}/hold"), &[("csrf", &mine)]).await;
        let version = desk.document(&id).await.version.to_string();
        let page = onodera.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("引き継いで確認する"));
        let holder = page.split("name=\"holder\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        // From somebody who does not have it nothing is taken.
        let me = page.split("data-who=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let wrong = onodera.post(&format!("/items/{id}/take-over"), &[("csrf", &theirs), ("holder", &me)]).await;
        assert_eq!(wrong.status, 409);
        assert!(wrong.text().contains("三原 佳奈さんが確認中"));

        let taken = onodera.post(&format!("/items/{id}/take-over"), &[("csrf", &theirs), ("holder", &holder)]).await;
        assert_eq!(taken.status, 303);
        assert!(onodera.get(&format!("/items/{id}")).await.text().contains("data-editable"));
        assert_eq!(desk.log(id.as_str()).await.iter().filter(|v| *v == "document.taken_over").count(), 1);
        // Who had it is told, and changes nothing any more; their old page cannot take it back by a name that is out of date.
        let late = mihara.post(&format!("/items/{id}/save"), &form(&mine, &version, &[CHOSEN, &[("f.remarks", "遅い")]].concat())).await;
        assert_eq!(late.status, 409);
        assert!(late.text().contains("小野寺 剛さんが確認中") && late.text().contains("遅い"));
        let back = mihara.post(&format!("/items/{id}/take-over"), &[("csrf", &mine), ("holder", &holder)]).await;
        assert_eq!(back.status, 409);
        assert!(!desk.document(&id).await.values.values().any(|value| value == "遅い"));
    }

    async fn setting_aside_and_asking_lead_back(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        for (verb, more, state) in [
            ("set-aside", ("aside", "advertisement"), DocumentState::SetAside),
            ("inquire", ("note", "生年月日を確認したい"), DocumentState::Inquiry),
        ] {
            client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
            let version = desk.document(&id).await.version.to_string();
            let without = client.post(&format!("/items/{id}/{verb}"), &form(&csrf, &version, &[])).await;
            assert!([409, 422].contains(&without.status), "{verb} needs a reason: {}", without.status);
            let version = desk.document(&id).await.version.to_string();
            let reply = client.post(&format!("/items/{id}/{verb}"), &form(&csrf, &version, &[more, ("f.remarks", "書きかけ")])).await;
            assert_eq!(reply.status, 303, "{}", reply.text());
            let document = desk.document(&id).await;
            assert_eq!(document.state, state);
            assert_eq!(document.values[&FieldName::Remarks], "書きかけ", "nothing typed is lost");
            let page = client.get(&format!("/items/{id}")).await.text();
            assert!(page.contains("確認待ちに戻す"));
            let version = document.version.to_string();
            let back = client.post(&format!("/items/{id}/put-back"), &form(&csrf, &version, &[])).await;
            assert_eq!(back.status, 303);
            let again = client.post(&format!("/items/{id}/put-back"), &form(&csrf, &version, &[])).await;
            assert_eq!(again.status, 409);
            assert_eq!(desk.document(&id).await.state, DocumentState::Proposed);
        }
    }

    async fn a_search_finds_patients_of_the_master(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let asked = [("csrf", csrf.as_str()), ("which", "patient"), ("text", "ホシノ")];
        let list = client.post(&format!("/items/{id}/find"), &asked).await;
        assert_eq!(list.status, 200);
        assert!(list.text().contains("星野 翼") && list.text().contains("風間 灯"), "{}", list.text());
        assert!(!list.text().contains("checked"), "nothing is chosen for staff");
        // Without a script the same search comes with the page, and the draft is kept.
        let version = desk.document(&id).await.version.to_string();
        let more = [("then", "find_patient"), ("find_patient", "1972-01-30"), ("f.remarks", "探し中")];
        let page = client.post(&format!("/items/{id}/save"), &form(&csrf, &version, &more)).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("星野 翼"));
        assert_eq!(desk.document(&id).await.values[&FieldName::Remarks], "探し中");
        // Somebody who was not proposed can be confirmed; somebody who does not exist cannot.
        let version = desk.document(&id).await.version.to_string();
        let nobody = [("patient", "id:99999999"), ("compared", "99999999:patient_name"), ("compared", "99999999:patient_phone")];
        let reply = client.post(&format!("/items/{id}/confirm"), &form(&csrf, &version, &nobody)).await;
        assert_eq!(reply.status, 422);
        let version = desk.document(&id).await.version.to_string();
        let found = [("patient", "id:00060031"), ("compared", "00060031:patient_name"), ("compared", "00060031:patient_phone")];
        let reply = client.post(&format!("/items/{id}/confirm"), &form(&csrf, &version, &found)).await;
        assert_eq!(reply.status, 303);
        assert_eq!(desk.document(&id).await.patient(), Some(PatientChoice::Linked("00060031".into())));
    }

    async fn a_patient_is_linked_only_with_what_was_compared_for_that_patient(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let page = client.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("value=\"00048213:patient_name\"") && page.contains("value=\"00051902:patient_name\""));
        assert!(!page.contains(" checked data-light"), "nothing is ticked beforehand");
        assert!(page.contains("<mark>朱里</mark>"), "differing characters are marked");
        for ticks in [
            &[][..],
            &["00048213:patient_name"],
            &["00048213:patient_name", "00048213:patient_kana"],
            &["00051902:patient_name", "00051902:patient_birth_date"],
            &["patient_name", "patient_birth_date"],
            &["00048213:asked"],
        ] {
            let version = desk.document(&id).await.version.to_string();
            let mut more = vec![("patient", "id:00048213"), ("institution", "id:K0012")];
            more.extend(ticks.iter().map(|tick| ("compared", *tick)));
            let reply = client.post(&format!("/items/{id}/confirm"), &form(&csrf, &version, &more)).await;
            assert_eq!(reply.status, 422, "{ticks:?}");
            assert!(reply.text().contains("2つ以上チェック"), "{ticks:?}");
            assert_eq!(desk.document(&id).await.state, DocumentState::InReview, "{ticks:?}");
        }
        let version = desk.document(&id).await.version.to_string();
        let more = [("patient", "id:00048213"), ("compared", "00048213:patient_name"), ("compared", "00048213:asked")];
        let reply = client.post(&format!("/items/{id}/confirm"), &form(&csrf, &version, &more)).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        let mut tx = desk.db.read().await.unwrap();
        let log = audit::of(&mut tx, id.as_str()).await.unwrap();
        let word = log.iter().find(|entry| entry.verb == "document.approved").unwrap().detail();
        assert_eq!((&word["compared"], &word["sender_asked"]), (&json!(["patient_name"]), &json!(true)));
        drop(tx);
        let page = client.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("画像と照合：患者氏名、送信元への電話確認"));
    }

    async fn blanks_are_confirmed_only_knowingly(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let confirm = format!("/items/{id}/confirm");
        let version = desk.document(&id).await.version.to_string();
        let reply = client.post(&confirm, &form(&csrf, &version, &[CHOSEN, &[("f.purpose", "")]].concat())).await;
        assert_eq!(reply.status, 422);
        assert!(reply.text().contains("目的が空です") && reply.text().contains("空のまま確定する"));
        let version = desk.document(&id).await.version.to_string();
        let wrong = [CHOSEN, &[("f.patient_birth_date", "あした"), ("blank_ok", "1")]].concat();
        let reply = client.post(&confirm, &form(&csrf, &version, &wrong)).await;
        assert_eq!(reply.status, 422);
        assert!(reply.text().contains("日付として読めません"));
        assert_eq!(desk.document(&id).await.values[&FieldName::PatientBirthDate], "あした", "the draft keeps what was typed");
        let version = desk.document(&id).await.version.to_string();
        let right = [CHOSEN, &[("f.patient_birth_date", "S32.4.5"), ("blank_ok", "1")]].concat();
        let reply = client.post(&confirm, &form(&csrf, &version, &right)).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(desk.document(&id).await.values[&FieldName::PatientBirthDate], "1957-04-05");
    }

    async fn what_a_confirmation_taught_is_shown_and_forgotten(db: Db) {
        let desk = Desk::open(db).await;
        let teacher = desk.letter().await;
        let mut tx = desk.db.write().await.unwrap();
        let taught = Taught::SenderNumber { number: "0154001122".into(), institution_id: "K0012".into() };
        lessons::learn(&mut tx, &teacher, &[taught], desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut reading = seed::letter(&BTreeMap::new());
        seed::put(&mut reading, FieldName::PatientPhone, "0154-00-7733", 0.8);
        reading.fields.get_mut(&FieldName::PatientPhone).unwrap().learned_from = Some(teacher.clone());
        let delivery = desk.delivery("fax-0002.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;

        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let page = client.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("前回の同じ様式から") && page.contains(&format!("/items/{teacher}")) && page.contains("忘れる"));
        let version = desk.document(&id).await.version.to_string();
        let more = [("lesson", teacher.as_str()), ("f.remarks", "書きかけ")];
        let reply = client.post(&format!("/items/{id}/forget"), &form(&csrf, &version, &more)).await;
        assert_eq!((reply.status, reply.header("location").ends_with("done=forgotten")), (303, true));
        assert_eq!(desk.document(&id).await.values[&FieldName::Remarks], "書きかけ", "nothing typed is lost");
        let mut tx = desk.db.read().await.unwrap();
        assert!(lessons::load_all(&mut tx).await.unwrap().is_empty());
        drop(tx);
        assert!(desk.log(teacher.as_str()).await.iter().any(|verb| verb == "document.forgotten"));
        let forged = client.post(&format!("/items/{id}/forget"), &[("lesson", teacher.as_str())]).await;
        assert_eq!(forged.status, 403);
    }

    async fn trouble_can_be_read_again(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.delivery("broken.pdf", Channel::Fax, &seed::blank_page(), HOUR).await;
        desk.advance(&id, &[DeliveryState::Reading, DeliveryState::Unreadable], Some(Trouble::Damaged)).await;
        let mut client = signed_in(&desk, "mihara").await;
        let csrf = client.csrf().await;
        assert!(client.get("/queue").await.text().contains("broken.pdf"), "trouble stands above the queue");
        let page = client.get(&format!("/deliveries/{id}")).await.text();
        assert!(page.contains("ファイルが壊れています") && page.contains("もう一度読み取る"));
        let reply = client.post(&format!("/deliveries/{id}/retry"), &[("csrf", &csrf)]).await;
        assert_eq!(reply.status, 303);
        let again = client.post(&format!("/deliveries/{id}/retry"), &[("csrf", &csrf)]).await;
        assert_eq!(again.status, 409, "it is being read already");
        let page = client.get(&format!("/deliveries/{id}")).await.text();
        assert!(page.contains("読取中") && page.contains("読み取りのやり直し"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shown_to_strangers_and_every_answer_is_guarded() {
    let place = crate::support::Place::sqlite();
    let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let id = desk.letter().await;
    let delivery = desk.document(&id).await.delivery_id;
    let paths = [
        "/".to_owned(),
        "/queue".into(),
        "/queue?tray=set_aside&kind=notice&days=3".into(),
        "/deliveries".into(),
        "/deliveries?state=read".into(),
        "/status".into(),
        "/password".into(),
        format!("/items/{id}"),
        format!("/deliveries/{delivery}"),
        format!("/deliveries/{delivery}/pages/1"),
        format!("/deliveries/{delivery}/pages/1/words"),
        format!("/deliveries/{delivery}/original"),
    ];
    let mut stranger = Client::new(desk.address);
    for path in &paths {
        let reply = stranger.get(path).await;
        secure(&reply, path);
        assert_eq!(reply.status, 303, "{path}");
        assert!(reply.header("location").starts_with("/sign-in"), "{path}");
        assert!(!reply.text().contains("風間"), "{path}");
    }
    let mut client = signed_in(&desk, "mihara").await;
    for path in &paths[1..] {
        let reply = client.get(path).await;
        secure(&reply, path);
        assert_eq!(reply.status, 200, "{path}");
    }
    let css = client.get("/status").await.text();
    let css = css.split("href=\"/static/").nth(2).unwrap().split('"').next().unwrap().to_owned();
    let missing = [
        format!("/static/{css}"),
        "/nowhere".to_owned(),
        "/items/not-an-id".into(),
        format!("/items/{}", DocumentId::fresh()),
        format!("/deliveries/{delivery}/pages/2"),
        format!("/deliveries/{delivery}/pages/x"),
        format!("/deliveries/{delivery}/pages/2/words"),
        "/deliveries/../../etc/passwd".into(),
    ];
    for path in &missing {
        let reply = client.get(path).await;
        secure(&reply, path);
        assert_eq!(reply.status == 200, path.starts_with("/static/"), "{path}");
    }
    for (verb, path) in [("hold", format!("/items/{id}/hold")), ("retry", format!("/deliveries/{delivery}/retry"))] {
        for token in [None, Some(""), Some("0000")] {
            let form: Vec<(&str, &str)> = token.map(|t| ("csrf", t)).into_iter().collect();
            let reply = client.post(&path, &form).await;
            secure(&reply, &path);
            assert_eq!(reply.status, 403, "{verb} {token:?}");
        }
    }
    assert_eq!(desk.document(&id).await.state, DocumentState::Proposed);
    // The browser says that the form came from another site, and is believed even with the right token.
    let csrf = client.csrf().await;
    client.extra.push(("Sec-Fetch-Site", "cross-site"));
    assert_eq!(client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await.status, 403);
    client.extra.clear();
    let huge = "あ".repeat(300_000);
    assert_eq!(client.post("/queue/search", &[("csrf", &csrf), ("text", &huge)]).await.status, 413);
    // A sign-in form without the token of this browser is refused, right password or not.
    let reply = stranger.post("/sign-in", &[("login", "mihara"), ("password", PASSWORD), ("csrf", "")]).await;
    assert_eq!(reply.status, 403);
}

on_both_databases! {
    async fn wrong_passwords_wait_and_the_first_password_opens_nothing(db: Db) {
        let desk = Desk::open(db).await;
        let mut client = Client::new(desk.address);
        let wrong = client.sign_in("mihara", "wrong").await;
        let nobody = client.sign_in("nobody", "wrong").await;
        assert_eq!((wrong.status, nobody.status), (422, 422));
        let told = |reply: &Reply| reply.text().contains("ログイン名またはパスワードが違います");
        assert!(told(&wrong) && told(&nobody), "one answer for both");
        for _ in 0..4 {
            client.sign_in("mihara", "wrong").await;
            client.sign_in("nobody", "wrong").await;
        }
        for login in ["mihara", "nobody"] {
            let reply = client.sign_in(login, PASSWORD).await;
            assert_eq!(reply.status, 422, "{login} has to wait");
            assert!(reply.text().contains("しばらく受け付けません"), "{login}");
        }
        let mut tx = desk.db.read().await.unwrap();
        assert!(users::by_login(&mut tx, "mihara").await.unwrap().unwrap().lock_until.is_some(), "it outlives a restart");
        drop(tx);
        desk.wait(6 * 60_000);
        assert_eq!(client.sign_in("mihara", PASSWORD).await.status, 303);

        let mut newcomer = Client::new(desk.address);
        let reply = newcomer.sign_in("shinjin", FIRST_PASSWORD).await;
        assert_eq!(reply.header("location"), "/password");
        for path in ["/queue", "/status", "/deliveries"] {
            let reply = newcomer.get(path).await;
            assert_eq!((reply.status, reply.header("location")), (303, "/password"), "{path}");
        }
        let csrf = newcomer.get("/password").await.hidden("csrf");
        let change = |current: &'static str, fresh: &'static str, again: &'static str| {
            vec![("current", current), ("fresh", fresh), ("again", again)]
        };
        for (fields, why) in [
            (change(FIRST_PASSWORD, "mijikai-1", "mijikai-1"), "13文字以上"),
            (change(FIRST_PASSWORD, "shinjin no 1nichi", "shinjin no 1nichi"), "ログイン名を含む"),
            (change(FIRST_PASSWORD, "umi to yama 2tsu", "umi to yama 3tsu"), "一致しません"),
            (change(FIRST_PASSWORD, FIRST_PASSWORD, FIRST_PASSWORD), "同じものは使えません"),
            (change("machigai desu 9", "umi to yama 2tsu", "umi to yama 2tsu"), "今のパスワードが違います"),
        ] {
            let reply = newcomer.post("/password", &[vec![("csrf", csrf.as_str())], fields].concat()).await;
            assert_eq!(reply.status, 422);
            assert!(reply.text().contains(why), "{why}");
        }
        let right = change(FIRST_PASSWORD, "umi to yama 2tsu", "umi to yama 2tsu");
        let reply = newcomer.post("/password", &[vec![("csrf", csrf.as_str())], right].concat()).await;
        assert_eq!(reply.status, 303);
        assert_eq!(newcomer.get("/queue").await.status, 200);
        assert_eq!(Client::new(desk.address).sign_in("shinjin", FIRST_PASSWORD).await.status, 422);
    }
}

on_both_databases! {
    async fn sessions_end_and_views_are_on_record(db: Db) {
        let settings = Settings { secure_cookies: true, ..Settings::default() };
        let desk = Desk::open_with(db, settings).await;
        let id = desk.letter().await;
        let delivery = desk.document(&id).await.delivery_id;
        let mut client = Client::new(desk.address);
        let reply = client.sign_in("mihara", PASSWORD).await;
        assert!(
            reply.cookies.iter().any(|c| c.starts_with("__Host-uketsuke=") && c.contains("Secure")),
            "{:?}",
            reply.cookies
        );
        assert!(reply.header("strict-transport-security").contains("max-age"));

        let views = |log: Vec<String>| log.iter().filter(|v| v.ends_with(".viewed")).count();
        let page = client.get(&format!("/items/{id}")).await;
        assert_eq!(views(desk.log(id.as_str()).await), 1);
        assert!(page.text().contains(&format!("/deliveries/{delivery}/pages/1")));
        let image = client.get(&format!("/deliveries/{delivery}/pages/1")).await;
        assert_eq!(image.header("content-type"), "image/png");
        assert!(image.bytes.starts_with(b"\x89PNG"));
        assert_eq!(views(desk.log(delivery.as_str()).await), 0, "the item's view covers its images");
        // A colleague who asks for the image alone is on record too.
        let mut other = Client::new(desk.address);
        other.sign_in("onodera", PASSWORD).await;
        other.get(&format!("/deliveries/{delivery}/pages/1")).await;
        assert_eq!(views(desk.log(delivery.as_str()).await), 1);
        let original = other.get(&format!("/deliveries/{delivery}/original")).await;
        assert_eq!(original.header("content-type"), "application/octet-stream");
        assert!(original.header("content-disposition").starts_with("attachment"));
        assert_eq!(original.bytes, b"original of fax-0001.tif");
        assert!(desk.log(delivery.as_str()).await.contains(&"delivery.downloaded".to_owned()));

        // Work keeps a session alive, a list that renews itself does not, and nothing outlives the day.
        let csrf = client.csrf().await;
        for _ in 0..3 {
            desk.wait(10 * MINUTE);
            assert_eq!(client.get("/queue").await.status, 200);
        }
        client.extra.push(("x-uketsuke", "live"));
        desk.wait(10 * MINUTE);
        assert_eq!(client.get("/queue").await.status, 200);
        desk.wait(6 * MINUTE);
        let reply = client.get("/queue").await;
        assert_eq!(reply.status, 401, "a script is told, not moved");
        assert!(!reply.text().contains('<'), "in words alone: {}", reply.text());
        client.extra.clear();
        let lost = client.post(&format!("/items/{id}/save"), &[("csrf", &csrf), ("version", "1")]).await;
        assert_eq!(lost.status, 401);
        assert!(lost.text().contains("サインアウトしました"));

        client.sign_in("mihara", PASSWORD).await;
        for _ in 0..(12 * 6) {
            desk.wait(10 * MINUTE);
            client.get("/queue").await;
        }
        desk.wait(10 * MINUTE);
        assert_eq!(client.get("/queue").await.status, 303, "the longest session is over");
        client.sign_in("mihara", PASSWORD).await;
        let csrf = client.csrf().await;
        client.post("/sign-out", &[("csrf", &csrf)]).await;
        assert_eq!(client.get("/queue").await.status, 303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_sound_whatever_a_document_says() {
    let place = crate::support::Place::sqlite();
    let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&";
    let mut reading = seed::letter(&BTreeMap::new());
    for field in FieldName::ALL {
        seed::put(&mut reading, *field, evil, 0.5);
    }
    reading.reasons = vec![evil.into()];
    for found in reading.fields.values_mut() {
        found.alternatives = vec![evil.into()];
    }
    for candidate in &mut reading.matches.patient {
        for evidence in &mut candidate.evidence {
            evidence.seen = evil.into();
        }
    }
    let delivery = desk.delivery(&format!("{evil}.tif"), Channel::Fax, &seed::blank_page(), HOUR).await;
    let id = desk.propose(&delivery, &reading, HOUR, HOUR).await;
    let bad = desk.delivery(&format!("{evil}2.tif"), Channel::Scan, &seed::blank_page(), HOUR).await;
    desk.advance(&bad, &[DeliveryState::Reading, DeliveryState::Held], Some(Trouble::Encrypted)).await;
    let mut client = Client::new(desk.address);
    sound(&client.get("/sign-in").await, "/sign-in");
    sound(&client.sign_in("mihara", evil).await, "a refused sign-in");
    client.sign_in("mihara", PASSWORD).await;
    let csrf = client.csrf().await;
    client.post("/queue/search", &[("csrf", &csrf), ("text", evil)]).await;
    let searched = client.get("/queue").await;
    assert!(
        searched.text().contains("&lt;script&#62;") || searched.text().contains("&#60;script&#62;"),
        "the search is shown, escaped"
    );
    sound(&searched, "/queue, searched");
    client.post("/queue/search", &[("csrf", &csrf), ("text", "")]).await;
    client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
    for path in ["/queue", "/queue?tray=pushed", "/deliveries", "/status", "/password", "/nowhere"] {
        sound(&client.get(path).await, path);
    }
    for path in [format!("/items/{id}"), format!("/deliveries/{delivery}"), format!("/deliveries/{bad}")] {
        sound(&client.get(&path).await, &path);
    }
    let version = desk.document(&id).await.version.to_string();
    sound(&client.post(&format!("/items/{id}/confirm"), &form(&csrf, &version, &[])).await, "a refused confirmation");
    let version = desk.document(&id).await.version;
    let correction = Correction {
        kind: Kind::Notice,
        values: BTreeMap::from([(FieldName::Remarks, evil.to_owned())]),
        patient: None,
        institution_id: None,
        doctor_id: None,
    };
    let mut tx = desk.db.read().await.unwrap();
    let mihara = users::by_login(&mut tx, "mihara").await.unwrap().unwrap().id;
    drop(tx);
    desk.review.correct(&mihara, &id, version, &correction).await.unwrap();
    let page = client.get(&format!("/items/{id}")).await;
    sound(&page, "a kind without a patient");
    assert!(!page.text().contains("choose-patient"), "nobody is asked for a patient");
}

/// What holds of every page: nothing inline, nothing from elsewhere, every form with its token, every control with a name.
fn sound(reply: &Reply, what: &str) {
    let text = reply.text();
    assert!(text.starts_with("<!doctype html>\n<html lang=\"ja\">"), "{what}");
    assert!(!text.contains("<script>") && !text.contains("<img src=x"), "{what}: a document's text became markup");
    let tags: Vec<&str> = text.split('<').skip(1).map(|t| t.split('>').next().unwrap_or_default()).collect();
    let mut ids: Vec<&str> = Vec::new();
    for tag in &tags {
        let names: String = tag.split('"').step_by(2).collect();
        assert!(![" style=", " on"].iter().any(|bad| names.contains(bad)), "{what}: {tag}");
        for attribute in [" src=\"", " href=\"", " action=\"", " formaction=\""] {
            if let Some(at) = tag.find(attribute) {
                let target = &tag[at + attribute.len()..];
                let ours = target.starts_with('/') && !target.starts_with("//") || target.starts_with('#');
                assert!(ours, "{what}: leads elsewhere: {tag}");
            }
        }
        if let Some(at) = tag.find(" id=\"") {
            ids.push(tag[at + 5..].split('"').next().unwrap());
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{what}: an id stands twice");
    let forms = text.matches("<form ").count();
    let tokens = text.matches("name=\"csrf\" value=\"").count();
    assert_eq!(forms, tokens, "{what}: a form without its token");
    for tag in tags.iter().filter(|t| t.starts_with("input ") || t.starts_with("select ") || t.starts_with("textarea "))
    {
        if tag.contains("type=\"hidden\"") || tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"") {
            continue;
        }
        let id =
            tag.split(" id=\"").nth(1).and_then(|t| t.split('"').next()).unwrap_or_else(|| panic!("{what}: {tag}"));
        assert!(text.contains(&format!("for=\"{id}\"")), "{what}: no label for {id}");
    }
}
