//! `uketsuke train` as it is typed: a folder with truth to a file of weights, and a file that is refused.

use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Lines as they come from recognition, one below the other, the first one large.
fn recognised(lines: &[&str]) -> serde_json::Value {
    let line = |(i, text): (usize, &&str)| {
        let (top, tall) = (0.05 + 0.05 * i as f64, if i == 0 { 0.03 } else { 0.015 });
        let wide = tall * 1.41;
        let words: Vec<_> = text
            .chars()
            .enumerate()
            .map(|(c, ch)| {
                let left = 0.1 + wide * c as f64;
                json!({ "text": ch.to_string(), "box": [left, top, left + wide, top + tall], "confidence": 0.9 })
            })
            .collect();
        json!({ "box": [0.1, top, 0.9, top + tall], "words": words })
    };
    let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
    let text = json!({ "rotation": 0, "width_px": 1000, "height_px": 1410, "blank": false, "lines": lines, "cells": [], "marks": [] });
    json!({ "pages": [{ "no": 1, "part": 1, "text": text }], "trouble": null })
}

/// A corpus folder of one page a file, already recognised, so that no engine is needed; with the truth of each.
fn laid_out(folder: &Path, files: impl Iterator<Item = (serde_json::Value, serde_json::Value)>) {
    for inside in ["docs", "pages"] {
        fs::create_dir_all(folder.join(inside)).unwrap();
    }
    let mut truth = String::new();
    for (n, (page, document)) in files.enumerate() {
        let name = format!("fax{n:03}.tif");
        fs::write(folder.join("docs").join(&name), "x").unwrap();
        fs::write(folder.join("pages").join(format!("{name}.json")), page.to_string()).unwrap();
        truth += &json!({ "file": name, "documents": [document] }).to_string();
        truth += "\n";
    }
    fs::write(folder.join("truth.jsonl"), truth).unwrap();
    fs::write(folder.join("hospital.json"), json!({ "name": "みなと台総合病院" }).to_string()).unwrap();
}

/// Forms of two kinds.
fn corpus(folder: &Path, files: usize) {
    let file = |n: usize| {
        let (kind, lines) = match n % 2 {
            0 => ("notice", ["休診のお知らせ", "関係者各位", "下記の期間を休診といたします。"]),
            _ => ("lab_report", ["検査結果報告書", "検査項目 結果 基準値", "採血日 令和7年4月2日"]),
        };
        (recognised(&lines), json!({ "kind": kind, "pages": [1], "fields": {} }))
    };
    laid_out(folder, (0..files).map(file));
}

/// Letters of which every value is right but the telephone number of every other one.
fn letters(folder: &Path, files: usize) {
    let file = |n: usize| {
        let (day, phone) = (1 + n % 28, format!("0154-00-{:04}", 1000 + n));
        let page = recognised(&[
            "診療情報提供書",
            "患者氏名 田中花子 様",
            &format!("生年月日 昭和32年4月{day}日"),
            "性別 女",
            &format!("患者電話番号 {phone}"),
            "傷病名 高血圧症",
            "紹介目的 精査加療をお願いいたします。",
        ]);
        let right = if n.is_multiple_of(2) { phone } else { "0154-99-9999".to_owned() };
        let fields = json!({
            "patient_name": { "value": "田中 花子", "alt": ["田中花子"] },
            "patient_birth_date": { "value": format!("1957-04-{day:02}") },
            "patient_sex": { "value": "female" },
            "patient_phone": { "value": right },
            "diagnosis": { "value": "高血圧症" },
            "purpose": { "value": "精査加療をお願いいたします。" },
        });
        (page, json!({ "kind": "referral_letter", "pages": [1], "fields": fields }))
    };
    laid_out(folder, (0..files).map(file));
    fs::create_dir_all(folder.join("masters")).unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for master in ["patients.csv", "institutions.csv", "doctors.csv"] {
        fs::copy(samples.join("masters").join(master), folder.join("masters").join(master)).unwrap();
    }
}

