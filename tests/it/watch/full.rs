//! A disk without room while files are received: nothing is put away that is not kept, staff are told, and it goes on by itself.

use super::desk::{Desk, tiff};
use crate::support::on_both_databases;
use crate::support::room::{Disk, files_below};
use uketsuke::db::Db;
use uketsuke::domain::Fingerprint;
use uketsuke::files::Files;
use uketsuke::store;

/// As large as a fax of some pages.
fn fax(word: &str) -> Vec<u8> {
    tiff(&word.repeat(60_000 / word.len()))
}

on_both_databases! {
    async fn files_wait_while_there_is_no_room_and_come_in_when_there_is(db: Db) {
        let Some(disk) = Disk::of(8) else { return };
        let mut desk = Desk::new(db, "");
        desk.receive.files = Files::open(disk.path().join("files")).unwrap();
        desk.write("before.tif", &fax("before"));
        assert_eq!(desk.settle().await.received, 1);
        // From a disk with nothing at all to one on which only the last piece does not fit.
        for (round, left) in [0, 4_096, 40_960, 61_440, 120_000].into_iter().enumerate() {
            let name = format!("{left}.tif");
            disk.fill(left);
            desk.write(&name, &fax(&name));
            assert_eq!(desk.settle().await.received, 0, "{left} bytes left");
            assert!(desk.left().contains(&name), "it stays where the sender put it");
            assert_eq!(desk.deliveries().await.len(), 1 + round);
            let [row] = desk.held().await.try_into().unwrap();
            assert!(row.alerted && row.reason.contains("空き"), "{}", row.reason);
            assert!(files_below(&disk.path().join("files/tmp")).is_empty(), "nothing half-written stays");
            disk.free();
            assert_eq!(desk.after(40).await.received, 1, "by itself, {left} bytes had been left");
            assert!(desk.held().await.is_empty());
        }
        assert!(desk.left().iter().all(|name| name.starts_with("done/")));
        for delivery in desk.deliveries().await {
            assert!(desk.receive.files.get(&delivery.fingerprint).await.is_ok());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_without_room_loses_nothing_either() {
    let Some(disk) = Disk::of(24) else { return };
    let db: Db = store::open(&format!("sqlite:{}/u.db", disk.path().display())).await.unwrap();
    let mut desk = Desk::new(db, "");
    let mut refused = 0;
    for (round, left) in [0, 4_096, 8_192, 16_384, 32_768, 65_536].into_iter().cycle().take(18).enumerate() {
        let name = format!("{round}.tif");
        // The originals have room, the tables do not: a long name and a long log need many pages.
        disk.fill(left);
        desk.write(&name, &fax(&name));
        let outcome = desk.settle().await;
        refused += usize::from(outcome.received == 0);
        // Whatever was put away is a delivery, and the other way round.
        let put_away = desk.left().iter().filter(|name| name.starts_with("done/")).count();
        assert_eq!(desk.deliveries().await.len(), put_away, "round {round}");
        assert_eq!(put_away + usize::from(outcome.received == 0), round + 1);
        disk.free();
        let again = desk.after(40).await;
        assert_eq!(outcome.received + again.received, 1, "round {round}");
        desk.after(40).await;
        assert!(desk.held().await.is_empty(), "{:?}", desk.held().await);
    }
    assert!(refused > 0, "the disk never was full");
    let kept: Vec<Fingerprint> = desk.deliveries().await.into_iter().map(|delivery| delivery.fingerprint).collect();
    assert_eq!(kept.len(), 18);
    let mut tx = desk.receive.db.read().await.unwrap();
    assert!(matches!(store::audit::verify(&mut tx).await.unwrap(), store::audit::Verified::Whole { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_on_the_full_disk_still_has_room_to_say_so() {
    let Some(disk) = Disk::of(24) else { return };
    let db: Db = store::open(&format!("sqlite:{}/u.db", disk.path().display())).await.unwrap();
    let mut desk = Desk::new(db, "");
    desk.receive.files = Files::open(disk.path().join("files")).unwrap();
    // Our own originals and pages fill the disk, as they do in life.
    let mut kept = 0;
    let refused = loop {
        let name = format!("{kept}.tif");
        desk.write(&name, &tiff(&name.repeat(900_000 / name.len())));
        if desk.settle().await.received == 0 {
            break name;
        }
        kept += 1;
        assert!(kept < 40, "24 MiB never fill up");
    };
    assert!(kept > 5);
    let [row] = desk.held().await.try_into().unwrap();
    assert_eq!(row.display_name, refused);
    assert!(row.alerted && row.reason.contains("空き"), "{}", row.reason);
    assert!(desk.left().contains(&refused));
}
