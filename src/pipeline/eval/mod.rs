//! Scores readings against a corpus with truth, with the figures of the published scorer (the reading contract's).
//! Never changes a reading and never reads a document.

mod faults;
mod measure;
mod reliability;
mod table;
mod tally;
mod text;
mod values;

#[cfg(test)]
mod tests;

pub use faults::{Faulty, FieldFault};
pub use values::judged;

use crate::domain::FileReading;
use measure::{Pages, items, numbers, one_document, pages_of, pair, ready_faults};
use reliability::Reliability;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use tally::{FAULTS, Tally};

/// Groups by which a corpus can be broken down.
pub const GROUPS: [&str; 6] = ["kind", "degradation", "template", "source", "handwritten", "font"];

/// Why a corpus could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line of the truth or of the answers is not JSON.
    #[error("line {line} is not JSON of the reading contract")]
    Line {
        /// From 1.
        line: usize,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

/// Counts of whole files.
#[derive(Clone, Debug, Default)]
struct Files {
    files: usize,
    unanswered: usize,
    unknown: usize,
    duplicates: usize,
    error_files: usize,
    error_ok: usize,
    error_strict: usize,
    good_files: usize,
    good_without_error: usize,
    split_n: usize,
    split_ok: usize,
}

/// The figures of one run over a corpus.
#[derive(Clone, Debug, Default)]
pub struct Report {
    all: Tally,
    groups: BTreeMap<(String, String), Tally>,
    files: Files,
    errors: Vec<(String, String)>,
    reliability: Reliability,
    faulty: Vec<Faulty>,
}

/// Scores what this program read.
pub fn score(truth_jsonl: &str, got: &[FileReading]) -> Result<Report, Error> {
    let got: Result<Vec<Value>, _> = got.iter().map(serde_json::to_value).collect();
    let got = got.map_err(|source| Error::Line { line: 0, source })?;
    Ok(measured(&lines(truth_jsonl)?, got))
}

/// Scores answers in the JSON Lines of the reading contract, whoever wrote them.
pub fn score_lines(truth_jsonl: &str, got_jsonl: &str) -> Result<Report, Error> {
    Ok(measured(&lines(truth_jsonl)?, lines(got_jsonl)?))
}

fn lines(text: &str) -> Result<Vec<Value>, Error> {
    let full = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    full.map(|(i, l)| serde_json::from_str(l).map_err(|source| Error::Line { line: i + 1, source })).collect()
}

fn base_name(file: &Value) -> String {
    file.as_str().unwrap_or("").rsplit('/').next().unwrap_or("").to_owned()
}

/// A group's value as the published scorer prints it.
fn group_name(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Null => "None".into(),
        other => other.to_string(),
    }
}

fn measured(truth: &[Value], got: Vec<Value>) -> Report {
    let mut report = Report::default();
    let mut answers: HashMap<String, Value> = HashMap::new();
    for g in got {
        report.files.duplicates += usize::from(answers.insert(base_name(&g["file"]), g).is_some());
    }
    let known = |name: &String| truth.iter().any(|t| t["file"].as_str() == Some(name));
    report.files.unknown = answers.keys().filter(|k| !known(k)).count();
    for t in truth {
        let file = t["file"].as_str().unwrap_or("").to_owned();
        report.one_file(t, &file, answers.get(&file));
    }
    report
}

impl Report {
    fn one_file(&mut self, t: &Value, file: &str, answer: Option<&Value>) {
        self.files.files += 1;
        self.files.unanswered += usize::from(answer.is_none());
        self.error_code(t, file, answer);
        let blank: Pages = numbers(&t["blank_pages"]).into_iter().collect();
        let truth = items(&t["documents"]);
        let docs = answer.map_or(&[][..], |g| items(&g["documents"]));
        let partial = t["partial"].as_bool().unwrap_or(false);
        let pairs = pair(truth, docs, &blank);
        let paired_with: HashMap<usize, usize> = pairs.iter().map(|(i, j)| (*j, *i)).collect();
        if !partial {
            let mut split = answer.is_some();
            for (i, td) in truth.iter().enumerate() {
                let gd = pairs.get(&i).map(|j| &docs[*j]);
                self.tallies(Some(td), |y| one_document(y, td, gd, &blank));
                self.faulty.extend(faults::of(file, td, gd, &blank));
                if let Some(gd) = gd {
                    measure::probabilities(&mut self.reliability, td, gd);
                }
                split &= gd.is_some_and(|gd| pages_of(td, &blank) == pages_of(gd, &blank));
            }
            let stray = |j: usize| !paired_with.contains_key(&j) && !pages_of(&docs[j], &blank).is_empty();
            split &= docs.len() == truth.len() || !(0..docs.len()).any(stray);
            self.files.split_n += 1;
            self.files.split_ok += usize::from(split);
        }
        for (j, gd) in docs.iter().enumerate() {
            let td = paired_with.get(&j).map(|i| &truth[*i]);
            self.one_answer(truth, td, gd, &blank, partial, file);
        }
    }

