//! Shared mailboxes: reachable, signed in, folders there. None of it keeps the service from starting: it waits for the mailbox.

use super::Check;
use crate::domain::Clock;
use crate::watch::mailbox::{Finding, MailboxSource, probe};

const CODE: &str = "mailbox";

/// Looks at every mailbox, all at once.
pub async fn mailboxes(sources: &[MailboxSource], clock: &Clock) -> Vec<Check> {
    let looks: Vec<_> = sources
        .iter()
        .cloned()
        .map(|source| {
            let clock = clock.clone();
            tokio::spawn(async move {
                let found = probe(&source, &clock).await;
                found.iter().map(|finding| check(&source, finding)).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut checks = Vec::new();
    for look in looks {
        checks.extend(look.await.unwrap_or_default());
    }
    checks
}

fn check(source: &MailboxSource, finding: &Finding) -> Check {
    let name = format!("メールボックス {}（{}:{}）", source.name, source.host, source.port);
    match finding {
        Finding::Folder { folder, messages } => {
            Check::good(CODE, format!("{name}: {folder} を読めます（{messages}通）"))
        }
        Finding::Missing { folder, there } => Check::attention(
            CODE,
            format!("{name}: フォルダ {folder} がありません"),
            format!("設定の folders を直してください。あるのは: {}", there.join("、")),
        ),
        Finding::DoneMissing { folder } => Check::good(
            CODE,
            format!("{name}: 受信済のフォルダ {folder} はまだありません（最初の受信のときに作ります）"),
        ),
        Finding::NoIdle => Check::good(
            CODE,
            format!("{name}: サーバが新着を知らせないため、{}秒ごとに見に行きます", source.poll_ms / 1000),
        ),
        Finding::Trouble(trouble) => {
            let found = trouble.message_ja().trim_end_matches('。');
            Check::attention(CODE, format!("{name}: {found}"), trouble.way_out_ja())
        }
    }
}
