//! The queue (確認待ち一覧): lists, counts and neighbours. Reads only, and never the wide columns.

use super::super::{Result, debug_without_people};
use super::filter::{Bound, QueueFilter, Way, asked, filtered, newest, open_tray, sought, spoken};
use super::seeing::seeable;
use crate::db::{ReadTx, all, one, optional};
use crate::domain::{Channel, Decision, DeliveryId, DocumentId, DocumentState, Kind, PageNo, Timestamp, UserId};
use sqlx::types::Json;

/// Where a document lies on the desk: its state as the lists group it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Tray {
    /// To be confirmed, held or not (確認待ち・確認中).
    #[default]
    Open,
    /// The sender is being asked (照会中).
    Inquiry,
    /// Not for the referral database (除外).
    SetAside,
    /// Confirmed, waits to be pushed (確定).
    Confirmed,
    /// Stands in the referral database (登録済).
    Pushed,
}

impl Tray {
    /// Every tray, in the order of the work.
    pub const ALL: &'static [Tray] = &[Tray::Open, Tray::Inquiry, Tray::SetAside, Tray::Confirmed, Tray::Pushed];

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Tray::Open => "open",
            Tray::Inquiry => "inquiry",
            Tray::SetAside => "set_aside",
            Tray::Confirmed => "confirmed",
            Tray::Pushed => "pushed",
        }
    }

    /// Where a document of that state lies.
    pub fn of(state: DocumentState) -> Tray {
        match state {
            DocumentState::Proposed | DocumentState::InReview => Tray::Open,
            DocumentState::Approved => Tray::Confirmed,
            DocumentState::Pushed => Tray::Pushed,
            DocumentState::SetAside => Tray::SetAside,
            DocumentState::Inquiry => Tray::Inquiry,
        }
    }
}

/// One line of a list.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct QueueRow {
    /// Which document.
    pub id: DocumentId,
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// Where it stands.
    pub state: DocumentState,
    /// Of the row.
    pub version: i64,
    /// What it is.
    pub kind: Kind,
    /// How much attention it needs.
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
    /// The patient, as read or corrected.
    pub patient_label: Option<String>,
    /// The sender, as read or corrected.
    pub sender_label: Option<String>,
    /// How many things a person must notice.
    pub alert_count: i64,
    /// Why it was set aside.
    pub set_aside_reason: Option<String>,
    /// What the sender is being asked.
    pub inquiry_note: Option<String>,
    /// Code of the last failure to push it.
    pub push_error: Option<String>,
    /// Pages of the delivery.
    pub pages: Json<Vec<PageNo>>,
    /// An earlier delivery with the same bytes.
    pub duplicate_of: Option<DeliveryId>,
    /// Who has it open.
    pub held_by: Option<UserId>,
    /// What colleagues call them.
    pub holder: Option<String>,
    /// Until when.
    pub held_until: Option<Timestamp>,
    /// Whom it was given to.
    pub assigned_to: Option<UserId>,
    /// What colleagues call them.
    pub assignee: Option<String>,
}
debug_without_people!(QueueRow { id, state, version, kind, decision });

/// Where counting stops: trays that only grow must not slow every page down.
pub const MOST: i64 = 10_000;

/// How many documents lie where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// To be confirmed.
    pub open: i64,
    /// Of these, to be confirmed with one key.
    pub ready: i64,
    /// Of these, those of which nothing could be read.
    pub unreadable: i64,
    /// The sender is being asked.
    pub inquiry: i64,
    /// Set aside; counted up to `MOST`.
    pub set_aside: i64,
    /// Confirmed, waiting to be pushed.
    pub confirmed: i64,
    /// In the referral database; counted up to `MOST`.
    pub pushed: i64,
}

impl Counts {
    /// Counts `n` more.
    pub(in crate::store) fn add(&mut self, tray: Tray, decision: Decision, n: i64) {
        match tray {
            Tray::Open => {
                self.open += n;
                match decision {
                    Decision::Ready => self.ready += n,
                    Decision::Unreadable => self.unreadable += n,
                    Decision::Review => {}
                }
            }
            Tray::Inquiry => self.inquiry += n,
            Tray::SetAside => self.set_aside += n,
            Tray::Confirmed => self.confirmed += n,
            Tray::Pushed => self.pushed += n,
        }
    }
}

/// In which direction a neighbour lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Later in the queue.
    Next,
    /// Earlier in the queue.
    Previous,
}

/// A line of a list, up to its condition.
macro_rules! shown {
    () => {
        "SELECT d.id, d.delivery_id, d.state, d.version, d.kind, d.decision, d.source, d.channel, d.received_at, d.due_at, \
         d.updated_at, d.patient_label, d.sender_label, d.alert_count, d.set_aside_reason, d.inquiry_note, d.push_error, \
         d.pages, v.duplicate_of, h.user_id AS held_by, a.display_name AS holder, h.until AS held_until, \
         g.user_id AS assigned_to, b.display_name AS assignee FROM document d \
         JOIN delivery v ON v.id = d.delivery_id LEFT JOIN hold h ON h.document_id = d.id \
         LEFT JOIN account a ON a.id = h.user_id LEFT JOIN assignment g ON g.document_id = d.id \
         LEFT JOIN account b ON b.id = g.user_id WHERE "
    };
}

