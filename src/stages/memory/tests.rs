//! A form that no recipe knows, confirmed once and met again.

use super::*;
use crate::domain::{BBox, FieldName, Found, Line, PageNo, PageText, Spot, Taken, Word};
use std::collections::BTreeMap;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 2200;
const EM: f32 = 28.0;

/// A page of lines: left, top in ems, and what stands there.
fn page(lines: &[(f32, f32, &str)]) -> ReadPage {
    let at = |left: f32, top: f32, ems: f32| {
        let (w, h) = (WIDTH as f32, HEIGHT as f32);
        BBox::new(left * EM / w, top * EM / h, (left + ems) * EM / w, (top + 1.0) * EM / h)
    };
    let line = |(left, top, text): &(f32, f32, &str)| {
        let words: Vec<Word> = text
            .chars()
            .enumerate()
            .filter(|(_, c)| *c != '　')
            .map(|(i, c)| Word { text: c.to_string(), bbox: at(left + i as f32, *top, 1.0), confidence: 0.9 })
            .collect();
        Line { bbox: at(*left, *top, text.chars().count() as f32), words }
    };
    let lines = lines.iter().map(line).collect();
    let text = PageText { width_px: WIDTH, height_px: HEIGHT, lines, ..PageText::default() };
    ReadPage { no: PageNo(1), part: 1, text }
}

/// A form whose words for a patient and a telephone no recipe knows, moved down by `down` ems.
fn odd_form(down: f32, name: &str, phone: &str) -> ReadPage {
    page(&[
        (20.0, 3.0 + down, "地域のかけ橋連絡用紙"),
        (4.0, 8.0 + down, "お客さまの呼び名"),
        (16.0, 8.0 + down, name),
        (4.0, 11.0 + down, "つながる先"),
        (16.0, 11.0 + down, phone),
        (4.0, 14.0 + down, "ご様子"),
        (16.0, 14.0 + down, "変わりなし"),
        (4.0, 17.0 + down, "担当より一言"),
        (4.0, 24.0 + down, "受付印を押してください"),
        (4.0, 30.0 + down, "みなと連携の会"),
    ])
}

fn values(pairs: &[(FieldName, &str)]) -> BTreeMap<FieldName, String> {
    pairs.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

fn taught() -> (Memory, DocumentId) {
    let first = odd_form(0.0, "風間　灯", "0154-00-7733");
    let confirmed = values(&[(FieldName::PatientName, "風間 灯"), (FieldName::PatientPhone, "0154-00-7733")]);
    let form = learn(&[&first], Kind::ReferralLetter, &confirmed, &Fields::new()).expect("a form");
    let document = DocumentId::fresh();
    (Memory::of(vec![Lesson { document: document.clone(), taught: Taught::Form(form) }]), document)
}

#[test]
fn the_next_page_of_a_confirmed_form_is_read_where_the_first_was() {
    let (memory, document) = taught();
    let next = odd_form(1.5, "三枝　航太郎", "0154-00-9012");
    let mut fields = Fields::new();
    memory.recall(&[&next], Kind::ReferralLetter, &mut fields);
    assert_eq!(fields[&FieldName::PatientName].value, "三枝 航太郎");
    assert_eq!(fields[&FieldName::PatientPhone].value, "0154-00-9012");
    assert_eq!(fields[&FieldName::PatientName].learned_from.as_ref(), Some(&document));
    // Another kind, and another form, know nothing of it.
    let mut fields = Fields::new();
    memory.recall(&[&next], Kind::ReplyLetter, &mut fields);
    let other =
        page(&[(4.0, 8.0, "患者氏名"), (16.0, 8.0, "三枝　航太郎"), (4.0, 11.0, "電話"), (16.0, 11.0, "0154-00-9012")]);
    memory.recall(&[&other], Kind::ReferralLetter, &mut fields);
    assert!(fields.is_empty(), "{fields:?}");
}

#[test]
fn what_a_label_gave_stays_and_a_neighbour_in_the_place_is_not_taken() {
    let (memory, _) = taught();
    let next = odd_form(0.0, "三枝　航太郎", "0154-00-9012");
    let found = Found {
        value: "三枝 航大郎".into(),
        raw: "三枝航大郎".into(),
        confidence: 0.4,
        spot: Spot { page: PageNo(1), bbox: BBox::new(0.27, 0.3, 0.4, 0.32) },
        alternatives: Vec::new(),
        from_master: false,
        decided_by: None,
        learned_from: None,
    };
    let mut fields = Fields::from([(FieldName::PatientName, found.clone())]);
    memory.recall(&[&next], Kind::ReferralLetter, &mut fields);
    assert_eq!(fields[&FieldName::PatientName], found);
    let moved = odd_form(0.0, "消化器内科", "0154-00-9012");
    let mut fields = Fields::new();
    memory.recall(&[&moved], Kind::ReferralLetter, &mut fields);
    assert!(!fields.contains_key(&FieldName::PatientName), "{fields:?}");
    assert!(fields.contains_key(&FieldName::PatientPhone));
}

#[test]
fn a_lesson_holds_places_and_printed_words_but_no_values() {
    let first = odd_form(0.0, "風間　灯", "0154-00-7733");
    let confirmed = values(&[(FieldName::PatientName, "風間 灯"), (FieldName::PatientPhone, "0154-00-7733")]);
    let form = learn(&[&first], Kind::ReferralLetter, &confirmed, &Fields::new()).expect("a form");
    let json = serde_json::to_string(&form).expect("JSON");
    assert!(!json.contains("風間") && !json.contains("7733"), "{json}");
    let fields: Vec<FieldName> = form.pages[0].places.iter().map(|p: &Taken| p.field).collect();
    assert_eq!(fields, [FieldName::PatientName, FieldName::PatientPhone]);
    // A page with next to nothing printed on it cannot be told from another.
    let bare = page(&[(16.0, 8.0, "風間　灯"), (4.0, 8.0, "氏名")]);
    assert!(learn(&[&bare], Kind::ReferralLetter, &confirmed, &Fields::new()).is_none());
}

#[test]
fn the_latest_confirmation_of_a_number_counts() {
    let of = |institution_id: &str| Lesson {
        document: DocumentId::fresh(),
        taught: Taught::SenderNumber { number: "0154001122".into(), institution_id: institution_id.into() },
    };
    let memory = Memory::of(vec![of("K1"), of("K2")]);
    assert_eq!(memory.institution("0154-00-1122"), Some("K2"));
    assert_eq!(memory.institution("0154-00-1123"), None);
}
