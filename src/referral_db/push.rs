//! Writes a confirmed document as a record: one transaction, and as often as you like. The same version again changes
//! nothing, a later one replaces the record and keeps what it said before, an earlier one is refused.

use super::source::{self, SourceLink, Stored, japan_date, japan_text};
use super::tables::Table;
use super::values::{Cell, cells};
use super::{Error, Referenced, read};
use crate::db::{Db, WriteTx, on};
use crate::domain::{Approved, DocumentId, FieldName, RecordId, Timestamp};
use sqlx::QueryBuilder;
use std::cmp::Ordering;

/// Writes the record of a confirmed document; idempotent by document and version.
pub async fn push(
    db: &Db,
    approved: &Approved,
    link: &SourceLink,
    rows: &Referenced,
    now: Timestamp,
) -> Result<RecordId, Error> {
    let table = Table::of(approved.kind).ok_or(Error::NotARecord(approved.kind.code()))?;
    if approved.document() != &link.document_id {
        return Err(Error::OtherDocument);
    }
    rows.check(approved)?;
    let mut tx = db.write().await?;
    let record = RecordId::fresh();
    let record = if source::claim(&mut tx, approved, link, table, &record, now).await? {
        rows.copy(&mut tx, now).await?;
        insert(&mut tx, table, &row(table, approved, link, now), &record, &japan_text(now)).await?;
        record
    } else {
        let stored =
            source::lock(&mut tx, approved.document()).await?.ok_or(Error::Foreign("a link without its record"))?;
        match stored.version.cmp(&approved.version()) {
            Ordering::Equal => return Ok(stored.record_id),
            Ordering::Greater => {
                return Err(Error::Outdated { pushed: approved.version(), stored: stored.version });
            }
            Ordering::Less => replace(&mut tx, &stored, approved, link, rows, now).await?,
        }
        stored.record_id
    };
    tx.commit().await?;
    Ok(record)
}

/// Puts a later version in the place of what stands there; a changed kind moves the record to its table.
async fn replace(
    tx: &mut WriteTx,
    stored: &Stored,
    approved: &Approved,
    link: &SourceLink,
    rows: &Referenced,
    now: Timestamp,
) -> Result<(), Error> {
    let table = Table::of(approved.kind).ok_or(Error::NotARecord(approved.kind.code()))?;
    let before = Table::named(&stored.record_table).ok_or(Error::Foreign("a record in an unknown table"))?;
    let old =
        read::values(tx, before, approved.document()).await?.ok_or(Error::Foreign("a link without its record"))?;
    source::remember(tx, approved.document(), stored, &serde_json::json!(old).to_string(), now).await?;
    rows.copy(tx, now).await?;
    let cells = row(table, approved, link, now);
    if before == table {
        update(tx, table, &cells, approved.document()).await?;
    } else {
        remove(tx, before, approved.document()).await?;
        insert(tx, table, &cells, &stored.record_id, &stored.recorded_at).await?;
    }
    source::replace(tx, approved, link, table, now).await
}

/// The columns of the record that a push writes, the links first; what others fill in (統計の列) is not among them.
fn row(table: &Table, approved: &Approved, link: &SourceLink, now: Timestamp) -> Vec<(&'static str, Cell)> {
    let text = |value: &str| Cell::Text(Some(value.to_owned()));
    let mut row = vec![
        ("document_id", text(approved.document().as_str())),
        ("kind", text(approved.kind.code())),
        ("received_on", text(&japan_date(link.received_at))),
        ("institution_id", Cell::Text(approved.institution_id.clone())),
        ("doctor_id", Cell::Text(approved.doctor_id.clone())),
    ];
    let mut values = approved.values.clone();
    if table.patient {
        row.push(("patient_id", Cell::Text(approved.patient_id.clone())));
    } else if let Some(patient) = &approved.patient_id {
        // A table without patients has no column for the link; what a person confirmed is kept all the same.
        values.insert(FieldName::PatientId, patient.clone());
    }
    row.extend(cells(table, &values));
    row.push(("updated_at", Cell::Text(Some(japan_text(now)))));
    row
}

async fn insert(
    tx: &mut WriteTx,
    table: &Table,
    row: &[(&'static str, Cell)],
    record: &RecordId,
    recorded_at: &str,
) -> Result<(), Error> {
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(format!("INSERT INTO {} (record_id, recorded_at", table.name));
        for (column, _) in row {
            query.push(", ").push(column);
        }
        query.push(") VALUES (").push_bind(record).push(", ").push_bind(recorded_at);
        for (_, cell) in row {
            query.push(", ");
            match cell {
                Cell::Text(text) => query.push_bind(text),
                Cell::Number(number) => query.push_bind(number),
            };
        }
        query.push(")");
        query.build().execute(conn).await.map(drop)
    })?;
    Ok(())
}

async fn update(
    tx: &mut WriteTx,
    table: &Table,
    row: &[(&'static str, Cell)],
    document: &DocumentId,
) -> Result<(), Error> {
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(format!("UPDATE {} SET ", table.name));
        for (at, (column, cell)) in row.iter().enumerate() {
            query.push(if at == 0 { "" } else { ", " }).push(column).push(" = ");
            match cell {
                Cell::Text(text) => query.push_bind(text),
                Cell::Number(number) => query.push_bind(number),
            };
        }
        query.push(" WHERE document_id = ").push_bind(document);
        query.build().execute(conn).await.map(drop)
    })?;
    Ok(())
}

async fn remove(tx: &mut WriteTx, table: &Table, document: &DocumentId) -> Result<(), Error> {
    on!(tx, |conn| {
        let mut query = QueryBuilder::new(format!("DELETE FROM {} WHERE document_id = ", table.name));
        query.push_bind(document);
        query.build().execute(conn).await.map(drop)
    })?;
    Ok(())
}
