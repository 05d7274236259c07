//! Things that a person must notice beside the fields.

use super::PageNo;
use serde::{Deserialize, Serialize};

/// What is to be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertCode {
    /// The header line counts more pages than arrived.
    MissingPage,
    /// The fax server says that the transmission broke off (受信が途中で切れた).
    ReceptionCut,
    /// Nothing but blank pages came: the original may have lain with its back to the scanner (白紙、裏面送信).
    OnlyBlank,
    /// Something else in the same delivery could not be read.
    PartUnread,
    /// The addressee is another hospital.
    OtherRecipient,
    /// The patient's name is masked (●京●郎).
    MaskedName,
    /// Another patient shares the name or the birth date (同姓同名, 双子).
    SimilarPatient,
    /// An institution code whose check digit is wrong.
    CheckDigit,
    /// A date that cannot be (in the future, or not in the calendar).
    ImpossibleDate,
    /// The printed age does not go with the birth date.
    AgeMismatch,
    /// An MRI request with a pacemaker.
    PacemakerMri,
    /// A contrast examination is asked for and no kidney value (eGFR, クレアチニン) stands on the pages.
    ContrastKidney,
    /// A printed total that its parts do not add up to.
    SumMismatch,
}

impl AlertCode {
    /// Every code.
    pub const ALL: &'static [AlertCode] = &[
        AlertCode::MissingPage,
        AlertCode::ReceptionCut,
        AlertCode::OnlyBlank,
        AlertCode::PartUnread,
        AlertCode::OtherRecipient,
        AlertCode::MaskedName,
        AlertCode::SimilarPatient,
        AlertCode::CheckDigit,
        AlertCode::ImpossibleDate,
        AlertCode::AgeMismatch,
        AlertCode::PacemakerMri,
        AlertCode::ContrastKidney,
        AlertCode::SumMismatch,
    ];

    /// What staff read.
    pub fn message_ja(self) -> &'static str {
        match self {
            AlertCode::MissingPage => "ページが足りない可能性があります（発信元記録のページ数と合いません）。",
            AlertCode::ReceptionCut => {
                "受信が途中で切れました。ページが足りない可能性があります。送信元に再送を依頼してください。"
            }
            AlertCode::OnlyBlank => {
                "白紙だけが届きました。原稿が裏返しに送られた可能性があります。送信元に再送を依頼してください。"
            }
            AlertCode::PartUnread => "同じ受信の中に、読めなかったものがあります。受信の記録を確かめてください。",
            AlertCode::OtherRecipient => "宛先が当院ではない可能性があります。",
            AlertCode::MaskedName => "患者氏名が伏せ字です。送信元に照会してください。",
            AlertCode::SimilarPatient => {
                "同姓同名または同じ生年月日の別の患者がいます。必ず2項目以上を照合してください。"
            }
            AlertCode::CheckDigit => "医療機関コードの検査数字が合いません。",
            AlertCode::ImpossibleDate => "ありえない日付があります。",
            AlertCode::AgeMismatch => "記載の年齢と生年月日が合いません。",
            AlertCode::PacemakerMri => "ペースメーカー「有」でMRIが申し込まれています。",
            AlertCode::ContrastKidney => "造影「有」ですが、腎機能（eGFR・クレアチニン）の記載が見当たりません。",
            AlertCode::SumMismatch => "表の合計が内訳と合いません。",
        }
    }
}

/// An alert and the page that raised it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// What is to be noticed.
    pub code: AlertCode,
    /// Page of the file, where one page raised it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<PageNo>,
}
