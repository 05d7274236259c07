//! `uketsuke received`: a fax server hands over one file. What it says about the transmission is kept, even when only a part came.
//!
//! Exit status: 0 kept (also when it was kept before), 1 not kept and worth trying again, 2 wrong usage, 3 the file cannot be taken.

use super::args::{Common, Transmission};
use super::config::Config;
use crate::db::Db;
use crate::domain::{Channel, Clock, FaxMeta, Fingerprint, Origin};
use crate::files::Files;
use crate::pipeline::{self, Received};
use crate::store;
use anyhow::Context;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::ExitCode;

/// The file is missing, may not be read or is too large; trying again changes nothing.
pub(super) const CANNOT_BE_TAKEN: u8 = 3;

/// Hands over each of `files`; `-` is standard input.
pub async fn received(common: &Common, said: &Transmission, files: &[std::path::PathBuf]) -> anyhow::Result<ExitCode> {
    let desk = Desk::open(&Config::load(common)?).await?;
    let mut worst = ExitCode::SUCCESS;
    for path in files {
        let bytes = match read(path, desk.most) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("uketsuke: {}: {error}", path.display());
                worst = ExitCode::from(CANNOT_BE_TAKEN);
                continue;
            }
        };
        desk.take(path, said, &bytes).await?;
    }
    Ok(worst)
}

/// Where faxes are handed over.
pub(super) struct Desk {
    db: Db,
    files: Files,
    /// Bytes that a fax may have.
    pub(super) most: u64,
}

impl Desk {
    /// The store that this configuration names.
    pub(super) async fn open(config: &Config) -> anyhow::Result<Desk> {
        let data = &config.data.folder;
        std::fs::create_dir_all(data).with_context(|| format!("データフォルダ {} を作れません", data.display()))?;
        let db = store::open(&config.database_url()?).await?;
        Ok(Desk { db, files: Files::open(data.join("files"))?, most: config.jail.limits.bytes })
    }

    /// Keeps one fax and says its number.
    pub(super) async fn take(&self, path: &Path, said: &Transmission, bytes: &[u8]) -> anyhow::Result<()> {
        let origin = origin(path, said, bytes);
        match pipeline::receive(&self.files, &self.db, &Clock::System, &origin, bytes).await? {
            Received::New(id) => println!("{id} 受信しました"),
            Received::Already(id) => println!("{id} すでに受信しています"),
        }
        Ok(())
    }
}

/// A file's bytes, or standard input's; an error where there are more than `most`.
pub(super) fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let more = most.saturating_add(1);
    if path == Path::new("-") {
        std::io::stdin().lock().take(more).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(path)?.take(more).read_to_end(&mut bytes)?;
    }
    // An empty file is kept: staff see that something came and that nothing was in it.
    if bytes.len() as u64 > most {
        return Err(std::io::Error::new(ErrorKind::FileTooLarge, format!("大きすぎます（上限 {most} バイト）")));
    }
    Ok(bytes)
}

/// Where it came from. The name that the server gave may come again; with the content it does not.
fn origin(path: &Path, said: &Transmission, bytes: &[u8]) -> Origin {
    let own = path.file_name().map(|name| name.to_string_lossy().into_owned()).filter(|name| name != "-");
    let clean = |text: String| text.chars().filter(|c| !c.is_control()).take(255).collect::<String>().trim().to_owned();
    let text = |value: &Option<String>| value.clone().map(clean).filter(|value| !value.is_empty());
    let file_name = text(&said.name).or(own.map(clean)).unwrap_or_else(|| "fax".to_owned());
    let print = Fingerprint::of(bytes);
    let number = text(&said.caller_id).filter(|number| number.chars().any(|c| c.is_ascii_digit()));
    Origin {
        source: said.source.clone(),
        channel: Channel::Fax,
        object: format!("received:{}:{file_name}:{}", text(&said.id).unwrap_or_default(), print.as_str()),
        file_name,
        fax: FaxMeta {
            // The line knows who called; what the other machine calls itself is only its word.
            sender_number: number.or_else(|| text(&said.sender)),
            received: text(&said.at),
            line: text(&said.line),
            pages: said.pages,
            error: text(&said.error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Transmission {
        Transmission {
            source: "hylafax".into(),
            sender: Some("MINATO CLINIC 0144330000".into()),
            caller_id: Some("0144-33-0000".into()),
            ..Transmission::default()
        }
    }

    #[test]
    fn the_line_is_believed_before_the_other_machine() {
        let path = Path::new("/var/spool/hylafax/recvq/fax000000012.tif");
        let known = origin(path, &said(), b"x");
        assert_eq!(known.fax.sender_number.as_deref(), Some("0144-33-0000"));
        assert_eq!(known.file_name, "fax000000012.tif");
        let hidden = Transmission { caller_id: Some("<UNKNOWN>".into()), error: Some("  ".into()), ..said() };
        let hidden = origin(path, &hidden, b"x");
        assert_eq!(hidden.fax.sender_number.as_deref(), Some("MINATO CLINIC 0144330000"));
        assert_eq!(hidden.fax.error, None);
    }

    #[test]
    fn the_same_name_with_other_content_is_another_fax() {
        let path = Path::new("-");
        let object = |bytes: &[u8]| origin(path, &said(), bytes).object;
        assert_ne!(object(b"a"), object(b"b"));
        assert_eq!(object(b"a"), object(b"a"));
        assert_eq!(origin(path, &said(), b"a").file_name, "fax");
    }
}
