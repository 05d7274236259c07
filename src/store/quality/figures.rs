//! Figures of quality: how often two people said the same, and how much was drawn. They are kept by spans of time as they grow; only the
//! span in which somebody's question begins is counted from the rows.

use super::super::{Result, debug_without_people, sound};
use super::Values;
use crate::db::{ReadTx, WriteTx, all, execute};
use crate::domain::{Agreement, Decision, DocumentId, DocumentReading, Kind, SampleItem, Timestamp, WhoWasRight};
use sqlx::types::Json;

/// Ninety days, as the migration that made these tables has it, too.
const SPAN_MS: i64 = 7_776_000_000;

/// How often two people said that of an item: counts, never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What the document was confirmed as.
    pub kind: Kind,
    /// Name of the source.
    pub source: String,
    /// Code of the item.
    pub item: String,
    /// How it compares.
    pub agreement: Agreement,
    /// Who was right.
    pub who_was_right: Option<WhoWasRight>,
    /// How often.
    pub n: i64,
}

/// How many documents stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleCounts {
    /// Confirmed documents that were drawn for.
    pub confirmed: i64,
    /// Those of them that come back.
    pub chosen: i64,
    /// Those that were read again.
    pub answered: i64,
    /// Those whose differences wait for a third person.
    pub unsettled: i64,
}

/// What the program read of a confirmed document, and what people made of it.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct ReadAndConfirmed {
    /// Which document.
    pub id: DocumentId,
    /// What it was confirmed as.
    pub kind: Kind,
    /// How much attention the program asked for.
    pub decision: Decision,
    /// As the program read it.
    pub reading: Json<DocumentReading>,
    /// As confirmed.
    #[sqlx(rename = "field_values")]
    pub values: Json<Values>,
}
debug_without_people!(ReadAndConfirmed { id, kind, decision });

/// Counts a draw.
pub(super) async fn drawn(tx: &mut WriteTx, chosen: bool, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO quality_drawn (span, confirmed, chosen, answered, unsettled) VALUES ($1, 1, $2, 0, 0) ON CONFLICT (span) DO UPDATE \
         SET confirmed = quality_drawn.confirmed + 1, chosen = quality_drawn.chosen + excluded.chosen",
        span_of(now),
        i64::from(chosen)
    )?;
    Ok(())
}

/// Counts that what was drawn then has been read again.
pub(super) async fn answered(tx: &mut WriteTx, drawn_at: Timestamp, differs: bool) -> Result<()> {
    execute!(
        tx,
        "UPDATE quality_drawn SET answered = answered + 1, unsettled = unsettled + $2 WHERE span = $1",
        span_of(drawn_at),
        i64::from(differs)
    )?;
    Ok(())
}

/// Counts that nothing of what was drawn then waits for a third person any more.
pub(super) async fn settled(tx: &mut WriteTx, drawn_at: Timestamp) -> Result<()> {
    execute!(tx, "UPDATE quality_drawn SET unsettled = unsettled - 1 WHERE span = $1", span_of(drawn_at))?;
    Ok(())
}

/// Counts what two people said of an item of a document that was read again, and of which nobody has judged.
pub(super) async fn said(tx: &mut WriteTx, id: &DocumentId, item: SampleItem, agreement: Agreement) -> Result<()> {
    count(tx, id, item, (agreement, None), 1).await
}

/// Counts that somebody was right of an item that differs.
pub(super) async fn judged(tx: &mut WriteTx, id: &DocumentId, item: SampleItem, who: WhoWasRight) -> Result<()> {
    count(tx, id, item, (Agreement::Differs, None), -1).await?;
    count(tx, id, item, (Agreement::Differs, Some(who)), 1).await
}

async fn count(
    tx: &mut WriteTx,
    id: &DocumentId,
    item: SampleItem,
    (agreement, who): (Agreement, Option<WhoWasRight>),
    n: i64,
) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO quality_said (span, kind, source, item, agreement, who_was_right, n) \
         SELECT q.second_at / $2, q.first_kind, d.source, $3, $4, COALESCE($5, ''), $6 FROM quality_draw q \
         JOIN document d ON d.id = q.document_id WHERE q.document_id = $1 \
         ON CONFLICT (span, kind, source, item, agreement, who_was_right) DO UPDATE SET n = quality_said.n + excluded.n",
        id,
        SPAN_MS,
        item.code(),
        agreement,
        who,
        n
    )?;
    Ok(())
}

