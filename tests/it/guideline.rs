//! The guideline on medical information systems (6.0), requirement by requirement, against the pages as they are served.

use crate::arriving::given::{LETTER, Office, archive, mail, pdf};
use crate::support::on_both_databases;
use crate::web::browser::Driver;
use crate::web::http::{Client, Reply};
use crate::web::seed::{self, Desk, FIRST_PASSWORD, HOUR, MINUTE, PASSWORD};
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::net;
use uketsuke::store::audit::{self, Wanted};
use uketsuke::store::{holds, sessions, users};
use uketsuke::web::{DOORS, Door, SecondFactor, Settings, totp};

const NO_RIGHT: &str = "権限がありません";

async fn signed_in(desk: &Desk, login: &str) -> (Client, String) {
    let mut client = Client::new(desk.address);
    let reply = client.sign_in(login, PASSWORD).await;
    assert_eq!(reply.status, 303, "{login}: {}", reply.text());
    let csrf = client.csrf().await;
    (client, csrf)
}

/// A path with its parts filled in by what does not exist.
fn filled(path: &str) -> String {
    path.replace("{id}", DocumentId::fresh().as_str()).replace("{no}", "1")
}

#[test]
fn a1_no_route_is_without_a_door() {
    let source = include_str!("../../src/web/mod.rs");
    let router = source.split("fn router").nth(1).unwrap().split("\n}").next().unwrap();
    let mut routes = Vec::new();
    for part in router.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a path");
        let handlers = part.split_once(',').unwrap().1.split("\n        .").next().unwrap();
        for (word, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("delete(", "DELETE"),
            ("patch(", "PATCH"),
            ("any(", "ANY"),
        ] {
            let named = handlers
                .match_indices(word)
                .any(|(at, _)| at == 0 || !handlers.as_bytes()[at - 1].is_ascii_alphanumeric());
            if named {
                routes.push((method, path.to_owned()));
            }
        }
    }
    assert!(routes.len() > 40, "the routes were looked for in the wrong way: {routes:?}");
    for (method, path) in &routes {
        assert!(DOORS.iter().any(|(m, p, _)| m == method && p == path), "{method} {path} has no door");
    }
    for (method, path, _) in DOORS {
        assert!(routes.iter().any(|(m, p)| m == method && p == path), "{method} {path} is a door to nothing");
    }
}

on_both_databases! {
    async fn a1_each_door_opens_for_its_roles_alone(db: Db) {
        let desk = Desk::open(db).await;
        let roles: Vec<Option<Role>> = Role::ALL.iter().copied().map(Some).chain([None]).collect();
        for role in roles {
            let login = role.map_or("nobody", Role::code);
            desk.person(login, &role.into_iter().collect::<Vec<_>>(), &[]).await;
            let mut client = Client::new(desk.address);
            assert_eq!(client.sign_in(login, PASSWORD).await.status, 303);
            let csrf = client.get("/account").await.hidden("csrf");
            for (method, path, door) in DOORS {
                let Door::Does(act) = door else { continue };
                let at = filled(path);
                let reply = match *method {
                    "GET" => client.get(&at).await,
                    _ => client.post(&at, &[("csrf", &csrf), ("version", "1")]).await,
                };
                let refused = reply.status == 403 && reply.text().contains(NO_RIGHT);
                let may = role.is_some_and(|role| role.may(*act));
                assert_eq!(refused, !may, "{login} at {method} {path}: {} {}", reply.status, reply.text());
            }
        }
    }
}

