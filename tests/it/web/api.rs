//! What other systems are given and take: by scope, need to know, page by page, as the description says, each view on record.

use super::http::Client;
use super::seed::{self, Desk, HOUR, blank_page};
use super::upload::token_for;
use crate::support::on_both_databases;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uketsuke::domain::*;
use uketsuke::review::{Compared, Correction, PatientChoice};
use uketsuke::store::{documents, masters};
use uketsuke::web::{DOORS, Door};

/// What of a value is not as the schema says; only the words that our description uses.
fn differs(all: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(to) = schema["$ref"].as_str() {
        return differs(all, all.pointer(&to[1..]).expect("a schema"), value, at, wrong);
    }
    if let Some(some) = schema["anyOf"].as_array() {
        let fits = |one: &Value| {
            let mut wrong = Vec::new();
            differs(all, one, value, at, &mut wrong);
            wrong.is_empty()
        };
        if !some.iter().any(fits) {
            wrong.push(format!("{at}: {value} fits none"));
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        several => several.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("{at}: the type {other}"),
    };
    if !types.is_empty() && !types.iter().any(is) {
        wrong.push(format!("{at}: {value} is no {types:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at}: {value} is no word of it"));
    }
    if schema["format"] == "uuid" && value.as_str().is_some_and(|id| DocumentId::parse(id).is_none()) {
        wrong.push(format!("{at}: {value} is no UUID"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            wrong.push(format!("{at}: no {name}"));
        }
    }
    for (name, inner) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => differs(all, known, inner, &format!("{at}.{name}"), wrong),
            (None, Value::Bool(false)) => wrong.push(format!("{at}.{name} is not described")),
            (None, more) => differs(all, more, inner, &format!("{at}.{name}"), wrong),
        }
    }
    for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
        differs(all, &schema["items"], inner, &format!("{at}[{i}]"), wrong);
    }
}

/// Another system at the desk.
struct Peer {
    client: Client,
    token: String,
    described: Value,
}

impl Peer {
    async fn of(desk: &Desk, name: &str, scopes: &[Scope]) -> Peer {
        let token = token_for(desk, name, scopes, None).await;
        let mut client = Client::new(desk.address);
        let described = client.ask("GET", "/api/openapi.json", &token, None).await.json();
        Peer { client, token, described }
    }

    /// Status and answer, which is as the description says.
    async fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string);
        let reply = self.client.ask(method, path, &self.token, body.as_deref()).await;
        let answer = reply.json();
        let known = self.described["paths"].as_object().unwrap();
        let parts: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
        let fits = |pattern: &str| {
            let pattern: Vec<&str> = pattern.split('/').collect();
            pattern.len() == parts.len() && pattern.iter().zip(&parts).all(|(p, is)| p == is || p.starts_with('{'))
        };
        let (_, operations) = known.iter().find(|(pattern, _)| fits(pattern)).expect("a described address");
        let mut said = &operations[method.to_lowercase()]["responses"][reply.status.to_string()];
        assert!(!said.is_null(), "{method} {path}: {} is not described: {answer}", reply.status);
        if let Some(to) = said["$ref"].as_str() {
            said = self.described.pointer(&to[1..]).unwrap();
        }
        let mut wrong = Vec::new();
        differs(&self.described, &said["content"]["application/json"]["schema"], &answer, "answer", &mut wrong);
        assert!(wrong.is_empty(), "{method} {path}: {wrong:#?}");
        (reply.status, answer)
    }

    async fn get(&mut self, path: &str) -> (u16, Value) {
        self.ask("GET", path, None).await
    }
}

fn word(answer: &Value) -> &str {
    answer["error"].as_str().unwrap_or_default()
}

async fn confirm(desk: &Desk, id: &DocumentId, purpose: &str) {
    let staff = desk.staff("mihara").await;
    let held = desk.review.hold(&staff, id).await.unwrap().document;
    let mut said = Correction::as_it_stands(&held);
    said.patient = Some(PatientChoice::Linked("00048213".into()));
    said.values.insert(FieldName::Purpose, purpose.to_owned());
    let compared = Compared { fields: vec![FieldName::PatientName, FieldName::PatientBirthDate], sender_asked: false };
    desk.review.confirm(&staff, id, held.version, &said, &compared).await.unwrap();
}

