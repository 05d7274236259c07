//! One delivery (受信): what arrived, what is wrong with it, what was made of it; reading it again.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

use super::history::HistoryRow;
use super::{deliveries as list, framed, go, history, reading};
use crate::domain::{DeliveryId, DeliveryState, Enclosure, MailFacts, Timestamp, Trouble};
use crate::store::contents::{self, Hint};
use crate::store::deliveries::{self, Delivery};
use crate::store::jobs::JobStatus;
use crate::store::{documents, jobs, pages, users};
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, words};

struct DocumentRow {
    id: String,
    kind: &'static str,
    patient: String,
    sender: String,
    pages: String,
    state: &'static str,
}

struct EnclosureRow {
    name: String,
    depth: u32,
    what: &'static str,
    size: String,
    fate: &'static str,
    tone: &'static str,
}

struct HintRow {
    candidate: String,
    mail: String,
    received: String,
}

struct Thumb {
    no: u32,
    width: u32,
    height: u32,
    unread: bool,
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage {
    frame: Frame,
    id: String,
    file_name: String,
    state: &'static str,
    tone: &'static str,
    trouble: Option<&'static str>,
    remark: Option<&'static str>,
    cut: Option<String>,
    locked: bool,
    hints: Vec<HintRow>,
    enclosures: Vec<EnclosureRow>,
    duplicate_of: Option<String>,
    can_retry: bool,
    can_close: bool,
    closed: Option<String>,
    pending: bool,
    documents: Vec<DocumentRow>,
    facts: Vec<(&'static str, String)>,
    jobs: Vec<(&'static str, String)>,
    thumbs: Vec<Thumb>,
    history: Vec<HistoryRow>,
}

/// `GET /deliveries/{id}`
pub async fn show(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    let now = app.clock.now();
    let query = Form::of_query(query.as_deref());
    let mut tx = reading(&app).await?;
    let delivery = deliveries::find(&mut tx, &id).await?.ok_or(WebError::NotFound)?;
    let needs = documents::needs_of(&mut tx, &id).await?;
    if !staff.rights.sees_delivery(&needs, &app.recipes) {
        return Err(WebError::NotFound);
    }
    let frame = framed(&mut tx, &staff, "deliveries", "受信の記録", Notice::of_code(query.text("done"))).await?;
    let documents = documents::of_delivery(&mut tx, &id).await?;
    let page_rows = pages::images(&mut tx, &id).await?;
    let unread: Vec<u32> = pages::unread(&mut tx, &id).await?.into_iter().map(|page| page.no.0).collect();
    let job_rows = jobs::of(&mut tx, id.as_str()).await?;
    let found = contents::of(&mut tx, &id).await?.unwrap_or_default();
    let settled = !matches!(delivery.state, DeliveryState::Received | DeliveryState::Reading);
    let locked = settled && delivery.trouble == Some(Trouble::Encrypted);
    let hints = if locked { contents::hints(&mut tx, &id).await? } else { Vec::new() };
    let closed = match (delivery.closed_at, &delivery.closed_by) {
        (Some(at), Some(by)) => {
            let name = users::find(&mut tx, by).await?.map(|user| user.display_name).unwrap_or_default();
            Some(format!("{}に{name}が対応済にしました。", words::moment(at, now)))
        }
        _ => None,
    };
    let history = history::of(&mut tx, id.as_str(), now).await?;
    drop(tx);
    app.review.viewed_delivery(&staff.id, &id, &needs).await?;
    app.viewed.note(staff.id.as_str(), &id, page_rows.iter().map(|page| page.no), now);
    let page = DeliveryPage {
        frame,
        id: id.to_string(),
        state: words::standing(delivery.state, delivery.trouble, delivery.closed_at.is_some()),
        tone: list::tone(&delivery),
        trouble: delivery.trouble.map(|t| t.message_ja()),
        remark: delivery.remark.map(|remark| remark.message_ja()),
        cut: delivery.fax.0.error.clone(),
        locked,
        hints: hints.into_iter().map(|hint| hint_row(hint, now)).collect(),
        enclosures: found.enclosures.iter().map(enclosure_row).collect(),
        duplicate_of: delivery.duplicate_of.as_ref().map(ToString::to_string),
        can_retry: can_retry(&delivery, &job_rows),
        can_close: delivery.closed_at.is_none()
            && matches!(delivery.state, DeliveryState::Held | DeliveryState::Unreadable),
        closed,
        pending: matches!(delivery.state, DeliveryState::Received | DeliveryState::Reading),
        facts: facts(&delivery, found.mail.as_ref()),
        file_name: delivery.file_name,
        documents: documents
            .into_iter()
            .map(|d| DocumentRow {
                id: d.id.to_string(),
                kind: d.kind.label_ja(),
                patient: d.patient_label.unwrap_or_else(|| "（氏名なし）".to_owned()),
                sender: d.sender_label.unwrap_or_else(|| "（不明）".to_owned()),
                pages: d.pages.iter().map(|no| no.0.to_string()).collect::<Vec<_>>().join("、"),
                state: d.state.label_ja(),
            })
            .collect(),
        jobs: job_rows.iter().filter(|job| job.done_at.is_none() || job.gave_up).map(|job| told(job, now)).collect(),
        thumbs: page_rows
            .into_iter()
            .map(|page| Thumb {
                no: page.no.0,
                width: page.width_px,
                height: page.height_px,
                unread: unread.contains(&page.no.0),
            })
            .collect(),
        history,
    };
    Ok(page_of(&page))
}

/// Whether reading it again makes sense now.
fn can_retry(delivery: &Delivery, jobs: &[JobStatus]) -> bool {
    let stuck = jobs.iter().any(|job| job.gave_up);
    match delivery.state {
        DeliveryState::Held | DeliveryState::Unreadable => true,
        DeliveryState::Read => delivery.trouble.is_some() || stuck,
        DeliveryState::Received | DeliveryState::Reading => stuck,
    }
}

fn enclosure_row(thing: &Enclosure) -> EnclosureRow {
    let (fate, tone) = words::fate(thing);
    let name = if thing.name.is_empty() { "（このファイル）".to_owned() } else { thing.name.clone() };
    let size = words::size(i64::try_from(thing.size).unwrap_or(i64::MAX));
    EnclosureRow { name, depth: thing.depth, what: thing.what.label_ja(), size, fate, tone }
}

fn hint_row(hint: Hint, now: Timestamp) -> HintRow {
    let received = words::moment(hint.received_at, now);
    HintRow { candidate: hint.candidate, mail: hint.delivery_id.to_string(), received }
}

fn facts(d: &Delivery, mail: Option<&MailFacts>) -> Vec<(&'static str, String)> {
    let fax = &d.fax.0;
    let mut facts = vec![
        ("受信した時刻", words::moment_in_full(d.received_at)),
        ("経路", format!("{}（{}）", words::channel(d.channel), d.source)),
        ("大きさ", words::size(d.size_bytes)),
        ("ページ", d.page_count.to_string()),
    ];
    let claimed = [
        ("発信番号（FAXサーバの記録）", fax.sender_number.clone()),
        ("FAXサーバの受信時刻", fax.received.clone()),
        ("回線", fax.line.clone()),
        ("FAXサーバのページ数", fax.pages.map(|n| n.to_string())),
        ("FAXサーバの伝えるエラー", fax.error.clone()),
    ];
    facts.extend(claimed.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let of_mail = mail.map(|mail| [("差出人のアドレス", &mail.sender), ("件名", &mail.subject)]);
    let of_mail = of_mail.into_iter().flatten().filter(|(_, value)| !value.is_empty());
    facts.extend(of_mail.map(|(name, value)| (name, value.clone())));
    facts.push(("原本の指紋（SHA-256）", d.fingerprint.as_str().to_owned()));
    facts
}

fn told(job: &JobStatus, now: Timestamp) -> (&'static str, String) {
    let how = if job.gave_up {
        format!("{}回試して終わらず、止まっています", job.attempt)
    } else if job.lease_until.is_some() {
        "処理中".to_owned()
    } else if job.run_at > now {
        format!("{} にもう一度試します", words::moment(job.run_at, now))
    } else {
        "順番を待っています".to_owned()
    };
    (words::stage(job.stage), how)
}

/// `POST /deliveries/{id}/unlock`
pub async fn unlock(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    app.review.unlock(&posted.staff.id, &id, posted.form.text("password")).await?;
    Ok(go(format!("/deliveries/{id}?done=unlocking")))
}

/// `POST /deliveries/{id}/retry`
pub async fn retry(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    app.review.read_again(&posted.staff.id, &id).await?;
    Ok(go(format!("/deliveries/{id}?done=retried")))
}

/// `POST /deliveries/{id}/close`
pub async fn close(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    app.review.close_delivery(&posted.staff.id, &id).await?;
    Ok(go(format!("/deliveries/{id}?done=closed")))
}

/// `POST /deliveries/{id}/reopen`
pub async fn reopen(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = DeliveryId::parse(&id).ok_or(WebError::NotFound)?;
    app.review.reopen_delivery(&posted.staff.id, &id).await?;
    Ok(go(format!("/deliveries/{id}?done=reopened_delivery")))
}
