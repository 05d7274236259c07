//! What the watcher remembers of each file between two looks, and what follows from it: wait, hold, or take. No I/O.

use super::complete::Proof;
use super::scan::{Identity, Seen};
use super::settings::FolderSource;
use crate::domain::{DeliveryId, Timestamp};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Why a file that was seen is not received; staff see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// Its size or time still changes (送信中).
    Growing,
    /// It stands still, but its end is missing.
    EndMissing,
    /// Its writer holds it locked.
    InUse,
    /// A fax server's note whose document is not there.
    Alone,
    /// Over the limit on bytes.
    TooLarge,
    /// No right to read it.
    Denied,
    /// The disk or the share failed.
    Failed,
    /// It could not be made durable: the disk failed, the database is away.
    NotStored,
    /// It could not be made durable: the disk is full.
    DiskFull,
    /// Received, but it could not be moved or deleted.
    NotPutAway,
    /// The folder holds more files than can be looked at.
    TooMany,
}

impl Hold {
    /// What staff read.
    pub fn message_ja(self) -> &'static str {
        match self {
            Hold::Growing => "送信中です。",
            Hold::EndMissing => "送信中です（ファイルの終わりがまだ届いていません）。",
            Hold::InUse => "送信中です（書き込み側が使用しています）。",
            Hold::Alone => "対応する文書ファイルを待っています。",
            Hold::TooLarge => {
                "大きすぎるため受信していません。分割して送ってもらうか、設定の max_mebibytes を上げてください。"
            }
            Hold::Denied => "読み取る権限がありません。フォルダの権限を確認してください。",
            Hold::Failed => "ファイルを読み取れません。共有フォルダまたはディスクを確認してください。",
            Hold::NotStored => "保存できません。ディスクの空きとデータベースを確認してください。",
            Hold::DiskFull => "受付のディスクの空きがないため受信していません。空ければ自動で受信します。",
            Hold::NotPutAway => "受信済みですが、移動または削除ができません。フォルダの権限を確認してください。",
            Hold::TooMany => "フォルダのファイルが多すぎ、新しいものが見えません。古いファイルを移してください。",
        }
    }

    /// Whether waiting alone will not help, so that the alert need not wait either.
    pub fn needs_hand(self) -> bool {
        matches!(self, Hold::TooLarge | Hold::Denied | Hold::DiskFull | Hold::NotPutAway | Hold::TooMany)
    }
}

/// What to do with a file now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Too early to say anything.
    Wait,
    /// Not yet; and it is shown.
    Hold(Hold),
    /// Try to take it.
    Take,
    /// It was received before: put it away.
    PutAway,
    /// It was received before and stays where it is.
    Leave,
}

/// A file as remembered.
#[derive(Clone, Debug)]
pub struct Look {
    identity: Identity,
    /// First seen under this path.
    pub first: Timestamp,
    /// Unchanged since.
    pub since: Timestamp,
    grew: bool,
    proof: Option<Proof>,
    /// Refused last time: not tried again before this.
    retry: Option<(Timestamp, Hold)>,
    /// Its delivery, once that is durable.
    pub delivery: Option<DeliveryId>,
}

/// Everything remembered of one folder.
#[derive(Debug, Default)]
pub struct Ledger {
    looks: HashMap<PathBuf, Look>,
}

/// How long a file that failed is left alone.
const RETRY_MS: i64 = 30_000;

impl Ledger {
    /// Looks at `seen` again; `stays` for a folder whose files are left, `still_ms` for how long it must stand still.
    pub fn look(&mut self, seen: &Seen, source: &FolderSource, stays: bool, still_ms: i64, now: Timestamp) -> Next {
        let fresh = || Look {
            identity: seen.identity,
            first: now,
            since: now,
            grew: false,
            proof: None,
            retry: None,
            delivery: None,
        };
        let Some(look) = self.looks.get_mut(&seen.path) else {
            self.looks.insert(seen.path.clone(), fresh());
            return Next::Wait;
        };
        if look.identity != seen.identity {
            // Another file under the same name starts its own story; the same file that grew goes on with its own.
            let same_file = look.identity.file == seen.identity.file && look.delivery.is_none();
            let first = if same_file { look.first } else { now };
            *look = Look { first, grew: true, ..fresh() };
            return Next::Hold(Hold::Growing);
        }
        // The machine's clock was put back: begin again rather than wait for it to catch up.
        if now < look.since {
            look.since = now;
            look.first = look.first.min(now);
            look.retry = None;
        }
        let still = now.0 - look.since.0;
        if let Some((at, hold)) = look.retry
            && now < at
        {
            return Next::Hold(hold);
        }
        if look.delivery.is_some() {
            return if stays { Next::Leave } else { Next::PutAway };
        }
        if still < still_ms {
            return if look.grew { Next::Hold(Hold::Growing) } else { Next::Wait };
        }
        if seen.identity.size > source.max_bytes {
            return Next::Hold(Hold::TooLarge);
        }
        match look.proof {
            Some(proof) if !enough(proof, still, source) => Next::Hold(Hold::EndMissing),
            _ => Next::Take,
        }
    }

    /// Keeps what the bytes of `path` proved; whether that is enough to receive it.
    pub fn proved(&mut self, path: &Path, proof: Proof, source: &FolderSource, now: Timestamp) -> bool {
        let Some(look) = self.looks.get_mut(path) else { return false };
        look.proof = Some(proof);
        enough(proof, now.0 - look.since.0, source)
    }

    /// Leaves `path` alone for a while, because of `hold`.
    pub fn refused(&mut self, path: &Path, hold: Hold, now: Timestamp) {
        if let Some(look) = self.looks.get_mut(path) {
            look.retry = Some((now.plus_ms(RETRY_MS), hold));
        }
    }

