//! The second factor: asked for after the password, set up with a picture for the phone, and its recovery codes, shown once.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{go, reading, sign_in};
use crate::domain::{Timestamp, UserId};
use crate::review::Refused;
use crate::store::factors;
use crate::store::users::{self, User};
use crate::web::auth::{AnySession, Staff, cookie, cookie_of};
use crate::web::csrf::{Form, OUTSIDE_COOKIE, Posted, PostedByAny, PostedOutside};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, SecondFactor, password, secret, totp};

/// Holds the ticket of somebody who still owes a code.
const TICKET_COOKIE: &str = "uketsuke-second";
/// Recovery codes that are made at a time.
const CODES: usize = 10;
/// Letters of a recovery code: 80 bits.
const CODE_LETTERS: usize = 16;

#[derive(Template)]
#[template(path = "second.html")]
struct AskCode {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "factor.html")]
struct SetUp {
    frame: Frame,
    forced: bool,
    replaces: bool,
    sealed: String,
    typed: String,
    width: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "codes.html")]
struct Codes {
    frame: Frame,
    codes: Vec<String>,
}

/// Asks for the code of somebody whose password was right.
pub fn ask(app: &App, headers: &HeaderMap, user: &User, login: &str, next: &str) -> Result<Response, WebError> {
    let ticket = secret::token()?;
    app.tickets.issue(secret::token_hash(&ticket), user.id.clone(), login, next, app.clock.now());
    // A browser that comes back from the provider shows no cookie of ours that another site must not see.
    let token = match cookie_of(headers, OUTSIDE_COOKIE).filter(|token| token.len() == 64) {
        Some(token) => token.to_owned(),
        None => secret::token()?,
    };
    let mut response = ask_page(&token, StatusCode::OK, None);
    sign_in::set_cookie(&mut response, &cookie(&app.settings, OUTSIDE_COOKIE, &token));
    sign_in::set_cookie(&mut response, &cookie(&app.settings, TICKET_COOKIE, &ticket));
    Ok(response)
}

fn ask_page(token: &str, status: StatusCode, notice: Option<Notice>) -> Response {
    let frame = Frame::outside("二要素目の確認", token.to_owned()).saying(notice);
    (status, page_of(&AskCode { frame })).into_response()
}

/// `GET /sign-in/code`: the page was loaded again; it begins with the password.
pub async fn lost() -> Response {
    go("/sign-in")
}

/// `POST /sign-in/code`
pub async fn enter(State(app): State<Arc<App>>, posted: PostedOutside) -> Result<Response, WebError> {
    let now = app.clock.now();
    let hash = secret::token_hash(cookie_of(&posted.headers, TICKET_COOKIE).unwrap_or_default());
    let Some(ticket) = app.tickets.try_once(&hash, now) else {
        return Ok(go("/sign-in?done=code_over"));
    };
    let token = cookie_of(&posted.headers, OUTSIDE_COOKIE).unwrap_or_default();
    let refuse = |words: String| Ok(ask_page(token, StatusCode::UNPROCESSABLE_ENTITY, Some(Notice::bad(words))));
    if let Some(ms) = app.throttle.waits(&ticket.login, now) {
        return refuse(sign_in::wait_words(ms));
    }
    if !fits(&app, &ticket.user, posted.form.text("code"), now).await? {
        let until = app.throttle.failed(&ticket.login, now);
        app.review.turned_away(&ticket.user, until).await?;
        return refuse("コードが違います。表示されている新しいコードを入力してください。".to_owned());
    }
    if !app.tickets.spend(&hash) {
        return Ok(go("/sign-in?done=code_over"));
    }
    app.throttle.passed(&ticket.login);
    let user = {
        let mut tx = reading(&app).await?;
        users::find(&mut tx, &ticket.user).await?.filter(|user| !user.disabled).ok_or(WebError::SessionOver)?
    };
    let mut response = sign_in::open(&app, &posted.headers, &user, &ticket.next).await?;
    sign_in::set_cookie(&mut response, &cookie(&app.settings, TICKET_COOKIE, ""));
    Ok(response)
}

/// Whether a code of the app or a recovery code was typed that nobody has used; it is used up then.
async fn fits(app: &App, user: &UserId, typed: &str, now: Timestamp) -> Result<bool, WebError> {
    let factor = {
        let mut tx = reading(app).await?;
        factors::of(&mut tx, user).await?
    };
    let Some(factor) = factor else { return Ok(false) };
    let opened = app.sealing.as_ref().and_then(|sealing| sealing.open(user.as_str(), &factor.secret));
    if opened.is_none() {
        tracing::error!(user.id = %user, "a second factor cannot be opened: is it another key?");
    }
    if let Some(step) = opened.and_then(|secret| totp::step_of(&secret, typed, factor.last_step, now)) {
        return Ok(app.review.step_taken(user, step).await?);
    }
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    Ok(letters.len() == CODE_LETTERS && app.review.recovery_taken(user, &code_hash(user, &letters)).await?)
}

fn code_hash(user: &UserId, letters: &str) -> String {
    secret::token_hash(&format!("{user}:{}", letters.to_ascii_lowercase()))
}