/// Counts everything again from the rows.
pub(in crate::store) async fn recount(tx: &mut WriteTx) -> Result<()> {
    execute!(tx, "DELETE FROM quality_drawn")?;
    execute!(tx, "DELETE FROM quality_said")?;
    execute!(
        tx,
        "INSERT INTO quality_drawn (span, confirmed, chosen, answered, unsettled) \
         SELECT drawn_at / $1, count(*), count(CASE WHEN chosen THEN 1 END), count(second_user), \
         count(CASE WHEN second_user IS NOT NULL AND settled_at IS NULL THEN 1 END) FROM quality_draw GROUP BY 1",
        SPAN_MS
    )?;
    execute!(
        tx,
        "INSERT INTO quality_said (span, kind, source, item, agreement, who_was_right, n) \
         SELECT q.second_at / $1, q.first_kind, d.source, i.item, i.agreement, COALESCE(i.who_was_right, ''), count(*) \
         FROM quality_item i JOIN quality_draw q ON q.document_id = i.document_id JOIN document d ON d.id = i.document_id \
         GROUP BY 1, 2, 3, 4, 5, 6",
        SPAN_MS
    )?;
    Ok(())
}

fn span_of(at: Timestamp) -> i64 {
    at.0.div_euclid(SPAN_MS)
}

/// What was said of the values of one sort; the line of the counts is of no kind.
#[derive(sqlx::FromRow)]
struct Figure {
    kind: String,
    source: String,
    item: String,
    agreement: String,
    who_was_right: String,
    n: i64,
    chosen: i64,
    answered: i64,
    unsettled: i64,
}

/// How many documents that were confirmed since then stand where, and what was said of everything read again since then, counted.
pub async fn figures(tx: &mut ReadTx, since: Timestamp) -> Result<(SampleCounts, Vec<Said>)> {
    // The counts go first, as a line of their own.
    let rows: Vec<Figure> = all!(
        tx,
        // The draws come first in the join, whatever a database thinks: those of a short time are few beside all items.
        "SELECT kind, source, item, agreement, who_was_right, n, chosen, answered, unsettled FROM (\
         SELECT '' AS kind, '' AS source, '' AS item, '' AS agreement, '' AS who_was_right, CAST(sum(n) AS BIGINT) AS n, \
         CAST(sum(chosen) AS BIGINT) AS chosen, CAST(sum(answered) AS BIGINT) AS answered, \
         CAST(sum(unsettled) AS BIGINT) AS unsettled FROM (SELECT count(*) AS n, count(CASE WHEN chosen THEN 1 END) AS chosen, \
         count(second_user) AS answered, count(CASE WHEN second_user IS NOT NULL AND settled_at IS NULL THEN 1 END) AS unsettled \
         FROM quality_draw WHERE drawn_at >= $1 AND drawn_at < $2 \
         UNION ALL SELECT confirmed, chosen, answered, unsettled FROM quality_drawn WHERE span >= $3) AS drawn \
         UNION ALL SELECT kind, source, item, agreement, who_was_right, CAST(sum(n) AS BIGINT), 0, 0, 0 FROM (\
         SELECT q.first_kind AS kind, d.source, i.item, i.agreement, COALESCE(i.who_was_right, '') AS who_was_right, 1 AS n \
         FROM quality_draw q CROSS JOIN quality_item i CROSS JOIN document d WHERE q.second_user IS NOT NULL \
         AND q.second_at >= $1 AND q.second_at < $2 AND i.document_id = q.document_id AND d.id = q.document_id \
         UNION ALL SELECT kind, source, item, agreement, who_was_right, n FROM quality_said WHERE span >= $3) AS said \
         GROUP BY kind, source, item, agreement, who_was_right) AS lines WHERE n <> 0 OR kind = '' \
         ORDER BY kind, source, item, agreement, who_was_right",
        since,
        Timestamp((span_of(since) + 1) * SPAN_MS),
        span_of(since) + 1
    )?;
    let (mut counts, mut said) = (SampleCounts::default(), Vec::new());
    for Figure { kind, source, item, agreement, who_was_right, n, chosen, answered, unsettled } in rows {
        match (Kind::from_code(&kind), sound::parsed(&agreement)) {
            (Some(kind), Some(agreement)) => {
                let who_was_right = sound::parsed(&who_was_right);
                said.push(Said { kind, source, item, agreement, who_was_right, n });
            }
            _ => counts = SampleCounts { confirmed: n, chosen, answered, unsettled },
        }
    }
    Ok((counts, said))
}

/// The newest `most` documents confirmed since then, each with what the program read.
pub async fn read_and_confirmed(tx: &mut ReadTx, since: Timestamp, most: i64) -> Result<Vec<ReadAndConfirmed>> {
    Ok(all!(
        tx,
        // Only what stands as confirmed has a time of approval, and an index of its own.
        "SELECT id, kind, decision, reading, field_values FROM document WHERE approved_at >= $1 \
         ORDER BY approved_at DESC, id DESC LIMIT $2",
        since,
        most
    )?)
}
