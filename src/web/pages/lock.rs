//! Locking a browser that is left alone, and going on with the password. The page under the cover stays as it is.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{go, reading, sign_in};
use crate::store::users;
use crate::web::App;
use crate::web::auth::asked_by_script;
use crate::web::csrf::{PostedByAny, PostedLocked};
use crate::web::error::WebError;
use crate::web::password;

/// `POST /lock`
pub async fn lock(State(app): State<Arc<App>>, posted: PostedByAny) -> Result<StatusCode, WebError> {
    app.review.locked(&posted.session.staff.token_hash).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /unlock`
pub async fn unlock(State(app): State<Arc<App>>, posted: PostedLocked) -> Result<Response, WebError> {
    let staff = &posted.session.staff;
    let typed = posted.form.text("password").to_owned();
    let now = app.clock.now();
    let refuse = |words: String| Ok((StatusCode::UNPROCESSABLE_ENTITY, words).into_response());
    if typed.is_empty() || typed.len() > password::MOST_BYTES {
        return refuse("パスワードが違います。".to_owned());
    }
    let user = {
        let mut tx = reading(&app).await?;
        users::find(&mut tx, &staff.id).await?
    };
    let locked_out = user.as_ref().and_then(|user| user.lock_until).map(|until| until.0 - now.0).filter(|ms| *ms > 0);
    if let Some(ms) = app.throttle.waits(&staff.login, now).max(locked_out) {
        return refuse(sign_in::wait_words(ms));
    }
    if sign_in::right(&app, user, typed, &staff.login, now).await?.is_none() {
        return refuse("パスワードが違います。".to_owned());
    }
    app.throttle.passed(&staff.login);
    app.review.unlocked(&staff.token_hash).await?;
    if asked_by_script(&posted.headers) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(go("/"))
}
