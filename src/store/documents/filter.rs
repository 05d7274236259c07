//! Which documents a list shows, and how the statements take it: one set of parameters for every list, count and neighbour.
//!
//! Trays that only grow are looked through as far as `MOST`, newest first; a search narrows them by the index of pairs.

use super::queue::Tray;
use super::search::Sought;
use super::seeing::Seeing;
use crate::domain::{Channel, Decision, Kind, Timestamp, UserId};

/// Stands round each value of a list, so that one never matches a part of another.
const BORDER: char = '\u{1f}';

/// Which documents a list shows. Several values of one condition are alternatives; the conditions add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueFilter {
    /// In which tray.
    pub tray: Tray,
    /// Of these kinds; empty for all.
    pub kinds: Vec<Kind>,
    /// From these sources; empty for all.
    pub sources: Vec<String>,
    /// By one way.
    pub channel: Option<Channel>,
    /// Of these decisions; empty for all.
    pub decisions: Vec<Decision>,
    /// Received before that moment.
    pub received_before: Option<Timestamp>,
    /// Only where a person must notice something.
    pub alerted: bool,
    /// Given to or held by this person.
    pub mine: Option<UserId>,
    /// Held by somebody other than this person.
    pub held_by_others: Option<UserId>,
    /// The moment at which holds count.
    pub now: Timestamp,
    /// With these words in its text, or in a name, kana, number or date; width, case, spaces and hyphens do not matter.
    pub text: Option<String>,
    /// Who looks.
    pub seeing: Seeing,
}

impl QueueFilter {
    /// What its search asks for first, where it looks at the newest of that alone; nothing for other lists.
    pub(in crate::store) fn narrowed(&self) -> Narrowed {
        let bound = Bound::of(self);
        match bound.way() {
            Way::Open | Way::Newest => Narrowed::default(),
            Way::Sought => Narrowed { grams: bound.sought.grams, from: bound.sought.from, to: bound.sought.to },
        }
    }

    /// The same tray, search and rights without the other conditions: what the counts beside the conditions are taken of.
    pub(super) fn unconditional(&self) -> QueueFilter {
        QueueFilter {
            tray: self.tray,
            text: self.text.clone(),
            seeing: self.seeing.clone(),
            now: self.now,
            ..QueueFilter::default()
        }
    }
}

/// What a search of a tray that only grows asks for before it looks at the rest: of each of the two it takes the newest `SOUGHT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Narrowed {
    /// The index of pairs.
    pub grams: Option<String>,
    /// A day of receipt.
    pub from: Option<Timestamp>,
    /// Its end.
    pub to: Option<Timestamp>,
}

/// How many documents of an index a search in a tray that only grows looks at; `sought!` and the index of pairs say it in SQL.
pub(in crate::store) const SOUGHT: i64 = 1000;

/// Which statement a list takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A tray that people empty: every document of it.
    Open,
    /// A tray that only grows: its newest documents.
    Newest,
    /// A search in a tray that only grows.
    Sought,
}

/// The filter as the statements take it, `$1` to `$19`.
pub(super) struct Bound {
    pub tray: Tray,
    pub kinds: Option<String>,
    pub sources: Option<String>,
    pub decisions: Option<String>,
    pub channel: Option<Channel>,
    pub received_before: Option<Timestamp>,
    pub alerted: Option<i64>,
    pub mine: Option<UserId>,
    pub others: Option<UserId>,
    pub now: Timestamp,
    pub sought: Sought,
    pub seeing: Option<String>,
}

impl Bound {
    pub fn of(filter: &QueueFilter) -> Bound {
        Bound {
            tray: filter.tray,
            kinds: listed(filter.kinds.iter().map(|kind| kind.code())),
            sources: listed(filter.sources.iter().map(String::as_str)),
            decisions: listed(filter.decisions.iter().map(|decision| match decision {
                Decision::Ready => "ready",
                Decision::Review => "review",
                Decision::Unreadable => "unreadable",
            })),
            channel: filter.channel,
            received_before: filter.received_before,
            alerted: filter.alerted.then_some(1),
            mine: filter.mine.clone(),
            others: filter.held_by_others.clone(),
            now: filter.now,
            sought: Sought::of(filter.text.as_deref()),
            seeing: filter.seeing.bound(),
        }
    }

    pub fn way(&self) -> Way {
        match self.tray {
            Tray::Open | Tray::Inquiry | Tray::Confirmed => Way::Open,
            Tray::SetAside | Tray::Pushed if self.sought.whole.is_some() => Way::Sought,
            Tray::SetAside | Tray::Pushed => Way::Newest,
        }
    }
}

