//! Fills an empty database with invented documents, for `uketsuke bench queue`. Never called by the service.

mod says;
mod words;

use self::says::says;
use super::{Result, quality, sound};
use crate::db::{ReadTx, WriteTx, execute, one};
use crate::domain::{BBox, DocumentReading, FaxMeta, Fields, Found, Kind, PageNo, Spot, Timestamp, UserId, read_again};
use sqlx::types::Json;
use std::collections::BTreeMap;

/// The id of the invented document `i`, as long as a real one and growing with `i` as those do.
macro_rules! id {
    ($i:literal) => {
        concat!("('00000000-0000-7000-8000-' || substr(CAST(1000000000000 + ", $i, " AS TEXT), 2))")
    };
}

/// The numbers from `$1` to `$2`, as `n (i)`.
macro_rules! numbers {
    () => {
        "WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2) "
    };
}

/// Whether anything lies in the database.
pub async fn is_empty(tx: &mut ReadTx) -> Result<bool> {
    let (n,): (i64,) = one!(tx, "SELECT count(*) FROM (SELECT 1 FROM delivery LIMIT 1) AS found")?;
    Ok(n == 0)
}

/// Makes the documents numbered `from` to `to` of `all`, the last of them received `now`: three of a thousand wait, one of twenty is
/// set aside, and what remains stands in the referral database.
pub async fn fill(tx: &mut WriteTx, from: i64, to: i64, all: i64, now: Timestamp) -> Result<()> {
    // Twenty years of a busy office, whatever the number.
    let apart_ms = 20 * 365 * 86_400_000 / all.max(1);
    execute!(
        tx,
        concat!(
            numbers!(),
            "INSERT INTO delivery (id, source, channel, object, file_name, fax, fingerprint, size_bytes, state, page_count, \
         received_at, updated_at) \
         SELECT ",
            id!("i"),
            ", CASE i % 3 WHEN 0 THEN 'mail' WHEN 1 THEN 'scanner' ELSE 'fax' END, \
         CASE i % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'scan' ELSE 'fax' END, 'object ' || i, i || '.tif', $6, 'bench', 4711, \
         'read', 1, $3 - ($4 - i) * $5, $3 - ($4 - i) * $5 FROM n"
        ),
        from,
        to,
        now,
        all,
        apart_ms,
        Json(FaxMeta::default())
    )?;
    execute!(
        tx,
        concat!(
            numbers!(),
            "INSERT INTO document (id, delivery_id, ordinal, state, tray, version, kind, kind_confidence, decision, source, channel, \
         received_at, due_at, updated_at, patient_label, sender_label, alert_count, approved_by, approved_at, pages, rotation, \
         field_values, reading, departments) \
         SELECT ",
            id!("i"),
            ", ",
            id!("i"),
            ", 1, \
         CASE WHEN i % 1000 < 3 THEN 'proposed' WHEN i % 1000 = 3 THEN 'inquiry' WHEN i % 20 = 7 THEN 'set_aside' ELSE 'pushed' END, \
         CASE WHEN i % 1000 < 3 THEN 'open' WHEN i % 1000 = 3 THEN 'inquiry' WHEN i % 20 = 7 THEN 'set_aside' ELSE 'pushed' END, \
         1, CASE i % 7 WHEN 0 THEN 'referral_letter' WHEN 1 THEN 'reply_letter' WHEN 2 THEN 'appointment_request' \
         WHEN 3 THEN 'discharge_summary' WHEN 4 THEN 'medication_report' WHEN 5 THEN 'exam_request' ELSE 'notice' END, 0.97, \
         CASE i % 11 WHEN 0 THEN 'unreadable' WHEN 1 THEN 'ready' ELSE 'review' END, \
         CASE i % 3 WHEN 0 THEN 'mail' WHEN 1 THEN 'scanner' ELSE 'fax' END, \
         CASE i % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'scan' ELSE 'fax' END, \
         $3 - ($4 - i) * $5, $3 - ($4 - i) * $5 + 28800000, $3 - ($4 - i) * $5 + 3600000, '患者 ' || i, '医院 ' || (i % 997), \
         CASE WHEN i % 13 = 0 THEN 1 ELSE 0 END, 'bench', $3 - ($4 - i) * $5 + 3600000, $6, $7, $8, $9, \
         CASE i % 5 WHEN 0 THEN '|' || $10 || '|' WHEN 1 THEN '|外科|' END FROM n"
        ),
        from,
        to,
        now,
        all,
        apart_ms,
        Json(vec![1]),
        Json(vec![0]),
        Json(BTreeMap::<String, String>::new()),
        sound::json(&reading(Fields::new()))?,
        DEPARTMENT
    )?;
    // One statement for many rows: a million statements would take longer than the rows.
    let search: &'static str = tx.pick(
        concat!(
            "INSERT INTO document_search (document_id, folded, no) SELECT ",
            id!("($1 + e.key)"),
            ", e.value, $1 + e.key FROM json_each($2) e ORDER BY e.key"
        ),
        concat!(
            "INSERT INTO document_search (document_id, folded, no) SELECT ",
            id!("($1 + e.key - 1)"),
            ", e.value, $1 + e.key - 1 FROM jsonb_array_elements_text($2) WITH ORDINALITY AS e(value, key) ORDER BY e.key"
        ),
    );
    let pairs: &'static str = tx.pick(
        "INSERT INTO document_gram (rowid, grams) SELECT $1 + e.key, e.value FROM json_each($2) e ORDER BY e.key",
        "INSERT INTO document_gram (rowid, grams) SELECT $1 + e.key - 1, e.value \
         FROM jsonb_array_elements_text($2) WITH ORDINALITY AS e(value, key) ORDER BY e.key",
    );
    for first in (from..=to).step_by(AT_ONCE) {
        let (folded, grams): (Vec<String>, Vec<String>) = (first..=to).take(AT_ONCE).map(says).unzip();
        execute!(tx, search, first, Json(folded))?;
        execute!(tx, pairs, first, Json(grams))?;
    }
    Ok(())
}

