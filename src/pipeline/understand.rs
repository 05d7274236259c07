//! Pages of text to proposed documents: split → classify → extract → match → amend → weigh → decide, strung together. Pure; never stores anything.

use crate::domain::{Candidate, Decision, Demands, DocumentReading, Doubt, Hospital, Kind, ReadPage, Recipes};
use crate::stages::classify::model::Model;
use crate::stages::decide::{DecideInput, decide};
use crate::stages::matching::{Index, Line};
use crate::stages::memory::Memory;
use crate::stages::{amend, classify, extract, header, split, sureness, vertical};
use std::sync::Arc;

/// Confidence from which one page's own kind speaks against its document's.
const CLEAR: f32 = 0.97;

/// What understanding needs to know beside the pages.
#[derive(Clone)]
pub struct Knowledge {
    /// Kinds and fields.
    pub recipes: Arc<Recipes>,
    /// How signs are weighed to tell kinds apart.
    pub model: Arc<Model>,
    /// How likely a value is right; without it, each keeps what extraction makes of its own work.
    pub sureness: Option<Arc<sureness::Weights>>,
    /// The hospital that receives.
    pub hospital: Arc<Hospital>,
    /// The masters, indexed.
    pub index: Arc<Index>,
    /// What earlier confirmations taught.
    pub memory: Arc<Memory>,
    /// What managers have set beyond what the program demands.
    pub demands: Arc<Demands>,
}

/// The documents among `pages`, in page order. `caller` is the number that the line or the fax server told; `today`
/// bounds the dates that can be.
pub fn understand(
    pages: &[ReadPage],
    caller: Option<&str>,
    knowledge: &Knowledge,
    today: jiff::civil::Date,
) -> Vec<DocumentReading> {
    let file_pages = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    let laid: Vec<ReadPage> = pages.iter().map(vertical::laid).collect();
    let seen: Vec<&ReadPage> = pages.iter().collect();
    let mut documents = Vec::new();
    for group in split::split(&laid, &knowledge.recipes, &knowledge.hospital) {
        let members: Vec<&ReadPage> = group.pages.iter().filter_map(|&i| laid.get(i)).collect();
        let mut document = of_laid(&members, None, caller, file_pages, knowledge, today);
        vertical::put_back(&mut document, &seen);
        documents.push(document);
    }
    doubt_parted(&mut documents);
    documents
}

/// These pages as one document; of the kind that a person named, or of the one that they look like.
pub fn one(
    members: &[&ReadPage],
    named: Option<Kind>,
    caller: Option<&str>,
    file_pages: u32,
    knowledge: &Knowledge,
    today: jiff::civil::Date,
) -> DocumentReading {
    let laid: Vec<ReadPage> = members.iter().map(|page| vertical::laid(page)).collect();
    let mut document = of_laid(&laid.iter().collect::<Vec<_>>(), named, caller, file_pages, knowledge, today);
    vertical::put_back(&mut document, members);
    document
}

/// The same of pages of which those in vertical writing are laid on their side.
fn of_laid(
    members: &[&ReadPage],
    named: Option<Kind>,
    caller: Option<&str>,
    file_pages: u32,
    knowledge: &Knowledge,
    today: jiff::civil::Date,
) -> DocumentReading {
    let Knowledge { recipes, model, sureness, hospital, index, memory, demands } = knowledge;
    let headers: Vec<_> = members.iter().map(|page| header::read(&page.text)).collect();
    let judged = classify::classify(members, recipes, hospital, model);
    let (kind, kind_confidence) = match named {
        Some(kind) if kind != judged.kind => (kind, 1.0),
        _ => (judged.kind, judged.confidence),
    };
    let mut fields = extract::extract(members, kind, recipes, hospital);
    memory.recall(members, kind, &mut fields);
    let number = caller.or_else(|| headers.iter().find_map(|header| header.sender_number.as_deref()));
    let line = Line { number, known_as: number.and_then(|number| memory.institution(number)) };
    let mut matches = index.candidates(&fields, &line);
    if amend::seek(&mut fields, &matches, members, kind, index) {
        matches = index.candidates(&fields, &line);
    }
    amend::amend(&mut fields, &matches, index);
    if let Some(weights) = sureness {
        sureness::weigh(&mut fields, &matches, kind_confidence, weights);
    }
    let (mut decision, alerts, mut reasons) = decide(&DecideInput {
        kind,
        kind_confidence,
        fields: &fields,
        matches: &matches,
        recipes,
        demands,
        hospital,
        pages: members,
        headers: &headers,
        file_pages,
        today,
    });
    if decision == Decision::Ready && holds_another_kind(members, kind, knowledge) {
        decision = Decision::Review;
        reasons.push(Doubt::OtherKindAmong.words());
    }
    DocumentReading {
        pages: members.iter().map(|page| page.no).collect(),
        rotation: members.iter().map(|page| page.text.rotation).collect(),
        kind,
        kind_confidence,
        fields,
        matches,
        decision,
        alerts,
        reasons,
    }
}

