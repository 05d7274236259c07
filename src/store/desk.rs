//! Everything that stands round the list of one person, in one query: trays, deliveries, what is still arriving, their views. Reads only.

use super::Result;
use super::documents::{Counts, MOST, Seeing, Tray, seeable};
use super::views::View;
use crate::db::{ReadTx, all, one};
use crate::domain::{DeliveryState, UserId};
use serde_json::Value;

/// What stands round a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Documents by tray.
    pub counts: Counts,
    /// Deliveries by state; read ones up to `MOST`.
    pub deliveries: Vec<(DeliveryState, i64)>,
    /// Files that a sender is still writing.
    pub incoming: i64,
    /// Of these, those that stand still.
    pub stuck: i64,
    /// The person's views.
    pub views: Vec<View>,
    /// Colleagues who can be given a document, by id and name; the person among them.
    pub colleagues: Vec<(String, String)>,
}

#[derive(sqlx::FromRow)]
struct Line {
    what: String,
    a: String,
    b: String,
    c: String,
    d: String,
    n: i64,
}

fn parsed<T: serde::de::DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(Value::String(code.to_owned())).ok()
}

/// What stands round the list of that person; documents that they may not see are in no count. Trays that only grow are counted as
/// far as lists look.
pub async fn around(tx: &mut ReadTx, user: &UserId, seeing: &Seeing) -> Result<Around> {
    let lines: Vec<Line> = all!(
        tx,
        concat!(
            "SELECT what, a, b, c, d, n FROM (\
         SELECT 'tray' AS what, d.tray AS a, d.decision AS b, '' AS c, '' AS d, count(*) AS n, 0 AS place FROM document d \
         WHERE d.tray IN ('open', 'inquiry', 'confirmed') AND ",
            seeable!("$3"),
            " GROUP BY d.tray, d.decision \
         UNION ALL SELECT 'tray', 'set_aside', 'review', '', '', count(*), 0 \
         FROM (SELECT kind, misdirected, departments FROM document WHERE tray = 'set_aside' \
         ORDER BY updated_at DESC, id DESC LIMIT $1) AS d WHERE ",
            seeable!("$3"),
            " \
         UNION ALL SELECT 'tray', 'pushed', 'review', '', '', count(*), 0 \
         FROM (SELECT kind, misdirected, departments FROM document WHERE tray = 'pushed' \
         ORDER BY updated_at DESC, id DESC LIMIT $1) AS d WHERE ",
            seeable!("$3"),
            " \
         UNION ALL SELECT 'delivery', state, '', '', '', count(*), 0 FROM delivery \
         WHERE state IN ('received', 'reading', 'held', 'unreadable') GROUP BY state \
         UNION ALL SELECT 'incoming', CASE WHEN alerted THEN 'stuck' ELSE 'coming' END, '', '', '', count(*), 0 \
         FROM incoming GROUP BY alerted \
         UNION ALL SELECT 'view', id, name, query, search, CASE WHEN is_default THEN 1 ELSE 0 END, created_at \
         FROM saved_view WHERE user_id = $2 \
         UNION ALL SELECT 'colleague', id, display_name, '', '', 0, 0 FROM account WHERE disabled = FALSE) AS lines \
         ORDER BY what, place, b, a"
        ),
        MOST,
        user,
        seeing.bound()
    )?;
    let mut around = Around::default();
    for line in lines {
        match line.what.as_str() {
            "tray" => {
                if let (Some(tray), Some(decision)) = (parsed::<Tray>(&line.a), parsed(&line.b)) {
                    around.counts.add(tray, decision, line.n);
                }
            }
            "delivery" => around.deliveries.extend(parsed(&line.a).map(|state| (state, line.n))),
            "incoming" => {
                around.incoming += line.n;
                around.stuck += if line.a == "stuck" { line.n } else { 0 };
            }
            "colleague" => around.colleagues.push((line.a, line.b)),
            _ => around.views.push(View {
                id: line.a,
                name: line.b,
                query: line.c,
                search: line.d,
                is_default: line.n == 1,
            }),
        }
    }
    Ok(around)
}

/// The number of the newest change that lists can show: of the audit log, without the rows that only say who looked.
pub async fn pulse(tx: &mut ReadTx, after: i64) -> Result<i64> {
    let (seq,): (i64,) = one!(
        tx,
        "SELECT COALESCE(max(seq), $1) FROM audit WHERE seq > $1 AND verb NOT IN \
         ('document.viewed', 'quality.sample_viewed', 'delivery.viewed', 'document.searched', 'delivery.downloaded', 'document.printed')",
        after
    )?;
    Ok(seq)
}
