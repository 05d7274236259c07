//! Our own tables, one file a table; the only writer of states, each change with its audit row in the same transaction. Never a policy.
//!
//! deliveries: what arrived · contents: what is inside, and its passwords · tokens: other systems that hand in ·
//! incoming: what is still being written · pages · documents: what staff confirm ·
//! mailboxes, mails: shared mailboxes and their messages · alarms, outbox: what people are told of by mail · hooks: what other systems are told ·
//! incidents: misdirected documents · newcomers: patients without a number · holds: who has one open · jobs: work with a lease · lessons: what confirmations taught · audit: who did what · users: who signs in · sessions: with which browser · factors: and with what second thing · openid: or by which provider · masters: who is who.
//! quality: documents that a second person reads again · bench: a database to measure · board: figures of a day · desk: what stands round a list · assignments: whose a document is · views: lists that people keep ·
//!
//! Every transaction that appends to the audit log takes its lock before it touches a delivery or a document
//! (`audit::lock`), so that two of them can never wait for each other.

pub mod alarms;
pub mod assignments;
pub mod audit;
pub mod bench;
pub mod board;
pub mod contents;
pub mod deliveries;
pub mod desk;
pub mod documents;
pub mod factors;
pub mod holds;
pub mod hooks;
pub mod incidents;
pub mod incoming;
pub mod jobs;
pub mod lessons;
pub mod mailboxes;
pub mod mails;
pub mod masters;
pub mod newcomers;
pub mod openid;
pub mod outbox;
pub mod pages;
pub mod quality;
pub mod sessions;
mod sound;
pub mod thresholds;
pub mod tokens;
pub mod users;
pub mod views;

use crate::db::{self, Db};
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// What every function of this room answers.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong with our own tables; never carries a value of a row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed or refused.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// No row has that id.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The table of states does not allow the move.
    #[error("a {what} that is {from} cannot become {to}")]
    Move {
        /// Delivery or document.
        what: &'static str,
        /// Where it stands.
        from: &'static str,
        /// Where it was to go.
        to: &'static str,
    },
    /// A value that JSON cannot hold.
    #[error("a value cannot be kept as JSON")]
    Json,
    /// Somebody signs in with that name already.
    #[error("that login is taken")]
    LoginTaken,
    /// The audit log has lost its end; nothing may be written until a person has looked.
    #[error("the audit log has no head row")]
    AuditHead,
}

impl Error {
    /// Whether the same work may succeed when it is tried again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Db(error) if error.is_transient())
    }

    /// Whether the disk has no room left.
    pub fn is_full(&self) -> bool {
        matches!(self, Error::Db(error) if error.is_full())
    }
}

/// Opens our database and brings its tables and guards up to date.
pub async fn open(url: &str) -> Result<Db> {
    let db = Db::open(url, &MIGRATIONS).await?;
    let mut tx = db.write().await?;
    tx.script(include_str!("guards/sqlite.sql"), include_str!("guards/postgres.sql")).await?;
    tx.script(include_str!("index/sqlite.sql"), include_str!("index/postgres.sql")).await?;
    tx.commit().await?;
    documents::catch_up(&db).await?;
    Ok(db)
}

/// Debug output that names a row and nothing it says, so that no `{:?}` can put a person into a log.
macro_rules! debug_without_people {
    ($type:ident { $($field:ident),* }) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}
use debug_without_people;
