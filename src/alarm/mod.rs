//! Mails to people about what needs them (知らせのメール): looked for by the minute, grouped, written once, sent until taken. Without names, numbers or words of documents.
//!
//! look: what is wrong now · letter: its words · post: the mail server · settings: what the configuration says.

mod letter;
mod look;
mod post;
mod settings;

pub use post::{Refusal, probe};
pub use settings::{Settings, check};

use crate::db::Db;
use crate::domain::{Clock, Timestamp, doubled_ms};
use crate::store::{self, alarms, outbox};
use look::Look;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often is looked, and mails are tried.
const TICK: Duration = Duration::from_secs(20);
/// A mail that is being sent belongs to its sender so long.
const LEASE_MS: i64 = 180_000;
/// The first pause after a failure; each further one doubles it, up to the longest.
const PAUSE_MS: i64 = 60_000;
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// What no server has taken after so long is old news.
const TOO_LATE_MS: i64 = 3 * 86_400_000;

/// What is needed to tell people.
#[derive(Clone)]
pub struct Desk {
    /// Our own tables.
    pub db: Db,
    /// The present moment.
    pub clock: Clock,
    /// The folder whose disk must not fill up.
    pub data: PathBuf,
    /// To whom, how, and when.
    pub settings: Settings,
}

/// Looks, writes and sends until `stop` becomes true.
pub async fn run(desk: Desk, mut stop: watch::Receiver<bool>) {
    let mut look = Look::new(desk.clock.now());
    while !*stop.borrow() {
        if let Err(error) = turn(&desk, &mut look).await {
            tracing::warn!(%error, "people could not be told");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One turn at `now`; what a test calls.
pub async fn once(desk: &Desk, started: Timestamp) -> Result<(), store::Error> {
    turn(desk, &mut Look::new(started)).await
}

async fn turn(desk: &Desk, look: &mut Look) -> Result<(), store::Error> {
    write(desk, look).await?;
    while send_one(desk).await? {}
    Ok(())
}

/// Notes what is wrong and writes to people about it, in one transaction.
async fn write(desk: &Desk, look: &mut Look) -> Result<(), store::Error> {
    let (settings, now) = (&desk.settings, desk.clock.now());
    let mut tx = desk.db.read().await?;
    let found = look.found(&mut tx, desk, now).await?;
    drop(tx);
    let mut tx = desk.db.write().await?;
    alarms::observe(&mut tx, &found, now).await?;
    let due = alarms::due(&mut tx, now.plus_ms(-settings.repeat_ms())).await?;
    if !due.is_empty() && outbox::may_write(&mut tx, now.plus_ms(-settings.quiet_ms()), now).await? {
        let (subject, body) = letter::compose(&due, now);
        outbox::post(&mut tx, &settings.to, &subject, &body, now).await?;
        alarms::told(&mut tx, &due, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Sends the mail that has waited longest; whether there was one.
async fn send_one(desk: &Desk) -> Result<bool, store::Error> {
    let mut tx = desk.db.write().await?;
    let claimed = outbox::claim(&mut tx, desk.clock.now(), LEASE_MS).await?;
    tx.commit().await?;
    let Some(letter) = claimed else { return Ok(false) };
    let sent = post::send(&desk.settings, &letter).await;
    let now = desk.clock.now();
    let mut tx = desk.db.write().await?;
    match sent {
        Ok(()) => outbox::sent(&mut tx, &letter.id, now).await?,
        Err(refusal) => {
            tracing::warn!(letter = letter.id, refusal = ?refusal, "a mail to people was not taken");
            let pause = doubled_ms(PAUSE_MS, letter.attempt, LONGEST_PAUSE_MS);
            let again = (now.0 - letter.created_at.0 < TOO_LATE_MS).then(|| now.plus_ms(pause));
            outbox::failed(&mut tx, &letter.id, refusal.message_ja(), again).await?;
        }
    }
    tx.commit().await?;
    // After a failure the others would most likely fail too.
    Ok(sent.is_ok())
}
