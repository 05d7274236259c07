//! Accounts, their second factors and their browsers: what the pages may change of them. Each is one transaction with its audit row.

use super::{Refused, Review, Rights};
use crate::db::WriteTx;
use crate::domain::{Act, Roles, UserId};
use crate::store::audit::{self, Actor};
use crate::store::users::{self, NewUser};
use crate::store::{self, factors, openid, sessions};
use serde_json::{Value, json};

/// An account to be made by an administrator.
pub struct NewAccount<'a> {
    /// What is typed to sign in.
    pub login: &'a str,
    /// What colleagues see.
    pub display_name: &'a str,
    /// What they may do.
    pub roles: Roles,
    /// Departments they are limited to; none for no limit.
    pub departments: Vec<String>,
    /// Of a password that is good for one sign-in.
    pub password_hash: &'a str,
}

impl Review {
    /// Makes an account whose first password must be changed.
    pub async fn add_account(&self, by: &UserId, new: &NewAccount<'_>) -> Result<UserId, Refused> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@');
        if new.login.is_empty() || new.login.len() > 64 || !new.login.bytes().all(fits) {
            return Err(Refused::NotAllowed {
                why: "ログイン名は半角英数字と . - _ @ で64文字までにしてください。"
            });
        }
        if new.display_name.trim().is_empty() {
            return Err(Refused::NotAllowed { why: "氏名を入力してください。" });
        }
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        let row = NewUser {
            login: new.login,
            display_name: new.display_name.trim(),
            roles: new.roles.clone(),
            password_hash: new.password_hash,
            must_change: true,
        };
        let id = match users::insert(&mut tx, &row, &actor, now).await {
            Err(store::Error::LoginTaken) => {
                return Err(Refused::NotAllowed { why: "そのログイン名はもう使われています。" });
            }
            made => made?,
        };
        if !new.departments.is_empty() {
            users::set_rights(&mut tx, &id, &new.roles, &new.departments, &actor, now).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Changes what an account may do; never one's own, so that nobody raises themselves.
    pub async fn set_rights(
        &self,
        by: &UserId,
        of: &UserId,
        roles: &Roles,
        departments: &[String],
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        if by == of {
            return Err(Refused::NotAllowed {
                why: "自分の役割は変えられません。ほかの管理の職員に頼んでください。"
            });
        }
        users::set_rights(&mut tx, of, roles, departments, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Links an account to whom the provider names so, or ends the link; never one's own, so that nobody opens a door for themselves.
    pub async fn link_openid(&self, by: &UserId, of: &UserId, issuer: &str, value: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        let value = value.trim();
        if by == of {
            return Err(Refused::NotAllowed {
                why: "自分の結び付けは変えられません。ほかの管理の職員に頼んでください。",
            });
        }
        if value.len() > 256 || value.chars().any(char::is_control) {
            return Err(Refused::NotAllowed {
                why: "共通サインインのIDが長すぎるか、使えない文字があります。"
            });
        }
        users::find(&mut tx, of).await?.ok_or(Refused::NotFound)?;
        let value = Some(value).filter(|value| !value.is_empty());
        if !openid::link(&mut tx, of, issuer, value, &actor, now).await? {
            return Err(Refused::NotAllowed {
                why: "そのIDは、ほかのアカウントに結び付いています。"
            });
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives an account a password that is good for one sign-in, and signs it out everywhere.
    pub async fn reset_password(&self, by: &UserId, of: &UserId, password_hash: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        users::set_password(&mut tx, of, password_hash, true, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Stops an account or lets it sign in again.
    pub async fn set_disabled(&self, by: &UserId, of: &UserId, disabled: bool) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        if by == of {
            return Err(Refused::NotAllowed { why: "自分のアカウントは停止できません。" });
        }
        users::set_disabled(&mut tx, of, disabled, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the second factor of somebody away who has lost it.
    pub async fn reset_second_factor(&self, by: &UserId, of: &UserId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        factors::remove(&mut tx, of, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends the browsers of an account: one, or all of them.
    pub async fn end_sessions(&self, by: &UserId, of: &UserId, name: Option<&str>) -> Result<u64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        let ended = sessions::end(&mut tx, of, name, "", &actor, now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends one's own browsers: one, or all but the one that asks.
    pub async fn end_own_sessions(&self, user: &UserId, name: Option<&str>, keep: &str) -> Result<u64, Refused> {
        let (mut tx, now) = self.begin().await?;
        let keep = if name.is_some() { "" } else { keep };
        let ended = sessions::end(&mut tx, user, name, keep, &Actor::Person(user.clone()), now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Locks a browser that nobody sits in front of.
    pub async fn locked(&self, token_hash: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        sessions::lock(&mut tx, token_hash, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Unlocks a browser whose person gave the password again.
    pub async fn unlocked(&self, token_hash: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        sessions::unlock(&mut tx, token_hash, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Sets a second factor whose first code was right.
    pub async fn set_second_factor(
        &self,
        user: &UserId,
        secret: &str,
        step: i64,
        code_hashes: &[String],
    ) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        factors::set(&mut tx, user, secret, step, code_hashes, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Replaces one's recovery codes.
    pub async fn renew_recovery(&self, user: &UserId, code_hashes: &[String]) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        factors::renew_codes(&mut tx, user, code_hashes, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes one's own second factor away.
    pub async fn remove_second_factor(&self, user: &UserId) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        factors::remove(&mut tx, user, &Actor::Person(user.clone()), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the code of a time step; false when it was taken before.
    pub async fn step_taken(&self, user: &UserId, step: i64) -> Result<bool, Refused> {
        let (mut tx, _) = self.begin().await?;
        let taken = factors::take_step(&mut tx, user, step).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Takes a recovery code; false when there is no such code or it was taken before.
    pub async fn recovery_taken(&self, user: &UserId, code_hash: &str) -> Result<bool, Refused> {
        let (mut tx, now) = self.begin().await?;
        let taken = factors::take_code(&mut tx, user, code_hash, now).await?;
        tx.commit().await?;
        Ok(taken)
    }

    /// Notes that a person read the audit log, or took a copy of it, and how many rows that were.
    pub async fn read_audit(&self, user: &UserId, exported: bool, asked: &Value, rows: usize) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = Actor::Person(user.clone());
        if !Rights::of(&mut tx, user).await?.may(Act::ReadAudit) {
            return Err(Refused::NoRight);
        }
        let verb = if exported { "audit.exported" } else { "audit.viewed" };
        audit::append(&mut tx, &actor, verb, "audit", &json!({ "asked": asked, "rows": rows }), now).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The person as the log names them, if they may manage accounts.
pub(super) async fn manages(tx: &mut WriteTx, by: &UserId) -> Result<Actor, Refused> {
    let rights = Rights::of(tx, by).await?;
    if rights.may(Act::ManageAccounts) { Ok(Actor::Person(by.clone())) } else { Err(Refused::NoRight) }
}
