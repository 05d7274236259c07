//! Mails to people: raised, grouped, told once, sent through a real server until it takes them, and ended.

use crate::mailbox::proxy::Proxy;
use crate::store::given::{HOUR, NOW, delivery_at, document, later, user};
use crate::support::on_both_databases;
use crate::support::service;
use crate::support::smtp::Smtp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uketsuke::alarm::{self, Desk, Refusal, Settings, probe};
use uketsuke::db::Db;
use uketsuke::domain::{Clock, DeliveryState, Trouble};
use uketsuke::net::Security;
use uketsuke::store::{alarms, deliveries, incoming, outbox};

const MINUTE: i64 = 60_000;

struct Room {
    desk: Desk,
    time: Arc<AtomicI64>,
    smtp: Smtp,
    base: TempDir,
}

impl Room {
    fn new(db: Db) -> Room {
        let (smtp, base) = (Smtp::start(), tempfile::tempdir().unwrap());
        std::fs::write(base.path().join("password"), "secret").unwrap();
        let settings = Settings {
            host: "localhost".into(),
            port: smtp.port,
            security: Security::StartTls,
            root_certificates: Some(smtp.certificate()),
            user: "uketsuke".into(),
            password_file: Some(base.path().join("password")),
            from: "受付 <uketsuke@example.jp>".into(),
            to: vec!["renkei@example.jp".into(), "jimu@example.jp".into()],
            disk_mebibytes: 0,
            overdue_minutes: 0,
            silence_hours: 0,
            ..Settings::default()
        };
        let time = Arc::new(AtomicI64::new(NOW.0));
        let desk = Desk { db, clock: Clock::Fixed(Arc::clone(&time)), data: base.path().to_path_buf(), settings };
        Room { desk, time, smtp, base }
    }

