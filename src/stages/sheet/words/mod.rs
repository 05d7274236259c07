//! Labels and headings in words that no recipe lists, told by the words they are made of (`words.txt`).
//!
//! A line is one when it is made of such words from end to end and of nothing else. Which places a label or a heading
//! may stand in is the business of [`label`] and [`heading`]; this file only knows words.

pub mod heading;
pub mod label;

use super::labels::Occurrence;
use crate::domain::{BBox, FieldName};
use crate::text::fold;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A word of a label or a heading.
#[derive(Debug, Default)]
struct Word {
    /// As labels are compared ([`fold::label_key`]).
    letters: Vec<char>,
    in_label: Part,
    in_heading: Part,
}

/// What a word is to a label or to a heading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    /// None of its words.
    #[default]
    Foreign,
    /// It stands beside what asks; `behind` says that it may also stand behind it.
    Beside { behind: bool },
    /// It asks for the field or speaks of it; `weak` says that it does not when it is all there is.
    Asks { field: FieldName, weak: bool },
}

impl Part {
    fn asks(self) -> Option<FieldName> {
        match self {
            Part::Asks { field, .. } => Some(field),
            _ => None,
        }
    }
}

/// Every word under its first letter, the longest first.
fn vocabulary() -> &'static HashMap<char, Vec<Word>> {
    static WORDS: OnceLock<HashMap<char, Vec<Word>>> = OnceLock::new();
    WORDS.get_or_init(|| read(include_str!("words.txt")))
}

/// The words of a file of that form; a line of another form is a defect of the program.
fn read(text: &str) -> HashMap<char, Vec<Word>> {
    let mut words: HashMap<char, Vec<Word>> = HashMap::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (use_, listed) = line.split_once(": ").expect("words.txt: a use, a colon and words");
        let (in_label, in_heading, field) = match use_.split_once(' ') {
            Some(("label", field)) => (true, false, FieldName::from_code(field)),
            Some(("heading", field)) => (false, true, FieldName::from_code(field)),
            Some(("beside", "labels")) => (true, false, None),
            Some(("beside", "headings")) => (false, true, None),
            None if use_ == "beside" => (true, true, None),
            _ => panic!("words.txt: {use_} is no use of a word"),
        };
        assert!(field.is_some() || use_.starts_with("beside"), "words.txt: {use_} names no field");
        for listed in listed.split(' ') {
            let letters = fold::label_key(listed.trim_end_matches(['?', '+']));
            let part = match field {
                Some(field) => Part::Asks { field, weak: listed.ends_with('?') },
                None => Part::Beside { behind: listed.ends_with('+') },
            };
            let alike = words.entry(letters[0]).or_default();
            let at = alike.iter().position(|w| w.letters == letters).unwrap_or_else(|| {
                alike.push(Word { letters, ..Word::default() });
                alike.len() - 1
            });
            // Where a word both asks and stands beside (検査, 希望), that it asks is said first and counts.
            let word = &mut alike[at];
            for (given, wanted) in [(&mut word.in_label, in_label), (&mut word.in_heading, in_heading)] {
                if wanted && *given == Part::Foreign {
                    *given = part;
                }
            }
        }
    }
    for alike in words.values_mut() {
        alike.sort_by_key(|w| std::cmp::Reverse(w.letters.len()));
    }
    words
}

/// The letters as words from end to end, in as few as there can be, each of them one for which `part` finds a use.
fn parsed(letters: &[char], part: fn(&Word) -> Part) -> Option<Vec<&'static Word>> {
    let mut best: Vec<Option<Vec<&'static Word>>> = vec![None; letters.len() + 1];
    best[0] = Some(Vec::new());
    for at in 0..letters.len() {
        let Some(so_far) = best[at].clone() else { continue };
        let alike = vocabulary().get(&letters[at]).into_iter().flatten();
        for word in alike.filter(|w| part(w) != Part::Foreign && letters[at..].starts_with(&w.letters)) {
            let end = at + word.letters.len();
            if best[end].as_ref().is_none_or(|b| so_far.len() + 1 < b.len()) {
                best[end] = Some(so_far.iter().copied().chain([word]).collect());
            }
        }
    }
    best.pop().flatten()
}

/// A line this close behind a label is its value, ems.
const VALUE_WITHIN: f32 = 14.0;

/// Whether a place is right of a label, on its row and near enough to be its value.
fn right_of(label: &Occurrence, at: &BBox) -> bool {
    (-0.5..VALUE_WITHIN).contains(&(at.left - label.at.right)) && label.at.vertical_overlap(at) > 0.4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_ask_in_a_label_and_stand_beside_in_a_heading() {
        let found = |word: &str| {
            let letters = fold::label_key(word);
            vocabulary()[&letters[0]].iter().find(|w| w.letters == letters).map(|w| (w.in_label, w.in_heading)).unwrap()
        };
        let asks = |field, weak| Part::Asks { field, weak };
        assert_eq!(found("検査"), (asks(FieldName::Modality, true), Part::Beside { behind: false }));
        assert_eq!(found("家族"), (Part::Foreign, Part::Beside { behind: false }));
        assert_eq!(found("有無"), (Part::Beside { behind: true }, Part::Foreign));
    }
}
