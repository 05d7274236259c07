//! What a delivery holds, as staff are told: the mail it is, and everything in it with what became of it.

use super::Trouble;
use serde::{Deserialize, Serialize};

/// Why a delivery without a document is no trouble, or what a person should know about one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Remark {
    /// An automatic answer (不在通知・自動返信).
    AutoReply,
    /// A mail of ours that did not reach (配信不能).
    Bounce,
    /// A receipt: somebody has opened a mail of ours (開封確認).
    Receipt,
    /// An invitation to a meeting (予定表).
    Calendar,
    /// A mail that tells the password of another one.
    PasswordNotice,
    /// A mail that says no more than a greeting.
    NothingToRead,
    /// A password was tried and did not open it.
    WrongPassword,
}

impl Remark {
    /// Every remark.
    pub const ALL: &'static [Remark] = &[
        Self::AutoReply,
        Self::Bounce,
        Self::Receipt,
        Self::Calendar,
        Self::PasswordNotice,
        Self::NothingToRead,
        Self::WrongPassword,
    ];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::AutoReply => "auto_reply",
            Self::Bounce => "bounce",
            Self::Receipt => "receipt",
            Self::Calendar => "calendar",
            Self::PasswordNotice => "password_notice",
            Self::NothingToRead => "nothing_to_read",
            Self::WrongPassword => "wrong_password",
        }
    }

    /// What staff read.
    pub fn message_ja(self) -> &'static str {
        match self {
            Self::AutoReply => "自動返信のメールです。文書はありません。",
            Self::Bounce => "配信不能の通知です（こちらから送ったメールが届いていません）。文書はありません。",
            Self::Receipt => "開封確認の通知です。文書はありません。",
            Self::Calendar => "予定表の招待です。文書はありません。必要なら原本を開いて予定に登録してください。",
            Self::PasswordNotice => "添付ファイルのパスワードを知らせるメールです。文書はありません。",
            Self::NothingToRead => "あいさつだけのメールです。文書はありません。",
            Self::WrongPassword => "パスワードが違うため、開けませんでした。もう一度確かめてください。",
        }
    }

    /// Whether the delivery is set aside with it: nothing is to be read, and nothing is wrong.
    pub fn sets_aside(self) -> bool {
        self != Self::WrongPassword
    }
}

/// What a file is, by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileType {
    /// TIFF.
    Tiff,
    /// PDF.
    Pdf,
    /// Any other picture that is read.
    Picture,
    /// HEIC and other pictures that are not read.
    Heic,
    /// A mail.
    Mail,
    /// ZIP.
    Zip,
    /// Outlook's own envelope, winmail.dat (TNEF).
    Winmail,
    /// Any other archive: LZH, 7z, RAR, gzip, tar.
    Archive,
    /// Word.
    Word,
    /// Excel.
    Excel,
    /// PowerPoint.
    PowerPoint,
    /// Word, Excel or PowerPoint of before 2007.
    OldOffice,
    /// An Office file that runs macros.
    Macro,
    /// A mail kept by Outlook (.msg).
    Outlook,
    /// DocuWorks.
    DocuWorks,
    /// 一太郎.
    Ichitaro,
    /// Rich text.
    Rtf,
    /// A web page.
    Html,
    /// A calendar entry.
    Calendar,
    /// A business card (vCard).
    Card,
    /// Plain text.
    Text,
    /// A digital signature, or an encrypted mail (S/MIME, PGP).
    Signature,
    /// A program or a link to one.
    Program,
    /// A disk in one file (ISO, VHD), which a desk opens like a folder.
    Disk,
    /// Sound or film.
    Media,
    /// Anything else.
    Unknown,
}

impl FileType {
    /// What staff call it.
    pub fn label_ja(self) -> &'static str {
        match self {
            Self::Tiff => "TIFF画像",
            Self::Pdf => "PDF",
            Self::Picture => "画像",
            Self::Heic => "HEIC画像（スマートフォンの写真）",
            Self::Mail => "メール",
            Self::Zip => "ZIP",
            Self::Winmail => "winmail.dat（Outlook形式の添付）",
            Self::Archive => "圧縮ファイル（ZIP以外）",
            Self::Word => "Word文書",
            Self::Excel => "Excel",
            Self::PowerPoint => "PowerPoint",
            Self::OldOffice => "旧形式のWord・Excel・PowerPoint",
            Self::Macro => "マクロつきのOffice文書",
            Self::Outlook => "Outlookのメール（.msg）",
            Self::DocuWorks => "DocuWorks文書",
            Self::Ichitaro => "一太郎文書",
            Self::Rtf => "リッチテキスト",
            Self::Html => "HTML",
            Self::Calendar => "予定表",
            Self::Card => "名刺（vCard）",
            Self::Text => "テキスト",
            Self::Signature => "電子署名・暗号化メール",
            Self::Program => "プログラム",
            Self::Disk => "ディスクイメージ（ISOなど）",
            Self::Media => "音声・動画",
            Self::Unknown => "不明な形式",
        }
    }

    /// Whether opening it on a desk may do harm.
    pub fn is_risky(self) -> bool {
        self.is_never_opened() || self == Self::Html
    }

    /// Whether it is listed and left closed, whatever lies in it.
    pub fn is_never_opened(self) -> bool {
        matches!(self, Self::Program | Self::Macro | Self::Disk)
    }
}

