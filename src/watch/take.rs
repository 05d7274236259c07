//! Reading one source file exactly as it was seen: no link is followed, nothing is read past the limit, and a file that changes under the reader is not taken.

use super::scan::{Area, Identity, Seen};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::os::fd::OwnedFd;

/// Why a file could not be taken this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// It is no longer there, or no longer what was seen.
    Changed,
    /// Its writer holds a lock on it.
    InUse,
    /// No right to read it.
    Denied,
    /// The disk or the share failed.
    Failed,
}

/// All bytes of `seen`, if it is still what it was.
pub fn read(area: &Area, seen: &Seen) -> Result<Vec<u8>, NotNow> {
    let file = File::from(open(area, seen).map_err(|e| reason(&e))?);
    // Fax servers (HylaFAX) hold a lock for as long as they write; a share that knows no locks is no obstacle.
    if let Err(TryLockError::WouldBlock) = file.try_lock_shared() {
        return Err(NotNow::InUse);
    }
    same(area, seen, &file)?;
    let mut bytes = Vec::new();
    let size = usize::try_from(seen.identity.size).map_err(|_| NotNow::Failed)?;
    bytes.try_reserve_exact(size + 1).map_err(|_| NotNow::Failed)?;
    (&file).take(seen.identity.size + 1).read_to_end(&mut bytes).map_err(|e| reason(&e))?;
    if bytes.len() != size {
        return Err(NotNow::Changed);
    }
    same(area, seen, &file)?;
    Ok(bytes)
}

fn same(area: &Area, seen: &Seen, file: &File) -> Result<(), NotNow> {
    let meta = file.metadata().map_err(|e| reason(&e))?;
    let unchanged = meta.is_file() && Identity::of(&meta, area.shared) == seen.identity;
    if unchanged { Ok(()) } else { Err(NotNow::Changed) }
}

/// Opens without following a link anywhere below the drop folder: whoever may write there must not choose what is read elsewhere.
fn open(area: &Area, seen: &Seen) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let root = File::open(&area.root)?;
    let within = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    match rustix::fs::openat2(&root, &seen.path, flags, Mode::empty(), within) {
        // Older than Linux 5.6, or a container that does not know the call.
        Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => {
            Ok(rustix::fs::openat(&root, &seen.path, flags, Mode::empty())?)
        }
        other => Ok(other?),
    }
}

fn reason(error: &io::Error) -> NotNow {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => NotNow::Changed,
        io::ErrorKind::PermissionDenied => NotNow::Denied,
        // A lease of the file's writer.
        io::ErrorKind::WouldBlock | io::ErrorKind::ExecutableFileBusy => NotNow::InUse,
        // A link where a file was.
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => NotNow::Changed,
        _ => NotNow::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::scan;
    use std::fs;
    use std::path::Path;

    fn area(root: &Path) -> Area {
        Area { root: root.to_path_buf(), subfolders: true, done: None, shared: false }
    }

    fn only(area: &Area) -> Seen {
        let mut files = scan::list(area).unwrap().files;
        assert_eq!(files.len(), 1);
        files.remove(0)
    }

    #[test]
    fn a_file_that_grew_since_it_was_seen_is_not_taken() {
        let base = tempfile::tempdir().unwrap();
        let area = area(base.path());
        fs::write(base.path().join("a.tif"), b"one").unwrap();
        let seen = only(&area);
        assert_eq!(read(&area, &seen).unwrap(), b"one");
        fs::write(base.path().join("a.tif"), b"one and more").unwrap();
        assert_eq!(read(&area, &seen), Err(NotNow::Changed));
        fs::remove_file(base.path().join("a.tif")).unwrap();
        assert_eq!(read(&area, &seen), Err(NotNow::Changed));
    }

    #[test]
    fn a_file_whose_writer_holds_a_lock_is_in_use() {
        let base = tempfile::tempdir().unwrap();
        let area = area(base.path());
        let path = base.path().join("a.tif");
        fs::write(&path, b"one").unwrap();
        let writer = File::options().append(true).open(&path).unwrap();
        writer.lock().unwrap();
        assert_eq!(read(&area, &only(&area)), Err(NotNow::InUse));
        drop(writer);
        assert!(read(&area, &only(&area)).is_ok());
    }

    #[test]
    fn a_folder_that_became_a_link_is_not_followed() {
        let base = tempfile::tempdir().unwrap();
        let (root, outside) = (base.path().join("in"), base.path().join("outside"));
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::create_dir_all(&outside).unwrap();
        fs::write(root.join("sub/a.tif"), b"one").unwrap();
        let area = area(&root);
        let seen = only(&area);
        fs::rename(root.join("sub/a.tif"), outside.join("a.tif")).unwrap();
        fs::remove_dir(root.join("sub")).unwrap();
        std::os::unix::fs::symlink(&outside, root.join("sub")).unwrap();
        assert_eq!(read(&area, &seen), Err(NotNow::Changed));
    }
}