    async fn after(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::Relaxed);
        alarm::once(&self.desk, NOW.plus_ms(-HOUR)).await.unwrap();
    }

    async fn stuck(&self, source: &str, path_key: &str) {
        let mut tx = self.desk.db.write().await.unwrap();
        let now = self.desk.clock.now();
        incoming::seen(&mut tx, source, path_key, "山田様 紹介状.pdf", 5, now).await.unwrap();
        incoming::alert(&mut tx, source, path_key).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn gone(&self, source: &str, path_key: &str) {
        let mut tx = self.desk.db.write().await.unwrap();
        incoming::gone(&mut tx, source, path_key).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn count(&self) -> outbox::Count {
        outbox::count(&mut self.desk.db.read().await.unwrap()).await.unwrap()
    }
}

/// The text of a mail of ours, whatever it is written in.
fn text(mail: &str) -> String {
    let message = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    format!("{}\n{}", message.subject().unwrap(), message.body_text(0).unwrap())
}

fn id(mail: &str) -> String {
    mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned()
}

on_both_databases! {
    async fn people_are_told_once_in_one_mail_and_when_it_ended(db: Db) {
        let room = Room::new(db);
        room.after(MINUTE).await;
        assert!(room.smtp.mails().is_empty(), "nothing is wrong");
        room.stuck("fax", "a.tif").await;
        room.stuck("fax", "b.tif").await;
        room.stuck("mail", "0123456789abcdef/").await;
        room.after(MINUTE).await;
        let mails = room.smtp.mails();
        assert_eq!(mails.len(), 2, "one for each recipient");
        let said = text(&mails[0]);
        assert!(said.contains("受信元 fax に、受信が終わらないものがあります（2件）"), "{said}");
        assert!(said.contains("受信元 mail に接続できません（1か所）"), "{said}");
        assert!(!mails.iter().any(|mail| text(mail).contains("山田")), "nobody is named");
        assert_ne!(id(&mails[0]), id(&mails[1]));

        room.stuck("scan", "c.tif").await;
        room.after(MINUTE).await;
        assert_eq!(room.smtp.mails().len(), 2, "not again within the quarter of an hour");
        room.gone("mail", "0123456789abcdef/").await;
        room.after(20 * MINUTE).await;
        let mails = room.smtp.mails();
        assert_eq!(mails.len(), 4);
        let said = text(&mails[2]);
        assert!(said.contains("受信元 scan に") && said.contains("□ 解消: 受信元 mail に接続できません"), "{said}");
        assert!(!said.contains("受信元 fax"), "they know: {said}");
        room.after(20 * MINUTE).await;
        assert_eq!(room.smtp.mails().len(), 4);
        room.after(25 * HOUR).await;
        assert!(text(&room.smtp.mails()[4]).contains("受信元 fax に"), "after a day, once more");
        assert_eq!(room.count().await, outbox::Count { waiting: 0, sent: 6, gave_up: 0 });
    }

    async fn what_is_not_taken_is_tried_again_as_the_same_mail(db: Db) {
        let mut room = Room::new(db);
        room.desk.settings.to.truncate(1);
        room.stuck("fax", "a.tif").await;
        room.smtp.mood("later");
        for _ in 0..3 {
            room.after(MINUTE).await;
        }
        assert_eq!(room.count().await, outbox::Count { waiting: 1, sent: 0, gave_up: 0 });
        room.smtp.mood("cut");
        room.after(10 * MINUTE).await;
        assert_eq!(room.count().await.waiting, 1, "taken, but nobody said so");
        room.smtp.mood("");
        room.after(20 * MINUTE).await;
        let mails = room.smtp.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0], mails[1], "byte for byte: its Message-ID says that it is the same");
        assert_eq!(room.count().await, outbox::Count { waiting: 0, sent: 1, gave_up: 0 });

        room.smtp.mood("never");
        room.stuck("scan", "b.tif").await;
        room.after(20 * MINUTE).await;
        for _ in 0..100 {
            room.after(HOUR).await;
        }
        let count = room.count().await;
        assert!(count.gave_up > 0 && count.sent == 1, "{count:?}");
    }

    async fn disk_time_and_silence_are_noticed(db: Db) {
        let mut room = Room::new(db);
        let week = 7 * 24 * HOUR;
        for ago in 1..=4 {
            for n in 0..2 {
                let at = NOW.plus_ms(-ago * week - n * 10 * MINUTE - MINUTE);
                delivery_at(&room.desk.db, &format!("{ago} {n}"), at).await;
            }
        }
        let mut tx = room.desk.db.read().await.unwrap();
        let heard = alarms::arrivals(&mut tx, HOUR, 2, NOW).await.unwrap();
        assert_eq!(heard, [1, 2].map(|week| (week, "fax".to_owned(), String::new(), 2)));
        drop(tx);
        room.desk.settings.silence_hours = 1;
        room.desk.settings.disk_mebibytes = u64::MAX >> 24;
        room.after(0).await;
        let said = text(&room.smtp.mails()[0]);
        assert!(said.contains("いつもは届く時間帯に1時間何も届いていません"), "{said}");
        assert!(said.contains("ディスクの空きが少なくなっています"), "{said}");
        room.desk.settings.disk_mebibytes = 0;
        room.desk.settings.overdue_minutes = 30;
        document(&room.desk.db, "waits").await;
        assert_eq!(alarms::overdue(&mut room.desk.db.read().await.unwrap(), later(25 * HOUR)).await.unwrap(), 1);
        room.after(16 * MINUTE).await;
        let said = text(&room.smtp.mails()[2]);
        assert!(said.contains("□ 解消: ディスク") && said.contains("□ 解消: 受信元 fax から"), "{said}");
        room.after(24 * HOUR + 20 * MINUTE).await;
        assert!(text(&room.smtp.mails()[4]).contains("期限を過ぎて確認を待っている文書があります（1件）"));
    }

    async fn what_waits_without_a_document_is_told_of_until_it_is_closed(db: Db) {
        let mut room = Room::new(db);
        room.desk.settings.overdue_minutes = 30;
        room.desk.settings.to.truncate(1);
        let staff = user(&room.desk.db, "mihara").await;
        let (locked, odd) = (delivery_at(&room.desk.db, "a", NOW).await, delivery_at(&room.desk.db, "b", NOW).await);
        let mut tx = room.desk.db.write().await.unwrap();
        for (id, state, trouble) in [
            (&locked, DeliveryState::Held, Trouble::Encrypted),
            (&odd, DeliveryState::Unreadable, Trouble::UnsupportedFormat),
        ] {
            deliveries::advance(&mut tx, id, state, Some(trouble), NOW).await.unwrap();
        }
        tx.commit().await.unwrap();
        room.after(29 * MINUTE).await;
        assert!(room.smtp.mails().is_empty(), "it is not late yet");
        room.after(2 * MINUTE).await;
        let said = text(&room.smtp.mails()[0]);
        assert!(said.contains("人の対応を待っている受信があります（パスワード待ち・読取不能、2件）"), "{said}");
        assert!(said.contains("対応済にする"), "{said}");
        let mut tx = room.desk.db.write().await.unwrap();
        assert!(deliveries::close(&mut tx, &locked, &staff, later(1)).await.unwrap());
        tx.commit().await.unwrap();
        room.after(25 * HOUR).await;
        assert!(text(&room.smtp.mails()[1]).contains("読取不能、1件"), "the other one still");
        let mut tx = room.desk.db.write().await.unwrap();
        assert!(deliveries::close(&mut tx, &odd, &staff, later(1)).await.unwrap());
        tx.commit().await.unwrap();
        room.after(20 * MINUTE).await;
        assert!(text(&room.smtp.mails()[2]).contains("□ 解消: 人の対応を待っている受信"), "{:?}", room.smtp.mails());
        room.after(25 * HOUR).await;
        assert_eq!(room.smtp.mails().len(), 3);
    }

    async fn what_was_received_and_cannot_be_put_away_is_no_matter_for_its_sender(db: Db) {
        let mut room = Room::new(db);
        room.desk.settings.to.truncate(1);
        room.stuck("post", "0123456789abcdef/!").await;
        room.after(MINUTE).await;
        let said = text(&room.smtp.mails()[0]);
        assert!(said.contains("受信元 post で、受信したメールの後片付けができません（1か所）"), "{said}");
        assert!(said.contains("受信はできています") && said.contains("done_folder"), "{said}");
        assert!(!said.contains("送信側") && !said.contains("終わらない"), "{said}");
        // A file may be called so as well.
        room.stuck("fax", "/drop/!").await;
        room.after(20 * MINUTE).await;
        assert!(text(&room.smtp.mails()[1]).contains("受信元 fax に、受信が終わらないものがあります（1件）"));
    }

    async fn two_nodes_write_one_mail(db: Db) {
        let mut tx = db.write().await.unwrap();
        let seen = |kind, amount| alarms::Seen { kind, subject: "fax".into(), amount };
        alarms::observe(&mut tx, &[seen("stuck", 1)], NOW).await.unwrap();
        alarms::observe(&mut tx, &[seen("stuck", 2)], later(1)).await.unwrap();
        let due = alarms::due(&mut tx, later(-HOUR)).await.unwrap();
        assert_eq!((due.len(), due[0].amount, due[0].raised_at), (1, 2, NOW));
        assert!(outbox::may_write(&mut tx, later(-HOUR), NOW).await.unwrap());
        assert!(!outbox::may_write(&mut tx, later(-HOUR), NOW).await.unwrap(), "the other node did");
        alarms::told(&mut tx, &due, later(2)).await.unwrap();
        assert!(alarms::due(&mut tx, later(-HOUR)).await.unwrap().is_empty());
        alarms::observe(&mut tx, &[], later(3)).await.unwrap();
        let ended = alarms::due(&mut tx, later(-HOUR)).await.unwrap();
        assert_eq!(ended[0].ended_at, Some(later(3)));
        alarms::told(&mut tx, &ended, later(4)).await.unwrap();
        alarms::observe(&mut tx, &[seen("stuck", 1)], later(5)).await.unwrap();
        alarms::observe(&mut tx, &[], later(6)).await.unwrap();
        assert!(alarms::due(&mut tx, later(9)).await.unwrap().is_empty(), "it ended before anybody heard of it");

        outbox::post(&mut tx, &["a@example.jp".into(), "b@example.jp".into()], "s", "b", NOW).await.unwrap();
        let first = outbox::claim(&mut tx, NOW, HOUR).await.unwrap().unwrap();
        let second = outbox::claim(&mut tx, NOW, HOUR).await.unwrap().unwrap();
        assert_ne!(first.id, second.id);
        assert!(outbox::claim(&mut tx, NOW, HOUR).await.unwrap().is_none(), "both are being sent");
        assert_eq!(outbox::claim(&mut tx, later(2 * HOUR), HOUR).await.unwrap().unwrap().attempt, 2, "a sender died");
        outbox::sent(&mut tx, &first.id, NOW).await.unwrap();
        outbox::failed(&mut tx, &first.id, "too late", None).await.unwrap();
        outbox::failed(&mut tx, &second.id, "later", Some(later(9 * HOUR))).await.unwrap();
        assert!(outbox::claim(&mut tx, later(8 * HOUR), HOUR).await.unwrap().is_none());
        assert_eq!(outbox::count(&mut tx).await.unwrap(), outbox::Count { waiting: 1, sent: 1, gave_up: 0 });
        outbox::failed(&mut tx, &second.id, "never", None).await.unwrap();
        assert_eq!(outbox::count(&mut tx).await.unwrap(), outbox::Count { waiting: 0, sent: 1, gave_up: 1 });
    }
}

