//! Documents (文書): what staff confirm. This folder is the only writer of their states; every change bumps the version and writes its audit row.
//!
//! propose: from readings to rows · queue: lists and neighbours · seeing: who may see which · advance: states ·
//! api: as other systems ask for them · approval: what a person confirmed · paging: what a person did to the pages · related: what belongs to what.

mod advance;
mod api;
mod approval;
mod facets;
mod filter;
mod paging;
mod propose;
mod queue;
mod related;
mod search;
mod seeing;

pub use advance::{Outcome, Step, advance, push_failed, pushed};
pub use api::{FURTHEST, ItemFilter, ItemRow, Items, PushedRow, Version, by_record, items, pushed_since, versions};
pub use approval::{
    Compared, ConfirmedKind, Correction, PatientChoice, PatientColumns, approved, confirmed_kinds, correct, reopen,
    reschedule, restore, take_back,
};
pub(crate) use approval::{Confirmation, approve};
pub use facets::{Facet, facets};
pub use filter::QueueFilter;
pub(super) use filter::SOUGHT;
pub use paging::{Piece, give_pages, join, part, refit};
pub use propose::propose;
pub use queue::{Counts, MOST, QueueRow, Toward, Tray, count, counts, listed, neighbour, queue};
pub use related::{Alike, Relation, alike, of_patient, relate, related};
use search::index;
pub(super) use search::{catch_up, grams as grams_of};
pub(super) use seeing::seeable;
pub use seeing::{Need, Seeing, mark_misdirected, need, needs_of};

use super::{Result, debug_without_people, sound};
use crate::db::{ReadTx, all, optional};
use crate::domain::{
    Channel, Decision, DeliveryId, DocumentId, DocumentReading, DocumentState, FieldName, Kind, PageNo, RecordId,
    Timestamp, UserId,
};
use sqlx::types::Json;
use std::collections::BTreeMap;

/// What a document says, by field; blank values are left out.
pub type Values = BTreeMap<FieldName, String>;

/// A document as it stands.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// Numbers the documents of a delivery as they were proposed; never used again. Order for the eye is by page.
    pub ordinal: i64,
    /// Where it stands.
    pub state: DocumentState,
    /// Grows with every change; whoever changes it must name the one they saw.
    pub version: i64,
    /// What it is, as proposed or corrected.
    pub kind: Kind,
    /// Of the proposed kind, 0 to 1.
    pub kind_confidence: f64,
    /// How much attention it needs, as proposed.
    pub decision: Decision,
    /// Name of the source.
    pub source: String,
    /// By which way it came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it should be confirmed.
    pub due_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When a person last changed it; from then on the program never replaces it.
    pub touched_at: Option<Timestamp>,
    /// Whom it concerns, once a person has said so.
    #[sqlx(flatten)]
    pub patient: PatientColumns,
    /// The sending institution's id, once a person has said so.
    pub institution_id: Option<String>,
    /// The sending doctor's id, once a person has said so.
    pub doctor_id: Option<String>,
    /// The patient as the queue shows it.
    pub patient_label: Option<String>,
    /// The sender as the queue shows it.
    pub sender_label: Option<String>,
    /// Why it was set aside.
    pub set_aside_reason: Option<String>,
    /// What the sender is being asked.
    pub inquiry_note: Option<String>,
    /// Who confirmed it.
    pub approved_by: Option<UserId>,
    /// When it was confirmed.
    pub approved_at: Option<Timestamp>,
    /// When it reached the referral database.
    pub pushed_at: Option<Timestamp>,
    /// As what.
    pub record_id: Option<String>,
    /// Code of the last failure to push it.
    pub push_error: Option<String>,
    /// Pages of the delivery, in order.
    pub pages: Json<Vec<PageNo>>,
    /// Degrees by which each of `pages` was turned.
    pub rotation: Json<Vec<u16>>,
    /// Pages that a person put out of it (白紙など); no other document has them.
    pub dropped: Json<Vec<PageNo>>,
    /// To which other document it belongs, once a person has said so.
    pub related_to: Option<DocumentId>,
    /// As what.
    pub relation: Option<Relation>,
    /// Why it is being corrected after it reached the referral database.
    pub correction_reason: Option<String>,
    /// What it says now.
    #[sqlx(rename = "field_values")]
    pub values: Json<Values>,
    /// As proposed; never changed by a person.
    pub reading: Json<DocumentReading>,
}
debug_without_people!(Document { id, state, version, kind, decision });

impl Document {
    /// Whom it concerns, once a person has said so.
    pub fn patient(&self) -> Option<PatientChoice> {
        self.patient.choice()
    }

    /// The record in the referral database, once it stands there.
    pub fn record(&self) -> Option<RecordId> {
        self.record_id.as_deref().and_then(RecordId::parse)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, delivery_id, ordinal, state, version, kind, kind_confidence, decision, source, channel, received_at, \
             due_at, updated_at, touched_at, patient_choice, patient_id, institution_id, doctor_id, patient_label, \
             sender_label, set_aside_reason, inquiry_note, approved_by, approved_at, pushed_at, record_id, push_error, \
             pages, rotation, dropped, related_to, relation, correction_reason, field_values, reading FROM document ",
            $rest
        )
    };
}

/// The document of that id.
pub async fn find(tx: &mut ReadTx, id: &DocumentId) -> Result<Option<Document>> {
    Ok(optional!(tx, select!("WHERE id = $1"), id)?)
}

/// The documents of a delivery, in order of their first pages.
pub async fn of_delivery(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<Document>> {
    let mut documents: Vec<Document> = all!(tx, select!("WHERE delivery_id = $1 ORDER BY ordinal"), delivery)?;
    documents.sort_by_key(|document| document.pages.first().copied());
    Ok(documents)
}

/// What the queue shows of the patient.
fn patient_label(values: &Values) -> Option<String> {
    values.get(&FieldName::PatientName).or_else(|| values.get(&FieldName::PatientKana)).cloned()
}

/// What the queue shows of the sender; the number on the line where nothing was read.
fn sender_label(values: &Values, number: Option<&str>) -> Option<String> {
    let read = values.get(&FieldName::SenderInstitutionName).or_else(|| values.get(&FieldName::PharmacyName));
    read.cloned().or_else(|| number.map(str::to_owned))
}

/// The values as they may be kept: without U+0000, blank ones left out.
fn kept(values: &Values) -> Values {
    let filled = values.iter().filter(|(_, value)| !value.trim().is_empty());
    filled.map(|(field, value)| (*field, sound::text(value).into_owned())).collect()
}
