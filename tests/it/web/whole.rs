//! A desk on which something stands in every tray, so that every page has something to show; and the addresses of all these pages.

use super::browser::Browser;
use super::http::Client;
use super::seed::{self, Desk, HOUR, MINUTE, PASSWORD};
use std::collections::BTreeMap;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::store::{pages, quality};

/// Of somebody who may open every page.
pub const EVERYTHING: &str = "subete";

/// What stands where.
pub struct Whole {
    pub desk: Desk,
    /// Read, waiting, with candidates.
    pub waiting: DocumentId,
    /// Open in the hands of [`EVERYTHING`].
    pub mine: DocumentId,
    /// Open in a colleague's hands.
    pub theirs: DocumentId,
    pub aside: DocumentId,
    pub misdirected: DocumentId,
    pub asked: DocumentId,
    pub confirmed: DocumentId,
    pub recorded: DocumentId,
    pub restricted: DocumentId,
    /// Of a patient whom the master does not know.
    pub newcomer: DocumentId,
    /// Drawn, to be read again.
    pub sample: DocumentId,
    /// Read again with another result, to be settled.
    pub settle: DocumentId,
    pub locked: DeliveryId,
    pub delivery: DeliveryId,
}

/// A letter in a file of that name. Behind everything that its sender wrote stands `tail`.
pub async fn letter(desk: &Desk, name: &str, kind: Kind, tail: &str) -> DocumentId {
    let delivery = desk.delivery(&format!("{name}{tail}"), Channel::Fax, &seed::blank_page(), HOUR).await;
    let mut reading = seed::letter(&BTreeMap::new());
    reading.kind = kind;
    // The others are dates, numbers and choices, or nothing at all.
    let words = |field: &FieldName| {
        matches!(field.value_type(), ValueType::Name | ValueType::Kana | ValueType::Line | ValueType::Text)
    };
    for (field, found) in reading.fields.iter_mut().filter(|(field, _)| !tail.is_empty() && words(field)) {
        if *field != FieldName::RecipientDepartment {
            found.value.push_str(tail);
        }
        found.raw.push_str(tail);
        found.alternatives = vec![found.value.clone()];
    }
    for reason in &mut reading.reasons {
        reason.push_str(tail);
    }
    for evidence in reading.matches.patient.iter_mut().flat_map(|candidate| &mut candidate.evidence) {
        evidence.seen.push_str(tail);
    }
    let line = |text: String| {
        let bbox = BBox::new(0.1, 0.3, 0.8, 0.32);
        Line { bbox, words: vec![Word { text, bbox, confidence: 0.9 }] }
    };
    let text = PageText {
        width_px: 600,
        height_px: 850,
        lines: vec![line(format!("紹介状 風間 灯{tail}"))],
        ..PageText::default()
    };
    let mut tx = desk.db.write().await.unwrap();
    pages::set_text(&mut tx, &delivery, PageNo(1), None, &text).await.unwrap();
    tx.commit().await.unwrap();
    desk.propose(&delivery, &reading, HOUR, 20 * HOUR).await
}

/// Somebody signed in, and the token of their forms.
pub async fn signed_in(desk: &Desk, login: &str) -> (Client, String) {
    let mut client = Client::new(desk.address);
    let reply = client.sign_in(login, PASSWORD).await;
    assert_eq!(reply.status, 303, "{login}: {}", reply.text());
    let csrf = client.csrf().await;
    (client, csrf)
}

/// Does one thing with a document that is taken in hand for it.
pub async fn act(desk: &Desk, who: &mut (Client, String), id: &DocumentId, verb: &str, more: &[(&str, &str)]) {
    let (client, csrf) = who;
    let held = client.post(&format!("/items/{id}/hold"), &[("csrf", csrf)]).await;
    assert_eq!(held.status, 303, "{}", held.text());
    let version = desk.document(id).await.version.to_string();
    let form = [&[("csrf", csrf.as_str()), ("version", &version), ("kind", "referral_letter")], more].concat();
    let done = client.post(&format!("/items/{id}/{verb}"), &form).await;
    assert_eq!(done.status, 303, "{verb}: {}", done.text());
}

const LINKED: &[(&str, &str)] = &[
    ("patient", "id:00048213"),
    ("institution", "id:K0012"),
    ("compared", "00048213:patient_name"),
    ("compared", "00048213:patient_birth_date"),
    ("blank_ok", "1"),
];

