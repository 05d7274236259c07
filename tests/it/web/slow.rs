//! Requests that hardly go on: the connection ends by itself, and an upload that goes on slowly is taken whole.

use super::http::Client;
use super::seed::Desk;
use super::whole::signed_in;
use crate::support::Place;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uketsuke::store::deliveries;
use uketsuke::web::Settings;

/// Far longer than the patience of these tests, which is a second.
const LONG: Duration = Duration::from_secs(20);
/// Shorter than it.
const SHORT: Duration = Duration::from_millis(300);

async fn desk(place: &Place) -> Desk {
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    Desk::open_with(db, Settings { patience_seconds: 1, ..Settings::default() }).await
}

/// What the server says until it ends the connection, which it must.
async fn until_it_ends(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    tokio::time::timeout(LONG, stream.read_to_end(&mut said)).await.expect("the connection ends by itself").ok();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_go_on_ends_the_connection() {
    let place = Place::sqlite();
    let desk = desk(&place).await;
    for begun in ["", "G", "GET /sign-in HTTP/1.1\r\nHost: x\r\nX-Lon"] {
        let mut stream = TcpStream::connect(desk.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let said = until_it_ends(&mut stream).await;
        assert!(!said.contains("200 OK"), "{begun:?}: {said}");
    }
    assert_eq!(Client::new(desk.address).get("/sign-in").await.status, 200, "others are served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_waited_for_piece_by_piece() {
    let place = Place::sqlite();
    let desk = desk(&place).await;
    let (client, csrf) = signed_in(&desk, "mihara").await;
    let document = crate::web::seed::blank_page();
    let head = |once: &str| {
        format!(
            "POST /upload HTTP/1.1\r\nHost: x\r\nCookie: {}\r\nX-Csrf: {csrf}\r\nX-Once: {once}\r\nX-File-Name: a.tif\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            client.cookie(),
            document.len()
        )
    };
    let received = async || deliveries::recent(&mut desk.db.read().await.unwrap(), 9).await.unwrap().len();

    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    stream.write_all(head("stops").as_bytes()).await.unwrap();
    stream.write_all(&document[..document.len() / 2]).await.unwrap();
    let said = until_it_ends(&mut stream).await;
    assert!(!said.contains(" 201 ") && received().await == 0, "{said}");

    // Longer in all than what is waited for, and never silent for so long.
    let mut stream = TcpStream::connect(desk.address).await.unwrap();
    stream.write_all(head("goes-on").as_bytes()).await.unwrap();
    for piece in document.chunks(document.len().div_ceil(6)) {
        tokio::time::sleep(SHORT).await;
        stream.write_all(piece).await.unwrap();
    }
    let said = until_it_ends(&mut stream).await;
    assert!(said.contains(" 201 ") && received().await == 1, "{said}");
}
