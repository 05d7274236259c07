//! Other systems are told: signed, in order for each document, again until taken, whatever is killed in between; and of nothing that is not for them.

use crate::store::given::{
    NOW, compared, correction, delivery, document, found_document, later, propose, reading, review_undoing, user,
};
use crate::support::on_both_databases;
use crate::support::service::{self, start};
use base64::Engine;
use ring::hmac;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::hooks::{self as telling, Desk, Settings};
use uketsuke::review::{PatientChoice, Review};
use uketsuke::store::documents::{self, Seeing};
use uketsuke::store::hooks::{self, HookEvent};
use uketsuke::store::{self, audit};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A request as it came.
#[derive(Clone, Debug)]
struct Told {
    head: String,
    body: String,
    taken: bool,
}

impl Told {
    fn header(&self, name: &str) -> &str {
        let line = |line: &&str| line.to_lowercase().starts_with(&format!("{name}: "));
        self.head.lines().find(line).and_then(|line| line.split_once(": ")).map_or("", |(_, value)| value)
    }

    fn id(&self) -> &str {
        self.header("webhook-id")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn what(&self) -> (String, String) {
        let json = self.json();
        (json["type"].as_str().unwrap().to_owned(), json["data"]["document_id"].as_str().unwrap().to_owned())
    }

    /// Whether the signature is that of the key, worked out here on its own.
    fn is_signed(&self) -> bool {
        let engine = base64::engine::general_purpose::STANDARD;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &engine.decode(&SECRET[6..]).unwrap());
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let given = self.header("webhook-signature").strip_prefix("v1,").unwrap_or_default();
        hmac::verify(&key, signed.as_bytes(), &engine.decode(given).unwrap_or_default()).is_ok()
    }
}

/// A system that listens, and refuses so often before it takes anything.
struct Receiver {
    address: SocketAddr,
    told: Arc<Mutex<Vec<Told>>>,
    refusals: Arc<AtomicUsize>,
}

impl Receiver {
    async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, refusals) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (all, left) = (told.clone(), refusals.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let (head, body) = loop {
                    let mut part = [0; 4096];
                    let n = stream.read(&mut part).await.unwrap_or(0);
                    bytes.extend_from_slice(&part[..n]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        if n == 0 { break (String::new(), String::new()) } else { continue }
                    };
                    let length = head
                        .lines()
                        .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                    if n == 0 || body.len() >= length.unwrap_or(0) {
                        break (head.to_owned(), body.to_owned());
                    }
                };
                let refuse = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok();
                all.lock().unwrap().push(Told { head, body, taken: !refuse });
                // A redirect is a refusal: nothing may be sent where the configuration does not say.
                let answer = if refuse { "302 Found\r\nLocation: /elsewhere" } else { "204 No Content" };
                let _ = stream
                    .write_all(
                        format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").as_bytes(),
                    )
                    .await;
            }
        });
        Receiver { address, told, refusals }
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// What it took, in order.
    fn took(&self) -> Vec<(String, String)> {
        self.told().iter().filter(|told| told.taken).map(Told::what).collect()
    }
}

fn settings(receiver: &Receiver, folder: &Path) -> Settings {
    std::fs::write(folder.join("secret"), SECRET).unwrap();
    Settings {
        name: "ehr".into(),
        url: format!("http://{}/hook", receiver.address),
        secret_file: Some(folder.join("secret")),
        ..Settings::default()
    }
}

struct Room {
    desk: Desk,
    review: Review,
    staff: UserId,
    time: Arc<AtomicI64>,
    receiver: Receiver,
    _folder: TempDir,
}

impl Room {
    async fn new(db: Db) -> Room {
        let (receiver, folder) = (Receiver::start().await, tempfile::tempdir().unwrap());
        let (review, time) = review_undoing(&db, 60).await;
        let staff = user(&db, "a").await;
        let desk = Desk {
            db,
            clock: Clock::Fixed(time.clone()),
            hooks: vec![settings(&receiver, folder.path())],
            restricted: vec![Kind::DisclosureRequest],
        };
        telling::begin(&desk).await.unwrap();
        Room { desk, review, staff, time, receiver, _folder: folder }
    }

