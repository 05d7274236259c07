//! Who sends the document (institution, department, doctor) and to whom it is addressed (department, doctor).

use super::found::{self, Candidates};
use super::{Context, Labelled, Leaf};
use crate::domain::{FieldName, Kind};
use crate::stages::classify::titles::PageKind;
use crate::stages::extract::roles;
use crate::stages::sheet::lexicon::Role;
use crate::stages::sheet::regions::Run;
use crate::stages::sheet::{Glyph, Segment};
use crate::text::{address, confusable, fold, institution, kana, name, phone};

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
            let Some(end) = institution::leading_department(&text) else { continue };
            let n = text[..end].chars().count();
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
    for labelled in context.labelled(FieldName::SenderDoctorName) {
        doctor_by_label(context, &labelled, out);
    }
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

/// A department without what a bracket or a stop leaves behind it; our own office, and a department that is the only
/// one so near, by its own name though a glyph is misread.
pub fn department(value: &str, office: &str) -> String {
    let value = value.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '.' | ',' | ':' | '・' | '、' | '。' | '[' | ']' | '【' | '】')
    });
    let (own, seen): (Vec<char>, Vec<char>) = (fold::label_key(office), fold::label_key(value));
    let ours = own.len() >= 5 && own.len() == seen.len() && confusable::likeness(&own, &seen) > 0.8;
    if ours { office.to_owned() } else { institution::misread_department(value).unwrap_or(value).to_owned() }
}

fn is_ours(context: &Context, text: &str) -> bool {
    roles::ours(&fold::label_key(&context.hospital.name), &fold::label_key(text)).is_some()
}

fn institution_by_label(context: &Context, labelled: &Labelled, out: &mut Candidates) {
    let page = &labelled.leaf.page;
    let mut best: Option<(f32, &Run)> = None;
    for (n, run) in labelled.runs.iter().enumerate() {
        let all: Vec<char> = page.glyphs(run).iter().map(|g| g.ch).collect();
        let text: String = all.iter().collect();
        if is_ours(context, &text)
            || !phone::postal_codes(&all).is_empty()
            || !phone::phones(&all).is_empty()
            || text.chars().count() < 2
            || name_like(&text)
        {
            continue;
        }
        let stem = cut(&text);
        let looks =
            institution::ends_as_institution(stem.0).unwrap_or(if address::looks_like(&all) { 0.1 } else { 0.45 });
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
    let (stem, department) = cut(&text);
    let n = stem.chars().count();
    let mut taken: Vec<Glyph> = glyphs[..n].to_vec();
    // A long name goes on below when it does not end as names do.
    if institution::ends_as_institution(stem).is_none()
        && department.is_none()
        && let Some(rest) = tail_below(leaf, run)
    {
        let joined: String = text.chars().chain(rest.iter().map(|g| g.ch)).collect();
        if institution::ends_as_institution(&joined).is_some() {
            taken.extend(rest);
        }
    }
    let value = fold::tidy(&found::text(&taken, 0.45));
    let value = value
        .trim_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '|' | ',' | '、' | '.' | ')' | '('))
        .to_owned();
    out.add(FieldName::SenderInstitutionName, value, &page.sheet, &taken, score);
    if let Some(department) = department {
        let m = department.chars().count();
        out.add(FieldName::SenderDepartment, department, &page.sheet, &glyphs[n..n + m], score * 0.9);
    }
}

fn tail_below(leaf: &Leaf, run: &Run) -> Option<Vec<Glyph>> {
    let next = leaf
        .page
        .runs
        .iter()
        .filter(|r| {
            let gap = r.at.top - run.at.bottom;
            r.at.top > run.at.centre().1 && gap < 0.9 && (r.at.left - run.at.left).abs() < 3.0 && r.glyphs.len() <= 14
        })
        .min_by(|a, b| a.at.top.total_cmp(&b.at.top))?;
    Some(leaf.page.glyphs(next).to_vec())
}

