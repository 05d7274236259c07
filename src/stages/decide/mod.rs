//! How much of a person's attention a document needs (要確認の判定). `ready` says only that everything needed is certain
//! by independent evidence; nothing here links, confirms or corrects anything, and every doubt becomes a reason in
//! words that name what to check.

mod alerts;
mod patient;
mod sender;
mod sums;

#[cfg(test)]
mod tests;

use super::header::HeaderLine;
use crate::domain::{
    Alert, AlertCode, Candidate, Decision, Demands, Doubt, Evidence, FieldName, Fields, Hospital, Kind, Matches,
    ReadPage, Recipes, Verdict, read_again,
};
use jiff::civil::Date;

/// A kind less certain than this is for a person to settle: the confidence is calibrated, so of those above it fewer than
/// one in thirty may be expected to be wrong. Measured: kinds mistaken so far stayed under 0.95.
const KIND_CERTAIN: f32 = 0.97;
/// A needed value less likely to be right than this is for a person to compare with the page, unless a certain record has the same.
const NEEDED_CERTAIN: f32 = 0.8;
/// Fewer recognised characters than this are nothing to go by.
const FEWEST_CHARACTERS: usize = 12;

/// Everything a decision is made from.
pub struct DecideInput<'a> {
    /// What the document is.
    pub kind: Kind,
    /// How certain that is, 0 to 1.
    pub kind_confidence: f32,
    /// What it says.
    pub fields: &'a Fields,
    /// Whom it may concern and who may have sent it.
    pub matches: &'a Matches,
    /// Which fields the kind needs.
    pub recipes: &'a Recipes,
    /// What managers have set beyond what the program demands.
    pub demands: &'a Demands,
    /// The receiving hospital.
    pub hospital: &'a Hospital,
    /// The document's pages.
    pub pages: &'a [&'a ReadPage],
    /// The header line (発信元記録) of each of `pages`.
    pub headers: &'a [HeaderLine],
    /// Pages of the whole file as received, blank ones included.
    pub file_pages: u32,
    /// The day on which it is read.
    pub today: Date,
}

/// Decides: how much attention, what must be noticed, and why it is not `ready`, in Japanese for staff.
pub fn decide(input: &DecideInput<'_>) -> (Decision, Vec<Alert>, Vec<String>) {
    if nothing_readable(input) {
        return (Decision::Unreadable, Vec::new(), vec![Doubt::NothingReadable.words()]);
    }
    let alerts = alerts::of(input);
    let mut reasons: Vec<Doubt> = Vec::new();
    kind(input, &mut reasons);
    patient::reasons(input, &mut reasons);
    sender::reasons(input, &mut reasons);
    needed(input, &mut reasons);
    demanded(input, &mut reasons);
    // A namesake alone does not hold a document back: the patient's own checks know whether he could be the one.
    // That kidney values are missing is for whoever books the examination: nothing that was read is in doubt.
    let matters = |a: &&Alert| !matches!(a.code, AlertCode::SimilarPatient | AlertCode::ContrastKidney);
    reasons.extend(alerts.iter().filter(matters).map(|a| Doubt::Alert(a.code)));
    reasons.dedup();
    let decision = if reasons.is_empty() { Decision::Ready } else { Decision::Review };
    (decision, alerts, reasons.into_iter().map(Doubt::words).collect())
}

fn nothing_readable(input: &DecideInput<'_>) -> bool {
    let lines = || input.pages.iter().flat_map(|p| &p.text.lines);
    let characters: usize = lines().map(|l| l.text().chars().filter(|c| c.is_alphanumeric()).count()).sum();
    input.fields.is_empty() && !input.pages.is_empty() && characters < FEWEST_CHARACTERS
}

fn kind(input: &DecideInput<'_>, reasons: &mut Vec<Doubt>) {
    let recipe = input.recipes.of(input.kind);
    if input.kind == Kind::Unknown {
        reasons.push(Doubt::KindUnknown);
    } else if input.kind == Kind::Advertisement || recipe.is_some_and(|r| !r.confirmable) {
        reasons.push(Doubt::KindNotConfirmed(input.kind));
    } else if input.kind_confidence < KIND_CERTAIN {
        reasons.push(Doubt::KindUncertain(input.kind));
    }
}

/// Whether documents of this kind concern a patient.
fn concerns_patient(input: &DecideInput<'_>) -> bool {
    input.recipes.of(input.kind).map_or(!matches!(input.kind, Kind::Advertisement | Kind::Notice), |r| r.patient)
}

fn needed(input: &DecideInput<'_>, reasons: &mut Vec<Doubt>) {
    let own = input.recipes.of(input.kind).map(|r| r.fields.as_slice()).unwrap_or_default();
    let mut fields: Vec<FieldName> = Vec::new();
    for recipe in input.recipes.common.iter().chain(own).filter(|r| r.needed) {
        // What is needed of any document about a patient is not needed of one about nobody.
        let about_patient = recipe.field.code().starts_with("patient_");
        if !fields.contains(&recipe.field) && (!about_patient || concerns_patient(input)) {
            fields.push(recipe.field);
        }
    }
    for field in fields {
        match input.fields.get(&field) {
            None => reasons.push(Doubt::FieldMissing(field)),
            Some(found) if found.confidence < NEEDED_CERTAIN && !confirmed(input, field) => {
                reasons.push(Doubt::FieldUncertain(field));
            }
            Some(_) => {}
        }
    }
}

/// What a manager demands holds for every value that a second person would read again, whatever the master says: the figures that
/// it was set from were taken of all of them.
fn demanded(input: &DecideInput<'_>, reasons: &mut Vec<Doubt>) {
    for field in read_again(input.kind) {
        let Some(least) = input.demands.set(*field) else { continue };
        if input.fields.get(field).is_some_and(|found| found.confidence < least) {
            reasons.push(Doubt::BelowDemand(*field, least));
        }
    }
}

/// Whether the master of a certain candidate has the very value: what was hard to read was read rightly.
fn confirmed(input: &DecideInput<'_>, field: FieldName) -> bool {
    let certain = |candidates: &[Candidate], least: f64| {
        let first = candidates.first().filter(|c| c.score >= least);
        first.is_some_and(|c| verdict(&c.evidence, field) == Verdict::Agree)
    };
    certain(&input.matches.patient, patient::CERTAIN) || certain(&input.matches.institution, sender::CERTAIN)
}

/// Whether the master's value stands in place of what was read.
fn amended(input: &DecideInput<'_>, field: FieldName) -> bool {
    input.fields.get(&field).is_some_and(|f| f.from_master)
}

/// How a field of a candidate compares; unknown when it was not compared.
fn verdict(evidence: &[Evidence], field: FieldName) -> Verdict {
    evidence.iter().find(|e| e.field == field).map_or(Verdict::Unknown, |e| e.verdict)
}

/// The master's value beside a field of a candidate.
fn master(evidence: &[Evidence], field: FieldName) -> &str {
    evidence.iter().find(|e| e.field == field).map_or("", |e| e.master.as_str())
}
