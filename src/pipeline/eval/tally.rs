//! Counts of one group of documents, and the figures that follow from them.

use super::text;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The three masters a document is matched against.
pub(super) const MASTERS: [&str; 3] = ["patient", "institution", "doctor"];

/// Ways in which a document declared ready can be wrong.
pub(super) const FAULTS: [&str; 8] = [
    "patient_other",
    "patient_false",
    "patient_missing",
    "institution_other",
    "institution_false",
    "institution_missing",
    "kind",
    "no_document",
];

/// Counts for one field.
#[derive(Clone, Debug, Default)]
pub(super) struct FieldCount {
    pub n: usize,
    pub ok: usize,
    pub missing: usize,
    pub wrong: usize,
    pub spurious: usize,
    pub ok_fold: usize,
    pub errors: usize,
    pub characters: usize,
    pub errors_found: usize,
    pub characters_found: usize,
}

/// Counts for one of the masters.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkCount {
    pub n: usize,
    pub top1: usize,
    pub linked: usize,
    pub top5: usize,
    pub none_n: usize,
    pub none_ok: usize,
}

/// Counts of one group of documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub docs: usize,
    pub got: usize,
    pub missed: usize,
    pub spurious: usize,
    pub split_ok: usize,
    pub rotation_n: usize,
    pub rotation_ok: usize,
    pub kind_ok: usize,
    pub fields_n: usize,
    pub fields_ok: usize,
    pub fields_spurious: usize,
    pub errors: usize,
    pub characters: usize,
    pub links: [LinkCount; 3],
    pub ready: usize,
    pub ready_paired: usize,
    pub ready_good: usize,
    pub ready_pages: usize,
    pub unreadable: usize,
    pub wrong: usize,
    pub faults: [usize; 8],
    pub fields: BTreeMap<String, FieldCount>,
    /// Truth and answer with their count, in the order they were first met.
    pub kinds: Vec<((String, String), usize)>,
}

/// Hundredths of a per cent, rounded as the published scorer rounds (to the nearest, on the exact binary value).
pub(super) fn per_cent(a: usize, b: usize) -> Option<f64> {
    rounded(100.0 * a as f64, b, 2)
}

fn rounded(a: f64, b: usize, digits: usize) -> Option<f64> {
    if b == 0 { None } else { format!("{:.digits$}", a / b as f64).parse().ok() }
}

impl Tally {
    pub(super) fn count_kind(&mut self, truth: &str, got: &str) {
        match self.kinds.iter_mut().find(|((t, g), _)| t == truth && g == got) {
            Some((_, n)) => *n += 1,
            None => self.kinds.push(((truth.to_owned(), got.to_owned()), 1)),
        }
    }

    /// Kinds taken for one another, most frequent first.
    pub(super) fn confusions(&self) -> Vec<(String, usize)> {
        let mut rows: Vec<_> = self.kinds.iter().filter(|((t, g), _)| t != g).collect();
        rows.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        rows.into_iter().map(|((t, g), n)| (format!("{t} -> {g}"), *n)).collect()
    }

    /// The figures, under the names of the published scorer.
    pub(super) fn figures(&self) -> Map<String, Value> {
        let mut out = Map::new();
        let mut put = |k: &str, v: Value| {
            out.insert(k.to_owned(), v);
        };
        put("documents", json!(self.docs));
        put("documents_got", json!(self.got));
        put("documents_missed", json!(self.missed));
        put("documents_spurious", json!(self.spurious));
        put("split_accuracy", json!(per_cent(self.split_ok, self.docs)));
        put("rotation_accuracy", json!(per_cent(self.rotation_ok, self.rotation_n)));
        put("kind_accuracy", json!(per_cent(self.kind_ok, self.docs)));
        put("field_exact", json!(per_cent(self.fields_ok, self.fields_n)));
        put("field_spurious_per_document", json!(rounded(self.fields_spurious as f64, self.docs, 3)));
        put("free_text_cer", json!(rounded(100.0 * self.errors as f64, self.characters, 5)));
        for (who, l) in MASTERS.iter().zip(&self.links) {
            put(&format!("{who}_in_master"), json!(l.n));
            put(&format!("{who}_top1_recall"), json!(per_cent(l.top1, l.n)));
            put(&format!("{who}_linked_recall"), json!(per_cent(l.linked, l.n)));
            put(&format!("{who}_top5_recall"), json!(per_cent(l.top5, l.n)));
            put(&format!("{who}_not_in_master"), json!(l.none_n));
            put(&format!("{who}_correct_none"), json!(per_cent(l.none_ok, l.none_n)));
        }
        put("ready", json!(self.ready));
        put("straight_through_rate", json!(per_cent(self.ready_paired, self.docs)));
        put("straight_through_correct_rate", json!(per_cent(self.ready_good, self.docs)));
        put("unreadable", json!(self.unreadable));
        put("WRONG_LINK_at_ready", json!(self.wrong));
        put("WRONG_LINK_rate", json!(per_cent(self.wrong, self.ready)));
        put("wrong_link_by", Value::Object(self.wrong_by()));
        put("ready_with_wrong_pages", json!(self.ready_pages));
        put("fields", Value::Object(self.fields.iter().map(|(f, k)| (f.clone(), field_figures(f, k))).collect()));
        put("kind_confusion", Value::Object(self.confusions().into_iter().map(|(k, n)| (k, json!(n))).collect()));
        out
    }

    /// Faults of documents declared ready that did occur.
    pub(super) fn wrong_by(&self) -> Map<String, Value> {
        let met = FAULTS.iter().zip(self.faults).filter(|(_, n)| *n > 0);
        met.map(|(f, n)| ((*f).to_owned(), json!(n))).collect()
    }
}

fn field_figures(field: &str, k: &FieldCount) -> Value {
    let mut d = Map::new();
    d.insert("n".into(), json!(k.n));
    d.insert("exact".into(), json!(per_cent(k.ok, k.n)));
    d.insert("missing".into(), json!(k.missing));
    d.insert("wrong".into(), json!(k.wrong));
    d.insert("spurious".into(), json!(k.spurious));
    if text::is_name(field) {
        d.insert("exact_itaiji".into(), json!(per_cent(k.ok_fold, k.n)));
    }
    if text::is_free_text(field) {
        d.insert("cer".into(), json!(rounded(100.0 * k.errors as f64, k.characters, 5)));
        d.insert("cer_found".into(), json!(rounded(100.0 * k.errors_found as f64, k.characters_found, 5)));
    }
    Value::Object(d)
}
