//! What a document says: fields found by their labels, by what stands round them and by what they look like.
//!
//! Nothing is invented: a field that is not found is absent, and a printed choice without a usable mark is not found.

mod addressee;
mod blocks;
mod care;
mod choice;
mod contact;
mod counts;
mod dates;
mod found;
mod letter;
mod marked;
mod options;
mod patient;
mod person;
mod roles;
mod sender;
mod sex;
#[cfg(test)]
mod tests;
mod value;
mod visit;
mod wrapped;
mod writer;

pub use value::value_of;

use crate::domain::{FieldName, FieldRecipe, Fields, Hospital, Kind, Place, ReadPage, Recipes};
use crate::stages::classify::titles::{self, PageKind};
use crate::stages::header;
use crate::stages::sheet::labels::Occurrence;
use crate::stages::sheet::lexicon::{Lexicon, Role, Use, role_of};
use crate::stages::sheet::regions::{How, Page, Run};
use crate::stages::sheet::{Glyph, Segment, Sheet};
use crate::text::fold;
use found::{Candidate, Candidates};
use jiff::civil::Date;
use roles::Anchor;

/// A page of the document, searched.
struct Leaf {
    page: Page,
    anchors: Vec<Anchor>,
    kind: PageKind,
    weight: f32,
}

/// The whole document and what is known about its surroundings.
struct Context<'a> {
    leaves: Vec<Leaf>,
    lexicon: Lexicon,
    hospital: &'a Hospital,
    kind: Kind,
    /// The document's own date, or what its header line claims: only to tell a year that is not printed.
    around: Option<Date>,
}

/// A label on a leaf and what belongs to it, for one field.
struct Labelled<'a> {
    leaf: &'a Leaf,
    label: usize,
    runs: Vec<&'a Run>,
    /// How surely the label is this field's label.
    score: f32,
}

/// The fields of a document of the given kind.
pub fn extract(pages: &[&ReadPage], kind: Kind, recipes: &Recipes, hospital: &Hospital) -> Fields {
    let lexicon = Lexicon::of(recipes, kind);
    let mut leaves = Vec::new();
    let mut bodies = 0;
    for page in pages {
        let look = titles::look(page, recipes, hospital);
        let sheet = Sheet::of(&titles::without_header(page));
        let page = Page::of(sheet, &lexicon);
        let anchors = roles::anchors(&page, &lexicon, hospital);
        let weight = match look.kind {
            PageKind::Cover => 0.45,
            PageKind::Annex => 0.6,
            PageKind::Blank => 0.1,
            PageKind::Body => {
                bodies += 1;
                if bodies == 1 { 1.0 } else { 0.8 }
            }
        };
        leaves.push(Leaf { page, anchors, kind: look.kind, weight });
    }
    let claimed = pages.iter().find_map(|p| header::read(&p.text).claimed).and_then(|d| d.parse().ok());
    let mut context = Context { leaves, lexicon, hospital, kind, around: claimed };
    let mut candidates = Candidates::default();
    let patient = recipes.of(kind).is_none_or(|k| k.patient);
    dates::document(&context, &mut candidates);
    if let Some(date) = candidates.best(FieldName::DocumentDate).and_then(|c| c.found.value.parse().ok()) {
        context.around = Some(date);
    }
    addressee::addressee(&context, &mut candidates);
    candidates.replace(FieldName::RecipientDepartment, |value| Some(addressee::department(value, &hospital.office)));
    sender::sender(&context, &mut candidates);
    candidates.replace(FieldName::SenderDepartment, |value| Some(addressee::bare_department(value).to_owned()));
    contact::all(&context, &mut candidates);
    if patient {
        patient::all(&context, &mut candidates);
        dates::birth(&context, &mut candidates);
        sex::beside_birth(&context, &mut candidates);
    }
    dates::others(&context, &mut candidates);
    visit::in_sentence(&context, &mut candidates);
    choice::all(&context, &mut candidates);
    care::all(&context, &mut candidates);
    counts::all(&context, &mut candidates);
    blocks::all(&context, &mut candidates);
    one_side(&mut candidates);
    for field in NAMED {
        candidates.retain(*field, |c| !context.is_a_label(&c.found.value));
    }
    candidates.choose()
}

/// A name that was taken for the writer's and for the addressee's is that of the one it speaks more clearly for.
fn one_side(candidates: &mut Candidates) {
    use FieldName::{RecipientDoctorName, SenderDoctorName};
    let (Some(sender), Some(recipient)) = (candidates.best(SenderDoctorName), candidates.best(RecipientDoctorName))
    else {
        return;
    };
    let place = |c: &Candidate| (c.found.spot.page, c.found.spot.bbox.centre());
    let there = place(sender);
    if there == place(recipient) {
        let weaker = if sender.score >= recipient.score { RecipientDoctorName } else { SenderDoctorName };
        candidates.retain(weaker, |c| place(c) != there);
    }
}

/// Fields whose value is somebody's name; a label that stands where a name is looked for is none.
const NAMED: &[FieldName] = &[
    FieldName::PatientName,
    FieldName::SenderInstitutionName,
    FieldName::SenderDoctorName,
    FieldName::RecipientDoctorName,
    FieldName::ApplicantName,
    FieldName::DoctorName,
];

