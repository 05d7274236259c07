//! A look at a mailbox from outside, for `doctor`: reachable, signed in, folders there. It changes nothing and fetches nothing.

use super::door;
use super::settings::{Acknowledge, MailboxSource};
use super::talk::Talk;
use super::trouble::Trouble;
use super::utf7;
use crate::domain::Clock;
use crate::net::Meter;
use futures_util::TryStreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Nobody waits longer for an answer of `doctor`.
const PATIENCE: Duration = Duration::from_secs(25);
/// Folder names offered where the configured one is missing.
const MOST_NAMES: usize = 20;

/// What was found of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The folder is there, with so many messages.
    Folder {
        /// Its name.
        folder: String,
        /// Messages in it.
        messages: u32,
    },
    /// A watched folder is not there; these are.
    Missing {
        /// The name that was looked for.
        folder: String,
        /// Names of other folders.
        there: Vec<String>,
    },
    /// The folder for received messages is not there yet and will be made.
    DoneMissing {
        /// Its name.
        folder: String,
    },
    /// The server does not tell of new messages by itself.
    NoIdle,
    /// It cannot be looked at at all.
    Trouble(Trouble),
}

/// Looks at a mailbox once.
pub async fn probe(source: &MailboxSource, clock: &Clock) -> Vec<Finding> {
    match timeout(PATIENCE, look(source, clock)).await {
        Ok(Ok(found)) => found,
        Ok(Err(trouble)) => vec![Finding::Trouble(trouble)],
        Err(_) => vec![Finding::Trouble(Trouble::TimedOut)],
    }
}

async fn look(source: &MailboxSource, clock: &Clock) -> Result<Vec<Finding>, Trouble> {
    let meter = Arc::new(Meter::default());
    let (mut session, can) = door::enter(source, clock, &meter).await?;
    let mut found = Vec::new();
    meter.allow(1 << 20);
    let names: Vec<_> = session.list(Some(""), Some("*")).await?.try_collect().await?;
    let mut names: Vec<String> = names.iter().map(|name| utf7::decode(name.name())).collect();
    names.sort_by_key(|name| (name != "INBOX", name.clone()));
    for folder in &source.folders {
        let selected = Talk { session: &mut session, meter: &meter }.select(folder, true).await;
        match selected {
            Ok(selected) => found.push(Finding::Folder { folder: folder.clone(), messages: selected.exists }),
            Err(Trouble::NoFolder) => {
                let there = names.iter().take(MOST_NAMES).cloned().collect();
                found.push(Finding::Missing { folder: folder.clone(), there });
            }
            Err(trouble) => return Err(trouble),
        }
    }
    if let Acknowledge::Move(done) = &source.acknowledge
        && !names.contains(done)
    {
        found.push(Finding::DoneMissing { folder: done.clone() });
    }
    if !can.idle {
        found.push(Finding::NoIdle);
    }
    session.logout().await.ok();
    Ok(found)
}
