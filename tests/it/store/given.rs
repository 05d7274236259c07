//! What these tests start from: invented deliveries, readings, people.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uketsuke::db::{Db, WriteTx};
use uketsuke::domain::*;
use uketsuke::review::{Compared, Correction, PatientChoice, Review, Settings};
use uketsuke::store::audit::Actor;
use uketsuke::store::{deliveries, documents, masters, users};

/// A morning.
pub const NOW: Timestamp = Timestamp(1_790_000_000_000);
/// One hour.
pub const HOUR: i64 = 3_600_000;

pub fn later(ms: i64) -> Timestamp {
    NOW.plus_ms(ms)
}

pub fn origin(object: &str) -> Origin {
    Origin {
        source: "fax".into(),
        channel: Channel::Fax,
        object: object.into(),
        file_name: format!("{object}.tif"),
        fax: FaxMeta { sender_number: Some("06-0000-1111".into()), ..FaxMeta::default() },
    }
}

/// A delivery of its own bytes.
pub async fn delivery(db: &Db, object: &str) -> DeliveryId {
    delivery_at(db, object, NOW).await
}

pub async fn delivery_at(db: &Db, object: &str, at: Timestamp) -> DeliveryId {
    let mut tx = db.write().await.unwrap();
    let print = Fingerprint::of(object.as_bytes());
    let received = deliveries::receive(&mut tx, &origin(object), &print, 7, at).await.unwrap();
    tx.commit().await.unwrap();
    received.id().clone()
}

pub fn found(value: &str, page: u32) -> Found {
    Found {
        value: value.into(),
        raw: value.into(),
        confidence: 0.75,
        spot: Spot { page: PageNo(page), bbox: BBox::new(0.1, 0.2, 0.3, 0.4) },
        alternatives: vec![],
        learned_from: None,
        from_master: false,
        decided_by: None,
    }
}

/// A reading of some pages about a patient.
pub fn reading(pages: &[u32], kind: Kind, name: &str) -> DocumentReading {
    let mut fields = Fields::new();
    if !name.is_empty() {
        fields.insert(FieldName::PatientName, found(name, pages.first().copied().unwrap_or(1)));
    }
    fields.insert(FieldName::SenderInstitutionName, found("みどり坂診療所", 1));
    DocumentReading {
        pages: pages.iter().copied().map(PageNo).collect(),
        rotation: pages.iter().map(|_| 0).collect(),
        kind,
        kind_confidence: 0.875,
        fields,
        matches: Matches::default(),
        decision: Decision::Review,
        alerts: vec![],
        reasons: vec![],
    }
}

/// Proposes and answers the ids.
pub async fn propose(db: &Db, delivery: &DeliveryId, readings: &[DocumentReading], at: Timestamp) -> Vec<DocumentId> {
    let mut tx = db.write().await.unwrap();
    let ids = documents::propose(&mut tx, delivery, readings, at, |_| 24 * HOUR, at).await.unwrap();
    tx.commit().await.unwrap();
    ids
}

/// One proposed referral letter.
pub async fn document(db: &Db, object: &str) -> DocumentId {
    let delivery = delivery(db, object).await;
    propose(db, &delivery, &[reading(&[1], Kind::ReferralLetter, "海野 環")], NOW).await.remove(0)
}