/// What became of something in a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Its pages were taken.
    Read,
    /// It was opened, and what is in it follows.
    Opened,
    /// A logo, a signature or a note that rides along with a mail.
    Beside,
    /// It could not be read.
    Not(Trouble),
}

/// Something in a delivery (同封物): an attachment, an entry of an archive, the mail's own text, or the file itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// Its file name as far as it has one; shown to staff, never trusted.
    pub name: String,
    /// In bytes.
    pub size: u64,
    /// What it is.
    pub what: FileType,
    /// What became of it.
    pub fate: Fate,
    /// How many containers it lies in.
    pub depth: u32,
    /// The decodable part that it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
}

/// The mail that a delivery is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFacts {
    /// The sender's address, lower case; claimed, never proven.
    pub sender: String,
    /// Its subject.
    pub subject: String,
    /// Why it is set aside, where it is.
    pub remark: Option<Remark>,
    /// What may be the password of another file of the same sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passwords: Vec<String>,
}

/// What a delivery holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The mail that it is, where it is one.
    pub mail: Option<MailFacts>,
    /// Everything in it, in order.
    pub enclosures: Vec<Enclosure>,
}

impl Contents {
    /// Most things that are listed.
    pub const MOST: usize = 1000;
    /// Most candidates for a password that are kept of one mail.
    pub const MOST_PASSWORDS: usize = 8;
    /// Longest text of any kind, in characters.
    pub const LONGEST: usize = 255;

    /// Whether there is anything to tell that the pages do not say by themselves.
    pub fn is_plain(&self) -> bool {
        self.mail.is_none() && self.enclosures.iter().all(|thing| thing.fate == Fate::Read) && self.enclosures.len() < 2
    }

    /// Notes that a part could not be decoded.
    pub fn failed(&mut self, part: u32, trouble: Trouble) {
        if let Some(thing) = self.enclosures.iter_mut().find(|thing| thing.part == Some(part)) {
            thing.fate = Fate::Not(trouble);
        }
    }

    /// Whether texts and counts keep within what was agreed; asked of what a sealed child sent.
    pub fn is_bounded(&self) -> bool {
        let short = |text: &str| text.chars().count() <= Self::LONGEST && !text.chars().any(char::is_control);
        let mail = self.mail.as_ref().is_none_or(|mail| {
            short(&mail.sender)
                && short(&mail.subject)
                && mail.passwords.len() <= Self::MOST_PASSWORDS
                && mail.passwords.iter().all(|word| short(word))
        });
        mail && self.enclosures.len() <= Self::MOST && self.enclosures.iter().all(|thing| short(&thing.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosure(name: &str) -> Enclosure {
        let what = FileType::Pdf;
        Enclosure { name: name.into(), size: 1, what, fate: Fate::Read, depth: 1, part: Some(1) }
    }

    #[test]
    fn what_a_child_sends_is_bounded() {
        let of = |name: &str, count: usize| Contents { mail: None, enclosures: vec![enclosure(name); count] };
        assert!(of("紹介状.pdf", 3).is_bounded());
        assert!(!of("a\nb", 1).is_bounded());
        assert!(!of(&"長".repeat(256), 1).is_bounded());
        assert!(!of("a", Contents::MOST + 1).is_bounded());
        let mail = MailFacts { passwords: vec!["x".into(); Contents::MOST_PASSWORDS + 1], ..MailFacts::default() };
        assert!(!Contents { mail: Some(mail), enclosures: vec![] }.is_bounded());
    }

    #[test]
    fn a_part_that_failed_says_so() {
        let mut contents = Contents { mail: None, enclosures: vec![enclosure("a.pdf")] };
        assert!(contents.is_plain());
        contents.failed(1, Trouble::Damaged);
        assert_eq!(contents.enclosures[0].fate, Fate::Not(Trouble::Damaged));
        assert!(!contents.is_plain());
    }
}
