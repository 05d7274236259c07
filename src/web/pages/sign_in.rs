//! Signing in and out, and changing one's password. The answer never tells whether a login exists.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::{factor, go};
use crate::domain::{Act, Timestamp};
use crate::store::factors;
use crate::store::users::{self, User};
use crate::web::auth::{self, AnySession, cookie, cookie_name, cookie_of};
use crate::web::csrf::{Form, OUTSIDE_COOKIE, PostedByAny, PostedOutside};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, password, secret};

const WRONG: &str = "ログイン名またはパスワードが違います。続けて間違えると、次に試せるまでの時間が長くなります。";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    hospital: String,
    login: String,
    next: String,
    /// What the provider is called, where one is configured.
    provider: Option<String>,
    signed_out: bool,
}

#[derive(Template)]
#[template(path = "first_password.html")]
struct ChangePassword {
    frame: Frame,
    forced: bool,
    display_name: String,
    least: usize,
}

/// A path of ours to go to after signing in; anything else becomes the queue.
pub(super) fn safe_next(next: &str) -> &str {
    let ours = [
        "/queue",
        "/items/",
        "/deliveries",
        "/board",
        "/status",
        "/upload",
        "/newcomers",
        "/incidents",
        "/quality",
        "/account",
        "/staff",
        "/audit",
    ]
    .iter()
    .any(|start| next.starts_with(start));
    let plain = next.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_'));
    if ours && plain && !next.contains("//") { next } else { "/queue" }
}

/// `GET /sign-in`
pub async fn form(
    State(app): State<Arc<App>>,
    session: Result<AnySession, WebError>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    if session.is_ok() {
        let next = Some(query.text("next")).filter(|next| !next.is_empty());
        return Ok(go(next.map_or("/", safe_next).to_owned()));
    }
    let notice = Notice::of_code(query.text("done"));
    gate(&app, &headers, StatusCode::OK, "", query.text("next"), notice)
}

/// The sign-in page, with a token that only this browser has.
pub(super) fn gate(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    login: &str,
    next: &str,
    notice: Option<Notice>,
) -> Result<Response, WebError> {
    let token = match cookie_of(headers, OUTSIDE_COOKIE).filter(|t| t.len() == 64) {
        Some(token) => token.to_owned(),
        None => secret::token()?,
    };
    let signed_out = notice == Notice::of_code("signed_out");
    let page = SignIn {
        frame: Frame::outside("サインイン", token.clone()).saying(notice),
        hospital: app.hospital.name.clone(),
        login: login.to_owned(),
        next: safe_next(next).to_owned(),
        provider: app.provider.as_ref().map(|provider| provider.name().to_owned()),
        signed_out,
    };
    let mut response = (status, page_of(&page)).into_response();
    set_cookie(&mut response, &cookie(&app.settings, OUTSIDE_COOKIE, &token));
    Ok(response)
}

