//! Who sends the document: institution, department, doctor.

use super::found::{self, Candidates};
use super::{Context, Labelled, Leaf};
use crate::domain::{BBox, FieldName, Kind};
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
            if glyphs.iter().filter(|g| super::choice::is_box(g.ch)).count() >= 2 {
                continue;
            }
            let Some(end) = institution::leading_department(&text) else { continue };
            let n = text[..end].chars().count();
            let called = ["先生", "殿", "御机下", "侍史"].iter().any(|title| text.ends_with(title));
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

/// The glyph with which the person begins who is named behind an institution, set apart by a space: `東医院  佐藤 一郎`.
fn before_writer(glyphs: &[Glyph]) -> Option<usize> {
    let text = |part: &[Glyph]| part.iter().map(|g| g.ch).collect::<String>();
    // あおば薬局 駅前店: a branch is no person.
    if institution::ends_as_institution(&text(glyphs)).is_some() {
        return None;
    }
    (3..glyphs.len().saturating_sub(1)).filter(|i| glyphs[*i].gap > 0.35).find(|i| {
        let (head, rest) = glyphs.split_at(*i);
        let letters = name::before_title(&text(rest)).chars().count();
        institution::ends_as_institution(&text(head)) == Some(1.0)
            && (3..=7).contains(&letters)
            && person(rest).is_some_and(|p| p.range.start == 0)
    })
}

/// The person behind the institution, on its run or on the next one of its row.
fn writer_beside(leaf: &Leaf, run: &Run, rest: &[Glyph], score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    if let Some(person) = person(rest).filter(|p| p.range.start == 0) {
        let seen = &rest[person.range];
        out.add(FieldName::SenderDoctorName, person.value, sheet, seen, score * 0.8 * person.sure);
        return;
    }
    let cell = sheet.segments[run.segment].cell;
    let next = leaf.page.runs.iter().filter(|r| {
        let gap = r.at.left - run.at.right;
        r.at.vertical_overlap(&run.at) > 0.5 && (0.0..8.0).contains(&gap) && sheet.segments[r.segment].cell == cell
    });
    let Some(next) = next.min_by(|a, b| a.at.left.total_cmp(&b.at.left)) else { return };
    let glyphs = leaf.page.glyphs(next);
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    let titled = ["先生", "医師"].iter().any(|title| text.ends_with(title));
    if let Some(person) = person(glyphs).filter(|p| titled && p.range.start == 0) {
        let seen = &glyphs[person.range];
        out.add(FieldName::SenderDoctorName, person.value, sheet, seen, score * 0.9 * person.sure);
    }
}

/// Where a name ends behind which the person who writes stands with a title: `東クリニック 佐藤一郎 先生`.
fn before_person(text: &str) -> Option<usize> {
    let rest = ["先生", "医師"].iter().find_map(|title| text.strip_suffix(title))?;
    let letters: Vec<usize> = rest.char_indices().map(|(at, _)| at).collect();
    let longest = letters.len().checked_sub(2)?;
    (letters.len().saturating_sub(7)..=longest)
        .map(|i| letters[i])
        .find(|at| institution::ends_as_institution(&rest[..*at]) == Some(1.0) && name::person(&rest[*at..]).is_some())
}

fn add_institution(leaf: &Leaf, run: &Run, score: f32, out: &mut Candidates) {
    let page = &leaf.page;
    let glyphs = page.glyphs(run);
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    let (stem, department) = cut(&text);
    let n = stem.chars().count();
    let mut taken: Vec<Glyph> = glyphs[..n].to_vec();
    // A long name goes on below when it does not end as names do, and a legal person alone names what it runs there.
    let person = institution::is_legal_person(stem);
    let mut score = score;
    if (person || institution::ends_as_institution(stem).is_none()) && department.is_none() {
        let rest = tail_below(leaf, run).unwrap_or_default();
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
        if let Some(person) = self::person(writer) {
            let seen = &writer[person.range];
            out.add(FieldName::SenderDoctorName, person.value, &page.sheet, seen, score * 0.8 * person.sure);
        }
    }
    if let Some(department) = department {
        let m = department.chars().count();
        out.add(FieldName::SenderDepartment, department, &page.sheet, &glyphs[n..n + m], score * 0.9);
    }
}

