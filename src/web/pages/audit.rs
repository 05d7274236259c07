//! The audit log (監査記録), for those who watch over it: found by day, person, thing, patient or verb; a copy as CSV. Reading it is on record, too.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

use super::{framed, reading};
use crate::db::ReadTx;
use crate::domain::Timestamp;
use crate::store::audit::{self, Entry, Wanted};
use crate::store::users;
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, words};

/// Rows on one page.
const ROWS: i64 = 100;
/// Rows of one copy; the rest is had by asking for fewer days.
const MOST: i64 = 50_000;
/// Rows that a copy is read in at a time.
const BATCH: i64 = 2_000;
const DAY_MS: i64 = 86_400_000;

/// What can be asked for: the verb, or how a family of verbs begins.
const VERBS: &[&str] = &[
    "document.",
    "document.viewed",
    "document.held",
    "document.corrected",
    "document.approved",
    "document.confirmation_undone",
    "document.set_aside",
    "document.inquired",
    "document.put_back",
    "document.pushed",
    "delivery.",
    "delivery.received",
    "delivery.viewed",
    "delivery.downloaded",
    "delivery.closed",
    "account.",
    "account.signed_in",
    "account.sign_in_failed",
    "masters.",
    "token.",
    "audit.",
];

struct Choice {
    value: String,
    label: String,
    on: bool,
}

struct Row {
    seq: i64,
    at: String,
    who: String,
    what: String,
    subject: String,
    href: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    day: String,
    subject: String,
    patient: String,
    people: Vec<Choice>,
    verbs: Vec<Choice>,
    rows: Vec<Row>,
    older: Option<i64>,
    paged: bool,
}

/// What a form asks for; a day that is none is told.
fn wanted(form: &Form) -> Result<Wanted, &'static str> {
    let of = |name: &str| Some(form.text(name).trim()).filter(|v| !v.is_empty()).map(str::to_owned);
    let from = match of("day") {
        Some(day) => Some(midnight(&day).ok_or("日付は 2026-05-13 の形で入力してください。")?),
        None => None,
    };
    Ok(Wanted {
        from,
        until: from.map(|at| at.plus_ms(DAY_MS)),
        actor: of("person"),
        subject: of("subject"),
        patient: of("patient"),
        verb: of("verb"),
    })
}

/// The beginning of a day in Japan.
fn midnight(day: &str) -> Option<Timestamp> {
    let day: jiff::civil::Date = day.parse().ok()?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(9));
    day.to_zoned(zone).ok().map(|start| Timestamp(start.timestamp().as_millisecond()))
}

/// What was asked for, as the log keeps it: ids only.
fn asked(wanted: &Wanted) -> Value {
    json!({
        "from": wanted.from, "until": wanted.until, "actor": wanted.actor, "subject": wanted.subject,
        "patient_id": wanted.patient, "verb": wanted.verb,
    })
}

