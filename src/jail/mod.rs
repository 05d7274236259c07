//! The wall: documents are parsed in sealed children and nowhere else. A child that crashes, hangs or floods is an answer about one document.

pub mod child;
mod misbehave;
mod patience;
mod pool;
mod protocol;
mod seal;
mod spawn;
mod walls;

pub use walls::{Wall, Walls};

use crate::domain::{Contents, GreyImage, PageNo, PageText, Trouble};
use crate::stages::decode::Bounds;
use crate::stages::recognise::{Choice, Look};
use patience::Patience;
use protocol::{Breach, CheckedPage, Done, Hello, Tag};
use serde::{Deserialize, Serialize};
use spawn::{Child, Role};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};

/// How much a document, a page and a child may take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a document.
    pub bytes: u64,
    /// Pages, pixels, unpacked bytes, nesting.
    pub bounds: Bounds,
    /// Time in which one document must be decoded, not counting the time its pages wait to be taken, nor the time the child
    /// waits for a processor; four times as long in real time at most. The same goes for a page.
    pub decode_wall_ms: u64,
    /// Time in which one page must be recognised.
    pub page_wall_ms: u64,
    /// Address space of a child.
    pub memory_bytes: u64,
    /// Everything one document may send back.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 100 << 20,
            bounds: Bounds::default(),
            decode_wall_ms: 180_000,
            page_wall_ms: 60_000,
            memory_bytes: 2 << 30,
            output_bytes: 8 << 30,
        }
    }
}

/// How children are started.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The program that has the sealed branch; `None` for the running one.
    pub program: Option<PathBuf>,
    /// Folder of Tesseract's models; `None` for where the packages put them.
    pub models: Option<PathBuf>,
    /// Which recogniser reads; its own section of the configuration.
    #[serde(skip)]
    pub recogniser: Choice,
    /// Other weights for our own network; `None` for those that come with the program.
    #[serde(skip)]
    pub network: Option<PathBuf>,
    /// A font with Japanese glyphs; `None` for where the packages put one.
    pub font: Option<PathBuf>,
    /// Pages recognised at the same time; the caller's decision, not the configuration's.
    #[serde(skip)]
    pub recognisers: usize,
    /// Documents decoded at the same time.
    pub decoders: usize,
    /// Pages after which a recogniser is replaced by a fresh one.
    pub recycle_pages: u32,
    /// Why children may run although the kernel lacks a wall; empty when they must not.
    pub allow_weaker: String,
    /// How much each may take.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            program: None,
            models: None,
            recogniser: Choice::default(),
            network: None,
            font: None,
            recognisers: std::thread::available_parallelism().map_or(1, usize::from),
            decoders: 2,
            recycle_pages: 200,
            allow_weaker: String::new(),
            limits: Limits::default(),
        }
    }
}

impl Settings {
    /// Whether documents may be opened behind these walls.
    fn suffices(&self, walls: Walls) -> bool {
        walls.whole() || !self.allow_weaker.trim().is_empty()
    }
}

/// A page of a document, decoded.
pub struct DecodedPage {
    /// Page of the file as received.
    pub no: PageNo,
    /// The part it stands in: attachments of a mail count up from 1.
    pub part: u32,
    /// Its pixels.
    pub image: GreyImage,
    /// A sound text layer; such a page needs no recognition.
    pub text: Option<PageText>,
}

/// How decoding ended. Pages that were sent before any trouble stay good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Pages that were sent.
    pub pages: u32,
    /// What was wrong, if anything.
    pub trouble: Option<Trouble>,
}

/// A page, recognised.
pub struct Recognised {
    /// What it says; boxes refer to the upright page.
    pub text: PageText,
    /// The page turned and straightened, when that was needed.
    pub upright: Option<GreyImage>,
}

/// A handle on the sealed children; clones share them.
#[derive(Clone)]
pub struct Jail {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    decoders: Semaphore,
    pool: pool::Pool,
    spawner: spawn::Spawner,
    breaches: AtomicU64,
}

