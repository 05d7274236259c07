//! SIGKILL at random instants while a mailbox is taken in: nothing is lost, nothing is doubled.
//!
//! `UKETSUKE_MAIL_KILLS` widens it (200 for the full proof).

use super::office::{Office, drop_mails, mail};
use crate::support::service::{self, Dice, number, start};
use std::collections::BTreeMap;
use std::time::Duration;
use uketsuke::domain::Fingerprint;
use uketsuke::store::audit::Verified;
use uketsuke::store::{audit, deliveries};

/// Messages that come between two kills.
const EACH: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_random_instants_no_message_is_lost_or_doubled() {
    let kills = number("UKETSUKE_MAIL_KILLS", 20);
    let office = Office::sqlite().await;
    let var = tempfile::tempdir().unwrap();
    let pipelines = var.path().join("pipelines");
    service::pipelines(&pipelines);
    let mailbox = format!(
        "channel='email'\n[[source]]\nname='m'\nuser='{}'\nhost='localhost'\nport={}\nsecurity='none'\npassword_file={:?}\npoll_seconds=1\n",
        office.user,
        office.server.port,
        office.base.path().join("password")
    );
    std::fs::write(pipelines.join("mailbox.toml"), mailbox).unwrap();
    std::fs::write(
        var.path().join("config.toml"),
        format!("[pipelines]\nfolder = {pipelines:?}\n[work]\nreaders = 1\n"),
    )
    .unwrap();

    let maildir = office.server.maildir(&office.user, "");
    let mut dice = Dice(0x1234_5678);
    for kill in 0..kills {
        drop_mails(&maildir, (kill * EACH..(kill + 1) * EACH).map(|n| (format!("{n:06}"), mail(&n.to_string()))));
        let mut service = start(var.path());
        tokio::time::sleep(Duration::from_millis(150 + dice.below(1_200))).await;
        service.kill().unwrap();
        service.wait().unwrap();
    }
    let mut service = start(var.path());
    let all = kills * EACH;
    // The more kills, the more is left for the last start to take in.
    office
        .until("everything moved", 120 + kills * 3, async || u64::from(office.count("&U9dO2G4I-").await) == all)
        .await;
    let db = uketsuke::store::open(&format!("sqlite:{}", var.path().join("uketsuke.db").display())).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let rows = deliveries::recent(&mut tx, 1_000_000).await.unwrap();
    let mut count: BTreeMap<Fingerprint, u32> = BTreeMap::new();
    for row in &rows {
        *count.entry(row.fingerprint.clone()).or_default() += 1;
    }
    assert_eq!(count.len() as u64, all, "nothing is lost");
    assert!(count.values().all(|n| *n == 1), "nothing is doubled");
    let expected = Fingerprint::of(&mail("0"));
    assert!(count.contains_key(&expected), "the very bytes");
    assert_eq!(office.count("INBOX").await, 0);
    assert!(matches!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { .. }));
    service.kill().unwrap();
    service.wait().unwrap();
    println!("{kills} kills, {all} messages");
}
