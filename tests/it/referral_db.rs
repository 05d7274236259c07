//! Confirmed documents in the referral database, on SQLite and on PostgreSQL; and the published schema against the SQL.

use crate::support::on_both_databases;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};
use std::collections::{BTreeMap, BTreeSet};
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::referral_db::{self, Error, Record, Referenced, SourceLink, Table, column, push};

const NOW: Timestamp = Timestamp(1_780_000_000_000);

fn approved(kind: Kind, document: &DocumentId, version: i64, values: &[(FieldName, &str)]) -> Approved {
    let mut approved = Approved::by(Approver::Person(UserId::fresh()), document.clone(), version, NOW, kind);
    approved.values = values.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
    approved
}

fn link(document: &DocumentId) -> SourceLink {
    SourceLink {
        delivery_id: DeliveryId::fresh(),
        document_id: document.clone(),
        fingerprint: Fingerprint::of(b"a page"),
        pages: vec![PageNo(2), PageNo(3)],
        received_at: NOW.plus_ms(-3_600_000),
        channel: Channel::Fax,
        source: Some("fax".into()),
        sender_number: Some("0144-00-1111".into()),
        approver_name: Some("受付 一郎".into()),
    }
}

fn people() -> Referenced {
    Referenced {
        patient: Some(Patient {
            patient_id: "00070001".into(),
            name: "𠮷岡 みなと".into(),
            kana: "ヨシオカ ミナト".into(),
            sex: "female".into(),
            birth_date: "1957-04-05".into(),
            ..Patient::default()
        }),
        institution: Some(Institution {
            institution_id: "K0001".into(),
            institution_code: "0113613657".into(),
            name: "医療法人 みずうみ会 みずうみ医院".into(),
            registered: "1".into(),
            ..Institution::default()
        }),
        doctor: Some(Doctor {
            doctor_id: "D001".into(),
            institution_id: "K0001".into(),
            name: "湖 誠".into(),
            ..Doctor::default()
        }),
    }
}

fn with_people(mut approved: Approved) -> Approved {
    approved.patient_id = Some("00070001".into());
    approved.institution_id = Some("K0001".into());
    approved.doctor_id = Some("D001".into());
    approved
}

async fn stored(db: &Db, document: &DocumentId) -> Option<Record> {
    referral_db::find(&mut db.read().await.unwrap(), document).await.unwrap()
}

/// A value of the field's type.
fn sample(field: FieldName) -> &'static str {
    match field.value_type() {
        ValueType::Date => "2026-04-01",
        ValueType::Dates => "2026-06-03,2026-06-01",
        ValueType::Sex => "female",
        ValueType::YesNo => "yes",
        ValueType::CareLevel => "要介護3",
        ValueType::Modality => "MRI",
        ValueType::RegistrationAction => "change",
        ValueType::Number => "12",
        ValueType::PostalCode => "053-0000",
        ValueType::Text => "1行目\n2行目 '引用' % _",
        _ => "値12",
    }
}

/// One number that a statement answers.
async fn number(url: &str, sql: &str) -> i64 {
    let sql = AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite:") {
        sqlx::SqliteConnection::connect(url).await.unwrap().fetch_one(sql).await.unwrap().get(0)
    } else {
        sqlx::PgConnection::connect(url).await.unwrap().fetch_one(sql).await.unwrap().get(0)
    }
}

