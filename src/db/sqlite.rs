//! How the embedded database is opened: durable, one writer, readers that cannot write. Never on a network file system.

use super::{Error, PATIENCE, Result, filesystem};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Readers that may work at once.
const READERS: u32 = 4;

/// Opens the writer and the readers of the file at `path`, which is made when missing, readable by its owner only.
pub(super) async fn open(path: &str, migrations: &'static Migrator) -> Result<(SqlitePool, SqlitePool)> {
    if path.is_empty() || path.starts_with(':') || path.contains('?') {
        return Err(Error::Address);
    }
    prepare(Path::new(path))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(PATIENCE)
        // What is deleted, such as a password that has been tried, is overwritten.
        .pragma("secure_delete", "on")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", "67108864");
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PATIENCE)
        .before_acquire(|connection, _| Box::pin(async { Ok(at_rest(connection)) }))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options.clone())
        .await?;
    migrations.run(&write).await?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(PATIENCE)
        .before_acquire(|connection, _| Box::pin(async { Ok(at_rest(connection)) }))
        .connect_with(options.pragma("query_only", "1"))
        .await?;
    Ok((write, read))
}

/// Whether a connection is in no transaction. On a full or failing disk SQLite ends a transaction by itself; the driver then
/// cannot roll it back, believes for ever that it is in one, and refuses every other. Such a connection is replaced.
fn at_rest(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

/// Makes folder and file; the log files beside it take the file's rights.
fn prepare(path: &Path) -> Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(Error::File)?;
    if let Some(name) = filesystem::shared(folder).map_err(Error::File)? {
        return Err(Error::NetworkFileSystem(name));
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(Error::File)?;
    Ok(())
}
