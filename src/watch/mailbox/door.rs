//! Through the server's door: connect, protect, sign in, and ask what the server can do.

use super::settings::{MailboxSource, SignIn};
use super::trouble::Trouble;
use crate::domain::Clock;
use crate::net::{self, Meter, Security, Wire};
use async_imap::error::Error as Imap;
use async_imap::{Authenticator, Client};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one command may take that carries little.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// What may come in before anything was asked for.
const GREETING_BYTES: u64 = 256 << 10;

/// A signed-in connection.
pub(super) type Session = async_imap::Session<Wire>;

/// What the server can do beyond the oldest commands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Can {
    pub idle: bool,
    pub moves: bool,
    pub expunge_some: bool,
}

/// Connects and signs in.
pub(super) async fn enter(
    source: &MailboxSource,
    clock: &Clock,
    meter: &Arc<Meter>,
) -> Result<(Session, Can), Trouble> {
    meter.allow(GREETING_BYTES);
    // The secret first: without it nobody need be asked.
    let key = key(source, clock).await?;
    let client = open(source, meter).await?;
    let signed = timeout(PATIENCE, sign_in(client, source, &key)).await?;
    let mut session = match (signed, &source.sign_in) {
        (Ok(session), _) => session,
        (Err(trouble), SignIn::Token(token)) => {
            // Revoked before its time, perhaps: the next attempt asks for another.
            token.forget().await;
            return Err(trouble);
        }
        (Err(trouble), _) => return Err(trouble),
    };
    let capabilities = timeout(PATIENCE, session.capabilities()).await??;
    let can = Can {
        idle: capabilities.has_str("IDLE"),
        moves: capabilities.has_str("MOVE"),
        expunge_some: capabilities.has_str("UIDPLUS"),
    };
    Ok((session, can))
}

async fn key(source: &MailboxSource, clock: &Clock) -> Result<String, Trouble> {
    match &source.sign_in {
        SignIn::Password(secret) => Ok(secret.read()?),
        SignIn::Token(token) => token.token(clock).await.map_err(|error| match error {
            net::Error::Secret => Trouble::Secret,
            net::Error::Roots => Trouble::Roots,
            net::Error::TokenRefused => Trouble::TokenRefused,
            _ => Trouble::TokenEndpoint,
        }),
    }
}

async fn open(source: &MailboxSource, meter: &Arc<Meter>) -> Result<Client<Wire>, Trouble> {
    let plain = source.security == Security::None;
    let mut wire = net::connect(&source.host, source.port, plain, Arc::clone(meter)).await?;
    if source.security == Security::Tls {
        wire = net::encrypt(wire, &source.host, &source.trust).await?;
    }
    let mut client = Client::new(wire);
    if timeout(PATIENCE, client.read_response()).await??.is_none() {
        return Err(Trouble::Lost);
    }
    if source.security != Security::StartTls {
        return Ok(client);
    }
    let answered = timeout(PATIENCE, client.run_command_and_check_ok("STARTTLS", None)).await?;
    answered.map_err(|error| match error {
        Imap::No(_) | Imap::Bad(_) => Trouble::NoStartTls,
        other => other.into(),
    })?;
    // Whatever came in the clear behind the answer is dropped with the old client.
    let wire = net::encrypt(client.into_inner(), &source.host, &source.trust).await?;
    Ok(Client::new(wire))
}

async fn sign_in(client: Client<Wire>, source: &MailboxSource, key: &str) -> Result<Session, Trouble> {
    let signed = match &source.sign_in {
        SignIn::Token(_) => {
            let words = format!("user={}\x01auth=Bearer {key}\x01\x01", source.user);
            client.authenticate("XOAUTH2", Once(Some(words))).await
        }
        // LOGIN carries no letters but ASCII.
        SignIn::Password(_) if !(source.user.is_ascii() && key.is_ascii()) => {
            let words = format!("\0{}\0{key}", source.user);
            client.authenticate("PLAIN", Once(Some(words))).await
        }
        SignIn::Password(_) => client.login(&source.user, key).await,
    };
    signed.map_err(|(error, _)| match error {
        Imap::No(_) | Imap::Bad(_) | Imap::Validate(_) => Trouble::SignIn,
        other => other.into(),
    })
}

/// Says its words once; to what a server asks after refusing them, nothing.
struct Once(Option<String>);

impl Authenticator for Once {
    type Response = String;

    fn process(&mut self, _challenge: &[u8]) -> String {
        self.0.take().unwrap_or_default()
    }
}
