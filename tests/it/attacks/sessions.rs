//! Sessions: planted, kept after signing out, borrowed, guessed.

use super::Tally;
use crate::support::on_both_databases;
use crate::web::http::Client;
use crate::web::seed::{Desk, HOUR, MINUTE, PASSWORD};
use crate::web::whole::signed_in;
use uketsuke::store::users;

/// The value of the session's cookie.
fn token(client: &Client) -> String {
    let cookie = client.cookie();
    let found = cookie.split("; ").find_map(|pair| pair.strip_prefix("uketsuke="));
    found.unwrap_or_default().to_owned()
}

/// A browser with nothing but that session's cookie.
fn with(desk: &Desk, token: &str) -> Client {
    let mut client = Client::new(desk.address);
    client.plant("uketsuke", token);
    client
}

/// Signs in with that cookie in the browser, put there after the form was shown: who has a session is shown no form.
async fn signed_in_over(desk: &Desk, planted: &str) -> Client {
    let mut client = Client::new(desk.address);
    let csrf = client.get("/sign-in").await.hidden("csrf");
    client.plant("uketsuke", planted);
    let form = [("csrf", csrf.as_str()), ("login", "mihara"), ("password", PASSWORD), ("next", "/queue")];
    assert_eq!(client.post("/sign-in", &form).await.status, 303);
    client
}

on_both_databases! {
    async fn no_session_is_planted_kept_or_borrowed(db: Db) {
        let desk = Desk::open(db).await;
        desk.letter().await;
        let mut tally = Tally::of("sessions");
        let opens = async |token: &str| with(&desk, token).get("/queue").await.status == 200;

        // Planted before signing in: it becomes nobody's.
        for planted in ["a".repeat(64), "0".repeat(64), "known to the attacker".replace(' ', "-")] {
            let victim = signed_in_over(&desk, &planted).await;
            tally.attack(token(&victim) != planted && !opens(&planted).await, || format!("planted {planted}"));
        }
        // The attacker's own session, planted: the victim's sign-in ends it.
        let (attacker, _) = signed_in(&desk, "onodera").await;
        signed_in_over(&desk, &token(&attacker)).await;
        tally.attack(!opens(&token(&attacker)).await, || "the attacker's session lives on in the victim's browser".into());
        // The token of the form before sign-in is none of a session, nor the other way round.
        let mut fresh = Client::new(desk.address);
        let outside = fresh.get("/sign-in").await.hidden("csrf");
        tally.attack(!opens(&outside).await, || "a form's token as a session".into());
        let (_, csrf) = signed_in(&desk, "mihara").await;
        tally.attack(!opens(&csrf).await, || "a session's form token as a session".into());

        // Kept: after signing out, after signing in again, after the password changed, after idle and after the longest time.
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        let (old, cookie) = (token(&client), client.cookie());
        client.post("/sign-out", &[("csrf", &csrf)]).await;
        tally.attack(!opens(&old).await, || "after signing out".into());
        let mut again = Client::new(desk.address);
        for pair in cookie.split("; ") {
            let (name, value) = pair.split_once('=').unwrap();
            again.plant(name, value);
        }
        let save = again.post("/queue/search", &[("csrf", &csrf), ("text", "x")]).await;
        tally.attack(save.status == 401, || format!("a form after signing out: {}", save.status));
        let unlock = again.post("/unlock", &[("csrf", &csrf), ("password", PASSWORD)]).await;
        tally.attack(unlock.status == 401, || format!("unlocked after signing out: {}", unlock.status));
        let (client, _) = signed_in(&desk, "mihara").await;
        let first = token(&client);
        signed_in_over(&desk, &first).await;
        tally.attack(!opens(&first).await, || "the session before in the same browser".into());
        let (other, _) = signed_in(&desk, "mihara").await;
        let (mut changer, csrf) = signed_in(&desk, "mihara").await;
        let (stolen, own) = (token(&other), token(&changer));
        let fresh = "atarashii 7tsu no umi";
        let form = [("csrf", csrf.as_str()), ("current", PASSWORD), ("fresh", fresh), ("again", fresh)];
        assert_eq!(changer.post("/password", &form).await.status, 303);
        tally.attack(!opens(&stolen).await, || "another browser after the password changed".into());
        tally.attack(!opens(&own).await, || "this browser's old session after the password changed".into());
        let (client, csrf) = signed_in(&desk, "onodera").await;
        desk.wait(16 * MINUTE);
        tally.attack(!opens(&token(&client)).await, || "left alone".into());
        let mut left = with(&desk, &token(&client));
        let post = left.post("/queue/search", &[("csrf", &csrf), ("text", "x")]).await;
        tally.attack(post.status == 401, || format!("a form of a browser left alone: {}", post.status));
        let (client, _) = signed_in(&desk, "onodera").await;
        for _ in 0..75 {
            desk.wait(10 * MINUTE);
            with(&desk, &token(&client)).get("/queue").await;
        }
        tally.attack(!opens(&token(&client)).await, || "beyond the longest session".into());

        // Of somebody who may no more.
        let id = desk.person("tanaka", &[uketsuke::domain::Role::Approver], &[]).await;
        let (client, _) = signed_in(&desk, "tanaka").await;
        let mut tx = desk.db.write().await.unwrap();
        users::set_rights(&mut tx, &id, &uketsuke::domain::Roles::default(), &[], &uketsuke::store::audit::Actor::Program, desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        tally.attack(!opens(&token(&client)).await, || "after the rights were taken".into());

        // Guessed or bent.
        let (client, _) = signed_in(&desk, "onodera").await;
        let good = token(&client);
        assert!(opens(&good).await);
        let stored = users_hash(&good);
        let bent = [
            String::new(), "x".into(), good[..good.len() - 1].to_owned(), format!("{good}0"), good.to_uppercase(),
            format!("{good}' OR '1'='1"), format!("%{}", &good[1..]), stored, "../../x".into(), "\u{fffd}".into(),
        ];
        for value in bent.iter().filter(|value| **value != good) {
            tally.attack(!opens(value).await, || format!("a bent token opens: {value}"));
        }
        // The cookie of another name, and a second one in front.
        let mut named = Client::new(desk.address);
        named.plant("xuketsuke", &good);
        tally.attack(named.get("/queue").await.status == 303, || "another name".into());
        named.plant("__Host-uketsuke", &good);
        tally.attack(named.get("/queue").await.status == 303, || "the name behind TLS".into());
        // In an address it is nothing.
        let mut bare = Client::new(desk.address);
        for query in ["uketsuke", "session", "token"] {
            let reply = bare.get(&format!("/queue?{query}={good}")).await;
            tally.attack(reply.status == 303, || format!("in the address as {query}"));
        }
        let reply = bare.get(&format!("/queue;uketsuke={good}")).await;
        tally.attack(reply.status != 200, || "behind a semicolon".into());
        desk.wait(HOUR);
        tally.close(30);
    }
}

/// What the store keeps in place of a token: who reads the database cannot sign in with it.
fn users_hash(token: &str) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(token.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