impl Context<'_> {
    /// Whether a text is one of the labels, said politely or not.
    fn is_a_label(&self, text: &str) -> bool {
        let key = fold::label_key(text);
        let bare = fold::label_key(text.trim_start_matches(['ご', 'お', '御']));
        self.lexicon.entries.iter().any(|e| e.key == key || e.key == bare)
    }

    /// Every label that can stand for the field, with what belongs to it.
    fn labelled(&self, field: FieldName) -> Vec<Labelled<'_>> {
        let mut out = Vec::new();
        for leaf in &self.leaves {
            for (label, occurrence) in leaf.page.labels.iter().enumerate() {
                for meaning in &self.lexicon.entries[occurrence.entry].uses {
                    let Use::Field(i) = meaning else { continue };
                    let recipe = &self.lexicon.fields[*i];
                    if recipe.field != field {
                        continue;
                    }
                    let role = self.role_fits(leaf, label, recipe);
                    if role <= 0.0 {
                        continue;
                    }
                    let score = occurrence.sure * role * leaf.weight;
                    let runs = leaf
                        .page
                        .owned(leaf.page.holder(label))
                        .into_iter()
                        .filter(|r| recipe.places.contains(&place(r.how)))
                        .collect();
                    out.push(Labelled { leaf, label, runs, score });
                }
            }
        }
        out
    }

    /// How well the block in which a label stands goes with the field; 0 when it is another's.
    fn role_fits(&self, leaf: &Leaf, label: usize, recipe: &FieldRecipe) -> f32 {
        let occurrence = &leaf.page.labels[label];
        let entry = &self.lexicon.entries[occurrence.entry];
        let mut others = entry.uses.iter().filter_map(|u| match u {
            Use::Field(i) => Some(&self.lexicon.fields[*i]),
            _ => None,
        });
        let wanted = role_of(recipe.field);
        let shared = others.any(|f| {
            role_of(f.field) != wanted || (f.field != recipe.field && wanted == Role::Other && !f.within.is_empty())
        });
        if !shared && recipe.within.is_empty() {
            return 1.0;
        }
        let cell = leaf.page.sheet.segments[occurrence.segment].cell;
        let near = roles::nearest(&leaf.anchors, &occurrence.at, cell, &leaf.page.sheet.cells);
        match near {
            Some((anchor, _)) if wanted == Role::Other => {
                let fits = anchor.heading_of == Some(recipe.field);
                if fits || recipe.within.is_empty() { 1.0 } else { 0.0 }
            }
            Some((anchor, _)) if anchor.role == wanted => 1.0,
            Some((anchor, distance)) => {
                // Nearly as near is a doubt, not a refusal.
                let mine = roles::distance_to(&leaf.anchors, wanted, &occurrence.at, cell, &leaf.page.sheet.cells);
                if mine < distance * 1.15 && anchor.role != Role::Other { 0.6 } else { 0.0 }
            }
            None if wanted == Role::Patient => 0.6,
            None => 0.3,
        }
    }
}

/// The recipe's word for how a run stands to its label.
fn place(how: How) -> Place {
    match how {
        How::After | How::Alone => Place::Inside,
        How::Right => Place::Right,
        How::Below | How::Continued => Place::Below,
    }
}

/// What stands on one row behind a label.
struct Row {
    glyphs: Vec<Glyph>,
    /// What the way from the label is worth.
    way: f32,
}

impl Labelled<'_> {
    /// The runs row by row, those of one row joined.
    fn rows(&self) -> Vec<Row> {
        blocks::rows(&self.runs)
            .into_iter()
            .map(|runs| {
                let mut glyphs: Vec<Glyph> = Vec::new();
                for run in &runs {
                    let mine = self.leaf.page.glyphs(run);
                    let gap = glyphs.last().map_or(0.0, |last| (run.at.left - last.at.right).max(0.0));
                    glyphs.extend(
                        mine.iter().cloned().enumerate().map(|(i, g)| if i == 0 { Glyph { gap, ..g } } else { g }),
                    );
                }
                Row { glyphs, way: runs.iter().map(|r| self.way(r)).fold(1.0, f32::min) }
            })
            .collect()
    }

    /// What the way from label to run is worth.
    fn way(&self, run: &Run) -> f32 {
        match run.how {
            How::After => 1.0,
            How::Right => 0.97,
            How::Below => 0.92,
            How::Continued => 0.85,
            How::Alone => 0.5,
        }
    }

    /// What stands right of a label on its row, up to the next label that is not in brackets.
    fn rest_of_row(&self) -> Vec<Glyph> {
        let page = &self.leaf.page;
        let label = &page.labels[self.label];
        let level = |s: &&(usize, &Segment)| {
            s.0 == label.segment || s.1.at.left > label.at.right - 0.2 && s.1.at.vertical_overlap(&label.at) > 0.5
        };
        let segments: Vec<(usize, &Segment)> = page.sheet.segments.iter().enumerate().collect();
        let mut segments: Vec<&(usize, &Segment)> = segments.iter().filter(level).collect();
        segments.sort_by(|a, b| a.1.at.left.total_cmp(&b.1.at.left));
        let (mut row, mut open): (Vec<Glyph>, i32) = (Vec::new(), 0);
        for (index, segment) in segments {
            let start = if *index == label.segment { label.glyphs.end } else { 0 };
            for (i, glyph) in segment.glyphs.iter().enumerate().skip(start) {
                let begins = |l: &Occurrence| l.segment == *index && l.glyphs.start == i;
                if open <= 0 && page.labels.iter().any(begins) {
                    return row;
                }
                open += i32::from(glyph.ch == '(') - i32::from(glyph.ch == ')');
                row.push(glyph.clone());
            }
        }
        row
    }
}
