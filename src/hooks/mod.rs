//! Other systems are told (Webhook) what was confirmed, corrected, withdrawn and pushed: at least once, in order for each document, signed, without a word of any document.
//!
//! settings: what the configuration says · sign: the signature (Standard Webhooks). What to tell is in `store/hooks`, which
//! follows the audit log: whatever happens to this program, what was confirmed is told.

mod settings;
mod sign;

pub use settings::{Settings, check, check_all};
pub use sign::{Key, signature};

use crate::db::Db;
use crate::domain::{Clock, Kind, Timestamp, doubled_ms};
use crate::net::{self, Trust};
use crate::store::documents::Seeing;
use crate::store::hooks::{self, HookLetter};
use crate::store::{self};
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;

/// How often is looked whether there is something to tell.
const TICK: Duration = Duration::from_secs(2);
/// How long a system may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// A letter that is being sent belongs to its sender so long.
const LEASE_MS: i64 = 30_000;
/// The first pause after a failure; each further one doubles it, up to the longest.
const PAUSE_MS: i64 = 10_000;
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// After so many tries, which take about a day, a letter is given up and people are told.
pub const MOST_TRIES: i64 = 30;

/// What is needed to tell other systems.
#[derive(Clone)]
pub struct Desk {
    /// Our own tables.
    pub db: Db,
    /// The present moment.
    pub clock: Clock,
    /// Who is told, and of what.
    pub hooks: Vec<Settings>,
    /// Kinds that are for few eyes.
    pub restricted: Vec<Kind>,
}

impl Desk {
    fn seeing(&self, hook: &Settings) -> Seeing {
        if hook.restricted { Seeing::Everything } else { Seeing::System { restricted: self.restricted.clone() } }
    }
}

/// From now on, what happens is told; called before anything can happen.
pub async fn begin(desk: &Desk) -> Result<(), store::Error> {
    let mut tx = desk.db.write().await?;
    for hook in &desk.hooks {
        hooks::begin(&mut tx, &hook.name).await?;
    }
    Ok(tx.commit().await?)
}

/// Tells one system until `stop` becomes true; a slow one keeps no other waiting.
pub async fn run(desk: Desk, hook: Settings, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = turn(&desk, &hook).await {
            tracing::warn!(%error, hook = hook.name, "another system could not be told");
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One turn for every system at `now`; what a test calls.
pub async fn once(desk: &Desk) -> Result<(), store::Error> {
    for hook in &desk.hooks {
        turn(desk, hook).await?;
    }
    Ok(())
}

async fn turn(desk: &Desk, hook: &Settings) -> Result<(), store::Error> {
    let seeing = desk.seeing(hook);
    loop {
        let mut tx = desk.db.write().await?;
        let more = hooks::spread(&mut tx, &hook.name, hook.events(), &seeing, desk.clock.now()).await?;
        tx.commit().await?;
        if !more {
            break;
        }
    }
    while send_one(desk, hook).await? {}
    Ok(())
}

/// Sends the first letter that is due; whether there was one and it was taken.
async fn send_one(desk: &Desk, hook: &Settings) -> Result<bool, store::Error> {
    let mut tx = desk.db.write().await?;
    let claimed = hooks::claim(&mut tx, &hook.name, desk.clock.now(), LEASE_MS).await?;
    tx.commit().await?;
    let Some(letter) = claimed else { return Ok(false) };
    let sent = send(hook, &letter, desk.clock.now()).await;
    let now = desk.clock.now();
    let mut tx = desk.db.write().await?;
    match &sent {
        Ok(()) => hooks::sent(&mut tx, &letter.id, now).await?,
        Err(why) => {
            tracing::warn!(
                hook = hook.name,
                letter = letter.id,
                attempt = letter.attempt,
                why,
                "a webhook was not taken"
            );
            let pause = doubled_ms(PAUSE_MS, letter.attempt, LONGEST_PAUSE_MS);
            let again = (letter.attempt < MOST_TRIES).then(|| now.plus_ms(pause));
            hooks::failed(&mut tx, &letter.id, why, again, now).await?;
        }
    }
    tx.commit().await?;
    // After a failure the others would most likely fail too.
    Ok(sent.is_ok())
}

/// What is sent: ids and states. What the document says is had by asking, with a token.
fn body(letter: &HookLetter) -> String {
    let at = jiff::Timestamp::from_millisecond(letter.at.0).unwrap_or_default();
    json!({
        "type": letter.event,
        "timestamp": at.to_string(),
        "data": { "seq": letter.seq, "document_id": letter.document_id, "record_id": letter.record_id },
    })
    .to_string()
}

/// Posts a letter; anything but 2xx is a refusal, a redirect too.
async fn send(hook: &Settings, letter: &HookLetter, now: Timestamp) -> Result<(), String> {
    let secret = hook.secret().ok().flatten().ok_or("no secret is configured")?;
    let secret = secret.read().map_err(|error| error.to_string())?;
    let key = Key::parse(&secret).ok_or("the secret is no key")?;
    let (body, seconds) = (body(letter), (now.0.div_euclid(1_000)).to_string());
    let signature = signature(&key, &letter.id, &seconds, &body);
    let headers =
        [("webhook-id", letter.id.as_str()), ("webhook-timestamp", &seconds), ("webhook-signature", &signature)];
    let trust = Trust { roots: hook.root_certificates.clone(), fingerprint: None };
    let sending = net::post_json(&hook.url, &headers, body, &trust);
    let status = tokio::time::timeout(PATIENCE, sending).await.map_err(|_| "no answer in time".to_owned())?;
    match status.map_err(|error| error.to_string())? {
        200..300 => Ok(()),
        other => Err(format!("status {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DocumentId;

    #[test]
    fn what_is_sent_names_ids_and_nothing_else() {
        let id = DocumentId::fresh();
        let letter = HookLetter {
            id: "a".into(),
            seq: 7,
            event: "document.confirmed".into(),
            document_id: id.clone(),
            record_id: None,
            at: Timestamp(1_790_000_000_123),
            attempt: 1,
        };
        let sent: serde_json::Value = serde_json::from_str(&body(&letter)).unwrap();
        let data = json!({ "seq": 7, "document_id": id, "record_id": null });
        let all = json!({ "type": "document.confirmed", "timestamp": "2026-09-21T14:13:20.123Z", "data": data });
        assert_eq!(sent, all);
    }
}