/// `GET /audit`
pub async fn newest(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, WebError> {
    page(&app, &staff, &Form::default()).await
}

/// `POST /audit`: by form, because a patient's number must not stand in an address
pub async fn search(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    page(&app, &posted.staff, &posted.form).await
}

async fn page(app: &App, staff: &Staff, form: &Form) -> Result<Response, WebError> {
    let (wanted, wrong) = match wanted(form) {
        Ok(wanted) => (wanted, None),
        Err(words) => (Wanted::default(), Some(Notice::bad(words))),
    };
    let before = form.text("before").parse().ok();
    let mut tx = reading(app).await?;
    let frame = framed(&mut tx, staff, "audit", "監査記録", wrong).await?;
    let names = names(&mut tx).await?;
    let found = audit::search(&mut tx, &wanted, before, ROWS, audit::FURTHEST).await?;
    drop(tx);
    app.review.read_audit(&staff.id, false, &asked(&wanted), found.rows.len()).await?;
    let choice = |value: &str, label: String, on: bool| Choice { value: value.to_owned(), label, on };
    let mut people: Vec<Choice> =
        names.iter().map(|(id, name)| choice(id, name.clone(), wanted.actor.as_ref() == Some(id))).collect();
    people.sort_by(|a, b| a.label.cmp(&b.label));
    let verbs = VERBS.iter().map(|verb| choice(verb, family(verb), wanted.verb.as_deref() == Some(verb))).collect();
    Ok(page_of(&AuditPage {
        frame,
        day: form.text("day").to_owned(),
        subject: form.text("subject").to_owned(),
        patient: form.text("patient").to_owned(),
        people,
        verbs,
        rows: found.rows.iter().map(|entry| row(entry, &names)).collect(),
        older: found.older,
        paged: before.is_some(),
    }))
}

/// A verb in words, or all that concern one sort of thing.
fn family(verb: &str) -> String {
    match verb {
        "document." => "文書の操作すべて".to_owned(),
        "delivery." => "受信の操作すべて".to_owned(),
        "account." => "職員・サインインすべて".to_owned(),
        "masters." => "台帳すべて".to_owned(),
        "token." => "トークンすべて".to_owned(),
        "audit." => "監査記録の閲覧".to_owned(),
        verb if verb.starts_with("delivery.") => format!("受信：{}", words::verb(verb)),
        verb => words::verb(verb).to_owned(),
    }
}

async fn names(tx: &mut ReadTx) -> Result<HashMap<String, String>, WebError> {
    let mut names = HashMap::from([("program".to_owned(), "プログラム".to_owned())]);
    for user in users::list(tx).await? {
        names.insert(user.id.to_string(), format!("{}（{}）", user.display_name, user.login));
    }
    Ok(names)
}

fn row(entry: &Entry, names: &HashMap<String, String>) -> Row {
    let href = match entry.verb.split_once('.').map(|(family, _)| family) {
        Some("document") => format!("/items/{}", entry.subject),
        Some("delivery") => format!("/deliveries/{}", entry.subject),
        _ => String::new(),
    };
    Row {
        seq: entry.seq,
        at: words::moment_in_full(entry.at),
        who: names.get(&entry.actor).unwrap_or(&entry.actor).clone(),
        what: words::verb(&entry.verb).to_owned(),
        subject: names.get(&entry.subject).unwrap_or(&entry.subject).clone(),
        href,
        detail: told(&entry.detail()),
    }
}

/// The ids of a detail. What a document said before and after is shown with the document, to those who may see it.
fn told(detail: &Value) -> String {
    let Some(detail) = detail.as_object() else { return String::new() };
    let mut parts = Vec::new();
    for (name, value) in detail {
        match value {
            Value::Null => {}
            Value::Object(changes) if name == "changes" => {
                let names: Vec<&str> = changes.keys().map(String::as_str).collect();
                parts.push(format!("changes={}", names.join(",")));
            }
            // Words that somebody typed may name a person.
            Value::String(_) if name == "note" => parts.push("note".to_owned()),
            Value::String(text) => parts.push(format!("{name}={text}")),
            Value::Array(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
                parts.push(format!("{name}={}", items.join(",")));
            }
            other => parts.push(format!("{name}={other}")),
        }
    }
    parts.join(" ")
}

/// `POST /audit/export`: a copy of what is asked for, oldest last, as CSV
pub async fn export(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let wanted = wanted(&posted.form).map_err(|_| WebError::BadRequest)?;
    let mut tx = reading(&app).await?;
    let names = names(&mut tx).await?;
    // Excel takes a file for UTF-8 only with this in front.
    let mut out = String::from("\u{feff}番号,時刻,実行者,操作,対象,詳細,連鎖の値\r\n");
    let (mut before, mut count) = (None, 0);
    loop {
        let found = audit::search(&mut tx, &wanted, before, BATCH, audit::FURTHEST).await?;
        count += found.rows.len() as i64;
        for entry in &found.rows {
            let row = row(entry, &names);
            let seq = row.seq.to_string();
            let cells = [&seq, &row.at, &row.who, &entry.verb, &entry.subject, &row.detail, &entry.hash];
            let cells: Vec<String> = cells.into_iter().map(|cell| csv_cell(cell)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        match found.older.filter(|_| count < MOST) {
            Some(older) => before = Some(older),
            None => break,
        }
    }
    drop(tx);
    let rows = usize::try_from(count).unwrap_or_default();
    app.review.read_audit(&posted.staff.id, true, &asked(&wanted), rows).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, out).into_response())
}

/// A cell that no spreadsheet takes for a formula, quoted.
pub(super) fn csv_cell(text: &str) -> String {
    // What is not seen in front of it does not keep a spreadsheet from reckoning.
    let unseen =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let formula = text.trim_start_matches(unseen).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_or_breaks_out() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1"] {
            assert!(csv_cell(bad).starts_with("\"'"), "{bad}");
        }
        assert_eq!(csv_cell("a\"b"), "\"a\"\"b\"");
        assert_eq!(csv_cell("2024-05-13 10:00:00"), "\"2024-05-13 10:00:00\"");
    }

    #[test]
    fn a_day_begins_at_midnight_in_japan() {
        assert_eq!(midnight("1970-01-02"), Some(Timestamp(15 * 3_600_000)));
        assert_eq!(midnight("2024-13-01"), None);
        let form = Form::of_query(Some("day=1970-01-02&person=&subject=+x+"));
        let wanted = wanted(&form).unwrap();
        assert_eq!(
            (wanted.until, wanted.actor, wanted.subject.as_deref()),
            (Some(Timestamp(39 * 3_600_000)), None, Some("x"))
        );
    }

    #[test]
    fn the_log_is_told_without_what_documents_say() {
        let detail = json!({
            "version": 3, "patient_id": "00048213", "note": "風間さんに電話",
            "changes": { "field.patient_name": { "old": "風間 灯", "new": "風間 明里" } },
        });
        let told = told(&detail);
        assert!(told.contains("patient_id=00048213") && told.contains("changes=field.patient_name"), "{told}");
        assert!(!told.contains("風間"), "{told}");
    }
}
