//! Pages to documents: where a new document begins, which pages go on, and which cover sheet belongs to what follows it.

use crate::domain::{Hospital, ReadPage, Recipes};
use crate::stages::classify::titles::{self, PageKind};
use crate::text::{confusable, fold};

/// The pages of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Indexes into the pages given, in order, the cover sheet included.
    pub pages: Vec<usize>,
    /// Index of the cover sheet, when there is one.
    pub cover: Option<usize>,
}

/// Groups pages into documents. Blank pages belong to none; parts are never joined.
pub fn split(pages: &[ReadPage], recipes: &Recipes, hospital: &Hospital) -> Vec<Group> {
    let looks: Vec<titles::Look> = pages.iter().map(|p| titles::look(p, recipes, hospital)).collect();
    let mut groups: Vec<Group> = Vec::new();
    let mut waiting: Vec<usize> = Vec::new();
    let mut part = None;
    let mut before: Option<usize> = None;
    for (i, page) in pages.iter().enumerate() {
        if part != Some(page.part) {
            flush(&mut waiting, &mut groups);
            part = Some(page.part);
            before = None;
        }
        if page.text.blank || looks[i].kind == PageKind::Blank {
            continue;
        }
        if looks[i].kind == PageKind::Cover {
            flush(&mut waiting, &mut groups);
            waiting.push(i);
            before = None;
            continue;
        }
        let begins = match before {
            None => true,
            Some(b) => begins(&looks[b], &looks[i], first_of(&groups).map(|f| &looks[f])),
        };
        if begins {
            let mut all = std::mem::take(&mut waiting);
            let cover = all.first().copied();
            all.push(i);
            groups.push(Group { pages: all, cover });
        } else if let Some(group) = groups.last_mut() {
            group.pages.push(i);
        }
        before = Some(i);
    }
    flush(&mut waiting, &mut groups);
    groups
}

/// A cover sheet with nothing after it is a document of its own: a person must see that pages are missing.
fn flush(waiting: &mut Vec<usize>, groups: &mut Vec<Group>) {
    if !waiting.is_empty() {
        let pages = std::mem::take(waiting);
        groups.push(Group { cover: pages.first().copied(), pages });
    }
}

/// The first page of the document being gathered that is no cover sheet.
fn first_of(groups: &[Group]) -> Option<usize> {
    let group = groups.last()?;
    group.pages.iter().copied().find(|p| Some(*p) != group.cover)
}

/// Whether the page begins a document, given the page before it and the first page of the document so far.
fn begins(before: &titles::Look, page: &titles::Look, first: Option<&titles::Look>) -> bool {
    let mut score = 0.0f32;
    score += page.title * 2.0;
    if page.kind == PageKind::Annex {
        score -= 2.0;
    }
    score += match page.addressed {
        true => 0.7,
        false => 0.0,
    };
    score += (page.labels as f32 * 0.12).min(0.9);
    score += if page.dated { 0.4 } else { 0.0 };
    score -= if page.mid_sentence { 1.2 } else { 0.0 };
    if page.labels == 0 && page.title < 0.3 {
        score -= 1.0;
    }
    // Another patient is another document, whatever the titles say; the same one says little.
    if let (Some(a), Some(b)) = (first.and_then(|f| f.patient.as_ref()), page.patient.as_ref()) {
        let likeness = confusable::likeness(&fold::label_key(a), &fold::label_key(b));
        if likeness < 0.35 {
            score += 0.9;
        }
    }
    // 1/2 then 2/2 in the body's own numbering; a first page often bears no number.
    if let Some(number) = page.body_page.filter(|n| *n > 1)
        && before.body_page.is_none_or(|b| b + 1 == number)
    {
        score -= 1.5;
    }
    score > 1.0
}
