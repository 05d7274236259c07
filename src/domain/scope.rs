//! Scopes: what a token of another system opens. Each address of the API stands behind one of them (`web/access.rs`).

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that a token may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Hand in deliveries, and ask how far one's own are.
    #[serde(rename = "deliveries:write")]
    DeliveriesWrite,
    /// Documents as they are read and confirmed, with their pages.
    #[serde(rename = "items:read")]
    ItemsRead,
    /// Records as they were confirmed and pushed.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Rows of the masters.
    #[serde(rename = "masters:read")]
    MastersRead,
    /// Change single rows of the masters.
    #[serde(rename = "masters:write")]
    MastersWrite,
    /// Beside another scope: restricted kinds and misdirected documents too.
    #[serde(rename = "restricted:read")]
    RestrictedRead,
}

impl Scope {
    /// Every scope, in the order in which they are offered.
    pub const ALL: &'static [Scope] = &[
        Scope::DeliveriesWrite,
        Scope::ItemsRead,
        Scope::RecordsRead,
        Scope::MastersRead,
        Scope::MastersWrite,
        Scope::RestrictedRead,
    ];

    /// The word of the API and of the store.
    pub fn code(self) -> &'static str {
        match self {
            Scope::DeliveriesWrite => "deliveries:write",
            Scope::ItemsRead => "items:read",
            Scope::RecordsRead => "records:read",
            Scope::MastersRead => "masters:read",
            Scope::MastersWrite => "masters:write",
            Scope::RestrictedRead => "restricted:read",
        }
    }

    /// The scope of that word.
    pub fn from_code(code: &str) -> Option<Scope> {
        Scope::ALL.iter().copied().find(|scope| scope.code() == code)
    }

    /// What it opens, beside the box that grants it.
    pub fn means_ja(self) -> &'static str {
        match self {
            Scope::DeliveriesWrite => "文書を渡す、渡した文書の状態を見る",
            Scope::ItemsRead => "文書とページを見る",
            Scope::RecordsRead => "確定して登録した記録を見る",
            Scope::MastersRead => "台帳（患者・医療機関・医師）を見る",
            Scope::MastersWrite => "台帳を1件ずつ書き換える",
            Scope::RestrictedRead => "制限文書・誤送信も見る（ほかの範囲に加える）",
        }
    }
}

/// What one token opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Of those scopes.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().collect())
    }

    /// Whether it is one of them.
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether nothing is opened at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their words, in order.
    pub fn codes(&self) -> Vec<&'static str> {
        self.0.iter().map(|scope| scope.code()).collect()
    }

    /// As the store keeps them: each between bars.
    pub fn kept(&self) -> String {
        format!("|{}|", self.codes().join("|"))
    }
}

impl From<String> for Scopes {
    /// A word that is not known opens nothing.
    fn from(kept: String) -> Self {
        Self::new(kept.split('|').filter_map(Scope::from_code))
    }
}

/// Whether a system may be called that: it is a part of the source's name.
pub fn is_system_name(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    !name.is_empty() && name.len() <= 40 && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_kept_as_words_and_unknown_words_open_nothing() {
        for scope in Scope::ALL {
            assert_eq!(Scope::from_code(scope.code()), Some(*scope));
            assert_eq!(serde_json::to_value(scope).expect("a word"), scope.code());
        }
        let some = Scopes::new([Scope::ItemsRead, Scope::DeliveriesWrite, Scope::ItemsRead]);
        assert_eq!(some.kept(), "|deliveries:write|items:read|");
        assert_eq!(Scopes::from(some.kept()), some);
        assert!(Scopes::from("|everything|".to_owned()).is_empty() && Scopes::from("||".to_owned()).is_empty());
        assert!(is_system_name("fax-gateway_2") && !is_system_name("") && !is_system_name("a b"));
    }
}
