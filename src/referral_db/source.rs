//! The link from a record to the document it was confirmed from, and what the record said before it was confirmed again.

use super::Error;
use super::tables::Table;
use crate::db::{WriteTx, execute, optional};
use crate::domain::{Approved, Approver, Channel, DeliveryId, DocumentId, Fingerprint, PageNo, RecordId, Timestamp};

/// Where a document came from, for the record's readers.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceLink {
    /// What arrived.
    pub delivery_id: DeliveryId,
    /// The document in it; must be the approved one.
    pub document_id: DocumentId,
    /// SHA-256 of the original bytes.
    pub fingerprint: Fingerprint,
    /// Pages of the original that belong to the document.
    pub pages: Vec<PageNo>,
    /// When the original arrived.
    pub received_at: Timestamp,
    /// By which way.
    pub channel: Channel,
    /// Name of the source in the configuration.
    pub source: Option<String>,
    /// Fax number that the line or the fax server signalled.
    pub sender_number: Option<String>,
    /// Name of the person who confirmed, as the hospital knows them.
    pub approver_name: Option<String>,
}

/// What the referral database holds about a document already.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Stored {
    pub record_id: RecordId,
    pub record_table: String,
    pub kind: String,
    pub version: i64,
    pub approver: String,
    pub approved_at: String,
    pub recorded_at: String,
}

/// Local time in Japan as the published schema writes it; always +09:00, so that it sorts as text.
pub(super) fn japan_text(at: Timestamp) -> String {
    at.japan().strftime("%Y-%m-%dT%H:%M:%S+09:00").to_string()
}

/// Local date in Japan.
pub(super) fn japan_date(at: Timestamp) -> String {
    at.japan().date().to_string()
}

fn channel_code(channel: Channel) -> &'static str {
    match channel {
        Channel::Fax => "fax",
        Channel::Email => "email",
        Channel::Scan => "scan",
        Channel::Upload => "upload",
    }
}

fn approver_code(approved: &Approved) -> &str {
    match approved.approver() {
        Approver::Person(user) => user.as_str(),
    }
}

fn page_list(pages: &[PageNo]) -> String {
    pages.iter().map(|page| page.0.to_string()).collect::<Vec<_>>().join(",")
}

/// Takes the document's place; `false` when it was taken before. Two pushes of one document meet here, and one waits.
pub(super) async fn claim(
    tx: &mut WriteTx,
    approved: &Approved,
    link: &SourceLink,
    table: &Table,
    record: &RecordId,
    now: Timestamp,
) -> Result<bool, Error> {
    let rows = execute!(
        tx,
        "INSERT INTO source_document (document_id, record_id, record_table, kind, version, delivery_id, fingerprint, \
         pages, page_count, received_at, channel, source_name, sender_number, approver, approver_name, approved_at, \
         recorded_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17) \
         ON CONFLICT (document_id) DO NOTHING",
        approved.document(),
        record,
        table.name,
        approved.kind.code(),
        approved.version(),
        &link.delivery_id,
        &link.fingerprint,
        page_list(&link.pages),
        link.pages.len() as i64,
        japan_text(link.received_at),
        channel_code(link.channel),
        link.source.as_deref(),
        link.sender_number.as_deref(),
        approver_code(approved),
        link.approver_name.as_deref(),
        japan_text(approved.at()),
        japan_text(now),
    )?;
    Ok(rows == 1)
}

/// What stands there for the document; the row stays ours until the transaction ends (an update of nothing locks it on
/// both databases).
pub(super) async fn lock(tx: &mut WriteTx, document: &DocumentId) -> Result<Option<Stored>, Error> {
    Ok(optional!(
        tx,
        "UPDATE source_document SET version = version WHERE document_id = $1 \
         RETURNING record_id, record_table, kind, version, approver, approved_at, recorded_at",
        document
    )?)
}

/// Says that the record now stands as `approved` in `table`.
pub(super) async fn replace(
    tx: &mut WriteTx,
    approved: &Approved,
    link: &SourceLink,
    table: &Table,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        "UPDATE source_document SET record_table = $2, kind = $3, version = $4, pages = $5, page_count = $6, \
         approver = $7, approver_name = $8, approved_at = $9, updated_at = $10 WHERE document_id = $1",
        approved.document(),
        table.name,
        approved.kind.code(),
        approved.version(),
        page_list(&link.pages),
        link.pages.len() as i64,
        approver_code(approved),
        link.approver_name.as_deref(),
        japan_text(approved.at()),
        japan_text(now),
    )?;
    Ok(())
}

/// Keeps what the record said until now.
pub(super) async fn remember(
    tx: &mut WriteTx,
    document: &DocumentId,
    stored: &Stored,
    old_values: &str,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO record_history (document_id, version, record_id, record_table, kind, approver, approved_at, \
         old_values, replaced_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        document,
        stored.version,
        &stored.record_id,
        stored.record_table.as_str(),
        stored.kind.as_str(),
        stored.approver.as_str(),
        stored.approved_at.as_str(),
        old_values,
        japan_text(now),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_japan() {
        let at = Timestamp(1_763_766_000_123);
        assert_eq!(japan_text(at), "2025-11-22T08:00:00+09:00");
        assert_eq!(japan_date(at), "2025-11-22");
        assert_eq!(japan_date(Timestamp(1_763_737_200_000)), "2025-11-22", "midnight in Japan is 15:00 UTC");
    }

    #[test]
    fn pages_are_listed() {
        assert_eq!(page_list(&[PageNo(2), PageNo(3), PageNo(7)]), "2,3,7");
    }
}
