//! A disk without room while mails are fetched: they stay on the server, staff are told, and it goes on by itself.

use super::office::{Office, mail};
use crate::support::on_both_databases;
use crate::support::room::Disk;
use uketsuke::files::Files;

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
