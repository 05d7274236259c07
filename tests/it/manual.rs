//! The manual is true: every word that it quotes stands on a page, every key and every page that it names is there, and no page is left out.

use std::path::{Path, PathBuf};
use uketsuke::web::{DOORS, Door};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn manual() -> String {
    std::fs::read_to_string(root().join("docs/manual.ja.md")).expect("the manual")
}

/// Every file below with one of those endings, one after the other.
fn files(folder: &Path, endings: &[&str]) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all += &files(&path, endings);
        } else if path.extension().and_then(|e| e.to_str()).is_some_and(|e| endings.contains(&e)) {
            let text = std::fs::read_to_string(&path).expect("a text");
            // What only a unit test says is on no page.
            all += text.split("#[cfg(test)]").next().unwrap_or_default();
        }
    }
    all
}

/// The pieces of a text between two marks.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close)).map(|(piece, _)| piece).collect()
}

/// A template without its tags and without what is put in.
fn plain(template: &str) -> String {
    let mut text = template.to_owned();
    for (open, close) in [("{%", "%}"), ("{{", "}}"), ("<", ">")] {
        let mut parts = text.split(open);
        let first = parts.next().unwrap_or_default().to_owned();
        text = parts.fold(first, |all, part| all + part.split_once(close).map_or("", |(_, after)| after));
    }
    text
}

#[test]
fn every_quoted_word_stands_on_a_page() {
    let templates = files(&root().join("src/web/templates"), &["html"]);
    let said = plain(&templates) + &templates + &files(&root().join("src"), &["js", "rs"]);
    let manual = manual();
    let quoted: Vec<&str> = between(&manual, "「", "」").into_iter().filter(|word| !word.is_empty()).collect();
    assert!(quoted.len() > 100, "{} quoted words only", quoted.len());
    let wrong: Vec<&&str> = quoted.iter().filter(|word| !said.contains(**word)).collect();
    assert!(wrong.is_empty(), "no page says {wrong:?}");
}

#[test]
fn every_key_is_one_and_none_is_left_out() {
    let templates = files(&root().join("src/web/templates"), &["html"]);
    let keys: Vec<&str> = between(&templates, "<kbd>", "</kbd>");
    let manual = manual();
    let ticked = between_ticks(&manual);
    let named: Vec<&str> = ticked.into_iter().filter(|word| !address(word)).collect();
    let wrong: Vec<&&str> = named.iter().filter(|key| !keys.contains(key)).collect();
    assert!(wrong.is_empty(), "no page has the keys {wrong:?}");
    // The button's own name of two keys at once, and one that a template fills in, are no names of keys.
    let missing: Vec<&&str> =
        keys.iter().filter(|k| **k != "Ctrl+Enter" && !k.contains('{') && !named.contains(k)).collect();
    assert!(missing.is_empty(), "the manual leaves out {missing:?}");
}

#[test]
fn every_page_is_described() {
    let manual = manual();
    let named: Vec<&str> = between_ticks(&manual).into_iter().filter(|word| address(word)).collect();
    // Pictures, files, streams, and ways on to another page.
    let no_page = [
        "/",
        "/queue/views/{id}",
        "/live",
        "/sign-in/code",
        "/sign-in/openid",
        "/sign-in/openid/callback",
        "/sign-in/openid/leave",
    ];
    let file = |path: &str| {
        ["/pages/{no}", "/words", "/original", "/inquiry.pdf", "/{name}"].iter().any(|end| path.ends_with(end))
    };
    let pages: Vec<&str> = DOORS
        .iter()
        .filter(|(method, path, door)| {
            *method == "GET" && !matches!(door, Door::Token(_) | Door::Known) && !no_page.contains(path) && !file(path)
        })
        .map(|(_, path, _)| *path)
        .collect();
    let missing: Vec<&&str> = pages.iter().filter(|path| !named.contains(path)).collect();
    assert!(missing.is_empty(), "the manual does not describe {missing:?}");
    let gone: Vec<&&str> = named.iter().filter(|path| !pages.contains(path)).collect();
    assert!(gone.is_empty(), "there is no page {gone:?}");
}

#[test]
fn every_chapter_is_in_the_table_and_every_line_of_the_table_leads_to_one() {
    let manual = manual();
    let anchor = |title: &str| title.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let chapters: Vec<String> = manual.lines().filter_map(|line| line.strip_prefix("## ")).map(anchor).collect();
    assert_eq!(between(&manual, "](#", ")"), chapters);
}

fn between_ticks(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// An address, and not the key of the search.
fn address(word: &str) -> bool {
    word.len() > 1 && word.starts_with('/')
}
