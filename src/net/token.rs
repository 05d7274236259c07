//! Access tokens (OAuth 2): by client credentials or by a refresh token, kept until shortly before they run out. Never asks a person to sign in.

use super::http::post_form;
use super::{Error, Secret, Trust};
use crate::domain::{Clock, Timestamp};
use serde::Deserialize;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use tokio::sync::Mutex;

/// A token is asked for anew so long before it runs out.
const EARLY_MS: i64 = 120_000;
/// What an answer without a term means.
const USUAL_SECONDS: i64 = 3_600;

/// By what right a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The program itself is known to the endpoint.
    ClientCredentials,
    /// Somebody agreed once, and this is the proof.
    RefreshToken(Secret),
}

/// Where tokens come from.
#[derive(Debug)]
pub struct TokenSource {
    /// Address of the token endpoint.
    pub endpoint: String,
    /// The program's id there.
    pub client_id: String,
    /// The program's secret there.
    pub client_secret: Option<Secret>,
    /// What the token is for.
    pub scope: String,
    /// By what right.
    pub grant: Grant,
    /// Whose certificate the endpoint may show.
    pub trust: Trust,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    token: Option<(String, Timestamp)>,
    /// A newer refresh token than the configured one.
    refresh: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<String>,
}

impl TokenSource {
    /// A source from which nothing has been asked yet.
    pub fn new(
        endpoint: String,
        client_id: String,
        client_secret: Option<Secret>,
        scope: String,
        grant: Grant,
        trust: Trust,
    ) -> Self {
        Self { endpoint, client_id, client_secret, scope, grant, trust, kept: Mutex::default() }
    }

    /// A token that is good for a while.
    pub async fn token(&self, clock: &Clock) -> Result<String, Error> {
        let mut kept = self.kept.lock().await;
        let now = clock.now();
        if let Some((token, until)) = &kept.token
            && now.plus_ms(EARLY_MS) < *until
        {
            return Ok(token.clone());
        }
        let answer = self.ask(&mut kept).await?;
        let token = answer.access_token.filter(|token| !token.is_empty()).ok_or(Error::TokenAnswer)?;
        let seconds = answer.expires_in.unwrap_or(USUAL_SECONDS).clamp(0, 86_400);
        kept.token = Some((token.clone(), now.plus_ms(seconds * 1_000)));
        Ok(token)
    }

    /// Forgets the token that a server has refused.
    pub async fn forget(&self) {
        self.kept.lock().await.token = None;
    }

    async fn ask(&self, kept: &mut Kept) -> Result<Answer, Error> {
        let secret = self.client_secret.as_ref().map(Secret::read).transpose()?;
        let refresh = match &self.grant {
            Grant::ClientCredentials => None,
            Grant::RefreshToken(secret) => Some(match &kept.refresh {
                Some(newer) => newer.clone(),
                None => secret.read()?,
            }),
        };
        let mut form = vec![("client_id", self.client_id.as_str())];
        match &refresh {
            None => form.push(("grant_type", "client_credentials")),
            Some(refresh) => form.extend([("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())]),
        }
        form.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
        if !self.scope.is_empty() {
            form.push(("scope", &self.scope));
        }
        let (status, body) = post_form(&self.endpoint, &form, &self.trust).await?;
        if status != 200 {
            // A refresh token replaced by hand counts from the next question on.
            kept.refresh = None;
            return Err(if (400..500).contains(&status) { Error::TokenRefused } else { Error::TokenAnswer });
        }
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| Error::TokenAnswer)?;
        if let (Grant::RefreshToken(secret), Some(newer)) = (&self.grant, &answer.refresh_token)
            && refresh.as_ref() != Some(newer)
        {
            kept.refresh = Some(newer.clone());
            // The old one may end with this answer: the newer one must survive a restart.
            if let Secret::File(path) = secret
                && replace(path, newer).is_err()
            {
                tracing::warn!("a renewed refresh token could not be written to its file");
            }
        }
        Ok(answer)
    }
}

/// Writes beside the file and renames, for its owner only.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&part, path)
}
