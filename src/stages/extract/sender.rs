//! Who sends the document: the institution, its department, and the names that other kinds ask for.

use super::found::{self, Candidates};
use super::person::person;
use super::writer::{
    CALLED, before_person, before_writer, department_before, department_of_reply, doctor_by_label, side, writer_below,
    writer_beside,
};
use super::{Context, Labelled, Leaf, wrapped};
use crate::domain::{FieldName, Kind};
use crate::stages::extract::roles;
use crate::stages::sheet::Glyph;
use crate::stages::sheet::lexicon::Role;
use crate::stages::sheet::regions::Run;
use crate::text::{address, fold, institution, kana, name, phone};

/// The sender's institution, department and doctor; a doctor's registration names them as its own fields too.
pub fn sender(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::SenderInstitutionName) {
        institution_by_label(context, &labelled, out);
    }
    for leaf in &context.leaves {
        institution_by_look(context, leaf, out);
    }
    if context.kind == Kind::MedicationReport {
        pharmacy(context, out);
    }
    for labelled in context.labelled(FieldName::SenderDepartment) {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            let text: String = glyphs.iter().map(|g| g.ch).collect();
            // A list of departments to tick is that of the addressee.
            if glyphs.iter().filter(|g| super::marked::is_box(g.ch)).count() >= 2 {
                continue;
            }
            let Some(end) = institution::leading_department(&text) else { continue };
            let n = text[..end].chars().count();
            let called = CALLED.iter().any(|title| text.ends_with(title));
            if called && side(&labelled) != Some(Role::Sender) {
                continue;
            }
            out.add(
                FieldName::SenderDepartment,
                &text[..end],
                &labelled.leaf.page.sheet,
                &glyphs[..n],
                labelled.score * row.way * 0.9,
            );
            // 診療科・担当医: 内科 佐藤一郎
            if let Some(person) = person(&glyphs[n..]).filter(|p| p.range.start == 0) {
                let range = n + person.range.start..n + person.range.end;
                let score = labelled.score * row.way * 0.6 * person.sure;
                out.add(FieldName::SenderDoctorName, person.value, &labelled.leaf.page.sheet, &glyphs[range], score);
            }
        }
    }
    if context.kind == Kind::ReplyLetter {
        department_of_reply(context, out);
    }
    for labelled in context.labelled(FieldName::SenderDoctorName) {
        doctor_by_label(context, &labelled, out);
    }
    if let Some(best) = out.best(FieldName::SenderInstitutionName).cloned() {
        for leaf in context.leaves.iter().filter(|l| l.page.sheet.no == best.found.spot.page) {
            writer_below(leaf, &best.found.spot.bbox, best.score, out);
        }
    }
    department_before(context, out);
    for (from, to) in
        [(FieldName::DoctorName, FieldName::DoctorName), (FieldName::ApplicantName, FieldName::ApplicantName)]
    {
        for labelled in context.labelled(from) {
            for row in labelled.rows() {
                let glyphs = &row.glyphs[..];
                if let Some(person) = person(glyphs) {
                    out.add(
                        to,
                        person.value,
                        &labelled.leaf.page.sheet,
                        &glyphs[person.range],
                        labelled.score * row.way * person.sure,
                    );
                    break;
                }
            }
        }
    }
    if context.kind == Kind::DoctorRegistration {
        for labelled in context.labelled(FieldName::DoctorKana) {
            for row in labelled.rows() {
                let glyphs = &row.glyphs[..];
                if let Some((value, range)) = super::patient::reading(glyphs) {
                    out.add(
                        FieldName::DoctorKana,
                        value,
                        &labelled.leaf.page.sheet,
                        &glyphs[range],
                        labelled.score * row.way,
                    );
                    break;
                }
            }
        }
    }
}

pub(super) fn is_ours(context: &Context, text: &str) -> bool {
    roles::ours(&fold::label_key(&context.hospital.name), &fold::label_key(text)).is_some()
}

