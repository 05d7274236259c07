//! `uketsuke received` as a fax server calls it, the examples for multifunction printers, and tokens on the command line.

use super::given::PROGRAM;
use crate::support::room::Disk;
use std::path::Path;
use std::process::{Command, Output};
use uketsuke::store::deliveries::Delivery;
use uketsuke::store::{self, deliveries};
use uketsuke::watch::settings;

pub fn run(var: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).arg("--var").arg(var).current_dir(var).output().expect("the program runs")
}

pub async fn all(var: &Path) -> Vec<Delivery> {
    let db = store::open(&format!("sqlite:{}/uketsuke.db", var.display())).await.unwrap();
    let mut all = deliveries::recent(&mut db.read().await.unwrap(), 100).await.unwrap();
    all.reverse();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fax_server_hands_over_what_it_got_and_what_went_wrong() {
    let var = tempfile::tempdir().unwrap();
    let fax = var.path().join("fax000000012.tif");
    std::fs::write(&fax, b"II*\0 something").unwrap();
    let fax = fax.to_str().unwrap();
    let said = [
        "--sender",
        "+81 144 33 0000",
        "--caller-id",
        "0144330000",
        "--line",
        "ttyS0",
        "--pages",
        "2",
        "--id",
        "000000012",
    ];
    let whole = run(var.path(), &[&["received"][..], &said, &["--error", "", fax]].concat());
    assert_eq!(whole.status.code(), Some(0), "{whole:?}");
    let again = run(var.path(), &[&["received"][..], &said, &["--error", "", fax]].concat());
    assert_eq!(again.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&again.stdout).contains("すでに受信しています"));
    let cut = run(var.path(), &["received", "--id", "13", "--error", "RSPREC error/got DCN", fax]);
    assert_eq!(cut.status.code(), Some(0));

    let rows = all(var.path()).await;
    assert_eq!(rows.len(), 2);
    let fax_of = |n: usize| rows[n].fax.0.clone();
    assert_eq!((rows[0].file_name.as_str(), rows[0].source.as_str()), ("fax000000012.tif", "hylafax"));
    assert_eq!(
        (fax_of(0).sender_number.as_deref(), fax_of(0).pages, fax_of(0).error),
        (Some("0144330000"), Some(2), None)
    );
    assert_eq!(fax_of(1).error.as_deref(), Some("RSPREC error/got DCN"));
    // Nothing personal is printed.
    for output in [&whole, &again, &cut] {
        let printed = [&output.stdout[..], &output.stderr[..]].concat();
        assert!(!String::from_utf8_lossy(&printed).contains("0144330000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_says_so_by_its_exit_status() {
    let var = tempfile::tempdir().unwrap();
    assert_eq!(run(var.path(), &["received", "/nowhere/fax.tif"]).status.code(), Some(3));
    assert_eq!(run(var.path(), &["received"]).status.code(), Some(2));
    assert_eq!(run(var.path(), &["received", "--pages", "many", "x"]).status.code(), Some(2));
    // The data folder is a file: not kept, and worth trying again.
    std::fs::write(var.path().join("taken"), b"").unwrap();
    std::fs::write(var.path().join("a.tif"), b"x").unwrap();
    let file = var.path().join("a.tif");
    let broken = Command::new(PROGRAM)
        .args(["received", file.to_str().unwrap(), "--var"])
        .arg(var.path().join("taken"))
        .current_dir(var.path())
        .output()
        .unwrap();
    assert_eq!(broken.status.code(), Some(1), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_status_1_and_the_next_call_takes_it() {
    let var = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::over(var.path(), 24) else { return };
    let fax = |name: &str| {
        // On another disk, as recvq is.
        let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
        std::fs::write(&path, name.repeat(20_000)).unwrap();
        path
    };
    let (first, second) = (fax("first.tif"), fax("second.tif"));
    assert_eq!(run(var.path(), &["received", first.to_str().unwrap()]).status.code(), Some(0));
    for left in [0, 4_096, 40_960] {
        disk.fill(left);
        let full = run(var.path(), &["received", second.to_str().unwrap()]);
        assert_eq!(full.status.code(), Some(1), "{left} bytes left: {full:?}");
        disk.free();
        assert_eq!(all(var.path()).await.len(), 1);
    }
    let taken = run(var.path(), &["received", second.to_str().unwrap()]);
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert!(String::from_utf8_lossy(&taken.stdout).contains("受信しました"));
    assert_eq!(all(var.path()).await.len(), 2);
    [first, second].iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

/// The examples for shared folders load, and their patterns read the names beside them.
#[test]
fn the_examples_for_multifunction_printers_read_the_names_they_show() {
    let text = include_str!("../../../config/shared-folders.toml");
    let sources = settings::parse("shared-folders.toml", text, Path::new("/srv")).expect("it loads");
    // One block of examples above each source; below each example, what is to be read from it.
    let blocks: Vec<&str> = text.split("[[source]]").take(sources.len()).collect();
    for (source, block) in sources.iter().zip(blocks) {
        let pattern = source.pattern.as_ref().expect("a pattern");
        let said = |word: &str| -> Vec<String> {
            block.lines().filter_map(|line| line.strip_prefix(word)).map(|rest| rest.trim().to_owned()).collect()
        };
        let (names, readings) = (said("# 例: "), said("# 読み: "));
        assert!(!names.is_empty() && names.len() == readings.len(), "{}", source.name);
        for (name, expected) in names.iter().zip(readings) {
            let fax = pattern.read(name);
            let told = |key: &str, value: Option<String>| value.map(|value| format!("{key}={value}"));
            let read: Vec<String> =
                [told("datetime", fax.received), told("sender", fax.sender_number), told("line", fax.line)]
                    .into_iter()
                    .flatten()
                    .collect();
            assert_eq!(read.join(" "), expected, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_shown_once_listed_and_revoked() {
    let var = tempfile::tempdir().unwrap();
    let made = run(var.path(), &["token", "new", "fax-gateway"]);
    let token = String::from_utf8(made.stdout).unwrap();
    assert!(made.status.success() && token.starts_with("uk_"), "{token}");
    assert!(!run(var.path(), &["token", "new", "fax-gateway"]).status.success());
    assert!(!run(var.path(), &["token", "new", "名前"]).status.success());
    let listed = String::from_utf8(run(var.path(), &["token", "list"]).stdout).unwrap();
    assert!(
        listed.contains("fax-gateway\t有効") && !listed.contains(token.trim().rsplit('_').next().unwrap()),
        "{listed}"
    );
    assert!(run(var.path(), &["token", "revoke", "fax-gateway"]).status.success());
    assert!(!run(var.path(), &["token", "revoke", "fax-gateway"]).status.success());
    assert!(String::from_utf8(run(var.path(), &["token", "list"]).stdout).unwrap().contains("停止"));
}