impl Jail {
    /// A jail with no child running yet.
    pub fn new(settings: Settings) -> Self {
        let pool = pool::Pool::new(settings.recognisers, settings.recycle_pages);
        let decoders = Semaphore::new(settings.decoders.max(1));
        Self {
            inner: Arc::new(Inner {
                decoders,
                pool,
                spawner: spawn::Spawner::start(),
                breaches: AtomicU64::new(0),
                settings,
            }),
        }
    }

    /// Starts a child and asks which walls stand round it; says why not, in Japanese, when none comes up.
    pub async fn walls(&self) -> Result<Walls, String> {
        let wall = Duration::from_millis(self.inner.settings.limits.page_wall_ms);
        match self.inner.greet(Role::Decode, Vec::new(), wall).await {
            Ok((_, walls)) => Ok(walls),
            Err(fault) => Err(format!("読み取りの子プロセスを始められません（{}）", fault.trouble().code())),
        }
    }

    /// The font with Japanese glyphs that is used for what brings none; `None` where there is none on this machine.
    pub fn font(&self) -> Option<PathBuf> {
        let usual = || child::FONTS.iter().map(PathBuf::from).find(|path| path.exists());
        self.inner.settings.font.clone().or_else(usual)
    }

    /// Whether documents may be opened: every wall stands, or the configuration says why not. Says what is missing, in Japanese.
    pub async fn stands(&self) -> Result<Walls, String> {
        let walls = self.walls().await?;
        if self.inner.settings.suffices(walls) {
            return Ok(walls);
        }
        Err(format!("読み取りの子プロセスの壁が足りません: {}（uketsuke doctor で確かめられます）", walls.missing_ja()))
    }

    /// Children that were ended, since this jail exists, because they tried what only an intruder would.
    pub fn breaches(&self) -> u64 {
        self.inner.breaches.load(Ordering::Relaxed)
    }

    /// Decodes a document. Each page is sent as soon as it is there; the child waits while nobody takes them.
    /// The name is for the caller's own records: content decides what a file is.
    pub async fn decode(&self, _file_name: &str, bytes: Vec<u8>, pages: mpsc::Sender<DecodedPage>) -> Decoded {
        self.open(bytes, Vec::new(), pages).await.0
    }

    /// Decodes a document with what may open it where it is locked, and says what was in it.
    pub async fn open(
        &self,
        bytes: Vec<u8>,
        passwords: Vec<String>,
        pages: mpsc::Sender<DecodedPage>,
    ) -> (Decoded, Contents) {
        let limits = &self.inner.settings.limits;
        if bytes.is_empty() {
            return (Decoded { pages: 0, trouble: Some(Trouble::EmptyFile) }, Contents::default());
        }
        if bytes.len() as u64 > limits.bytes {
            return (Decoded { pages: 0, trouble: Some(Trouble::TooLarge) }, Contents::default());
        }
        let mut sent = 0;
        let Done { trouble, contents } = match self.decode_in_child(bytes, passwords, pages, &mut sent).await {
            Ok(done) => done,
            Err(fault) => Done { trouble: Some(fault.trouble()), ..Done::default() },
        };
        (Decoded { pages: sent, trouble }, contents)
    }

    async fn decode_in_child(
        &self,
        bytes: Vec<u8>,
        passwords: Vec<String>,
        pages: mpsc::Sender<DecodedPage>,
        sent: &mut u32,
    ) -> Result<Done, Fault> {
        let inner = &self.inner;
        let _turn = inner.decoders.acquire().await.map_err(|_| Fault::Crashed)?;
        let budget = Duration::from_millis(inner.settings.limits.decode_wall_ms);
        let mut child = inner.start(Role::Decode, passwords, budget).await?;
        match converse(&mut child, bytes, pages, &inner.settings.limits, sent).await {
            Err(fault) => Err(inner.looked_into(child, fault).await),
            answer => answer,
        }
    }

    /// Reads a page picture (PNG). A child that crashes or hangs is replaced; only this page has trouble.
    pub async fn recognise(&self, png: Vec<u8>) -> Result<Recognised, Trouble> {
        self.look(png, Look::Whole).await
    }

