//! A small disk that a test may fill up.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A disk of a few megabytes in memory; unmounted when it is dropped.
pub struct Disk {
    path: PathBuf,
    /// Removed with it, where it was made for it.
    folder: Option<TempDir>,
}

impl Disk {
    /// Nothing where the test may not mount one; then it says so.
    pub fn of(mebibytes: u32) -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a scratch folder can be made");
        let path = folder.path().to_owned();
        let mut disk = Disk::over(&path, mebibytes)?;
        disk.folder = Some(folder);
        Some(disk)
    }

    /// The same in place of what a folder holds.
    pub fn over(folder: &Path, mebibytes: u32) -> Option<Disk> {
        let size = format!("size={mebibytes}m,mode=700");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(folder).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Disk { path: folder.to_owned(), folder: None });
        }
        // A proof that is passed over must not look like one that held.
        assert!(std::env::var_os("UKETSUKE_DISKS").is_none_or(|how| how != "required"), "no small disk can be mounted");
        eprintln!("skipped: no small disk can be mounted here (that needs root)");
        None
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Somebody else fills the disk until only so many bytes are left.
    pub fn fill(&self, left: u64) {
        self.free();
        let mut ballast = File::create(self.ballast()).expect("a file");
        let block = [0x55; 4096];
        while ballast.write_all(&block).is_ok() {}
        let length = ballast.metadata().expect("its size").len();
        ballast.set_len(length.saturating_sub(left)).expect("a shorter file");
    }

    /// There is room again.
    pub fn free(&self) {
        let _ = fs::remove_file(self.ballast());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Files may still be open in tasks that are just ending.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        drop(self.folder.take());
    }
}

/// Every file below a folder, with its bytes.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => found.push((path.clone(), fs::read(path).expect("a file"))),
            }
        }
    }
    found
}
