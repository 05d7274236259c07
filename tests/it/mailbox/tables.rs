//! The tables of mailboxes and messages, on both databases.

use crate::store::given::{NOW, later};
use crate::support::on_both_databases;
use uketsuke::domain::{Channel, FaxMeta, Fingerprint, Origin};
use uketsuke::store::mailboxes::{self, Progress};
use uketsuke::store::mails::{self, MailMarks, MailPlace, Mailed};

fn place(uid: u32) -> MailPlace {
    MailPlace { source: "m".into(), folder: "INBOX".into(), uid_validity: 7, uid }
}

fn origin(place: &MailPlace) -> Origin {
    let object = format!("{}/{}/{}", place.folder, place.uid_validity, place.uid);
    Origin { source: "m".into(), channel: Channel::Email, object, file_name: "x.eml".into(), fax: FaxMeta::default() }
}

fn marks(id: &str, body: &str) -> MailMarks {
    MailMarks { message_key: id.into(), body_key: body.into(), size_bytes: 5, arrived: NOW }
}

on_both_databases! {
    async fn the_state_of_a_folder_is_kept(db: Db) {
        let mut tx = db.write().await.unwrap();
        mailboxes::failing(&mut tx, "m", "INBOX", "だめ", &Progress::default(), NOW).await.unwrap();
        mailboxes::failing(&mut tx, "m", "INBOX", "まだだめ", &Progress { received: 2, body_bytes: 9, ..Default::default() }, later(5)).await.unwrap();
        let row = mailboxes::find(&mut tx, "m", "INBOX").await.unwrap().unwrap();
        assert_eq!((row.trouble.as_str(), row.failing_since, row.received, row.body_bytes), ("まだだめ", Some(NOW), 2, 9));
        assert_eq!((row.last_contact, row.last_message), (None, Some(later(5))));
        mailboxes::selected(&mut tx, "m", "INBOX", 7).await.unwrap();
        let progress = Progress { messages: Some(30), waiting: 4, received: 1, again: 1, body_bytes: 10, wire_bytes: 20 };
        mailboxes::looked(&mut tx, "m", "INBOX", &progress, later(9)).await.unwrap();
        mailboxes::looked(&mut tx, "m", "INBOX", &Progress::default(), later(10)).await.unwrap();
        let row = mailboxes::find(&mut tx, "m", "INBOX").await.unwrap().unwrap();
        assert_eq!((row.trouble.as_str(), row.failing_since, row.last_contact), ("", None, Some(later(10))));
        assert_eq!((row.messages, row.waiting, row.received, row.again), (30, 0, 3, 1));
        assert_eq!((row.body_bytes, row.wire_bytes, row.last_message), (19, 20, Some(later(9))));
        mailboxes::selected(&mut tx, "m", "INBOX", 8).await.unwrap();
        assert_eq!(mailboxes::find(&mut tx, "m", "INBOX").await.unwrap().unwrap().uid_validity, 8);
        assert_eq!(mailboxes::list(&mut tx).await.unwrap().len(), 1);
        mailboxes::forget(&mut tx, "m", "INBOX").await.unwrap();
        assert!(mailboxes::list(&mut tx).await.unwrap().is_empty());
    }

    async fn a_message_is_one_delivery_however_often_it_is_received(db: Db) {
        let receive = async |uid: u32, bytes: &str, marks: MailMarks| {
            let mut tx = db.write().await.unwrap();
            let print = Fingerprint::of(bytes.as_bytes());
            let place = place(uid);
            let mailed = mails::receive(&mut tx, &origin(&place), &place, &print, &marks, 5, NOW).await.unwrap();
            tx.commit().await.unwrap();
            mailed
        };
        let Mailed::New(first) = receive(1, "one", marks("id1", "b1")).await else { panic!() };
        assert_eq!(receive(1, "one", marks("id1", "b1")).await, Mailed::Again(first.clone()));
        assert_eq!(receive(2, "one", marks("", "b1")).await, Mailed::Again(first.clone()), "the same bytes");
        assert_eq!(receive(3, "one, relayed", marks("id1", "b1")).await, Mailed::Again(first.clone()));
        assert!(matches!(receive(4, "other", marks("id1", "b2")).await, Mailed::New(_)), "one id, two contents");
        let Mailed::New(resent) = receive(5, "again", marks("id5", "b1")).await else { panic!() };
        assert!(matches!(receive(6, "nothing", marks("", "")).await, Mailed::New(_)));
        let Mailed::New(empty) = receive(7, "nothing else", marks("", "")).await else { panic!() };
        let mut tx = db.read().await.unwrap();
        let of = async |tx: &mut uketsuke::db::ReadTx, id| uketsuke::store::deliveries::find(tx, id).await.unwrap().unwrap();
        assert_eq!(of(&mut tx, &resent).await.duplicate_of, Some(first.clone()));
        assert_eq!(of(&mut tx, &empty).await.duplicate_of, None, "two empty mails have nothing in common");
        assert_eq!(mails::places(&mut tx, &first).await.unwrap(), 3);
        assert_eq!(mails::known(&mut tx, "m", "INBOX", 7).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
    }

    async fn generations_held_and_acknowledged(db: Db) {
        let mut tx = db.write().await.unwrap();
        for uid in [1, 2] {
            let id = format!("id{uid}");
            let print = Fingerprint::of(id.as_bytes());
            mails::receive(&mut tx, &origin(&place(uid)), &place(uid), &print, &marks(&id, &id), 5, NOW).await.unwrap();
        }
        mails::hold(&mut tx, &place(3), &marks("", ""), NOW).await.unwrap();
        mails::hold(&mut tx, &place(4), &marks("", ""), NOW).await.unwrap();
        mails::done(&mut tx, &place(1)).await.unwrap();
        mails::done(&mut tx, &place(3)).await.unwrap();
        let open = mails::open(&mut tx, "m", "INBOX", 7).await.unwrap();
        let states: Vec<(i64, &str)> = open.iter().map(|row| (row.uid, row.state.as_str())).collect();
        assert_eq!(states, [(2, "received"), (3, "held"), (4, "held")]);
        mails::release(&mut tx, &place(4)).await.unwrap();
        mails::release(&mut tx, &place(2)).await.unwrap();
        assert_eq!(mails::known(&mut tx, "m", "INBOX", 7).await.unwrap(), [1, 2, 3]);

        let new = |uid| MailPlace { uid_validity: 8, ..place(uid) };
        assert!(mails::has_earlier(&mut tx, "m", "INBOX", 8).await.unwrap());
        assert!(!mails::has_earlier(&mut tx, "m", "INBOX", 7).await.unwrap());
        assert!(mails::renumber(&mut tx, &new(10), &marks("id1", ""), later(1)).await.unwrap());
        assert!(!mails::renumber(&mut tx, &new(11), &marks("id1", ""), later(1)).await.unwrap(), "there was one");
        assert!(!mails::renumber(&mut tx, &new(11), &MailMarks { size_bytes: 6, ..marks("id2", "") }, NOW).await.unwrap());
        assert!(!mails::renumber(&mut tx, &new(11), &marks("", ""), NOW).await.unwrap());
        mails::close_earlier(&mut tx, "m", "INBOX", 8).await.unwrap();
        assert!(mails::open(&mut tx, "m", "INBOX", 7).await.unwrap().is_empty());
        assert_eq!(mails::known(&mut tx, "m", "INBOX", 7).await.unwrap(), [2]);
        assert_eq!(mails::open(&mut tx, "m", "INBOX", 8).await.unwrap().len(), 1);
    }
}
