//! The configuration: the rooms' own settings side by side. Unknown keys are refused; secrets come from files or the environment.

use super::args::Common;
use crate::domain::{Hospital, OfficeHours, Recipes, Sampling};
use crate::pipeline::import;
use crate::stages::classify::{model::Model, model_file};
use crate::stages::learned;
use crate::stages::recipes;
use crate::stages::recognise::{Choice, Network};
use crate::stages::sureness;
use crate::watch::settings::{self, Sources};
use crate::{alarm, hooks, jail, net, review, web};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything that `config/*.toml` can say; `config/reference.toml` explains each key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where originals, page images and the embedded databases lie.
    pub data: Data,
    /// Our own database.
    pub database: Database,
    /// The referral database.
    pub referral_database: Database,
    /// The hospital that receives.
    pub hospital: Hospital,
    /// When the desks are open.
    pub office: OfficeHours,
    /// Where sources and kinds are described.
    pub pipelines: Pipelines,
    /// How the masters' lists are read.
    pub import: import::Settings,
    /// The work queue.
    pub work: WorkSettings,
    /// What reads.
    pub recognise: Recognise,
    /// The sealed children.
    pub jail: jail::Settings,
    /// The reviewer's holds.
    pub review: review::Settings,
    /// Which confirmed documents a second person reads again.
    pub quality: Sampling,
    /// The screens.
    pub web: web::Settings,
    /// The provider that people may sign in with.
    pub openid: net::openid::Settings,
    /// Mails to people about what needs them.
    pub alarm: alarm::Settings,
    /// Other systems that are told of what was confirmed.
    pub webhooks: Vec<hooks::Settings>,
}

/// Where data lies.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Folder for everything that the program writes; relative paths of other keys start here.
    pub folder: PathBuf,
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: PathBuf::from("var") }
    }
}

/// What reads a line of text.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recognise {
    /// Tesseract, our own network, or both.
    pub engine: Choice,
    /// Other weights for our own network; `None` for those that come with the program.
    pub model: Option<PathBuf>,
}

impl Recognise {
    /// The whole path of other weights, which were tried; a child would only die of wrong ones.
    pub fn network(&self) -> anyhow::Result<Option<PathBuf>> {
        let Some(path) = self.model.as_deref().filter(|_| self.engine != Choice::Tesseract) else { return Ok(None) };
        let way_out = "設定の recognise.model を消すと、組み込みの重みに戻ります";
        let named = || format!("recognise.model の {} を読めません。{way_out}", path.display());
        let bytes = std::fs::read(path).with_context(named)?;
        Network::load(bytes)
            .with_context(|| format!("{} は自前の認識器の重みではありません。{way_out}", path.display()))?;
        Ok(Some(std::path::absolute(path)?))
    }
}

/// How a database is reached.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` (relative to the data folder) or `postgres://…`; empty for the embedded default.
    pub url: String,
    /// A file that holds the URL, where it carries a password.
    pub url_file: Option<PathBuf>,
    /// An environment variable that holds the URL.
    pub url_env: Option<String>,
}

/// Where sources and kinds are described.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pipelines {
    /// Folder with `*.toml` (sources) and `kinds/*.toml`; empty for those that the program carries.
    pub folder: Option<PathBuf>,
    /// File of the weights that tell kinds apart; empty for those that the program carries.
    pub model: Option<PathBuf>,
    /// File of the weights that say how likely a value is right; empty for those that the program carries.
    pub values: Option<PathBuf>,
}

/// The work queue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkSettings {
    /// Jobs read side by side; 0 for one for each processor core.
    pub readers: usize,
    /// Seconds that a claim holds without a heartbeat.
    pub lease_seconds: u32,
}

impl Default for WorkSettings {
    fn default() -> Self {
        Self { readers: 0, lease_seconds: 60 }
    }
}

impl WorkSettings {
    /// Jobs read side by side.
    pub fn readers(&self) -> usize {
        match self.readers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            given => given,
        }
    }
}

impl Database {
    /// The URL to open, with `fallback` (a file of the data folder) where nothing is configured.
    fn resolve(&self, data: &Path, fallback: &str) -> anyhow::Result<String> {
        let url = match (&self.url_file, &self.url_env) {
            (Some(file), _) => std::fs::read_to_string(file)
                .with_context(|| format!("データベースURLのファイル {} を読めません", file.display()))?
                .trim()
                .to_owned(),
            (None, Some(name)) => std::env::var(name).with_context(|| format!("環境変数 {name} がありません"))?,
            (None, None) => self.url.clone(),
        };
        let path = match url.strip_prefix("sqlite:") {
            Some(path) => path,
            None if url.is_empty() => fallback,
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => return Ok(url),
            None => bail!("データベースURLは sqlite: か postgres:// で始めてください"),
        };
        Ok(format!("sqlite:{}", data.join(path).display()))
    }
}

