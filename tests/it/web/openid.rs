//! Signing in by a provider: a real one on this machine with real keys, and everything that must not open the door.

use super::browser::Driver;
use super::http::{Client, Reply};
use super::seed::{Desk, MINUTE, PASSWORD};
use crate::support::on_both_databases;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use uketsuke::domain::*;
use uketsuke::net::openid::Settings;
use uketsuke::store::audit::Actor;
use uketsuke::store::{openid, users};
use uketsuke::web::{self, SecondFactor};

const SECRET: &str = "openid no himitsu";

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How tokens are signed.
#[derive(Clone, Copy, PartialEq)]
enum Signing {
    Es256,
    Rs256,
    /// `alg: none`, without a signature.
    None,
    /// HMAC with the public key as its secret.
    Hs256,
    /// With a key that the provider does not publish.
    Stranger,
    /// With such a key under the name of one that it does.
    Forged,
}

struct Keys {
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
}

impl Keys {
    fn fresh() -> Keys {
        let rng = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let made = std::process::Command::new("openssl")
            .args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER"])
            .output()
            .expect("openssl makes a key");
        Keys {
            ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref(), &rng).unwrap(),
            rsa: RsaKeyPair::from_der(&made.stdout).unwrap(),
        }
    }
}

struct Granted {
    client: String,
    back: String,
    nonce: String,
    challenge: String,
}

type Change = Box<dyn Fn(&mut Value) + Send>;

struct Book {
    issuer: String,
    now: i64,
    keys: Keys,
    kid: String,
    stranger: Keys,
    signing: Signing,
    change: Change,
    codes: HashMap<String, Granted>,
    given: usize,
}

/// The hospital's provider; it signs everybody in as `emp-7` at once.
#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Another site than that of the pages, as a provider is.
        let issuer = format!("http://localhost:{}", address.port());
        let book = Book {
            issuer: issuer.clone(),
            now: super::seed::MORNING / 1000,
            keys: Keys::fresh(),
            kid: "k1".to_owned(),
            stranger: Keys::fresh(),
            signing: Signing::Es256,
            change: Box::new(|_| {}),
            codes: HashMap::new(),
            given: 0,
        };
        let provider = Provider { issuer, address, book: Arc::new(Mutex::new(book)) };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/jwks", get(jwks))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        provider
    }

    fn settings(&self, own: SocketAddr) -> Settings {
        // Read by its file, as in a hospital.
        let file = std::env::temp_dir().join(format!("uketsuke-openid-{}-{}", std::process::id(), self.address.port()));
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        Settings {
            issuer: self.issuer.clone(),
            client_id: "uketsuke".into(),
            client_secret_file: Some(file),
            own_address: format!("http://{own}"),
            second_factor_amr: vec!["otp".into()],
            ..Settings::default()
        }
    }

    fn sign(&self, signing: Signing) {
        self.book.lock().unwrap().signing = signing;
    }

    fn say(&self, change: impl Fn(&mut Value) + Send + 'static) {
        self.book.lock().unwrap().change = Box::new(change);
    }
}

fn told(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

async fn discovery(State(provider): State<Provider>) -> Response {
    let at = |path: &str| format!("{}/{path}", provider.issuer);
    told(&json!({
        "issuer": provider.issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "jwks_uri": at("jwks"), "end_session_endpoint": at("logout"),
    }))
}

async fn jwks(State(provider): State<Provider>) -> Response {
    let book = provider.book.lock().unwrap();
    let point = book.keys.ec.public_key().as_ref().to_vec();
    let rsa: RsaPublicKeyComponents<Vec<u8>> = book.keys.rsa.public().into();
    told(&json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "kid": book.kid, "use": "sig", "x": b64(&point[1..33]), "y": b64(&point[33..65]) },
        { "kty": "RSA", "kid": format!("{}-rsa", book.kid), "alg": "RS256", "n": b64(&rsa.n), "e": b64(&rsa.e) },
    ] }))
}

