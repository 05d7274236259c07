//! Rights, second factors, browsers and what lists may show, on both databases.

use super::given::*;
use crate::support::on_both_databases;
use serde_json::json;
use uketsuke::db::{Db, ReadTx};
use uketsuke::domain::*;
use uketsuke::store::audit::{self, Actor, Wanted};
use uketsuke::store::documents::{self, QueueFilter, Seeing, Toward};
use uketsuke::store::{deliveries, desk, factors, sessions, users};

async fn limited(db: &Db, login: &str, departments: &[&str]) -> UserId {
    let id = user(db, login).await;
    let departments: Vec<String> = departments.iter().map(|name| (*name).to_owned()).collect();
    let mut tx = db.write().await.unwrap();
    users::set_rights(&mut tx, &id, &Roles::new([Role::Approver]), &departments, &Actor::Program, NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The rows that are found, at most so many and looking no further, and from where it goes on.
async fn numbers(
    tx: &mut ReadTx,
    wanted: &Wanted,
    before: Option<i64>,
    (limit, furthest): (i64, i64),
) -> (Vec<i64>, Option<i64>) {
    let found = audit::search(tx, wanted, before, limit, furthest).await.unwrap();
    (found.rows.iter().map(|row| row.seq).collect(), found.older)
}

on_both_databases! {
    async fn rights_are_replaced_and_audited(db: Db) {
        let id = limited(&db, "a", &["内科 外来", "内科", "皮フ科"]).await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(users::departments(&mut tx, &id).await.unwrap().len(), 2, "folded, each once");
        let roles = Roles::new([Role::Auditor, Role::Reception]);
        users::set_rights(&mut tx, &id, &roles, &[], &Actor::Program, later(1)).await.unwrap();
        assert!(users::departments(&mut tx, &id).await.unwrap().is_empty());
        assert_eq!(users::find(&mut tx, &id).await.unwrap().unwrap().roles, roles);
        let log = audit::of(&mut tx, id.as_str()).await.unwrap();
        assert_eq!(log.last().unwrap().detail()["roles"], json!(["reception", "auditor"]));
        assert!(users::set_rights(&mut tx, &UserId::fresh(), &roles, &[], &Actor::Program, NOW).await.is_err());
    }

    async fn each_code_is_taken_once(db: Db) {
        let id = user(&db, "a").await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(factors::of(&mut tx, &id).await.unwrap(), None);
        assert!(!factors::take_step(&mut tx, &id, 9).await.unwrap(), "without a factor there is no code");
        let codes: Vec<String> = ["h1", "h2"].map(str::to_owned).into();
        factors::set(&mut tx, &id, "sealed", 7, &codes, NOW).await.unwrap();
        let factor = factors::of(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((factor.secret.as_str(), factor.last_step, factor.confirmed_at), ("sealed", 7, NOW));
        assert!(!factors::take_step(&mut tx, &id, 7).await.unwrap());
        assert!(factors::take_step(&mut tx, &id, 8).await.unwrap());
        assert!(!factors::take_step(&mut tx, &id, 8).await.unwrap());
        assert_eq!(factors::codes_left(&mut tx, &id).await.unwrap(), 2);
        assert!(factors::take_code(&mut tx, &id, "h1", NOW).await.unwrap());
        assert!(!factors::take_code(&mut tx, &id, "h1", NOW).await.unwrap());
        assert!(!factors::take_code(&mut tx, &id, "h9", NOW).await.unwrap());
        assert_eq!(factors::codes_left(&mut tx, &id).await.unwrap(), 1);
        factors::renew_codes(&mut tx, &id, &["h3".to_owned()], NOW).await.unwrap();
        assert!(!factors::take_code(&mut tx, &id, "h2", NOW).await.unwrap(), "the old ones are gone");

        users::open_session(&mut tx, &id, "t", "c", "Chrome", later(1000), NOW).await.unwrap();
        assert!(users::session_user(&mut tx, "t", NOW).await.unwrap().unwrap().second_factor);
        factors::remove(&mut tx, &id, &Actor::Program, later(1)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t", NOW).await.unwrap(), None, "signed out everywhere");
        assert!(users::find(&mut tx, &id).await.unwrap().unwrap().must_change, "a short password may not stay alone");
        assert_eq!((factors::of(&mut tx, &id).await.unwrap(), factors::codes_left(&mut tx, &id).await.unwrap()), (None, 0));
        assert!(factors::remove(&mut tx, &UserId::fresh(), &Actor::Program, NOW).await.is_err());
        let log = audit::of(&mut tx, id.as_str()).await.unwrap();
        assert!(log.iter().all(|row| !row.detail.contains("sealed") && !row.detail.contains("h1")));
    }

    async fn browsers_are_listed_locked_and_ended(db: Db) {
        let (id, other) = (user(&db, "a").await, user(&db, "b").await);
        let mut tx = db.write().await.unwrap();
        for (n, token) in ["aaaaaaaaaaaaaaaa1", "bbbbbbbbbbbbbbbb1", "cccccccccccccccc1"].into_iter().enumerate() {
            users::open_session(&mut tx, &id, token, "c", "Edge・Windows", later(1000), later(n as i64)).await.unwrap();
        }
        users::open_session(&mut tx, &other, "dddddddddddddddd1", "c", "", later(1000), NOW).await.unwrap();
        let names = |list: Vec<sessions::Browser>| list.into_iter().map(|b| b.name).collect::<Vec<_>>();
        let list = sessions::list(&mut tx, &id, NOW).await.unwrap();
        assert_eq!((list[0].agent.as_str(), list[0].locked), ("Edge・Windows", false));
        assert_eq!(names(list), ["cccccccccccccccc", "bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa"]);
        assert!(sessions::list(&mut tx, &id, later(1001)).await.unwrap().is_empty());

        sessions::lock(&mut tx, "aaaaaaaaaaaaaaaa1", later(5)).await.unwrap();
        assert!(users::session_user(&mut tx, "aaaaaaaaaaaaaaaa1", later(5)).await.unwrap().unwrap().locked);
        sessions::unlock(&mut tx, "aaaaaaaaaaaaaaaa1", later(9)).await.unwrap();
        let session = users::session_user(&mut tx, "aaaaaaaaaaaaaaaa1", later(9)).await.unwrap().unwrap();
        assert_eq!((session.locked, session.last_seen_at), (false, later(9)));
        sessions::lock(&mut tx, "nothing", NOW).await.unwrap();
        sessions::unlock(&mut tx, "nothing", NOW).await.unwrap();

        let me = Actor::Person(id.clone());
        assert_eq!(sessions::end(&mut tx, &other, Some("bbbbbbbbbbbbbbbb"), "", &me, NOW).await.unwrap(), 0, "not theirs");
        assert_eq!(sessions::end(&mut tx, &id, Some("bbbbbbbbbbbbbbbb"), "", &me, NOW).await.unwrap(), 1);
        assert_eq!(sessions::end(&mut tx, &id, None, "cccccccccccccccc1", &me, NOW).await.unwrap(), 1);
        assert_eq!(names(sessions::list(&mut tx, &id, NOW).await.unwrap()), ["cccccccccccccccc"]);
        assert_eq!(sessions::list(&mut tx, &other, NOW).await.unwrap().len(), 1);
    }

    async fn lists_and_neighbours_show_what_is_for_those_eyes(db: Db) {
        let delivery = delivery(&db, "x").await;
        let mut addressed = reading(&[1], Kind::ReferralLetter, "海野 環");
        addressed.fields.insert(FieldName::RecipientDepartment, found("循環器内科 外来・皮膚科", 1));
        let open = reading(&[2], Kind::ReplyLetter, "渡 航");
        let secret = reading(&[3], Kind::DisclosureRequest, "秘 密");
        let ids = propose(&db, &delivery, &[addressed, open, secret], NOW).await;
        let free = user(&db, "free").await;
        let heart = limited(&db, "heart", &["循環器内科"]).await;
        let skin = limited(&db, "skin", &["内科"]).await;
        let mut tx = db.write().await.unwrap();
        let seen = |user: &UserId| QueueFilter {
            seeing: Seeing::As { user: user.clone(), restricted: vec![Kind::DisclosureRequest] },
            ..QueueFilter::default()
        };
        for (filter, expected) in [
            (QueueFilter::default(), vec![0, 1, 2]),
            (seen(&free), vec![0, 1]),
            (seen(&heart), vec![0, 1]),
            (seen(&skin), vec![1]),
        ] {
            let mut expected: Vec<_> = expected.into_iter().map(|i: usize| ids[i].clone()).collect();
            expected.sort();
            let mut rows: Vec<_> = documents::queue(&mut tx, &filter, 9, 0).await.unwrap().into_iter().map(|r| r.id).collect();
            rows.sort();
            assert_eq!(rows, expected, "{filter:?}");
            assert_eq!(documents::count(&mut tx, &filter).await.unwrap(), expected.len() as i64);
            let facets = documents::facets(&mut tx, &filter, &free, NOW, NOW).await.unwrap();
            assert_eq!(facets.iter().map(|f| f.n).sum::<i64>(), expected.len() as i64);
            let mut reached = Vec::new();
            let mut from = None;
            for _ in 0..3 {
                from = documents::neighbour(&mut tx, &filter, from.as_ref(), Toward::Next, &free, NOW).await.unwrap();
                reached.extend(from.clone());
            }
            assert!(reached.iter().all(|id| expected.contains(id)), "{filter:?}");
        }
        let named = QueueFilter { text: Some("秘密".into()), ..seen(&free) };
        assert_eq!(documents::count(&mut tx, &named).await.unwrap(), 0, "nor by a search");

        // The name of what arrived is hidden from whoever may not see all that it holds; the count in the bar leaves that out, too.
        for (filter, waiting) in [(QueueFilter::default(), 3), (seen(&free), 2), (seen(&skin), 1)] {
            let rows = deliveries::listed(&mut tx, deliveries::Which::All, &filter.seeing, 9).await.unwrap();
            assert_eq!((rows.len(), rows[0].hidden), (1, filter.seeing != Seeing::Everything));
            let bar = desk::bar(&mut tx, &filter.seeing).await.unwrap();
            assert_eq!((bar.waiting, bar.deliveries), (waiting, vec![(rows[0].delivery.state, 1)]));
        }
        // Where it needs a person, the queue names it above its rows, and there it is hidden as well.
        deliveries::advance(&mut tx, &delivery, DeliveryState::Held, Some(Trouble::Encrypted), NOW).await.unwrap();
        let around = desk::around(&mut tx, &free, &seen(&free).seeing, &QueueFilter::default()).await.unwrap();
        assert_eq!((around.troubled.len(), around.troubled[0].file_name.as_deref()), (1, None));
        let around = desk::around(&mut tx, &free, &Seeing::Everything, &QueueFilter::default()).await.unwrap();
        assert_eq!((around.troubled[0].id.as_str(), around.troubled[0].state), (delivery.as_str(), DeliveryState::Held));
        assert!(around.troubled[0].file_name.as_deref().is_some_and(|name| !name.is_empty()));
        // What one statement says of an account is what the tables say.
        let (roles, departments) = users::rights(&mut tx, &heart).await.unwrap().unwrap();
        assert_eq!((departments, roles.has(Role::Approver)), (users::departments(&mut tx, &heart).await.unwrap(), true));
        assert_eq!(users::rights(&mut tx, &free).await.unwrap().unwrap().1, Vec::<String>::new());
        assert_eq!(users::rights(&mut tx, &UserId::fresh()).await.unwrap(), None);
        let members = users::members(&mut tx, NOW).await.unwrap();
        let of = |id: &UserId| members.iter().find(|member| member.user.id == *id).unwrap();
        assert_eq!((of(&heart).departments.as_slice(), of(&heart).browsers), (["循環器内科".to_owned()].as_slice(), 0));
        assert!(of(&free).departments.is_empty() && !of(&free).second_factor);
        let one = users::member(&mut tx, &heart, NOW).await.unwrap().unwrap();
        assert_eq!((one.user.id.clone(), one.departments, one.browsers), (heart.clone(), of(&heart).departments.clone(), 0));
        assert!(users::member(&mut tx, &UserId::fresh(), NOW).await.unwrap().is_none());

        let need = documents::need(&mut tx, &ids[0]).await.unwrap().unwrap();
        assert_eq!((need.departments.as_deref(), need.misdirected), (Some("|循環器内科|皮膚科|"), false));
        assert_eq!(documents::need(&mut tx, &DocumentId::fresh()).await.unwrap(), None);
        documents::mark_misdirected(&mut tx, &ids[1], true).await.unwrap();
        let needs = documents::needs_of(&mut tx, &delivery).await.unwrap();
        assert_eq!(needs.iter().map(|n| n.misdirected).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(documents::count(&mut tx, &seen(&free)).await.unwrap(), 1);
        assert_eq!(documents::count(&mut tx, &QueueFilter::default()).await.unwrap(), 3);
    }

    async fn the_log_is_found_by_day_person_thing_patient_and_verb(db: Db) {
        let person = Actor::Person(UserId::fresh());
        let mut tx = db.write().await.unwrap();
        let rows: [(&Actor, &str, &str, serde_json::Value, Timestamp); 5] = [
            (&Actor::Program, "document.proposed", "d1", json!({}), Timestamp(10)),
            (&person, "document.viewed", "d1", json!({ "patient_id": "7" }), Timestamp(20)),
            (&person, "document.corrected", "d2", json!({ "changes": { "patient": { "old": null, "new": ["linked", "7"] } } }), Timestamp(30)),
            (&person, "delivery.viewed", "v1", json!({ "patient_ids": ["7", "8", "7"] }), Timestamp(40)),
            (&person, "document.viewed", "d3", json!({ "patient_id": null }), Timestamp(50)),
        ];
        for (actor, verb, subject, detail, at) in &rows {
            audit::append(&mut tx, actor, verb, subject, detail, *at).await.unwrap();
        }
        let some = |text: &str| Some(text.to_owned());
        for (wanted, expected) in [
            (Wanted::default(), vec![5, 4, 3, 2, 1]),
            (Wanted { patient: some("7"), ..Wanted::default() }, vec![4, 3, 2]),
            (Wanted { patient: some("8"), ..Wanted::default() }, vec![4]),
            (Wanted { actor: some("program"), ..Wanted::default() }, vec![1]),
            (Wanted { subject: some("d1"), actor: some(person.code()), ..Wanted::default() }, vec![2]),
            (Wanted { verb: some("document."), ..Wanted::default() }, vec![5, 3, 2, 1]),
            (Wanted { verb: some("document.viewed"), ..Wanted::default() }, vec![5, 2]),
            (Wanted { verb: some("%"), ..Wanted::default() }, vec![]),
            (Wanted { from: Some(Timestamp(20)), until: Some(Timestamp(40)), ..Wanted::default() }, vec![3, 2]),
        ] {
            assert_eq!(numbers(&mut tx, &wanted, None, (9, 99)).await, (expected, None), "{wanted:?}");
        }
        assert_eq!(numbers(&mut tx, &Wanted::default(), Some(3), (1, 99)).await, (vec![2], Some(2)));
        // Where there are few of a verb, looking stops, and goes on from there.
        let verb = Wanted { verb: some("document.viewed"), ..Wanted::default() };
        assert_eq!(numbers(&mut tx, &verb, None, (9, 2)).await, (vec![5], Some(4)));
        assert_eq!(numbers(&mut tx, &verb, Some(4), (9, 2)).await, (vec![2], Some(2)));
        assert_eq!(numbers(&mut tx, &verb, Some(2), (9, 2)).await, (vec![], None));
        let rare = Wanted { verb: some("masters."), ..Wanted::default() };
        assert_eq!(numbers(&mut tx, &rare, None, (9, 2)).await, (vec![], Some(4)));
        let two = Wanted { patient: some("7"), ..Wanted::default() };
        assert_eq!(numbers(&mut tx, &two, None, (2, 1)).await, (vec![4, 3], Some(3)));
        assert_eq!(numbers(&mut tx, &two, Some(3), (2, 1)).await, (vec![2], None));
    }
}
