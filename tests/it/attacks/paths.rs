//! Paths that climb, in every address that takes a name or an id.

use super::Tally;
use super::headers::raw;
use crate::support::Place;
use crate::web::upload::token_for;
use crate::web::whole::{EVERYTHING, Whole, signed_in};
use uketsuke::domain::Scope;
use uketsuke::web::DOORS;

pub const CLIMBING: &[&str] = &[
    "..",
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc%252fpasswd",
    "..%5c..%5c..%5cwindows%5cwin.ini",
    "....//....//etc/passwd",
    "%2fetc%2fpasswd",
    "%c0%ae%c0%ae%c0%afetc%c0%afpasswd",
    "%ef%bc%8f%ef%bc%8fetc",
    "x%00.png",
    "file:%2f%2f%2fetc%2fpasswd",
    "~root",
    "CON",
    "0",
    "-1",
    "99999999999999999999",
    "1'%20OR%20'1'='1",
    "00000000-0000-0000-0000-000000000000",
    "%7B%7D",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_climbs_out() {
    let place = Place::sqlite();
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
    let whole = Whole::open(db, referral, None, "").await;
    let (mut all, csrf) = signed_in(&whole.desk, EVERYTHING).await;
    let token = token_for(&whole.desk, "climber", Scope::ALL, None).await;
    let mut tally = Tally::of("path traversal, addresses");
    for (method, path, _) in DOORS.iter().filter(|(_, path, _)| path.contains('{')) {
        for bad in CLIMBING {
            let mut addresses =
                vec![path.replace("{id}", bad).replace("{no}", bad).replace("{version}", bad).replace("{name}", bad)];
            if path.contains("{no}") {
                addresses.push(path.replace("{id}", whole.delivery.as_str()).replace("{no}", bad));
            }
            if path.contains("{name}") {
                addresses.push(path.replace("{version}", "x").replace("{name}", bad));
            }
            for address in addresses {
                let reply = match *method {
                    _ if path.starts_with("/api/") => {
                        all.ask(method, &address, &token, (*method == "PUT").then_some("{}")).await
                    }
                    "GET" => all.get(&address).await,
                    _ => all.post(&address, &[("csrf", &csrf), ("version", "1"), ("name", bad), ("do", "none")]).await,
                };
                // A wish that leads nowhere may lead back to the list; never to something that is there.
                let nothing = [303, 400, 404, 405, 409, 422].contains(&reply.status)
                    && !reply.header("location").starts_with("/items")
                    && !reply.text().contains("root:")
                    && !reply.text().contains("[fonts]");
                tally.attack(nothing, || format!("{method} {address}: {} {}", reply.status, reply.text()));
            }
        }
    }
    // As bytes, without a client that would tidy them.
    let cookie = all.cookie();
    for target in [
        "/static/../../../../etc/passwd",
        "/static/x/../../Cargo.toml",
        "/../etc/passwd",
        "//etc/passwd",
        "/static/x/..\\..\\Cargo.toml",
        "http://evil7.example/queue",
        "/static/x/%00",
        "*",
        "/\u{0}",
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
        let answer = raw(&whole.desk, request.as_bytes()).await;
        let nothing = !answer.contains("root:") && !answer.contains("[package]") && !answer.contains("evil7");
        tally.attack(nothing, || format!("{target}: {answer}"));
    }
    tally.close(500);
}
