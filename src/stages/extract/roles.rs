//! Whose block a place on the page belongs to: patient, sender or addressee, by the nearest thing that says so.

use crate::domain::{BBox, FieldName, Hospital};
use crate::stages::sheet::lexicon::{Lexicon, Role, Use, role_of};
use crate::stages::sheet::regions::Page;
use crate::text::{confusable, fold, institution, name};

/// Something that says whose block it stands in.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// Whose.
    pub role: Role,
    /// Place in ems.
    pub at: BBox,
    /// How much it says, about 0.5 to 1.5.
    pub weight: f32,
    /// Whether it is the heading of a block.
    pub heads: bool,
    /// The field whose heading it is, for blocks that are about nobody of the three.
    pub heading_of: Option<FieldName>,
    /// The ruled cell it stands in.
    pub cell: Option<usize>,
}

/// Everything on the page that says whose block it stands in.
pub fn anchors(page: &Page, lexicon: &Lexicon, hospital: &Hospital) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    for label in &page.labels {
        let cell = page.sheet.segments[label.segment].cell;
        let uses = &lexicon.entries[label.entry].uses;
        let headings: Vec<FieldName> = uses
            .iter()
            .filter_map(|u| if let Use::Heading(i) = u { Some(lexicon.fields[*i].field) } else { None })
            .collect();
        let applicant = uses.iter().find_map(|u| match u {
            Use::Field(i) if lexicon.fields[*i].field == FieldName::ApplicantName && uses.len() == 1 => {
                Some(FieldName::ApplicantName)
            }
            _ => None,
        });
        let role = lexicon.role(label.entry);
        match (role, headings.first(), applicant) {
            (Some(Role::Other), heading, applicant) if heading.is_some() || applicant.is_some() => {
                let heading_of = heading.copied().or(applicant);
                let heads = heading.is_some();
                anchors.push(Anchor { role: Role::Other, at: label.at, weight: 1.2, heads, heading_of, cell });
            }
            (Some(role), _, _) if role != Role::Other => {
                let weight = if headings.is_empty() { 1.0 } else { 1.3 };
                let heads = !headings.is_empty();
                anchors.push(Anchor { role, at: label.at, weight, heads, heading_of: None, cell });
            }
            (None, Some(field), _) => {
                // One word heads blocks of several fields: a person's block wins over an unnamed one.
                let other = headings.iter().copied().find(|f| role_of(*f) == Role::Other);
                let role = other.map_or(role_of(*field), |_| Role::Other);
                anchors.push(Anchor { role, at: label.at, weight: 1.2, heads: true, heading_of: other, cell });
            }
            _ => {}
        }
    }
    let own = fold::label_key(&hospital.name);
    for segment in &page.sheet.segments {
        let text = segment.text();
        let key = fold::label_key(&text);
        if let Some((start, end, _)) = ours(&own, &key) {
            let _ = (start, end);
            anchors.push(Anchor {
                role: Role::Recipient,
                at: segment.at,
                weight: 1.2,
                heads: false,
                heading_of: None,
                cell: segment.cell,
            });
            continue;
        }
        if ["御中", "御机下", "侍史"].iter().any(|w| text.ends_with(w)) {
            anchors.push(Anchor {
                role: Role::Recipient,
                at: segment.at,
                weight: 1.0,
                heads: false,
                heading_of: None,
                cell: segment.cell,
            });
        }
    }
    for run in &page.runs {
        let text: String = page.glyphs(run).iter().map(|g| g.ch).collect();
        let key = fold::label_key(&text);
        if ours(&own, &key).is_some() || text.chars().count() > 45 {
            continue;
        }
        let cell = page.sheet.segments[run.segment].cell;
        let stem = institution::trailing_department(&text).map_or(text.as_str(), |at| &text[..at]);
        if institution::ends_as_institution(&text)
            .or_else(|| institution::ends_as_institution(stem))
            .is_some_and(|s| s > 0.55)
        {
            anchors.push(Anchor { role: Role::Sender, at: run.at, weight: 1.0, heads: false, heading_of: None, cell });
        } else if let Some(at) =
            text.find('様').filter(|_| !text.contains("患者様") && !text.contains("室様") && !text.contains("当者様"))
        {
            let before: String = text[..at].chars().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect();
            if name::person(&before).is_some() {
                anchors.push(Anchor {
                    role: Role::Patient,
                    at: run.at,
                    weight: 1.0,
                    heads: false,
                    heading_of: None,
                    cell,
                });
            }
        }
    }
    anchors
}

