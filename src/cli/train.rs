//! `uketsuke train`: documents whose kind is known to a file of weights; nothing is stored but that file.

use super::args::{Common, Training};
use super::config::Config;
use super::corpus;
use crate::domain::{Clock, Hospital, Kind, Recipes};
use crate::pipeline::{RecognisedFile, train as gathering};
use crate::stages::classify::learn::{self, Example, FEWEST, FOLDS, Trained};
use crate::stages::classify::model::HeldOut;
use crate::stages::classify::model_file;
use crate::store;
use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Fewer documents than this say nothing about weights at all.
const FEWEST_AT_ALL: usize = 2 * FOLDS;

/// Learns, prints how well, and writes the file unless the weights are worse than the ones in use.
pub async fn train(common: &Common, how: &Training) -> anyhow::Result<ExitCode> {
    if !how.pages.is_empty() && how.pages.len() != how.folders.len() {
        eprintln!("uketsuke: --pages は文書フォルダと同じ数だけ、同じ順に指定してください。");
        return Ok(ExitCode::from(2));
    }
    let config = Config::load(common)?;
    if how.values {
        return super::train_values::train(&config, how).await;
    }
    let base = config.model()?;
    let recipes = Arc::new(config.recipes()?);
    let mut examples = Vec::new();
    for (i, folder) in how.folders.iter().enumerate() {
        let given = of_folder(&config, folder, how.pages.get(i).map(PathBuf::as_path), &recipes).await?;
        eprintln!("{}: {}文書", folder.display(), whole(&given));
        examples.extend(given.into_iter().map(|e| Example { file: format!("{i}/{}", e.file), ..e }));
    }
    let in_folders = whole(&examples);
    if how.confirmed {
        let given = of_confirmed(&config, &recipes).await?;
        eprintln!("確定した文書: {}文書", whole(&given));
        examples.extend(given);
    }
    if whole(&examples) < FEWEST_AT_ALL {
        bail!(
            "種類の分かる文書が{}件しかありません。{FEWEST_AT_ALL}件以上集めてから学習してください（いまの重みはそのままです）",
            whole(&examples)
        );
    }
    let mut trained = tokio::task::spawn_blocking(move || learn::train(&examples, &base)).await?;
    trained.model.made = Clock::System.now().japan().date().to_string();
    trained.model.from = from(how, in_folders, trained.documents);
    print!("{}", report(&trained));

    let text = model_file::write(&trained.model);
    keep(&config, how, trained.worse(), &text, &Learned { of: "文書", file: "kinds-model.toml", key: "model" })
}

/// What was learned, as messages and the configuration name it.
pub(super) struct Learned {
    /// What it was learned from.
    pub of: &'static str,
    /// Name of the file in the data folder, where none is named.
    pub file: &'static str,
    /// Key of `[pipelines]` that takes it.
    pub key: &'static str,
}

/// Writes what was learned and says how it is used; not if it is `worse` than what is in use, unless that is wanted.
pub(super) fn keep(
    config: &Config,
    how: &Training,
    worse: bool,
    text: &str,
    learned: &Learned,
) -> anyhow::Result<ExitCode> {
    let Learned { of, file, key } = learned;
    if worse && !how.force {
        bail!(
            "学習に使わなかった{of}での成績がいまの重みより悪いため、書きませんでした。文書を増やしてやり直すか、それでも書くなら --force を付けてください"
        );
    }
    let out = how.out.clone().unwrap_or_else(|| config.data.folder.join(file));
    write(&out, text)?;
    let place = std::path::absolute(&out)?;
    println!("\n{} に書きました。使うには設定に次を書き、サービスを再起動してください:", out.display());
    println!("\n[pipelines]\n{key} = {}", toml::Value::from(place.display().to_string()));
    Ok(ExitCode::SUCCESS)
}

fn whole(examples: &[Example]) -> usize {
    examples.iter().filter(|e| !e.alone).count()
}

fn from(how: &Training, in_folders: usize, all: usize) -> String {
    let folders = format!("正解付きの文書{in_folders}件");
    let confirmed = format!("確定した文書{}件", all - in_folders);
    match (how.folders.is_empty(), how.confirmed) {
        (true, _) => confirmed,
        (false, true) => format!("{folders}、{confirmed}"),
        (false, false) => folders,
    }
}

