//! Misdirected documents (誤送信): the clock of each, what was done and what is still to be done. For few eyes.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

use super::{framed, go, reading};
use crate::domain::{DocumentId, Timestamp};
use crate::store::incidents::{self, Incident, IncidentStep, StepDone};
use crate::web::App;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::words;

const DAY_MS: i64 = 86_400_000;
/// The first report is due within 3 to 5 days, the final one within 30 (個人情報保護法施行規則 8条).
const FIRST_DAYS: i64 = 5;
const FINAL_DAYS: i64 = 30;
/// Incidents on the page.
const MOST: i64 = 200;
/// The longest note of a step, in characters.
const LONGEST_NOTE: usize = 300;

struct Step {
    code: &'static str,
    label: &'static str,
    done: Option<(String, String, String)>,
    due: String,
    tone: &'static str,
}

struct Row {
    id: String,
    kind: &'static str,
    received: String,
    noticed: String,
    by: String,
    closed: bool,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "incidents.html")]
struct IncidentsPage {
    frame: Frame,
    rows: Vec<Row>,
    open: usize,
    month: usize,
}

/// `GET /incidents`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let now = app.clock.now();
    let notice = Notice::of_code(Form::of_query(query.as_deref()).text("done"));
    let mut tx = reading(&app).await?;
    let frame = framed(&mut tx, &staff, "incidents", "誤送信", notice).await?;
    let all = incidents::list(&mut tx, MOST).await?;
    let steps = incidents::steps(&mut tx, MOST * 5).await?;
    let this_month = |at: Timestamp| {
        let (at, now) = (at.japan(), now.japan());
        (at.year(), at.month()) == (now.year(), now.month())
    };
    let page = IncidentsPage {
        frame,
        open: all.iter().filter(|incident| incident.closed_at.is_none()).count(),
        month: all.iter().filter(|incident| this_month(incident.noticed_at)).count(),
        rows: all.iter().map(|incident| row(incident, &steps, now)).collect(),
    };
    Ok(page_of(&page))
}

fn row(incident: &Incident, steps: &[StepDone], now: Timestamp) -> Row {
    let step = |step: &IncidentStep| {
        let done = steps.iter().find(|done| done.document_id == incident.document_id && done.step == *step);
        let days = match step {
            IncidentStep::ReportedFirst => Some(FIRST_DAYS),
            IncidentStep::ReportedFinal => Some(FINAL_DAYS),
            _ => None,
        };
        let due = days.map(|days| words::due(incident.noticed_at.plus_ms(days * DAY_MS), now));
        let (due, tone) = due.filter(|_| done.is_none() && incident.closed_at.is_none()).unwrap_or_default();
        Step {
            code: step.code(),
            label: step.label_ja(),
            done: done.map(|done| (words::moment(done.at, now), done.by.clone(), done.note.clone())),
            due,
            tone: if tone == "late" { "bad" } else { "" },
        }
    };
    Row {
        id: incident.document_id.to_string(),
        kind: incident.kind.label_ja(),
        received: words::moment(incident.received_at, now),
        noticed: words::moment(incident.noticed_at, now),
        by: incident.noticed_by.clone(),
        closed: incident.closed_at.is_some(),
        steps: IncidentStep::ALL.iter().map(step).collect(),
    }
}

/// `POST /incidents`: notes a step of an incident
pub async fn note(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let id = DocumentId::parse(posted.form.text("document")).ok_or(WebError::NotFound)?;
    let step = IncidentStep::from_code(posted.form.text("step")).ok_or(WebError::BadRequest)?;
    let how: String = posted.form.text("note").trim().chars().take(LONGEST_NOTE).collect();
    app.review.incident_step(&posted.staff.id, &id, step, &how).await?;
    Ok(go("/incidents?done=noted"))
}
