//! Signing in by the hospital's provider (OpenID Connect): the way there, the way back, and the way out.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use std::sync::Arc;

use super::sign_in::{self, gate, safe_next, set_cookie};
use super::{factor, go, reading};
use crate::net::openid::{Journey, Refusal};
use crate::store::{factors, openid, users};
use crate::web::auth::{cookie_of, lax_cookie};
use crate::web::csrf::Form;
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, secret};

/// Holds which browser began to sign in; it has to come along when another site sends the browser back.
const BROWSER_COOKIE: &str = "uketsuke-openid";
const NOT_ACCEPTED: &str =
    "共通サインインを確認できませんでした。もう一度試すか、ログイン名とパスワードでサインインしてください。";
const NO_ANSWER: &str = "共通サインインのサーバから答えがありません。ログイン名とパスワードでサインインできます。";
const NOBODY: &str = "この職員に結び付いたアカウントがないか、使えなくなっています。管理の職員に頼んでください。";

#[derive(Template)]
#[template(path = "onward.html")]
struct Onward {
    frame: Frame,
    to: String,
}

/// `GET /sign-in/openid?next=…`
pub async fn leave_for(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let provider = app.provider.as_ref().ok_or(WebError::NotFound)?;
    let query = Form::of_query(query.as_deref());
    let (state, nonce, verifier) = (secret::token()?, secret::token()?, secret::token()?);
    let browser = secret::token()?;
    let journey = Journey { state: &state, nonce: &nonce, verifier: &verifier };
    match provider.entrance(&journey).await {
        Ok(entrance) => {
            app.journeys.begin(&state, &browser, &nonce, &verifier, safe_next(query.text("next")), app.clock.now());
            let mut response = go(entrance);
            set_cookie(&mut response, &lax_cookie(&app.settings, BROWSER_COOKIE, &browser));
            Ok(response)
        }
        Err(refusal) => refused(&app, &headers, refusal),
    }
}

fn refused(app: &App, headers: &HeaderMap, refusal: Refusal) -> Result<Response, WebError> {
    tracing::warn!(error = %refusal, "a sign-in by the provider was not accepted");
    let (status, words) = match refusal {
        Refusal::Net(_) | Refusal::Answer => (StatusCode::BAD_GATEWAY, NO_ANSWER),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, NOT_ACCEPTED),
    };
    turned_away(app, headers, status, words)
}

fn turned_away(app: &App, headers: &HeaderMap, status: StatusCode, words: &str) -> Result<Response, WebError> {
    let mut response = gate(app, headers, status, "", "", Some(Notice::bad(words)))?;
    set_cookie(&mut response, &lax_cookie(&app.settings, BROWSER_COOKIE, ""));
    Ok(response)
}

/// `GET /sign-in/openid/callback?code=…&state=…`
pub async fn back(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let provider = app.provider.as_ref().ok_or(WebError::NotFound)?;
    let query = Form::of_query(query.as_deref());
    let browser = cookie_of(&headers, BROWSER_COOKIE).unwrap_or_default();
    let (state, code) = (query.text("state"), query.text("code"));
    let Some(underway) = app.journeys.end(state, browser, app.clock.now()) else {
        return turned_away(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, NOT_ACCEPTED);
    };
    if code.is_empty() || query.get("error").is_some() {
        return turned_away(&app, &headers, StatusCode::UNPROCESSABLE_ENTITY, NOT_ACCEPTED);
    }
    let journey = Journey { state, nonce: &underway.nonce, verifier: &underway.verifier };
    let person = match provider.person(code, query.get("iss"), &journey).await {
        Ok(person) => person,
        Err(refusal) => return refused(&app, &headers, refusal),
    };
    let (user, has_factor) = {
        let mut tx = reading(&app).await?;
        let user = match openid::account_of(&mut tx, provider.issuer(), &person.value).await? {
            Some(id) => users::find(&mut tx, &id).await?.filter(|user| !user.disabled),
            None => None,
        };
        let has_factor = match &user {
            Some(user) => factors::of(&mut tx, &user.id).await?.is_some(),
            None => false,
        };
        (user, has_factor)
    };
    let Some(user) = user else {
        return turned_away(&app, &headers, StatusCode::FORBIDDEN, NOBODY);
    };
    let mut response = if has_factor && !person.second_factor {
        factor::ask(&app, &headers, &user, &user.login, &underway.next)?
    } else {
        let opened = sign_in::open_by_provider(&app, &headers, &user, &underway.next, person.second_factor).await?;
        onward(opened)
    };
    set_cookie(&mut response, &lax_cookie(&app.settings, BROWSER_COOKIE, ""));
    Ok(response)
}

/// The same as a page that moves on by itself: a browser that another site sent here does not show our cookie to where it is sent on.
fn onward(opened: Response) -> Response {
    let to = opened.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("/").to_owned();
    let frame = Frame::outside("サインインしました", String::new());
    let mut response = page_of(&Onward { frame, to });
    let cookies: Vec<HeaderValue> = opened.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// `GET /sign-in/openid/leave`: signed out here already, and now there
pub async fn leave(State(app): State<Arc<App>>) -> Result<Response, WebError> {
    let provider = app.provider.as_ref().ok_or(WebError::NotFound)?;
    Ok(go(provider.exit().await.unwrap_or_else(|| "/sign-in".to_owned())))
}
