//! Identifiers: UUIDv7 text made by us, so that both databases store the same thing and rows sort by birth.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// A new identifier; the only place where its randomness is drawn.
            #[expect(clippy::disallowed_methods, reason = "ids are made here and nowhere else")]
            pub fn fresh() -> Self {
                Self(uuid::Uuid::now_v7().to_string())
            }

            /// Takes an identifier from outside; `None` when it is not a UUID.
            pub fn parse(text: &str) -> Option<Self> {
                uuid::Uuid::try_parse(text).ok().map(|id| Self(id.to_string()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}

ids! {
    /// One thing that arrived: a file or an e-mail.
    DeliveryId;
    /// A run of pages of one kind about one patient: what staff confirm.
    DocumentId;
    /// A row of work with a lease.
    JobId;
    /// What a confirmed document becomes in the referral database.
    RecordId;
    /// A member of staff who signs in.
    UserId;
}

impl DocumentId {
    /// By what an answer to an inquiry is found again (照会番号): the random end of the id, as people write it.
    pub fn reference(&self) -> String {
        self.0.get(self.0.len().saturating_sub(8)..).unwrap_or(&self.0).to_uppercase()
    }
}
