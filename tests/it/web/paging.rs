//! Pages arranged by a person: no page is lost or doubled, what was typed stays, and what is read follows.

use super::browser::Driver;
use super::http::Client;
use super::seed::{Desk, HOUR, PASSWORD, blank_page, letter, paper};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::store::documents;

pub const LETTER: &[&str] = &[
    "診療情報提供書",
    "汐見総合病院 循環器内科 先生 御侍史",
    "患者氏名 風間 灯 様",
    "フリガナ カザマ アカリ",
    "生年月日 昭和32年4月5日",
    "紹介目的 精査加療をお願いいたします。",
];
pub const REPLY: &[&str] = &[
    "診療情報提供書（返書）",
    "ご紹介いただきありがとうございました。",
    "患者氏名 星野 翼 様",
    "フリガナ ホシノ ツバサ",
    "生年月日 昭和47年1月30日",
];
pub const MORE: &[&str] = &["検査結果のつづき", "備考 次回は6月に受診の予定です。"];

struct At {
    desk: Desk,
    client: Client,
    csrf: String,
}

impl At {
    async fn open(db: uketsuke::db::Db) -> At {
        let desk = Desk::open(db).await;
        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let csrf = client.csrf().await;
        At { desk, client, csrf }
    }

    async fn hold(&mut self, id: &DocumentId) {
        assert_eq!(self.client.post(&format!("/items/{id}/hold"), &[("csrf", &self.csrf)]).await.status, 303);
    }

    /// Presses a button of the page list of a document, with what is typed besides.
    async fn press(&mut self, id: &DocumentId, wish: &str, typed: &[(&str, &str)]) -> super::http::Reply {
        let document = self.desk.document(id).await;
        let version = document.version.to_string();
        let mut form = vec![("csrf", self.csrf.as_str()), ("version", &version), ("kind", document.kind.code())];
        form.push(("do", wish));
        form.extend_from_slice(typed);
        self.client.post(&format!("/items/{id}/pages"), &form).await
    }

    async fn pages(&self, id: &DocumentId) -> Vec<u32> {
        self.desk.document(id).await.pages.iter().map(|no| no.0).collect()
    }

    async fn all(&self, delivery: &DeliveryId) -> Vec<documents::Document> {
        documents::of_delivery(&mut self.desk.db.read().await.unwrap(), delivery).await.unwrap()
    }
}

