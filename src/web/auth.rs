//! Who is asking: the session cookie, its idle end, and the slow-down after wrong passwords. It never tells whether a login exists.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::error::WebError;
use super::{App, SecondFactor, Settings, secret};
use crate::domain::{Act, Timestamp, UserId};
use crate::review::Rights;
use crate::store::documents::Seeing;
use crate::store::users;

/// Wrong passwords in a row before waiting begins.
const FREE_TRIES: i64 = 4;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 5 * 60_000;
/// Logins remembered for the slow-down; beyond this the oldest waits are dropped.
const REMEMBERED: usize = 4096;
/// A session is written to at most this often.
const TOUCH_MS: i64 = 30_000;

/// A member of staff who is signed in and may use the pages.
#[derive(Clone)]
pub struct Staff {
    /// Who.
    pub id: UserId,
    /// What is typed to sign in.
    pub login: String,
    /// What colleagues see.
    pub display_name: String,
    /// What their forms must carry.
    pub csrf: String,
    /// The store's name of this session.
    pub token_hash: String,
    /// Seconds without a key or a click after which this browser is locked.
    pub idle_seconds: i64,
    /// What they may do and see.
    pub rights: Rights,
    /// The same as lists and counts ask for it.
    pub seeing: Seeing,
    /// Whether they have a second factor.
    pub second_factor: bool,
}

impl Staff {
    /// Whether they may do that.
    pub fn may(&self, act: Act) -> bool {
        self.rights.may(act)
    }

    /// Where their work begins.
    pub fn home(&self) -> &'static str {
        match () {
            () if self.may(Act::SeeLists) => "/queue",
            () if self.may(Act::ManageAccounts) => "/staff",
            () => "/account",
        }
    }
}

/// Somebody who is signed in, even if only to change the first password or to set a second factor.
#[derive(Clone)]
pub struct AnySession {
    /// Who.
    pub staff: Staff,
    /// Whether nothing else is allowed before the password is changed.
    pub must_change: bool,
    /// Whether nothing else is allowed before a second factor is set.
    pub must_enrol: bool,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    locked: bool,
}

impl AnySession {
    /// The person, if nothing stands between them and their work.
    pub fn at_work(self) -> Result<Staff, WebError> {
        match () {
            () if self.must_change => Err(WebError::PasswordFirst),
            () if self.must_enrol => Err(WebError::SecondFactorFirst),
            () => Ok(self.staff),
        }
    }
}

/// A browser that may be locked, or has been left alone too long: good only for being unlocked.
pub struct LockedSession(pub AnySession);

/// Name of the session cookie; with TLS the browser itself enforces that it is bound to this host.
pub fn cookie_name(settings: &Settings) -> &'static str {
    if settings.secure_cookies { "__Host-uketsuke" } else { "uketsuke" }
}

/// A cookie that scripts and other sites never see; it ends with the browser, or at once when `value` is empty.
pub fn cookie(settings: &Settings, name: &str, value: &str) -> String {
    let secure = if settings.secure_cookies { "; Secure" } else { "" };
    let end = if value.is_empty() { "; Max-Age=0" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}")
}

/// The same for a cookie that comes along when another site sends the browser to a page of ours. It opens nothing by itself.
pub fn lax_cookie(settings: &Settings, name: &str, value: &str) -> String {
    cookie(settings, name, value).replace("SameSite=Strict", "SameSite=Lax")
}

/// The value of a cookie of the request.
pub fn cookie_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, v)| *n == name && !v.is_empty())
        .map(|(_, v)| v)
}

/// Whether a script of ours asks, rather than somebody who moves to a page.
pub fn asked_by_script(headers: &HeaderMap) -> bool {
    headers.contains_key("x-uketsuke")
}

/// The session of this request's cookie, and for how long nobody has used it; none when it has ended.
async fn session_of(headers: &HeaderMap, app: &App) -> Result<Option<(AnySession, i64)>, WebError> {
    let Some(token) = cookie_of(headers, cookie_name(&app.settings)) else { return Ok(None) };
    let token_hash = secret::token_hash(token);
    let mut tx = app.db.read().await.map_err(crate::store::Error::from)?;
    let now = app.clock.now();
    let Some(session) = users::session_user(&mut tx, &token_hash, now).await? else { return Ok(None) };
    let required = app.settings.second_factor == SecondFactor::Required;
    let rights = Rights { user: session.user.id.clone(), roles: session.user.roles, departments: session.departments };
    let found = AnySession {
        must_change: session.user.must_change,
        must_enrol: required && !session.second_factor && !session.factor_elsewhere,
        locked: session.locked,
        expires_at: session.expires_at,
        staff: Staff {
            seeing: rights.seeing(&app.recipes),
            rights,
            id: session.user.id,
            login: session.user.login,
            display_name: session.user.display_name,
            second_factor: session.second_factor,
            csrf: session.csrf,
            token_hash,
            idle_seconds: app.settings.idle_ms() / 1000,
        },
    };
    Ok(Some((found, now.0 - session.last_seen_at.0)))
}

