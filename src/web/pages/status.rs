//! The state of the whole desk in figures (状況).

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

use super::{reading, with_bar};
use crate::domain::{DeliveryState, Stage, Timestamp};
use crate::jail::Wall;
use crate::store::documents::{QueueFilter, Tray};
use crate::store::mailboxes::{self, MailFolder};
use crate::store::{documents, incoming, jobs, outbox};
use crate::web::auth::Staff;
use crate::web::error::{WebError, page_of};
use crate::web::frame::Frame;
use crate::web::{App, words};

struct Figure {
    label: String,
    count: i64,
    tone: &'static str,
    href: String,
}

struct Group {
    title: &'static str,
    figures: Vec<Figure>,
}

/// A watched folder of a shared mailbox, in words.
struct Mailbox {
    name: String,
    state: &'static str,
    tone: &'static str,
    why: String,
    contact: String,
    last: String,
    messages: i64,
    waiting: i64,
    received: i64,
    again: i64,
    fetched: String,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    frame: Frame,
    groups: Vec<Group>,
    mailboxes: Vec<Mailbox>,
    oldest: Option<String>,
    walls: Vec<Wall>,
    breaches: u64,
}

fn figure(label: impl Into<String>, count: i64, tone: &'static str, href: impl Into<String>) -> Figure {
    Figure { label: label.into(), count, tone: if count > 0 { tone } else { "" }, href: href.into() }
}

fn mailbox(row: MailFolder, now: Timestamp) -> Mailbox {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "まだ".to_owned(), |at| words::moment(at, now));
    let (state, tone) = match (row.failing_since, row.last_contact) {
        (Some(_), _) => ("接続できません", "bad"),
        (None, Some(_)) => ("接続中", "good"),
        (None, None) => ("接続を始めています", ""),
    };
    let since = row.failing_since.map(|at| format!("（{}から）", words::moment(at, now))).unwrap_or_default();
    Mailbox {
        name: format!("{} / {}", row.source, row.folder),
        state,
        tone,
        why: if row.trouble.is_empty() { String::new() } else { format!("{}{since}", row.trouble) },
        contact: when(row.last_contact),
        last: when(row.last_message),
        messages: row.messages,
        waiting: row.waiting,
        received: row.received,
        again: row.again,
        fetched: format!("{}（通信 {}）", words::size(row.body_bytes), words::size(row.wire_bytes)),
    }
}

/// `GET /status`
pub async fn show(State(app): State<Arc<App>>, staff: Staff) -> Result<Response, WebError> {
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let (frame, bar) = with_bar(&mut tx, &staff, "status", "状況", None).await?;
    let counts = documents::counts(&mut tx).await?;
    let coming = incoming::list(&mut tx).await?;
    let pending = jobs::pending(&mut tx).await?;
    let mailboxes = mailboxes::list(&mut tx).await?;
    let letters = outbox::count(&mut tx).await?;
    let first = documents::queue(&mut tx, &QueueFilter::default(), 1, 0).await?;
    drop(tx);
    let arrived = |state: DeliveryState, tone| {
        figure(state.label_ja(), bar.of(state), tone, format!("/deliveries?state={}", state.code()))
    };
    let of = |stage: Stage| pending.iter().find(|p| p.stage == stage);
    let mut work: Vec<Figure> = Stage::ALL
        .iter()
        .map(|stage| figure(words::stage(*stage), of(*stage).map_or(0, |p| p.waiting + p.claimed), "", ""))
        .collect();
    let gave_up = pending.iter().map(|p| p.gave_up).sum();
    work.push(figure("止まった処理", gave_up, "bad", ""));
    let alerted = coming.iter().filter(|file| file.alerted).count() as i64;
    let groups = vec![
        Group {
            title: "文書",
            figures: vec![
                figure("確認待ち", counts.open, "", "/queue"),
                figure("うち照合のみ", counts.ready, "", "/queue?decision=ready"),
                figure("照会中", counts.inquiry, "warn", tray(Tray::Inquiry)),
                figure("確定（登録待ち）", counts.confirmed, "", tray(Tray::Confirmed)),
                figure("登録済", counts.pushed, "", tray(Tray::Pushed)),
                figure("除外", counts.set_aside, "", tray(Tray::SetAside)),
            ],
        },
        Group {
            title: "受信",
            figures: vec![
                figure("送信中", coming.len() as i64, "", "/deliveries"),
                figure("送信が止まっている", alerted, "bad", "/deliveries"),
                arrived(DeliveryState::Received, ""),
                arrived(DeliveryState::Reading, ""),
                arrived(DeliveryState::Held, "bad"),
                arrived(DeliveryState::Unreadable, "bad"),
                arrived(DeliveryState::Read, ""),
            ],
        },
        Group { title: "残っている処理", figures: work },
        Group {
            title: "知らせのメール",
            figures: vec![
                figure("送信待ち", letters.waiting, "", ""),
                figure("送れなかった", letters.gave_up, "bad", ""),
                figure("送信済", letters.sent, "", ""),
            ],
        },
    ];
    let oldest = first.first().map(|row| {
        let (due, _) = words::due(row.due_at, now);
        format!("{due}（{}、{} 受信）", row.kind.label_ja(), words::moment(row.received_at, now))
    });
    let walls = app.jail.as_ref().map(|(_, walls)| walls.list()).unwrap_or_default();
    let breaches = app.jail.as_ref().map_or(0, |(jail, _)| jail.breaches());
    let mailboxes = mailboxes.into_iter().map(|row| mailbox(row, now)).collect();
    Ok(page_of(&StatusPage { frame, groups, mailboxes, oldest, walls, breaches }))
}

fn tray(tray: Tray) -> String {
    let code = match tray {
        Tray::Open => return "/queue".to_owned(),
        Tray::Inquiry => "inquiry",
        Tray::SetAside => "set_aside",
        Tray::Confirmed => "confirmed",
        Tray::Pushed => "pushed",
    };
    format!("/queue?tray={code}")
}
