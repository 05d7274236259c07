//! SIGKILL at random instants while files arrive and a person confirms: nothing is lost, nothing is doubled.
//!
//! `UKETSUKE_KILLS` and `UKETSUKE_KILL_FILES` widen it (200 and 60 for the full proof).

use crate::support::service::{self, Dice, number, start};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uketsuke::db::Db;
use uketsuke::domain::{Clock, DocumentId, Kind, Role, Roles, UserId};
use uketsuke::review::{self, Review};
use uketsuke::stages::recipes;
use uketsuke::store::audit::{Actor, Verified};
use uketsuke::store::documents::{Compared, Correction, PatientChoice, QueueFilter};
use uketsuke::store::users::NewUser;
use uketsuke::store::{self, deliveries, documents, jobs, users};

/// Longest life of the service between two kills.
const LONGEST_LIFE_MS: u64 = 3_000;
const WAIT_FOR_THE_REST: Duration = Duration::from_secs(900);

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_instants_nothing_is_lost_or_doubled() {
    let kills = number("UKETSUKE_KILLS", 12);
    let files = usize::try_from(number("UKETSUKE_KILL_FILES", 16)).expect("a count");
    let var = tempfile::tempdir().expect("a scratch folder");
    configure(var.path());
    let drop = var.path().join("fax");
    std::fs::create_dir_all(&drop).expect("the drop folder");
    let mut dice = Dice(0x5eed_u64);

    // The first start makes the tables and the folders.
    let mut service = start(var.path());
    let db = wait_for_database(var.path()).await;
    let reviewer = reviewer(&db).await;
    let review = Review::new(
        db.clone(),
        Clock::System,
        Arc::new(recipes::embedded()),
        review::Settings { undo_seconds: 0, ..Default::default() },
    );

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
    let left =
        std::fs::read_dir(&drop).expect("the drop folder").filter(|e| e.as_ref().is_ok_and(|e| e.path().is_file()));
    assert_eq!(left.count(), 0, "every file was acknowledged");
    assert!(!confirmed.is_empty(), "some documents were confirmed between the kills");

    let url = format!("sqlite:{}", var.path().join("referral.db").display());
    let records = sqlx::SqlitePool::connect(&url).await.expect("the referral database");
    let linked: Vec<(String,)> =
        sqlx::query_as("SELECT document_id FROM source_document").fetch_all(&records).await.expect("links");
    let mut linked: Vec<String> = linked.into_iter().map(|(id,)| id).collect();
    linked.sort();
    let mut expected: Vec<String> = confirmed.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(linked, expected, "every confirmed document is exactly one record, and nothing else is");
    let verified = store::audit::verify(&mut tx).await.expect("the audit log");
    assert!(matches!(verified, Verified::Whole { .. }), "the audit chain is whole: {verified:?}");

    service.kill().expect("SIGKILL");
    service.wait().expect("the end of the service");
    println!("kills {kills}, files {files}, confirmed {}, deliveries {}", confirmed.len(), rows.len());
}

/// A pipeline that takes files as soon as they stand still for one look.
fn configure(var: &Path) {
    let pipelines = var.join("pipelines");
    service::pipelines(&pipelines);
    let fax = "channel = \"fax\"\n[[source]]\nname = \"fax\"\nfolder = \"fax\"\nstable_seconds = 1\nunproven_after_minutes = 0\npoll_seconds = 1\ndone_folder = \"done\"\n";
    std::fs::write(pipelines.join("fax.toml"), fax).expect("a pipeline");
    std::fs::write(var.join("config.toml"), format!("[pipelines]\nfolder = {:?}\n", pipelines))
        .expect("a configuration");
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
    let new = NewUser {
        login: "tester",
        display_name: "確認担当",
        roles: Roles::new([Role::Approver]),
        password_hash: "-",
        must_change: false,
    };
    let mut tx = db.write().await.expect("a write transaction");
    let id = users::insert(&mut tx, &new, &Actor::Program, Clock::System.now()).await.expect("a user");
    tx.commit().await.expect("commit");
    id
}

/// The samples in turn under ever new names, written as a fax server does: elsewhere first, then renamed.
fn drop_one(folder: &Path, number: usize) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/docs");
    let mut samples: Vec<_> =
        std::fs::read_dir(docs).expect("samples").filter_map(|e| e.ok().map(|e| e.path())).collect();
    samples.sort();
    let sample = &samples[number % samples.len()];
    let extension = sample.extension().and_then(|e| e.to_str()).unwrap_or("bin");
    let name = format!("arrival{number:05}.{extension}");
    let part = folder.join(format!("{name}.part"));
    std::fs::copy(sample, &part).expect("a copy");
    std::fs::rename(&part, folder.join(name)).expect("a rename");
}

async fn confirm_one(db: &Db, review: &Review, reviewer: &UserId) -> Option<DocumentId> {
    let mut tx = db.read().await.ok()?;
    let rows = documents::queue(&mut tx, &QueueFilter::default(), 50, 0).await.ok()?;
    drop(tx);
    for row in rows {
        let Ok(held) = review.hold(reviewer, &row.id).await else { continue };
        let document = held.document;
        if document.kind == Kind::Advertisement {
            let _ = review.release(reviewer, &document.id).await;
            continue;
        }
        let correction = Correction {
            kind: document.kind,
            values: document.values.0.clone(),
            patient: Some(PatientChoice::NotInMaster),
            institution_id: None,
            doctor_id: None,
        };
        match review.confirm(reviewer, &document.id, document.version, &correction, &Compared::default()).await {
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
        let pending: i64 =
            jobs::pending(&mut tx).await.expect("jobs").iter().map(|row| row.waiting + row.claimed).sum();
        let deliveries = deliveries::recent(&mut tx, 10_000).await.expect("deliveries").len();
        if pending == 0 && deliveries >= files {
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
        let pushed = counts.pushed;
        if pushed == i64::try_from(confirmed).expect("a count") {
            return;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{pushed} of {confirmed} confirmed documents were pushed");
        drop(tx);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
