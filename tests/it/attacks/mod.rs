//! Attacks on the pages as they are served, counted: what a stranger sends, a foreign page, a bent body, a formula.
//!
//! Each attack is one request or one place where a hostile word could have become more than a word. The closing line of every test says
//! how many were made and how many passed; none may. The same lines are kept in `target/proofs/attacks.txt`.

mod access;
mod bodies;
mod forms;
mod headers;
mod letters;
mod markup;
mod names;
mod paths;
mod sessions;
mod sheets;

use std::io::Write;

/// Attacks of one sort.
pub struct Tally {
    sort: &'static str,
    made: usize,
    passed: Vec<String>,
}

impl Tally {
    pub fn of(sort: &'static str) -> Tally {
        Tally { sort, made: 0, passed: Vec::new() }
    }

    /// One attack, and whether it was repelled.
    pub fn attack(&mut self, repelled: bool, what: impl FnOnce() -> String) {
        self.made += 1;
        if !repelled {
            self.passed.push(what());
        }
    }

    /// Says how it ended; there must have been at least so many attacks, and none may have passed.
    pub fn close(self, at_least: usize) {
        let line = format!("attacks: {}: {} made, {} passed", self.sort, self.made, self.passed.len());
        println!("{line}");
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/proofs");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let kept = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("attacks.txt"));
        writeln!(kept.expect("a file"), "{line}").expect("a line can be kept");
        assert!(self.passed.is_empty(), "{} of {} passed:\n{}", self.passed.len(), self.made, self.passed.join("\n"));
        assert!(self.made >= at_least, "{}: {} attacks only, the suite has lost some", self.sort, self.made);
    }
}
