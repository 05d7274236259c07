//! Pages in vertical writing (縦書き) laid on their side, so that columns are rows and what looks right of a label looks down
//! its column; and what was found there put back to where people see it. Nothing else needs to know of vertical writing.

use super::header;
use crate::domain::{BBox, DocumentReading, Fields, Mark, PageText, ReadPage, Spot};

/// From the page that people see to the one that is understood, clockwise.
const LAID: u16 = 270;
/// And back.
const BACK: u16 = 90;

/// The page as it is to be understood: itself, unless it is written vertically.
pub fn laid(page: &ReadPage) -> ReadPage {
    if !page.text.vertical {
        return page.clone();
    }
    let mut text = page.text.clone();
    (text.width_px, text.height_px) = (page.text.height_px, page.text.width_px);
    for line in &mut text.lines {
        // The header line is horizontal on any page, and is looked for at the edge.
        if !header::is_header(&page.text, line) {
            line.bbox = line.bbox.turned(LAID);
            line.words.iter_mut().for_each(|word| word.bbox = word.bbox.turned(LAID));
        }
    }
    text.cells = text.cells.iter().map(|cell| cell.turned(LAID)).collect();
    text.marks = text.marks.iter().map(|mark| Mark { bbox: mark.bbox.turned(LAID), ..*mark }).collect();
    ReadPage { text, ..page.clone() }
}

/// What was found on pages that were laid, as people see it. `pages` are as they were before.
pub fn put_back(document: &mut DocumentReading, pages: &[&ReadPage]) {
    document.fields.values_mut().for_each(|found| turn(&mut found.spot, pages, BACK));
}

/// What was found and put back, as it was on the laid pages.
pub fn laid_fields(fields: &Fields, pages: &[&ReadPage]) -> Fields {
    let mut fields = fields.clone();
    fields.values_mut().for_each(|found| turn(&mut found.spot, pages, LAID));
    fields
}

fn turn(spot: &mut Spot, pages: &[&ReadPage], degrees: u16) {
    let Some(page) = pages.iter().find(|page| page.no == spot.page && page.text.vertical) else { return };
    if !in_header(&page.text, &spot.bbox) {
        spot.bbox = spot.bbox.turned(degrees);
    }
}

/// Whether a place is one of the header line, which is not turned.
fn in_header(page: &PageText, place: &BBox) -> bool {
    page.lines.iter().any(|line| line.bbox.contains(place.centre()) && header::is_header(page, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{FieldName, Hospital, Kind, Line, PageNo, Word};
    use crate::stages::{extract, recipes};

    /// Columns of letters a fiftieth of the page high, the first one rightmost; a full-width space is white.
    fn page(columns: &[&str]) -> ReadPage {
        let column = |(n, text): (usize, &&str)| {
            let right = 0.9 - 0.06 * n as f32;
            let letter = |(at, c): (usize, char)| {
                let top = 0.1 + 0.02 * at as f32;
                Word { text: c.to_string(), bbox: BBox::new(right - 0.025, top, right, top + 0.0185), confidence: 0.98 }
            };
            let words: Vec<Word> = text.chars().enumerate().filter(|(_, c)| *c != '　').map(letter).collect();
            let bbox = words.iter().fold(words[0].bbox, |all, w| all.union(&w.bbox));
            Line { bbox, words }
        };
        let mut lines: Vec<Line> = columns.iter().enumerate().map(column).collect();
        let bbox = BBox::new(0.1, 0.005, 0.6, 0.018);
        let words = vec![Word { text: "2025-12-10 FROM 0463-21-7351 P.1/1".into(), bbox, confidence: 0.9 }];
        lines.insert(0, Line { bbox, words });
        let text = PageText { vertical: true, width_px: 1728, height_px: 2292, lines, ..PageText::default() };
        ReadPage { no: PageNo(1), part: 1, text }
    }

    fn letter() -> ReadPage {
        page(&[
            "例示総合病院　消化器内科",
            "見本　太郎先生　御侍史",
            "患者氏名　例田　春子　殿（女性）",
            "生年月日　昭和四十一年十月六日",
            "病　名　胃体部腫瘍の疑い",
            "平素より大変お世話になっております。内視鏡治療の適応につきご高診お願い申し上げます。",
            "令和七年十二月十日",
            "　　　　　　　　　　　　　　　　見本内科クリニック　院長　手本　次郎",
            "　　　　　　　　　　　　　　　　見本市中央町南二丁目十五番十号",
        ])
    }

    fn document(page: &ReadPage) -> DocumentReading {
        let ours = Hospital { name: "例示総合病院".into(), ..Hospital::default() };
        let fields = extract::extract(&[&laid(page)], Kind::ReferralLetter, &recipes::embedded(), &ours);
        DocumentReading {
            pages: vec![page.no],
            rotation: vec![page.text.rotation],
            kind: Kind::ReferralLetter,
            kind_confidence: 1.0,
            fields,
            matches: Default::default(),
            decision: crate::domain::Decision::Review,
            alerts: Vec::new(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn what_stands_below_a_label_is_found_and_its_place_fits_the_page() {
        let page = letter();
        let mut document = document(&page);
        put_back(&mut document, &[&page]);
        let value = |field: FieldName| document.field(field).map(|found| found.value.as_str());
        assert_eq!(value(FieldName::PatientName), Some("例田 春子"));
        assert_eq!(value(FieldName::PatientBirthDate), Some("1966-10-06"));
        assert_eq!(value(FieldName::SenderInstitutionName), Some("見本内科クリニック"));
        // 例田　春子 are the sixth to the tenth letter of the third column.
        let b = document.field(FieldName::PatientName).map(|found| found.spot.bbox).unwrap_or_default();
        let near = |a: f32, b: f32| (a - b).abs() < 0.004;
        assert!(near(b.left, 0.755) && near(b.right, 0.78) && near(b.top, 0.2) && near(b.bottom, 0.2985), "{b:?}");
        let b = document.field(FieldName::PatientBirthDate).map(|found| found.spot.bbox).unwrap_or_default();
        assert!(near(b.right, 0.72) && near(b.top, 0.2), "{b:?}");
    }

    #[test]
    fn the_header_line_stays_and_what_was_put_back_can_be_laid_again() {
        let page = letter();
        let header = header::read(&laid(&page).text);
        assert_eq!(header.sender_number.as_deref(), Some("0463-21-7351"));
        assert_eq!((header.page, header.of), (Some(1), Some(1)));
        let found = document(&page);
        let mut put = found.clone();
        put_back(&mut put, &[&page]);
        assert!(put.fields != found.fields);
        let again = laid_fields(&put.fields, &[&page]);
        for (field, found) in &found.fields {
            let (a, b) = (found.spot.bbox, again[field].spot.bbox);
            assert!((a.left - b.left).abs() < 1e-5 && (a.top - b.top).abs() < 1e-5, "{field:?}");
        }
    }

    #[test]
    fn a_page_in_rows_stays_as_it_is() {
        let mut page = letter();
        page.text.vertical = false;
        assert!(laid(&page) == page);
        assert!(
            serde_json::from_str::<PageText>(
                r#"{"rotation":0,"width_px":1,"height_px":1,"blank":true,"lines":[],"cells":[],"marks":[]}"#
            )
            .is_ok_and(|text| !text.vertical)
        );
    }
}
