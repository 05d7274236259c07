//! A patient who was not in the master gets a number by two people, never by one, and the record follows.

use super::http::Client;
use super::seed::{Desk, PASSWORD};
use crate::support::on_both_databases;
use uketsuke::domain::*;
use uketsuke::review::PatientChoice;
use uketsuke::store::documents::Seeing;
use uketsuke::store::newcomers;

async fn signed_in(desk: &Desk, login: &str) -> (Client, String) {
    let mut client = Client::new(desk.address);
    client.sign_in(login, PASSWORD).await;
    let csrf = client.csrf().await;
    (client, csrf)
}

const COMPARED: &[(&str, &str)] = &[("compared", "00048213:patient_name"), ("compared", "00048213:patient_birth_date")];

on_both_databases! {
    async fn two_people_give_a_newcomer_the_number(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        let (mut mihara, mine) = signed_in(&desk, "mihara").await;
        let (mut onodera, theirs) = signed_in(&desk, "onodera").await;
        mihara.post(&format!("/items/{id}/hold"), &[("csrf", &mine)]).await;
        let version = desk.document(&id).await.version.to_string();
        let form = [("csrf", mine.as_str()), ("version", &version), ("kind", "referral_letter"), ("patient", "none"), ("institution", "id:K0012"), ("blank_ok", "1")];
        assert_eq!(mihara.post(&format!("/items/{id}/confirm"), &form).await.status, 303);
        let path = format!("/newcomers/{id}");
        let propose = |csrf: &str| -> Vec<(String, String)> {
            let pairs = [&[("csrf", csrf), ("patient", "00048213"), ("do", "propose")], COMPARED].concat();
            pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
        };
        let post = async |client: &mut Client, form: &[(String, String)]| {
            let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            client.post(&path, &form).await
        };
        assert_eq!(post(&mut mihara, &propose(&mine)).await.status, 409, "not before the record stands");
        desk.push_all(referral.clone()).await;
        let list = mihara.get("/newcomers").await.text();
        assert!(list.contains("仮00001") && list.contains("風間 灯"), "{list}");
        let page = mihara.get(&path).await.text();
        assert!(page.contains(&format!("{path}?patient=00048213")), "the master's likely patient is offered");

        let without: Vec<(String, String)> = propose(&mine).into_iter().filter(|(n, _)| n != "compared").collect();
        assert_eq!(post(&mut mihara, &without).await.status, 409, "two identifiers are compared");
        assert_eq!(post(&mut mihara, &propose(&mine)).await.header("location"), "/newcomers?done=proposed");
        let join = |csrf: &str| -> Vec<(String, String)> {
            propose(csrf).into_iter().map(|(n, v)| if n == "do" { (n, "join".to_owned()) } else { (n, v) }).collect()
        };
        let alone = post(&mut mihara, &join(&mine)).await;
        assert_eq!(alone.status, 409);
        assert!(alone.text().contains("提案した人とは別の担当者"));
        let other: Vec<(String, String)> = join(&theirs).into_iter().map(|(n, v)| (n, v.replace("00048213", "00051902"))).collect();
        assert_eq!(post(&mut onodera, &other).await.status, 409, "only what was proposed is joined");
        assert_eq!(desk.document(&id).await.patient(), Some(PatientChoice::NotInMaster));
        assert_eq!(post(&mut onodera, &join(&theirs)).await.header("location"), "/newcomers?done=number_joined");
        desk.push_all(referral.clone()).await;
        let document = desk.document(&id).await;
        assert_eq!((document.state, document.patient()), (DocumentState::Pushed, Some(PatientChoice::Linked("00048213".into()))));
        let record = uketsuke::referral_db::find(&mut referral.read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!(record.values.get("patient_id").map(String::as_str), Some("00048213"));
        assert!(newcomers::open(&mut desk.db.read().await.unwrap(), &Seeing::Everything, 10).await.unwrap().is_empty());
        let again = post(&mut onodera, &join(&theirs)).await;
        assert_eq!(again.header("location"), format!("/items/{id}"), "what is joined leads to its document");
        let log = desk.log(id.as_str()).await;
        assert_eq!(log.iter().filter(|row| *row == "newcomer.joined").count(), 1, "never twice");
        for verb in ["newcomer.made", "newcomer.join_proposed", "newcomer.joined", "document.reopened"] {
            assert!(log.iter().any(|row| row == verb), "{verb}");
        }
    }

    async fn a_proposal_is_taken_back(place: Place) {
        let desk = Desk::open(uketsuke::store::open(&place.url().await).await.unwrap()).await;
        let referral = uketsuke::referral_db::open(&place.url().await).await.unwrap();
        let id = desk.letter().await;
        let (mut client, csrf) = signed_in(&desk, "mihara").await;
        client.post(&format!("/items/{id}/hold"), &[("csrf", &csrf)]).await;
        let version = desk.document(&id).await.version.to_string();
        let form = [("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter"), ("patient", "none"), ("blank_ok", "1")];
        client.post(&format!("/items/{id}/confirm"), &form).await;
        desk.push_all(referral).await;
        let form = [&[("csrf", csrf.as_str()), ("patient", "00048213"), ("do", "propose")], COMPARED].concat();
        assert_eq!(client.post(&format!("/newcomers/{id}"), &form).await.status, 303);
        let form = [("csrf", csrf.as_str()), ("patient", "00048213"), ("do", "withdraw")];
        assert_eq!(client.post(&format!("/newcomers/{id}"), &form).await.status, 303);
        let row = newcomers::find(&mut desk.db.read().await.unwrap(), &id).await.unwrap().unwrap();
        assert_eq!((row.patient_id, row.proposed_by), (None, None));
    }
}
