//! Patients, institutions and doctors as records refer to them: copied from the masters when a record points to them,
//! never deleted, so that a record can be read without the hospital's own system.

use super::Error;
use super::source::japan_text;
use crate::db::{WriteTx, execute};
use crate::domain::{Approved, Doctor, Institution, Patient, Timestamp};

/// The rows of the masters that an approval points to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Referenced {
    /// Of `Approved::patient_id`.
    pub patient: Option<Patient>,
    /// Of `Approved::institution_id`.
    pub institution: Option<Institution>,
    /// Of `Approved::doctor_id`.
    pub doctor: Option<Doctor>,
}

impl Referenced {
    /// Refuses anything but exactly the rows that were confirmed: a wrong patient link is the worst error there is.
    pub(super) fn check(&self, approved: &Approved) -> Result<(), Error> {
        let patient = self.patient.as_ref().map(|row| row.patient_id.as_str());
        let institution = self.institution.as_ref().map(|row| row.institution_id.as_str());
        let doctor = self.doctor.as_ref().map(|row| row.doctor_id.as_str());
        if patient != approved.patient_id.as_deref() {
            return Err(Error::Reference("patient"));
        }
        if institution != approved.institution_id.as_deref() {
            return Err(Error::Reference("institution"));
        }
        if doctor != approved.doctor_id.as_deref() {
            return Err(Error::Reference("doctor"));
        }
        Ok(())
    }

    /// Copies the rows; always in this order, so that two pushes never wait for each other in a circle.
    pub(super) async fn copy(&self, tx: &mut WriteTx, now: Timestamp) -> Result<(), Error> {
        let now = japan_text(now);
        if let Some(row) = &self.institution {
            copy_institution(tx, row, &now).await?;
        }
        if let Some(row) = &self.doctor {
            copy_doctor(tx, row, &now).await?;
        }
        if let Some(row) = &self.patient {
            copy_patient(tx, row, &now).await?;
        }
        Ok(())
    }
}

/// The masters write nothing as an empty text; the published schema writes NULL.
fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|t| !t.is_empty())
}

async fn copy_institution(tx: &mut WriteTx, row: &Institution, now: &str) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO institution (institution_id, institution_code, name, kind, postal_code, address, phone, fax, \
         registered, first_recorded_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) \
         ON CONFLICT (institution_id) DO UPDATE SET institution_code = excluded.institution_code, \
         name = excluded.name, kind = excluded.kind, postal_code = excluded.postal_code, address = excluded.address, \
         phone = excluded.phone, fax = excluded.fax, registered = excluded.registered, \
         updated_at = excluded.updated_at",
        row.institution_id.as_str(),
        some(&row.institution_code),
        row.name.as_str(),
        some(&row.kind),
        some(&row.postal_code),
        some(&row.address),
        some(&row.phone),
        some(&row.fax),
        row.registered == "1",
        now,
    )?;
    Ok(())
}

async fn copy_doctor(tx: &mut WriteTx, row: &Doctor, now: &str) -> Result<(), Error> {
    execute!(
        tx,
        "INSERT INTO doctor (doctor_id, institution_id, name, kana, department, registered_on, first_recorded_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) \
         ON CONFLICT (doctor_id) DO UPDATE SET institution_id = excluded.institution_id, name = excluded.name, \
         kana = excluded.kana, department = excluded.department, registered_on = excluded.registered_on, \
         updated_at = excluded.updated_at",
        row.doctor_id.as_str(),
        row.institution_id.as_str(),
        row.name.as_str(),
        some(&row.kana),
        some(&row.department),
        some(&row.registered_on),
        now,
    )?;
    Ok(())
}

async fn copy_patient(tx: &mut WriteTx, row: &Patient, now: &str) -> Result<(), Error> {
    let sex = some(&row.sex).filter(|sex| matches!(*sex, "male" | "female" | "other"));
    let birth_date = some(&row.birth_date).filter(|date| date.parse::<jiff::civil::Date>().is_ok());
    execute!(
        tx,
        "INSERT INTO patient (patient_id, name, kana, sex, birth_date, postal_code, address, phone, \
         first_recorded_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) \
         ON CONFLICT (patient_id) DO UPDATE SET name = excluded.name, kana = excluded.kana, sex = excluded.sex, \
         birth_date = excluded.birth_date, postal_code = excluded.postal_code, address = excluded.address, \
         phone = excluded.phone, updated_at = excluded.updated_at",
        row.patient_id.as_str(),
        row.name.as_str(),
        some(&row.kana),
        sex,
        birth_date,
        some(&row.postal_code),
        some(&row.address),
        some(&row.phone),
        now,
    )?;
    Ok(())
}
