//! Bodies and lines: too long, never ending, bent. Whatever comes, the desk answers the next person.

use super::Tally;
use super::headers::raw;
use crate::support::Place;
use crate::web::seed::Desk;
use crate::web::whole::signed_in;
use uketsuke::store::deliveries;
use uketsuke::web::{self, DOORS, Door};

async fn desk(place: &Place, mebibytes: u32) -> Desk {
    let settings = web::Settings { upload_mebibytes: mebibytes, ..web::Settings::default() };
    Desk::open_with(uketsuke::store::open(&place.url().await).await.unwrap(), settings).await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_oversized_or_bent_is_taken() {
    let place = Place::sqlite();
    let desk = desk(&place, 1).await;
    let id = desk.letter().await;
    let (mut client, csrf) = signed_in(&desk, "mihara").await;
    let mut tally = Tally::of("oversized and bent bodies");
    let long = "x".repeat(600 * 1024);
    let before = desk.document(&id).await;
    for (method, path, door) in DOORS {
        if *method != "POST" || matches!(door, Door::Token(_)) || *path == "/upload" {
            continue;
        }
        let at = path.replace("{id}", id.as_str());
        let reply = client.post(&at, &[("csrf", &csrf), ("version", "1"), ("f.remarks", &long)]).await;
        tally.attack([401, 403, 413].contains(&reply.status), || format!("{path}: {}", reply.status));
    }
    let cookie = client.cookie();
    let head = |path: &str, more: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nX-Csrf: {csrf}\r\nX-Once: a\r\nX-File-Name: a.tif\r\nConnection: close\r\n{more}\r\n"
        )
    };
    // A file that says it is too large is refused by what it says; one that does not say so, by what comes.
    let claimed = raw(&desk, head("/upload", "Content-Length: 99999999999\r\n").as_bytes()).await;
    tally.attack(status(&claimed) == 413, || format!("a large claim: {claimed}"));
    let mut chunked = head("/upload", "Transfer-Encoding: chunked\r\n").into_bytes();
    for _ in 0..40 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[7; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let endless = raw(&desk, &chunked).await;
    tally.attack([0, 413].contains(&status(&endless)), || format!("chunks without end: {endless}"));
    // Two lengths, a length and chunks, a length that is none: nobody smuggles a second request in.
    for more in [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x10\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ] {
        let smuggled =
            format!("{}0\r\n\r\nGET /queue HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n", head("/next", more));
        let answer = raw(&desk, smuggled.as_bytes()).await;
        tally.attack(!answer.contains("<!doctype html>") || status(&answer) >= 400, || format!("{more:?}: {answer}"));
        tally.attack(answer.matches("HTTP/1.1 ").count() <= 1, || format!("{more:?} was answered twice: {answer}"));
    }
    for (what, request) in [
        ("a long address", format!("GET /queue?{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(900_000))),
        ("a long header", format!("GET /queue HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n", "a".repeat(900_000))),
        ("many headers", format!("GET /queue HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(5_000))),
        ("no HTTP", "\u{16}\u{3}\u{1}hello\r\n\r\n".to_owned()),
        ("another version", "GET /queue HTTP/9.9\r\nHost: x\r\n\r\n".to_owned()),
        ("a bent method", "G\u{7f}T /queue HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("a header with a line end", "GET /queue HTTP/1.1\r\nHost: x\r\nX-A: b\rX-B: c\r\n\r\n".to_owned()),
        ("a way through", "CONNECT evil7.example:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("a look at the line", "TRACE /queue HTTP/1.1\r\nHost: x\r\nX-A: secret7\r\n\r\n".to_owned()),
    ] {
        let request = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let answer = raw(&desk, request.as_bytes()).await;
        let refused = status(&answer) == 0 || status(&answer) >= 400;
        tally.attack(refused && !answer.contains("secret7"), || {
            format!("{what}: {}", answer.chars().take(300).collect::<String>())
        });
    }
    // Forms that are none: wrong type, many names, broken escapes.
    for body in [
        "{\"csrf\":1}".to_owned(),
        "&".repeat(400_000),
        "csrf=%".to_owned(),
        format!("{}csrf=x", "a=b&".repeat(60_000)),
        "\u{0}".repeat(1000),
    ] {
        let request = format!("{}{body}", head("/queue/search", &format!("Content-Length: {}\r\n", body.len())));
        let answer = raw(&desk, request.as_bytes()).await;
        tally.attack(status(&answer) == 403, || format!("{:.40}: {:.200}", body, answer));
    }
    assert_eq!(desk.document(&id).await, before);
    let kept = deliveries::recent(&mut desk.db.read().await.unwrap(), 10).await.unwrap();
    assert_eq!(kept.len(), 1, "no file was kept");
    assert_eq!(client.get("/queue").await.status, 200, "the next one is answered");
    tally.close(60);
}
