//! What stands behind a path: a local disk that reports changes, or a share that must be asked again and again.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// `f_type` of file systems that other machines or programs write behind the kernel's back (linux/magic.h).
const SHARED: [(u32, &str); 13] = [
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0bd0_0bd0, "Lustre"),
    (0x786f_4256, "vboxsf"),
    (0x0000_564c, "NCP"),
];

/// A folder as it stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Tells this folder from one of the same name made later.
    pub identity: (u64, u64),
    /// The network file system that holds it, if one does: no events come, and file numbers may change with each mount.
    pub shared: Option<&'static str>,
}

/// Looks at a folder; an error when it is missing, no folder, or out of reach.
pub fn look(folder: &Path) -> std::io::Result<Place> {
    let meta = std::fs::metadata(folder)?;
    if !meta.is_dir() {
        return Err(std::io::ErrorKind::NotADirectory.into());
    }
    let magic = rustix::fs::statfs(folder)?.f_type as u32;
    let shared = SHARED.iter().find(|(m, _)| *m == magic).map(|(_, name)| *name);
    Ok(Place { identity: (meta.dev(), meta.ino()), shared })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_made_anew_is_another_folder() {
        let base = tempfile::tempdir().unwrap();
        let folder = base.path().join("in");
        assert_eq!(look(&folder).unwrap_err().kind(), std::io::ErrorKind::NotFound);
        std::fs::create_dir(&folder).unwrap();
        let first = look(&folder).unwrap();
        assert_eq!(first.shared, None);
        // Held open, so that its number cannot be given out again.
        let _open = std::fs::File::open(&folder).unwrap();
        std::fs::remove_dir(&folder).unwrap();
        std::fs::create_dir(&folder).unwrap();
        assert_ne!(look(&folder).unwrap().identity, first.identity);
        std::fs::write(folder.join("x"), b"").unwrap();
        assert_eq!(look(&folder.join("x")).unwrap_err().kind(), std::io::ErrorKind::NotADirectory);
    }

    #[test]
    fn a_memory_file_system_is_not_shared_and_names_are_known() {
        assert_eq!(look(Path::new("/dev/shm")).unwrap().shared, None);
        assert!(SHARED.iter().any(|(magic, name)| *magic == 0x6969 && *name == "NFS"));
    }
}
