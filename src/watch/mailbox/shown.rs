//! What staff are shown of a mailbox: held messages, a server that does not move, a folder out of reach. Written only when it changes.

use super::settings::MailboxSource;
use super::talk::Envelope;
use super::trouble::Trouble;
use crate::domain::{Fingerprint, Timestamp};
use crate::pipeline::{Held, ReceiveHandle};
use std::collections::{BTreeMap, HashMap};

/// Rows shown of one folder; a flood of held messages must not flood the page.
const MAX_ROWS: usize = 500;

const TOO_LARGE: &str = "メールが大きすぎるため取り込んでいません。メールソフトで開いて保存するか、送信元に分けて送ってもらってください（上限は max_mebibytes）。";
const NOT_FETCHED: &str =
    "サーバからこのメールを取り出せません。1時間ごとに試します。メールソフトで開けるか確かめてください。";
const NOT_MOVED: &str = "受信したメールをサーバで移動できないか、印をつけられません（受信はできています）。done_folder・flag と権限を確認してください。";

/// What stands in the table now.
#[derive(Default)]
pub(super) struct Shown {
    rows: HashMap<String, Held>,
    /// Rows from before the start have been read.
    started: bool,
}

impl Shown {
    /// The folder is read: shows what is held in it, and nothing else.
    pub async fn standing(
        &mut self,
        source: &MailboxSource,
        folder: &str,
        receive: &ReceiveHandle,
        held: &BTreeMap<u32, Held>,
        refused: bool,
    ) {
        let mut rows: Vec<Held> = held.values().take(MAX_ROWS).cloned().collect();
        if refused {
            rows.push(row(folder, "!", format!("{folder}（受信済のメール）"), NOT_MOVED, true));
        }
        self.write(source, folder, receive, rows).await;
    }

    /// The folder cannot be read; what was held in it stays shown.
    pub async fn unreachable(
        &mut self,
        source: &MailboxSource,
        folder: &str,
        receive: &ReceiveHandle,
        trouble: Trouble,
        since: Timestamp,
    ) {
        let alert = receive.clock.now().0 - since.0 >= source.alert_after_ms;
        let whole = row(folder, "", format!("メールボックス {folder}"), trouble.message_ja(), alert);
        let mut rows: Vec<Held> = self.rows.values().filter(|row| row.path_key != whole.path_key).cloned().collect();
        rows.push(whole);
        self.write(source, folder, receive, rows).await;
    }

    async fn write(&mut self, source: &MailboxSource, folder: &str, receive: &ReceiveHandle, rows: Vec<Held>) {
        if !self.started {
            let Ok(old) = receive.shown(&source.name).await else { return };
            let ours = key(folder, "");
            let stale = |key: &String| key.starts_with(&ours) && !rows.iter().any(|row| row.path_key == *key);
            let stale: Vec<String> = old.into_iter().filter(stale).collect();
            if receive.show(&source.name, &[], &stale).await.is_err() {
                return;
            }
            self.started = true;
        }
        let changed: Vec<Held> = rows.iter().filter(|row| self.rows.get(&row.path_key) != Some(row)).cloned().collect();
        let gone = |key: &&String| !rows.iter().any(|row| row.path_key == **key);
        let gone: Vec<String> = self.rows.keys().filter(gone).cloned().collect();
        match receive.show(&source.name, &changed, &gone).await {
            Ok(()) => self.rows = rows.into_iter().map(|row| (row.path_key.clone(), row)).collect(),
            Err(error) => tracing::warn!(source = source.name, %error, "what is held cannot be shown"),
        }
    }
}

/// A message that is not fetched.
pub(super) fn held_row(folder: &str, validity: u32, envelope: &Envelope, max_bytes: u64) -> Held {
    let came = match envelope.arrived {
        Timestamp(0) => format!("番号 {}", envelope.uid),
        arrived => arrived.japan().strftime("%-m月%-d日 %H:%M 着").to_string(),
    };
    let reason = if envelope.size > max_bytes { TOO_LARGE } else { NOT_FETCHED };
    let mut row =
        row(folder, &format!("{validity}/{}", envelope.uid), format!("{folder} のメール（{came}）"), reason, true);
    row.size_bytes = envelope.size;
    row
}

fn row(folder: &str, rest: &str, display_name: String, reason_ja: &'static str, alert: bool) -> Held {
    Held { path_key: key(folder, rest), display_name, size_bytes: 0, reason_ja, alert }
}

/// The key of a folder's row; that of a folder whose name begins like another's does not begin like the other's.
fn key(folder: &str, rest: &str) -> String {
    let name: String = Fingerprint::of(folder.as_bytes()).as_str().chars().take(16).collect();
    format!("{name}/{rest}")
}