/// Runs that end as names of institutions do, and are not ours.
fn institution_by_look(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    for run in &leaf.page.runs {
        let glyphs = leaf.page.glyphs(run);
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let text = text.trim_end_matches(|c: char| fold::is_ornament(c));
        if text.chars().count() < 3
            || is_ours(context, text)
            || text.contains('。')
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
        let Some(looks) = institution::ends_as_institution(stem) else { continue };
        if head.ends_with("御中") || address::find(&all).is_some_and(|r| r.start == 0 && r.end > 10) {
            continue;
        }
        let cell = leaf.page.sheet.segments[run.segment].cell;
        let recipient = roles::distance_to(&leaf.anchors, Role::Recipient, &run.at, cell, &leaf.page.sheet.cells);
        let addressed = recipient < 1.2;
        let owned = if run.owner.is_some_and(|o| !labels_sender(context, leaf, o)) { 0.55 } else { 1.0 };
        let score = 0.75 * looks * leaf.weight * owned * if addressed { 0.7 } else { 1.0 };
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

fn doctor_by_label(context: &Context, labelled: &Labelled, out: &mut Candidates) {
    let page = &labelled.leaf.page;
    for row in labelled.rows() {
        let glyphs = &row.glyphs[..];
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        if is_ours(context, &text) {
            return;
        }
        // 消化器内科 北川一郎: the department first.
        let skip = institution::leading_department(&text).map_or(0, |end| text[..end].chars().count());
        let skip = skip_title(&text, skip);
        let Some(person) = person(&glyphs[skip..]) else { continue };
        let range = person.range.start + skip..person.range.end + skip;
        // 先生 is what one calls the other side, not oneself.
        let called: String = glyphs[range.end..].iter().map(|g| g.ch).take(4).collect();
        if called.contains("先生") && context.kind != Kind::SecondOpinionRequest {
            out.add(FieldName::RecipientDoctorName, person.value, &page.sheet, &glyphs[range], labelled.score * 0.6);
            return;
        }
        let rank = rank(context, labelled);
        out.add(
            FieldName::SenderDoctorName,
            person.value,
            &page.sheet,
            &glyphs[range],
            labelled.score * row.way * person.sure * rank,
        );
        if skip > 0 && institution::leading_department(&text).is_some() {
            let department: String = text.chars().take(skip).collect();
            out.add(FieldName::SenderDepartment, department, &page.sheet, &glyphs[..skip], labelled.score * 0.8);
        }
        return;
    }
}

/// A doctor's own label says more than that of who filled in the form.
fn rank(context: &Context, labelled: &Labelled) -> f32 {
    let key: String = context.lexicon.entries[labelled.leaf.page.labels[labelled.label].entry].key.iter().collect();
    if key.contains("作成") || key.contains("記入") || key.contains("相談員") || key.contains("看護師") {
        0.8
    } else if key.contains("院長") || key.contains("開設") || key.contains("管理") || key.contains("代表") {
        0.9
    } else {
        1.0
    }
}

fn skip_title(text: &str, skip: usize) -> usize {
    let rest: String = text.chars().skip(skip).collect();
    for title in ["担当医", "主治医", "医師", "医長", "部長", "院長", "副院長", "科長", "所長", "管理者"]
    {
        if rest.starts_with(title) {
            return skip + title.chars().count();
        }
    }
    skip
}

/// A person's name at the beginning of some glyphs.
pub struct Person {
    /// One space between its parts where the document sets them apart.
    pub value: String,
    /// Its glyphs.
    pub range: std::ops::Range<usize>,
    /// 0 to 1.
    pub sure: f32,
}

/// Reads a person's name: up to a title, a seal, a bracket or a third part.
pub fn person(glyphs: &[Glyph]) -> Option<Person> {
    let start = glyphs.iter().position(|g| name::is_name_char(g.ch) && g.ch != '・')?;
    if start > 3 || glyphs[..start].iter().any(|g| g.ch.is_ascii_digit()) {
        return None;
    }
    let rest = &glyphs[start..];
    let stop = rest.iter().position(|g| !name::is_name_char(g.ch)).unwrap_or(rest.len());
    let text: String = rest[..stop].iter().map(|g| g.ch).collect();
    // 様, 殿, 先生, 印 … end it.
    let titled = name::before_title(&text).chars().count();
    let mut end = titled.min(stop);
    let has_title = titled < stop;
    let gap = |i: usize| rest[i].gap;
    let mut breaks: Vec<usize> = (1..end).filter(|&i| gap(i) > 0.42).collect();
    if breaks.len() > 3 {
        // Spaced letters: only the widest space is one between names.
        let widest = breaks.iter().copied().max_by(|a, b| gap(*a).total_cmp(&gap(*b)));
        breaks = widest.into_iter().filter(|&w| breaks.iter().all(|&b| b == w || gap(b) < 0.75 * gap(w))).collect();
    }
    let kana_name = text.chars().filter(|c| kana::is_kana(*c)).count() * 2 > text.chars().count();
    if let [first, second, ..] = breaks[..] {
        // A third part is the seal or what comes next, unless the first is too short or it is a foreign name.
        if !kana_name && !text.is_ascii() && first >= 1 && second - first >= 1 && second >= 3 && !has_title {
            end = second;
        }
    }
    // Long runs without any space are not names.
    let letters = end;
    if letters < 2 || (letters > 8 && !kana_name && !text.is_ascii()) {
        return None;
    }
    let mut value = String::new();
    for (i, glyph) in rest[..end].iter().enumerate() {
        if breaks.contains(&i) {
            value.push(' ');
        }
        value.push(glyph.ch);
    }
    name::person(&value)?;
    if institution::is_department(&value.replace(' ', "")) || institution::is_institution(&value.replace(' ', "")) {
        return None;
    }
    let plausible = if has_title {
        1.0
    } else if (3..=6).contains(&letters) {
        0.95
    } else {
        0.75
    };
    Some(Person { value, range: start..start + end, sure: plausible })
}

/// To whom the document is addressed: what follows the hospital's name, and what ends in 先生, 御中 or 宛.
pub fn addressee(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::RecipientDepartment) {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            let text: String = glyphs.iter().map(|g| g.ch).collect();
            let text = text.trim_start_matches(|c: char| fold::is_ornament(c));
            let n = department_length(text);
            if n > 0 {
                let value: String = text.chars().take(n).collect();
                let skipped = glyphs.len() - text.chars().count();
                out.add(
                    FieldName::RecipientDepartment,
                    value,
                    &labelled.leaf.page.sheet,
                    &glyphs[skipped..skipped + n],
                    labelled.score * row.way,
                );
                break;
            }
        }
    }
    for labelled in context.labelled(FieldName::RecipientDoctorName) {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[..];
            if let Some(person) = person(glyphs) {
                out.add(
                    FieldName::RecipientDoctorName,
                    person.value,
                    &labelled.leaf.page.sheet,
                    &glyphs[person.range],
                    labelled.score * row.way * person.sure,
                );
                break;
            }
        }
    }
    for leaf in &context.leaves {
        addressed_lines(context, leaf, out);
    }
}

