//! Originals and page images by fingerprint, on a local folder. What was put is durable before `put` answers, and never changed. Never a file name from outside.

use crate::domain::Fingerprint;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where half-written files lie.
const TEMPORARY: &str = "tmp";
/// What is left free on the disk, and at most which part of it.
const RESERVE_BYTES: u64 = 64 << 20;
const RESERVE_SHARE: u64 = 25;

/// What can go wrong with a kept file; names it by fingerprint only.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk failed, is full or forbids it.
    #[error("{doing} failed: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nothing of that fingerprint is kept.
    #[error("no file with the fingerprint {}", .0.as_str())]
    Missing(Fingerprint),
    /// The bytes are not those that were put.
    #[error("the file with the fingerprint {} is damaged", .0.as_str())]
    Damaged(Fingerprint),
}

impl Error {
    /// Whether the disk has no room left.
    pub fn is_full(&self) -> bool {
        matches!(self, Error::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    /// Whether the same work may succeed when it is tried again later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Io { .. })
    }
}

/// The folder of kept files; cloning shares it.
#[derive(Clone, Debug)]
pub struct Files {
    root: Arc<Path>,
}

impl Files {
    /// Opens the folder, which is made when missing, for its owner only.
    pub fn open(root: impl AsRef<Path>) -> Result<Files, Error> {
        let root = root.as_ref();
        make_folder(root).and_then(|()| make_folder(&root.join(TEMPORARY))).map_err(io("making the file store"))?;
        let root = root.canonicalize().map_err(io("opening the file store"))?;
        sync_folder(&root).map_err(io("opening the file store"))?;
        Ok(Files { root: root.into() })
    }

    /// Keeps the bytes under their fingerprint; they survive a crash from the moment this answers. The same bytes again change nothing.
    pub async fn put(&self, bytes: &[u8]) -> Result<Fingerprint, Error> {
        let (root, bytes) = (Arc::clone(&self.root), bytes.to_vec());
        blocking(move || put(&root, &bytes)).await
    }

    /// The bytes of a fingerprint, proven to be those that were put.
    pub async fn get(&self, fingerprint: &Fingerprint) -> Result<Vec<u8>, Error> {
        let (path, fingerprint) = (place(&self.root, fingerprint), fingerprint.clone());
        blocking(move || match fs::read(path) {
            Ok(bytes) if Fingerprint::of(&bytes) == fingerprint => Ok(bytes),
            Ok(_) => Err(Error::Damaged(fingerprint)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Missing(fingerprint)),
            Err(error) => Err(io("reading a kept file")(error)),
        })
        .await
    }

    /// Removes what crashes left half-written; only at start, before anything is put. How many files that were.
    pub fn sweep(&self) -> Result<usize, Error> {
        let mut swept = 0;
        for entry in fs::read_dir(self.root.join(TEMPORARY)).map_err(io("sweeping the file store"))? {
            let path = entry.map_err(io("sweeping the file store"))?.path();
            fs::remove_file(path).map_err(io("sweeping the file store"))?;
            swept += 1;
        }
        Ok(swept)
    }

    /// The folder, for `doctor`.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// `root/ab/cd/abcd…`: at most 256 entries in the two upper floors.
fn place(root: &Path, fingerprint: &Fingerprint) -> PathBuf {
    let name = fingerprint.as_str();
    let (first, second) = (name.get(0..2).unwrap_or("__"), name.get(2..4).unwrap_or("__"));
    root.join(first).join(second).join(name)
}

fn put(root: &Path, bytes: &[u8]) -> Result<Fingerprint, Error> {
    let fingerprint = Fingerprint::of(bytes);
    let path = place(root, &fingerprint);
    let folder = path.parent().unwrap_or(root);
    // Read back rather than trusted: a copy that a failing disk has spoilt is written anew.
    if fs::read(&path).is_ok_and(|kept| kept == bytes) {
        // Another `put` may have renamed it and not yet have made that durable.
        sync_folder(folder).map_err(io("making a kept file durable"))?;
        return Ok(fingerprint);
    }
    if !has_room(root, bytes.len() as u64) {
        return Err(io("keeping a file")(io::ErrorKind::StorageFull.into()));
    }
    make_durable_folders(root, folder).map_err(io("making a folder of the file store"))?;
    let (mut file, temporary) = temporary(root).map_err(io("making a temporary file"))?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &path))
        .and_then(|()| sync_folder(folder));
    if let Err(error) = written {
        // Best effort: `sweep` takes what is left.
        let _ = fs::remove_file(&temporary);
        return Err(io("keeping a file")(error));
    }
    Ok(fingerprint)
}

/// A new file that nobody else writes, readable by its owner only and by nobody writable once closed.
fn temporary(root: &Path) -> io::Result<(File, PathBuf)> {
    loop {
        let mut name = [0_u8; 16];
        getrandom::fill(&mut name).map_err(|_| io::Error::other("the system gives no randomness"))?;
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = root.join(TEMPORARY).join(name);
        match OpenOptions::new().write(true).create_new(true).mode(0o400).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether the bytes fit, and the database beside them still has room to say that the next ones do not.
fn has_room(root: &Path, bytes: u64) -> bool {
    let Ok(disk) = rustix::fs::statvfs(root) else { return true };
    let (free, all) = (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
    free >= bytes.saturating_add(RESERVE_BYTES.min(all / RESERVE_SHARE))
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes both floors and has the folder above each remember it.
fn make_durable_folders(root: &Path, folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    make_folder(folder)?;
    if let Some(first) = folder.parent() {
        sync_folder(first)?;
    }
    sync_folder(root)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

fn io(doing: &'static str) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io { doing, source }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(io("waiting for the disk")(io::Error::other(error))),
    }
}

#[cfg(test)]
mod tests;
