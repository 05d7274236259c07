//! One answer against one truth: what counts as right, missing, wrong. Works on the JSON of the reading contract,
//! so that answers of another program can be scored too.

use super::reliability::Reliability;
use super::tally::{FAULTS, MASTERS, Tally};
use super::text;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A candidate at or above this probability counts as a link.
pub(super) const LINK: f64 = 0.5;

pub(super) type Pages = BTreeSet<i64>;

/// The pages of a document that are not blank.
pub(super) fn pages_of(document: &Value, blank: &Pages) -> Pages {
    numbers(&document["pages"]).into_iter().filter(|p| !blank.contains(p)).collect()
}

/// A list of whole numbers.
pub(super) fn numbers(list: &Value) -> Vec<i64> {
    items(list).iter().filter_map(Value::as_i64).collect()
}

/// The elements of a list; none when it is not one.
pub(super) fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn candidates<'a>(document: &'a Value, who: &str) -> Vec<(&'a str, f64)> {
    let list = items(&document["matches"][who]);
    list.iter().map(|c| (c["id"].as_str().unwrap_or(""), c["score"].as_f64().unwrap_or(1.0))).collect()
}

fn link<'a>(document: &'a Value, who: &str) -> Option<&'a str> {
    candidates(document, who).first().filter(|(_, score)| *score >= LINK).map(|(id, _)| *id)
}

fn truth_id<'a>(truth: &'a Value, who: &str) -> Option<&'a str> {
    items(&truth["matches"][who]).first().and_then(|c| c["id"].as_str())
}

fn ambiguous(truth: &Value, who: &str) -> bool {
    items(&truth["ambiguous"]).iter().any(|a| a.as_str() == Some(who))
}

