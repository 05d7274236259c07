//! Thresholds of confidence set from a wanted accuracy (判定の基準): worked out of confirmed documents, set with a reason, taken back
//! with one word. It works for what is read from then on; what waits already keeps its decision.

use super::same;
use crate::db::ReadTx;
use crate::domain::{
    Act, DocumentId, FieldName, Millionths, Threshold, Timestamp, UserId, lowest_threshold, read_again,
};
use crate::review::{Refused, Review, Rights};
use crate::store::quality::{self, ReadAndConfirmed};
use crate::store::thresholds::{self, Grounds};
use std::collections::BTreeMap;

/// Confirmed documents that are compared with what the program read, newest first.
pub const MOST: i64 = 2000;
/// Nobody writes more as a reason.
const LONGEST_REASON: usize = 500;

/// A value that the program read, held against the confirmed one.
pub struct Held {
    /// Of which document.
    pub document: DocumentId,
    /// How certain the program was.
    pub confidence: f32,
    /// Whether it was what people confirmed.
    pub right: bool,
}

/// Those values by field.
pub type ByField = BTreeMap<FieldName, Vec<Held>>;

/// A threshold that somebody wants to set, as the page showed it.
pub struct ToSet<'a> {
    /// Of which field.
    pub field: FieldName,
    /// The newest version that they saw; 0 where there was none.
    pub seen: i64,
    /// Confirmed documents since then are compared.
    pub since: Timestamp,
    /// The accuracy that they want, 0 to 1.
    pub wanted: f64,
    /// The threshold that was proposed to them.
    pub proposed: Millionths,
    /// Why.
    pub reason: &'a str,
}

/// What the program read in the fields that matter of each kind, by field.
pub fn held(documents: &[ReadAndConfirmed]) -> ByField {
    let mut held = ByField::new();
    for document in documents {
        for (field, found) in &document.reading.fields {
            if read_again(document.kind).contains(field) {
                let confirmed = document.values.get(field).map(String::as_str).unwrap_or_default();
                held.entry(*field).or_default().push(Held {
                    document: document.id.clone(),
                    confidence: found.confidence,
                    right: same(*field, &found.value, confirmed),
                });
            }
        }
    }
    held
}

/// The threshold of those values for a wanted accuracy.
pub fn proposed(values: &[Held], wanted: f64) -> Threshold {
    let pairs: Vec<(f32, bool)> = values.iter().map(|value| (value.confidence, value.right)).collect();
    lowest_threshold(&pairs, wanted)
}

impl Review {
    /// Sets what was proposed, if it is still what the confirmed documents say.
    pub async fn set_threshold(&self, user: &UserId, to_set: &ToSet<'_>) -> Result<(), Refused> {
        let reason = to_set.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            return Err(Refused::NotAllowed {
                why: "基準を変える理由を、500文字までで入力してください。"
            });
        }
        // Thousands of readings are compared: not while everybody else who writes waits.
        let mut tx = self.db.read().await?;
        may_set(&mut tx, user).await?;
        let documents = quality::read_and_confirmed(&mut tx, to_set.since, MOST).await?;
        drop(tx);
        let mut by_field = held(&documents);
        let values = by_field.remove(&to_set.field).unwrap_or_default();
        let Threshold::From { confidence, n, right } = proposed(&values, to_set.wanted) else {
            return Err(Refused::NotAllowed {
                why: "確定した文書の件数が足りないか、どの確信度でも届かないため、この項目の基準は決められません。",
            });
        };
        let to = Millionths::of(confidence);
        if to != to_set.proposed {
            return Err(Refused::Stale);
        }
        let (mut tx, now) = self.begin().await?;
        may_set(&mut tx, user).await?;
        let before = thresholds::newest_of(&mut tx, to_set.field).await?;
        if before.as_ref().map_or(Millionths::FLOOR, |version| version.to_ppm) == to {
            return Err(Refused::NotAllowed { why: "この項目の基準は、すでにその値です。" });
        }
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let wanted_ppm = (to_set.wanted * 1e6).round() as i64;
        let grounds = Grounds::Measured { wanted_ppm, documents: count(n), correct: count(right) };
        if !thresholds::set(&mut tx, (to_set.field, to_set.seen), to, grounds, reason, user, now).await? {
            return Err(Refused::Stale);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes the newest version of a field back: a new version with what was demanded before it.
    pub async fn undo_threshold(&self, user: &UserId, field: FieldName, version: i64) -> Result<(), Refused> {
        let (mut tx, now) = self.begin().await?;
        may_set(&mut tx, user).await?;
        let newest = thresholds::newest_of(&mut tx, field).await?.ok_or(Refused::Stale)?;
        // A version that was set by a program with another floor comes back no lower than ours.
        let to = newest.from_ppm.max(Millionths::FLOOR);
        let reason = format!("第{version}版の取り消し");
        if newest.version != version
            || !thresholds::set(&mut tx, (field, version), to, Grounds::Undoing { version }, &reason, user, now).await?
        {
            return Err(Refused::Stale);
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn may_set(tx: &mut ReadTx, user: &UserId) -> Result<(), Refused> {
    if Rights::of(tx, user).await?.may(Act::Quality) { Ok(()) } else { Err(Refused::NoRight) }
}