    async fn confirm(&self, id: &DocumentId) {
        self.confirm_as(id, "海野 環").await;
    }

    async fn confirm_as(&self, id: &DocumentId, name: &str) {
        let held = self.review.hold(&self.staff, id).await.unwrap().document;
        let said = correction(name, Some(PatientChoice::Linked("0042".into())));
        self.review.confirm(&self.staff, id, held.version, &said, &compared()).await.unwrap();
    }

    async fn push(&self, id: &DocumentId, record: &RecordId) {
        let mut tx = self.desk.db.write().await.unwrap();
        assert!(documents::pushed(&mut tx, id, record, later(2)).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn after(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::Relaxed);
        telling::once(&self.desk).await.unwrap();
    }

    async fn count(&self) -> (i64, i64) {
        hooks::count(&mut self.desk.db.read().await.unwrap(), "ehr").await.unwrap()
    }
}

on_both_databases! {
    async fn what_happens_to_a_document_is_told_signed_and_in_order(db: Db) {
        let before = document(&db, "before").await;
        let room = Room::new(db.clone()).await;
        let id = document(&db, "x").await;
        room.confirm(&id).await;
        room.review.undo(&room.staff, &id).await.unwrap();
        room.confirm(&id).await;
        let record = RecordId::fresh();
        room.push(&id, &record).await;
        let version = found_document(&db, &id).await.version;
        room.review.reopen(&room.staff, &id, version, "氏名の訂正").await.unwrap();
        room.confirm_as(&id, "海野 たまき").await;
        room.after(0).await;
        let words = ["document.confirmed", "document.withdrawn", "document.confirmed", "record.pushed", "document.corrected"];
        assert_eq!(room.receiver.took(), words.map(|word| (word.to_owned(), id.to_string())));
        let told = room.receiver.told();
        assert!(told.iter().all(Told::is_signed));
        let seqs: Vec<i64> = told.iter().map(|told| told.json()["data"]["seq"].as_i64().unwrap()).collect();
        assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
        assert_eq!(told[4].json()["data"]["record_id"], record.as_str());
        assert!(!told.iter().any(|told| told.body.contains("海野") || told.body.contains("0042")), "no word of a document");
        assert!(told[0].head.starts_with("POST /hook HTTP/1.1"), "{}", told[0].head);
        let seconds: i64 = told[0].header("webhook-timestamp").parse().unwrap();
        assert_eq!(seconds, NOW.0 / 1000);
        room.after(1000).await;
        assert_eq!((room.receiver.told().len(), room.count().await), (5, (0, 5)), "nothing is told twice");
        // What is changed does not pass for what was sent.
        let mut forged = told[0].clone();
        forged.body = forged.body.replace("confirmed", "withdrawn");
        assert!(!forged.is_signed());
        room.confirm(&before).await;
        room.after(0).await;
        assert_eq!(room.receiver.took().last().unwrap().1, before.to_string());
    }

    async fn what_is_refused_is_told_again_as_the_same_and_no_later_one_overtakes_it(db: Db) {
        let room = Room::new(db.clone()).await;
        let (id, other) = (document(&db, "x").await, document(&db, "y").await);
        room.receiver.refusals.store(2, Ordering::SeqCst);
        room.confirm(&id).await;
        room.review.undo(&room.staff, &id).await.unwrap();
        room.confirm(&other).await;
        room.after(0).await;
        assert_eq!((room.receiver.told().len(), room.count().await), (1, (3, 0)), "after a refusal there is a pause");
        room.after(0).await;
        // The other document need not wait; it met the second refusal.
        assert_eq!(room.receiver.told()[1].what(), ("document.confirmed".into(), other.to_string()));
        room.after(1_000).await;
        assert_eq!(room.receiver.told().len(), 2);
        room.after(60_000).await;
        let told = room.receiver.told();
        let of = |id: &DocumentId| told.iter().filter(|told| told.what().1 == id.as_str()).collect::<Vec<_>>();
        let mine = of(&id);
        assert_eq!(mine.iter().map(|told| (told.what().0, told.taken)).collect::<Vec<_>>(), [("document.confirmed".to_owned(), false), ("document.confirmed".into(), true), ("document.withdrawn".into(), true)]);
        assert_eq!((mine[0].id(), mine[0].body.as_str()), (mine[1].id(), mine[1].body.as_str()), "the same letter");
        assert_ne!(mine[1].id(), mine[2].id());
        assert_ne!(mine[0].header("webhook-timestamp"), mine[1].header("webhook-timestamp"));
        assert!(told.iter().all(Told::is_signed) && !told.iter().any(|told| told.head.contains("/elsewhere")));
        assert_eq!((of(&other).len(), room.count().await), (2, (0, 3)));
    }

    async fn what_nobody_takes_is_given_up_and_people_are_told(db: Db) {
        let room = Room::new(db.clone()).await;
        let id = document(&db, "x").await;
        room.receiver.refusals.store(usize::MAX, Ordering::SeqCst);
        room.confirm(&id).await;
        for _ in 0..telling::MOST_TRIES + 5 {
            room.after(3_600_001).await;
        }
        let told = room.receiver.told();
        assert_eq!(told.len(), usize::try_from(telling::MOST_TRIES).unwrap());
        assert!(told.iter().all(|one| one.id() == told[0].id()));
        let mut tx = db.read().await.unwrap();
        let given_up = hooks::given_up(&mut tx, NOW).await.unwrap();
        assert_eq!(given_up, [("ehr".to_owned(), 1)]);
        assert!(hooks::given_up(&mut tx, room.desk.clock.now().plus_ms(1)).await.unwrap().is_empty());
        drop(tx);
        // What comes afterwards is told all the same.
        room.receiver.refusals.store(0, Ordering::SeqCst);
        let other = document(&db, "y").await;
        room.confirm(&other).await;
        room.after(0).await;
        assert_eq!(room.receiver.took(), [("document.confirmed".to_owned(), other.to_string())]);
    }

    async fn a_system_is_told_of_what_it_asked_for_and_may_know(db: Db) {
        let mut room = Room::new(db.clone()).await;
        let hook = &mut room.desk.hooks[0];
        hook.events = vec![HookEvent::Pushed];
        let mut trusted = hook.clone();
        (trusted.name, trusted.restricted, trusted.events) = ("audit".into(), true, vec![]);
        room.desk.hooks.push(trusted);
        telling::begin(&room.desk).await.unwrap();
        let arrived = delivery(&db, "d").await;
        let disclosure = propose(&db, &arrived, &[reading(&[1], Kind::DisclosureRequest, "海野 環")], NOW).await.remove(0);
        let plain = document(&db, "x").await;
        // Straight to the log, as only few people may confirm a disclosure.
        let mut tx = db.write().await.unwrap();
        for id in [&disclosure, &plain] {
            for verb in ["document.approved", "document.pushed"] {
                audit::append(&mut tx, &audit::Actor::Program, verb, id.as_str(), &serde_json::json!({}), NOW).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        room.after(0).await;
        let took = room.receiver.took();
        let pushed = |id: &DocumentId| ("record.pushed".to_owned(), id.to_string());
        let confirmed = |id: &DocumentId| ("document.confirmed".to_owned(), id.to_string());
        let all = [confirmed(&disclosure), pushed(&disclosure), confirmed(&plain), pushed(&plain)];
        assert_eq!(took, [&[pushed(&plain)][..], &all[..]].concat());
    }

    async fn a_letter_is_claimed_once_and_written_once(db: Db) {
        let room = Room::new(db.clone()).await;
        let id = document(&db, "x").await;
        room.confirm(&id).await;
        let mut tx = db.write().await.unwrap();
        hooks::begin(&mut tx, "ehr").await.unwrap();
        assert!(!hooks::spread(&mut tx, "ehr", HookEvent::ALL, &Seeing::Everything, NOW).await.unwrap());
        assert!(!hooks::spread(&mut tx, "ehr", HookEvent::ALL, &Seeing::Everything, NOW).await.unwrap());
        assert!(!hooks::spread(&mut tx, "nobody", HookEvent::ALL, &Seeing::Everything, NOW).await.unwrap());
        assert_eq!(hooks::count(&mut tx, "ehr").await.unwrap(), (1, 0));
        let letter = hooks::claim(&mut tx, "ehr", NOW, 1_000).await.unwrap().unwrap();
        assert_eq!((letter.attempt, letter.event.as_str(), &letter.document_id), (1, "document.confirmed", &id));
        assert!(hooks::claim(&mut tx, "ehr", NOW, 1_000).await.unwrap().is_none(), "it is being sent");
        let again = hooks::claim(&mut tx, "ehr", later(1_001), 1_000).await.unwrap().unwrap();
        assert_eq!((again.id.as_str(), again.attempt), (letter.id.as_str(), 2), "whoever had it is gone");
        hooks::failed(&mut tx, &letter.id, "status 500", Some(later(5_000)), later(1_002)).await.unwrap();
        assert!(hooks::claim(&mut tx, "ehr", later(4_000), 1_000).await.unwrap().is_none());
        assert!(hooks::claim(&mut tx, "ehr", later(5_000), 1_000).await.unwrap().is_some());
        hooks::sent(&mut tx, &letter.id, later(5_001)).await.unwrap();
        hooks::failed(&mut tx, &letter.id, "late", None, later(5_002)).await.unwrap();
        assert_eq!((hooks::count(&mut tx, "ehr").await.unwrap(), hooks::given_up(&mut tx, NOW).await.unwrap()), ((0, 1), vec![]));
    }
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(120), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_confirmation_and_the_telling_nothing_is_lost() {
    let var = tempfile::tempdir().unwrap();
    let receiver = Receiver::start().await;
    let hook = settings(&receiver, var.path());
    let pipelines = var.path().join("pipelines");
    service::pipelines(&pipelines);
    let config = format!(
        "[pipelines]\nfolder = {pipelines:?}\n[[webhooks]]\nname = \"ehr\"\nurl = {:?}\nsecret_file = {:?}\n",
        hook.url,
        hook.secret_file.unwrap()
    );
    std::fs::write(var.path().join("config.toml"), config).unwrap();
    receiver.refusals.store(usize::MAX, Ordering::SeqCst);
    let mut running = start(var.path());
    until("the service did not start", || var.path().join("first-sign-in.txt").exists()).await;
    let db = store::open(&format!("sqlite:{}", var.path().join("uketsuke.db").display())).await.unwrap();
    // The hook begins before the service takes anything in; its address is served after that.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let since = Instant::now();
    while !hooks::is_known(&mut db.read().await.unwrap(), "ehr").await.unwrap() {
        assert!(since.elapsed() < Duration::from_secs(120), "the hook did not begin");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (review, _) = review_undoing(&db, 60).await;
    let staff = user(&db, "a").await;
    let mut confirmed = Vec::new();
    for (round, name) in ["heard and refused", "killed at once", "while it is dead"].iter().enumerate() {
        let id = document(&db, name).await;
        let held = review.hold(&staff, &id).await.unwrap().document;
        let said = correction("海野 環", Some(PatientChoice::Linked("0042".into())));
        if round == 2 {
            running.kill().unwrap();
            running.wait().unwrap();
        }
        review.confirm(&staff, &id, held.version, &said, &compared()).await.unwrap();
        match round {
            0 => until("nothing was told", || !receiver.told().is_empty()).await,
            1 => {
                running.kill().unwrap();
                running.wait().unwrap();
                running = start(var.path());
            }
            _ => running = start(var.path()),
        }
        confirmed.push(id.to_string());
    }
    receiver.refusals.store(0, Ordering::SeqCst);
    let took = |id: &String| receiver.took().iter().any(|(what, of)| what == "document.confirmed" && of == id);
    until("something was lost", || confirmed.iter().all(took)).await;
    running.kill().unwrap();
    running.wait().unwrap();
    let told = receiver.told();
    for id in &confirmed {
        let of: Vec<_> =
            told.iter().filter(|told| told.what() == ("document.confirmed".to_owned(), id.clone())).collect();
        assert!(of.iter().all(|one| one.id() == of[0].id()), "at least once, and always the same letter");
        assert_eq!(of.iter().filter(|one| one.taken).count(), 1, "nothing that was taken is told again");
    }
    assert!(told.iter().all(Told::is_signed));
}