#[tokio::test]
async fn the_mail_server_is_asked_and_what_is_wrong_is_named() {
    let place = crate::support::Place::sqlite();
    let room = Room::new(uketsuke::store::open(&place.url().await).await.unwrap());
    let settings = room.desk.settings.clone();
    assert_eq!(probe(&settings).await, Ok(()));
    let with = async |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        probe(&settings).await.err()
    };
    assert_eq!(with(&|s| s.root_certificates = None).await, Some(Refusal::Tls));
    assert_eq!(with(&|s| s.port = 1).await, Some(Refusal::Unreachable));
    assert_eq!(with(&|s| s.root_certificates = Some("/nowhere".into())).await, Some(Refusal::Roots));
    std::fs::write(room.base.path().join("password"), "wrong").unwrap();
    assert_eq!(with(&|_| ()).await, Some(Refusal::Refused));
    std::fs::remove_file(room.base.path().join("password")).unwrap();
    assert_eq!(with(&|_| ()).await, Some(Refusal::Secret));
    let checks = uketsuke::cli::doctor::alarm(&settings).await;
    assert!(checks[0].way_out_ja.contains("パスワード"), "{checks:?}");
    assert!(uketsuke::cli::doctor::alarm(&Settings::default()).await.is_empty());
}

#[tokio::test]
async fn a_mail_goes_out_over_tls_from_the_first_byte() {
    let place = crate::support::Place::sqlite();
    let mut room = Room::new(uketsuke::store::open(&place.url().await).await.unwrap());
    room.smtp = Smtp::start_wrapped();
    let settings = &mut room.desk.settings;
    settings.root_certificates = Some(room.smtp.certificate());
    (settings.port, settings.security) = (room.smtp.port, Security::Tls);
    let settings = settings.clone();
    assert_eq!(probe(&settings).await, Ok(()));
    let stranger = Settings { root_certificates: None, ..settings.clone() };
    assert_eq!(probe(&stranger).await, Err(Refusal::Tls));
    room.stuck("fax", "a.tif").await;
    room.after(MINUTE).await;
    assert_eq!((room.smtp.mails().len(), room.count().await.sent), (2, 2));
}

