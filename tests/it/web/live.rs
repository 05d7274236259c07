//! Lists that keep themselves fresh: what a colleague does is seen without reloading; streams are bounded, nobody's activity, and end.

use super::browser::Driver;
use super::http::Client;
use super::queue::sign_in;
use super::seed::{Desk, HOUR, PASSWORD, blank_page, reading_of};
use crate::support::on_both_databases;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uketsuke::domain::*;

/// Asks for a stream and gives its first bytes, and the connection.
async fn stream(desk: &Desk, cookie: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    let head = format!(
        "GET /live HTTP/1.1\r\nHost: {}\r\nAccept: text/event-stream\r\nCookie: {cookie}\r\n\r\n",
        desk.address
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut some = vec![0; 4096];
    let n = stream.read(&mut some).await.unwrap();
    (String::from_utf8_lossy(&some[..n]).into_owned(), stream)
}

on_both_databases! {
    async fn what_a_colleague_does_is_seen_without_reloading(db: Db) {
        let driver = Driver::start();
        let (first, second) = (driver.browser().await, driver.browser().await);
        let desk = Desk::open(db).await;
        let mut made = vec![];
        for i in 0..30 {
            let delivery = desk.delivery(&format!("d-{i}.tif"), Channel::Fax, &blank_page(), HOUR).await;
            made.push(desk.propose(&delivery, &reading_of(Kind::Notice, Decision::Review), HOUR, 2 * HOUR + i * 60_000).await);
        }
        sign_in(&first, &desk, "mihara").await;
        sign_in(&second, &desk, "onodera").await;
        // The first stands on a row far down, with one ticked; this page is never loaded again.
        first.js("window.unloaded = 0; document.querySelectorAll('.rows .open')[20].focus(); \
            document.querySelectorAll('[name=tick]')[22].click(); scrollTo(0, 300)").await;
        let standing = first.js("return [document.activeElement.closest('tr').id, scrollY]").await;
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let since = Instant::now();
        second.click(".rows .open").await;
        second.wait("#item[data-editable]").await;
        first.until("document.querySelector('.rows tbody tr').innerText.includes('小野寺 剛')").await;
        assert!(since.elapsed() < Duration::from_secs(15), "sooner than the slow look");
        // A new document, and the counts.
        let delivery = desk.delivery("new.tif", Channel::Fax, &blank_page(), HOUR).await;
        desk.propose(&delivery, &reading_of(Kind::ReplyLetter, Decision::Ready), HOUR, HOUR).await;
        first.until("document.querySelectorAll('.rows tbody tr').length === 31").await;
        first.until("document.getElementById('nav-waiting').innerText === '31'").await;
        first.until("document.querySelector('h1').innerText.includes('31件')").await;
        // One is set aside elsewhere and goes.
        let onodera = desk.staff("onodera").await;
        desk.review.dismiss(&onodera, &made[5], 1, "広告").await.unwrap();
        first.until("document.querySelectorAll('.rows tbody tr').length === 30").await;
        assert_eq!(first.js("return window.unloaded").await, 0, "the page is the same");
        let now = first.js("return [document.activeElement.closest('tr')?.id, scrollY]").await;
        assert_eq!(now, standing, "focus and scroll stay");
        assert_eq!(first.js("return document.querySelectorAll('[name=tick]:checked').length").await, 1);
        first.close().await;
        second.close().await;
    }

    async fn a_stream_ends_with_the_program_and_is_nobodys_activity(db: Db) {
        let mut desk = Desk::open(db).await;
        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let (answer, mut open) = stream(&desk, &client.cookie()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("text/event-stream"), "{answer}");
        // Who is not signed in gets none.
        let (answer, _) = stream(&desk, "uketsuke=nobody").await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        // Asked for again and again, it keeps no session alive.
        for _ in 0..4 {
            desk.wait(5 * 60_000);
            stream(&desk, &client.cookie()).await;
        }
        assert_eq!(client.get("/queue").await.status, 303, "the session ended by itself");
        let since = Instant::now();
        desk.stopped().await;
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
        let mut rest = Vec::new();
        tokio::time::timeout(Duration::from_secs(5), open.read_to_end(&mut rest)).await.expect("it ended").unwrap();
    }

    async fn streams_are_bounded(db: Db) {
        let desk = Desk::open(db).await;
        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let mut open = vec![];
        for _ in 0..256 {
            let (answer, stream) = stream(&desk, &client.cookie()).await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            open.push(stream);
        }
        let (answer, _) = stream(&desk, &client.cookie()).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert_eq!(client.get("/queue").await.status, 200, "pages go on");
        drop(open);
        let since = Instant::now();
        while !stream(&desk, &client.cookie()).await.0.starts_with("HTTP/1.1 200") {
            assert!(since.elapsed() < Duration::from_secs(20), "places become free when browsers go");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
