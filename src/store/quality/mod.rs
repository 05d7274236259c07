//! Quality sampling (品質の抜き取り): which confirmed documents come back blind to a second person, what both said, and who was right.
//! Nothing here changes a document.
//!
//! figures: how often what was said, counted as it grows.

mod figures;

pub(super) use figures::recount;
pub use figures::{ReadAndConfirmed, Said, SampleCounts, figures, read_and_confirmed};

use super::audit::{self, Actor};
use super::documents::{Seeing, Tray, Values, seeable};
use super::{Error, Result, debug_without_people, sound};
use crate::db::{ReadTx, WriteTx, all, execute, one, optional};
use crate::domain::{
    Agreement, Approved, Approver, BothSaid, Channel, DocumentId, Draw, SampleItem, Timestamp, UserId, WhoWasRight,
};
use serde_json::json;

/// A document that was drawn, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Sample {
    /// Which document.
    pub document_id: DocumentId,
    /// When its confirmation was drawn for.
    pub drawn_at: Timestamp,
    /// Who confirmed what the second person was compared with.
    pub first_user: Option<UserId>,
    /// Who read it again.
    pub second_user: Option<UserId>,
    /// How many items differ.
    pub differing: i64,
    /// When a third person said who was right, or all agreed.
    pub settled_at: Option<Timestamp>,
}

/// A line of a list of samples: nothing of what the document says.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SampleRow {
    /// Which document.
    pub document_id: DocumentId,
    /// Name of the source.
    pub source: String,
    /// By which way it came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: Timestamp,
    /// Since when it waits here.
    pub since: Timestamp,
    /// How many items differ; 0 before it was read again.
    pub differing: i64,
    /// Whether it was read again.
    pub answered: bool,
}

/// What two people said of an item, and who was right.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ItemRow {
    /// Code of the item.
    pub item: String,
    /// As confirmed.
    pub first_value: String,
    /// As read again.
    pub second_value: String,
    /// How that compares.
    pub agreement: Agreement,
    /// Who was right, where they differ and a third person has said so.
    pub who_was_right: Option<WhoWasRight>,
}
debug_without_people!(ItemRow { item, agreement, who_was_right });

/// Keeps the draw of a confirmed document, once: one that is confirmed again is not drawn for again. Whether it comes back.
pub async fn draw(tx: &mut WriteTx, id: &DocumentId, draw: Draw, now: Timestamp) -> Result<bool> {
    audit::lock(tx).await?;
    let chosen = draw.takes(id);
    let made = execute!(
        tx,
        "INSERT INTO quality_draw (document_id, drawn_at, random, share_ppm, chosen) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (document_id) DO NOTHING",
        id,
        now,
        draw.random,
        draw.share,
        chosen
    )?;
    if made == 1 {
        figures::drawn(tx, chosen, now).await?;
    }
    let comes_back = made == 1 && chosen;
    if comes_back {
        let detail = json!({ "share_ppm": draw.share });
        audit::append(tx, &Actor::Program, "quality.drawn", id.as_str(), &detail, now).await?;
    }
    Ok(comes_back)
}

/// The draw of a document that comes back.
pub async fn find(tx: &mut ReadTx, id: &DocumentId) -> Result<Option<Sample>> {
    Ok(optional!(
        tx,
        "SELECT document_id, drawn_at, first_user, second_user, differing, settled_at FROM quality_draw \
         WHERE document_id = $1 AND chosen",
        id
    )?)
}

/// That the person ($2) never had the document open to work on it, nor confirmed it, nor looked at it since it was drawn for: they
/// have not seen what was confirmed. The page of the sample itself leaves another word in the log (`quality.sample_viewed`).
///
/// By IN, as SQLite would look through all that the person ever did, not through the few rows of the document.
macro_rules! never_worked_on {
    ($document:literal) => {
        concat!(
            "NOT EXISTS (SELECT 1 FROM approval a WHERE a.document_id = ",
            $document,
            " AND a.approver = $2) AND $2 NOT IN (SELECT l.actor FROM audit l WHERE l.subject = ",
            $document,
            " AND (l.verb IN ('document.held', 'document.taken_over', 'document.corrected') \
             OR l.verb = 'document.viewed' AND l.at >= (SELECT v.drawn_at FROM quality_draw v WHERE v.document_id = ",
            $document,
            ")))"
        )
    };
}

/// Whether the person ever confirmed that document or had it open to work on it, and so cannot read it blind.
pub async fn has_worked_on(tx: &mut ReadTx, id: &DocumentId, user: &UserId) -> Result<bool> {
    let sql = concat!("SELECT count(*) FROM document d WHERE d.id = $1 AND ", never_worked_on!("d.id"));
    let row: (i64,) = one!(tx, sql, id, user)?;
    Ok(row.0 == 0)
}