/// 循環器内科 北川一郎: the department, and the person with it, in the lines under the sender's name where no label says so.
fn writer_below(leaf: &Leaf, institution: &BBox, score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    let (x, y) = (|v: f32| v * sheet.width, |v: f32| v * sheet.height);
    for run in leaf.page.runs.iter().filter(|r| r.owner.is_none()) {
        let below = run.at.centre().1 - y(institution.bottom);
        if !(0.0..7.0).contains(&below) || run.at.left < x(institution.left) - 2.0 || run.at.left > x(institution.right)
        {
            continue;
        }
        let glyphs = leaf.page.glyphs(run);
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let Some(end) = institution::leading_department(&text) else { continue };
        let n = text[..end].chars().count();
        let skip = skip_title(&text, n);
        let person = person(&glyphs[skip..]).filter(|p| p.range.start == 0);
        let rest: String = text.chars().skip(skip + person.as_ref().map_or(0, |p| p.range.end)).collect();
        // 先生 is the other side; a longer rest is a sentence.
        if rest.contains("先生") || rest.contains("御中") || rest.chars().count() > 4 {
            continue;
        }
        out.add(FieldName::SenderDepartment, &text[..end], sheet, &glyphs[..n], score * 0.8);
        if let Some(person) = person {
            let range = skip + person.range.start..skip + person.range.end;
            out.add(FieldName::SenderDoctorName, person.value, sheet, &glyphs[range], score * 0.7 * person.sure);
        }
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
        let Some(looks) = institution::ends_as_institution(stem) else { continue };
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
        // 泌尿器科 科: the form's own word behind the blank.
        let printed = skip > 0 && glyphs.get(skip).is_some_and(|g| g.ch == '科');
        let skip = skip_title(&text, skip + usize::from(printed));
        let Some(person) = person(&glyphs[skip..]) else { continue };
        let range = person.range.start + skip..person.range.end + skip;
        // 先生 is what one calls the other side, not oneself; but a form that we gave out has it printed behind the sender's line.
        let called: String = glyphs[range.end..].iter().map(|g| g.ch).take(4).collect();
        let called = ["先生", "殿", "御机下", "侍史"].iter().any(|title| called.starts_with(title));
        if called && context.kind != Kind::SecondOpinionRequest && side(labelled) != Some(Role::Sender) {
            if let Some(end) = institution::leading_department(&text) {
                let length = text[..end].chars().count();
                let score = labelled.score * 0.6;
                out.add(FieldName::RecipientDepartment, &text[..end], &page.sheet, &glyphs[..length], score);
            }
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
            let department: String = text.chars().take(skip - usize::from(printed)).collect();
            out.add(FieldName::SenderDepartment, department, &page.sheet, &glyphs[..skip], labelled.score * 0.8);
        }
        return;
    }
}

/// Whose block a label stands in.
fn side(labelled: &Labelled) -> Option<Role> {
    let page = &labelled.leaf.page;
    let label = &page.labels[labelled.label];
    let cell = page.sheet.segments[label.segment].cell;
    let others: Vec<roles::Anchor> =
        labelled.leaf.anchors.iter().filter(|anchor| anchor.at != label.at).cloned().collect();
    roles::nearest(&others, &label.at, cell, &page.sheet.cells).map(|(anchor, _)| anchor.role)
}

/// In a reply the department among the patient's lines is that which saw the patient: the sender's.
fn department_of_reply(context: &Context, out: &mut Candidates) {
    for leaf in &context.leaves {
        for (label, occurrence) in leaf.page.labels.iter().enumerate() {
            let key: String = context.lexicon.entries[occurrence.entry].key.iter().collect();
            if !matches!(key.as_str(), "診療科" | "診療科名" | "受診科" | "科名") {
                continue;
            }
            for run in leaf.page.owned(label) {
                let glyphs = leaf.page.glyphs(run);
                let text: String = glyphs.iter().map(|g| g.ch).collect();
                if let Some(end) = institution::leading_department(&text).filter(|end| *end == text.len()) {
                    out.add(FieldName::SenderDepartment, &text[..end], &leaf.page.sheet, glyphs, 0.55 * leaf.weight);
                }
            }
        }
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

pub(super) fn skip_title(text: &str, skip: usize) -> usize {
    let rest: String = text.chars().skip(skip).collect();
    for title in ["担当医", "主治医", "医師", "医長", "部長", "院長", "副院長", "科長", "所長", "管理者"]
    {
        if rest.starts_with(title) {
            return skip + title.chars().count();
        }
    }
    skip
}

/// Where a name ends before what was read of the seal behind it: its frame, or a letter of the family name again.
fn without_seal(glyphs: &[Glyph]) -> usize {
    let mut end = glyphs.len();
    while end >= 4 && matches!(glyphs[end - 1].ch, '囘' | '囗' | '団' | '回' | '圓' | '□' | '㊞' | '印' | '臼')
    {
        end -= 1;
    }
    // A given name of three letters that ends like the family name begins is rarer than a seal.
    if end >= 5 && glyphs[..2].iter().any(|g| g.ch == glyphs[end - 1].ch) { end - 1 } else { end }
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
    if !has_title && !kana_name {
        end = without_seal(&rest[..end]);
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
        // 健ー: a stroke after kanji lengthens nothing.
        let stroke = glyph.ch == 'ー' && i > 0 && name::is_kanji(rest[i - 1].ch);
        value.push(if stroke { '一' } else { glyph.ch });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    fn read(text: &str) -> Option<String> {
        let mut glyphs: Vec<Glyph> = Vec::new();
        let mut gap = 0.0;
        for (i, ch) in text.chars().enumerate() {
            if ch == ' ' {
                gap = 1.0;
                continue;
            }
            let at = BBox::new(i as f32, 0.0, i as f32 + 1.0, 1.0);
            glyphs.push(Glyph { ch, raw: ch.to_string(), at, gap: std::mem::take(&mut gap), confidence: 1.0 });
        }
        person(&glyphs).map(|p| p.value)
    }

    #[test]
    fn a_name_ends_before_the_seal_behind_it() {
        assert_eq!(read("横山 大桔横").as_deref(), Some("横山 大桔"));
        assert_eq!(read("高田 智子囘").as_deref(), Some("高田 智子"));
        assert_eq!(read("大橋 雄大").as_deref(), Some("大橋 雄大"), "a given name of two letters");
        assert_eq!(read("小山 健ー").as_deref(), Some("小山 健一"));
        assert_eq!(read("ヤン ミー").as_deref(), Some("ヤン ミー"));
    }
}
