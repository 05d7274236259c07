//! `uketsuke read` and `uketsuke eval`: files in, answers out, nothing stored.

use super::args::{Common, Scoring};
use super::config::Config;
use crate::domain::{
    Clock, DocumentId, DocumentReading, FieldName, FileReading, Hospital, Lesson, Masters, ReadPage, Taught, Trouble,
};
use crate::jail::Jail;
use crate::pipeline::import::read_masters;
use crate::pipeline::{Knowledge, RecognisedFile, eval as scoring, recognise_file, understand_file};
use crate::stages::matching::Index;
use crate::stages::memory::{Memory, learn};
use crate::store;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// Prints the reading contract's object for each file, in input order.
pub async fn read(
    common: &Common,
    masters: Option<&Path>,
    hospital: Option<&Path>,
    debug: Option<&Path>,
    files: &[PathBuf],
) -> anyhow::Result<ExitCode> {
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        eprintln!("uketsuke: {} はファイルではありません。読む文書のパスを確かめてください。", missing.display());
        return Ok(ExitCode::from(2));
    }
    let config = Config::load(common)?;
    let knowledge = knowledge(&config, masters, hospital).await?;
    let mut out = std::io::stdout().lock();
    let mut print = |reading: &FileReading| {
        serde_json::to_writer(&mut out, reading)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    };
    match debug {
        Some(folder) => super::steps::read(&config, knowledge, files, folder, print).await?,
        None => read_all(&config, knowledge, files, None, &mut print).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a corpus folder and prints the figures of its truth.
pub async fn eval(common: &Common, folder: &Path, how: &Scoring) -> anyhow::Result<ExitCode> {
    let truth = truth_of(folder)?;
    let config = Config::load(common)?;
    let readings: Vec<FileReading> = match &how.score_only {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("{} を読めません", path.display()))?
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .with_context(|| format!("{} は読み取り契約のJSONではありません", path.display()))?,
        None => read_corpus(&config, folder, how).await?,
    };
    let report = scoring::score(&truth, &readings)?;
    let by: Vec<&str> = how.by.iter().map(String::as_str).collect();
    if how.json {
        println!("{}", report.json(&by));
    } else {
        println!("{}", report.print(&by));
    }
    if let Some(html) = &how.html {
        let jail = Jail::new(config.jail_settings(config.work.readers())?);
        super::report::write(html, &report, &by, &folder.join("docs"), &jail).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The truth of a corpus folder.
pub(super) fn truth_of(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join("truth.jsonl");
    std::fs::read_to_string(&path).with_context(|| format!("正解ファイル {} を読めません", path.display()))
}

async fn read_corpus(config: &Config, folder: &Path, how: &Scoring) -> anyhow::Result<Vec<FileReading>> {
    let knowledge = knowledge(config, Some(&folder.join("masters")), Some(&folder.join("hospital.json"))).await?;
    let files = documents_of(folder)?;
    let mut written = how.got.as_ref().map(std::fs::File::create).transpose().context("読み取り結果を書けません")?;
    if let Some(pages) = &how.pages {
        make_folder(pages)?;
    }
    let mut readings = Vec::new();
    let keep = |reading: &FileReading| {
        if let Some(file) = &mut written {
            serde_json::to_writer(&mut *file, reading)?;
            file.write_all(b"\n")?;
        }
        readings.push(reading.clone());
        Ok(())
    };
    if how.learn {
        read_learning(config, knowledge, folder, &files, how.pages.as_deref(), keep).await?;
    } else {
        read_all(config, knowledge, &files, how.pages.as_deref(), keep).await?;
    }
    Ok(readings)
}

/// A folder to write into, and those above it.
pub(super) fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("フォルダ {} を作れません", folder.display()))
}

