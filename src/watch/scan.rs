//! One look over a drop folder: every file with what tells it from all others. Links are not followed; nothing is read.

use super::names;
use std::ffi::OsStr;
use std::fs::{DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Our own folder inside a drop folder, for files between "received" and "put away".
pub const AWAY: &str = ".uketsuke-away";

const MAX_DEPTH: usize = 16;

/// Of more files than this only the oldest are looked at, and that is said, so that no folder can take all memory.
const MAX_FILES: usize = 1_000_000;

/// What tells one content of a file from another without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Device and file number; zero on a share, where numbers may change with each mount.
    pub file: (u64, u64),
    /// Bytes.
    pub size: u64,
    /// Time of the last change in nanoseconds since the epoch.
    pub mtime_ns: i64,
}

impl Identity {
    /// What `meta` says; `shared` for a file on a network file system.
    pub fn of(meta: &Metadata, shared: bool) -> Self {
        let mtime_ns = meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec());
        let file = if shared { (0, 0) } else { (meta.dev(), meta.ino()) };
        Self { file, size: meta.len(), mtime_ns }
    }

    /// The object key of a delivery: path, file number, size and time. The device is left out: its number may change at each start of the machine.
    pub fn object(&self, path_key: &str) -> String {
        format!("{path_key}|{}|{}|{}", self.file.1, self.size, self.mtime_ns)
    }
}

/// A file that was seen.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Path relative to the drop folder.
    pub path: PathBuf,
    /// What it was when it was seen.
    pub identity: Identity,
}

/// All that was seen in one look.
#[derive(Debug, Default)]
pub struct Listing {
    /// Oldest first.
    pub files: Vec<Seen>,
    /// There are more files than can be looked at.
    pub clipped: bool,
    /// Sub-folders that could not be opened.
    pub closed: Vec<PathBuf>,
}

/// What to look at.
#[derive(Clone, Debug)]
pub struct Area {
    /// The drop folder.
    pub root: PathBuf,
    /// Whether sub-folders count.
    pub subfolders: bool,
    /// The folder for received files, which may lie inside.
    pub done: Option<PathBuf>,
    /// Whether the folder stands on a network file system.
    pub shared: bool,
}

/// Looks over an area; an error only when the drop folder itself cannot be read.
pub fn list(area: &Area) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let mut folders = vec![(area.root.clone(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(error),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(_) => {
                listing.closed.push(relative(area, &folder));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) if names::ignored(&entry.file_name()) => {}
                Ok(entry) => take(area, &entry, depth, &mut folders, &mut listing),
                Err(error) if depth == 0 => return Err(error),
                Err(_) => break,
            }
        }
    }
    oldest_first(&mut listing);
    Ok(listing)
}

fn take(area: &Area, entry: &DirEntry, depth: usize, folders: &mut Vec<(PathBuf, usize)>, listing: &mut Listing) {
    // `metadata` of an entry does not follow links; a file that went away meanwhile is no error.
    let Ok(meta) = entry.metadata() else { return };
    let path = entry.path();
    if meta.is_dir() {
        if area.subfolders && depth < MAX_DEPTH && area.done.as_ref() != Some(&path) {
            folders.push((path, depth + 1));
        }
    } else if meta.is_file() {
        let identity = Identity::of(&meta, area.shared);
        listing.files.push(Seen { path: relative(area, &path), identity });
        if listing.files.len() >= 2 * MAX_FILES {
            oldest_first(listing);
        }
    }
}

fn oldest_first(listing: &mut Listing) {
    listing.files.sort_by(|a, b| (a.identity.mtime_ns, &a.path).cmp(&(b.identity.mtime_ns, &b.path)));
    listing.clipped |= listing.files.len() > MAX_FILES;
    listing.files.truncate(MAX_FILES);
}

/// What lies in our own folder: files of an acknowledgement that was cut short.
pub fn cut_short(area: &Area) -> io::Result<Vec<Seen>> {
    // A link in its place would show files from wherever it points.
    if !std::fs::symlink_metadata(area.root.join(AWAY)).is_ok_and(|meta| meta.is_dir()) {
        return Ok(Vec::new());
    }
    let inside = Area { root: area.root.join(AWAY), subfolders: true, done: None, shared: area.shared };
    match list(&inside) {
        Ok(listing) => Ok(listing.files),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The extension in lower case, if it is plain ASCII.
pub fn extension(path: &Path) -> Option<String> {
    path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase)
}

fn relative(area: &Area, path: &Path) -> PathBuf {
    path.strip_prefix(&area.root).unwrap_or(path).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn area(root: &Path, subfolders: bool) -> Area {
        Area { root: root.to_path_buf(), subfolders, done: Some(root.join("done")), shared: false }
    }

    fn names(listing: &Listing) -> Vec<&str> {
        listing.files.iter().map(|f| f.path.to_str().unwrap()).collect()
    }

    #[test]
    fn links_pipes_and_received_files_are_not_seen() {
        let base = tempfile::tempdir().unwrap();
        let root = base.path().join("in");
        fs::create_dir_all(root.join("sub/deep")).unwrap();
        fs::create_dir_all(root.join("done")).unwrap();
        fs::create_dir_all(root.join(AWAY)).unwrap();
        fs::write(base.path().join("secret"), b"x").unwrap();
        for name in ["a.tif", "sub/b.tif", "sub/deep/c.tif", "done/old.tif", ".hidden", ".uketsuke-away/x.tif"] {
            fs::write(root.join(name), b"x").unwrap();
        }
        std::os::unix::fs::symlink(base.path().join("secret"), root.join("link.tif")).unwrap();
        std::os::unix::fs::symlink(base.path(), root.join("linked")).unwrap();
        let mut found = list(&area(&root, true)).unwrap();
        found.files.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!(names(&found), ["a.tif", "sub/b.tif", "sub/deep/c.tif"]);
        assert_eq!(names(&list(&area(&root, false)).unwrap()), ["a.tif"]);
        assert_eq!(cut_short(&area(&root, false)).unwrap()[0].path, Path::new("x.tif"));
    }

    #[test]
    fn the_oldest_comes_first() {
        let base = tempfile::tempdir().unwrap();
        for (name, age) in [("b", 20), ("a", 10), ("c", 30)] {
            let file = fs::File::create(base.path().join(name)).unwrap();
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000 - age);
            file.set_modified(time).unwrap();
        }
        assert_eq!(names(&list(&area(base.path(), false)).unwrap()), ["c", "b", "a"]);
        assert!(list(&area(&base.path().join("none"), false)).is_err());
    }
}
