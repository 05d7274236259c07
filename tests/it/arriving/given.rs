//! A store with its workers, and the mails and files that arrive there: all of our own making.

use std::io::{Cursor, Write};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::files::Files;
use uketsuke::jail::{self, Jail};
use uketsuke::pipeline::{self, Work};
use uketsuke::referral_db;
use uketsuke::review::{self, Review};
use uketsuke::stages::classify::model_file;
use uketsuke::stages::recipes;
use uketsuke::stages::sureness;
use uketsuke::store::audit::Actor;
use uketsuke::store::deliveries::Delivery;
use uketsuke::store::{deliveries, documents, jobs, users};
use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

pub const NOW: Timestamp = Timestamp(1_790_000_000_000);
const READING: &[Stage] = &[Stage::Decode, Stage::Recognise, Stage::Understand];
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_uketsuke");

/// A store, its files, and somebody who may enter passwords.
pub struct Office {
    pub db: Db,
    pub review: Review,
    pub staff: UserId,
    files: Files,
    work: Arc<Work>,
    now: Timestamp,
    arrived: AtomicUsize,
    folder: TempDir,
}

impl Office {
    pub async fn open(db: Db) -> Office {
        Office::open_at(db, OfficeHours::default(), NOW).await
    }

    /// The same with those hours of the desks, at that time.
    pub async fn open_at(db: Db, hours: OfficeHours, now: Timestamp) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("files")).unwrap();
        let clock = Clock::Fixed(Arc::new(AtomicI64::new(now.0)));
        let referral = format!("sqlite:{}/referral.db", folder.path().display());
        let settings = jail::Settings { program: Some(PROGRAM.into()), recognisers: 1, ..jail::Settings::default() };
        let handles = pipeline::Handles {
            db: db.clone(),
            referral: referral_db::open(&referral).await.unwrap(),
            files: files.clone(),
            jail: Jail::new(settings),
            clock: clock.clone(),
        };
        let (kinds, model, sureness) = (recipes::embedded(), model_file::embedded(), sureness::file::embedded());
        let work = Work::new(handles, "office".into(), 600_000, kinds, model, sureness, Hospital::default());
        let work = work.keeping(hours);
        let review = Review::new(db.clone(), clock, Arc::new(recipes::embedded()), review::Settings::default());
        let mut tx = db.write().await.unwrap();
        let new = users::NewUser {
            login: "a",
            display_name: "担当",
            roles: Roles::new([Role::Approver]),
            password_hash: "x",
            must_change: false,
        };
        let staff = users::insert(&mut tx, &new, &Actor::Program, now).await.unwrap();
        tx.commit().await.unwrap();
        Office { db, review, staff, files, work: Arc::new(work), now, arrived: AtomicUsize::new(0), folder }
    }

    /// Something arrives and is read as far as it can be.
    pub async fn arrives(&self, name: &str, bytes: &[u8]) -> DeliveryId {
        self.arrives_with(name, bytes, FaxMeta::default()).await
    }

    pub async fn arrives_with(&self, name: &str, bytes: &[u8], fax: FaxMeta) -> DeliveryId {
        let object = format!("{name} {}", self.arrived.fetch_add(1, Ordering::Relaxed));
        let origin = Origin { source: "mail".into(), channel: Channel::Email, object, file_name: name.into(), fax };
        let clock = Clock::Fixed(Arc::new(AtomicI64::new(self.now.0)));
        let received = pipeline::receive(&self.files, &self.db, &clock, &origin, bytes).await.unwrap();
        self.settle().await;
        received.id().clone()
    }

    /// Works until nothing is left to do.
    pub async fn settle(&self) {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let working = tokio::spawn(pipeline::worker::run(self.work.clone(), READING, stopped));
        let since = Instant::now();
        loop {
            let pending = jobs::pending(&mut self.db.read().await.unwrap()).await.unwrap();
            if pending.iter().all(|row| row.waiting + row.claimed == 0) {
                break;
            }
            assert!(since.elapsed().as_secs() < 240, "a job is left: {pending:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        stop.send(true).unwrap();
        working.await.unwrap();
    }

    /// Every file that stands beside the folder of kept files.
    pub fn beside(&self) -> Vec<std::path::PathBuf> {
        let all = crate::support::room::files_below(self.folder.path());
        all.into_iter().map(|(path, _)| path).filter(|path| !path.starts_with(self.files.root())).collect()
    }

    /// A kept picture.
    pub async fn picture(&self, image: &Fingerprint) -> Vec<u8> {
        self.files.get(image).await.unwrap()
    }

    pub async fn delivery(&self, id: &DeliveryId) -> Delivery {
        deliveries::find(&mut self.db.read().await.unwrap(), id).await.unwrap().unwrap()
    }

    pub async fn documents(&self, id: &DeliveryId) -> Vec<documents::Document> {
        documents::of_delivery(&mut self.db.read().await.unwrap(), id).await.unwrap()
    }

    /// State, trouble, remark, pages and documents.
    pub async fn stands(&self, id: &DeliveryId) -> (DeliveryState, Option<Trouble>, Option<Remark>, i64, usize) {
        let d = self.delivery(id).await;
        (d.state, d.trouble, d.remark, d.page_count, self.documents(id).await.len())
    }
}

pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for (n, chunk) in bytes.chunks(3).enumerate() {
        if n > 0 && n % 19 == 0 {
            out.push_str("\r\n");
        }
        let bits = chunk.iter().fold(0_u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let shown = i <= chunk.len();
            out.push(if shown { char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]) } else { '=' });
        }
    }
    out
}

