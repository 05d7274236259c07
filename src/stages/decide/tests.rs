//! One certain document, and everything that must hold it back.

use super::*;
use crate::domain::{BBox, Candidate, FieldRecipe, Found, KindRecipe, Line, PageNo, PageText, Place, Spot, Word};
use std::collections::BTreeMap;

fn found(value: &str) -> Found {
    let spot = Spot { page: PageNo(1), bbox: BBox::new(0.1, 0.2, 0.4, 0.22) };
    Found {
        value: value.to_owned(),
        raw: value.to_owned(),
        confidence: 0.9,
        spot,
        alternatives: vec![],
        learned_from: None,
        from_master: false,
        decided_by: None,
    }
}

fn evidence(list: &[(FieldName, Verdict, &str)]) -> Vec<Evidence> {
    let one = |(field, verdict, master): &(FieldName, Verdict, &str)| Evidence {
        field: *field,
        verdict: *verdict,
        seen: String::new(),
        master: (*master).to_owned(),
    };
    list.iter().map(one).collect()
}

struct Case {
    kind: Kind,
    kind_confidence: f32,
    fields: Fields,
    matches: Matches,
    recipes: Recipes,
    demands: Demands,
    pages: Vec<ReadPage>,
    header: HeaderLine,
    file_pages: u32,
}

fn numbered(page: u32, of: u32) -> HeaderLine {
    HeaderLine { page: Some(page), of: Some(of), ..HeaderLine::default() }
}

fn line(text: &str, top: f32) -> Line {
    let bbox = BBox::new(0.1, top, 0.6, top + 0.02);
    Line { bbox, words: vec![Word { text: text.to_owned(), bbox, confidence: 0.9 }] }
}

fn words(texts: &[&str], top: f32) -> Line {
    let bbox = BBox::new(0.1, top, 0.6, top + 0.02);
    Line { bbox, words: texts.iter().map(|t| Word { text: (*t).to_owned(), bbox, confidence: 0.9 }).collect() }
}

fn certain() -> Case {
    use FieldName::*;
    use Verdict::Agree;
    let fields: Fields = BTreeMap::from([
        (PatientName, found("例田 春子")),
        (PatientBirthDate, found("1950-04-05")),
        (DocumentDate, found("2025-05-01")),
        (SenderInstitutionName, found("見本医院")),
    ]);
    let patient = Candidate {
        id: "1".into(),
        score: 0.9999,
        evidence: evidence(&[(PatientName, Agree, "例田 春子"), (PatientBirthDate, Agree, "1950-04-05")]),
    };
    let institution = Candidate {
        id: "M1".into(),
        score: 0.9999,
        evidence: evidence(&[(SenderInstitutionName, Agree, "見本医院"), (SenderPhone, Agree, "0123-45-6789")]),
    };
    let recipe = KindRecipe {
        kind: Kind::ReferralLetter,
        titles: vec![],
        cues: vec![],
        patient: true,
        confirmable: true,
        restricted: false,
        due: crate::domain::Due::usual(),
        fields: vec![FieldRecipe {
            field: DocumentDate,
            labels: vec![],
            within: vec![],
            places: vec![Place::Right],
            needed: true,
        }],
    };
    let text = PageText {
        lines: vec![line("例示中央病院 御中", 0.05), line("生年月日 昭和25年4月5日 75歳", 0.2)],
        ..PageText::default()
    };
    Case {
        kind: Kind::ReferralLetter,
        kind_confidence: 0.98,
        fields,
        matches: Matches { patient: vec![patient], institution: vec![institution], doctor: vec![] },
        recipes: Recipes { kinds: vec![recipe], ..Recipes::default() },
        demands: Demands::default(),
        pages: vec![ReadPage { no: PageNo(1), part: 1, text }],
        header: numbered(1, 1),
        file_pages: 1,
    }
}

