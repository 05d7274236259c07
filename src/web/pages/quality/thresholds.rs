//! Thresholds on the page of quality: what is proposed for each field, setting it with a reason, and taking it back.

use axum::extract::State;
use axum::response::Response;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::{encoded, go};
use super::figures::{asked, page, since};
use crate::domain::{DocumentId, FieldName, Millionths, Threshold, Timestamp};
use crate::review::Refused;
use crate::review::quality::thresholds::{ByField, ToSet, proposed};
use crate::store::thresholds::Version;
use crate::web::csrf::Posted;
use crate::web::error::WebError;
use crate::web::frame::Notice;
use crate::web::{App, words};

/// What is proposed for a field, beside what is demanded now.
pub struct ThresholdView {
    pub code: &'static str,
    pub label: &'static str,
    pub n: u64,
    pub words: String,
    pub ready: String,
    pub now: String,
    /// The newest version; 0 before the first.
    pub seen: i64,
    /// What can be set, in millionths.
    pub settable: Option<i64>,
}

/// One time that a threshold was set or taken back.
pub struct VersionView {
    pub code: String,
    pub label: String,
    pub version: i64,
    pub when: String,
    pub who: String,
    pub from: String,
    pub to: String,
    pub grounds: String,
    pub reason: String,
    /// Whether it is the one that counts.
    pub newest: bool,
}

fn shown(of: Millionths) -> String {
    format!("{:.3}", of.confidence())
}

/// For each field the confidence that reaches what is wanted, never under what the program demands already, and how many of the
/// documents that were ready would still be.
pub(super) fn rows(
    values: &ByField,
    wanted: f64,
    ready: &BTreeSet<&DocumentId>,
    newest: &[&Version],
) -> Vec<ThresholdView> {
    let newest: BTreeMap<&str, &Version> = newest.iter().map(|version| (version.field.as_str(), *version)).collect();
    // A field with a threshold stays in sight though nothing of it was read of late.
    let set = newest.keys().filter_map(|code| FieldName::from_code(code));
    let fields: BTreeSet<FieldName> = values.keys().copied().chain(set).collect();
    let of_field = |field: FieldName| {
        let all = values.get(&field).map(Vec::as_slice).unwrap_or_default();
        let version = newest.get(field.code());
        let now = version.map_or(Millionths::FLOOR, |version| version.to_ppm);
        let (words, still, settable) = match proposed(all, wanted) {
            Threshold::From { confidence, n, right } => {
                let least = Millionths::of(confidence);
                let under = |v: &&crate::review::quality::thresholds::Held| {
                    v.confidence < least.confidence() && ready.contains(&v.document)
                };
                let held = all.iter().filter(under).count();
                let words = format!("{}以上（{n}件中{right}件が正しい）", shown(least));
                (words, (ready.len() - held).to_string(), Some(least.0).filter(|_| least != now))
            }
            Threshold::TooFew { n, needed } => {
                let words = format!("件数が足りないため設定できません（誤りなしでも{needed}件が必要。いま{n}件）");
                (words, "－".to_owned(), None)
            }
            Threshold::Never { .. } => ("どの確信度でも届かないため設定できません".to_owned(), "－".to_owned(), None),
        };
        ThresholdView {
            code: field.code(),
            label: field.label_ja(),
            n: all.len() as u64,
            words,
            ready: still,
            now: if now == Millionths::FLOOR { "組み込み".to_owned() } else { shown(now) },
            seen: version.map_or(0, |version| version.version),
            settable,
        }
    };
    fields.into_iter().map(of_field).collect()
}

/// The versions as lines, newest first.
pub(super) fn versions(history: &[Version], newest: &[&Version], now: Timestamp) -> Vec<VersionView> {
    let line = |version: &Version| VersionView {
        code: version.field.clone(),
        label: FieldName::from_code(&version.field).map_or(version.field.clone(), |field| field.label_ja().to_owned()),
        version: version.version,
        when: words::moment(version.set_at, now),
        who: version.set_by.clone(),
        from: shown(version.from_ppm),
        to: shown(version.to_ppm),
        grounds: match (version.wanted_ppm, version.documents, version.correct) {
            (Some(wanted), Some(documents), Some(correct)) => {
                format!("望む正しさ{}%、{documents}件中{correct}件が正しい", wanted as f64 / 10_000.0)
            }
            _ => "取り消し".to_owned(),
        },
        reason: version.reason.clone(),
        newest: newest.iter().any(|last| last.field == version.field && last.version == version.version),
    };
    history.iter().map(line).collect()
}

/// `POST /quality/thresholds`
pub async fn set(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let form = &posted.form;
    let (days, wanted) = asked(form);
    let field = FieldName::from_code(form.text("field")).ok_or(WebError::BadRequest)?;
    let number = |name: &str| form.text(name).parse::<i64>().map_err(|_| WebError::BadRequest);
    let to_set = ToSet {
        field,
        seen: number("seen")?,
        since: since(&app, days),
        wanted: wanted / 100.0,
        proposed: Millionths(number("proposed")?),
        reason: form.text("reason"),
    };
    let done = app.review.set_threshold(&posted.staff.id, &to_set).await;
    answered(&app, &posted, done, "threshold_set").await
}

/// `POST /quality/thresholds/undo`
pub async fn undo(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let field = FieldName::from_code(posted.form.text("field")).ok_or(WebError::BadRequest)?;
    let version = posted.form.text("version").parse().map_err(|_| WebError::BadRequest)?;
    let done = app.review.undo_threshold(&posted.staff.id, field, version).await;
    answered(&app, &posted, done, "threshold_undone").await
}

/// Back to the page as it was asked for, with what was done or why it was not.
async fn answered(app: &App, posted: &Posted, done: Result<(), Refused>, code: &str) -> Result<Response, WebError> {
    match done {
        Ok(()) => {
            let (days, wanted) = (encoded(posted.form.text("days")), encoded(posted.form.text("wanted")));
            Ok(go(format!("/quality?days={days}&wanted={wanted}&done={code}#thresholds")))
        }
        Err(refusal @ (Refused::NotAllowed { .. } | Refused::Stale)) => {
            let error = WebError::Refused(refusal);
            let words = match error {
                WebError::Refused(Refused::Stale) => {
                    "表示したあとに、ほかの人が基準を変えたか、文書が確定されて提案が変わりました。何も変更していません。".to_owned()
                }
                ref other => other.message(),
            };
            page(app, &posted.staff, &posted.form, Some(Notice::bad(words)), error.status()).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}
