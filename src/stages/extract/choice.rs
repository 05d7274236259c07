//! Printed choices of which one is ringed or ticked: sex, era, yes or no, modality, care level, registration, room.
//!
//! Which one is marked is told by `marked`.

use super::found::Candidates;
use super::marked::{Found, chosen, is_box, is_clear_tick, marked_beside, options};
use super::options::*;
use super::{Context, Labelled};
use crate::domain::{FieldName, Kind};
use crate::stages::sheet::Glyph;
use crate::stages::sheet::regions::Page;
use crate::text::fold;

/// All fields that are chosen from printed words.
pub fn all(context: &Context, out: &mut Candidates) {
    for (field, options) in [
        (FieldName::Modality, MODALITY),
        (FieldName::Contrast, CONTRAST),
        (FieldName::Pacemaker, YES_NO),
        (FieldName::VisitedBefore, VISITED),
        (FieldName::RegistrationAction, REGISTRATION),
    ] {
        for labelled in context.labelled(field) {
            one_of(&labelled, field, options, out);
        }
    }
    // MRI検査(造影なし): said in the line of the examination.
    for labelled in context.labelled(FieldName::Modality) {
        one_of(&labelled, FieldName::Contrast, PLAIN_OR_CONTRAST, out);
    }
    contrast_in_words(context, out);
    for labelled in context.labelled(FieldName::Facility) {
        one_of(&labelled, FieldName::Facility, FACILITY, out);
    }
    for (kind, field, options) in [
        (Kind::ExamRequest, FieldName::Modality, MODALITY),
        (Kind::ExamRequest, FieldName::Contrast, PLAIN_OR_CONTRAST),
        (Kind::FacilityUseRequest, FieldName::Facility, FACILITY),
        (Kind::DoctorRegistration, FieldName::RegistrationAction, REGISTRATION),
    ] {
        if context.kind == kind {
            without_label(context, field, options, out);
        }
    }
    registration_by_title(context, out);
    if context.kind == Kind::ExamRequest {
        modality_by_title(context, out);
    }
}

/// CT検査(造影), 造影CT: said in the words of the examination.
fn contrast_in_words(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::Modality) {
        let sheet = &labelled.leaf.page.sheet;
        let label = &labelled.leaf.page.labels[labelled.label];
        let segment = &sheet.segments[label.segment];
        let text: String = segment.glyphs[label.glyphs.end..].iter().map(|g| g.ch).collect();
        let says = |words: &[&str]| words.iter().any(|w| text.contains(w));
        let yes = says(&["(造影)", "造影あり", "造影有", "造影CT", "造影MRI"]);
        let no = says(&["(単純)", "造影なし", "造影無", "非造影", "単純CT", "単純MRI"]);
        if yes != no {
            let seen = &segment.glyphs[label.glyphs.end..];
            out.add(FieldName::Contrast, if yes { "yes" } else { "no" }, sheet, seen, labelled.score * 0.7);
        }
    }
}

/// PET-CT検査申込書: a form for one sort of examination says which in its title.
fn modality_by_title(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        let sheet = &leaf.page.sheet;
        let titles = sheet.segments.iter().filter(|s| s.size > 1.2 && s.at.centre().1 < sheet.height * 0.25);
        for title in titles {
            let found = options(&title.glyphs, MODALITY);
            let Some(first) = found.first().filter(|f| found.iter().all(|o| o.value == f.value)) else { continue };
            let seen = &title.glyphs[first.range.clone()];
            out.add(FieldName::Modality, first.value, sheet, seen, 0.5 * leaf.weight);
        }
    }
}

/// Options that say by themselves what they are about, one of them marked, under whatever label they stand.
fn without_label(context: &Context, field: FieldName, choices: &[Choice], out: &mut Candidates) {
    for leaf in &context.leaves {
        for segment in &leaf.page.sheet.segments {
            let glyphs = &segment.glyphs[..];
            let found = options(glyphs, choices);
            let distinct = found.iter().any(|f| f.value != found[0].value);
            if let Some((i, sure)) = chosen(&leaf.page, glyphs, &found).filter(|_| distinct) {
                let score = 0.7 * sure * leaf.weight;
                out.add(field, found[i].value, &leaf.page.sheet, &glyphs[found[i].range.clone()], score);
            }
        }
    }
}

