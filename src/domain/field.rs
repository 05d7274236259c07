//! Fields (項目) that a document can carry, as in the reading contract.

use super::{DocumentId, Spot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a value is written and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A person's name: NFKC, one space between family and given name.
    Name,
    /// Full-width katakana, one space between.
    Kana,
    /// ISO 8601 date.
    Date,
    /// ISO 8601 dates in the order of preference, joined by `,`.
    Dates,
    /// `male`, `female`, `other`.
    Sex,
    /// Half-width digits with hyphens.
    Phone,
    /// `NNN-NNNN`.
    PostalCode,
    /// Ten digits with a check digit (保険医療機関コード).
    InstitutionCode,
    /// Half-width digits.
    Digits,
    /// `yes` or `no`.
    YesNo,
    /// `要支援1` to `要介護5`.
    CareLevel,
    /// `CT`, `MRI`, `RI`, `PET`, `US`, `endoscopy`, `DXA`, `other`.
    Modality,
    /// `new`, `change`, `withdraw`.
    RegistrationAction,
    /// A whole number.
    Number,
    /// One line, NFKC.
    Line,
    /// Several lines, NFKC, `\n` between.
    Text,
}

macro_rules! fields {
    ($($variant:ident $code:literal $type:ident $ja:literal;)*) => {
        /// The name of a field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FieldName { $(#[doc = $ja] $variant,)* }

        impl FieldName {
            /// Every field, in the order staff see them.
            pub const ALL: &'static [FieldName] = &[$(FieldName::$variant,)*];

            /// The word of the reading contract.
            pub fn code(self) -> &'static str {
                match self { $(FieldName::$variant => $code,)* }
            }

            /// What staff call it.
            pub fn label_ja(self) -> &'static str {
                match self { $(FieldName::$variant => $ja,)* }
            }

            /// How its value is written.
            pub fn value_type(self) -> ValueType {
                match self { $(FieldName::$variant => ValueType::$type,)* }
            }

            /// The field of that code.
            pub fn from_code(code: &str) -> Option<FieldName> {
                match code { $($code => Some(FieldName::$variant),)* _ => None }
            }
        }
    };
}

fields! {
    PatientName "patient_name" Name "患者氏名";
    PatientKana "patient_kana" Kana "フリガナ";
    PatientBirthDate "patient_birth_date" Date "生年月日";
    PatientSex "patient_sex" Sex "性別";
    PatientId "patient_id" Digits "患者ID（当院）";
    PatientPostalCode "patient_postal_code" PostalCode "患者郵便番号";
    PatientAddress "patient_address" Line "患者住所";
    PatientPhone "patient_phone" Phone "患者電話";
    DocumentDate "document_date" Date "文書日付";
    SenderInstitutionName "sender_institution_name" Line "差出医療機関";
    SenderInstitutionCode "sender_institution_code" InstitutionCode "医療機関コード";
    SenderDepartment "sender_department" Line "差出診療科";
    SenderDoctorName "sender_doctor_name" Name "差出医師";
    SenderPhone "sender_phone" Phone "差出電話";
    SenderFax "sender_fax" Phone "差出FAX";
    SenderPostalCode "sender_postal_code" PostalCode "差出郵便番号";
    SenderAddress "sender_address" Line "差出住所";
    RecipientDepartment "recipient_department" Line "宛先診療科";
    RecipientDoctorName "recipient_doctor_name" Name "宛先医師";
    DesiredDates "desired_dates" Dates "希望日";
    Purpose "purpose" Text "目的";
    Diagnosis "diagnosis" Text "傷病名";
    History "history" Text "既往歴・家族歴";
    Course "course" Text "経過";
    Prescription "prescription" Text "処方";
    Remarks "remarks" Text "備考";
    VisitedBefore "visited_before" YesNo "受診歴";
    InsurerNumber "insurer_number" Digits "保険者番号";
    InsuredSymbol "insured_symbol" Line "保険記号";
    InsuredNumber "insured_number" Line "保険番号";
    Modality "modality" Modality "検査種別";
    BodyPart "body_part" Line "検査部位";
    Contrast "contrast" YesNo "造影";
    Pacemaker "pacemaker" YesNo "ペースメーカー";
    VisitDate "visit_date" Date "来院日";
    AdmissionDate "admission_date" Date "入院日";
    DischargeDate "discharge_date" Date "退院日";
    CareLevel "care_level" CareLevel "要介護度";
    PharmacyName "pharmacy_name" Line "薬局名";
    CollectedDate "collected_date" Date "採取日";
    RegistrationAction "registration_action" RegistrationAction "届出の種類";
    DoctorName "doctor_name" Name "医師名";
    DoctorKana "doctor_kana" Kana "医師フリガナ";
    Specialty "specialty" Line "診療科目";
    Facility "facility" Line "利用施設";
    EventName "event_name" Line "催し名";
    EventDate "event_date" Date "開催日";
    Participants "participants" Number "参加人数";
    ReferralsOut "referrals_out" Number "紹介件数";
    EmergencyAdmissions "emergency_admissions" Number "急変時受入件数";
    ReferralsBack "referrals_back" Number "逆紹介件数";
    HomePatients "home_patients" Number "在宅患者数（合計）";
    ApplicantName "applicant_name" Name "申込者氏名";
}

/// A value found on a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Normalised as the reading contract says.
    pub value: String,
    /// As it was seen.
    pub raw: String,
    /// 0 to 1.
    pub confidence: f32,
    /// Where it was seen.
    #[serde(flatten)]
    pub spot: Spot,
    /// Other readings, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<String>,
    /// The confirmed document of the same form from which its place was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned_from: Option<DocumentId>,
    /// The master's value stands in place of what was misread (台帳による補正).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_master: bool,
    /// Another reading of look-alike characters was taken, and this decided it (別の読みを採った理由).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Decided>,
}

/// What decided between readings of look-alike characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decided {
    /// The check digit of the number (検査数字).
    CheckDigit,
    /// The printed age (年齢).
    Age,
    /// The names of medicines (薬品名).
    Medicine,
}

/// The fields of one document.
pub type Fields = BTreeMap<FieldName, Found>;
