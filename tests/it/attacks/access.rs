//! Access: every address, every role, every kind of document that is not for everybody, and ids of somebody else put where one's own stand.

use super::Tally;
use crate::support::on_both_databases;
use crate::web::http::{Client, Reply};
use crate::web::seed::{self, Desk, HOUR};
use crate::web::whole::{Whole, act, letter, signed_in};
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::store::{documents, views};
use uketsuke::web::{DOORS, Door};

/// Stands in every word of the documents that are for few eyes.
const SECRET: &str = "秘七";
/// Stands in every word of the document of one department.
const HEART: &str = "心八";

/// Everything that a form of any address could ask for.
fn asked<'a>(csrf: &'a str, version: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("csrf", csrf),
        ("version", version),
        ("kind", "referral_letter"),
        ("which", "patient"),
        ("text", SECRET),
        ("aside", "duplicate"),
        ("note", "x"),
        ("reason", "x"),
        ("patient", "id:00048213"),
        ("compared", "00048213:patient_name"),
        ("compared", "00048213:patient_birth_date"),
        ("blank_ok", "1"),
        ("f.remarks", "x7"),
        ("page", "1"),
        ("box", "0.1,0.1,0.5,0.5"),
        ("password", "x"),
        ("right.patient_name", "second"),
    ]
}

fn silent(reply: &Reply) -> bool {
    let text = reply.text();
    !text.contains(SECRET) && !text.contains(HEART) && !reply.header("content-disposition").contains("%E7%A7%98")
}

/// A document with that word in everything.
async fn secret(desk: &Desk, word: &str, name: &str, kind: Kind, department: &str) -> DocumentId {
    let delivery = desk.delivery(&format!("{name}{word}.tif"), Channel::Fax, &seed::blank_page(), HOUR).await;
    let mut reading = seed::letter(&BTreeMap::new());
    reading.kind = kind;
    seed::put(&mut reading, FieldName::PatientName, &format!("{word} 子"), 0.9);
    seed::put(&mut reading, FieldName::SenderInstitutionName, &format!("{word}医院"), 0.9);
    seed::put(&mut reading, FieldName::RecipientDepartment, department, 0.9);
    reading.matches = Matches::default();
    desk.propose(&delivery, &reading, HOUR, 20 * HOUR).await
}

