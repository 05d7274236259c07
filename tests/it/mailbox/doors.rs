//! Ways in: TLS, STARTTLS, a certificate that is not trusted, passwords, tokens; what `doctor` says; one dead mailbox beside a living one.

use super::office::{Office, mail};
use super::proxy::Proxy;
use crate::support::dovecot::{revoke_tokens, tokens_issued};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use uketsuke::cli::doctor::{self, Finding as Found};
use uketsuke::domain::Clock;
use uketsuke::net;
use uketsuke::watch::mailbox::{Acknowledge, Finding, MailboxSource, SignIn, Trouble, probe};

async fn trouble(source: &MailboxSource) -> Option<Trouble> {
    probe(source, &Clock::System).await.into_iter().find_map(|finding| match finding {
        Finding::Trouble(trouble) => Some(trouble),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_starttls_ask_for_a_certificate_that_is_trusted() {
    let office = Office::sqlite().await;
    let server = office.server;
    let (tls, start) = (server.tls_port, server.port);
    let roots = server.certificate();
    let pin = server.fingerprint();
    for (keys, expected) in [
        (format!("port={tls}\n"), Some(Trouble::Untrusted)),
        (format!("port={tls}\nroot_certificates={roots:?}\n"), None),
        (format!("port={tls}\nfingerprint='{pin}'\n"), None),
        (format!("port={tls}\nfingerprint='{}'\n", "00".repeat(32)), Some(Trouble::WrongFingerprint)),
        (format!("port={start}\nsecurity='starttls'\n"), Some(Trouble::Untrusted)),
        (format!("port={start}\nsecurity='starttls'\nroot_certificates={roots:?}\n"), None),
        (format!("port={start}\nsecurity='starttls'\nfingerprint='{pin}'\n"), None),
        (format!("port={start}\n"), Some(Trouble::Tls)),
        ("port=1\n".to_owned(), Some(Trouble::Refused)),
        (format!("port={tls}\nroot_certificates='nothing.pem'\n"), Some(Trouble::Roots)),
    ] {
        let source = office.source_with(&format!("{keys}password_file='password'"));
        assert_eq!(trouble(&source).await, expected, "{keys}");
    }
    let mut other = office.source_with(&format!("port={tls}\nroot_certificates={roots:?}\npassword_file='password'"));
    other.host = "127.0.0.1".into();
    assert_eq!(trouble(&other).await, None, "the address stands in the certificate too");
    std::fs::write(office.base.path().join("password"), "another").unwrap();
    assert_eq!(trouble(&office.source("")).await, Some(Trouble::SignIn));
    // No letters of ours can be in a LOGIN; they go another way.
    std::fs::write(office.base.path().join("password"), "合言葉").unwrap();
    assert_eq!(trouble(&office.source("")).await, Some(Trouble::SignIn));
    std::fs::remove_file(office.base.path().join("password")).unwrap();
    assert_eq!(trouble(&office.source("")).await, Some(Trouble::Secret));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_comes_over_tls_and_wakes_the_idle_watcher() {
    let mut office = Office::sqlite().await;
    let keys = format!(
        "port={}\nroot_certificates={:?}\npassword_file='password'\npoll_seconds=3600",
        office.server.tls_port,
        office.server.certificate()
    );
    office.watch(office.source_with(&keys));
    office.looked("INBOX").await;
    // Let the watcher reach its IDLE.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let sent = Instant::now();
    office.append("INBOX", &mail("one")).await;
    office.received(1).await;
    assert!(sent.elapsed() < Duration::from_secs(20), "the poll is an hour: only IDLE can have told");
    let delivery = office.deliveries().await.remove(0);
    assert_eq!(office.receive.files.get(&delivery.fingerprint).await.unwrap(), mail("one"), "the very bytes");
    office.until("moved", 20, async || office.count("&U9dO2G4I-").await == 1 && office.count("INBOX").await == 0).await;
    office.rest().await;
    assert!(office.held().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_asked_for_kept_and_asked_for_again_when_refused() {
    let office = Office::sqlite().await;
    let base = office.base.path();
    std::fs::write(base.join("client"), "client-secret\n").unwrap();
    std::fs::write(base.join("refresh"), "refresh-first\n").unwrap();
    let oauth = |more: &str| {
        office.source_with(&format!(
            "port={}\nsecurity='none'\n[source.oauth]\ntoken_endpoint='{}'\nclient_id='{}'\n{more}",
            office.server.port, office.server.token_endpoint, office.user
        ))
    };
    let ours = oauth("grant='client_credentials'\nclient_secret_file='client'\nscope='mail'");
    assert_eq!(trouble(&ours).await, None);
    assert_eq!(trouble(&ours).await, None);
    assert_eq!(tokens_issued(&office.user), 1, "one token serves two connections");
    revoke_tokens(&office.user);
    assert_eq!(trouble(&ours).await, Some(Trouble::SignIn));
    assert_eq!(trouble(&ours).await, None, "the refused token was forgotten");

    let refreshed = oauth("grant='refresh_token'\nrefresh_token_file='refresh'");
    assert_eq!(trouble(&refreshed).await, None);
    let kept = std::fs::read_to_string(base.join("refresh")).unwrap();
    assert!(kept.starts_with("refresh-") && kept != "refresh-first\n", "the renewed token is kept: {kept}");

    std::fs::write(base.join("client"), "wrong").unwrap();
    let wrong = oauth("grant='client_credentials'\nclient_secret_file='client'");
    assert_eq!(trouble(&wrong).await, Some(Trouble::TokenRefused));
    let mut away = oauth("grant='refresh_token'\nrefresh_token_file='refresh'");
    if let SignIn::Token(token) = &mut away.sign_in {
        std::sync::Arc::get_mut(token).unwrap().endpoint = "http://127.0.0.1:1/token".into();
    }
    assert_eq!(trouble(&away).await, Some(Trouble::TokenEndpoint));
}

/// As Microsoft's and Google's are: over HTTPS, with a certificate that has to be believed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_come_over_https_from_an_endpoint_that_is_trusted() {
    let office = Office::sqlite().await;
    std::fs::write(office.base.path().join("client"), "client-secret\n").unwrap();
    let server = office.server;
    let plain: u16 = server.token_endpoint.split([':', '/']).filter_map(|piece| piece.parse().ok()).next().unwrap();
    let endpoint = Proxy::with_tls(plain, &server.certificate(), &server.key()).await;
    let at = |trust: &str| {
        office.source_with(&format!(
            "port={}\nsecurity='none'\n{trust}[source.oauth]\ntoken_endpoint='https://localhost:{}/token'\nclient_id='{}'\n\
             grant='client_credentials'\nclient_secret_file='client'",
            server.port, endpoint.port, office.user
        ))
    };
    let asked = async |source: &MailboxSource| {
        let SignIn::Token(token) = &source.sign_in else { panic!("a token") };
        token.token(&Clock::System).await.map(|_| ())
    };
    let roots = format!("root_certificates={:?}\n", server.certificate());
    let stranger = at("");
    assert_eq!(asked(&stranger).await, Err(net::Error::Untrusted));
    assert_eq!(trouble(&stranger).await, Some(Trouble::TokenEndpoint));
    assert_eq!(tokens_issued(&office.user), 0, "the secret was told to nobody");
    let trusted = at(&roots);
    assert_eq!(trouble(&trusted).await, None);
    assert_eq!(tokens_issued(&office.user), 1);
}

/// Somebody on the line answers STARTTLS in the server's place, so as to hear the password in the clear.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_starttls_is_withheld_nothing_is_said() {
    let office = Office::sqlite().await;
    let roots = office.server.certificate();
    for (answer, expected) in [
        ("NO not now", [Trouble::NoStartTls; 2]),
        ("BAD unknown command", [Trouble::NoStartTls; 2]),
        // As if it were agreed, and then in the clear.
        ("OK begin\r\n* OK [CAPABILITY IMAP4rev1] in the clear", [Trouble::Tls, Trouble::Lost]),
    ] {
        let (proxy, heard) = Proxy::withholding(office.server.port, "STARTTLS", answer).await;
        let keys =
            format!("port={}\nsecurity='starttls'\nroot_certificates={roots:?}\npassword_file='password'", proxy.port);
        let met = trouble(&office.source_with(&keys)).await;
        assert!(met.is_some_and(|met| expected.contains(&met)), "{answer}: {met:?}");
        let said = heard.lock().unwrap().clone();
        assert!(said.first().is_some_and(|line| line.ends_with("STARTTLS")), "{said:?}");
        let told = said.iter().any(|line| ["LOGIN", "AUTHENTICATE", "secret"].iter().any(|word| line.contains(word)));
        assert!(!told, "{said:?}");
    }
    // The same line with nothing withheld lets us in.
    let (proxy, heard) = Proxy::without(office.server.port, &[]).await;
    let keys = format!("port={}\nsecurity='none'\npassword_file='password'", proxy.port);
    assert_eq!(trouble(&office.source_with(&keys)).await, None);
    assert!(heard.lock().unwrap().iter().any(|line| line.contains("LOGIN")), "so it would have been heard");
}

/// A line that is not cut, and carries nothing any more: a firewall that forgot the connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_falls_silent_is_left_for_a_new_one() {
    let silent = async |word: &'static str, after: Duration| {
        let mut office = Office::sqlite().await;
        let proxy = Proxy::hanging(office.server.port, word, after).await;
        let mut source = office.source("poll_seconds=2");
        source.port = proxy.port;
        office.watch(source);
        office.until("the line to fall silent", 60, async || proxy.cuts.load(Ordering::Relaxed) == 1).await;
        // Nothing passes over that line any more: what comes now can only come over another.
        office.append("INBOX", &mail("one")).await;
        let since = Instant::now();
        office.until("the message", 150, async || !office.deliveries().await.is_empty()).await;
        println!("{word}: another line after {:?}", since.elapsed());
        office.until("moved", 30, async || office.count("INBOX").await == 0).await;
        office.rest().await;
        assert_eq!(office.deliveries().await.len(), 1);
    };
    // Before the folder is open, and while it waits for news.
    tokio::join!(silent("SELECT", Duration::ZERO), silent("IDLE", Duration::from_millis(300)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_names_what_is_missing_and_the_way_out() {
    let office = Office::sqlite().await;
    let mut source = office.source("folders=['INBOX','紹介']");
    let mut away = office.source("");
    away.port = 1;
    office.client().await.create("&fTlOy3K2-").await.unwrap();
    let checks = doctor::mailboxes(&[source.clone(), away], &Clock::System).await;
    let said = doctor::report(&checks);
    assert!(said.contains("INBOX を読めます（0通）"), "{said}");
    assert!(said.contains("フォルダ 紹介 がありません") && said.contains("INBOX、紹介状"), "{said}");
    assert!(said.contains("受付済") && said.contains("接続できません"), "{said}");
    assert!(checks.iter().all(|check| check.finding != Found::Fatal), "the service waits for a mailbox");
    source.acknowledge = Acknowledge::Leave;
    source.folders = vec!["INBOX".into()];
    let checks = doctor::mailboxes(&[source], &Clock::System).await;
    assert_eq!(checks.iter().map(|check| check.finding).collect::<Vec<_>>(), [Found::Good]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_mailbox_stops_no_other() {
    let mut office = Office::sqlite().await;
    office.client().await.create("Second").await.unwrap();
    let mut dead = office.source("alert_after_minutes=0");
    (dead.name, dead.port) = ("dead".into(), 1);
    office.watch(dead);
    office.watch(
        office
            .source("folders=['INBOX','Second','Missing']\npoll_seconds=1\nafterwards='leave'\nalert_after_minutes=0"),
    );
    office.append("INBOX", &mail("one")).await;
    office.append("Second", &mail("two")).await;
    office.received(2).await;
    office.until("rows", 20, async || office.held().await.len() == 2).await;
    let held = office.held().await;
    assert!(held.iter().any(|row| row.source == "dead" && row.alerted && row.reason.contains("接続できません")));
    assert!(
        held.iter().any(|row| row.source == office.user && row.alerted && row.reason.contains("フォルダがありません"))
    );
    let state = office.state("Missing").await.unwrap();
    assert!(state.trouble.contains("フォルダ") && state.failing_since.is_some());
    // It comes to life without a restart.
    office.client().await.create("Missing").await.unwrap();
    office.append("Missing", &mail("three")).await;
    office.received(3).await;
    office.until("row gone", 20, async || office.held().await.iter().all(|row| row.source == "dead")).await;
    office.rest().await;
}
