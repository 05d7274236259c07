//! The order of the form: that of the paper, so that the eye goes down both. It depends on where the reading found something, never on a
//! value: nothing moves while somebody types, and nothing has moved when the page is opened again.

use super::fields::Part;
use crate::domain::{BBox, FieldName, Fields, PageNo};
use std::cmp::Ordering;

/// How far two boxes overlap in height, of the lower one's, to stand on one line.
const SAME_LINE: f32 = 0.5;

/// Where something stands: the how manieth page, the line on it, how far to the right.
type Place = (usize, usize, f32);

/// The parts of the form with their fields. A part stands where the middle one of its fields was found: a date or an addressee above
/// everything else draws no course and no prescription up with it. What was not found comes behind, in the order of `shown`.
pub fn parts(shown: &[FieldName], pages: &[PageNo], found: &Fields) -> Vec<(Part, Vec<FieldName>)> {
    let places = places(shown, pages, found);
    let mut parts = Vec::new();
    for part in [Part::Patient, Part::Sender, Part::Content] {
        let mut found: Vec<(FieldName, Place)> = places.iter().filter(|(f, _)| Part::of(*f) == part).copied().collect();
        found.sort_by(|(_, a), (_, b)| compare(a, b));
        let middle = (!found.is_empty()).then(|| found[(found.len() - 1) / 2].1);
        let mut fields: Vec<FieldName> = found.into_iter().map(|(field, _)| field).collect();
        let rest: Vec<FieldName> =
            shown.iter().copied().filter(|f| Part::of(*f) == part && !fields.contains(f)).collect();
        fields.extend(rest);
        parts.push((middle, part, fields));
    }
    parts.sort_by(|(a, ..), (b, ..)| match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        _ => a.is_none().cmp(&b.is_none()),
    });
    parts.into_iter().map(|(_, part, fields)| (part, fields)).collect()
}

fn compare(a: &Place, b: &Place) -> Ordering {
    (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
}

/// Where each field was found that was.
fn places(shown: &[FieldName], pages: &[PageNo], found: &Fields) -> Vec<(FieldName, Place)> {
    let mut places = Vec::new();
    for (at, page) in pages.iter().enumerate() {
        let on_page = shown.iter().filter_map(|field| {
            let spot = found.get(field).map(|found| found.spot).filter(|spot| spot.page == *page)?;
            let sound = spot.bbox.width() > 0.0 && spot.bbox.height() > 0.0;
            sound.then_some((*field, spot.bbox))
        });
        let mut on_page: Vec<(FieldName, BBox)> = on_page.collect();
        on_page.sort_by(|(_, a), (_, b)| a.top.total_cmp(&b.top));
        // What stands on one line is hardly ever found at the very same height.
        let (mut line, mut head): (usize, Option<BBox>) = (0, None);
        for (field, bbox) in on_page {
            if !head.is_some_and(|head| same_line(&head, &bbox)) {
                line += 1;
                head = Some(bbox);
            }
            places.push((field, (at, line, bbox.left)));
        }
    }
    places
}

fn same_line(head: &BBox, other: &BBox) -> bool {
    let shared = head.bottom.min(other.bottom) - head.top.max(other.top);
    shared >= SAME_LINE * head.height().min(other.height())
}

#[cfg(test)]
mod tests {
    use super::FieldName::*;
    use super::*;
    use crate::domain::{Found, Spot};

    fn found(spots: &[(FieldName, u32, [f32; 4])]) -> Fields {
        let one = |(field, page, bbox): &(FieldName, u32, [f32; 4])| {
            let spot = Spot { page: PageNo(*page), bbox: BBox::from(*bbox) };
            let (value, raw, alternatives) = ("x".to_owned(), "x".to_owned(), Vec::new());
            let found = Found {
                value,
                raw,
                confidence: 1.0,
                spot,
                alternatives,
                learned_from: None,
                from_master: false,
                decided_by: None,
            };
            (*field, found)
        };
        spots.iter().map(one).collect()
    }

    fn order(pages: &[u32], fields: &Fields) -> Vec<FieldName> {
        let shown = [
            PatientName,
            PatientKana,
            PatientBirthDate,
            PatientId,
            DocumentDate,
            SenderInstitutionName,
            SenderPhone,
            Diagnosis,
            Course,
        ];
        let pages: Vec<PageNo> = pages.iter().copied().map(PageNo).collect();
        parts(&shown, &pages, fields).into_iter().flat_map(|(_, fields)| fields).collect()
    }

    #[test]
    fn the_form_follows_the_paper() {
        let upper = |top: f32| [0.1, top, 0.3, top + 0.02];
        let right = |top: f32| [0.6, top, 0.8, top + 0.02];
        let paper = found(&[
            (DocumentDate, 1, right(0.02)),
            (SenderInstitutionName, 1, upper(0.1)),
            // A little higher than what stands to its left.
            (SenderPhone, 1, right(0.098)),
            (PatientKana, 1, upper(0.2)),
            (PatientName, 1, upper(0.23)),
            (PatientBirthDate, 1, right(0.225)),
            (Course, 1, upper(0.4)),
            (Diagnosis, 1, upper(0.6)),
        ]);
        let sender = [SenderInstitutionName, SenderPhone];
        let patient = [PatientKana, PatientName, PatientBirthDate, PatientId];
        let content = [DocumentDate, Course, Diagnosis];
        assert_eq!(order(&[1], &paper), [&sender[..], &patient, &content].concat());
        // The sender below, as on most forms; and on another page, wherever that was moved.
        let mut below = paper.clone();
        below.extend(found(&[(SenderInstitutionName, 1, upper(0.9)), (SenderPhone, 1, right(0.9))]));
        assert_eq!(order(&[1], &below), [&patient[..], &content, &sender].concat());
        let mut behind = paper.clone();
        behind.extend(found(&[(SenderInstitutionName, 2, upper(0.1)), (SenderPhone, 2, right(0.1))]));
        assert_eq!(order(&[1, 2], &behind), [&patient[..], &content, &sender].concat());
        assert_eq!(order(&[2, 1], &behind), [&sender[..], &patient, &content].concat());
        // Nothing found, or found on a page that is out or nowhere: as the program lists them.
        let listed = [
            &[PatientName, PatientKana, PatientBirthDate, PatientId][..],
            &[SenderInstitutionName, SenderPhone],
            &[DocumentDate, Diagnosis, Course],
        ]
        .concat();
        assert_eq!(order(&[1], &Fields::new()), listed);
        assert_eq!(order(&[3], &paper), listed);
        assert_eq!(order(&[1], &found(&[(PatientKana, 1, [f32::NAN; 4])])), listed);
    }
}
