//! Connections out, and only those that the configuration names: TLS, secrets, access tokens, sign-in by a provider (openid), one small HTTP request. It knows no protocol of mail and never logs what it carries.

mod http;
pub mod openid;
mod secret;
mod tls;
mod token;
mod wire;

pub use http::{may_post_to, post_json};
pub use secret::Secret;
pub use tls::{Security, Trust};
pub use token::{Grant, TokenSource};
pub use wire::{Meter, Wire, connect, encrypt, is_loopback_name};

/// Why something outside could not be reached; never carries an address, a name or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The secret's file or environment variable is not there.
    #[error("a secret cannot be read")]
    Secret,
    /// A certificate file cannot be read or holds no certificate.
    #[error("the root certificates cannot be read")]
    Roots,
    /// The name of the machine is not known.
    #[error("no address is known for the machine")]
    NoAddress,
    /// Without encryption only this machine itself may be reached.
    #[error("unencrypted connections stay on this machine")]
    NotLoopback,
    /// Nobody answers there.
    #[error("the machine does not take the connection")]
    Refused,
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// The certificate is not trusted.
    #[error("the certificate is not trusted")]
    Untrusted,
    /// The certificate is another than the configured one.
    #[error("the certificate is not the configured one")]
    WrongFingerprint,
    /// TLS could not be spoken.
    #[error("TLS failed")]
    Tls,
    /// The connection was cut.
    #[error("the connection was cut")]
    Lost,
    /// What was to be asked or told has no usable address.
    #[error("the address is no usable one")]
    Endpoint,
    /// The token endpoint refused.
    #[error("the token endpoint refused")]
    TokenRefused,
    /// The token endpoint's answer is not understood.
    #[error("the token endpoint's answer is not understood")]
    TokenAnswer,
}
