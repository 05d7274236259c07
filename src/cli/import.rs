//! `uketsuke import`: a master from CSV, with a report of every refused row.

use super::args::{Common, Master};
use super::config::Config;
use crate::db::Db;
use crate::domain::Clock;
use crate::pipeline::import::{self, Ended, How, Report, Settings, What};
use crate::store;
use anyhow::Context;
use std::path::Path;
use std::process::ExitCode;

/// Imports the file and prints what it did.
pub async fn import(
    common: &Common,
    what: Master,
    file: &Path,
    dry_run: bool,
    force: bool,
) -> anyhow::Result<ExitCode> {
    let config = Config::load(common)?;
    std::fs::create_dir_all(&config.data.folder)?;
    let db = store::open(&config.database_url()?).await?;
    let report = run(&db, &Clock::System, what, file, &config.import, How { dry_run, force }).await?;
    println!("{}", report.summary_ja());
    for (word, remarks) in [("取り込めない行", &report.refused), ("注意", &report.warned)] {
        for remark in remarks {
            println!("  {word} {}行目: {}", remark.line, remark.reason);
        }
    }
    if let Ended::Refused(guard) = &report.ended {
        println!("{}", guard.message_ja());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Imports the file in one transaction.
pub async fn run(
    db: &Db,
    clock: &Clock,
    what: Master,
    file: &Path,
    settings: &Settings,
    how: How,
) -> anyhow::Result<Report> {
    let bytes = std::fs::read(file).with_context(|| format!("台帳 {} を読めません", file.display()))?;
    let what = match what {
        Master::Patients => What::Patients,
        Master::Institutions => What::Institutions,
        Master::Doctors => What::Doctors,
    };
    import::import(db, what, &bytes, settings, how, clock)
        .await
        .with_context(|| format!("台帳 {} を取り込めません", file.display()))
}
