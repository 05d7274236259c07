//! Members of staff who sign in, and the browsers they are signed in with. Only hashes of passwords and of cookies; each change of an account is audited.

use super::audit::{self, Actor};
use super::{Error, Result, debug_without_people, sound};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{Roles, Timestamp, UserId};
use serde_json::{Value, json};
use sqlx::types::Json;
use std::collections::BTreeSet;

/// An account.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// What is typed to sign in.
    pub login: String,
    /// What colleagues see.
    pub display_name: String,
    /// What they may do.
    #[sqlx(json)]
    pub roles: Roles,
    /// In the PHC string format.
    pub password_hash: String,
    /// Whether the password must be changed at the next sign-in.
    pub must_change: bool,
    /// Whether they may no longer sign in.
    pub disabled: bool,
    /// Failed sign-ins in a row.
    pub failures: i64,
    /// No sign-in before.
    pub lock_until: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
}
debug_without_people!(User { id, roles, disabled });

/// An account to be made.
pub struct NewUser<'a> {
    /// What is typed to sign in.
    pub login: &'a str,
    /// What colleagues see.
    pub display_name: &'a str,
    /// What they may do.
    pub roles: Roles,
    /// In the PHC string format.
    pub password_hash: &'a str,
    /// Whether the password must be changed at the next sign-in.
    pub must_change: bool,
}

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Who.
    #[sqlx(flatten)]
    pub user: User,
    /// What their forms must carry.
    pub csrf: String,
    /// When they last did something.
    pub last_seen_at: Timestamp,
    /// When it ends whatever they do.
    pub expires_at: Timestamp,
    /// Whether nobody is in front of it: the password has to be given again.
    pub locked: bool,
    /// Whether the account has a second factor.
    pub second_factor: bool,
    /// Whether one was shown to the provider instead, where that counts.
    pub factor_elsewhere: bool,
    /// The departments to which the account is limited, folded; none for one that is not.
    #[sqlx(try_from = "Listed")]
    pub departments: Vec<String>,
}
debug_without_people!(Session { user, expires_at });

/// An account as the list of staff shows it.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    /// Who.
    #[sqlx(flatten)]
    pub user: User,
    /// The departments to which the account is limited, folded; none for one that is not.
    #[sqlx(try_from = "Listed")]
    pub departments: Vec<String>,
    /// Whether the account has a second factor.
    pub second_factor: bool,
    /// Browsers that are signed in.
    pub browsers: i64,
}
debug_without_people!(Member { user, browsers });

/// Names that a statement has strung together, with a character between them that no name has.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct Listed(Option<String>);

impl From<Listed> for Vec<String> {
    fn from(Listed(names): Listed) -> Self {
        names.iter().flat_map(|names| names.split('\u{1f}')).map(str::to_owned).collect()
    }
}

/// The departments of the account `u`, strung together.
macro_rules! departments {
    () => {
        "(SELECT string_agg(m.department, '\u{1f}' ORDER BY m.department) FROM account_department m WHERE m.user_id = u.id) \
         AS departments"
    };
}

macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT u.id, u.login, u.display_name, u.roles, u.password_hash, u.must_change, u.disabled, u.failures, \
             u.lock_until, u.created_at",
            $($rest),+
        )
    };
}

/// Whether there is any account.
pub async fn any(tx: &mut ReadTx) -> Result<bool> {
    let (n,): (i64,) = one!(tx, "SELECT count(*) FROM account")?;
    Ok(n > 0)
}

/// Makes an account.
pub async fn insert(tx: &mut WriteTx, new: &NewUser<'_>, actor: &Actor, now: Timestamp) -> Result<UserId> {
    audit::lock(tx).await?;
    let id = UserId::fresh();
    let made = execute!(
        tx,
        "INSERT INTO account (id, login, display_name, roles, password_hash, must_change, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (login) DO NOTHING",
        &id,
        sound::text(new.login).as_ref(),
        sound::text(new.display_name).as_ref(),
        Json(&new.roles),
        new.password_hash,
        new.must_change,
        now
    )?;
    if made == 0 {
        return Err(Error::LoginTaken);
    }
    audit::append(tx, actor, "account.created", id.as_str(), &json!({ "roles": new.roles }), now).await?;
    Ok(id)
}

