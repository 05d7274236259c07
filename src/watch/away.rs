//! Putting a received file away: only what was received leaves the folder, and a stop at any instant loses nothing.
//!
//! A file goes by way of our own hidden folder: there nobody writes to it by name any more, so it can be compared with what was received before it goes on.

use super::scan::{AWAY, Area, Identity, Seen};
use super::settings::Afterwards;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutAway {
    /// It is where it belongs.
    Done,
    /// It is gone, or no longer what was received; what is there now stays.
    Changed,
}

/// Puts `seen` away after its delivery `tag` is durable.
pub fn put_away(area: &Area, seen: &Seen, afterwards: &Afterwards, tag: &str) -> io::Result<PutAway> {
    if *afterwards == Afterwards::Leave {
        return Ok(PutAway::Done);
    }
    let (source, away) = (area.root.join(&seen.path), away_path(area, &seen.path)?);
    match renameat_with(CWD, &source, CWD, &away, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        Err(Errno::NOENT) => return Ok(PutAway::Changed),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if !away.try_exists()? => fs::rename(&source, &away)?,
        Err(error) => return Err(error.into()),
    }
    let meta = fs::symlink_metadata(&away)?;
    if !meta.is_file() || Identity::of(&meta, area.shared) != seen.identity {
        put_back(area, &seen.path)?;
        return Ok(PutAway::Changed);
    }
    finish(area, &seen.path, afterwards, tag)?;
    Ok(PutAway::Done)
}

/// The second half: from our hidden folder to where it belongs.
pub fn finish(area: &Area, path: &Path, afterwards: &Afterwards, tag: &str) -> io::Result<()> {
    let away = away_path(area, path)?;
    match afterwards {
        // A deletion that is not durable yet is done again after a crash: the delivery is known.
        Afterwards::Delete => fs::remove_file(&away),
        Afterwards::Move(done) => into(&away, &done.join(path), tag),
        Afterwards::Leave => put_back(area, path),
    }
}

/// Back from our hidden folder under its own name, or beside whatever has that name now.
pub fn put_back(area: &Area, path: &Path) -> io::Result<()> {
    let (away, source) = (away_path(area, path)?, area.root.join(path));
    if let Some(parent) = source.parent() {
        fs::create_dir_all(parent)?;
    }
    if move_new(&away, &source)? {
        return Ok(());
    }
    let tag = crate::domain::DeliveryId::fresh();
    if move_new(&away, &beside(&source, tag.as_str()))? { Ok(()) } else { Err(Errno::EXIST.into()) }
}

fn away_path(area: &Area, path: &Path) -> io::Result<PathBuf> {
    let folder = area.root.join(AWAY);
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A link in its place would send files wherever it points.
    if !fs::symlink_metadata(&folder)?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    let away = folder.join(path);
    if let Some(parent) = away.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(away)
}

/// Moves into the folder of received files; a name that is taken there gets the delivery's id.
fn into(from: &Path, to: &Path, tag: &str) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    for to in [to.to_path_buf(), beside(to, tag), to.with_file_name(tag)] {
        match move_new(from, &to) {
            Ok(true) => return sync_parent(&to),
            Ok(false) => {}
            Err(error) if error.raw_os_error() == Some(Errno::NAMETOOLONG.raw_os_error()) => {}
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                if copy_new(from, &to, tag)? {
                    sync_parent(&to)?;
                    return fs::remove_file(from);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Errno::EXIST.into())
}

/// Renames unless something has that name; whether it did.
fn move_new(from: &Path, to: &Path) -> io::Result<bool> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        // Shares that cannot refuse to replace: nobody else names files in these folders.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) if to.try_exists()? => Ok(false),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => fs::rename(from, to).map(|()| true),
        Err(error) => Err(error.into()),
    }
}

/// Copies to another disk under a hidden name, makes it durable, and gives it its name unless that is taken by another file.
fn copy_new(from: &Path, to: &Path, tag: &str) -> io::Result<bool> {
    let modified = fs::metadata(from)?.modified()?;
    let size = fs::metadata(from)?.len();
    // A copy that was cut short after it got its name is this same file.
    if let Ok(there) = fs::symlink_metadata(to) {
        return Ok(there.is_file() && there.len() == size && same_bytes(from, to)?);
    }
    let partial = to.with_file_name(format!(".uketsuke-{tag}.part"));
    let mut out = File::create(&partial)?;
    io::copy(&mut File::open(from)?, &mut out)?;
    out.set_modified(modified)?;
    out.sync_all()?;
    if move_new(&partial, to)? {
        return Ok(true);
    }
    fs::remove_file(&partial)?;
    Ok(false)
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(File::open(one)?), BufReader::new(File::open(other)?));
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let length = a.len().min(b.len());
        if length == 0 || a[..length] != b[..length] {
            return Ok(a.is_empty() && b.is_empty());
        }
        one.consume(length);
        other.consume(length);
    }
}

