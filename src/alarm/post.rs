//! The mail server: one connection for each mail, the same bytes each time it is tried. What it says in words is never kept.

use super::Settings;
use crate::net::{Secret, Security};
use crate::store::outbox::Letter;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::Error as Smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::time::{Duration, UNIX_EPOCH};

const PATIENCE: Duration = Duration::from_secs(60);

/// Why a mail was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An address or the text cannot be written as a mail.
    Unwritable,
    /// The secret cannot be read.
    Secret,
    /// The root certificates cannot be used.
    Roots,
    /// No connection, or not in time.
    Unreachable,
    /// The certificate is not trusted, or TLS fails.
    Tls,
    /// The server refused for now.
    Later,
    /// The server refused the sign-in, a recipient or the mail.
    Refused,
}

impl Refusal {
    /// What a person is told.
    pub fn message_ja(self) -> &'static str {
        match self {
            Refusal::Unwritable => "差出人か宛先のアドレスが正しくありません。",
            Refusal::Secret => "送信用のパスワードを読めません。password_file・password_env を確認してください。",
            Refusal::Roots => "証明書のファイル（root_certificates）を読めません。",
            Refusal::Unreachable => {
                "送信用のメールサーバに接続できません。host・port と間の通信機器を確認してください。"
            }
            Refusal::Tls => {
                "送信用のメールサーバの証明書を信頼できないか、暗号化に応じません。security と root_certificates を確認してください。"
            }
            Refusal::Later => "送信用のメールサーバが、いまは受け取れないと答えました。",
            Refusal::Refused => "送信用のメールサーバが断りました。user・パスワード・from・to を確認してください。",
        }
    }
}

/// Sends a mail; taken by the server when this answers well.
pub(super) async fn send(settings: &Settings, letter: &Letter) -> Result<(), Refusal> {
    let message = message(settings, letter).ok_or(Refusal::Unwritable)?;
    transport(settings)?.send(message).await.map(drop).map_err(|error| refusal(&error))
}

/// Whether the server answers and takes the sign-in.
pub async fn probe(settings: &Settings) -> Result<(), Refusal> {
    match transport(settings)?.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::Later),
        Err(error) => Err(refusal(&error)),
    }
}

fn transport(settings: &Settings) -> Result<AsyncSmtpTransport<Tokio1Executor>, Refusal> {
    let tls = match settings.security {
        Security::Tls => Tls::Wrapper(parameters(settings)?),
        Security::StartTls => Tls::Required(parameters(settings)?),
        Security::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
        .port(settings.port())
        .timeout(Some(PATIENCE))
        .tls(tls);
    if let Some(secret) = settings.password().ok().flatten() {
        let password = Secret::read(&secret).map_err(|_| Refusal::Secret)?;
        builder = builder.credentials(Credentials::new(settings.user.clone(), password));
    }
    Ok(builder.build())
}

fn parameters(settings: &Settings) -> Result<TlsParameters, Refusal> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.root_certificates {
        let pem = std::fs::read(path).map_err(|_| Refusal::Roots)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| Refusal::Roots)?);
    }
    builder.build().map_err(|_| Refusal::Roots)
}

fn message(settings: &Settings, letter: &Letter) -> Option<Message> {
    let from: Mailbox = settings.from.parse().ok()?;
    let to: Mailbox = letter.recipient.parse().ok()?;
    let written = u64::try_from(letter.created_at.0).ok()?;
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    Message::builder()
        .from(from)
        .to(to)
        .date(UNIX_EPOCH + Duration::from_millis(written))
        .message_id(Some(id))
        .subject(letter.subject.clone())
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone())
        .ok()
}

/// A certificate that is refused in the middle of the handshake ends the connection: the reason lies further down.
fn about_certificates(error: &Smtp) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(here) = cause {
        if here.to_string().contains("certificate") {
            return true;
        }
        cause = here.source();
    }
    false
}

fn refusal(error: &Smtp) -> Refusal {
    if error.is_permanent() {
        Refusal::Refused
    } else if error.is_tls() || about_certificates(error) {
        Refusal::Tls
    } else if error.is_transient() {
        Refusal::Later
    } else {
        Refusal::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn the_same_row_is_the_same_mail() {
        let settings = Settings { from: "受付 <uketsuke@example.jp>".into(), ..Settings::default() };
        let letter = Letter {
            id: "0197".into(),
            recipient: "renkei@example.jp".into(),
            subject: "【受付】確認してください".into(),
            body: "本文\n".into(),
            attempt: 1,
            created_at: Timestamp(1_793_491_500_000),
        };
        let first = message(&settings, &letter).unwrap().formatted();
        assert_eq!(message(&settings, &Letter { attempt: 9, ..letter.clone() }).unwrap().formatted(), first);
        let text = String::from_utf8(first).unwrap();
        assert!(
            text.contains("Message-ID: <0197@example.jp>") && text.contains("Date: Sun, 01 Nov 2026 00:05:00"),
            "{text}"
        );
        assert!(message(&settings, &Letter { recipient: "nobody".into(), ..letter }).is_none());
    }
}
