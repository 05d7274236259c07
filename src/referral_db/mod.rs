//! The referral database (紹介データベース): what confirmed documents become. Its own database with its own migrations,
//! published in `docs/referral-database.md`; it never reads the program's own tables, and takes nothing but `Approved`.

mod error;
mod people;
mod push;
mod read;
mod source;
mod tables;
mod values;

pub use error::Error;
pub use people::Referenced;
pub use push::push;
pub use read::{Record, columns_of, find, history_of};
pub use source::SourceLink;
pub use tables::{Table, column};

use crate::db::Db;
use sqlx::migrate::Migrator;

/// The published schema; one folder for both databases.
pub static MIGRATIONS: Migrator = sqlx::migrate!("src/referral_db/migrations");

/// Opens the referral database at `url` (`sqlite:PATH` or `postgres://…`) and brings its schema up to date.
pub async fn open(url: &str) -> Result<Db, Error> {
    Ok(Db::open(url, &MIGRATIONS).await?)
}
