//! What `uketsuke read` prints: the reading contract as types.

use super::{Alert, FieldName, Fields, Found, Kind, Matches, PageNo, Trouble};
use serde::{Deserialize, Serialize};

/// How much of a person's attention a document needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Decision {
    /// Everything needed is certain: staff confirm with one key.
    Ready,
    /// Somebody must look.
    Review,
    /// Nothing could be read.
    Unreadable,
}

/// Why a file could not be read, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingError {
    /// A code of the reading contract.
    pub code: Trouble,
    /// What staff read.
    pub message: String,
}

impl From<Trouble> for ReadingError {
    fn from(code: Trouble) -> Self {
        Self { code, message: code.message_ja().to_owned() }
    }
}

/// One logical document of a file, as proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentReading {
    /// Pages of the file, in order.
    pub pages: Vec<PageNo>,
    /// Clockwise degrees by which each of `pages` was turned.
    pub rotation: Vec<u16>,
    /// What it is.
    pub kind: Kind,
    /// 0 to 1.
    pub kind_confidence: f32,
    /// What it says.
    pub fields: Fields,
    /// Whom it concerns and who sent it.
    pub matches: Matches,
    /// How much attention it needs.
    pub decision: Decision,
    /// What a person must notice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// Why it is not `ready`, in Japanese for staff.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

impl DocumentReading {
    /// The value found for a field.
    pub fn field(&self, name: FieldName) -> Option<&Found> {
        self.fields.get(&name)
    }
}

/// The answer for one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileReading {
    /// The file's name.
    pub file: String,
    /// Null when all of it was read.
    pub error: Option<ReadingError>,
    /// In order of their pages.
    pub documents: Vec<DocumentReading>,
}
