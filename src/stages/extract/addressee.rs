//! To whom the document is addressed: department and doctor, by their labels or in the lines that name our hospital.

use super::found::Candidates;
use super::person::{person, skip_title};
use super::{Context, Leaf};
use crate::domain::FieldName;
use crate::stages::extract::roles;
use crate::stages::sheet::{self, Glyph, Segment};
use crate::text::{confusable, fold, institution, kana, name};

/// A department without what a bracket or a stop leaves behind it; our own office, and a department that is the only
/// one so near, by its own name though a glyph is misread.
pub fn department(value: &str, office: &str) -> String {
    let value = bare_department(value);
    let (own, seen): (Vec<char>, Vec<char>) = (fold::label_key(office), fold::label_key(value));
    let ours = own.len() >= 5 && own.len() == seen.len() && confusable::likeness(&own, &seen) > 0.8;
    if ours { office.to_owned() } else { institution::misread_department(value).unwrap_or(value).to_owned() }
}

/// A department without what a bracket, an arrow or a stop leaves beside it, and without the word for who works there.
pub fn bare_department(value: &str) -> &str {
    let value = value.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, '(' | ')' | '.' | ',' | ':' | '・' | '、' | '。' | '[' | ']' | '【' | '】' | '/' | '→' | '⇒')
    });
    // 担当医 整形外科: the label of a line that stands before it.
    let within = ["御担当医", "ご担当医", "担当医"].iter().find_map(|label| value.strip_prefix(label));
    within.map(str::trim_start).filter(|rest| !rest.is_empty()).unwrap_or(value)
}