/// Where the hospital's own name stands in a text, through misread glyphs: start, end and cost.
pub fn ours(own: &[char], key: &[char]) -> Option<(usize, usize, f32)> {
    if own.len() < 3 {
        return None;
    }
    confusable::find(own, key, own.len() as f32 * 0.34)
}

/// The nearest anchor to a place, and how far it is.
pub fn nearest<'a>(
    anchors: impl IntoIterator<Item = &'a Anchor>,
    at: &BBox,
    cell: Option<usize>,
    cells: &[BBox],
) -> Option<(&'a Anchor, f32)> {
    let anchors: Vec<&Anchor> = anchors.into_iter().collect();
    let nameless = nameless(anchors.iter().copied(), cell, cells);
    anchors.into_iter().map(|a| (a, distance(a, at, (cell, nameless), cells))).min_by(|x, y| x.1.total_cmp(&y.1))
}

/// How far a role is from a place; infinite when nothing on the page speaks of it.
pub fn distance_to(anchors: &[Anchor], role: Role, at: &BBox, cell: Option<usize>, cells: &[BBox]) -> f32 {
    let nameless = nameless(anchors, cell, cells);
    let of_role = anchors.iter().filter(|a| a.role == role);
    of_role.map(|a| distance(a, at, (cell, nameless), cells)).fold(f32::INFINITY, f32::min)
}

/// The wide cell left of a cell in which nothing says whose it is: a block of two cells, of which only the first names somebody.
fn nameless<'a>(anchors: impl IntoIterator<Item = &'a Anchor>, cell: Option<usize>, cells: &[BBox]) -> Option<usize> {
    let here = &cells[cell?];
    if anchors.into_iter().any(|a| a.cell == cell) {
        return None;
    }
    let level = |c: &BBox| (c.top - here.top).abs() < 1.0 && (c.bottom - here.bottom).abs() < 1.0;
    let beside = |c: &BBox| (c.right - here.left).abs() < 1.0 && c.width() >= HEADING && c.height() > 3.0;
    cells.iter().position(|c| level(c) && beside(c))
}

/// Cells wider than this head nothing: they hold a block of their own, ems.
const HEADING: f32 = 9.0;

/// How far an anchor reaches: things below and right of it belong to it sooner than things above and left.
fn distance(anchor: &Anchor, at: &BBox, (cell, block): (Option<usize>, Option<usize>), cells: &[BBox]) -> f32 {
    let a = &anchor.at;
    let dy = at.centre().1 - a.centre().1;
    let gap = (at.left - a.right).max(a.left - at.right).max(0.0);
    let apart = if (at.left - a.left).abs() < 3.0 { 0.0 } else { gap };
    let mut d = if dy.abs() < 0.7 {
        if a.left <= at.left { 0.3 + 0.12 * apart } else { 0.8 + 0.35 * apart }
    } else if dy > 0.0 {
        dy + 0.3 * apart
    } else {
        // What heads a block has nothing of what stands above it.
        let away = if anchor.heads { 2.7 } else { 1.35 };
        0.6 + away * -dy + 0.4 * apart
    };
    if let Some(own) = anchor.cell {
        let here = &cells[own];
        if cell == anchor.cell {
            d *= 0.3;
        } else if block == Some(own) {
            d = d.min(0.3);
        } else if here.right <= at.left + 0.5
            && here.top <= at.centre().1
            && here.bottom >= at.centre().1
            && here.height() > 3.0
            && here.width() < HEADING
        {
            // A heading in a tall cell left of several rows covers them all.
            d = d.min(0.2);
        }
    }
    d / anchor.weight
}
