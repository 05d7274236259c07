//! Staff (職員): accounts, made and changed by an administrator. A one-time password is shown once and kept nowhere.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::account::BrowserRow;
use super::{framed, go, reading};
use crate::domain::{Role, Roles, UserId};
use crate::review::{NewAccount, Refused};
use crate::store::users::{self, Member};
use crate::store::{openid, sessions};
use crate::web::auth::Staff;
use crate::web::csrf::{Form, Posted};
use crate::web::error::{WebError, page_of};
use crate::web::frame::{Frame, Notice};
use crate::web::{App, password};

struct RoleBox {
    code: &'static str,
    label: &'static str,
    means: &'static str,
    on: bool,
}

struct PersonRow {
    id: String,
    login: String,
    display_name: String,
    roles: String,
    departments: String,
    second_factor: bool,
    browsers: i64,
    disabled: bool,
    must_change: bool,
}

#[derive(Template)]
#[template(path = "staff.html")]
struct StaffPage {
    frame: Frame,
    people: Vec<PersonRow>,
    boxes: Vec<RoleBox>,
    login: String,
    display_name: String,
    departments: String,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage {
    frame: Frame,
    person: PersonRow,
    own: bool,
    made: String,
    boxes: Vec<RoleBox>,
    browsers: Vec<BrowserRow>,
    /// What the provider is called, where one is configured.
    provider: Option<String>,
    linked: String,
}

fn boxes(roles: &Roles) -> Vec<RoleBox> {
    let of = |role: &Role| RoleBox {
        code: role.code(),
        label: role.label_ja(),
        means: role.means_ja(),
        on: roles.has(*role),
    };
    Role::ALL.iter().map(of).collect()
}

fn roles_of(form: &Form) -> Roles {
    Roles::new(form.all("role").filter_map(Role::from_code))
}

fn departments_of(form: &Form) -> Vec<String> {
    let named = form.text("departments").split(['、', ',', '，', '\n']);
    named.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn row(member: &Member) -> PersonRow {
    let user = &member.user;
    PersonRow {
        departments: member.departments.join("、"),
        second_factor: member.second_factor,
        browsers: member.browsers,
        id: user.id.to_string(),
        login: user.login.clone(),
        display_name: user.display_name.clone(),
        roles: user.roles.label_ja(),
        disabled: user.disabled,
        must_change: user.must_change,
    }
}

/// `GET /staff`
pub async fn list(State(app): State<Arc<App>>, staff: Staff, RawQuery(query): RawQuery) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    page(&app, &staff, StatusCode::OK, Notice::of_code(query.text("done")), &Form::default()).await
}

async fn page(
    app: &App,
    staff: &Staff,
    status: StatusCode,
    notice: Option<Notice>,
    typed: &Form,
) -> Result<Response, WebError> {
    let mut tx = reading(app).await?;
    let frame = framed(&mut tx, staff, "staff", "職員", notice).await?;
    let members = users::members(&mut tx, app.clock.now()).await?;
    let page = StaffPage {
        frame,
        people: members.iter().map(row).collect(),
        boxes: boxes(&roles_of(typed)),
        login: typed.text("login").to_owned(),
        display_name: typed.text("display_name").to_owned(),
        departments: typed.text("departments").to_owned(),
    };
    Ok((status, page_of(&page)).into_response())
}

/// A password that is good for one sign-in, and its hash.
async fn one_time(app: &App) -> Result<(String, String), WebError> {
    let made = super::sign_in::hashing(app, || {
        let first = password::generate()?;
        let hash = password::hash(&first)?;
        Ok::<_, password::Error>((first, hash))
    });
    made.await?.map_err(|error| WebError::Broken(error.to_string()))
}

/// `POST /staff`
pub async fn add(State(app): State<Arc<App>>, posted: Posted) -> Result<Response, WebError> {
    let (first, hash) = one_time(&app).await?;
    let form = &posted.form;
    let new = NewAccount {
        login: form.text("login").trim(),
        display_name: form.text("display_name"),
        roles: roles_of(form),
        departments: departments_of(form),
        password_hash: &hash,
    };
    match app.review.add_account(&posted.staff.id, &new).await {
        Ok(id) => person(&app, &posted.staff, &id, StatusCode::CREATED, None, first).await,
        Err(refusal @ Refused::NotAllowed { .. }) => {
            let notice = Some(Notice::bad(refusal.message_ja()));
            page(&app, &posted.staff, StatusCode::UNPROCESSABLE_ENTITY, notice, form).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

fn id_of(text: &str) -> Result<UserId, WebError> {
    UserId::parse(text).ok_or(WebError::NotFound)
}

/// `GET /staff/{id}`
pub async fn show(
    State(app): State<Arc<App>>,
    staff: Staff,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let query = Form::of_query(query.as_deref());
    let notice = Notice::of_code(query.text("done"));
    person(&app, &staff, &id_of(&id)?, StatusCode::OK, notice, String::new()).await
}

/// The page of one account, with a one-time password that was just made.
async fn person(
    app: &App,
    staff: &Staff,
    id: &UserId,
    status: StatusCode,
    notice: Option<Notice>,
    made: String,
) -> Result<Response, WebError> {
    let now = app.clock.now();
    let mut tx = reading(app).await?;
    let member = users::member(&mut tx, id, now).await?.ok_or(WebError::NotFound)?;
    let frame = framed(&mut tx, staff, "staff", "職員", notice).await?;
    let own = sessions::name_of(&staff.token_hash);
    let browsers = sessions::list(&mut tx, id, now).await?;
    let linked = match &app.provider {
        Some(provider) => openid::value_of(&mut tx, provider.issuer(), id).await?.unwrap_or_default(),
        None => String::new(),
    };
    let page = PersonPage {
        frame,
        own: member.user.id == staff.id,
        made,
        boxes: boxes(&member.user.roles),
        browsers: browsers.into_iter().map(|browser| BrowserRow::of(browser, own, now)).collect(),
        person: row(&member),
        provider: app.provider.as_ref().map(|provider| provider.name().to_owned()),
        linked,
    };
    Ok((status, page_of(&page)).into_response())
}

/// What became of a change, told on the account's page.
async fn told<T>(app: &App, staff: &Staff, id: &UserId, done: Result<T, Refused>) -> Result<Response, WebError> {
    match done {
        Ok(_) => Ok(go(format!("/staff/{id}?done=staff_changed"))),
        Err(refusal @ Refused::NotAllowed { .. }) => {
            let notice = Some(Notice::bad(refusal.message_ja()));
            person(app, staff, id, StatusCode::CONFLICT, notice, String::new()).await
        }
        Err(Refused::Store(crate::store::Error::NotFound(_))) => Err(WebError::NotFound),
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /staff/{id}/rights`
pub async fn rights(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let (roles, departments) = (roles_of(&posted.form), departments_of(&posted.form));
    let done = app.review.set_rights(&posted.staff.id, &id, &roles, &departments).await;
    told(&app, &posted.staff, &id, done).await
}

/// `POST /staff/{id}/password`
pub async fn password(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let (first, hash) = one_time(&app).await?;
    match app.review.reset_password(&posted.staff.id, &id, &hash).await {
        // One's own browsers are signed out with it.
        Ok(()) if id == posted.staff.id => Ok(crate::web::error::message_page(
            StatusCode::OK,
            "新しいパスワード",
            Notice::good(format!("次のサインインにだけ使えるパスワード：{first}")),
        )),
        Ok(()) => person(&app, &posted.staff, &id, StatusCode::OK, None, first).await,
        refused => told(&app, &posted.staff, &id, refused).await,
    }
}

/// `POST /staff/{id}/disabled`
pub async fn disabled(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let done = app.review.set_disabled(&posted.staff.id, &id, posted.form.text("disabled") == "yes").await;
    told(&app, &posted.staff, &id, done).await
}

/// `POST /staff/{id}/openid`: linked to whom the provider names so; empty for nobody
pub async fn openid(State(app): State<Arc<App>>, Path(id): Path<String>, posted: Posted) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let provider = app.provider.as_ref().ok_or(WebError::NotFound)?;
    let done = app.review.link_openid(&posted.staff.id, &id, provider.issuer(), posted.form.text("value")).await;
    told(&app, &posted.staff, &id, done).await
}

/// `POST /staff/{id}/second-factor`: taken away from somebody who has lost it
pub async fn second_factor(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let done = app.review.reset_second_factor(&posted.staff.id, &id).await;
    told(&app, &posted.staff, &id, done).await
}

/// `POST /staff/{id}/sessions`: one browser, or all of them
pub async fn sessions(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, WebError> {
    let id = id_of(&id)?;
    let name = Some(posted.form.text("name")).filter(|name| !name.is_empty());
    let done = app.review.end_sessions(&posted.staff.id, &id, name).await;
    told(&app, &posted.staff, &id, done).await
}
