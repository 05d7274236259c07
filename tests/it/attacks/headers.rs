//! Headers: words that would end one, hosts that are not ours, addresses to be sent to, and what keeps a page out of frames and caches.

use super::Tally;
use crate::support::Place;
use crate::web::http::Client;
use crate::web::seed::{Desk, PASSWORD};
use crate::web::whole::{EVERYTHING, Whole, signed_in};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uketsuke::domain::*;

/// One request as bytes, and all that comes back.
pub async fn raw(desk: &Desk, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    let _ = stream.write_all(request).await;
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(60), read).await;
    String::from_utf8_lossy(&all).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_becomes_a_header() {
    let place = Place::sqlite();
    let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let mut tally = Tally::of("header injection");
    let (mut client, csrf) = signed_in(&desk, "mihara").await;
    let names = [
        "a\r\nSet-Cookie: x7=1.tif",
        "a\nX-X7: 1.tif",
        "a\r\n\r\n<html>x7.tif",
        "a\"; filename=\"x7.exe",
        "a\u{2028}X-X7: 1",
        "a%0d%0aX-X7: 1",
        "\u{202e}fdp.x7",
        "../../x7.tif",
    ];
    for (at, name) in names.iter().enumerate() {
        let channel = if at % 2 == 0 { Channel::Fax } else { Channel::Email };
        let id = desk.delivery(name, channel, &crate::web::seed::blank_page(), 0).await;
        let reply = client.get(&format!("/deliveries/{}/original", id)).await;
        let said = reply.header("content-disposition");
        let whole = reply.status == 200
            && reply.cookies.is_empty()
            && !reply.headers.contains_key("x-x7")
            && said.starts_with("attachment; filename=\"original\"; filename*=UTF-8''")
            && said.matches('"').count() == 2
            && said.is_ascii();
        tally.attack(whole, || format!("{name:?}: {said}"));
        // Nothing that turns the reading direction around stands in a name that is offered for saving.
        tally.attack(!said.contains("%E2%80%AE"), || format!("{name:?} is turned around: {said}"));
    }
    // What becomes a cookie or an address to be sent to.
    for word in names {
        for (path, name) in [("/queue/search", "text"), ("/queue/search", "back"), ("/queue/views", "back")] {
            let reply = client.post(path, &[("csrf", &csrf), (name, word), ("name", "x")]).await;
            let kept = !reply.headers.contains_key("x-x7") && !reply.cookies.iter().any(|c| c.starts_with("x7"));
            tally.attack(kept && reply.header("location").starts_with("/queue"), || {
                format!("{path} {word:?}: {:?}", reply.headers)
            });
        }
    }
    client.post("/queue/search", &[("csrf", &csrf), ("text", "")]).await;
    for path in [
        "/items/%0d%0aX-X7:%201",
        "/sign-in?next=/queue%0d%0aX-X7:%201",
        "/%0d%0aSet-Cookie:%20x7=1",
        "/queue%0aX-X7:1",
    ] {
        let reply = Client::new(desk.address).get(path).await;
        let kept = !reply.headers.contains_key("x-x7") && !reply.cookies.iter().any(|c| c.starts_with("x7"));
        tally.attack(kept, || format!("{path}: {:?}", reply.headers));
    }
    tally.close(40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_host_or_address_of_others_is_taken_for_ours() {
    let place = Place::sqlite();
    let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
    let (client, _) = signed_in(&desk, "mihara").await;
    let mut tally = Tally::of("host headers and open redirects");
    let cookie = client.cookie();
    for host in ["evil7.example", "evil7.example:80", "127.0.0.1@evil7.example", "\"><xss7>evil7"] {
        for header in ["Host", "X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"] {
            for (path, signed_in) in [
                ("/", false),
                ("/sign-in", false),
                ("/queue", false),
                ("/queue", true),
                ("/account", true),
                ("/nowhere", true),
            ] {
                let host_line = if header == "Host" { String::new() } else { format!("Host: {}\r\n", desk.address) };
                let cookies = if signed_in { format!("Cookie: {cookie}\r\n") } else { String::new() };
                let request =
                    format!("GET {path} HTTP/1.1\r\n{host_line}{header}: {host}\r\n{cookies}Connection: close\r\n\r\n");
                let answer = raw(&desk, request.as_bytes()).await;
                tally.attack(!answer.is_empty() && !answer.contains("evil7"), || {
                    format!("{header}: {host} at {path}: {answer}")
                });
            }
        }
    }
    let elsewhere = [
        "//evil7.example",
        "https://evil7.example",
        "https:evil7.example",
        "/\\evil7.example",
        "\\\\evil7.example",
        "/%2f/evil7.example",
        "/queue//evil7.example",
        "/queue/..//evil7.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "/sign-out",
        "/static/../evil7",
        "/items/x?next=//evil7.example",
        "/queue@evil7.example",
        "///evil7.example/queue",
        "\t//evil7.example",
        "/queue\r\n//evil7",
        " /queue.evil7.example",
    ];
    let ours = |location: &str| {
        let local = location.starts_with('/') && !location.starts_with("//") && !location.contains('\\');
        local && !location.contains("evil7") && !location.contains(':')
    };
    for next in elsewhere {
        let mut person = Client::new(desk.address);
        let escaped: String = next.bytes().map(|b| format!("%{b:02X}")).collect();
        let page = person.get(&format!("/sign-in?next={escaped}")).await;
        tally.attack(!page.text().contains("evil7"), || format!("the form carries {next}"));
        let csrf = page.hidden("csrf");
        let form = [("csrf", csrf.as_str()), ("login", "onodera"), ("password", PASSWORD), ("next", next)];
        let reply = person.post("/sign-in", &form).await;
        tally.attack(reply.status == 303 && ours(reply.header("location")), || {
            format!("after signing in: {next}: {}", reply.header("location"))
        });
        let there = person.get(&format!("/sign-in?next={escaped}")).await;
        tally.attack(ours(there.header("location")), || {
            format!("signed in already: {next}: {}", there.header("location"))
        });
        let own = person.csrf().await;
        for path in ["/queue/search", "/queue/views", "/queue/several"] {
            let reply = person
                .post(path, &[("csrf", &own), ("back", next), ("text", "x"), ("name", ""), ("do", "print")])
                .await;
            tally.attack(ours(reply.header("location")), || {
                format!("{path} back to {next}: {}", reply.header("location"))
            });
        }
    }
    tally.close(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_page_is_framed_or_kept_by_a_cache() {
    let place = Place::sqlite();
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
    let whole = Whole::open(db, referral, None, "").await;
    let (mut all, csrf) = signed_in(&whole.desk, EVERYTHING).await;
    let mut tally = Tally::of("framing and caches");
    let mut addresses: Vec<String> = whole.pages().await.into_iter().map(|(_, address)| address).collect();
    addresses.extend([
        format!("/deliveries/{}/pages/1", whole.delivery),
        format!("/deliveries/{}/pages/1/words", whole.delivery),
        format!("/deliveries/{}/original", whole.delivery),
        format!("/items/{}/inquiry.pdf?name=1", whole.asked),
        "/sign-in".into(),
        "/nowhere".into(),
        format!("/items/{}", DocumentId::fresh()),
        "/items/x".into(),
    ]);
    let mut replies = Vec::new();
    for address in addresses {
        let reply = all.get(&address).await;
        replies.push((address, reply));
    }
    for path in ["/audit/export", "/quality/export", "/queue/several", "/audit", "/next"] {
        replies.push((path.to_owned(), all.post(path, &[("csrf", &csrf), ("days", "30")]).await));
    }
    replies.push(("a forged form".into(), all.post("/next", &[]).await));
    for (address, reply) in &replies {
        let policy = reply.header("content-security-policy");
        let framed = !policy.contains("frame-ancestors 'none'") || reply.header("x-frame-options") != "DENY";
        tally.attack(!framed, || format!("{address} can be framed"));
        tally.attack(reply.header("cache-control") == "no-store", || {
            format!("{address} is kept: {}", reply.header("cache-control"))
        });
        let runs = policy.contains("unsafe")
            || !policy.contains("default-src 'none'")
            || !policy.contains("base-uri 'none'")
            || !policy.contains("form-action 'self'");
        tally.attack(!runs, || format!("{address}: {policy}"));
        tally.attack(reply.header("x-content-type-options") == "nosniff", || format!("{address} is guessed at"));
        tally.attack(reply.header("referrer-policy") == "no-referrer", || format!("{address} is told to others"));
        tally.attack(!reply.headers.contains_key("access-control-allow-origin"), || {
            format!("{address} is read by others")
        });
        tally.attack(!reply.headers.contains_key("server") && !reply.headers.contains_key("x-powered-by"), || {
            format!("{address} tells the version")
        });
    }
    tally.close(200);
}
