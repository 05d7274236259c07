//! A drop folder, a database and a clock that the test turns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use tokio::sync::Notify;
use uketsuke::db::Db;
use uketsuke::domain::Clock;
use uketsuke::files::Files;
use uketsuke::pipeline::ReceiveHandle;
use uketsuke::store::deliveries::Delivery;
use uketsuke::store::incoming::Incoming;
use uketsuke::watch::{Folder, FolderSource, Outcome, pass, settings};

/// Everything one test needs.
pub struct Desk {
    pub base: TempDir,
    pub folder: Folder,
    pub receive: ReceiveHandle,
    time: Arc<AtomicI64>,
}

impl Desk {
    /// A folder `in` that exists; `more` are further keys of its source.
    pub fn new(db: Db, more: &str) -> Desk {
        let base = tempfile::tempdir().unwrap();
        std::fs::create_dir(base.path().join("in")).unwrap();
        let time = Arc::new(AtomicI64::new(1_780_000_000_000));
        let receive = ReceiveHandle {
            files: Files::open(base.path().join("files")).unwrap(),
            db,
            clock: Clock::Fixed(Arc::clone(&time)),
            wake: Arc::new(Notify::new()),
        };
        Desk { folder: Folder::new(source(base.path(), more)), base, receive, time }
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.base.path().join("in").join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// One look after so many seconds.
    pub async fn after(&mut self, seconds: i64) -> Outcome {
        self.time.fetch_add(seconds * 1000, Ordering::Relaxed);
        pass(&mut self.folder, &self.receive, &|| false).await
    }

    /// Two looks, so far apart that whatever is whole is received.
    pub async fn settle(&mut self) -> Outcome {
        self.after(1).await;
        self.after(20).await
    }

    /// The program was stopped and started again: nothing is remembered.
    pub fn restart(&mut self) {
        self.folder = Folder::new(self.folder.source.clone());
    }

    /// The same, with other keys.
    pub fn restart_with(&mut self, more: &str) {
        self.folder = Folder::new(source(self.base.path(), more));
    }

    /// Oldest first.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        crate::support::all_deliveries(&self.receive.db).await
    }

    pub async fn held(&self) -> Vec<Incoming> {
        crate::support::held(&self.receive.db).await
    }

    /// Relative paths of the files in the drop folder, our own hidden folder included, in order.
    pub fn left(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    all.push(path.strip_prefix(self.path("")).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        all.sort();
        all
    }
}

pub fn source(base: &Path, more: &str) -> FolderSource {
    let text = format!("channel = 'fax'\n[[source]]\nname = 'fax'\nfolder = 'in'\nstable_seconds = 10\n{more}\n");
    settings::parse("fax.toml", &text, base).unwrap().remove(0)
}

/// A whole one-page TIFF whose picture says `word`.
pub fn tiff(word: &str) -> Vec<u8> {
    let mut out = b"II\x2a\0".to_vec();
    out.extend((8 + word.len() as u32).to_le_bytes());
    out.extend(word.as_bytes());
    out.extend(2u16.to_le_bytes());
    for (tag, value) in [(273u16, 8u32), (279, word.len() as u32)] {
        out.extend(tag.to_le_bytes());
        out.extend(4u16.to_le_bytes());
        out.extend(1u32.to_le_bytes());
        out.extend(value.to_le_bytes());
    }
    out.extend([0; 4]);
    out
}
