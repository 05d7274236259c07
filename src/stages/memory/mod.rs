//! What earlier confirmations know about a document (前回の同じ様式から): who faxes from a number, and where a form's
//! fields stand. It proposes like any other reading, names the document it learned from, and decides nothing.

mod learn;
mod recall;

pub use learn::learn;

use crate::domain::{DocumentId, Fields, Form, Kind, Lesson, ReadPage, Taught};
use crate::text::number;
use std::collections::HashMap;

/// Every lesson that was not forgotten, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    institutions: HashMap<String, String>,
    forms: Vec<(DocumentId, Form)>,
}

impl Memory {
    /// Sorts lessons, which come oldest first: a later one about the same number counts.
    pub fn of(lessons: Vec<Lesson>) -> Memory {
        let mut memory = Memory::default();
        lessons.into_iter().for_each(|lesson| memory.add(lesson));
        memory
    }

    /// Adds a lesson newer than all others.
    pub fn add(&mut self, lesson: Lesson) {
        match lesson.taught {
            Taught::SenderNumber { number, institution_id } => {
                self.institutions.insert(number, institution_id);
            }
            Taught::Form(form) => self.forms.push((lesson.document, form)),
        }
    }

    /// The institution that was confirmed as the sender of a fax from that number.
    pub fn institution(&self, sender_number: &str) -> Option<&str> {
        self.institutions.get(&number::digits(sender_number)).map(String::as_str)
    }

    /// Fills what is missing in `fields` from the places where a form of the same look had it.
    pub fn recall(&self, pages: &[&ReadPage], kind: Kind, fields: &mut Fields) {
        recall::recall(&self.forms, pages, kind, fields);
    }
}

#[cfg(test)]
mod tests;
