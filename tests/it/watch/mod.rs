//! Watched folders with real files: what is received, what is held, and what stays.

mod backlog;
mod desk;
mod full;
mod kill;
mod task;

use crate::support::on_both_databases;
use desk::{Desk, tiff};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use uketsuke::domain::{DeliveryState, FaxMeta, Stage};
use uketsuke::store::jobs;

on_both_databases! {
    async fn a_whole_file_is_received_and_moved(db: Db) {
        let mut desk = Desk::new(db, "");
        desk.write("a.tif", &tiff("hello"));
        let outcome = desk.settle().await;
        assert_eq!((outcome.received, outcome.held), (1, 0));
        assert_eq!(desk.left(), ["done/a.tif"]);
        let [delivery] = desk.deliveries().await.try_into().unwrap();
        assert_eq!((delivery.state, delivery.file_name.as_str()), (DeliveryState::Received, "a.tif"));
        assert_eq!(desk.receive.files.get(&delivery.fingerprint).await.unwrap(), tiff("hello"));
        let mut tx = desk.receive.db.read().await.unwrap();
        let jobs = jobs::of(&mut tx, delivery.id.as_str()).await.unwrap();
        assert_eq!(jobs.iter().map(|job| job.stage).collect::<Vec<_>>(), [Stage::Decode]);
        drop(tx);
        // The worker was woken.
        tokio::time::timeout(std::time::Duration::from_millis(10), desk.receive.wake.notified()).await.unwrap();
    }

    async fn a_stop_between_commit_and_move_doubles_nothing(db: Db) {
        let mut desk = Desk::new(db, "");
        desk.write("a.tif", &tiff("hello"));
        // A file where the folder for received files should be: the move fails as a stop would cut it off.
        desk.write("done", b"in the way");
        let source = &mut desk.folder.source;
        source.afterwards = uketsuke::watch::Afterwards::Move(desk.base.path().join("in/done"));
        assert_eq!(desk.settle().await.received, 2);
        assert_eq!(desk.deliveries().await.len(), 2);
        let held = desk.held().await;
        assert!(held.iter().any(|row| row.alerted && row.reason.contains("移動")), "{held:?}");
        desk.restart();
        let blocked = desk.left().into_iter().find(|name| name.ends_with("/done") || name == "done").unwrap();
        std::fs::remove_file(desk.path(blocked)).unwrap();
        desk.settle().await;
        assert_eq!(desk.deliveries().await.len(), 2);
        assert_eq!(desk.left(), ["done/a.tif"]);
        assert!(desk.held().await.is_empty());
    }

    async fn the_same_bytes_again_are_a_possible_duplicate(db: Db) {
        let mut desk = Desk::new(db, "");
        desk.write("a.tif", &tiff("hello"));
        desk.settle().await;
        desk.write("b.tif", &tiff("hello"));
        desk.settle().await;
        let [first, second] = desk.deliveries().await.try_into().unwrap();
        assert_eq!((first.duplicate_of, second.duplicate_of), (None, Some(first.id)));
    }

    async fn a_name_used_again_is_another_delivery(db: Db) {
        let mut desk = Desk::new(db, "");
        for word in ["one", "two"] {
            desk.write("fax.tif", &tiff(word));
            desk.settle().await;
        }
        let fingerprints: std::collections::BTreeSet<_> =
            desk.deliveries().await.into_iter().map(|delivery| delivery.fingerprint).collect();
        assert_eq!(fingerprints.len(), 2);
        assert_eq!(desk.left().len(), 2);
    }

    async fn a_slow_writer_is_shown_and_then_received(db: Db) {
        let mut desk = Desk::new(db, "");
        let whole = tiff(&"x".repeat(500));
        for n in 1..=5 {
            desk.write("a.tif", &whole[..n * 100]);
            assert_eq!(desk.after(6).await.received, 0);
        }
        let [row] = desk.held().await.try_into().unwrap();
        assert_eq!((row.display_name.as_str(), row.size_bytes, row.alerted), ("a.tif", 500, false));
        assert!(row.reason.contains("送信中"));
        // It stands still, but its end is missing.
        assert_eq!(desk.after(20).await.received, 0);
        assert_eq!(desk.after(20).await.held, 1);
        desk.write("a.tif", &whole);
        assert_eq!(desk.after(1).await.held, 1);
        assert_eq!(desk.after(10).await.received, 1);
        assert!(desk.held().await.is_empty());
        let [delivery] = desk.deliveries().await.try_into().unwrap();
        assert_eq!(desk.receive.files.get(&delivery.fingerprint).await.unwrap(), whole);
    }

    async fn a_file_that_grows_for_ever_raises_an_alert_and_is_never_taken(db: Db) {
        let mut desk = Desk::new(db, "alert_after_minutes = 15");
        for n in 1..200 {
            desk.write("a.tif", &vec![b'x'; n]);
            assert_eq!(desk.after(9).await.received, 0);
        }
        let [row] = desk.held().await.try_into().unwrap();
        assert!(row.alerted);
        assert!(desk.deliveries().await.is_empty());
    }

    async fn a_damaged_file_and_an_empty_one_are_received_after_the_long_wait(db: Db) {
        let mut desk = Desk::new(db, "unproven_after_minutes = 10");
        let whole = tiff("hello");
        desk.write("cut.tif", &whole[..whole.len() - 3]);
        desk.write("empty.pdf", b"");
        desk.after(1).await;
        assert_eq!(desk.after(590).await.received, 0);
        assert_eq!(desk.held().await.len(), 2);
        assert_eq!(desk.after(10).await.received, 2);
        assert!(desk.held().await.is_empty());
        assert_eq!(desk.left(), ["done/cut.tif", "done/empty.pdf"]);
    }

    async fn a_file_over_the_limit_stays_and_is_said(db: Db) {
        let mut desk = Desk::new(db, "max_mebibytes = 1");
        desk.write("huge.tif", &vec![7; (1 << 20) + 1]);
        desk.write("a.tif", &tiff("hello"));
        assert_eq!(desk.settle().await.received, 1);
        let [row] = desk.held().await.try_into().unwrap();
        assert!(row.alerted && row.reason.contains("大きすぎ"));
        assert_eq!(desk.left(), ["done/a.tif", "huge.tif"]);
    }

    async fn odd_names_are_received_and_told_apart(db: Db) {
        let mut desk = Desk::new(db, "");
        let names: [&[u8]; 5] = [b"\x8f\xd0\x89\xee.tif", b"\xff\xfe.tif", b"\xff\xfd.tif", "紹介 \u{202e}状'\"\\.tif".as_bytes(), b"a\nb.tif"];
        for (n, name) in names.iter().enumerate() {
            std::fs::write(desk.path(OsStr::from_bytes(name)), tiff(&format!("{n}"))).unwrap();
        }
        assert_eq!(desk.settle().await.received, names.len());
        let delivered = desk.deliveries().await;
        assert!(delivered.iter().any(|delivery| delivery.file_name == "紹介.tif"));
        let objects: std::collections::BTreeSet<_> = delivered.into_iter().map(|delivery| delivery.object).collect();
        assert_eq!(objects.len(), names.len());
        for name in names {
            assert!(desk.path("done").join(OsStr::from_bytes(name)).exists());
        }
    }

    async fn notes_and_names_say_who_sent_it(db: Db) {
        let more = "pattern = '^(?P<line>L\\d)_'\n[source.sidecar]\nwait_seconds = 5";
        let mut desk = Desk::new(db, more);
        let sender = |meta: &FaxMeta| meta.sender_number.clone().unwrap_or_default();
        // The note comes before the document.
        desk.write("L1_a.csv", "相手番号,0144-33-0001\n".as_bytes());
        desk.after(1).await;
        desk.write("L1_a.tif", &tiff("a"));
        assert_eq!(desk.settle().await.received, 1);
        // The note comes while the document waits for it.
        desk.write("L2_b.tif", &tiff("b"));
        desk.after(1).await;
        assert_eq!(desk.after(12).await.received, 0);
        desk.write("L2_b.xml", b"<fax><CallerID>0144-33-0002</CallerID></fax>");
        desk.after(1).await;
        assert_eq!(desk.after(10).await.received, 1);
        // No note comes, and then it does.
        desk.write("c.tif", &tiff("c"));
        desk.after(1).await;
        assert_eq!(desk.after(15).await.received, 1);
        desk.write("c.json", br#"{"from":"0144-33-0003"}"#);
        desk.settle().await;
        let all = desk.deliveries().await;
        let senders: Vec<String> = all.iter().map(|delivery| sender(&delivery.fax.0)).collect();
        assert_eq!(senders, ["0144-33-0001", "0144-33-0002", "0144-33-0003"]);
        assert_eq!(all[1].fax.0.line.as_deref(), Some("L2"));
        assert_eq!(desk.left(), ["done/L1_a.csv", "done/L1_a.tif", "done/L2_b.tif", "done/L2_b.xml", "done/c.json", "done/c.tif"]);
    }

    async fn a_note_without_a_document_is_received_at_last(db: Db) {
        let mut desk = Desk::new(db, "[source.sidecar]\n");
        desk.write("alone.txt", b"from: 0144-33-0000");
        desk.settle().await;
        desk.after(20).await;
        assert!(desk.held().await[0].reason.contains("待って"));
        assert_eq!(desk.after(600).await.received, 1);
    }

    async fn files_that_are_left_are_received_once(db: Db) {
        let more = "afterwards = 'leave'";
        let mut desk = Desk::new(db, more);
        desk.write("a.tif", &tiff("a"));
        assert_eq!(desk.settle().await.received, 1);
        assert_eq!(desk.settle().await.already, 0);
        desk.restart();
        let again = desk.settle().await;
        assert_eq!((again.received, again.already, again.held), (0, 1, 0));
        desk.write("a.tif", &tiff("changed"));
        assert_eq!(desk.settle().await.received, 1);
        assert_eq!(desk.left(), ["a.tif"]);
        // The setting changes: what was received before goes away without being received again.
        desk.restart_with("afterwards = 'delete'");
        assert_eq!(desk.settle().await.received, 0);
        assert!(desk.left().is_empty());
        assert_eq!(desk.deliveries().await.len(), 2);
    }

    async fn leftovers_and_links_are_never_received(db: Db) {
        let mut desk = Desk::new(db, "subfolders = true");
        let secret = desk.base.path().join("secret.tif");
        std::fs::write(&secret, tiff("secret")).unwrap();
        std::os::unix::fs::symlink(&secret, desk.path("link.tif")).unwrap();
        std::os::unix::fs::symlink(desk.base.path(), desk.path("linked")).unwrap();
        for name in [".a.tif", "~$a.tif", "a.tmp", "a.part", "Thumbs.db", "desktop.ini"] {
            desk.write(name, &tiff("x"));
        }
        desk.write("sub/real.tif", &tiff("real"));
        assert_eq!(desk.settle().await.received, 1);
        assert_eq!(desk.deliveries().await[0].file_name, "real.tif");
    }

    async fn a_missing_folder_is_said_until_it_is_there(db: Db) {
        let mut desk = Desk::new(db, "alert_after_minutes = 15");
        std::fs::remove_dir(desk.path("")).unwrap();
        assert!(desk.after(1).await.place.is_none());
        let [row] = desk.held().await.try_into().unwrap();
        assert!(!row.alerted && row.reason.contains("見つかりません"));
        desk.after(900).await;
        assert!(desk.held().await[0].alerted);
        std::fs::create_dir(desk.path("")).unwrap();
        desk.write("a.tif", &tiff("a"));
        assert_eq!(desk.settle().await.received, 1);
        assert!(desk.held().await.is_empty());
    }

    async fn what_was_shown_before_a_restart_is_cleared(db: Db) {
        let mut desk = Desk::new(db, "");
        desk.write("a.tif", &tiff("hello")[..20]);
        desk.settle().await;
        assert_eq!(desk.held().await.len(), 1);
        std::fs::remove_file(desk.path("a.tif")).unwrap();
        desk.restart();
        desk.settle().await;
        assert!(desk.held().await.is_empty());
    }
}