/// `a.tif` becomes `a.TAG.tif`.
fn beside(path: &Path, tag: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(tag);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => match File::open(parent)?.sync_all() {
            // Some shares cannot sync a folder; their server decides when names are durable.
            Err(error) if matches!(error.raw_os_error(), Some(code) if code == Errno::INVAL.raw_os_error()) => Ok(()),
            other => other,
        },
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::scan;

    struct Folder {
        _base: tempfile::TempDir,
        area: Area,
        done: PathBuf,
    }

    fn folder(done: Option<PathBuf>) -> Folder {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("in");
        fs::create_dir(&root).unwrap();
        let done = done.unwrap_or_else(|| root.join("done"));
        Folder { area: Area { root, subfolders: true, done: Some(done.clone()), shared: false }, done, _base: base }
    }

    impl Folder {
        fn put(&self, name: &str, bytes: &[u8]) -> Seen {
            let path = self.area.root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
            scan::list(&self.area).unwrap().files.into_iter().find(|s| s.path == Path::new(name)).unwrap()
        }

        fn away(&self, seen: &Seen, tag: &str) -> PutAway {
            put_away(&self.area, seen, &Afterwards::Move(self.done.clone()), tag).unwrap()
        }

        fn received(&self) -> Vec<(String, Vec<u8>)> {
            let area = Area { root: self.done.clone(), subfolders: true, done: None, shared: false };
            let read = |s: Seen| (s.path.to_str().unwrap().to_owned(), fs::read(self.done.join(&s.path)).unwrap());
            let mut all: Vec<_> = scan::list(&area).unwrap().files.into_iter().map(read).collect();
            all.sort();
            all
        }
    }

    #[test]
    fn names_used_twice_are_both_kept() {
        let folder = folder(None);
        for (tag, bytes) in [("t1", b"one"), ("t2", b"two")] {
            let seen = folder.put("sub/a.tif", bytes);
            assert_eq!(folder.away(&seen, tag), PutAway::Done);
        }
        let expected = [("sub/a.t2.tif".to_owned(), b"two".to_vec()), ("sub/a.tif".to_owned(), b"one".to_vec())];
        assert_eq!(folder.received(), expected);
        assert!(scan::list(&folder.area).unwrap().files.is_empty());
    }

    #[test]
    fn what_was_written_after_the_reading_stays() {
        let folder = folder(None);
        let seen = folder.put("a.tif", b"one");
        fs::remove_file(folder.area.root.join("a.tif")).unwrap();
        folder.put("a.tif", b"another fax");
        assert_eq!(folder.away(&seen, "t"), PutAway::Changed);
        assert_eq!(fs::read(folder.area.root.join("a.tif")).unwrap(), b"another fax");
        assert!(scan::cut_short(&folder.area).unwrap().is_empty());
        let deleted = put_away(&folder.area, &seen, &Afterwards::Delete, "t").unwrap();
        assert_eq!(deleted, PutAway::Changed);
        assert_eq!(fs::read(folder.area.root.join("a.tif")).unwrap(), b"another fax");
    }

    #[test]
    fn deleting_deletes_and_leaving_leaves() {
        let folder = folder(None);
        let seen = folder.put("a.tif", b"one");
        assert_eq!(put_away(&folder.area, &seen, &Afterwards::Leave, "t").unwrap(), PutAway::Done);
        assert!(folder.area.root.join("a.tif").exists());
        assert_eq!(put_away(&folder.area, &seen, &Afterwards::Delete, "t").unwrap(), PutAway::Done);
        assert!(!folder.area.root.join("a.tif").exists());
        assert!(scan::cut_short(&folder.area).unwrap().is_empty());
    }

    #[test]
    fn a_file_cut_short_goes_back_even_when_its_name_is_taken() {
        let folder = folder(None);
        let seen = folder.put("a.tif", b"one");
        fs::rename(folder.area.root.join("a.tif"), away_path(&folder.area, &seen.path).unwrap()).unwrap();
        folder.put("a.tif", b"two");
        put_back(&folder.area, &seen.path).unwrap();
        let mut found: Vec<_> = scan::list(&folder.area).unwrap().files;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let bytes: std::collections::BTreeSet<_> =
            found.iter().map(|s| fs::read(folder.area.root.join(&s.path)).unwrap()).collect();
        assert_eq!(bytes.into_iter().collect::<Vec<_>>(), [b"one".to_vec(), b"two".to_vec()]);
    }

    #[test]
    fn another_disk_gets_a_durable_copy() {
        let other = tempfile::tempdir_in("/dev/shm").unwrap();
        let folder = folder(Some(other.path().join("done")));
        let seen = folder.put("a.tif", b"one");
        assert_eq!(folder.away(&seen, "t1"), PutAway::Done);
        let seen = folder.put("a.tif", b"two");
        assert_eq!(folder.away(&seen, "t2"), PutAway::Done);
        // Stopped after the copy got its name and before the source was removed.
        let seen = folder.put("a.tif", b"one");
        assert_eq!(folder.away(&seen, "t1"), PutAway::Done);
        let expected = [("a.t2.tif".to_owned(), b"two".to_vec()), ("a.tif".to_owned(), b"one".to_vec())];
        assert_eq!(folder.received(), expected);
        assert!(scan::cut_short(&folder.area).unwrap().is_empty());
    }

    #[test]
    fn a_link_in_the_place_of_our_folder_is_refused() {
        let folder = folder(None);
        let elsewhere = tempfile::tempdir().unwrap();
        let seen = folder.put("a.tif", b"one");
        std::os::unix::fs::symlink(elsewhere.path(), folder.area.root.join(AWAY)).unwrap();
        assert!(put_away(&folder.area, &seen, &Afterwards::Delete, "t").is_err());
        assert!(folder.area.root.join("a.tif").exists());
        fs::write(elsewhere.path().join("secret"), b"x").unwrap();
        assert!(scan::cut_short(&folder.area).unwrap().is_empty());
    }
}