/// Somebody on the line answers STARTTLS in the server's place: then nothing more is said, and no mail goes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_starttls_is_withheld_no_mail_goes() {
    let place = crate::support::Place::sqlite();
    let mut room = Room::new(uketsuke::store::open(&place.url().await).await.unwrap());
    room.stuck("fax", "a.tif").await;
    for answer in ["502 5.5.1 unknown command", "454 4.7.0 not now", "220 go on\r\n250 in the clear"] {
        let (proxy, heard) = Proxy::withholding(room.smtp.port, "STARTTLS", answer).await;
        room.desk.settings.port = proxy.port;
        assert!(probe(&room.desk.settings).await.is_err(), "{answer}");
        room.after(HOUR).await;
        assert_eq!((room.smtp.mails().len(), room.count().await.sent), (0, 0), "{answer}");
        let said = heard.lock().unwrap().clone();
        assert!(said.iter().any(|line| line == "STARTTLS"), "{answer}: {said:?}");
        let more = said.iter().find(|line| !["EHLO", "STARTTLS", "QUIT"].iter().any(|word| line.starts_with(word)));
        assert_eq!(more, None, "{answer}");
    }
    // With nobody on the line they go.
    room.desk.settings.port = room.smtp.port;
    room.after(2 * HOUR).await;
    assert_eq!((room.smtp.mails().len(), room.count().await.waiting), (2, 0));
}