macro_rules! row_of {
    () => {
        concat!(shown!(), "d.id = $1 AND ", seeable!("$2"))
    };
}

macro_rules! rows {
    ($from:expr, $order:literal) => {
        concat!(
            shown!(),
            "d.id IN (SELECT d.id FROM ",
            $from,
            " ORDER BY ",
            $order,
            " LIMIT $20 OFFSET $21) ORDER BY ",
            $order
        )
    };
}

macro_rules! beside {
    ($compare:literal, $order:literal) => {
        concat!(
            "SELECT d.id FROM ",
            open_tray!(),
            " AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.document_id = d.id AND h.user_id <> $20 AND h.until >= $21) \
             AND d.id <> $22 AND (d.due_at, d.received_at, d.id) ",
            $compare,
            " ($23, $24, $22) ORDER BY ",
            $order,
            " LIMIT 1"
        )
    };
}

macro_rules! counted {
    ($from:expr) => {
        concat!("SELECT count(*) FROM (SELECT 1 FROM ", $from, " LIMIT $20) AS found")
    };
}

/// A page of a list: what is due first, then oldest; what is done with, newest first.
pub async fn queue(tx: &mut ReadTx, filter: &QueueFilter, limit: i64, offset: i64) -> Result<Vec<QueueRow>> {
    let bound = Bound::of(filter);
    let sql: &'static str = match bound.way() {
        Way::Open => rows!(open_tray!(), "d.due_at, d.received_at, d.id"),
        Way::Newest => rows!(newest!(), "d.updated_at DESC, d.id DESC"),
        Way::Sought => rows!(sought!(), "d.updated_at DESC, d.id DESC"),
    };
    Ok(asked!(all, tx, sql, bound, limit, offset)?)
}

/// Those of `ids` that the person may see, whatever tray they lie in; in the order of the queue.
pub async fn listed(tx: &mut ReadTx, filter: &QueueFilter, ids: &[DocumentId]) -> Result<Vec<QueueRow>> {
    let mut rows = Vec::new();
    for id in ids {
        let row: Option<QueueRow> = optional!(tx, row_of!(), id, filter.seeing.bound())?;
        rows.extend(row);
    }
    rows.sort_by(|a: &QueueRow, b| (a.due_at, a.received_at, &a.id).cmp(&(b.due_at, b.received_at, &b.id)));
    Ok(rows)
}

/// How many documents a list has over all its pages; counted up to `MOST`.
pub async fn count(tx: &mut ReadTx, filter: &QueueFilter) -> Result<i64> {
    let bound = Bound::of(filter);
    let sql: &'static str = match bound.way() {
        Way::Open => counted!(open_tray!()),
        Way::Newest => counted!(newest!()),
        Way::Sought => counted!(sought!()),
    };
    let (n,): (i64,) = asked!(one, tx, sql, bound, MOST)?;
    Ok(n)
}

/// How many documents lie where.
pub async fn counts(tx: &mut ReadTx) -> Result<Counts> {
    let groups: Vec<(Tray, Decision, i64)> = all!(
        tx,
        "SELECT tray, decision, count(*) FROM document WHERE tray IN ('open', 'inquiry', 'confirmed') GROUP BY tray, decision \
         UNION ALL SELECT 'set_aside', 'review', count(*) FROM (SELECT 1 FROM document WHERE tray = 'set_aside' LIMIT $1) AS a \
         UNION ALL SELECT 'pushed', 'review', count(*) FROM (SELECT 1 FROM document WHERE tray = 'pushed' LIMIT $1) AS b",
        MOST
    )?;
    let mut counts = Counts::default();
    for (tray, decision, n) in groups {
        counts.add(tray, decision, n);
    }
    Ok(counts)
}

/// The nearest document of the list before or after `from` that `user` could open; `from` itself may have left the list.
///
/// Without `from`, or when nothing follows it, the first one of the list.
pub async fn neighbour(
    tx: &mut ReadTx,
    filter: &QueueFilter,
    from: Option<&DocumentId>,
    toward: Toward,
    user: &UserId,
    now: Timestamp,
) -> Result<Option<DocumentId>> {
    const START: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MIN));
    let place: Option<(Timestamp, Timestamp)> = match from {
        Some(id) => optional!(tx, "SELECT due_at, received_at FROM document WHERE id = $1", id)?,
        None => None,
    };
    let here = from.map_or("", DocumentId::as_str);
    let bound = Bound::of(filter);
    let places = match toward {
        Toward::Previous => vec![(place.unwrap_or(START), Toward::Previous)],
        Toward::Next => vec![(place.unwrap_or(START), Toward::Next), (START, Toward::Next)],
    };
    for ((due_at, received_at), toward) in places {
        let sql: &'static str = match toward {
            Toward::Next => beside!(">", "d.due_at, d.received_at, d.id"),
            Toward::Previous => beside!("<", "d.due_at DESC, d.received_at DESC, d.id DESC"),
        };
        let found: Option<(DocumentId,)> = asked!(optional, tx, sql, bound, user, now, here, due_at, received_at)?;
        if let Some((id,)) = found {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
