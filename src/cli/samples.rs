//! `serve --samples`: shows the program at work on invented documents, dropped in as a fax server would drop them.

use super::args::Master;
use super::corpus;
use crate::db::Db;
use crate::domain::{Clock, DeliveryState, Hospital};
use crate::pipeline::import::{How, Settings};
use crate::store::{deliveries, incoming, masters};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::Path;
use std::time::Duration;

/// Name of the mark that the samples have been dropped into this data folder.
const DROPPED: &str = "samples-dropped";

/// The hospital of the samples.
pub fn hospital(samples: &Path) -> anyhow::Result<Hospital> {
    let path = samples.join("hospital.json");
    let bytes = std::fs::read(&path).with_context(|| format!("{} を読めません", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} は自院のJSONではありません", path.display()))
}

/// Imports the sample masters into an empty database.
pub async fn import_masters(db: &Db, clock: &Clock, samples: &Path) -> anyhow::Result<()> {
    if masters::version(&mut db.read().await?).await? > 0 {
        return Ok(());
    }
    for (what, name) in [
        (Master::Institutions, "institutions.csv"),
        (Master::Doctors, "doctors.csv"),
        (Master::Patients, "patients.csv"),
    ] {
        let report = super::import::run(
            db,
            clock,
            what,
            &samples.join("masters").join(name),
            &Settings::default(),
            How::default(),
        )
        .await?;
        println!("見本の台帳 {name}: {} 件", report.added);
    }
    Ok(())
}

/// Drops the sample documents into `folder` once: written under a temporary name, then renamed.
pub fn drop_documents(samples: &Path, folder: &Path, data: &Path) -> anyhow::Result<usize> {
    let mark = data.join(DROPPED);
    if mark.exists() {
        return Ok(0);
    }
    let files = corpus::documents_of(samples)?;
    std::fs::create_dir_all(folder)?;
    for file in &files {
        let name = file.file_name().context("見本の名前")?;
        let part = folder.join(format!("{}.part", name.to_string_lossy()));
        std::fs::copy(file, &part)?;
        std::fs::rename(&part, folder.join(name))?;
    }
    std::fs::write(&mark, b"")?;
    Ok(files.len())
}

/// Shows how far reading has come, until nothing is left to read.
pub async fn show_progress(db: Db, expected: u64) -> anyhow::Result<()> {
    let bar = ProgressBar::new(expected)
        .with_style(ProgressStyle::with_template("見本を読んでいます {bar:30} {pos}/{len} {elapsed}（残り {eta}）")?);
    // Without a terminal the bar is silent, so that a log gets one line for every few files instead.
    let quiet = bar.is_hidden();
    let mut said = u64::MAX;
    let held = loop {
        let mut tx = db.read().await?;
        let counts = deliveries::count_by_state(&mut tx).await?;
        let waiting: i64 = counts
            .iter()
            .filter(|(state, _)| matches!(state, DeliveryState::Received | DeliveryState::Reading))
            .map(|(_, count)| *count)
            .sum();
        let waiting = u64::try_from(waiting).unwrap_or(0);
        let most = i64::try_from(expected).unwrap_or(i64::MAX);
        let ended = (deliveries::recent(&mut tx, most).await?.len() as u64).saturating_sub(waiting);
        // A file that breaks off looks like one that is still being sent, and is held as such for a while.
        let held = incoming::list(&mut tx).await?.len() as u64;
        bar.set_position(ended);
        if quiet && ended / 5 != said / 5 {
            println!("見本を読んでいます {ended}/{expected}");
            said = ended;
        }
        if ended > 0 && waiting == 0 && ended + held >= expected {
            break held;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    bar.finish_and_clear();
    println!("見本を読み終えました（{} 件）。", expected - held);
    if held > 0 {
        println!(
            "途中で切れている {held} 件は「送信中」として待っています（pipelines/fax.toml の unproven_after_minutes のあと受信します）。"
        );
    }
    Ok(())
}
