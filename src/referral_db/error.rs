//! What can go wrong with the referral database, in words that carry no personal data.

use crate::db;
use thiserror::Error;

/// Why a record could not be written.
#[derive(Debug, Error)]
pub enum Error {
    /// This kind of document never becomes a record; it is to be set aside.
    #[error("a document of kind `{0}` is not a record: set it aside")]
    NotARecord(&'static str),
    /// A later version stands in the referral database already.
    #[error("version {pushed} is older than version {stored} in the referral database")]
    Outdated {
        /// What was to be written.
        pushed: i64,
        /// What stands there.
        stored: i64,
    },
    /// The link and the approval speak of different documents.
    #[error("the source link belongs to another document")]
    OtherDocument,
    /// The approval names a row of a master that was not handed over, or another one was.
    #[error("the confirmed {0} is not the row that was handed over")]
    Reference(&'static str),
    /// What stands there was not written by this program.
    #[error("the referral database holds what this version does not know: {0}")]
    Foreign(&'static str),
    /// The database said no; its error carries no value of any row.
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Error {
    /// Whether trying again later can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Database(error) if error.is_transient())
    }

    /// What staff read.
    pub fn message_ja(&self) -> &'static str {
        match self {
            Error::NotARecord(_) => "広告・営業は紹介データベースに登録しません。「除外」にしてください。",
            Error::Outdated { .. } => "紹介データベースには、より新しい確定内容が登録されています。",
            Error::OtherDocument => "確定した文書と登録しようとした文書が一致しません。管理者に連絡してください。",
            Error::Reference(_) => "確定した患者・医療機関・医師が台帳に見つかりません。台帳を確認してください。",
            Error::Foreign(_) => {
                "紹介データベースの内容がこの版と合いません。接続先を確認し、管理者に連絡してください。"
            }
            Error::Database(error) if error.is_transient() => {
                "紹介データベースに接続できないか、混み合っています。自動でやり直します。"
            }
            Error::Database(_) => "紹介データベースが登録を受け付けませんでした。管理者に連絡してください。",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_databases_own_troubles_pass() {
        assert!(Error::from(db::Error::from(sqlx::Error::PoolTimedOut)).is_transient());
        assert!(!Error::from(db::Error::from(sqlx::Error::RowNotFound)).is_transient());
        assert!(!Error::NotARecord("advertisement").is_transient());
        assert!(!Error::Outdated { pushed: 1, stored: 2 }.is_transient());
    }
}
