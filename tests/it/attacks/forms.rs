//! Forged forms: every address that changes something, sent without the token, with another session's, and from another site.

use super::Tally;
use crate::support::Place;
use crate::web::http::Client;
use crate::web::whole::{EVERYTHING, Whole, signed_in};
use uketsuke::store::{audit, documents};
use uketsuke::web::{DOORS, Door};

/// The headers that a browser sends for a form of another site.
const FOREIGN: &[&[(&str, &str)]] = &[
    &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")],
    &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://other.hospital.example")],
    &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null"), ("Referer", "https://evil.example/queue")],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_is_taken_that_this_session_was_not_given() {
    let place = Place::sqlite();
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
    let whole = Whole::open(db, referral, None, "").await;
    let desk = &whole.desk;
    let (mut victim, own) = signed_in(desk, EVERYTHING).await;
    let (_, colleagues) = signed_in(desk, "mihara").await;
    let outside = Client::new(desk.address).get("/sign-in").await.hidden("csrf");
    let account = desk.staff("onodera").await;
    let mut tally = Tally::of("forged forms");
    // All that could be changed by any of them.
    let everything = async || {
        let mut tx = desk.db.read().await.unwrap();
        let log = audit::recent(&mut tx, None, 100_000).await.unwrap();
        let mut all = Vec::new();
        for id in [&whole.waiting, &whole.mine, &whole.theirs, &whole.aside, &whole.asked, &whole.confirmed] {
            all.push(documents::find(&mut tx, id).await.unwrap());
        }
        (log.into_iter().filter(|row| !row.verb.contains("viewed")).count(), all)
    };
    let before = everything().await;
    for (method, path, door) in DOORS {
        if *method != "POST" || matches!(door, Door::Token(_)) {
            continue;
        }
        let ids = [whole.waiting.as_str(), whole.mine.as_str(), whole.locked.as_str(), account.as_str()];
        for id in if path.contains("{id}") { &ids[..] } else { &ids[..1] } {
            let at = path.replace("{id}", id);
            let version = desk.document(&whole.mine).await.version.to_string();
            let good =
                [("version", version.as_str()), ("kind", "referral_letter"), ("aside", "duplicate"), ("note", "x")];
            for token in
                [None, Some(""), Some("0"), Some(&colleagues[..]), Some(&outside[..]), Some(&own[..own.len() - 1])]
            {
                let form = [&good[..], &token.map(|token| ("csrf", token)).into_iter().collect::<Vec<_>>()].concat();
                let reply = victim.post(&at, &form).await;
                let refused = [401, 403].contains(&reply.status);
                tally.attack(refused, || format!("{path} with {token:?}: {}", reply.status));
            }
            // The right token in the address is no token in the form.
            let reply = victim.post(&format!("{at}?csrf={own}"), &good).await;
            tally.attack([401, 403].contains(&reply.status), || format!("{path}?csrf: {}", reply.status));
            for headers in FOREIGN {
                victim.extra = headers.to_vec();
                let reply = victim.post(&at, &[&good[..], &[("csrf", own.as_str())]].concat()).await;
                victim.extra.clear();
                let refused = [401, 403].contains(&reply.status);
                tally.attack(refused, || format!("{path} from elsewhere, {headers:?}: {}", reply.status));
            }
            // What changes something is never done by a link.
            for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH"] {
                if DOORS.iter().any(|(m, p, _)| p == path && (*m == method || (*m == "GET" && method == "HEAD"))) {
                    continue;
                }
                let reply = victim.send(method, &format!("{at}?csrf={own}&version={version}"), None).await;
                tally.attack(reply.status == 405, || format!("{method} {path}: {}", reply.status));
            }
        }
    }
    for (name, value) in [("X-HTTP-Method-Override", "POST"), ("X-Method-Override", "POST")] {
        victim.extra = vec![(name, value)];
        let reply = victim.get(&format!("/items/{}?csrf={own}&verb=release", whole.mine)).await;
        victim.extra.clear();
        tally.attack(reply.status == 200, || format!("{name}: {}", reply.status));
    }
    assert_eq!(everything().await, before, "nothing was changed, and nothing is on record but looks");
    assert_eq!(victim.get("/queue").await.status, 200, "the session itself stands");
    tally.close(400);
}
