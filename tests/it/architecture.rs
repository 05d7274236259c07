//! The floors of the house: which room may import which, who may name which crate, how long a file may be. Fails with the line to fix.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and the rooms it may import.
const ROOMS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("text", &[]),
    ("stages", &["domain", "text"]),
    ("db", &[]),
    ("files", &["domain"]),
    ("net", &["domain"]),
    ("paper", &[]),
    ("store", &["domain", "text", "db"]),
    ("referral_db", &["domain", "text", "db"]),
    ("jail", &["domain", "stages"]),
    ("pipeline", &["domain", "text", "stages", "db", "files", "store", "referral_db", "jail"]),
    ("review", &["domain", "text", "db", "store"]),
    ("watch", &["domain", "db", "files", "net", "store", "pipeline"]),
    ("alarm", &["domain", "db", "net", "store"]),
    ("hooks", &["domain", "db", "net", "store"]),
    // `net` for the one connection of the pages: to the provider that people sign in with.
    ("web", &["domain", "text", "db", "files", "net", "paper", "store", "jail", "review", "pipeline"]),
    (
        "cli",
        &[
            "domain",
            "text",
            "stages",
            "db",
            "files",
            "net",
            "store",
            "referral_db",
            "jail",
            "pipeline",
            "review",
            "alarm",
            "hooks",
            "watch",
            "web",
        ],
    ),
];

/// Outside crates that only these rooms may name.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("sqlx", &["domain", "db", "store", "referral_db"]),
    ("axum", &["web"]),
    ("askama", &["web", "cli"]),
    // `doctor` asks the engine itself which languages it finds.
    ("tesseract", &["stages", "cli"]),
    ("hayro", &["stages"]),
    ("krilla", &["paper"]),
    ("rten", &["stages"]),
    ("anyhow", &["cli"]),
    ("clap", &["cli"]),
    ("async_imap", &["watch"]),
    ("tokio_rustls", &["net"]),
    ("hyper", &["net", "web"]),
    ("base64", &["net", "hooks"]),
    ("lettre", &["alarm"]),
    (
        "tokio",
        &[
            "alarm",
            "hooks",
            "net",
            "db",
            "files",
            "jail",
            "pipeline",
            "review",
            "watch",
            "web",
            "cli",
            "store",
            "referral_db",
        ],
    ),
];

/// What only `cli` says: whatever another room prints may quote a document.
const SPOKEN: &[&str] = &["print!(", "println!(", "dbg!("];
/// What pure rooms must not even mention.
const IMPURE: &[&str] = &["std::fs", "std::env", "std::net", "std::process", "tokio::", "SystemTime", "Instant::now"];
const PURE: &[&str] = &["domain", "text", "stages"];
const LONGEST_FILE: usize = 600;

#[test]
fn rooms_import_only_downward() {
    let mut wrong = Vec::new();
    for file in rust_files(Path::new("src")) {
        let Some(room) = room_of(&file) else { continue };
        let code = production_code(&fs::read_to_string(&file).expect("a source file"));
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            wrong.push(format!("src/{room} has no floor: add it to ROOMS"));
            continue;
        };
        for target in imports(&code) {
            if target != room && !allowed.contains(&target.as_str()) {
                wrong.push(format!("{}: `{room}` must not import `{target}`", file.display()));
            }
        }
        for (outside, rooms) in OUTSIDE {
            let named = code.contains(&format!(" {outside}::")) || code.contains(&format!("({outside}::"));
            if named && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: `{outside}` is not for `{room}`", file.display()));
            }
        }
        if room != "cli" {
            for word in SPOKEN.iter().filter(|word| code.contains(**word)) {
                wrong.push(format!("{}: `{word}` is for `cli` alone", file.display()));
            }
        }
        // The clock lives in domain/time.rs and nowhere else.
        if PURE.contains(&room.as_str()) && !file.ends_with("domain/time.rs") {
            for word in IMPURE.iter().filter(|word| code.contains(**word)) {
                wrong.push(format!("{}: `{word}` in a pure room", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for file in rust_files(Path::new("src")) {
        let text = fs::read_to_string(&file).expect("a source file");
        if !text.starts_with("//!") {
            wrong.push(format!("{}: no `//!` head", file.display()));
        }
        let lines = production_code(&text).lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{}: {lines} lines, at most {LONGEST_FILE}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The file without its tests and without comment lines.
fn production_code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every room named after `crate::`, whether `crate::a::b` or `crate::{a::b, c}`.
fn imports(text: &str) -> BTreeSet<String> {
    let name = |s: &str| s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    for after in text.split("crate::").skip(1) {
        let Some(group) = after.strip_prefix('{') else {
            found.insert(name(after));
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    found.insert(name(&group[start..]));
                    start = i + 1;
                    if c == '}' {
                        break;
                    }
                }
                _ => {}
            }
        }
    }
    // Macros exported from a room are named at the root.
    found.retain(|target| ROOMS.iter().any(|(room, _)| room == target));
    found
}

fn room_of(file: &Path) -> Option<String> {
    let first = file.strip_prefix("src").ok()?.components().next()?.as_os_str().to_str()?.to_owned();
    (first != "lib.rs" && first != "main.rs").then_some(first)
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("a folder entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