fn decided(change: impl FnOnce(&mut Case)) -> (Decision, Vec<AlertCode>, Vec<String>) {
    let mut case = certain();
    change(&mut case);
    let hospital = Hospital { name: "例示中央病院".into(), ..Hospital::default() };
    let pages: Vec<&ReadPage> = case.pages.iter().collect();
    let (decision, alerts, reasons) = decide(&DecideInput {
        kind: case.kind,
        kind_confidence: case.kind_confidence,
        fields: &case.fields,
        matches: &case.matches,
        recipes: &case.recipes,
        demands: &case.demands,
        hospital: &hospital,
        pages: &pages,
        headers: &[case.header],
        file_pages: case.file_pages,
        today: jiff::civil::date(2025, 5, 2),
    });
    (decision, alerts.into_iter().map(|a| a.code).collect(), reasons)
}

#[test]
fn what_a_manager_demands_holds_a_document_back_though_the_master_agrees() {
    let demand = |field, least| Demands::new([(field, crate::domain::Millionths(least))]);
    let of = |demands: Demands| decided(move |case| case.demands = demands);
    assert_eq!(of(Demands::default()).0, Decision::Ready);
    // Every value is 0.9 sure.
    assert_eq!(of(demand(FieldName::PatientBirthDate, 900_000)).0, Decision::Ready);
    let (decision, _, reasons) = of(demand(FieldName::PatientBirthDate, 900_001));
    assert_eq!(decision, Decision::Review);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("生年月日") && reasons[0].contains("基準（0.900）"), "{reasons:?}");
    assert_eq!(of(demand(FieldName::PatientPhone, 990_000)).0, Decision::Ready, "what was not read is no doubt");
    assert_eq!(of(demand(FieldName::Modality, 990_000)).0, Decision::Ready, "nor what is not asked of that kind");
    // And never less than the program demands.
    held_back("不確か", |case| {
        case.demands = demand(FieldName::DocumentDate, 10);
        case.fields.get_mut(&FieldName::DocumentDate).expect("a date").confidence = 0.5;
    });
}

/// The change must hold the document back, and a reason must say `word`.
fn held_back(word: &str, change: impl FnOnce(&mut Case)) {
    let (decision, _, reasons) = decided(change);
    assert_eq!(decision, Decision::Review);
    assert!(reasons.iter().any(|r| r.contains(word)), "{word}: {reasons:?}");
}

fn set(list: &mut [Evidence], field: FieldName, verdict: Verdict) {
    for e in list.iter_mut().filter(|e| e.field == field) {
        e.verdict = verdict;
    }
}

#[test]
fn everything_certain_is_ready() {
    let (decision, alerts, reasons) = decided(|_| {});
    assert_eq!((decision, alerts, reasons), (Decision::Ready, vec![], vec![]));
}

#[test]
fn an_uncertain_kind_or_value_is_for_a_person() {
    held_back("種類", |c| c.kind_confidence = 0.96);
    held_back("種類", |c| c.kind = Kind::Unknown);
    held_back("文書日付", |c| {
        c.fields.remove(&FieldName::DocumentDate);
    });
    held_back("文書日付", |c| c.fields.get_mut(&FieldName::DocumentDate).unwrap().confidence = 0.3);
}

#[test]
fn every_doubt_about_the_patient_is_for_a_person() {
    held_back("台帳に該当者", |c| c.matches.patient.clear());
    held_back("台帳に該当者", |c| c.matches.patient[0].score = 0.4);
    held_back("確実ではありません", |c| c.matches.patient[0].score = 0.98);
    held_back("生年月日", |c| set(&mut c.matches.patient[0].evidence, FieldName::PatientBirthDate, Verdict::Close));
    held_back("患者氏名", |c| set(&mut c.matches.patient[0].evidence, FieldName::PatientName, Verdict::Close));
    held_back("改姓", |c| set(&mut c.matches.patient[0].evidence, FieldName::PatientName, Verdict::Differ));
    held_back("性別", |c| {
        c.matches.patient[0].evidence.extend(evidence(&[(FieldName::PatientSex, Verdict::Differ, "male")]));
    });
    held_back("患者ID", |c| {
        c.matches.patient[0].evidence.extend(evidence(&[(FieldName::PatientId, Verdict::Differ, "9")]));
    });
    held_back("2項目", |c| c.matches.patient[0].evidence.truncate(1));
    held_back("患者氏名が読み取れて", |c| {
        c.fields.remove(&FieldName::PatientName);
    });
}

