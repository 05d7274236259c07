//! A small truth and answers that are right, or wrong in one way each.

use super::*;

const TRUTH: &str = r#"{"file":"a.tif","error":null,"blank_pages":[3],"documents":[{"pages":[1,2],"rotation":[0,180],"kind":"referral_letter","degradation":"fine","handwritten":false,"fields":{"patient_name":{"value":"髙山 春子"},"sender_phone":{"value":"0123-45-6789"},"sender_institution_name":{"value":"医療法人 例示会 見本医院","alt":["見本医院"]},"diagnosis":{"value":"早期胃癌疑い"}},"optional_fields":{"sender_fax":{"value":"0123-45-6790"}},"matches":{"patient":[{"id":"1"}],"institution":[{"id":"M1"}],"doctor":[]}},{"pages":[4],"rotation":[0],"kind":"lab_report","degradation":"poor","handwritten":true,"fields":{"patient_name":{"value":"例田 太郎"}},"matches":{"patient":[],"institution":[],"doctor":[]}}]}
{"file":"b.eml","error":{"code":"encrypted"},"documents":[]}
{"file":"c.pdf","error":null,"documents":[{"pages":[1],"rotation":[90],"kind":"second_opinion_request","degradation":"poor","handwritten":false,"ambiguous":["institution"],"fields":{"patient_name":{"value":"例田 次郎"}},"matches":{"patient":[{"id":"2"}],"institution":[{"id":"M9"}],"doctor":[]}}]}
"#;

/// Answers that are right in everything, declared ready.
fn perfect() -> Vec<Value> {
    let truth = lines(TRUTH).unwrap();
    let answer = |t: &Value| {
        let documents: Vec<Value> = items(&t["documents"])
            .iter()
            .map(|d| {
                let scored = |who: &str| -> Vec<Value> {
                    items(&d["matches"][who]).iter().map(|m| json!({"id": m["id"], "score": 0.99})).collect()
                };
                json!({"pages": d["pages"], "rotation": d["rotation"], "kind": d["kind"], "kind_confidence": 1.0,
                    "decision": "ready", "fields": d["fields"],
                    "matches": {"patient": scored("patient"), "institution": scored("institution"), "doctor": []}})
            })
            .collect();
        json!({"file": t["file"], "error": t["error"], "documents": documents})
    };
    truth.iter().map(answer).collect()
}

fn after(change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut got = perfect();
    change(&mut got);
    measured(&lines(TRUTH).unwrap(), got).json(&["degradation"])
}

#[test]
fn a_perfect_answer_has_perfect_figures() {
    let r = after(|_| {});
    for k in [
        "split_accuracy",
        "rotation_accuracy",
        "kind_accuracy",
        "field_exact",
        "patient_top1_recall",
        "patient_correct_none",
        "straight_through_correct_rate",
        "error_code_accuracy",
        "file_split_accuracy",
    ] {
        assert_eq!(r[k], json!(100.0), "{k}");
    }
    assert_eq!(r["free_text_cer"], json!(0.0));
    assert_eq!(r["WRONG_LINK_at_ready"], json!(0));
    assert_eq!(r["by"]["degradation"]["poor"]["documents"], json!(2));
}

#[test]
fn a_wrong_patient_counts_at_ready_only() {
    let r = after(|g| g[0]["documents"][0]["matches"]["patient"][0]["id"] = json!("9"));
    assert_eq!(r["wrong_link_by"], json!({"patient_other": 1}));
    let r = after(|g| {
        g[0]["documents"][0]["matches"]["patient"][0]["id"] = json!("9");
        g[0]["documents"][0]["decision"] = json!("review");
    });
    assert_eq!(r["WRONG_LINK_at_ready"], json!(0));
    assert_eq!(r["patient_top1_recall"], json!(50.0));
}

#[test]
fn missed_and_invented_people_count() {
    let r = after(|g| g[0]["documents"][0]["matches"]["patient"] = json!([{"id": "1", "score": 0.4}]));
    assert_eq!(r["wrong_link_by"], json!({"patient_missing": 1}));
    assert_eq!(r["patient_top1_recall"], json!(100.0));
    assert_eq!(r["patient_linked_recall"], json!(50.0));
    let r = after(|g| g[0]["documents"][1]["matches"]["patient"] = json!([{"id": "1", "score": 0.9}]));
    assert_eq!(r["wrong_link_by"], json!({"patient_false": 1}));
    assert_eq!(r["patient_correct_none"], json!(0.0));
}

