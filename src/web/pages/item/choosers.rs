//! The groups of choices: what the reading proposes, what a search found, what is picked. A patient is never picked beforehand.

use super::Extra;
use super::candidates::{self, CandidateView, Chooser};
use crate::db::ReadTx;
use crate::domain::{Candidate, Patient, Recipes, Verdict};
use crate::store::documents::{Document, PatientChoice};
use crate::store::masters;
use crate::web::error::WebError;

/// A proposal of an institution or a doctor at least this sure is picked beforehand; a patient never is.
const PICKED_FROM: f64 = 0.95;
/// Rows that a search of a master shows.
const FOUND: i64 = 8;

/// Puts together candidates, what was searched for, and what is picked.
fn gather(
    proposed: Vec<CandidateView>,
    found: Vec<CandidateView>,
    picked: Option<CandidateView>,
    mark: impl Fn(&CandidateView) -> bool,
) -> Vec<CandidateView> {
    let mut all: Vec<CandidateView> = Vec::new();
    let picked = picked.filter(|p| !proposed.iter().any(|c| c.id == p.id));
    for mut view in picked.into_iter().chain(found).chain(proposed) {
        if !all.iter().any(|c| c.id == view.id) {
            view.on = mark(&view);
            all.push(view);
        }
    }
    for (i, view) in all.iter_mut().enumerate() {
        view.key = if i < 9 { i + 1 } else { 10 };
    }
    all
}

fn asked<'e>(extra: &'e Extra, which: &str) -> &'e str {
    extra.search.as_ref().filter(|s| s.which == which).map(|s| s.text.as_str()).unwrap_or_default()
}

/// The patient to choose.
pub async fn patients(
    tx: &mut ReadTx,
    document: &Document,
    extra: &Extra,
    recipes: &Recipes,
) -> Result<Chooser, WebError> {
    let as_choice = |row: &Patient| CandidateView {
        ticks: candidates::ticks(row, document, &extra.ticked),
        ..candidates::patient(row)
    };
    let mut proposed = Vec::new();
    for candidate in &document.reading.matches.patient {
        let row = masters::patient(tx, &candidate.id).await?;
        let view = row.as_ref().map_or_else(|| candidates::gone(&candidate.id), &as_choice);
        proposed.push(candidates::with_evidence(view, candidate));
    }
    let text = asked(extra, "patient");
    let mut found = Vec::new();
    if !text.is_empty() {
        let rows = masters::search_patients(tx, text, FOUND).await?;
        found = rows.iter().map(|row| with_note(as_choice(row), "検索")).collect();
    }
    let choice = document.patient();
    let mut picked = None;
    if let Some(id) = choice.as_ref().and_then(PatientChoice::id) {
        let row = masters::patient(tx, id).await?;
        picked = Some(row.as_ref().map_or_else(|| candidates::gone(id), &as_choice));
    }
    let on = choice.as_ref().and_then(PatientChoice::id).map(str::to_owned);
    let mut candidates = gather(proposed, found, picked, |view| on.as_ref() == Some(&view.id));
    for view in &mut candidates {
        let Some(row) = masters::patient(tx, &view.id).await? else { continue };
        let alike = masters::mixed_up(tx, &row).await?;
        view.warned = alike.iter().map(|(likeness, other)| candidates::warning(*likeness, other)).collect();
    }
    Ok(Chooser {
        name: "patient",
        legend: "この文書の患者",
        needed: super::view::concerns_patient(document.kind, recipes),
        wrong: extra.errors.iter().any(|(target, _)| target == "choose-patient"),
        candidates,
        none: choice == Some(PatientChoice::NotInMaster),
        none_words: "台帳にない患者（新患など）",
        find_words: "氏名・カナ・生年月日・患者ID・電話で台帳を検索",
        asked: text.to_owned(),
        empty_words: if text.is_empty() {
            "台帳に近い患者は見つかりませんでした。"
        } else {
            "見つかりませんでした。"
        },
        ..Chooser::default()
    })
}

fn with_note(mut view: CandidateView, note: &str) -> CandidateView {
    view.note = note.to_owned();
    view
}