    /// Reads a page picture (PNG) as a person turned it, or only a part of it.
    pub async fn look(&self, png: Vec<u8>, look: Look) -> Result<Recognised, Trouble> {
        let inner = &self.inner;
        let limits = &inner.settings.limits;
        if png.len() as u64 > limits.bounds.page_pixels.saturating_mul(2) {
            return Err(Trouble::TooLarge);
        }
        let wall = Duration::from_millis(limits.page_wall_ms);
        let mut slot = inner.pool.slot().await;
        let mut child = match slot.take() {
            Some(child) => child,
            None => inner.start(Role::Recognise, Vec::new(), wall).await.map_err(Fault::trouble)?,
        };
        let mut patience = Patience::new(child.id(), wall);
        let answer = patience.with(ask(&mut child, &protocol::look_body(look, &png), limits)).await;
        match answer.unwrap_or(Err(Fault::TimedOut)) {
            Ok(answer) => {
                slot.put_back(child);
                answer
            }
            // The next page gets a fresh child.
            Err(fault) => Err(inner.looked_into(child, fault).await.trouble()),
        }
    }
}

impl Inner {
    /// A child that is sealed well enough to be given a document.
    async fn start(&self, role: Role, passwords: Vec<String>, wall: Duration) -> Result<Child, Fault> {
        let (child, walls) = self.greet(role, passwords, wall).await?;
        if self.settings.suffices(walls) {
            return Ok(child);
        }
        tracing::error!(landlock = walls.landlock, seccomp = walls.seccomp, "a wall is missing: no document is opened");
        Err(Fault::Crashed)
    }

    async fn greet(&self, role: Role, passwords: Vec<String>, wall: Duration) -> Result<(Child, Walls), Fault> {
        let mut child = self.spawner.spawn(role, &self.settings).await.map_err(|_| Fault::Crashed)?;
        let hello = Hello {
            bounds: self.settings.limits.bounds,
            font: self.settings.font.clone(),
            recogniser: self.settings.recogniser,
            models: self.settings.models.clone(),
            network: self.settings.network.clone(),
            passwords,
        };
        let mut patience = Patience::new(child.id(), wall);
        let greeting = async {
            let hello = serde_json::to_vec(&hello).map_err(|_| Fault::Crashed)?;
            child.writer.frame(Tag::Hello, &hello).await.map_err(|_| Fault::Crashed)?;
            match child.reader.frame(protocol::LONGEST_READY).await? {
                (Tag::Ready, body) => serde_json::from_slice(&body).map_err(|_| Breach::Garbled.into()),
                _ => Err(Fault::from(Breach::Unexpected)),
            }
        };
        match patience.with(greeting).await.unwrap_or(Err(Fault::TimedOut)) {
            Ok(walls) => Ok((child, walls)),
            Err(fault) => Err(self.looked_into(child, fault).await),
        }
    }

    /// What a failed child died of, where that says more than its silence. It is gone afterwards.
    async fn looked_into(&self, child: Child, fault: Fault) -> Fault {
        if !matches!(fault, Fault::Crashed) {
            return fault;
        }
        match child.signal().await {
            Some(libc::SIGSYS) => {
                self.breaches.fetch_add(1, Ordering::Relaxed);
                tracing::error!("a sealed child was ended for a system call that only an intruder would make");
            }
            Some(signal) => tracing::warn!(signal, "a sealed child was ended by a signal"),
            None => {}
        }
        fault
    }
}

