//! Files handed in with the browser and by other systems, and passwords entered for what is locked.

use super::browser::Driver;
use super::http::Client;
use super::seed::{Desk, HOUR, PASSWORD, blank_page};
use crate::support::on_both_databases;
use crate::support::room::Disk;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uketsuke::domain::*;
use uketsuke::store::audit::Actor;
use uketsuke::store::tokens::NewToken;
use uketsuke::store::{contents, deliveries, jobs, tokens};
use uketsuke::web::{self, token};

/// Sends a body of bytes; status and answer.
async fn send(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, Value) {
    let mut head =
        format!("POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut sent = head.into_bytes();
    sent.extend_from_slice(b"\r\n");
    sent.extend_from_slice(body);
    // What is refused may be answered before its body was taken.
    let _ = stream.write_all(&sent).await;
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    let text = String::from_utf8_lossy(&all).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn new_token(desk: &Desk, name: &str) -> String {
    token_for(desk, name, &[Scope::DeliveriesWrite], None).await
}

pub async fn token_for(desk: &Desk, name: &str, scopes: &[Scope], expires_at: Option<Timestamp>) -> String {
    let fresh = token::make().unwrap();
    let mut tx = desk.db.write().await.unwrap();
    let new = NewToken {
        id: &fresh.id,
        name,
        token_hash: &fresh.hash,
        scopes: Scopes::new(scopes.iter().copied()),
        expires_at,
    };
    assert!(tokens::insert(&mut tx, &new, &Actor::Program, desk.now()).await.unwrap());
    tx.commit().await.unwrap();
    fresh.token
}

async fn all(desk: &Desk) -> Vec<deliveries::Delivery> {
    let mut all = deliveries::recent(&mut desk.db.read().await.unwrap(), 100).await.unwrap();
    all.reverse();
    all
}

const API: &str = "/api/deliveries";

on_both_databases! {
    async fn a_full_disk_is_said_and_the_file_is_taken_when_there_is_room(db: Db) {
        let desk = Desk::open(db).await;
        let Some(disk) = Disk::over(desk.files.root(), 8) else { return };
        std::fs::create_dir(disk.path().join("tmp")).unwrap();
        let key = format!("Bearer {}", new_token(&desk, "gateway").await);
        let headers = [("Authorization", key.as_str()), ("Idempotency-Key", "job-1")];
        disk.fill(4_096);
        let (status, answer) = send(desk.address, API, &headers, b"II*\0one").await;
        assert_eq!((status, answer["error"].as_str()), (507, Some("disk_full")));
        assert!(answer["message"].as_str().is_some_and(|text| text.contains("空き")) && all(&desk).await.is_empty());
        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let (csrf, cookie) = (client.csrf().await, client.cookie());
        let by_hand = [
            ("Cookie", cookie.as_str()),
            ("X-Csrf", csrf.as_str()),
            ("X-File-Name", "a.pdf"),
            ("X-Once", "n-1"),
        ];
        let (status, answer) = send(desk.address, "/upload", &by_hand, b"%PDF by hand").await;
        assert_eq!(status, 507);
        assert!(answer["message"].as_str().is_some_and(|text| text.contains("空き")) && all(&desk).await.is_empty());
        disk.free();
        assert_eq!(send(desk.address, API, &headers, b"II*\0one").await.0, 201);
        assert_eq!(all(&desk).await.len(), 1);
        assert_eq!(send(desk.address, "/upload", &by_hand, b"%PDF by hand").await.0, 201, "the same once more");
        assert_eq!(all(&desk).await.len(), 2);
    }

    async fn another_system_hands_in_with_its_token(db: Db) {
        let desk = Desk::open(db).await;
        let key = format!("Bearer {}", new_token(&desk, "gateway").await);
        let with = |more: &[(&'static str, &'static str)]| {
            let mut headers = vec![("Authorization", key.as_str())];
            headers.extend_from_slice(more);
            headers
        };
        let fax = with(&[
            ("X-File-Name", "%E7%B4%B9%E4%BB%8B%E7%8A%B6.tif"),
            ("X-Channel", "fax"),
            ("X-Fax-Sender", "0144-33-0000"),
            ("X-Fax-Pages", "3"),
            ("X-Fax-Error", "no carrier"),
            ("Idempotency-Key", "job-1"),
        ]);
        let (status, first) = send(desk.address, API, &fax, b"II*\0one").await;
        assert_eq!((status, first["state"].as_str()), (201, Some("received")));
        let (status, again) = send(desk.address, API, &fax, b"II*\0one").await;
        assert_eq!((status, &again["id"]), (200, &first["id"]));
        let (status, other) = send(desk.address, API, &fax, b"II*\0other").await;
        assert_eq!((status, other["error"].as_str()), (422, Some("idempotency_key_reused")));
        // Without a key, the bytes are the key; with another key they are another delivery, and linked.
        let (status, plain) = send(desk.address, API, &with(&[]), b"II*\0one").await;
        assert_eq!((status, &plain["duplicate_of"]), (201, &first["id"]));
        assert_eq!(send(desk.address, API, &with(&[]), b"II*\0one").await.0, 200);

        let rows = all(&desk).await;
        assert_eq!(rows.len(), 2);
        let row = &rows[0];
        assert_eq!((row.file_name.as_str(), row.channel, row.source.as_str()), ("紹介状.tif", Channel::Fax, "api-gateway"));
        assert_eq!(row.fax.0.sender_number.as_deref(), Some("0144-33-0000"));
        assert_eq!((row.fax.0.pages, row.fax.0.error.as_deref()), (Some(3), Some("no carrier")));
        assert_eq!(jobs::of(&mut desk.db.read().await.unwrap(), row.id.as_str()).await.unwrap().len(), 1);
        let kept = desk.files.get(&row.fingerprint).await.unwrap();
        assert_eq!(kept, b"II*\0one");
        let known = tokens::list(&mut desk.db.read().await.unwrap()).await.unwrap();
        assert_eq!(known[0].last_used_at, Some(desk.now()));
    }

    async fn a_token_opens_its_scopes_until_it_ends_and_guessing_is_slowed_down(db: Db) {
        let desk = Desk::open(db).await;
        let ends = desk.now().plus_ms(HOUR);
        let reader = token_for(&desk, "reader", &[Scope::ItemsRead, Scope::RestrictedRead], None).await;
        let gateway = token_for(&desk, "gateway", &[Scope::DeliveriesWrite], Some(ends)).await;
        let hand_in = async |token: &str| send(desk.address, API, &[("Authorization", &format!("Bearer {token}"))], b"II*\0one").await;

        let (status, answer) = hand_in(&reader).await;
        assert_eq!((status, answer["error"].as_str()), (403, Some("missing_scope")));
        assert!(answer["message"].as_str().is_some_and(|text| text.contains("deliveries:write")), "{answer}");
        assert!(all(&desk).await.is_empty());
        assert_eq!(hand_in(&gateway).await.0, 201);

        // The fifth wrong secret begins the wait; the right one is never kept waiting.
        let guess = format!("{gateway}x");
        for _ in 0..5 {
            assert_eq!(hand_in(&guess).await.0, 401);
        }
        let (status, answer) = hand_in(&guess).await;
        assert_eq!((status, answer["error"].as_str()), (429, Some("too_many_attempts")));
        assert_eq!(hand_in(&gateway).await.0, 200);
        assert_eq!(hand_in(&guess).await.0, 401, "what was right begins the count anew");

        desk.wait(HOUR);
        assert_eq!(hand_in(&gateway).await.0, 401, "its time is over");
        assert_eq!(all(&desk).await.len(), 1);
    }

    async fn what_is_not_right_is_refused_in_json(db: Db) {
        let settings = web::Settings { upload_mebibytes: 1, ..web::Settings::default() };
        let desk = Desk::open_with(db, settings).await;
        let token = new_token(&desk, "gateway").await;
        let bearer = format!("Bearer {token}");
        let (_, rest) = token::parts(&token).unwrap();
        let wrong = [
            String::new(),
            "Bearer".into(),
            format!("Basic {token}"),
            format!("Bearer uk_{}_{rest}", "0".repeat(12)),
            format!("Bearer {}0", &token[..token.len() - 1]),
            format!("Bearer {token}0"),
        ];
        for value in wrong.iter().filter(|value| **value != bearer) {
            let (status, answer) = send(desk.address, API, &[("Authorization", value)], b"x").await;
            assert_eq!((status, answer["error"].as_str()), (401, Some("unauthorized")), "{value}");
        }
        for (more, body, status, code) in [
            (vec![], vec![], 422, "empty_file"),
            (vec![], vec![1; (1 << 20) + 1], 413, "too_large"),
            (vec![("X-Channel", "pigeon")], vec![1], 400, "bad_header"),
            (vec![("X-Fax-Pages", "many")], vec![1], 400, "bad_header"),
            (vec![("X-File-Name", "%FF")], vec![1], 400, "bad_header"),
        ] {
            let headers = [vec![("Authorization", bearer.as_str())], more].concat();
            let (got, answer) = send(desk.address, API, &headers, &body).await;
            assert_eq!((got, answer["error"].as_str()), (status, Some(code)), "{answer}");
            assert!(!answer["message"].as_str().unwrap().is_ascii(), "people read it too");
        }
        let mut tx = desk.db.write().await.unwrap();
        tokens::revoke(&mut tx, "gateway", &Actor::Program, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(send(desk.address, API, &[("Authorization", &bearer)], b"x").await.0, 401);
        assert!(all(&desk).await.is_empty());
    }

    async fn an_upload_needs_the_token_of_the_page(db: Db) {
        let desk = Desk::open(db).await;
        let mut client = Client::new(desk.address);
        let stranger = client.get("/upload").await;
        assert_eq!((stranger.status, stranger.header("location")), (303, "/sign-in?next=/upload"));
        client.sign_in("mihara", PASSWORD).await;
        let page = client.get("/upload").await;
        assert_eq!(page.status, 200);
        let csrf = client.csrf().await;
        let cookie = client.cookie();
        let file = |csrf: &str, more: &[(&str, &str)]| {
            let base = [("Cookie", cookie.as_str()), ("X-Csrf", csrf), ("X-File-Name", "a.pdf"), ("X-Once", "n-1")];
            let all: Vec<(String, String)> = base.iter().chain(more).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            all
        };
        let post = |headers: Vec<(String, String)>, body: &'static [u8]| {
            let address = desk.address;
            async move {
                let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                send(address, "/upload", &headers, body).await
            }
        };
        for (headers, status) in [
            (file("", &[]), 403),
            (file("0000", &[]), 403),
            (file(&csrf, &[("Sec-Fetch-Site", "cross-site")]), 403),
            (vec![("X-Csrf".to_owned(), csrf.clone())], 401),
        ] {
            assert_eq!(post(headers, b"%PDF").await.0, status);
        }
        assert!(all(&desk).await.is_empty());
        let (status, first) = post(file(&csrf, &[]), b"%PDF").await;
        assert_eq!(status, 201);
        // The answer was lost and the same file is sent again: no twin.
        assert_eq!(post(file(&csrf, &[]), b"%PDF").await, (200, first.clone()));
        let next = |more: &[(&'static str, &'static str)]| {
            let mut headers = file(&csrf, more);
            headers.retain(|(name, value)| name != "X-Once" || value != "n-1");
            headers
        };
        let (status, twice) = post(next(&[("X-Once", "n-2")]), b"%PDF").await;
        assert_eq!((status, &twice["id"]), (409, &first["id"]));
        assert!(twice["message"].as_str().unwrap().contains("同じ内容"));
        let (status, _) = post(next(&[("X-Once", "n-2"), ("X-Again", "1")]), b"%PDF").await;
        assert_eq!(status, 201);
        let rows = all(&desk).await;
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].channel, rows[1].duplicate_of.as_ref()), (Channel::Upload, Some(&rows[0].id)));
        assert!(desk.log(rows[0].id.as_str()).await.iter().any(|verb| verb == "delivery.uploaded"));
    }

    async fn a_password_from_the_senders_next_mail_is_offered_and_taken(db: Db) {
        let desk = Desk::open(db).await;
        let held = desk.delivery("紹介状.eml", Channel::Email, &blank_page(), HOUR).await;
        desk.advance(&held, &[DeliveryState::Reading, DeliveryState::Held], Some(Trouble::Encrypted)).await;
        let notice = desk.delivery("パスワード.eml", Channel::Email, &blank_page(), HOUR / 2).await;
        let of = |passwords: &[&str]| {
            let passwords = passwords.iter().map(|p| (*p).to_owned()).collect();
            let mail = MailFacts { sender: "a@example.jp".into(), subject: "紹介の件".into(), remark: None, passwords };
            let (what, fate) = (FileType::Pdf, Fate::Not(Trouble::Encrypted));
            let thing = Enclosure { name: "紹介<状>.pdf".into(), size: 2048, what, fate, depth: 1, part: None };
            Contents { mail: Some(mail), enclosures: vec![thing] }
        };
        let mut tx = desk.db.write().await.unwrap();
        contents::put(&mut tx, &held, &of(&[]), desk.now().plus_ms(-HOUR), desk.now()).await.unwrap();
        contents::put(&mut tx, &notice, &of(&["Ab3<Y9"]), desk.now().plus_ms(-HOUR / 2), desk.now()).await.unwrap();
        tx.commit().await.unwrap();

        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let list = client.get("/deliveries").await.text();
        assert!(list.contains("パスワード待ち"), "{list}");
        let path = format!("/deliveries/{held}");
        let page = client.get(&path).await.text();
        for shown in ["パスワード待ち", "Ab3&#60;Y9", "このパスワードで開く", "紹介&#60;状&#62;.pdf", "紹介の件", &format!("/deliveries/{notice}")] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
        let csrf = client.csrf().await;
        let unlock = format!("{path}/unlock");
        assert_eq!(client.post(&unlock, &[("csrf", "x"), ("password", "Ab3<Y9")]).await.status, 403);
        assert_eq!(client.post(&unlock, &[("csrf", &csrf), ("password", "  ")]).await.status, 409);
        let reply = client.post(&unlock, &[("csrf", &csrf), ("password", "Ab3<Y9")]).await;
        assert_eq!((reply.status, reply.header("location")), (303, format!("{path}?done=unlocking").as_str()));
        let mut tx = desk.db.read().await.unwrap();
        assert_eq!(contents::entered(&mut tx, &held).await.unwrap().as_deref(), Some("Ab3<Y9"));
        let row = deliveries::find(&mut tx, &held).await.unwrap().unwrap();
        assert_eq!(row.state, DeliveryState::Reading);
        drop(tx);
        let page = client.get(&path).await.text();
        assert!(page.contains("読取中") && page.contains("data-live") && !page.contains("このパスワードで開く"));
        assert_eq!(client.post(&unlock, &[("csrf", &csrf), ("password", "x")]).await.status, 409);

        // It was wrong: the page says so and asks again.
        let mut tx = desk.db.write().await.unwrap();
        contents::tried(&mut tx, &held).await.unwrap();
        contents::remark(&mut tx, &held, Some(Remark::WrongPassword)).await.unwrap();
        tx.commit().await.unwrap();
        desk.advance(&held, &[DeliveryState::Held], Some(Trouble::Encrypted)).await;
        let page = client.get(&path).await.text();
        assert!(page.contains("パスワードが違うため") && page.contains("このパスワードで開く"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_files_go_up_in_the_browser_each_with_its_own_answer() {
    let place = crate::support::Place::sqlite();
    let settings = web::Settings { upload_mebibytes: 1, ..web::Settings::default() };
    let desk = Desk::open_with(uketsuke::store::open(&place.url().await).await.unwrap(), settings).await;
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.go(&desk.url("/upload")).await;
    browser.fill("#login", "mihara").await;
    browser.fill("#password", PASSWORD).await;
    browser.click(".primary").await;
    browser.wait("#drop").await;

    // By keyboard: the way leads to the picker, and it shows where one is.
    browser.js("document.querySelector('nav a[aria-current]').focus()").await;
    browser
        .until("(() => { const all = [...document.querySelectorAll('a[href], button, input, [tabindex]')].filter((e) => e.tabIndex >= 0 && !e.disabled); return all.some((e) => e.id === 'files'); })()")
        .await;
    browser.js("document.getElementById('files').focus()").await;
    browser.until("getComputedStyle(document.getElementById('drop')).outlineStyle === 'solid'").await;

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let several = [
        file("紹介状.pdf", b"%PDF-1.4 one"),
        file("予約票.pdf", b"%PDF-1.4 two"),
        file("空.pdf", b""),
        file("大きい.tif", &vec![7; (1 << 20) + 1]),
        file("紹介状の写し.pdf", b"%PDF-1.4 one"),
    ];
    let picker = browser.wait("#files").await;
    picker.send_keys(&several[..4].join("\n")).await.unwrap();
    browser.until("document.querySelectorAll('.upload[data-state=good]').length === 2").await;
    browser.until("document.querySelectorAll('.upload[data-state=bad]').length === 2").await;
    picker.send_keys(&several[4]).await.unwrap();
    browser.until("document.querySelectorAll('.upload[data-state=warn]').length === 1").await;
    let said = browser.text("#uploads").await;
    for expected in ["空（0バイト）", "大きすぎます（1 MBまで）", "同じ内容のファイル", "受け付けました"]
    {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    browser
        .until("[...document.querySelectorAll('.upload[data-state=good] progress')].every((bar) => bar.value === 1)")
        .await;
    browser.picture("13-upload").await;
    browser.click(".upload[data-state=warn] button").await;
    browser.until("document.querySelectorAll('.upload[data-state=good]').length === 3").await;

    // Dropped onto the page.
    browser
        .js("const box = new DataTransfer(); for (const n of [1, 2, 3]) box.items.add(new File([`%PDF-1.4 dropped ${n}`], `落とした${n}.pdf`)); document.getElementById('drop').dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: box }));")
        .await;
    browser.until("document.querySelectorAll('.upload[data-state=good]').length === 6").await;
    let rows = all(&desk).await;
    assert_eq!(rows.len(), 6);
    let mut names: Vec<_> = rows.iter().map(|row| row.file_name.as_str()).collect();
    names.sort_unstable();
    assert!(names.contains(&"落とした2.pdf") && names.contains(&"紹介状の写し.pdf"), "{names:?}");
    assert!(rows.iter().all(|row| row.source == "upload" && row.state == DeliveryState::Received));

    // No room on the disk: the same file can be sent again.
    if let Some(disk) = Disk::over(desk.files.root(), 8) {
        std::fs::create_dir(disk.path().join("tmp")).unwrap();
        disk.fill(0);
        picker.send_keys(&file("満杯.pdf", b"%PDF-1.4 later")).await.unwrap();
        browser.until("document.querySelector('.upload[data-state=bad] button')?.textContent === 'もう一度送る'").await;
        disk.free();
        browser.click(".upload[data-state=bad] button").await;
        browser.until("document.querySelectorAll('.upload[data-state=good]').length === 7").await;
        assert_eq!(all(&desk).await.len(), 7);
    }

    // A link leads to what became of it.
    browser.click(".upload[data-state=good] a").await;
    browser.wait(".facts").await;
    assert!(browser.text("main").await.contains("受信"));
    browser.close().await;
}
