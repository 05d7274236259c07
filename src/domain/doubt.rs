//! Why a document is not 照合のみ (なぜ確認が必要か): every sentence that staff read about it, and what is to be mended.

use super::{AlertCode, FieldName, Kind};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What settles a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mend {
    /// The kind.
    Kind,
    /// A value.
    Field(FieldName),
    /// Whom it concerns.
    Patient,
    /// Who sent it.
    Institution,
    /// Which pages belong to it (ページの整理).
    Pages,
    /// What else arrived with it (受信の記録).
    Delivery,
}

macro_rules! doubts {
    ($(#[doc = $doc:literal] $plain:ident $words:literal => $mend:expr;)*) => {
        /// One doubt about a document.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum Doubt {
            $(#[doc = $doc] $plain,)*
            /// Of a kind that is not confirmed by itself.
            KindNotConfirmed(Kind),
            /// Of that kind, but not surely.
            KindUncertain(Kind),
            /// A needed field was not found.
            FieldMissing(FieldName),
            /// A needed field was read with doubt.
            FieldUncertain(FieldName),
            /// A field is less sure than a manager demands.
            BelowDemand(FieldName, f32),
            /// What has to be noticed besides.
            Alert(AlertCode),
        }

        /// What names neither a kind nor a field.
        const PLAIN: &[Doubt] = &[$(Doubt::$plain,)*];

        impl Doubt {
            /// What staff read.
            pub fn words(self) -> String {
                match self {
                    $(Doubt::$plain => $words.to_owned(),)*
                    Doubt::KindNotConfirmed(kind) => {
                        format!("「{}」は自動では確定しません。除外してよいか確認してください。", kind.label_ja())
                    }
                    Doubt::KindUncertain(kind) => format!(
                        "文書の種類「{}」は確実ではありません。表題・宛先・依頼か報告かを確認してください。",
                        kind.label_ja()
                    ),
                    Doubt::FieldMissing(field) => {
                        format!("「{}」が読み取れていません。原本を見て入力してください。", field.label_ja())
                    }
                    Doubt::FieldUncertain(field) => {
                        format!("「{}」の読み取りが不確かです。原本の画像と見比べてください。", field.label_ja())
                    }
                    Doubt::BelowDemand(field, least) => format!(
                        "「{}」の確信度が、設定した基準（{least:.3}）に届きません。原本の画像と見比べてください。",
                        field.label_ja()
                    ),
                    Doubt::Alert(code) => code.message_ja().to_owned(),
                }
            }

            /// What settles it.
            pub fn mend(self) -> Mend {
                match self {
                    $(Doubt::$plain => $mend,)*
                    Doubt::KindNotConfirmed(_) | Doubt::KindUncertain(_) => Mend::Kind,
                    Doubt::FieldMissing(field) | Doubt::FieldUncertain(field) | Doubt::BelowDemand(field, _) => {
                        Mend::Field(field)
                    }
                    Doubt::Alert(code) => noticed(code),
                }
            }
        }
    };
}

doubts! {
    /// Hardly a character was recognised.
    NothingReadable "文字を読み取れませんでした。原本の画像を見て入力するか、送信元に再送を依頼してください。" => Mend::Kind;
    /// Of no kind that is known.
    KindUnknown "文書の種類を判定できません。表題と内容を見て種類を選んでください。" => Mend::Kind;
    /// A patient is named in a document of a kind that concerns none.
    PatientUnexpected "患者に関わらない種類の文書ですが、患者の記載があるようです。種類を確認してください。" => Mend::Kind;
    /// No patient's name was found.
    PatientNameMissing "患者氏名が読み取れていません。氏名と生年月日を原本で確認してください。" => Mend::Field(FieldName::PatientName);
    /// Nobody in the master fits.
    PatientNotInMaster "患者台帳に該当者が見つかりません。新患か、氏名・生年月日・患者IDの読み取りを確認してください。" => Mend::Patient;
    /// The first candidate is not certain enough.
    PatientUncertain "患者の候補が確実ではありません。氏名と生年月日を台帳と照合してください。" => Mend::Patient;
    /// The birth date is not the master's.
    BirthDateDiffers "生年月日が台帳と一致しません。原本の年号と数字を確認してください。" => Mend::Field(FieldName::PatientBirthDate);
    /// The number is not the master's.
    PatientIdDiffers "患者IDが台帳と一致しません。当院の番号か、別の患者の番号でないか確認してください。" => Mend::Field(FieldName::PatientId);
    /// The sex is not the master's.
    SexDiffers "性別が台帳と異なります。○印の位置を確認してください。" => Mend::Field(FieldName::PatientSex);
    /// The name is nearly the master's.
    NameClose "患者氏名が台帳と完全には一致しません（似た字・異なる字体）。別人でないか確認してください。" => Mend::Field(FieldName::PatientName);
    /// The name is not the master's.
    NameDiffers "患者氏名が台帳と異なります。読み取り・改姓・別人のいずれか確認してください。" => Mend::Field(FieldName::PatientName);
    /// The name could not be compared.
    NameUnknown "患者氏名を台帳の表記と比べられません。フリガナと生年月日で確認してください。" => Mend::Field(FieldName::PatientName);
    /// The reading of the name is not the master's.
    KanaDiffers "フリガナが台帳と異なります。氏名の読みを確認してください。" => Mend::Field(FieldName::PatientKana);
    /// Neither address nor telephone is the master's.
    HomeDiffers "住所と電話がともに台帳と異なります。同姓同名の別人か、転居かを確認してください。" => Mend::Patient;
    /// Neither birth date nor number is known to agree.
    TooFewIdentifiers "生年月日も患者IDも一致を確認できません。2項目以上で本人を確認してください。" => Mend::Patient;
    /// Somebody of the family was born on the same day.
    Twin "生年月日が同じ家族（双子など）が台帳にいます。名の漢字・フリガナ・患者IDで確認してください。" => Mend::Patient;
    /// A namesake was born on a day that is read alike.
    Namesake "同姓同名で生年月日の近い患者がいます。生年月日を一字ずつ確認してください。" => Mend::Patient;
    /// Another patient may be meant.
    Rival "ほかにも可能性のある患者がいます。候補を見比べてください。" => Mend::Patient;
    /// No institution of the master fits.
    SenderNotInMaster "差出医療機関を台帳で確認できません。名称・電話・医療機関コードを確認してください。" => Mend::Institution;
    /// The institution's code is another's.
    SenderCodeDiffers "医療機関コードが候補の医療機関のものと異なります。別の医療機関でないか確認してください。" => Mend::Institution;
    /// No number of the sender is the master's.
    SenderNumbersDiffer "差出元の電話・FAXが台帳と異なります。同名の別の医療機関でないか確認してください。" => Mend::Institution;
    /// Nothing beside the name of the sender agrees.
    SenderByNameAlone "差出医療機関は名称だけで照合されています。電話・住所・コードのいずれかを確認してください。" => Mend::Institution;
    /// The name of the sender is not the master's.
    SenderNameDiffers "差出医療機関の名称が台帳と異なります。支店・併設施設・改称でないか確認してください。" => Mend::Field(FieldName::SenderInstitutionName);
    /// The name of the sender was not found.
    SenderNameMissing "差出医療機関の名称が読み取れていません。" => Mend::Field(FieldName::SenderInstitutionName);
    /// Several institutions may be meant.
    SenderRival "差出医療機関の候補が複数あります。名称と所在地を見比べてください。" => Mend::Institution;
    /// The first institution is not certain enough.
    SenderUncertain "差出医療機関の候補が確実ではありません。電話番号と所在地を確認してください。" => Mend::Institution;
    /// Pages of another kind seem to be among the document's.
    OtherKindAmong "別の種類の文書のページが混ざっている可能性があります。ページの区切りを確かめてください。" => Mend::Pages;
    /// The document beside it may be a part of it.
    Parted "前後の文書と一つの文書である可能性があります。ページの区切りを確かめてください。" => Mend::Pages;
}

impl Doubt {
    /// Every doubt there is; of those that name a kind or a field, one for each.
    pub fn all() -> Vec<Doubt> {
        let mut all = PLAIN.to_vec();
        all.extend(Kind::ALL.iter().flat_map(|kind| [Doubt::KindNotConfirmed(*kind), Doubt::KindUncertain(*kind)]));
        all.extend(FieldName::ALL.iter().flat_map(|field| {
            [Doubt::FieldMissing(*field), Doubt::FieldUncertain(*field), Doubt::BelowDemand(*field, 0.9)]
        }));
        all.extend(AlertCode::ALL.iter().map(|code| Doubt::Alert(*code)));
        all
    }

    /// The doubt that a sentence tells; none where no sentence of today says it, as of a document read by an earlier version.
    pub fn told(words: &str) -> Option<Doubt> {
        static TOLD: OnceLock<HashMap<String, Doubt>> = OnceLock::new();
        let known = TOLD.get_or_init(|| Doubt::all().into_iter().map(|doubt| (doubt.words(), doubt)).collect());
        let demanded = |field: &FieldName| {
            let rest = words.strip_prefix(&format!("「{}」の確信度が、設定した基準（", field.label_ja()))?;
            Some(Doubt::BelowDemand(*field, rest.split('）').next()?.parse().ok()?))
        };
        known.get(words).copied().or_else(|| FieldName::ALL.iter().find_map(demanded))
    }
}

fn noticed(code: AlertCode) -> Mend {
    use FieldName::*;
    match code {
        AlertCode::MissingPage | AlertCode::ReceptionCut | AlertCode::OnlyBlank => Mend::Pages,
        AlertCode::PartUnread => Mend::Delivery,
        AlertCode::OtherRecipient => Mend::Field(RecipientDepartment),
        AlertCode::MaskedName => Mend::Field(PatientName),
        AlertCode::SimilarPatient => Mend::Patient,
        AlertCode::CheckDigit => Mend::Field(SenderInstitutionCode),
        AlertCode::ImpossibleDate => Mend::Field(DocumentDate),
        AlertCode::AgeMismatch => Mend::Field(PatientBirthDate),
        AlertCode::PacemakerMri => Mend::Field(Pacemaker),
        AlertCode::ContrastKidney => Mend::Field(Contrast),
        AlertCode::SumMismatch => Mend::Field(HomePatients),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_doubt_says_something_of_its_own_and_is_known_by_it() {
        let all = Doubt::all();
        for doubt in &all {
            let words = doubt.words();
            assert!(words.ends_with('。'), "{doubt:?}: {words}");
            assert_eq!(Doubt::told(&words), Some(*doubt), "{words}");
        }
        let words: HashSet<String> = all.iter().map(|doubt| doubt.words()).collect();
        assert_eq!(words.len(), all.len(), "two doubts say the same");
        let codes: Vec<usize> = AlertCode::ALL.iter().map(|code| *code as usize).collect();
        assert_eq!(codes, (0..=AlertCode::SumMismatch as usize).collect::<Vec<_>>(), "each alert once");
        assert_eq!(Doubt::told("種類が確かではありません。"), None);
        assert_eq!(
            Doubt::told(&Doubt::BelowDemand(FieldName::Purpose, 0.985).words()),
            Some(Doubt::BelowDemand(FieldName::Purpose, 0.985))
        );
    }
}
