//! What had gathered while the program was away, and what it has no right to read.

use super::desk::{Desk, tiff};
use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
use std::time::{Duration, UNIX_EPOCH};

const FILES: usize = 3_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_thousand_files_are_received_oldest_first() {
    let scratch = tempfile::tempdir().unwrap();
    let db = uketsuke::store::open(&format!("sqlite:{}/a.db", scratch.path().display())).await.unwrap();
    let mut desk = Desk::new(db, "");
    for n in 0..FILES {
        // Names and times run against each other.
        let name = format!("{:05}.tif", (n * 7919) % FILES);
        desk.write(&name, &tiff(&n.to_string()));
        let file = std::fs::File::options().write(true).open(desk.path(&name)).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000 + n as u64)).unwrap();
    }
    desk.after(1).await;
    let mut received = 0;
    let mut passes = 0;
    while received < FILES {
        let outcome = desk.after(11).await;
        assert!(outcome.received > 0 && outcome.held <= 1, "{outcome:?}");
        assert_eq!(outcome.more, received + outcome.received < FILES);
        received += outcome.received;
        passes += 1;
        // A file that is being sent meanwhile is shown during the backlog, not after it.
        match passes {
            1 | 2 => desk.write("late.tif", &tiff("late")[..10 + passes]),
            3 => {
                assert!(desk.held().await.iter().any(|row| row.display_name == "late.tif"));
                std::fs::remove_file(desk.path("late.tif")).unwrap();
            }
            _ => {}
        }
    }
    let mut deliveries = desk.deliveries().await;
    assert_eq!(deliveries.len(), FILES);
    deliveries.sort_by(|a, b| a.id.cmp(&b.id));
    for (n, delivery) in deliveries.iter().enumerate().step_by(97) {
        assert_eq!(desk.receive.files.get(&delivery.fingerprint).await.unwrap(), tiff(&n.to_string()));
    }
    assert_eq!(desk.left().len(), FILES);
}

/// Without the rights of root over every file, in the threads that this one starts.
fn as_anybody() {
    let mut sets = capabilities(None).unwrap();
    sets.effective.remove(CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH);
    set_capabilities(None, sets).unwrap();
}

#[test]
fn a_file_without_the_right_to_read_is_said_and_stops_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let work = async {
        let scratch = tempfile::tempdir().unwrap();
        let db = uketsuke::store::open(&format!("sqlite:{}/a.db", scratch.path().display())).await.unwrap();
        let mut desk = Desk::new(db, "subfolders = true");
        let root = desk.path("");
        let mode = |name: &str, mode| {
            std::fs::set_permissions(root.join(name), PermissionsExt::from_mode(mode)).unwrap();
        };
        desk.write("closed.tif", &tiff("a"));
        desk.write("open.tif", &tiff("b"));
        desk.write("sub/inside.tif", &tiff("c"));
        mode("closed.tif", 0);
        mode("sub", 0);
        assert_eq!(desk.settle().await.received, 1);
        let held = desk.held().await;
        assert_eq!(held.len(), 2, "{held:?}");
        assert!(held.iter().all(|row| row.alerted && row.reason.contains("権限")));
        mode("closed.tif", 0o600);
        mode("sub", 0o700);
        desk.after(31).await;
        assert_eq!(desk.after(31).await.received + 1, 2);
        assert_eq!(desk.deliveries().await.len(), 3);
        // The whole folder is closed.
        mode("", 0);
        assert!(desk.after(1).await.place.is_none());
        assert!(desk.held().await[0].reason.contains("権限"));
        mode("", 0o700);
    };
    let thread = std::thread::spawn(|| {
        as_anybody();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work);
    });
    thread.join().unwrap();
}
