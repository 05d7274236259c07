//! A disk without room while mails are fetched: they stay on the server, staff are told, and it goes on by itself.

use super::office::{Office, mail};
use crate::support::on_both_databases;
use crate::support::room::Disk;
use std::time::Duration;
use uketsuke::files::Files;
use uketsuke::store;

on_both_databases! {
    async fn mails_stay_on_the_server_while_there_is_no_room(db: Db) {
        let Some(disk) = Disk::of(8) else { return };
        let mut office = Office::new(db).await;
        office.receive.files = Files::open(disk.path().join("files")).unwrap();
        for round in 0..3_u32 {
            // Once nothing at all is left, once only the end of the mail does not fit.
            disk.fill(u64::from(round) * 20_480);
            for n in 0..4 {
                office.append("INBOX", &mail(&format!("r{round}n{n}").repeat(12_000))).await;
            }
            office.watch(office.source("poll_seconds=1"));
            office.until("the word about the disk", 30, async || {
                office.state("INBOX").await.is_some_and(|state| state.trouble.contains("空き"))
            }).await;
            assert_eq!(office.deliveries().await.len(), 4 * round as usize);
            assert_eq!(office.count("INBOX").await, 4, "nothing is acknowledged");
            disk.free();
            office.received(4 * (round as usize + 1)).await;
            office.until("moved", 30, async || office.count("INBOX").await == 0).await;
            office.looked("INBOX").await;
            office.rest().await;
        }
        assert_eq!(office.deliveries().await.len(), 12);
        for delivery in office.deliveries().await {
            assert!(office.receive.files.get(&delivery.fingerprint).await.is_ok());
        }
    }
}

/// The usual set-up: the database lies on the same disk as the originals.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_room_loses_no_mail_either() {
    let Some(disk) = Disk::of(24) else { return };
    let db = store::open(&format!("sqlite:{}/u.db", disk.path().display())).await.unwrap();
    let mut office = Office::new(db).await;
    office.receive.files = Files::open(disk.path().join("files")).unwrap();
    let (mut refused, mut sent) = (0, 0);
    for (round, left) in [0, 4_096, 16_384, 65_536].into_iter().cycle().take(8).enumerate() {
        disk.fill(left);
        for n in 0..4 {
            office.append("INBOX", &mail(&format!("r{round}n{n}").repeat(6_000))).await;
        }
        sent += 4;
        office.watch(office.source("poll_seconds=1"));
        // Time for several attempts, each of which breaks off somewhere else.
        tokio::time::sleep(Duration::from_secs(2)).await;
        // What is no longer in the folder is a delivery: counted in this order, for it goes on meanwhile.
        let acknowledged = office.count("&U9dO2G4I-").await as usize;
        let kept = office.deliveries().await.len();
        assert!(acknowledged <= kept && kept <= sent, "round {round}: {acknowledged} acknowledged, {kept} kept");
        refused += usize::from(kept < sent);
        disk.free();
        office.received(sent).await;
        office.until("moved", 60, async || office.count("INBOX").await == 0).await;
        office.looked("INBOX").await;
        office.rest().await;
        assert_eq!(office.deliveries().await.len(), sent, "round {round}: nothing twice");
    }
    println!("{refused} of 8 rounds had no room");
    assert!(refused > 0, "the disk never was full");
    for delivery in office.deliveries().await {
        assert!(office.receive.files.get(&delivery.fingerprint).await.is_ok());
    }
    let mut tx = office.receive.db.read().await.unwrap();
    let verified = store::audit::verify(&mut tx).await.unwrap();
    assert!(matches!(verified, store::audit::Verified::Whole { rows } if rows >= sent as i64), "{verified:?}");
}
