//! What the room promises, on SQLite; PostgreSQL's half stands in `tests/it`.

use super::*;

static NONE: Migrator = Migrator::DEFAULT;

async fn fresh() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/deep/t.db", folder.path().display());
    let db = Db::open(&url, &NONE).await.unwrap();
    let mut tx = db.write().await.unwrap();
    execute!(tx, "CREATE TABLE parent (id TEXT NOT NULL PRIMARY KEY)").unwrap();
    execute!(
        tx,
        "CREATE TABLE t (id TEXT NOT NULL PRIMARY KEY, n BIGINT CHECK (n > 0), parent TEXT REFERENCES parent (id))"
    )
    .unwrap();
    tx.commit().await.unwrap();
    (folder, db)
}

async fn count(db: &Db) -> i64 {
    let mut tx = db.read().await.unwrap();
    let (n,): (i64,) = one!(tx, "SELECT count(*) FROM t").unwrap();
    n
}

#[tokio::test]
async fn a_transaction_that_is_not_committed_leaves_nothing() {
    let (_folder, db) = fresh().await;
    let mut tx = db.write().await.unwrap();
    execute!(tx, "INSERT INTO t (id, n) VALUES ($1, $2)", "a", 1_i64).unwrap();
    drop(tx);
    assert_eq!(count(&db).await, 0);
    let mut tx = db.write().await.unwrap();
    execute!(tx, "INSERT INTO t (id, n) VALUES ($1, $2)", "a", 1_i64).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_full_disk_passes() {
    let (_folder, db) = fresh().await;
    let mut tx = db.write().await.unwrap();
    // The file may not grow: to SQLite that is a full disk, and it ends the transaction by itself.
    let _: (i64,) = one!(tx, "PRAGMA max_page_count = 1").unwrap();
    let error = loop {
        if let Err(error) = execute!(tx, "INSERT INTO t (id) VALUES (hex(randomblob(2000)))") {
            break error;
        }
    };
    assert!(error.is_full() && error.is_transient(), "{error}");
    drop(tx);
    let mut tx = db.write().await.expect("the next transaction is not refused");
    execute!(tx, "INSERT INTO t (id, n) VALUES ('a', 1)").unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_folder, db) = fresh().await;
    let mut tx = db.reader().read().await.unwrap();
    assert!(execute!(tx, "INSERT INTO t (id, n) VALUES ('a', 1)").is_err());
    drop(tx);
    assert_eq!(count(&db).await, 0);
}

#[tokio::test]
async fn the_file_is_durable_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, db) = fresh().await;
    let mut tx = db.write().await.unwrap();
    let (mode,): (String,) = one!(tx, "PRAGMA journal_mode").unwrap();
    let (sync,): (i64,) = one!(tx, "PRAGMA synchronous").unwrap();
    assert_eq!((mode.as_str(), sync), ("wal", 2), "2 is FULL");
    for name in ["t.db", "t.db-wal"] {
        let rights = std::fs::metadata(folder.path().join("deep").join(name)).unwrap().permissions().mode();
        assert_eq!(rights & 0o077, 0, "{name}");
    }
}

#[tokio::test]
async fn refusals_say_their_rule_and_never_the_value() {
    let (_folder, db) = fresh().await;
    let mut tx = db.write().await.unwrap();
    execute!(tx, "INSERT INTO t (id, n) VALUES ('秘密', 1)").unwrap();
    let twice = execute!(tx, "INSERT INTO t (id, n) VALUES ('秘密', 1)").unwrap_err();
    assert!(twice.is_duplicate() && !twice.is_transient(), "{twice}");
    let check = execute!(tx, "INSERT INTO t (id, n) VALUES ('b', -7)").unwrap_err();
    assert!(check.is_refusal(), "{check}");
    let orphan = execute!(tx, "INSERT INTO t (id, n, parent) VALUES ('c', 1, '秘密')").unwrap_err();
    assert!(orphan.is_refusal(), "{orphan}");
    for error in [twice, check, orphan] {
        let text = format!("{error} {error:?}");
        assert!(!text.contains("秘密") && !text.contains("-7"), "{text}");
    }
}

#[tokio::test]
async fn addresses_of_no_known_form_are_refused() {
    for url in ["", "mysql://x", "sqlite:", "sqlite::memory:", "sqlite:x.db?mode=ro", "t.db"] {
        assert!(matches!(Db::open(url, &NONE).await, Err(Error::Address)), "{url}");
    }
}
