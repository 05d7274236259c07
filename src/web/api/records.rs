//! `GET /api/records…`: what was confirmed and pushed, for a system that follows: every push once, in the order of the commits.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::items::PatientView;
use super::query::{Params, cut};
use super::{Named, json, named, not_noted, permitted, reading};
use crate::domain::{DeliveryId, DocumentId, DocumentState, Kind, RecordId, Timestamp, UserId};
use crate::store::audit;
use crate::store::documents::{self, PushedRow, Values};
use crate::web::App;
use crate::web::caller::Caller;
use crate::web::intake::{Refusal, unread};

/// The largest number that every reader of JSON keeps whole.
const LAST_SEQ: i64 = (1 << 53) - 1;

#[derive(Serialize)]
struct Records {
    records: Vec<PushedRow>,
    /// What to ask for next time as `since`, also where nothing is new.
    next: i64,
    /// Whether there is more now.
    more: bool,
}

/// `GET /api/records`
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let asked = Params::of(&uri, &["since", "limit"])?;
    let (since, limit) = (asked.number("since", 0, LAST_SEQ)?.unwrap_or(0), asked.limit()?);
    let mut tx = reading(&app).await?;
    let seeing = caller.sees.seeing(&app.recipes);
    let mut records = documents::pushed_since(&mut tx, &seeing, since, limit + 1).await.map_err(unread)?;
    let more = cut(&mut records, limit);
    let next = records.last().map_or(since, |last| last.seq);
    json(StatusCode::OK, &Records { records, next, more })
}

#[derive(Serialize)]
struct VersionView {
    version: i64,
    approver: UserId,
    approved_at: Timestamp,
    pushed_at: Timestamp,
    kind: Kind,
    patient: Option<PatientView>,
    institution_id: Option<String>,
    doctor_id: Option<String>,
    values: Values,
}

#[derive(Serialize)]
struct Record<'a> {
    record_id: &'a str,
    document_id: &'a DocumentId,
    delivery_id: &'a DeliveryId,
    state: DocumentState,
    /// As pushed, oldest first; the last one is what the referral database says.
    versions: Vec<VersionView>,
}

/// `GET /api/records/{id}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    id: Named,
    uri: Uri,
) -> Result<Response, Refusal> {
    Params::of(&uri, &[])?;
    let record = RecordId::parse(&named(id)?).ok_or(Refusal::NotFound)?;
    let mut tx = reading(&app).await?;
    let document = documents::by_record(&mut tx, record.as_str()).await.map_err(unread)?.ok_or(Refusal::NotFound)?;
    permitted(&mut tx, &app, &caller, &document.id).await?;
    let log = audit::of(&mut tx, document.id.as_str()).await.map_err(unread)?;
    let kept = documents::versions(&mut tx, &document.id).await.map_err(unread)?;
    drop(tx);
    let pushes = pushes(&log);
    let versions: Vec<VersionView> = kept
        .into_iter()
        .filter_map(|kept| {
            Some(VersionView {
                pushed_at: *pushes.get(&kept.version)?,
                version: kept.version,
                approver: kept.approver,
                approved_at: kept.approved_at,
                kind: kept.kind,
                patient: PatientView::of(&kept.patient),
                institution_id: kept.institution_id,
                doctor_id: kept.doctor_id,
                values: kept.values.0,
            })
        })
        .collect();
    let whose = versions.last().and_then(|last| last.patient.as_ref()?.patient_id());
    app.review.system_viewed(&caller.id, &document.id, whose).await.map_err(not_noted)?;
    let record = Record {
        record_id: record.as_str(),
        document_id: &document.id,
        delivery_id: &document.delivery_id,
        state: document.state,
        versions,
    };
    json(StatusCode::OK, &record)
}

/// When each confirmed version was pushed; one that was taken back before is not among them.
fn pushes(log: &[audit::Entry]) -> BTreeMap<i64, Timestamp> {
    let (mut pushes, mut standing) = (BTreeMap::new(), None);
    for entry in log {
        match entry.verb.as_str() {
            "document.approved" => standing = entry.detail().get("seen").and_then(serde_json::Value::as_i64),
            "document.pushed" => pushes.extend(standing.map(|version| (version, entry.at))),
            _ => {}
        }
    }
    pushes
}
