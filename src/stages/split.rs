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

/// Groups pages into documents. Blank pages belong to none, nor do those with hardly a word beside others; parts are never
/// joined.
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
    if groups.is_empty() {
        // A few words beside nothing else are no stray page number: somebody sent them.
        let inked: Vec<usize> = (0..pages.len()).filter(|&i| !pages[i].text.blank).collect();
        groups.extend((!inked.is_empty()).then_some(Group { pages: inked, cover: None }));
    }
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
    let patients = first.and_then(|f| f.patient.as_ref()).zip(page.patient.as_ref());
    let another = patients.is_some_and(|(a, b)| confusable::likeness(&fold::label_key(a), &fold::label_key(b)) < 0.35);
    score += if another { 0.9 } else { 0.0 };
    // 1/2 then 2/2 in the body's own numbering; a first page often bears no number.
    let follows = |number: u32| number > 1 && before.body_page.is_none_or(|b| b + 1 == number);
    if page.goes_on || page.body_page.is_some_and(follows) {
        // A sender may number the sheets of a fax, whomever they are about.
        score -= if another && !page.goes_on { 0.5 } else { 2.5 };
    }
    score > 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BBox, Line, PageNo, PageText, Word};
    use crate::stages::recipes;

    fn page(no: u32, text: PageText) -> ReadPage {
        ReadPage { no: PageNo(no), part: 1, text }
    }

    fn written(lines: &[&str]) -> PageText {
        let line = |(n, text): (usize, &&str)| {
            let top = 0.1 + n as f32 * 0.05;
            let bbox = BBox::new(0.1, top, 0.1 + 0.015 * text.chars().count() as f32, top + 0.012);
            Line { bbox, words: vec![Word { text: (*text).to_owned(), bbox, confidence: 0.9 }] }
        };
        let lines = lines.iter().enumerate().map(line).collect();
        PageText { width_px: 1000, height_px: 1410, lines, ..PageText::default() }
    }

    #[test]
    fn sheets_that_a_sender_counts_may_be_about_two_people() {
        let sheet = |no: u32, name: &str| {
            let (name, number) = (format!("患者氏名 {name} 様"), format!("{no}/2"));
            let lines = [
                "検査予約申込書",
                &name,
                "生年月日 昭和30年1月2日",
                "検査種別 CT",
                "傷病名 胆石症",
                "希望日 10月3日",
                &number,
            ];
            page(no, written(&lines))
        };
        let groups = |first: &str, second: &str| {
            let pages = [sheet(1, first), sheet(2, second)];
            split(&pages, &recipes::embedded(), &Hospital::default()).len()
        };
        assert_eq!(groups("見本 花子", "例示 一郎"), 2);
        assert_eq!(groups("見本 花子", "見本 花子"), 1);
    }

    #[test]
    fn only_a_page_without_ink_belongs_to_no_document() {
        let letter = || {
            page(
                1,
                written(&[
                    "診療情報提供書",
                    "患者氏名 見本 花子",
                    "いつもお世話になっております",
                    "よろしくお願いします",
                ]),
            )
        };
        let blank = page(2, PageText { blank: true, ..PageText::default() });
        let stray = page(2, written(&["2/2"]));
        let unread = page(2, PageText::unread());
        let drawing = page(2, PageText { drawing: true, ..written(&["2/2"]) });
        let groups = |second: &ReadPage| {
            let found = split(&[letter(), second.clone()], &recipes::embedded(), &Hospital::default());
            found.into_iter().map(|group| group.pages).collect::<Vec<_>>()
        };
        assert_eq!(groups(&blank), [vec![0]]);
        assert_eq!(groups(&stray), [vec![0]], "a page number alone says nothing");
        assert_eq!(groups(&unread), [vec![0, 1]], "what was not read may hold anything");
        assert_eq!(groups(&drawing), [vec![0, 1]], "a picture is part of the letter");
        let alone =
            |only: &ReadPage| split(std::slice::from_ref(only), &recipes::embedded(), &Hospital::default()).len();
        assert_eq!((alone(&stray), alone(&blank)), (1, 0), "a few words that came alone are what was sent");
    }
}
