//! A delivery of which no document comes, closed by hand and opened again: out of the bar, out of the head of the queue, never out of the lists.

use super::http::Client;
use super::seed::{Desk, HOUR, PASSWORD, blank_page};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::store::{alarms, deliveries};

async fn waiting(desk: &Desk) -> i64 {
    alarms::waiting(&mut desk.db.read().await.unwrap(), desk.now()).await.unwrap()
}

on_both_databases! {
    async fn what_was_dealt_with_otherwise_is_closed_and_can_be_taken_back(db: Db) {
        let desk = Desk::open(db).await;
        let locked = desk.delivery("鍵付き.pdf", Channel::Email, &blank_page(), 3 * HOUR).await;
        desk.advance(&locked, &[DeliveryState::Reading, DeliveryState::Held], Some(Trouble::Encrypted)).await;
        let odd = desk.delivery("記録.docx", Channel::Email, &blank_page(), 2 * HOUR).await;
        desk.advance(&odd, &[DeliveryState::Reading, DeliveryState::Unreadable], Some(Trouble::UnsupportedFormat)).await;
        let mut client = Client::new(desk.address);
        client.sign_in("mihara", PASSWORD).await;
        let csrf = client.csrf().await;
        assert_eq!(waiting(&desk).await, 2);
        let queue = client.get("/queue").await.text();
        assert!(queue.contains("鍵付き.pdf") && queue.contains("記録.docx") && queue.contains("！2</span>"), "{queue}");

        let path = format!("/deliveries/{locked}");
        let (close, reopen) = (format!("{path}/close"), format!("{path}/reopen"));
        assert!(client.get(&path).await.text().contains("対応済にする"));
        assert_eq!(client.post(&close, &[("csrf", "x")]).await.status, 403);
        assert_eq!(client.post(&reopen, &[("csrf", &csrf)]).await.status, 409, "it is not closed");
        desk.person("kansa", &[Role::Auditor], &[]).await;
        let mut auditor = Client::new(desk.address);
        auditor.sign_in("kansa", PASSWORD).await;
        let theirs = auditor.csrf().await;
        assert_eq!(auditor.post(&close, &[("csrf", &theirs)]).await.status, 403);
        assert_eq!(waiting(&desk).await, 2);

        let reply = client.post(&close, &[("csrf", &csrf)]).await;
        assert_eq!((reply.status, reply.header("location")), (303, format!("{path}?done=closed").as_str()));
        assert_eq!(client.post(&close, &[("csrf", &csrf)]).await.status, 409, "once");
        let page = client.get(&path).await.text();
        assert!(page.contains("に三原") && page.contains("が対応済にしました。") && page.contains("対応済を取り消す"), "{page}");
        assert!(!page.contains("対応済にする</button>"));
        let queue = client.get("/queue").await.text();
        assert!(!queue.contains("鍵付き.pdf") && queue.contains("記録.docx") && queue.contains("！1</span>"), "{queue}");
        for (list, there) in [("", true), ("?state=closed", true), ("?state=held", false), ("?state=unreadable", false)] {
            let list = client.get(&format!("/deliveries{list}")).await.text();
            assert_eq!(list.contains("鍵付き.pdf"), there, "{list}");
        }
        assert_eq!(waiting(&desk).await, 1);

        let reply = client.post(&reopen, &[("csrf", &csrf)]).await;
        assert_eq!((reply.status, reply.header("location")), (303, format!("{path}?done=reopened_delivery").as_str()));
        assert!(client.get("/deliveries?state=held").await.text().contains("鍵付き.pdf"));
        assert_eq!(waiting(&desk).await, 2);
        let log = desk.log(locked.as_str()).await;
        assert!(["delivery.closed", "delivery.reopened"].iter().all(|verb| log.iter().any(|said| said == verb)), "{log:?}");
        let history = client.get(&path).await.text();
        assert!(history.contains("対応済にした") && history.contains("対応済を取り消し"), "{history}");

        // What is read again is open again.
        assert_eq!(client.post(&close, &[("csrf", &csrf)]).await.status, 303);
        assert_eq!(client.post(&format!("{path}/retry"), &[("csrf", &csrf)]).await.status, 303);
        let row = deliveries::find(&mut desk.db.read().await.unwrap(), &locked).await.unwrap().unwrap();
        assert_eq!((row.state, row.closed_at), (DeliveryState::Reading, None));
    }
}