on_both_databases! {
    async fn what_is_two_documents_is_parted_and_joined_again(db: Db) {
        let mut at = At::open(db).await;
        let (delivery, ids) = at.desk.fax("two.tif", &[LETTER, MORE, REPLY], &[&[1, 2, 3]]).await;
        let id = &ids[0];
        at.hold(id).await;
        let parted = at.press(id, "split:3", &[("f.remarks", "電話で確認済み")]).await;
        assert_eq!((parted.status, parted.header("location")), (303, format!("/items/{id}?done=parted").as_str()));
        let all = at.all(&delivery).await;
        assert_eq!(all.len(), 2);
        let (first, second) = (&all[0], &all[1]);
        assert_eq!((at.pages(id).await, at.pages(&second.id).await), (vec![1, 2], vec![3]));
        assert_eq!(first.values[&FieldName::Remarks], "電話で確認済み", "what was typed stays where it was typed");
        assert_eq!(first.values[&FieldName::PatientName].replace(' ', ""), "風間灯");
        assert_eq!((first.state, second.state), (DocumentState::InReview, DocumentState::Proposed));
        assert_eq!(second.kind, Kind::ReplyLetter, "what is parted is looked at afresh");
        assert_eq!(second.values[&FieldName::PatientName].replace(' ', ""), "星野翼");
        assert!(at.desk.log(second.id.as_str()).await.contains(&"document.parted".to_owned()));

        let wish = format!("join:{}:{}", second.id, second.version);
        assert_eq!(at.press(id, &wish, &[]).await.status, 303);
        let all = at.all(&delivery).await;
        assert_eq!((all.len(), at.pages(id).await), (1, vec![1, 2, 3]));
        assert_eq!(all[0].values[&FieldName::Remarks], "電話で確認済み");
        assert_eq!(at.press(id, &wish, &[]).await.status, 404, "what was joined is no more");
    }

    async fn pages_are_ordered_put_out_and_taken_back(db: Db) {
        let mut at = At::open(db).await;
        let (delivery, ids) = at.desk.fax("three.tif", &[MORE, LETTER, &[]], &[&[1, 2, 3]]).await;
        let id = &ids[0];
        at.hold(id).await;
        assert_eq!(at.press(id, "earlier:2", &[]).await.status, 303);
        assert_eq!(at.pages(id).await, [2, 1, 3]);
        assert_eq!(at.press(id, "drop:3", &[]).await.status, 303);
        let document = at.desk.document(id).await;
        assert_eq!((at.pages(id).await, document.dropped.0.clone()), (vec![2, 1], vec![PageNo(3)]));
        let page = at.client.get(&format!("/items/{id}")).await.text();
        let (two, one) = (page.find("id=\"page-2\"").unwrap(), page.find("id=\"page-1\"").unwrap());
        assert!(two < one && !page.contains("id=\"page-3\""), "the page shows them in that order");

        // Reading the delivery again neither brings the page back nor makes a document of it.
        let readings = at.desk.reread.documents(&delivery, vec![(vec![PageNo(1), PageNo(2), PageNo(3)], None)], None);
        let readings = readings.await.unwrap();
        let mut tx = at.desk.db.write().await.unwrap();
        documents::propose(&mut tx, &delivery, &readings, at.desk.now(), |_| HOUR, at.desk.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((at.all(&delivery).await.len(), at.pages(id).await), (1, vec![2, 1]));

        assert_eq!(at.press(id, "restore:3", &[]).await.status, 303);
        assert_eq!(at.pages(id).await, [2, 1, 3]);
        for wish in ["drop:2", "drop:1"] {
            assert_eq!(at.press(id, wish, &[]).await.status, 303);
        }
        let last = at.press(id, "drop:3", &[]).await;
        assert_eq!(last.status, 409);
        assert!(last.text().contains("最後の1ページは外せません"));
        assert_eq!(at.pages(id).await, [3]);
    }

    async fn the_fields_follow_the_kind(db: Db) {
        let mut at = At::open(db).await;
        let (_, ids) = at.desk.fax("kind.tif", &[LETTER], &[&[1]]).await;
        let id = &ids[0];
        at.hold(id).await;
        let before = at.desk.document(id).await;
        let version = before.version.to_string();
        let form = [("csrf", at.csrf.as_str()), ("version", &version), ("kind", "reply_letter"), ("then", "kind"), ("f.patient_name", "風間 燈")];
        let reply = at.client.post(&format!("/items/{id}/save"), &form).await;
        assert_eq!((reply.status, reply.header("location")), (303, format!("/items/{id}?done=refitted").as_str()));
        let after = at.desk.document(id).await;
        assert_eq!((after.kind, after.reading.kind), (Kind::ReplyLetter, Kind::ReplyLetter));
        assert_eq!(after.values[&FieldName::PatientName], "風間 燈", "what was typed stays");
        assert_eq!(after.values[&FieldName::PatientBirthDate], "1957-04-05");
        assert!(at.desk.log(id.as_str()).await.contains(&"document.refitted".to_owned()));
    }

    async fn nobody_arranges_what_a_colleague_holds(db: Db) {
        let mut at = At::open(db).await;
        let (_, ids) = at.desk.fax("held.tif", &[LETTER, MORE, REPLY], &[&[1, 2], &[3]]).await;
        let mut other = Client::new(at.desk.address);
        other.sign_in("onodera", PASSWORD).await;
        let csrf = other.csrf().await;
        other.post(&format!("/items/{}/hold", ids[1]), &[("csrf", &csrf)]).await;
        let theirs = at.desk.document(&ids[1]).await;
        at.hold(&ids[0]).await;
        let mine = at.desk.document(&ids[0]).await;
        let taken = at.press(&ids[0], &format!("join:{}:{}", theirs.id, theirs.version), &[]).await;
        assert_eq!(taken.status, 409);
        assert!(taken.text().contains("小野寺 剛さんが確認中"));
        let version = theirs.version.to_string();
        let form = [("csrf", at.csrf.as_str()), ("version", &version), ("do", "drop:3")];
        assert_eq!(at.client.post(&format!("/items/{}/pages", ids[1]), &form).await.status, 409);
        assert_eq!(at.desk.document(&ids[1]).await, theirs);
        assert_eq!(at.desk.document(&ids[0]).await.pages, mine.pages);
        for nonsense in ["split:1", "split:9", "turn:1:45", "fold:1", ""] {
            let status = at.press(&ids[0], nonsense, &[]).await.status;
            assert!([400, 409].contains(&status), "{nonsense}: {status}");
        }
    }

    async fn a_page_is_turned_and_a_part_of_it_read_again(db: Db) {
        // A page that really shows something: turned by a person it is read anew, and a box of it is read alone.
        let mut at = At::open(db).await;
        let driver = Driver::start();
        let browser = driver.browser().await;
        let (png, boxes) = paper(&browser).await;
        browser.close().await;
        let upside = image::load_from_memory(&png).unwrap().rotate180();
        let mut turned = std::io::Cursor::new(Vec::new());
        upside.write_to(&mut turned, image::ImageFormat::Png).unwrap();
        let delivery = at.desk.delivery("upside.tif", Channel::Fax, turned.get_ref(), HOUR).await;
        let mut reading = letter(&BTreeMap::new());
        reading.fields.clear();
        let id = at.desk.propose(&delivery, &reading, HOUR, HOUR).await;
        at.hold(&id).await;
        let reply = at.press(&id, "turn:1:180", &[]).await;
        assert_eq!((reply.status, reply.header("location")), (303, format!("/items/{id}?done=turned").as_str()));
        let document = at.desk.document(&id).await;
        assert_eq!(document.values[&FieldName::PatientName].replace(' ', ""), "風間灯");
        assert_eq!(document.rotation.0, [180]);
        let picture = at.client.get(&format!("/deliveries/{delivery}/pages/1")).await;
        assert_ne!(picture.bytes, *turned.get_ref(), "the page is shown as it was turned");

        let place = boxes["diagnosis"];
        let edges = format!("{},{},{},{}", place.left - 0.01, place.top - 0.005, place.right + 0.01, place.bottom + 0.005);
        at.client.extra.push(("x-uketsuke", "quiet"));
        let form = [("csrf", at.csrf.as_str()), ("page", "1"), ("box", &edges)];
        let part = at.client.post(&format!("/items/{id}/part"), &form).await;
        assert_eq!(part.status, 200);
        assert!(part.text().contains("労作性狭心症の疑い"), "{}", part.text());
        assert!(!part.text().contains("精査加療"), "only what is in the box");
        let form = [("csrf", at.csrf.as_str()), ("page", "7"), ("box", &edges)];
        assert_eq!(at.client.post(&format!("/items/{id}/part"), &form).await.status, 404);
        let nothing = at.desk.delivery("nothing.tif", Channel::Fax, &blank_page(), HOUR).await;
        assert_ne!(nothing, delivery);
    }
}