pub(super) fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = cookie.parse() {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// `POST /sign-in`
pub async fn enter(State(app): State<Arc<App>>, posted: PostedOutside) -> Result<Response, WebError> {
    let login = posted.form.text("login").trim().to_owned();
    let typed = posted.form.text("password").to_owned();
    let next = posted.form.text("next");
    let refuse = |words: String| {
        gate(&app, &posted.headers, StatusCode::UNPROCESSABLE_ENTITY, &login, next, Some(Notice::bad(words)))
    };
    let now = app.clock.now();
    if login.is_empty() || login.len() > 256 || typed.is_empty() || typed.len() > password::MOST_BYTES {
        return refuse(WRONG.to_owned());
    }
    if let Some(ms) = app.throttle.waits(&login, now) {
        return refuse(wait_words(ms));
    }
    let user = {
        let mut tx = super::reading(&app).await?;
        users::by_login(&mut tx, &login).await?
    };
    let user = user.filter(|user| !user.disabled);
    if let Some(ms) = user.as_ref().and_then(|u| u.lock_until).map(|until| until.0 - now.0).filter(|ms| *ms > 0) {
        return refuse(wait_words(ms));
    }
    let Some(user) = right(&app, user, typed, &login, now).await? else {
        return refuse(WRONG.to_owned());
    };
    let has_factor = {
        let mut tx = super::reading(&app).await?;
        factors::of(&mut tx, &user.id).await?.is_some()
    };
    if has_factor {
        // Wrong tries are forgotten only when the code was right, too.
        return factor::ask(&app, &posted.headers, &user, &login, safe_next(next));
    }
    app.throttle.passed(&login);
    open(&app, &posted.headers, &user, safe_next(next)).await
}

/// That the next try has to wait.
pub(super) fn wait_words(ms: i64) -> String {
    let seconds = ms.div_euclid(1000) + 1;
    format!("続けて間違えたため、しばらく受け付けません。{seconds}秒たってからもう一度試してください。")
}

/// The user, if the password is theirs; a wrong one is counted.
pub(super) async fn right(
    app: &App,
    user: Option<User>,
    typed: String,
    login: &str,
    now: Timestamp,
) -> Result<Option<User>, WebError> {
    let phc = user.as_ref().map(|user| user.password_hash.clone());
    let fits = hashing(app, move || match phc {
        Some(phc) => password::verify(&typed, &phc),
        None => {
            password::verify_nobody(&typed);
            false
        }
    })
    .await?;
    if fits {
        return Ok(user);
    }
    let until = app.throttle.failed(login, now);
    if let Some(user) = user {
        let until = auth::wait_ms(user.failures + 1).map(|ms| now.plus_ms(ms)).max(until);
        app.review.turned_away(&user.id, until).await?;
    }
    Ok(None)
}

/// Runs password work away from the threads that answer pages, a few at a time.
pub(super) async fn hashing<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WebError> {
    let broken = |_| WebError::Broken("password work was interrupted".to_owned());
    let _turn = app.hashing.acquire().await.map_err(|_| WebError::Broken("closing".to_owned()))?;
    tokio::task::spawn_blocking(work).await.map_err(broken)
}

/// Opens a session for this browser and moves it on.
pub(super) async fn open(app: &App, headers: &HeaderMap, user: &User, next: &str) -> Result<Response, WebError> {
    let (response, _) = opened(app, headers, user, next).await?;
    Ok(response)
}

/// The same for somebody whom the provider has signed in, with a second factor that counts or without.
pub(super) async fn open_by_provider(
    app: &App,
    headers: &HeaderMap,
    user: &User,
    next: &str,
    second_factor: bool,
) -> Result<Response, WebError> {
    let (response, token_hash) = opened(app, headers, user, next).await?;
    app.review.admitted_by_provider(&user.id, &token_hash, second_factor).await?;
    Ok(response)
}

/// A session for this browser, and the fingerprint of its token.
async fn opened(app: &App, headers: &HeaderMap, user: &User, next: &str) -> Result<(Response, String), WebError> {
    let (token, csrf) = (secret::token()?, secret::token()?);
    let hours = i64::from(app.settings.session_hours.max(1));
    let expires_at = app.clock.now().plus_ms(hours * 3_600_000);
    // Whatever was signed in here before is so no more.
    if let Some(before) = cookie_of(headers, cookie_name(&app.settings)) {
        app.review.left(&secret::token_hash(before)).await?;
    }
    let agent = agent(headers);
    let token_hash = secret::token_hash(&token);
    app.review.admitted(&user.id, &token_hash, &csrf, &agent, expires_at).await?;
    let mut response = go(match () {
        () if user.must_change => "/password",
        () if next.starts_with("/queue") && !user.roles.may(Act::SeeLists) => "/",
        () => next,
    });
    set_cookie(&mut response, &cookie(&app.settings, cookie_name(&app.settings), &token));
    set_cookie(&mut response, &cookie(&app.settings, OUTSIDE_COOKIE, ""));
    Ok((response, token_hash))
}

/// What a browser says it is, in two words: enough to know one's own among them.
fn agent(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&'static str, &'static str)]| {
        known.iter().find(|(sign, _)| said.contains(sign)).map_or("", |(_, name)| *name)
    };
    let browser = first(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Windows", "Windows"),
        ("iPad", "iPad"),
        ("iPhone", "iPhone"),
        ("Android", "Android"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    [browser, system].into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("・")
}

/// `POST /sign-out`
pub async fn leave(State(app): State<Arc<App>>, posted: PostedByAny) -> Result<Response, WebError> {
    app.review.left(&posted.session.staff.token_hash).await?;
    let mut response = go("/sign-in?done=signed_out");
    set_cookie(&mut response, &cookie(&app.settings, cookie_name(&app.settings), ""));
    Ok(response)
}

/// `GET /password`
pub async fn password_form(session: AnySession) -> Response {
    password_page(&session, StatusCode::OK, None)
}

fn password_page(session: &AnySession, status: StatusCode, notice: Option<Notice>) -> Response {
    let page = ChangePassword {
        frame: Frame::outside("パスワードの変更", session.staff.csrf.clone()).saying(notice),
        forced: session.must_change,
        display_name: session.staff.display_name.clone(),
        least: password::least(session.staff.second_factor),
    };
    (status, page_of(&page)).into_response()
}

/// `POST /password`
pub async fn change_password(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    posted: PostedByAny,
) -> Result<Response, WebError> {
    let PostedByAny { session, form } = posted;
    let refuse = |words: &str| Ok(password_page(&session, StatusCode::UNPROCESSABLE_ENTITY, Some(Notice::bad(words))));
    let (current, fresh) = (form.text("current").to_owned(), form.text("fresh").to_owned());
    if fresh != form.text("again") {
        return refuse("新しいパスワードの2回の入力が一致しません。");
    }
    if fresh == current {
        return refuse("今のパスワードと同じものは使えません。");
    }
    if let Err(words) = password::check(&session.staff.login, &fresh, session.staff.second_factor) {
        return refuse(words);
    }
    let now = app.clock.now();
    if app.throttle.waits(&session.staff.login, now).is_some() || current.len() > password::MOST_BYTES {
        return refuse(WRONG);
    }
    let user = {
        let mut tx = super::reading(&app).await?;
        users::find(&mut tx, &session.staff.id).await?
    };
    let Some(user) = right(&app, user, current, &session.staff.login, now).await? else {
        return refuse("今のパスワードが違います。");
    };
    let phc = hashing(&app, move || password::hash(&fresh)).await?.map_err(|e| WebError::Broken(e.to_string()))?;
    app.throttle.passed(&session.staff.login);
    app.review.new_password(&user.id, &phc).await?;
    let user = User { must_change: false, ..user };
    open(&app, &headers, &user, "/queue?done=password").await
}

#[cfg(test)]
mod tests {
    use super::safe_next;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(safe_next("/items/0190-ab"), "/items/0190-ab");
        for bad in
            ["//evil.example", "https://evil.example", "/queue/../x?y", "/sign-out", "/items//evil", "", "/\\evil"]
        {
            assert_eq!(safe_next(bad), "/queue", "{bad}");
        }
    }
}
