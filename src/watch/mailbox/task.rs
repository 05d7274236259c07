//! One task for each folder of each mailbox: its own connection, IDLE where the server has it, a slow look in any case, and a way back after every failure.

use super::door::{self, Can, PATIENCE, Session};
use super::look::{Look, Memory};
use super::settings::MailboxSource;
use super::trouble::Trouble;
use crate::domain::{Timestamp, doubled_ms};
use crate::net::Meter;
use crate::pipeline::ReceiveHandle;
use crate::store::mailboxes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// The longest pause between two attempts.
const LONGEST_PAUSE_MS: i64 = 300_000;

/// Watches one folder until `stop` becomes true (or its sender is gone). May be dropped at any instant.
pub async fn run(source: Arc<MailboxSource>, folder: String, receive: ReceiveHandle, mut stop: watch::Receiver<bool>) {
    let watching = forever(&source, &folder, &receive);
    tokio::select! {
        () = watching => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

async fn forever(source: &MailboxSource, folder: &str, receive: &ReceiveHandle) {
    let mut memory = Memory::default();
    let mut failures = 0;
    let mut since: Option<Timestamp> = None;
    loop {
        let meter = Arc::new(Meter::default());
        memory.connection_begins();
        let trouble = connection(source, folder, receive, &meter, &mut memory).await;
        if memory.progressed {
            (failures, since) = (0, None);
        }
        failures += 1;
        let now = receive.clock.now();
        let first = since.is_none();
        let since = *since.get_or_insert(now);
        if first {
            tracing::warn!(source = source.name, trouble = ?trouble, "the mailbox cannot be read");
        }
        let tally = memory.take_tally(&meter);
        if let Err(error) = note_failure(source, folder, receive, trouble, &tally).await {
            tracing::warn!(source = source.name, %error, "the state of the mailbox cannot be kept");
            // Counted again with the next one.
            memory.tally = tally;
        }
        memory.shown.unreachable(source, folder, receive, trouble, since).await;
        sleep(pause(source.retry_ms, failures, chance())).await;
    }
}

/// One connection, from its beginning to the trouble that ends it.
async fn connection(
    source: &MailboxSource,
    folder: &str,
    receive: &ReceiveHandle,
    meter: &Arc<Meter>,
    memory: &mut Memory,
) -> Trouble {
    let (mut session, can) = match door::enter(source, &receive.clock, meter).await {
        Ok(entered) => entered,
        Err(trouble) => return trouble,
    };
    let mut opened = false;
    loop {
        let now = receive.clock.now();
        let whole = memory.compared.is_none_or(|at| now.0 - at.0 >= source.compare_ms || now < at);
        let mut look = Look::new(source, folder, receive, (&mut session, meter, can), memory);
        let looked = match (whole, opened) {
            (true, _) => look.whole().await,
            (false, false) => look.again().await,
            (false, true) => look.further().await,
        };
        if let Err(trouble) = looked {
            return trouble;
        }
        opened = true;
        session = match rest(session, can, meter, source.poll_ms).await {
            Ok(session) => session,
            Err(trouble) => return trouble,
        };
    }
}

/// Waits until the server has something to say, or for one poll.
async fn rest(mut session: Session, can: Can, meter: &Meter, poll_ms: u64) -> Result<Session, Trouble> {
    let poll = Duration::from_millis(poll_ms);
    if !can.idle {
        sleep(poll).await;
        // Only now does the server tell what came.
        timeout(PATIENCE, session.noop()).await??;
        return Ok(session);
    }
    meter.allow(1 << 20);
    let mut idle = session.idle();
    timeout(PATIENCE, idle.init()).await??;
    {
        let (waited, _interrupt) = idle.wait_with_timeout(poll);
        // Keep-alive words put the crate's own time off again and again; ours does not move.
        if let Ok(answered) = timeout(poll, waited).await {
            answered?;
        }
    }
    Ok(timeout(PATIENCE, idle.done()).await??)
}

async fn note_failure(
    source: &MailboxSource,
    folder: &str,
    receive: &ReceiveHandle,
    trouble: Trouble,
    tally: &mailboxes::Progress,
) -> Result<(), crate::store::Error> {
    let mut tx = receive.db.write().await?;
    let words = trouble.message_ja();
    mailboxes::failing(&mut tx, &source.name, folder, words, tally, receive.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Twice as long after each failure, and never the same for two folders: a server that comes back is not stormed.
fn pause(first_ms: u64, failures: u32, chance: f64) -> Duration {
    let first_ms = i64::try_from(first_ms).unwrap_or(i64::MAX);
    let doubled = doubled_ms(first_ms, i64::from(failures), LONGEST_PAUSE_MS);
    Duration::from_millis((doubled as f64 * (0.5 + chance)) as u64)
}

/// Between 0 and 1.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_end_and_differ() {
        let at = |failures, chance| pause(1_000, failures, chance).as_millis();
        assert_eq!((at(1, 0.0), at(1, 1.0)), (500, 1_500));
        assert_eq!(at(4, 0.5), 8_000);
        assert_eq!(at(1_000, 0.5), 300_000);
        assert!((0..100).all(|_| (0.0..=1.0).contains(&chance())));
    }
}