async fn authorize(State(provider): State<Provider>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let mut book = provider.book.lock().unwrap();
    let of = |name: &str| asked.get(name).cloned().unwrap_or_default();
    assert_eq!((of("response_type"), of("code_challenge_method")), ("code".into(), "S256".into()));
    assert_eq!((of("client_id"), of("scope")), ("uketsuke".into(), "openid".into()));
    book.given += 1;
    let code = format!("code-{}", book.given);
    let granted = Granted {
        client: of("client_id"),
        back: of("redirect_uri"),
        nonce: of("nonce"),
        challenge: of("code_challenge"),
    };
    assert!(granted.nonce.len() >= 32 && of("state").len() >= 32 && of("state") != granted.nonce);
    let to = format!("{}?code={code}&state={}&iss={}", granted.back, of("state"), book.issuer);
    book.codes.insert(code, granted);
    (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
}

async fn token(State(provider): State<Provider>, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut book = provider.book.lock().unwrap();
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    // A code is good once, for whoever began.
    let granted = book.codes.remove(&of("code"));
    let fits = granted.filter(|granted| {
        let challenge = b64(ring::digest::digest(&ring::digest::SHA256, of("code_verifier").as_bytes()));
        of("grant_type") == "authorization_code"
            && of("client_secret") == SECRET
            && of("client_id") == granted.client
            && of("redirect_uri") == granted.back
            && challenge == granted.challenge
    });
    let Some(granted) = fits else {
        return (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string()).into_response();
    };
    let mut claims = json!({
        "iss": book.issuer, "sub": "emp-7", "aud": granted.client, "iat": book.now, "exp": book.now + 300,
        "nonce": granted.nonce,
    });
    (book.change)(&mut claims);
    let (alg, kid) = match book.signing {
        Signing::Es256 | Signing::Forged => ("ES256", book.kid.clone()),
        Signing::Rs256 => ("RS256", format!("{}-rsa", book.kid)),
        Signing::None => ("none", book.kid.clone()),
        Signing::Hs256 => ("HS256", book.kid.clone()),
        Signing::Stranger => ("ES256", "stranger".to_owned()),
    };
    let message = format!("{}.{}", b64(json!({ "alg": alg, "kid": kid }).to_string()), b64(claims.to_string()));
    let rng = SystemRandom::new();
    let ec = |keys: &Keys| keys.ec.sign(&rng, message.as_bytes()).unwrap().as_ref().to_vec();
    let signature = match book.signing {
        Signing::Es256 => ec(&book.keys),
        Signing::Stranger | Signing::Forged => ec(&book.stranger),
        Signing::Rs256 => {
            let mut signature = vec![0; book.keys.rsa.public().modulus_len()];
            book.keys.rsa.sign(&RSA_PKCS1_SHA256, &rng, message.as_bytes(), &mut signature).unwrap();
            signature
        }
        Signing::None => Vec::new(),
        Signing::Hs256 => {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, book.keys.ec.public_key().as_ref());
            ring::hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
    };
    let id_token = format!("{message}.{}", b64(signature));
    told(&json!({ "access_token": "a", "token_type": "Bearer", "id_token": id_token }))
}

fn path_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').map_or("/".to_owned(), |at| rest[at..].to_owned())
}

/// Leaves for the provider and is signed in there; the path by which the browser comes back.
async fn away(client: &mut Client, provider: &Provider) -> String {
    let left = client.get("/sign-in/openid?next=/queue").await;
    assert_eq!(left.status, 303, "{}", left.text());
    assert!(left.cookies.iter().any(|cookie| cookie.contains("SameSite=Lax") && cookie.contains("HttpOnly")));
    let there = Client::new(provider.address).get(&path_of(left.header("location"))).await;
    assert_eq!(there.status, 302);
    path_of(there.header("location"))
}

async fn travelled(client: &mut Client, provider: &Provider) -> Reply {
    let back = away(client, provider).await;
    client.get(&back).await
}

async fn is_in(client: &mut Client) -> bool {
    client.get("/queue").await.status == 200
}

