//! What `pipelines/*.toml` say about drop folders, and the list of every way in; an unknown key does not load, and says where.

use super::mailbox::{self, MailboxSource};
use super::names::NamePattern;
use crate::domain::Channel;
use serde::Deserialize;
use std::path::{Component, Path, PathBuf};

/// The files that come with the program, for where no folder of pipelines is configured.
pub const EMBEDDED: [(&str, &str); 3] = [
    ("fax.toml", include_str!("../../pipelines/fax.toml")),
    ("mailbox.toml", include_str!("../../pipelines/mailbox.toml")),
    ("scanner.toml", include_str!("../../pipelines/scanner.toml")),
];

/// A file that does not load: which file, where in it, and why.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {place}{why}")]
pub struct Error {
    file: String,
    place: String,
    why: String,
}

/// What becomes of a source file once its delivery is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// Moved into this folder.
    Move(PathBuf),
    /// Deleted.
    Delete,
    /// Left where it is, and known by its object key from then on.
    Leave,
}

/// How the fax server's own notes beside a document are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sidecar {
    /// Extensions, lower case, without the dot.
    pub extensions: Vec<String>,
    /// How long a whole document waits for its note.
    pub wait_ms: i64,
}

/// One drop folder.
#[derive(Clone, Debug)]
pub struct FolderSource {
    /// Its name, unique among all sources.
    pub name: String,
    /// By which way its deliveries come.
    pub channel: Channel,
    /// Where files appear.
    pub folder: PathBuf,
    /// Reads fax metadata from file names.
    pub pattern: Option<NamePattern>,
    /// Reads fax metadata from notes beside the documents.
    pub sidecar: Option<Sidecar>,
    /// Whether sub-folders are looked at too.
    pub subfolders: bool,
    /// Size and time must stand still so long.
    pub stable_ms: i64,
    /// A file that stands still but whose end is not proven is taken after so long: it is damaged, and somebody must see it.
    pub unproven_after_ms: i64,
    /// A held file raises an alert after so long.
    pub alert_after_ms: i64,
    /// Time between two looks when nothing wakes the watcher.
    pub poll_ms: i64,
    /// Larger files stay where they are and raise an alert.
    pub max_bytes: u64,
    /// What becomes of a received file.
    pub afterwards: Afterwards,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileText {
    channel: Channel,
    #[serde(default)]
    source: Vec<SourceText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceText {
    name: String,
    folder: PathBuf,
    pattern: Option<String>,
    sidecar: Option<SidecarText>,
    #[serde(default)]
    subfolders: bool,
    #[serde(default = "stable_seconds")]
    stable_seconds: u32,
    #[serde(default = "unproven_after_minutes")]
    unproven_after_minutes: u32,
    #[serde(default = "alert_after_minutes")]
    alert_after_minutes: u32,
    #[serde(default = "poll_seconds")]
    poll_seconds: u32,
    #[serde(default = "max_mebibytes")]
    max_mebibytes: u32,
    #[serde(default)]
    afterwards: AfterwardsText,
    done_folder: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SidecarText {
    #[serde(default = "extensions")]
    extensions: Vec<String>,
    #[serde(default = "wait_seconds")]
    wait_seconds: u32,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "snake_case")]
enum AfterwardsText {
    #[default]
    Move,
    Delete,
    Leave,
}

fn stable_seconds() -> u32 {
    10
}

fn unproven_after_minutes() -> u32 {
    10
}

fn alert_after_minutes() -> u32 {
    15
}

fn poll_seconds() -> u32 {
    10
}

fn max_mebibytes() -> u32 {
    200
}

fn wait_seconds() -> u32 {
    5
}

fn extensions() -> Vec<String> {
    ["csv", "xml", "json", "txt"].map(str::to_owned).to_vec()
}

/// Reads one file; `name` is what errors call it, relative folders start at `data`.
pub fn parse(name: &str, text: &str, data: &Path) -> Result<Vec<FolderSource>, Error> {
    let fail = |place: String, why: String| Error { file: name.to_owned(), place, why };
    let file: FileText = toml::from_str(text).map_err(|e| fail(String::new(), e.to_string().trim_end().to_owned()))?;
    if file.channel == Channel::Email || file.channel == Channel::Upload {
        return Err(fail("channel: ".into(), "フォルダから受け取れるのは fax か scan です".into()));
    }
    let at = |n: usize, key: &str| format!("source[{n}].{key}: ");
    let mut sources: Vec<FolderSource> = Vec::new();
    for (n, text) in file.source.into_iter().enumerate() {
        let source = text.resolve(file.channel, data).map_err(|(key, why)| fail(at(n, key), why))?;
        if let Some((key, why)) = sources.iter().find_map(|other| source.clashes(other)) {
            return Err(fail(at(n, key), why));
        }
        sources.push(source);
    }
    Ok(sources)
}

/// Every way in that is watched.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Drop folders.
    pub folders: Vec<FolderSource>,
    /// Shared mailboxes.
    pub mailboxes: Vec<MailboxSource>,
}

/// Reads several files and checks that no two sources meet; the order is kept.
pub fn parse_all(files: &[(String, String)], data: &Path) -> Result<Sources, Error> {
    let mut all = Sources::default();
    for (name, text) in files {
        let fail = |place: String, why: String| Error { file: name.clone(), place, why };
        if is_mail(text) {
            let found = mailbox::settings::parse(text, data).map_err(|(place, why)| fail(place, why))?;
            all.mailboxes.extend(found);
            continue;
        }
        for source in parse(name, text, data)? {
            if let Some((key, why)) = all.folders.iter().find_map(|other| source.clashes(other)) {
                return Err(fail(format!("{}.{key}: ", source.name), why));
            }
            all.folders.push(source);
        }
    }
    let mut names: Vec<&str> = all.folders.iter().map(|source| source.name.as_str()).collect();
    for source in &all.mailboxes {
        if names.contains(&source.name.as_str()) {
            let place = format!("{}.name: ", source.name);
            let why = format!("「{}」は二度使われています", source.name);
            return Err(Error { file: "pipelines".into(), place, why });
        }
        names.push(&source.name);
    }
    Ok(all)
}

/// Whether a file describes mailboxes; one that does not load is left to the reader of folders, who says why.
fn is_mail(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        channel: Channel,
    }
    toml::from_str::<Head>(text).is_ok_and(|head| head.channel == Channel::Email)
}

