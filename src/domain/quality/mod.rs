//! Quality sampling (品質の抜き取り): the draw, the items that a second person reads again, and what comes of comparing them.
//! demands: what managers have set · wilson: how sure a share is · threshold: from which confidence on the program is as right as somebody wants.

mod demands;
mod threshold;
mod wilson;

pub use demands::{Demands, Millionths};
pub use threshold::{Threshold, lowest_threshold};
pub use wilson::{Interval, wilson};

use super::{DocumentId, FieldName, Kind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A share in millionths.
const WHOLE: u64 = 1_000_000;

/// `[quality]` of the configuration: how many confirmed documents come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// The share of confirmed documents that a second person reads again, 0 to 1; 0 for none.
    #[serde(deserialize_with = "share")]
    pub share: f64,
    /// Another share for some kinds.
    #[serde(deserialize_with = "shares")]
    pub kinds: BTreeMap<Kind, f64>,
}

/// A share as it is written; 5 for 5 % would have every document read twice.
fn share<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(from)?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(serde::de::Error::custom("a share is between 0 and 1")) }
}

fn shares<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<Kind, f64>, D::Error> {
    let shares = BTreeMap::<Kind, f64>::deserialize(from)?;
    let sound = shares.values().all(|share| (0.0..=1.0).contains(share));
    if sound { Ok(shares) } else { Err(serde::de::Error::custom("a share is between 0 and 1")) }
}

impl Default for Sampling {
    fn default() -> Self {
        Self { share: 0.05, kinds: BTreeMap::new() }
    }
}

impl Sampling {
    /// Nothing comes back.
    pub fn none() -> Self {
        Self { share: 0.0, kinds: BTreeMap::new() }
    }

    /// The share of a kind in millionths.
    pub fn millionths(&self, kind: Kind) -> i64 {
        let share = self.kinds.get(&kind).copied().unwrap_or(self.share);
        // A share that is no number is none.
        (share.clamp(0.0, 1.0) * WHOLE as f64).round() as i64
    }
}

/// What decided whether a document comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Drawn at random at that moment.
    pub random: i64,
    /// The share that was asked for, in millionths.
    pub share: i64,
}

impl Draw {
    /// A draw of its own; nobody can know its number beforehand.
    #[expect(clippy::disallowed_methods, reason = "the random number of a draw is made here and nowhere else")]
    pub fn fresh(share: i64) -> Draw {
        let bytes = *uuid::Uuid::new_v4().as_bytes();
        // The bytes of a version 4 UUID that are random as a whole.
        let random = i64::from_be_bytes([0, bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[7]]);
        Draw { random, share }
    }

    /// Whether the document comes back: its id and the number, hashed, fall under the share.
    pub fn takes(self, id: &DocumentId) -> bool {
        let digest = Sha256::new().chain_update(id.as_str()).chain_update(self.random.to_be_bytes()).finalize();
        let mut first = [0u8; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % WHOLE < u64::try_from(self.share).unwrap_or_default()
    }
}

/// Something that a second person reads again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SampleItem {
    /// What the document is.
    Kind,
    /// Whom it is linked to in the master.
    Patient,
    /// What it says in a field.
    Field(FieldName),
}

impl SampleItem {
    /// The word of forms and of the store.
    pub fn code(self) -> &'static str {
        match self {
            SampleItem::Kind => "kind",
            SampleItem::Patient => "patient",
            SampleItem::Field(field) => field.code(),
        }
    }

    /// The item of that word.
    pub fn from_code(code: &str) -> Option<SampleItem> {
        match code {
            "kind" => Some(SampleItem::Kind),
            "patient" => Some(SampleItem::Patient),
            code => FieldName::from_code(code).map(SampleItem::Field),
        }
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            SampleItem::Kind => "文書の種類",
            SampleItem::Patient => "患者（台帳）",
            SampleItem::Field(field) => field.label_ja(),
        }
    }
}