on_both_databases! {
    async fn no_document_is_reached_by_who_may_not_see_it(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        desk.person("shitsucho", &[Role::Manager], &[]).await;
        let mut tally = Tally::of("documents that are not theirs");
        let restricted = secret(&desk, SECRET, "restricted", Kind::DisclosureRequest, "循環器内科").await;
        let heart = secret(&desk, HEART, "heart", Kind::ReferralLetter, "循環器内科").await;
        let astray = secret(&desk, SECRET, "astray", Kind::ReferralLetter, "皮膚科").await;
        let mut mihara = signed_in(&desk, "mihara").await;
        act(&desk, &mut mihara, &astray, "set-aside", &[("aside", "misdirected")]).await;
        // In one delivery with a letter that everybody may see.
        let delivery = desk.delivery(&format!("mixed{SECRET}.tif"), Channel::Fax, &seed::blank_page(), HOUR).await;
        let mut open = seed::letter(&BTreeMap::new());
        open.fields.remove(&FieldName::RecipientDepartment);
        let mut hidden = seed::letter(&BTreeMap::new());
        hidden.kind = Kind::DisclosureRequest;
        hidden.pages = vec![PageNo(2)];
        seed::put(&mut hidden, FieldName::PatientName, &format!("{SECRET} 子"), 0.9);
        desk.advance(&delivery, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        let mut tx = desk.db.write().await.unwrap();
        let ids = documents::propose(&mut tx, &delivery, &[open, hidden], desk.now(), |_| HOUR, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let (beside, mixed) = (ids[0].clone(), ids[1].clone());

        let people: &[(&str, &[Role], &[&str])] = &[
            ("r7", &[Role::Reception], &[]),
            ("v7", &[Role::Reviewer], &[]),
            ("a7", &[Role::Approver], &[]),
            ("d7", &[Role::Approver], &["皮膚科"]),
            ("k7", &[Role::Auditor], &[]),
            ("n7", &[Role::Administrator], &[]),
            ("b7", &[Role::Auditor, Role::Administrator], &[]),
            ("x7", &[], &[]),
        ];
        for (login, roles, departments) in people {
            desk.person(login, roles, departments).await;
        }
        // What lies beside it in the same delivery may be seen; what it is called, and its pages, may not.
        let mut approver = signed_in(&desk, "a7").await;
        let (client, csrf) = &mut approver;
        client.post(&format!("/items/{beside}/hold"), &[("csrf", csrf)]).await;
        let page = client.get(&format!("/items/{beside}")).await;
        tally.attack(page.status == 200 && !page.text().contains(&format!("{SECRET} 子")) && !page.text().contains(mixed.as_str()),
            || format!("the document beside it tells: {}", page.text()));
        let version = desk.document(&beside).await.version.to_string();
        let hidden = desk.document(&mixed).await;
        for wish in [format!("join:{mixed}:{}", hidden.version), "restore:2".into(), "drop:2".into(), "turn:2:90".into(), "earlier:2".into(), "split:2".into()] {
            let reply = client.post(&format!("/items/{beside}/pages"), &[("csrf", csrf), ("version", &version), ("do", &wish)]).await;
            tally.attack([400, 403, 404, 409].contains(&reply.status) && silent_of(&reply), || format!("{wish}: {} {}", reply.status, reply.text()));
        }
        tally.attack(desk.document(&mixed).await == hidden, || "it was changed from beside".into());
        for (login, roles, departments) in people {
            let mut client = Client::new(desk.address);
            assert_eq!(client.sign_in(login, seed::PASSWORD).await.status, 303);
            let csrf = client.get("/account").await.hidden("csrf");
            let all = [&restricted, &astray, &mixed, &heart];
            // The letter to the heart's doctors is hidden from another department, and from who may see none.
            let theirs = departments.is_empty() && Roles::new(roles.iter().copied()).may(Act::SeeDocument);
            for id in if theirs { &all[..3] } else { &all[..] } {
                let before = desk.document(id).await;
                let version = before.version.to_string();
                for (method, path, door) in DOORS {
                    let Door::Does(_) = door else { continue };
                    if !path.contains("{id}") || path.starts_with("/staff") || path.starts_with("/queue/views") {
                        continue;
                    }
                    for target in [id.as_str(), before.delivery_id.as_str()] {
                        let no = before.pages.first().map_or(1, |page| page.0).to_string();
                        let at = path.replace("{id}", target).replace("{no}", &no);
                        let form = asked(&csrf, &version);
                        let reply = if *method == "GET" { client.get(&at).await } else { client.post(&at, &form).await };
                        let refused = [400, 403, 404].contains(&reply.status);
                        tally.attack(refused && silent(&reply), || format!("{login} {method} {at}: {} {}", reply.status, reply.text()));
                    }
                }
                let untouched = desk.document(id).await == before;
                tally.attack(untouched, || format!("{login} changed {id}"));
                let seen = desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.viewed").count();
                tally.attack(seen == 0, || format!("{login} has seen {id}"));
            }
            // Lists, searches, counts and what is led to.
            let pages = [
                "/queue", "/queue?tray=set_aside", "/queue?tray=pushed", "/queue?kind=disclosure_request", "/deliveries",
                "/board", "/status", "/newcomers", "/quality", "/quality/samples", "/incidents", "/audit", "/account", "/upload", "/staff",
            ];
            for page in pages {
                let reply = client.get(page).await;
                let text = reply.text();
                let named = text.contains(SECRET) || !departments.is_empty() && text.contains(HEART);
                // The log tells ids to who may read it, and nothing else.
                let log = page == "/audit" && reply.status == 200;
                let listed = text.contains(restricted.as_str()) || text.contains(astray.as_str());
                tally.attack(!named && (log || !listed), || format!("{login} {page}: {text}"));
            }
            for text in [SECRET, "秘七医院", "秘七 子"] {
                client.post("/queue/search", &[("csrf", &csrf), ("text", text)]).await;
                for tray in ["open", "set_aside", "inquiry", "pushed"] {
                    let reply = client.get(&format!("/queue?tray={tray}")).await;
                    let found = [&restricted, &astray, &mixed].iter().any(|id| reply.text().contains(&format!("row-{id}")));
                    tally.attack(!found, || format!("{login} found by {text} in {tray}"));
                }
            }
            client.post("/queue/search", &[("csrf", &csrf), ("text", "")]).await;
            for _ in 0..3 {
                let reply = client.post("/next", &[("csrf", &csrf)]).await;
                let led = [&restricted, &astray, &mixed].iter().any(|id| reply.header("location").contains(id.as_str()));
                tally.attack(!led, || format!("{login} was led on to it"));
            }
        }
        tally.close(600);
    }

    async fn no_id_of_somebody_elses_works_in_a_form(place: Place) {
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let whole = Whole::open(db, referral, None, "").await;
        let desk = &whole.desk;
        let mut tally = Tally::of("ids in forms");
        let hidden = secret(desk, SECRET, "hidden", Kind::DisclosureRequest, "").await;
        let own = letter(desk, "own.tif", Kind::ReferralLetter, "").await;
        let (mut client, csrf) = signed_in(desk, "onodera").await;
        let c = csrf.as_str();
        client.post(&format!("/items/{own}/hold"), &[("csrf", c)]).await;
        let before = desk.document(&hidden).await;
        let tick = format!("{hidden}:{}", before.version);
        let onodera = desk.staff("onodera").await;
        for wish in ["print", "assign", "advertisement"] {
            let form = [("csrf", c), ("tick", tick.as_str()), ("do", wish), ("colleague", onodera.as_str()), ("back", "/queue")];
            let reply = client.post("/queue/several", &form).await;
            tally.attack(silent(&reply) && !reply.text().contains("開示"), || format!("several, {wish}: {}", reply.text()));
        }
        let version = desk.document(&own).await.version.to_string();
        for relation in ["attached", "resent", "duplicate"] {
            let form = [("csrf", c), ("version", &version), ("to", hidden.as_str()), ("as", relation)];
            let reply = client.post(&format!("/items/{own}/relate"), &form).await;
            tally.attack([400, 403, 404].contains(&reply.status) && silent(&reply), || format!("relate {relation}: {}", reply.text()));
        }
        let reply = client.get(&format!("/items/{own}/related?with={hidden}")).await;
        tally.attack(reply.status == 404 && silent(&reply), || format!("related: {}", reply.text()));
        for (at, form) in [
            (format!("/items/{own}/forget"), vec![("lesson", hidden.as_str())]),
            ("/incidents".to_owned(), vec![("document", whole.misdirected.as_str()), ("step", "closed")]),
            (format!("/quality/samples/{}/settle", whole.settle), vec![("right.patient_birth_date", "second")]),
            (format!("/newcomers/{hidden}"), vec![("patient", "00048213"), ("do", "propose")]),
            (format!("/quality/samples/{hidden}"), vec![("kind", "referral_letter"), ("do", "done")]),
        ] {
            let version = desk.document(&own).await.version.to_string();
            let form = [&[("csrf", c), ("version", version.as_str())], &form[..]].concat();
            let reply = client.post(&at, &form).await;
            let refused = reply.status >= 400 || reply.header("location").starts_with("/items/");
            tally.attack(refused && silent(&reply), || format!("{at}: {} {}", reply.status, reply.text()));
        }
        tally.attack(desk.document(&hidden).await == before, || "it was changed".into());
        tally.attack(!desk.log(hidden.as_str()).await.iter().any(|verb| verb.contains("viewed") || verb.contains("printed")), || "it was seen".into());

        // What a colleague has in hand: no verb of mine reaches it.
        let held = desk.document(&whole.theirs).await;
        let version = held.version.to_string();
        for (method, path, _) in DOORS.iter().filter(|(m, path, _)| *m == "POST" && path.starts_with("/items/{id}/")) {
            let at = path.replace("{id}", whole.theirs.as_str());
            let form = [asked(c, &version), vec![("do", "drop:1"), ("to", own.as_str()), ("as", "attached"), ("then", "kind")]].concat();
            let reply = client.post(&at, &form).await;
            // A search of the master is a search, wherever it is asked from; what is found changes nothing.
            let harmless = reply.status >= 400 || path.ends_with("/find");
            tally.attack(harmless, || format!("{method} {at} at a colleague's: {}", reply.status));
        }
        tally.attack(desk.document(&whole.theirs).await == held, || "a colleague's document was changed".into());

        // A colleague's lists, sessions, factor, confirmation.
        let mut tx = desk.db.write().await.unwrap();
        let mihara = desk.staff("mihara").await;
        let view = views::keep(&mut tx, &mihara, "三原の一覧", "tray=open", SECRET, desk.now()).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        for (method, verb) in [("GET", ""), ("POST", "/delete"), ("POST", "/default")] {
            let at = format!("/queue/views/{view}{verb}");
            let reply = if method == "GET" { client.get(&at).await } else { client.post(&at, &[("csrf", c), ("on", "1")]).await };
            let told = reply.cookies.iter().any(|cookie| cookie.contains("%E7%A7%98"));
            tally.attack(!told && silent(&reply), || format!("{method} {at}: {} {:?}", reply.status, reply.cookies));
        }
        let kept = views::of(&mut desk.db.read().await.unwrap(), &mihara).await.unwrap();
        tally.attack(kept.len() == 1 && !kept[0].is_default, || "a colleague's list was changed".into());
        let (mut colleague, _) = signed_in(desk, "mihara").await;
        let account = colleague.get("/account").await.text();
        let names: Vec<&str> = account.split("name=\"name\" value=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
        assert!(!names.is_empty());
        for name in names {
            client.post("/account/sessions", &[("csrf", c), ("name", name)]).await;
        }
        tally.attack(colleague.get("/queue").await.status == 200, || "a colleague was signed out".into());
        let undone = client.post(&format!("/items/{}/undo", whole.confirmed), &[("csrf", c), ("version", "1")]).await;
        tally.attack(undone.status >= 400, || format!("a colleague's confirmation was taken back: {}", undone.status));
        for (method, path, _) in DOORS.iter().filter(|(_, path, _)| path.starts_with("/staff")) {
            for id in [&mihara, &onodera] {
                let at = path.replace("{id}", id.as_str());
                let form = [("csrf", c), ("role", "manager"), ("role", "administrator"), ("login", "evil"), ("display_name", "x"), ("disabled", "yes")];
                let reply = if *method == "GET" { client.get(&at).await } else { client.post(&at, &form).await };
                tally.attack(reply.status == 403, || format!("{method} {at}: {}", reply.status));
            }
        }
        // An administrator who gives themselves the documents.
        desk.person("kanri", &[Role::Administrator], &[]).await;
        let (admin, csrf) = &mut signed_in(desk, "kanri").await;
        let kanri = desk.staff("kanri").await;
        let reply = admin.post(&format!("/staff/{kanri}/rights"), &[("csrf", csrf), ("role", "manager"), ("role", "administrator")]).await;
        tally.attack(reply.status == 409 && admin.get("/incidents").await.status == 403, || "one's own rights".into());
        tally.close(40);
    }
}

/// A refusal shows the page of the document that was asked from; that one says nothing of the other.
fn silent_of(reply: &Reply) -> bool {
    !reply.text().contains(&format!("{SECRET} 子"))
}
