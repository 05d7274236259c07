//! Which table a kind of document becomes a row of, and which columns that table has. Data only; the columns themselves
//! stand in `migrations/`, and a test holds the two together.

use crate::domain::{FieldName, Kind};
use FieldName::*;

/// A table of the referral database that holds records.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Whether its rows can point to a patient.
    pub patient: bool,
    /// The fields it has beyond those that every kind can carry.
    pub own: &'static [FieldName],
}

/// Fields of the patient that any document about one can carry.
const PATIENT: &[FieldName] = &[
    PatientName,
    PatientKana,
    PatientBirthDate,
    PatientSex,
    PatientId,
    PatientPostalCode,
    PatientAddress,
    PatientPhone,
];

/// Fields that any document can carry.
const ANY: &[FieldName] = &[
    DocumentDate,
    SenderInstitutionName,
    SenderInstitutionCode,
    SenderDepartment,
    SenderDoctorName,
    SenderPhone,
    SenderFax,
    SenderPostalCode,
    SenderAddress,
    RecipientDepartment,
    RecipientDoctorName,
];

macro_rules! tables {
    ($($constant:ident $name:literal patient $patient:literal: $($field:ident)*;)*) => {
        $(static $constant: Table = Table { name: $name, patient: $patient, own: &[$($field),*] };)*

        impl Table {
            /// Every table that holds records.
            pub const ALL: &'static [&'static Table] = &[$(&$constant,)*];
        }
    };
}

tables! {
    REFERRAL "referral" patient true: Diagnosis Purpose History Course Prescription Remarks;
    APPOINTMENT "appointment_request" patient true:
        DesiredDates Purpose Diagnosis VisitedBefore InsurerNumber InsuredSymbol InsuredNumber;
    EXAM "exam_request" patient true: Modality BodyPart Contrast DesiredDates Purpose Diagnosis Pacemaker;
    SECOND_OPINION "second_opinion" patient true: ApplicantName Purpose;
    REPLY "reply_letter" patient true: VisitDate Diagnosis Course;
    DISCHARGE "discharge" patient true: AdmissionDate DischargeDate Diagnosis Course Prescription;
    LAB "lab_document" patient true: CollectedDate Remarks;
    CARE "care_document" patient true: CareLevel Diagnosis Remarks;
    PHARMACY "pharmacy_document" patient true: PharmacyName Remarks;
    ACTIVITY "activity_report" patient false: ReferralsOut EmergencyAdmissions ReferralsBack HomePatients;
    REGISTRATION "doctor_registration" patient false: RegistrationAction DoctorName DoctorKana Specialty;
    FACILITY "facility_use" patient false: Facility DesiredDates Purpose;
    EVENT "event_entry" patient false: EventName EventDate Participants;
    NOTICE "notice" patient false: ;
    DISCLOSURE "disclosure" patient true: ApplicantName Purpose;
    INQUIRY "inquiry" patient true: ;
}

impl Table {
    /// The table of a kind; `None` for what never becomes a record (広告は除外するもの).
    pub fn of(kind: Kind) -> Option<&'static Table> {
        Some(match kind {
            Kind::ReferralLetter => &REFERRAL,
            Kind::AppointmentRequest => &APPOINTMENT,
            Kind::ExamRequest => &EXAM,
            Kind::ReplyLetter => &REPLY,
            Kind::DischargeSummary => &DISCHARGE,
            Kind::DischargeCareRecord | Kind::AdmissionCareInfo | Kind::HomeNursingReport | Kind::TransferRequest => {
                &CARE
            }
            Kind::MedicationReport => &PHARMACY,
            Kind::LabReport => &LAB,
            Kind::SecondOpinionRequest => &SECOND_OPINION,
            Kind::DisclosureRequest => &DISCLOSURE,
            Kind::DoctorRegistration => &REGISTRATION,
            Kind::FacilityUseRequest => &FACILITY,
            Kind::EventEntry => &EVENT,
            Kind::HomeCareActivityReport => &ACTIVITY,
            Kind::Notice => &NOTICE,
            Kind::Unknown => &INQUIRY,
            Kind::Advertisement => return None,
        })
    }

    /// The table of that name.
    pub fn named(name: &str) -> Option<&'static Table> {
        Self::ALL.iter().copied().find(|t| t.name == name)
    }

    /// Every field it has a column for, in the order of the columns.
    pub fn fields(&self) -> impl Iterator<Item = FieldName> {
        let patient = if self.patient { PATIENT } else { &[] };
        ANY[..1].iter().chain(patient).chain(&ANY[1..]).chain(self.own).copied()
    }

    /// Whether it keeps the first of several desired dates in a column of its own.
    pub fn has_first_desired_date(&self) -> bool {
        self.own.contains(&DesiredDates)
    }
}

/// The column of a field. The patient's number as written on the document steps aside for the confirmed link `patient_id`.
pub fn column(field: FieldName) -> &'static str {
    match field {
        PatientId => "patient_id_written",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_advertisements_have_no_table() {
        for &kind in Kind::ALL {
            assert_eq!(Table::of(kind).is_none(), kind == Kind::Advertisement, "{}", kind.code());
        }
    }

    #[test]
    fn every_field_of_the_contract_has_a_column_somewhere() {
        for &field in FieldName::ALL {
            assert!(Table::ALL.iter().any(|t| t.fields().any(|f| f == field)), "{}", field.code());
        }
    }

    #[test]
    fn every_table_is_the_table_of_some_kind() {
        for table in Table::ALL {
            assert!(Kind::ALL.iter().any(|&k| Table::of(k) == Some(table)), "{}", table.name);
            assert_eq!(Table::named(table.name), Some(*table));
        }
    }
}
