//! A desk to work at: an address that serves the pages, and invented documents, patients and colleagues behind it.

use super::browser::Browser;
use std::collections::{BTreeMap, HashSet};
use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use uketsuke::db::Db;
use uketsuke::domain::*;
use uketsuke::files::Files;
use uketsuke::jail::{self, Jail};
use uketsuke::net::openid;
use uketsuke::pipeline::{self, Reread, Work};
use uketsuke::review::{self, Review};
use uketsuke::stages::classify::model_file;
use uketsuke::stages::sureness;
use uketsuke::store::{audit, deliveries, documents, incoming, jobs, masters, pages, users};
use uketsuke::web::{self, password};

/// 2024-05-13 10:00 in Japan.
pub const MORNING: i64 = 1_715_562_000_000;
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
/// Of every colleague whose first password has been changed.
pub const PASSWORD: &str = "tonari no 4 hiki";
pub const FIRST_PASSWORD: &str = "kore wa 1kai dake";

/// The pages, served, and what lies behind them.
pub struct Desk {
    pub db: Db,
    pub files: Files,
    pub review: Review,
    pub reread: Reread,
    pub address: SocketAddr,
    time: Arc<AtomicI64>,
    serving: tokio::task::JoinHandle<()>,
    stop: tokio::sync::watch::Sender<bool>,
    _folder: TempDir,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    /// Serves an empty desk with two colleagues, 三原 (login mihara) and 小野寺 (onodera), and a newcomer (shinjin).
    pub async fn open(db: Db) -> Desk {
        Desk::open_with(db, web::Settings::default()).await
    }

    pub async fn open_with(db: Db, settings: web::Settings) -> Desk {
        Desk::open_undoing(db, settings, 0).await
    }

    pub async fn open_undoing(db: Db, settings: web::Settings, undo_seconds: u32) -> Desk {
        Desk::open_signing_in_by(db, settings, undo_seconds, |_| openid::Settings::default()).await
    }