fn institution_by_label(context: &Context, labelled: &Labelled, out: &mut Candidates) {
    let page = &labelled.leaf.page;
    let mut best: Option<(f32, &Run)> = None;
    // 東医院 〒060-0001 …: the address on the same line is not of the name.
    let before_code = |run: &&Run| {
        let code = page.glyphs(run).iter().position(|g| g.ch == '〒').filter(|at| *at >= 3);
        code.map_or_else(
            || (*run).clone(),
            |at| Run { glyphs: run.glyphs.start..run.glyphs.start + at, ..(*run).clone() },
        )
    };
    let runs: Vec<Run> = labelled.runs.iter().map(before_code).collect();
    for (n, run) in runs.iter().enumerate() {
        let all: Vec<char> = page.glyphs(run).iter().map(|g| g.ch).collect();
        let text: String = all.iter().collect();
        if is_ours(context, &text)
            || !phone::postal_codes(&all).is_empty()
            || !phone::phones(&all).is_empty()
            || text.chars().count() < 2
            || !text.chars().any(|c| name::is_kanji(c) || kana::is_kana(c))
            || name_like(&text)
            || wrapped::is_rest(labelled.leaf, run)
        {
            continue;
        }
        let stem = cut(&text);
        let looks = institution::ends_as_institution(stem.0).or_else(|| wrapped::looks(labelled.leaf, run));
        let looks = looks.unwrap_or(if address::looks_like(&all) { 0.1 } else { 0.45 });
        let score = looks - 0.05 * n as f32;
        if best.is_none_or(|b| score > b.0) {
            best = Some((score, run));
        }
    }
    let Some((looks, run)) = best.filter(|b| b.0 > 0.15) else { return };
    let score = labelled.score * labelled.way(run) * (0.55 + 0.45 * looks);
    add_institution(labelled.leaf, run, score, out);
}

/// A text that is only marks, a number or a title.
fn name_like(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || fold::is_ornament(c)) || text.ends_with("先生") || text.ends_with('様')
}

/// The name of an institution within a text, and the department after it.
fn cut(text: &str) -> (&str, Option<&str>) {
    let text = text.trim_end_matches(|c: char| fold::is_ornament(c) || c == '印');
    if institution::ends_as_institution(text).is_some() {
        return (text, None);
    }
    // 東医院 担当者:佐藤: who writes is named on the same line.
    let writer = ["担当", "院長", "医師", "主治医", "所長", "管理者", "薬剤師", "代表", "開設者"];
    let named = writer.iter().filter_map(|word| text.find(word)).min().filter(|at| *at > 0);
    if let Some(at) = named.filter(|at| institution::ends_as_institution(&text[..*at]).is_some()) {
        return (&text[..at], None);
    }
    if let Some(at) = before_person(text) {
        return (&text[..at], None);
    }
    match institution::trailing_department(text) {
        Some(at) if at > 0 && institution::ends_as_institution(&text[..at]).is_some() => {
            (&text[..at], Some(&text[at..]))
        }
        _ => (text, None),
    }
}

