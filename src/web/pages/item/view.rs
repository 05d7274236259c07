//! The item page as its template sees it: a document, its delivery, its pages and the masters, brought together. Reads only.

use askama::Template;

use super::candidates::Chooser;
use super::choosers::{doctors, institutions, patients};
use super::fields::{self, Choice, FieldView, Part};
use super::leaves::{self, PageView};
use super::order;
use super::reasons::{Reason, reason};
use super::related::AlikeView;
use super::{Extra, Search, paging};
use crate::db::ReadTx;
use crate::domain::{Act, Decision, DocumentState, FieldName, Kind, Recipes, Timestamp};
use crate::store::documents::{self, Document};
use crate::store::holds;
use crate::web::auth::Staff;
use crate::web::error::WebError;
use crate::web::frame::{Frame, Notice};
use crate::web::pages::history::{self, HistoryRow};
use crate::web::words;

/// A group of rows of the form.
pub struct Group {
    title: &'static str,
    fields: Vec<FieldView>,
    choosers: Vec<Chooser>,
}

/// A page in the list in which pages are arranged.
pub struct Arranged {
    no: u32,
    first: bool,
    last: bool,
    dropped: bool,
}

/// Something to notice.
pub struct AlertView {
    text: &'static str,
    page: Option<u32>,
}

/// The item page.
#[derive(Template)]
#[template(path = "item.html")]
pub struct ItemPage {
    frame: Frame,
    id: String,
    who: String,
    delivery_id: String,
    version: i64,
    handling: bool,
    editable: bool,
    holdable: bool,
    holder: Option<(String, String)>,
    restorable: bool,
    undoable: i64,
    state: &'static str,
    due: String,
    due_tone: &'static str,
    due_title: String,
    received: String,
    way: String,
    ready: bool,
    kinds: Vec<Choice>,
    alerts: Vec<AlertView>,
    reasons: Vec<Reason>,
    errors: Vec<(String, String)>,
    blank_ask: bool,
    unsaved: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    addable: Vec<Choice>,
    pages: Vec<PageView>,
    arranged: Vec<Arranged>,
    joinable: Vec<Choice>,
    related: Vec<AlikeView>,
    origin: Option<AlikeView>,
    earlier: Vec<AlikeView>,
    correcting: Option<String>,
    correctable: bool,
    inquiring: bool,
    aside_reasons: Vec<Choice>,
    history: Vec<HistoryRow>,
}

/// Only the choices of one chooser, for a search by script.
#[derive(Template)]
#[template(path = "candidates.html")]
pub struct CandidateList {
    chooser: Chooser,
}

impl CandidateList {
    /// The ids of the rows that are shown.
    pub fn ids(&self) -> Vec<&str> {
        self.chooser.candidates.iter().map(|view| view.id.as_str()).collect()
    }

    /// The choices with what a search found.
    pub async fn of(
        tx: &mut ReadTx,
        document: &Document,
        search: &Search,
        recipes: &Recipes,
    ) -> Result<Self, WebError> {
        let extra = Extra { search: Some(search.clone()), ..Extra::default() };
        let chooser = match search.which.as_str() {
            "patient" => patients(tx, document, &extra, recipes).await?,
            "institution" => institutions(tx, document, &extra).await?,
            "doctor" => doctors(tx, document, &extra).await?,
            _ => return Err(WebError::BadRequest),
        };
        Ok(Self { chooser })
    }
}