    /// The same where people may sign in by a provider, as the settings for that address of the pages say.
    pub async fn open_signing_in_by(
        db: Db,
        settings: web::Settings,
        undo_seconds: u32,
        provider: impl FnOnce(SocketAddr) -> openid::Settings,
    ) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path().join("files")).unwrap();
        let time = Arc::new(AtomicI64::new(MORNING));
        let clock = Clock::Fixed(time.clone());
        let recipes = Arc::new(recipes());
        let review = Review::new(
            db.clone(),
            clock.clone(),
            recipes.clone(),
            review::Settings { undo_seconds, ..Default::default() },
        );
        let hospital = Hospital { name: "汐見総合病院 地域医療連携室".into(), ..Hospital::default() };
        let wake = Arc::new(tokio::sync::Notify::new());
        let intake = pipeline::ReceiveHandle { files: files.clone(), db: db.clone(), clock: clock.clone(), wake };
        let handles = pipeline::Handles {
            db: db.clone(),
            referral: db.clone(),
            files: files.clone(),
            jail: Jail::new(crate::jail::settings()),
            clock: clock.clone(),
        };
        let shipped = uketsuke::stages::recipes::embedded();
        let work = Work::new(
            handles,
            "desk".into(),
            60_000,
            shipped,
            model_file::embedded(),
            sureness::file::embedded(),
            hospital.clone(),
        );
        let reread = Reread::new(Arc::new(work));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let provider = openid::Provider::of(&provider(address), folder.path(), clock.clone()).unwrap();
        let app = web::App::new(db.reader(), files.clone(), review.clone(), clock, recipes, hospital, settings)
            .sealing_with(web::Sealing::new(&[7; 32]).unwrap())
            .taking_in(intake)
            .signing_in_by(provider)
            .minding_silence(3)
            .with_jail(Jail::new(crate::jail::settings()), uketsuke::jail::Walls::default())
            .rereading(reread.clone());
        let (stop, mut stopped) = tokio::sync::watch::channel(false);
        let app = app.ending_with(stopped.clone());
        let serving = tokio::spawn(async move {
            let shutdown = async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            };
            web::serve(listener, app, shutdown).await.unwrap();
        });
        let desk = Desk { db, files, review, reread, address, time, serving, stop, _folder: folder };
        desk.colleague("mihara", "三原 佳奈", PASSWORD, false).await;
        desk.colleague("onodera", "小野寺 剛", PASSWORD, false).await;
        desk.colleague("shinjin", "新人 さくら", FIRST_PASSWORD, true).await;
        desk.masters().await;
        desk
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.time.load(Ordering::Relaxed))
    }

    /// Tells the pages to stop, as the service does, and waits until the last answer is given.
    pub async fn stopped(&mut self) {
        self.stop.send(true).unwrap();
        (&mut self.serving).await.unwrap();
    }

    pub fn wait(&self, ms: i64) {
        self.time.fetch_add(ms, Ordering::Relaxed);
    }

    /// A colleague with those roles (password `PASSWORD`), limited to those departments.
    pub async fn person(&self, login: &str, roles: &[Role], departments: &[&str]) -> UserId {
        let id = self.colleague(login, login, PASSWORD, false).await;
        let departments: Vec<String> = departments.iter().map(|name| (*name).to_owned()).collect();
        let roles = Roles::new(roles.iter().copied());
        let mut tx = self.db.write().await.unwrap();
        users::set_rights(&mut tx, &id, &roles, &departments, &audit::Actor::Program, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn colleague(&self, login: &str, display_name: &str, secret: &str, must_change: bool) -> UserId {
        let password_hash = password::hash(secret).unwrap();
        let new = users::NewUser {
            login,
            display_name,
            roles: Roles::new([Role::Approver]),
            password_hash: &password_hash,
            must_change,
        };
        let mut tx = self.db.write().await.unwrap();
        let id = users::insert(&mut tx, &new, &audit::Actor::Program, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn masters(&self) {
        let patient = |id: &str, name: &str, kana: &str, sex: &str, birth: &str, address: &str, phone: &str| Patient {
            patient_id: id.into(),
            name: name.into(),
            kana: kana.into(),
            sex: sex.into(),
            birth_date: birth.into(),
            postal_code: "085-0000".into(),
            address: address.into(),
            phone: phone.into(),
        };
        let patients = vec![
            patient(
                "00048213",
                "風間 灯",
                "カザマ アカリ",
                "female",
                "1957-04-05",
                "釧路市白樺台3丁目8-21",
                "0154-00-7733",
            ),
            patient(
                "00051902",
                "風間 朱里",
                "カザマ アカリ",
                "female",
                "1987-11-20",
                "釧路市白樺台3丁目8-21",
                "0154-00-7733",
            ),
            patient(
                "00032277",
                "風間 明里",
                "カザマ アカリ",
                "female",
                "1957-04-15",
                "釧路市桜ヶ岡1丁目2-5",
                "0154-00-4100",
            ),
            patient(
                "00060031",
                "星野 翼",
                "ホシノ ツバサ",
                "male",
                "1972-01-30",
                "釧路郡釧路町木場2-2",
                "0154-00-9012",
            ),
        ];
        let institution = |id: &str, code: &str, name: &str, phone: &str| Institution {
            institution_id: id.into(),
            institution_code: code.into(),
            name: name.into(),
            kind: "診療所".into(),
            postal_code: "085-0000".into(),
            address: "釧路市緑ヶ岡町7丁目14-3".into(),
            phone: phone.into(),
            fax: "0154-00-1122".into(),
            registered: "1".into(),
        };
        let institutions = vec![
            institution("K0012", "0110900001", "医療法人 緑ヶ岡内科クリニック", "0154-00-1121"),
            institution("K0044", "0110900002", "緑ヶ丘内科医院", "0154-00-3535"),
        ];
        let doctors = vec![Doctor {
            doctor_id: "D0031".into(),
            institution_id: "K0012".into(),
            name: "羽田野 悠".into(),
            kana: "ハタノ ユウ".into(),
            department: "内科".into(),
            registered_on: "2011-06-01".into(),
        }];
        let mut tx = self.db.write().await.unwrap();
        masters::lock(&mut tx).await.unwrap();
        let nobody = HashSet::new();
        let diff = masters::compare(&mut tx, &patients, &nobody).await.unwrap();
        masters::apply(&mut tx, &diff, self.now()).await.unwrap();
        let diff = masters::compare(&mut tx, &institutions, &nobody).await.unwrap();
        masters::apply(&mut tx, &diff, self.now()).await.unwrap();
        let diff = masters::compare(&mut tx, &doctors, &nobody).await.unwrap();
        masters::apply(&mut tx, &diff, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A file that arrived `ago` ms before now, with one page.
    pub async fn delivery(&self, name: &str, channel: Channel, png: &[u8], ago: i64) -> DeliveryId {
        let at = self.now().plus_ms(-ago);
        let (width, height) = {
            let picture = image::load_from_memory(png).unwrap();
            (picture.width(), picture.height())
        };
        let original = self.files.put(format!("original of {name}").as_bytes()).await.unwrap();
        let picture = self.files.put(png).await.unwrap();
        let origin = Origin {
            source: if channel == Channel::Fax { "fax".into() } else { "scanner".into() },
            channel,
            object: name.into(),
            file_name: name.into(),
            fax: FaxMeta { sender_number: Some("0154-00-1122".into()), ..FaxMeta::default() },
        };
        let mut tx = self.db.write().await.unwrap();
        let received = deliveries::receive(&mut tx, &origin, &original, 4711, at).await.unwrap();
        let id = received.id().clone();
        pages::put(&mut tx, &id, PageNo(1), 1, &picture, width, height, None).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Keeps the words of the paper, two characters each, as recognised on its page; the birth date in doubt.
    pub async fn recognised(&self, id: &DeliveryId, boxes: &BTreeMap<String, BBox>) {
        let printed = [
            ("patient_name", "患者氏名", "風間 灯"),
            ("patient_kana", "フリガナ", "カザマ アカリ"),
            ("patient_birth_date", "生年月日", "昭和32年4月5日"),
        ];
        let lines = printed.iter().map(|(code, label, text)| {
            let bbox = boxes[*code];
            let chars: Vec<char> = text.chars().collect();
            let at = |i: usize| bbox.left + bbox.width() * i.min(chars.len()) as f32 / chars.len() as f32;
            let words = chars.chunks(2).enumerate().map(|(i, two)| Word {
                text: two.iter().collect::<String>().trim().to_owned(),
                bbox: BBox::new(at(2 * i), bbox.top, at(2 * i + 2), bbox.bottom),
                confidence: if *code == "patient_birth_date" { 0.5 } else { 0.95 },
            });
            // The label as the paper has it, in the cell before.
            let before = BBox::new(bbox.left - 0.1, bbox.top, bbox.left - 0.03, bbox.bottom);
            let label = Word { text: (*label).to_owned(), bbox: before, confidence: 0.99 };
            Line { bbox: before.union(&bbox), words: std::iter::once(label).chain(words).collect() }
        });
        let text = PageText { width_px: 1240, height_px: 1754, lines: lines.collect(), ..PageText::default() };
        let mut tx = self.db.write().await.unwrap();
        pages::set_text(&mut tx, id, PageNo(1), None, &text).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn more_pages(&self, id: &DeliveryId, count: u32) {
        let picture = self.files.put(&blank_page()).await.unwrap();
        let mut tx = self.db.write().await.unwrap();
        for no in 2..2 + count {
            pages::put(&mut tx, id, PageNo(no), 1, &picture, 600, 850, None).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A fax whose pages say these lines, read as the runs of pages say; a picture of nothing stands for each page.
    pub async fn fax(&self, name: &str, pages: &[&[&str]], runs: &[&[u32]]) -> (DeliveryId, Vec<DocumentId>) {
        let delivery = self.delivery(name, Channel::Fax, &blank_page(), HOUR).await;
        self.more_pages(&delivery, pages.len() as u32 - 1).await;
        let mut tx = self.db.write().await.unwrap();
        for (no, lines) in (1..).zip(pages) {
            let line = |(at, text): (usize, &&str)| {
                let top = 0.08 + at as f32 * 0.035;
                let bbox = BBox::new(0.1, top, 0.1 + 0.018 * text.chars().count() as f32, top + 0.018);
                Line { bbox, words: vec![Word { text: (*text).to_owned(), bbox, confidence: 0.97 }] }
            };
            let lines = lines.iter().enumerate().map(line).collect();
            let text = PageText { width_px: 600, height_px: 850, lines, ..PageText::default() };
            uketsuke::store::pages::set_text(&mut tx, &delivery, PageNo(no), None, &text).await.unwrap();
        }
        tx.commit().await.unwrap();
        let runs = runs.iter().map(|run| (run.iter().copied().map(PageNo).collect(), None)).collect();
        let readings = self.reread.documents(&delivery, runs, None).await.unwrap();
        self.advance(&delivery, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        let mut tx = self.db.write().await.unwrap();
        let at = self.now().plus_ms(-HOUR);
        let ids = documents::propose(&mut tx, &delivery, &readings, at, |_| 2 * HOUR, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        (delivery, ids)
    }

    pub async fn advance(&self, id: &DeliveryId, to: &[DeliveryState], trouble: Option<Trouble>) {
        let mut tx = self.db.write().await.unwrap();
        for state in to {
            deliveries::advance(&mut tx, id, *state, trouble, self.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    /// A document that was read from it.
    pub async fn propose(&self, delivery: &DeliveryId, reading: &DocumentReading, ago: i64, due: i64) -> DocumentId {
        self.advance(delivery, &[DeliveryState::Reading, DeliveryState::Read], None).await;
        let mut tx = self.db.write().await.unwrap();
        let at = self.now().plus_ms(-ago);
        let ids = documents::propose(&mut tx, delivery, std::slice::from_ref(reading), at, |_| due, self.now());
        let ids = ids.await.unwrap();
        tx.commit().await.unwrap();
        ids[0].clone()
    }

    /// One referral letter, received an hour ago.
    pub async fn letter(&self) -> DocumentId {
        let delivery = self.delivery("fax-0001.tif", Channel::Fax, &blank_page(), HOUR).await;
        self.propose(&delivery, &letter(&BTreeMap::new()), HOUR, 2 * HOUR).await
    }

    pub async fn staff(&self, login: &str) -> UserId {
        let mut tx = self.db.read().await.unwrap();
        users::by_login(&mut tx, login).await.unwrap().unwrap().id
    }

    pub async fn document(&self, id: &DocumentId) -> documents::Document {
        let mut tx = self.db.read().await.unwrap();
        documents::find(&mut tx, id).await.unwrap().unwrap()
    }

    pub async fn log(&self, subject: &str) -> Vec<String> {
        let mut tx = self.db.read().await.unwrap();
        audit::of(&mut tx, subject).await.unwrap().into_iter().map(|e| e.verb).collect()
    }

    /// Works off every push job, as the service does after a confirmation.
    pub async fn push_all(&self, referral: Db) {
        let handles = pipeline::Handles {
            db: self.db.clone(),
            referral,
            files: self.files.clone(),
            jail: Jail::new(jail::Settings::default()),
            clock: Clock::Fixed(self.time.clone()),
        };
        let work = Work::new(
            handles,
            "desk".into(),
            60_000,
            recipes(),
            model_file::embedded(),
            sureness::file::embedded(),
            Hospital::default(),
        );
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let working = tokio::spawn(pipeline::worker::run(Arc::new(work), &[Stage::Push], stopped));
        let since = std::time::Instant::now();
        loop {
            let pending = jobs::pending(&mut self.db.read().await.unwrap()).await.unwrap();
            if pending.iter().filter(|row| row.stage == Stage::Push).all(|row| row.waiting + row.claimed == 0) {
                break;
            }
            assert!(since.elapsed().as_secs() < 60, "a push job is left");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        stop.send(true).unwrap();
        working.await.unwrap();
    }

    /// A morning's worth of documents, the first of them on a page that looks like one.
    pub async fn morning(&self, browser: &Browser) -> DocumentId {
        let (png, boxes) = paper(browser).await;
        let delivery = self.delivery("0154001122_20240513085203.tif", Channel::Fax, &png, 68 * MINUTE).await;
        self.recognised(&delivery, &boxes).await;
        let first = self.propose(&delivery, &letter(&boxes), 68 * MINUTE, HOUR).await;
        let more: &[(Kind, &str, &str, Decision, i64, i64)] = &[
            (Kind::AppointmentRequest, "星野 翼", "木場皮フ科", Decision::Ready, 25, 95),
            (Kind::AppointmentRequest, "藤代 恵美子", "医療法人社団 浜風会 浜風整形外科", Decision::Review, 190, 205),
            (Kind::ExamRequest, "三枝 航", "愛国みなみ脳神経外科", Decision::Ready, 40, 240),
            (Kind::ReferralLetter, "鶴田 宗一", "阿寒町国民健康保険診療所", Decision::Review, 55, 260),
            (Kind::ReplyLetter, "早乙女 静", "帯広中央こころのクリニック", Decision::Review, 130, 400),
            (Kind::DischargeSummary, "荻野 茂", "根室共立病院", Decision::Ready, 300, 1300),
            (Kind::AdmissionCareInfo, "黒木 フミ", "居宅介護支援事業所 なごみ", Decision::Review, 320, 1340),
            (Kind::MedicationReport, "庄司 倫子", "つるい調剤薬局", Decision::Review, 350, 1400),
            (Kind::HomeNursingReport, "大槻 キヨ", "訪問看護ステーション ひだまり", Decision::Ready, 420, 1500),
            (Kind::DoctorRegistration, "", "白糠ふれあい歯科", Decision::Review, 1500, 2100),
            (Kind::EventEntry, "", "標茶町立病院", Decision::Ready, 1700, 3000),
            (Kind::Notice, "", "春採眼科", Decision::Review, 2900, 5000),
            (Kind::Unknown, "", "", Decision::Review, 75, 900),
        ];
        for (i, (kind, patient, sender, decision, ago, due)) in more.iter().enumerate() {
            let channel = if i % 4 == 3 { Channel::Scan } else { Channel::Fax };
            let delivery = self.delivery(&format!("doc-{i:03}.tif"), channel, &blank_page(), ago * MINUTE).await;
            let mut reading = reading_of(*kind, *decision);
            put(&mut reading, FieldName::PatientName, patient, 0.92);
            put(&mut reading, FieldName::SenderInstitutionName, sender, 0.88);
            if i % 5 == 1 {
                reading.alerts.push(Alert { code: AlertCode::MissingPage, page: None });
            }
            if *kind == Kind::DischargeSummary {
                self.more_pages(&delivery, 2).await;
                reading.pages = vec![PageNo(1), PageNo(2), PageNo(3)];
                reading.rotation = vec![0, 0, 0];
            }
            self.propose(&delivery, &reading, ago * MINUTE, due * MINUTE).await;
        }
        let bad = self.delivery("0154005566_20240513093011.pdf", Channel::Fax, &blank_page(), 30 * MINUTE).await;
        self.advance(&bad, &[DeliveryState::Reading, DeliveryState::Unreadable], Some(Trouble::Encrypted)).await;
        let busy = self.delivery("busy.tif", Channel::Fax, &blank_page(), MINUTE).await;
        self.advance(&busy, &[DeliveryState::Reading], None).await;
        self.delivery("queued.tif", Channel::Fax, &blank_page(), MINUTE).await;
        let mut tx = self.db.write().await.unwrap();
        incoming::seen(&mut tx, "fax", "a", "0154009988_20240513095901.tif", 18_000, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        first
    }
}

fn recipes() -> Recipes {
    let field = |field, needed| FieldRecipe {
        field,
        labels: Vec::new(),
        within: Vec::new(),
        places: vec![Place::Right],
        needed,
    };
    let kind = |kind, patient, fields| KindRecipe {
        kind,
        titles: Vec::new(),
        cues: Vec::new(),
        patient,
        confirmable: true,
        restricted: kind == Kind::DisclosureRequest,
        due: Due::usual(),
        fields,
    };
    use FieldName::*;
    Recipes {
        common: Vec::new(),
        phrases: Recipes::default().phrases,
        kinds: vec![
            kind(
                Kind::ReferralLetter,
                true,
                vec![
                    field(PatientName, true),
                    field(PatientBirthDate, true),
                    field(RecipientDepartment, false),
                    field(Diagnosis, false),
                    field(Purpose, true),
                    field(History, false),
                    field(Course, false),
                    field(Prescription, false),
                    field(Remarks, false),
                ],
            ),
            kind(Kind::DisclosureRequest, true, vec![field(PatientName, false)]),
            kind(Kind::Notice, false, vec![field(Remarks, false)]),
            kind(Kind::EventEntry, false, vec![field(EventName, false), field(Participants, false)]),
        ],
    }
}

pub fn reading_of(kind: Kind, decision: Decision) -> DocumentReading {
    DocumentReading {
        pages: vec![PageNo(1)],
        rotation: vec![0],
        kind,
        kind_confidence: 0.97,
        fields: Fields::new(),
        matches: Matches::default(),
        decision,
        alerts: Vec::new(),
        reasons: if decision == Decision::Ready {
            Vec::new()
        } else {
            vec!["種類が確かではありません。".into()]
        },
    }
}

pub fn put(reading: &mut DocumentReading, field: FieldName, value: &str, confidence: f32) {
    if !value.is_empty() {
        let spot = Spot { page: PageNo(1), bbox: BBox::new(0.1, 0.1, 0.4, 0.14) };
        let found = Found {
            value: value.into(),
            raw: value.into(),
            confidence,
            spot,
            alternatives: Vec::new(),
            learned_from: None,
            from_master: false,
            decided_by: None,
        };
        reading.fields.insert(field, found);
    }
}

/// A referral letter as it was read: one character of the name is wrong, and three patients may be meant.
pub fn letter(boxes: &BTreeMap<String, BBox>) -> DocumentReading {
    let mut reading = reading_of(Kind::ReferralLetter, Decision::Review);
    let values: &[(FieldName, &str, f32)] = &[
        (FieldName::PatientName, "風間 灯", 0.97),
        (FieldName::PatientKana, "カザマ アカり", 0.62),
        (FieldName::PatientBirthDate, "1957-04-05", 0.83),
        (FieldName::PatientSex, "female", 0.81),
        (FieldName::PatientAddress, "釧路市白樺台3丁目8-21", 0.96),
        (FieldName::PatientPhone, "0154-00-7733", 0.98),
        (FieldName::DocumentDate, "2024-05-13", 0.97),
        (FieldName::SenderInstitutionName, "医療法人 緑ヶ岡内科クリニック", 0.95),
        (FieldName::SenderDoctorName, "羽田野 悠", 0.96),
        (FieldName::SenderPhone, "0154-00-1121", 0.99),
        (FieldName::SenderFax, "0154-00-1122", 0.99),
        (FieldName::RecipientDepartment, "循環器内科", 0.96),
        (FieldName::Diagnosis, "労作性狭心症の疑い、高血圧症", 0.95),
        (FieldName::Purpose, "精査加療をお願いいたします。", 0.96),
        (FieldName::History, "脂質異常症(2015年~)。家族歴に特記事項なし。", 0.95),
        (
            FieldName::Course,
            "約2週間前より階段昇降時に胸部圧迫感あり。安静で数分以内に消失。\n心電図で V4-6 に ST 低下を認めました。",
            0.95,
        ),
        (FieldName::Prescription, "アムロジピン錠5mg 1錠 朝食後\nロスバスタチン錠2.5mg 1錠 夕食後", 0.95),
    ];
    for (field, value, confidence) in values {
        put(&mut reading, *field, value, *confidence);
        if let (Some(found), Some(bbox)) = (reading.fields.get_mut(field), boxes.get(field.code())) {
            found.spot.bbox = *bbox;
        }
    }
    if let Some(kana) = reading.fields.get_mut(&FieldName::PatientKana) {
        kana.alternatives = vec!["カザマ アカリ".into()];
    }
    let evidence = |field, verdict, seen: &str, master: &str| Evidence {
        field,
        verdict,
        seen: seen.into(),
        master: master.into(),
    };
    use FieldName::*;
    use Verdict::*;
    reading.matches.patient = vec![
        Candidate {
            id: "00048213".into(),
            score: 0.964,
            evidence: vec![
                evidence(PatientName, Agree, "風間 灯", "風間 灯"),
                evidence(PatientBirthDate, Agree, "1957-04-05", "1957-04-05"),
                evidence(PatientSex, Agree, "female", "female"),
                evidence(PatientPhone, Agree, "0154-00-7733", "0154-00-7733"),
                evidence(PatientKana, Close, "カザマ アカり", "カザマ アカリ"),
                evidence(PatientId, Unknown, "", "00048213"),
            ],
        },
        Candidate {
            id: "00051902".into(),
            score: 0.02,
            evidence: vec![
                evidence(PatientKana, Close, "カザマ アカり", "カザマ アカリ"),
                evidence(PatientSex, Agree, "female", "female"),
                evidence(PatientPhone, Agree, "0154-00-7733", "0154-00-7733"),
                evidence(PatientName, Differ, "風間 灯", "風間 朱里"),
                evidence(PatientBirthDate, Differ, "1957-04-05", "1987-11-20"),
            ],
        },
    ];
    reading.matches.institution = vec![
        Candidate {
            id: "K0012".into(),
            score: 0.99,
            evidence: vec![
                evidence(
                    SenderInstitutionName,
                    Agree,
                    "医療法人 緑ヶ岡内科クリニック",
                    "医療法人 緑ヶ岡内科クリニック",
                ),
                evidence(SenderPhone, Agree, "0154-00-1121", "0154-00-1121"),
                evidence(SenderFax, Agree, "0154-00-1122", "0154-00-1122"),
            ],
        },
        Candidate {
            id: "K0044".into(),
            score: 0.01,
            evidence: vec![evidence(SenderInstitutionName, Differ, "緑ヶ岡内科クリニック", "緑ヶ丘内科医院")],
        },
    ];
    reading.matches.doctor = vec![Candidate {
        id: "D0031".into(),
        score: 0.97,
        evidence: vec![evidence(SenderDoctorName, Agree, "羽田野 悠", "羽田野 悠")],
    }];
    reading.alerts = vec![Alert { code: AlertCode::SimilarPatient, page: None }];
    reading.reasons = vec!["フリガナの読みが確かではありません。".into(), "同じ読みの患者が台帳に2人います。".into()];
    reading
}

/// A page with nothing on it but a line.
pub fn blank_page() -> Vec<u8> {
    let mut page = image::GrayImage::from_pixel(600, 850, image::Luma([255]));
    for x in 80..520 {
        page.put_pixel(x, 120, image::Luma([0]));
    }
    let mut out = Cursor::new(Vec::new());
    page.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A letter as a browser prints it, and where its values stand.
pub async fn paper(browser: &Browser) -> (Vec<u8>, BTreeMap<String, BBox>) {
    browser.size(1240, 1754).await;
    browser.go(&format!("file://{}/tests/it/web/paper.html", env!("CARGO_MANIFEST_DIR"))).await;
    let spots = browser
        .js("return [...document.querySelectorAll('[data-f]')].map(e => { const r = e.getBoundingClientRect(); return [e.dataset.f, r.left / innerWidth, r.top / innerHeight, r.right / innerWidth, r.bottom / innerHeight]; })")
        .await;
    let mut boxes = BTreeMap::new();
    for spot in spots.as_array().unwrap() {
        let edge = |i: usize| spot[i].as_f64().unwrap() as f32;
        boxes.insert(spot[0].as_str().unwrap().to_owned(), BBox::new(edge(1), edge(2), edge(3), edge(4)));
    }
    let png = browser.client.screenshot().await.unwrap();
    browser.size(1280, 800).await;
    // As a fax page is kept: grey.
    let grey = image::load_from_memory(&png).unwrap().into_luma8();
    let mut out = Cursor::new(Vec::new());
    grey.write_to(&mut out, image::ImageFormat::Png).unwrap();
    (out.into_inner(), boxes)
}
