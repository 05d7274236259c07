//! What staff are shown of files that are not received: written only when it changes, so that a quiet folder writes nothing.

use super::look::Ledger;
use super::names;
use super::pass;
use super::settings::FolderSource;
use crate::domain::Timestamp;
use crate::pipeline::{Held, ReceiveHandle};
use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The key of the folder itself.
const FOLDER: &str = "/";
/// Rows shown of one folder; a flood of held files must not flood the page.
const MAX_ROWS: usize = 500;
/// An unchanged row is written again after so long, so that "last seen" means something.
const FRESH_MS: i64 = 60_000;

/// What stands in the table now.
#[derive(Default)]
pub(super) struct Shown {
    rows: HashMap<String, (Held, Timestamp)>,
    /// Rows from before the start have been read.
    started: bool,
    /// The folder's own row was written while a pass waited for an answer.
    pub silent: Arc<AtomicBool>,
    /// Since when the folder itself has been out of reach.
    unreachable_since: Option<Timestamp>,
}

impl Shown {
    /// Shows the files that are held, and no others.
    pub async fn held(
        &mut self,
        source: &FolderSource,
        receive: &ReceiveHandle,
        ledger: &Ledger,
        holds: &[pass::Held],
    ) {
        if self.unreachable_since.take().is_some() {
            tracing::info!(source = source.name, "the folder is back");
        }
        let now = receive.clock.now();
        let row = |(path, seen, hold): &pass::Held| Held {
            path_key: names::path_key(path),
            display_name: names::display_name(path.file_name().unwrap_or_default()),
            size_bytes: seen.as_ref().map_or(0, |seen| seen.identity.size),
            reason_ja: hold.message_ja(),
            alert: hold.needs_hand() || ledger.of(path).is_some_and(|look| late(look.first, now, source)),
        };
        self.write(source, receive, holds.iter().take(MAX_ROWS).map(row).collect(), now).await;
    }

    /// Shows that the folder itself cannot be read; its files stay as they were last shown.
    pub async fn unreachable(&mut self, source: &FolderSource, receive: &ReceiveHandle, error: &io::Error) {
        let now = receive.clock.now();
        let since = *self.unreachable_since.get_or_insert_with(|| {
            tracing::warn!(source = source.name, error = %error.kind(), "the folder cannot be read");
            now
        });
        let mut rows: Vec<Held> = self.rows.values().map(|(row, _)| row.clone()).collect();
        rows.retain(|row| row.path_key != FOLDER);
        rows.push(folder_row(&source.folder, unreachable_ja(error.kind()), late(since, now, source)));
        self.write(source, receive, rows, now).await;
    }

    async fn write(&mut self, source: &FolderSource, receive: &ReceiveHandle, rows: Vec<Held>, now: Timestamp) {
        if !self.started {
            let Ok(old) = receive.shown(&source.name).await else { return };
            let stale = |key: &String| !rows.iter().any(|row| row.path_key == *key);
            let stale: Vec<String> = old.into_iter().filter(stale).collect();
            if receive.show(&source.name, &[], &stale).await.is_err() {
                return;
            }
            self.started = true;
        }
        let due = |row: &&Held| match self.rows.get(&row.path_key) {
            Some((old, at)) => old != *row || now.0 - at.0 >= FRESH_MS || now < *at,
            None => true,
        };
        let changed: Vec<Held> = rows.iter().filter(due).cloned().collect();
        let now_there: HashMap<&str, ()> = rows.iter().map(|row| (row.path_key.as_str(), ())).collect();
        let mut gone: Vec<String> =
            self.rows.keys().filter(|key| !now_there.contains_key(key.as_str())).cloned().collect();
        if self.silent.swap(false, Ordering::Relaxed) && !now_there.contains_key(FOLDER) {
            gone.push(FOLDER.to_owned());
        }
        match receive.show(&source.name, &changed, &gone).await {
            Ok(()) => {
                gone.iter().for_each(|key| drop(self.rows.remove(key)));
                self.rows.extend(changed.into_iter().map(|row| (row.path_key.clone(), (row, now))));
            }
            Err(error) => tracing::warn!(source = source.name, %error, "what is held cannot be shown"),
        }
    }
}

/// Shows that the folder does not answer at all; the pass that waits for it takes this back when it goes on.
pub(super) async fn show_silence(silent: &AtomicBool, source: &FolderSource, receive: &ReceiveHandle) {
    silent.store(true, Ordering::Relaxed);
    let reason_ja = unreachable_ja(io::ErrorKind::TimedOut);
    if let Err(error) = receive.show(&source.name, &[folder_row(&source.folder, reason_ja, true)], &[]).await {
        tracing::warn!(source = source.name, %error, "what is held cannot be shown");
    }
}

fn unreachable_ja(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "監視するフォルダが見つかりません。フォルダを作るか、共有の接続を確認してください。",
        io::ErrorKind::PermissionDenied => "監視するフォルダを読む権限がありません。権限を確認してください。",
        io::ErrorKind::NotADirectory => "監視する場所がフォルダではありません。設定の folder を確認してください。",
        io::ErrorKind::TimedOut => "監視するフォルダが応答しません。共有の接続を確認してください。",
        _ => "監視するフォルダを読めません。ディスクまたは共有の接続を確認してください。",
    }
}

fn folder_row(folder: &Path, reason_ja: &'static str, alert: bool) -> Held {
    let display_name = names::display_name(folder.as_os_str());
    Held { path_key: FOLDER.to_owned(), display_name, size_bytes: 0, reason_ja, alert }
}

fn late(since: Timestamp, now: Timestamp, source: &FolderSource) -> bool {
    now.0 - since.0 >= source.alert_after_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Clock;

    #[tokio::test]
    async fn a_folder_that_did_not_answer_is_no_longer_shown_once_it_does() {
        let base = tempfile::tempdir().unwrap();
        let db = crate::store::open(&format!("sqlite:{}/a.db", base.path().display())).await.unwrap();
        let files = crate::files::Files::open(base.path().join("files")).unwrap();
        let receive = ReceiveHandle { files, db, clock: Clock::System, wake: Arc::default() };
        let text = "channel='fax'\n[[source]]\nname='a'\nfolder='in'\n";
        let source = crate::watch::settings::parse("fax.toml", text, base.path()).unwrap().remove(0);
        let mut shown = Shown::default();
        shown.held(&source, &receive, &Ledger::default(), &[]).await;
        show_silence(&shown.silent, &source, &receive).await;
        assert_eq!(receive.shown("a").await.unwrap(), [FOLDER]);
        shown.held(&source, &receive, &Ledger::default(), &[]).await;
        assert!(receive.shown("a").await.unwrap().is_empty());
    }
}
