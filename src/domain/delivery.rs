//! A delivery: what arrived, from where, and what can be wrong with it.

use serde::{Deserialize, Serialize};

/// SHA-256 of some bytes, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect())
    }

    /// Takes 64 hexadecimal digits; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// By which way a delivery came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Channel {
    /// A fax server's drop folder.
    Fax,
    /// A shared mailbox.
    Email,
    /// A scanner's folder.
    Scan,
    /// A person in the browser.
    Upload,
}

/// What the fax server said about a transmission; every value is claimed, none is proven.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaxMeta {
    /// Sender's number as signalled by the line or the fax protocol.
    pub sender_number: Option<String>,
    /// Time of reception as the fax server wrote it.
    pub received: Option<String>,
    /// Telephone line or device.
    pub line: Option<String>,
    /// Pages the server counted.
    pub pages: Option<u32>,
    /// What the server says went wrong; then only a part may have come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl FaxMeta {
    /// These words, and where they say nothing those of `weaker`.
    pub fn or(self, weaker: FaxMeta) -> FaxMeta {
        FaxMeta {
            sender_number: self.sender_number.or(weaker.sender_number),
            received: self.received.or(weaker.received),
            line: self.line.or(weaker.line),
            pages: self.pages.or(weaker.pages),
            error: self.error.or(weaker.error),
        }
    }
}

/// Where a delivery came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Name of the source, as in `pipelines/*.toml`.
    pub source: String,
    /// By which way.
    pub channel: Channel,
    /// What tells this source object from every other of the same source (path, inode, size, time; or mailbox, UIDVALIDITY, UID).
    pub object: String,
    /// File name as it arrived; shown to staff, never trusted, never logged.
    pub file_name: String,
    /// What the fax server said.
    pub fax: FaxMeta,
}

/// Why a file could not be read; the codes of the reading contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Trouble {
    /// No bytes.
    EmptyFile,
    /// A format that is not read here.
    UnsupportedFormat,
    /// A known format, broken.
    Damaged,
    /// A password is needed.
    Encrypted,
    /// Over a limit on bytes, pages, pixels or nesting.
    TooLarge,
    /// Over a limit on time.
    TimedOut,
    /// The sealed child died.
    WorkerCrashed,
}

impl Trouble {
    /// The code of the reading contract.
    pub fn code(self) -> &'static str {
        match self {
            Trouble::EmptyFile => "empty_file",
            Trouble::UnsupportedFormat => "unsupported_format",
            Trouble::Damaged => "damaged",
            Trouble::Encrypted => "encrypted",
            Trouble::TooLarge => "too_large",
            Trouble::TimedOut => "timed_out",
            Trouble::WorkerCrashed => "worker_crashed",
        }
    }

    /// What staff read, with the way out.
    pub fn message_ja(self) -> &'static str {
        match self {
            Trouble::EmptyFile => "ファイルが空（0バイト）です。送信元に再送を依頼してください。",
            Trouble::UnsupportedFormat => "この形式は読めません。原本をダウンロードして確認してください。",
            Trouble::Damaged => "ファイルが壊れています。読めた部分だけを表示します。送信元に再送を依頼してください。",
            Trouble::Encrypted => "パスワードで保護されています。送信元にパスワードを確認してください。",
            Trouble::TooLarge => {
                "ファイルが大きすぎます（ページ数・画素数・容量の上限）。分割して送ってもらってください。"
            }
            Trouble::TimedOut => "読み取りが時間内に終わりませんでした。原本を見て手で入力してください。",
            Trouble::WorkerCrashed => "読み取りプログラムが異常終了しました。原本を見て手で入力してください。",
        }
    }
}