/// The department to which one document of five is addressed; another one is to another, the others to none.
pub const DEPARTMENT: &str = "内科";
/// Rows of one statement.
const AT_ONCE: usize = 500;

/// Readies the database for being filled, as an import of many documents would: SQLite keeps more of the file in memory and writes the
/// index of pairs in large pieces, PostgreSQL makes that index once at the end.
pub async fn prepare(tx: &mut WriteTx) -> Result<()> {
    Ok(tx
        .script(
            "PRAGMA cache_size = -524288; INSERT INTO document_gram (document_gram, rank) VALUES ('hashsize', 67108864)",
            "DROP INDEX document_gram_vector",
        )
        .await?)
}

/// Beside the documents `from` to `to`: two rows of the audit log for each, and the draws of the confirmed ones, of which one of twenty
/// was read again by `second` and the newest wait. The newest few thousand also get fields, which the figures of quality look at.
pub async fn fill_beside(
    tx: &mut WriteTx,
    (from, to, all): (i64, i64, i64),
    (first, second): (&UserId, &UserId),
    now: Timestamp,
) -> Result<()> {
    let apart_ms = 20 * 365 * 86_400_000 / all.max(1);
    // Numbers before the first that the chain itself gives: it stays whole, and the pages find them all the same.
    for (step, verb) in [(0, "document.viewed"), (1, "document.approved")] {
        execute!(
            tx,
            concat!(
                numbers!(),
                "INSERT INTO audit (seq, at, actor, verb, subject, detail, hash) \
             SELECT 2 * (i - $4) - 2 + $6, $3 - ($4 - i) * $5, CASE i % 2 WHEN 0 THEN $8 ELSE $9 END, $7, ",
                id!("i"),
                ", '{}', 'bench ' || $7 || ",
                id!("i"),
                " FROM n"
            ),
            from,
            to,
            now,
            all,
            apart_ms,
            step,
            verb,
            first,
            second
        )?;
    }
    execute!(
        tx,
        concat!(
            numbers!(),
            "INSERT INTO audit_patient (patient_id, seq) SELECT 'P' || (i % 50000), 2 * (i - $3) - 1 FROM n"
        ),
        from,
        to,
        all
    )?;
    execute!(
        tx,
        "INSERT INTO quality_draw (document_id, drawn_at, random, share_ppm, chosen, first_version, first_user, first_kind, \
         second_user, second_at, differing, settled_at) \
         SELECT d.id, d.approved_at, s.no, 50000, s.no % 20 = 0, 1, $3, d.kind, \
         CASE WHEN s.no % 20 = 0 AND s.no <= $5 THEN $4 END, \
         CASE WHEN s.no % 20 = 0 AND s.no <= $5 THEN d.approved_at END, 0, \
         CASE WHEN s.no % 20 = 0 AND s.no <= $5 THEN d.approved_at END \
         FROM document_search s JOIN document d ON d.id = s.document_id \
         WHERE s.no >= $1 AND s.no <= $2 AND d.tray = 'pushed'",
        from,
        to,
        first,
        second,
        all - WAITING * 20
    )?;
    for item in ["kind", "patient", "patient_name", "patient_birth_date"] {
        execute!(
            tx,
            "INSERT INTO quality_item (document_id, item, first_value, second_value, agreement) \
             SELECT q.document_id, $3, 'a', 'a', 'same' FROM document_search s JOIN quality_draw q ON q.document_id = s.document_id \
             WHERE s.no >= $1 AND s.no <= $2 AND q.second_user IS NOT NULL",
            from,
            to,
            item
        )?;
    }
    if to > all - WITH_FIELDS {
        execute!(
            tx,
            "UPDATE document SET reading = $3 WHERE id IN \
             (SELECT document_id FROM document_search WHERE no >= $1 AND no <= $2)",
            from,
            to,
            sound::json(&reading(fields()))?
        )?;
    }
    Ok(())
}