    /// `path` changed under the reader: its stillness begins again.
    pub fn stirred(&mut self, path: &Path, now: Timestamp) {
        if let Some(look) = self.looks.get_mut(path) {
            look.since = now;
            look.grew = true;
        }
    }

    /// `path` is durable as `delivery`.
    pub fn received(&mut self, path: &Path, delivery: &DeliveryId) {
        if let Some(look) = self.looks.get_mut(path) {
            look.delivery = Some(delivery.clone());
        }
    }

    /// Forgets `path`: it was put away.
    pub fn forget(&mut self, path: &Path) {
        self.looks.remove(path);
    }

    /// Forgets every file that is no longer there.
    pub fn keep_only(&mut self, there: &HashSet<&Path>) {
        self.looks.retain(|path, _| there.contains(path.as_path()));
    }

    /// What is remembered of `path`.
    pub fn of(&self, path: &Path) -> Option<&Look> {
        self.looks.get(path)
    }
}

/// A missing end is believed for so long; after that the file is damaged, and somebody must see it.
fn enough(proof: Proof, still_ms: i64, source: &FolderSource) -> bool {
    proof != Proof::Unfinished || still_ms >= source.unproven_after_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> FolderSource {
        let text = "channel='fax'\n[[source]]\nname='a'\nfolder='in'\nstable_seconds=10\nunproven_after_minutes=10\nmax_mebibytes=1\n";
        crate::watch::settings::parse("fax.toml", text, Path::new("/data")).unwrap().remove(0)
    }

    fn file(size: u64, mtime_ns: i64) -> Seen {
        Seen { path: "a.tif".into(), identity: Identity { file: (1, 2), size, mtime_ns } }
    }

    struct Watch(Ledger, FolderSource);

    impl Watch {
        fn new() -> Self {
            Self(Ledger::default(), source())
        }

        fn at(&mut self, second: i64, size: u64, mtime: i64) -> Next {
            self.0.look(&file(size, mtime), &self.1, false, self.1.stable_ms, Timestamp(second * 1000))
        }
    }

    #[test]
    fn a_file_is_taken_once_it_stands_still() {
        let mut watch = Watch::new();
        assert_eq!(watch.at(100, 5, 1), Next::Wait);
        assert_eq!(watch.at(109, 5, 1), Next::Wait);
        assert_eq!(watch.at(110, 5, 1), Next::Take);
    }

    #[test]
    fn a_growing_file_is_held_for_ever() {
        let mut watch = Watch::new();
        watch.at(0, 1, 1);
        for n in 1..10_000 {
            assert_eq!(watch.at(n * 9, 1 + n as u64, n), Next::Hold(Hold::Growing));
        }
        assert_eq!(watch.0.of(Path::new("a.tif")).unwrap().first, Timestamp(0));
        assert_eq!(watch.at(9_999 * 9 + 9, 10_000, 9_999), Next::Hold(Hold::Growing));
        assert_eq!(watch.at(9_999 * 9 + 10, 10_000, 9_999), Next::Take);
    }

    #[test]
    fn a_time_that_changes_alone_is_growing_too() {
        let mut watch = Watch::new();
        watch.at(0, 5, 1);
        assert_eq!(watch.at(20, 5, 2), Next::Hold(Hold::Growing));
    }

    #[test]
    fn a_file_without_its_end_is_taken_after_the_long_wait() {
        let mut watch = Watch::new();
        watch.at(0, 5, 1);
        assert_eq!(watch.at(10, 5, 1), Next::Take);
        assert!(!watch.0.proved(Path::new("a.tif"), Proof::Unfinished, &watch.1, Timestamp(10_000)));
        assert_eq!(watch.at(599, 5, 1), Next::Hold(Hold::EndMissing));
        assert_eq!(watch.at(600, 5, 1), Next::Take);
        assert!(watch.0.proved(Path::new("a.tif"), Proof::Unfinished, &watch.1, Timestamp(600_000)));
    }

    #[test]
    fn a_clock_that_is_put_back_does_not_stop_the_folder() {
        let mut watch = Watch::new();
        watch.at(100_000, 5, 1);
        assert_eq!(watch.at(50, 5, 1), Next::Wait);
        assert_eq!(watch.at(60, 5, 1), Next::Take);
    }

    #[test]
    fn too_large_is_said_and_a_failure_is_tried_again() {
        let mut watch = Watch::new();
        watch.at(0, 2 << 20, 1);
        assert_eq!(watch.at(10, 2 << 20, 1), Next::Hold(Hold::TooLarge));
        watch.at(20, 5, 1);
        assert_eq!(watch.at(30, 5, 1), Next::Take);
        watch.0.refused(Path::new("a.tif"), Hold::Denied, Timestamp(30_000));
        assert_eq!(watch.at(59, 5, 1), Next::Hold(Hold::Denied));
        assert_eq!(watch.at(60, 5, 1), Next::Take);
    }

    #[test]
    fn a_name_used_again_is_a_new_file() {
        let mut watch = Watch::new();
        watch.at(0, 5, 1);
        watch.0.received(Path::new("a.tif"), &DeliveryId::fresh());
        assert_eq!(watch.at(10, 5, 1), Next::PutAway);
        assert_eq!(watch.at(20, 6, 2), Next::Hold(Hold::Growing));
        assert_eq!(watch.0.of(Path::new("a.tif")).unwrap().first, Timestamp(20_000));
        assert_eq!(watch.at(30, 6, 2), Next::Take);
    }
}
