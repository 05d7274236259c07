//! One line of the list, in words.

use crate::domain::{Act, DocumentState, Kind, Timestamp};
use crate::store::documents::{QueueRow, Tray};
use crate::web::auth::Staff;
use crate::web::words;

/// A line as the page shows it.
pub struct Row {
    pub id: String,
    pub holdable: bool,
    pub openable: bool,
    pub due: String,
    pub due_tone: &'static str,
    pub due_title: String,
    pub kind: &'static str,
    pub kind_doubtful: bool,
    pub patient: String,
    pub patient_unknown: bool,
    pub sender: String,
    pub sender_unknown: bool,
    pub way: &'static str,
    pub received: String,
    pub received_title: String,
    pub say: &'static str,
    pub say_tone: &'static str,
    pub alerts: i64,
    pub alerts_title: String,
    pub holder: Option<String>,
    pub mine: bool,
    pub version: i64,
    pub tickable: bool,
    pub assignee: Option<String>,
    pub assigned_to_me: bool,
}

/// A row in words.
pub fn view(row: &QueueRow, staff: &Staff, tray: Tray, now: Timestamp) -> Row {
    let mine = row.held_by.as_ref() == Some(&staff.id);
    let held = row.held_by.is_some() && row.held_until.is_some_and(|until| until >= now);
    let (due, due_tone) = match tray {
        Tray::Open | Tray::Inquiry => words::due(row.due_at, now),
        _ => (words::moment_in_list(row.updated_at, now), ""),
    };
    let (say, say_tone) = match row.state {
        DocumentState::Proposed | DocumentState::InReview => {
            (words::decision(row.decision), words::decision_tone(row.decision))
        }
        DocumentState::Approved if row.push_error.is_some() => ("登録できない", "bad"),
        state => (state.label_ja(), words::state_tone(state)),
    };
    let patient = row.patient_label.clone();
    Row {
        id: row.id.to_string(),
        openable: staff.may(Act::SeeDocument),
        holdable: tray == Tray::Open && (!held || mine) && staff.may(Act::Hold),
        due,
        due_tone,
        due_title: format!("期限 {}", words::moment_in_full(row.due_at)),
        kind: row.kind.label_ja(),
        kind_doubtful: row.kind == Kind::Unknown,
        patient_unknown: patient.is_none(),
        patient: patient.unwrap_or_else(|| "（氏名なし）".to_owned()),
        sender_unknown: row.sender_label.is_none(),
        sender: row.sender_label.clone().unwrap_or_else(|| "（不明）".to_owned()),
        way: words::channel(row.channel),
        received: words::moment_in_list(row.received_at, now),
        received_title: words::moment_in_full(row.received_at),
        say,
        say_tone,
        alerts: row.alert_count,
        alerts_title: format!("注意 {}件", row.alert_count),
        holder: if held { row.holder.clone() } else { None },
        mine,
        version: row.version,
        tickable: matches!(tray, Tray::Open | Tray::Inquiry) && staff.may(Act::Assign),
        assignee: row.assignee.clone(),
        assigned_to_me: row.assigned_to.as_ref() == Some(&staff.id),
    }
}
