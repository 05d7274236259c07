//! Servers that can do less: without MOVE a message is copied and only then removed, without UIDPLUS nothing is removed at all,
//! without IDLE the poll finds what came.

use super::office::{Office, mail};
use super::proxy::Proxy;

const DONE: &str = "&U9dO2G4I-";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_move_and_idle_ours_are_moved_and_nobody_elses() {
    let mut office = Office::sqlite().await;
    let mut client = office.client().await;
    // Somebody has marked a message of his own and may still change his mind.
    let old = Some("\"01-Mar-2026 10:00:00 +0900\"");
    client.append("INBOX", Some("(\\Deleted)"), old, mail("strange")).await.unwrap();
    office.append("INBOX", &mail("one")).await;
    let (proxy, heard) = Proxy::without(office.server.port, &["MOVE", "IDLE"]).await;
    let mut source = office.source("since='2026-04-01'\npoll_seconds=1");
    source.port = proxy.port;
    office.watch(source);
    office.received(1).await;
    office.until("moved", 20, async || office.count(DONE).await == 1).await;
    office.until("removed", 20, async || office.count("INBOX").await == 1).await;
    // Nothing tells of it but the next look.
    office.append("INBOX", &mail("two")).await;
    office.received(2).await;
    office.until("moved too", 20, async || office.count(DONE).await == 2 && office.count("INBOX").await == 1).await;
    office.rest().await;
    assert_eq!(office.deliveries().await.len(), 2);
    let heard = heard.lock().unwrap().clone();
    let said = |word: &str| heard.iter().any(|line| line.contains(word));
    assert!(said("UID COPY") && said("UID EXPUNGE") && !said("UID MOVE") && !said("IDLE"), "{heard:?}");
    assert!(!heard.iter().any(|line| line.ends_with(" EXPUNGE")), "that would take the stranger's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_uidplus_nothing_is_removed_and_nothing_comes_twice() {
    let mut office = Office::sqlite().await;
    office.append("INBOX", &mail("one")).await;
    let (proxy, heard) = Proxy::without(office.server.port, &["MOVE", "UIDPLUS"]).await;
    for _ in 0..2 {
        let mut source = office.source("poll_seconds=1");
        source.port = proxy.port;
        office.watch(source);
        office.received(1).await;
        office.until("copied", 20, async || office.count(DONE).await == 1).await;
        office.looked("INBOX").await;
        office.rest().await;
    }
    assert_eq!((office.count("INBOX").await, office.count(DONE).await, office.deliveries().await.len()), (1, 1, 1));
    assert!(!heard.lock().unwrap().iter().any(|line| line.contains("EXPUNGE")));
}
