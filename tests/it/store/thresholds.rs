//! Thresholds of confidence: set by a manager from confirmed documents, version by version, never under the floor, taken back by one word.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::review::quality::thresholds::ToSet;
use uketsuke::review::{Compared, PatientChoice, Refused, Review};
use uketsuke::store::audit::Actor;
use uketsuke::store::thresholds::{self, Grounds};
use uketsuke::store::{audit, users};

async fn manager(db: &Db, login: &str) -> UserId {
    let id = user(db, login).await;
    let mut tx = db.write().await.unwrap();
    users::set_rights(&mut tx, &id, &Roles::new([Role::Manager]), &[], &Actor::Program, NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Confirms a letter whose name was read with that confidence, rightly or not.
async fn confirmed(db: &Db, review: &Review, user: &UserId, object: &str, confidence: f32, right: bool) {
    let delivery = delivery(db, object).await;
    let mut read = reading(&[1], Kind::ReferralLetter, if right { "海野 環" } else { "海野 理" });
    read.fields.get_mut(&FieldName::PatientName).unwrap().confidence = confidence;
    let id = propose(db, &delivery, &[read], NOW).await.remove(0);
    let version = review.hold(user, &id).await.unwrap().document.version;
    let said = correction("海野 環", Some(PatientChoice::NotInMaster));
    review.confirm(user, &id, version, &said, &Compared::default()).await.unwrap();
}

fn to_set(seen: i64, proposed: i64, wanted: f64) -> ToSet<'static> {
    let since = NOW.plus_ms(-HOUR);
    let proposed = Millionths(proposed);
    ToSet { field: FieldName::PatientName, seen, since, wanted, proposed, reason: "氏名の誤りが続いたため" }
}

async fn demanded(db: &Db) -> Option<f32> {
    thresholds::in_force(&mut db.read().await.unwrap()).await.unwrap().set(FieldName::PatientName)
}

on_both_databases! {
    async fn a_threshold_is_set_from_what_was_confirmed_and_taken_back_as_a_new_version(db: Db) {
        let (review, clock) = review(&db).await;
        let (boss, other) = (manager(&db, "boss").await, manager(&db, "other").await);
        let staff = user(&db, "staff").await;
        for i in 0..34 {
            confirmed(&db, &review, &staff, &format!("right {i}"), 0.97, true).await;
        }
        for i in 0..4 {
            confirmed(&db, &review, &staff, &format!("wrong {i}"), 0.9, false).await;
        }
        // 34 of 34 do not show 90 % yet, and nothing is guessed.
        let early = review.set_threshold(&boss, &to_set(0, 970_000, 0.9)).await;
        assert!(matches!(early, Err(Refused::NotAllowed { .. })), "{early:?}");
        confirmed(&db, &review, &staff, "right 34", 0.97, true).await;

        // Not by everybody, not without a reason, not what was not proposed.
        assert!(matches!(review.set_threshold(&staff, &to_set(0, 970_000, 0.9)).await, Err(Refused::NoRight)));
        let mute = ToSet { reason: "  ", ..to_set(0, 970_000, 0.9) };
        assert!(matches!(review.set_threshold(&boss, &mute).await, Err(Refused::NotAllowed { .. })));
        for wrong in [0, 600_000, 900_000, 969_999] {
            let answer = review.set_threshold(&boss, &to_set(0, wrong, 0.9)).await;
            assert!(matches!(answer, Err(Refused::Stale)), "{wrong}: {answer:?}");
        }
        assert_eq!(demanded(&db).await, None);

        review.set_threshold(&boss, &to_set(0, 970_000, 0.9)).await.unwrap();
        assert_eq!(demanded(&db).await, Some(0.97));
        let again = review.set_threshold(&boss, &to_set(1, 970_000, 0.9)).await;
        assert!(matches!(again, Err(Refused::NotAllowed { .. })), "it is that already: {again:?}");
        // Less is wanted: lower, and still not under the floor, though every value above 0.5 would do.
        turn(&clock, 1000);
        assert!(matches!(review.set_threshold(&other, &to_set(0, 900_000, 0.7)).await, Err(Refused::Stale)), "another was faster");
        review.set_threshold(&other, &to_set(1, 900_000, 0.7)).await.unwrap();
        assert_eq!(demanded(&db).await, Some(0.9));

        // Taken back, and that taken back.
        turn(&clock, 1000);
        assert!(matches!(review.undo_threshold(&staff, FieldName::PatientName, 2).await, Err(Refused::NoRight)));
        assert!(matches!(review.undo_threshold(&boss, FieldName::PatientName, 1).await, Err(Refused::Stale)), "only the newest");
        assert!(matches!(review.undo_threshold(&boss, FieldName::PatientKana, 1).await, Err(Refused::Stale)));
        review.undo_threshold(&boss, FieldName::PatientName, 2).await.unwrap();
        assert_eq!(demanded(&db).await, Some(0.97));
        turn(&clock, 1000);
        review.undo_threshold(&boss, FieldName::PatientName, 3).await.unwrap();
        assert_eq!(demanded(&db).await, Some(0.9));

        let mut tx = db.read().await.unwrap();
        let history = thresholds::history(&mut tx, 9).await.unwrap();
        let line = |v: &thresholds::Version| (v.version, v.from_ppm.0, v.to_ppm.0, v.documents, v.correct, v.undoes);
        assert_eq!(
            history.iter().map(line).collect::<Vec<_>>(),
            [
                (4, 970_000, 900_000, None, None, Some(3)),
                (3, 900_000, 970_000, None, None, Some(2)),
                (2, 970_000, 900_000, Some(39), Some(35), None),
                (1, 600_000, 970_000, Some(35), Some(35), None),
            ]
        );
        assert_eq!((history[3].set_by.as_str(), history[3].wanted_ppm, history[3].set_at), ("担当 boss", Some(900_000), NOW));
        assert_eq!(history[3].reason, "氏名の誤りが続いたため");
        assert_eq!(thresholds::history(&mut tx, 1).await.unwrap(), history[..1]);
        assert_eq!(thresholds::history(&mut tx, 0).await.unwrap(), history[..1], "what is in force is never left out");
        let newest = thresholds::in_force_of(&history);
        assert_eq!(newest, [&history[0]]);
        assert_eq!(thresholds::newest_of(&mut tx, FieldName::PatientName).await.unwrap().as_ref(), newest.first().copied());
        assert_eq!(thresholds::newest_of(&mut tx, FieldName::PatientKana).await.unwrap(), None);
        let log = audit::of(&mut tx, "patient_name").await.unwrap();
        let verbs: Vec<&str> = log.iter().map(|row| row.verb.as_str()).collect();
        let (set, undone) = ("quality.threshold_set", "quality.threshold_undone");
        assert_eq!(verbs, [set, set, undone, undone]);
        assert_eq!(log[0].detail()["to_ppm"], 970_000);
        assert_eq!(log[0].detail()["documents"], 35);
        assert_eq!(log[0].actor, boss.as_str());
    }

    async fn the_table_itself_refuses_what_is_under_the_floor(place: Place) {
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        let boss = manager(&db, "boss").await;
        let on = Grounds::Measured { wanted_ppm: 900_000, documents: 40, correct: 40 };
        let field = FieldName::PatientBirthDate;
        for under in [0, 599_999, 1_000_001] {
            let mut tx = db.write().await.unwrap();
            assert!(thresholds::set(&mut tx, (field, 0), Millionths(under), on, "x", &boss, NOW).await.is_err(), "{under}");
        }
        let mut tx = db.write().await.unwrap();
        assert!(thresholds::set(&mut tx, (field, 0), Millionths(700_000), on, "x", &boss, NOW).await.unwrap());
        assert!(!thresholds::set(&mut tx, (field, 0), Millionths(800_000), on, "x", &boss, NOW).await.unwrap(), "stale");
        tx.commit().await.unwrap();
        let demands = thresholds::in_force(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!((demands.set(field), demands.set(FieldName::PatientName)), (Some(0.7), None));
    }
}
