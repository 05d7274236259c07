//! Who wrote the document: the sender's doctor, and the department that is named with one.

use super::found::Candidates;
use super::person::{person, skip_title};
use super::sender::is_ours;
use super::{Context, Labelled, Leaf, roles};
use crate::domain::{BBox, FieldName, Kind};
use crate::stages::sheet::Glyph;
use crate::stages::sheet::lexicon::Role;
use crate::stages::sheet::regions::Run;
use crate::text::{fold, institution, name};

/// What one calls the other side, not oneself.
pub(super) const CALLED: [&str; 4] = ["先生", "殿", "御机下", "侍史"];

/// The glyph with which the person begins who is named behind an institution, set apart by a space: `東医院  佐藤 一郎`.
pub(super) fn before_writer(glyphs: &[Glyph]) -> Option<usize> {
    let text = |part: &[Glyph]| part.iter().map(|g| g.ch).collect::<String>();
    // あおば薬局 駅前店: a branch is no person.
    if institution::ends_as_institution(&text(glyphs)).is_some() {
        return None;
    }
    (3..glyphs.len().saturating_sub(1)).filter(|i| glyphs[*i].gap > 0.35).find(|i| {
        let (head, rest) = glyphs.split_at(*i);
        let department = department_length(rest);
        let rest = &rest[department..];
        // 東医院 循環器内科 佐藤先生 is whom one writes to.
        if department > 0 && CALLED.iter().any(|title| text(rest).contains(title)) {
            return false;
        }
        let letters = name::before_title(&text(rest)).chars().count();
        institution::ends_as_institution(&text(head)) == Some(1.0)
            && (3..=7).contains(&letters)
            && person(rest).is_some_and(|p| p.range.start == 0)
    })
}

/// How many glyphs a department takes at the beginning: 東医院 *循環器内科* 佐藤 一郎.
fn department_length(glyphs: &[Glyph]) -> usize {
    let text: String = glyphs.iter().map(|g| g.ch).collect();
    institution::leading_department(&text).map_or(0, |end| text[..end].chars().count())
}