/// The account of that login.
pub async fn by_login(tx: &mut ReadTx, login: &str) -> Result<Option<User>> {
    Ok(optional!(tx, select!(" FROM account u WHERE u.login = $1"), sound::text(login).as_ref())?)
}

/// The account of that id.
pub async fn find(tx: &mut ReadTx, id: &UserId) -> Result<Option<User>> {
    Ok(optional!(tx, select!(" FROM account u WHERE u.id = $1"), id)?)
}

/// Every account, in order of login.
pub async fn list(tx: &mut ReadTx) -> Result<Vec<User>> {
    Ok(all!(tx, select!(" FROM account u ORDER BY u.login"))?)
}

/// An account as the list of staff shows it; `$1` is the present moment.
macro_rules! member {
    ($rest:literal) => {
        select!(
            ", EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id) AS second_factor, \
             (SELECT count(*) FROM session s WHERE s.user_id = u.id AND s.expires_at >= $1) AS browsers, ",
            departments!(),
            $rest
        )
    };
}

/// Every account as the list of staff shows it, in order of login.
pub async fn members(tx: &mut ReadTx, now: Timestamp) -> Result<Vec<Member>> {
    Ok(all!(tx, member!(" FROM account u ORDER BY u.login"), now)?)
}

/// One of them.
pub async fn member(tx: &mut ReadTx, id: &UserId, now: Timestamp) -> Result<Option<Member>> {
    Ok(optional!(tx, member!(" FROM account u WHERE u.id = $2"), now, id)?)
}

/// What an account may do and the departments to which it is limited; nothing for one that is gone or disabled.
pub async fn rights(tx: &mut ReadTx, id: &UserId) -> Result<Option<(Roles, Vec<String>)>> {
    let row: Option<(Json<Roles>, Listed)> = optional!(
        tx,
        concat!("SELECT u.roles, ", departments!(), " FROM account u WHERE u.id = $1 AND u.disabled = FALSE"),
        id
    )?;
    Ok(row.map(|(roles, departments)| (roles.0, departments.into())))
}

/// Sets a password, forgets failed sign-ins and signs the account out everywhere.
pub async fn set_password(
    tx: &mut WriteTx,
    id: &UserId,
    password_hash: &str,
    must_change: bool,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(
        tx,
        "UPDATE account SET password_hash = $2, must_change = $3, failures = 0, lock_until = NULL, updated_at = $4 WHERE id = $1",
        id,
        password_hash,
        must_change,
        now
    )?;
    if changed == 0 {
        return Err(Error::NotFound("account"));
    }
    execute!(tx, "DELETE FROM session WHERE user_id = $1", id)?;
    audit::append(tx, actor, "account.password_set", id.as_str(), &json!({ "must_change": must_change }), now).await
}

/// Forbids or allows an account to sign in; a forbidden one is signed out everywhere.
pub async fn set_disabled(tx: &mut WriteTx, id: &UserId, disabled: bool, actor: &Actor, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(tx, "UPDATE account SET disabled = $2, updated_at = $3 WHERE id = $1", id, disabled, now)?;
    if changed == 0 {
        return Err(Error::NotFound("account"));
    }
    if disabled {
        execute!(tx, "DELETE FROM session WHERE user_id = $1", id)?;
    }
    audit::append(tx, actor, "account.disabled", id.as_str(), &json!({ "disabled": disabled }), now).await
}

