//! Tokens of other systems: `uk_` and an open part that names the row, then a secret of which only a hash is kept.

use super::secret;
use crate::domain::Timestamp;
use crate::store::tokens::Token;

/// A token that was just made.
pub struct Fresh {
    /// What the other system is given, once.
    pub token: String,
    /// The open part.
    pub id: String,
    /// What the store keeps of the rest.
    pub hash: String,
}

/// Makes a token.
pub fn make() -> Result<Fresh, getrandom::Error> {
    let id: String = secret::token()?.chars().take(12).collect();
    let rest = secret::token()?;
    Ok(Fresh { token: format!("uk_{id}_{rest}"), id, hash: secret::token_hash(&rest) })
}

/// The open and the secret part of what a caller sent.
pub fn parts(token: &str) -> Option<(&str, &str)> {
    token.strip_prefix("uk_")?.split_once('_').filter(|(id, rest)| !id.is_empty() && !rest.is_empty())
}

/// Whether the secret is that of the row, and the row still opens something. It takes as long wherever they differ.
pub fn opens(row: &Token, rest: &str, now: Timestamp) -> bool {
    let over = row.expires_at.is_some_and(|at| at <= now);
    secret::same(&secret::token_hash(rest), &row.token_hash) && row.revoked_at.is_none() && !over
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Scope, Scopes};

    #[test]
    fn only_its_own_secret_opens_and_not_after_it_was_revoked() {
        let fresh = make().unwrap();
        let (id, rest) = parts(&fresh.token).unwrap();
        let mut row = Token {
            id: id.to_owned(),
            name: "fax".into(),
            token_hash: fresh.hash.clone(),
            created_at: Timestamp(0),
            scopes: Scopes::new([Scope::DeliveriesWrite]),
            expires_at: Some(Timestamp(10)),
            last_used_at: None,
            revoked_at: None,
        };
        let now = Timestamp(9);
        assert!(opens(&row, rest, now) && id == fresh.id);
        assert!(!opens(&row, rest, Timestamp(10)), "it is over");
        assert!(!opens(&row, &make().unwrap().token, now) && !opens(&row, "", now) && !fresh.hash.contains(rest));
        row.revoked_at = Some(Timestamp(1));
        assert!(!opens(&row, rest, now));
        for odd in ["", "uk_", "uk__x", "uk_x_", "uk_x", "Bearer uk_a_b"] {
            assert!(parts(odd).is_none(), "{odd}");
        }
    }
}