#[test]
fn twins_need_the_number_and_namesakes_a_clear_birth_date() {
    use FieldName::*;
    use Verdict::*;
    let twin = || Candidate {
        id: "2".into(),
        score: 1e-6,
        evidence: evidence(&[(PatientName, Differ, "例田 夏子"), (PatientBirthDate, Agree, "1950-04-05")]),
    };
    held_back("双子", |c| c.matches.patient.push(twin()));
    let (decision, alerts, _) = decided(|c| {
        c.matches.patient.push(twin());
        c.matches.patient[0].evidence.extend(evidence(&[(PatientId, Agree, "1")]));
    });
    assert_eq!((decision, alerts), (Decision::Ready, vec![AlertCode::SimilarPatient]));
    let namesake = |birth: Verdict| Candidate {
        id: "3".into(),
        score: 1e-4,
        evidence: evidence(&[(PatientName, Agree, "例田 春子"), (PatientBirthDate, birth, "1950-04-06")]),
    };
    held_back("同姓同名", |c| c.matches.patient.push(namesake(Close)));
    let (decision, alerts, _) = decided(|c| c.matches.patient.push(namesake(Differ)));
    assert_eq!((decision, alerts), (Decision::Ready, vec![AlertCode::SimilarPatient]));
}

#[test]
fn every_doubt_about_the_sender_is_for_a_person() {
    use FieldName::*;
    held_back("差出医療機関", |c| c.matches.institution.clear());
    held_back("名称だけ", |c| c.matches.institution[0].evidence.truncate(1));
    held_back("電話・FAX", |c| set(&mut c.matches.institution[0].evidence, SenderPhone, Verdict::Differ));
    held_back("名称が台帳と異なります", |c| {
        set(&mut c.matches.institution[0].evidence, SenderInstitutionName, Verdict::Differ);
    });
    held_back("コード", |c| {
        c.matches.institution[0].evidence.extend(evidence(&[(SenderInstitutionCode, Verdict::Differ, "1")]));
    });
    held_back("複数", |c| {
        let other = Candidate { id: "M2".into(), score: 0.01, evidence: vec![] };
        c.matches.institution.push(other);
    });
}

#[test]
fn alerts_are_raised_and_hold_the_document_back() {
    let raised = |code: AlertCode, change: &dyn Fn(&mut Case)| {
        let (decision, alerts, _) = decided(|c| change(c));
        assert!(alerts.contains(&code), "{code:?}");
        assert_eq!(decision, Decision::Review, "{code:?}");
    };
    raised(AlertCode::MissingPage, &|c| c.header = numbered(1, 3));
    raised(AlertCode::MissingPage, &|c| c.header = numbered(901, 993));
    raised(AlertCode::MissingPage, &|c| c.header = numbered(91, 93));
    raised(AlertCode::MissingPage, &|c| c.header = numbered(35, 91));
    raised(AlertCode::MissingPage, &|c| c.header = numbered(8, 96));
    raised(AlertCode::OtherRecipient, &|c| c.pages[0].text.lines[0] = line("遠方総合病院 地域医療連携室 御中", 0.05));
    raised(AlertCode::MaskedName, &|c| {
        c.fields.insert(FieldName::PatientName, found("●田●子"));
    });
    raised(AlertCode::CheckDigit, &|c| {
        c.fields.insert(FieldName::SenderInstitutionCode, found("0113613658"));
    });
    for (field, date) in [
        (FieldName::DocumentDate, "2025-06-01"),
        (FieldName::DocumentDate, "2025-02-30"),
        (FieldName::PatientBirthDate, "1890-01-01"),
    ] {
        raised(AlertCode::ImpossibleDate, &|c| {
            c.fields.insert(field, found(date));
        });
    }
    raised(AlertCode::AgeMismatch, &|c| c.pages[0].text.lines[1] = line("生年月日 昭和25年4月5日 57歳", 0.2));
    raised(AlertCode::AgeMismatch, &|c| c.pages[0].text.lines[1] = words(&["S25.4.5", "57", "歳"], 0.2));
    raised(AlertCode::AgeMismatch, &|c| c.pages[0].text.lines[1] = words(&["S25.4.5", "(5", "7", "歳)"], 0.2));
    raised(AlertCode::PacemakerMri, &|c| {
        c.fields.insert(FieldName::Modality, found("MRI"));
        c.fields.insert(FieldName::Pacemaker, found("yes"));
    });
}

