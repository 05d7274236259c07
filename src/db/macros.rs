//! One statement, written into both arms; result types come from the caller. Never a statement that is built from outside text.

/// Runs `$query` on whichever database the transaction belongs to.
macro_rules! on {
    ($tx:expr, |$conn:ident| $query:expr) => {
        match $tx.running() {
            $crate::db::Either::Sqlite(tx) => {
                let $conn = &mut **tx;
                $query
            }
            $crate::db::Either::Postgres(tx) => {
                let $conn = &mut **tx;
                $query
            }
        }
        .map_err($crate::db::Error::from)
    };
}

/// Exactly one row, as a struct or tuple.
macro_rules! one {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($tx, |conn| sqlx::query_as($sql)$(.bind($bind))*.fetch_one(conn).await)
    };
}

/// One row or none.
macro_rules! optional {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($tx, |conn| sqlx::query_as($sql)$(.bind($bind))*.fetch_optional(conn).await)
    };
}

/// Every row.
macro_rules! all {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($tx, |conn| sqlx::query_as($sql)$(.bind($bind))*.fetch_all(conn).await)
    };
}

/// No rows; the number of rows changed.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::on!($tx, |conn| sqlx::query($sql)$(.bind($bind))*.execute(conn).await.map(|done| done.rows_affected()))
    };
}

pub(crate) use {all, execute, on, one, optional};
