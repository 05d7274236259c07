//! What several tests need: real servers started on loopback, scratch folders.

pub mod dovecot;
pub mod pdf;
pub mod postgres;
pub mod room;
pub mod service;
pub mod smtp;

use tempfile::TempDir;
use uketsuke::db::Db;
use uketsuke::store::deliveries::{self, Delivery};
use uketsuke::store::incoming::{self, Incoming};

/// Every delivery, oldest first.
pub async fn all_deliveries(db: &Db) -> Vec<Delivery> {
    let mut all = deliveries::recent(&mut db.read().await.unwrap(), 100_000).await.unwrap();
    all.reverse();
    all
}

/// What is not received yet and shown to staff.
pub async fn held(db: &Db) -> Vec<Incoming> {
    incoming::list(&mut db.read().await.unwrap()).await.unwrap()
}

/// Where a test's databases lie; each address it gives is of a database that nobody has used yet.
pub enum Place {
    /// Files in a scratch folder, removed with it.
    Sqlite(TempDir),
    /// The test run's own server.
    Postgres,
}

impl Place {
    /// A scratch folder for SQLite files.
    pub fn sqlite() -> Place {
        Place::Sqlite(tempfile::tempdir().expect("a scratch folder can be made"))
    }

    /// The address of a new, empty database.
    pub async fn url(&self) -> String {
        match self {
            Place::Sqlite(folder) => {
                format!("sqlite:{}/{}.db", folder.path().display(), uketsuke::domain::JobId::fresh())
            }
            Place::Postgres => postgres::fresh_database().await,
        }
    }
}

/// Makes of each test two, `name::sqlite` and `name::postgres`, each on its own fresh database.
///
/// `async fn name(db: Db)` gets our own database, open; `open = path;` before the first test names another opener.
/// `async fn name(place: Place)` gets as many addresses as it asks for.
macro_rules! on_both_databases {
    (open = $open:path; $($(#[$meta:meta])* async fn $name:ident($arg:ident: $type:ident) $body:block)*) => { $(
        mod $name {
            use super::*;

            async fn check($arg: $crate::support::on_both_databases!(@type $type)) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let place = $crate::support::Place::sqlite();
                $crate::support::on_both_databases!(@run $type, $open, place)
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let place = $crate::support::Place::Postgres;
                $crate::support::on_both_databases!(@run $type, $open, place)
            }
        }
    )* };
    (@type Db) => { uketsuke::db::Db };
    (@type Place) => { $crate::support::Place };
    (@run Db, $open:path, $place:ident) => {
        check($open(&$place.url().await).await.expect("a fresh database opens")).await
    };
    (@run Place, $open:path, $place:ident) => { check($place).await };
    ($($rest:tt)*) => { $crate::support::on_both_databases! { open = uketsuke::store::open; $($rest)* } };
}
pub(crate) use on_both_databases;

/// Keeps a picture under `target/screenshots`, for people to look at.
pub fn keep_picture(name: &str, png: &[u8]) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    std::fs::write(folder.join(format!("{name}.png")), png).expect("a picture can be kept");
}