/// Changes what an account may do and whose documents it sees; its sessions go on with the new rights at once.
pub async fn set_rights(
    tx: &mut WriteTx,
    id: &UserId,
    roles: &Roles,
    departments: &[String],
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let changed = execute!(tx, "UPDATE account SET roles = $2, updated_at = $3 WHERE id = $1", id, Json(roles), now)?;
    if changed == 0 {
        return Err(Error::NotFound("account"));
    }
    execute!(tx, "DELETE FROM account_department WHERE user_id = $1", id)?;
    let folded: BTreeSet<String> = departments.iter().filter_map(|name| sound::department(name)).collect();
    for department in &folded {
        execute!(tx, "INSERT INTO account_department (user_id, department) VALUES ($1, $2)", id, department.as_str())?;
    }
    let detail = json!({ "roles": roles, "departments": folded });
    audit::append(tx, actor, "account.rights_set", id.as_str(), &detail, now).await
}

/// The departments to which an account is limited, folded; none for one that is not.
pub async fn departments(tx: &mut ReadTx, id: &UserId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        all!(tx, "SELECT department FROM account_department WHERE user_id = $1 ORDER BY department", id)?;
    Ok(rows.into_iter().map(|(department,)| department).collect())
}

/// Counts a failed sign-in and, where the caller's rule says so, locks the account for a while; how many in a row that makes.
pub async fn sign_in_failed(
    tx: &mut WriteTx,
    id: &UserId,
    lock_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<i64> {
    audit::lock(tx).await?;
    let row: Option<(i64,)> = optional!(
        tx,
        "UPDATE account SET failures = failures + 1, lock_until = coalesce($2, lock_until), updated_at = $3 WHERE id = $1 RETURNING failures",
        id,
        lock_until,
        now
    )?;
    let Some((failures,)) = row else { return Err(Error::NotFound("account")) };
    let detail = json!({ "failures": failures, "lock_until": lock_until });
    audit::append(tx, &Actor::Program, "account.sign_in_failed", id.as_str(), &detail, now).await?;
    Ok(failures)
}

/// Signs a browser in and forgets failed sign-ins.
pub async fn open_session(
    tx: &mut WriteTx,
    user: &UserId,
    token_hash: &str,
    csrf: &str,
    agent: &str,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    execute!(tx, "DELETE FROM session WHERE expires_at < $1", now)?;
    execute!(tx, "UPDATE account SET failures = 0, lock_until = NULL WHERE id = $1", user)?;
    execute!(
        tx,
        "INSERT INTO session (token_hash, user_id, csrf, created_at, last_seen_at, expires_at, agent) VALUES ($1, $2, $3, $4, $4, $5, $6)",
        token_hash,
        user,
        csrf,
        now,
        expires_at,
        sound::text(agent).as_ref()
    )?;
    let actor = Actor::Person(user.clone());
    audit::append(tx, &actor, "account.signed_in", user.as_str(), &Value::Null, now).await
}

/// Who is signed in with that cookie, unless it has ended or the account is disabled.
pub async fn session_user(tx: &mut ReadTx, token_hash: &str, now: Timestamp) -> Result<Option<Session>> {
    Ok(optional!(
        tx,
        select!(
            ", s.csrf, s.last_seen_at, s.expires_at, s.locked, s.factor_elsewhere, \
             EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id) AS second_factor, ",
            departments!(),
            " FROM session s JOIN account u ON u.id = s.user_id \
             WHERE s.token_hash = $1 AND s.expires_at >= $2 AND u.disabled = FALSE"
        ),
        token_hash,
        now
    )?)
}

/// Notes that the browser is still in use, and until when it may be.
pub async fn touch(tx: &mut WriteTx, token_hash: &str, expires_at: Timestamp, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "UPDATE session SET last_seen_at = $2, expires_at = $3 WHERE token_hash = $1",
        token_hash,
        now,
        expires_at
    )?;
    Ok(())
}

/// Signs a browser out.
pub async fn close_session(tx: &mut WriteTx, token_hash: &str, now: Timestamp) -> Result<()> {
    audit::lock(tx).await?;
    let user: Option<(UserId,)> =
        optional!(tx, "DELETE FROM session WHERE token_hash = $1 RETURNING user_id", token_hash)?;
    let Some((user,)) = user else { return Ok(()) };
    let actor = Actor::Person(user.clone());
    audit::append(tx, &actor, "account.signed_out", user.as_str(), &Value::Null, now).await
}
