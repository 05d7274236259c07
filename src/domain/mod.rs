//! The words of the trade: ids, times, deliveries, pages, text, fields, kinds, matches, states. Never I/O, never a database, never a policy.

mod alert;
mod approved;
mod contents;
mod delivery;
mod doubt;
mod field;
pub mod holidays;
mod hours;
mod id;
mod job;
mod kind;
mod lesson;
mod masters;
mod matching;
mod page;
mod quality;
mod reading;
mod recipe;
mod role;
mod scope;
mod state;
mod text;
mod time;

pub use alert::{Alert, AlertCode};
pub use approved::{Approved, Approver};
pub use contents::{Contents, Enclosure, Fate, FileType, MailFacts, Remark};
pub use delivery::{Channel, FaxMeta, Fingerprint, Origin, Trouble};
pub use doubt::{Doubt, Mend};
pub use field::{Decided, FieldName, Fields, Found, ValueType};
pub use hours::{DeskClock, Due, Hours, OfficeHours, OpenDay};
pub use id::{DeliveryId, DocumentId, JobId, RecordId, UserId};
pub use job::Stage;
pub use kind::Kind;
pub use lesson::{Form, FormPage, Lesson, Printed, Taken, Taught};
pub use masters::{Doctor, Hospital, Institution, Masters, Patient};
pub use matching::{Candidate, Evidence, Matches, Verdict};
pub use page::{BBox, GreyImage, PageNo, Spot};
pub use quality::{
    Agreement, BothSaid, Demands, Draw, Interval, Millionths, SampleItem, Sampling, Threshold, WhoWasRight,
    lowest_threshold, read_again, wilson,
};
pub use reading::{Decision, DocumentReading, FileReading, ReadingError};
pub use recipe::{Cue, FieldRecipe, KindRecipe, Phrases, Place, Recipes};
pub use role::{Act, Role, Roles};
pub use scope::{Scope, Scopes, is_system_name};
pub use state::{DeliveryState, DocumentState};
pub use text::{Line, Mark, MarkKind, PageText, ReadPage, Word};
pub use time::{Clock, Timestamp, doubled_ms};
