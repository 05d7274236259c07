//! What the configuration says about mails to people. Secrets stand elsewhere.

use crate::net::{Secret, Security, is_loopback_name};
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[alarm]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The mail server; empty for no mails at all.
    pub host: String,
    /// Its port; 0 for the usual one.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// A file of further root certificates.
    pub root_certificates: Option<PathBuf>,
    /// Whom to sign in as; empty for nobody.
    pub user: String,
    /// A file that holds the password.
    pub password_file: Option<PathBuf>,
    /// An environment variable that holds the password.
    pub password_env: Option<String>,
    /// From whom the mails are.
    pub from: String,
    /// To whom they go.
    pub to: Vec<String>,
    /// Minutes between two mails; what comes in between waits for the next.
    pub quiet_minutes: u32,
    /// Hours after which what lasts is told again.
    pub repeat_hours: u32,
    /// Free disk below which people are told, in mebibytes; 0 for never.
    pub disk_mebibytes: u64,
    /// Minutes over its time after which a waiting document is told of, and after its arrival a delivery that waits for a password or
    /// could not be read; 0 for never.
    pub overdue_minutes: u32,
    /// Hours without anything from a line that always had something at this time of the week; 0 for never.
    pub silence_hours: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 0,
            security: Security::StartTls,
            root_certificates: None,
            user: String::new(),
            password_file: None,
            password_env: None,
            from: String::new(),
            to: Vec::new(),
            quiet_minutes: 15,
            repeat_hours: 24,
            disk_mebibytes: 5_120,
            overdue_minutes: 60,
            silence_hours: 3,
        }
    }
}

impl Settings {
    /// Whether mails are to be sent at all.
    pub fn is_on(&self) -> bool {
        !self.host.is_empty()
    }

    /// The port, or the usual one.
    pub fn port(&self) -> u16 {
        match (self.port, self.security) {
            (0, Security::Tls) => 465,
            (0, Security::StartTls) => 587,
            (0, Security::None) => 25,
            (given, _) => given,
        }
    }

    pub(super) fn quiet_ms(&self) -> i64 {
        i64::from(self.quiet_minutes) * 60_000
    }

    pub(super) fn repeat_ms(&self) -> i64 {
        i64::from(self.repeat_hours) * 3_600_000
    }

    pub(super) fn password(&self) -> Result<Option<Secret>, &'static str> {
        Secret::of(self.password_file.clone(), self.password_env.clone())
    }
}

/// Whether mails could be written and sent with these settings at all; why not, in Japanese.
pub fn check(settings: &Settings) -> Result<(), String> {
    if settings.security == Security::None && !is_loopback_name(&settings.host) {
        return Err("security = \"none\" は、この機械自身（127.0.0.1、localhost）にだけ使えます".into());
    }
    if settings.to.is_empty() {
        return Err("to に宛先を書いてください".into());
    }
    for address in settings.to.iter().chain([&settings.from]) {
        if address.parse::<Mailbox>().is_err() {
            return Err(format!("from か to の「{address}」はメールアドレスではありません"));
        }
    }
    match settings.password()? {
        None if !settings.user.is_empty() => Err("password_file か password_env を書いてください".into()),
        Some(_) if settings.user.is_empty() => Err("user を書いてください".into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = Settings {
            host: "mail.example.jp".into(),
            from: "受付 <uketsuke@example.jp>".into(),
            to: vec!["renkei@example.jp".into()],
            ..Settings::default()
        };
        assert_eq!(check(&good), Ok(()));
        assert_eq!(good.port(), 587);
        let bad = |change: &dyn Fn(&mut Settings)| {
            let mut settings = good.clone();
            change(&mut settings);
            check(&settings).is_err()
        };
        assert!(bad(&|s| s.security = Security::None));
        assert!(bad(&|s| s.to.clear()));
        assert!(bad(&|s| s.from = "nobody".into()));
        assert!(bad(&|s| s.user = "u".into()));
        assert!(bad(&|s| s.password_env = Some("P".into())));
    }
}
