//! What the configuration says about a system that is told. Its secret stands elsewhere.

use super::Key;
use crate::domain::is_system_name;
use crate::net::{self, Secret};
use crate::store::hooks::HookEvent;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `[[webhooks]]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What it is called; under another name it is another system, told of what happens from then on.
    pub name: String,
    /// Where it is told: `https://…`, or `http://` on this machine.
    pub url: String,
    /// A file that holds the secret (`whsec_…`).
    pub secret_file: Option<PathBuf>,
    /// An environment variable that holds the secret.
    pub secret_env: Option<String>,
    /// Of what it is told; empty for everything.
    pub events: Vec<HookEvent>,
    /// Whether it is told of restricted kinds and of what was misdirected, too.
    pub restricted: bool,
    /// A file of further root certificates.
    pub root_certificates: Option<PathBuf>,
}

impl Settings {
    /// Of what it is told.
    pub fn events(&self) -> &[HookEvent] {
        if self.events.is_empty() { HookEvent::ALL } else { &self.events }
    }

    pub(super) fn secret(&self) -> Result<Option<Secret>, &'static str> {
        Secret::of(self.secret_file.clone(), self.secret_env.clone())
    }
}

/// Whether a system could be told with these settings at all; why not, in Japanese.
pub fn check(settings: &Settings) -> Result<(), String> {
    if !is_system_name(&settings.name) {
        return Err("name は半角英数字と - _ で40文字までにしてください".into());
    }
    if !net::may_post_to(&settings.url) {
        return Err(
            "url は https:// で始めてください（http:// はこの機械自身の 127.0.0.1、localhost にだけ使えます）".into()
        );
    }
    let secret = settings.secret()?.ok_or("secret_file か secret_env を書いてください")?;
    let secret = secret.read().map_err(|_| "署名の鍵（secret_file、secret_env）を読めません")?;
    if Key::parse(&secret).is_none() {
        return Err(
            "署名の鍵は whsec_ に続く Base64（24〜64バイト）にしてください。例: echo whsec_$(openssl rand -base64 32)"
                .into(),
        );
    }
    Ok(())
}

/// Whether all of them could be told, each under its own name.
pub fn check_all(all: &[Settings]) -> Result<(), String> {
    for (i, hook) in all.iter().enumerate() {
        check(hook).map_err(|why| format!("{}: {why}", hook.name))?;
        if all.iter().take(i).any(|before| before.name == hook.name) {
            return Err(format!("{}: 同じ name が2つあります", hook.name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").unwrap();
        let good = Settings {
            name: "ehr".into(),
            url: "https://ehr.example.jp/hook".into(),
            secret_file: Some(file.clone()),
            ..Settings::default()
        };
        assert_eq!(check_all(std::slice::from_ref(&good)), Ok(()));
        assert_eq!(good.events(), HookEvent::ALL);
        let bad = |change: &dyn Fn(&mut Settings)| {
            let mut settings = good.clone();
            change(&mut settings);
            check(&settings).is_err()
        };
        assert!(bad(&|s| s.name = "a b".into()));
        for url in ["http://ehr.example.jp/hook", "ftp://a", "", "https://user:password@ehr.example.jp/"] {
            assert!(bad(&|s| s.url = url.into()), "{url}");
        }
        assert!(!bad(&|s| s.url = "http://127.0.0.1:9000/hook".into()));
        assert!(bad(&|s| s.secret_file = None));
        assert!(bad(&|s| s.secret_env = Some("X".into())));
        std::fs::write(&file, "password").unwrap();
        assert!(check(&good).is_err());
        std::fs::write(&file, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert!(check_all(&[good.clone(), good]).is_err());
        assert!(toml::from_str::<Settings>("events = [\"document.read\"]").is_err());
    }
}
