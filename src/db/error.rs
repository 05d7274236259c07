//! What can go wrong with a database, in words that carry no value of any row.

use std::fmt;

/// What can go wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is of no known form.
    #[error("the database address must be sqlite:PATH or postgres://USER@HOST/NAME")]
    Address,
    /// SQLite's locks and its log need a disk of this machine.
    #[error("the SQLite file lies on a network file system ({0}); put it on a local disk, or use PostgreSQL")]
    NetworkFileSystem(&'static str),
    /// The folder or file cannot be made or opened.
    #[error("the SQLite file cannot be opened: {0}")]
    File(#[source] std::io::Error),
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date: {0}")]
    Migrate(String),
    /// A statement failed.
    #[error("{0}")]
    Statement(Failure),
}

/// A failed statement; the driver's own text may quote values, so only its codes are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    what: What,
    code: Option<String>,
    constraint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Unique,
    ForeignKey,
    Check,
    NotNull,
    Transient,
    Row,
    Other,
}

/// SQLSTATE classes and SQLite result codes after which the same statement may well succeed.
/// 08 connection, 40 serialization and deadlock, 53 resources, 55P03 lock timeout, 57P shutdown, 25P03 idle time-out; 5 busy, 6 locked,
/// 10 disk error (a full disk says that, too, where the log's index has no room), 13 full, 14 a file of the log cannot be made.
const TRANSIENT: &[&str] = &["08", "40", "53", "55P03", "57P", "25P03"];
const TRANSIENT_SQLITE: &[i64] = &[5, 6, 10, 13, 14];
/// The same codes where they say that the disk has no room: SQLSTATE, SQLite, SQLite's log index.
const FULL: &[&str] = &["53100", "13", "4874"];

impl Error {
    /// The database's own code: SQLSTATE, or SQLite's number.
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Statement(failure) => failure.code.as_deref(),
            _ => None,
        }
    }

    /// Whether the same work may succeed when it is tried again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Statement(failure) if failure.what == What::Transient)
    }

    /// Whether the disk has no room left.
    pub fn is_full(&self) -> bool {
        self.code().is_some_and(|code| FULL.contains(&code))
    }

    /// Whether a row with the same key was there already.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Error::Statement(failure) if failure.what == What::Unique)
    }

    /// Whether a rule of the tables (a check, a reference, a required value) or a guard refused the row.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Error::Statement(f) if matches!(f.what, What::ForeignKey | What::Check | What::NotNull | What::Other))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let plain = |what| Error::Statement(Failure { what, code: None, constraint: None });
        match error {
            sqlx::Error::Database(error) => {
                let code = error.code().map(|code| code.into_owned());
                let what = match error.kind() {
                    sqlx::error::ErrorKind::UniqueViolation => What::Unique,
                    sqlx::error::ErrorKind::ForeignKeyViolation => What::ForeignKey,
                    sqlx::error::ErrorKind::CheckViolation => What::Check,
                    sqlx::error::ErrorKind::NotNullViolation => What::NotNull,
                    _ if code.as_deref().is_some_and(passes) => What::Transient,
                    _ => What::Other,
                };
                Error::Statement(Failure { what, code, constraint: error.constraint().map(str::to_owned) })
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => plain(What::Transient),
            sqlx::Error::Migrate(error) => (*error).into(),
            sqlx::Error::Configuration(_) => Error::Address,
            sqlx::Error::RowNotFound | sqlx::Error::ColumnNotFound(_) | sqlx::Error::ColumnDecode { .. } => {
                plain(What::Row)
            }
            _ => plain(What::Other),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            // These name versions of migrations only.
            other => Error::Migrate(other.to_string()),
        }
    }
}

/// Whether a code says "try again".
fn passes(code: &str) -> bool {
    // SQLite numbers carry the plain result code in their low byte; SQLSTATE always has five characters.
    match code.parse::<i64>() {
        Ok(number) if code.len() < 5 => TRANSIENT_SQLITE.contains(&(number & 0xff)),
        _ => TRANSIENT.iter().any(|start| code.starts_with(start)),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.what {
            What::Unique => "the database refused a row that is there already",
            What::ForeignKey => "the database refused a row that points to nothing",
            What::Check => "the database refused a value outside its rule",
            What::NotNull => "the database refused a missing value",
            What::Transient => "the database cannot be reached or is busy",
            What::Row => "a row of the database is not as expected",
            What::Other => "the database refused a statement",
        })?;
        if let Some(code) = &self.code {
            write!(f, " (code {code})")?;
        }
        if let Some(constraint) = &self.constraint {
            write!(f, " [{constraint}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
