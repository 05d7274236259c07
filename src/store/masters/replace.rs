//! Brings a master to what a list says: compared in memory, written in batches, all in the caller's transaction.

use super::Master;
use super::rows::Keys;
use crate::db::{ReadTx, WriteTx, execute, on, one};
use crate::domain::Timestamp;
use crate::store::Result;
use sqlx::{FromRow, QueryBuilder};
use std::collections::{HashMap, HashSet};

/// Rows written by one statement; columns times rows stay below SQLite's 32,766 parameters.
const BATCH: usize = 1000;

/// How a list differs from the master.
#[derive(Clone, PartialEq)]
pub struct Diff<T> {
    /// Rows that the master does not have.
    pub added: Vec<Keyed<T>>,
    /// Rows that say something else now, or are back.
    pub changed: Vec<Keyed<T>>,
    /// Rows that say the same.
    pub unchanged: usize,
    /// Ids of active rows that the list no longer has.
    pub gone: Vec<String>,
    /// Active rows before the import.
    pub active: usize,
    /// Version of the masters that was compared with.
    pub version: i64,
}

/// A row with its search keys, made before the one writer's time is taken.
#[derive(Clone, PartialEq)]
pub struct Keyed<T> {
    row: T,
    keys: Keys,
}

impl<T: Master> Keyed<T> {
    fn of(row: &T) -> Self {
        Self { row: row.clone(), keys: row.keys() }
    }
}

impl<T> Diff<T> {
    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

#[derive(FromRow)]
struct Standing<T> {
    #[sqlx(flatten)]
    row: T,
    active: bool,
}

/// Lets one import at a time go on, and answers the version; where it is not the one that was compared with, another
/// import came between and the comparison is to be made again, now that nobody else can.
pub async fn lock(tx: &mut WriteTx) -> Result<i64> {
    let (version,): (i64,) = one!(tx, "UPDATE masters_version SET version = version WHERE id = 1 RETURNING version")?;
    Ok(version)
}

/// Compares the master with `rows` (ids unique). Rows in `spared` are never gone: the list has them, but not readably.
pub async fn compare<T: Master>(tx: &mut ReadTx, rows: &[T], spared: &HashSet<String>) -> Result<Diff<T>> {
    let version = super::version(tx).await?;
    let standing: Vec<Standing<T>> = on!(tx, |conn| {
        let mut query = QueryBuilder::new("SELECT active");
        for column in T::COLUMNS {
            query.push(", ").push(column);
        }
        query.push(" FROM ").push(T::TABLE);
        query.build_query_as().fetch_all(conn).await
    })?;
    let active = standing.iter().filter(|s| s.active).count();
    let mut before: HashMap<String, Standing<T>> = standing.into_iter().map(|s| (s.row.id().to_owned(), s)).collect();
    let mut diff = Diff { added: Vec::new(), changed: Vec::new(), unchanged: 0, gone: Vec::new(), active, version };
    for row in rows {
        match before.remove(row.id()) {
            None => diff.added.push(Keyed::of(row)),
            Some(same) if same.active && same.row == *row => diff.unchanged += 1,
            Some(_) => diff.changed.push(Keyed::of(row)),
        }
    }
    diff.gone = before.into_iter().filter(|(id, s)| s.active && !spared.contains(id)).map(|(id, _)| id).collect();
    diff.gone.sort_unstable();
    Ok(diff)
}

/// Writes the difference and, when there is one, moves the version on; answers the version.
pub async fn apply<T: Master>(tx: &mut WriteTx, diff: &Diff<T>, now: Timestamp) -> Result<i64> {
    for rows in diff.added.chunks(BATCH).chain(diff.changed.chunks(BATCH)) {
        upsert(tx, rows, now).await?;
    }
    for ids in diff.gone.chunks(BATCH) {
        retire::<T>(tx, ids, now).await?;
    }
    if !diff.is_empty() {
        execute!(tx, "UPDATE masters_version SET version = version + 1 WHERE id = 1")?;
    }
    super::version(tx).await
}

/// The row of that id, and whether it is active: still on the list, or put since.
pub async fn standing<T: Master>(tx: &mut ReadTx, id: &str) -> Result<Option<(T, bool)>> {
    let column = T::COLUMNS.first().copied().unwrap_or_default();
    let found: Option<Standing<T>> = on!(tx, |conn| {
        let columns = T::COLUMNS.join(", ");
        let mut query = QueryBuilder::new(format!("SELECT active, {columns} FROM {} WHERE {column} = ", T::TABLE));
        query.push_bind(id);
        query.build_query_as().persistent(false).fetch_optional(conn).await
    })?;
    Ok(found.map(|standing| (standing.row, standing.active)))
}

/// What became of a single row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The master did not have it.
    Added,
    /// It says something else now, or is back.
    Changed,
    /// It says the same.
    Unchanged,
}

/// Brings one row to what another system says, by the statement of the imports; the version moves on when it changes.
pub async fn put<T: Master>(tx: &mut WriteTx, row: &T, now: Timestamp) -> Result<Change> {
    lock(tx).await?;
    let change = match standing::<T>(tx, row.id()).await? {
        None => Change::Added,
        Some((same, true)) if same == *row => return Ok(Change::Unchanged),
        Some(_) => Change::Changed,
    };
    upsert(tx, &[Keyed::of(row)], now).await?;
    execute!(tx, "UPDATE masters_version SET version = version + 1 WHERE id = 1")?;
    Ok(change)
}

async fn upsert<T: Master>(tx: &mut WriteTx, rows: &[Keyed<T>], now: Timestamp) -> Result<()> {
    const KEYS: &[&str] = &["search_name", "search_kana", "search_digits", "active", "imported_at"];
    let head = format!("INSERT INTO {} ({}, {}) ", T::TABLE, T::COLUMNS.join(", "), KEYS.join(", "));
    let id = T::COLUMNS.first().copied().unwrap_or_default();
    let set: Vec<String> =
        T::COLUMNS.iter().skip(1).chain(KEYS).map(|column| format!("{column} = excluded.{column}")).collect();
    let tail = format!(" ON CONFLICT ({id}) DO UPDATE SET {}", set.join(", "));
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(&head);
        query.push_values(rows, |mut values, Keyed { row, keys }| {
            for value in row.values() {
                values.push_bind(value);
            }
            values.push_bind(&keys.name).push_bind(&keys.kana).push_bind(&keys.digits).push_bind(true).push_bind(now);
        });
        query.push(&tail);
        query.build().persistent(false).execute(conn).await.map(drop)
    })?;
    Ok(())
}

async fn retire<T: Master>(tx: &mut WriteTx, ids: &[String], now: Timestamp) -> Result<()> {
    let id = T::COLUMNS.first().copied().unwrap_or_default();
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(format!("UPDATE {} SET active = FALSE, imported_at = ", T::TABLE));
        query.push_bind(now).push(format!(" WHERE {id} IN ("));
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id);
        }
        query.push(")");
        query.build().persistent(false).execute(conn).await.map(drop)
    })?;
    Ok(())
}
