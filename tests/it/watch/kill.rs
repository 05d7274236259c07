//! Stopped at any instant: nothing is lost, nothing is doubled.

use super::desk::{Desk, source, tiff};
use crate::support::on_both_databases;
use std::collections::BTreeSet;
use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use uketsuke::domain::{Clock, Fingerprint};
use uketsuke::files::Files;
use uketsuke::pipeline::ReceiveHandle;
use uketsuke::store::deliveries;
use uketsuke::watch::{pass, run};

on_both_databases! {
    async fn a_pass_cut_off_at_any_step_loses_and_doubles_nothing(db: Db) {
        let (mut steps, mut cuts) = (0, 0);
        // Folders stay until the end: a new one that took the inodes of an old one would pass for it.
        let mut kept = Vec::new();
        loop {
            let mut desk = Desk::new(db.clone(), "[source.sidecar]\n");
            let before = desk.deliveries().await.len();
            for n in 0..3 {
                desk.write(&format!("{n}.tif"), &tiff(&format!("{steps} {n}")));
                desk.write(&format!("{n}.txt"), b"from: 0144-33-0000");
            }
            desk.after(1).await;
            let clock = Clock::Fixed(Arc::new((desk.receive.clock.now().0 + 20_000).into()));
            let receive = ReceiveHandle { clock, ..desk.receive.clone() };
            let mut polls = 0;
            let mut cut = Box::pin(pass(&mut desk.folder, &receive, &|| false));
            let finished = std::future::poll_fn(|cx| {
                polls += 1;
                match cut.as_mut().poll(cx) {
                    Poll::Ready(_) => Poll::Ready(true),
                    Poll::Pending if polls > steps => Poll::Ready(false),
                    Poll::Pending => Poll::Pending,
                }
            })
            .await;
            drop(cut);
            // What was under way on the disk ends, as it would in a process that lives a moment longer.
            tokio::time::sleep(Duration::from_millis(20)).await;
            desk.restart();
            // A statement that was cut off may still hold the writer's lock for a moment (PostgreSQL rolls it back by
            // itself): a file that could not be stored then is held and tried again later, never given up.
            let mut all = Vec::new();
            for _ in 0..20 {
                desk.settle().await;
                desk.settle().await;
                all = desk.deliveries().await;
                if all.len() >= before + 3 && desk.left().iter().all(|name| name.starts_with("done/")) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let contents: BTreeSet<_> = all.iter().map(|delivery| &delivery.fingerprint).collect();
            assert_eq!((all.len(), contents.len()), (before + 3, before + 3), "cut off after {steps} steps");
            assert!(all.iter().all(|delivery| delivery.fax.0.sender_number.is_some()), "cut off after {steps} steps");
            let left = desk.left();
            assert!(left.len() == 6 && left.iter().all(|name| name.starts_with("done/")), "{steps}: {left:?}");
            cuts += usize::from(!finished);
            // How many steps a pass takes varies with how quickly the database answers.
            if finished && steps > 20 {
                assert!(cuts > 12, "the pass was hardly ever cut off: {cuts} of {steps} times");
                return;
            }
            steps += 1;
            kept.push(desk);
        }
    }
}

const FILES: usize = 60;
const KILLS: usize = 25;
const BASE: &str = "UKETSUKE_TEST_KILL_BASE";

/// Not a test: the program that is killed, started by the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "started by another test"]
async fn victim() {
    let Some(base) = std::env::var_os(BASE).map(PathBuf::from) else { return };
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let mut source = source(&base, "");
    (source.stable_ms, source.poll_ms, source.unproven_after_ms) = (20, 100, 3_600_000);
    run(source, handle(&base).await, stopped).await;
}

async fn handle(base: &Path) -> ReceiveHandle {
    let db = uketsuke::store::open(&format!("sqlite:{}/a.db", base.display())).await.unwrap();
    let files = Files::open(base.join("files")).unwrap();
    ReceiveHandle { files, db, clock: Clock::System, wake: Arc::default() }
}

fn start(base: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "watch::kill::victim", "--ignored"])
        .env(BASE, base)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_every_file_is_one_delivery() {
    let scratch = tempfile::tempdir().unwrap();
    let base = scratch.path().to_path_buf();
    std::fs::create_dir(base.join("in")).unwrap();
    let receive = handle(&base).await;
    let words: Vec<String> = (0..FILES).map(|n| format!("fax {n} {}", "x".repeat(n * 37))).collect();
    let writer = {
        let (base, words) = (base.clone(), words.clone());
        std::thread::spawn(move || {
            for (n, word) in words.iter().enumerate() {
                // Half of it, a pause longer than the stillness asked for, and the rest.
                let whole = tiff(word);
                let mut file = std::fs::File::create(base.join(format!("in/{}.tif", n % 20))).unwrap();
                file.write_all(&whole[..whole.len() / 2]).unwrap();
                std::thread::sleep(Duration::from_millis(60));
                file.write_all(&whole[whole.len() / 2..]).unwrap();
                drop(file);
                // The name is used again only after its file was taken.
                let next = base.join(format!("in/{}.tif", (n + 1) % 20));
                while next.exists() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        })
    };
    let mut seed = 12_345u64;
    for _ in 0..KILLS {
        let mut child = start(&base);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        tokio::time::sleep(Duration::from_millis(60 + (seed >> 33) % 400)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let mut child = start(&base);
    let in_folder =
        || std::fs::read_dir(base.join("in")).unwrap().filter(|e| e.as_ref().unwrap().path().is_file()).count();
    for _ in 0..600 {
        if writer.is_finished() && in_folder() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    writer.join().unwrap();

    let mut tx = receive.db.read().await.unwrap();
    let mut got: Vec<Fingerprint> =
        deliveries::recent(&mut tx, 10_000).await.unwrap().into_iter().map(|delivery| delivery.fingerprint).collect();
    let mut expected: Vec<Fingerprint> = words.iter().map(|word| Fingerprint::of(&tiff(word))).collect();
    got.sort();
    expected.sort();
    assert_eq!(got, expected);
    for fingerprint in &got {
        receive.files.get(fingerprint).await.unwrap();
    }
    assert_eq!(in_folder(), 0);
    assert_eq!(std::fs::read_dir(base.join("in/done")).unwrap().count(), FILES);
}