#[test]
fn an_ambiguous_link_may_be_left_out_but_not_be_wrong() {
    let r = after(|g| g[2]["documents"][0]["matches"]["institution"] = json!([]));
    assert_eq!(r["WRONG_LINK_at_ready"], json!(0));
    let r = after(|g| g[2]["documents"][0]["matches"]["institution"][0]["id"] = json!("M8"));
    assert_eq!(r["wrong_link_by"], json!({"institution_other": 1}));
}

#[test]
fn pages_kinds_and_turns_count() {
    let r = after(|g| {
        g[0]["documents"][0]["pages"] = json!([1]);
        g[0]["documents"][0]["rotation"] = json!([90]);
    });
    assert_eq!(r["ready_with_wrong_pages"], json!(1));
    assert_eq!(r["rotation_accuracy"], json!(50.0));
    let r = after(|g| g[2]["documents"][0]["kind"] = json!("notice"));
    assert_eq!(r["wrong_link_by"], json!({"kind": 1}));
    assert_eq!(r["kind_confusion"], json!({"second_opinion_request -> notice": 1}));
    let r = after(|g| g[2]["documents"] = json!([]));
    assert_eq!(r["documents_missed"], json!(1));
    let r = after(|g| g[2]["documents"][0]["pages"] = json!([1, 7]));
    assert_eq!(r["file_split_accuracy"], json!(66.66666666666667));
}

#[test]
fn fields_are_compared_by_their_type() {
    let r = after(|g| {
        let f = &mut g[0]["documents"][0]["fields"];
        f["patient_name"] = json!({"value": "高山春子"});
        f["sender_phone"] = json!({"value": "(0123)45 6789"});
        f["sender_institution_name"] = json!({"value": "見本医院"});
        f["diagnosis"] = json!({"value": "早期胃がん疑い"});
        f["sender_fax"] = json!({"value": "0123456790"});
        f["facility"] = json!({"value": "図書室"});
    });
    assert_eq!(r["fields"]["patient_name"]["wrong"], json!(1));
    assert_eq!(r["fields"]["patient_name"]["exact_itaiji"], json!(100.0));
    assert_eq!(r["fields"]["sender_phone"]["exact"], json!(100.0));
    assert_eq!(r["fields"]["sender_institution_name"]["exact"], json!(100.0));
    assert_eq!(r["fields"]["diagnosis"]["cer"], json!(33.33333));
    assert_eq!(r["fields"]["facility"]["spurious"], json!(1));
    assert!(r["fields"].get("sender_fax").is_none());
}

#[test]
fn an_unanswered_file_is_an_error_and_misses_its_documents() {
    let r = after(|g| {
        g.remove(2);
    });
    assert_eq!(r["files"]["unanswered"], json!(1));
    assert_eq!(r["documents_missed"], json!(1));
    assert_eq!(r["files"]["good_without_error"], json!(1));
    let table = measured(&lines(TRUTH).unwrap(), Vec::new()).print(&["kind"]);
    assert!(table.contains("documents 3 (got 0, missed 3, spurious 0)"), "{table}");
}

#[test]
fn typed_readings_score_as_their_json_does() {
    let got: Vec<FileReading> = vec![FileReading {
        file: "dir/b.eml".into(),
        error: Some(crate::domain::Trouble::Encrypted.into()),
        documents: Vec::new(),
    }];
    let r = score(TRUTH, &got).unwrap().json(&[]);
    assert_eq!(r["error_code_accuracy"], json!(100.0));
    assert!(score("not json", &got).is_err());
}

#[test]
fn probabilities_are_set_against_what_was_right() {
    let r = after(|g| g[0]["documents"][0]["matches"]["patient"] = json!([{"id": "9", "score": 0.6}]));
    assert_eq!(r["reliability"]["patient"][0], json!({"from": 0.5, "n": 1, "said": 0.6, "right": 0.0}));
}
