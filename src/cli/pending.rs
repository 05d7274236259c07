//! `uketsuke received --pending`: what a fax server could not hand over when it came is handed over now.
//!
//! A folder holds a note for each such fax, `NAME.note`, with lines of `key=value`, and beside it, where there was room, a copy
//! of the fax, `NAME.fax`. A note goes when its fax is kept; one whose fax can never be taken becomes `NAME.refused`.
//! Exit status as for a single file, the most hopeful failure first: 1 while anything is worth trying again.

use super::args::{Common, Transmission};
use super::config::Config;
use super::received::{CANNOT_BE_TAKEN, Desk, read};
use anyhow::Context;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const NOTE: &str = "note";
const COPY: &str = "fax";
const REFUSED: &str = "refused";

/// Hands over every fax that a note in `folder` names.
pub async fn pending(common: &Common, folder: &Path) -> anyhow::Result<ExitCode> {
    let notes = notes(folder).with_context(|| format!("控えのフォルダ {} を読めません", folder.display()))?;
    if notes.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let desk = Desk::open(&Config::load(common)?).await?;
    let (mut again, mut never) = (false, false);
    for note in notes {
        match hand_over(&desk, &note).await {
            Ok(true) => {}
            Ok(false) => never = true,
            Err(error) => {
                eprintln!("uketsuke: {}: {error:#}", note.display());
                again = true;
            }
        }
    }
    Ok(match (again, never) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(CANNOT_BE_TAKEN),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The oldest name first; names begin with the number of the transmission.
fn notes(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == NOTE) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether the fax is kept now; `false` when it never can be, an error when it is worth trying again.
async fn hand_over(desk: &Desk, note: &Path) -> anyhow::Result<bool> {
    let text = match std::fs::read(note) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // Another call was faster.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error.into()),
    };
    let (file, said) = understood(&text);
    let copy = note.with_extension(COPY);
    let bytes = read(&copy, desk.most).or_else(|error| match error.kind() {
        ErrorKind::NotFound => read(&file, desk.most),
        _ => Err(error),
    });
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::FileTooLarge) => {
            eprintln!("uketsuke: {}: {error}", note.display());
            std::fs::rename(note, note.with_extension(REFUSED))?;
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    desk.take(&file, &said, &bytes).await?;
    for done in [note, copy.as_path()] {
        match std::fs::remove_file(done) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(true)
}

/// Where the fax lies, and what its server said of it.
fn understood(text: &str) -> (PathBuf, Transmission) {
    let mut file = PathBuf::new();
    let mut said = Transmission { source: "hylafax".to_owned(), ..Transmission::default() };
    for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let value = value.trim();
        let place = match key {
            "file" => {
                file = value.into();
                continue;
            }
            "source" => {
                value.clone_into(&mut said.source);
                continue;
            }
            "pages" => {
                said.pages = value.parse().ok();
                continue;
            }
            "sender" => &mut said.sender,
            "caller-id" => &mut said.caller_id,
            "line" => &mut said.line,
            "at" => &mut said.at,
            "error" => &mut said.error,
            "id" => &mut said.id,
            "name" => &mut said.name,
            // A later FaxDispatch may say more.
            _ => continue,
        };
        *place = Some(value.to_owned());
    }
    (file, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_the_arguments_would() {
        let (file, said) =
            understood("file=/var/spool/a=b.tif\nsource=fax2\npages=3\nerror=\nsender=A = B\nnew=1\nno line\n");
        assert_eq!(file, Path::new("/var/spool/a=b.tif"));
        assert_eq!((said.source.as_str(), said.pages, said.sender.as_deref()), ("fax2", Some(3), Some("A = B")));
        assert_eq!((said.error.as_deref(), said.id), (Some(""), None));
        assert_eq!(understood("pages=\n").1.pages, None);
    }
}