#[test]
fn contrast_without_kidney_values_is_told_but_holds_nothing_back() {
    let of = |text: &str| {
        decided(|c| {
            c.kind = Kind::ExamRequest;
            c.recipes.kinds[0].kind = Kind::ExamRequest;
            c.fields.insert(FieldName::Contrast, found("yes"));
            c.pages[0].text.lines.push(line(text, 0.4));
        })
    };
    let (decision, alerts, _) = of("腎機能 eGFR 、造影剤アレルギー 無");
    assert_eq!((decision, alerts), (Decision::Ready, vec![AlertCode::ContrastKidney]));
    assert_eq!(of("Cre 0.82 mg/dL").1, vec![]);
    assert_eq!(of("eGFR: 64.5").1, vec![]);
}

#[test]
fn what_the_master_confirms_or_sets_right_is_no_doubt() {
    use FieldName::*;
    use Verdict::*;
    let (decision, ..) = decided(|c| {
        c.recipes.kinds[0].fields[0].field = PatientBirthDate;
        c.fields.get_mut(&PatientBirthDate).unwrap().confidence = 0.3;
    });
    assert_eq!(decision, Decision::Ready, "hard to read, and just this patient's");
    let misread = |amended: bool| {
        decided(|c| {
            c.fields.get_mut(&PatientName).unwrap().from_master = amended;
            set(&mut c.matches.patient[0].evidence, PatientName, Differ);
            let more = evidence(&[(PatientKana, Agree, "レイダ ハルコ"), (PatientPhone, Agree, "1")]);
            c.matches.patient[0].evidence.extend(more);
        })
        .0
    };
    assert_eq!((misread(true), misread(false)), (Decision::Ready, Decision::Review));
    let sender = |amended: bool| {
        decided(|c| {
            c.fields.get_mut(&SenderInstitutionName).unwrap().from_master = amended;
            set(&mut c.matches.institution[0].evidence, SenderInstitutionName, Differ);
        })
        .0
    };
    assert_eq!((sender(true), sender(false)), (Decision::Ready, Decision::Review));
}

#[test]
fn what_is_as_it_should_be_raises_nothing() {
    let quiet = |change: &dyn Fn(&mut Case)| assert_eq!(decided(|c| change(c)).1, vec![]);
    quiet(&|c| {
        c.header = numbered(2, 3);
        c.file_pages = 3;
    });
    quiet(&|c| c.header = numbered(991, 901));
    quiet(&|c| c.header = numbered(91, 91));
    quiet(&|c| c.header = numbered(1, 81));
    quiet(&|c| {
        c.header = numbered(68, 69);
        c.file_pages = 9;
    });
    quiet(&|c| {
        c.fields.insert(FieldName::Contrast, found("yes"));
    });
    quiet(&|c| c.pages[0].text.lines[0] = line("例示中央病院長 殿", 0.05));
    quiet(&|c| c.pages[0].text.lines[0] = line("見本医院 御中", 0.05));
    quiet(&|c| {
        c.fields.insert(FieldName::SenderInstitutionCode, found("0113613657"));
    });
    quiet(&|c| c.pages[0].text.lines[1] = line("生年月日 昭和25年4月5日 満74歳", 0.2));
    quiet(&|c| c.pages[0].text.lines[1] = words(&["S25.4.5", "75", "歳"], 0.2));
    quiet(&|c| c.pages[0].text.lines[1] = words(&["S25.4.5", "(7", "5", "才)"], 0.2));
    quiet(&|c| c.pages[0].text.lines[1] = line("S25.4.575歳", 0.2));
}

#[test]
fn a_page_without_text_is_unreadable() {
    let (decision, _, reasons) = decided(|c| {
        c.fields.clear();
        c.pages[0].text.lines.clear();
    });
    assert_eq!(decision, Decision::Unreadable);
    assert_eq!(reasons.len(), 1);
}