/// Of two answers one was read and the mark is beside it: the other is given.
fn other_answer(page: &Page, found: &[Found], choices: &[Choice]) -> Option<&'static str> {
    let answers: std::collections::BTreeSet<&'static str> =
        choices.iter().map(|c| c.1).filter(|v| !v.is_empty()).collect();
    let read: std::collections::BTreeSet<&str> = found.iter().map(|f| f.value).collect();
    let other: Vec<&'static str> = answers.into_iter().filter(|v| !read.contains(v)).collect();
    match other[..] {
        [only] if read.len() == 1 && marked_beside(page, found) => Some(only),
        _ => None,
    }
}

fn one_of(labelled: &Labelled, field: FieldName, choices: &[Choice], out: &mut Candidates) {
    let page = &labelled.leaf.page;
    let whole_row = labelled.rest_of_row();
    let further = options(&whole_row, choices);
    // 腹部エコー　　心エコー　　骨密度: one of several on the row is not said by standing alone.
    let alone = |found: &Found| further.iter().all(|o| o.value == found.value);
    for row in labelled.rows() {
        let glyphs = &row.glyphs[..];
        let found = options(glyphs, choices);
        if found.is_empty() {
            continue;
        }
        if let Some((i, sure)) = chosen(page, glyphs, &found).filter(|_| found.len() > 1 || alone(&found[0]))
            && !found[i].value.is_empty()
        {
            out.add(
                field,
                found[i].value,
                &page.sheet,
                &glyphs[found[i].range.clone()],
                labelled.score * row.way * sure,
            );
            return;
        }
    }
    // MRI検査(造影なし): one option in a line of its own words, where nothing is left to choose.
    if matches!(field, FieldName::Modality | FieldName::Contrast)
        && let Some(row) = labelled.rows().first()
        && let [only] = &options(&row.glyphs, choices)[..]
        && !only.value.is_empty()
        && alone(only)
        && !row.glyphs.iter().any(|g| matches!(g.ch, '・' | '/') || is_box(g.ch) || is_clear_tick(g.ch))
        && !marked_beside(page, std::slice::from_ref(only))
    {
        let seen = &row.glyphs[only.range.clone()];
        out.add(field, only.value, &page.sheet, seen, labelled.score * row.way * 0.75);
        return;
    }
    // Options spread over several runs (each in its own cell, or split at wide gaps).
    let joined: Vec<Glyph> = labelled.runs.iter().flat_map(|r| page.glyphs(r).iter().cloned()).collect();
    let found = options(&joined, choices);
    if labelled.runs.len() > 1
        && let Some((i, sure)) = chosen(page, &joined, &found)
        && !found[i].value.is_empty()
    {
        out.add(field, found[i].value, &page.sheet, &joined[found[i].range.clone()], labelled.score * 0.9 * sure);
        return;
    }
    // Options in cells of their own, or behind a label in brackets: 有(診察券番号:　　)・無.
    if further.len() > found.len()
        && let Some((i, sure)) = chosen(page, &whole_row, &further)
        && !further[i].value.is_empty()
    {
        let seen = &whole_row[further[i].range.clone()];
        out.add(field, further[i].value, &page.sheet, seen, labelled.score * 0.85 * sure);
    } else if let Some(other) = other_answer(page, &found, choices) {
        out.add(field, other, &page.sheet, &joined[found[0].range.clone()], labelled.score * 0.6);
    }
}

/// A title that names the act (登録医辞退届) says what is not ticked.
fn registration_by_title(context: &Context, out: &mut Candidates) {
    if context.kind != Kind::DoctorRegistration {
        return;
    }
    for leaf in &context.leaves {
        for segment in
            leaf.page.sheet.segments.iter().filter(|s| s.at.centre().1 < leaf.page.sheet.height * 0.3 && s.size > 1.15)
        {
            let text = fold::squeeze(&segment.text());
            let says: Vec<&str> = [
                ("辞退届", "withdraw"),
                ("退会届", "withdraw"),
                ("変更届", "change"),
                ("新規申請", "new"),
                ("登録申請", "new"),
                ("申込書", "new"),
                ("登録医申請書", "new"),
            ]
            .iter()
            .filter(|(w, _)| text.contains(w))
            .map(|(_, v)| *v)
            .collect();
            if let [only] = says[..] {
                out.add(FieldName::RegistrationAction, only, &leaf.page.sheet, &segment.glyphs, 0.55 * leaf.weight);
            }
        }
    }
}
