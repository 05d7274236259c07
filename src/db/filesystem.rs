//! On which file system a path lies; SQLite must not stand on one that another machine shares.

use std::path::Path;

/// `f_type` of file systems whose locks or shared memory cannot be trusted between machines (linux/magic.h).
const SHARED: &[(u32, &str)] = &[
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
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x786f_4256, "VirtualBox"),
];

/// The network file system that holds `path`, if one does.
pub(super) fn shared(path: &Path) -> std::io::Result<Option<&'static str>> {
    let stat = rustix::fs::statfs(path)?;
    Ok(name_of(stat.f_type as u32))
}

fn name_of(f_type: u32) -> Option<&'static str> {
    SHARED.iter().find(|(magic, _)| *magic == f_type).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_and_local_ones_pass() {
        assert_eq!(name_of(0x6969), Some("NFS"));
        assert_eq!(name_of(0xff53_4d42), Some("CIFS"));
        assert_eq!(name_of(0xef53), None, "ext4");
        assert_eq!(name_of(0x0102_1994), None, "tmpfs");
        assert_eq!(shared(&std::env::temp_dir()).unwrap(), None);
        assert!(shared(Path::new("/nowhere/at/all")).is_err());
    }
}
