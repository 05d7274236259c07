//! What the tables themselves refuse, whoever asks.

use super::given::*;
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::audit::{self, Verified};

on_both_databases! {
    async fn log_and_approvals_cannot_be_changed(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        let (staff, id) = (user(&db, "a").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let held = review.hold(&staff, &id).await.unwrap();
        let said = correction("海野 環", Some(PatientChoice::Linked("0042".into())));
        review.confirm(&staff, &id, held.document.version, &said, &compared()).await.unwrap();

        // Opening again keeps the guards and changes nothing.
        drop(uketsuke::store::open(&url).await.unwrap());
        let mut beside = Beside::open(&url).await;
        for sql in [
            "UPDATE audit SET detail = '{}' WHERE seq = 1",
            "DELETE FROM audit WHERE seq = 1",
            "DELETE FROM audit",
            "UPDATE audit_head SET seq = 0",
            "UPDATE audit_head SET hash = 'x'",
            "DELETE FROM audit_head",
            "UPDATE approval SET patient_id = '200'",
            "DELETE FROM approval",
        ] {
            assert!(beside.execute(sql).await.is_err(), "{sql}");
        }
        if url.starts_with("postgres") {
            assert!(beside.execute("TRUNCATE audit").await.is_err());
        }
        let mut tx = db.read().await.unwrap();
        assert!(matches!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { rows } if rows > 3));
    }

    async fn rows_that_cannot_be_are_refused(place: Place) {
        let url = place.url().await;
        let db = uketsuke::store::open(&url).await.unwrap();
        document(&db, "x").await;
        let mut beside = Beside::open(&url).await;
        for sql in [
            // Approved by nobody; a state in the wrong tray; a link without a choice, a choice without a link.
            "UPDATE document SET state = 'approved', tray = 'confirmed'",
            "UPDATE document SET tray = 'pushed'",
            "UPDATE document SET patient_id = '1'",
            "UPDATE document SET patient_choice = 'linked'",
            "UPDATE document SET patient_choice = 'no_patient', patient_id = '1'",
            "UPDATE document SET state = 'done'",
            "UPDATE delivery SET state = 'gone'",
            "UPDATE delivery SET trouble = 'sad'",
            "UPDATE job SET stage = 'dance'",
        ] {
            assert!(beside.execute(sql).await.is_err(), "{sql}");
        }
        assert_eq!(beside.execute("UPDATE document SET patient_choice = 'linked', patient_id = '1'").await.unwrap(), 1);
    }

    async fn a_reading_transaction_cannot_write(place: Place) {
        // What a page holds; the compiler forbids it to name a writing function at all.
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        let reader = db.reader();
        let mut tx = reader.read().await.unwrap();
        assert_eq!(audit::verify(&mut tx).await.unwrap(), Verified::Whole { rows: 0 });
        drop(tx);
        db.close().await;
        assert!(db.read().await.is_err());
    }
}

#[test]
fn the_words_of_the_tables_are_the_words_of_the_program() {
    let tables = include_str!("../../../src/store/migrations/0001_init.sql");
    let words = |column: &str, table: &str| -> Vec<String> {
        let table = tables.split(&format!("CREATE TABLE {table} (")).nth(1).unwrap().split("\n);").next().unwrap();
        let list = table.split(&format!("CHECK ({column} IN (")).nth(1).unwrap().split(')').next().unwrap();
        list.split(", ").map(|word| word.trim_matches('\'').to_owned()).collect()
    };
    let codes = |all: &[&str]| all.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    assert_eq!(words("state", "delivery"), DeliveryState::ALL.iter().map(|s| s.code()).collect::<Vec<_>>());
    assert_eq!(words("state", "document"), DocumentState::ALL.iter().map(|s| s.code()).collect::<Vec<_>>());
    assert_eq!(words("stage", "job"), Stage::ALL.iter().map(|s| s.code()).collect::<Vec<_>>());
    let trays: Vec<_> =
        uketsuke::store::documents::Tray::ALL.iter().map(|t| serde_json::to_value(t).unwrap()).collect();
    assert_eq!(words("tray", "document"), trays);
    let troubles = [
        Trouble::EmptyFile,
        Trouble::UnsupportedFormat,
        Trouble::Damaged,
        Trouble::Encrypted,
        Trouble::TooLarge,
        Trouble::TimedOut,
        Trouble::WorkerCrashed,
    ];
    assert_eq!(words("trouble", "delivery"), troubles.map(Trouble::code));
    assert_eq!(words("channel", "delivery"), codes(&["fax", "email", "scan", "upload"]));
    assert_eq!(words("decision", "document"), codes(&["ready", "review", "unreadable"]));
}