async fn link(desk: &Desk, provider: &Provider, login: &str) {
    let id = desk.staff(login).await;
    let mut tx = desk.db.write().await.unwrap();
    assert!(openid::link(&mut tx, &id, &provider.issuer, Some("emp-7"), &Actor::Program, desk.now()).await.unwrap());
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn somebody_linked_signs_in_by_the_provider_and_nobody_else_does(db: Db) {
        let provider = Provider::start().await;
        let desk = Desk::open_signing_in_by(db, web::Settings::default(), 0, |own| provider.settings(own)).await;
        let boss = desk.person("kanri", &[Role::Administrator], &[]).await;
        let mihara = desk.staff("mihara").await;
        let mut client = Client::new(desk.address);
        assert!(client.get("/sign-in").await.text().contains("院内の共通サインインでサインイン"));
        let nobody = travelled(&mut client, &provider).await;
        assert_eq!(nobody.status, 403, "accounts are not made by signing in");
        assert!(!is_in(&mut client).await);

        // Linked by an administrator, who cannot link themselves.
        let mut admin = Client::new(desk.address);
        admin.sign_in("kanri", PASSWORD).await;
        let csrf = admin.csrf().await;
        let value = [("csrf", csrf.as_str()), ("value", "emp-7")];
        assert_eq!(admin.post(&format!("/staff/{boss}/openid"), &value).await.status, 409);
        assert_eq!(admin.post(&format!("/staff/{mihara}/openid"), &value).await.status, 303);
        let onodera = desk.staff("onodera").await;
        assert_eq!(admin.post(&format!("/staff/{onodera}/openid"), &value).await.status, 409, "one account each");
        assert_eq!(admin.get(&format!("/staff/{mihara}")).await.hidden("value"), "emp-7");
        let mut tx = desk.db.read().await.unwrap();
        assert_eq!(openid::account_of(&mut tx, &provider.issuer, "emp-7").await.unwrap(), Some(mihara.clone()));
        assert_eq!(openid::account_of(&mut tx, "http://localhost:1", "emp-7").await.unwrap(), None);
        assert_eq!(openid::value_of(&mut tx, &provider.issuer, &onodera).await.unwrap(), None);
        drop(tx);

        for signing in [Signing::Es256, Signing::Rs256] {
            provider.sign(signing);
            let mut client = Client::new(desk.address);
            let entered = travelled(&mut client, &provider).await;
            assert_eq!(entered.status, 200, "{}", entered.text());
            assert!(entered.text().contains("url=/queue"));
            let session = entered.cookies.iter().find(|cookie| cookie.starts_with("uketsuke=")).unwrap();
            assert!(session.contains("SameSite=Strict"), "{session}");
            assert!(is_in(&mut client).await);
            let csrf = client.csrf().await;
            assert_eq!(client.post("/sign-out", &[("csrf", &csrf)]).await.status, 303);
            assert!(!is_in(&mut client).await);
            assert!(client.get("/sign-in?done=signed_out").await.text().contains("からもサインアウト"));
            let out = client.get("/sign-in/openid/leave").await;
            assert!(out.header("location").starts_with(&format!("{}/logout?client_id=uketsuke&", provider.issuer)));
        }
        let log = desk.log(mihara.as_str()).await;
        for (verb, times) in [("account.openid_linked", 1), ("account.openid_signed_in", 2), ("account.signed_in", 2)] {
            assert_eq!(log.iter().filter(|row| *row == verb).count(), times, "{verb}: {log:?}");
        }
        // Local accounts go on, and a stopped one opens by no door.
        let mut local = Client::new(desk.address);
        assert_eq!(local.sign_in("mihara", PASSWORD).await.status, 303);
        let mut tx = desk.db.write().await.unwrap();
        users::set_disabled(&mut tx, &mihara, true, &Actor::Program, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 403);
        assert!(!is_in(&mut client).await && !is_in(&mut local).await);
    }

    async fn nothing_forged_replayed_or_of_another_browser_opens_the_door(db: Db) {
        let provider = Provider::start().await;
        let desk = Desk::open_signing_in_by(db, web::Settings::default(), 0, |own| provider.settings(own)).await;
        link(&desk, &provider, "mihara").await;

        // Tokens that are not for us, now, and this sign-in.
        let changes: Vec<(&str, Change)> = vec![
            ("nonce", Box::new(|claims| claims["nonce"] = "another".into())),
            ("no nonce", Box::new(|claims| claims["nonce"] = Value::Null)),
            ("audience", Box::new(|claims| claims["aud"] = "another".into())),
            ("audiences", Box::new(|claims| claims["aud"] = json!(["uketsuke", "another"]))),
            ("issuer", Box::new(|claims| claims["iss"] = "http://localhost:1".into())),
            ("expired", Box::new(|claims| claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 61))),
            ("old", Box::new(|claims| claims["iat"] = json!(claims["iat"].as_i64().unwrap() - 601))),
        ];
        for (what, change) in changes {
            provider.book.lock().unwrap().change = change;
            let mut client = Client::new(desk.address);
            assert_eq!(travelled(&mut client, &provider).await.status, 422, "{what}");
            assert!(!is_in(&mut client).await, "{what}");
        }
        provider.say(|_| {});
        for signing in [Signing::None, Signing::Hs256, Signing::Stranger, Signing::Forged] {
            provider.sign(signing);
            let mut client = Client::new(desk.address);
            assert_eq!(travelled(&mut client, &provider).await.status, 422);
            assert!(!is_in(&mut client).await);
        }
        provider.sign(Signing::Es256);

        // Another state, none, and one that was used.
        let mut client = Client::new(desk.address);
        let back = away(&mut client, &provider).await;
        let (before, _) = back.split_once("&state=").unwrap();
        for state in ["", "&state=", &format!("&state={}", "0".repeat(64))] {
            assert_eq!(client.get(&format!("{before}{state}")).await.status, 422, "{state}");
        }
        assert!(!is_in(&mut client).await);
        let mut client = Client::new(desk.address);
        let used = away(&mut client, &provider).await;
        assert_eq!(client.get(&used).await.status, 200);
        assert!(is_in(&mut client).await);
        let mut again = Client::new(desk.address);
        assert_eq!(again.get(&used).await.status, 422, "the same address again");
        let fresh = away(&mut again, &provider).await;
        let used_code = used.split_once("code=").unwrap().1.split('&').next().unwrap();
        let own_code = fresh.split_once("code=").unwrap().1.split('&').next().unwrap();
        assert_eq!(again.get(&fresh.replace(own_code, used_code)).await.status, 422, "a used code");
        assert!(!is_in(&mut again).await);

        // Two browsers mixed up: the code of one in the other, with its state and without.
        let (mut one, mut two) = (Client::new(desk.address), Client::new(desk.address));
        let (first, second) = (away(&mut one, &provider).await, away(&mut two, &provider).await);
        assert_eq!(two.get(&first).await.status, 422);
        assert!(!is_in(&mut two).await);
        assert_eq!(one.get(&first).await.status, 422, "what was tried elsewhere is over");
        let mut two = Client::new(desk.address);
        assert_eq!(two.get(&second).await.status, 422, "a browser that began nothing");
        let (mut one, mut two) = (Client::new(desk.address), Client::new(desk.address));
        let (first, second) = (away(&mut one, &provider).await, away(&mut two, &provider).await);
        let code = |back: &str| back.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
        let mixed = second.replace(&code(&second), &code(&first));
        assert_eq!(two.get(&mixed).await.status, 422, "the code of another journey lacks its proof");
        assert!(!is_in(&mut two).await);

        // Said no there, came from another provider, came too late.
        let mut client = Client::new(desk.address);
        let back = away(&mut client, &provider).await;
        let state = back.split_once("&state=").unwrap().1;
        let refused = client.get(&format!("/sign-in/openid/callback?error=access_denied&state={state}")).await;
        assert_eq!(refused.status, 422);
        let mut client = Client::new(desk.address);
        let back = away(&mut client, &provider).await;
        let (rest, _) = back.split_once("&iss=").unwrap();
        assert_eq!(client.get(&format!("{rest}&iss=http://localhost:1")).await.status, 422);
        let mut client = Client::new(desk.address);
        let back = away(&mut client, &provider).await;
        desk.wait(11 * MINUTE);
        assert_eq!(client.get(&back).await.status, 422);
        assert!(!is_in(&mut client).await);

        // The provider has new keys: they are asked for, and the old ones are no more.
        provider.book.lock().unwrap().now += 11 * 60;
        {
            let mut book = provider.book.lock().unwrap();
            let old = std::mem::replace(&mut book.keys, Keys::fresh());
            book.kid = "k2".to_owned();
            book.stranger = old;
        }
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 200);
        provider.sign(Signing::Forged);
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 422);
    }
}

