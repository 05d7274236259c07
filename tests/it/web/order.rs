//! The order of the form is that of the paper, in Chromium: the rows, the way by Tab, and that nothing moves while somebody types.

use super::browser::{Browser, Driver};
use super::item::opened;
use super::seed::{self, HOUR};
use super::verbs::{led, open, ready};
use crate::support::on_both_databases;
use std::collections::BTreeMap;
use uketsuke::domain::*;

const TAB: &str = "\u{e004}";

async fn rows(browser: &Browser) -> Vec<String> {
    let rows = browser.js("return [...document.querySelectorAll('[data-row]')].map(e => e.dataset.row)").await;
    rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect()
}

async fn parts(browser: &Browser) -> String {
    let script = "return [...document.querySelectorAll('fieldset.group > legend')].map(e => e.innerText).join(' ')";
    browser.js(script).await.as_str().unwrap().to_owned()
}

/// Where Tab leads, field by field, from the first of them.
async fn tabbed(browser: &Browser, rows: &[String]) -> Vec<String> {
    browser.js(&format!("document.getElementById('f-{}').focus()", rows[0])).await;
    let mut way = vec![rows[0].clone()];
    for _ in 0..90 {
        if way.len() == rows.len() {
            break;
        }
        browser.keys(TAB).await;
        let field = browser.js("return document.activeElement?.dataset?.f ?? ''").await;
        match field.as_str().unwrap() {
            "" => {}
            field => way.push(field.to_owned()),
        }
    }
    way
}

on_both_databases! {
    async fn the_form_stands_as_the_paper_does_and_tab_follows(db: Db) {
        let driver = Driver::start();
        // On this paper the sender stands above the patient, the reading above the name, and the sex beside that.
        let (browser, desk, _) = opened(&driver, db).await;
        let expected = [
            "sender_institution_name", "sender_phone", "sender_fax", "sender_doctor_name",
            "patient_kana", "patient_sex", "patient_name", "patient_birth_date", "patient_address", "patient_phone", "patient_id",
            "document_date", "recipient_department", "diagnosis", "purpose", "history", "course", "prescription", "remarks",
        ];
        assert_eq!(rows(&browser).await, expected);
        assert_eq!(parts(&browser).await, "差出元 患者 内容");
        browser.picture("order-of-the-paper").await;
        browser.click("#everything").await;
        assert_eq!(tabbed(&browser, &rows(&browser).await).await, expected);
        // Typed over, emptied, filled in where nothing was found, kept and opened again: nothing moves.
        browser.fill("#f-patient_kana", "カザマ アカリ").await;
        browser.fill("#f-sender_phone", "").await;
        browser.fill("#f-patient_id", "00048213").await;
        browser.fill("#f-remarks", "至急").await;
        assert_eq!(rows(&browser).await, expected);
        led(&browser, "#save").await;
        ready(&browser).await;
        assert_eq!(rows(&browser).await, expected);
        assert_eq!(browser.js("return document.querySelector('#f-sender_phone').value").await, "");
        // What is added by hand comes last in its part.
        browser.js("window.before = 1; const add = document.querySelector('#add'); add.value = 'care_level'; add.dispatchEvent(new Event('change', { bubbles: true }))").await;
        browser.until("!window.before && document.readyState === 'complete'").await;
        ready(&browser).await;
        assert_eq!(rows(&browser).await.last().unwrap(), "care_level");
        assert_eq!(rows(&browser).await[..expected.len()], expected);

        // Another paper has the patient first, the birth date before the name, and the sender at its foot.
        let delivery = desk.delivery("below.tif", Channel::Fax, &seed::blank_page(), HOUR).await;
        let at = |left: f32, top: f32| BBox::new(left, top, left + 0.2, top + 0.02);
        let boxes: BTreeMap<String, BBox> = [
            (FieldName::PatientBirthDate, at(0.1, 0.2)),
            (FieldName::PatientName, at(0.5, 0.203)),
            (FieldName::PatientKana, at(0.5, 0.16)),
            (FieldName::PatientSex, at(0.1, 0.24)),
            (FieldName::PatientAddress, at(0.1, 0.28)),
            (FieldName::PatientPhone, at(0.5, 0.28)),
            (FieldName::DocumentDate, at(0.6, 0.03)),
            (FieldName::RecipientDepartment, at(0.1, 0.06)),
            (FieldName::Purpose, at(0.1, 0.4)),
            (FieldName::Diagnosis, at(0.1, 0.46)),
            (FieldName::Course, at(0.1, 0.5)),
            (FieldName::History, at(0.1, 0.6)),
            (FieldName::Prescription, at(0.1, 0.7)),
            (FieldName::SenderInstitutionName, at(0.1, 0.9)),
            (FieldName::SenderDoctorName, at(0.1, 0.93)),
            (FieldName::SenderFax, at(0.4, 0.93)),
            (FieldName::SenderPhone, at(0.7, 0.93)),
        ]
        .map(|(field, bbox)| (field.code().to_owned(), bbox))
        .into();
        let below = desk.propose(&delivery, &seed::letter(&boxes), HOUR, HOUR).await;
        open(&browser, &desk, &below).await;
        let expected = [
            "patient_kana", "patient_birth_date", "patient_name", "patient_sex", "patient_address", "patient_phone", "patient_id",
            "document_date", "recipient_department", "purpose", "diagnosis", "course", "history", "prescription", "remarks",
            "sender_institution_name", "sender_doctor_name", "sender_fax", "sender_phone",
        ];
        assert_eq!(rows(&browser).await, expected);
        assert_eq!(parts(&browser).await, "患者 内容 差出元");
        assert_eq!(tabbed(&browser, &rows(&browser).await).await, expected);
        browser.close().await;
    }
}
