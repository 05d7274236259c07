//! The file of weights: TOML in which every weight stands under its name, so that a person can read it and compare two.
//! A file of another version, or with a name that this program does not know, is refused as a whole.

use super::{HeldOut, Own, Sign, Weights};
use crate::domain::FieldName;
use crate::stages::learned::file::{Error, Named, reliability};
use crate::stages::learned::reliability::Bin;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The version of the file that this program reads and writes: one step up whenever a sign changes its meaning.
pub const VERSION: u32 = 1;

/// The weights as shipped.
const SHIPPED: &str = include_str!("../../../pipelines/model/values.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    made: String,
    from: String,
    shared: BTreeMap<String, f64>,
    #[serde(default)]
    fields: BTreeMap<String, OwnFile>,
    held_out: Option<HeldOutFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnFile {
    values: usize,
    plain: f64,
    read: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldOutFile {
    values: usize,
    log_loss: f64,
    reliability: Vec<BinFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BinFile {
    from: f64,
    values: usize,
    said: f64,
    right: f64,
}

/// Reads weights; `file` is its name, for the message.
pub fn parse(file: &str, text: &str) -> Result<Weights, Error> {
    let named = Named { file, what: "項目の確かさの重み" };
    let read: File = named.read(VERSION, text)?;
    if let Some(name) = read.shared.keys().find(|name| !Sign::ALL.iter().any(|sign| sign.code() == name.as_str())) {
        return Err(named.unknown("[shared]", name));
    }
    let mut weights = Weights { made: read.made, from: read.from, ..Weights::default() };
    for sign in Sign::ALL {
        let weight = *read.shared.get(sign.code()).ok_or_else(|| named.missing(format!("印 {}", sign.code())))?;
        if !weight.is_finite() {
            return Err(named.number("[shared]", sign.code()));
        }
        weights.shared[*sign as usize] = weight;
    }
    for (code, own) in read.fields {
        let field = FieldName::from_code(&code).ok_or_else(|| named.unknown("[fields]", &code))?;
        if !(own.plain.is_finite() && own.read.is_finite()) {
            return Err(named.number("[fields]", &code));
        }
        weights.own.insert(field, Own { values: own.values, plain: own.plain, read: own.read });
    }
    let bin = |b: BinFile| Bin { from: b.from, count: b.values, said: b.said, right: b.right };
    weights.held_out = read.held_out.map(|h| HeldOut {
        values: h.values,
        log_loss: h.log_loss,
        reliability: h.reliability.into_iter().map(bin).collect(),
    });
    Ok(weights)
}

/// The file of weights, rounded to four places, so that two files can be compared line by line.
pub fn write(weights: &Weights) -> String {
    let mut out = format!(
        "# 読み取った値が正しい確率の重み。uketsuke train --values が書き、設定の pipelines.values で差し替えます。\n\
         # 対数オッズ = Σ shared の重み × 印 + その項目の plain + その項目の read × read の印。\n\
         version = {VERSION}\nmade = {}\nfrom = {}\n",
        toml::Value::from(weights.made.clone()),
        toml::Value::from(weights.from.clone()),
    );
    if let Some(held) = &weights.held_out {
        let _ = write!(
            out,
            "\n# 学習に使わなかった値での成績（交差検証）\n[held_out]\nvalues = {}\nlog_loss = {:.4}\n{}",
            held.values,
            held.log_loss,
            reliability("values", &held.reliability)
        );
    }
    out += "\n# どの項目にも共通の重み\n[shared]\n";
    for sign in Sign::ALL {
        let _ = writeln!(out, "{} = {:.4} # {}", sign.code(), weights.shared[*sign as usize], sign.label_ja());
    }
    out += "\n# その項目だけの上乗せ\n[fields]\n";
    for (field, own) in &weights.own {
        let _ = writeln!(
            out,
            "{} = {{ values = {}, plain = {:.4}, read = {:.4} }} # {}",
            field.code(),
            own.values,
            own.plain,
            own.read,
            field.label_ja()
        );
    }
    out
}

/// The weights as shipped.
pub fn embedded() -> Weights {
    match parse("pipelines/model/values.toml", SHIPPED) {
        Ok(weights) => weights,
        // A test reads it; a build whose own weights do not load never leaves the workshop.
        Err(error) => unreachable!("shipped weights: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_comes_back_as_it_was_written() {
        let shipped = embedded();
        assert_eq!(parse("again", &write(&shipped)).unwrap(), shipped);
        assert!(shipped.own.len() > 30 && shipped.held_out.is_some());
    }

    #[test]
    fn a_file_that_cannot_be_used_is_refused_with_its_name_and_what_is_wrong() {
        let text = write(&embedded());
        let refused =
            |from: &str, to: &str| parse("weights.toml", &text.replacen(from, to, 1)).unwrap_err().to_string();
        for (from, to, said) in [
            ("version = 1", "version = 9", "版 9"),
            ("plain = ", "plane = ", "plane"),
            ("agrees = ", "greets = ", "greets"),
            ("patient_name = {", "patient_nose = {", "patient_nose"),
            ("agrees = ", "agrees = nan # ", "agrees"),
            ("[shared]", "[shared", "読めません"),
        ] {
            let message = refused(from, to);
            assert!(message.contains(said) && message.starts_with("weights.toml"), "{from}: {message}");
        }
        let missing: String =
            text.lines().filter(|line| !line.starts_with("agrees")).map(|l| format!("{l}\n")).collect();
        assert!(parse("weights.toml", &missing).unwrap_err().to_string().contains("agrees"));
    }
}