on_both_databases! {
    async fn a_second_factor_of_the_provider_counts_only_as_configured(db: Db) {
        let provider = Provider::start().await;
        let settings = web::Settings { second_factor: SecondFactor::Required, ..web::Settings::default() };
        let desk = Desk::open_signing_in_by(db, settings, 0, |own| provider.settings(own)).await;
        link(&desk, &provider, "mihara").await;
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 200);
        assert!(client.get("/queue").await.header("location").contains("second-factor"), "still owed here");
        provider.say(|claims| claims["amr"] = json!(["pwd", "mfa"]));
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 200);
        assert!(!is_in(&mut client).await, "a way that the configuration does not name");
        provider.say(|claims| claims["amr"] = json!(["pwd", "otp"]));
        let mut client = Client::new(desk.address);
        assert_eq!(travelled(&mut client, &provider).await.status, 200);
        assert!(is_in(&mut client).await);
        // By the password alone it is owed as before, until this very browser is said to have shown it.
        let mut local = Client::new(desk.address);
        local.sign_in("mihara", PASSWORD).await;
        assert!(!is_in(&mut local).await);
        let cookie = local.cookie();
        let token = cookie.split("uketsuke=").nth(1).unwrap().split(';').next().unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
        let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let mihara = desk.staff("mihara").await;
        let mut tx = desk.db.write().await.unwrap();
        openid::signed_in(&mut tx, &mihara, &hash, true, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(is_in(&mut local).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_comes_back_from_another_site_and_is_in() {
    let place = crate::support::Place::sqlite();
    let provider = Provider::start().await;
    let db = uketsuke::store::open(&place.url().await).await.unwrap();
    let desk = Desk::open_signing_in_by(db, web::Settings::default(), 0, |own| provider.settings(own)).await;
    link(&desk, &provider, "mihara").await;
    let driver = Driver::start();
    let browser = driver.browser().await;
    browser.go(&desk.url("/queue")).await;
    browser.wait("#provider").await;
    browser.picture("75-sign-in-by-provider").await;
    browser.click("#provider").await;
    browser.wait(".queue").await;
    assert!(browser.js("return location.href").await.as_str().unwrap().starts_with(&desk.url("/queue")));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_whether_the_provider_answers() {
    let provider = Provider::start().await;
    let var = tempfile::tempdir().unwrap();
    let doctor = async |issuer: &str| {
        let text = format!(
            "[openid]\nissuer = \"{issuer}\"\nclient_id = \"uketsuke\"\nown_address = \"https://uketsuke.example.jp\"\n"
        );
        let config = var.path().join("config.toml");
        std::fs::write(&config, text).unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.arg("doctor").arg("--config").arg(&config).arg("--var").arg(var.path());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let said = doctor(&provider.issuer).await;
    assert!(said.contains("答えます（署名鍵 2個）"), "{said}");
    let said = doctor("http://127.0.0.1:1").await;
    assert!(said.contains("共通サインイン（http://127.0.0.1:1）: 使えません"), "{said}");
    let said = doctor("http://id.example.jp").await;
    assert!(said.contains("openid.issuer"), "{said}");
}
