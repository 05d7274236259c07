//! Signed tokens (JWT, RFC 7519) and the keys of their issuer: RS256 and ES256 with a key of the issuer, and nothing else. What a
//! token says of its own algorithm only chooses among keys of that kind; a token without a signature is none.

use super::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A token longer than this is none.
const LONGEST: usize = 64 * 1024;
/// Keys that are looked at.
const MOST_KEYS: usize = 32;

/// A key of the issuer.
pub struct Key {
    kid: Option<String>,
    kind: Kind,
}

enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// Without padding, as these tokens are written.
pub fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decoded(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::Answer)
}

/// The keys of a JWKS that sign with an algorithm that is accepted; others are passed over.
pub fn keys(jwks: &[u8]) -> Result<Vec<Key>, Refusal> {
    let jwks: Jwks = serde_json::from_slice(jwks).map_err(|_| Refusal::Answer)?;
    Ok(jwks.keys.into_iter().filter_map(key).take(MOST_KEYS).collect())
}

fn key(jwk: Jwk) -> Option<Key> {
    if jwk.used_for.as_deref().is_some_and(|used| used != "sig") {
        return None;
    }
    let alg = |expected: &str| jwk.alg.as_deref().is_none_or(|alg| alg == expected);
    let bytes = |text: &Option<String>| decoded(text.as_deref()?).ok();
    let kind = match jwk.kty.as_str() {
        "RSA" if alg("RS256") => Kind::Rsa { n: bytes(&jwk.n)?, e: bytes(&jwk.e)? },
        "EC" if alg("ES256") && jwk.crv.as_deref() == Some("P-256") => {
            let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
            if x.len() != 32 || y.len() != 32 {
                return None;
            }
            Kind::P256 { point: [&[4][..], &x, &y].concat() }
        }
        _ => return None,
    };
    Some(Key { kid: jwk.kid, kind })
}

impl Key {
    fn is_of(&self, alg: &str) -> bool {
        matches!((&self.kind, alg), (Kind::Rsa { .. }, "RS256") | (Kind::P256 { .. }, "ES256"))
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.kind {
            Kind::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Kind::P256 { point } => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

/// What a token says, if one of the keys signed it.
pub fn verified(token: &str, keys: &[Key]) -> Result<Map<String, Value>, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::Answer);
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Refusal::Answer);
    };
    let said: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Refusal::Answer)?;
    if !matches!(said.alg.as_str(), "RS256" | "ES256") || said.crit.is_some() {
        return Err(Refusal::Algorithm);
    }
    let named = |key: &&Key| said.kid.is_none() || key.kid == said.kid;
    let of_kind: Vec<&Key> = keys.iter().filter(named).filter(|key| key.is_of(&said.alg)).collect();
    if of_kind.is_empty() {
        return Err(Refusal::Key);
    }
    let signature = decoded(signature)?;
    let message = &token.as_bytes()[..header.len() + 1 + payload.len()];
    if !of_kind.iter().any(|key| key.signed(message, &signature)) {
        return Err(Refusal::Signature);
    }
    serde_json::from_slice(&decoded(payload)?).map_err(|_| Refusal::Answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7515, A.3: a token signed with ES256, and its key.
    const KEY: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19\
        yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    #[test]
    fn a_token_of_the_standard_is_accepted_and_no_byte_may_differ() {
        let keys = keys(KEY.as_bytes()).expect("keys");
        assert_eq!(verified(TOKEN, &keys).expect("signed").get("iss"), Some(&Value::from("joe")));
        assert_eq!(verified(TOKEN, &[]).err(), Some(Refusal::Key));
        let mut bent = TOKEN.to_owned().into_bytes();
        bent[40] ^= 1;
        assert!(verified(std::str::from_utf8(&bent).expect("text"), &keys).is_err());
        let (unsigned, _) = TOKEN.rsplit_once('.').expect("a signature");
        assert_eq!(verified(&format!("{unsigned}."), &keys).err(), Some(Refusal::Signature));
        assert!(verified(unsigned, &keys).is_err());
        assert!(verified(&format!("{TOKEN}.x"), &keys).is_err());
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"ES256","crit":["b64"]}"#] {
            let (_, rest) = TOKEN.split_once('.').expect("a header");
            let token = format!("{}.{rest}", encoded(header.as_bytes()));
            assert_eq!(verified(&token, &keys).err(), Some(Refusal::Algorithm), "{header}");
        }
    }

    #[test]
    fn keys_that_are_not_for_signing_or_of_no_accepted_kind_are_passed_over() {
        let of = |jwk: &str| keys(format!(r#"{{"keys":[{jwk}]}}"#).as_bytes()).expect("a set").len();
        assert_eq!(of(r#"{"kty":"oct","k":"AAAA"}"#), 0);
        assert_eq!(of(r#"{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}"#), 0);
        assert_eq!(of(r#"{"kty":"RSA","alg":"RS512","n":"AQAB","e":"AQAB"}"#), 0);
        assert_eq!(of(r#"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#), 0);
        assert_eq!(of(r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#), 0);
        assert_eq!(of(r#"{"kty":"RSA","use":"sig","n":"AQAB","e":"AQAB"}"#), 1);
        assert!(keys(b"{}").is_err());
    }
}