pub async fn user(db: &Db, login: &str) -> UserId {
    let mut tx = db.write().await.unwrap();
    let name = format!("担当 {login}");
    let new = users::NewUser {
        login,
        display_name: &name,
        roles: Roles::new([Role::Approver]),
        password_hash: "$argon2id$invented",
        must_change: false,
    };
    let id = users::insert(&mut tx, &new, &Actor::Program, NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

pub async fn found_document(db: &Db, id: &DocumentId) -> documents::Document {
    let mut tx = db.read().await.unwrap();
    documents::find(&mut tx, id).await.unwrap().expect("the document is there")
}

/// Patient 0042 (海野 環), institution I1 and doctor D1 in the masters.
async fn masters(db: &Db) {
    let patient = Patient {
        patient_id: "0042".into(),
        name: "海野 環".into(),
        birth_date: "1948-02-11".into(),
        ..Patient::default()
    };
    let institution =
        Institution { institution_id: "I1".into(), name: "みどり坂診療所".into(), ..Default::default() };
    let doctor = Doctor { doctor_id: "D1".into(), institution_id: "I1".into(), ..Doctor::default() };
    let mut tx = db.write().await.unwrap();
    add(&mut tx, &[patient]).await;
    add(&mut tx, &[institution]).await;
    add(&mut tx, &[doctor]).await;
    tx.commit().await.unwrap();
}

async fn add<T: masters::Master>(tx: &mut WriteTx, rows: &[T]) {
    let diff = masters::compare(tx, rows, &HashSet::new()).await.unwrap();
    masters::apply(tx, &diff, NOW).await.unwrap();
}

/// The verbs with ten minutes' hold, and the clock they follow; the masters know somebody to link to.
pub async fn review(db: &Db) -> (Review, Arc<AtomicI64>) {
    review_undoing(db, 0).await
}

/// The same, with so many seconds to take a confirmation back.
pub async fn review_undoing(db: &Db, undo_seconds: u32) -> (Review, Arc<AtomicI64>) {
    masters(db).await;
    let clock = Arc::new(AtomicI64::new(NOW.0));
    let notice = KindRecipe {
        kind: Kind::Notice,
        titles: vec![],
        cues: vec![],
        patient: false,
        confirmable: true,
        restricted: false,
        due: Due::usual(),
        fields: vec![],
    };
    let recipes = Arc::new(Recipes { kinds: vec![notice], ..Recipes::default() });
    (Review::new(db.clone(), Clock::Fixed(clock.clone()), recipes, Settings { hold_ms: 600_000, undo_seconds }), clock)
}

pub fn turn(clock: &AtomicI64, ms: i64) {
    clock.fetch_add(ms, Ordering::Relaxed);
}

pub fn correction(name: &str, patient: Option<PatientChoice>) -> Correction {
    Correction {
        kind: Kind::ReferralLetter,
        values: BTreeMap::from([(FieldName::PatientName, name.to_owned())]),
        patient,
        institution_id: None,
        doctor_id: None,
    }
}

/// What a careful reviewer compared with the image.
pub fn compared() -> Compared {
    Compared { fields: vec![FieldName::PatientName, FieldName::PatientBirthDate], sender_asked: false }
}

/// A connection beside the program's own, for what the program itself cannot do: look into every table, and tamper.
pub enum Beside {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Beside {
    pub async fn open(url: &str) -> Beside {
        use sqlx::Connection;
        match url.strip_prefix("sqlite:") {
            Some(_) => Beside::Sqlite(sqlx::SqliteConnection::connect(url).await.unwrap()),
            None => Beside::Postgres(sqlx::PgConnection::connect(url).await.unwrap()),
        }
    }

    /// Runs it; the rows changed, or the database's refusal.
    pub async fn execute(&mut self, sql: &'static str) -> Result<u64, sqlx::Error> {
        match self {
            Beside::Sqlite(conn) => sqlx::query(sql).execute(conn).await.map(|done| done.rows_affected()),
            Beside::Postgres(conn) => sqlx::query(sql).execute(conn).await.map(|done| done.rows_affected()),
        }
    }

    /// The one number that a query answers.
    pub async fn number(&mut self, sql: &'static str) -> i64 {
        match self {
            Beside::Sqlite(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
            Beside::Postgres(conn) => sqlx::query_scalar(sql).fetch_one(conn).await.unwrap(),
        }
    }

    /// Takes the guards away, as an intruder with the database's own password could.
    pub async fn disarm(&mut self) {
        match self {
            Beside::Sqlite(_) => {
                for sql in
                    ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", "DROP TRIGGER audit_head_forward"]
                {
                    self.execute(sql).await.unwrap();
                }
            }
            Beside::Postgres(_) => {
                for sql in ["ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit_head DISABLE TRIGGER ALL"] {
                    self.execute(sql).await.unwrap();
                }
            }
        }
    }
}
