//! One row of a master, as another system puts it: checked as a line of a list is, written by the same statement.

use super::rows::{Known, Listed};
use crate::pipeline::ReceiveHandle;
use crate::store;
use crate::store::audit::{self, Actor};
use crate::store::masters::{self, Change};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

/// No value of a master is longer.
const LONGEST_CELL: usize = 500;

/// A row that was taken.
pub struct Placed<T> {
    /// As it stands now.
    pub row: T,
    /// What became of it.
    pub change: Change,
    /// What is doubtful in it; sentences for staff.
    pub doubts: Vec<&'static str>,
}

/// Why a row was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotPlaced {
    /// It cannot be a row; the reason is for staff and quotes nothing.
    #[error("the row was refused")]
    Refused(&'static str),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<crate::db::Error> for NotPlaced {
    fn from(error: crate::db::Error) -> Self {
        NotPlaced::Store(error.into())
    }
}

impl ReceiveHandle {
    /// Takes a row as the master's row of that id.
    pub async fn put_row<T: Listed>(
        &self,
        id: &str,
        cells: &BTreeMap<String, String>,
        actor: &Actor,
    ) -> Result<Placed<T>, NotPlaced> {
        let spoilt = |text: &str| text.chars().any(|c| c.is_control() || c == '\u{fffd}');
        if cells.values().any(|text| spoilt(text)) {
            return Err(NotPlaced::Refused("読めない文字（文字化け、制御文字）があります。"));
        }
        if cells.values().any(|text| text.chars().count() > LONGEST_CELL) {
            return Err(NotPlaced::Refused("値が長すぎます（500文字まで）。"));
        }
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let institutions = match T::WHAT {
            super::What::Doctors => masters::institution_ids(&mut tx).await?,
            _ => HashSet::new(),
        };
        let known = Known { today: now.japan().date(), institutions: &institutions };
        let mut doubts = Vec::new();
        let row = T::read(&|name| cells.get(name).cloned().unwrap_or_default(), &known, &mut doubts)
            .map_err(NotPlaced::Refused)?;
        if row.id() != id {
            return Err(NotPlaced::Refused(
                "本文のIDがアドレスのIDと違います（IDは半角で、前後の空白なしに書きます）。",
            ));
        }
        let change = masters::put(&mut tx, &row, now).await?;
        if change != Change::Unchanged {
            let what = if change == Change::Added { "added" } else { "changed" };
            let mut detail = json!({ "master": T::WHAT.code(), "id": id, "change": what });
            if let (super::What::Patients, Some(all)) = (T::WHAT, detail.as_object_mut()) {
                all.insert("patient_id".to_owned(), id.into());
            }
            audit::append(&mut tx, actor, "masters.put", id, &detail, now).await?;
            tx.commit().await?;
        }
        Ok(Placed { row, change, doubts })
    }
}
