//! What was wrong with each document, worst first, for people who want to look at its pages.

use super::measure::{LINK, Pages, field_ok, numbers, pages_of, value};
use super::tally::MASTERS;
use super::text;
use serde_json::Value;

/// A document of the truth and what its answer got wrong.
#[derive(Clone, Debug)]
pub struct Faulty {
    /// The file's name.
    pub file: String,
    /// Pages of the file, by the truth.
    pub pages: Vec<i64>,
    /// How its page was made, when the truth tells: kind of form, damage, typeface.
    pub about: Vec<String>,
    /// Its kind by the truth.
    pub kind: String,
    /// What the answer decided; empty when the document was missed.
    pub decision: String,
    /// Everything but its fields that is wrong, in words.
    pub wrong: Vec<String>,
    /// Its wrong fields.
    pub fields: Vec<FieldFault>,
    /// The higher the worse: a wrong document at `ready` before a wrong link before wrong values.
    pub badness: f64,
}

/// A field that is not as the truth has it.
#[derive(Clone, Debug)]
pub struct FieldFault {
    /// Its code.
    pub field: String,
    /// By the truth; empty where nothing stands.
    pub wanted: String,
    /// By the answer; empty where nothing was found.
    pub got: String,
    /// What the answer saw there.
    pub raw: String,
    /// Page of the file, and left, top, right, bottom as fractions of it.
    pub spot: Option<(i64, [f64; 4])>,
}

/// The faults of one document of the truth; `None` when all of it is right.
pub(super) fn of(file: &str, t: &Value, g: Option<&Value>, blank: &Pages) -> Option<Faulty> {
    let word = |v: &Value| v.as_str().unwrap_or("").to_owned();
    let mut faulty = Faulty {
        file: file.to_owned(),
        pages: numbers(&t["pages"]),
        about: ["template", "degradation", "font"].iter().map(|k| word(&t[*k])).filter(|w| !w.is_empty()).collect(),
        kind: word(&t["kind"]),
        decision: g.map(|g| word(&g["decision"])).unwrap_or_default(),
        wrong: Vec::new(),
        fields: Vec::new(),
        badness: 0.0,
    };
    let Some(g) = g else {
        faulty.wrong.push("document missed".into());
        faulty.badness = 30.0;
        return Some(faulty);
    };
    if pages_of(t, blank) != pages_of(g, blank) {
        faulty.wrong.push(format!("pages {:?}, not {:?}", numbers(&g["pages"]), faulty.pages));
    }
    if g["kind"] != t["kind"] {
        faulty.wrong.push(format!("kind {}", word(&g["kind"])));
    }
    for who in MASTERS {
        let first = &g["matches"][who][0];
        let linked = first["id"].as_str().filter(|_| first["score"].as_f64().unwrap_or(1.0) >= LINK);
        let wanted = t["matches"][who][0]["id"].as_str();
        let unsure = t["ambiguous"].as_array().is_some_and(|a| a.iter().any(|a| a.as_str() == Some(who)));
        if linked != wanted && !unsure {
            faulty.wrong.push(format!("{who} {}, not {}", linked.unwrap_or("none"), wanted.unwrap_or("none")));
        }
    }
    faulty.fields = fields(t, g);
    let costs = faulty.fields.iter().map(|f| {
        let letters = f.wanted.chars().count().max(f.got.chars().count()).max(1);
        if text::is_free_text(&f.field) { text::edit(&f.wanted, &f.got) as f64 / letters as f64 } else { 1.0 }
    });
    let ready = if faulty.decision == "ready" { 100.0 } else { 10.0 };
    faulty.badness = costs.sum::<f64>() + ready * faulty.wrong.len() as f64;
    (faulty.badness > 0.0).then_some(faulty)
}

fn fields(t: &Value, g: &Value) -> Vec<FieldFault> {
    let none = serde_json::Map::new();
    let (truth, got) = (t["fields"].as_object().unwrap_or(&none), g["fields"].as_object().unwrap_or(&none));
    let fault = |field: &String, wanted: String, x: Option<&Value>| FieldFault {
        field: field.clone(),
        wanted,
        got: x.and_then(value).unwrap_or_default(),
        raw: x.and_then(|x| x["raw"].as_str()).unwrap_or("").to_owned(),
        spot: x.and_then(spot),
    };
    let mut out = Vec::new();
    for (field, wanted) in truth {
        let x = got.get(field);
        if !x.and_then(value).is_some_and(|v| field_ok(field, wanted, &v)) {
            out.push(fault(field, value(wanted).unwrap_or_default(), x));
        }
    }
    for (field, x) in got.iter().filter(|(field, _)| !truth.contains_key(*field)) {
        let allowed = |v: &String| t["optional_fields"].get(field).is_some_and(|o| field_ok(field, o, v));
        if value(x).is_some_and(|v| !allowed(&v)) {
            out.push(fault(field, String::new(), Some(x)));
        }
    }
    out
}

fn spot(x: &Value) -> Option<(i64, [f64; 4])> {
    let edges: Vec<f64> = x["box"].as_array()?.iter().filter_map(Value::as_f64).collect();
    Some((x["page"].as_i64()?, edges.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_right_document_has_no_faults_and_a_wrong_link_at_ready_is_the_worst() {
        let truth = json!({"pages": [1], "kind": "notice", "fields": {"remarks": {"value": "休診 8月"}},
            "matches": {"institution": [{"id": "M1"}]}});
        let answer = |id: &str, remarks: &str, decision: &str| {
            json!({"pages": [1], "kind": "notice", "decision": decision,
                "fields": {"remarks": {"value": remarks, "raw": "x", "page": 1, "box": [0.1, 0.2, 0.3, 0.4]}},
                "matches": {"institution": [{"id": id, "score": 0.9}]}})
        };
        let blank = Pages::new();
        let badness = |g: Value| of("a.tif", &truth, Some(&g), &blank).map_or(0.0, |f| f.badness);
        assert!(of("a.tif", &truth, Some(&answer("M1", "休診8月", "ready")), &blank).is_none());
        let (word, link, ready) = (
            badness(answer("M1", "休診3月", "review")),
            badness(answer("M2", "休診8月", "review")),
            badness(answer("M2", "休診8月", "ready")),
        );
        assert!(0.0 < word && word < link && link < ready, "{word} {link} {ready}");
        let missed = of("a.tif", &truth, None, &blank).expect("a fault");
        assert_eq!(missed.wrong, ["document missed"]);
        let found = of("a.tif", &truth, Some(&answer("M1", "休診3月", "review")), &blank).expect("a fault");
        assert_eq!(found.fields[0].spot, Some((1, [0.1, 0.2, 0.3, 0.4])));
    }
}