/// A source's name goes into keys and logs.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) {
        Ok(())
    } else {
        Err("半角英数字と - _ で64文字までにしてください".into())
    }
}

impl SourceText {
    fn resolve(self, channel: Channel, data: &Path) -> Result<FolderSource, (&'static str, String)> {
        check_name(&self.name).map_err(|why| ("name", why))?;
        if self.folder.as_os_str().is_empty() {
            return Err(("folder", "フォルダを書いてください".into()));
        }
        if self.stable_seconds == 0 || self.poll_seconds == 0 {
            let key = if self.stable_seconds == 0 { "stable_seconds" } else { "poll_seconds" };
            return Err((key, "1以上にしてください".into()));
        }
        if self.max_mebibytes == 0 || self.max_mebibytes > 2048 {
            return Err(("max_mebibytes", "1から2048までにしてください".into()));
        }
        let pattern = self.pattern.as_deref().map(NamePattern::parse).transpose().map_err(|why| ("pattern", why))?;
        let folder = data.join(&self.folder);
        let done = match (&self.afterwards, self.done_folder) {
            (AfterwardsText::Move, done) => Some(folder.join(done.unwrap_or_else(|| "done".into()))),
            (_, None) => None,
            (_, Some(_)) => return Err(("done_folder", "afterwards = \"move\" のときだけ使えます".into())),
        };
        if done.as_ref().is_some_and(|done| plain(&folder).starts_with(plain(done))) {
            return Err(("done_folder", "監視するフォルダと別の場所にしてください".into()));
        }
        Ok(FolderSource {
            name: self.name,
            channel,
            folder,
            pattern,
            sidecar: self.sidecar.map(SidecarText::resolve).transpose()?,
            subfolders: self.subfolders,
            stable_ms: i64::from(self.stable_seconds) * 1_000,
            unproven_after_ms: i64::from(self.unproven_after_minutes) * 60_000,
            alert_after_ms: i64::from(self.alert_after_minutes) * 60_000,
            poll_ms: i64::from(self.poll_seconds) * 1_000,
            max_bytes: u64::from(self.max_mebibytes) << 20,
            afterwards: match (self.afterwards, done) {
                (AfterwardsText::Delete, _) => Afterwards::Delete,
                (AfterwardsText::Move, Some(done)) => Afterwards::Move(done),
                _ => Afterwards::Leave,
            },
        })
    }
}

impl SidecarText {
    fn resolve(self) -> Result<Sidecar, (&'static str, String)> {
        let known = extensions();
        match self.extensions.iter().find(|e| !known.contains(e)) {
            Some(_) => Err(("sidecar.extensions", format!("使えるのは {} です", known.join("、")))),
            None => Ok(Sidecar { extensions: self.extensions, wait_ms: i64::from(self.wait_seconds) * 1_000 }),
        }
    }
}

