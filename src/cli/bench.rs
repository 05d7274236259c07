//! `uketsuke bench`: speed measured beside a yardstick in one run, because a figure alone says little on a noisy machine.

use super::args::{BenchWhat, Common};
use super::config::Config;
use crate::domain::Clock;
use crate::jail::Jail;
use crate::pipeline::read_file;
use crate::stages::decode;
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// Runs a measurement.
pub async fn bench(common: &Common, what: BenchWhat) -> anyhow::Result<ExitCode> {
    match what {
        BenchWhat::Read { folder, pages } => read(common, &folder, pages).await,
        BenchWhat::Match { patients } => super::bench_match::run(patients),
        BenchWhat::Queue { documents, database, filled, rounds } => {
            super::bench_queue::run(documents, database.as_deref(), filled, rounds).await
        }
    }
}

/// Pages for each CPU second of our reading, beside the `tesseract` command on the same files.
async fn read(common: &Common, folder: &Path, most: usize) -> anyhow::Result<ExitCode> {
    let config = Config::load(common)?;
    let files = fax_files(folder, most)?;
    let knowledge = super::corpus::knowledge(&config, None, None).await?;
    let today = Clock::System.now().japan().date();

    let before = cpu_seconds()?;
    let mut pages = 0;
    let jail = Jail::new(config.jail_settings(1)?);
    for path in &files {
        let reading = read_file(&jail, &knowledge, "bench.tif", std::fs::read(path)?, today).await;
        pages += reading.documents.iter().map(|document| document.pages.len()).sum::<usize>();
    }
    drop(jail);
    no_children_left().await?;
    let ours = cpu_seconds()? - before;

    let before = cpu_seconds()?;
    for path in &files {
        let status = Command::new("tesseract")
            .args([path.as_os_str(), "stdout".as_ref(), "-l".as_ref(), "jpn".as_ref()])
            .env("OMP_THREAD_LIMIT", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("tesseract を起動できません（tesseract-ocr を入れてください）")?;
        if !status.success() {
            bail!("tesseract が {} を読めませんでした", path.display());
        }
    }
    let theirs = cpu_seconds()? - before;

    println!("files {}  pages {pages}", files.len());
    println!("uketsuke   {ours:7.1} CPU s  {:5.2} pages/CPU s", pages as f64 / ours);
    println!("tesseract  {theirs:7.1} CPU s  {:5.2} pages/CPU s", pages as f64 / theirs);
    println!("ratio      {:7.2} (uketsuke CPU / tesseract CPU)", ours / theirs);
    Ok(ExitCode::SUCCESS)
}

/// Whole fax files in name order until `most` pages are together.
fn fax_files(folder: &Path, most: usize) -> anyhow::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("フォルダ {} を読めません", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "tif" || extension == "tiff"))
        .collect();
    files.sort();
    let mut pages = 0;
    let mut chosen = Vec::new();
    for path in files {
        let Some(count) = page_count(&path) else { continue };
        if pages + count <= most {
            pages += count;
            chosen.push(path);
        }
        if pages == most {
            break;
        }
    }
    if chosen.is_empty() {
        bail!("{} にFAXのTIFFがありません", folder.display());
    }
    Ok(chosen)
}

/// Pages of a sound TIFF; `None` for a broken one, which the yardstick cannot read.
fn page_count(path: &Path) -> Option<usize> {
    decode::tiff_pages(&std::fs::read(path).ok()?)
}

/// Waits until every child has ended and been reaped: only then does its time count.
async fn no_children_left() -> anyhow::Result<()> {
    let mut quiet = 0;
    for _ in 0..200 {
        let mut left = String::new();
        for task in std::fs::read_dir("/proc/self/task")? {
            left += &std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        }
        // A child moves to another task when the one that started it ends, and one look can miss it.
        quiet = if left.trim().is_empty() { quiet + 1 } else { 0 };
        if quiet == 10 {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    bail!("読み取りの子プロセスが終わりません")
}

/// CPU seconds of this process and of its children that have ended.
pub(super) fn cpu_seconds() -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), the name being the second.
    let ticks: u64 = after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
