//! What the room promises, on a real folder.

use super::*;
use std::os::unix::fs::PermissionsExt;

fn fresh() -> (tempfile::TempDir, Files) {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::open(folder.path().join("a/files")).unwrap();
    (folder, files)
}

#[tokio::test]
async fn what_is_put_is_got_and_kept_once() {
    let (_folder, files) = fresh();
    let first = files.put("受付".as_bytes()).await.unwrap();
    assert_eq!(files.put("受付".as_bytes()).await.unwrap(), first);
    assert_eq!(files.get(&first).await.unwrap(), "受付".as_bytes());
    assert_eq!(files.put(b"").await.unwrap(), Fingerprint::of(b""));
    assert_eq!(files.get(&Fingerprint::of(b"")).await.unwrap(), b"");
    let path = place(files.root(), &first);
    assert_eq!(path.strip_prefix(files.root()).unwrap().components().count(), 3);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
    assert_eq!(fs::metadata(files.root()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(files.root().join(TEMPORARY)).unwrap().count(), 0);
}

#[tokio::test]
async fn many_at_once_agree() {
    let (_folder, files) = fresh();
    let puts: Vec<_> = (0..16)
        .map(|i| {
            let files = files.clone();
            tokio::spawn(async move { files.put(format!("{}", i % 4).as_bytes()).await.unwrap() })
        })
        .collect();
    for (i, put) in puts.into_iter().enumerate() {
        let fingerprint = put.await.unwrap();
        assert_eq!(files.get(&fingerprint).await.unwrap(), format!("{}", i % 4).as_bytes());
    }
}

#[tokio::test]
async fn damage_and_absence_are_told_and_a_new_put_heals() {
    let (_folder, files) = fresh();
    let fingerprint = files.put(b"whole").await.unwrap();
    let path = place(files.root(), &fingerprint);
    fs::remove_file(&path).unwrap();
    assert!(matches!(files.get(&fingerprint).await, Err(Error::Missing(f)) if f == fingerprint));
    fs::write(&path, b"whol").unwrap();
    assert!(matches!(files.get(&fingerprint).await, Err(Error::Damaged(f)) if f == fingerprint));
    files.put(b"whole").await.unwrap();
    assert_eq!(files.get(&fingerprint).await.unwrap(), b"whole");
}

#[tokio::test]
async fn a_crash_leaves_only_what_a_sweep_removes() {
    let (_folder, files) = fresh();
    let kept = files.put(b"kept").await.unwrap();
    let (mut half, path) = temporary(files.root()).unwrap();
    half.write_all(b"hal").unwrap();
    drop(half);
    assert_eq!(files.sweep().unwrap(), 1);
    assert!(!path.exists());
    assert_eq!(files.get(&kept).await.unwrap(), b"kept");
    assert_eq!(files.sweep().unwrap(), 0);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_not_a_loss() {
    let (folder, files) = fresh();
    // A file where the upper floor should be; rights would not stop root.
    let fingerprint = Fingerprint::of(b"x");
    fs::write(files.root().join(&fingerprint.as_str()[..2]), b"in the way").unwrap();
    assert!(matches!(files.put(b"x").await, Err(Error::Io { .. })));
    assert!(Files::open(folder.path().join("a/files").join(&fingerprint.as_str()[..2])).is_err());
}
