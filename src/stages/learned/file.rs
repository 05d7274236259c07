//! Files of weights are TOML with a version. One of another version, or with a name that this program does not know, is refused
//! as a whole.

use super::reliability::Bin;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt::Write;

/// Why a file of weights is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not TOML of that shape.
    #[error("{file}: {what}のファイルとして読めません。{message}")]
    Shape {
        /// Which file.
        file: String,
        /// The weights that it should hold.
        what: &'static str,
        /// What is wrong and where, from the parser.
        message: String,
    },
    /// It was made by a program with other signs.
    #[error("{file}: 版 {found} のファイルです。このプログラムが読めるのは版 {known} です。")]
    Version {
        /// Which file.
        file: String,
        /// The version it says.
        found: u32,
        /// The version that this program reads.
        known: u32,
    },
    /// It names something that this program does not know.
    #[error("{file}: {place} の {name} を知りません。")]
    Unknown {
        /// Which file.
        file: String,
        /// The table in which it stands.
        place: String,
        /// The name.
        name: String,
    },
    /// Something has no weights.
    #[error("{file}: {what} の重みがありません。")]
    Missing {
        /// Which file.
        file: String,
        /// What has none.
        what: String,
    },
    /// A number cannot be a weight.
    #[error("{file}: {place} の {name} に使えない数です。")]
    Number {
        /// Which file.
        file: String,
        /// The table in which it stands.
        place: String,
        /// The name.
        name: String,
    },
}

/// A file and the weights that it should hold, as messages name them.
#[derive(Clone, Copy)]
pub struct Named<'f> {
    /// Its name.
    pub file: &'f str,
    /// 種類の判定の重み, 項目の確かさの重み.
    pub what: &'static str,
}

impl Named<'_> {
    /// What stands in it, if it says that it is of the version `known`.
    pub fn read<T: DeserializeOwned>(self, known: u32, text: &str) -> Result<T, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let shape =
            |e: toml::de::Error| Error::Shape { file: self.file.to_owned(), what: self.what, message: e.to_string() };
        let Head { version: found } = toml::from_str(text).map_err(shape)?;
        if found != known {
            return Err(Error::Version { file: self.file.to_owned(), found, known });
        }
        toml::from_str(text).map_err(shape)
    }

    /// It names something unknown.
    pub fn unknown(self, place: &str, name: &str) -> Error {
        Error::Unknown { file: self.file.to_owned(), place: place.to_owned(), name: name.to_owned() }
    }

    /// Something has no weights.
    pub fn missing(self, what: String) -> Error {
        Error::Missing { file: self.file.to_owned(), what }
    }

    /// A number cannot be a weight.
    pub fn number(self, place: &str, name: &str) -> Error {
        Error::Number { file: self.file.to_owned(), place: place.to_owned(), name: name.to_owned() }
    }
}

/// The lines of a reliability table, the number of each bin under the name `counted`.
pub fn reliability(counted: &str, bins: &[Bin]) -> String {
    let mut out = String::from("reliability = [\n");
    for b in bins {
        let _ = writeln!(
            out,
            "  {{ from = {:?}, {counted} = {}, said = {:.4}, right = {:.4} }},",
            b.from, b.count, b.said, b.right
        );
    }
    out + "]\n"
}