/// What waits for that person, oldest first: to be read again (first), never what they worked on; and where they may settle, to say who
/// was right (second), where they are neither of the two. Never what they may not see.
///
/// SQLite takes the sides of a CROSS JOIN in the order in which they are written; else it walks over every document.
pub async fn for_person(
    tx: &mut ReadTx,
    user: &UserId,
    settles: bool,
    seeing: &Seeing,
    limit: i64,
) -> Result<(Vec<SampleRow>, Vec<SampleRow>)> {
    let rows: Vec<SampleRow> = all!(
        tx,
        concat!(
            "SELECT document_id, source, channel, received_at, since, differing, answered FROM (\
             SELECT * FROM (SELECT q.document_id, d.source, d.channel, d.received_at, q.drawn_at AS since, q.differing, \
             FALSE AS answered FROM quality_draw q CROSS JOIN document d \
             WHERE d.id = q.document_id AND q.chosen AND q.second_user IS NULL AND d.tray = $1 AND ",
            never_worked_on!("q.document_id"),
            " AND ",
            seeable!("$4"),
            " ORDER BY q.drawn_at, q.document_id LIMIT $3) AS a UNION ALL \
             SELECT * FROM (SELECT q.document_id, d.source, d.channel, d.received_at, q.second_at AS since, q.differing, \
             TRUE AS answered FROM quality_draw q CROSS JOIN document d \
             WHERE d.id = q.document_id AND $5 AND q.second_user IS NOT NULL AND q.settled_at IS NULL AND q.first_user <> $2 AND q.second_user <> $2 AND ",
            seeable!("$4"),
            " ORDER BY q.second_at, q.document_id LIMIT $3) AS b) AS samples ORDER BY since, document_id"
        ),
        Tray::Pushed,
        user,
        limit,
        seeing.bound(),
        settles
    )?;
    Ok(rows.into_iter().partition(|row| !row.answered))
}

/// Keeps what the second person said beside what was confirmed; where all agree nothing is left to settle.
pub async fn answer(
    tx: &mut WriteTx,
    first: &Approved,
    said: &[BothSaid],
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let id = first.document();
    let Approver::Person(first_user) = first.approver();
    let differing = said.iter().filter(|said| said.agreement == Agreement::Differs).count() as i64;
    let drawn: Option<(Timestamp,)> = optional!(
        tx,
        "UPDATE quality_draw SET first_version = $2, first_user = $3, first_kind = $4, second_user = $5, second_at = $6, \
         differing = $7, settled_at = CASE WHEN $7 = 0 THEN $6 END WHERE document_id = $1 AND chosen AND second_user IS NULL \
         RETURNING drawn_at",
        id,
        first.version(),
        first_user,
        first.kind,
        user,
        now,
        differing
    )?;
    let Some((drawn_at,)) = drawn else { return Err(Error::NotFound("sample")) };
    figures::answered(tx, drawn_at, differing > 0).await?;
    for said in said {
        execute!(
            tx,
            "INSERT INTO quality_item (document_id, item, first_value, second_value, agreement) VALUES ($1, $2, $3, $4, $5)",
            id,
            said.item.code(),
            sound::text(&said.first),
            sound::text(&said.second),
            said.agreement
        )?;
        figures::said(tx, id, said.item, said.agreement).await?;
    }
    let detail = json!({ "items": said.len(), "differing": differing });
    audit::append(tx, &Actor::Person(user.clone()), "quality.read_again", id.as_str(), &detail, now).await
}

/// What both said of a document.
pub async fn items(tx: &mut ReadTx, id: &DocumentId) -> Result<Vec<ItemRow>> {
    Ok(all!(
        tx,
        "SELECT item, first_value, second_value, agreement, who_was_right FROM quality_item WHERE document_id = $1 \
         ORDER BY item",
        id
    )?)
}

/// Keeps who was right of everything that differs; what is not named makes it fail.
pub async fn settle(
    tx: &mut WriteTx,
    id: &DocumentId,
    right: &[(SampleItem, WhoWasRight)],
    user: &UserId,
    now: Timestamp,
) -> Result<()> {
    audit::lock(tx).await?;
    let drawn: Option<(Timestamp,)> = optional!(
        tx,
        "UPDATE quality_draw SET settled_by = $2, settled_at = $3 WHERE document_id = $1 AND second_user IS NOT NULL \
         AND settled_at IS NULL AND differing = $4 RETURNING drawn_at",
        id,
        user,
        now,
        right.len() as i64
    )?;
    let Some((drawn_at,)) = drawn else { return Err(Error::NotFound("sample")) };
    figures::settled(tx, drawn_at).await?;
    for (item, who) in right {
        let set = execute!(
            tx,
            "UPDATE quality_item SET who_was_right = $3 WHERE document_id = $1 AND item = $2 AND agreement = 'differs' \
             AND who_was_right IS NULL",
            id,
            item.code(),
            who
        )?;
        if set == 0 {
            return Err(Error::NotFound("item of a sample"));
        }
        figures::judged(tx, id, *item, *who).await?;
    }
    let detail: serde_json::Map<String, serde_json::Value> =
        right.iter().map(|(item, who)| (item.code().to_owned(), json!(who))).collect();
    audit::append(tx, &Actor::Person(user.clone()), "quality.settled", id.as_str(), &json!(detail), now).await
}