/// How many characters at the beginning of the text are a department: a known one, or a word that ends in 科.
fn department_length(text: &str) -> usize {
    if let Some(end) = institution::leading_department(text) {
        return text[..end].chars().count();
    }
    let word: String =
        text.chars().take_while(|c| name::is_kanji(*c) || kana::is_kana(*c) || matches!(c, '・')).collect();
    let near = institution::departments()
        .filter_map(|d| {
            let d: Vec<char> = d.chars().collect();
            let w: Vec<char> = word.chars().take(d.len()).collect();
            (w.len() == d.len() && d.len() >= 3 && confusable::distance(&d, &w) <= 0.85).then_some(d.len())
        })
        .max();
    near.unwrap_or_else(|| {
        if word.ends_with('科') && (2..=14).contains(&word.chars().count()) { word.chars().count() } else { 0 }
    })
}

fn addressed_lines(context: &Context, leaf: &Leaf, out: &mut Candidates) {
    let own = fold::label_key(&context.hospital.name);
    let page = &leaf.page;
    for (index, segment) in page.sheet.segments.iter().enumerate() {
        let keyed: Vec<(char, usize)> =
            segment.glyphs.iter().enumerate().filter_map(|(i, g)| fold::label_char(g.ch).map(|c| (c, i))).collect();
        let key: Vec<char> = keyed.iter().map(|k| k.0).collect();
        if let Some((_, end, cost)) = roles::ours(&own, &key) {
            let sure = 1.0 - cost / own.len() as f32;
            let from = keyed.get(end).map_or(segment.glyphs.len(), |k| k.1);
            let text: String = segment.glyphs.iter().map(|g| g.ch).collect();
            // The name inside a sentence or as a sender's own words addresses nobody.
            if text.contains('。') || text.chars().count() > 48 {
                continue;
            }
            let mut parts = vec![(segment, from)];
            if let Some(more) = beside(leaf, index) {
                parts.push((more, 0));
            }
            // The addressee goes on below: department, then the person.
            let mut last = segment;
            for _ in 0..2 {
                let Some(next) = under(leaf, last) else { break };
                if ends_address(last) && !std::ptr::eq(last, segment) {
                    break;
                }
                parts.push((next, 0));
                last = next;
            }
            let bottom = segment.at.centre().1 > page.sheet.height * 0.5;
            read_addressee(leaf, &parts, sure * 0.85 * leaf.weight * if bottom { 0.9 } else { 1.0 }, out);
        } else if segment.at.centre().1 < page.sheet.height * 0.4 {
            let text = segment.text();
            let strong = ["先生", "御机下", "侍史", "机下", "御中"].iter().any(|w| text.ends_with(w));
            if strong && text.chars().count() < 30 {
                read_addressee(leaf, &[(segment, 0)], 0.6 * leaf.weight, out);
            }
        }
    }
}

