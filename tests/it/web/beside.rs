//! Documents that somebody may not see are not named beside those that they may: among several, to be joined with, as the one it belongs to.

use super::http::Client;
use super::seed::{self, Desk, HOUR};
use super::whole::{act, letter, signed_in};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::store::documents;

/// Stands in what few may see, and nowhere else.
const SECRET: &str = "秘七";

/// Somebody who may see everything.
const HEAD: &str = "shitsucho";

fn hidden_reading() -> DocumentReading {
    let mut reading = seed::letter(&BTreeMap::new());
    reading.kind = Kind::DisclosureRequest;
    seed::put(&mut reading, FieldName::PatientName, &format!("{SECRET} 子"), 0.9);
    seed::put(&mut reading, FieldName::SenderInstitutionName, &format!("{SECRET}医院"), 0.9);
    reading
}

async fn saved_as(desk: &Desk, who: &mut (Client, String), id: &DocumentId, kind: Kind) {
    let (client, csrf) = who;
    assert_eq!(client.post(&format!("/items/{id}/hold"), &[("csrf", csrf)]).await.status, 303);
    let version = desk.document(id).await.version.to_string();
    let form = [("csrf", csrf.as_str()), ("version", &version), ("kind", kind.code())];
    assert_eq!(client.post(&format!("/items/{id}/save"), &form).await.status, 303);
    assert_eq!(desk.document(id).await.kind, kind);
    let version = desk.document(id).await.version.to_string();
    let form = [("csrf", csrf.as_str()), ("version", &version)];
    assert_eq!(client.post(&format!("/items/{id}/release"), &form).await.status, 303);
}

on_both_databases! {
    async fn among_several_it_has_no_name(db: Db) {
        let desk = Desk::open(db).await;
        desk.person(HEAD, &[Role::Manager], &[]).await;
        let delivery = desk.delivery("hidden.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let hidden = desk.propose(&delivery, &hidden_reading(), HOUR, 20 * HOUR).await;
        let open = letter(&desk, "open.tif", Kind::ReferralLetter, "").await;
        let to = desk.staff("mihara").await;
        let several = async |who: &mut (Client, String), wish: &str| {
            let ticks = [format!("{hidden}:{}", desk.document(&hidden).await.version), format!("{open}:{}", desk.document(&open).await.version)];
            let form = [("csrf", who.1.as_str()), ("tick", &ticks[0]), ("tick", &ticks[1]), ("do", wish), ("colleague", to.as_str()), ("back", "/queue")];
            let reply = who.0.post("/queue/several", &form).await;
            (reply.status, reply.text())
        };
        let mut onodera = signed_in(&desk, "onodera").await;
        let silent = |page: &str| !page.contains(SECRET) && !page.contains(Kind::DisclosureRequest.label_ja());
        let (status, page) = several(&mut onodera, "assign").await;
        assert!(status == 200 && silent(&page), "{status}: {page}");
        assert!(page.contains("風間"), "what they may see stands there: {page}");
        // What is printed is printed whole or not at all.
        let (status, page) = several(&mut onodera, "print").await;
        assert!(status == 404 && silent(&page), "{status}: {page}");
        let printed = async |id: &DocumentId| desk.log(id.as_str()).await.iter().any(|verb| verb == "document.printed");
        assert!(!printed(&open).await && !printed(&hidden).await, "nothing was printed, and the log says nothing else");
        let mut head = signed_in(&desk, HEAD).await;
        for wish in ["assign", "print"] {
            let (status, page) = several(&mut head, wish).await;
            assert!(status == 200 && page.contains(&format!("{SECRET} 子")), "{wish}: who may see it reads its name: {page}");
        }
    }

    async fn it_is_not_offered_to_be_joined(db: Db) {
        let desk = Desk::open(db).await;
        desk.person(HEAD, &[Role::Manager], &[]).await;
        let delivery = desk.delivery("mixed.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let mut hidden = hidden_reading();
        hidden.pages = vec![PageNo(2)];
        let mut second = seed::letter(&BTreeMap::new());
        second.pages = vec![PageNo(3)];
        let readings = [seed::letter(&BTreeMap::new()), hidden, second];
        desk.advance(&delivery, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        let mut tx = desk.db.write().await.unwrap();
        let ids = documents::propose(&mut tx, &delivery, &readings, desk.now(), |_| HOUR, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let offered = |page: &str, id: &DocumentId| page.contains(&format!("join:{id}:"));
        for (login, may) in [("onodera", false), (HEAD, true)] {
            let (client, csrf) = &mut signed_in(&desk, login).await;
            assert_eq!(client.post(&format!("/items/{}/hold", ids[0]), &[("csrf", csrf)]).await.status, 303);
            let page = client.get(&format!("/items/{}", ids[0])).await.text();
            assert!(offered(&page, &ids[2]), "{login}: the other letter is offered");
            assert_eq!((offered(&page, &ids[1]), page.contains(SECRET)), (may, may), "{login}");
            let version = desk.document(&ids[0]).await.version.to_string();
            client.post(&format!("/items/{}/release", ids[0]), &[("csrf", csrf), ("version", &version)]).await;
        }
    }

    async fn what_it_belongs_to_is_not_named_once_it_is_for_fewer_eyes(db: Db) {
        let desk = Desk::open(db).await;
        desk.person(HEAD, &[Role::Manager], &[]).await;
        let first = letter(&desk, "first.tif", Kind::ReferralLetter, "").await;
        let rest = letter(&desk, "rest.tif", Kind::ReferralLetter, "").await;
        let mut onodera = signed_in(&desk, "onodera").await;
        act(&desk, &mut onodera, &rest, "relate", &[("to", first.as_str()), ("as", "attached")]).await;
        // Led on to the first one, they lay it back.
        let version = desk.document(&first).await.version.to_string();
        let csrf = onodera.1.clone();
        onodera.0.post(&format!("/items/{first}/release"), &[("csrf", &csrf), ("version", &version)]).await;
        let at = format!("/items/{rest}");
        let named = format!("href=\"/items/{first}\"");
        assert!(onodera.0.get(&at).await.text().contains(&named), "while they may see it, it is named");

        let mut head = signed_in(&desk, HEAD).await;
        saved_as(&desk, &mut head, &first, Kind::DisclosureRequest).await;
        let page = onodera.0.get(&at).await;
        assert!(page.status == 200 && !page.text().contains(first.as_str()), "{}", page.text());
        assert!(!page.text().contains("に付けてあります"));
        assert!(head.0.get(&at).await.text().contains(&named), "who may see it is led to it");
        assert_eq!(onodera.0.get(&format!("/items/{first}")).await.status, 404);
    }

    async fn a_refusal_to_relate_is_told_where_the_document_stands(db: Db) {
        let desk = Desk::open(db).await;
        let first = letter(&desk, "first.tif", Kind::ReferralLetter, "").await;
        let theirs = letter(&desk, "theirs.tif", Kind::ReferralLetter, "").await;
        desk.review.hold(&desk.staff("mihara").await, &theirs).await.unwrap();
        let before = desk.document(&theirs).await;
        let (client, csrf) = &mut signed_in(&desk, "onodera").await;
        let version = before.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("to", first.as_str()), ("as", "attached")];
        let reply = client.post(&format!("/items/{theirs}/relate"), &form).await;
        assert!(reply.status == 409 && reply.text().contains("三原"), "{}: {}", reply.status, reply.text());
        assert_eq!(desk.document(&theirs).await, before);
    }
}