/// Two neighbours of one kind about the same person from the same sender may be one document that was cut in two; so may
/// they where one of them does not say whom it is about or who sent it, as later pages often do not.
fn doubt_parted(documents: &mut [DocumentReading]) {
    let first = |candidates: &[Candidate]| candidates.first().map(|c| c.id.clone());
    let alike = |a: &[Candidate], b: &[Candidate]| a.is_empty() || b.is_empty() || first(a) == first(b);
    let may_be_one = |a: &DocumentReading, b: &DocumentReading| {
        a.kind == b.kind
            && alike(&a.matches.institution, &b.matches.institution)
            && alike(&a.matches.patient, &b.matches.patient)
    };
    let doubted: Vec<usize> = (1..documents.len()).filter(|&i| may_be_one(&documents[i - 1], &documents[i])).collect();
    for at in doubted.into_iter().flat_map(|i| [i - 1, i]) {
        if documents[at].decision == Decision::Ready {
            documents[at].decision = Decision::Review;
            documents[at].reasons.push(Doubt::Parted.words());
        }
    }
}

/// Whether a page, looked at by itself, is clearly of another kind than the document it was put into.
fn holds_another_kind(pages: &[&ReadPage], kind: Kind, knowledge: &Knowledge) -> bool {
    pages.len() > 1
        && pages.iter().any(|page| {
            let alone = classify::classify(&[page], &knowledge.recipes, &knowledge.hospital, &knowledge.model);
            alone.kind != Kind::Unknown && alone.kind != kind && alone.confidence >= CLEAR
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Matches;

    fn reading(kind: Kind, patient: &str, institution: &str) -> DocumentReading {
        let of = |id: &str| Candidate { id: id.to_owned(), score: 1.0, evidence: Vec::new() };
        DocumentReading {
            pages: Vec::new(),
            rotation: Vec::new(),
            kind,
            kind_confidence: 1.0,
            fields: Default::default(),
            matches: Matches { patient: vec![of(patient)], institution: vec![of(institution)], doctor: Vec::new() },
            decision: Decision::Ready,
            alerts: Vec::new(),
            reasons: Vec::new(),
        }
    }

    #[test]
    fn neighbours_that_may_be_one_document_are_not_ready() {
        let letter = || reading(Kind::ReferralLetter, "P1", "M1");
        let mut parted = vec![letter(), letter(), reading(Kind::ReferralLetter, "P2", "M1")];
        doubt_parted(&mut parted);
        let decisions: Vec<Decision> = parted.iter().map(|d| d.decision).collect();
        assert_eq!(decisions, [Decision::Review, Decision::Review, Decision::Ready]);
        assert!(parted[0].reasons.len() == 1 && parted[2].reasons.is_empty());
        let unsigned = || {
            let mut page = letter();
            page.matches.institution.clear();
            page
        };
        let mut cut = vec![letter(), unsigned()];
        doubt_parted(&mut cut);
        assert!(cut.iter().all(|d| d.decision == Decision::Review), "a later page does not say who sent it");
        let mut apart = vec![letter(), reading(Kind::LabReport, "P1", "M1"), letter()];
        doubt_parted(&mut apart);
        assert!(apart.iter().all(|d| d.decision == Decision::Ready));
    }
}