impl Config {
    /// Reads the file that `common` names, or `config/uketsuke.toml` where it stands, or the built-in defaults.
    pub fn load(common: &Common) -> anyhow::Result<Config> {
        let standard = Path::new("config/uketsuke.toml");
        let path = common.config.as_deref().or_else(|| standard.exists().then_some(standard));
        let mut config: Config = match path {
            None => Config::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("設定ファイル {} を読めません", path.display()))?;
                toml::from_str(&text).with_context(|| format!("設定ファイル {} に誤りがあります", path.display()))?
            }
        };
        config.office.check().map_err(|why| anyhow::anyhow!("設定に誤りがあります。{why}"))?;
        if let Some(folder) = &common.var {
            config.data.folder.clone_from(folder);
        }
        Ok(config)
    }

    /// URL of our own database.
    pub fn database_url(&self) -> anyhow::Result<String> {
        self.database.resolve(&self.data.folder, "uketsuke.db")
    }

    /// URL of the referral database.
    pub fn referral_url(&self) -> anyhow::Result<String> {
        self.referral_database.resolve(&self.data.folder, "referral.db")
    }

    /// The jail's settings with one recogniser for each of `readers`; fails when the weights that are named are none.
    pub fn jail_settings(&self, readers: usize) -> anyhow::Result<jail::Settings> {
        Ok(jail::Settings {
            recognisers: readers,
            recogniser: self.recognise.engine,
            network: self.recognise.network()?,
            ..self.jail.clone()
        })
    }

    /// Kinds and fields, from the configured folder or as the program carries them.
    pub fn recipes(&self) -> anyhow::Result<Recipes> {
        let Some(folder) = &self.pipelines.folder else {
            return Ok(recipes::embedded());
        };
        let files = toml_files(&folder.join("kinds"))?;
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Ok(recipes::parse(&files)?)
    }

    /// The weights that tell kinds apart, from the configured file or as the program carries them.
    pub fn model(&self) -> anyhow::Result<Model> {
        let Some(path) = &self.pipelines.model else { return Ok(model_file::embedded()) };
        weights(path, "種類の判定の重み", "pipelines.model", "uketsuke train", model_file::parse)
    }

    /// The weights that say how likely a value is right, from the configured file or as the program carries them.
    pub fn sureness(&self) -> anyhow::Result<sureness::Weights> {
        let Some(path) = &self.pipelines.values else { return Ok(sureness::file::embedded()) };
        weights(path, "項目の確かさの重み", "pipelines.values", "uketsuke train --values", sureness::file::parse)
    }

    /// Sources to watch, from the configured folder or as the program carries them.
    pub fn sources(&self) -> anyhow::Result<Sources> {
        let files = match &self.pipelines.folder {
            Some(folder) => toml_files(folder)?,
            None => settings::EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
        };
        Ok(settings::parse_all(&files, &self.data.folder)?)
    }
}

/// A file of weights that `key` of the configuration names and `command` makes. One that is refused is never replaced by the
/// program's own: somebody chose it, and would not notice.
fn weights<T>(
    path: &Path,
    what: &str,
    key: &str,
    command: &str,
    parse: impl Fn(&str, &str) -> Result<T, learned::file::Error>,
) -> anyhow::Result<T> {
    let way_out = format!("設定の {key} を消すと組み込みの重みに戻ります。そのうえで {command} で作り直せます");
    let text =
        std::fs::read_to_string(path).with_context(|| format!("{what} {} を読めません。{way_out}", path.display()))?;
    parse(&path.display().to_string(), &text).context(way_out)
}

fn toml_files(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("フォルダ {} を読めません", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).with_context(|| format!("{} を読めません", path.display()))?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_says_every_key_and_its_default() {
        let text = include_str!("../../config/reference.toml");
        let reference: Config = toml::from_str(text).expect("the reference is a configuration");
        let default = toml::Value::try_from(Config::default()).expect("a configuration is TOML");
        assert_eq!(toml::Value::try_from(&reference).expect("TOML"), default, "a default differs");
        let written: toml::Value = toml::from_str(text).expect("TOML");
        let mut missing = Vec::new();
        absent("", &default, &written, &mut missing);
        assert!(missing.is_empty(), "not in config/reference.toml: {missing:?}");
    }

    fn absent(path: &str, expected: &toml::Value, written: &toml::Value, missing: &mut Vec<String>) {
        for (key, value) in expected.as_table().into_iter().flatten() {
            let path = format!("{path}.{key}");
            match written.get(key) {
                None => missing.push(path),
                Some(inner) => absent(&path, value, inner, missing),
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let error = toml::from_str::<Config>("[web]\nlisten_on = \"127.0.0.1:1\"").expect_err("refused").to_string();
        assert!(error.contains("listen_on"), "{error}");
    }

    #[test]
    fn shipped_configurations_load() {
        for text in [include_str!("../../config/uketsuke.toml"), include_str!("../../config/production.toml")] {
            toml::from_str::<Config>(text).expect("a shipped configuration");
        }
    }

    #[test]
    fn database_addresses_are_resolved_within_the_data_folder() {
        let data = Path::new("/srv/u");
        let resolve = |url: &str| Database { url: url.into(), ..Database::default() }.resolve(data, "a.db");
        assert_eq!(resolve("").expect("the default"), "sqlite:/srv/u/a.db");
        assert_eq!(resolve("sqlite:b.db").expect("a file"), "sqlite:/srv/u/b.db");
        assert_eq!(resolve("postgres://h/d").expect("a server"), "postgres://h/d");
        assert!(resolve("mysql://h/d").is_err());
    }

    #[test]
    fn weights_that_are_none_are_named_before_anything_is_read() {
        let file = std::env::temp_dir().join(format!("uketsuke-{}-weights.onnx", std::process::id()));
        std::fs::write(&file, b"no network").expect("write");
        let of = |engine, model: &Path| Recognise { engine, model: Some(model.to_owned()) }.network();
        let error = of(Choice::Both, &file).expect_err("no network");
        assert!(error.to_string().contains("weights.onnx") && error.to_string().contains("recognise.model"));
        assert!(
            of(Choice::Uketsuke, Path::new("/nowhere/x.onnx")).expect_err("no file").to_string().contains("/nowhere")
        );
        assert_eq!(of(Choice::Tesseract, &file).expect("not needed"), None);
        std::fs::remove_file(&file).expect("remove");
    }
}
