//! Why a mailbox cannot be read, in words that a person can act on; never what a server wrote, which may name people.

use crate::net;
use crate::{files, pipeline, store};
use async_imap::error::Error as Imap;

/// What keeps a folder from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The secret cannot be read.
    Secret,
    /// The file of root certificates cannot be used.
    Roots,
    /// The server's name is not known.
    NoAddress,
    /// In the clear only this machine may be reached.
    NotLoopback,
    /// Nobody answers.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The certificate is not trusted.
    Untrusted,
    /// The certificate is another than configured.
    WrongFingerprint,
    /// TLS could not be spoken.
    Tls,
    /// The server offers no STARTTLS.
    NoStartTls,
    /// The connection was cut.
    Lost,
    /// The token endpoint cannot be reached or understood.
    TokenEndpoint,
    /// The token endpoint refused.
    TokenRefused,
    /// The server refused the sign-in.
    SignIn,
    /// There is no such folder.
    NoFolder,
    /// The server refused a command.
    Said,
    /// The server's answer is not understood.
    Answer,
    /// The server sent more than was asked for.
    Flood,
    /// Our own disk has no room.
    DiskFull,
    /// Our own database or disk failed.
    Ours,
}

impl Trouble {
    /// What staff are told.
    pub fn message_ja(self) -> &'static str {
        match self {
            Trouble::Secret => "パスワードなどの秘密のファイルまたは環境変数を読めません。",
            Trouble::Roots => "証明書のファイル（root_certificates）を読めません。",
            Trouble::NoAddress => "メールサーバの名前が見つかりません。",
            Trouble::NotLoopback => "暗号化なしでは、この機械の外のメールサーバに接続しません。",
            Trouble::Refused => "メールサーバに接続できません。",
            Trouble::TimedOut => "メールサーバが応答しません。",
            Trouble::Untrusted => "メールサーバの証明書を信頼できません。",
            Trouble::WrongFingerprint => "メールサーバの証明書が、設定した指紋と違います。",
            Trouble::Tls => "メールサーバと暗号化した接続ができません。",
            Trouble::NoStartTls => "メールサーバが STARTTLS に応じません。",
            Trouble::Lost => "メールサーバとの接続が切れました。",
            Trouble::TokenEndpoint => "認証サーバ（token_endpoint）に接続できません。",
            Trouble::TokenRefused => "認証サーバがアクセストークンの発行を断りました。",
            Trouble::SignIn => "メールサーバにサインインできません。",
            Trouble::NoFolder => "メールボックスにそのフォルダがありません。",
            Trouble::Said => "メールサーバが処理を断りました。",
            Trouble::Answer => "メールサーバの応答を理解できません。",
            Trouble::Flood => "メールサーバが、求めたより多くのデータを送ってきました。",
            Trouble::DiskFull => "受付のディスクの空きがありません。空くまでメールはサーバに残ります。",
            Trouble::Ours => "受付のデータベースまたはディスクに書き込めません。メールはサーバに残っています。",
        }
    }

    /// What to do about it.
    pub fn way_out_ja(self) -> &'static str {
        match self {
            Trouble::Secret => {
                "password_file・client_secret_file などの場所と、サービスの利用者が読める権限を確認してください。"
            }
            Trouble::Roots => "PEM 形式の証明書のファイルか、場所と権限を確認してください。",
            Trouble::NoAddress => "設定の host と、この機械の名前解決（DNS）を確認してください。",
            Trouble::NotLoopback => "security を \"tls\" か \"starttls\" にしてください。",
            Trouble::Refused | Trouble::TimedOut => {
                "設定の host と port、間の通信機器（ファイアウォール）の許可を確認してください。"
            }
            Trouble::Untrusted => {
                "院内の認証局のときは root_certificates にその証明書を、自己署名のときは fingerprint に指紋を書いてください。"
            }
            Trouble::WrongFingerprint => {
                "サーバの証明書が更新されたのなら、管理者に新しい指紋を確かめて fingerprint を直してください。"
            }
            Trouble::Tls => "設定の port と security の組み合わせ（993 は tls、143 は starttls）を確認してください。",
            Trouble::NoStartTls => "security = \"tls\"、port = 993 を試してください。",
            Trouble::Lost | Trouble::Said | Trouble::Answer | Trouble::Flood => {
                "自動でつなぎ直します。続くときはメールサーバの管理者に確認してください。"
            }
            Trouble::TokenEndpoint => {
                "token_endpoint のアドレスと、間の通信機器（ファイアウォール）の許可を確認してください。"
            }
            Trouble::TokenRefused => {
                "client_id、シークレット、scope と、シークレットや更新用トークンの期限を確認してください。"
            }
            Trouble::SignIn => {
                "user と秘密を確認してください。Microsoft 365 と Google はパスワードでは入れません（[source.oauth] を使います）。"
            }
            Trouble::NoFolder => "設定の folders を確認してください。",
            Trouble::DiskFull => "ディスクを空けてください。空けば自動で続きから始まります。",
            Trouble::Ours => "受付のデータベースとディスクを確認してください。直れば自動で続きから始まります。",
        }
    }

    /// Whether the fault may lie in the very message that was being fetched.
    pub(super) fn may_be_the_message(self) -> bool {
        matches!(self, Trouble::Said | Trouble::Answer | Trouble::Flood | Trouble::Lost | Trouble::TimedOut)
    }
}

