//! The proof that a person confirmed a document; nothing else can be pushed.

use super::{DocumentId, FieldName, Kind, Timestamp, UserId};
use std::collections::BTreeMap;

/// Who confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approver {
    /// A member of staff.
    Person(UserId),
}

/// A confirmed document: the only thing `referral_db::push` takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Approved {
    document: DocumentId,
    version: i64,
    approver: Approver,
    at: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// What it says, as confirmed.
    pub values: BTreeMap<FieldName, String>,
    /// The patient's number, when the document concerns a patient of the master.
    pub patient_id: Option<String>,
    /// The sending institution's id, when it is in the master.
    pub institution_id: Option<String>,
    /// The sending doctor's id, when in the master.
    pub doctor_id: Option<String>,
}

impl Approved {
    /// The one constructor: `approver` confirmed version `version` of `document` at `at`.
    pub fn by(approver: Approver, document: DocumentId, version: i64, at: Timestamp, kind: Kind) -> Self {
        Self {
            document,
            version,
            approver,
            at,
            kind,
            values: BTreeMap::new(),
            patient_id: None,
            institution_id: None,
            doctor_id: None,
        }
    }

    /// Which document.
    pub fn document(&self) -> &DocumentId {
        &self.document
    }

    /// Which version of it was on the screen.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// Who confirmed.
    pub fn approver(&self) -> &Approver {
        &self.approver
    }

    /// When.
    pub fn at(&self) -> Timestamp {
        self.at
    }
}
