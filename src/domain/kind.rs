//! Kinds of document (文書の種類), as in the reading contract.

use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($variant:ident $code:literal $ja:literal;)*) => {
        /// What a document is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
        #[serde(rename_all = "snake_case")]
        #[sqlx(type_name = "TEXT", rename_all = "snake_case")]
        pub enum Kind { $(#[doc = $ja] $variant,)* }

        impl Kind {
            /// Every kind, in the order of the reading contract.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)*];

            /// The word of the reading contract.
            pub fn code(self) -> &'static str {
                match self { $(Kind::$variant => $code,)* }
            }

            /// What staff call it.
            pub fn label_ja(self) -> &'static str {
                match self { $(Kind::$variant => $ja,)* }
            }

            /// The kind of that code.
            pub fn from_code(code: &str) -> Option<Kind> {
                match code { $($code => Some(Kind::$variant),)* _ => None }
            }
        }
    };
}

kinds! {
    ReferralLetter "referral_letter" "診療情報提供書・紹介状";
    AppointmentRequest "appointment_request" "FAX診療予約申込書";
    ExamRequest "exam_request" "検査予約・共同利用申込書";
    ReplyLetter "reply_letter" "返書・報告書";
    DischargeSummary "discharge_summary" "退院時サマリ";
    DischargeCareRecord "discharge_care_record" "退院・退所情報記録書";
    AdmissionCareInfo "admission_care_info" "入院時情報提供書";
    HomeNursingReport "home_nursing_report" "訪問看護報告書・計画書";
    MedicationReport "medication_report" "服薬情報提供書";
    LabReport "lab_report" "検査結果報告書";
    TransferRequest "transfer_request" "転院相談・依頼書";
    SecondOpinionRequest "second_opinion_request" "セカンドオピニオン申込書";
    DisclosureRequest "disclosure_request" "診療記録開示請求書";
    DoctorRegistration "doctor_registration" "登録医 申請・変更・辞退";
    FacilityUseRequest "facility_use_request" "施設利用申込書";
    EventEntry "event_entry" "研修会・検討会 参加申込書";
    HomeCareActivityReport "home_care_activity_report" "在宅医療の取組報告";
    Notice "notice" "お知らせ・休診案内";
    Advertisement "advertisement" "広告・営業";
    Unknown "unknown" "不明";
}
