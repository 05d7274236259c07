//! What a confirmed document taught the program (前回の確定から). Always tied to that document, so that it can be shown and forgotten.

use super::{BBox, DocumentId, FieldName, Kind};
use serde::{Deserialize, Serialize};

/// One thing learned from one confirmed document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// The document that a person confirmed.
    pub document: DocumentId,
    /// What it taught.
    pub taught: Taught,
}

/// What a confirmation can teach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Taught {
    /// Whose number it is that faxes come from.
    SenderNumber {
        /// Digits only.
        number: String,
        /// Id in the master of institutions.
        institution_id: String,
    },
    /// Where the fields of a form stand.
    Form(Form),
}

/// A form as it looked when it was confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Form {
    /// What it was confirmed as.
    pub kind: Kind,
    /// Its pages, in order.
    pub pages: Vec<FormPage>,
}

/// One page of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FormPage {
    /// Printed words that tell this form from others.
    pub words: Vec<Printed>,
    /// Where its values stood.
    pub places: Vec<Taken>,
}

/// A printed word and where it begins, as fractions of the upright page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Printed {
    /// As labels are compared.
    pub text: String,
    /// Left edge.
    pub x: f32,
    /// Middle of its height.
    pub y: f32,
}

/// Where a person's confirmed value was taken from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The field.
    pub field: FieldName,
    /// Around the value.
    #[serde(rename = "box")]
    pub bbox: BBox,
}