/// A file that is half written must never be taken for a model.
fn write(out: &Path, text: &str) -> anyhow::Result<()> {
    let part = out.with_extension("part");
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        corpus::make_folder(folder)?;
    }
    std::fs::write(&part, text).with_context(|| format!("{} を書けません", part.display()))?;
    std::fs::rename(&part, out).with_context(|| format!("{} を書けません", out.display()))
}

async fn of_folder(
    config: &Config,
    folder: &Path,
    kept: Option<&Path>,
    recipes: &Arc<Recipes>,
) -> anyhow::Result<Vec<Example>> {
    let known =
        Arc::new(gathering::known(&corpus::truth_of(folder)?).with_context(|| format!("{} の正解", folder.display()))?);
    let hospital: Arc<Hospital> = Arc::new(corpus::hospital_of(&folder.join("hospital.json"))?);
    if let Some(kept) = kept {
        corpus::make_folder(kept)?;
    }
    let files = corpus::documents_of(folder)?;
    let recipes = recipes.clone();
    let gather = move |name: String, recognised: RecognisedFile| {
        let (known, recipes, hospital) = (known.clone(), recipes.clone(), hospital.clone());
        let work = move || match known.get(&name) {
            Some(known) => gathering::examples(&name, &recognised.pages, known, &recipes, &hospital),
            None => Vec::new(),
        };
        async move { tokio::task::spawn_blocking(work).await }
    };
    let mut examples = Vec::new();
    corpus::side_by_side(config, &files, kept, gather, |given| {
        examples.extend(given?);
        Ok(())
    })
    .await?;
    Ok(examples)
}

async fn of_confirmed(config: &Config, recipes: &Arc<Recipes>) -> anyhow::Result<Vec<Example>> {
    let url = config.database_url()?;
    if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
        bail!("受付のデータベースがまだありません。文書を確定してから学習してください");
    }
    let db = store::open(&url).await?;
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} 確定した文書 {elapsed}（残り {eta}）")?);
    let hospital = Arc::new(config.hospital.clone());
    let examples = gathering::confirmed(&db, recipes.clone(), hospital, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })
    .await?;
    bar.finish_and_clear();
    Ok(examples)
}

fn report(trained: &Trained) -> String {
    let mut out = format!(
        "文書 {}件（{FOLDS}分割し、各部分を残りから学習した重みで判定）\n\n{:<28} {:>10} {:>12}\n",
        trained.documents, "held out", "kind right", "log loss"
    );
    let line =
        |name: &str, held: &HeldOut| format!("{name:<28} {:>9.2}% {:>12.4}\n", 100.0 * held.accuracy, held.log_loss);
    out += &line("before (weights in use)", &trained.before);
    out += &line("after (learned)", &trained.after);
    out += "\nconfidence (learned)         n     said    right\n";
    for b in &trained.after.reliability {
        out += &format!("  from {:<6} {:>17} {:>7.2}% {:>7.2}%\n", b.from, b.count, 100.0 * b.said, 100.0 * b.right);
    }
    out += "\nkind                          n    right   taken for\n";
    for kind in Kind::ALL {
        let of: Vec<_> = trained.confusions.iter().filter(|c| c.0 == *kind).collect();
        let n: usize = of.iter().map(|c| c.2).sum();
        if n > 0 {
            let right: usize = of.iter().filter(|c| c.1 == *kind).map(|c| c.2).sum();
            let wrong: Vec<String> =
                of.iter().filter(|c| c.1 != *kind).map(|c| format!("{} {}", c.1.code(), c.2)).collect();
            out += &format!("{:<26} {n:>5} {right:>8}   {}\n", kind.code(), wrong.join(", "));
        }
    }
    if !trained.kept.is_empty() {
        let kept: Vec<String> = trained.kept.iter().map(|(k, n)| format!("{} {n}件", k.label_ja())).collect();
        out += &format!("\n{FEWEST}件に満たない種類は、いまの重みのままです: {}\n", kept.join("、"));
    }
    out
}
