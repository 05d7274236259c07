//! The few words in which the two databases differ for every room; a table's own differences stay with the table.

/// SQLite: take the writer's lock at once, so that a transaction cannot fail half-way for want of it.
pub(super) const SQLITE_BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// PostgreSQL: refuse writes, and let several statements see one state, as SQLite's readers do.
pub(super) const POSTGRES_BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