/// Samples that wait to be read again.
const WAITING: i64 = 100;
/// The newest documents, whose readings have fields.
const WITH_FIELDS: i64 = 5_000;

fn reading(fields: Fields) -> DocumentReading {
    DocumentReading {
        pages: vec![PageNo(1)],
        rotation: vec![0],
        kind: Kind::ReferralLetter,
        kind_confidence: 0.97,
        fields,
        matches: crate::domain::Matches::default(),
        decision: crate::domain::Decision::Review,
        alerts: Vec::new(),
        reasons: Vec::new(),
    }
}

/// What is usually read of a letter.
fn fields() -> Fields {
    let found = |confidence| Found {
        value: "架空".to_owned(),
        raw: "架空".to_owned(),
        confidence,
        spot: Spot { page: PageNo(1), bbox: BBox::new(0.1, 0.2, 0.4, 0.22) },
        alternatives: Vec::new(),
        learned_from: None,
        from_master: false,
        decided_by: None,
    };
    let asked = read_again(Kind::ReferralLetter).iter().enumerate();
    asked.map(|(i, field)| (*field, found(0.9 + i as f32 / 200.0))).collect()
}

/// Undoes what `prepare` did, and counts what is kept counted.
pub async fn settle(tx: &mut WriteTx) -> Result<()> {
    quality::recount(tx).await?;
    Ok(tx
        .script(
            "INSERT INTO document_gram (document_gram, rank) VALUES ('hashsize', 1048576); PRAGMA cache_size = -2000",
            "SET LOCAL maintenance_work_mem = '512MB'; \
             CREATE INDEX document_gram_vector ON document_gram USING gin (vector) WITH (fastupdate = off)",
        )
        .await?)
}
