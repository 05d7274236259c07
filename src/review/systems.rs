//! Tokens of other systems, as an administrator makes and stops them. The secret is not seen here, only its hash.

use super::people::manages;
use super::{Refused, Review};
use crate::domain::{Scope, UserId, is_system_name};
use crate::store::tokens;

pub use crate::store::tokens::NewToken as NewSystem;

impl Review {
    /// Makes a token for a system that has none.
    pub async fn add_token(&self, by: &UserId, new: NewSystem<'_>) -> Result<(), Refused> {
        let refused = |why| Err(Refused::NotAllowed { why });
        if !is_system_name(new.name) {
            return refused("名前は半角英数字と - _ で40文字までにしてください。");
        }
        let opens = Scope::ALL.iter().any(|scope| *scope != Scope::RestrictedRead && new.scopes.has(*scope));
        if !opens {
            return refused("範囲を選んでください。restricted:read はほかの範囲に加えて使います。");
        }
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        if !tokens::insert(&mut tx, &new, &actor, now).await? {
            return refused("その名前のトークンはもうあります。作り直すときは、先に停止してください。");
        }
        tx.commit().await?;
        Ok(())
    }

    /// Makes a token open nothing from now on.
    pub async fn revoke_token(&self, by: &UserId, id: &str) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        let actor = manages(&mut tx, by).await?;
        let token = tokens::find(&mut tx, id).await?.filter(|token| token.revoked_at.is_none());
        let token = token.ok_or(crate::store::Error::NotFound("token"))?;
        tokens::revoke(&mut tx, &token.name, &actor, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
