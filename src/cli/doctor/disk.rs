//! The data folder: may the service write there, is there room, and does its clock go with ours?

use super::Check;
use crate::domain::Timestamp;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

const LEAST_BYTES: u64 = 256 << 20;
const GOOD_BYTES: u64 = 5 << 30;
const GOOD_FILES: u64 = 10_000;
/// 2026-01-01 and 2100-01-01 in Japan: outside, the clock was never set.
const FIRST_MS: i64 = 1_767_193_200_000;
const LAST_MS: i64 = 4_102_412_400_000;
const SKEW_MS: i64 = 5 * 60_000;

/// Writes and removes a small file, durably, where the service will write.
pub(super) fn rights(data: &Path) -> Check {
    let folder = nearest(data);
    let name = folder.join(format!(".uketsuke-doctor-{}", std::process::id()));
    let attempt = || -> io::Result<()> {
        let mut file = File::create_new(&name)?;
        file.write_all(b"uketsuke")?;
        file.sync_all()?;
        File::open(&folder)?.sync_all()
    };
    let outcome = attempt();
    let removed = fs::remove_file(&name);
    match outcome.and(removed) {
        Ok(()) => Check::good("rights", format!("データフォルダ: {} に書き込めます", data.display())),
        Err(error) => Check::fatal(
            "rights",
            format!("データフォルダ: {} に書き込めません（{}）", data.display(), error.kind()),
            format!("サービスの利用者に権限を与えてください: sudo chown -R 利用者 {}", data.display()),
        ),
    }
}

/// Bytes and file numbers that are left.
pub(super) fn room(data: &Path) -> Vec<Check> {
    let code = "room";
    let stat = match rustix::fs::statvfs(nearest(data)) {
        Ok(stat) => stat,
        Err(error) => {
            let found = format!("ディスク: 空き容量を調べられません（{}）", io::Error::from(error).kind());
            return vec![Check::attention(code, found, "ディスクの接続を確認してください。")];
        }
    };
    let mut checks = vec![bytes(stat.f_bavail.saturating_mul(stat.f_frsize))];
    // Some file systems have no fixed number of files and say zero for both.
    if stat.f_files > 0 && stat.f_favail < GOOD_FILES {
        let found = format!("ディスク: 作れるファイルがあと{}個です", stat.f_favail);
        checks.push(Check::attention(code, found, "不要な小さいファイルを消してください（inode の不足）。"));
    }
    checks
}

fn bytes(free: u64) -> Check {
    let found = format!("ディスク: 空き {:.1} GB", free as f64 / 1e9);
    let way_out = "不要なファイルを消すか、データフォルダを大きいディスクに移してください。";
    match free {
        ..LEAST_BYTES => Check::fatal("room", found, way_out),
        LEAST_BYTES..GOOD_BYTES => Check::attention("room", found, way_out),
        _ => Check::good("room", found),
    }
}

/// Our clock against the calendar and against the newest file of ours: times of receipt and deadlines stand on it.
pub(super) fn clock(data: &Path, now: Timestamp) -> Check {
    let (code, said) = ("clock", now.japan().strftime("%Y-%m-%d %H:%M"));
    if !(FIRST_MS..LAST_MS).contains(&now.0) {
        return Check::fatal(
            code,
            format!("時計: {said} になっています"),
            "sudo timedatectl set-ntp true などで時計を合わせてください。",
        );
    }
    match newest(data) {
        Some(newest) if newest.0 > now.0 + SKEW_MS => Check::attention(
            code,
            format!(
                "時計: {said} ですが、それより新しい日時（{}）のファイルがあります",
                newest.japan().strftime("%Y-%m-%d %H:%M")
            ),
            "時計が戻されたか、データフォルダのあるサーバの時計が進んでいます。両方の時計を合わせてください。",
        ),
        _ => Check::good(code, format!("時計: {said}（日本時間）")),
    }
}

fn newest(data: &Path) -> Option<Timestamp> {
    let entries = fs::read_dir(data).ok()?;
    let times = entries.filter_map(|entry| Some(entry.ok()?.metadata().ok()?.mtime()));
    times.max().map(|seconds| Timestamp(seconds.saturating_mul(1000)))
}

/// The folder itself, or the nearest one above it that exists.
fn nearest(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|f| !f.as_os_str().is_empty() && f.is_dir());
    there.unwrap_or(Path::new(".")).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::super::Finding;
    use super::*;

    #[test]
    fn little_room_is_said_and_no_room_is_fatal() {
        assert_eq!(bytes(10 << 30).finding, Finding::Good);
        assert_eq!(bytes(1 << 30).finding, Finding::Attention);
        assert_eq!(bytes(1 << 20).finding, Finding::Fatal);
    }

    #[test]
    fn a_clock_that_was_never_set_is_fatal_and_one_behind_its_files_is_said() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(clock(data.path(), Timestamp(0)).finding, Finding::Fatal);
        let file = File::create(data.path().join("a.db")).unwrap();
        let at = |seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        file.set_modified(at(1_800_000_000)).unwrap();
        assert_eq!(clock(data.path(), Timestamp(1_800_000_001_000)).finding, Finding::Good);
        assert_eq!(clock(data.path(), Timestamp(1_799_990_000_000)).finding, Finding::Attention);
    }

    #[test]
    fn a_folder_that_is_a_file_cannot_be_written() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(rights(&data.path().join("var")).finding, Finding::Good);
        assert_eq!(rights(Path::new("/proc/uketsuke")).finding, Finding::Fatal);
    }
}