impl From<net::Error> for Trouble {
    fn from(error: net::Error) -> Self {
        match error {
            net::Error::Secret => Trouble::Secret,
            net::Error::Roots => Trouble::Roots,
            net::Error::NoAddress => Trouble::NoAddress,
            net::Error::NotLoopback => Trouble::NotLoopback,
            net::Error::Refused => Trouble::Refused,
            net::Error::TimedOut => Trouble::TimedOut,
            net::Error::Untrusted => Trouble::Untrusted,
            net::Error::WrongFingerprint => Trouble::WrongFingerprint,
            net::Error::Tls => Trouble::Tls,
            net::Error::Lost => Trouble::Lost,
            net::Error::Endpoint | net::Error::TokenAnswer => Trouble::TokenEndpoint,
            net::Error::TokenRefused => Trouble::TokenRefused,
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::FileTooLarge => Trouble::Flood,
            std::io::ErrorKind::TimedOut => Trouble::TimedOut,
            // The parser wraps what it does not understand, with the text itself: only the kind is looked at.
            std::io::ErrorKind::Other => Trouble::Answer,
            _ => Trouble::Lost,
        }
    }
}

impl From<Imap> for Trouble {
    fn from(error: Imap) -> Self {
        match error {
            Imap::Io(error) => error.into(),
            Imap::ConnectionLost => Trouble::Lost,
            Imap::Bad(_) | Imap::No(_) | Imap::Append => Trouble::Said,
            _ => Trouble::Answer,
        }
    }
}

impl From<tokio::time::error::Elapsed> for Trouble {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Trouble::TimedOut
    }
}

impl From<files::Error> for Trouble {
    fn from(error: files::Error) -> Self {
        if error.is_full() { Trouble::DiskFull } else { Trouble::Ours }
    }
}

impl From<pipeline::Error> for Trouble {
    fn from(error: pipeline::Error) -> Self {
        if error.is_full() { Trouble::DiskFull } else { Trouble::Ours }
    }
}

impl From<store::Error> for Trouble {
    fn from(error: store::Error) -> Self {
        if error.is_full() { Trouble::DiskFull } else { Trouble::Ours }
    }
}

impl From<crate::db::Error> for Trouble {
    fn from(error: crate::db::Error) -> Self {
        if error.is_full() { Trouble::DiskFull } else { Trouble::Ours }
    }
}
