//! The masters (台帳): patients, institutions and doctors that documents are matched against, and the hospital itself.

use serde::{Deserialize, Serialize};

/// A patient of this hospital.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Patient {
    /// This hospital's own number (診察券番号).
    pub patient_id: String,
    /// Family and given name, one space between.
    pub name: String,
    /// Full-width katakana.
    pub kana: String,
    /// `male`, `female`, `other` or empty.
    pub sex: String,
    /// ISO 8601 or empty.
    pub birth_date: String,
    /// `NNN-NNNN` or empty.
    pub postal_code: String,
    /// As in the hospital's system.
    pub address: String,
    /// With hyphens.
    pub phone: String,
}

/// An institution that refers to this hospital or is referred to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Institution {
    /// This hospital's own id for it.
    pub institution_id: String,
    /// 保険医療機関コード, ten digits, or empty.
    pub institution_code: String,
    /// Formal name, with the legal form.
    pub name: String,
    /// 病院, 診療所, 薬局, ….
    pub kind: String,
    /// `NNN-NNNN` or empty.
    pub postal_code: String,
    /// As registered.
    pub address: String,
    /// With hyphens.
    pub phone: String,
    /// With hyphens.
    pub fax: String,
    /// `1` when it has a registered doctor (登録医), else `0` or empty.
    pub registered: String,
}

/// A doctor of an institution.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Doctor {
    /// This hospital's own id for the doctor.
    pub doctor_id: String,
    /// Where the doctor works.
    pub institution_id: String,
    /// Family and given name, one space between.
    pub name: String,
    /// Full-width katakana.
    pub kana: String,
    /// 診療科.
    pub department: String,
    /// ISO 8601 date of registration (登録医), or empty.
    pub registered_on: String,
}

/// All masters together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Masters {
    /// Patients.
    pub patients: Vec<Patient>,
    /// Institutions.
    pub institutions: Vec<Institution>,
    /// Doctors.
    pub doctors: Vec<Doctor>,
}

/// The hospital that receives: its names and numbers stand on many forms and are never the sender's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hospital {
    /// Name without the legal form.
    pub name: String,
    /// Legal form and founder.
    pub corp: String,
    /// Prefecture.
    pub pref: String,
    /// `NNN-NNNN`.
    pub zip: String,
    /// Full address.
    pub address: String,
    /// Switchboard.
    pub phone: String,
    /// Liaison office.
    pub phone2: String,
    /// Liaison office's fax.
    pub fax: String,
    /// Name of the liaison office.
    pub office: String,
    /// Mail address.
    pub mail: String,
    /// Director (院長).
    pub director: String,
}