impl ItemPage {
    /// Brings the page together.
    #[expect(clippy::too_many_arguments, reason = "what a page is made of, each from another place")]
    pub async fn of(
        tx: &mut ReadTx,
        mut frame: Frame,
        staff: &Staff,
        document: &Document,
        extra: Extra,
        recipes: &Recipes,
        undo_ms: i64,
        now: Timestamp,
    ) -> Result<Self, WebError> {
        let hold = holds::of(tx, &document.id).await?;
        let mine = hold.as_ref().is_some_and(|h| h.user_id == staff.id);
        let other = hold.as_ref().filter(|h| h.user_id != staff.id && h.until >= now);
        let handling = mine && document.state == DocumentState::InReview;
        let editable = handling && staff.may(Act::Correct);
        let open = matches!(document.state, DocumentState::Proposed | DocumentState::InReview);
        if frame.notice.is_none() {
            frame.notice = standing(document, other.map(|h| h.display_name.as_str()), now);
        }
        let related = documents::related(tx, &document.id, &staff.rights.seeing(recipes)).await?;
        let origin = match &document.related_to {
            // It may have become one for fewer eyes since.
            Some(id) if documents::need(tx, id).await?.is_some_and(|need| staff.rights.sees(&need, recipes)) => {
                documents::find(tx, id).await?
            }
            _ => None,
        };
        let patient = document.patient();
        let earlier = match patient.as_ref().and_then(|patient| patient.id()) {
            Some(patient) => documents::of_patient(tx, patient, &document.id, &staff.rights.seeing(recipes)).await?,
            None => Vec::new(),
        };
        let joinable =
            if editable { paging::joinable(tx, &staff.rights, recipes, document).await? } else { Vec::new() };
        let shown = fields::shown(document, recipes, extra.added);
        let (due, due_tone) = words::due(document.due_at, now);
        let reading = &document.reading.0;
        // Once it is settled, what was chosen counts, not what could have been.
        let unsettled = open || document.state == DocumentState::Inquiry;
        let mut groups = groups(tx, document, &shown, &extra, recipes).await?;
        if !editable {
            // Who only looks compares nothing.
            let all = groups.iter_mut().flat_map(|group| group.choosers.iter_mut());
            all.flat_map(|chooser| chooser.candidates.iter_mut()).for_each(|view| view.ticks.clear());
        }
        if !unsettled {
            for chooser in groups.iter_mut().flat_map(|group| group.choosers.iter_mut()) {
                chooser.candidates.retain(|view| view.on);
                chooser.folded = false;
            }
        }
        Ok(Self {
            id: document.id.to_string(),
            who: staff.id.to_string(),
            delivery_id: document.delivery_id.to_string(),
            version: document.version,
            handling,
            editable,
            holdable: open && !handling && other.is_none() && staff.may(Act::Hold),
            holder: other
                .filter(|_| open && staff.may(Act::Hold))
                .map(|h| (h.user_id.to_string(), h.display_name.clone())),
            undoable: undoable(document, staff, undo_ms, now),
            restorable: matches!(document.state, DocumentState::SetAside | DocumentState::Inquiry)
                && staff.may(Act::PutBack),
            state: document.state.label_ja(),
            due: if open { due } else { words::moment(document.due_at, now) },
            due_tone: match due_tone {
                "late" if open => "bad",
                "soon" if open => "warn",
                _ => "",
            },
            due_title: words::moment_in_full(document.due_at),
            received: words::moment(document.received_at, now),
            way: format!("{}（{}）", words::channel(document.channel), document.source),
            ready: document.decision == Decision::Ready && open,
            kinds: kinds(document.kind),
            alerts: reading
                .alerts
                .iter()
                .filter(|_| unsettled)
                .map(|a| AlertView { text: a.code.message_ja(), page: a.page.map(|p| p.0) })
                .collect(),
            reasons: reading.reasons.iter().filter(|_| unsettled).map(|text| reason(text, &shown, editable)).collect(),
            groups,
            addable: FieldName::ALL
                .iter()
                .filter(|f| !shown.contains(f))
                .map(|f| Choice { value: f.code().to_owned(), label: f.label_ja().to_owned(), on: false })
                .collect(),
            pages: leaves::of(tx, document, &related).await?,
            arranged: if editable { arranged(document) } else { Vec::new() },
            joinable: joinable.iter().map(join_choice).collect(),
            related: related.iter().map(|row| AlikeView::of(row, now)).collect(),
            origin: origin.as_ref().map(|origin| super::related::as_line(origin, now)),
            earlier: earlier.iter().map(|row| AlikeView::of(row, now)).collect(),
            correcting: document.correction_reason.clone().filter(|_| open),
            correctable: document.state == DocumentState::Pushed && staff.may(Act::Amend),
            inquiring: document.state == DocumentState::Inquiry && staff.may(Act::Inquire),
            aside_reasons: super::verbs::ASIDE
                .iter()
                .filter(|(code, _)| staff.may(Act::SetAside) || *code == "advertisement")
                .map(|(value, label)| Choice { value: (*value).to_owned(), label: (*label).to_owned(), on: false })
                .collect(),
            history: history::of(tx, document.id.as_str(), now).await?,
            errors: extra.errors,
            blank_ask: extra.blank_ask,
            unsaved: extra.unsaved,
            frame,
        })
    }
}