fn listed<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut out = String::new();
    for value in values {
        out.push(BORDER);
        out.push_str(value);
        out.push(BORDER);
    }
    (!out.is_empty()).then_some(out)
}

/// Asks a statement with the filter's parameters and those after them.
macro_rules! asked {
    ($how:ident, $tx:expr, $sql:expr, $bound:expr $(, $more:expr)* $(,)?) => {
        $how!(
            $tx, $sql, $bound.tray, &$bound.kinds, &$bound.sources, &$bound.decisions, $bound.channel,
            $bound.received_before, $bound.alerted, &$bound.mine, &$bound.others, $bound.now, &$bound.sought.whole,
            &$bound.sought.words[0], &$bound.sought.words[1], &$bound.sought.words[2], &$bound.sought.day,
            $bound.sought.from, $bound.sought.to, &$bound.sought.grams, &$bound.seeing $(, $more)*
        )
    };
}

/// The conditions every list shares, on `d`.
macro_rules! filtered {
    () => {
        concat!(
            "d.tray = $1 AND ($2 IS NULL OR replace($2, '\u{1f}' || d.kind || '\u{1f}', '') <> $2) \
         AND ($3 IS NULL OR replace($3, '\u{1f}' || d.source || '\u{1f}', '') <> $3) \
         AND ($4 IS NULL OR replace($4, '\u{1f}' || d.decision || '\u{1f}', '') <> $4) \
         AND ($5 IS NULL OR d.channel = $5) AND ($6 IS NULL OR d.received_at < $6) \
         AND ($7 IS NULL OR d.alert_count >= $7) \
         AND ($8 IS NULL OR EXISTS (SELECT 1 FROM assignment m WHERE m.document_id = d.id AND m.user_id = $8) \
         OR EXISTS (SELECT 1 FROM hold m WHERE m.document_id = d.id AND m.user_id = $8 AND m.until >= $10)) \
         AND ($9 IS NULL OR EXISTS (SELECT 1 FROM hold o WHERE o.document_id = d.id AND o.user_id <> $9 AND o.until >= $10)) AND ",
            seeable!("$19")
        )
    };
}

/// Whether a row `s` of the search table has what is sought.
macro_rules! spoken {
    () => {
        "(s.folded LIKE $11 ESCAPE '!' OR s.folded LIKE $12 ESCAPE '!' AND s.folded LIKE $13 ESCAPE '!' \
         AND s.folded LIKE $14 ESCAPE '!' OR s.folded LIKE $15 ESCAPE '!')"
    };
}

/// Every document of a tray that people empty. (`$18` is for the other ways; each statement names every parameter.)
macro_rules! open_tray {
    () => {
        concat!(
            "document d WHERE ",
            filtered!(),
            " AND ($11 IS NULL OR d.received_at >= $16 AND d.received_at < $17 OR EXISTS (SELECT 1 FROM document_search s \
             WHERE s.document_id = d.id AND ",
            spoken!(),
            ")) AND ($18 IS NULL OR $18 <> '')"
        )
    };
}

/// The newest documents of a tray that only grows.
macro_rules! newest {
    () => {
        concat!(
            "(SELECT id, tray, kind, source, decision, channel, received_at, due_at, updated_at, alert_count, misdirected, \
             departments FROM document \
             WHERE tray = $1 ORDER BY updated_at DESC, id DESC LIMIT 10000) d WHERE ",
            filtered!(),
            " AND COALESCE($11, $12, $13, $14, $15, $18) IS NULL AND COALESCE($16, $17) IS NULL"
        )
    };
}

/// What a search finds in a tray that only grows, the newest first: by its words, or by the day on which it came.
/// SQLite takes the sides of a CROSS JOIN in the order in which they are written; else it walks over the whole tray.
macro_rules! sought {
    () => {
        concat!(
            "(SELECT s.document_id FROM document_search s WHERE s.no IN \
             (SELECT rowid FROM document_gram($18) ORDER BY rowid DESC LIMIT 1000) AND ",
            spoken!(),
            " UNION SELECT came.id FROM (SELECT id FROM document WHERE tray = $1 AND received_at >= $16 \
             AND received_at < $17 ORDER BY received_at DESC LIMIT 1000) came) f \
             CROSS JOIN document d WHERE d.id = f.document_id AND ",
            filtered!()
        )
    };
}

pub(super) use {asked, filtered, newest, open_tray, sought, spoken};
