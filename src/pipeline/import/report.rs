//! What an import says when it is done, and why it could not be done. For staff, in Japanese; never quotes a cell.

use super::{Encoding, What};

/// Something about one line; never quotes its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Counted from 1, the header included.
    pub line: u64,
    /// For staff.
    pub reason: String,
}

/// Why a whole list was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No line is a valid row.
    NothingValid,
    /// The file stops in the middle of its last line.
    CutOff,
    /// Too many active rows are not in it.
    TooManyGone {
        /// Rows that would become inactive.
        gone: usize,
        /// Active rows now.
        active: usize,
    },
}

impl Guard {
    /// Its word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Guard::NothingValid => "nothing_valid",
            Guard::CutOff => "cut_off",
            Guard::TooManyGone { .. } => "too_many_gone",
        }
    }

    /// What staff read, with the way out.
    pub fn message_ja(self) -> String {
        const WAY_OUT: &str = "内容が正しいと確認できたときだけ --force を付けて取り込んでください。";
        match self {
            Guard::NothingValid => format!("取り込める行が1行もありません。台帳は変更していません。{WAY_OUT}"),
            Guard::CutOff => {
                format!("ファイルが最後の行の途中で終わっています（出力の中断）。台帳は変更していません。{WAY_OUT}")
            }
            Guard::TooManyGone { gone, active } => format!(
                "台帳の有効な{active}件のうち{gone}件がファイルにありません（出力の中断や抽出条件の誤り）。台帳は変更していません。{WAY_OUT}"
            ),
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The master now is as the list says; its version.
    Applied(i64),
    /// Nothing was changed because only a rehearsal was asked for.
    Rehearsed,
    /// Nothing was changed because the list is not believed.
    Refused(Guard),
}

impl Ended {
    /// Its word in the audit log.
    pub fn code(self) -> &'static str {
        match self {
            Ended::Applied(_) => "applied",
            Ended::Rehearsed => "rehearsed",
            Ended::Refused(_) => "refused",
        }
    }
}

/// What became of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which list.
    pub what: What,
    /// How it was written.
    pub encoding: Encoding,
    /// New rows.
    pub added: usize,
    /// Rows that say something else now, or are back.
    pub changed: usize,
    /// Rows that say the same.
    pub unchanged: usize,
    /// Rows that became inactive.
    pub gone: usize,
    /// Lines that were not taken, and why.
    pub refused: Vec<Remark>,
    /// Lines that were taken in spite of something.
    pub warned: Vec<Remark>,
    /// How it ended.
    pub ended: Ended,
}

impl Report {
    /// One line for staff.
    pub fn summary_ja(&self) -> String {
        let done = match self.ended {
            Ended::Applied(_) => "取り込みました",
            Ended::Rehearsed => "試行のみ（台帳は変更していません）",
            Ended::Refused(_) => "取り込みませんでした",
        };
        format!(
            "{}（{}）: {done}。追加 {}件、変更 {}件、変更なし {}件、無効化 {}件、取り込めない行 {}行、注意 {}件",
            self.what.label_ja(),
            self.encoding.label_ja(),
            self.added,
            self.changed,
            self.unchanged,
            self.gone,
            self.refused.len(),
            self.warned.len(),
        )
    }
}

/// Why a list could not be read at all; never quotes its content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An Excel workbook.
    #[error("Excelのブックです。CSV（UTF-8またはShift_JIS）で保存し直してください。")]
    Workbook,
    /// No text in a known encoding.
    #[error("CSVとして読めません。UTF-8またはShift_JISのCSVで出力してください。")]
    NotText,
    /// Nothing in it.
    #[error("ファイルが空です。")]
    Empty,
    /// A quote that is never closed.
    #[error("{line}行目から始まる引用符（\"）が閉じていません。")]
    OpenQuote {
        /// Where it opens.
        line: u64,
    },
    /// The header lacks columns.
    #[error("見出しに次の列がありません: {}。設定で列名を対応させるか、ない列は空文字を指定してください。", .0.join("、"))]
    MissingColumns(Vec<String>),
    /// The header has one column twice.
    #[error("列 {0} に当たる見出しが2つ以上あります。設定で列名を対応させてください。")]
    DoubleColumn(&'static str),
    /// The configuration names a column that the master does not have.
    #[error("設定の列名 {name} はありません。使える列名: {known}")]
    UnknownColumn {
        /// As configured.
        name: String,
        /// What there is.
        known: String,
    },
    /// The configuration leaves out a column without which rows mean nothing.
    #[error("列 {0} は省略できません。")]
    NeededColumn(&'static str),
    /// The program stopped while it read the file.
    #[error("ファイルの読み取りが途中で止まりました。台帳は変更していません。")]
    Interrupted,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] crate::db::Error),
    /// Our own tables said no.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
}
