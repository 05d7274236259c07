//! Watched folders: there, readable, and able to give up what was received. None of it keeps the service from starting: it waits for the folder.

use super::Check;
use crate::watch::{Afterwards, FolderSource, look_at};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::io;
use std::path::Path;

pub(super) fn check(source: &FolderSource) -> Vec<Check> {
    let (code, name, shown) = ("source", &source.name, source.folder.display());
    let place = match look_at(&source.folder) {
        Ok(place) => place,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return vec![Check::attention(
                code,
                format!("監視フォルダ {name}: {shown} がありません（現れるまで待ちます）"),
                format!("作るか、共有を接続してください: mkdir -p {shown}"),
            )];
        }
        Err(error) => {
            return vec![Check::attention(
                code,
                format!("監視フォルダ {name}: {shown} を開けません（{}）", error.kind()),
                "権限と、設定の folder を確認してください。",
            )];
        }
    };
    let allowed = |path: &Path, rights| accessat(CWD, path, rights, AtFlags::EACCESS).is_ok();
    if !allowed(&source.folder, Access::READ_OK | Access::EXEC_OK) {
        let found = format!("監視フォルダ {name}: {shown} を読む権限がありません");
        return vec![Check::attention(
            code,
            found,
            format!("サービスの利用者に読む権限を与えてください: chmod u+rx {shown}"),
        )];
    }
    let how = match place.shared {
        Some(kind) => format!("ネットワーク（{kind}）、{}秒ごとに確認", source.poll_ms / 1000),
        None => format!("変化の通知と{}秒ごとの確認", source.poll_ms / 1000),
    };
    let mut checks = vec![Check::good(code, format!("監視フォルダ {name}: {shown}（{how}）"))];
    if source.afterwards != Afterwards::Leave && !allowed(&source.folder, Access::WRITE_OK) {
        checks.push(Check::attention(
            code,
            format!("監視フォルダ {name}: {shown} から受信済のファイルを取り出す権限がありません"),
            "書き込む権限を与えるか、設定を afterwards = \"leave\" にしてください。",
        ));
    }
    if let Afterwards::Move(done) = &source.afterwards
        && let Some(there) = done.ancestors().find(|folder| folder.exists())
        && !(there.is_dir() && allowed(there, Access::WRITE_OK | Access::EXEC_OK))
    {
        checks.push(Check::attention(
            code,
            format!("監視フォルダ {name}: 受信済フォルダ {} に書き込めません", done.display()),
            "権限と、設定の done_folder を確認してください。",
        ));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::super::Finding;
    use super::*;

    fn source(base: &Path) -> FolderSource {
        crate::watch::settings::parse("fax.toml", "channel='fax'\n[[source]]\nname='a'\nfolder='in'\n", base)
            .unwrap()
            .remove(0)
    }

    #[test]
    fn a_missing_folder_is_said_and_an_open_one_is_good() {
        let base = tempfile::tempdir().unwrap();
        let source = source(base.path());
        let [missing] = check(&source).try_into().unwrap();
        assert!(missing.finding == Finding::Attention && missing.way_out_ja.contains("mkdir -p"));
        std::fs::create_dir(&source.folder).unwrap();
        let [good] = check(&source).try_into().unwrap();
        assert_eq!(good.finding, Finding::Good, "{good:?}");
        std::fs::write(source.folder.join("done"), b"in the way").unwrap();
        assert!(check(&source).iter().any(|check| check.found_ja.contains("受信済フォルダ")));
    }
}
