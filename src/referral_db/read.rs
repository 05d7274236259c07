//! Reads records back: for the proof that a push arrived, and for the history. Never a way to change one.

use super::Error;
use super::tables::{Table, column};
use crate::db::{ReadTx, all, on, optional};
use crate::domain::{DocumentId, RecordId};
use sqlx::{QueryBuilder, Row};
use std::collections::BTreeMap;

/// A record as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its id; stays the same through every version.
    pub id: RecordId,
    /// The table it stands in.
    pub table: &'static str,
    /// Version of the document that it was confirmed from.
    pub version: i64,
    /// What its columns hold, as text; columns without a value are absent.
    pub values: BTreeMap<String, String>,
}

/// The record of a document, if it was pushed.
pub async fn find(tx: &mut ReadTx, document: &DocumentId) -> Result<Option<Record>, Error> {
    let source: Option<(RecordId, String, i64)> =
        optional!(tx, "SELECT record_id, record_table, version FROM source_document WHERE document_id = $1", document)?;
    let Some((id, name, version)) = source else { return Ok(None) };
    let table = Table::named(&name).ok_or(Error::Foreign("a record in an unknown table"))?;
    let values = values(tx, table, document).await?.ok_or(Error::Foreign("a link without its record"))?;
    Ok(Some(Record { id, table: table.name, version, values }))
}

/// What the record of a document said in earlier versions, oldest first.
pub async fn history_of(tx: &mut ReadTx, document: &DocumentId) -> Result<Vec<(i64, BTreeMap<String, String>)>, Error> {
    let rows: Vec<(i64, String)> =
        all!(tx, "SELECT version, old_values FROM record_history WHERE document_id = $1 ORDER BY version", document)?;
    let unreadable = |_| Error::Foreign("old values that are not JSON");
    rows.into_iter().map(|(version, old)| Ok((version, serde_json::from_str(&old).map_err(unreadable)?))).collect()
}

/// The columns of a record table that carry meaning, in their order in a row of it.
pub fn columns_of(table: &Table) -> Vec<&'static str> {
    let mut columns = vec!["kind", "received_on", "institution_id", "doctor_id"];
    if table.patient {
        columns.push("patient_id");
    }
    columns.extend(table.fields().map(column));
    if table.has_first_desired_date() {
        columns.push("first_desired_date");
    }
    columns.push("other_values");
    columns
}

/// The values of one row of a record table.
pub(super) async fn values(
    tx: &mut ReadTx,
    table: &Table,
    document: &DocumentId,
) -> Result<Option<BTreeMap<String, String>>, Error> {
    let columns = columns_of(table);
    let read: Option<Vec<Option<String>>> = on!(tx, |conn| {
        let mut query = QueryBuilder::new("SELECT ");
        for (at, column) in columns.iter().enumerate() {
            query.push(if at == 0 { "CAST(" } else { ", CAST(" }).push(column).push(" AS TEXT)");
        }
        query.push(" FROM ").push(table.name).push(" WHERE document_id = ").push_bind(document);
        match query.build().fetch_optional(conn).await {
            Ok(Some(row)) => (0..columns.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>().map(Some),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        }
    })?;
    let named = |values: Vec<Option<String>>| {
        columns.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect()
    };
    Ok(read.map(named))
}
