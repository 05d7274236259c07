//! The masters (台帳): patients, institutions and doctors, copied from the hospital's own lists by imports. Rows are
//! never deleted; what an import no longer brings becomes inactive and is no longer proposed.

mod mixed_up;
mod replace;
mod rows;
mod run;
mod search;

pub use mixed_up::{Likeness, mixed_up};
pub use replace::{Change, Diff, Keyed, apply, compare, lock, put, standing};
pub use rows::{Keys, Master};
pub use run::{ImportRun, Outcome, note_run, recent_runs};
pub use search::{search_doctors, search_institutions, search_patients};

use crate::db::{ReadTx, all, one, optional};
use crate::domain::{Doctor, Institution, Masters, Patient};
use crate::store::Result;
use std::collections::HashSet;

/// Every active row of every master.
pub async fn load_all(tx: &mut ReadTx) -> Result<Masters> {
    Ok(Masters {
        patients: all!(
            tx,
            "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient \
             WHERE active ORDER BY patient_id"
        )?,
        institutions: all!(
            tx,
            "SELECT institution_id, institution_code, name, kind, postal_code, address, phone, fax, registered \
             FROM institution WHERE active ORDER BY institution_id"
        )?,
        doctors: all!(
            tx,
            "SELECT doctor_id, institution_id, name, kana, department, registered_on FROM doctor \
             WHERE active ORDER BY doctor_id"
        )?,
    })
}

/// Goes up whenever an import changed something.
pub async fn version(tx: &mut ReadTx) -> Result<i64> {
    let (version,): (i64,) = one!(tx, "SELECT version FROM masters_version WHERE id = 1")?;
    Ok(version)
}

/// One patient, active or not: a confirmed document may point to a patient who left the list.
pub async fn patient(tx: &mut ReadTx, id: &str) -> Result<Option<Patient>> {
    Ok(optional!(
        tx,
        "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient \
         WHERE patient_id = $1",
        id
    )?)
}

/// One institution, active or not.
pub async fn institution(tx: &mut ReadTx, id: &str) -> Result<Option<Institution>> {
    Ok(optional!(
        tx,
        "SELECT institution_id, institution_code, name, kind, postal_code, address, phone, fax, registered \
         FROM institution WHERE institution_id = $1",
        id
    )?)
}

/// One doctor, active or not.
pub async fn doctor(tx: &mut ReadTx, id: &str) -> Result<Option<Doctor>> {
    Ok(optional!(
        tx,
        "SELECT doctor_id, institution_id, name, kana, department, registered_on FROM doctor WHERE doctor_id = $1",
        id
    )?)
}

/// Ids of every institution, active or not; what doctors may point to.
pub async fn institution_ids(tx: &mut ReadTx) -> Result<HashSet<String>> {
    let ids: Vec<(String,)> = all!(tx, "SELECT institution_id FROM institution")?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// How many rows of each master are active: patients, institutions, doctors.
pub async fn counts(tx: &mut ReadTx) -> Result<(i64, i64, i64)> {
    Ok(one!(
        tx,
        "SELECT (SELECT count(*) FROM patient WHERE active), (SELECT count(*) FROM institution WHERE active), \
         (SELECT count(*) FROM doctor WHERE active)"
    )?)
}
