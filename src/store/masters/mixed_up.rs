//! Who is easily taken for a patient: 同姓同名, the same reading, twins. Only warned of, never decided here.

use super::rows::name_key;
use crate::db::{ReadTx, all};
use crate::domain::Patient;
use crate::store::Result;
use crate::text::kana;

/// How somebody is alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same name, whatever the variants of its characters (同姓同名).
    Name,
    /// The same reading.
    Reading,
    /// Born on the same day and living under the same telephone or address (双子など).
    Twin,
}

/// People shown for one patient.
const MOST: i64 = 5;

/// Other active patients who are easily taken for this one, twins first.
pub async fn mixed_up(tx: &mut ReadTx, patient: &Patient) -> Result<Vec<(Likeness, Patient)>> {
    let twins: Vec<Patient> = all!(
        tx,
        "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient WHERE active \
         AND birth_date = $1 AND birth_date <> '' AND patient_id <> $2 \
         AND (phone = $3 AND phone <> '' OR address = $4 AND address <> '') ORDER BY patient_id LIMIT $5",
        &patient.birth_date,
        &patient.patient_id,
        &patient.phone,
        &patient.address,
        MOST
    )?;
    let (name, reading) = (name_key(&patient.name), kana::sound_key(&patient.kana));
    let named: Vec<Patient> = all!(
        tx,
        "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient WHERE active \
         AND patient_id <> $1 AND search_name = $2 AND search_name <> '' ORDER BY patient_id LIMIT $3",
        &patient.patient_id,
        &name,
        MOST
    )?;
    let read: Vec<Patient> = all!(
        tx,
        "SELECT patient_id, name, kana, sex, birth_date, postal_code, address, phone FROM patient WHERE active \
         AND patient_id <> $1 AND search_kana = $2 AND search_kana <> '' AND search_name <> $3 \
         ORDER BY patient_id LIMIT $4",
        &patient.patient_id,
        &reading,
        &name,
        MOST
    )?;
    let of = |likeness: Likeness, rows: Vec<Patient>| rows.into_iter().map(move |row| (likeness, row));
    let mut alike: Vec<(Likeness, Patient)> = Vec::new();
    for (likeness, row) in of(Likeness::Twin, twins).chain(of(Likeness::Name, named)).chain(of(Likeness::Reading, read))
    {
        if !alike.iter().any(|(_, known)| known.patient_id == row.patient_id) {
            alike.push((likeness, row));
        }
    }
    Ok(alike)
}
