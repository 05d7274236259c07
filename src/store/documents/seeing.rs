//! Who may see which document, as the lists ask for it: by kind, by being misdirected, by department. The rule itself stands in `review::access`.

use super::super::Result;
use super::search;
use crate::db::{ReadTx, WriteTx, all, execute, optional};
use crate::domain::{DeliveryId, DocumentId, Kind, PageNo, UserId};
use sqlx::types::Json;

/// Whose eyes a list is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Seeing {
    /// Of the program itself, or of somebody who may see everything.
    #[default]
    Everything,
    /// Of a member of staff: no restricted kind, nothing misdirected, and only their departments where they are limited to some.
    As {
        /// Who.
        user: UserId,
        /// Kinds that they may not see.
        restricted: Vec<Kind>,
    },
    /// Of another system: no restricted kind, nothing misdirected.
    System {
        /// Kinds that are not for it.
        restricted: Vec<Kind>,
    },
}

impl Seeing {
    /// As the statements take it: nothing for everything, else the person and the kinds hidden from them, each between bars.
    pub(in crate::store) fn bound(&self) -> Option<String> {
        match self {
            Seeing::Everything => None,
            Seeing::As { user, restricted } => {
                let kinds: String = restricted.iter().map(|kind| format!("|{}|", kind.code())).collect();
                Some(format!("{user}{kinds}"))
            }
            Seeing::System { restricted } => {
                let kinds: String = restricted.iter().map(|kind| format!("|{}|", kind.code())).collect();
                // Nobody's id, as long as a person's: it has no departments.
                Some(format!("{:-<36}{kinds}", ""))
            }
        }
    }
}

/// The condition that every list has, on `d`; the placeholder is that of `Seeing::bound`, whose first 36 characters are the person.
macro_rules! seeable {
    ($seeing:literal) => {
        concat!(
            "(",
            $seeing,
            " IS NULL OR d.misdirected = FALSE AND replace(",
            $seeing,
            ", '|' || d.kind || '|', '') = ",
            $seeing,
            " AND (d.departments IS NULL OR NOT EXISTS (SELECT 1 FROM account_department m WHERE m.user_id = substr(",
            $seeing,
            ", 1, 36)) OR EXISTS (SELECT 1 FROM account_department m WHERE m.user_id = substr(",
            $seeing,
            ", 1, 36) AND d.departments LIKE '%|' || m.department || '|%')))"
        )
    };
}
pub(in crate::store) use seeable;

/// What of a document decides who may see it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Need {
    /// Which document.
    pub id: DocumentId,
    /// What it arrived in.
    pub delivery_id: DeliveryId,
    /// What it is.
    pub kind: Kind,
    /// Whether it was meant for somebody else.
    pub misdirected: bool,
    /// The departments it is addressed to, folded, each between bars.
    pub departments: Option<String>,
    /// Its pages.
    pub pages: Json<Vec<PageNo>>,
    /// The patient it is linked to.
    pub patient_id: Option<String>,
}

/// What decides who may see that document.
pub async fn need(tx: &mut ReadTx, id: &DocumentId) -> Result<Option<Need>> {
    Ok(optional!(
        tx,
        "SELECT id, delivery_id, kind, misdirected, departments, pages, patient_id FROM document WHERE id = $1",
        id
    )?)
}

/// What decides who may see the documents of a delivery.
pub async fn needs_of(tx: &mut ReadTx, delivery: &DeliveryId) -> Result<Vec<Need>> {
    Ok(all!(
        tx,
        "SELECT id, delivery_id, kind, misdirected, departments, pages, patient_id FROM document \
         WHERE delivery_id = $1 ORDER BY ordinal",
        delivery
    )?)
}

/// Notes that a document was meant for somebody else, or was not; part of the verb that says so, which writes the audit row.
pub async fn mark_misdirected(tx: &mut WriteTx, id: &DocumentId, misdirected: bool) -> Result<()> {
    execute!(tx, "UPDATE document SET misdirected = $2 WHERE id = $1", id, misdirected)?;
    // Its text is in no search, whoever asks.
    if misdirected { search::forget(tx, id).await } else { search::index(tx, id).await }
}
