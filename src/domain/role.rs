//! Roles of staff and the one table of what each may do. An account may hold several; nothing else decides who may act.

use serde::{Deserialize, Serialize};

/// What somebody is at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 受付: takes in, sets advertisements aside, assigns; corrects and confirms nothing.
    Reception,
    /// 確認: corrects and confirms ordinary kinds.
    Reviewer,
    /// 承認: everything of documents that are not restricted.
    Approver,
    /// 室長: restricted kinds and misdirected documents too, quality, the audit log.
    Manager,
    /// 監査: lists and the audit log, to read.
    Auditor,
    /// 管理: accounts and sessions; no document by itself.
    Administrator,
}

/// Something that a role may allow. Each address of the pages stands behind one of these (`web/access.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// Figures of the whole desk, without a word of any document.
    SeeFigures,
    /// Lists of documents and of what arrived.
    SeeLists,
    /// A document, its pages and its original.
    SeeDocument,
    /// Hand in files, have them read again, unlock them.
    TakeIn,
    /// Open a document to work on it, and close it again.
    Hold,
    /// Give a document to a colleague.
    Assign,
    /// Set an advertisement aside.
    SetAsideAdvertisement,
    /// Set a document aside for any other reason.
    SetAside,
    /// Change what a document says.
    Correct,
    /// Ask the sender.
    Inquire,
    /// Confirm an ordinary kind, and take one's own confirmation back.
    Confirm,
    /// Confirm a kind that is never ready by itself.
    ConfirmSpecial,
    /// Correct a record that stands in the referral database.
    Amend,
    /// Put back what was set aside or asked about.
    PutBack,
    /// Have forgotten what a confirmation taught.
    Forget,
    /// See and handle restricted kinds and misdirected documents, of every department.
    SeeRestricted,
    /// See how well staff and program agree, and set thresholds.
    Quality,
    /// Read and export the audit log.
    ReadAudit,
    /// Make, change and end accounts and their sessions.
    ManageAccounts,
}

impl Role {
    /// Every role, in the order in which they are offered.
    pub const ALL: &'static [Role] =
        &[Role::Reception, Role::Reviewer, Role::Approver, Role::Manager, Role::Auditor, Role::Administrator];

    /// The word of forms and of the store.
    pub fn code(self) -> &'static str {
        match self {
            Role::Reception => "reception",
            Role::Reviewer => "reviewer",
            Role::Approver => "approver",
            Role::Manager => "manager",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }

    /// The role of that word.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.code() == code)
    }

    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Role::Reception => "受付",
            Role::Reviewer => "確認",
            Role::Approver => "承認",
            Role::Manager => "室長",
            Role::Auditor => "監査",
            Role::Administrator => "管理",
        }
    }

    /// What it is for, beside the box that grants it.
    pub fn means_ja(self) -> &'static str {
        match self {
            Role::Reception => "受け入れ、広告の除外、割り当て（確定はできない）",
            Role::Reviewer => "通常の種類の訂正と確定",
            Role::Approver => "制限文書を除くすべての文書の操作",
            Role::Manager => "制限文書・誤送信、品質、監査記録",
            Role::Auditor => "一覧と監査記録の閲覧だけ",
            Role::Administrator => "職員とサインインの管理（文書は見られない）",
        }
    }

    /// Whether the role allows it: the one table.
    pub fn may(self, act: Act) -> bool {
        use Act::*;
        match self {
            Role::Reception => {
                matches!(act, SeeFigures | SeeLists | SeeDocument | TakeIn | Hold | Assign | SetAsideAdvertisement)
            }
            Role::Reviewer => Role::Reception.may(act) || matches!(act, SetAside | Correct | Inquire | Confirm),
            Role::Approver => Role::Reviewer.may(act) || matches!(act, ConfirmSpecial | Amend | PutBack | Forget),
            Role::Manager => Role::Approver.may(act) || matches!(act, SeeRestricted | Quality | ReadAudit),
            Role::Auditor => matches!(act, SeeFigures | SeeLists | ReadAudit),
            Role::Administrator => matches!(act, SeeFigures | ManageAccounts),
        }
    }
}

/// The roles of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Each once, in the order of [`Role::ALL`].
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Roles {
        let mut roles: Vec<Role> = roles.into_iter().collect();
        roles.sort_unstable();
        roles.dedup();
        Roles(roles)
    }

    /// Whether any of them allows it.
    pub fn may(&self, act: Act) -> bool {
        self.0.iter().any(|role| role.may(act))
    }

    /// Whether it is one of them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// In words, for a list of staff.
    pub fn label_ja(&self) -> String {
        if self.0.is_empty() {
            return "なし".to_owned();
        }
        self.0.iter().map(|role| role.label_ja()).collect::<Vec<_>>().join("・")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_word_and_nobody_gets_what_is_not_theirs() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(*role));
            assert_eq!(serde_json::to_value(role).expect("a word"), role.code());
        }
        assert!(!Role::Reception.may(Act::Confirm) && !Role::Reception.may(Act::Correct));
        assert!(Role::Reviewer.may(Act::Confirm) && !Role::Reviewer.may(Act::ConfirmSpecial));
        assert!(Role::Approver.may(Act::ConfirmSpecial) && !Role::Approver.may(Act::SeeRestricted));
        assert!(Role::Manager.may(Act::SeeRestricted) && !Role::Manager.may(Act::ManageAccounts));
        assert!(Role::Auditor.may(Act::ReadAudit) && !Role::Auditor.may(Act::SeeDocument));
        assert!(Role::Administrator.may(Act::ManageAccounts));
        assert!(!Role::Administrator.may(Act::SeeLists) && !Role::Administrator.may(Act::SeeDocument));
        assert!(!Roles::default().may(Act::SeeFigures));
    }

    #[test]
    fn roles_add_up_and_are_kept_once() {
        let both = Roles::new([Role::Administrator, Role::Approver, Role::Approver]);
        assert!(both.may(Act::ManageAccounts) && both.may(Act::Confirm) && !both.may(Act::SeeRestricted));
        assert_eq!(both.label_ja(), "承認・管理");
        assert_eq!(serde_json::to_string(&both).expect("JSON"), r#"["approver","administrator"]"#);
    }
}
