//! Another system at the door: whose token it is, what it opens, and how wrong ones are slowed down.

use axum::http::{HeaderMap, header};

use super::intake::{self, Refusal};
use super::{App, token};
use crate::domain::{Scope, Timestamp};
use crate::review::access::System;
use crate::store::tokens;

/// That a token is in use is noted at most so often.
const USED_MS: i64 = 60_000;

/// A system whose token opens the address.
#[derive(Clone)]
pub struct Caller {
    /// The open part of its token.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may see.
    pub sees: System,
}

impl Caller {
    /// Whose token the headers carry, if it opens that; any token will do where nothing is named.
    pub async fn admit(app: &App, headers: &HeaderMap, scope: Option<Scope>) -> Result<Caller, Refusal> {
        let said = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).ok_or(Refusal::Stranger)?;
        let (scheme, said) = said.split_once(' ').ok_or(Refusal::Stranger)?;
        let (id, rest) = token::parts(said.trim()).ok_or(Refusal::Stranger)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::Stranger);
        }
        let now = app.clock.now();
        let mut tx = app.db.read().await.map_err(intake::broken)?;
        let row = tokens::find(&mut tx, id).await.map_err(intake::broken)?;
        // Whoever has the right secret is never kept waiting by those who guess.
        let Some(row) = row.filter(|row| token::opens(row, rest, now)) else { return Err(wrong(app, id, now)) };
        app.throttle.passed(&key(id));
        if let Some(scope) = scope.filter(|scope| !row.scopes.has(*scope)) {
            return Err(Refusal::Scope(scope));
        }
        drop(tx);
        if row.last_used_at.is_none_or(|at| now.0 - at.0 >= USED_MS) {
            app.review.token_used(&row.id).await.map_err(|error| intake::broken(error.message_ja()))?;
        }
        Ok(Caller { id: row.id, name: row.name, sees: System { restricted: row.scopes.has(Scope::RestrictedRead) } })
    }
}

/// Counts a wrong token under its open part; the answer to those that come too often.
fn wrong(app: &App, id: &str, now: Timestamp) -> Refusal {
    let key = key(id);
    if let Some(ms) = app.throttle.waits(&key, now) {
        return Refusal::TooOften { seconds: (ms + 999) / 1_000 };
    }
    app.throttle.failed(&key, now);
    Refusal::Stranger
}

/// Apart from every login, which holds no space.
fn key(id: &str) -> String {
    format!("token {}", id.chars().take(40).collect::<String>())
}
