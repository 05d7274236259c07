//! Why a reviewer's wish was not done; each with what staff read.

use crate::domain::FieldName;
use crate::{db, store};

/// Why a reviewer's wish was not done. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such document (the reading was repeated, or the address is wrong).
    #[error("there is no such document")]
    NotFound,
    /// A colleague has it open.
    #[error("a colleague has the document open")]
    HeldBy {
        /// What colleagues call them; for the page, not for the log.
        display_name: String,
    },
    /// The reviewer does not have it open (any more).
    #[error("the document is not held by this user")]
    NotHeld,
    /// It was changed since the page was shown.
    #[error("the document was changed since")]
    Stale,
    /// It has been confirmed already.
    #[error("the document is confirmed already")]
    AlreadyConfirmed,
    /// Nobody has said yet whom it concerns.
    #[error("nobody has said whom the document concerns")]
    PatientUndecided,
    /// The patient was not compared with the image in enough identifiers.
    #[error("the patient was not compared with the image")]
    NotCompared,
    /// Values without which it cannot be confirmed.
    #[error("values are missing")]
    Missing {
        /// Which.
        fields: Vec<FieldName>,
    },
    /// The person's roles do not allow it.
    #[error("the roles of this user do not allow it")]
    NoRight,
    /// A rule forbids it.
    #[error("a rule forbids it")]
    NotAllowed {
        /// What staff read.
        why: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<db::Error> for Refused {
    fn from(error: db::Error) -> Self {
        Refused::Store(error.into())
    }
}

impl Refused {
    /// What staff read, with the way out.
    pub fn message_ja(&self) -> String {
        match self {
            Refused::NotFound => "この文書は見つかりません。一覧を開き直してください。".to_owned(),
            Refused::HeldBy { display_name } => {
                format!("{display_name}さんが確認中です。終わるまで変更できません。")
            }
            Refused::NotHeld => {
                "確認の時間が切れたか、ほかの担当者に移りました。文書を開き直してください。変更は保存されていません。"
                    .to_owned()
            }
            Refused::Stale => {
                "表示したあとに内容が変わりました。何も変更していません。文書を開き直してください。".to_owned()
            }
            Refused::AlreadyConfirmed => "この文書はすでに確定しています。何も変更していません。".to_owned(),
            Refused::PatientUndecided => {
                "患者が選ばれていません。台帳の患者、「台帳にない患者」、「患者なし」のどれかを選んでください。"
                    .to_owned()
            }
            Refused::NotCompared => {
                "患者を確定するには、画像と見比べた項目を2つ以上チェックしてください（氏名とフリガナは合わせて1つ）。"
                    .to_owned()
            }
            Refused::Missing { fields } => {
                let names: Vec<&str> = fields.iter().map(|field| field.label_ja()).collect();
                format!("確定に必要な項目が空です：{}", names.join("、"))
            }
            Refused::NoRight => {
                "この操作をする権限がありません。何も変更していません。必要なときは室長か管理者に相談してください。"
                    .to_owned()
            }
            Refused::NotAllowed { why } => (*why).to_owned(),
            Refused::Store(error) if error.is_transient() => {
                "データベースが混み合っています。何も変更していません。少し待ってからやり直してください。".to_owned()
            }
            Refused::Store(_) => "データベースの異常で変更できませんでした。管理者に連絡してください。".to_owned(),
        }
    }
}