impl FromRequestParts<Arc<App>> for AnySession {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, WebError> {
        // The door has asked already.
        if let Some(session) = parts.extensions.get::<AnySession>() {
            return Ok(session.clone());
        }
        let gate = || {
            if asked_by_script(&parts.headers) || parts.method != Method::GET {
                WebError::SessionOver
            } else {
                WebError::SignInFirst { next: parts.uri.path().to_owned() }
            }
        };
        let Some((session, idle)) = session_of(&parts.headers, app).await? else { return Err(gate()) };
        if session.locked || idle > app.settings.idle_ms() {
            return Err(gate());
        }
        // A list that renews itself is nobody at the keyboard.
        let live = parts.headers.get("x-uketsuke").is_some_and(|v| v == "live") || parts.uri.path() == "/live";
        if idle > TOUCH_MS && !live {
            app.review.seen(&session.staff.token_hash, session.expires_at).await?;
        }
        parts.extensions.insert(session.clone());
        Ok(session)
    }
}

impl FromRequestParts<Arc<App>> for LockedSession {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, WebError> {
        session_of(&parts.headers, app).await?.map(|(session, _)| LockedSession(session)).ok_or(WebError::SessionOver)
    }
}

impl FromRequestParts<Arc<App>> for Staff {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, WebError> {
        AnySession::from_request_parts(parts, app).await?.at_work()
    }
}

/// How long the next try must wait after `failures` wrong passwords in a row.
pub fn wait_ms(failures: i64) -> Option<i64> {
    let over = failures.checked_sub(FREE_TRIES).filter(|n| *n > 0)?;
    Some((2500_i64 << over.min(10)).min(LONGEST_WAIT_MS))
}

/// Waits by login, also for logins that nobody has, so that the answer does not tell them apart.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, (i64, Timestamp)>>);

impl Throttle {
    /// Milliseconds that this login still has to wait.
    pub fn waits(&self, login: &str, now: Timestamp) -> Option<i64> {
        let map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        map.get(login).map(|(_, until)| until.0 - now.0).filter(|ms| *ms > 0)
    }

    /// Notes a wrong password; until when the login waits.
    pub fn failed(&self, login: &str, now: Timestamp) -> Option<Timestamp> {
        let mut map = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if map.len() >= REMEMBERED && !map.contains_key(login) {
            map.retain(|_, (_, until)| until.0 > now.0 - 3_600_000);
            if map.len() >= REMEMBERED {
                map.clear();
            }
        }
        let entry = map.entry(login.to_owned()).or_insert((0, now));
        entry.0 += 1;
        let until = wait_ms(entry.0).map(|ms| now.plus_ms(ms));
        entry.1 = until.unwrap_or(now);
        until
    }

    /// Forgets wrong passwords.
    pub fn passed(&self, login: &str) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).remove(login);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_begins_after_some_tries_and_doubles() {
        assert_eq!(wait_ms(4), None);
        assert_eq!(wait_ms(5), Some(5_000));
        assert_eq!(wait_ms(6), Some(10_000));
        assert_eq!(wait_ms(60), Some(LONGEST_WAIT_MS));
        let throttle = Throttle::default();
        let now = Timestamp(1_000_000);
        for _ in 0..4 {
            assert_eq!(throttle.failed("who", now), None);
        }
        assert_eq!(throttle.failed("who", now), Some(now.plus_ms(5_000)));
        assert_eq!(throttle.waits("who", now.plus_ms(1_000)), Some(4_000));
        assert_eq!(throttle.waits("who", now.plus_ms(5_001)), None);
        assert_eq!(throttle.waits("else", now), None);
        throttle.passed("who");
        assert_eq!(throttle.failed("who", now), None);
    }

    #[test]
    fn the_throttle_does_not_grow_without_end() {
        let throttle = Throttle::default();
        for i in 0..(REMEMBERED * 2) {
            throttle.failed(&i.to_string(), Timestamp(i as i64));
        }
        assert!(throttle.0.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn cookies_are_read_exactly() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=1; uketsuke=abc ; xuketsuke=no".parse().unwrap());
        assert_eq!(cookie_of(&headers, "uketsuke"), Some("abc"));
        assert_eq!(cookie_of(&headers, "ketsuke"), None);
        let settings = Settings { secure_cookies: true, ..Settings::default() };
        assert!(cookie(&settings, "x", "1").contains("HttpOnly; SameSite=Strict; Secure"));
    }
}
