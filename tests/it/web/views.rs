//! Every view of a patient's document is an audit row: each page there is that shows one, by whoever opened it, with whose it is.

use super::seed::Desk;
use super::whole::{EVERYTHING, Whole, signed_in};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;
use uketsuke::store::audit;

/// Rows about what was looked at, by that person: verb, subject, detail.
async fn looked(desk: &Desk, subject: &str, who: &UserId) -> Vec<(String, serde_json::Value)> {
    let log = audit::of(&mut desk.db.read().await.unwrap(), subject).await.unwrap();
    let by = |row: &audit::Entry| row.actor == who.as_str() && row.verb.ends_with("viewed");
    log.into_iter().filter(by).map(|row| (row.verb.clone(), row.detail())).collect()
}

on_both_databases! {
    async fn every_page_that_shows_a_document_leaves_its_row(place: Place) {
        let db = uketsuke::store::open(&place.url().await).await.unwrap();
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let whole = Whole::open(db, referral, None, "").await;
        let desk = &whole.desk;
        let (mut client, _) = signed_in(desk, EVERYTHING).await;
        let who = desk.staff(EVERYTHING).await;
        let mut of: BTreeMap<&str, usize> = BTreeMap::new();
        for (door, address) in whole.pages().await {
            if !door.contains("{id}") || door == "/staff/{id}" {
                continue;
            }
            // Whose id stands in the address: one document, or two where they are laid side by side; or what arrived.
            let ids: Vec<String> = address.split(['/', '=', '?']).filter(|part| DocumentId::parse(part).is_some() || DeliveryId::parse(part).is_some()).map(str::to_owned).collect();
            assert!(!ids.is_empty(), "{address}");
            let mut before = Vec::new();
            for id in &ids {
                before.push(looked(desk, id, &who).await.len());
            }
            let reply = client.get(&address).await;
            assert_eq!(reply.status, 200, "{address}");
            for (id, before) in ids.iter().zip(before) {
                let after = looked(desk, id, &who).await;
                assert_eq!(after.len(), before + 1, "{address}: {id}: {after:?}");
                let (verb, detail) = after.last().unwrap();
                // Which patient: as it is chosen in the document, where one is.
                if let Some(document) = DocumentId::parse(id).filter(|_| door != "/deliveries/{id}") {
                    let patient = desk.document(&document).await.patient();
                    let patient = patient.as_ref().and_then(|patient| patient.id()).map(str::to_owned);
                    assert_eq!(detail["patient_id"].as_str().map(str::to_owned), patient, "{address}: {verb} {detail}");
                } else {
                    assert!(verb == "delivery.viewed" && detail["documents"].is_array(), "{address}: {verb} {detail}");
                }
            }
            *of.entry(door).or_default() += ids.len();
        }
        println!("views on record: {of:?}");
        assert_eq!(of.len(), 7, "{of:?}");
        assert_eq!(of["/items/{id}/related"], 3, "one alone, and two side by side");
        // An image alone, its words, the original: each by somebody who did not open the page.
        let (mut other, _) = signed_in(desk, "onodera").await;
        let onodera = desk.staff("onodera").await;
        let before = looked(desk, whole.delivery.as_str(), &onodera).await.len();
        assert_eq!(other.get(&format!("/deliveries/{}/pages/1/words", whole.delivery)).await.status, 200);
        assert_eq!(looked(desk, whole.delivery.as_str(), &onodera).await.len(), before + 1);
        assert_eq!(other.get(&format!("/deliveries/{}/original", whole.delivery)).await.status, 200);
        assert!(desk.log(whole.delivery.as_str()).await.contains(&"delivery.downloaded".to_owned()));
    }
}