/// The proposal that is picked beforehand while nobody has touched the document.
fn proposal<'d>(document: &Document, candidates: &'d [Candidate]) -> Option<&'d str> {
    let first = candidates.first().filter(|c| document.touched_at.is_none() && c.score >= PICKED_FROM)?;
    let differs = first.evidence.iter().any(|e| e.verdict == Verdict::Differ);
    (!differs).then_some(first.id.as_str())
}

/// The institution to choose.
pub async fn institutions(tx: &mut ReadTx, document: &Document, extra: &Extra) -> Result<Chooser, WebError> {
    let matches = &document.reading.matches.institution;
    let mut proposed = Vec::new();
    for candidate in matches {
        let row = masters::institution(tx, &candidate.id).await?;
        let view = row.as_ref().map_or_else(|| candidates::gone(&candidate.id), candidates::institution);
        proposed.push(candidates::with_evidence(view, candidate));
    }
    let text = asked(extra, "institution");
    let mut found = Vec::new();
    if !text.is_empty() {
        let rows = masters::search_institutions(tx, text, FOUND).await?;
        found = rows.iter().map(|row| with_note(candidates::institution(row), "検索")).collect();
    }
    let on = document.institution_id.as_deref().or_else(|| proposal(document, matches)).map(str::to_owned);
    let mut picked = None;
    if let Some(id) = &document.institution_id {
        let row = masters::institution(tx, id).await?;
        picked = Some(row.as_ref().map_or_else(|| candidates::gone(id), candidates::institution));
    }
    let all = gather(proposed, found, picked, |view| on.as_ref() == Some(&view.id));
    Ok(Chooser {
        name: "institution",
        legend: "差出元の医療機関",
        folded: text.is_empty() && on.is_some(),
        candidates: picked_first(all),
        none: on.is_none() && document.touched_at.is_some(),
        none_words: "台帳にない・わからない",
        find_words: "名称・コード・電話・FAXで台帳を検索",
        asked: text.to_owned(),
        empty_words: if text.is_empty() {
            "台帳に近い医療機関は見つかりませんでした。"
        } else {
            "見つかりませんでした。"
        },
        ..Chooser::default()
    })
}

/// The doctor to choose.
pub async fn doctors(tx: &mut ReadTx, document: &Document, extra: &Extra) -> Result<Chooser, WebError> {
    let matches = &document.reading.matches.doctor;
    let mut proposed = Vec::new();
    for candidate in matches {
        let row = masters::doctor(tx, &candidate.id).await?;
        let view = row.as_ref().map_or_else(|| candidates::gone(&candidate.id), candidates::doctor);
        proposed.push(candidates::with_evidence(view, candidate));
    }
    let text = asked(extra, "doctor");
    let mut found = Vec::new();
    if !text.is_empty() {
        let rows = masters::search_doctors(tx, text, FOUND).await?;
        found = rows.iter().map(|row| with_note(candidates::doctor(row), "検索")).collect();
    }
    let on = document.doctor_id.as_deref().or_else(|| proposal(document, matches)).map(str::to_owned);
    let mut picked = None;
    if let Some(id) = &document.doctor_id {
        let row = masters::doctor(tx, id).await?;
        picked = Some(row.as_ref().map_or_else(|| candidates::gone(id), candidates::doctor));
    }
    let all = gather(proposed, found, picked, |view| on.as_ref() == Some(&view.id));
    Ok(Chooser {
        name: "doctor",
        legend: "差出医師",
        folded: text.is_empty() && on.is_some(),
        candidates: picked_first(all),
        none: on.is_none() && document.touched_at.is_some(),
        none_words: "台帳にない・わからない",
        find_words: "医師名・カナで台帳を検索",
        asked: text.to_owned(),
        empty_words: if text.is_empty() {
            "台帳に近い医師は見つかりませんでした。"
        } else {
            "見つかりませんでした。"
        },
        ..Chooser::default()
    })
}

fn picked_first(mut all: Vec<CandidateView>) -> Vec<CandidateView> {
    all.sort_by_key(|view| !view.on);
    all
}
