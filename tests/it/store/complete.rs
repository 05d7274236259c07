//! No store function without a test that runs on both databases.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            files.push(path);
        }
    }
    files
}

/// The module that outsiders name: the file, or the folder it lies in.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix("src/store").unwrap();
    inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

#[test]
fn every_store_function_is_named_in_a_test_on_both_databases() {
    // A file counts where its tests run on both.
    let tests: Vec<String> = rust_files(Path::new("tests/it"))
        .into_iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .filter(|text| text.contains("on_both_databases! {"))
        .collect();
    let (mut missing, mut seen) = (vec![], 0);
    for path in rust_files(Path::new("src/store")) {
        let text = fs::read_to_string(&path).unwrap();
        for after in text.split("\npub async fn ").skip(1) {
            let name = after.split(['(', '<']).next().unwrap();
            let call = match module(&path).as_str() {
                "mod" => format!("store::{name}("),
                module => format!("{module}::{name}("),
            };
            seen += 1;
            if !tests.iter().any(|test| test.contains(&call)) {
                missing.push(call);
            }
        }
    }
    assert!(seen > 50, "the functions were looked for in the wrong place");
    assert!(missing.is_empty(), "not called in any test that runs on both databases: {missing:#?}");
}

#[test]
fn only_confirm_writes_an_approval() {
    let mut callers: Vec<PathBuf> = vec![];
    for path in rust_files(Path::new("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let writes = text.contains("INSERT INTO approval");
        assert!(!writes || path.ends_with("store/documents/approval.rs"), "{}", path.display());
        if text.contains("approve(") && !path.ends_with("store/documents/approval.rs") {
            callers.push(path);
        }
    }
    assert_eq!(callers, [PathBuf::from("src/review/mod.rs")]);
}