on_both_databases! {
    open = referral_db::open;

    async fn every_kind_becomes_a_row_with_all_its_fields(db: Db) {
        for &kind in Kind::ALL {
            let Some(table) = Table::of(kind) else { continue };
            let document = DocumentId::fresh();
            let values: Vec<_> = table.fields().map(|field| (field, sample(field))).collect();
            let approved = with_people(approved(kind, &document, 4, &values));
            let record = push(&db, &approved, &link(&document), &people(), NOW).await.unwrap();
            let got = stored(&db, &document).await.unwrap();
            assert_eq!((got.id, got.table, got.version), (record, table.name, 4), "{}", kind.code());
            for (field, value) in values {
                if field == FieldName::PatientId && !table.patient {
                    continue;
                }
                assert_eq!(got.values.get(column(field)).map(String::as_str), Some(value), "{} {}", kind.code(), field.code());
            }
            assert_eq!(got.values["kind"], kind.code());
            assert_eq!(got.values["received_on"], "2026-05-29");
            assert_eq!(got.values["institution_id"], "K0001");
            assert_eq!(got.values["doctor_id"], "D001");
            if table.patient {
                assert_eq!(got.values["patient_id"], "00070001");
                assert_eq!(got.values.get("other_values"), None, "{}", kind.code());
            } else {
                assert_eq!(got.values["other_values"], r#"{"patient_id":"00070001"}"#);
            }
            assert_eq!(got.values.get("first_desired_date").map(String::as_str), table.has_first_desired_date().then_some("2026-06-03"));
        }
    }

    async fn an_advertisement_is_no_record(db: Db) {
        let document = DocumentId::fresh();
        let error = push(&db, &approved(Kind::Advertisement, &document, 1, &[]), &link(&document), &Referenced::default(), NOW).await.unwrap_err();
        assert!(matches!(error, Error::NotARecord("advertisement")) && !error.is_transient());
        assert_eq!(stored(&db, &document).await, None);
    }

    async fn the_same_version_again_changes_nothing(db: Db) {
        let document = DocumentId::fresh();
        let first = approved(Kind::ReplyLetter, &document, 2, &[(FieldName::Diagnosis, "胃潰瘍")]);
        let record = push(&db, &first, &link(&document), &Referenced::default(), NOW).await.unwrap();
        let again = approved(Kind::ReplyLetter, &document, 2, &[(FieldName::Diagnosis, "別のこと")]);
        assert_eq!(push(&db, &again, &link(&document), &Referenced::default(), NOW.plus_ms(5)).await.unwrap(), record);
        assert_eq!(stored(&db, &document).await.unwrap().values["diagnosis"], "胃潰瘍");
        assert!(referral_db::history_of(&mut db.read().await.unwrap(), &document).await.unwrap().is_empty());
    }

    async fn a_later_version_replaces_and_remembers(db: Db) {
        let document = DocumentId::fresh();
        let first = with_people(approved(Kind::ReferralLetter, &document, 2, &[(FieldName::Diagnosis, "胃潰瘍"), (FieldName::Purpose, "精査")]));
        let record = push(&db, &first, &link(&document), &people(), NOW).await.unwrap();
        let later = approved(Kind::ReferralLetter, &document, 5, &[(FieldName::Diagnosis, "胃癌の疑い")]);
        assert_eq!(push(&db, &later, &link(&document), &Referenced::default(), NOW.plus_ms(9)).await.unwrap(), record);
        let got = stored(&db, &document).await.unwrap();
        assert_eq!((got.version, got.values["diagnosis"].as_str()), (5, "胃癌の疑い"));
        assert_eq!((got.values.get("purpose"), got.values.get("patient_id")), (None, None), "what is no longer said is no longer there");
        let history = referral_db::history_of(&mut db.read().await.unwrap(), &document).await.unwrap();
        assert_eq!(history.len(), 1);
        assert_eq!(history[0].0, 2);
        assert_eq!(history[0].1["diagnosis"], "胃潰瘍");
        assert_eq!(history[0].1["patient_id"], "00070001");

        let earlier = push(&db, &first, &link(&document), &people(), NOW).await.unwrap_err();
        assert!(matches!(earlier, Error::Outdated { pushed: 2, stored: 5 }) && !earlier.is_transient());
        assert_eq!(stored(&db, &document).await.unwrap().version, 5);
    }

    async fn another_kind_moves_the_record(db: Db) {
        let document = DocumentId::fresh();
        let first = approved(Kind::Unknown, &document, 1, &[(FieldName::SenderFax, "0144-00-1111")]);
        let record = push(&db, &first, &link(&document), &Referenced::default(), NOW).await.unwrap();
        let later = approved(Kind::Notice, &document, 2, &[(FieldName::DocumentDate, "2026-05-01")]);
        assert_eq!(push(&db, &later, &link(&document), &Referenced::default(), NOW).await.unwrap(), record);
        let got = stored(&db, &document).await.unwrap();
        assert_eq!((got.table, got.id, got.values["document_date"].as_str()), ("notice", record, "2026-05-01"));
        let back = approved(Kind::Unknown, &document, 3, &[]);
        push(&db, &back, &link(&document), &Referenced::default(), NOW).await.unwrap();
        assert_eq!(stored(&db, &document).await.unwrap().table, "inquiry");
        let history = referral_db::history_of(&mut db.read().await.unwrap(), &document).await.unwrap();
        assert_eq!(history.iter().map(|(version, old)| (*version, old["kind"].as_str())).collect::<Vec<_>>(), [(1, "unknown"), (2, "notice")]);
    }

    async fn only_the_confirmed_rows_are_linked(db: Db) {
        let document = DocumentId::fresh();
        let mut other = people();
        other.patient.as_mut().unwrap().patient_id = "00070002".into();
        let approved = with_people(approved(Kind::ReferralLetter, &document, 1, &[]));
        for rows in [other, Referenced::default(), Referenced { doctor: None, ..people() }] {
            let error = push(&db, &approved, &link(&document), &rows, NOW).await.unwrap_err();
            assert!(matches!(error, Error::Reference(_)), "{error}");
        }
        let error = push(&db, &approved, &link(&DocumentId::fresh()), &people(), NOW).await.unwrap_err();
        assert!(matches!(error, Error::OtherDocument));
        assert_eq!(stored(&db, &document).await, None);
    }

    async fn two_pushes_at_once_make_one_record(place: Place) {
        let url = place.url().await;
        let db = referral_db::open(&url).await.unwrap();
        // A second opening, as a second node would have.
        let other = referral_db::open(&url).await.unwrap();
        for _ in 0..8 {
            let document = DocumentId::fresh();
            let pushes: Vec<_> = (1..=8).map(|n| {
                let (db, document) = (if n % 2 == 0 { db.clone() } else { other.clone() }, document.clone());
                tokio::spawn(async move {
                    let version = 1 + n % 3;
                    let approved = with_people(approved(Kind::ExamRequest, &document, version, &[(FieldName::Modality, "CT")]));
                    push(&db, &approved, &link(&document), &people(), NOW).await
                })
            }).collect();
            let mut records = BTreeSet::new();
            for done in pushes {
                match done.await.unwrap() {
                    Ok(record) => { records.insert(record); }
                    Err(Error::Outdated { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(records.len(), 1);
            assert_eq!(stored(&db, &document).await.unwrap().version, 3);
        }
        assert_eq!(number(&url, "SELECT count(*) FROM exam_request").await, 8);
        assert_eq!(number(&url, "SELECT count(*) FROM source_document WHERE version = 3").await, 8);
        assert_eq!(number(&url, "SELECT count(*) FROM patient").await, 1);
        assert_eq!(number(&url, "SELECT count(*) FROM all_records WHERE record_table = 'exam_request' AND patient_id = '00070001'").await, 8);
    }

    async fn what_the_statistics_office_fills_in_stays(place: Place) {
        let url = place.url().await;
        let db = referral_db::open(&url).await.unwrap();
        let document = DocumentId::fresh();
        let first = approved(Kind::ReferralLetter, &document, 1, &[]);
        push(&db, &first, &link(&document), &Referenced::default(), NOW).await.unwrap();
        db.close().await;
        number(&url, "UPDATE referral SET first_visit = TRUE, letter_source = 'checkup' RETURNING 1 + 0 * CAST(1 AS BIGINT)").await;
        let db = referral_db::open(&url).await.unwrap();
        let later = approved(Kind::ReferralLetter, &document, 2, &[]);
        push(&db, &later, &link(&document), &Referenced::default(), NOW).await.unwrap();
        assert_eq!(number(&url, "SELECT count(*) FROM referral WHERE first_visit AND letter_source = 'checkup'").await, 1);
    }

    async fn another_programs_database_is_refused(place: Place) {
        let url = place.url().await;
        uketsuke::store::open(&url).await.unwrap().close().await;
        let error = referral_db::open(&url).await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
    }
}

/// Table to columns, as the SQL says.
fn tables_of_the_sql() -> BTreeMap<String, Vec<String>> {
    let mut files: Vec<_> =
        std::fs::read_dir("src/referral_db/migrations").unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in files
        .iter()
        .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
    {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            open = rest.strip_suffix(" (").map(str::to_owned);
        } else if line == ");" {
            open = None;
        } else if let Some(table) = &open
            && let Some(column) = line.split_whitespace().next().filter(|word| *word != "PRIMARY")
        {
            tables.entry(table.clone()).or_default().push(column.to_owned());
        }
    }
    tables
}

#[test]
fn the_published_schema_is_the_sql() {
    let docs = std::fs::read_to_string("docs/referral-database.md").unwrap();
    let sql = tables_of_the_sql();
    let section = |table: &str| {
        let from = docs.find(&format!("### `{table}` — ")).unwrap_or_else(|| panic!("{table} is not published"));
        let rest = &docs[from..];
        rest[4..].find("\n## ").into_iter().chain(rest[4..].find("\n### ")).min().map_or(rest, |end| &rest[..end + 4])
    };
    let columns = |text: &str| -> BTreeSet<String> {
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next().map(str::to_owned)).collect()
    };
    let between = |from: &str, to: &str| &docs[docs.find(from).unwrap()..docs.find(to).unwrap()];
    let common = columns(between("### 共通の列", "### 患者の列"));
    let patient = columns(between("### 患者の列", "### `referral`"));
    for (table, has) in &sql {
        let mut published = columns(section(table));
        if let Some(record) = Table::named(table) {
            published.extend(common.iter().cloned());
            if record.patient {
                published.extend(patient.iter().cloned());
            }
        }
        assert_eq!(published, has.iter().cloned().collect(), "{table}");
    }
    assert_eq!(docs.matches("\n### `").count(), sql.len(), "as many tables are published as there are");
}

#[test]
fn every_record_table_has_the_columns_of_its_fields() {
    let sql = tables_of_the_sql();
    for table in Table::ALL {
        for field in table.fields() {
            assert!(sql[table.name].iter().any(|c| c == column(field)), "{}.{}", table.name, field.code());
        }
    }
}