/// Fresh recovery codes, and what the store keeps of them.
fn fresh_codes(user: &UserId) -> Result<(Vec<String>, Vec<String>), WebError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let (mut shown, mut kept) = (Vec::new(), Vec::new());
    for _ in 0..CODES {
        let mut bytes = [0_u8; CODE_LETTERS];
        getrandom::fill(&mut bytes)?;
        let code: Vec<char> = bytes.iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
        kept.push(code_hash(user, &code.iter().collect::<String>()));
        shown.push(code.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-"));
    }
    Ok((shown, kept))
}

/// `GET /account/second-factor`
pub async fn form(State(app): State<Arc<App>>, session: AnySession) -> Result<Response, WebError> {
    let mut fresh = [0_u8; totp::SECRET_BYTES];
    getrandom::fill(&mut fresh)?;
    set_up(&app, &session, &fresh, StatusCode::OK, None)
}

fn set_up(
    app: &App,
    session: &AnySession,
    fresh: &[u8],
    status: StatusCode,
    notice: Option<Notice>,
) -> Result<Response, WebError> {
    let broken = || WebError::Broken("no key to seal second factors with".to_owned());
    let sealing = app.sealing.as_ref().ok_or(WebError::NotFound)?;
    let sealed = sealing.seal(session.staff.id.as_str(), fresh).ok_or_else(broken)?;
    let address = totp::address("受付", &session.staff.login, fresh);
    let (width, path) = totp::picture(&address).ok_or_else(broken)?;
    let letters = totp::base32(fresh);
    let page = SetUp {
        frame: Frame::outside("二要素目の設定", session.staff.csrf.clone()).saying(notice),
        forced: session.must_enrol,
        replaces: session.staff.second_factor,
        sealed,
        typed: letters.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" "),
        width,
        path,
    };
    Ok((status, page_of(&page)).into_response())
}

/// `POST /account/second-factor`
pub async fn set(State(app): State<Arc<App>>, posted: PostedByAny) -> Result<Response, WebError> {
    let PostedByAny { session, form } = posted;
    let (now, user) = (app.clock.now(), session.staff.id.clone());
    let sealing = app.sealing.as_ref().ok_or(WebError::NotFound)?;
    let sealed = form.text("sealed");
    let fresh =
        sealing.open(user.as_str(), sealed).filter(|s| s.len() == totp::SECRET_BYTES).ok_or(WebError::BadRequest)?;
    let again =
        |words: String| set_up(&app, &session, &fresh, StatusCode::UNPROCESSABLE_ENTITY, Some(Notice::bad(words)));
    if let Err(words) = confirmed(&app, &session.staff, &form).await? {
        return again(words);
    }
    let Some(step) = totp::step_of(&fresh, form.text("code"), 0, now) else {
        return again("コードが違います。アプリに表示されている6桁を入力してください。".to_owned());
    };
    let (shown, kept) = fresh_codes(&user)?;
    app.review.set_second_factor(&user, sealed, step, &kept).await?;
    Ok(codes_page(&session.staff, shown))
}

fn codes_page(staff: &Staff, codes: Vec<String>) -> Response {
    page_of(&Codes { frame: Frame::outside("回復コード", staff.csrf.clone()), codes })
}

/// Whether the person's own password was given with the form; what they read if not.
async fn confirmed(app: &App, staff: &Staff, form: &Form) -> Result<Result<(), String>, WebError> {
    let (now, typed) = (app.clock.now(), form.text("current").to_owned());
    if let Some(ms) = app.throttle.waits(&staff.login, now) {
        return Ok(Err(sign_in::wait_words(ms)));
    }
    let wrong = "今のパスワードが違います。".to_owned();
    if typed.is_empty() || typed.len() > password::MOST_BYTES {
        return Ok(Err(wrong));
    }
    let user = {
        let mut tx = reading(app).await?;
        users::find(&mut tx, &staff.id).await?
    };
    let right = sign_in::right(app, user, typed, &staff.login, now).await?;
    Ok(right.map(drop).ok_or(wrong))
}

fn refused(words: String) -> Response {
    crate::web::error::message_page(StatusCode::UNPROCESSABLE_ENTITY, "この操作はできませんでした", Notice::bad(words))
}

/// `POST /account/recovery`
pub async fn renew(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    if !posted.staff.second_factor {
        return Err(WebError::NotFound);
    }
    if let Err(words) = confirmed(&app, &posted.staff, &posted.form).await? {
        return Ok(refused(words));
    }
    let (shown, kept) = fresh_codes(&posted.staff.id)?;
    app.review.renew_recovery(&posted.staff.id, &kept).await?;
    Ok(codes_page(&posted.staff, shown))
}

/// `POST /account/second-factor/remove`
pub async fn remove(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    if app.settings.second_factor == SecondFactor::Required {
        return Err(Refused::NotAllowed { why: "この施設では、二要素目なしでは使えません。" }.into());
    }
    if let Err(words) = confirmed(&app, &posted.staff, &posted.form).await? {
        return Ok(refused(words));
    }
    app.review.remove_second_factor(&posted.staff.id).await?;
    Ok(go("/sign-in?done=factor_removed"))
}