impl FolderSource {
    /// Two sources with one name, or one inside the other's reach, would receive the same file twice.
    fn clashes(&self, other: &FolderSource) -> Option<(&'static str, String)> {
        let reaches = |a: &FolderSource, b: &FolderSource| {
            let (a_folder, b_folder) = (plain(&a.folder), plain(&b.folder));
            a_folder == b_folder || (a.subfolders && b_folder.starts_with(a_folder))
        };
        let fills = |a: &FolderSource, b: &FolderSource| match &a.afterwards {
            Afterwards::Move(done) => {
                let (done, folder) = (plain(done), plain(&b.folder));
                done == folder || (b.subfolders && done.starts_with(folder))
            }
            _ => false,
        };
        if self.name == other.name {
            Some(("name", format!("「{}」は二度使われています", self.name)))
        } else if reaches(self, other) || reaches(other, self) {
            Some(("folder", format!("「{}」と同じファイルを見てしまいます", other.name)))
        } else if fills(self, other) || fills(other, self) {
            Some(("done_folder", format!("「{}」との間で受信済のファイルがもう一度受信されてしまいます", other.name)))
        } else {
            None
        }
    }
}

/// A path without `.` and `..`, for comparing only.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<FolderSource>, String> {
        parse("fax.toml", text, Path::new("/data")).map_err(|e| e.to_string())
    }

    #[test]
    fn the_files_that_come_with_the_program_load() {
        let files = EMBEDDED.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let sources = parse_all(&files, Path::new("/data")).unwrap().folders;
        assert!(sources.iter().any(|s| s.channel == Channel::Fax && s.sidecar.is_some()));
        assert!(sources.iter().any(|s| s.channel == Channel::Scan));
        assert!(sources.iter().all(|s| s.folder.starts_with("/data")));
    }

    #[test]
    fn a_mailbox_and_a_folder_share_no_name() {
        let folder = "channel='fax'\n[[source]]\nname='a'\nfolder='in'\n".to_owned();
        let mail =
            |name: &str| format!("channel='email'\n[[source]]\nname='{name}'\nhost='h'\nuser='u'\npassword_env='P'\n");
        let both =
            |mail| parse_all(&[("fax.toml".to_owned(), folder.clone()), ("mail.toml".into(), mail)], Path::new("/"));
        assert!(both(mail("a")).unwrap_err().to_string().contains("二度"));
        let sources = both(mail("b")).unwrap();
        assert_eq!((sources.folders.len(), sources.mailboxes.len()), (1, 1));
        let wrong = both(mail("b") + "hots='x'\n").unwrap_err().to_string();
        assert!(wrong.contains("mail.toml") && wrong.contains("hots"), "{wrong}");
    }

    #[test]
    fn defaults_fill_what_is_not_said() {
        let sources = of("channel='fax'\n[[source]]\nname='a'\nfolder='in'\n").unwrap();
        let [source] = sources.as_slice() else { panic!() };
        assert_eq!(source.folder, Path::new("/data/in"));
        assert_eq!(source.afterwards, Afterwards::Move("/data/in/done".into()));
        assert_eq!((source.stable_ms, source.unproven_after_ms), (10_000, 600_000));
        assert!(source.sidecar.is_none());
    }

    #[test]
    fn errors_name_the_file_and_the_key() {
        let says = |text: &str, words: &[&str]| {
            let error = of(text).unwrap_err();
            assert!(words.iter().all(|w| error.contains(w)), "{error}");
        };
        says("channel='fax'\n[[source]]\nname='a'\nfolder='in'\nstabel_seconds=1\n", &["fax.toml", "stabel_seconds"]);
        says("channel='fax'\n[[source]]\nname='a'\nfolder='in'\npattern='(?P<who>x)'\n", &["source[0].pattern", "who"]);
        says("channel='fax'\n[[source]]\nname='受付'\nfolder='in'\n", &["source[0].name"]);
        says("channel='email'\n", &["channel"]);
        says(
            "channel='fax'\n[[source]]\nname='a'\nfolder='in'\nafterwards='leave'\ndone_folder='x'\n",
            &["done_folder"],
        );
        says("channel='fax'\n[[source]]\nname='a'\nfolder='in'\ndone_folder='.'\n", &["done_folder"]);
        says("channel='fax'\n[[source]]\nname='a'\nfolder='in'\ndone_folder='../in'\n", &["done_folder"]);
        says(
            "channel='fax'\n[[source]]\nname='a'\nfolder='in'\nsidecar={extensions=['doc']}\n",
            &["sidecar.extensions"],
        );
    }

    #[test]
    fn two_sources_never_meet() {
        let two = |a: &str, b: &str| of(&format!("channel='fax'\n[[source]]\n{a}\n[[source]]\n{b}\n"));
        assert!(two("name='a'\nfolder='x'", "name='a'\nfolder='y'").unwrap_err().contains("source[1].name"));
        assert!(two("name='a'\nfolder='x'", "name='b'\nfolder='x/'").unwrap_err().contains("source[1].folder"));
        assert!(two("name='a'\nfolder='x'\nsubfolders=true", "name='b'\nfolder='x/y'").is_err());
        assert!(two("name='a'\nfolder='x'\ndone_folder='/data/y'", "name='b'\nfolder='y'").is_err());
        assert!(two("name='a'\nfolder='x'", "name='b'\nfolder='y'").is_ok());
    }
}
