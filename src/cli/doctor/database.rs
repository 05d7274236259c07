//! Can a database be reached, and may it stand where it stands? Its address may hold a password and is never printed.

use super::Check;
use crate::db::{Error, Probed, probe};

pub(super) async fn check(code: &'static str, name: &str, url: &str) -> Check {
    match probe(url).await {
        Ok(Probed::There(kind)) => Check::good(code, format!("{name}: {kind} に接続できます")),
        Ok(Probed::ToBeMade) => Check::good(code, format!("{name}: SQLite のファイルは起動時に作られます")),
        Err(error) => Check::fatal(code, format!("{name}: {}", what(&error)), way_out(&error)),
    }
}

fn what(error: &Error) -> String {
    match error {
        Error::Address => "接続先の書き方が正しくありません".into(),
        Error::NetworkFileSystem(kind) => format!("SQLite のファイルがネットワーク上（{kind}）にあります"),
        Error::File(error) => format!("ファイルを開けません（{}）", error.kind()),
        _ => match error.code() {
            Some(code) => format!("接続できません（コード {code}）"),
            None => "接続できません（応答がありません）".into(),
        },
    }
}

fn way_out(error: &Error) -> &'static str {
    match (error, error.code()) {
        (Error::Address, _) => "設定に sqlite:パス または postgres://利用者@ホスト/データベース名 と書いてください。",
        (Error::NetworkFileSystem(_), _) => {
            "このコンピュータのディスクに移すか、PostgreSQL を使ってください（共有フォルダではデータが壊れます）。"
        }
        (Error::File(_), _) => "フォルダとファイルの権限を確認してください（サービスの利用者が読み書きできること）。",
        (_, Some("28P01" | "28000")) => "利用者名とパスワード、PostgreSQL の pg_hba.conf を確認してください。",
        (_, Some("3D000")) => "データベースがありません。管理者として createdb で作成してください。",
        (_, Some("42501")) => "データベースの利用者に権限がありません。所有者を確認してください。",
        (_, Some("26" | "11")) => {
            "SQLite のファイルが壊れているか、SQLite ではありません。バックアップから戻してください。"
        }
        _ => "データベースが動いているか、ホスト名・ポート・ファイアウォールを確認してください。",
    }
}

#[cfg(test)]
mod tests {
    use super::super::Finding;
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_no_database_and_an_address_that_is_none_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        std::fs::write(&path, "this is no database at all, however long it may be ".repeat(100)).unwrap();
        let broken = check("database", "受付", &format!("sqlite:{}", path.display())).await;
        assert_eq!(broken.finding, Finding::Fatal);
        assert!(broken.way_out_ja.contains("壊れて"), "{broken:?}");
        let strange = check("database", "受付", "mysql://x").await;
        assert!(strange.way_out_ja.contains("sqlite:"));
        let secret = check("database", "受付", "postgres://u:hunter2@127.0.0.1:1/x").await;
        assert!(secret.finding == Finding::Fatal && !format!("{secret:?}").contains("hunter2"));
    }
}