fn uketsuke(inside: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_uketsuke")).args(arguments).current_dir(inside).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_folder_with_truth_becomes_a_file_that_the_program_takes() {
    let place = tempfile::tempdir().unwrap();
    corpus(&place.path().join("c"), 20);
    let train = |out: &str| uketsuke(place.path(), &["train", "c", "--pages", "c/pages", "--out", out, "--force"]);
    let first = train("m.toml");
    let text = said(&first);
    assert!(first.status.success(), "{text}");
    for says in ["before (weights in use)", "after (learned)", "taken for", "いまの重みのままです", "[pipelines]"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    assert!(train("again.toml").status.success());
    let read = |name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    assert_eq!(read("m.toml"), read("again.toml"), "no chance in it");
    assert!(read("m.toml").contains("documents = 10") && !place.path().join("m.part").exists());

    fs::write(place.path().join("c.toml"), "[pipelines]\nmodel = \"m.toml\"").unwrap();
    let with_it = ["train", "c", "--pages", "c/pages", "--config", "c.toml", "--out", "n.toml", "--force"];
    assert!(uketsuke(place.path(), &with_it).status.success());

    let other = read("m.toml").replace("version = 1", "version = 99");
    fs::write(place.path().join("m.toml"), other).unwrap();
    let refused = uketsuke(place.path(), &with_it);
    let text = said(&refused);
    assert!(!refused.status.success() && text.contains("m.toml") && text.contains("99"), "{text}");
    assert!(text.contains("pipelines.model"), "the way out: {text}");
}

#[test]
fn too_little_to_learn_from_is_said_and_nothing_is_written() {
    let place = tempfile::tempdir().unwrap();
    corpus(&place.path().join("c"), 4);
    let few = uketsuke(place.path(), &["train", "c", "--pages", "c/pages", "--out", "m.toml"]);
    assert!(!few.status.success() && said(&few).contains("4件"), "{}", said(&few));
    assert!(!place.path().join("m.toml").exists());
    assert_eq!(uketsuke(place.path(), &["train"]).status.code(), Some(2), "nothing to learn from");
    let none = uketsuke(place.path(), &["train", "--confirmed", "--out", "m.toml"]);
    assert!(!none.status.success() && !place.path().join("var").exists(), "learning makes no database");
}

#[test]
fn what_is_learned_of_values_is_what_is_said_of_the_next_ones() {
    let place = tempfile::tempdir().unwrap();
    letters(&place.path().join("c"), 80);
    let train = ["train", "c", "--values", "--pages", "c/pages", "--out", "v.toml", "--force"];
    let learned = uketsuke(place.path(), &train);
    let text = said(&learned);
    assert!(learned.status.success(), "{text}");
    for says in ["before (weights in use)", "after (learned, held out)", "values = ", "[pipelines]"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    fs::write(place.path().join("c.toml"), "[pipelines]\nvalues = \"v.toml\"").unwrap();
    let eval = |config: &str| {
        let run = ["eval", "c", "--pages", "c/pages", "--config", config, "--got", "got.jsonl"];
        uketsuke(place.path(), &run)
    };
    let read = eval("c.toml");
    assert!(read.status.success(), "{}", said(&read));
    for line in fs::read_to_string(place.path().join("got.jsonl")).unwrap().lines() {
        let reading: serde_json::Value = serde_json::from_str(line).unwrap();
        let sure = |field: &str| reading["documents"][0]["fields"][field]["confidence"].as_f64().unwrap();
        assert!(sure("patient_birth_date") > 0.95 && sure("diagnosis") > 0.95, "{reading}");
        assert!((0.35..0.65).contains(&sure("patient_phone")), "right every other time: {reading}");
    }

    let other = fs::read_to_string(place.path().join("v.toml")).unwrap().replace("agrees = ", "greets = ");
    fs::write(place.path().join("v.toml"), other).unwrap();
    let refused = eval("c.toml");
    let text = said(&refused);
    assert!(!refused.status.success() && text.contains("v.toml") && text.contains("greets"), "{text}");
    assert!(text.contains("pipelines.values"), "the way out: {text}");

    letters(&place.path().join("few"), 4);
    let few = ["train", "few", "--values", "--pages", "few/pages", "--out", "w.toml"];
    let few = uketsuke(place.path(), &few);
    assert!(
        !few.status.success() && said(&few).contains("値が") && !place.path().join("w.toml").exists(),
        "{}",
        said(&few)
    );
}
