//! What is wrong now: sources out of reach, receipts that stand still, a full disk, documents and deliveries over their time, lines that fell silent,
//! other systems that could not be told.

use super::Desk;
use crate::db::ReadTx;
use crate::domain::Timestamp;
use crate::store::alarms::{self, Seen};
use crate::store::{self, hooks, incoming};
use std::collections::BTreeMap;

pub(super) const UNREACHABLE: &str = "unreachable";
pub(super) const STUCK: &str = "stuck";
pub(super) const UNMOVED: &str = "unmoved";
pub(super) const DISK: &str = "disk";
pub(super) const OVERDUE: &str = "overdue";
pub(super) const WAITING: &str = "waiting";
pub(super) const SILENCE: &str = "silence";
pub(super) const HOOK: &str = "webhook";

const HOUR_MS: i64 = 3_600_000;
/// What was given up so long ago is known.
const GIVEN_UP_MS: i64 = 24 * HOUR_MS;
/// Weeks that say what is usual.
const WEEKS: i64 = 4;
/// Fewer arrivals than this in all of them say nothing.
const ENOUGH: i64 = 8;
/// After a start, what came while the program was away is still being received.
const SETTLING_MS: i64 = 30 * 60_000;

/// What is remembered from one look to the next.
pub(super) struct Look {
    started: Timestamp,
}

impl Look {
    pub fn new(started: Timestamp) -> Self {
        Self { started }
    }

    /// Everything that is wrong now.
    pub async fn found(&mut self, tx: &mut ReadTx, desk: &Desk, now: Timestamp) -> Result<Vec<Seen>, store::Error> {
        let settings = &desk.settings;
        let mut found = Vec::new();
        let mut sources: BTreeMap<(&'static str, String), i64> = BTreeMap::new();
        for row in incoming::list(tx).await?.into_iter().filter(|row| row.alerted) {
            *sources.entry((kind_of(&row.path_key), row.source)).or_default() += 1;
        }
        found.extend(sources.into_iter().map(|((kind, subject), amount)| Seen { kind, subject, amount }));
        if settings.disk_mebibytes > 0
            && let Ok(stat) = rustix::fs::statvfs(&desk.data)
        {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
            if free < settings.disk_mebibytes {
                let amount = i64::try_from(free).unwrap_or(i64::MAX);
                found.push(Seen { kind: DISK, subject: String::new(), amount });
            }
        }
        if settings.overdue_minutes > 0 {
            let before = now.plus_ms(-i64::from(settings.overdue_minutes) * 60_000);
            let amount = alarms::overdue(tx, before).await?;
            if amount > 0 {
                found.push(Seen { kind: OVERDUE, subject: String::new(), amount });
            }
            // What waits for its password, and what nobody could read, has no document and so no time of its own.
            let amount = alarms::waiting(tx, before).await?;
            if amount > 0 {
                found.push(Seen { kind: WAITING, subject: String::new(), amount });
            }
        }
        if settings.silence_hours > 0 && now.0 - self.started.0 >= SETTLING_MS {
            found.extend(silent(tx, i64::from(settings.silence_hours), now).await?);
        }
        let given_up = hooks::given_up(tx, now.plus_ms(-GIVEN_UP_MS)).await?;
        found.extend(given_up.into_iter().map(|(subject, amount)| Seen { kind: HOOK, subject, amount }));
        Ok(found)
    }
}

/// What a row of what is not received says: a folder's or mailbox's own row has a key that ends like a folder's, and that of the mails
/// which a server does not let go one that ends in `/!`. The keys of files begin at the root.
fn kind_of(path_key: &str) -> &'static str {
    match path_key {
        key if key.ends_with('/') => UNREACHABLE,
        key if key.ends_with("/!") && !key.starts_with('/') => UNMOVED,
        _ => STUCK,
    }
}

/// Lines from which something came in each of the last weeks at this time, and now nothing.
async fn silent(tx: &mut ReadTx, hours: i64, now: Timestamp) -> Result<Vec<Seen>, store::Error> {
    let fell_silent = alarms::silent(tx, hours * HOUR_MS, WEEKS, ENOUGH, now).await?;
    let subject = |source: String, line: String| if line.is_empty() { source } else { format!("{source} / {line}") };
    Ok(fell_silent
        .into_iter()
        .map(|(source, line)| Seen { kind: SILENCE, subject: subject(source, line), amount: hours })
        .collect())
}
