//! Signing in by a provider of the hospital (OpenID Connect): authorization code flow with PKCE. It says who somebody is to the
//! provider, and decides nothing about accounts. jwt: signed tokens.

mod jwt;

use super::http::{encoded, get, may_post_to, post_form};
use super::{Secret, Trust};
use crate::domain::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What the provider says of itself is asked for again after this.
const KNOWN_FOR_MS: i64 = 3_600_000;
/// Keys are asked for again at most so often, whatever tokens name.
const KEYS_AT_MOST_MS: i64 = 10_000;
/// How far the provider's clock may differ from ours, in seconds.
const SKEW_SECONDS: i64 = 60;
/// A token made longer ago is none of this sign-in.
const OLDEST_SECONDS: i64 = 600;
/// Where the provider sends browsers back to.
pub const CALLBACK: &str = "/sign-in/openid/callback";

/// `[openid]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The provider, exactly as it names itself; empty for none.
    pub issuer: String,
    /// What the button of the sign-in page calls it.
    pub name: String,
    /// Our id there.
    pub client_id: String,
    /// A file that holds our secret there.
    pub client_secret_file: Option<PathBuf>,
    /// An environment variable that holds it.
    pub client_secret_env: Option<String>,
    /// Our own address for browsers, without a path.
    pub own_address: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Which claim an account is linked by.
    pub claim: String,
    /// Ways of signing in (`amr`) that count as a second factor; empty for none.
    pub second_factor_amr: Vec<String>,
    /// Classes of signing in (`acr`) that count as a second factor; empty for none.
    pub second_factor_acr: Vec<String>,
    /// A file of further root certificates.
    pub root_certificates: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            name: "院内の共通サインイン".to_owned(),
            client_id: String::new(),
            client_secret_file: None,
            client_secret_env: None,
            own_address: String::new(),
            scopes: vec!["openid".to_owned()],
            claim: "sub".to_owned(),
            second_factor_amr: Vec::new(),
            second_factor_acr: Vec::new(),
            root_certificates: None,
        }
    }
}

/// Why a sign-in was not accepted; never carries what the provider said of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The provider could not be reached.
    #[error("the provider cannot be reached: {0}")]
    Net(#[from] super::Error),
    /// The provider's answer is not understood.
    #[error("the provider's answer is not understood")]
    Answer,
    /// The provider refused the code.
    #[error("the provider refused the code")]
    Code,
    /// Another issuer than the configured one.
    #[error("another issuer than the configured one")]
    Issuer,
    /// The token's algorithm is not accepted.
    #[error("the algorithm of the token is not accepted")]
    Algorithm,
    /// The provider has no such key.
    #[error("the provider has no key that could have signed the token")]
    Key,
    /// Not signed by that key.
    #[error("the signature of the token is wrong")]
    Signature,
    /// Made for another client.
    #[error("the token is for another client")]
    Audience,
    /// Too old, or from the future.
    #[error("the token is not valid at this time")]
    Time,
    /// Of another sign-in.
    #[error("the token belongs to another sign-in")]
    Nonce,
    /// It does not say who it is.
    #[error("the token lacks the claim that accounts are linked by")]
    Claim,
}

/// What the provider says of itself.
#[derive(Clone, Debug, Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

#[derive(Default)]
struct Known {
    discovery: Option<(Discovery, Timestamp)>,
    keys: Option<(Arc<Vec<jwt::Key>>, Timestamp)>,
}

/// Somebody whom the provider has signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// What their account is linked by.
    pub value: String,
    /// Whether they showed a second factor there that the configuration accepts.
    pub second_factor: bool,
}

/// What a browser is sent away with, and what must come back.
pub struct Journey<'a> {
    /// Comes back with the code.
    pub state: &'a str,
    /// Stands in the token.
    pub nonce: &'a str,
    /// Is shown only when the code is exchanged.
    pub verifier: &'a str,
}

/// The provider.
pub struct Provider {
    settings: Settings,
    secret: Option<Secret>,
    trust: Trust,
    clock: Clock,
    known: Mutex<Known>,
}

