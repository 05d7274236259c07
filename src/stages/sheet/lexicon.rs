//! Every label that the recipes of a kind know, and which fields each can stand for.

use crate::domain::{FieldName, FieldRecipe, Kind, Recipes, ValueType};
use crate::text::fold;

/// Whom a block of a form is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The patient.
    Patient,
    /// Who sends the document.
    Sender,
    /// To whom it is addressed.
    Recipient,
    /// Anybody or anything else (an applicant, a relative, a diagnosis).
    Other,
}

/// The role that a field's name tells.
pub fn role_of(field: FieldName) -> Role {
    match field.code().split('_').next() {
        Some("patient") => Role::Patient,
        Some("sender") => Role::Sender,
        Some("recipient") => Role::Recipient,
        _ => Role::Other,
    }
}

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The field of that index in [`Lexicon::fields`].
    Field(usize),
    /// The heading of a block, for the field of that index.
    Heading(usize),
    /// Nothing that is read.
    Stop,
}

/// A label and its uses.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As it is compared.
    pub key: Vec<char>,
    /// What it stands for.
    pub uses: Vec<Use>,
}

/// All labels of a kind.
#[derive(Clone, Debug)]
pub struct Lexicon {
    /// The fields of the kind, then the common ones.
    pub fields: Vec<FieldRecipe>,
    /// The labels, longest first.
    pub entries: Vec<Entry>,
}

impl Lexicon {
    /// The labels of `kind`.
    pub fn of(recipes: &Recipes, kind: Kind) -> Lexicon {
        let recipe = recipes.of(kind);
        let own = recipe.map(|k| k.fields.as_slice()).unwrap_or_default();
        let patient = recipe.is_none_or(|k| k.patient);
        // A kind's own word for a label goes before the common one: 診療科 on a registration is the doctor's specialty.
        let taken: Vec<Vec<char>> =
            own.iter().filter(|f| f.within.is_empty()).flat_map(|f| &f.labels).map(|l| fold::label_key(l)).collect();
        let common =
            recipes.common.iter().filter(|f| patient || role_of(f.field) != Role::Patient).cloned().map(|mut f| {
                f.labels.retain(|l| !taken.contains(&fold::label_key(l)));
                f
            });
        let fields: Vec<FieldRecipe> = own.iter().cloned().chain(common).collect();
        let mut lexicon = Lexicon { fields: Vec::new(), entries: Vec::new() };
        for (i, field) in fields.iter().enumerate() {
            for label in field.labels.iter().flat_map(|l| spellings(l)) {
                lexicon.add(&label, Use::Field(i));
            }
            for heading in &field.within {
                lexicon.add(heading, Use::Heading(i));
            }
        }
        for stop in &recipes.phrases.stops {
            lexicon.add(stop, Use::Stop);
        }
        lexicon.entries.sort_by_key(|e| std::cmp::Reverse(e.key.len()));
        lexicon.fields = fields;
        lexicon
    }

    fn add(&mut self, label: &str, meaning: Use) {
        let key = fold::label_key(label);
        if key.is_empty() {
            return;
        }
        match self.entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => {
                if !entry.uses.contains(&meaning) {
                    entry.uses.push(meaning);
                }
            }
            None => self.entries.push(Entry { key, uses: vec![meaning] }),
        }
    }

    /// Whether a label can stand for the field.
    pub fn asks(&self, entry: usize, field: FieldName) -> bool {
        self.entries[entry].uses.iter().any(|u| matches!(u, Use::Field(i) if self.fields[*i].field == field))
    }

    /// The first label that can stand for the field.
    pub fn entry_of(&self, field: FieldName) -> Option<usize> {
        (0..self.entries.len()).find(|entry| self.asks(*entry, field))
    }

    /// Whether the kind has no other free text than remarks.
    pub fn has_only_remarks(&self) -> bool {
        let mut texts = self.fields.iter().map(|f| f.field).filter(|f| f.value_type() == ValueType::Text);
        texts.all(|field| field == FieldName::Remarks)
    }

    /// The one role that a label speaks of, when all its uses agree.
    pub fn role(&self, entry: usize) -> Option<Role> {
        let mut roles = self.entries[entry].uses.iter().filter_map(|u| match u {
            Use::Field(i) | Use::Heading(i) => Some(role_of(self.fields[*i].field)),
            Use::Stop => None,
        });
        let first = roles.next()?;
        roles.all(|r| r == first).then_some(first)
    }
}
/// A label with its words joined as forms join them: 症状経過及び検査結果, 症状経過および検査結果, 症状経過・検査結果.
fn spellings(label: &str) -> Vec<String> {
    const JOINTS: [&str; 6] = ["及び", "および", "並びに", "ならびに", "と", ""];
    let Some(joint) = ["及び", "および", "並びに", "ならびに", "・"].iter().find(|j| label.contains(**j))
    else {
        return vec![label.to_owned()];
    };
    let mut all = vec![label.to_owned()];
    all.extend(JOINTS.iter().map(|other| label.replacen(joint, other, 1)).filter(|l| l != label));
    all
}
