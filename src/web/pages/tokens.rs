//! Tokens of other systems (トークン), made and stopped by an administrator. A new one is shown once and kept nowhere but as a hash.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{framed, go, reading};
use crate::domain::{Scope, Scopes, Timestamp};
use crate::review::{NewSystem, Refused};
use crate::store::tokens::{self, Token};
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, token, words};

/// No token is made for longer.
const MOST_DAYS: i64 = 3_650;
const DAY_MS: i64 = 86_400_000;

struct ScopeBox {
    code: &'static str,
    means: &'static str,
    on: bool,
}

struct Row {
    id: String,
    name: String,
    scopes: String,
    made: String,
    used: String,
    until: String,
    /// `good`, or what is wrong: `bad` revoked, `warn` its time is over.
    tone: &'static str,
    state: &'static str,
    open: bool,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    rows: Vec<Row>,
    boxes: Vec<ScopeBox>,
    /// The token that was just made.
    made: String,
    name: String,
    days: String,
}

fn row(token: Token, now: Timestamp) -> Row {
    let moment = |at: Timestamp| at.japan().strftime("%Y-%m-%d %H:%M").to_string();
    let over = token.expires_at.is_some_and(|at| at <= now);
    let (tone, state) = words::token_state(token.revoked_at.is_some(), over);
    Row {
        id: token.id,
        name: token.name,
        scopes: token.scopes.codes().join("、"),
        made: moment(token.created_at),
        used: token.last_used_at.map(moment).unwrap_or_default(),
        until: token.expires_at.map(moment).unwrap_or_default(),
        tone,
        state,
        open: token.revoked_at.is_none(),
    }
}

async fn page(
    app: &App,
    staff: &Staff,
    status: StatusCode,
    notice: Option<Notice>,
    typed: &Form,
    made: String,
) -> Result<Response, WebError> {
    let now = app.clock.now();
    let mut tx = reading(app).await?;
    let frame = framed(&mut tx, staff, "tokens", words::TOKENS, notice).await?;
    let rows = tokens::list(&mut tx).await?.into_iter().map(|token| row(token, now)).collect();
    let scopes = scopes_of(typed);
    let of = |scope: &Scope| ScopeBox { code: scope.code(), means: scope.means_ja(), on: scopes.has(*scope) };
    let page = TokensPage {
        frame,
        rows,
        boxes: Scope::ALL.iter().map(of).collect(),
        made,
        name: typed.text("name").to_owned(),
        days: typed.text("days").to_owned(),
    };
    Ok((status, page_of(&page)).into_response())
}

fn scopes_of(form: &Form) -> Scopes {
    Scopes::new(form.all("scope").filter_map(Scope::from_code))
}

/// `GET /tokens`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    page(&app, &staff, StatusCode::OK, Notice::of_code(query.text("done")), &Form::default(), String::new()).await
}

/// Until when, as typed: days from now, or nothing for no end.
fn until(days: &str, now: Timestamp) -> Result<Option<Timestamp>, Refused> {
    let days = days.trim();
    if days.is_empty() {
        return Ok(None);
    }
    let days = days.parse::<i64>().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or(Refused::NotAllowed { why: words::TOKEN_DAYS })?;
    Ok(Some(now.plus_ms(days * DAY_MS)))
}

/// `POST /tokens`
pub async fn add(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let form = &posted.form;
    let fresh = token::make().map_err(|error| WebError::Broken(error.to_string()))?;
    let made = match until(form.text("days"), app.clock.now()) {
        Ok(expires_at) => {
            let new = NewSystem {
                id: &fresh.id,
                name: form.text("name").trim(),
                token_hash: &fresh.hash,
                scopes: scopes_of(form),
                expires_at,
            };
            app.review.add_token(&posted.staff.id, new).await
        }
        Err(refused) => Err(refused),
    };
    match made {
        Ok(()) => page(&app, &posted.staff, StatusCode::CREATED, None, &Form::default(), fresh.token).await,
        Err(refusal @ Refused::NotAllowed { .. }) => {
            let notice = Some(Notice::bad(refusal.message_ja()));
            page(&app, &posted.staff, StatusCode::UNPROCESSABLE_ENTITY, notice, form, String::new()).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /tokens/{id}/revoke`: from now on it opens nothing
pub async fn revoke(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    match app.review.revoke_token(&posted.staff.id, &id).await {
        Ok(()) => Ok(go("/tokens?done=token_revoked")),
        Err(Refused::Store(crate::store::Error::NotFound(_))) => Err(WebError::NotFound),
        Err(refusal) => Err(refusal.into()),
    }
}