/// A field's value, whether it stands alone or inside an object; an empty one is none.
pub(super) fn value(field: &Value) -> Option<String> {
    let inner = if field.is_object() { &field["value"] } else { field };
    let text = match inner {
        Value::Null => return None,
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// Pairs documents of the truth with documents of the answer, one to one, best page overlap first.
pub(super) fn pair(truth: &[Value], got: &[Value], blank: &Pages) -> BTreeMap<usize, usize> {
    let mut overlaps = Vec::new();
    for (i, t) in truth.iter().enumerate() {
        for (j, g) in got.iter().enumerate() {
            let (a, b) = (pages_of(t, blank), pages_of(g, blank));
            let shared = a.intersection(&b).count();
            if shared > 0 {
                overlaps.push((shared as f64 / a.union(&b).count() as f64, i, j));
            }
        }
    }
    overlaps.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let mut taken = BTreeSet::new();
    let mut pairs = BTreeMap::new();
    for (_, i, j) in overlaps {
        if !pairs.contains_key(&i) && taken.insert(j) {
            pairs.insert(i, j);
        }
    }
    pairs
}

/// Whether an answer is one of the right ones for a field.
pub(super) fn field_ok(field: &str, truth: &Value, got: &str) -> bool {
    let got = text::norm(field, got);
    wanted(truth).any(|w| text::norm(field, &w) == got)
}

fn wanted(truth: &Value) -> impl Iterator<Item = String> + '_ {
    value(truth).into_iter().chain(items(&truth["alt"]).iter().filter_map(value))
}

/// Counts one document of the truth against the answer it was paired with.
pub(super) fn one_document(y: &mut Tally, t: &Value, g: Option<&Value>, blank: &Pages) {
    y.docs += 1;
    y.missed += usize::from(g.is_none());
    y.split_ok += usize::from(g.is_some_and(|g| pages_of(t, blank) == pages_of(g, blank)));
    let turned: BTreeMap<i64, i64> =
        g.map(|g| numbers(&g["pages"]).into_iter().zip(numbers(&g["rotation"])).collect()).unwrap_or_default();
    for (page, rotation) in numbers(&t["pages"]).into_iter().zip(numbers(&t["rotation"])) {
        y.rotation_n += 1;
        y.rotation_ok += usize::from(turned.get(&page).is_some_and(|r| r.rem_euclid(360) == rotation));
    }
    let truth_kind = t["kind"].as_str().unwrap_or("");
    let kind = g.map_or("(missed)", |g| g["kind"].as_str().unwrap_or("(missed)"));
    y.kind_ok += usize::from(kind == truth_kind);
    y.count_kind(truth_kind, kind);
    fields(y, t, g);
    for (i, who) in MASTERS.iter().enumerate() {
        links(y, i, who, t, g);
    }
}

fn fields(y: &mut Tally, t: &Value, g: Option<&Value>) {
    let truth = t["fields"].as_object();
    let got = g.and_then(|g| g["fields"].as_object());
    for (field, tv) in truth.into_iter().flatten() {
        let gv = got.and_then(|f| f.get(field)).and_then(value);
        let ok = gv.as_ref().is_some_and(|v| field_ok(field, tv, v));
        y.fields_n += 1;
        y.fields_ok += usize::from(ok);
        let k = y.fields.entry(field.clone()).or_default();
        k.n += 1;
        k.ok += usize::from(ok);
        match &gv {
            None => k.missing += 1,
            Some(_) if !ok => k.wrong += 1,
            Some(_) => {}
        }
        if text::is_name(field) {
            let alike = |v: &String| {
                let seen = text::fold(&text::norm(field, v));
                wanted(tv).any(|w| text::fold(&text::norm(field, &w)) == seen)
            };
            k.ok_fold += usize::from(gv.as_ref().is_some_and(alike));
        }
        if text::is_free_text(field) {
            let a = text::squeeze(&value(tv).unwrap_or_default());
            let b = text::squeeze(gv.as_deref().unwrap_or(""));
            let (errors, characters) = (text::edit(&a, &b), a.chars().count());
            k.errors += errors;
            k.characters += characters;
            y.errors += errors;
            y.characters += characters;
            if gv.is_some() {
                k.errors_found += errors;
                k.characters_found += characters;
            }
        }
    }
    let optional = &t["optional_fields"];
    for (field, x) in got.into_iter().flatten() {
        let Some(v) = value(x) else { continue };
        if truth.is_some_and(|f| f.contains_key(field)) || optional.get(field).is_some_and(|o| field_ok(field, o, &v)) {
            continue;
        }
        y.fields.entry(field.clone()).or_default().spurious += 1;
        y.fields_spurious += 1;
    }
}

fn links(y: &mut Tally, i: usize, who: &str, t: &Value, g: Option<&Value>) {
    if ambiguous(t, who) {
        return;
    }
    let found = g.map(|g| candidates(g, who)).unwrap_or_default();
    let count = &mut y.links[i];
    if let Some(id) = truth_id(t, who) {
        let first = found.first().filter(|(found, _)| *found == id);
        count.n += 1;
        count.top1 += usize::from(first.is_some());
        count.linked += usize::from(first.is_some_and(|(_, score)| *score >= LINK));
        count.top5 += usize::from(found.iter().take(5).any(|(found, _)| *found == id));
    } else if named(t, who) {
        count.none_n += 1;
        count.none_ok += usize::from(g.is_some() && found.first().is_none_or(|(_, score)| *score < LINK));
    }
}

/// Whether the truth names somebody who could have been matched.
fn named(t: &Value, who: &str) -> bool {
    let has = |field: &str| t["fields"].get(field).is_some();
    match who {
        "patient" => has("patient_name"),
        "institution" => has("sender_institution_name"),
        _ => has("sender_doctor_name") || has("doctor_name"),
    }
}

/// The probabilities of the first candidates, with whether each was right.
pub(super) fn probabilities(reliability: &mut Reliability, t: &Value, g: &Value) {
    for (i, who) in MASTERS.iter().enumerate() {
        if let (false, Some((id, score))) = (ambiguous(t, who), candidates(g, who).first()) {
            reliability.add(i, *score, truth_id(t, who) == Some(*id));
        }
    }
}

/// What is wrong with a document that was declared ready: every document of the truth that shares a page with it must agree.
pub(super) fn ready_faults(truth: &[Value], g: &Value, blank: &Pages) -> BTreeSet<&'static str> {
    let mine = pages_of(g, blank);
    let mut faults = BTreeSet::new();
    let mut put = |name: &str| faults.extend(FAULTS.iter().find(|f| **f == name).copied());
    let mut met = false;
    for t in truth.iter().filter(|t| pages_of(t, blank).intersection(&mine).next().is_some()) {
        met = true;
        for who in ["patient", "institution"] {
            let (want, have) = (truth_id(t, who), link(g, who));
            let fault = match (want, have) {
                _ if want == have => None,
                (_, None) if ambiguous(t, who) => None,
                (Some(_), None) => Some("missing"),
                (None, Some(_)) if !ambiguous(t, who) => Some("false"),
                _ => Some("other"),
            };
            if let Some(fault) = fault {
                put(&format!("{who}_{fault}"));
            }
        }
        if g["kind"] != t["kind"] {
            put("kind");
        }
    }
    if !met {
        put("no_document");
    }
    faults
}