/// The documents of a corpus folder, in the order of their names.
pub(super) fn documents_of(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let docs = folder.join("docs");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&docs)
        .with_context(|| format!("フォルダ {} を読めません", docs.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Reads `files` side by side and hands the answers on in input order, with progress on standard error.
pub(super) async fn read_all(
    config: &Config,
    knowledge: Knowledge,
    files: &[PathBuf],
    kept: Option<&Path>,
    mut each: impl FnMut(&FileReading) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let today = Clock::System.now().japan().date();
    let understand = move |name: String, recognised: RecognisedFile| {
        let knowledge = knowledge.clone();
        async move { understand_file(&knowledge, &name, recognised, today).await }
    };
    side_by_side(config, files, kept, understand, |reading| each(&reading)).await
}

/// Recognises `files` side by side, has `work` make something of each, and hands that on in input order, with progress
/// on standard error.
pub(super) async fn side_by_side<T, F>(
    config: &Config,
    files: &[PathBuf],
    kept: Option<&Path>,
    work: impl Fn(String, RecognisedFile) -> F + Clone + Send + 'static,
    mut each: impl FnMut(T) -> anyhow::Result<()>,
) -> anyhow::Result<()>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let hands = config.work.readers();
    let jail = Jail::new(config.jail_settings(hands)?);
    jail.stands().await.map_err(anyhow::Error::msg)?;
    let places = Arc::new(Semaphore::new(hands));
    let bar = ProgressBar::new(files.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} 読み取り {elapsed}（残り {eta}）")?);
    let limit = config.jail.limits.bytes;
    let tasks: Vec<JoinHandle<std::io::Result<T>>> = files
        .iter()
        .map(|path| {
            let (jail, work, places, path) = (jail.clone(), work.clone(), places.clone(), path.clone());
            let kept = kept.map(Path::to_path_buf);
            tokio::spawn(async move {
                // The semaphore lives as long as the tasks.
                let _place = places.acquire_owned().await.map_err(std::io::Error::other)?;
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let recognised = match &kept {
                    _ if tokio::fs::metadata(&path).await?.len() > limit => {
                        RecognisedFile { pages: Vec::new(), trouble: Some(Trouble::TooLarge) }
                    }
                    Some(kept) => kept_pages(&jail, &path, &name, kept).await?,
                    None => recognise_file(&jail, &name, tokio::fs::read(&path).await?).await,
                };
                Ok(work(name, recognised).await)
            })
        })
        .collect();
    for (task, path) in tasks.into_iter().zip(files) {
        each(task.await?.with_context(|| format!("{} を読めません", path.display()))?)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Reads `files` one after another; each is then taken to be confirmed as its truth says, before the next one is read.
async fn read_learning(
    config: &Config,
    mut knowledge: Knowledge,
    folder: &Path,
    files: &[PathBuf],
    kept: Option<&Path>,
    mut each: impl FnMut(&FileReading) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let jail = Jail::new(config.jail_settings(config.work.readers())?);
    let today = Clock::System.now().japan().date();
    let truth = std::fs::read_to_string(folder.join("truth.jsonl"))?;
    let truth: HashMap<String, serde_json::Value> = truth
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|t| Some((t["file"].as_str()?.to_owned(), t)))
        .collect();
    let mut memory = Memory::default();
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let recognised = match kept {
            Some(kept) => kept_pages(&jail, path, &name, kept).await?,
            None => recognise_file(&jail, &name, std::fs::read(path)?).await,
        };
        let pages = recognised.pages.clone();
        knowledge.memory = Arc::new(memory.clone());
        let reading = understand_file(&knowledge, &name, recognised, today).await;
        for document in &reading.documents {
            let confirmed = truth.get(&name).and_then(|t| confirmed_as(t, document));
            if let Some(form) = confirmed.and_then(|values| {
                let members: Vec<&ReadPage> = pages.iter().filter(|p| document.pages.contains(&p.no)).collect();
                learn(&members, document.kind, &values, &document.fields)
            }) {
                memory.add(Lesson { document: DocumentId::fresh(), taught: Taught::Form(form) });
            }
        }
        each(&reading)?;
    }
    Ok(())
}

/// The values that a person would confirm, where pages and kind were right.
fn confirmed_as(truth: &serde_json::Value, document: &DocumentReading) -> Option<BTreeMap<FieldName, String>> {
    let pages: Vec<u64> = document.pages.iter().map(|page| u64::from(page.0)).collect();
    let same = |t: &&serde_json::Value| {
        let wanted = t["pages"].as_array().map(|p| p.iter().filter_map(serde_json::Value::as_u64).collect::<Vec<_>>());
        wanted.as_ref() == Some(&pages) && t["kind"].as_str() == Some(document.kind.code())
    };
    let right = truth["documents"].as_array()?.iter().find(same)?;
    let values = right["fields"]
        .as_object()?
        .iter()
        .filter_map(|(code, v)| Some((FieldName::from_code(code)?, v["value"].as_str()?.to_owned())));
    Some(values.collect())
}

/// The pages kept from an earlier run, or recognised now and kept: whoever works on what comes after recognition need not wait for it.
async fn kept_pages(jail: &Jail, path: &Path, name: &str, kept: &Path) -> std::io::Result<RecognisedFile> {
    let place = kept.join(format!("{name}.json"));
    if let Ok(json) = tokio::fs::read(&place).await {
        return Ok(serde_json::from_slice(&json)?);
    }
    let recognised = recognise_file(jail, name, tokio::fs::read(path).await?).await;
    tokio::fs::write(&place, serde_json::to_vec(&recognised)?).await?;
    Ok(recognised)
}

/// What reading needs to know: recipes, the hospital and the masters, from files where given.
pub async fn knowledge(config: &Config, masters: Option<&Path>, hospital: Option<&Path>) -> anyhow::Result<Knowledge> {
    let masters = match masters {
        Some(folder) => read_masters(
            &bytes(&folder.join("patients.csv"))?,
            &bytes(&folder.join("institutions.csv"))?,
            &bytes(&folder.join("doctors.csv"))?,
            &config.import,
            &Clock::System,
        )?,
        None => stored_masters(config).await?,
    };
    let hospital = match hospital {
        Some(file) => hospital_of(file)?,
        None => config.hospital.clone(),
    };
    let index = tokio::task::spawn_blocking(move || Arc::new(Index::build(masters))).await?;
    let recipes = Arc::new(config.recipes()?);
    let model = Arc::new(config.model()?);
    // A reading that is to be compared with others must not depend on what was confirmed before.
    let memory = Arc::new(Memory::default());
    // Nor on what managers have set since.
    let demands = Arc::default();
    let sureness = Some(Arc::new(config.sureness()?));
    Ok(Knowledge { recipes, model, sureness, hospital: Arc::new(hospital), index, memory, demands })
}

/// Our hospital, as a JSON file says.
pub(super) fn hospital_of(file: &Path) -> anyhow::Result<Hospital> {
    serde_json::from_slice(&bytes(file)?).with_context(|| format!("{} は自院のJSONではありません", file.display()))
}

/// The masters of the configured database; empty when there is no database yet, because reading must not make one.
async fn stored_masters(config: &Config) -> anyhow::Result<Masters> {
    let url = config.database_url()?;
    if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path).exists()) {
        return Ok(Masters::default());
    }
    let db = store::open(&url).await?;
    Ok(store::masters::load_all(&mut db.read().await?).await?)
}

fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} を読めません", path.display()))
}