fn ends_address(segment: &Segment) -> bool {
    let text = segment.text();
    ["先生", "御机下", "侍史", "机下", "御中", "殿", "宛", "行", "様"].iter().any(|w| text.ends_with(w))
}

/// The segment right of one on its row, when near.
fn beside(leaf: &Leaf, index: usize) -> Option<&Segment> {
    let at = &leaf.page.sheet.segments[index].at;
    leaf.page
        .sheet
        .segments
        .iter()
        .filter(|s| s.at.left > at.right - 0.3 && s.at.left - at.right < 6.0 && s.at.vertical_overlap(at) > 0.5)
        .min_by(|a, b| a.at.left.total_cmp(&b.at.left))
        .filter(|s| {
            !leaf
                .page
                .labels
                .iter()
                .any(|l| l.glyphs.start == 0 && std::ptr::eq(&leaf.page.sheet.segments[l.segment], *s))
        })
}

/// The segment under one, beginning near its left edge.
fn under<'a>(leaf: &'a Leaf, segment: &Segment) -> Option<&'a Segment> {
    leaf.page
        .sheet
        .segments
        .iter()
        .filter(|s| {
            let gap = s.at.top - segment.at.bottom;
            s.at.centre().1 > segment.at.centre().1 + 0.6
                && gap < 1.3
                && s.at.left > segment.at.left - 2.0
                && s.at.left < segment.at.right
        })
        .min_by(|a, b| a.at.top.total_cmp(&b.at.top).then(a.at.left.total_cmp(&b.at.left)))
}

/// Reads department and doctor out of the addressee's lines.
fn read_addressee(leaf: &Leaf, parts: &[(&Segment, usize)], score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    for (n, (segment, from)) in parts.iter().enumerate() {
        let glyphs = &segment.glyphs[*from..];
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let lead = text.chars().take_while(|c| fold::is_ornament(*c)).count();
        let rest: String = text.chars().skip(lead).collect();
        if rest.is_empty() {
            continue;
        }
        let length = department_length(&rest);
        // A line below that is neither department nor ends in a title is not the addressee's.
        let titled = ["先生", "殿", "御机下", "侍史", "机下", "様", "御中", "宛"].iter().any(|w| rest.contains(w));
        if n > 0 && length == 0 && !titled {
            continue;
        }
        let score = score * if n == 0 { 1.0 } else { 0.95 };
        if length > 0 && (length == rest.chars().count() || titled || n == 0 || *from > 0) {
            let value: String = rest.chars().take(length).collect();
            out.add(FieldName::RecipientDepartment, value, sheet, &glyphs[lead..lead + length], score);
        }
        let from_name = lead + length;
        let after = &glyphs[from_name..];
        let called: String = after.iter().map(|g| g.ch).collect();
        let doctor = ["先生", "御机下", "侍史", "机下"].iter().any(|w| called.contains(w))
            || (called.contains('殿') && length > 0);
        if doctor {
            let skip = skip_title(&called, 0);
            if let Some(person) = person(&after[skip..]) {
                let range = from_name + skip + person.range.start..from_name + skip + person.range.end;
                out.add(FieldName::RecipientDoctorName, person.value, sheet, &glyphs[range], score * person.sure);
            }
        }
    }
    let _ = PageKind::Cover;
}

#[cfg(test)]
mod tests {
    use super::department;

    #[test]
    fn departments_lose_brackets_and_our_office_keeps_its_name() {
        assert_eq!(department("呼吸器内科(", "患者支援センター"), "呼吸器内科");
        assert_eq!(department("愚者支援センター", "患者支援センター"), "患者支援センター");
        assert_eq!(department("医療連携センター", "患者支援センター"), "医療連携センター");
        assert_eq!(department("循環器内科", "患者支援センター"), "循環器内科");
        assert_eq!(department("滋尿器科", "患者支援センター"), "泌尿器科");
    }
}