impl Provider {
    /// As configured, with relative files under `data`; none where none is configured, an error in words where it makes no sense.
    pub fn of(settings: &Settings, data: &Path, clock: Clock) -> Result<Option<Provider>, String> {
        if settings.issuer.is_empty() {
            return Ok(None);
        }
        let wrong = |key: &str, why: &str| Err(format!("openid.{key}: {why}"));
        if !may_post_to(&settings.issuer) {
            return wrong("issuer", "https:// で始まるアドレスにしてください");
        }
        if settings.client_id.is_empty() {
            return wrong("client_id", "書いてください");
        }
        let own = settings.own_address.trim_start_matches("https://").trim_start_matches("http://");
        if !may_post_to(&settings.own_address) || own.is_empty() || own.contains(['/', '?', '#']) {
            return wrong("own_address", "ブラウザから見た受付のアドレスを https://名前 の形で書いてください");
        }
        if !settings.scopes.iter().any(|scope| scope == "openid") {
            return wrong("scopes", "openid を含めてください");
        }
        if settings.claim.is_empty() {
            return wrong("claim", "書いてください");
        }
        let under = |file: &Option<PathBuf>| file.as_ref().map(|file| data.join(file));
        let secret = Secret::of(under(&settings.client_secret_file), settings.client_secret_env.clone())
            .map_err(|why| format!("openid.client_secret_file: {why}"))?;
        let trust = Trust { roots: under(&settings.root_certificates), fingerprint: None };
        Ok(Some(Provider { settings: settings.clone(), secret, trust, clock, known: Mutex::default() }))
    }

    /// What the button calls it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// As it names itself.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.settings.own_address)
    }

    async fn discovery(&self, known: &mut Known) -> Result<Discovery, Refusal> {
        let now = self.clock.now();
        if let Some((discovery, at)) = &known.discovery
            && now.0 - at.0 < KNOWN_FOR_MS
        {
            return Ok(discovery.clone());
        }
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let (status, body) = get(&url, &self.trust).await?;
        if status != 200 {
            return Err(Refusal::Answer);
        }
        let discovery: Discovery = serde_json::from_slice(&body).map_err(|_| Refusal::Answer)?;
        // A document of another issuer must not send our people's codes elsewhere.
        if discovery.issuer != self.settings.issuer {
            return Err(Refusal::Issuer);
        }
        let addresses = [&discovery.authorization_endpoint, &discovery.token_endpoint, &discovery.jwks_uri];
        if !addresses.into_iter().chain(&discovery.end_session_endpoint).all(|address| may_post_to(address)) {
            return Err(Refusal::Answer);
        }
        *known = Known { discovery: Some((discovery.clone(), now)), keys: None };
        Ok(discovery)
    }

    /// The provider's keys; asked for anew when `fresh`, unless that was a moment ago.
    async fn keys(&self, known: &mut Known, uri: &str, fresh: bool) -> Result<Arc<Vec<jwt::Key>>, Refusal> {
        let now = self.clock.now();
        if let Some((keys, at)) = &known.keys
            && (!fresh || now.0 - at.0 < KEYS_AT_MOST_MS)
        {
            return Ok(keys.clone());
        }
        let (status, body) = get(uri, &self.trust).await?;
        if status != 200 {
            return Err(Refusal::Answer);
        }
        let keys = Arc::new(jwt::keys(&body)?);
        known.keys = Some((keys.clone(), now));
        Ok(keys)
    }

    /// Where a browser is sent to sign in.
    pub async fn entrance(&self, journey: &Journey<'_>) -> Result<String, Refusal> {
        let discovery = self.discovery(&mut *self.known.lock().await).await?;
        let challenge = jwt::encoded(&Sha256::digest(journey.verifier.as_bytes()));
        let query = encoded(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.callback()),
            ("scope", &self.settings.scopes.join(" ")),
            ("state", journey.state),
            ("nonce", journey.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(with_query(&discovery.authorization_endpoint, &query))
    }

    /// Where a browser is sent to sign out there as well; none where the provider offers no such thing.
    pub async fn exit(&self) -> Option<String> {
        let discovery = self.discovery(&mut *self.known.lock().await).await.ok()?;
        let back = format!("{}/sign-in", self.settings.own_address);
        let query = encoded(&[("client_id", self.settings.client_id.as_str()), ("post_logout_redirect_uri", &back)]);
        discovery.end_session_endpoint.map(|endpoint| with_query(&endpoint, &query))
    }

    /// Exchanges the code that a browser brought back for who it is. `came_from` is the issuer that the browser named, if it did.
    pub async fn person(&self, code: &str, came_from: Option<&str>, journey: &Journey<'_>) -> Result<Person, Refusal> {
        if came_from.is_some_and(|issuer| issuer != self.settings.issuer) {
            return Err(Refusal::Issuer);
        }
        let discovery = self.discovery(&mut *self.known.lock().await).await?;
        let secret = self.secret.as_ref().map(Secret::read).transpose()?;
        let callback = self.callback();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", callback.as_str()),
            ("client_id", self.settings.client_id.as_str()),
            ("code_verifier", journey.verifier),
        ];
        form.extend(secret.as_deref().map(|secret| ("client_secret", secret)));
        let (status, body) = post_form(&discovery.token_endpoint, &form, &self.trust).await?;
        match status {
            200 => {}
            400..500 => return Err(Refusal::Code),
            _ => return Err(Refusal::Answer),
        }
        let tokens: Tokens = serde_json::from_slice(&body).map_err(|_| Refusal::Answer)?;
        let mut known = self.known.lock().await;
        let keys = self.keys(&mut known, &discovery.jwks_uri, false).await?;
        let claims = match jwt::verified(&tokens.id_token, &keys) {
            // The provider has changed its keys.
            Err(Refusal::Key) => {
                let keys = self.keys(&mut known, &discovery.jwks_uri, true).await?;
                jwt::verified(&tokens.id_token, &keys)?
            }
            verified => verified?,
        };
        drop(known);
        accepted(&claims, &self.settings, journey.nonce, self.clock.now().0.div_euclid(1000))
    }

    /// Whether the provider answers; how many of its keys can be used.
    pub async fn probe(&self) -> Result<usize, Refusal> {
        let mut known = self.known.lock().await;
        let discovery = self.discovery(&mut known).await?;
        if let Some(secret) = &self.secret {
            secret.read()?;
        }
        Ok(self.keys(&mut known, &discovery.jwks_uri, true).await?.len())
    }
}