/// The pages as they can be arranged: those of the document in their order, then those put out.
fn arranged(document: &Document) -> Vec<Arranged> {
    let last = document.pages.len().saturating_sub(1);
    let stay = document.pages.iter().enumerate();
    let stay = stay.map(|(at, no)| Arranged { no: no.0, first: at == 0, last: at == last, dropped: false });
    let out = document.dropped.iter().map(|no| Arranged { no: no.0, first: false, last: false, dropped: true });
    stay.chain(out).collect()
}

/// Another document of the delivery, as the button that joins it says.
fn join_choice(other: &Document) -> Choice {
    let pages: Vec<String> = other.pages.iter().map(|no| no.0.to_string()).collect();
    let patient = other.patient_label.as_deref().unwrap_or("患者不明");
    Choice {
        value: format!("join:{}:{}", other.id, other.version),
        label: format!("{}ページ（{}、{patient}）", pages.join("・"), other.kind.label_ja()),
        on: false,
    }
}

/// Seconds for which this person can still take their confirmation back; 0 when they cannot.
fn undoable(document: &Document, staff: &Staff, undo_ms: i64, now: Timestamp) -> i64 {
    let mine = document.state == DocumentState::Approved && document.approved_by.as_ref() == Some(&staff.id);
    let left = document.approved_at.filter(|_| mine).map_or(0, |at| at.0 + undo_ms - now.0);
    left.max(0) / 1000
}

/// What a document's state has to say by itself.
fn standing(document: &Document, held_by: Option<&str>, now: Timestamp) -> Option<Notice> {
    if let Some(name) = held_by {
        return Some(Notice::warn(format!("{name}さんが確認中です。終わるまで見るだけです。")));
    }
    match document.state {
        DocumentState::SetAside => Some(Notice::warn(format!(
            "除外した文書です。理由：{}",
            document.set_aside_reason.as_deref().unwrap_or("－")
        ))),
        DocumentState::Inquiry => {
            Some(Notice::warn(format!("照会中です。内容：{}", document.inquiry_note.as_deref().unwrap_or("－"))))
        }
        DocumentState::Approved if document.push_error.is_some() => {
            Some(Notice::bad("確定済みですが、データベースへの登録がまだできていません。自動でやり直しています。"))
        }
        DocumentState::Approved => Some(Notice::good("確定済みです。データベースへの登録を待っています。")),
        DocumentState::Pushed => {
            let at = document.pushed_at.map(|at| words::moment(at, now)).unwrap_or_default();
            Some(Notice::good(format!("データベースに登録済みです（{at}）。")))
        }
        DocumentState::Proposed | DocumentState::InReview => None,
    }
}

fn kinds(current: Kind) -> Vec<Choice> {
    let choice = |k: &Kind| Choice { value: k.code().to_owned(), label: k.label_ja().to_owned(), on: *k == current };
    Kind::ALL.iter().map(choice).collect()
}

async fn groups(
    tx: &mut ReadTx,
    document: &Document,
    shown: &[FieldName],
    extra: &Extra,
    recipes: &Recipes,
) -> Result<Vec<Group>, WebError> {
    let needed = fields::needed(document.kind, recipes);
    let mut groups = Vec::new();
    for (part, own) in order::parts(shown, &document.pages, &document.reading.fields) {
        let rows: Vec<FieldView> = own
            .iter()
            .map(|f| {
                let value = document.values.get(f).map(String::as_str).unwrap_or_default();
                fields::view(*f, value, document.reading.field(*f), needed.contains(f))
            })
            .collect();
        let choosers = match part {
            Part::Patient if concerns_patient(document.kind, recipes) => {
                vec![patients(tx, document, extra, recipes).await?]
            }
            Part::Sender => {
                let mut both = vec![institutions(tx, document, extra).await?];
                let doctor_seen = document.values.contains_key(&FieldName::SenderDoctorName);
                if doctor_seen || !document.reading.matches.doctor.is_empty() || document.doctor_id.is_some() {
                    both.push(doctors(tx, document, extra).await?);
                }
                both
            }
            _ => Vec::new(),
        };
        if !rows.is_empty() || !choosers.is_empty() {
            groups.push(Group { title: part.title(), fields: rows, choosers });
        }
    }
    Ok(groups)
}

/// Whether a kind concerns a patient; one without a recipe is taken to.
pub fn concerns_patient(kind: Kind, recipes: &Recipes) -> bool {
    recipes.of(kind).is_none_or(|recipe| recipe.patient)
}
