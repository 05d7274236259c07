//! How many statements a list takes: few, and as many for sixty rows as for thirty.

use super::http::Client;
use super::seed::{Desk, HOUR, PASSWORD, blank_page, reading_of};
use crate::store::given::{compared, correction};
use crate::support::on_both_databases;
use uketsuke::db::Statements;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::{audit, bench, documents, incidents, incoming, quality, tokens, users};

/// Every list, and the most statements that it may read with, beside the one that says who asks. The board and the figures of quality
/// are no lists; their numbers stand here so that they do not grow.
const PAGES: &[(&str, u64)] = &[
    ("/queue?tray=open", 3),
    ("/queue?tray=open&page=2", 3),
    ("/queue?tray=open&kind=referral_letter&source=fax&decision=review&alert=1", 3),
    ("/queue?tray=open&mine=1", 3),
    ("/queue?tray=open&others=1&days=1", 3),
    ("/queue?tray=inquiry", 3),
    ("/queue?tray=confirmed", 3),
    ("/queue?tray=pushed", 3),
    ("/queue?tray=pushed&kind=exam_request", 3),
    ("/queue?tray=set_aside", 3),
    ("/deliveries", 3),
    ("/deliveries?state=held", 3),
    ("/deliveries?state=read", 3),
    ("/incidents", 3),
    ("/newcomers", 3),
    ("/quality/samples", 3),
    ("/staff", 3),
    ("/tokens", 3),
    ("/audit", 3),
    ("/board", 5),
    ("/quality?days=3650", 4),
];

/// Puts thirty more of everything on the desk, from number `from` on.
async fn fill(desk: &Desk, boss: &UserId, from: i64) {
    let other = desk.staff("onodera").await;
    let png = blank_page();
    for i in from..from + 30 {
        let delivery = desk.delivery(&format!("held {i}.tif"), Channel::Fax, &png, HOUR).await;
        desk.advance(&delivery, &[DeliveryState::Reading, DeliveryState::Held], Some(Trouble::Encrypted)).await;
        let delivery = desk.delivery(&format!("{i}.tif"), Channel::Fax, &png, HOUR).await;
        let reading = reading_of(Kind::ReferralLetter, Decision::Review);
        let open = desk.propose(&delivery, &reading, 30 * HOUR, HOUR).await;
        desk.review.assign(boss, &open, Some(boss)).await.unwrap();
        let delivery = desk.delivery(&format!("astray {i}.tif"), Channel::Fax, &png, HOUR).await;
        let astray = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        let delivery = desk.delivery(&format!("new {i}.tif"), Channel::Fax, &png, HOUR).await;
        let new = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        let version = desk.review.hold(&other, &new).await.unwrap().document.version;
        let newcomer = correction("海野 環", Some(PatientChoice::NotInMaster));
        desk.review.confirm(&other, &new, version, &newcomer, &compared()).await.unwrap();
        let mut tx = desk.db.write().await.unwrap();
        incidents::begin(&mut tx, &astray, boss, desk.now()).await.unwrap();
        incidents::note(&mut tx, &astray, incidents::IncidentStep::SenderTold, "電話", boss, desk.now()).await.unwrap();
        incoming::seen(&mut tx, "fax", &format!("{i}.part"), "送信中.tif", 4711, desk.now()).await.unwrap();
        let login = format!("staff-{i}");
        let account = users::NewUser {
            login: &login,
            display_name: &login,
            roles: Roles::new([Role::Reviewer]),
            password_hash: "none",
            must_change: false,
        };
        let id = users::insert(&mut tx, &account, &audit::Actor::Program, desk.now()).await.unwrap();
        let (roles, departments) = (Roles::new([Role::Reviewer]), ["内科".to_owned(), "外科".to_owned()]);
        users::set_rights(&mut tx, &id, &roles, &departments, &audit::Actor::Program, desk.now()).await.unwrap();
        let name = format!("system-{i}");
        let scopes = Scopes::new([Scope::ItemsRead]);
        let token = tokens::NewToken { id: &name, name: &name, token_hash: "none", scopes, expires_at: None };
        assert!(tokens::insert(&mut tx, &token, &audit::Actor::Program, desk.now()).await.unwrap());
        tx.commit().await.unwrap();
    }
    // What stands in the referral database already, and samples of it that come back.
    let first = 1_000_000 + from * 1_000;
    let mut tx = desk.db.write().await.unwrap();
    bench::fill(&mut tx, first, first + 39, first + 39, desk.now()).await.unwrap();
    for i in first..first + 39 {
        let id = DocumentId::parse(&format!("00000000-0000-7000-8000-{i:012}")).unwrap();
        quality::draw(&mut tx, &id, Draw { random: 1, share: 1_000_000 }, desk.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// How many statements that page takes to read and to write, and what it says.
async fn asked(desk: &Desk, client: &mut Client, path: &str) -> (Statements, String) {
    let before = desk.db.statements();
    let reply = client.get(path).await;
    let taken = desk.db.statements().since(before);
    assert_eq!(reply.status, 200, "{path}");
    (taken, reply.text())
}

on_both_databases! {
    async fn every_list_takes_three_statements_however_many_rows_it_has(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let roles = [Role::Manager, Role::Administrator, Role::Auditor];
        let boss = desk.person("shitsucho", &roles, &[]).await;
        // Somebody with departments is asked for more closely, and by no more statements.
        desk.person("naika", &[Role::Approver], &["内科"]).await;
        let mut clients = Vec::new();
        for login in ["shitsucho", "naika"] {
            let mut client = Client::new(desk.address);
            assert_eq!(client.sign_in(login, PASSWORD).await.status, 303);
            clients.push(client);
        }
        let mut thirty = Vec::new();
        for round in 0..2 {
            fill(&desk, &boss, 1 + 30 * round).await;
            for (i, (path, most)) in PAGES.iter().enumerate() {
                let (taken, html) = asked(&desk, &mut clients[0], path).await;
                assert!(taken.reading <= most + 1, "{path} reads with {} statements", taken.reading - 1);
                // Who reads the log is on record: one act, which checks the right and makes the chain longer.
                let writes = if *path == "/audit" { 5 } else { 0 };
                assert_eq!(taken.writing, writes, "{path}");
                match round {
                    0 => thirty.push((taken, html.matches("<tr").count())),
                    _ => assert_eq!(taken, thirty[i].0, "{path} takes more statements for more rows"),
                }
                if round == 1 && matches!(*path, "/deliveries" | "/incidents" | "/newcomers" | "/staff" | "/tokens") {
                    let (before, now) = (thirty[i].1, html.matches("<tr").count());
                    assert!(now >= before + 30, "{path}: {before} rows, then {now}");
                }
            }
            for path in ["/queue?tray=open", "/queue?tray=pushed", "/deliveries", "/newcomers", "/quality/samples"] {
                let (taken, _) = asked(&desk, &mut clients[1], path).await;
                assert!(taken.reading <= 4 && taken.writing == 0, "{path} reads with {} statements", taken.reading - 1);
            }
        }
        let waiting = documents::counts(&mut desk.db.read().await.unwrap()).await.unwrap();
        assert!(waiting.open >= 120 && waiting.pushed > 60, "{waiting:?}");
    }
}