/// Every way to a document; none may say anything.
async fn nothing_of(desk: &Desk, client: &mut Client, csrf: &str, id: &DocumentId, words: &str) {
    let delivery = desk.document(id).await.delivery_id;
    for path in [
        format!("/items/{id}"),
        format!("/items/{id}/paper"),
        format!("/deliveries/{delivery}"),
        format!("/deliveries/{delivery}/pages/1"),
        format!("/deliveries/{delivery}/pages/1/words"),
        format!("/deliveries/{delivery}/original"),
    ] {
        let reply = client.get(&path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(!reply.text().contains(words), "{path}");
    }
    let before = desk.document(id).await;
    let version = before.version.to_string();
    for verb in ["hold", "keep", "save", "find", "confirm", "set-aside", "inquire", "release", "put-back", "undo"] {
        let form = [
            ("csrf", csrf),
            ("version", &version),
            ("kind", "notice"),
            ("which", "patient"),
            ("text", "風間"),
            ("aside", "duplicate"),
            ("note", "x"),
        ];
        let reply = client.post(&format!("/items/{id}/{verb}"), &form).await;
        assert!([403, 404].contains(&reply.status), "{verb}: {}", reply.status);
        assert!(!reply.text().contains(words), "{verb}");
    }
    for verb in ["retry", "unlock", "close", "reopen"] {
        let reply = client.post(&format!("/deliveries/{delivery}/{verb}"), &[("csrf", csrf), ("password", "x")]).await;
        assert_eq!(reply.status, 404, "{verb}");
    }
    assert_eq!(desk.document(id).await, before, "nothing was changed");
    for path in ["/queue", "/queue?tray=set_aside", "/deliveries"] {
        assert!(!client.get(path).await.text().contains(words), "{path}");
    }
    client.post("/queue/search", &[("csrf", csrf), ("text", words)]).await;
    assert!(!client.get("/queue").await.text().contains(&format!("row-{id}")), "by a search");
    client.post("/queue/search", &[("csrf", csrf), ("text", "")]).await;
    let next = client.post("/next", &[("csrf", csrf)]).await;
    assert!(!next.header("location").contains(id.as_str()), "by going on to the next");
    let log = desk.log(id.as_str()).await;
    assert!(!log.iter().any(|verb| verb == "document.viewed"), "{log:?}");
}

on_both_databases! {
    async fn a1_need_to_know_holds_on_every_way(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("kacho", &[Role::Manager], &[]).await;
        desk.person("uketsuke1", &[Role::Reception], &[]).await;
        desk.person("hifuka", &[Role::Approver], &["皮膚科"]).await;
        desk.person("junkanki", &[Role::Approver], &["循環器内科"]).await;
        let delivery = desk.delivery("開示請求_秘野.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let mut reading = seed::letter(&BTreeMap::new());
        reading.kind = Kind::DisclosureRequest;
        seed::put(&mut reading, FieldName::PatientName, "秘野 密", 0.9);
        let disclosure = desk.propose(&delivery, &reading, HOUR, HOUR).await;
        for login in ["mihara", "uketsuke1"] {
            let (mut client, csrf) = signed_in(&desk, login).await;
            nothing_of(&desk, &mut client, &csrf, &disclosure, "秘野").await;
        }
        let (mut manager, managers) = signed_in(&desk, "kacho").await;
        assert_eq!(manager.get(&format!("/items/{disclosure}")).await.status, 200);
        assert!(manager.get("/queue").await.text().contains("秘野 密"));
        assert_eq!(manager.get(&format!("/deliveries/{delivery}/original")).await.status, 200);

        // A department's letter, then the same after it turned out to be somebody else's.
        let letter = desk.letter().await;
        let (mut skin, skins) = signed_in(&desk, "hifuka").await;
        nothing_of(&desk, &mut skin, &skins, &letter, "風間").await;
        let (mut heart, hearts) = signed_in(&desk, "junkanki").await;
        assert_eq!(heart.get(&format!("/items/{letter}")).await.status, 200);
        heart.post(&format!("/items/{letter}/hold"), &[("csrf", &hearts)]).await;
        let version = desk.document(&letter).await.version.to_string();
        let aside = [("csrf", hearts.as_str()), ("version", &version), ("kind", "referral_letter"), ("aside", "misdirected")];
        let reply = heart.post(&format!("/items/{letter}/set-aside"), &aside).await;
        assert_eq!(reply.status, 303, "{}", reply.text());
        assert_eq!(desk.document(&letter).await.state, DocumentState::SetAside);
        assert_eq!(heart.get(&format!("/items/{letter}")).await.status, 404, "astray, it is the manager's");
        assert!(!heart.get("/queue?tray=set_aside").await.text().contains("風間"));
        assert!(manager.get("/queue?tray=set_aside").await.text().contains("風間"));
        let version = desk.document(&letter).await.version.to_string();
        let back = manager.post(&format!("/items/{letter}/put-back"), &[("csrf", &managers), ("version", &version)]).await;
        assert_eq!(back.status, 303, "{}", back.text());
        assert_eq!(heart.get(&format!("/items/{letter}")).await.status, 200, "put back, it is anybody's again");

        // Who finds out that it is for fewer eyes hands it up, and holds it no more.
        heart.post(&format!("/items/{letter}/hold"), &[("csrf", &hearts)]).await;
        let version = desk.document(&letter).await.version.to_string();
        let rekind = [("csrf", hearts.as_str()), ("version", &version), ("kind", "disclosure_request"), ("then", "kind")];
        let reply = heart.post(&format!("/items/{letter}/save"), &rekind).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/queue?done=handed_up"), "{}", reply.text());
        assert_eq!(desk.document(&letter).await.state, DocumentState::Proposed);
        assert!(holds::of(&mut desk.db.read().await.unwrap(), &letter).await.unwrap().is_none());
    }

    async fn a1_reception_sets_advertisements_aside_and_changes_nothing_else(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("uketsuke1", &[Role::Reception], &[]).await;
        let id = desk.letter().await;
        let (mut client, csrf) = signed_in(&desk, "uketsuke1").await;
        assert_eq!(client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await.status, 303);
        let page = client.get(&format!("/items/{id}")).await.text();
        assert!(page.contains("value=\"advertisement\"") && !page.contains("value=\"duplicate\""));
        assert!(!page.contains("id=\"confirm\"") && !page.contains("data-editable"));
        let before = desk.document(&id).await;
        let version = before.version.to_string();
        let form = |aside: &'static str| {
            vec![("csrf", csrf.clone()), ("version", version.clone()), ("aside", aside.to_owned()), ("f.remarks", "x".to_owned())]
        };
        let duplicate: Vec<(&'static str, String)> = form("duplicate");
        let duplicate: Vec<(&str, &str)> = duplicate.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(client.post(&format!("/items/{id}/set-aside"), &duplicate).await.status, 403);
        assert_eq!(desk.document(&id).await, before);
        let advertisement = form("advertisement");
        let advertisement: Vec<(&str, &str)> = advertisement.iter().map(|(n, v)| (*n, v.as_str())).collect();
        assert_eq!(client.post(&format!("/items/{id}/set-aside"), &advertisement).await.status, 303);
        let after = desk.document(&id).await;
        assert_eq!((after.state, after.values), (DocumentState::SetAside, before.values), "and typed nothing");
    }
}

on_both_databases! {
    async fn a1_accounts_are_for_one_person_and_end_when_an_administrator_says_so(db: Db) {
        let desk = Desk::open(db).await;
        let chief = desk.person("kanri", &[Role::Administrator], &[]).await;
        let (mut admin, csrf) = signed_in(&desk, "kanri").await;
        let form = [
            ("csrf", csrf.as_str()),
            ("login", "tanaka"),
            ("display_name", "田中 洋"),
            ("role", "reviewer"),
            ("role", "auditor"),
            ("departments", "内科、 皮膚科"),
        ];
        let made = admin.post("/staff", &form).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let first = made.text().split("id=\"made\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(admin.post("/staff", &form).await.status, 422, "a login is one person's");
        let tanaka = desk.staff("tanaka").await;
        let mut tx = desk.db.read().await.unwrap();
        let row = users::find(&mut tx, &tanaka).await.unwrap().unwrap();
        assert_eq!((row.roles, row.must_change), (Roles::new([Role::Reviewer, Role::Auditor]), true));
        assert_eq!(users::departments(&mut tx, &tanaka).await.unwrap(), ["内科", "皮膚科"]);
        drop(tx);
        assert!(!admin.get("/staff").await.text().contains(&first), "shown once");
        let mut client = Client::new(desk.address);
        assert_eq!(client.sign_in("tanaka", &first).await.header("location"), "/password");
        let own = client.get("/password").await.hidden("csrf");
        let change = [("csrf", own.as_str()), ("current", &first), ("fresh", PASSWORD), ("again", PASSWORD)];
        assert_eq!(client.post("/password", &change).await.status, 303);
        assert_eq!(client.get("/queue").await.status, 200);

        // Rights count at once, one's own are not one's to change, and an ended browser is out.
        let rights = [("csrf", csrf.as_str()), ("role", "reception")];
        assert_eq!(admin.post(&format!("/staff/{tanaka}/rights"), &rights).await.status, 303);
        assert_eq!(client.get("/audit").await.status, 403);
        assert_eq!(
            admin.post(&format!("/staff/{chief}/rights"), &[("csrf", &csrf), ("role", "manager")]).await.status,
            409
        );
        assert_eq!(
            admin.post(&format!("/staff/{chief}/disabled"), &[("csrf", &csrf), ("disabled", "yes")]).await.status,
            409
        );
        let mut second = Client::new(desk.address);
        second.extra.push(("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Edg/140.0"));
        assert_eq!(second.sign_in("tanaka", PASSWORD).await.status, 303);
        let account = client.get("/account").await.text();
        assert!(account.contains("Edge・Windows") && account.contains("この端末"), "{account}");
        let name = account.split("name=\"name\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let csrf_of = client.csrf().await;
        assert_eq!(client.post("/account/sessions", &[("csrf", &csrf_of), ("name", &name)]).await.status, 303);
        assert_eq!(second.get("/queue").await.status, 303, "ended by its person");
        assert_eq!(client.get("/queue").await.status, 200);
        assert_eq!(admin.post(&format!("/staff/{tanaka}/sessions"), &[("csrf", &csrf)]).await.status, 303);
        assert_eq!(client.get("/queue").await.status, 303, "ended by an administrator");
        client.sign_in("tanaka", PASSWORD).await;
        assert_eq!(
            admin.post(&format!("/staff/{tanaka}/disabled"), &[("csrf", &csrf), ("disabled", "yes")]).await.status,
            303
        );
        assert_eq!(client.get("/queue").await.status, 303);
        assert_eq!(client.sign_in("tanaka", PASSWORD).await.status, 422);
        assert_eq!(admin.get("/queue").await.status, 403, "accounts are no key to documents");
    }
}

/// Sets a second factor up as a person does; its secret and the recovery codes.
async fn enrolled(desk: &Desk, client: &mut Client) -> (Vec<u8>, Vec<String>) {
    let page = client.get("/account/second-factor").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(text.contains("<svg class=\"qr\""));
    let secret = totp::from_base32(text.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap()).unwrap();
    let (csrf, sealed) = (page.hidden("csrf"), page.hidden("sealed"));
    let code = totp::shown(&secret, desk.now());
    let post = |code: String, current: &'static str| {
        vec![("csrf", csrf.clone()), ("sealed", sealed.clone()), ("code", code), ("current", current.to_owned())]
    };
    for (form, why) in [
        (post("000000".into(), PASSWORD), "コードが違います"),
        (post(code.clone(), "machigai"), "パスワードが違います"),
    ] {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let reply = client.post("/account/second-factor", &form).await;
        assert!(reply.status == 422 && reply.text().contains(why), "{}", reply.text());
    }
    let form = post(code, PASSWORD);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = client.post("/account/second-factor", &form).await;
    assert_eq!(done.status, 200);
    let codes: Vec<String> =
        done.text().split("<li><code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Signs in with the password, then types that code.
async fn with_code(desk: &Desk, code: &str) -> (Client, Reply) {
    let mut client = Client::new(desk.address);
    let asked = client.sign_in("mihara", PASSWORD).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    assert!(asked.text().contains("二要素目の確認"));
    assert_eq!(client.get("/queue").await.status, 303, "the password alone opens nothing");
    let csrf = asked.hidden("csrf");
    let reply = client.post("/sign-in/code", &[("csrf", &csrf), ("code", code)]).await;
    (client, reply)
}

on_both_databases! {
    async fn a2_a_second_factor_is_asked_and_each_code_is_good_once(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("kanri", &[Role::Administrator], &[]).await;
        let (mut client, _) = signed_in(&desk, "mihara").await;
        let (secret, codes) = enrolled(&desk, &mut client).await;
        let (_, reply) = with_code(&desk, &totp::shown(&secret, desk.now())).await;
        assert_eq!(reply.status, 422, "the code it was set up with is used up");
        desk.wait(30_000);
        let code = totp::shown(&secret, desk.now());
        let (mut inside, reply) = with_code(&desk, &code).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/queue"), "{}", reply.text());
        assert_eq!(inside.get("/queue").await.status, 200);
        let (_, again) = with_code(&desk, &code).await;
        assert_eq!(again.status, 422, "a code that was seen over a shoulder opens nothing");

        let (mut inside, reply) = with_code(&desk, &codes[3].to_uppercase()).await;
        assert_eq!(reply.status, 303);
        assert!(inside.get("/account").await.text().contains("残り <b class=\"num\">9</b>"));
        let (_, reply) = with_code(&desk, &codes[3]).await;
        assert_eq!(reply.status, 422, "a recovery code is good once");

        // Guessing codes is slowed down as guessing passwords is, and nobody else's ticket does.
        let mut guessing = Client::new(desk.address);
        let csrf = guessing.get("/sign-in").await.hidden("csrf");
        let reply = guessing.post("/sign-in/code", &[("csrf", &csrf), ("code", "123456")]).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/sign-in?done=code_over"));
        let asked = guessing.sign_in("mihara", PASSWORD).await.hidden("csrf");
        let mut last = String::new();
        for _ in 0..5 {
            last = guessing.post("/sign-in/code", &[("csrf", &asked), ("code", "000000")]).await.text();
        }
        assert!(last.contains("しばらく受け付けません"), "{last}");
        let reply = guessing.post("/sign-in/code", &[("csrf", &asked), ("code", &codes[4])]).await;
        assert_eq!(reply.header("location"), "/sign-in?done=code_over", "too many tries begin with the password again");
        desk.wait(6 * MINUTE);

        // Who lost the phone and the codes is let in by an administrator, on record.
        let mihara = desk.staff("mihara").await;
        let (mut admin, csrf) = signed_in(&desk, "kanri").await;
        assert_eq!(admin.post(&format!("/staff/{mihara}/second-factor"), &[("csrf", &csrf)]).await.status, 303);
        assert_eq!(inside.get("/queue").await.status, 303, "signed out");
        let mut client = Client::new(desk.address);
        assert_eq!(client.sign_in("mihara", PASSWORD).await.header("location"), "/password");
        let log = desk.log(mihara.as_str()).await;
        for verb in ["account.second_factor_set", "account.recovery_used", "account.second_factor_removed"] {
            assert!(log.iter().any(|v| v == verb), "{verb} in {log:?}");
        }
    }
}

on_both_databases! {
    async fn a2_where_it_is_required_nothing_opens_without_it(db: Db) {
        let settings = Settings { second_factor: SecondFactor::Required, ..Settings::default() };
        let desk = Desk::open_with(db, settings).await;
        let mut client = Client::new(desk.address);
        assert_eq!(client.sign_in("mihara", PASSWORD).await.status, 303);
        for path in ["/queue", "/account", "/status"] {
            let reply = client.get(path).await;
            assert_eq!((reply.status, reply.header("location")), (303, "/account/second-factor"), "{path}");
        }
        enrolled(&desk, &mut client).await;
        assert_eq!(client.get("/queue").await.status, 200);
        let csrf = client.csrf().await;
        let remove = client.post("/account/second-factor/remove", &[("csrf", &csrf), ("current", PASSWORD)]).await;
        assert_eq!(remove.status, 409, "{}", remove.text());
    }
}

on_both_databases! {
    async fn a3_passwords_are_long_or_beside_a_second_factor_and_never_common(db: Db) {
        let desk = Desk::open(db).await;
        let mut newcomer = Client::new(desk.address);
        assert_eq!(newcomer.sign_in("shinjin", FIRST_PASSWORD).await.header("location"), "/password");
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        let change = |fresh: &'static str| [("current", PASSWORD), ("fresh", fresh), ("again", fresh)];
        let refused =
            |reply: Reply, why: &str| assert!(reply.status == 422 && reply.text().contains(why), "{why}: {}", reply.text());
        let csrf_only = [("csrf", csrf.as_str())];
        refused(client.post("/password", &[&csrf_only[..], &change("umi2-yama")].concat()).await, "13文字以上");
        refused(client.post("/password", &[&csrf_only[..], &change("Password-1234567!")].concat()).await, "よく使われる");
        enrolled(&desk, &mut client).await;
        refused(client.post("/password", &[&csrf_only[..], &change("umi2-ya")].concat()).await, "8文字以上");
        refused(client.post("/password", &[&csrf_only[..], &change("P@ssw0rd-1")].concat()).await, "よく使われる");
        let done = client.post("/password", &[&csrf_only[..], &change("umi2-yama")].concat()).await;
        assert_eq!(done.status, 303, "{}", done.text());
        let mut tx = desk.db.read().await.unwrap();
        let row = users::by_login(&mut tx, "mihara").await.unwrap().unwrap();
        assert!(row.password_hash.starts_with("$argon2id$"));
    }
}

on_both_databases! {
    async fn a4_a_browser_left_alone_gives_nothing_until_the_password(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        assert_eq!(client.post("/lock", &[("csrf", &csrf)]).await.status, 204);
        assert_eq!(client.get(&format!("/items/{id}")).await.status, 303);
        assert_eq!(client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await.status, 401);
        assert_eq!(client.post("/unlock", &[("csrf", "x"), ("password", PASSWORD)]).await.status, 403);
        assert_eq!(client.post("/unlock", &[("csrf", &csrf), ("password", "machigai")]).await.status, 422);
        assert_eq!(client.get("/queue").await.status, 303);
        client.extra.push(("x-uketsuke", "quiet"));
        assert_eq!(client.post("/unlock", &[("csrf", &csrf), ("password", PASSWORD)]).await.status, 204);
        client.extra.clear();
        assert_eq!(client.get("/queue").await.status, 200);
        // Left alone without a word, the same after the idle time; and never beyond the longest session.
        desk.wait(16 * MINUTE);
        assert_eq!(client.get("/queue").await.status, 303);
        assert_eq!(client.post("/unlock", &[("csrf", &csrf), ("password", PASSWORD)]).await.status, 303);
        assert_eq!(client.get("/queue").await.status, 200);
        desk.wait(12 * HOUR);
        assert_eq!(client.post("/unlock", &[("csrf", &csrf), ("password", PASSWORD)]).await.status, 401);
    }

    async fn a4_a_page_left_alone_is_covered_and_keeps_what_was_typed(db: Db) {
        let driver = Driver::start();
        let browser = driver.browser().await;
        let desk = Desk::open(db).await;
        let first = desk.morning(&browser).await;
        browser.go(&desk.url("/")).await;
        browser.fill("#login", "mihara").await;
        browser.fill("#password", PASSWORD).await;
        browser.click(".primary").await;
        browser.wait(".queue").await;
        browser.keys("n").await;
        browser.wait("#item[data-editable]").await;
        assert!(browser.text("body").await.contains("風間") || browser.js("return document.getElementById('f-patient_name').value").await == "風間 灯");
        browser.fill("#f-remarks", "離席の直前に書いた").await;
        // The longest time without a key, made short.
        browser.js("document.body.dataset.idle = '1'").await;
        browser.until("!document.getElementById('cover').hidden").await;
        browser.picture("20-covered").await;
        assert!(!browser.text("body").await.contains("風間"), "{}", browser.text("body").await);
        assert_eq!(browser.js("return [...document.querySelectorAll('main *')].some((el) => getComputedStyle(el).visibility !== 'hidden')").await, false);
        assert_eq!(browser.js("return document.querySelector('main').inert && document.title === 'ロック中｜受付'").await, true);
        let mihara = desk.staff("mihara").await;
        for _ in 0..50 {
            let browsers = sessions::list(&mut desk.db.read().await.unwrap(), &mihara, desk.now()).await.unwrap();
            if browsers[0].locked { break; }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let browsers = sessions::list(&mut desk.db.read().await.unwrap(), &mihara, desk.now()).await.unwrap();
        assert!(browsers[0].locked, "the program has shut the door, too");
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "離席の直前に書いた", "sent before that");
        // No key of the page does anything under the cover.
        browser.keys("\u{e009}\u{e007}\u{e000}").await;
        assert_eq!(desk.document(&first).await.state, DocumentState::InReview);

        browser.js("document.body.dataset.idle = '900'").await;
        browser.fill("#cover-password", "machigai").await;
        browser.click(".unlock-button").await;
        browser.until("document.getElementById('cover-words').innerText.includes('違います')").await;
        assert!(!browser.text("body").await.contains("風間"));
        browser.fill("#cover-password", PASSWORD).await;
        browser.click(".unlock-button").await;
        browser.until("document.getElementById('cover').hidden").await;
        assert_eq!(browser.js("return document.getElementById('f-remarks').value").await, "離席の直前に書いた");
        browser.fill("#f-remarks", "戻ってから書いた").await;
        browser.js("document.getElementById('saved').textContent = ''").await;
        browser.until("document.querySelector('#saved').innerText.includes('下書き保存済')").await;
        assert_eq!(desk.document(&first).await.values[&FieldName::Remarks], "戻ってから書いた");
        // Whoever leaves on purpose covers it at once.
        browser.click("#lock").await;
        browser.until("!document.getElementById('cover').hidden").await;
        browser.close().await;
    }

    async fn a5_each_view_is_one_row_with_document_and_patient(db: Db) {
        let desk = Desk::open(db).await;
        let id = desk.letter().await;
        let delivery = desk.document(&id).await.delivery_id;
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&id).await.version.to_string();
        let linked = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("patient", "id:00048213")];
        assert_eq!(client.post(&format!("/items/{id}/save"), &linked).await.status, 303);
        client.get(&format!("/items/{id}")).await;
        client.get(&format!("/items/{id}/paper")).await;
        for path in ["", "/words"] {
            assert_eq!(client.get(&format!("/deliveries/{delivery}/pages/1{path}")).await.status, 200);
        }
        let (mut other, _) = signed_in(&desk, "onodera").await;
        for _ in 0..2 {
            other.get(&format!("/deliveries/{delivery}/pages/1")).await;
        }
        other.get(&format!("/deliveries/{delivery}/original")).await;
        let mut tx = desk.db.read().await.unwrap();
        let about = Wanted { patient: Some("00048213".into()), ..Wanted::default() };
        let mut rows = audit::search(&mut tx, &about, None, 99, audit::FURTHEST).await.unwrap().rows;
        rows.reverse();
        let told: Vec<(&str, &str)> = rows.iter().map(|row| (row.verb.as_str(), row.subject.as_str())).collect();
        let (document, delivery) = (id.as_str(), delivery.as_str());
        assert_eq!(told, [
            ("document.corrected", document),
            ("document.viewed", document),
            // The paper alone, for a second screen.
            ("document.viewed", document),
            ("delivery.viewed", delivery),
            ("delivery.downloaded", delivery),
        ]);
        assert_eq!(rows[3].detail()["documents"][0], document, "an image alone names its document");
        assert_eq!(rows[1].actor, desk.staff("mihara").await.to_string());
        assert_eq!(rows[4].actor, desk.staff("onodera").await.to_string());
    }

    async fn a6_the_log_is_read_by_few_copied_safely_and_its_reading_is_in_it(db: Db) {
        let desk = Desk::open(db).await;
        desk.person("kansa", &[Role::Auditor], &[]).await;
        desk.person("=1+2", &[Role::Approver], &[]).await;
        let id = desk.letter().await;
        let (mut odd, odds) = signed_in(&desk, "=1+2").await;
        odd.get(&format!("/items/{id}")).await;
        assert_eq!(odd.get("/audit").await.status, 403);
        assert_eq!(odd.post("/audit/export", &[("csrf", &odds)]).await.status, 403);
        let (mut auditor, csrf) = signed_in(&desk, "kansa").await;
        assert_eq!(auditor.get(&format!("/items/{id}")).await.status, 403, "lists and log alone");
        let page = auditor.get("/audit").await.text();
        assert!(page.contains("閲覧") && page.contains(id.as_str()) && !page.contains("風間"), "{page}");
        let found = auditor.post("/audit", &[("csrf", &csrf), ("subject", id.as_str()), ("day", "2024-05-13")]).await.text();
        assert!(found.contains(id.as_str()));
        let none = auditor.post("/audit", &[("csrf", &csrf), ("subject", id.as_str()), ("day", "2024-05-12")]).await.text();
        assert!(none.contains("この条件の記録はありません"));
        let copy = auditor.post("/audit/export", &[("csrf", &csrf), ("subject", id.as_str())]).await;
        assert!(copy.header("content-disposition").starts_with("attachment") && copy.header("content-type").starts_with("text/csv"));
        let text = copy.text();
        assert!(text.contains("\"'=1+2（=1+2）\"") && !text.contains("\"=1"), "{text}");
        let read = desk.log("audit").await;
        assert_eq!(read.iter().filter(|v| *v == "audit.viewed").count(), 3);
        assert_eq!(read.iter().filter(|v| *v == "audit.exported").count(), 1);
        let mut tx = desk.db.read().await.unwrap();
        assert!(matches!(audit::verify(&mut tx).await.unwrap(), audit::Verified::Whole { .. }));
    }
}

on_both_databases! {
    async fn a9_what_could_be_run_is_shown_and_never_opened_however_it_is_wrapped(db: Db) {
        let office = Office::open(db).await;
        let docm = archive(&[("word/vbaProject.bin", b"x", None), ("[Content_Types].xml", b"<x/>", None)], false);
        let program = [&b"MZ\x90\0"[..], &[0; 60], b"PE\0\0"].concat();
        let shortcut = [&[0x4c, 0, 0, 0, 1, 0x14, 2, 0][..], &[0; 68]].concat();
        let inner = archive(&[("紹介状.pdf.exe", &program, None), ("開いてください.lnk", &shortcut, None)], false);
        let outer = archive(&[("資料.zip", &inner, None), ("紹介状.docm", &docm, None), ("a.js", b"var a = 1;", None)], false);
        let parts: [(&str, &[u8]); 3] = [("紹介状.pdf", &program), ("資料.zip", &outer), ("本物.pdf", &pdf(&LETTER))];
        let id = office.arrives("a.eml", &mail("a@example.jp", "紹介", "添付します。", &parts)).await;
        let found = uketsuke::store::contents::of(&mut office.db.read().await.unwrap(), &id).await.unwrap().unwrap().enclosures;
        let not = Fate::Not(Trouble::UnsupportedFormat);
        for name in ["紹介状.pdf", "紹介状.pdf.exe", "開いてください.lnk", "紹介状.docm", "a.js"] {
            let thing = found.iter().find(|thing| thing.name == name).unwrap_or_else(|| panic!("{name} is not shown"));
            assert!(thing.what.is_risky() && thing.fate == not, "{name}: {:?} {:?}", thing.what, thing.fate);
        }
        // What stands beside it is read, and says that something was left closed.
        let documents = office.documents(&id).await;
        assert_eq!(documents.len(), 1);
        assert!(documents[0].reading.alerts.iter().any(|alert| alert.code == AlertCode::PartUnread));
        assert_ne!(documents[0].decision, Decision::Ready);
    }
}

/// What a reviewer chooses and compares before confirming the letter.
const CHOSEN: &[(&str, &str)] = &[
    ("kind", "referral_letter"),
    ("patient", "id:00048213"),
    ("compared", "00048213:patient_name"),
    ("compared", "00048213:patient_birth_date"),
    ("institution", "id:K0012"),
    ("blank_ok", "1"),
];

on_both_databases! {
    async fn a7_a_confirmed_record_names_its_people_and_is_amended_only_by_a_new_version_with_a_reason(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        let path = |verb: &str| format!("/items/{id}/{verb}");
        let confirmed = async |login: &str, diagnosis: &str| {
            let (mut client, csrf) = signed_in(&desk, login).await;
            client.post(&path("hold"), &[("csrf", &csrf)]).await;
            let version = desk.document(&id).await.version.to_string();
            let form = [&[("csrf", csrf.as_str()), ("version", &version), ("f.diagnosis", diagnosis)], CHOSEN].concat();
            assert_eq!(client.post(&path("confirm"), &form).await.status, 303);
            desk.push_all(referral.clone()).await;
        };
        // One enters, another confirms: both stand in the log with their time.
        let (mut typist, csrf) = signed_in(&desk, "onodera").await;
        typist.post(&path("hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&id).await.version.to_string();
        let draft = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("f.diagnosis", "狭心症")];
        assert_eq!(typist.post(&path("save"), &draft).await.status, 303);
        let version = desk.document(&id).await.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("f.diagnosis", "狭心症")];
        assert_eq!(typist.post(&path("release"), &form).await.status, 303);
        desk.wait(MINUTE);
        confirmed("mihara", "狭心症").await;
        let (typed_by, confirmed_by) = (desk.staff("onodera").await, desk.staff("mihara").await);
        let entry = async |verb: &str| {
            let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
            log.into_iter().rfind(|row| row.verb == verb).unwrap_or_else(|| panic!("no {verb}"))
        };
        let log = audit::of(&mut desk.db.read().await.unwrap(), id.as_str()).await.unwrap();
        let entered = log.into_iter().find(|row| row.verb == "document.corrected").unwrap();
        let approved = entry("document.approved").await;
        assert_eq!((entered.actor.as_str(), approved.actor.as_str()), (typed_by.as_str(), confirmed_by.as_str()));
        assert_eq!(approved.at.0 - entered.at.0, MINUTE);
        let first = desk.document(&id).await;
        assert_eq!(first.approved_by.as_ref(), Some(&confirmed_by));

        // Nothing of it is changed in place, and it is opened again only with a reason.
        let (mut other, csrf) = signed_in(&desk, "onodera").await;
        let version = first.version.to_string();
        for (verb, more) in [("save", ("f.diagnosis", "別の病名")), ("confirm", ("f.diagnosis", "別の病名")), ("reopen", ("reason", " "))] {
            let form = [&[("csrf", csrf.as_str()), ("version", &version), more], CHOSEN].concat();
            assert_eq!(other.post(&path(verb), &form).await.status, 409, "{verb}");
        }
        assert_eq!(desk.document(&id).await, first);
        let form = [("csrf", csrf.as_str()), ("version", &version), ("reason", "病名の誤り")];
        assert_eq!(other.post(&path("reopen"), &form).await.status, 303);
        confirmed("onodera", "心房細動").await;
        assert!(entry("document.reopened").await.detail.contains("病名の誤り"));

        // The version before is not overwritten, and both values are to be seen.
        let mut tx = referral.read().await.unwrap();
        let record = uketsuke::referral_db::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(record.values["diagnosis"], "心房細動");
        let before = uketsuke::referral_db::history_of(&mut tx, &id).await.unwrap();
        assert_eq!(before.len(), 1);
        assert_eq!(before[0].1["diagnosis"], "狭心症");
        let page = other.get(&format!("/items/{id}")).await.text();
        for words in ["狭心症 → 心房細動", "三原 佳奈", "小野寺 剛", "理由：病名の誤り"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let corrected = entry("document.approved").await;
        assert_eq!(corrected.actor, typed_by.as_str());
    }
}

#[test]
fn a8_there_is_no_door_for_remote_maintenance() {
    assert!(Settings::default().listen.ip().is_loopback(), "nobody from outside unless the configuration says so");
    let open: Vec<&str> = DOORS.iter().filter(|(_, _, door)| *door == Door::Open).map(|(_, path, _)| *path).collect();
    let signing_in = |path: &&str| path.starts_with("/sign-in") || path.starts_with("/static/");
    assert!(open.iter().all(signing_in), "open to anybody: {open:?}");
    let by_token = DOORS.iter().filter(|(_, _, door)| matches!(door, Door::Token(_))).map(|(_, path, _)| *path);
    for path in by_token {
        assert!(
            path.starts_with("/api/"),
            "a token opens data within its scope and nothing that governs the program: {path}"
        );
    }
}

/// How often the kernel of that network was asked for a way to somewhere else and had none.
fn no_routes(process: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/net/snmp")).expect("the counters of a network");
    let mut lines = text.lines().filter(|line| line.starts_with("Ip:"));
    let (names, values) = (lines.next().expect("names"), lines.next().expect("values"));
    let at = names.split(' ').position(|name| name == "OutNoRoutes").expect("a counter of ways that are not there");
    let four: u64 = values.split(' ').nth(at).expect("its value").parse().expect("a number");
    let text = std::fs::read_to_string(format!("/proc/{process}/net/snmp6")).unwrap_or_default();
    let six = text
        .lines()
        .find_map(|line| line.strip_prefix("Ip6OutNoRoutes"))
        .map_or(0, |rest| rest.trim().parse().unwrap_or(0));
    four + six
}

/// Starts the service in a network of its own in which there is this machine alone; nothing where that may not be done, which it says.
fn alone(var: &std::path::Path) -> Option<std::process::Child> {
    let may = std::process::Command::new("unshare").args(["--net", "ip", "link", "set", "lo", "up"]).output();
    if !may.as_ref().is_ok_and(|done| done.status.success()) {
        // A proof that is passed over must not look like one that held.
        assert!(
            std::env::var_os("UKETSUKE_DISKS").is_none_or(|how| how != "required"),
            "no network of its own: {may:?}"
        );
        eprintln!("skipped: no network of its own can be made here (that needs root)");
        return None;
    }
    let started = std::process::Command::new("unshare")
        .args(["--net", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["serve", "--listen", "127.0.0.1:0", "--var"])
        .arg(var)
        .arg("--config")
        .arg(var.join("config.toml"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn();
    Some(started.expect("the service starts"))
}

/// The far ends of every Internet socket of a process, and of its children.
fn far_ends(process: u32) -> Vec<String> {
    let mut family = vec![process];
    let mut at = 0;
    while let Some(one) = family.get(at) {
        let children = std::fs::read_to_string(format!("/proc/{one}/task/{one}/children")).unwrap_or_default();
        family.extend(children.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        at += 1;
    }
    let links = family.iter().filter_map(|id| std::fs::read_dir(format!("/proc/{id}/fd")).ok()).flatten().flatten();
    let targets = links.filter_map(|link| std::fs::read_link(link.path()).ok());
    let sockets: Vec<String> =
        targets.filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())).collect();
    let mut ends = Vec::new();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let text = std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap();
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split_whitespace().collect();
            if sockets.iter().any(|inode| inode == cells[9]) {
                ends.push(format!("{table} {}", cells[2]));
            }
        }
    }
    ends
}

/// Nobody yet, or this machine itself.
fn stays_here(end: &str) -> bool {
    let address = end.split(' ').nth(1).unwrap().split(':').next().unwrap();
    // As the kernel writes them: each group of four bytes in the order of this machine.
    let v4 = address.len() == 8 && address.ends_with("7F");
    let v6 = address == "00000000000000000000000001000000"
        || address.starts_with("0000000000000000FFFF0000") && address.ends_with("7F");
    v4 || v6 || address.bytes().all(|digit| digit == b'0')
}

/// A folder for the service: one fax folder, and the hours of desks that are open for one hour at night.
fn fax_office(var: &std::path::Path) -> std::path::PathBuf {
    let folder = var.join("fax");
    std::fs::create_dir_all(&folder).unwrap();
    crate::support::service::pipelines(&var.join("pipelines"));
    let source = format!(
        "channel = \"fax\"\n[[source]]\nname = \"fax\"\nfolder = \"{}\"\nstable_seconds = 1\npoll_seconds = 1\n",
        folder.display()
    );
    std::fs::write(var.join("pipelines/fax.toml"), source).unwrap();
    let config = format!("[pipelines]\nfolder = \"{}\"\n{AT_NIGHT}", var.join("pipelines").display());
    std::fs::write(var.join("config.toml"), config).unwrap();
    folder
}

const AT_NIGHT: &str = "[office]\nclosed_on_holidays = false\nyear_end = []\n[office.hours]\nopens = \"02:00\"\ncloses = \"03:00\"\n\
    cut_off = \"03:00\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n";

/// Waits until the fax was read, looking meanwhile.
async fn read(var: &std::path::Path, mut look: impl FnMut()) -> Option<uketsuke::store::documents::Document> {
    let url = format!("sqlite:{}/uketsuke.db", var.display());
    let since = std::time::Instant::now();
    while since.elapsed().as_secs() < 180 {
        look();
        if var.join("uketsuke.db").exists() && since.elapsed().as_secs() > 2 {
            let db = uketsuke::store::open(&url).await.unwrap();
            let mut tx = db.read().await.unwrap();
            let recent = uketsuke::store::deliveries::recent(&mut tx, 9).await.unwrap();
            if let Some(delivery) = recent.iter().find(|delivery| delivery.state == DeliveryState::Read) {
                return uketsuke::store::documents::of_delivery(&mut tx, &delivery.id).await.unwrap().pop();
            }
            drop(tx);
            db.close().await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    None
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a11_the_service_reads_a_fax_and_speaks_to_no_other_machine() {
    assert!(!stays_here("tcp 08080808:0035") && !stays_here("tcp6 B80D0120000000000000000001000000:01BB"));
    assert!(stays_here("tcp 0100007F:1F90") && stays_here("tcp 00000000:0000"));
    let var = tempfile::tempdir().unwrap();
    let folder = fax_office(var.path());
    let mut service = crate::support::service::start(var.path());
    std::fs::write(folder.join("a.pdf"), pdf(&LETTER)).unwrap();
    let mut seen = Vec::new();
    let document = read(var.path(), || seen.extend(far_ends(service.id()))).await;
    service.kill().unwrap();
    service.wait().unwrap();
    let document = document.expect("the fax was read");
    assert!(!seen.is_empty(), "its own sockets were not found");
    let far: Vec<&String> = seen.iter().filter(|end| !stays_here(end)).collect();
    assert!(far.is_empty(), "{far:?}");
    // The hours of the configuration are those by which it is due.
    let hours: BTreeMap<String, OfficeHours> = toml::from_str(AT_NIGHT).unwrap();
    let due = uketsuke::stages::recipes::embedded().due(document.kind);
    assert_eq!(document.due_at, hours["office"].due(&due, document.received_at), "{:?}", document.kind);
    assert_ne!(document.due_at, OfficeHours::default().due(&due, document.received_at));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a11_in_a_network_of_its_own_the_service_asks_for_no_way_out() {
    let var = tempfile::tempdir().unwrap();
    let folder = fax_office(var.path());
    let Some(mut service) = alone(var.path()) else { return };
    std::fs::write(folder.join("a.pdf"), pdf(&LETTER)).unwrap();
    let document = read(var.path(), || {}).await;
    let asked = no_routes(service.id());
    // That the counter counts: the same network, asked by somebody who does want out.
    let probe = std::process::Command::new("nsenter")
        .args(["--net", "--target", &service.id().to_string(), "bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/53"])
        .output()
        .expect("nsenter is there");
    let counted = no_routes(service.id());
    service.kill().unwrap();
    service.wait().unwrap();
    assert!(document.is_some(), "the fax was read");
    println!("a11: {asked} ways out asked for by the service, {} by the probe", counted - asked);
    assert!(!probe.status.success() && counted > asked, "the counter counts: {probe:?}");
    assert_eq!(asked, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a11_nothing_older_than_tls_12_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (key, certificate) = (at("key.pem"), at("cert.pem"));
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", &key, "-out", &certificate])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let trust = net::Trust { roots: Some(certificate.clone().into()), fingerprint: None };
    for (version, spoken) in [("-tls1", false), ("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = std::process::Command::new("openssl")
            .args([
                "s_server",
                "-quiet",
                version,
                "-cipher",
                "DEFAULT:@SECLEVEL=0",
                "-accept",
                &format!("127.0.0.1:{port}"),
            ])
            .args(["-key", &key, "-cert", &certificate])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let since = std::time::Instant::now();
        let wire = loop {
            match net::connect("127.0.0.1", port, true, Default::default()).await {
                Ok(wire) => break wire,
                Err(error) => assert!(since.elapsed().as_secs() < 60, "{version}: {error}"),
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        };
        let answer = net::encrypt(wire, "localhost", &trust).await;
        assert_eq!(answer.is_ok(), spoken, "{version}: {:?}", answer.err());
        server.kill().unwrap();
        server.wait().unwrap();
    }
}
