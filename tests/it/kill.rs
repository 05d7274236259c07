//! SIGKILL at random instants while files arrive and a person confirms: nothing is lost, nothing is doubled.
//!
//! `UKETSUKE_KILLS` and `UKETSUKE_KILL_FILES` widen it (200 and 60 for the full proof).

use crate::support::{Dice, samples_folder, scratch};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use uketsuke::db::Db;
use uketsuke::domain::{Clock, DocumentState, UserId};
use uketsuke::review::{self, Correction, PatientChoice, Review};
use uketsuke::store::documents::QueueFilter;
use uketsuke::store::{self, deliveries, documents, jobs, users};

/// Longest life of the service between two kills.
const LONGEST_LIFE_MS: u64 = 1_500;
const WAIT_FOR_THE_REST: Duration = Duration::from_secs(900);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_instants_nothing_is_lost_or_doubled() {
    let kills = number("UKETSUKE_KILLS", 12);
    let files = usize::try_from(number("UKETSUKE_KILL_FILES", 16)).expect("a count");
    let var = scratch();
    let drop = var.path().join("fax");
    std::fs::create_dir_all(&drop).expect("the drop folder");
    let mut dice = Dice::new(0x5eed);

    // The first start makes the tables and the folders.
    let mut service = start(var.path());
    let db = wait_for_database(var.path()).await;
    let reviewer = reviewer(&db).await;
    let review = Review::new(db.clone(), Clock::System, review::Settings::default());

    let mut confirmed = Vec::new();
    let mut dropped = 0;
    for kill in 0..kills {
        let due = files * usize::try_from(kill + 1).expect("a count") / usize::try_from(kills).expect("a count");
        while dropped < due {
            drop_one(&drop, dropped);
            dropped += 1;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(LONGEST_LIFE_MS))).await;
        confirmed.extend(confirm_one(&db, &review, &reviewer).await);
        tokio::time::sleep(Duration::from_millis(dice.below(60))).await;
        service.kill().expect("SIGKILL");
        service.wait().expect("the end of the service");
        service = start(var.path());
    }
    wait_until_idle(&db, files).await;
    while let Some(id) = confirm_one(&db, &review, &reviewer).await {
        confirmed.push(id);
        if confirmed.len() >= 10 {
            break;
        }
    }
    wait_until_pushed(&db, confirmed.len()).await;

    let mut tx = db.read().await.expect("a read transaction");
    let rows = deliveries::recent(&mut tx, 10_000).await.expect("deliveries");
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *by_name.entry(row.file_name.as_str()).or_default() += 1;
    }
    assert_eq!(by_name.len(), files, "every file is a delivery");
    assert!(by_name.values().all(|count| *count == 1), "no file is two deliveries: {by_name:?}");
    let left = std::fs::read_dir(&drop).expect("the drop folder").filter(|e| e.as_ref().is_ok_and(|e| e.path().is_file()));
    assert_eq!(left.count(), 0, "every file was acknowledged");
    assert!(!confirmed.is_empty(), "some documents were confirmed between the kills");

    let records = uketsuke::referral_db::open(&format!("sqlite:{}", var.path().join("referral.db").display()))
        .await
        .expect("the referral database");
    for id in &confirmed {
        let count = uketsuke::referral_db::records_of(&mut records.read().await.expect("a read"), id).await.expect("records");
        assert_eq!(count, 1, "a confirmed document is exactly one record");
    }
    let all = uketsuke::referral_db::count(&mut records.read().await.expect("a read")).await.expect("a count");
    assert_eq!(all, i64::try_from(confirmed.len()).expect("a count"), "nothing unconfirmed was pushed");
    let verified = store::audit::verify(&mut tx).await.expect("the audit log");
    assert!(matches!(verified, store::audit::Verified::Whole { .. }), "the audit chain is whole: {verified:?}");

    service.kill().expect("SIGKILL");
    service.wait().expect("the end of the service");
    println!("kills {kills}, files {files}, confirmed {}, deliveries {}", confirmed.len(), rows.len());
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn start(var: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["serve", "--listen", "127.0.0.1:0", "--var"])
        .arg(var)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the service starts")
}