    fn error_code(&mut self, t: &Value, file: &str, answer: Option<&Value>) {
        let code = match answer {
            None => Some("(no answer)"),
            Some(g) => g["error"]["code"].as_str(),
        };
        let shown = code.unwrap_or("None");
        let want = &t["error"];
        if let Some(wanted) = want["code"].as_str() {
            let strict = code == Some(wanted);
            let ok = strict || items(&want["alt"]).iter().any(|a| a.as_str() == code && code.is_some());
            self.files.error_files += 1;
            self.files.error_ok += usize::from(ok);
            self.files.error_strict += usize::from(strict);
            if !ok {
                self.errors.push((file.to_owned(), format!("error code {shown}, expected {wanted}")));
            }
        } else {
            self.files.good_files += 1;
            self.files.good_without_error += usize::from(code.is_none());
            if code.is_some() {
                self.errors.push((file.to_owned(), format!("error code {shown} on a good file")));
            }
        }
    }

    fn one_answer(
        &mut self,
        truth: &[Value],
        td: Option<&Value>,
        gd: &Value,
        blank: &Pages,
        partial: bool,
        file: &str,
    ) {
        let stray = td.is_none() && !pages_of(gd, blank).is_empty();
        let unreadable = gd["decision"].as_str() == Some("unreadable");
        self.tallies(td, |y| {
            y.got += usize::from(!partial);
            y.spurious += usize::from(!partial && stray);
            y.unreadable += usize::from(unreadable);
        });
        if gd["decision"].as_str() != Some("ready") {
            return;
        }
        let faults = ready_faults(truth, gd, blank);
        let pages_wrong = td.is_none_or(|td| pages_of(td, blank) != pages_of(gd, blank));
        self.tallies(td, |y| {
            y.ready += 1;
            if !partial && td.is_some() {
                y.ready_paired += 1;
                y.ready_good += usize::from(faults.is_empty() && !pages_wrong);
            }
            y.ready_pages += usize::from(pages_wrong);
            y.wrong += usize::from(!faults.is_empty());
            for (n, name) in y.faults.iter_mut().zip(FAULTS) {
                *n += usize::from(faults.contains(name));
            }
        });
        if !faults.is_empty() {
            let list: Vec<&str> = faults.into_iter().collect();
            let pages = format!("{:?}", pages_of(gd, &Pages::new()).into_iter().collect::<Vec<_>>());
            self.errors.push((file.to_owned(), format!("READY but wrong: {} (pages {pages})", list.join(", "))));
        }
    }

    /// Applies `count` to the whole and to each group that the document of the truth belongs to.
    fn tallies(&mut self, td: Option<&Value>, count: impl Fn(&mut Tally)) {
        count(&mut self.all);
        for group in GROUPS.iter().filter(|_| td.is_some()) {
            let name = td.map(|t| group_name(&t[*group])).unwrap_or_default();
            count(self.groups.entry(((*group).to_owned(), name)).or_default());
        }
    }

    /// Documents that were declared ready and are linked or classified wrongly: must be 0.
    pub fn wrong_at_ready(&self) -> usize {
        self.all.wrong
    }

    /// Documents with something wrong, worst first.
    pub fn worst(&self) -> Vec<&Faulty> {
        let mut all: Vec<&Faulty> = self.faulty.iter().collect();
        all.sort_by(|a, b| b.badness.total_cmp(&a.badness));
        all
    }

    /// The figures as a table, broken down by the groups in `by` (of [`GROUPS`]).
    pub fn print(&self, by: &[&str]) -> String {
        table::table(self, by, false)
    }

    /// As [`Report::print`], with every wrong error code besides the wrong links.
    pub fn print_every_error(&self, by: &[&str]) -> String {
        table::table(self, by, true)
    }

    /// The figures as JSON, under the names of the published scorer.
    pub fn json(&self, by: &[&str]) -> Value {
        let mut out = self.all.figures();
        out.insert("files".into(), self.files.json());
        let exact = |a: usize, b: usize| (b > 0).then(|| 100.0 * a as f64 / b as f64);
        let f = &self.files;
        out.insert("error_code_accuracy".into(), json!(exact(f.error_ok, f.error_files)));
        out.insert("file_split_accuracy".into(), json!(exact(f.split_ok, f.split_n)));
        let wrong: Vec<_> = self.errors.iter().filter(|(_, e)| e.starts_with("READY")).collect();
        out.insert("wrong_links".into(), json!(wrong));
        out.insert("reliability".into(), self.reliability.json());
        let groups = |group: &str| -> Map<String, Value> {
            let of = self.groups.iter().filter(|((g, _), _)| g == group);
            of.map(|((_, name), y)| (name.clone(), Value::Object(y.figures()))).collect()
        };
        out.insert("by".into(), by.iter().map(|b| ((*b).to_owned(), Value::Object(groups(b)))).collect());
        Value::Object(out)
    }
}

impl Files {
    fn json(&self) -> Value {
        json!({
            "files": self.files, "unanswered": self.unanswered, "unknown_files": self.unknown,
            "duplicate_answers": self.duplicates, "error_files": self.error_files, "error_ok": self.error_ok,
            "error_strict": self.error_strict, "good_files": self.good_files,
            "good_without_error": self.good_without_error, "split_files": self.split_n, "split_files_ok": self.split_ok,
        })
    }
}
