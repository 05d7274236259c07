//! States of deliveries and documents, and the one table of allowed moves.

use serde::{Deserialize, Serialize};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Durable, waiting to be read (受信済).
    Received,
    /// Being read (読取中).
    Reading,
    /// Read; its documents stand in the queue (読取済).
    Read,
    /// Waits for something from outside, such as a password (保留).
    Held,
    /// Could not be read; a person must look (読取不能).
    Unreadable,
}

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DocumentState {
    /// Waits for a person (確認待ち).
    Proposed,
    /// A person holds it (確認中).
    InReview,
    /// Confirmed, to be pushed (確定).
    Approved,
    /// Stands in the referral database (登録済).
    Pushed,
    /// Not for the referral database: advertisement, misdirected, duplicate (除外).
    SetAside,
    /// The sender is being asked (照会中).
    Inquiry,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: &'static [DeliveryState] =
        &[Self::Received, Self::Reading, Self::Read, Self::Held, Self::Unreadable];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Reading => "reading",
            Self::Read => "read",
            Self::Held => "held",
            Self::Unreadable => "unreadable",
        }
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Self::Received => "受信済",
            Self::Reading => "読取中",
            Self::Read => "読取済",
            Self::Held => "保留",
            Self::Unreadable => "読取不能",
        }
    }

    /// Whether a delivery may move so.
    pub fn may_become(self, next: Self) -> bool {
        use DeliveryState::*;
        matches!(
            (self, next),
            (Received, Reading | Held | Unreadable)
                | (Reading, Reading | Read | Held | Unreadable)
                | (Held | Unreadable | Read, Reading)
        )
    }
}

impl DocumentState {
    /// Every state.
    pub const ALL: &'static [DocumentState] =
        &[Self::Proposed, Self::InReview, Self::Approved, Self::Pushed, Self::SetAside, Self::Inquiry];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Pushed => "pushed",
            Self::SetAside => "set_aside",
            Self::Inquiry => "inquiry",
        }
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Self::Proposed => "確認待ち",
            Self::InReview => "確認中",
            Self::Approved => "確定（登録待ち）",
            Self::Pushed => "登録済",
            Self::SetAside => "除外",
            Self::Inquiry => "照会中",
        }
    }

    /// Whether a document may move so. From review it goes back to the database only where its record stands already
    /// (`store::documents::advance`).
    pub fn may_become(self, next: Self) -> bool {
        use DocumentState::*;
        matches!(
            (self, next),
            (Proposed, InReview)
                | (InReview, Proposed | Approved | SetAside | Inquiry | Pushed)
                | (Approved, Pushed | InReview)
                | (Pushed, InReview)
                | (SetAside | Inquiry, Proposed)
        )
    }
}
