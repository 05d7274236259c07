//! What is inside a delivery, who may know its password and for how long; and the tokens of other systems.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::audit::{self, Actor};
use uketsuke::store::tokens::NewToken;
use uketsuke::store::{Error, contents, deliveries, tokens};

const DAY: i64 = 24 * HOUR;

fn mail(sender: &str, passwords: &[&str]) -> Contents {
    let passwords = passwords.iter().map(|p| (*p).to_owned()).collect();
    let mail = MailFacts { sender: sender.into(), subject: "件名\u{0}".into(), remark: None, passwords };
    let what = FileType::Zip;
    let fate = Fate::Not(Trouble::Encrypted);
    let enclosure = Enclosure { name: "a.zip".into(), size: 5, what, fate, depth: 1, part: None };
    Contents { mail: Some(mail), enclosures: vec![enclosure] }
}

/// A mail that arrived so much later.
async fn arrived(db: &Db, object: &str, sender: &str, passwords: &[&str], ms: i64) -> DeliveryId {
    let id = delivery_at(db, object, later(ms)).await;
    let mut tx = db.write().await.unwrap();
    contents::put(&mut tx, &id, &mail(sender, passwords), later(ms), later(ms)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn offered(db: &Db, id: &DeliveryId) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    contents::hints(&mut tx, id).await.unwrap().into_iter().map(|hint| hint.candidate).collect()
}

on_both_databases! {
    async fn what_is_inside_is_kept_without_its_passwords(db: Db) {
        let id = arrived(&db, "a", "x@example.jp", &["himitsu1"], 0).await;
        let mut tx = db.write().await.unwrap();
        let kept = contents::of(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!(kept.enclosures, mail("", &[]).enclosures);
        let told = kept.mail.unwrap();
        assert_eq!((told.sender.as_str(), told.subject.as_str(), told.passwords.len()), ("x@example.jp", "件名\u{fffd}", 0));
        // Again, with something else in it.
        contents::put(&mut tx, &id, &Contents::default(), NOW, NOW).await.unwrap();
        assert_eq!(contents::of(&mut tx, &id).await.unwrap().unwrap(), Contents::default());
        assert!(contents::of(&mut tx, &DeliveryId::fresh()).await.unwrap().is_none());
        drop(tx);

        for remark in [Some(Remark::Bounce), None, Some(Remark::WrongPassword)] {
            let mut tx = db.write().await.unwrap();
            contents::remark(&mut tx, &id, remark).await.unwrap();
            tx.commit().await.unwrap();
            let row = deliveries::find(&mut db.read().await.unwrap(), &id).await.unwrap().unwrap();
            assert_eq!(row.remark, remark);
        }
        let mut tx = db.write().await.unwrap();
        let nobody = contents::remark(&mut tx, &DeliveryId::fresh(), None).await;
        assert!(matches!(nobody, Err(Error::NotFound(_))));
    }

    async fn passwords_are_offered_from_the_same_sender_near_in_time(db: Db) {
        let locked = arrived(&db, "locked", "x@example.jp", &[], 0).await;
        arrived(&db, "far", "x@example.jp", &["far"], -4 * DAY).await;
        arrived(&db, "before", "x@example.jp", &["before1", "before2"], -2 * HOUR).await;
        arrived(&db, "other", "y@example.jp", &["stranger"], HOUR).await;
        arrived(&db, "after", "x@example.jp", &["after"], HOUR).await;
        assert_eq!(offered(&db, &locked).await, ["after", "before1", "before2"]);
        assert!(offered(&db, &delivery(&db, "a fax").await).await.is_empty());
        let nameless = arrived(&db, "nameless", "", &["nobody"], 0).await;
        assert!(offered(&db, &nameless).await.is_empty(), "no address is no sender");
        // Some days later they are gone.
        arrived(&db, "next week", "z@example.jp", &[], 8 * DAY).await;
        assert!(offered(&db, &locked).await.is_empty());
        // What is read again long after its arrival offers nothing either.
        let old = delivery_at(&db, "old", NOW).await;
        let mut tx = db.write().await.unwrap();
        contents::put(&mut tx, &old, &mail("x@example.jp", &["old"]), NOW, later(8 * DAY)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(offered(&db, &locked).await.is_empty());
    }

    async fn an_entered_password_is_forgotten_once_tried_and_never_logged(db: Db) {
        let (id, staff) = (delivery(&db, "a").await, user(&db, "a").await);
        let mut tx = db.write().await.unwrap();
        for password in ["himitsu1", "himitsu2"] {
            contents::enter(&mut tx, &id, password, &Actor::Person(staff.clone()), NOW).await.unwrap();
        }
        assert_eq!(contents::entered(&mut tx, &id).await.unwrap().as_deref(), Some("himitsu2"));
        contents::tried(&mut tx, &id).await.unwrap();
        contents::tried(&mut tx, &id).await.unwrap();
        assert_eq!(contents::entered(&mut tx, &id).await.unwrap(), None);
        tx.commit().await.unwrap();
        let log = audit::of(&mut db.read().await.unwrap(), id.as_str()).await.unwrap();
        assert_eq!(log.iter().filter(|row| row.verb == "delivery.password_entered").count(), 2);
        assert!(log.iter().all(|row| !row.detail.contains("himitsu")));
    }

    async fn tokens_are_made_once_a_name_and_revoked_for_good(db: Db) {
        let mut tx = db.write().await.unwrap();
        let token = |id: &'static str, token_hash: &'static str| NewToken {
            id,
            name: "fax",
            token_hash,
            scopes: Scopes::new([Scope::RecordsRead, Scope::DeliveriesWrite]),
            expires_at: Some(later(50)),
        };
        assert!(tokens::insert(&mut tx, &token("id1", "hash1"), &Actor::Program, NOW).await.unwrap());
        assert!(!tokens::insert(&mut tx, &token("id2", "hash2"), &Actor::Program, NOW).await.unwrap());
        tokens::used(&mut tx, "id1", later(5)).await.unwrap();
        let row = tokens::find(&mut tx, "id1").await.unwrap().unwrap();
        assert_eq!((row.name.as_str(), row.last_used_at, row.revoked_at), ("fax", Some(later(5)), None));
        assert_eq!((row.scopes.codes(), row.expires_at), (vec!["deliveries:write", "records:read"], Some(later(50))));
        assert!(tokens::find(&mut tx, "id2").await.unwrap().is_none());
        tokens::revoke(&mut tx, "fax", &Actor::Program, later(6)).await.unwrap();
        assert!(matches!(tokens::revoke(&mut tx, "fax", &Actor::Program, later(7)).await, Err(Error::NotFound(_))));
        assert_eq!(tokens::find(&mut tx, "id1").await.unwrap().unwrap().revoked_at, Some(later(6)));
        // The name is free for a new one.
        assert!(tokens::insert(&mut tx, &token("id3", "hash3"), &Actor::Program, later(8)).await.unwrap());
        tx.commit().await.unwrap();
        let all = tokens::list(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(all.iter().map(|t| (t.id.as_str(), t.revoked_at.is_some())).collect::<Vec<_>>(), [("id1", true), ("id3", false)]);
        let log = audit::of(&mut db.read().await.unwrap(), "id1").await.unwrap();
        assert_eq!(log.iter().map(|row| row.verb.as_str()).collect::<Vec<_>>(), ["token.made", "token.revoked"]);
        assert!(log.iter().all(|row| !row.detail.contains("hash")));
    }

    async fn tokens_made_before_there_were_scopes_hand_in_and_no_more(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        let old = "INSERT INTO api_token (id, name, token_hash, created_at) VALUES ('old', 'fax', 'hash', 1)";
        assert_eq!(Beside::open(&url).await.execute(old).await.unwrap(), 1);
        let row = tokens::find(&mut db.read().await.unwrap(), "old").await.unwrap().unwrap();
        assert_eq!((row.scopes.codes(), row.expires_at), (vec!["deliveries:write"], None));
    }
}

#[test]
fn the_remarks_of_the_table_are_those_of_the_program() {
    let table = include_str!("../../../src/store/migrations/0006_contents.sql");
    let list = table.split("CHECK (remark IN (").nth(1).unwrap().split(')').next().unwrap();
    let words: Vec<&str> = list.split(", ").map(|word| word.trim_matches('\'')).collect();
    assert_eq!(words, Remark::ALL.iter().map(|remark| remark.code()).collect::<Vec<_>>());
}
