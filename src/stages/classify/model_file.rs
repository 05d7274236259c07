//! The file of a model: TOML in which every weight stands under its name, so that a person can read it and compare two.
//! A file of another version, or with a name that this program does not know, is refused as a whole.

use super::model::{HeldOut, Model, Own};
use super::signs::{Sign, Trait, place};
use crate::domain::Kind;
use crate::stages::learned::file::{Error, Named, reliability};
use crate::stages::learned::reliability::Bin;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the file that this program reads and writes: one step up whenever a sign changes its meaning.
pub const VERSION: u32 = 1;

/// The model as shipped.
const SHIPPED: &str = include_str!("../../../pipelines/model/kinds.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    made: String,
    from: String,
    temperature: f64,
    shared: BTreeMap<String, f64>,
    kinds: BTreeMap<String, OwnFile>,
    held_out: Option<HeldOutFile>,
}

#[derive(Deserialize)]
struct OwnFile {
    documents: usize,
    #[serde(flatten)]
    weights: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldOutFile {
    accuracy: f64,
    log_loss: f64,
    reliability: Vec<BinFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BinFile {
    from: f64,
    documents: usize,
    said: f64,
    right: f64,
}

/// Reads a model; `file` is its name, for the message.
pub fn parse(file: &str, text: &str) -> Result<Model, Error> {
    let named = Named { file, what: "種類の判定の重み" };
    let read: File = named.read(VERSION, text)?;
    let mut model = Model { made: read.made, from: read.from, temperature: read.temperature, ..Model::blank() };
    if !(read.temperature.is_finite() && read.temperature > 0.0) {
        return Err(named.number("temperature", "temperature"));
    }
    for (name, weight) in &read.shared {
        let sign = Sign::ALL.iter().find(|s| s.code() == name).ok_or_else(|| named.unknown("[shared]", name))?;
        model.shared[*sign as usize] = finite(*weight).ok_or_else(|| named.number("[shared]", name))?;
    }
    for (code, own) in &read.kinds {
        let kind = Kind::from_code(code).ok_or_else(|| named.unknown("[kinds]", code))?;
        let table = format!("[kinds.{code}]");
        let to = &mut model.own[place(kind)];
        to.documents = own.documents;
        for (name, weight) in &own.weights {
            let weight = finite(*weight).ok_or_else(|| named.number(&table, name))?;
            if name == "bias" {
                to.bias = weight;
            } else if let Some(sign) = Sign::ALL.iter().find(|s| s.code() == name) {
                to.signs[*sign as usize] = weight;
            } else if let Some(of) = Trait::ALL.iter().find(|t| t.code() == name) {
                to.traits[*of as usize] = weight;
            } else {
                return Err(named.unknown(&table, name));
            }
        }
    }
    if let Some(kind) = Kind::ALL.iter().find(|k| !read.kinds.contains_key(k.code())) {
        return Err(named.missing(format!("種類 {}", kind.code())));
    }
    model.held_out = read.held_out.map(|h| HeldOut {
        accuracy: h.accuracy,
        log_loss: h.log_loss,
        reliability: h.reliability.iter().map(bin).collect(),
    });
    Ok(model)
}

fn finite(weight: f64) -> Option<f64> {
    weight.is_finite().then_some(weight)
}

fn bin(b: &BinFile) -> Bin {
    Bin { from: b.from, count: b.documents, said: b.said, right: b.right }
}

/// The file of a model. Weights are rounded to four places, so that two files can be compared line by line.
pub fn write(model: &Model) -> String {
    let mut out = format!(
        "# 文書の種類を見分ける重み。uketsuke train が書き、設定の pipelines.model で差し替えます。\n\
         # 種類の得点 = bias + Σ（shared + その種類の上乗せ）× 印 + Σ その種類の重み × 見た目。確率は得点 ÷ temperature の softmax。\n\
         version = {VERSION}\nmade = {}\nfrom = {}\ntemperature = {:.4}\n",
        toml::Value::from(model.made.clone()),
        toml::Value::from(model.from.clone()),
        model.temperature
    );
    if let Some(held) = &model.held_out {
        // 学習に使わなかった文書での成績
        let _ = write!(
            out,
            "\n# 学習に使わなかった文書での成績（交差検証）\n[held_out]\naccuracy = {:.4}\nlog_loss = {:.4}\n{}",
            held.accuracy,
            held.log_loss,
            reliability("documents", &held.reliability)
        );
    }
    out += "\n# どの種類にも共通の、印の重み\n[shared]\n";
    for (sign, weight) in Sign::ALL.iter().zip(model.shared) {
        let _ = writeln!(out, "{} = {weight:.4}", sign.code());
    }
    for (kind, own) in Kind::ALL.iter().zip(&model.own) {
        out += &one_kind(*kind, own);
    }
    out
}

fn one_kind(kind: Kind, own: &Own) -> String {
    let mut out = format!(
        "\n# {}\n[kinds.{}]\ndocuments = {}\nbias = {:.4}\n",
        kind.label_ja(),
        kind.code(),
        own.documents,
        own.bias
    );
    let signs = Sign::ALL.iter().map(|s| s.code()).zip(own.signs);
    let traits = Trait::ALL.iter().map(|t| t.code()).zip(own.traits);
    for (name, weight) in signs.chain(traits).filter(|(_, w)| w.abs() >= 0.00005) {
        let _ = writeln!(out, "{name} = {weight:.4}");
    }
    out
}

/// The model as shipped.
pub fn embedded() -> Model {
    match parse("pipelines/model/kinds.toml", SHIPPED) {
        Ok(model) => model,
        // A test reads it; a build whose own model does not load never leaves the workshop.
        Err(error) => unreachable!("shipped model: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_of_the_package_load() {
        assert!(embedded().held_out.is_some_and(|held| held.accuracy > 0.9 && !held.reliability.is_empty()));
        let by_hand = include_str!("../../../pipelines/model/by-hand.toml");
        assert_eq!(parse("by-hand.toml", by_hand).expect("a model").held_out, None);
    }

    #[test]
    fn what_is_written_reads_as_the_same() {
        let model = embedded();
        let text = write(&model);
        let again = parse("m.toml", &text).expect("a model");
        assert_eq!(again, model);
        assert_eq!(write(&again), text);
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_file_and_the_name() {
        for (from, to, says) in [
            ("version = 1", "version = 2", "版 2"),
            ("[shared]", "[shared]\nmoon = 1.0", "moon"),
            ("[kinds.notice]", "[kinds.notice]\nmoon = 1.0", "moon"),
            ("[kinds.notice]", "[kinds.notise]", "notise"),
            ("temperature = ", "temperature = -", "temperature"),
            ("temperature = ", "temperatur = ", "temperatur"),
            ("title = ", "title = inf # ", "title"),
        ] {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED, "{from}");
            let error = parse("/etc/m.toml", &text).expect_err(to).to_string();
            assert!(error.contains("/etc/m.toml") && error.contains(says), "{error}");
        }
        let start = SHIPPED.find("# お知らせ").expect("a kind");
        let end = SHIPPED.find("# 広告").expect("the next kind");
        let error = parse("m.toml", &[&SHIPPED[..start], &SHIPPED[end..]].concat()).expect_err("a kind is missing");
        assert!(error.to_string().contains("notice"), "{error}");
        assert!(parse("m.toml", "").is_err());
    }
}
