//! Free text in places and under words that no recipe lists.

use super::*;
use crate::domain::{BBox, Line, PageNo, PageText, Word};
use crate::stages::recipes;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 2200;
const EM: f32 = 28.0;

fn at(left: f32, top: f32, right: f32, bottom: f32) -> BBox {
    let (w, h) = (WIDTH as f32, HEIGHT as f32);
    BBox::new(left * EM / w, top * EM / h, right * EM / w, bottom * EM / h)
}

/// A page of lines (left and top in ems, and what stands there) and of ruled cells.
fn page(lines: &[(f32, f32, &str)], cells: &[(f32, f32, f32, f32)]) -> ReadPage {
    let line = |(left, top, text): &(f32, f32, &str)| {
        let letters = text.chars().enumerate().filter(|(_, c)| *c != '　');
        let word = |(i, c): (usize, char)| {
            let x = left + i as f32;
            Word { text: c.to_string(), bbox: at(x, *top, x + 1.0, top + 1.0), confidence: 0.9 }
        };
        let words: Vec<Word> = letters.map(word).collect();
        Line { bbox: at(*left, *top, left + text.chars().count() as f32, top + 1.0), words }
    };
    let lines = lines.iter().map(line).collect();
    let cells = cells.iter().map(|(l, t, r, b)| at(*l, *t, *r, *b)).collect();
    let text = PageText { width_px: WIDTH, height_px: HEIGHT, lines, cells, ..PageText::default() };
    ReadPage { no: PageNo(1), part: 1, text }
}

fn value(kind: Kind, page: &ReadPage, field: FieldName) -> Option<String> {
    let hospital = Hospital { name: "みなと台総合病院".into(), ..Hospital::default() };
    extract(&[page], kind, &recipes::embedded(), &hospital).get(&field).map(|found| found.value.clone())
}

#[test]
fn rows_of_medicines_go_on_in_the_cells_to_the_right() {
    let page = page(
        &[
            (4.0, 10.0, "■内服・外用"),
            (4.5, 12.0, "アムロジピン錠5mg"),
            (30.0, 12.0, "1錠 分1"),
            (42.0, 12.0, "朝食後"),
            (4.5, 14.0, "酸化マグネシウム錠330mg"),
            (30.0, 14.0, "3錠 分3"),
            (42.0, 14.0, "毎食後"),
            (4.0, 17.0, "■連絡事項 ご家族が付き添われます。"),
        ],
        &[
            (4.0, 11.6, 29.0, 13.4),
            (29.0, 11.6, 41.0, 13.4),
            (41.0, 11.6, 52.0, 13.4),
            (4.0, 13.4, 29.0, 15.4),
            (29.0, 13.4, 41.0, 15.4),
            (41.0, 13.4, 52.0, 15.4),
        ],
    );
    let taken = "アムロジピン錠5mg 1錠分1 朝食後\n酸化マグネシウム錠330mg 3錠分3 毎食後";
    let said = value(Kind::ReferralLetter, &page, FieldName::Prescription).map(|v| v.replace("錠 分", "錠分"));
    assert_eq!(said.as_deref(), Some(taken));
}

#[test]
fn a_line_with_the_sign_of_its_heading_ends_a_text() {
    let lines = [
        (4.0, 10.0, "#既往歴"),
        (4.0, 11.3, "胆石症の手術をうけています。"),
        (4.0, 12.6, "#採血"),
        (4.0, 13.9, "WBC 6210"),
    ];
    let said = value(Kind::ReferralLetter, &page(&lines, &[]), FieldName::History);
    assert_eq!(said.as_deref(), Some("胆石症の手術をうけています。"));
}

#[test]
fn a_line_with_the_number_after_that_of_its_heading_ends_a_text() {
    let lines = [
        (4.0, 10.0, "6.備考"),
        (4.0, 11.3, "挙児希望はありません。"),
        (4.0, 12.6, "7.添付検査成績"),
        (4.0, 13.9, "1)ペニシリンで発疹が出ました。"),
    ];
    let said = value(Kind::ReferralLetter, &page(&lines, &[]), FieldName::Remarks);
    assert_eq!(said.as_deref(), Some("挙児希望はありません。"));
}

#[test]
fn all_the_days_that_suit_are_asked_for() {
    let lines = [
        (4.0, 4.0, "依頼日 2025年7月29日"),
        (4.0, 10.0, "希望日"),
        (12.0, 10.0, "第1　8/5(火)"),
        (23.0, 10.0, "第2　8/6(水)"),
        (34.0, 10.0, "第3　8/7(木)"),
    ];
    let said = value(Kind::ExamRequest, &page(&lines, &[]), FieldName::DesiredDates);
    assert_eq!(said.as_deref(), Some("2025-08-05,2025-08-06,2025-08-07"));
}

#[test]
fn medicines_under_the_sentence_that_announces_them_are_no_part_of_the_letter() {
    let lines = [
        (4.0, 10.0, "一年前から間欠性跛行があり、左下肢のしびれが徐々に増悪しております。"),
        (4.0, 12.0, "手術適応のご判断をお願いいたします。"),
        (4.0, 14.0, "なお、現在の処方は以下のとおりです。"),
        (5.0, 15.3, "・プレガバリンOD錠75mg 2錠"),
        (5.0, 16.6, "・クロピドグレル錠75mg 1錠"),
        (4.0, 18.6, "何卒よろしくお願い申し上げます。"),
    ];
    let page = page(&lines, &[]);
    let said = |field| value(Kind::ReferralLetter, &page, field);
    let listed = "・プレガバリンOD錠75mg 2錠\n・クロピドグレル錠75mg 1錠";
    assert_eq!(
        said(FieldName::Prescription).map(|v| v.replace("mg2", "mg 2").replace("mg1", "mg 1")).as_deref(),
        Some(listed)
    );
    assert_eq!(said(FieldName::Purpose).as_deref(), Some("手術適応のご判断をお願いいたします。"));
    assert_eq!(
        said(FieldName::Course).as_deref(),
        Some("一年前から間欠性跛行があり、左下肢のしびれが徐々に増悪しております。")
    );
}