/// The person behind the institution, on its run or on the next one of its row.
pub(super) fn writer_beside(leaf: &Leaf, run: &Run, rest: &[Glyph], score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    let (department, rest) = rest.split_at(department_length(rest));
    if let Some(person) = person(rest).filter(|p| p.range.start == 0) {
        let seen = &rest[person.range];
        let name: String = department.iter().map(|g| g.ch).collect();
        out.add(FieldName::SenderDepartment, name, sheet, department, score * 0.8);
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
pub(super) fn before_person(text: &str) -> Option<usize> {
    let rest = ["先生", "医師"].iter().find_map(|title| text.strip_suffix(title))?;
    let letters: Vec<usize> = rest.char_indices().map(|(at, _)| at).collect();
    let longest = letters.len().checked_sub(2)?;
    (letters.len().saturating_sub(7)..=longest)
        .map(|i| letters[i])
        .filter(|at| institution::leading_department(&rest[*at..]).is_none())
        .find(|at| institution::ends_as_institution(&rest[..*at]) == Some(1.0) && name::person(&rest[*at..]).is_some())
}

/// 循環器内科 北川一郎: the department, and the person with it, in the lines under the sender's name where no label says so.
pub(super) fn writer_below(leaf: &Leaf, institution: &BBox, score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    let (x, y) = (|v: f32| v * sheet.width, |v: f32| v * sheet.height);
    for run in leaf.page.runs.iter().filter(|r| r.owner.is_none()) {
        let below = run.at.centre().1 - y(institution.bottom);
        // Under addresses and numbers that begin where the name does, the letterhead goes on.
        let aligned = (run.at.left - x(institution.left)).abs() < 1.5;
        if !(0.0..if aligned { 12.0 } else { 7.0 }).contains(&below)
            || run.at.left < x(institution.left) - 2.0
            || run.at.left > x(institution.right)
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

/// 循環器内科 主治医: 北川一郎, 東病院 循環器内科 北川一郎: the department before the name of who writes, on its line.
pub(super) fn department_before(context: &Context, out: &mut Candidates) {
    let Some(doctor) = out.best(FieldName::SenderDoctorName).cloned() else { return };
    let Some(leaf) = context.leaves.iter().find(|leaf| leaf.page.sheet.no == doctor.found.spot.page) else { return };
    let sheet = &leaf.page.sheet;
    let at = &doctor.found.spot.bbox;
    for segment in &sheet.segments {
        let before = segment.glyphs.iter().take_while(|g| sheet.spot(&g.at).bbox.centre().0 < at.left).count();
        let level = sheet.spot(&segment.at).bbox.vertical_overlap(at) > 0.5;
        let text: String = segment.glyphs[..before].iter().map(|g| g.ch).collect();
        if !level {
            continue;
        }
        let trimmed = text.trim_end_matches(|c: char| fold::is_ornament(c));
        let untitled = TITLES.iter().find_map(|title| trimmed.strip_suffix(title)).unwrap_or(trimmed);
        let untitled = untitled.trim_end_matches(|c: char| fold::is_ornament(c));
        let whole = institution::leading_department(untitled).filter(|end| *end == untitled.len()).map(|_| 0);
        let behind = || {
            let at = institution::trailing_department(untitled).filter(|at| *at > 0)?;
            (institution::ends_as_institution(&untitled[..at]) == Some(1.0)).then_some(at)
        };
        let Some(from) = whole.or_else(behind) else { continue };
        let count = |text: &str| text.chars().count();
        let glyphs = &segment.glyphs[count(&untitled[..from])..count(untitled)];
        out.add(FieldName::SenderDepartment, &untitled[from..], sheet, glyphs, doctor.score * 0.75);
    }
}

/// What a doctor who writes is called before the name.
const TITLES: [&str; 8] = ["主治医", "担当医", "医師", "担当", "医長", "部長", "科長", "副院長"];

pub(super) fn doctor_by_label(context: &Context, labelled: &Labelled, out: &mut Candidates) {
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
        let called = CALLED.iter().any(|title| called.starts_with(title));
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
pub(super) fn side(labelled: &Labelled) -> Option<Role> {
    let page = &labelled.leaf.page;
    let label = &page.labels[labelled.label];
    let cell = page.sheet.segments[label.segment].cell;
    let others = labelled.leaf.anchors.iter().filter(|anchor| anchor.at != label.at);
    roles::nearest(others, &label.at, cell, &page.sheet.cells).map(|(anchor, _)| anchor.role)
}

/// In a reply the department among the patient's lines is that which saw the patient: the sender's.
pub(super) fn department_of_reply(context: &Context, out: &mut Candidates) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BBox;

    /// The glyphs of a line in which a space is a wide gap.
    fn line(text: &str) -> Vec<Glyph> {
        let mut gap = 0.0;
        let mut out: Vec<Glyph> = Vec::new();
        for (at, ch) in text.chars().enumerate() {
            if ch == ' ' {
                gap = 1.0;
                continue;
            }
            let at = BBox::new(at as f32, 0.0, at as f32 + 1.0, 1.0);
            out.push(Glyph { ch, raw: ch.to_string(), at, gap: std::mem::take(&mut gap), confidence: 1.0 });
        }
        out
    }

    #[test]
    fn who_writes_is_named_behind_the_institution() {
        assert_eq!(before_writer(&line("例示医院 見本 一郎")), Some(4));
        assert_eq!(before_writer(&line("医療法人 例示会 見本クリニック 例示 花子 先生")), Some(14));
        assert_eq!(before_writer(&line("見本薬局 駅前店")), None, "a branch");
        assert_eq!(before_person("見本病院皮膚科例示花子先生"), None, "a department is no part of a name");
        assert_eq!(before_writer(&line("見本病院 循環器内科")), None, "a department");
        assert_eq!(before_writer(&line("見本病院 循環器内科 例示 花子")), Some(4));
        assert_eq!(before_writer(&line("見本病院 循環器内科 例示 花子 先生")), None, "whom one writes to");
        assert_eq!(before_person("見本クリニック例示一郎先生"), Some("見本クリニック".len()));
        assert_eq!(before_person("見本クリニック先生"), None);
    }
}