fn with_query(endpoint: &str, query: &str) -> String {
    let sign = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{sign}{query}")
}

/// Whom a signed token names, if it is of this issuer, for us, of now and of this sign-in.
fn accepted(claims: &Map<String, Value>, settings: &Settings, nonce: &str, now: i64) -> Result<Person, Refusal> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    if text("iss") != Some(&settings.issuer) {
        return Err(Refusal::Issuer);
    }
    let ours = |value: &Value| value.as_str() == Some(&settings.client_id);
    let for_us = match claims.get("aud") {
        Some(Value::Array(many)) if many.len() > 1 => many.iter().any(ours) && claims.contains_key("azp"),
        Some(Value::Array(one)) => one.iter().any(ours),
        Some(one) => ours(one),
        None => false,
    };
    if !for_us || claims.get("azp").is_some_and(|azp| !ours(azp)) {
        return Err(Refusal::Audience);
    }
    let (expires, made) = (seconds("exp").ok_or(Refusal::Time)?, seconds("iat").ok_or(Refusal::Time)?);
    let begun = seconds("nbf").is_none_or(|from| from <= now + SKEW_SECONDS);
    if expires <= now - SKEW_SECONDS || made > now + SKEW_SECONDS || made < now - OLDEST_SECONDS || !begun {
        return Err(Refusal::Time);
    }
    if nonce.is_empty() || text("nonce") != Some(nonce) {
        return Err(Refusal::Nonce);
    }
    let value = text(&settings.claim).filter(|value| !value.trim().is_empty() && value.len() <= 256);
    // An address that anybody may have typed says nothing of who it is.
    let unproven = settings.claim == "email" && claims.get("email_verified") != Some(&Value::Bool(true));
    let value = value.filter(|_| !unproven).ok_or(Refusal::Claim)?.to_owned();
    let amr = claims.get("amr").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let by_amr = amr.into_iter().any(|way| settings.second_factor_amr.iter().any(|counts| counts == way));
    let by_acr = text("acr").is_some_and(|class| settings.second_factor_acr.iter().any(|counts| counts == class));
    Ok(Person { value, second_factor: by_amr || by_acr })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings() -> Settings {
        Settings {
            issuer: "https://id.example.jp".into(),
            client_id: "uketsuke".into(),
            own_address: "https://uketsuke.example.jp".into(),
            second_factor_amr: vec!["otp".into()],
            second_factor_acr: vec!["aal2".into()],
            ..Settings::default()
        }
    }

    fn of(change: Value) -> Result<Person, Refusal> {
        let mut claims = json!({
            "iss": "https://id.example.jp", "aud": "uketsuke", "exp": 1300, "iat": 1000, "nonce": "n", "sub": "s-1",
        });
        for (name, value) in change.as_object().expect("changes") {
            claims[name] = value.clone();
        }
        accepted(claims.as_object().expect("claims"), &settings(), "n", 1000)
    }

    #[test]
    fn a_token_counts_only_for_us_now_and_for_this_sign_in() {
        assert!(of(json!({})).is_ok_and(|person| person.value == "s-1" && !person.second_factor));
        let refused = |change: Value, why: Refusal| assert_eq!(of(change.clone()).err(), Some(why), "{change}");
        refused(json!({ "iss": "https://id.example.jp/" }), Refusal::Issuer);
        refused(json!({ "iss": null }), Refusal::Issuer);
        refused(json!({ "aud": "other" }), Refusal::Audience);
        refused(json!({ "aud": [] }), Refusal::Audience);
        refused(json!({ "aud": ["uketsuke", "other"] }), Refusal::Audience);
        refused(json!({ "aud": ["uketsuke", "other"], "azp": "other" }), Refusal::Audience);
        refused(json!({ "azp": "other" }), Refusal::Audience);
        assert!(of(json!({ "aud": ["uketsuke", "other"], "azp": "uketsuke" })).is_ok());
        refused(json!({ "exp": 940 }), Refusal::Time);
        refused(json!({ "exp": null }), Refusal::Time);
        refused(json!({ "iat": 399 }), Refusal::Time);
        refused(json!({ "iat": 1061 }), Refusal::Time);
        refused(json!({ "nbf": 1061 }), Refusal::Time);
        refused(json!({ "nonce": "m" }), Refusal::Nonce);
        refused(json!({ "nonce": null }), Refusal::Nonce);
        refused(json!({ "sub": "" }), Refusal::Claim);
        refused(json!({ "sub": 7 }), Refusal::Claim);
    }

    #[test]
    fn a_second_factor_counts_only_where_the_configuration_says_so() {
        let shown = |change: Value| of(change).is_ok_and(|person| person.second_factor);
        assert!(shown(json!({ "amr": ["pwd", "otp"] })) && shown(json!({ "acr": "aal2" })));
        assert!(
            !shown(json!({ "amr": ["pwd", "mfa"] }))
                && !shown(json!({ "acr": "aal3" }))
                && !shown(json!({ "amr": "otp" }))
        );
    }

    #[test]
    fn an_address_of_mail_must_be_proven() {
        let settings = Settings { claim: "email".into(), ..settings() };
        let of = |verified: Value| {
            let claims = json!({
                "iss": "https://id.example.jp", "aud": "uketsuke", "exp": 1300, "iat": 1000, "nonce": "n",
                "email": "a@example.jp", "email_verified": verified,
            });
            accepted(claims.as_object().expect("claims"), &settings, "n", 1000).is_ok()
        };
        assert!(of(json!(true)) && !of(json!(false)) && !of(json!("true")) && !of(Value::Null));
    }

    #[test]
    fn settings_that_make_no_sense_are_told_by_key() {
        let of = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            Provider::of(&settings, Path::new("/data"), Clock::System)
        };
        assert!(of(|_| {}).is_ok_and(|provider| provider.is_some()));
        assert!(of(|s| s.issuer.clear()).is_ok_and(|provider| provider.is_none()));
        let says = |change: fn(&mut Settings), key: &str| {
            assert!(of(change).err().is_some_and(|why| why.contains(key)), "{key}")
        };
        says(|s| s.issuer = "http://id.example.jp".into(), "issuer");
        says(|s| s.client_id.clear(), "client_id");
        says(|s| s.own_address = "https://uketsuke.example.jp/x".into(), "own_address");
        says(|s| s.own_address = "http://uketsuke.example.jp".into(), "own_address");
        says(|s| s.scopes = vec!["profile".into()], "scopes");
        says(|s| s.claim.clear(), "claim");
        says(
            |s| (s.client_secret_file, s.client_secret_env) = (Some("a".into()), Some("B".into())),
            "client_secret_file",
        );
    }
}
