//! Which file is a fax server's note, and of which document; by stem alone, nothing is read.

use super::scan::{self, Seen};
use super::settings::Sidecar;
use super::sidecar;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a file of a listing is to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something to receive, with the place of its note in the listing.
    Document(Option<usize>),
    /// A note whose document is there too, or was received a moment ago.
    Note,
    /// Looks like a note; its document is not there.
    Lonely,
}

/// The name that a document and its note share: folder and stem, without regard to case.
pub fn stem(path: &Path) -> PathBuf {
    let mut stem = path.parent().map(Path::to_path_buf).unwrap_or_default();
    stem.push(fold(path.file_stem().unwrap_or_default().to_os_string()));
    stem
}

/// The role of each file, in the order of the listing.
pub fn roles(files: &[Seen], notes: Option<&Sidecar>) -> Vec<Role> {
    let Some(notes) = notes else { return vec![Role::Document(None); files.len()] };
    let is_note = |seen: &Seen| {
        seen.identity.size <= sidecar::MAX_BYTES
            && scan::extension(&seen.path).is_some_and(|e| notes.extensions.contains(&e))
    };
    let mut found: HashMap<PathBuf, usize> = HashMap::new();
    for (n, seen) in files.iter().enumerate().filter(|(_, seen)| is_note(seen)) {
        found.insert(stem(&seen.path), n);
    }
    // Both `fax1.csv` and `fax1.tif.csv` belong to `fax1.tif`.
    let note_of = |seen: &Seen| found.get(&stem(&seen.path)).or_else(|| found.get(&fold_path(&seen.path))).copied();
    let mut roles: Vec<Role> =
        files.iter().map(|seen| if is_note(seen) { Role::Lonely } else { Role::Document(note_of(seen)) }).collect();
    for n in 0..roles.len() {
        if let Role::Document(Some(note)) = roles[n] {
            roles[note] = Role::Note;
        }
    }
    roles
}

fn fold_path(path: &Path) -> PathBuf {
    path.with_file_name(fold(path.file_name().unwrap_or_default().to_os_string()))
}

fn fold(name: OsString) -> OsString {
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::scan::Identity;
    use super::*;

    fn files(names: &[&str]) -> Vec<Seen> {
        let identity = Identity { file: (0, 0), size: 10, mtime_ns: 0 };
        names.iter().map(|name| Seen { path: name.into(), identity }).collect()
    }

    fn all() -> Sidecar {
        Sidecar { extensions: ["csv", "xml"].map(str::to_owned).to_vec(), wait_ms: 0 }
    }

    #[test]
    fn notes_find_their_documents_by_stem() {
        let files = files(&["a.tif", "A.CSV", "b.pdf.xml", "b.pdf", "c.csv", "sub/a.csv", "d.tif", "e.txt"]);
        use Role::*;
        let expected =
            [Document(Some(1)), Note, Note, Document(Some(2)), Lonely, Lonely, Document(None), Document(None)];
        assert_eq!(roles(&files, Some(&all())), expected);
        assert!(roles(&files, None).iter().all(|role| *role == Document(None)));
    }

    #[test]
    fn a_large_table_is_a_document() {
        let mut files = files(&["a.tif", "a.csv"]);
        files[1].identity.size = sidecar::MAX_BYTES + 1;
        assert_eq!(roles(&files, Some(&all())), [Role::Document(None), Role::Document(None)]);
    }
}
