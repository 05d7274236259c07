//! The same message again: under a new UID, in another folder, another mailbox, with another header; and messages that cannot be taken.

use super::office::{Office, drop_mails, mail, mail_with};
use super::proxy::Proxy;
use crate::support::on_both_databases;
use uketsuke::store::audit;
use uketsuke::watch::mailbox::MailboxSource;

fn leave(office: &Office, more: &str) -> MailboxSource {
    office.source(&format!("afterwards='leave'\npoll_seconds=1\n{more}"))
}

/// What a server does whose index was lost: every message gets a new UID.
fn lose_uids(office: &Office) {
    let maildir = office.server.maildir(&office.user, "");
    for entry in std::fs::read_dir(maildir).unwrap().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with("dovecot")) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

on_both_databases! {
    async fn new_uids_make_no_new_deliveries_and_cost_no_bodies(db: Db) {
        let mut office = Office::new(db).await;
        let maildir = office.server.maildir(&office.user, "");
        drop_mails(&maildir, (0..50).map(|n| (format!("{n}"), mail(&format!("w{n}")))));
        // One without a Message-ID can only be known by its bytes.
        drop_mails(&maildir, [("nameless".to_owned(), b"From: scanner@example.jp\r\n\r\nscan\r\n".to_vec())].into_iter());
        office.watch(leave(&office, ""));
        office.received(51).await;
        office.looked("INBOX").await;
        office.rest().await;
        let before = office.state("INBOX").await.unwrap();
        // Again and again: a connection that is not quite gone writes back what it knows.
        let lost = async || {
            lose_uids(&office);
            let seen = office.client().await.examine("INBOX").await.unwrap();
            seen.uid_validity.is_some_and(|now| i64::from(now) != before.uid_validity)
        };
        office.until("another generation", 20, lost).await;
        office.append("INBOX", &mail("new")).await;
        office.watch(leave(&office, ""));
        office.received(52).await;
        office.looked("INBOX").await;
        office.rest().await;
        let after = office.state("INBOX").await.unwrap();
        assert_ne!(after.uid_validity, before.uid_validity);
        assert_eq!(office.deliveries().await.len(), 52);
        assert_eq!((after.received, after.again), (52, 51));
        let fetched = after.body_bytes - before.body_bytes;
        let expected = mail("new").len() + b"From: scanner@example.jp\r\n\r\nscan\r\n".len();
        assert_eq!(fetched, expected as i64, "only the new and the nameless one");
        // Once more, nothing at all.
        office.watch(leave(&office, ""));
        office.looked("INBOX").await;
        office.rest().await;
        assert_eq!(office.state("INBOX").await.unwrap().body_bytes, after.body_bytes);
    }

    async fn the_same_message_by_two_ways_is_one_delivery_and_the_same_content_is_linked(db: Db) {
        let mut office = Office::new(db).await;
        office.client().await.create("Second").await.unwrap();
        office.append("INBOX", &mail("one")).await;
        office.watch(leave(&office, "folders=['INBOX','Second']"));
        office.received(1).await;
        // Moved by a person, and delivered twice with other headers.
        office.append("Second", &mail("one")).await;
        let mut relayed = b"Received: by another.example.jp\r\n".to_vec();
        relayed.extend(mail("one"));
        office.append("INBOX", &relayed).await;
        office.until("both known", 30, async || {
            let again = |state: Option<uketsuke::store::mailboxes::MailFolder>| state.map_or(0, |s| s.again);
            again(office.state("INBOX").await) == 1 && again(office.state("Second").await) == 1
        }).await;
        let [first] = office.deliveries().await.try_into().unwrap();
        let mut tx = office.receive.db.read().await.unwrap();
        let log = audit::of(&mut tx, first.id.as_str()).await.unwrap();
        assert_eq!(log.iter().filter(|entry| entry.verb == "delivery.came_again").count(), 2);
        assert_eq!(uketsuke::store::mails::places(&mut tx, &first.id).await.unwrap(), 3);
        drop(tx);
        // Sent again by its sender: a delivery of its own that points to the first.
        office.append("INBOX", &mail_with("resent", "one")).await;
        // One Message-ID for two contents, as broken machines have it: nothing is lost.
        office.append("INBOX", &mail_with("one", "something else")).await;
        office.received(3).await;
        office.rest().await;
        let all = office.deliveries().await;
        assert_eq!(all.len(), 3);
        assert_eq!(all[1].duplicate_of.as_ref(), Some(&first.id));
        assert_eq!(all[2].duplicate_of, None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_too_large_stops_no_other_and_is_shown() {
    let mut office = Office::sqlite().await;
    office.append("INBOX", &mail("first")).await;
    office.append("INBOX", &mail_with("large", &"x".repeat(70).repeat(20_000))).await;
    office.append("INBOX", &mail("last")).await;
    office.watch(office.source("max_mebibytes=1\npoll_seconds=1"));
    office.received(2).await;
    office.until("the row", 20, async || office.held().await.len() == 1).await;
    let row = office.held().await.remove(0);
    assert!(row.alerted && row.reason.contains("大きすぎる") && row.size_bytes > 1 << 20, "{}", row.reason);
    let state = office.state("INBOX").await.unwrap();
    assert!(state.body_bytes < 10_000, "its bytes were never fetched: {}", state.body_bytes);
    office.until("the others moved", 20, async || office.count("INBOX").await == 1).await;
    // Known after a restart, fetched never.
    office.rest().await;
    office.watch(office.source("max_mebibytes=1\npoll_seconds=1"));
    office.looked("INBOX").await;
    assert_eq!(office.held().await.len(), 1);
    // A person takes it away.
    let mut client = office.client().await;
    client.select("INBOX").await.unwrap();
    client.uid_mv("1:*", "Trash").await.unwrap_err();
    client.create("Trash").await.unwrap();
    client.uid_mv("1:*", "Trash").await.unwrap();
    office.until("the row gone", 20, async || office.held().await.is_empty()).await;
    office.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_server_refuses_or_dies_of_is_held_and_the_others_come() {
    for answer in ["NO [SERVERBUG] cannot", ""] {
        let mut office = Office::sqlite().await;
        for n in 1..=9 {
            office.append("INBOX", &mail(&format!("w{n}"))).await;
        }
        // Whatever names the fourth message alone or in a run is refused.
        let proxy = Proxy::refusing(office.server.port, "UID FETCH 4 (UID BODY", answer).await;
        let batch = Proxy::refusing(proxy.port, "UID FETCH 1:9 (UID BODY", answer).await;
        let mut source = office.source("afterwards='leave'\npoll_seconds=1");
        source.port = batch.port;
        office.watch(source);
        office.received(8).await;
        // Beside it, for a while, the row of a mailbox that was out of reach.
        let only = async || {
            let held = office.held().await;
            held.len() == 1 && held[0].alerted && held[0].reason.contains("取り出せません")
        };
        office.until("the row", 30, only).await;
        office.looked("INBOX").await;
        office.rest().await;
        assert_eq!(office.deliveries().await.len(), 8);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_moved_is_received_once_and_said() {
    let mut office = Office::sqlite().await;
    office.append("INBOX", &mail("one")).await;
    let proxy = Proxy::refusing(office.server.port, "UID MOVE", "NO [NOPERM] not yours").await;
    let mut source = office.source("poll_seconds=1");
    source.port = proxy.port;
    office.watch(source);
    office.received(1).await;
    office
        .until("the row", 20, async || office.held().await.iter().any(|row| row.reason.contains("移動できない")))
        .await;
    office.append("INBOX", &mail("two")).await;
    office.received(2).await;
    office.rest().await;
    // Now it may, after a restart: what was received is moved without being fetched again.
    let before = office.state("INBOX").await.unwrap().body_bytes;
    office.watch(office.source("poll_seconds=1"));
    office.until("moved", 20, async || office.count("INBOX").await == 0).await;
    office.until("row gone", 20, async || office.held().await.is_empty()).await;
    office.rest().await;
    assert_eq!(office.deliveries().await.len(), 2);
    assert_eq!(office.state("INBOX").await.unwrap().body_bytes, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_flagged_and_stay_unread() {
    let mut office = Office::sqlite().await;
    office.append("INBOX", &mail("one")).await;
    office.watch(office.source("afterwards='flag'\nflag='$Uketsuke'\npoll_seconds=1"));
    office.received(1).await;
    let flagged = async |query: &str| {
        let mut client = office.client().await;
        client.examine("INBOX").await.unwrap();
        client.uid_search(query).await.unwrap().len()
    };
    office.until("the flag", 20, async || flagged("KEYWORD $Uketsuke UNSEEN").await == 1).await;
    office.rest().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_from_before_the_first_day_are_left_alone() {
    let mut office = Office::sqlite().await;
    let mut client = office.client().await;
    let old = Some("\"01-Mar-2026 10:00:00 +0900\"");
    client.append("INBOX", None, old, mail("old")).await.unwrap();
    client.append("INBOX", None, None, mail("new")).await.unwrap();
    office.watch(office.source("since='2026-04-01'\npoll_seconds=1"));
    office.received(1).await;
    office.looked("INBOX").await;
    office.until("moved", 20, async || office.count("INBOX").await == 1).await;
    office.rest().await;
    assert_eq!(office.deliveries().await.len(), 1);
}