/// A mail with a text and attachments.
pub fn mail(sender: &str, subject: &str, text: &str, attachments: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = format!(
        "From: <{sender}>\r\nTo: <renkei@example.jp>\r\nSubject: =?UTF-8?B?{}?=\r\nDate: Tue, 14 May 2024 09:12:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        base64(subject.as_bytes()).replace("\r\n", ""),
        base64(text.as_bytes())
    );
    for (name, bytes) in attachments {
        out += &format!(
            "--=_b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            base64(bytes)
        );
    }
    (out + "--=_b--\r\n").into_bytes()
}

/// A PDF of one page with these lines.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    crate::support::pdf::pdf(lines, 16, 40, 760)
}

pub const LETTER: [&str; 6] = [
    "診療情報提供書",
    "紹介先医療機関名　みさき総合病院",
    "患者氏名　海野 環",
    "生年月日　昭和32年4月5日",
    "傷病名　高血圧症",
    "紹介目的　精査をお願いいたします",
];

/// The same PDF, locked with a password.
pub fn locked_pdf(password: &str) -> Vec<u8> {
    locked_pdf_by(password, &["256"])
}

/// The same by an older cipher, as `qpdf` names it.
pub fn locked_pdf_by(password: &str, cipher: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (plain, locked) = (folder.path().join("plain.pdf"), folder.path().join("locked.pdf"));
    std::fs::write(&plain, pdf(&LETTER)).unwrap();
    let done = Command::new("qpdf")
        .args(["--allow-weak-crypto", "--encrypt", password, "owner"])
        .args(cipher)
        .arg("--")
        .args([&plain, &locked])
        .output()
        .expect("qpdf is installed");
    assert!(locked.exists(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(locked).unwrap()
}

/// An archive of files, each locked where a password stands beside it; by AES, or by the old cipher.
pub fn archive(entries: &[(&str, &[u8], Option<&str>)], aes: bool) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes, password) in entries {
        let options = SimpleFileOptions::default();
        let options = match password {
            None => options,
            Some(password) if aes => options.with_aes_encryption(AesMode::Aes256, password),
            Some(password) => {
                use zip::unstable::write::FileOptionsExt;
                options.with_deprecated_encryption(password.as_bytes()).unwrap()
            }
        };
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