impl Whole {
    /// Lays the desk; with a browser, a morning's worth of documents lie on it as well. Behind everything that somebody outside
    /// wrote, and behind every note, stands `tail`.
    pub async fn open(db: Db, referral: Db, browser: Option<&Browser>, tail: &str) -> Whole {
        let desk = Desk::open_undoing(db, uketsuke::web::Settings::default(), 60).await;
        desk.person(EVERYTHING, &[Role::Manager, Role::Administrator], &[]).await;
        let waiting = match browser {
            Some(browser) => desk.morning(browser).await,
            None => letter(&desk, "waiting.tif", Kind::ReferralLetter, tail).await,
        };
        let mut mihara = signed_in(&desk, "mihara").await;
        let mut all = signed_in(&desk, EVERYTHING).await;

        let [recorded, newcomer, sample, settle] = [
            letter(&desk, "recorded.tif", Kind::ReferralLetter, tail).await,
            letter(&desk, "newcomer.tif", Kind::ReferralLetter, tail).await,
            letter(&desk, "sample.tif", Kind::ReferralLetter, tail).await,
            letter(&desk, "settle.tif", Kind::ReferralLetter, tail).await,
        ];
        for id in [&recorded, &sample, &settle] {
            act(&desk, &mut mihara, id, "confirm", LINKED).await;
        }
        act(&desk, &mut mihara, &newcomer, "confirm", &[("patient", "none"), ("blank_ok", "1")]).await;
        desk.wait(2 * MINUTE);
        desk.push_all(referral).await;
        for id in [&sample, &settle] {
            let mut tx = desk.db.write().await.unwrap();
            quality::draw(&mut tx, id, Draw { random: 1, share: 1_000_000 }, desk.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let (onodera, csrf) = &mut signed_in(&desk, "onodera").await;
        let again = [
            ("csrf", csrf.as_str()),
            ("kind", "referral_letter"),
            ("patient", "id:00048213"),
            ("f.patient_name", "風間 灯"),
            ("f.patient_birth_date", "1957-04-15"),
            ("do", "done"),
        ];
        let read = onodera.post(&format!("/quality/samples/{settle}"), &again).await;
        assert_eq!(read.status, 303, "{}", read.text());

        let aside = letter(&desk, "aside.tif", Kind::ReferralLetter, tail).await;
        let note = format!("別件の控え{tail}");
        act(&desk, &mut mihara, &aside, "set-aside", &[("aside", "duplicate"), ("aside_note", &note)]).await;
        let misdirected = letter(&desk, "misdirected.tif", Kind::ReferralLetter, tail).await;
        act(&desk, &mut mihara, &misdirected, "set-aside", &[("aside", "misdirected")]).await;
        let asked = letter(&desk, "asked.tif", Kind::ReferralLetter, tail).await;
        let note = format!("処方の2剤目の用量をご確認ください。{tail}");
        act(&desk, &mut mihara, &asked, "inquire", &[("institution", "id:K0012"), ("note", &note)]).await;
        let confirmed = letter(&desk, "confirmed.tif", Kind::ReferralLetter, tail).await;
        act(&desk, &mut all, &confirmed, "confirm", LINKED).await;
        let restricted = letter(&desk, "restricted.tif", Kind::DisclosureRequest, tail).await;
        let theirs = letter(&desk, "theirs.tif", Kind::ReferralLetter, tail).await;
        desk.review.hold(&desk.staff("mihara").await, &theirs).await.unwrap();
        let mine = letter(&desk, "mine.tif", Kind::ReferralLetter, tail).await;
        desk.review.hold(&desk.staff(EVERYTHING).await, &mine).await.unwrap();
        let locked = desk.delivery(&format!("locked.zip{tail}"), Channel::Email, &seed::blank_page(), HOUR).await;
        desk.advance(&locked, &[DeliveryState::Reading, DeliveryState::Held], Some(Trouble::Encrypted)).await;
        let delivery = desk.document(&waiting).await.delivery_id;
        Whole {
            desk,
            waiting,
            mine,
            theirs,
            aside,
            misdirected,
            asked,
            confirmed,
            recorded,
            restricted,
            newcomer,
            sample,
            settle,
            locked,
            delivery,
        }
    }

    /// Every page behind `GET` for [`EVERYTHING`]: the door it stands behind, and an address. A page that is new and takes an id has
    /// to be named here; one that takes none is found by its door.
    pub async fn pages(&self) -> Vec<(&'static str, String)> {
        let account = self.desk.staff("mihara").await;
        let item = |id: &DocumentId| ("/items/{id}", format!("/items/{id}"));
        let mut pages = vec![
            item(&self.waiting),
            item(&self.mine),
            item(&self.theirs),
            item(&self.aside),
            item(&self.misdirected),
            item(&self.asked),
            item(&self.confirmed),
            item(&self.recorded),
            item(&self.restricted),
            ("/items/{id}/paper", format!("/items/{}/paper", self.waiting)),
            ("/items/{id}/related", format!("/items/{}/related", self.mine)),
            ("/items/{id}/related", format!("/items/{}/related?with={}", self.mine, self.waiting)),
            ("/newcomers/{id}", format!("/newcomers/{}", self.newcomer)),
            ("/newcomers/{id}", format!("/newcomers/{}?patient=00048213", self.newcomer)),
            ("/quality/samples/{id}", format!("/quality/samples/{}", self.sample)),
            ("/quality/samples/{id}/settle", format!("/quality/samples/{}/settle", self.settle)),
            ("/deliveries/{id}", format!("/deliveries/{}", self.delivery)),
            ("/deliveries/{id}", format!("/deliveries/{}", self.locked)),
            ("/staff/{id}", format!("/staff/{account}")),
            ("/queue", "/queue?tray=set_aside".to_owned()),
            ("/queue", "/queue?tray=pushed".to_owned()),
            ("/queue", "/queue?tray=inquiry".to_owned()),
            ("/queue", "/queue?tray=open&kind=notice".to_owned()),
        ];
        for (method, door, _) in uketsuke::web::DOORS {
            if *method != "GET" || NO_PAGE.contains(door) || door.starts_with("/api/") {
                continue;
            }
            if !door.contains('{') {
                pages.push((door, (*door).to_owned()));
            }
            assert!(pages.iter().any(|(of, _)| of == door), "{door}: which address of it shows something?");
        }
        pages
    }
}

/// Addresses that answer with no page of their own: pictures, files, streams, and ways on to another page.
const NO_PAGE: &[&str] = &[
    "/",
    "/sign-in/code",
    "/queue/views/{id}",
    "/live",
    "/manual/{name}",
    "/items/{id}/inquiry.pdf",
    "/deliveries/{id}/pages/{no}",
    "/deliveries/{id}/pages/{no}/words",
    "/deliveries/{id}/original",
    "/static/{version}/{name}",
];
