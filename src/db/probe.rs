//! Asking whether a database could be opened, without making or changing anything.

use super::{Error, PATIENCE, Result, filesystem};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::path::Path;
use std::str::FromStr;

/// What answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probed {
    /// A database that can be read.
    There(&'static str),
    /// No file yet; it can be made.
    ToBeMade,
}

/// Connects and asks for one number.
pub async fn probe(url: &str) -> Result<Probed> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return sqlite(Path::new(path.strip_prefix("//").unwrap_or(path))).await;
    }
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::Address);
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::Address)?.application_name("uketsuke doctor");
    let asked = async {
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::query("SELECT 1").execute(&mut connection).await?;
        connection.close().await
    };
    match tokio::time::timeout(PATIENCE / 3, asked).await {
        Ok(answer) => answer?,
        Err(_) => return Err(sqlx::Error::PoolTimedOut.into()),
    }
    Ok(Probed::There("PostgreSQL"))
}

async fn sqlite(path: &Path) -> Result<Probed> {
    // The nearest folder that exists says on which disk the file would come to lie.
    let there = path.ancestors().skip(1).map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p });
    let folder = there.into_iter().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    if let Some(name) = filesystem::shared(folder).map_err(Error::File)? {
        return Err(Error::NetworkFileSystem(name));
    }
    if !path.exists() {
        return Ok(Probed::ToBeMade);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).create_if_missing(false);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("SELECT count(*) FROM sqlite_master").execute(&mut connection).await?;
    connection.close().await?;
    Ok(Probed::There("SQLite"))
}
