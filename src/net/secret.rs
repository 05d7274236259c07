//! Secrets: read from a file or an environment variable each time they are needed, so that a changed one counts at once. Never written, never shown.

use super::Error;
use std::path::PathBuf;

/// Where a secret lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A file; its last line break does not count.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}

impl Secret {
    /// From the two keys of a configuration, of which exactly one may be given; `None` when neither is.
    pub fn of(file: Option<PathBuf>, env: Option<String>) -> Result<Option<Secret>, &'static str> {
        match (file, env) {
            (Some(_), Some(_)) => Err("ファイルと環境変数のどちらか一方だけを書いてください"),
            (Some(file), None) => Ok(Some(Secret::File(file))),
            (None, Some(env)) => Ok(Some(Secret::Env(env))),
            (None, None) => Ok(None),
        }
    }

    /// The secret itself.
    pub fn read(&self) -> Result<String, Error> {
        let text = match self {
            Secret::File(path) => std::fs::read_to_string(path).map_err(|_| Error::Secret)?,
            Secret::Env(name) => std::env::var(name).map_err(|_| Error::Secret)?,
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(Error::Secret) } else { Ok(text.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_lies_in_one_place_and_is_read_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, " p a\u{3042}ss \r\n").unwrap();
        assert_eq!(Secret::File(file.clone()).read().unwrap(), " p a\u{3042}ss ");
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(Secret::File(file.clone()).read(), Err(Error::Secret));
        assert_eq!(Secret::Env("UKETSUKE_NO_SUCH_VARIABLE".into()).read(), Err(Error::Secret));
        assert!(Secret::of(Some(file), Some("A".into())).is_err());
        assert_eq!(Secret::of(None, None), Ok(None));
    }
}