/// One document through a decoder. The child waits while nobody takes its pages.
async fn converse(
    child: &mut Child,
    bytes: Vec<u8>,
    pages: mpsc::Sender<DecodedPage>,
    limits: &Limits,
    sent: &mut u32,
) -> Result<Done, Fault> {
    let mut patience = Patience::new(child.id(), Duration::from_millis(limits.decode_wall_ms));
    let (writer, reader) = child.split();
    let work = async move {
        // A child that stops listening has said why, or will be found dead below.
        let _ = writer.frame(Tag::Work, &bytes).await;
        drop(bytes);
    };
    let replies = async {
        let mut output = 0_u64;
        loop {
            let frame = patience.with(reader.frame(protocol::longest_reply(&limits.bounds)));
            let (tag, body) = frame.await.ok_or(Fault::TimedOut)??;
            output = output.saturating_add(body.len() as u64);
            if output > limits.output_bytes {
                return Err(Fault::Flood);
            }
            match tag {
                Tag::Page => {
                    let page = protocol::read_page(&body, limits)?;
                    let CheckedPage { no, part, image: Some(image), text } = page else {
                        return Err(Breach::Garbled.into());
                    };
                    if no.0 != *sent + 1 {
                        return Err(Breach::Unexpected.into());
                    }
                    // Nobody wants the rest: the child is dropped, which kills it.
                    if pages.send(DecodedPage { no, part, image, text }).await.is_err() {
                        return Ok(Done::default());
                    }
                    *sent += 1;
                }
                Tag::Done => return Ok(done(&body)?),
                _ => return Err(Breach::Unexpected.into()),
            }
        }
    };
    tokio::pin!(work);
    tokio::pin!(replies);
    // The answer may come before the document is written out; then the rest need not be.
    let mut writing = true;
    loop {
        tokio::select! {
            () = &mut work, if writing => writing = false,
            answer = &mut replies => return answer,
        }
    }
}

/// One page through a recogniser. The inner result is about the page, the outer about the child.
async fn ask(child: &mut Child, work: &[u8], limits: &Limits) -> Result<Result<Recognised, Trouble>, Fault> {
    child.writer.frame(Tag::Work, work).await.map_err(|_| Fault::Crashed)?;
    let longest = protocol::longest_reply(&limits.bounds);
    match child.reader.frame(longest).await? {
        (Tag::Page, body) => match protocol::read_page(&body, limits)? {
            CheckedPage { image, text: Some(text), .. } => Ok(Ok(Recognised { text, upright: image })),
            _ => Err(Breach::Garbled.into()),
        },
        (Tag::Done, body) => match done(&body)?.trouble {
            Some(trouble) => Ok(Err(trouble)),
            None => Err(Breach::Garbled.into()),
        },
        _ => Err(Breach::Unexpected.into()),
    }
}

fn done(body: &[u8]) -> Result<Done, Breach> {
    let done: Done = serde_json::from_slice(body).map_err(|_| Breach::Garbled)?;
    if done.contents.is_bounded() { Ok(done) } else { Err(Breach::Outside) }
}

/// Takes `bytes` for what a child sent, as a page and as an end; only the fuzzers call it.
#[cfg(fuzzing)]
pub fn fuzz_reply(bytes: &[u8]) {
    let limits = Limits { bounds: Bounds { page_pixels: 1 << 20, ..Bounds::default() }, ..Limits::default() };
    if let Ok(CheckedPage { image: Some(image), .. }) = protocol::read_page(bytes, &limits) {
        assert_eq!(image.pixels.len() as u64, u64::from(image.width) * u64::from(image.height));
    }
    if let Ok(done) = done(bytes) {
        assert!(done.contents.is_bounded());
    }
    if let Some((head, _)) = bytes.split_first_chunk() {
        let _ = protocol::read_head(head, protocol::longest_reply(&limits.bounds));
    }
}

/// What can go wrong with a child.
#[derive(Debug)]
enum Fault {
    Crashed,
    TimedOut,
    Flood,
}

impl From<Breach> for Fault {
    fn from(breach: Breach) -> Self {
        tracing::warn!(%breach, "a sealed child broke the protocol");
        if breach == Breach::TooLong { Fault::Flood } else { Fault::Crashed }
    }
}

impl Fault {
    fn trouble(self) -> Trouble {
        match self {
            Fault::Crashed => Trouble::WorkerCrashed,
            Fault::TimedOut => Trouble::TimedOut,
            Fault::Flood => Trouble::TooLarge,
        }
    }
}