/// The fields that a second person reads again on a document of that kind: what does harm when it is wrong. The one table.
pub fn read_again(kind: Kind) -> &'static [FieldName] {
    use FieldName::*;
    match kind {
        Kind::ReferralLetter | Kind::ReplyLetter | Kind::SecondOpinionRequest => &[
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientSex,
            PatientId,
            PatientPhone,
            DocumentDate,
            SenderInstitutionName,
            SenderDoctorName,
            SenderPhone,
            RecipientDepartment,
            RecipientDoctorName,
        ],
        Kind::AppointmentRequest => &[
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientSex,
            PatientId,
            PatientPhone,
            DocumentDate,
            SenderInstitutionName,
            SenderDoctorName,
            SenderPhone,
            RecipientDepartment,
            RecipientDoctorName,
            DesiredDates,
        ],
        Kind::ExamRequest => &[
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientSex,
            PatientId,
            PatientPhone,
            DocumentDate,
            SenderInstitutionName,
            SenderDoctorName,
            SenderPhone,
            DesiredDates,
            Modality,
            BodyPart,
            Contrast,
            Pacemaker,
        ],
        Kind::DischargeSummary | Kind::DischargeCareRecord | Kind::AdmissionCareInfo | Kind::TransferRequest => &[
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientSex,
            PatientId,
            DocumentDate,
            SenderInstitutionName,
            SenderPhone,
            AdmissionDate,
            DischargeDate,
            CareLevel,
        ],
        Kind::HomeNursingReport | Kind::DisclosureRequest => &[
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientSex,
            PatientId,
            DocumentDate,
            SenderInstitutionName,
            SenderPhone,
        ],
        Kind::MedicationReport => &[PatientName, PatientBirthDate, PatientSex, PatientId, DocumentDate, PharmacyName],
        Kind::LabReport => {
            &[PatientName, PatientBirthDate, PatientSex, PatientId, CollectedDate, SenderInstitutionName]
        }
        Kind::DoctorRegistration => {
            &[DocumentDate, SenderInstitutionName, RegistrationAction, DoctorName, DoctorKana, Specialty]
        }
        Kind::FacilityUseRequest => &[DocumentDate, SenderInstitutionName, ApplicantName, Facility, DesiredDates],
        Kind::EventEntry => &[SenderInstitutionName, SenderPhone, EventName, EventDate, Participants],
        Kind::HomeCareActivityReport => {
            &[DocumentDate, SenderInstitutionName, ReferralsOut, EmergencyAdmissions, ReferralsBack, HomePatients]
        }
        Kind::Notice | Kind::Advertisement | Kind::Unknown => &[DocumentDate, SenderInstitutionName],
    }
}

/// How two people's readings of an item compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Agreement {
    /// The same.
    Same,
    /// The same but for variants of a character (異体字) or what an institution's name may leave out.
    Alike,
    /// Not the same.
    Differs,
}

/// Who of two people was right, as a third says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum WhoWasRight {
    /// Who confirmed the document.
    First,
    /// Who read it again.
    Second,
    /// Neither of them.
    Neither,
}

impl WhoWasRight {
    /// The answer of that word of a form.
    pub fn from_code(code: &str) -> Option<WhoWasRight> {
        match code {
            "first" => Some(WhoWasRight::First),
            "second" => Some(WhoWasRight::Second),
            "neither" => Some(WhoWasRight::Neither),
            _ => None,
        }
    }
}

/// What two people said of an item.
#[derive(Clone, PartialEq, Eq)]
pub struct BothSaid {
    /// Which item.
    pub item: SampleItem,
    /// As confirmed.
    pub first: String,
    /// As read again.
    pub second: String,
    /// How that compares.
    pub agreement: Agreement,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_drawn_is_the_share_asked_for() {
        // Six standard deviations of 20,000 draws at 5 % are 185; a wrong rule is further off, chance is not.
        let taken = |share| (0..20_000).filter(|_| Draw::fresh(share).takes(&DocumentId::fresh())).count() as i64;
        assert!((taken(50_000) - 1_000).abs() < 185);
        assert_eq!(taken(0), 0);
        assert_eq!(taken(1_000_000), 20_000);
    }

    #[test]
    fn a_draw_can_be_worked_out_again_and_follows_its_number() {
        let id = DocumentId::fresh();
        let draw = |random| Draw { random, share: 500_000 }.takes(&id);
        assert_eq!(draw(7), draw(7));
        let taken = (0..200).filter(|random| draw(*random)).count();
        assert!((40..160).contains(&taken), "the same document is taken or not as the number says: {taken}");
    }

    #[test]
    fn shares_are_kept_within_bounds() {
        let of = |share| Sampling { share, kinds: BTreeMap::from([(Kind::Notice, 0.01)]) };
        assert_eq!(of(0.05).millionths(Kind::ReferralLetter), 50_000);
        assert_eq!(of(0.05).millionths(Kind::Notice), 10_000);
        assert_eq!(of(7.0).millionths(Kind::ReferralLetter), 1_000_000);
        assert_eq!(of(f64::NAN).millionths(Kind::ReferralLetter), 0);
        let read = |text: &str| toml::from_str::<Sampling>(text);
        assert_eq!(read("share = 0.05\nkinds = { notice = 0.01 }").unwrap(), of(0.05));
        for wrong in
            ["share = 5", "share = -0.1", "share = nan", "kinds = { notice = 2.0 }", "kinds = { letter = 0.1 }"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn items_have_one_word_each() {
        for kind in Kind::ALL {
            for field in read_again(*kind) {
                assert_eq!(SampleItem::from_code(field.code()), Some(SampleItem::Field(*field)));
            }
        }
        assert_eq!(SampleItem::from_code("kind"), Some(SampleItem::Kind));
        assert_eq!(SampleItem::from_code("colour"), None);
    }
}