async fn wait_for_database(var: &Path) -> Db {
    let path = var.join("first-sign-in.txt");
    let since = Instant::now();
    while !path.exists() {
        assert!(since.elapsed() < Duration::from_secs(60), "the service did not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    store::open(&format!("sqlite:{}", var.join("uketsuke.db").display())).await.expect("the database")
}

async fn reviewer(db: &Db) -> UserId {
    let id = UserId::fresh();
    let mut tx = db.write().await.expect("a write transaction");
    users::insert(&mut tx, &id, "tester", "確認 担当", "-", "reviewer", false, Clock::System.now()).await.expect("a user");
    tx.commit().await.expect("commit");
    id
}

/// The samples in turn under ever new names, written as a fax server does: elsewhere first, then renamed.
fn drop_one(folder: &Path, number: usize) {
    let docs = samples_folder().join("docs");
    let mut samples: Vec<_> = std::fs::read_dir(docs).expect("samples").filter_map(|e| e.ok().map(|e| e.path())).collect();
    samples.sort();
    let sample = &samples[number % samples.len()];
    let extension = sample.extension().and_then(|e| e.to_str()).unwrap_or("bin");
    let name = format!("arrival{number:05}.{extension}");
    let part = folder.join(format!("{name}.part"));
    std::fs::copy(sample, &part).expect("a copy");
    std::fs::rename(&part, folder.join(name)).expect("a rename");
}

async fn confirm_one(db: &Db, review: &Review, reviewer: &UserId) -> Option<uketsuke::domain::DocumentId> {
    let mut tx = db.read().await.ok()?;
    let rows = documents::queue(&mut tx, &QueueFilter::default(), 50, 0).await.ok()?;
    drop(tx);
    for row in rows {
        let Ok(held) = review.hold(reviewer, &row.id).await else { continue };
        let document = held.document;
        if document.kind == uketsuke::domain::Kind::Advertisement {
            let _ = review.release(reviewer, &document.id).await;
            continue;
        }
        let correction = Correction {
            kind: document.kind,
            values: document.values.0.clone(),
            patient: PatientChoice::NotInMaster,
            institution_id: None,
            doctor_id: None,
        };
        match review.confirm(reviewer, &document.id, document.version, &correction).await {
            Ok(()) => return Some(document.id),
            Err(_) => {
                let _ = review.release(reviewer, &document.id).await;
            }
        }
    }
    None
}

async fn wait_until_idle(db: &Db, files: usize) {
    let since = Instant::now();
    loop {
        let mut tx = db.read().await.expect("a read transaction");
        let pending: i64 = jobs::pending(&mut tx).await.expect("jobs").iter().map(|(_, count)| *count).sum();
        let deliveries: i64 = deliveries::count_by_state(&mut tx).await.expect("counts").iter().map(|(_, count)| *count).sum();
        if pending == 0 && deliveries >= i64::try_from(files).expect("a count") {
            return;
        }
        assert!(since.elapsed() < WAIT_FOR_THE_REST, "{pending} jobs left, {deliveries} of {files} deliveries");
        drop(tx);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn wait_until_pushed(db: &Db, confirmed: usize) {
    let since = Instant::now();
    loop {
        let mut tx = db.read().await.expect("a read transaction");
        let counts = documents::counts(&mut tx).await.expect("counts");
        let pushed: i64 =
            counts.by_state.iter().filter(|(state, _)| *state == DocumentState::Pushed).map(|(_, count)| *count).sum();
        if pushed == i64::try_from(confirmed).expect("a count") {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{pushed} of {confirmed} confirmed documents were pushed");
        drop(tx);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