#[test]
fn medicines_that_a_reply_announces_stay_in_what_it_tells() {
    let lines = [
        (4.0, 10.0, "心臓超音波検査では左室の動きは良好で、弁膜症は認めませんでした。"),
        (4.0, 12.0, "なお、今後の内服は以下のとおりです。"),
        (5.0, 13.3, "・アムロジピン錠5mg 1錠"),
        (4.0, 15.3, "外来で経過をみさせていただきますので、ご安心ください。"),
    ];
    let said = value(Kind::ReplyLetter, &page(&lines, &[]), FieldName::Course);
    assert!(said.is_some_and(|course| course.contains("アムロジピン")));
}

#[test]
fn what_stands_under_any_heading_of_a_report_without_other_text_is_a_remark() {
    let lines =
        [(4.0, 10.0, "報告内容・薬剤師からの提案"), (4.0, 11.3, "朝食後にまとめていただくことをご提案します。")];
    let page = page(&lines, &[]);
    let said = value(Kind::MedicationReport, &page, FieldName::Remarks);
    assert_eq!(said.as_deref(), Some("朝食後にまとめていただくことをご提案します。"));
}

#[test]
fn the_department_between_an_institution_and_who_writes_is_the_senders() {
    let lines = [
        (20.0, 3.0, "診療情報提供書"),
        (4.0, 6.0, "みなと台総合病院 御中"),
        (4.0, 9.0, "海辺病院　消化器内科　佐藤一郎"),
    ];
    let page = page(&lines, &[]);
    let said = |field| value(Kind::ReplyLetter, &page, field);
    assert_eq!(said(FieldName::SenderInstitutionName).as_deref(), Some("海辺病院"));
    assert_eq!(said(FieldName::SenderDepartment).as_deref(), Some("消化器内科"));
    assert!(said(FieldName::SenderDoctorName).is_some_and(|name| name.replace(' ', "") == "佐藤一郎"));
}

#[test]
fn of_the_parts_of_the_body_only_the_ticked_ones_are_asked_for() {
    let lines = [(4.0, 10.0, "部位"), (12.0, 10.0, "□頭部　□胸部　☑腹部　☑骨盤　□四肢")];
    let said = value(Kind::ExamRequest, &page(&lines, &[]), FieldName::BodyPart);
    assert_eq!(said.as_deref(), Some("腹部、骨盤"));
    let lines = [(4.0, 10.0, "部位"), (12.0, 10.0, "□頭部　□胸部　□四肢")];
    assert_eq!(value(Kind::ExamRequest, &page(&lines, &[]), FieldName::BodyPart), None, "none is ticked");
}

#[test]
fn what_is_asked_for_stands_behind_its_one_word() {
    let lines = [
        (4.0, 8.0, "予約のご希望"),
        (4.0, 9.5, "診療科：心臓血管外科"),
        (4.0, 14.0, "病名：大動脈弁狭窄症"),
        (4.0, 15.5, "内容：手術適応の評価をお願いします"),
    ];
    let page = page(&lines, &[]);
    let said = |field| value(Kind::AppointmentRequest, &page, field);
    assert_eq!(said(FieldName::Diagnosis).as_deref(), Some("大動脈弁狭窄症"));
    assert_eq!(said(FieldName::Purpose).as_deref(), Some("手術適応の評価をお願いします"));
    assert_eq!(said(FieldName::RecipientDepartment).as_deref(), Some("心臓血管外科"));
    assert_eq!(said(FieldName::SenderDepartment), None);
}

#[test]
fn our_own_name_before_the_office_is_no_part_of_it() {
    let lines = [(4.0, 6.0, "送付先 みなと台総合病院地域連携センター")];
    let said = value(Kind::AppointmentRequest, &page(&lines, &[]), FieldName::RecipientDepartment);
    assert_eq!(said.as_deref(), Some("地域連携センター"));
}

#[test]
fn three_labels_in_one_cell_stand_before_one_text() {
    let lines = [
        (4.5, 10.0, "症状経過"),
        (4.5, 11.5, "検査結果"),
        (4.5, 13.0, "治療経過"),
        (13.0, 10.6, "一年前から左下肢のしびれが増悪しています。"),
        (13.0, 12.2, "神経根ブロックの効果は一時的でした。"),
    ];
    let page = page(&lines, &[(4.0, 9.6, 12.0, 14.4), (12.0, 9.6, 52.0, 14.4)]);
    assert_eq!(
        value(Kind::ReferralLetter, &page, FieldName::Course).as_deref(),
        Some("一年前から左下肢のしびれが増悪しています。\n神経根ブロックの効果は一時的でした。")
    );
}

#[test]
fn an_examination_that_stands_first_among_several_is_not_asked_for_by_that() {
    let row = [
        (4.0, 10.0, "検査項目　腹部エコー"),
        (20.0, 10.0, "心エコー"),
        (28.0, 10.0, "胃内視鏡"),
        (36.0, 10.0, "骨密度"),
    ];
    assert_eq!(value(Kind::ExamRequest, &page(&row, &[]), FieldName::Modality), None, "none is marked");
    let alone = value(Kind::ExamRequest, &page(&row[..1], &[]), FieldName::Modality);
    assert_eq!(alone.as_deref(), Some("US"), "what stands alone is");
}
