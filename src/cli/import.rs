//! `uketsuke import`: a master from CSV, with a report of every refused row.

use super::args::{Common, Master};
use super::config::Config;
use crate::db::Db;
use crate::domain::Clock;
use crate::pipeline::import::{self, Report};
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
    let report = run(&db, &Clock::System, what, file, dry_run, force).await?;
    println!("{report}");
    Ok(if report.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Imports the file in one transaction.
pub async fn run(
    db: &Db,
    clock: &Clock,
    what: Master,
    file: &Path,
    dry_run: bool,
    force: bool,
) -> anyhow::Result<Report> {
    let bytes = std::fs::read(file).with_context(|| format!("台帳 {} を読めません", file.display()))?;
    let what = match what {
        Master::Patients => import::Master::Patients,
        Master::Institutions => import::Master::Institutions,
        Master::Doctors => import::Master::Doctors,
    };
    let options = import::Options { dry_run, force, ..import::Options::default() };
    import::import(db, what, &bytes, &options, clock)
        .await
        .with_context(|| format!("台帳 {} を取り込めません", file.display()))
}