/// From the mailbox that does not answer and the folder that is not there to a mail in somebody's box, through the real service.
#[test]
fn the_service_tells_of_a_dead_mailbox_and_a_missing_folder() {
    let (smtp, var) = (Smtp::start(), tempfile::tempdir().unwrap());
    let (pipelines, password, drop) =
        (var.path().join("pipelines"), var.path().join("password"), var.path().join("drop"));
    service::pipelines(&pipelines);
    std::fs::write(&password, "secret").unwrap();
    let mailbox = format!(
        "channel='email'\n[[source]]\nname='post'\nuser='u'\nhost='localhost'\nport=1\nsecurity='none'\npassword_file={password:?}\npoll_seconds=1\nalert_after_minutes=0\n"
    );
    std::fs::write(pipelines.join("mailbox.toml"), mailbox).unwrap();
    let folder =
        format!("channel='fax'\n[[source]]\nname='denwa'\nfolder={drop:?}\npoll_seconds=1\nalert_after_minutes=0\n");
    std::fs::write(pipelines.join("fax.toml"), folder).unwrap();
    let config = format!(
        "[pipelines]\nfolder = {pipelines:?}\n[work]\nreaders = 1\n[alarm]\nhost = 'localhost'\nport = {}\nsecurity = 'starttls'\n\
         root_certificates = {:?}\nuser = 'uketsuke'\npassword_file = {password:?}\nfrom = 'uketsuke@example.jp'\n\
         to = ['renkei@example.jp']\nquiet_minutes = 0\ndisk_mebibytes = 0\n",
        smtp.port,
        smtp.certificate()
    );
    std::fs::write(var.path().join("config.toml"), config).unwrap();
    let mut service = service::start(var.path());
    let since = Instant::now();
    let mut wait_for = |what: &str, met: &dyn Fn() -> bool| {
        while !met() {
            assert!(since.elapsed() < Duration::from_secs(120), "{what} did not come: {:?}", smtp.mails());
            assert!(service.try_wait().unwrap().is_none(), "the service ended");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait_for("the folder", &|| drop.exists());
    // The share is gone.
    std::fs::remove_dir_all(&drop).unwrap();
    let told = |words: &str| smtp.mails().iter().any(|mail| text(mail).contains(words));
    wait_for("the mailbox's mail", &|| told("受信元 post に接続できません"));
    wait_for("the folder's mail", &|| told("受信元 denwa に接続できません"));
    assert!(!told("受信が終わらない"), "what is out of reach is not what stands still");
    let stopped = std::process::Command::new("kill").arg(service.id().to_string()).status().unwrap();
    assert!(stopped.success() && service.wait().unwrap().success());
}
