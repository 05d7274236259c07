//! Accounts, sign-ins and the browsers they leave open.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::audit::{self, Actor};
use uketsuke::store::users::{self, NewUser};
use uketsuke::store::{Error, holds};

on_both_databases! {
    async fn accounts_are_made_once_and_audited(db: Db) {
        let mut tx = db.write().await.unwrap();
        assert!(!users::any(&mut tx).await.unwrap());
        let new = NewUser { login: "aoki", display_name: "青木", roles: Roles::new([Role::Administrator]), password_hash: "h1", must_change: true };
        let id = users::insert(&mut tx, &new, &Actor::Program, NOW).await.unwrap();
        assert!(matches!(users::insert(&mut tx, &new, &Actor::Program, NOW).await, Err(Error::LoginTaken)));
        assert!(users::any(&mut tx).await.unwrap());
        let row = users::by_login(&mut tx, "aoki").await.unwrap().unwrap();
        assert_eq!((&row.id, row.roles.clone(), row.must_change, row.disabled, row.failures), (&id, Roles::new([Role::Administrator]), true, false, 0));
        assert_eq!(users::find(&mut tx, &id).await.unwrap(), Some(row));
        assert_eq!(users::by_login(&mut tx, "AOKI").await.unwrap(), None);
        assert_eq!(users::list(&mut tx).await.unwrap().len(), 1);
        let log = audit::of(&mut tx, id.as_str()).await.unwrap();
        assert_eq!(log.len(), 1);
        assert!(!log[0].detail.contains("h1") && !log[0].detail.contains("青木"));
    }

    async fn sessions_end_by_time_sign_out_password_and_disabling(db: Db) {
        let id = user(&db, "a").await;
        let mut tx = db.write().await.unwrap();
        for token in ["t1", "t2", "t3"] {
            users::open_session(&mut tx, &id, token, "csrf", "Chrome", later(1000), NOW).await.unwrap();
        }
        let session = users::session_user(&mut tx, "t1", later(1000)).await.unwrap().unwrap();
        assert_eq!((&session.user.id, session.csrf.as_str(), session.last_seen_at), (&id, "csrf", NOW));
        assert_eq!(users::session_user(&mut tx, "t1", later(1001)).await.unwrap(), None, "over");
        assert_eq!(users::session_user(&mut tx, "other", NOW).await.unwrap(), None);
        users::touch(&mut tx, "t1", later(2000), later(900)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t1", later(1500)).await.unwrap().unwrap().last_seen_at, later(900));

        users::close_session(&mut tx, "t2", later(1)).await.unwrap();
        users::close_session(&mut tx, "t2", later(1)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t2", NOW).await.unwrap(), None);
        users::set_password(&mut tx, &id, "h2", false, &Actor::Person(id.clone()), later(2)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t1", NOW).await.unwrap(), None);
        let row = users::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((row.password_hash.as_str(), row.must_change), ("h2", false));

        users::open_session(&mut tx, &id, "t4", "csrf", "", later(1000), NOW).await.unwrap();
        users::set_disabled(&mut tx, &id, true, &Actor::Program, later(3)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t4", NOW).await.unwrap(), None);
        users::set_disabled(&mut tx, &id, false, &Actor::Program, later(4)).await.unwrap();
        assert_eq!(users::session_user(&mut tx, "t4", NOW).await.unwrap(), None, "signed out for good");
        let nobody = UserId::fresh();
        assert!(users::set_password(&mut tx, &nobody, "h", false, &Actor::Program, NOW).await.is_err());
        assert!(users::set_disabled(&mut tx, &nobody, true, &Actor::Program, NOW).await.is_err());
    }

    async fn failed_sign_ins_add_up_until_one_succeeds(db: Db) {
        let id = user(&db, "a").await;
        let mut tx = db.write().await.unwrap();
        assert_eq!(users::sign_in_failed(&mut tx, &id, None, NOW).await.unwrap(), 1);
        assert_eq!(users::sign_in_failed(&mut tx, &id, Some(later(99)), NOW).await.unwrap(), 2);
        assert_eq!(users::sign_in_failed(&mut tx, &id, None, NOW).await.unwrap(), 3);
        assert_eq!(users::find(&mut tx, &id).await.unwrap().unwrap().lock_until, Some(later(99)));
        users::open_session(&mut tx, &id, "t", "c", "", later(1000), NOW).await.unwrap();
        let row = users::find(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((row.failures, row.lock_until), (0, None));
        assert!(users::sign_in_failed(&mut tx, &UserId::fresh(), None, NOW).await.is_err());
    }

    async fn a_hold_has_one_owner(db: Db) {
        let (a, b, id) = (user(&db, "a").await, user(&db, "b").await, document(&db, "x").await);
        let mut tx = db.write().await.unwrap();
        assert!(holds::of(&mut tx, &id).await.unwrap().is_none());
        assert!(holds::take(&mut tx, &id, &a, later(100), NOW).await.unwrap());
        assert!(!holds::take(&mut tx, &id, &b, later(150), later(100)).await.unwrap(), "still A's at its last moment");
        assert!(holds::take(&mut tx, &id, &a, later(110), later(10)).await.unwrap(), "A again");
        assert!(!holds::extend(&mut tx, &id, &b, later(500)).await.unwrap());
        assert!(holds::extend(&mut tx, &id, &a, later(120)).await.unwrap());
        let hold = holds::of(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((hold.user_id, hold.since, hold.until, hold.display_name.as_str()), (a.clone(), NOW, later(120), "担当 a"));
        assert!(holds::expired(&mut tx, later(120)).await.unwrap().is_empty());
        assert_eq!(holds::expired(&mut tx, later(121)).await.unwrap().len(), 1);
        assert!(holds::take(&mut tx, &id, &b, later(300), later(121)).await.unwrap(), "B after that");
        let hold = holds::of(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((&hold.user_id, hold.since), (&b, later(121)));
        assert!(!holds::hand_over(&mut tx, &id, &a, &b, later(400), later(200)).await.unwrap(), "A has it no more");
        assert!(holds::hand_over(&mut tx, &id, &b, &a, later(400), later(200)).await.unwrap());
        let hold = holds::of(&mut tx, &id).await.unwrap().unwrap();
        assert_eq!((hold.user_id, hold.since, hold.until), (a, later(200), later(400)));
        assert!(holds::end(&mut tx, &id).await.unwrap());
        assert!(!holds::end(&mut tx, &id).await.unwrap());
    }
}
