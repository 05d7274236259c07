//! `uketsuke train --values`: documents whose truth is known to the weights that say how likely a value is right.

use super::args::Training;
use super::config::Config;
use super::corpus;
use super::train::{Learned, keep};
use crate::domain::{Clock, FileReading};
use crate::pipeline::{Knowledge, eval};
use crate::stages::learned::reliability::Bin;
use crate::stages::sureness::learn::{self, Example, FOLDS, Trained};
use crate::stages::sureness::{HeldOut, file};
use anyhow::{Context, bail};
use std::path::PathBuf;
use std::process::ExitCode;

/// Fewer values than this say nothing.
const FEWEST: usize = 300;

/// Learns, prints how well, and writes the file unless the weights are worse than the ones in use.
pub(super) async fn train(config: &Config, how: &Training) -> anyhow::Result<ExitCode> {
    let base = config.sureness()?;
    let (mut examples, mut documents) = (Vec::new(), 0);
    for (i, folder) in how.folders.iter().enumerate() {
        let masters = (folder.join("masters"), folder.join("hospital.json"));
        let knowledge = corpus::knowledge(config, Some(&masters.0), Some(&masters.1)).await?;
        // What is learned from is what extraction says, not what earlier weights made of it.
        let knowledge = Knowledge { sureness: None, ..knowledge };
        let mut readings: Vec<FileReading> = Vec::new();
        let pages = how.pages.get(i).map(PathBuf::as_path);
        if let Some(pages) = pages {
            corpus::make_folder(pages)?;
        }
        let files = corpus::documents_of(folder)?;
        corpus::read_all(config, knowledge, &files, pages, |reading| {
            readings.push(reading.clone());
            Ok(())
        })
        .await?;
        let given = eval::judged(&corpus::truth_of(folder)?, &readings)
            .with_context(|| format!("{} の正解", folder.display()))?;
        documents += readings.iter().map(|reading| reading.documents.len()).sum::<usize>();
        eprintln!("{}: 値{}個", folder.display(), given.len());
        examples.extend(given.into_iter().map(|e| Example { file: format!("{i}/{}", e.file), ..e }));
    }
    if examples.len() < FEWEST {
        bail!(
            "正解の分かる値が{}個しかありません。{FEWEST}個以上集めてから学習してください（いまの重みはそのままです）",
            examples.len()
        );
    }
    let values = examples.len();
    let mut trained = tokio::task::spawn_blocking(move || learn::train(&examples, Some(&base))).await?;
    trained.weights.made = Clock::System.now().japan().date().to_string();
    trained.weights.from = format!("正解付きの文書{documents}件の値{values}個");
    print!("{}", report(&trained));
    let text = file::write(&trained.weights);
    keep(config, how, trained.worse(), &text, &Learned { of: "値", file: "values-model.toml", key: "values" })
}

fn report(trained: &Trained) -> String {
    let mut out = format!("{FOLDS}分割し、各部分を残りから学習した重みで判定\n");
    for (name, held) in [("before (weights in use)", &trained.before), ("after (learned, held out)", &trained.after)] {
        out += &format!("\n{name}: {} values, log loss {:.4}\n{}", held.values, held.log_loss, table(held));
    }
    out
}

fn table(held: &HeldOut) -> String {
    let row =
        |b: &Bin| format!("  from {:<6} {:>7} {:>7.2}% {:>7.2}%\n", b.from, b.count, 100.0 * b.said, 100.0 * b.right);
    std::iter::once("  probability   values    said    right\n".to_owned())
        .chain(held.reliability.iter().map(row))
        .collect()
}
