//! One's own account (自分のアカウント): password, second factor, and the browsers that are signed in.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use std::sync::Arc;

use super::{framed, go, reading};
use crate::domain::Timestamp;
use crate::store::factors;
use crate::store::sessions::{self, Browser};
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, SecondFactor, words};

/// A browser that is signed in, in words.
pub struct BrowserRow {
    /// What names it in forms.
    pub name: String,
    /// What it says it is.
    pub agent: String,
    /// When it was signed in.
    pub since: String,
    /// When it was last used.
    pub seen: String,
    /// Whether it is locked.
    pub locked: bool,
    /// Whether it is the one that shows this.
    pub this: bool,
}

impl BrowserRow {
    /// A browser as a list shows it.
    pub fn of(browser: Browser, own: &str, now: Timestamp) -> BrowserRow {
        BrowserRow {
            this: browser.name == own,
            agent: if browser.agent.is_empty() { "（不明な端末）".to_owned() } else { browser.agent },
            since: words::moment(browser.created_at, now),
            seen: words::moment(browser.last_seen_at, now),
            locked: browser.locked,
            name: browser.name,
        }
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    login: String,
    display_name: String,
    roles: String,
    departments: String,
    offered: bool,
    second_factor: bool,
    required: bool,
    codes_left: i64,
    browsers: Vec<BrowserRow>,
}

/// `GET /account`
pub async fn show(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let now = app.clock.now();
    let mut tx = reading(&app).await?;
    let notice = Notice::of_code(query.text("done"));
    let frame = framed(&mut tx, &staff, "account", "自分のアカウント", notice).await?;
    let codes_left = factors::codes_left(&mut tx, &staff.id).await?;
    let browsers = sessions::list(&mut tx, &staff.id, now).await?;
    let own = sessions::name_of(&staff.token_hash);
    let departments = staff.rights.departments.join("、");
    Ok(page_of(&AccountPage {
        frame,
        roles: staff.rights.roles.label_ja(),
        departments: if departments.is_empty() { "すべて".to_owned() } else { departments },
        offered: app.sealing.is_some(),
        second_factor: staff.second_factor,
        required: app.settings.second_factor == SecondFactor::Required,
        codes_left,
        browsers: browsers.into_iter().map(|browser| BrowserRow::of(browser, own, now)).collect(),
        login: staff.login,
        display_name: staff.display_name,
    }))
}

/// `POST /account/sessions`: one browser, or all but this one
pub async fn end_sessions(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let name = Some(posted.form.text("name")).filter(|name| !name.is_empty());
    app.review.end_own_sessions(&posted.staff.id, name, &posted.staff.token_hash).await?;
    Ok(go("/account?done=session_ended"))
}