fn add_institution(leaf: &Leaf, run: &Run, score: f32, out: &mut Candidates) {
    let page = &leaf.page;
    let glyphs = page.glyphs(run);
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    let broken = wrapped::department(leaf, run);
    let (stem, department) = match &broken {
        Some((name, _)) => (text.char_indices().nth(*name).map_or(text.as_str(), |(at, _)| &text[..at]), None),
        None => cut(&text),
    };
    let n = stem.chars().count();
    let mut taken: Vec<Glyph> = glyphs[..n].to_vec();
    // A long name goes on below when it does not end as names do, and a legal person alone names what it runs there.
    let person = institution::is_legal_person(stem);
    let mut score = score;
    if (person || institution::ends_as_institution(stem).is_none()) && department.is_none() {
        let rest = wrapped::below(leaf, run).map(|next| page.glyphs(next).to_vec()).unwrap_or_default();
        let tail: String = rest.iter().map(|g| g.ch).collect();
        let tail = cut(&tail).0;
        let joined = format!("{text}{tail}");
        if institution::ends_as_institution(&joined).is_some() && !institution::is_legal_person(&joined) {
            let space = |(i, g): (usize, Glyph)| if i == 0 && person { Glyph { gap: 1.0, ..g } } else { g };
            taken.extend(rest.into_iter().take(tail.chars().count()).enumerate().map(space));
        } else if person {
            score *= 0.6;
        }
    }
    let value = fold::tidy(&found::text(&taken, 0.45));
    let value = value
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '|' | ',' | '、' | '.' | ')' | '('))
        .to_owned();
    out.add(FieldName::SenderInstitutionName, value, &page.sheet, &taken, score);
    if let Some(at) = before_person(&text) {
        let writer = &glyphs[text[..at].chars().count()..];
        if let Some(person) = super::person::person(writer) {
            let seen = &writer[person.range];
            out.add(FieldName::SenderDoctorName, person.value, &page.sheet, seen, score * 0.8 * person.sure);
        }
    }
    if let Some(department) = department {
        let m = department.chars().count();
        out.add(FieldName::SenderDepartment, department, &page.sheet, &glyphs[n..n + m], score * 0.9);
    }
    if let Some((_, department)) = broken {
        let name: String = department.iter().map(|g| g.ch).collect();
        out.add(FieldName::SenderDepartment, name, &page.sheet, &department, score * 0.85);
    }
}

/// Runs that end as names of institutions do, and are not ours.
fn institution_by_look(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    for run in &leaf.page.runs {
        let glyphs = leaf.page.glyphs(run);
        let writer = before_writer(glyphs).unwrap_or(glyphs.len());
        let glyphs = &glyphs[..writer];
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let text = text.trim_end_matches(|c: char| fold::is_ornament(c));
        if text.chars().count() < 3
            || is_ours(context, text)
            || text.contains(['。', '→', '⇒'])
            || text.contains("書(")
            || text.contains("お願い")
            || text.contains("紹介") && !text.contains("クリニック")
        {
            continue;
        }
        // Postal code or address before the name on the same line: `山内クリニック 北海道札幌市…` is cut at the address.
        let all: Vec<char> = text.chars().collect();
        let until = address::find(&all).filter(|r| r.start > 3).map_or(all.len(), |r| r.start);
        let head: String = all[..until].iter().collect();
        let (stem, _) = cut(&head);
        let Some(looks) = institution::ends_as_institution(stem).or_else(|| wrapped::looks(leaf, run)) else {
            continue;
        };
        if wrapped::is_rest(leaf, run) {
            continue;
        }
        if head.ends_with("御中") || address::find(&all).is_some_and(|r| r.start == 0 && r.end > 10) {
            continue;
        }
        let cell = leaf.page.sheet.segments[run.segment].cell;
        let recipient = roles::distance_to(&leaf.anchors, Role::Recipient, &run.at, cell, &leaf.page.sheet.cells);
        let addressed = recipient < 1.2;
        let owned = if run.owner.is_some_and(|o| !labels_sender(context, leaf, o)) { 0.55 } else { 1.0 };
        let score = 0.75 * looks * leaf.weight * owned * if addressed { 0.7 } else { 1.0 };
        let beside = leaf.page.glyphs(run).get(writer..).unwrap_or_default();
        writer_beside(leaf, run, beside, score, out);
        let part = Run {
            glyphs: run.glyphs.start..run.glyphs.start + head.chars().count().min(run.glyphs.len()),
            ..run.clone()
        };
        add_institution(leaf, &part, score, out);
        // Its legal form may stand on the line above, the department and doctor on its own line after it.
    }
}

fn labels_sender(context: &Context, leaf: &Leaf, label: usize) -> bool {
    context.lexicon.role(leaf.page.labels[label].entry) == Some(Role::Sender)
}

/// A medication report comes from a pharmacy: its name is a field of its own, without the company that runs it.
fn pharmacy(context: &Context, out: &mut Candidates) {
    let _ = context;
    let Some(best) = out.best(FieldName::SenderInstitutionName).cloned() else { return };
    if !best.found.value.contains("薬局") && best.score < 0.6 {
        return;
    }
    let value = institution::short_name(&best.found.value);
    out.copy(FieldName::PharmacyName, &best, value);
}
