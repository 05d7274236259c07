//! Either database, one SQL text: SQLite embedded or PostgreSQL by URL. It knows no table and must never name another room.

mod dialect;
mod error;
mod filesystem;
mod macros;
mod probe;
mod sqlite;

pub use error::Error;
pub(crate) use macros::{all, execute, on, one, optional};
pub use probe::{Probed, probe};

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor, Postgres, Sqlite, Transaction};
use std::ops::{Deref, DerefMut};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What every function of this room answers.
pub type Result<T> = std::result::Result<T, Error>;

/// How long a transaction may wait for a free connection (SQLite: for the one writer) before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Statements that ran on a database since it was opened; for measuring how many a page takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    /// In transactions that cannot write.
    pub reading: u64,
    /// In transactions that may write.
    pub writing: u64,
}

impl Statements {
    /// Those that have run since it stood there.
    pub fn since(self, before: Statements) -> Statements {
        Statements { reading: self.reading - before.reading, writing: self.writing - before.writing }
    }
}

/// The same, while it grows.
#[derive(Debug, Default)]
struct Counter {
    reading: AtomicU64,
    writing: AtomicU64,
}

/// A database, open and migrated; cloning shares its connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file beside the program: one writer, several readers.
    Sqlite {
        /// The one connection that writes.
        write: Pool<Sqlite>,
        /// Connections that cannot write.
        read: Pool<Sqlite>,
    },
    /// A server.
    Postgres(Pool<Postgres>),
}

/// Connections of one kind; only this room can draw from it.
#[derive(Debug)]
pub struct Pool<D: sqlx::Database>(sqlx::Pool<D>, Arc<Counter>);

impl<D: sqlx::Database> Clone for Pool<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }
}

/// The half of a database that cannot write; what pages hold.
#[derive(Clone, Debug)]
pub struct Reader(Db);

/// A transaction that only reads one unchanging state of the database.
pub struct ReadTx {
    tx: Either,
    counter: Arc<Counter>,
    may_write: bool,
}

/// A transaction that may write; it can do everything `ReadTx` can, and undoes itself unless committed.
pub struct WriteTx(ReadTx);

/// The two kinds of transaction that the macros write out.
pub(crate) enum Either {
    /// On the embedded file.
    Sqlite(Transaction<'static, Sqlite>),
    /// On the server.
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Opens `sqlite:PATH` (made when missing) or `postgres://…` and brings its tables up to date.
    pub async fn open(url: &str, migrations: &'static Migrator) -> Result<Db> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let (write, read) = sqlite::open(path, migrations).await?;
            let counter = Arc::new(Counter::default());
            return Ok(Db::Sqlite { write: Pool(write, counter.clone()), read: Pool(read, counter) });
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(Error::Address);
        }
        let options = PgConnectOptions::from_str(url).map_err(|_| Error::Address)?.application_name("uketsuke");
        let pool = PgPoolOptions::new()
            .max_connections(10)
            .acquire_timeout(PATIENCE)
            // A node that vanishes in the middle of a transaction must not hold its locks for ever.
            .after_connect(|conn, _| {
                Box::pin(async move {
                    conn.execute("SET lock_timeout = '30s'").await?;
                    conn.execute("SET idle_in_transaction_session_timeout = '60s'").await?;
                    // Conditions that may be absent are in the text (`$2 IS NULL OR …`): a plan that knows no value takes each of them for
                    // a narrow one, and walks over a million rows for it. Planning anew costs a millisecond.
                    conn.execute("SET plan_cache_mode = force_custom_plan").await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        migrations.run(&pool).await?;
        Ok(Db::Postgres(Pool(pool, Arc::new(Counter::default()))))
    }

    /// Begins a transaction that cannot write.
    pub async fn read(&self) -> Result<ReadTx> {
        let tx = match self {
            Db::Sqlite { read, .. } => Either::Sqlite(read.0.begin().await?),
            Db::Postgres(pool) => Either::Postgres(pool.0.begin_with(dialect::POSTGRES_BEGIN_READ).await?),
        };
        Ok(ReadTx { tx, counter: self.counter().clone(), may_write: false })
    }

    /// Begins a transaction that may write; never hold one over work that is not SQL, and never two at once in one task.
    pub async fn write(&self) -> Result<WriteTx> {
        let tx = match self {
            Db::Sqlite { write, .. } => Either::Sqlite(write.0.begin_with(dialect::SQLITE_BEGIN_WRITE).await?),
            Db::Postgres(pool) => Either::Postgres(pool.0.begin().await?),
        };
        Ok(WriteTx(ReadTx { tx, counter: self.counter().clone(), may_write: true }))
    }

    fn counter(&self) -> &Arc<Counter> {
        match self {
            Db::Sqlite { read, .. } => &read.1,
            Db::Postgres(pool) => &pool.1,
        }
    }

    /// How many statements have run so far.
    pub fn statements(&self) -> Statements {
        let counter = self.counter();
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Statements { reading: of(&counter.reading), writing: of(&counter.writing) }
    }

    /// The half that cannot write.
    pub fn reader(&self) -> Reader {
        Reader(self.clone())
    }

    /// What `doctor` and the log call it; never the address, which may hold a password.
    pub fn name(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "SQLite",
            Db::Postgres(_) => "PostgreSQL",
        }
    }

    /// Has a server tidy up and take stock of what lies in it, as it does by itself in time; the embedded file does without.
    pub async fn tidied(&self) -> Result<()> {
        if let Db::Postgres(pool) = self {
            sqlx::raw_sql("VACUUM ANALYZE").execute(&pool.0).await?;
        }
        Ok(())
    }

    /// Closes every connection once running transactions have ended; SQLite folds its log into the file.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { write, read } => {
                read.0.close().await;
                write.0.close().await;
            }
            Db::Postgres(pool) => pool.0.close().await,
        }
    }
}

impl Reader {
    /// Begins a transaction that cannot write.
    pub async fn read(&self) -> Result<ReadTx> {
        self.0.read().await
    }
}

impl WriteTx {
    /// Makes everything done in it durable, or nothing.
    pub async fn commit(self) -> Result<()> {
        match self.0.tx {
            Either::Sqlite(tx) => tx.commit().await?,
            Either::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Runs a whole script of which each database has its own text; for what no portable statement can say.
    pub(crate) async fn script(&mut self, sqlite: &'static str, postgres: &'static str) -> Result<()> {
        match self.running() {
            Either::Sqlite(tx) => sqlx::raw_sql(sqlite).execute(&mut **tx).await.map(drop)?,
            Either::Postgres(tx) => sqlx::raw_sql(postgres).execute(&mut **tx).await.map(drop)?,
        }
        Ok(())
    }
}

impl ReadTx {
    /// For the macros: the transaction underneath, in which one statement is about to run.
    pub(crate) fn running(&mut self) -> &mut Either {
        let count = if self.may_write { &self.counter.writing } else { &self.counter.reading };
        count.fetch_add(1, Ordering::Relaxed);
        &mut self.tx
    }

    /// Picks between two texts of one statement; for what the dialects cannot share.
    pub(crate) fn pick<T>(&self, sqlite: T, postgres: T) -> T {
        match self.tx {
            Either::Sqlite(_) => sqlite,
            Either::Postgres(_) => postgres,
        }
    }
}

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.0
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.0
    }
}

#[cfg(test)]
mod tests;
