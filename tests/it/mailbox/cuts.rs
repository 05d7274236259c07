//! Many messages over a bad line: 5,000 of which 20 are broken, the connection cut at random a hundred times. Nothing is lost, nothing is doubled, and what is fetched is counted.
//!
//! `UKETSUKE_MAILS` and `UKETSUKE_CUTS` change it.

use super::office::{Office, drop_mails, mail};
use super::proxy::Proxy;
use crate::support::service::{Dice, number};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use uketsuke::domain::{Channel, FaxMeta, Fingerprint, Origin};
use uketsuke::store::mails::{self, MailMarks, MailPlace};

/// Invented, some of them no mail at all.
fn message(n: u64, mails: u64) -> Vec<u8> {
    // Twenty are broken, however many there are.
    let each = (mails / 10).max(3);
    match each - 1 - n % each {
        // No NUL: the server gives it as another byte.
        0 => [b"\x01\xff\x1b$B broken ".as_slice(), n.to_string().as_bytes()].concat(),
        1 => format!("Content-Type: multipart/mixed; boundary=\"\r\n\r\n--{n}\r\n--{n}\r\n").into_bytes(),
        _ => mail(&format!("{n} {}", "word ".repeat((n % 40) as usize))),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_over_a_line_that_is_cut_a_hundred_times() {
    let (mails, cuts) = (number("UKETSUKE_MAILS", 2_500), number("UKETSUKE_CUTS", 100));
    let mut office = Office::sqlite().await;
    let maildir = office.server.maildir(&office.user, "");
    // As the server has them: line ends and all.
    drop_mails(&maildir, (0..mails).map(|n| (format!("{n:06}"), message(n, mails))));
    let expected: BTreeSet<Fingerprint> = (0..mails)
        .map(|n| String::from_utf8_lossy(&message(n, mails)).replace("\r\n", "\n").replace('\n', "\r\n"))
        .map(|text| Fingerprint::of(text.as_bytes()))
        .collect();
    assert_eq!(expected.len() as u64, mails);

    let (mut dice, left) = (Dice(0x5eed), Arc::new(AtomicU64::new(cuts)));
    // So few that the line is cut as often as wanted before everything is through.
    let average = (mails * 420 + 150_000) / (cuts + 1);
    let counted = Arc::clone(&left);
    let proxy = Proxy::cutting(office.server.port, move || {
        let more = counted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        more.then(|| 400 + dice.below(average * 2))
    })
    .await;
    let mut source = office.source("poll_seconds=1");
    source.port = proxy.port;
    source.retry_ms = 10;
    let began = Instant::now();
    office.watch(source);
    office
        .until("everything moved", 300 + mails / 10, async || {
            left.load(Ordering::Relaxed) == 0 && office.count("INBOX").await == 0
        })
        .await;
    office.looked("INBOX").await;
    office.rest().await;

    let deliveries = office.deliveries().await;
    let found: BTreeSet<Fingerprint> = deliveries.iter().map(|delivery| delivery.fingerprint.clone()).collect();
    assert_eq!(deliveries.len() as u64, mails, "nothing is doubled");
    assert_eq!(found, expected, "nothing is lost or changed");
    assert_eq!(u64::from(office.count("&U9dO2G4I-").await), mails, "everything was acknowledged");
    assert!(office.held().await.is_empty());
    let state = office.state("INBOX").await.unwrap();
    let bytes: i64 = deliveries.iter().map(|delivery| delivery.size_bytes).sum();
    let again = state.body_bytes - bytes;
    println!(
        "{mails} messages, {} cuts, {:?}: {} bytes of messages, {again} of them twice, {} bytes in all",
        proxy.cuts.load(Ordering::Relaxed),
        began.elapsed(),
        state.body_bytes,
        state.wire_bytes
    );
    assert!(proxy.cuts.load(Ordering::Relaxed) >= cuts * 9 / 10, "the line was cut");
    assert_eq!(again, 0, "no message was fetched whole twice");
    assert_eq!(state.received, mails as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_steady_mailbox_costs_no_bodies() {
    let mails = number("UKETSUKE_STEADY", 3_000);
    let really = mails.min(300);
    let mut office = Office::sqlite().await;
    let maildir = office.server.maildir(&office.user, "");
    let drop_some =
        |of: std::ops::Range<u64>| drop_mails(&maildir, of.map(|n| (format!("{n:06}"), mail(&n.to_string()))));
    drop_some(0..really);
    let source = office.source("afterwards='leave'\npoll_seconds=1");
    office.watch(source.clone());
    office
        .until("some received", 120, async || {
            office.state("INBOX").await.is_some_and(|state| state.received == really as i64)
        })
        .await;
    office.rest().await;
    // The others came long ago: their rows are those of messages that were received, and nobody waits for that here.
    drop_some(really..mails);
    remember(&office, really..mails).await;
    let before = office.state("INBOX").await.unwrap();
    // The server counts when a connection has ended.
    office.until("the server's count", 10, async || office.server.bodies_fetched(&office.user).0 >= really).await;
    office.watch(source);
    // Compared whole once, then three further looks.
    for _ in 0..4 {
        office.looked("INBOX").await;
    }
    office.rest().await;
    let after = office.state("INBOX").await.unwrap();
    let wire = after.wire_bytes - before.wire_bytes;
    println!("{mails} messages: {wire} bytes for four looks, {} of them bodies", after.body_bytes - before.body_bytes);
    assert_eq!(after.body_bytes, before.body_bytes);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(office.server.bodies_fetched(&office.user).0, really, "the server says so too");
    assert!(wire < 20_000 + 12 * mails as i64, "a list of UIDs and little else: {wire}");
    assert_eq!(after.messages, mails as i64);
}

/// Writes down, in one transaction, that these messages were received and need nothing more.
async fn remember(office: &Office, of: std::ops::Range<u64>) {
    let mut client = office.client().await;
    let folder = client.select("INBOX").await.unwrap();
    assert_eq!(
        (u64::from(folder.exists), folder.uid_next.map(u64::from)),
        (of.end, Some(of.end + 1)),
        "UIDs without a gap"
    );
    client.logout().await.unwrap();
    let uid_validity = folder.uid_validity.unwrap();
    let (user, now) = (office.user.clone(), office.receive.clock.now());
    let mut tx = office.receive.db.write().await.unwrap();
    for uid in of.start + 1..=of.end {
        let place = MailPlace { source: user.clone(), folder: "INBOX".into(), uid_validity, uid: uid as u32 };
        let name = format!("{uid_validity}/{uid}");
        let fingerprint = Fingerprint::of(name.as_bytes());
        let marks = MailMarks { message_key: fingerprint.as_str().to_owned(), ..MailMarks::default() };
        let origin = Origin {
            source: user.clone(),
            channel: Channel::Email,
            object: name.clone(),
            file_name: name,
            fax: FaxMeta::default(),
        };
        mails::receive(&mut tx, &origin, &place, &fingerprint, &marks, 1, now).await.unwrap();
        mails::done(&mut tx, &place).await.unwrap();
    }
    tx.commit().await.unwrap();
}