/// To whom the document is addressed: what follows the hospital's name, and what ends in 先生, 御中 or 宛.
pub fn addressee(context: &Context, out: &mut Candidates) {
    for labelled in context.labelled(FieldName::RecipientDepartment) {
        for row in labelled.rows() {
            let glyphs = &row.glyphs[behind_our_name(&row.glyphs, &context.hospital.name)..];
            let text: String = glyphs.iter().map(|g| g.ch).collect();
            let text = text.trim_start_matches(|c: char| fold::is_ornament(c));
            let n = department_length(text, &context.hospital.office);
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
            // 希望科・医師: 循環器内科 北川一郎 医師
            let text: String = row.glyphs.iter().map(|g| g.ch).collect();
            let department = institution::leading_department(&text).map_or(0, |end| text[..end].chars().count());
            let glyphs = &row.glyphs[department..];
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

/// How many glyphs at the beginning are our own hospital's name.
fn behind_our_name(glyphs: &[Glyph], name: &str) -> usize {
    let keyed = sheet::keyed(glyphs);
    let letters: Vec<char> = keyed.iter().map(|k| k.0).collect();
    let ours = roles::ours(&fold::label_key(name), &letters).filter(|(start, ..)| *start == 0);
    ours.map_or(0, |(_, end, _)| keyed.get(end).map_or(glyphs.len(), |k| k.1))
}

/// How many characters at the beginning of the text are our own office, whose name may hold a dot.
fn office_length(text: &str, office: &str) -> Option<usize> {
    let own = fold::label_key(office);
    if own.len() < 4 {
        return None;
    }
    let chars: Vec<char> = text.chars().take(2 * own.len()).collect();
    let key: Vec<(char, usize)> =
        chars.iter().enumerate().filter_map(|(i, c)| fold::label_char(*c).map(|c| (c, i))).collect();
    let seen: Vec<char> = key.iter().take(own.len()).map(|k| k.0).collect();
    (seen.len() == own.len() && confusable::likeness(&own, &seen) > 0.8).then(|| key[own.len() - 1].1 + 1)
}

/// 内視鏡センター, 外来化学療法室, 地域連携係: how many characters at the beginning of the text end as offices of a hospital do.
fn office_by_ending(text: &str) -> Option<usize> {
    const ENDINGS: [&str; 6] = ["センター", "療法室", "内視鏡室", "相談室", "連携係", "連携課"];
    let end = ENDINGS.iter().filter_map(|e| text.find(e).map(|at| at + e.len())).min()?;
    let word = &text[..end];
    let plain = word.chars().all(|c| name::is_kanji(c) || kana::is_kana(c) || c.is_ascii_alphabetic() || c == '・');
    let length = word.chars().count();
    (plain && (4..=14).contains(&length)).then_some(length)
}

/// How many characters at the beginning of the text are a department: a known one, or a word that ends in 科.
fn department_length(text: &str, office: &str) -> usize {
    if let Some(n) = office_length(text, office) {
        return n;
    }
    if let Some(end) = institution::leading_department(text) {
        return text[..end].chars().count();
    }
    if let Some(n) = office_by_ending(text) {
        return n;
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
        let keyed = sheet::keyed(&segment.glyphs);
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
            read_addressee(context, leaf, &parts, sure * 0.85 * leaf.weight * if bottom { 0.9 } else { 1.0 }, out);
        } else if segment.at.centre().1 < page.sheet.height * 0.4 {
            let text = segment.text();
            let strong = ["先生", "御机下", "侍史", "机下", "御中"].iter().any(|w| text.ends_with(w));
            if strong && text.chars().count() < 30 {
                read_addressee(context, leaf, &[(segment, 0)], 0.6 * leaf.weight, out);
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
            let same_cell = s.cell.is_some() && s.cell == segment.cell;
            let gap = s.at.top - segment.at.bottom;
            s.at.centre().1 > segment.at.centre().1 + 0.6
                && gap < (if same_cell { 2.6 } else { 1.3 })
                && s.at.left > segment.at.left - 2.0
                && s.at.left < segment.at.right
        })
        .min_by(|a, b| a.at.top.total_cmp(&b.at.top).then(a.at.left.total_cmp(&b.at.left)))
}

/// Reads department and doctor out of the addressee's lines.
fn read_addressee(context: &Context, leaf: &Leaf, parts: &[(&Segment, usize)], score: f32, out: &mut Candidates) {
    let sheet = &leaf.page.sheet;
    let office = context.hospital.office.as_str();
    for (n, (segment, from)) in parts.iter().enumerate() {
        let glyphs = &segment.glyphs[*from..];
        let text: String = glyphs.iter().map(|g| g.ch).collect();
        let lead = text.chars().take_while(|c| fold::is_ornament(*c)).count();
        let rest: String = text.chars().skip(lead).collect();
        if rest.is_empty() {
            continue;
        }
        // ご担当者名:地域医療連携室 御中: the department stands behind the label.
        let label = rest.chars().position(|c| c == ':').filter(|at| (2..=8).contains(at)).map_or(0, |at| at + 1);
        let (lead, rest): (usize, String) = (lead + label, rest.chars().skip(label).collect());
        let length = department_length(&rest, office);
        // A line below that is neither department nor ends in a title is not the addressee's.
        let titled =
            ["先生", "殿", "御机下", "侍史", "机下", "様", "御中", "宛", "担当医"].iter().any(|w| rest.contains(w));
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
}

#[cfg(test)]
mod tests {
    use super::{department, office_by_ending, office_length};

    #[test]
    fn offices_are_told_by_their_endings_and_ours_by_its_name() {
        assert_eq!(office_by_ending("内視鏡センター宛"), Some(7));
        assert_eq!(office_by_ending("外来化学療法室 御中"), Some(7));
        assert_eq!(office_by_ending("腎臓内科 大月康介先生"), None);
        assert_eq!(office_by_ending("FAX 0263-91-3377 予約センター"), None);
        assert_eq!(office_length("患者支援・地域医療連携室 行", "患者支援・地域医療連携室"), Some(12));
        assert_eq!(
            office_length("患者支援・地域医寮連携室", "患者支援・地域医療連携室"),
            Some(12),
            "one glyph misread"
        );
        assert_eq!(office_length("循環器内科 御中", "患者支援・地域医療連携室"), None);
    }

    #[test]
    fn departments_lose_brackets_and_our_office_keeps_its_name() {
        assert_eq!(department("呼吸器内科(", "患者支援センター"), "呼吸器内科");
        assert_eq!(department("愚者支援センター", "患者支援センター"), "患者支援センター");
        assert_eq!(department("医療連携センター", "患者支援センター"), "医療連携センター");
        assert_eq!(department("循環器内科", "患者支援センター"), "循環器内科");
        assert_eq!(department("滋尿器科", "患者支援センター"), "泌尿器科");
    }
}
