//! Claim → heartbeat → run → finish, in as many loops as the machine has hands. Never knows what a stage does.

use super::retry::{Failure, Verdict, verdict};
use super::work::Work;
use crate::domain::{DeliveryId, DeliveryState, Stage, Trouble};
use crate::store::jobs::{self, Job};
use crate::store::{contents, deliveries, documents};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long a stop waits for the steps under way; a step that takes longer gives its job back.
const PATIENCE: Duration = Duration::from_secs(5);
/// A look at the queue without having been woken.
const POLL: Duration = Duration::from_secs(1);

/// Works off jobs of `stages` until `stop` turns true.
pub async fn run(work: Arc<Work>, stages: &'static [Stage], mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match claim(&work, stages).await {
            Ok(Some(job)) => {
                let step = one(&work, &job);
                tokio::pin!(step);
                tokio::select! {
                    () = &mut step => {}
                    _ = stop.changed() => {
                        if timeout(PATIENCE, &mut step).await.is_err() {
                            tracing::info!(job.id = %job.id, stage = job.stage.code(), "given back");
                        }
                    }
                }
            }
            Ok(None) => {
                tokio::select! {
                    () = work.wake.notified() => {}
                    () = sleep(POLL) => {}
                    _ = stop.changed() => {}
                }
            }
            Err(failure) => {
                tracing::warn!(error = failure.code(), "no job could be claimed");
                sleep(POLL).await;
            }
        }
    }
}

async fn claim(work: &Work, stages: &[Stage]) -> Result<Option<Job>, Failure> {
    let mut tx = work.db.write().await?;
    let job = jobs::claim(&mut tx, &work.owner, stages, work.clock.now(), work.lease_ms).await?;
    tx.commit().await?;
    Ok(job)
}

async fn one(work: &Work, job: &Job) {
    let outcome = tokio::select! {
        outcome = super::run(work, job) => outcome,
        failure = beat(work, job) => Err(failure),
    };
    match outcome {
        Ok(()) => work.wake.notify_waiters(),
        Err(failure) => {
            tracing::warn!(job.id = %job.id, stage = job.stage.code(), attempt = job.attempt, error = failure.code(), "step failed");
            if let Err(second) = give(work, job, &failure).await {
                // The lease runs out by itself; nothing is lost.
                tracing::warn!(job.id = %job.id, error = second.code(), "the failure could not be written");
            }
        }
    }
}

/// Keeps the lease alive; comes back only when the lease is lost.
async fn beat(work: &Work, job: &Job) -> Failure {
    let mut ticks = interval(Duration::from_millis(u64::try_from(work.lease_ms / 3).unwrap_or(1_000).max(100)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        let kept = async {
            let mut tx = work.db.write().await?;
            let kept = jobs::heartbeat(&mut tx, job, &work.owner, work.clock.now(), work.lease_ms).await?;
            tx.commit().await?;
            Ok::<bool, Failure>(kept)
        };
        match kept.await {
            Ok(true) => {}
            Ok(false) => return Failure::LeaseLost,
            Err(failure) => tracing::warn!(job.id = %job.id, error = failure.code(), "no heartbeat"),
        }
    }
}

/// Writes what the failure means: a later attempt, or an item that a person sees.
async fn give(work: &Work, job: &Job, failure: &Failure) -> Result<(), Failure> {
    let now = work.clock.now();
    let retry_at = match verdict(failure, job.attempt) {
        Verdict::Forget => return Ok(()),
        Verdict::Retry { after_ms } => Some(now.plus_ms(after_ms)),
        Verdict::GiveUp => None,
    };
    let mut tx = work.db.write().await?;
    if !jobs::fail(&mut tx, job, &work.owner, failure.code(), retry_at, now).await? {
        return Ok(());
    }
    match job.stage {
        Stage::Push => {
            if let Some(id) = crate::domain::DocumentId::parse(&job.subject) {
                documents::push_failed(&mut tx, &id, failure.code(), now).await?;
            }
        }
        Stage::Decode | Stage::Recognise | Stage::Understand if retry_at.is_none() => {
            if let Some(id) = DeliveryId::parse(&job.subject) {
                deliveries::advance(&mut tx, &id, DeliveryState::Unreadable, Some(Trouble::WorkerCrashed), now).await?;
                contents::tried(&mut tx, &id).await?;
            }
        }
        Stage::Decode | Stage::Recognise | Stage::Understand => {}
    }
    tx.commit().await?;
    Ok(())
}
