//! What other systems ask for: lists that lose and repeat nothing, pushes in the order of the commits, single rows of a master.

use super::given::*;
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use std::sync::Arc;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::files::Files;
use uketsuke::pipeline::ReceiveHandle;
use uketsuke::pipeline::import::NotPlaced;
use uketsuke::review::PatientChoice;
use uketsuke::store::audit::{self, Actor};
use uketsuke::store::documents::{self, ItemFilter, Seeing};
use uketsuke::store::masters::{self, Change};

async fn page(db: &Db, filter: &ItemFilter, after: Option<&DocumentId>, limit: i64) -> Vec<DocumentId> {
    let mut tx = db.read().await.unwrap();
    let found = documents::items(&mut tx, filter, after, limit, documents::FURTHEST).await.unwrap();
    found.rows.into_iter().map(|row| row.id).collect()
}

fn system() -> Seeing {
    Seeing::System { restricted: vec![Kind::DisclosureRequest] }
}

on_both_databases! {
    async fn a_list_shows_each_document_once_while_more_arrive(db: Db) {
        let mut made = Vec::new();
        for i in 0..5 {
            made.push(document(&db, &format!("before-{i}")).await);
        }
        let (mut seen, mut after) = (Vec::new(), None);
        for round in 0..9 {
            let rows = page(&db, &ItemFilter::default(), after.as_ref(), 2).await;
            let Some(last) = rows.last() else { break };
            after = Some(last.clone());
            seen.extend(rows);
            if round < 3 {
                made.push(document(&db, &format!("meanwhile-{round}")).await);
            }
        }
        assert_eq!(seen, made);
    }

    async fn a_list_is_narrowed_and_hides_what_few_may_see(db: Db) {
        let letter = document(&db, "letter").await;
        let late = delivery_at(&db, "late", later(HOUR)).await;
        let notice = propose(&db, &late, &[reading(&[1], Kind::Notice, "")], later(HOUR)).await.remove(0);
        let other = delivery(&db, "disclosure").await;
        let disclosure = propose(&db, &other, &[reading(&[1], Kind::DisclosureRequest, "海野 環")], NOW).await.remove(0);
        let astray = document(&db, "astray").await;
        let mut tx = db.write().await.unwrap();
        documents::mark_misdirected(&mut tx, &astray, true).await.unwrap();
        tx.commit().await.unwrap();
        let everything = ItemFilter::default();
        assert_eq!(page(&db, &everything, None, 10).await, [letter.clone(), notice.clone(), disclosure, astray]);
        let few = ItemFilter { seeing: system(), ..everything };
        assert_eq!(page(&db, &few, None, 10).await, [letter.clone(), notice.clone()]);
        for (filter, wanted) in [
            (ItemFilter { kind: Some(Kind::Notice), ..few.clone() }, vec![notice.clone()]),
            (ItemFilter { kind: Some(Kind::DisclosureRequest), ..few.clone() }, vec![]),
            (ItemFilter { state: Some(DocumentState::Pushed), ..few.clone() }, vec![]),
            (ItemFilter { state: Some(DocumentState::Proposed), ..few.clone() }, vec![letter.clone(), notice.clone()]),
            (ItemFilter { source: Some("elsewhere".into()), ..few.clone() }, vec![]),
            (ItemFilter { received_since: Some(later(HOUR)), ..few.clone() }, vec![notice.clone()]),
            (ItemFilter { received_until: Some(later(HOUR)), ..few.clone() }, vec![letter.clone()]),
        ] {
            assert_eq!(page(&db, &filter, None, 10).await, wanted, "{filter:?}");
        }
    }

    async fn looking_stops_where_little_is_found_and_goes_on_from_there(db: Db) {
        let mut made = Vec::new();
        for i in 0..5 {
            made.push(document(&db, &format!("{i}")).await);
        }
        let late = delivery_at(&db, "late", later(HOUR)).await;
        let notice = propose(&db, &late, &[reading(&[1], Kind::Notice, "")], later(HOUR)).await.remove(0);
        let mut tx = db.read().await.unwrap();
        let rare = ItemFilter { kind: Some(Kind::Notice), ..ItemFilter::default() };
        let first = documents::items(&mut tx, &rare, None, 2, 4).await.unwrap();
        assert_eq!((first.rows.len(), first.next.as_ref()), (0, Some(&made[3])), "nothing so far, and that is not the end");
        let second = documents::items(&mut tx, &rare, first.next.as_ref(), 2, 4).await.unwrap();
        assert_eq!((second.rows.iter().map(|row| &row.id).collect::<Vec<_>>(), second.next), (vec![&notice], None));
        // What people empty and what came in a short time is found at once, however far it lies.
        let open = ItemFilter { state: Some(DocumentState::Proposed), ..rare.clone() };
        let since = ItemFilter { received_since: Some(later(HOUR)), ..ItemFilter::default() };
        for filter in [open, since] {
            let found = documents::items(&mut tx, &filter, None, 2, 1).await.unwrap();
            assert_eq!((found.rows.iter().map(|row| &row.id).collect::<Vec<_>>(), found.next), (vec![&notice], None));
        }
        let all = documents::items(&mut tx, &ItemFilter::default(), None, 2, 6).await.unwrap();
        assert_eq!((all.rows.len(), all.next.as_ref()), (2, Some(&made[1])));
    }

    async fn pushes_are_followed_in_order_with_every_version(db: Db) {
        let (staff, id) = (user(&db, "a").await, document(&db, "x").await);
        let (review, _) = review(&db).await;
        let since = |after: i64| {
            let db = db.clone();
            async move { documents::pushed_since(&mut db.read().await.unwrap(), &system(), after, 10).await.unwrap() }
        };
        assert!(since(0).await.is_empty(), "nothing was confirmed");
        let record = RecordId::fresh();
        let mut last = 0;
        for (round, name) in ["海野 環", "海野 たまき"].iter().enumerate() {
            if round > 0 {
                let version = found_document(&db, &id).await.version;
                review.reopen(&staff, &id, version, "氏名の訂正").await.unwrap();
            }
            let version = review.hold(&staff, &id).await.unwrap().document.version;
            let said = correction(name, Some(PatientChoice::Linked("0042".into())));
            review.confirm(&staff, &id, version, &said, &compared()).await.unwrap();
            assert!(since(last).await.is_empty(), "confirmed is not yet pushed");
            let mut tx = db.write().await.unwrap();
            assert!(documents::pushed(&mut tx, &id, &record, later(2)).await.unwrap());
            tx.commit().await.unwrap();
            let rows = since(last).await;
            assert_eq!(rows.len(), 1, "one push, one line");
            assert_eq!((&rows[0].document_id, rows[0].record_id.as_str(), rows[0].state), (&id, record.as_str(), DocumentState::Pushed));
            assert!(rows[0].seq > last);
            last = rows[0].seq;
        }
        assert_eq!(since(0).await.len(), 2);
        let mut tx = db.write().await.unwrap();
        let names: Vec<String> = documents::versions(&mut tx, &id).await.unwrap().iter().map(|v| v.values.0[&FieldName::PatientName].clone()).collect();
        assert_eq!(names, ["海野 環", "海野 たまき"]);
        let found = documents::by_record(&mut tx, record.as_str()).await.unwrap().unwrap();
        assert_eq!(found.id, id);
        assert!(documents::by_record(&mut tx, RecordId::fresh().as_str()).await.unwrap().is_none());
        documents::mark_misdirected(&mut tx, &id, true).await.unwrap();
        tx.commit().await.unwrap();
        assert!(since(0).await.is_empty(), "few may see it now");
    }

    async fn a_single_row_of_a_master_is_checked_as_a_line_of_a_list(db: Db) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::Fixed(Arc::new(std::sync::atomic::AtomicI64::new(NOW.0)));
        let files = Files::open(folder.path().join("files")).unwrap();
        let door = ReceiveHandle { files, db: db.clone(), clock, wake: Arc::default() };
        let token = Actor::token("abc");
        let cells = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>();
        let good = cells(&[("patient_id", "0099"), ("name", "海野　環"), ("birth_date", "S23.2.11"), ("sex", "女")]);
        let placed = door.put_row::<Patient>("0099", &good, &token).await.unwrap();
        assert_eq!((placed.change, placed.row.name.as_str(), placed.row.birth_date.as_str()), (Change::Added, "海野 環", "1948-02-11"));
        assert_eq!(masters::patient(&mut db.read().await.unwrap(), "0099").await.unwrap().unwrap(), placed.row);
        assert_eq!(door.put_row::<Patient>("0099", &good, &token).await.unwrap().change, Change::Unchanged);
        let moved = cells(&[("patient_id", "0099"), ("name", "海野 環"), ("address", "釧路市1-1")]);
        assert_eq!(door.put_row::<Patient>("0099", &moved, &token).await.unwrap().change, Change::Changed);
        assert_eq!(masters::version(&mut db.read().await.unwrap()).await.unwrap(), 2);
        let unborn = cells(&[("patient_id", "0100"), ("name", "未来 人"), ("birth_date", "2999-01-01")]);
        let broken = cells(&[("patient_id", "0100"), ("name", "海\u{fffd} 環")]);
        let long = cells(&[("patient_id", "0100"), ("name", &"あ".repeat(501))]);
        for (id, row) in [("0100", &unborn), ("0100", &broken), ("0100", &long), ("0100", &good), ("", &cells(&[]))] {
            assert!(matches!(door.put_row::<Patient>(id, row, &token).await, Err(NotPlaced::Refused(_))), "{id}");
        }
        let nowhere = cells(&[("doctor_id", "D9"), ("institution_id", "none"), ("name", "医師 一")]);
        assert!(matches!(door.put_row::<Doctor>("D9", &nowhere, &token).await, Err(NotPlaced::Refused(_))));
        assert!(masters::patient(&mut db.read().await.unwrap(), "0100").await.unwrap().is_none());
        let log = audit::of(&mut db.read().await.unwrap(), "0099").await.unwrap();
        assert_eq!(log.iter().map(|row| (row.actor.as_str(), row.verb.as_str())).collect::<Vec<_>>(), [("token:abc", "masters.put"); 2]);
        assert!(log.iter().all(|row| !row.detail.contains("海野")));

        // A row that an import retired comes back, and the row itself is written by the statement of the imports.
        let mut tx = db.write().await.unwrap();
        let none = masters::compare::<Patient>(&mut tx, &[], &Default::default()).await.unwrap();
        masters::apply(&mut tx, &none, NOW).await.unwrap();
        let row = masters::patient(&mut tx, "0099").await.unwrap().unwrap();
        assert_eq!(masters::standing(&mut tx, "0099").await.unwrap(), Some((row.clone(), false)));
        assert_eq!(masters::standing::<Patient>(&mut tx, "0100").await.unwrap(), None);
        assert_eq!(masters::put(&mut tx, &row, NOW).await.unwrap(), Change::Changed);
        assert_eq!(masters::put(&mut tx, &row, NOW).await.unwrap(), Change::Unchanged);
        assert_eq!(masters::standing(&mut tx, "0099").await.unwrap(), Some((row.clone(), true)));
        assert_eq!(masters::search_patients(&mut tx, "海野", 5).await.unwrap(), [row]);
    }
}