on_both_databases! {
    async fn each_address_opens_for_its_scope_alone(db: Db) {
        let desk = Desk::open(db).await;
        let all: Vec<Scope> = Scope::ALL.to_vec();
        let mut nobody = Client::new(desk.address);
        for scope in Scope::ALL {
            let mut has = Peer::of(&desk, &format!("has-{}", scope.code().replace(':', "-")), &[*scope]).await;
            let without: Vec<Scope> = all.iter().copied().filter(|other| other != scope).collect();
            let mut lacks = Peer::of(&desk, &format!("lacks-{}", scope.code().replace(':', "-")), &without).await;
            for (method, path, door) in DOORS.iter().filter(|(_, path, _)| path.starts_with("/api/")) {
                let Door::Token(needed) = door else { continue };
                if needed != scope || *method == "POST" {
                    continue;
                }
                let at = path.replace("{id}", DocumentId::fresh().as_str()).replace("{no}", "1");
                let at = if *method == "GET" && path.starts_with("/api/masters/") && !path.contains('{') { format!("{at}?q=x") } else { at };
                let body = (*method == "PUT").then(|| json!({}));
                let (status, answer) = lacks.ask(method, &at, body.as_ref()).await;
                assert_eq!((status, word(&answer)), (403, "missing_scope"), "{method} {path}");
                let (status, answer) = has.ask(method, &at, body.as_ref()).await;
                assert!([200, 404, 422].contains(&status), "{method} {path}: {status} {answer}");
                for wrong in ["", "uk_nobody_nothing", "x"] {
                    let reply = nobody.ask(method, &at, wrong, None).await;
                    assert!([401, 429].contains(&reply.status), "{method} {path}");
                }
            }
        }
        let reply = nobody.ask("DELETE", "/api/items", "x", None).await;
        assert_eq!((reply.status, reply.header("allow"), word(&reply.json())), (405, "GET, HEAD", "wrong_method"));
        assert_eq!(nobody.get("/api/openapi.json").await.status, 401);
        nobody.sign_in("mihara", seed::PASSWORD).await;
        assert_eq!(nobody.get("/api/openapi.json").await.json()["openapi"], "3.1.0", "staff may read the description");
        assert_eq!(nobody.get("/api/items").await.status, 401, "and nothing else without a token");
    }

    async fn a_list_gives_each_document_once_while_more_arrive(db: Db) {
        let desk = Desk::open(db).await;
        let mut peer = Peer::of(&desk, "reader", &[Scope::ItemsRead]).await;
        let one = async |no: usize| {
            let delivery = desk.delivery(&format!("{no}.tif"), Channel::Fax, &blank_page(), HOUR).await;
            desk.propose(&delivery, &seed::letter(&BTreeMap::new()), HOUR, HOUR).await.to_string()
        };
        let mut made = Vec::new();
        for no in 0..5 {
            made.push(one(no).await);
        }
        let (mut seen, mut at) = (Vec::new(), "/api/items?limit=2".to_owned());
        for no in 5.. {
            let (status, page) = peer.get(&at).await;
            assert_eq!(status, 200);
            let ids = page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
            seen.extend(ids);
            let Some(next) = page["next"].as_str() else { break };
            at = format!("/api/items?limit=2&cursor={next}");
            if no < 8 {
                made.push(one(no).await);
            }
        }
        assert_eq!(seen, made);
        for (query, wrong) in [("limit=0", "limit"), ("kind=letter", "kind"), ("patient=1", "patient"), ("state=new&state=new", "state"), ("cursor=1", "cursor")] {
            let (status, answer) = peer.get(&format!("/api/items?{query}")).await;
            assert_eq!((status, word(&answer)), (400, "bad_parameter"), "{query}");
            assert!(answer["message"].as_str().unwrap().contains(wrong), "{query}: {answer}");
        }
    }

    async fn a_document_is_given_whole_and_each_view_is_on_record(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let mut peer = Peer::of(&desk, "reader", &[Scope::ItemsRead]).await;
        let (status, item) = peer.get(&format!("/api/items/{id}")).await;
        assert_eq!((status, item["state"].as_str(), item["kind"].as_str()), (200, Some("proposed"), Some("referral_letter")));
        let kana = item["fields"].as_array().unwrap().iter().find(|field| field["name"] == "patient_kana").unwrap();
        assert_eq!((&kana["value"], &kana["read"]["confidence"], &kana["read"]["page"]), (&json!("カザマ アカり"), &json!(0.62), &json!(1)));
        assert_eq!(kana["read"]["box"].as_array().unwrap().len(), 4);
        assert_eq!(item["reasons"][0], "フリガナの読みが確かではありません。");
        let token = peer.token.clone();
        let page = peer.client.ask("GET", &format!("/api/items/{id}/pages/1"), &token, None).await;
        assert_eq!((page.status, page.header("content-type"), &page.bytes[1..4]), (200, "image/png", &b"PNG"[..]));
        for gone in [format!("/api/items/{id}/pages/2"), format!("/api/items/{id}/pages/0"), format!("/api/items/{id}/pages/x"), format!("/api/items/{}", DocumentId::fresh()), "/api/items/%FF".into()] {
            assert_eq!(peer.get(&gone).await.0, 404, "{gone}");
        }
        let mut tx = desk.db.read().await.unwrap();
        let log = uketsuke::store::audit::of(&mut tx, id.as_str()).await.unwrap();
        let views: Vec<_> = log.iter().filter(|row| row.verb == "document.viewed").map(|row| row.actor.clone()).collect();
        let open = token.split('_').nth(1).unwrap().to_owned();
        assert_eq!(views, [format!("token:{open}")]);
        let delivery = desk.document(&id).await.delivery_id;
        let log = uketsuke::store::audit::of(&mut tx, delivery.as_str()).await.unwrap();
        assert!(log.iter().any(|row| row.verb == "delivery.viewed" && row.actor == format!("token:{open}")));
    }

    async fn few_systems_see_what_few_people_see(db: Db) {
        let desk = Desk::open(db).await;
        let delivery = desk.delivery("開示請求.tif", Channel::Fax, &blank_page(), HOUR).await;
        let mut reading = seed::letter(&BTreeMap::new());
        reading.kind = Kind::DisclosureRequest;
        let disclosure = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        let astray = desk.letter().await;
        let mut tx = desk.db.write().await.unwrap();
        documents::mark_misdirected(&mut tx, &astray, true).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = Peer::of(&desk, "reader", &[Scope::ItemsRead, Scope::RecordsRead]).await;
        let mut trusted = Peer::of(&desk, "trusted", &[Scope::ItemsRead, Scope::RestrictedRead]).await;
        assert_eq!(reader.get("/api/items").await.1["items"], json!([]));
        assert_eq!(reader.get("/api/items?kind=disclosure_request").await.1["items"], json!([]));
        assert_eq!(trusted.get("/api/items").await.1["items"].as_array().unwrap().len(), 2);
        for id in [&disclosure, &astray] {
            for path in [format!("/api/items/{id}"), format!("/api/items/{id}/pages/1")] {
                let (status, answer) = reader.get(&path).await;
                assert_eq!((status, word(&answer)), (404, "not_found"), "{path}");
                let token = trusted.token.clone();
                assert_eq!(trusted.client.ask("GET", &path, &token, None).await.status, 200, "{path}");
            }
            let by_few = desk.log(id.as_str()).await.iter().filter(|verb| *verb == "document.viewed").count();
            assert_eq!(by_few, 1, "what was not given is not on record as given");
        }
    }

    async fn records_are_followed_with_every_version_that_was_pushed(place: Place) {
        let desk = Desk::open_undoing(uketsuke::store::open(&place.url().await).await.unwrap(), Default::default(), 60).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let mut peer = Peer::of(&desk, "follower", &[Scope::RecordsRead]).await;
        assert_eq!(peer.get("/api/records").await.1, json!({ "records": [], "next": 0, "more": false }));
        let (id, staff) = (desk.letter().await, desk.staff("mihara").await);
        // Taken back before it was pushed: no version of the record.
        confirm(&desk, &id, "間違い").await;
        desk.review.undo(&staff, &id).await.unwrap();
        assert_eq!(peer.get("/api/records").await.1["records"], json!([]));
        confirm(&desk, &id, "精査").await;
        desk.wait(2 * seed::MINUTE);
        desk.push_all(referral.clone()).await;
        let (_, first) = peer.get("/api/records").await;
        let next = first["next"].as_i64().unwrap();
        assert_eq!(first["records"].as_array().unwrap().len(), 1);
        let record = first["records"][0]["record_id"].as_str().unwrap().to_owned();
        assert_eq!(peer.get(&format!("/api/records?since={next}")).await.1, json!({ "records": [], "next": next, "more": false }));
        desk.review.reopen(&staff, &id, desk.document(&id).await.version, "目的の訂正").await.unwrap();
        confirm(&desk, &id, "加療").await;
        desk.wait(2 * seed::MINUTE);
        desk.push_all(referral).await;
        let (_, second) = peer.get(&format!("/api/records?since={next}")).await;
        assert_eq!((second["records"].as_array().unwrap().len(), &second["records"][0]["record_id"]), (1, &json!(record)));
        let (status, whole) = peer.get(&format!("/api/records/{record}")).await;
        assert_eq!((status, &whole["document_id"]), (200, &json!(id)));
        let purposes: Vec<_> = whole["versions"].as_array().unwrap().iter().map(|v| v["values"]["purpose"].as_str().unwrap()).collect();
        assert_eq!(purposes, ["精査", "加療"]);
        assert_eq!(whole["versions"][1]["patient"], json!({ "choice": "linked", "patient_id": "00048213" }));
        assert_eq!(peer.get(&format!("/api/records/{}", RecordId::fresh())).await.0, 404);
        let pages = peer.get("/api/records?limit=1").await.1;
        assert_eq!((pages["more"].as_bool(), pages["records"].as_array().unwrap().len()), (Some(true), 1));
    }

    async fn rows_of_the_masters_are_found_and_put_as_an_import_would(db: Db) {
        let desk = Desk::open(db).await;
        let mut peer = Peer::of(&desk, "index", &[Scope::MastersRead, Scope::MastersWrite]).await;
        let (_, found) = peer.get("/api/masters/patients?q=%E9%A2%A8%E9%96%93&limit=2").await;
        assert_eq!((found["rows"].as_array().unwrap().len(), &found["more"]), (2, &json!(true)));
        assert_eq!(peer.get("/api/masters/patients?q=00048213").await.1["rows"][0]["name"], "風間 灯");
        assert_eq!(peer.get("/api/masters/institutions?q=K0044").await.1["rows"][0]["name"], "緑ヶ丘内科医院");
        assert_eq!(peer.get("/api/masters/doctors/D0031").await.1["row"]["name"], "羽田野 悠");
        assert_eq!(peer.get("/api/masters/patients").await.0, 400);
        let at = "/api/masters/patients/00099999";
        let row = json!({ "name": "海野　環", "birth_date": "S23.2.11", "sex": "女", "postal_code": "1" });
        let (status, put) = peer.ask("PUT", at, Some(&row)).await;
        assert_eq!((status, &put["change"], &put["row"]["birth_date"]), (201, &json!("added"), &json!("1948-02-11")));
        assert_eq!(put["doubts"].as_array().unwrap().len(), 1, "{put}");
        assert_eq!(peer.ask("PUT", at, Some(&row)).await.1["change"], "unchanged");
        assert_eq!(peer.get(at).await.1["row"]["name"], "海野 環");
        let refused: &[(&str, Value, u16, &str)] = &[
            (at, json!({ "name": "海野 環", "birth_date": "2999-01-01" }), 422, "refused_row"),
            (at, json!({ "name": " " }), 422, "refused_row"),
            (at, json!({ "name": "a\u{0}b" }), 422, "refused_row"),
            (at, json!({ "name": "海野 環", "patient_id": "00048213" }), 400, "bad_body"),
            (at, json!({ "name": 5 }), 400, "bad_body"),
            (at, json!([]), 400, "bad_body"),
            ("/api/masters/patients/%E6%B5%B7", json!({ "name": "海野 環" }), 404, "not_found"),
            ("/api/masters/doctors/D9", json!({ "name": "医師 一", "institution_id": "none" }), 422, "refused_row"),
        ];
        for (at, body, status, error) in refused {
            let (is, answer) = peer.ask("PUT", at, Some(body)).await;
            assert_eq!((is, word(&answer)), (*status, *error), "{body}");
        }
        let mut tx = desk.db.read().await.unwrap();
        assert_eq!(masters::patient(&mut tx, "00099999").await.unwrap().unwrap().name, "海野 環");
        let log = desk.log("patients").await;
        assert!(log.iter().filter(|verb| *verb == "masters.viewed").count() >= 3, "{log:?}");
    }

    async fn a_system_asks_how_far_its_own_deliveries_are(db: Db) {
        let desk = Desk::open(db).await;
        let mut gateway = Peer::of(&desk, "gateway", &[Scope::DeliveriesWrite]).await;
        let mut other = Peer::of(&desk, "other", &[Scope::DeliveriesWrite]).await;
        let (status, taken) = gateway.ask("POST", "/api/deliveries", Some(&json!("a file"))).await;
        assert_eq!(status, 201);
        let at = format!("/api/deliveries/{}", taken["id"].as_str().unwrap());
        let (status, answer) = gateway.get(&at).await;
        assert_eq!((status, &answer["state"], &answer["trouble"]), (200, &json!("received"), &Value::Null));
        assert_eq!(other.get(&at).await.0, 404);
        let delivery = desk.delivery("fax.tif", Channel::Fax, &blank_page(), HOUR).await;
        assert_eq!(gateway.get(&format!("/api/deliveries/{delivery}")).await.0, 404);
        let known: BTreeSet<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(!known.contains("file_name"));
    }

    async fn an_administrator_makes_a_token_that_is_shown_once_and_stops_it(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("kanri", &[Role::Administrator], &[]).await;
        let mut client = Client::new(desk.address);
        client.sign_in("kanri", seed::PASSWORD).await;
        let csrf = client.get("/tokens").await.hidden("csrf");
        for (wrong, form) in [
            ("名前は", vec![("name", "診療所"), ("scope", "items:read")]),
            ("範囲を", vec![("name", "ehr")]),
            ("範囲を", vec![("name", "ehr"), ("scope", "restricted:read")]),
            ("日数は", vec![("name", "ehr"), ("scope", "items:read"), ("days", "0")]),
        ] {
            let form = [vec![("csrf", csrf.as_str())], form].concat();
            let reply = client.post("/tokens", &form).await;
            assert_eq!(reply.status, 422, "{form:?}");
            assert!(reply.text().contains(wrong) && !reply.text().contains("uk_"), "{form:?}");
        }
        let form = [("csrf", csrf.as_str()), ("name", "ehr"), ("scope", "items:read"), ("scope", "records:read"), ("days", "30")];
        let reply = client.post("/tokens", &form).await;
        assert_eq!(reply.status, 201);
        let text = reply.text();
        let token = text.split("<code id=\"made\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(client.post("/tokens", &form).await.status, 422, "the name is taken");
        let shown = client.get("/tokens").await.text();
        assert!(!shown.contains(token.rsplit('_').next().unwrap()), "shown once");
        assert!(shown.contains("items:read、records:read") && shown.contains("○ 有効"), "{shown}");
        let mut peer = Client::new(desk.address);
        assert_eq!(peer.ask("GET", "/api/items", &token, None).await.status, 200);
        assert_eq!(peer.ask("GET", "/api/masters/patients?q=1", &token, None).await.status, 403);
        let open = token.split('_').nth(1).unwrap().to_owned();
        assert_eq!(desk.log(&open).await, ["token.made"]);
        let revoke = format!("/tokens/{open}/revoke");
        assert_eq!(client.post(&revoke, &[]).await.status, 403, "without the form's token nothing happens");
        assert_eq!(peer.ask("GET", "/api/items", &token, None).await.status, 200);
        assert_eq!(client.post(&revoke, &[("csrf", &csrf)]).await.status, 303);
        assert_eq!(peer.ask("GET", "/api/items", &token, None).await.status, 401);
        assert_eq!(client.post(&revoke, &[("csrf", &csrf)]).await.status, 404, "once");
        assert!(client.get("/tokens").await.text().contains("！停止"));
    }
}
